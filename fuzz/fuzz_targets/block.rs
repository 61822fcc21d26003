//! Any bytes as a block file (`N.blk`): the body is `blkspec::format::fuzz::fuzz_block`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::format::fuzz::fuzz_block(data));
