class Store:
    def append(self, subject, body):
        return self.inner.append(subject, body)

    async def count(self, filter):
        return await self.inner.count(filter)

    def remove(self, sequence):
        """Removes a message."""
        self.inner.blocks.remove(sequence)


class FileStore(StreamStore):
    def remove_msg(self, sequence):
        return self.inner.remove_msg(sequence)
