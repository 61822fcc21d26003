//! Names and values as text: the words of a name, and whether an expression is a constant.
//!
//! Expressions arrive as text with their blanks collapsed, so that the same is the same however it was broken into lines. No
//! language is told apart here: what is a constant in one of them means nothing else in the others.

/// How much of an expression is kept; a longer one is equal to nothing.
const CLIP: usize = 300;

/// The words of a name in lower case: `AssertEqual`, `assert_equal` and `assertEqual` are the same two.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = None;
    let chars: Vec<char> = name.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        let after = chars.get(at + 1).copied();
        let starts = match before {
            None => true,
            Some(b) if !char::is_alphanumeric(b) => true,
            Some(b) => c.is_uppercase() && (!b.is_uppercase() || after.is_some_and(char::is_lowercase)),
        };
        if c.is_alphanumeric() {
            match words.last_mut() {
                Some(last) if !starts => last.extend(c.to_lowercase()),
                _ => words.push(c.to_lowercase().collect()),
            }
        }
        before = Some(c);
    }
    words
}

/// What is compared of a name: letters and digits in lower case.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_lowercase()
}

/// An expression on one line; one that is too long is cut where no other is.
pub(super) fn collapsed(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(CLIP));
    for word in text.split_whitespace() {
        if out.len() > CLIP {
            return format!("{out}…");
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().take(CLIP));
    }
    out
}

/// Whether all of an expression was kept.
fn is_whole(text: &str) -> bool {
    !text.ends_with('…')
}

/// A value that is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    True,
    False,
    Null,
    /// A number or a text.
    Other,
}

/// The value that an expression writes out, where it is nothing else.
pub(super) fn literal(text: &str) -> Option<Literal> {
    match text {
        "true" | "True" => return Some(Literal::True),
        "false" | "False" => return Some(Literal::False),
        "null" | "nil" | "None" | "undefined" => return Some(Literal::Null),
        _ => {}
    }
    let number = text.strip_prefix('-').unwrap_or(text);
    if number.starts_with(|c: char| c.is_ascii_digit()) {
        let is_number = number.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        return is_number.then_some(Literal::Other);
    }
    is_text(text).then_some(Literal::Other)
}

/// Whether it is one text in quotes, with nothing put into it.
fn is_text(text: &str) -> bool {
    let bare = text.trim_start_matches(['@', 'b', 'r', 'u', 'B', 'R', 'U']).trim_matches('#');
    let Some(quote) = bare.chars().next().filter(|c| ['"', '\'', '`'].contains(c)) else {
        return false;
    };
    let inner = bare.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let Some(inner) = inner.filter(|_| is_whole(text)) else {
        return false;
    };
    let mut escaped = false;
    let closes = inner.chars().any(|c| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    });
    let is_filled = quote == '`' && inner.contains("${");
    !closes && !is_filled
}

/// Words that a constant may be made of in any of the languages.
const CONSTANT_WORDS: [&str; 66] = [
    "true",
    "True",
    "false",
    "False",
    "null",
    "nil",
    "None",
    "undefined",
    "default",
    "Default",
    "Some",
    "Ok",
    "new",
    "Vec",
    "String",
    "string",
    "Task",
    "ValueTask",
    "FromResult",
    "CompletedTask",
    "Array",
    "Empty",
    "Enumerable",
    "Memory",
    "ReadOnlyMemory",
    "Span",
    "ReadOnlySpan",
    "byte",
    "int",
    "uint",
    "long",
    "ulong",
    "bool",
    "u8",
    "u16",
    "u32",
    "u64",
    "i8",
    "i16",
    "i32",
    "i64",
    "usize",
    "isize",
    "uint64",
    "uint32",
    "int64",
    "int32",
    "float64",
    "Promise",
    "resolve",
    "Optional",
    "empty",
    "Collections",
    "emptyList",
    "emptyMap",
    "emptySet",
    "List",
    "Map",
    "Set",
    "of",
    "CompletableFuture",
    "completedFuture",
    "HashMap",
    "BTreeMap",
    "return",
    "vec",
];

/// Whether an expression is always the same: literals, empty containers, and tasks that hold one.
pub(super) fn is_constant(text: &str) -> bool {
    if text.is_empty() || !is_whole(text) {
        return false;
    }
    let mut rest = text;
    let mut made = false;
    let mut depth = 0_usize;
    while let Some(c) = rest.chars().next() {
        if ['"', '\''].contains(&c) {
            let Some(end) = rest.get(1..).and_then(|after| after.find(c)) else {
                return false;
            };
            rest = rest.get(end + 2..).unwrap_or_default();
            made = false;
        } else if c.is_ascii_digit() {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        } else if c.is_alphabetic() || c == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            if word == "default"
                && let Some(end) = after.strip_prefix('(').and_then(|_| after.find(')'))
            {
                rest = after.get(end + 1..).unwrap_or_default();
                continue;
            }
            // `StreamState{}` of Go, `StreamState::default()` of Rust.
            if let Some(after) = after.strip_prefix("{}").or_else(|| after.strip_prefix("::default()")) {
                rest = after;
                continue;
            }
            let is_type = made || depth > 0;
            if !is_type && !CONSTANT_WORDS.contains(&word) {
                return false;
            }
            made = word == "new" || (made && after.starts_with(['.', ':']));
            rest = after;
        } else {
            let generic = c == '<' && !rest.starts_with("< ") && !rest.starts_with("<<");
            depth = match c {
                '<' if generic => depth + 1,
                '>' => depth.saturating_sub(1),
                _ => depth,
            };
            if "+*/%^|?!=".contains(c) && depth == 0 && !rest.starts_with("![") && !rest.starts_with("!(") {
                return false;
            }
            if !c.is_whitespace() && c != '.' && c != ':' && c != '&' {
                made = false;
            }
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    true
}

/// Whether reading it twice gives the same: names, members and indexes, with no call in it.
pub(super) fn is_steady(text: &str) -> bool {
    is_whole(text) && !text.is_empty() && !text.contains(['(', '{', '+', '"', '\'', '`', '$', '='])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_names() {
        let check = |name: &str, expected: &str| assert_eq!(words(name).join(" "), expected, "{name}");
        check("AssertEqual", "assert equal");
        check("assert_eq", "assert eq");
        check("closeFDsLocked", "close f ds locked");
        check("HTTPServer2", "http server2");
        check("_x", "x");
        check("", "");
    }

    #[test]
    fn what_is_written_out() {
        let check = |text: &str, expected: Option<Literal>| assert_eq!(literal(text), expected, "{text}");
        check("true", Some(Literal::True));
        check("-1.5f", Some(Literal::Other));
        check("\"a\\\"b\"", Some(Literal::Other));
        check("\"a\" + \"b\"", None);
        check("1 + x", None);
        check("`${x}`", None);
        check("x", None);
    }

    #[test]
    fn what_is_constant() {
        for text in [
            "0",
            "(0, null)",
            "0, nil",
            "Task.FromResult(0UL)",
            "new List<ulong>()",
            "Array.Empty<byte>()",
            "Ok(())",
            "default(StreamState)",
            "Vec::new()",
            "[]",
            "new Foo.Bar()",
            "-1",
            "\"\"",
            "Promise.resolve(null)",
            "vec![]",
            "StreamState{}, nil",
            "Ok(StreamState::default())",
        ] {
            assert!(is_constant(text), "{text}");
        }
        for text in
            ["x", "a.b", "f(1)", "1 + x", "Ok(self)", "new List<int>(x)", "!closed", "default(x) + y", "A{}.b(c)"]
        {
            assert!(!is_constant(text), "{text}");
        }
    }
}
