//! Subjects and filters: tokens, wildcards, and when one matches the other.
//!
//! Tokens are separated by `.`; the token `*` stands for one token and a last token `>` for one or more.
//! Nothing allocates. Carries subjectsEqual, subjectsAll and compareFn of filestore.go (features 1164, 1165,
//! 1166) and what filestore.go uses of sublist.go: subjectIsSubsetMatch, isSubsetMatchTokenized, matchLiteral,
//! subjectHasWildcard, subjectIsLiteral, IsValidSubject and its neighbours.

/// Separates tokens.
pub const TOKEN_SEPARATOR: u8 = b'.';
/// Stands for one token.
pub const PARTIAL_WILDCARD: u8 = b'*';
/// Stands for one or more tokens at the end.
pub const FULL_WILDCARD: u8 = b'>';

/// The tokens of a subject; an empty subject is one empty token.
pub fn tokens(subject: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    subject.split(|byte| *byte == TOKEN_SEPARATOR)
}

/// Whether any token is a wildcard (`>` counts wherever it stands).
pub fn has_wildcard(subject: &[u8]) -> bool {
    tokens(subject).any(|token| matches!(token, [PARTIAL_WILDCARD | FULL_WILDCARD]))
}

/// Whether no token is a wildcard; the subject need not be valid.
pub fn is_literal(subject: &[u8]) -> bool {
    !has_wildcard(subject)
}

/// Whether a subject is valid: no empty token, no blank, and `>` only at the end.
pub fn is_valid(subject: &[u8]) -> bool {
    let mut ended = false;
    for token in tokens(subject) {
        if token.is_empty() || ended || token.iter().any(|byte| is_blank(*byte)) {
            return false;
        }
        ended = token == [FULL_WILDCARD];
    }
    true
}

/// Whether a subject is valid and literal (Go: `IsValidPublishSubject`).
pub fn is_valid_publish(subject: &[u8]) -> bool {
    is_valid(subject) && is_literal(subject)
}

/// Whether no token is empty or a wildcard; unlike [`is_valid_publish`] it lets blanks pass, as Go does.
pub fn is_valid_literal(subject: &[u8]) -> bool {
    !tokens(subject).any(|token| token.is_empty() || matches!(token, [PARTIAL_WILDCARD | FULL_WILDCARD]))
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

/// Whether every subject that `subject` stands for is one that `filter` stands for (Go: `subjectIsSubsetMatch`).
///
/// Both may hold wildcards. As in Go, a filter token that merely starts with `*` takes any token.
pub fn is_subset_match(subject: &[u8], filter: &[u8]) -> bool {
    let mut subject_tokens = tokens(subject);
    for wanted in tokens(filter) {
        let Some(token) = subject_tokens.next() else {
            return false;
        };
        if wanted.is_empty() {
            return false;
        }
        if wanted == [FULL_WILDCARD] {
            return true;
        }
        if token.is_empty() || token == [FULL_WILDCARD] {
            return false;
        }
        if token == [PARTIAL_WILDCARD] {
            if wanted != [PARTIAL_WILDCARD] {
                return false;
            }
        } else if wanted.first() != Some(&PARTIAL_WILDCARD) && token != wanted {
            return false;
        }
    }
    subject_tokens.next().is_none()
}

/// Whether a literal subject matches a filter, byte by byte (Go: `matchLiteral`).
///
/// Wildcards count only as whole tokens; empty tokens are not refused, so that `foo..bar` matches `foo.*.bar`.
pub fn match_literal(literal: &[u8], filter: &[u8]) -> bool {
    let mut literal = literal;
    let mut filter = filter;
    let mut at_token_start = true;
    while let Some((wanted, filter_rest)) = filter.split_first() {
        // Go looks at the literal's end first: even a final `>` needs a byte to match.
        let Some((byte, literal_rest)) = literal.split_first() else {
            return false;
        };
        if at_token_start {
            match filter {
                [FULL_WILDCARD] => return true,
                [PARTIAL_WILDCARD] => return !literal.contains(&TOKEN_SEPARATOR),
                [PARTIAL_WILDCARD, TOKEN_SEPARATOR, after @ ..] => {
                    let Some(end) = literal.iter().position(|byte| *byte == TOKEN_SEPARATOR) else {
                        return false;
                    };
                    literal = literal.get(end + 1..).unwrap_or_default();
                    filter = after;
                    continue;
                }
                _ => {}
            }
        }
        if wanted != byte {
            return false;
        }
        at_token_start = *wanted == TOKEN_SEPARATOR;
        (filter, literal) = (filter_rest, literal_rest);
    }
    literal.is_empty()
}

/// How a filter is compared with subjects (Go: `compareFn`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Everything matches (Go: `subjectsAll`).
    All,
    /// The filter has wildcards (Go: `subjectIsSubsetMatch`).
    SubsetMatch,
    /// Only the same bytes match (Go: `subjectsEqual`).
    Equal,
}

impl Comparison {
    /// The comparison that `filter` needs; an empty filter means everything.
    pub fn of(filter: &[u8]) -> Self {
        if filter.is_empty() || filter == [FULL_WILDCARD] {
            Self::All
        } else if has_wildcard(filter) {
            Self::SubsetMatch
        } else {
            Self::Equal
        }
    }

    /// Whether `subject` matches `filter` under this comparison.
    pub fn matches(self, subject: &[u8], filter: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::SubsetMatch => is_subset_match(subject, filter),
            Self::Equal => subject == filter,
        }
    }
}
