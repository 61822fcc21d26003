//! Any bytes as a key file, and as what a key seals: the body is `blkspec::format::fuzz_files::fuzz_key`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::format::fuzz_files::fuzz_key(data));
