//! Any bytes as input for a decoder, beside the Go store's: the body is `blkspec::harness::fuzz::fuzz_differential`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::harness::fuzz::fuzz_differential(data));
