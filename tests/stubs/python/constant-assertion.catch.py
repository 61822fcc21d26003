def test_stores():
    assert True


def test_loads(store):
    store.load(1)
    assert 1 == 1, "it loads"


def test_opens(store):
    assert store.is_open or True


class TestStore(TestCase):
    def test_purges(self):
        self.assertTrue(True)

    def test_compacts(self):
        self.assertEqual(1, 1)

    def test_expires(self):
        self.assertFalse(False)
