//! What the systems call differently: permission bits, positional reads and writes, links, forcing a directory to disk, the name of
//! the machine and its clocks.
//!
//! The functions have the same names and promises on Unix and on Windows, so that the rest of this layer names neither. Windows
//! has one permission bit, read-only, and keeps directories safe by itself.

#[cfg(unix)]
pub(super) use unix::*;
#[cfg(windows)]
pub(super) use windows::*;

#[cfg(unix)]
mod unix {
    use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt, symlink};
    use std::path::Path;

    use rustix::time::{ClockId, Timespec, clock_gettime};

    const PERMISSION_BITS: u32 = 0o7777;
    const NANOS_PER_SECOND: i64 = 1_000_000_000;

    /// Gives new files these permission bits.
    pub(in crate::env) fn set_file_mode(options: &mut OpenOptions, mode: u32) {
        options.mode(mode);
    }

    /// Gives new directories these permission bits.
    pub(in crate::env) fn set_dir_mode(builder: &mut DirBuilder, mode: u32) {
        builder.mode(mode);
    }

    /// The permission bits.
    pub(in crate::env) fn mode_of(metadata: &Metadata) -> u32 {
        metadata.permissions().mode() & PERMISSION_BITS
    }

    /// Changes the permission bits.
    pub(in crate::env) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
        fs::set_permissions(path, Permissions::from_mode(mode))
    }

    /// Reads some bytes at `offset`.
    pub(in crate::env) fn read_some_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        file.read_at(buffer, offset)
    }

    /// Writes all bytes at `offset`.
    pub(in crate::env) fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        file.write_all_at(bytes, offset)
    }

    /// Makes a symbolic link.
    pub(in crate::env) fn make_link(target: &Path, path: &Path) -> io::Result<()> {
        symlink(target, path)
    }

    /// Forces the entries of a directory to disk.
    pub(in crate::env) fn sync_dir(path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    /// The name of this machine.
    pub(in crate::env) fn host_name() -> String {
        rustix::system::uname().nodename().to_string_lossy().into_owned()
    }

    /// Nanoseconds since the Unix epoch.
    #[inline]
    pub(in crate::env) fn now_ns() -> i64 {
        nanoseconds(clock_gettime(ClockId::Realtime))
    }

    /// The same, up to some milliseconds late where that is cheaper.
    #[inline]
    pub(in crate::env) fn coarse_now_ns() -> i64 {
        #[cfg(target_os = "linux")]
        return nanoseconds(clock_gettime(ClockId::RealtimeCoarse));
        #[cfg(not(target_os = "linux"))]
        return now_ns();
    }

    /// The processor time of this process.
    pub(in crate::env) fn process_time_ns() -> i64 {
        nanoseconds(clock_gettime(ClockId::ProcessCPUTime))
    }

    /// A clock set before 1970 reads as a negative time.
    fn nanoseconds(time: Timespec) -> i64 {
        time.tv_sec.saturating_mul(NANOS_PER_SECOND).saturating_add(time.tv_nsec)
    }
}

#[cfg(windows)]
mod windows {
    use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
    use std::io;
    use std::os::windows::fs::{FileExt, symlink_dir, symlink_file};
    use std::path::Path;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    const OWNER_WRITES: u32 = 0o200;

    /// Files have no permission bits to be born with.
    pub(in crate::env) fn set_file_mode(_options: &mut OpenOptions, _mode: u32) {}

    /// Nor have directories.
    pub(in crate::env) fn set_dir_mode(_builder: &mut DirBuilder, _mode: u32) {}

    /// The permission bits that the read-only bit and the kind come to.
    pub(in crate::env) fn mode_of(metadata: &Metadata) -> u32 {
        let all = if metadata.is_dir() { 0o700 } else { 0o600 };
        if metadata.permissions().readonly() { all & !OWNER_WRITES } else { all }
    }

    /// Sets the read-only bit to what the bits say of the owner.
    pub(in crate::env) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
        let mut permissions = fs::metadata(path)?.permissions();
        permissions.set_readonly(mode & OWNER_WRITES == 0);
        fs::set_permissions(path, permissions)
    }

    /// Reads some bytes at `offset`.
    pub(in crate::env) fn read_some_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        file.seek_read(buffer, offset)
    }

    /// Writes all bytes at `offset`.
    pub(in crate::env) fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            match file.seek_write(bytes, offset) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    bytes = bytes.get(count..).unwrap_or_default();
                    offset = offset.saturating_add(count as u64);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes a symbolic link, for which Windows wants to know what it leads to.
    pub(in crate::env) fn make_link(target: &Path, path: &Path) -> io::Result<()> {
        let leads_to = path.parent().map_or_else(|| target.to_path_buf(), |parent| parent.join(target));
        if leads_to.is_dir() { symlink_dir(target, path) } else { symlink_file(target, path) }
    }

    /// A directory cannot be forced to disk, and need not be; one that is not there is still an error.
    pub(in crate::env) fn sync_dir(path: &Path) -> io::Result<()> {
        fs::metadata(path).map(|_| ())
    }

    /// The name of this machine.
    pub(in crate::env) fn host_name() -> String {
        std::env::var_os("COMPUTERNAME").unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Nanoseconds since the Unix epoch; before it, a negative time.
    pub(in crate::env) fn now_ns() -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => nanoseconds(since),
            Err(before) => nanoseconds(before.duration()).saturating_neg(),
        }
    }

    /// The clock is cheap as it is.
    pub(in crate::env) fn coarse_now_ns() -> i64 {
        now_ns()
    }

    /// The processor time of this process.
    pub(in crate::env) fn process_time_ns() -> i64 {
        nanoseconds(cpu_time::ProcessTime::now().as_duration())
    }

    fn nanoseconds(duration: Duration) -> i64 {
        i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
    }
}
