//! A reader of varint fields that can explain what it reads.
//!
//! Go's state decoders share one habit: the first field that cannot be read makes every later read answer zero, and each
//! decoder decides on its own when it looks. A [`Cursor`] keeps that habit, remembers the field that failed, and, when it is
//! given a page, writes a line for each field. So a dump comes from the decoder itself and cannot disagree with it.

use super::DecodeError;
use super::dump::DumpPage;
use super::varint::{uvarint, varint};

/// A position in bytes, and what was read so far.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    failed: Option<DecodeError>,
    page: Option<&'a mut DumpPage>,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `bytes`, explaining to `page` if there is one.
    pub(super) fn new(bytes: &'a [u8], page: Option<&'a mut DumpPage>) -> Self {
        Self { bytes, at: 0, failed: None, page }
    }

    /// Where the next field begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The field that could not be read, if any.
    pub(super) fn failed(&self) -> Option<DecodeError> {
        self.failed
    }

    /// An error at this position.
    pub(super) fn error(&self, what: &'static str, why: &'static str) -> DecodeError {
        DecodeError::new(what, self.at, why)
    }

    /// An error if a field could not be read.
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        self.failed.map_or(Ok(()), Err)
    }

    /// An unsigned field; 0 from the first failure on.
    pub(super) fn u64(&mut self, what: &'static str) -> u64 {
        if self.failed.is_some() {
            return 0;
        }
        let (value, read) = uvarint(self.rest());
        if self.advance(what, read) {
            self.note_back(read.unsigned_abs(), || format!("{what} {value}"));
            return value;
        }
        0
    }

    /// A signed field; -1 at the first failure and 0 after it.
    pub(super) fn i64(&mut self, what: &'static str) -> i64 {
        if self.failed.is_some() {
            return 0;
        }
        let (value, read) = varint(self.rest());
        if self.advance(what, read) {
            self.note_back(read.unsigned_abs(), || format!("{what} {value}"));
            return value;
        }
        -1
    }

    /// The next `len` bytes, explained by `text`; none if there are not as many.
    pub(super) fn take(&mut self, len: usize, text: impl FnOnce(&[u8]) -> String) -> Option<&'a [u8]> {
        let taken = self.rest().get(..len)?;
        self.at += len;
        self.note_back(len, || text(taken));
        Some(taken)
    }

    /// Passes over `len` bytes that `explain` knows how to put on a page.
    pub(super) fn skip_explained(&mut self, len: usize, explain: impl FnOnce(&mut DumpPage, &[u8], usize)) {
        let (bytes, at) = (self.rest(), self.at);
        if let Some(page) = self.page.as_deref_mut() {
            explain(page, bytes, at);
        }
        self.at = self.at.saturating_add(len).min(self.bytes.len());
    }

    /// A remark at this position.
    pub(super) fn remark(&mut self, text: impl FnOnce() -> String) {
        self.note_back(0, text);
    }

    fn advance(&mut self, what: &'static str, read: isize) -> bool {
        if read > 0 {
            self.at += read.unsigned_abs();
            return true;
        }
        let why = if read == 0 { "ends too early" } else { "more than 64 bits" };
        self.failed = Some(DecodeError::new(what, self.at, why));
        false
    }

    fn note_back(&mut self, len: usize, text: impl FnOnce() -> String) {
        let offset = self.at - len;
        if let Some(page) = self.page.as_deref_mut() {
            page.line(offset, len, text());
        }
    }
}

/// A page of `bytes`, explained by a decoder that was given a cursor with that page.
pub(super) fn explain<T>(
    title: &str,
    bytes: &[u8],
    decode: impl FnOnce(&mut Cursor<'_>) -> Result<T, DecodeError>,
) -> DumpPage {
    let mut page = DumpPage::new(title, bytes);
    let mut cursor = Cursor::new(bytes, Some(&mut page));
    let decoded = decode(&mut cursor);
    let (end, ended_early) = (cursor.at, cursor.failed);
    match (decoded, ended_early) {
        (Err(error), _) => page.stop(error),
        (Ok(_), Some(error)) => {
            page.line(end, bytes.len() - end, format!("accepted without {}: {}", error.what, error.why))
        }
        (Ok(_), None) if end < bytes.len() => page.line(end, bytes.len() - end, "not looked at"),
        (Ok(_), None) => {}
    }
    page
}
