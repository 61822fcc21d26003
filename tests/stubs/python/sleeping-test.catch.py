import asyncio
import time


def test_stores(store):
    time.sleep(0.1)
    assert store.count == 1


async def test_loads(store):
    await asyncio.sleep(1)
    assert store.count == 1


def test_purges(store):
    if store.is_slow:
        sleep(2)
    assert store.count == 0
