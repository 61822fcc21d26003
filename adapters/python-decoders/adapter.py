"""Puts a port on stdin and stdout, as docs/protocol.md describes: one JSON object a line, each request answered once, in order.

This file is the session and knows no format. What the port can do is in operations.py: a name of the protocol, and a function
that takes the request and gives the result. Everything else is answered `unsupported` with its name, so that the harness counts
it apart. The standard library alone; Python 3.9 or newer.
"""

import json
import sys
import traceback
from pathlib import Path

from operations import OPERATIONS
from port_error import PortError

EPOCH_NS = 946_684_800_000_000_000  # 2000-01-01T00:00:00Z, where the clock of every case begins


class Session:
    """The operations that every adapter has, and a clock that moves when it is told to."""

    def __init__(self):
        self.now_ns = EPOCH_NS
        self.operations = {
            "start": self.start,
            "begin": self.begin,
            "advance": self.advance,
            "settle": lambda request: {},
            "now": lambda request: self.clock(),
            "end": lambda request: {},
            **OPERATIONS,
        }

    def start(self, request):
        if request["version"] != 1:
            raise PortError("invalid_argument", f"this adapter speaks version 1 of the protocol, not {request['version']}")
        return {
            "adapter": "blkspec-python-decoders",
            "port": "python-decoders",
            "port_version": "1",
            "language": "python",
            "clock": "virtual",
            "capabilities": ["pure"],
            "settings": ["none/none"],
            "program": [str(file) for file in sorted(Path(__file__).resolve().parent.glob("*.py"))],
        }

    def begin(self, request):
        self.now_ns = EPOCH_NS
        return self.clock()

    def advance(self, request):
        self.now_ns += int(request["ns"])
        return self.clock()

    def clock(self):
        return {"now": str(self.now_ns)}

    def answer(self, line):
        """The answer to one line, as a dictionary with the id and exactly one of result, unsupported and error."""
        try:
            request = json.loads(line)
            answer_id, name = str(request["id"]), str(request["op"])
        except (ValueError, TypeError, KeyError) as error:
            return {"id": "", "error": {"class": "invalid_argument", "text": f"not a request: {error!r}"}}
        operation = self.operations.get(name)
        if operation is None:
            return {"id": answer_id, "unsupported": name}
        try:
            return {"id": answer_id, "result": operation(request)}
        except PortError as error:
            return {"id": answer_id, "error": {"class": error.error_class, "text": str(error)}}
        except Exception as error:  # a panic of the port is an answer, and costs one case
            traceback.print_exc(file=sys.stderr)
            return {"id": answer_id, "error": {"class": "panic", "text": repr(error)}}


def main():
    session = Session()
    for line in sys.stdin.buffer:
        sys.stdout.write(json.dumps(session.answer(line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
