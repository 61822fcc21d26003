//! The functions of a Go source file, by line: name, first line and last.
//!
//! The file is as gofmt leaves it, so that a function of the top level begins with `func` in the first column and ends with the
//! next `}` there. Function literals belong to the function that they stand in.

/// A function of the top level and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// `newFileStore`, or `fileStore.StoreMsg` for a method.
    pub(super) name: String,
    /// Its first line, from 1.
    pub(super) first: u32,
    /// Its last line.
    pub(super) last: u32,
}

/// The functions of `text`, in order.
pub(super) fn functions(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut open: Option<(String, u32)> = None;
    for (line, at) in text.lines().zip(1..) {
        if let Some(name) = line.strip_prefix("func ").and_then(name_of) {
            if line.ends_with('}') {
                found.push(Span { name, first: at, last: at });
            } else {
                open = Some((name, at));
            }
        } else if line == "}"
            && let Some((name, first)) = open.take()
        {
            found.push(Span { name, first, last: at });
        }
    }
    found
}

/// The name in what follows `func `.
fn name_of(declaration: &str) -> Option<String> {
    let word =
        |text: &str| text.split(['(', '[']).next().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
    let Some(method) = declaration.strip_prefix('(') else {
        return word(declaration);
    };
    let (receiver, rest) = method.split_once(") ")?;
    let owner = receiver.rsplit([' ', '*']).next().and_then(word)?;
    Some(format!("{owner}.{}", word(rest)?))
}
