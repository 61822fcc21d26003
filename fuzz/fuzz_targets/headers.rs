//! Any bytes as the headers of a message: the body is `blkspec::format::fuzz_files::fuzz_headers`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::format::fuzz_files::fuzz_headers(data));
