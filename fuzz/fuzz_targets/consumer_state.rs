//! Any bytes as a consumer's state (`o.dat`): the body is `blkspec::format::fuzz_state::fuzz_consumer_state`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::format::fuzz_state::fuzz_consumer_state(data));
