//! Any bytes as an S2 stream: the body is `blkspec::format::fuzz::fuzz_s2`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::format::fuzz::fuzz_s2(data));
