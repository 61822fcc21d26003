//! The archive of a snapshot: a tar stream inside an S2 stream.
//!
//! ```text
//! file: [header 'x', PAX records, padding] header '0', content, padding      end: 1024 zeros      everything in units of 512 bytes
//! header: name 100, mode 8, uid 8, gid 8, size 12, mtime 12, checksum 8, type 1, link 100, "ustar\0" "00", uname 32, gname 32,
//!         devmajor 8, devminor 8, prefix 155, 12 unused
//! ```
//! Headers are those of Go's archive/tar under `FormatPAX`: USTAR as long as the name, the time and the size fit, PAX records for
//! what does not. Which files there are, and in which order, is the store's to know. Go: streamSnapshot (1209).

use std::io::{self, Read};

use super::DecodeError;
use super::s2::{StreamEncoder, decode_stream_up_to_fault};

/// The file in which a snapshot says why it is not complete.
pub const ERROR_FILE: &str = "errors.txt";
/// The largest tar stream that is read.
pub const MAX_TAR_LEN: usize = 1 << 30;

const BLOCK_LEN: usize = 512;
/// The two empty blocks at the end.
const END_LEN: u64 = 2 * BLOCK_LEN as u64;
const NAME_LEN: usize = 100;
const PREFIX_LEN: usize = 155;
/// Numbers in 12 bytes have 11 octal digits.
const LONG_NUMBER_END: u64 = 1 << 33;
const SECOND_NS: i64 = 1_000_000_000;

const REGULAR: u8 = b'0';
const EXTENDED: u8 = b'x';
const MODE: u64 = 0o600;
const OWNER: &[u8] = b"nats";

/// Writes an archive.
#[derive(Debug)]
pub struct SnapshotWriter {
    mtime_ns: i64,
    stream: StreamEncoder,
}

impl SnapshotWriter {
    /// An empty archive, whose files were all changed at this time, in Unix nanoseconds.
    pub fn new(mtime_ns: i64) -> Self {
        Self { mtime_ns, stream: StreamEncoder::new() }
    }

    /// Adds a file.
    pub fn file(&mut self, name: &str, content: &[u8]) {
        self.stream.write(&headers(name, content.len() as u64, self.mtime_ns));
        self.stream.write(content);
        self.stream.write(padding(content.len()));
    }

    /// The archive.
    pub fn finish(mut self) -> Vec<u8> {
        self.stream.write(&[0; 2 * BLOCK_LEN]);
        self.stream.finish()
    }

    /// The beginning of the archive, as it is when its reader was too slow.
    pub fn abandon(self) -> Vec<u8> {
        self.stream.abandon()
    }
}

/// The zeros behind so many bytes.
fn padding(len: usize) -> &'static [u8] {
    const ZEROS: [u8; BLOCK_LEN] = [0; BLOCK_LEN];
    ZEROS.get(..len.next_multiple_of(BLOCK_LEN) - len).unwrap_or_default()
}

/// All that lies in front of a file's content.
fn headers(name: &str, size: u64, mtime_ns: i64) -> Vec<u8> {
    let seconds = mtime_ns.div_euclid(SECOND_NS);
    let is_whole_second = mtime_ns.rem_euclid(SECOND_NS) == 0;
    let mtime = u64::try_from(seconds).ok().filter(|seconds| *seconds < LONG_NUMBER_END);
    let size_fits = size < LONG_NUMBER_END;
    let name_fits = name.is_ascii() && name.len() <= NAME_LEN;

    // In the order of their keys.
    let mut records = Vec::new();
    if mtime.is_none() || !is_whole_second {
        push_record(&mut records, "mtime", &decimal_seconds(mtime_ns));
    }
    let only_the_name_is_long = records.is_empty() && size_fits && !name_fits;
    if only_the_name_is_long && let Some((prefix, rest)) = split_name(name) {
        return header(rest.as_bytes(), prefix.as_bytes(), size, mtime.unwrap_or_default()).to_vec();
    }
    if !name_fits {
        push_record(&mut records, "path", name);
    }
    if !size_fits {
        push_record(&mut records, "size", &size.to_string());
    }
    let mut bytes = Vec::new();
    if !records.is_empty() {
        bytes.extend_from_slice(&extended_header(name, records.len() as u64));
        bytes.extend_from_slice(&records);
        bytes.extend_from_slice(padding(records.len()));
    }
    let size_field = if size_fits { size } else { 0 };
    bytes.extend_from_slice(&header(&ascii(name), b"", size_field, mtime.unwrap_or_default()));
    bytes
}

