//! The encoding of a [`SequenceSet`], which `index.db` and replicated stream states carry.
//!
//! ```text
//! 0  magic 22 | 1  version 2 | 2  nodes u32 | 6  size u32 | then each node, pre-order:
//! 0  base u64 | 8  32 x bits u64 | 264  height u16                                   (little endian; version 1: 64 x bits)
//! ```
//! Version 2 is taken as it lies: size, heights and overlaps are believed. Version 1 is inserted bit by bit and its size must
//! agree. Memory grows with the input alone: a node is made for each node that is really there (in version 1 a node may
//! become a few, and in the last 2,048 sequences before 2^64, where Go makes a node for each insertion, one for each bit).

use std::fmt::Write as _;

use super::{BITS_PER_BUCKET, NIL, NUM_BUCKETS, Node, SequenceSet, iter};
use crate::format::DecodeError;
use crate::format::dump::DumpPage;

/// The first byte of an encoded set.
const MAGIC: u8 = 22;
const VERSION_1: u8 = 1;
const VERSION_2: u8 = 2;
const HEADER_LEN: usize = 2;
const MIN_LEN: usize = HEADER_LEN + 4 + 4;
const V1_NUM_BUCKETS: usize = 64;
/// Runs that a dump shows for a node.
const SHOWN_RUNS: usize = 8;

const fn node_len(num_buckets: usize) -> usize {
    8 + 8 * num_buckets + 2
}

/// The bytes of an encoded set with this many nodes.
pub const fn encoded_len_for(num_nodes: u64) -> usize {
    MIN_LEN + num_nodes as usize * node_len(NUM_BUCKETS)
}

impl SequenceSet {
    /// The bytes that [`Self::encode`] gives.
    pub const fn encoded_len(&self) -> usize {
        encoded_len_for(self.num_nodes)
    }

    /// The encoding of this very tree.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.encoded_len());
        self.encode_into(&mut out);
        out
    }

    /// Appends the encoding of this very tree.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[MAGIC, VERSION_2]);
        out.extend_from_slice(&(self.num_nodes as u32).to_le_bytes());
        out.extend_from_slice(&(self.size as u32).to_le_bytes());
        let mut stack = vec![self.root];
        while let Some(id) = stack.pop() {
            if id == NIL {
                continue;
            }
            let node = self.node(id);
            out.extend_from_slice(&node.base.to_le_bytes());
            for bits in &node.bits {
                out.extend_from_slice(&bits.to_le_bytes());
            }
            out.extend_from_slice(&(node.height as u16).to_le_bytes());
            stack.push(node.right);
            stack.push(node.left);
        }
    }

    /// The set at the start of `bytes` and how many bytes it takes; what follows is not looked at.
    pub fn decode(bytes: &[u8]) -> Result<(Self, usize), DecodeError> {
        let (header, records) = Header::split(bytes)?;
        let set = if header.version == VERSION_1 { decode_v1(&header, records)? } else { decode_v2(&header, records) };
        Ok((set, MIN_LEN + records.len()))
    }

    /// Hangs a decoded node where its base belongs, without balancing: they come in pre-order.
    fn hang(&mut self, node: Node) {
        let base = node.base;
        let id = self.allocate(node);
        self.num_nodes += 1;
        let mut parent = self.root;
        if parent == NIL {
            self.root = id;
            return;
        }
        loop {
            let above = self.node_mut(parent);
            let child = if base < above.base { &mut above.left } else { &mut above.right };
            if *child == NIL {
                *child = id;
                return;
            }
            parent = *child;
        }
    }
}

struct Header {
    version: u8,
    num_nodes: usize,
    size: u32,
}

impl Header {
    /// The header and the bytes of exactly the nodes that it announces.
    fn split(bytes: &[u8]) -> Result<(Self, &[u8]), DecodeError> {
        let Some((&[magic, version, n0, n1, n2, n3, s0, s1, s2, s3], rest)) = bytes.split_first_chunk::<MIN_LEN>()
        else {
            return Err(DecodeError::new("sequence set", 0, "shorter than its header"));
        };
        if magic != MAGIC {
            return Err(DecodeError::new("sequence set magic", 0, "not 22"));
        }
        if version != VERSION_1 && version != VERSION_2 {
            return Err(DecodeError::new("sequence set version", 1, "neither 1 nor 2"));
        }
        let num_nodes = u32::from_le_bytes([n0, n1, n2, n3]) as usize;
        let header = Self { version, num_nodes, size: u32::from_le_bytes([s0, s1, s2, s3]) };
        let records = num_nodes.checked_mul(header.record_len()).and_then(|len| rest.get(..len));
        let records = records.ok_or(DecodeError::new("sequence set nodes", HEADER_LEN, "more than the bytes hold"))?;
        Ok((header, records))
    }

