//! File system, clock and entropy: the only layer that touches the machine.
