def test_stores(store):
    assert store.is_open


def test_fails(store):
    if store.load(1):
        assert False, "it is still there"
    assert store.count == 0


def test_either(store):
    assert store.first or store.last


class TestStore(TestCase):
    def test_purges(self):
        self.assertEqual(1, self.store.count)

    def test_fails(self):
        self.assertTrue(self.store.is_open)
