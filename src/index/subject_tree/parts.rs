//! A filter cut at its wildcards, and how far a path through the tree has used it up.
//!
//! `a.b.*.c.>` becomes `a.b.`, `*`, `c.`, `>`: the pieces between wildcards are matched as bytes, whatever
//! nodes they run through. A wildcard that is not a whole token is a byte like any other, with the corner
//! cases that Go's cutting has.

use crate::index::subject::{FULL_WILDCARD, PARTIAL_WILDCARD, TOKEN_SEPARATOR};

/// Cuts a filter into its parts.
pub(super) fn cut(filter: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let end = filter.len();
    let piece = |from: usize, to: usize| filter.get(from..to).unwrap_or_default();
    let byte = |at: usize| filter.get(at).copied();
    let is_separator_or_end = |at: usize| at == end || byte(at) == Some(TOKEN_SEPARATOR);
    // The first byte that belongs to no part yet.
    let mut start = 0;
    let mut at = 0;
    while let Some(current) = byte(at) {
        let next = byte(at + 1);
        if current == TOKEN_SEPARATOR {
            let partial = next == Some(PARTIAL_WILDCARD) && is_separator_or_end(at + 2);
            let full = next == Some(FULL_WILDCARD) && at + 2 == end;
            if partial || full {
                if at > start {
                    parts.push(piece(start, at + 1));
                }
                parts.push(piece(at + 1, at + 2));
                at += 1;
                if partial && at + 2 < end {
                    // The separator after the wildcard is matched with it, yet not one that ends the filter.
                    at += 1;
                }
                start = at + 1;
            }
        } else if current == PARTIAL_WILDCARD || current == FULL_WILDCARD {
            let starts_token = at == 0 || byte(at - 1) == Some(TOKEN_SEPARATOR);
            // Go looks one byte short here: a wildcard just before the last byte is never one.
            let ends_token = at + 1 == end || (at + 2 < end && next == Some(TOKEN_SEPARATOR));
            if starts_token && ends_token {
                if current == FULL_WILDCARD && at + 1 < end {
                    break;
                }
                parts.push(piece(at, at + 1));
                if at + 1 < end {
                    at += 1;
                }
                start = at + 1;
            }
        }
        at += 1;
    }
    if start < end {
        if byte(start) == Some(TOKEN_SEPARATOR) {
            start += 1;
        }
        parts.push(piece(start, end));
    }
    parts
}

/// The parts that a path has not used up; the first may be used up in part.
#[derive(Clone, Copy)]
pub(super) struct Parts<'p> {
    list: &'p [&'p [u8]],
    /// How many bytes of the first part are used up.
    used: usize,
}

impl<'p> Parts<'p> {
    /// All of them.
    pub(super) const fn new(list: &'p [&'p [u8]]) -> Self {
        Self { list, used: 0 }
    }

    const fn none() -> Self {
        Self { list: &[], used: 0 }
    }

    pub(super) const fn len(self) -> usize {
        self.list.len()
    }

    pub(super) const fn is_empty(self) -> bool {
        self.list.is_empty()
    }

    fn part(self, index: usize) -> &'p [u8] {
        let part = self.list.get(index).copied().unwrap_or_default();
        let used = if index == 0 { self.used } else { 0 };
        part.get(used..).unwrap_or_default()
    }

    /// What is left of the first part.
    pub(super) fn first(self) -> &'p [u8] {
        self.part(0)
    }

    /// What is left of the last part.
    pub(super) fn last(self) -> &'p [u8] {
        self.part(self.list.len().saturating_sub(1))
    }

    fn from(self, index: usize) -> Self {
        Self { list: self.list.get(index..).unwrap_or_default(), used: if index == 0 { self.used } else { 0 } }
    }

    /// The last part alone.
    pub(super) fn only_last(self) -> Self {
        self.from(self.list.len().saturating_sub(1))
    }

    /// Matches a fragment of a subject and gives the parts left after it, or none where they differ.
    pub(super) fn match_fragment(self, fragment: &[u8]) -> Option<Self> {
        if fragment.is_empty() {
            return Some(self);
        }
        let last = self.list.len().checked_sub(1)?;
        let mut rest = fragment;
        for index in 0..self.list.len() {
            if rest.is_empty() {
                return Some(self.from(index));
            }
            let part = self.part(index);
            match part {
                [FULL_WILDCARD] => return Some(Self::none()),
                [PARTIAL_WILDCARD] => {
                    match rest.iter().position(|byte| *byte == TOKEN_SEPARATOR) {
                        Some(separator) => {
                            rest = rest.get(separator + 1..).unwrap_or_default();
                            continue;
                        }
                        // The token may go on in the next node.
                        None if index < last => return Some(self.from(index)),
                        None => return Some(Self::none()),
                    }
                }
                _ => {}
            }
            if part.len() > rest.len() {
                let left = self.from(index);
                return part.starts_with(rest).then_some(Self { list: left.list, used: left.used + rest.len() });
            }
            rest = rest.strip_prefix(part)?;
            if rest.is_empty() && index == last {
                return Some(Self::none());
            }
        }
        None
    }
}