/// A path too long for its field, cut at a slash into what fits the prefix and what fits the name.
fn split_name(name: &str) -> Option<(&str, &str)> {
    if !name.is_ascii() {
        return None;
    }
    let reach = name.len().min(PREFIX_LEN + 1);
    let (prefix, _) = name.get(..reach)?.rsplit_once('/')?;
    let rest = name.get(prefix.len() + 1..)?;
    let fits = !prefix.is_empty() && (1..=NAME_LEN).contains(&rest.len());
    fits.then_some((prefix, rest))
}

/// `LENGTH KEY=VALUE` and a line's end, the length counting itself.
fn push_record(records: &mut Vec<u8>, key: &str, value: &str) {
    let rest = format!(" {key}={value}\n");
    let mut len = rest.len();
    while len != rest.len() + len.to_string().len() {
        len = rest.len() + len.to_string().len();
    }
    records.extend_from_slice(len.to_string().as_bytes());
    records.extend_from_slice(rest.as_bytes());
}

/// Seconds with as many decimals as needed.
fn decimal_seconds(ns: i64) -> String {
    let magnitude = ns.unsigned_abs();
    let sign = if ns < 0 { "-" } else { "" };
    let second = SECOND_NS.unsigned_abs();
    let text = format!("{sign}{}.{:09}", magnitude / second, magnitude % second);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A name without the characters that are not ASCII.
fn ascii(name: &str) -> Vec<u8> {
    name.bytes().filter(u8::is_ascii).collect()
}

/// The header of a file.
fn header(name: &[u8], prefix: &[u8], size: u64, mtime: u64) -> [u8; BLOCK_LEN] {
    let mut fields = Fields::default();
    fields.text(NAME_LEN, name);
    fields.octal(8, MODE);
    fields.octal(8, 0);
    fields.octal(8, 0);
    fields.octal(12, size);
    fields.octal(12, mtime);
    fields.kind(REGULAR);
    fields.text(32, OWNER);
    fields.text(32, OWNER);
    fields.octal(8, 0);
    fields.octal(8, 0);
    fields.text(PREFIX_LEN, prefix);
    fields.sealed()
}

/// The header of the PAX records of a file.
fn extended_header(name: &str, size: u64) -> [u8; BLOCK_LEN] {
    let (dir, file) = name.rsplit_once('/').map_or(("", name), |(dir, file)| (dir, file));
    let slash = if dir.is_empty() { "" } else { "/" };
    let name = ascii(&format!("{dir}{slash}PaxHeaders.0/{file}"));
    let cut = name.get(..NAME_LEN).unwrap_or(&name);
    let end = cut.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    let mut fields = Fields::default();
    fields.text(NAME_LEN, cut.get(..end).unwrap_or_default());
    fields.octal(8, 0);
    fields.octal(8, 0);
    fields.octal(8, 0);
    fields.octal(12, size);
    fields.octal(12, 0);
    fields.kind(EXTENDED);
    fields.sealed()
}

/// A header in the making, field by field.
#[derive(Default)]
struct Fields {
    bytes: Vec<u8>,
}

/// Where the checksum lies, and what stands there while it is taken.
const CHECKSUM_AT: usize = NAME_LEN + 8 + 8 + 8 + 12 + 12;
const CHECKSUM_BLANK: [u8; 8] = [b' '; 8];

impl Fields {
    /// A text with zeros behind it, cut at the field's end and there without a slash.
    fn text(&mut self, len: usize, text: &[u8]) {
        let start = self.bytes.len();
        match text.get(..len) {
            Some(cut) if text.len() > len && cut.ends_with(b"/") => {
                let end = cut.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
                self.bytes.extend(cut.iter().take(end));
            }
            cut => self.bytes.extend_from_slice(cut.unwrap_or(text)),
        }
        self.bytes.resize(start + len, 0);
    }

    /// A number in octal digits up to the zero at the field's end.
    fn octal(&mut self, len: usize, number: u64) {
        let digits = format!("{number:0width$o}", width = len - 1);
        self.text(len, digits.as_bytes());
    }

    /// The checksum, blank for now, the type, the empty link and the magic.
    fn kind(&mut self, kind: u8) {
        self.bytes.extend_from_slice(&CHECKSUM_BLANK);
        self.bytes.push(kind);
        self.text(100, b"");
        self.bytes.extend_from_slice(b"ustar\x0000");
    }

    /// The header with its checksum.
    fn sealed(self) -> [u8; BLOCK_LEN] {
        let mut header = [0; BLOCK_LEN];
        for (slot, byte) in header.iter_mut().zip(&self.bytes) {
            *slot = *byte;
        }
        let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
        let checksum = format!("{sum:06o}\0 ");
        for (slot, byte) in header.iter_mut().skip(CHECKSUM_AT).zip(checksum.bytes()) {
            *slot = byte;
        }
        header
    }
}

/// Why an archive cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// It is no S2 stream.
    #[error(transparent)]
    Stream(#[from] DecodeError),
    /// The tar stream ends in the middle of a file.
    #[error("the archive ends in the middle of a file")]
    Cut,
    /// Something that is no tar header.
    #[error("not a tar archive: {0}")]
    Header(String),
}

/// A file of an archive that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedFile {
    /// Its path, as the archive has it.
    pub name: Vec<u8>,
    /// Whether it is a file at all, and not a directory, a link or a device.
    pub is_regular: bool,
    /// What it holds.
    pub content: Vec<u8>,
    /// Whether the archive ends before it does.
    pub is_cut: bool,
}

