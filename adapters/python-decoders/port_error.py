"""How the port says that an operation failed: by class, which is compared, and by text, which is not."""

import base64
import binascii


class PortError(Exception):
    """An error of one of the classes in docs/protocol.md."""

    def __init__(self, error_class, text):
        super().__init__(text)
        self.error_class = error_class


def bytes_of(request, member):
    """The bytes of a member, which travel as base64."""
    try:
        return base64.b64decode(request[member], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise PortError("invalid_argument", f"{member}: {error!r}") from error
