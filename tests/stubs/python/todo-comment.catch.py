def count():
    # TODO: count what was removed
    return messages


def size():
    return total  # FIXME


def first():
    # todo: subtract tombstones
    return lowest


def keys():
    # Encryption is not implemented.
    return ring


def blocks():
    # In a real implementation this lists the directory.
    return found
