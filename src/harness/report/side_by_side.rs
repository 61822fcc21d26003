//! Two texts beside each other as a table of HTML: lines that are equal, gone and new, with the words that differ marked.
//!
//! Signs and `del`/`ins` say what the colours say. Long stretches of equal lines are left out, and said to be.

use similar::{ChangeTag, DiffOp, TextDiff, group_diff_ops};

use super::html::{escaped, push};

/// How many equal lines are shown around a difference.
const CONTEXT: usize = 2;

/// The headings of a table.
pub(super) struct Titles<'a> {
    /// The case, so that a table is told from those of other cases.
    pub(super) case: &'a str,
    /// What the table shows.
    pub(super) caption: &'a str,
    /// The left side.
    pub(super) expected: &'a str,
    /// The right side.
    pub(super) found: &'a str,
    /// Whether a line answers to the line in the same place where both sides have as many.
    pub(super) in_place: bool,
}

/// The table of two texts.
pub(super) fn table(out: &mut String, titles: &Titles<'_>, expected: &[String], found: &[String]) {
    let Titles { case, caption, expected: left, found: right, in_place } = titles;
    push(
        out,
        format_args!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}: {}\"><table class=\"diff\"><caption>{}</caption>\
             <thead><tr><th scope=\"col\">− {}<th scope=\"col\">+ {}</thead><tbody>\n",
            escaped(case),
            escaped(caption),
            escaped(caption),
            escaped(left),
            escaped(right)
        ),
    );
    let (before, after): (Vec<&str>, Vec<&str>) =
        (expected.iter().map(String::as_str).collect(), found.iter().map(String::as_str).collect());
    let ops = match *in_place && before.len() == after.len() {
        true => in_their_places(&before, &after),
        false => TextDiff::from_slices(&before, &after).ops().to_vec(),
    };
    let mut rows = Rows { out, before: &before, after: &after, differs: false };
    let groups = group_diff_ops(ops, CONTEXT);
    let mut end = 0;
    for group in &groups {
        let start = group.first().map_or(end, |op| op.old_range().start);
        rows.cut(start.saturating_sub(end));
        for op in group {
            rows.op(op);
        }
        end = group.last().map_or(end, |op| op.old_range().end);
    }
    rows.cut(before.len().saturating_sub(end));
    out.push_str("</tbody></table></div>\n");
}

/// The difference of texts of as many lines, line by line.
fn in_their_places(before: &[&str], after: &[&str]) -> Vec<DiffOp> {
    let mut ops = Vec::new();
    let mut start = 0;
    for lines in before.iter().zip(after).collect::<Vec<_>>().chunk_by(|a, b| (a.0 == a.1) == (b.0 == b.1)) {
        let len = lines.len();
        ops.push(match lines.iter().all(|(left, right)| left == right) {
            true => DiffOp::Equal { old_index: start, new_index: start, len },
            false => DiffOp::Replace { old_index: start, old_len: len, new_index: start, new_len: len },
        });
        start += len;
    }
    ops
}

struct Rows<'a> {
    out: &'a mut String,
    before: &'a [&'a str],
    after: &'a [&'a str],
    /// Whether a difference was shown already.
    differs: bool,
}

impl Rows<'_> {
    fn cut(&mut self, lines: usize) {
        if lines > 0 {
            let plural = if lines == 1 { "" } else { "s" };
            push(self.out, format_args!("<tr class=\"cut\"><td colspan=\"2\">… {lines} equal line{plural}\n"));
        }
    }

    fn op(&mut self, op: &DiffOp) {
        let (old, new) = (op.old_range(), op.new_range());
        for step in 0..old.len().max(new.len()) {
            let (left_at, right_at) = (old.start + step, new.start + step);
            let left = self.before.get(left_at).copied().filter(|_| left_at < old.end);
            let right = self.after.get(right_at).copied().filter(|_| right_at < new.end);
            self.row(left, right, matches!(op, DiffOp::Equal { .. }));
        }
    }

    fn row(&mut self, left: Option<&str>, right: Option<&str>, equal: bool) {
        if equal {
            let (left, right) = (escaped(left.unwrap_or_default()), escaped(right.unwrap_or_default()));
            push(self.out, format_args!("<tr><td>  {left}<td>  {right}\n"));
            return;
        }
        let class = if self.differs { "" } else { " class=\"first\"" };
        self.differs = true;
        push(self.out, format_args!("<tr{class}>"));
        let (marked_left, marked_right) = marked(left, right);
        for (text, marked, sign, class) in [(left, marked_left, '−', "minus"), (right, marked_right, '+', "plus")] {
            match text {
                Some(_) => push(self.out, format_args!("<td class=\"{class}\">{sign} {marked}")),
                None => self.out.push_str("<td>"),
            }
        }
        self.out.push('\n');
    }
}

/// Two lines with the words that differ marked.
fn marked(left: Option<&str>, right: Option<&str>) -> (String, String) {
    let (Some(before), Some(after)) = (left, right) else {
        let whole = |text: Option<&str>| escaped(text.unwrap_or_default());
        return (whole(left), whole(right));
    };
    let (mut one, mut other) = (String::new(), String::new());
    for change in TextDiff::from_words(before, after).iter_all_changes() {
        let text = escaped(change.value());
        match change.tag() {
            ChangeTag::Equal => {
                one.push_str(&text);
                other.push_str(&text);
            }
            ChangeTag::Delete => push(&mut one, format_args!("<del>{text}</del>")),
            ChangeTag::Insert => push(&mut other, format_args!("<ins>{text}</ins>")),
        }
    }
    (one, other)
}
