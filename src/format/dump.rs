//! Annotated dumps: which bytes of a file mean what, a line for each group of fields.
//!
//! A [`DumpPage`] is one layer of a file (the bytes as they lie, decrypted, decompressed) with its [`DumpLine`]s; the
//! decoder of each format makes them. Lines are in the order of their offsets and never overlap a page's end. A dump never
//! fails: where decoding stops, the last line names the field and the reason. Payloads appear by length and fingerprint
//! alone, so that a dump stays short and can be compared. Nothing here knows a format.

use std::fmt::Write as _;

use super::DecodeError;

/// One group of bytes and its meaning.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct DumpLine {
    /// Where the bytes begin in their page.
    pub offset: usize,
    /// How many bytes they are; 0 for a remark.
    pub len: usize,
    /// What they mean.
    pub text: String,
}

/// One layer of a file: its bytes and the lines that explain them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpPage {
    /// What the layer is.
    pub title: String,
    /// The bytes that the offsets refer to.
    pub bytes: Vec<u8>,
    /// The explanation, in the order of the offsets.
    pub lines: Vec<DumpLine>,
}

/// Bytes shown in hexadecimal on a line before it is cut.
const SHOWN_BYTES: usize = 12;

impl DumpPage {
    /// A page without lines.
    pub fn new(title: impl Into<String>, bytes: &[u8]) -> Self {
        Self { title: title.into(), bytes: bytes.to_vec(), lines: Vec::new() }
    }

    /// Adds the meaning of `len` bytes at `offset`.
    pub fn line(&mut self, offset: usize, len: usize, text: impl Into<String>) {
        self.lines.push(DumpLine { offset, len, text: text.into() });
    }

    /// Adds the line on which decoding stopped, covering every byte that is left.
    pub fn stop(&mut self, error: DecodeError) {
        let at = error.at.min(self.bytes.len());
        let left = self.bytes.len() - at;
        self.line(at, left, format!("!! {}: {}", error.what, error.why));
    }

    /// Whether everything could be read: no line says that something is wrong or that reading stopped there.
    pub fn is_complete(&self) -> bool {
        !self.lines.iter().any(|line| line.text.starts_with("!!"))
    }

    /// The page as text: title, then offset, bytes and meaning on each line.
    pub fn render(&self) -> String {
        let mut out = format!("# {} ({} bytes)\n", self.title, self.bytes.len());
        for line in &self.lines {
            render_line(&mut out, &self.bytes, line);
        }
        out
    }
}

/// Every page, one after the other.
pub fn render_pages(pages: &[DumpPage]) -> String {
    pages.iter().map(DumpPage::render).collect::<Vec<_>>().join("\n")
}

/// A payload by length and CRC-32 fingerprint, as dumps and cases show it.
pub fn fingerprint(bytes: &[u8]) -> String {
    format!("{} bytes crc32 {:08x}", bytes.len(), crc32fast::hash(bytes))
}

/// Text from a file, quoted, with everything unprintable escaped; bytes that are not UTF-8 appear as `\x..`.
pub fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            out.extend(c.escape_debug());
        }
        for byte in chunk.invalid() {
            push_fmt(&mut out, format_args!("\\x{byte:02x}"));
        }
    }
    out.push('"');
    out
}

fn render_line(out: &mut String, bytes: &[u8], line: &DumpLine) {
    let shown = line.offset.saturating_add(line.len.min(SHOWN_BYTES));
    let mut column = String::new();
    for byte in bytes.get(line.offset..shown).unwrap_or_default() {
        push_fmt(&mut column, format_args!("{byte:02x}"));
    }
    if line.len > SHOWN_BYTES {
        column.push_str("..");
    }
    let width = 2 * SHOWN_BYTES + 2;
    push_fmt(out, format_args!("{:06x}  {column:<width$}  {}\n", line.offset, line.text));
}

fn push_fmt(out: &mut String, args: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _: std::fmt::Result = out.write_fmt(args);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_renders_offsets_bytes_and_meaning() {
        let payload = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
        let mut page = DumpPage::new("a file", &[&[1], &payload[..]].concat());
        page.line(0, 1, "magic 1");
        page.line(1, 13, format!("payload {}", fingerprint(&payload)));
        page.stop(DecodeError::new("hash", 14, "short"));
        insta::assert_snapshot!(page.render(), @r"
        # a file (14 bytes)
        000000  01                          magic 1
        000001  02030405060708090a0b0c0d..  payload 13 bytes crc32 e5c4c34d
        00000e                              !! hash: short
        ");
    }

    #[test]
    fn a_line_beyond_the_bytes_shows_none() {
        let mut page = DumpPage::new("short", &[1]);
        page.line(usize::MAX, usize::MAX, "nonsense");
        assert_eq!(page.render(), format!("# short (1 bytes)\nffffffffffffffff  {:26}  nonsense\n", ".."));
    }

    #[test]
    fn text_is_quoted_with_its_bad_bytes_visible() {
        assert_eq!(quoted(b"a\n\"\xff\xc3\xa4"), "\"a\\n\\\"\\xff\u{e4}\"");
    }
}
