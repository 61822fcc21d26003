import unittest


def test_stores():
    store = FileStore("x")
    store.store_msg("foo", b"")


async def test_loads(store):
    message = await store.load(1)
    print(message)


class StoreTests(unittest.TestCase):
    def test_purges(self):
        FileStore("x").purge()


class TestStore:
    def test_compacts(self, store):
        for sequence in range(3):
            store.compact(sequence)
