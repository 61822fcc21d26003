//! What of a C# file the grammar is given: the file with the words put out of its way that it takes for something else.
//!
//! The grammar knows `async` as a modifier and `property` as the target of an attribute, and nothing else; in the language both are
//! names wherever they stand otherwise. Such a name is overwritten by another one of the same length, and a mark of the byte order
//! by blanks, so that every place is where it was. Only the grammar sees this text: all that is said of a file is of its own.

use std::borrow::Cow;

/// Names that the grammar takes for keywords, and names of the same length that it takes for names.
const NAMES: [(&str, &str); 9] = [
    ("async", "asynC"),
    ("property", "propertY"),
    ("field", "fielD"),
    ("method", "methoD"),
    ("param", "paraM"),
    ("type", "typE"),
    ("event", "evenT"),
    ("module", "modulE"),
    ("assembly", "assemblY"),
];
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The text for the grammar, as long as `text`.
pub(super) fn for_grammar(text: &str) -> Cow<'_, str> {
    let mut out: Option<String> = None;
    let mut write = |at: usize, with: &str| {
        let out = out.get_or_insert_with(|| text.to_owned());
        out.replace_range(at..at + with.len(), with);
    };
    if text.starts_with(BYTE_ORDER_MARK) {
        write(0, "   ");
    }
    for (name, with) in NAMES {
        for (at, _) in text.match_indices(name) {
            let before = text.get(..at).unwrap_or_default();
            let after = text.get(at + name.len()..).unwrap_or_default();
            if is_name(name, before, after) {
                write(at, with);
            }
        }
    }
    out.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Whether the word between the two is a name there.
fn is_name(word: &str, before: &str, after: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '@';
    if before.ends_with(is_part) || after.starts_with(is_part) {
        return false;
    }
    let next = after.trim_start();
    if word == "async" {
        // A modifier has a type, a name, or the parameters of a lambda behind it.
        return next.starts_with(|c: char| !is_part(c) && c != '(' && c != '[' && c != '<' && c != '/');
    }
    // `[property: X]` is the target of an attribute, `[property]` a list that holds one thing.
    before.trim_end().ends_with('[') && next.starts_with([']', ',', '.', '!', '?', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_keywords() {
        let check = |text: &str, expected: &str| assert_eq!(for_grammar(text), expected);
        check("Task F(bool async)", "Task F(bool asynC)");
        check("F(async, async: true)", "F(asynC, asynC: true)");
        check("if (async && x)", "if (asynC && x)");
        check("async => async.X", "asynC => asynC.X");
        check("public async Task F()", "public async Task F()");
        check("async (x) => x; async static y => y", "async (x) => x; async static y => y");
        check("isasync, asyncX, @async,", "isasync, asyncX, @async,");
        check("new Key([property], [field.X])", "new Key([propertY], [fielD.X])");
        check("[property: X] [method: Y]", "[property: X] [method: Y]");
        check("\u{feff}class", "   class");
        assert!(matches!(for_grammar("class A { }"), Cow::Borrowed(_)));
    }
}
