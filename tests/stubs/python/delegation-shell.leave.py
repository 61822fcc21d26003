class Store:
    def append(self, subject):
        return self.inner.append(subject, None)

    def remove(self, sequence):
        return self.inner.erase(sequence)

    def find(self, sequence):
        return self.inner.find(sequence + 1)

    def again(self, sequence):
        return self.again(sequence)

    def count(self):
        return self.items.count()


class Decorator(Store):
    def insert(self, subject):
        return self.inner.insert(subject)

    def index(self, subject):
        return super().index(subject)
