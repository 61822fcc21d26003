"""The state of a consumer, the file `o.dat`: decodeConsumerState (1248) and checkConsumerHeader (1239).

Two bytes of header (22, version), then varints: the ack floor and what was delivered, each as consumer and stream sequence; what
is pending; what was redelivered. A list that is missing altogether is an empty one, and so is one whose length cannot be read:
the Go store remembers that a read failed and looks at it only after the floors and inside the list of what is pending.
"""

from port_error import PortError, bytes_of
from varint import HIGH_BIT, MASK_64, Reader, signed

MAGIC = 22
SECOND_NS = 1_000_000_000


def check_header(data):
    if len(data) < 2 or data[0] != MAGIC:
        raise PortError("corrupt_state", "no header of a consumer state")
    if data[1] not in (1, 2):
        raise PortError("bad_version", f"version {data[1]}")
    return data[1]


def decode(data):
    """The state as the protocol writes it; what follows the last list is not looked at."""
    version = check_header(data)
    reader = Reader(data, 2)
    floor_consumer, floor_stream, delivered_consumer, delivered_stream = (reader.unsigned() for _ in range(4))
    if reader.failed:
        raise PortError("corrupt_state", "cut off in the floors")
    if version == 1:  # which counted what was delivered from the message after the floor
        delivered_consumer = (delivered_consumer + max(floor_consumer - 1, 0)) & MASK_64
        delivered_stream = (delivered_stream + max(floor_stream - 1, 0)) & MASK_64
    if (floor_stream | delivered_stream) & HIGH_BIT:
        raise PortError("corrupt_state", "a stream sequence with the highest bit set")
    pending = decode_pending(reader, version, floor_consumer, floor_stream)
    redelivered = decode_redelivered(reader, floor_stream)
    return {
        "delivered": {"consumer": str(delivered_consumer), "stream": str(delivered_stream)},
        "ack_floor": {"consumer": str(floor_consumer), "stream": str(floor_stream)},
        "pending": pending,
        "redelivered": redelivered,
    }


def decode_pending(reader, version, floor_consumer, floor_stream):
    pending = {}
    count = reader.unsigned()
    if count == 0:
        return pending
    base = reader.signed()
    for _ in range(max(signed(count), 0)):
        stream = (reader.unsigned() + floor_stream) & MASK_64
        consumer = (reader.unsigned() + floor_consumer) & MASK_64 if version == 2 else 0
        seconds = reader.signed()
        if reader.failed or stream == 0:
            raise PortError("corrupt_state", "cut off in what is pending, or a sequence 0")
        since = base + seconds if version == 1 else base - seconds
        pending[str(stream)] = {"sequence": str(consumer), "ts": str(signed(since * SECOND_NS))}
    return pending


def decode_redelivered(reader, floor_stream):
    redelivered = {}
    for _ in range(max(signed(reader.unsigned()), 0)):
        stream, count = reader.unsigned(), reader.unsigned()
        if stream > 0 and count > 0:
            redelivered[str((stream + floor_stream) & MASK_64)] = str(count)
        if reader.failed:  # nothing more can come
            break
    return redelivered


OPERATIONS = {
    "check_consumer_header": lambda request: {"version": str(check_header(bytes_of(request, "bytes")))},
    "decode_consumer_state": lambda request: {"state": decode(bytes_of(request, "bytes"))},
}
