def test_stores(store):
    try:
        assert store.count == 1
    except:
        pass


def test_loads(store):
    try:
        store.load(1)
        assert store.count == 1
    except Exception as error:
        print(error)


class TestStore:
    def test_purges(self, store):
        try:
            assert store.purge() == 1
        except AssertionError:
            pass