    const fn record_len(&self) -> usize {
        node_len(if self.version == VERSION_1 { V1_NUM_BUCKETS } else { NUM_BUCKETS })
    }
}

/// A node as it lies in the bytes.
struct Record {
    base: u64,
    bits: Vec<u64>,
    height: u16,
}

impl Record {
    fn read(record: &[u8]) -> Self {
        let (words, height) = record.as_chunks::<8>();
        let mut words = words.iter().map(|word| u64::from_le_bytes(*word));
        let base = words.next().unwrap_or_default();
        let height = height.first_chunk().map_or(0, |bytes| u16::from_le_bytes(*bytes));
        Self { base, bits: words.collect(), height }
    }

    fn members(&self) -> impl Iterator<Item = u64> + '_ {
        self.bits.iter().zip(0u64..).flat_map(move |(bits, bucket)| {
            let base = self.base.wrapping_add(bucket * BITS_PER_BUCKET);
            iter::ones(*bits).map(move |bit| base.wrapping_add(bit))
        })
    }

    fn describe(&self) -> String {
        let mut text = format!("node base {} height {}:", self.base, self.height);
        let mut runs: Vec<(u64, u64)> = Vec::new();
        let mut members = 0;
        for seq in self.members() {
            members += 1;
            match runs.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(seq) => *last = seq,
                _ => runs.push((seq, seq)),
            }
        }
        for (first, last) in runs.iter().take(SHOWN_RUNS) {
            // Writing to a String cannot fail.
            let _: std::fmt::Result =
                if first == last { write!(text, " {first}") } else { write!(text, " {first}-{last}") };
        }
        if runs.len() > SHOWN_RUNS {
            text.push_str(" ..");
        }
        text.push_str(&format!(" ({members})"));
        text
    }
}

fn decode_v2(header: &Header, records: &[u8]) -> SequenceSet {
    let mut set = SequenceSet::new();
    set.arena.reserve_exact(header.num_nodes);
    for record in records.chunks_exact(header.record_len()) {
        let record = Record::read(record);
        let mut node = Node::new(record.base);
        for (bits, read) in node.bits.iter_mut().zip(&record.bits) {
            *bits = *read;
        }
        node.height = u32::from(record.height);
        set.hang(node);
    }
    set.size = u64::from(header.size);
    set
}

fn decode_v1(header: &Header, records: &[u8]) -> Result<SequenceSet, DecodeError> {
    let mut set = SequenceSet::new();
    for record in records.chunks_exact(header.record_len()) {
        set.extend(Record::read(record).members());
    }
    if set.size() == u64::from(header.size) {
        Ok(set)
    } else {
        Err(DecodeError::new("sequence set size", HEADER_LEN + 4, "not the number of members"))
    }
}

/// What the bytes of an encoded set mean.
pub fn dump(bytes: &[u8]) -> DumpPage {
    let mut page = DumpPage::new("sequence set", bytes);
    match dump_lines(&mut page, bytes, 0) {
        Ok(end) if end < bytes.len() => page.line(end, bytes.len() - end, "not looked at"),
        Ok(_) => {}
        Err(error) => page.stop(error),
    }
    page
}

/// Explains the set that `bytes`, lying at `at` in the page, start with; the offset in the page behind it.
pub(in crate::format) fn dump_lines(page: &mut DumpPage, bytes: &[u8], at: usize) -> Result<usize, DecodeError> {
    let in_page = |error: DecodeError| DecodeError { at: at + error.at, ..error };
    let (header, records) = Header::split(bytes).map_err(in_page)?;
    page.line(at, 1, format!("sequence set magic {MAGIC}"));
    page.line(at + 1, 1, format!("version {}", header.version));
    page.line(at + 2, 4, format!("nodes {}", header.num_nodes));
    page.line(at + 6, 4, format!("size {}", header.size));
    let mut offset = at + MIN_LEN;
    for record in records.chunks_exact(header.record_len()) {
        page.line(offset, record.len(), Record::read(record).describe());
        offset += record.len();
    }
    if header.version == VERSION_1 {
        decode_v1(&header, records).map_err(in_page)?;
    }
    Ok(offset)
}