/// Hands the files of an archive one after the other to `visit`, until one is not well or `visit` fails. What lies behind the
/// two empty blocks of its end is not looked at, even where it is no S2 stream.
pub fn read_archive<E: From<ArchiveError>>(
    archive: &[u8],
    mut visit: impl FnMut(ArchivedFile) -> Result<(), E>,
) -> Result<(), E> {
    let (plain, fault) = decode_stream_up_to_fault(archive, MAX_TAR_LEN);
    let is_whole = plain.len().is_multiple_of(BLOCK_LEN);
    let cut = || fault.map_or(ArchiveError::Cut, ArchiveError::Stream);
    let tar_error = |error: io::Error| match is_whole {
        true => ArchiveError::Header(error.to_string()),
        false => cut(),
    };
    let mut tar = tar::Archive::new(plain.as_slice());
    let mut end = 0;
    for entry in tar.entries().map_err(tar_error)? {
        let entry = entry.map_err(tar_error)?;
        let content_at = entry.raw_file_position();
        let file = read_file(entry).map_err(tar_error)?;
        end = content_at + (file.content.len() as u64).next_multiple_of(BLOCK_LEN as u64);
        let is_cut = file.is_cut;
        visit(file)?;
        if is_cut {
            return Err(cut().into());
        }
    }
    match fault {
        Some(fault) if (plain.len() as u64) < end + END_LEN => Err(ArchiveError::Stream(fault).into()),
        _ => Ok(()),
    }
}

