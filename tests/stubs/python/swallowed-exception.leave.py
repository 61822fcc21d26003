def test_stores(store):
    try:
        store.store(None)
        assert False
    except ValueError:
        pass


def test_loads(store):
    assert store.count == 1
    try:
        os.unlink("x")
    except Exception:
        pass


def test_purges(store):
    try:
        store.purge()
    except Exception as error:
        assert str(error) == "closed"


def test_waits(store):
    while not store.is_open:
        try:
            store.open()
        except Exception:
            pass
    assert store.is_open
