//! Any bytes as a configuration and a program of operations: the body is `blkspec::harness::fuzz::fuzz_programs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::harness::fuzz::fuzz_programs(data));
