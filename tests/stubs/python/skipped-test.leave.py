import sys

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="only there")
def test_stores(store):
    assert store.count == 1


def test_loads(store):
    if sys.platform == "win32":
        pytest.skip("only there")
    assert store.skip(1) == 1


def skip(store):
    return store.skip(1)
