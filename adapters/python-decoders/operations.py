"""What the port can do, by the protocol's names."""

import block
import consumer_state

OPERATIONS = {
    **consumer_state.OPERATIONS,
    **block.OPERATIONS,
}
