//! Any bytes as a timing wheel (`thw.db`): the body is `blkspec::format::fuzz_state::fuzz_hash_wheel`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::format::fuzz_state::fuzz_hash_wheel(data));
