//! Templates: text with `{..}` in it that changes with the repetition.
//!
//! `{i}` is a variable (`i` counts repetitions from 1), `{i*2+1}` arithmetic from left to right, `{i:04}` zero-padded to a
//! width; `{1..3}` and `{a,b,c}` cycle with the repetition. `{{` and `}}` are the braces themselves. Text is bytes: nothing
//! here assumes UTF-8.

use super::error::Fault;

/// The longest padding, beyond the longest subject that a store takes.
const MAX_WIDTH: usize = 100_000;

/// What the names in a template stand for at one repetition.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    named: Vec<(String, i128)>,
    index: u64,
}

impl Variables {
    /// No variable is set; the cycle stands at its first member.
    #[must_use]
    pub fn new() -> Variables {
        Variables { named: Vec::new(), index: 1 }
    }

    /// The same with `name` set to `value` and the cycle at repetition `index` (from 1).
    #[must_use]
    pub fn with(&self, name: &str, value: i128, index: u64) -> Variables {
        let mut named: Vec<(String, i128)> = self.named.iter().filter(|(known, _)| known != name).cloned().collect();
        named.push((name.to_owned(), value));
        Variables { named, index }
    }

    /// The value of `name`.
    fn get(&self, name: &str) -> Option<i128> {
        self.named.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// Which repetition this is, from 1.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Operand {
    Variable(String),
    Constant(i128),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Bytes(Vec<u8>),
    Cycle { from: u64, to: u64 },
    Choice(Vec<String>),
    Expression { first: Operand, rest: Vec<(char, Operand)>, width: usize },
}

/// Text with holes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    pieces: Vec<Piece>,
}

impl Template {
    /// Text without holes.
    #[must_use]
    pub fn literal(bytes: Vec<u8>) -> Template {
        Template { pieces: vec![Piece::Bytes(bytes)] }
    }

    /// Whether it is the same at every repetition.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Bytes(_)))
    }

    /// Adds a byte of plain text.
    pub fn push(&mut self, byte: u8) {
        if let Some(Piece::Bytes(bytes)) = self.pieces.last_mut() {
            bytes.push(byte);
        } else {
            self.pieces.push(Piece::Bytes(vec![byte]));
        }
    }

    /// Adds the hole whose inside is `text`.
    pub fn push_hole(&mut self, text: &str) -> Result<(), Fault> {
        let piece = hole(text).ok_or_else(|| {
            Fault::new("a template such as {i}, {i*2+1}, {i:04}, {1..3} or {a,b}", format!("`{{{text}}}`"))
        })?;
        self.pieces.push(piece);
        Ok(())
    }

    /// The text at one repetition.
    pub fn expand(&self, variables: &Variables) -> Result<Vec<u8>, Fault> {
        let mut out = Vec::new();
        let turn = variables.index.saturating_sub(1);
        for piece in &self.pieces {
            match piece {
                Piece::Bytes(bytes) => out.extend_from_slice(bytes),
                Piece::Cycle { from, to } => {
                    let step = (to - from).checked_add(1).map_or(turn, |count| turn % count);
                    out.extend_from_slice((from + step).to_string().as_bytes());
                }
                Piece::Choice(choices) => {
                    let at = usize::try_from(turn).ok().and_then(|turn| turn.checked_rem(choices.len()));
                    let chosen = at.and_then(|at| choices.get(at)).map(String::as_str).unwrap_or_default();
                    out.extend_from_slice(chosen.as_bytes());
                }
                Piece::Expression { first, rest, width } => {
                    let value = evaluate(first, rest, variables)?;
                    out.extend_from_slice(format!("{value:0width$}").as_bytes());
                }
            }
        }
        Ok(out)
    }
}

