//! Any bytes as `meta.inf` and `meta.sum`: the body is `blkspec::format::fuzz_files::fuzz_meta`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::format::fuzz_files::fuzz_meta(data));