fn read_file(mut entry: tar::Entry<'_, &[u8]>) -> io::Result<ArchivedFile> {
    let mut content = Vec::new();
    let name = entry.path_bytes().into_owned();
    let header = entry.header();
    let is_regular = header.entry_type().is_file();
    // Of no use here, but what is no number makes the header none.
    header.mode()?;
    header.uid()?;
    header.gid()?;
    header.mtime()?;
    // The whole stream is in memory already, so that a file holds no more than was read.
    let len = entry.read_to_end(&mut content)? as u64;
    Ok(ArchivedFile { name, is_regular, is_cut: len < entry.size(), content })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

    use super::super::s2::decode_stream;
    use super::*;

    /// Recorded from Go; the file says how.
    const ARCHIVES: &str = include_str!("../../tests/data/format/tar.txt");

    /// The bytes of the recording's notation.
    fn bytes(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (byte, len) = match first {
                '~' => {
                    let zeros = rest[1..].split('~').next().unwrap();
                    bytes.resize(bytes.len() + zeros.parse::<usize>().unwrap(), 0);
                    rest = &rest[zeros.len() + 2..];
                    continue;
                }
                '%' => (u8::from_str_radix(&rest[1..3], 16).unwrap(), 3),
                _ => (first as u8, 1),
            };
            bytes.push(byte);
            rest = &rest[len..];
        }
        bytes
    }

    /// Name, time, content and stream.
    fn recorded() -> Vec<(String, i64, Vec<u8>, Vec<u8>)> {
        let lines = ARCHIVES.lines().filter(|line| !line.starts_with('#'));
        let file = |line: &str| {
            let [name, mtime, content, stream] = line.split(' ').collect::<Vec<_>>()[..] else {
                unreachable!("{line}");
            };
            let content = content.strip_suffix('|').unwrap();
            (name.to_owned(), mtime.parse().unwrap(), bytes(content), bytes(stream))
        };
        lines.map(file).collect()
    }

    fn files(archive: &[u8]) -> Result<Vec<ArchivedFile>, ArchiveError> {
        let mut files = Vec::new();
        read_archive(archive, |file| {
            files.push(file);
            Ok(())
        })
        .map(|()| files)
    }

    #[test]
    fn archives_equal_gos() {
        for (name, mtime, content, expected) in recorded() {
            let mut writer = SnapshotWriter::new(mtime);
            writer.file(&name, &content);
            let stream = decode_stream(&writer.finish(), MAX_TAR_LEN).unwrap();
            assert_eq!(stream.escape_ascii().to_string(), expected.escape_ascii().to_string(), "{name} at {mtime}");
        }
        assert_eq!(recorded().len(), 50);
    }

    #[test]
    fn gos_archives_are_read() {
        for (name, mtime, content, stream) in recorded() {
            let file = ArchivedFile { name: name.clone().into_bytes(), is_regular: true, content, is_cut: false };
            let archive = super::super::s2::encode_stream(&stream);
            assert_eq!(files(&archive), Ok(vec![file]), "{name} at {mtime}");
        }
    }

    #[test]
    fn a_torn_archive_is_told() {
        let mut writer = SnapshotWriter::new(0);
        writer.file("meta.inf", &[7; 1000]);
        let whole = writer.finish();
        let stream = decode_stream(&whole, MAX_TAR_LEN).unwrap();
        let cut = |len: usize| files(&super::super::s2::encode_stream(&stream[..len]));
        assert_eq!(cut(BLOCK_LEN + 999), Err(ArchiveError::Cut));
        assert_eq!(cut(100), Err(ArchiveError::Cut));
        assert_eq!(cut(0), Ok(Vec::new()));
        let torn = files(&whole[..whole.len() - 1]).unwrap_err();
        assert_eq!(torn.to_string(), "s2 chunk at offset 14: ends after the stream");
        let noise = files(&super::super::s2::encode_stream(&[b'n'; BLOCK_LEN])).unwrap_err();
        assert!(noise.to_string().starts_with("not a tar archive"), "{noise}");
    }
}
