import unittest

import pytest


def test_stores():
    assert FileStore("x").store_msg("foo", b"") == 1


def test_refuses():
    with pytest.raises(ValueError):
        FileStore("")


def purged(count):
    if FileStore("x").purge() != count:
        raise Exception("it was not purged")


def test_purges():
    purged(3)


@pytest.mark.xfail
def test_expires():
    FileStore("x").expire()


class StoreTests(unittest.TestCase):
    def test_loads(self):
        self.assertEqual(FileStore("x").load(1), b"")

    def test_of_the_base(self):
        self.run_the_store(1)

    def not_a_test(self):
        FileStore("x").open()
