//! What of a C# file the grammar is given: the file with what it takes for something else put out of its way.
//!
//! The grammar knows `async` as a modifier and `property` as the target of an attribute, and nothing else; in the language both are
//! names wherever they stand otherwise. Such a name is overwritten by another one of the same length; a mark of the byte order, and
//! the `?` of `order?.State = x`, which is younger than the grammar, by blanks. Where a file is cut by `#if` in the middle of
//! something, the grammar is given the file without these lines, and then without all branches but the first. Every place stays
//! where it was, and only the grammar sees these texts: all that is said of a file is of its own.

use std::borrow::Cow;

use super::Given;
use crate::harness::stubs::facts::Place;

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
    for (at, _) in text.match_indices('?') {
        if is_assigned(text.get(at + 1..).unwrap_or_default()) {
            write(at, " ");
        }
    }
    out.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// What the grammar is given where it did not understand the first text: a text, and where what it is not given begins.
pub(super) fn again(text: &str) -> Vec<Given> {
    let text = for_grammar(text);
    let kinds: Vec<Option<Directive>> = text.lines().map(directive).collect();
    if kinds.iter().all(Option::is_none) {
        return Vec::new();
    }
    let (mut whole, mut first) = (String::with_capacity(text.len()), String::with_capacity(text.len()));
    let (mut left_out, mut open, mut dropped) = (Vec::new(), Vec::new(), 0_usize);
    for (at, (line, kind)) in text.split_inclusive('\n').zip(&kinds).enumerate() {
        match kind {
            Some(Directive::If) => open.push(false),
            Some(Directive::Else) => {
                if let Some(is_dropped) = open.last_mut().filter(|is_dropped| !**is_dropped) {
                    *is_dropped = true;
                    dropped += 1;
                    left_out.push(Place { line: at + 1, column: 1 });
                }
            }
            Some(Directive::End) => dropped -= usize::from(open.pop() == Some(true)),
            Some(Directive::Other) | None => {}
        }
        let blank = blank(line);
        whole.push_str(if kind.is_some() { &blank } else { line });
        first.push_str(if kind.is_some() || dropped > 0 { &blank } else { line });
    }
    vec![(whole, Vec::new()), (first, left_out)]
}

#[derive(Clone, Copy)]
enum Directive {
    If,
    Else,
    End,
    Other,
}

fn directive(line: &str) -> Option<Directive> {
    let word = line.trim_start().strip_prefix('#')?.trim_start();
    let word = word.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    match word {
        "if" => Some(Directive::If),
        "else" | "elif" => Some(Directive::Else),
        "endif" => Some(Directive::End),
        "region" | "endregion" | "pragma" | "nullable" | "define" | "undef" | "warning" | "error" | "line" => {
            Some(Directive::Other)
        }
        _ => None,
    }
}

/// A line of blanks as long as `line`, with its end.
fn blank(line: &str) -> String {
    line.bytes().map(|byte| if byte == b'\n' || byte == b'\r' { char::from(byte) } else { ' ' }).collect()
}

/// Whether the member behind a `?` is assigned: `order?.State = x`, `states?[0] = x`.
fn is_assigned(after: &str) -> bool {
    if !after.starts_with(['.', '[']) {
        return false;
    }
    let mut depth = 0_usize;
    let end = after.find(|c: char| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        !(c.is_alphanumeric() || "_.?[]!".contains(c) || (depth > 0 && c != '\n' && c != ';'))
    });
    let rest = end.and_then(|end| after.get(end..)).unwrap_or_default().trim_start();
    let assigned = rest.trim_start_matches(['+', '-', '*', '/', '|', '&', '^']).strip_prefix('=');
    assigned.is_some_and(|value| !value.starts_with(['=', '>']))
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
        check("a?.B = 1; a?[^1].C += d;", "a .B = 1; a [^1].C += d;");
        check(
            "a?.B == 1; a?.B(c); a?[i](d); e ? f : g; a?.B => 1",
            "a?.B == 1; a?.B(c); a?[i](d); e ? f : g; a?.B => 1",
        );
        assert!(matches!(for_grammar("class A { }"), Cow::Borrowed(_)));
    }

    #[test]
    fn branches_that_are_left_out() {
        let text = "a\n#if X\nb\n  #elif Y\nc\n#if Z\nd\n#else\ne\n#endif\n#else\nf\n#endif\ng\n";
        let texts = again(text);
        let lines = texts.iter().map(|(one, _)| one.split_whitespace().collect::<String>()).collect::<Vec<_>>();
        assert_eq!(lines, ["abcdefg", "abg"]);
        assert!(texts.iter().all(|(one, _)| one.len() == text.len()));
        let left_out = texts.iter().flat_map(|(_, places)| places.iter().map(|place| place.line));
        assert_eq!(left_out.collect::<Vec<_>>(), [4, 8]);
        assert_eq!(again("no directive\n").len(), 0);
        // An end too many is the file's own fault.
        assert_eq!(again("#endif\n#else\n").len(), 2);
    }
}
