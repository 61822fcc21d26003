import asyncio
import time


def test_stores(store):
    while not store.count:
        time.sleep(0.1)
    assert store.count == 1


async def test_yields(store):
    await asyncio.sleep(0)
    assert store.count == 1


def pause():
    time.sleep(1)
