//! Any bytes as the message schedules (`sched.db`): the body is `blkspec::format::fuzz_state::fuzz_schedules`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blkspec::format::fuzz_state::fuzz_schedules(data));
