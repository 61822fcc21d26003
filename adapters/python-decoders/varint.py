"""Variable-length integers: seven bits a byte, the lowest first, the highest bit set in all bytes but the last."""

MASK_64 = (1 << 64) - 1
HIGH_BIT = 1 << 63


def signed(number):
    """A 64-bit pattern as Go's int64; Python's integers have no width of their own."""
    number &= MASK_64
    return number - (1 << 64) if number & HIGH_BIT else number


class Reader:
    """Reads one integer after the other until one fails: it is cut off, or has more than 64 bits. From then on each gives 0."""

    def __init__(self, data, at):
        self.data = data
        self.at = at
        self.failed = False

    def unsigned(self):
        value = 0
        for index in range(10):
            if self.failed or self.at + index >= len(self.data):
                break
            byte = self.data[self.at + index]
            if index == 9 and byte > 1:
                break
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                self.at += index + 1
                return value
        self.failed = True
        return 0

    def signed(self):
        """A signed number travels zigzag: 0, -1, 1, -2, .. as 0, 1, 2, 3, .."""
        value = self.unsigned()
        return signed((value >> 1) ^ -(value & 1))
