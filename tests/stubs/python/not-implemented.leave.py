from abc import ABC, abstractmethod


class Store(ABC):
    def store_msg(self, subject):
        raise NotImplementedError

    @abstractmethod
    def purge(self, subject):
        raise NotImplementedError


class Sequence:
    def __add__(self, other):
        return NotImplemented

    def write(self, body):
        if not body:
            raise ValueError("no body")
        return self.append(body)

    def explain(self):
        try:
            return self.ask()
        except NotImplementedError:
            return "the server has not implemented it"
