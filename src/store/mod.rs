//! The reference file store: a file for each act, deterministic, told the time by its owner.
