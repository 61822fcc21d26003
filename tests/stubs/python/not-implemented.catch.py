class FileStore:
    def store_msg(self, subject, body):
        raise NotImplementedError

    def purge(self, subject):
        """Removes messages."""
        raise NotImplementedError("purge")

    def compact(self, sequence):
        if sequence == 0:
            return 0
        raise RuntimeError("compaction is not implemented")


def width(value):
    raise Exception("Not yet implemented")
