def test_stores(state):
    assert state.msgs == state.msgs


class TestStore(TestCase):
    def test_loads(self):
        self.assertEqual(self.first, self.first)

    def test_opens(self):
        self.assertIs(store, store)
