"""Compressed blocks: UnmarshalMetadata (1257), and StoreCompression.Decompress (1259) with the S2 stream inside.

A compressed block is `cmp`, the number of the compression, the size it had (a varint), an S2 stream of all its bytes but the last
8, and those 8 as they are: the checksum of the last record. The stream is chunks, each a type, a length of 3 bytes and a payload;
those with data carry a CRC-32C of what comes out. All integers are little-endian.
"""

import base64

from port_error import PortError, bytes_of
from varint import Reader

MAGIC = b"cmp"
NO_COMPRESSION, S2 = 0, 1
CHECKSUM_LEN = 8

COMPRESSED, UNCOMPRESSED, FIRST_SKIPPABLE, IDENTIFIER = 0x00, 0x01, 0x80, 0xFF
CRC_LEN = 4
# What a reader takes: the largest block after S2's identifier and after Snappy's, and the largest chunk with data.
LARGEST_BLOCK = {b"S2sTwO": 4 << 20, b"sNaPpY": 1 << 16}
LARGEST_CHUNK = (4 << 20) + 4 + 4 + CRC_LEN


def little_endian(data):
    return int.from_bytes(data, "little")


def corrupt(text):
    return PortError("corrupt_block", text)


def unmarshal_metadata(data):
    """The head of a compressed block: its length, 0 where there is none; the compression; the size before."""
    if len(data) < 5 or data[:3] != MAGIC or data[3] != S2:
        return {"read": "0", "compression": str(NO_COMPRESSION), "size": "0"}
    reader = Reader(data, 4)
    size = reader.unsigned()
    if reader.failed:
        raise corrupt("the size before compression is cut off")
    return {"read": str(reader.at), "compression": str(S2), "size": str(size)}


def decompress(compression, data):
    """What was compressed; `data` begins behind the head."""
    if len(data) < CHECKSUM_LEN:
        raise corrupt("shorter than the checksum at its end")
    if compression == NO_COMPRESSION:
        return data
    if compression != S2:
        raise PortError("unknown_compression", f"compression {compression}")
    return decode_stream(data[:-CHECKSUM_LEN]) + data[-CHECKSUM_LEN:]


def decode_stream(stream):
    out = []
    at, largest = 0, None
    while at < len(stream):
        head = stream[at : at + 4]
        kind, length = head[0], little_endian(head[1:])
        payload = stream[at + 4 : at + 4 + length]
        at += 4 + length
        if len(head) < 4 or len(payload) < length:
            raise corrupt("a chunk is cut off")
        if kind == IDENTIFIER:
            largest = LARGEST_BLOCK.get(payload)
        if largest is None:
            raise corrupt("no identifier of an S2 stream")
        if kind in (COMPRESSED, UNCOMPRESSED):
            out.append(decode_chunk(kind, payload, largest))
        elif kind < FIRST_SKIPPABLE:
            raise corrupt(f"a chunk of type {kind}")
    return b"".join(out)


def decode_chunk(kind, payload, largest):
    if not CRC_LEN <= len(payload) <= LARGEST_CHUNK:
        raise corrupt("a chunk with data has another length")
    crc, data = little_endian(payload[:CRC_LEN]), payload[CRC_LEN:]
    if kind == COMPRESSED:
        data = decode_block(data, largest)
    if len(data) > largest:
        raise corrupt("a chunk is larger than a block")
    if masked_crc(data) != crc:
        raise corrupt("the CRC of a chunk differs")
    return data


def decode_block(source, largest):
    """A block is its length and elements: literals, and copies of what came out before."""
    reader = Reader(source, 0)
    size = reader.unsigned()
    if reader.failed or reader.at > 5 or size > min(largest, 0xFFFFFFFF):
        raise corrupt("a block says no length that it can have")
    out = bytearray()
    at, offset = reader.at, 0

    def number(where, length):
        if where + length > len(source):
            raise corrupt("an element is cut off")
        return little_endian(source[where : where + length])

    while at < len(source):
        tag = source[at]
        kind, high = tag & 3, tag >> 2
        if kind == 0:  # a literal; long ones have their length in 1 to 4 bytes behind the tag
            extra = max(high - 59, 0)
            length = (number(at + 1, extra) if extra else high) + 1
            at += 1 + extra
            if at + length > len(source):
                raise corrupt("a literal is cut off")
            out += source[at : at + length]
            at += length
        else:
            if kind == 1:
                near = (tag >> 5) << 8 | number(at + 1, 1)
                code, extra = high & 7, 0
                if near:
                    length, offset = code + 4, near
                else:  # the last offset again
                    extra = max(code - 4, 0)
                    length = code + 4 if extra == 0 else number(at + 2, extra) + {1: 8, 2: 260, 3: 65540}[extra]
                at += 2 + extra
            else:  # an offset of 2 or 4 bytes
                width = 2 if kind == 2 else 4
                offset, length = number(at + 1, width), high + 1
                at += 1 + width
            if offset == 0 or offset > len(out):
                raise corrupt("a copy from before the start")
            if len(out) + length > size:
                raise corrupt("a copy beyond the end")
            for _ in range(length):  # byte by byte, for a copy may overlap what it makes
                out.append(out[-offset])
        if len(out) > size:
            raise corrupt("a literal beyond the end")
    if len(out) != size:
        raise corrupt("the elements of a block end early")
    return bytes(out)


def crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)  # Castagnoli
        table.append(byte)
    return table


CRC_TABLE = crc_table()


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def decompress_request(request):
    plain = decompress(int(request["compression"]), bytes_of(request, "bytes"))
    return {"bytes": base64.b64encode(plain).decode("ascii")}


OPERATIONS = {
    "unmarshal_metadata": lambda request: unmarshal_metadata(bytes_of(request, "bytes")),
    "decompress": decompress_request,
}
