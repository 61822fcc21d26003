//! Any bytes as a block index of an old server (`N.idx`): the body is `blkspec::format::fuzz_state::fuzz_index_info`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::format::fuzz_state::fuzz_index_info(data));
