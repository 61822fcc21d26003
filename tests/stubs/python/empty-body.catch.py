class FileStore:
    def flush(self):
        pass

    def sync(self):
        ...

    def begin(self):
        return


def expire():
    pass


def test_stores():
    pass
