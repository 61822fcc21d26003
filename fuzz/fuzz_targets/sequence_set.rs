//! Any bytes as a sequence set: the body is `blkspec::format::fuzz_state::fuzz_sequence_set`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::format::fuzz_state::fuzz_sequence_set(data));
