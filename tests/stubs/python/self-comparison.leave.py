def test_stores(state):
    assert state.msgs == state.bytes


def test_equality(state):
    assert state == state


class TestStore(TestCase):
    def test_loads(self):
        self.assertEqual(self.next(), self.next())

    def test_differs(self):
        self.assertNotEqual(self.first, self.last)
