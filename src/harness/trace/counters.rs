//! What a Go program built with coverage writes: its blocks (`covmeta.*`) and which of them ran (`covcounters.*`).
//!
//! Both are little-endian, with LEB128 numbers inside, and said so in the headers; another version than the known one is an error.
//! A file of counters holds only functions that ran. Bytes in, value or reason out.

use super::model::Block;

const META_MAGIC: [u8; 4] = *b"\0cvm";
const COUNTER_MAGIC: [u8; 4] = *b"\0cwm";
/// Of either kind of file.
const VERSION: u32 = 1;
/// Counters as 32-bit numbers, or as LEB128.
const FLAVOR_RAW: u8 = 1;
const FLAVOR_LEB128: u8 = 2;
/// Behind the segments of a file of counters.
const FOOTER_LEN: usize = 16;

/// Why bytes are not what Go writes.
type Reason = String;

/// The blocks of a function, by package and function number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CountedFunction {
    pub(super) package: u32,
    pub(super) number: u32,
    pub(super) blocks: Vec<Block>,
}

/// A reader that never reads past its end.
struct Reader<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    fn seek(&mut self, at: usize) -> &mut Self {
        self.at = at;
        self
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Reason> {
        let end = self.at.checked_add(count);
        let bytes = end.and_then(|end| self.all.get(self.at..end));
        let bytes = bytes.ok_or_else(|| format!("cut short at byte {}", self.at))?;
        self.at += count;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Reason> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| format!("cut short at byte {}", self.at))
    }

    fn u32(&mut self) -> Result<u32, Reason> {
        self.array().map(u32::from_le_bytes)
    }

    fn length(&mut self) -> Result<usize, Reason> {
        let value = u64::from_le_bytes(self.array()?);
        usize::try_from(value).map_err(|_| format!("a length of {value}"))
    }

    fn leb128(&mut self) -> Result<u32, Reason> {
        let mut value = 0u64;
        for shift in (0..35).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value).map_err(|_| format!("a number of {value}"));
            }
        }
        Err(format!("an endless number at byte {}", self.at))
    }

    /// Magic and version of a file.
    fn head(&mut self, magic: [u8; 4], what: &str) -> Result<(), Reason> {
        if self.array()? != magic {
            return Err(format!("no {what}"));
        }
        match self.u32()? {
            VERSION => Ok(()),
            other => Err(format!("{what} of version {other}; version {VERSION} is known, which Go 1.26 writes")),
        }
    }
}

/// The functions of the source file whose path ends with `file`.
pub(super) fn functions(meta: &[u8], file: &str) -> Result<Vec<CountedFunction>, Reason> {
    let mut reader = Reader::new(meta);
    reader.head(META_MAGIC, "description of coverage")?;
    let _length = reader.length()?;
    let packages = reader.length()?;
    // The hash, where the string table is, the mode, and padding.
    reader.take(16 + 4 + 4 + 8)?;
    let mut starts = Vec::new();
    for _ in 0..packages {
        starts.push(reader.length()?);
    }
    let mut found = Vec::new();
    for (start, package) in starts.into_iter().zip(0..) {
        let length = reader.length()?;
        let body = Reader::new(meta).seek(start).take(length)?;
        package_functions(body, package, file, &mut found)?;
    }
    Ok(found)
}

fn package_functions(body: &[u8], package: u32, file: &str, found: &mut Vec<CountedFunction>) -> Result<(), Reason> {
    let mut reader = Reader::new(body);
    // Length, three names, the hash, padding and the number of files.
    reader.take(4 * 4 + 16 + 4 + 4)?;
    let count = reader.u32()?;
    let mut offsets = Vec::new();
    for _ in 0..count {
        offsets.push(reader.u32()?);
    }
    let mut strings: Vec<&[u8]> = Vec::new();
    for _ in 0..reader.leb128()? {
        let length = reader.leb128()? as usize;
        strings.push(reader.take(length)?);
    }
    for (offset, number) in offsets.into_iter().zip(0..) {
        reader.seek(offset as usize);
        let units = reader.leb128()?;
        let _name = reader.leb128()?;
        let source = reader.leb128()? as usize;
        if !strings.get(source).is_some_and(|path| path.ends_with(file.as_bytes())) {
            continue;
        }
        let mut blocks = Vec::new();
        for _ in 0..units {
            let mut next = || reader.leb128();
            let (begin, end) = ((next()?, next()?), (next()?, next()?));
            blocks.push(Block { begin, end, statements: next()? });
        }
        found.push(CountedFunction { package, number, blocks });
    }
    Ok(())
}

/// Tells `ran` the package, function and block number of everything that ran.
pub(super) fn executed(counters: &[u8], ran: &mut dyn FnMut(u32, u32, usize)) -> Result<(), Reason> {
    let mut reader = Reader::new(counters);
    reader.head(COUNTER_MAGIC, "file of counters")?;
    reader.take(16)?;
    let [flavor, big_endian] = reader.array()?;
    reader.take(6)?;
    if big_endian != 0 || !matches!(flavor, FLAVOR_RAW | FLAVOR_LEB128) {
        return Err(format!("counters of kind {flavor}, big-endian {big_endian}"));
    }
    let number = |reader: &mut Reader<'_>| if flavor == FLAVOR_RAW { reader.u32() } else { reader.leb128() };
    let footer = counters.len().checked_sub(FOOTER_LEN).ok_or("cut short")?;
    let mut last = Reader::new(counters);
    if last.seek(footer).array()? != COUNTER_MAGIC {
        return Err("cut short: no footer".to_owned());
    }
    last.take(4)?;
    for _ in 0..last.u32()? {
        let functions = reader.length()?;
        let (strings, arguments) = (reader.u32()? as usize, reader.u32()? as usize);
        reader.take(strings)?;
        reader.take(arguments)?;
        reader.at = reader.at.next_multiple_of(4);
        for _ in 0..functions {
            let (count, package, function) = (number(&mut reader)?, number(&mut reader)?, number(&mut reader)?);
            for block in 0..count as usize {
                if number(&mut reader)? > 0 {
                    ran(package, function, block);
                }
            }
        }
        // A footer follows each segment.
        reader.take(FOOTER_LEN)?;
    }
    Ok(())
}
