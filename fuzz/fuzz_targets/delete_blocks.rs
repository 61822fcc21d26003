//! Any bytes as a replicated stream state: the body is `blkspec::format::fuzz_state::fuzz_delete_blocks`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::format::fuzz_state::fuzz_delete_blocks(data));
