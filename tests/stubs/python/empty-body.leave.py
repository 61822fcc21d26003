from typing import Protocol, overload


class Store(Protocol):
    def flush(self): ...


class FileStore:
    def __init__(self):
        pass

    def flush(self):
        """Every write goes to disk by itself."""

    def sync(self):
        # Every write goes to disk by itself.
        pass

    def do_nothing(self):
        pass

    @overload
    def load(self, sequence: int): ...

    def load(self, sequence):
        return self.messages[sequence]


class NullObserver:
    def on_next(self, value):
        pass
