//! Any bytes as the files of a store: the body is `blkspec::harness::fuzz::fuzz_store_files`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::harness::fuzz::fuzz_store_files(data));
