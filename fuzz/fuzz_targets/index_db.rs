//! Any bytes as the body of `index.db`: the body is `blkspec::format::fuzz_state::fuzz_index_db`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::format::fuzz_state::fuzz_index_db(data));
