//! How much memory this process needed, as the kernel counts it.
//!
//! Only benchmarks ask. A system without `/proc` gives no figure instead of a wrong one.

use std::fs;

/// The largest that this process's resident memory was, in bytes, since it started or since [`reset_peak_memory`].
pub fn peak_memory_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// Makes the kernel forget how large the process was; says whether it did.
pub fn reset_peak_memory() -> bool {
    fs::write("/proc/self/clear_refs", b"5").is_ok()
}