fn evaluate(first: &Operand, rest: &[(char, Operand)], variables: &Variables) -> Result<i128, Fault> {
    let value_of = |operand: &Operand| match operand {
        Operand::Constant(value) => Ok(*value),
        Operand::Variable(name) => variables
            .get(name)
            .ok_or_else(|| Fault::new("a variable of an enclosing loop (or `i` with repeat=)", format!("`{name}`"))),
    };
    let mut total = value_of(first)?;
    for (operator, operand) in rest {
        let right = value_of(operand)?;
        let result = match operator {
            '+' => total.checked_add(right),
            '-' => total.checked_sub(right),
            '*' => total.checked_mul(right),
            '/' => total.checked_div(right),
            _ => total.checked_rem(right),
        };
        total =
            result.ok_or_else(|| Fault::new("arithmetic that has a result", format!("{total} {operator} {right}")))?;
    }
    Ok(total)
}

/// The piece that the inside of a pair of braces stands for.
fn hole(text: &str) -> Option<Piece> {
    if let Some((from, to)) = text.split_once("..") {
        let (from, to) = (from.parse().ok()?, to.parse().ok()?);
        return (from <= to).then_some(Piece::Cycle { from, to });
    }
    if text.contains(',') {
        return Some(Piece::Choice(text.split(',').map(str::to_owned).collect()));
    }
    let (expression, width) = match text.split_once(':') {
        Some((expression, width)) => (expression, width.parse().ok().filter(|width| *width <= MAX_WIDTH)?),
        None => (text, 0),
    };
    let mut operands = Vec::new();
    let mut operators = Vec::new();
    let mut rest = expression;
    loop {
        let end = rest.find(['+', '-', '*', '/', '%']).unwrap_or(rest.len());
        let (name, tail) = rest.split_at(end);
        operands.push(operand(name)?);
        let mut tail_characters = tail.chars();
        match tail_characters.next() {
            Some(operator) => operators.push(operator),
            None => break,
        }
        rest = tail_characters.as_str();
    }
    let mut operands = operands.into_iter();
    let first = operands.next()?;
    Some(Piece::Expression { first, rest: operators.into_iter().zip(operands).collect(), width })
}

fn operand(text: &str) -> Option<Operand> {
    let text = text.trim();
    if let Ok(value) = text.parse() {
        return Some(Operand::Constant(value));
    }
    let mut characters = text.chars();
    let starts_well = characters.next().is_some_and(|c| c.is_ascii_alphabetic());
    (starts_well && characters.all(|c| c.is_ascii_alphanumeric() || c == '_'))
        .then(|| Operand::Variable(text.to_owned()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    fn check(inside: &str, expected: [&str; 4]) {
        let mut template = Template::literal(b"<".to_vec());
        template.push_hole(inside).unwrap();
        template.push(b'>');
        for (index, expected) in (1..=4_u64).zip(expected) {
            let variables = Variables::new().with("i", i128::from(index), index);
            assert_eq!(String::from_utf8(template.expand(&variables).unwrap()).unwrap(), expected);
        }
    }

    #[test]
    fn holes_follow_the_repetition() {
        check("i", ["<1>", "<2>", "<3>", "<4>"]);
        check("i*2+1", ["<3>", "<5>", "<7>", "<9>"]);
        check("i:03", ["<001>", "<002>", "<003>", "<004>"]);
        check("5..7", ["<5>", "<6>", "<7>", "<5>"]);
        check("a,b", ["<a>", "<b>", "<a>", "<b>"]);
        check("10-i", ["<9>", "<8>", "<7>", "<6>"]);
    }

    #[test]
    fn holes_without_a_meaning_are_refused() {
        for bad in ["", "3..1", "i+", "i:x", "a b", "i:100001"] {
            assert!(Template::default().push_hole(bad).is_err(), "{{{bad}}} was accepted");
        }
        let mut template = Template::default();
        template.push_hole("j").unwrap();
        assert!(template.expand(&Variables::new()).is_err());
        let mut template = Template::default();
        template.push_hole("i/0").unwrap();
        assert!(template.expand(&Variables::new().with("i", 1, 1)).is_err());
    }
}
