//! Any bytes as the archive of a snapshot: the body is `blkspec::format::fuzz_files::fuzz_snapshot`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::format::fuzz_files::fuzz_snapshot(data));
