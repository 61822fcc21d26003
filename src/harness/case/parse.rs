//! Reads a case file into its syntax tree; every fault names file, line, what was expected and what was found.
//!
//! A file is a head (comments, `from:`, `settings:`, `recorded:`) and paragraphs, apart by blank lines. A paragraph is
//! statements, then `----` and the recorded answer, which record has not yet written in a new case. Templates are expanded once
//! for their first repetition, so that a bad number is found here and not in the middle of a run.

use super::error::{CaseError, Fault};
use super::expand;
use super::grammar::{self, COMMANDS, Kind, Spec};
use super::lower::lower;
use super::setting::{Setting, SettingPattern};
use super::syntax::{Case, Command, Loop, LoopValues, Paragraph, RecordedLine, Section, Statement};
use super::template::{Template, Variables};
use super::token::{self, Token, Value};

/// The line between statements and answer.
pub const SEPARATOR: &str = "----";
const MAX_DEPTH: usize = 8;
const LOOP_SHAPE: &str = "`for NAME in A..B {`, `for NAME in [..] {` or `repeat N {`";

/// Parses `text`, the content of `file`, as the case `name`.
pub fn parse(name: &str, file: &str, text: &str) -> Result<Case, CaseError> {
    let lines: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
    let mut parser = Parser { file, lines: &lines, at: 0 };
    let head = parser.head()?;
    let mut paragraphs = Vec::new();
    while parser.skip_to_paragraph() {
        paragraphs.push(parser.paragraph(&head.settings)?);
    }
    if paragraphs.is_empty() {
        return Err(Fault::new("at least one command", "the end of the file").at(file, lines.len().max(1)));
    }
    Ok(Case {
        name: name.to_owned(),
        file: file.to_owned(),
        from: head.from,
        settings: head.settings,
        limited_because: head.limited_because,
        recorded: head.recorded,
        about: head.about,
        paragraphs,
        recorded_line: head.recorded_line,
        lines,
    })
}

struct Head {
    from: Vec<String>,
    settings: Vec<Setting>,
    limited_because: Option<String>,
    recorded: Option<String>,
    about: String,
    recorded_line: RecordedLine,
}

struct Parser<'a> {
    file: &'a str,
    lines: &'a [String],
    /// The lines before this one are read.
    at: usize,
}

impl<'a> Parser<'a> {
    fn line(&self) -> Option<&'a str> {
        self.lines.get(self.at).map(String::as_str)
    }

    fn fail<T>(&self, fault: Fault) -> Result<T, CaseError> {
        Err(fault.at(self.file, self.at + 1))
    }

    fn head(&mut self) -> Result<Head, CaseError> {
        let mut head = Head {
            from: Vec::new(),
            settings: Setting::ALL.to_vec(),
            limited_because: None,
            recorded: None,
            about: String::new(),
            recorded_line: RecordedLine::After(0),
        };
        let mut seen: Vec<&str> = Vec::new();
        let mut last_header = 0;
        while let Some(line) = self.line() {
            if let Some(comment) = line.strip_prefix('#') {
                if seen.is_empty() {
                    head.about.push_str(comment.strip_prefix(' ').unwrap_or(comment));
                    head.about.push('\n');
                }
                self.at += 1;
                continue;
            }
            if line.is_empty() {
                self.at += 1;
                continue;
            }
            let Some((key, value)) =
                line.split_once(':').filter(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase()))
            else {
                break;
            };
            if seen.contains(&key) {
                return self.fail(Fault::new(format!("`{key}:` once"), "a second one"));
            }
            seen.push(key);
            self.header(&mut head, key, value.trim())?;
            last_header = self.at + 1;
            self.at += 1;
        }
        if head.recorded.is_none() {
            head.recorded_line = RecordedLine::After(last_header);
        }
        Ok(head)
    }

    fn header(&self, head: &mut Head, key: &str, value: &str) -> Result<(), CaseError> {
        match key {
            "from" => {
                head.from = value.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
                if head.from.is_empty() {
                    return self.fail(Fault::new("the names of Go tests after `from:`", "nothing"));
                }
                let is_test = |name: &String| ["Test", "Benchmark"].iter().any(|start| name.starts_with(start));
                if let Some(other) = head.from.iter().find(|name| !is_test(name)) {
                    return self.fail(Fault::new("names of Go tests, apart by commas or spaces", format!("`{other}`")));
                }
            }
            "settings" => {
                let (settings, because) = self.settings(value)?;
                head.settings = settings;
                head.limited_because = because;
            }
            "recorded" => {
                if value.is_empty() {
                    return self.fail(Fault::new("the version of nats-server after `recorded:`", "nothing"));
                }
                head.recorded = Some(value.to_owned());
                head.recorded_line = RecordedLine::At(self.at + 1);
            }
            _ => {
                let expected = "one of the headers from:, settings:, recorded:";
                return self.fail(Fault::new(expected, format!("`{key}:`")));
            }
        }
        Ok(())
    }

    fn settings(&self, value: &str) -> Result<(Vec<Setting>, Option<String>), CaseError> {
        let (list, because) = match value.split_once(" because ") {
            Some((list, because)) => (list, Some(because.trim().to_owned())),
            None => (value, None),
        };
        let patterns = self.patterns(list)?;
        let settings: Vec<Setting> = Setting::ALL
            .into_iter()
            .filter(|setting| patterns.iter().any(|pattern| pattern.matches(*setting)))
            .collect();
        if settings.is_empty() {
            return self.fail(Fault::new("`all` or a list of settings such as `aes/* none/s2`", "nothing"));
        }
        if settings.len() < Setting::ALL.len() && because.is_none() {
            return self
                .fail(Fault::new("` because ` and the reason why the settings are limited", format!("`{value}`")));
        }
        Ok((settings, because))
    }

    fn patterns(&self, list: &str) -> Result<Vec<SettingPattern>, CaseError> {
        list.split([',', ' '])
            .filter(|word| !word.is_empty())
            .map(|word| word.parse::<SettingPattern>().or_else(|fault| self.fail(fault)))
            .collect()
    }

    fn skip_to_paragraph(&mut self) -> bool {
        while let Some(line) = self.line() {
            if !line.is_empty() && !line.starts_with('#') {
                return true;
            }
            self.at += 1;
        }
        false
    }

    fn paragraph(&mut self, settings: &[Setting]) -> Result<Paragraph, CaseError> {
        let variables = Variables::new();
        let statements = self.statements(&variables, 0)?;
        if statements.is_empty() {
            return self.fail(Fault::new("a command", format!("`{}`", self.line().unwrap_or("the end of the file"))));
        }
        let statements_end = self.at;
        let mut sections: Vec<Section> = Vec::new();
        while let Some(patterns) = self.line().and_then(|line| line.strip_prefix(SEPARATOR)) {
            let patterns = self.patterns(patterns)?;
            self.check_section(&sections, &patterns, settings)?;
            self.at += 1;
            let first_line = self.at + 1;
            let mut answer = Vec::new();
            while let Some(line) = self.line().filter(|line| !line.is_empty() && !line.starts_with(SEPARATOR)) {
                answer.push(line.to_owned());
                self.at += 1;
            }
            sections.push(Section { patterns, first_line, answer });
        }
        Ok(Paragraph { statements, sections, statements_end, end: self.at })
    }

    fn check_section(
        &self,
        before: &[Section],
        patterns: &[SettingPattern],
        settings: &[Setting],
    ) -> Result<(), CaseError> {
        if patterns.is_empty() {
            return match before.is_empty() {
                true => Ok(()),
                false => {
                    self.fail(Fault::new("the settings of a further answer after `----`", "a second plain `----`"))
                }
            };
        }
        for setting in settings.iter().filter(|setting| patterns.iter().any(|pattern| pattern.matches(**setting))) {
            if before.iter().any(|section| section.patterns.iter().any(|pattern| pattern.matches(*setting))) {
                return self.fail(Fault::new("one answer for each setting", format!("a second one for {setting}")));
            }
        }
        Ok(())
    }

    /// Statements up to a blank line, `----`, or the `}` of the loop around them.
    fn statements(&mut self, variables: &Variables, depth: usize) -> Result<Vec<Statement>, CaseError> {
        let mut statements = Vec::new();
        while let Some(line) = self.line() {
            let text = line.trim();
            if text.starts_with('#') || (text.is_empty() && depth > 0) {
                self.at += 1;
                continue;
            }
            if text.is_empty() || text.starts_with(SEPARATOR) {
                break;
            }
            if text == "}" {
                if depth == 0 {
                    return self.fail(Fault::new("a command", "`}` without a loop"));
                }
                break;
            }
            if let Some(head) =
                text.strip_suffix('{').filter(|_| text.starts_with("for ") || text.starts_with("repeat "))
            {
                statements.push(Statement::Loop(self.repeated(head.trim(), variables, depth)?));
            } else {
                statements.push(Statement::Command(self.command(text, variables)?));
            }
            self.at += 1;
        }
        Ok(statements)
    }

    fn repeated(&mut self, head: &str, variables: &Variables, depth: usize) -> Result<Loop, CaseError> {
        if depth >= MAX_DEPTH {
            return self.fail(Fault::new(format!("at most {MAX_DEPTH} loops inside one another"), "one more"));
        }
        let start = self.at;
        let (variable, values) = loop_head(head).or_else(|fault| self.fail(fault))?;
        let all = expand::loop_values(&values, variables).or_else(|fault| self.fail(fault))?;
        let first = all.first().copied().unwrap_or_default();
        self.at += 1;
        let body = self.statements(&variables.with(&variable, first, 1), depth + 1)?;
        if self.line().map(str::trim) != Some("}") {
            let fault = Fault::new(
                "`}` at the end of the loop",
                self.line().map_or("the end of the file".to_owned(), |l| format!("`{l}`")),
            );
            return Err(fault.at(self.file, start + 1));
        }
        if body.is_empty() {
            return Err(Fault::new("a command in the loop", "nothing").at(self.file, start + 1));
        }
        Ok(Loop { line: start + 1, variable, values, body })
    }

    fn command(&self, text: &str, variables: &Variables) -> Result<Command, CaseError> {
        let command = command(text, self.at + 1).or_else(|fault| self.fail(fault))?;
        let first = match &command.repeat {
            Some(repeat) => {
                expand::count(repeat, variables).or_else(|fault| self.fail(fault))?;
                variables.with("i", 1, 1)
            }
            None => variables.clone(),
        };
        lower(&command, &first).or_else(|fault| self.fail(fault))?;
        Ok(command)
    }
}

/// The head of a loop: `for NAME in VALUES` or `repeat N`.
fn loop_head(head: &str) -> Result<(String, LoopValues), Fault> {
    let shape = || Fault::new(LOOP_SHAPE, format!("`{head} {{`"));
    let words = token::tokens(head)?;
    let plain = |at: usize| match words.get(at) {
        Some(Token::Plain(Value::Word(template))) => Some(template),
        _ => None,
    };
    let text = |at: usize| plain(at).filter(|word| word.is_constant()).and_then(constant);
    if text(0).as_deref() == Some("repeat") && words.len() == 2 {
        let to = plain(1).ok_or_else(shape)?.clone();
        let one = || Template::literal(b"1".to_vec());
        return Ok(("i".to_owned(), LoopValues::Range { from: one(), to, step: one() }));
    }
    let variable = text(1).filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')).ok_or_else(shape)?;
    if text(2).as_deref() != Some("in") {
        return Err(shape());
    }
    if let (Some(Token::Plain(Value::List(members))), 4) = (words.get(3), words.len()) {
        return Ok((variable, LoopValues::List(members.clone())));
    }
    // The words are read again from the text, because `A..B` may hold templates on either side.
    let rest: Vec<&str> = head.split_whitespace().skip(3).collect();
    let part = |text: &str| match token::tokens(text)?.as_slice() {
        [Token::Plain(Value::Word(template))] => Ok(template.clone()),
        _ => Err(shape()),
    };
    let range = |text: &str| {
        let (from, to) = text.split_once("..").ok_or_else(shape)?;
        Ok::<_, Fault>((part(from)?, part(to)?))
    };
    let one = Template::literal(b"1".to_vec());
    match rest.as_slice() {
        [bounds] => range(bounds).map(|(from, to)| (variable, LoopValues::Range { from, to, step: one })),
        [bounds, "step", step] => {
            let step = part(step)?;
            range(bounds).map(|(from, to)| (variable, LoopValues::Range { from, to, step }))
        }
        ["shuffle", bounds] => range(bounds).map(|(from, to)| (variable, LoopValues::Shuffle { from, to, seed: one })),
        ["shuffle", bounds, seed] => {
            let seed = part(seed.strip_prefix("seed=").ok_or_else(shape)?)?;
            range(bounds).map(|(from, to)| (variable, LoopValues::Shuffle { from, to, seed }))
        }
        _ => Err(shape()),
    }
}

fn constant(template: &Template) -> Option<String> {
    template.expand(&Variables::new()).ok().and_then(|bytes| String::from_utf8(bytes).ok())
}

/// Checks a command line against the grammar.
fn command(text: &str, line: usize) -> Result<Command, Fault> {
    let mut tokens = token::tokens(text)?.into_iter().peekable();
    let word = |token: Option<Token>| match token {
        Some(Token::Plain(Value::Word(template))) => Ok(template),
        Some(_) | None => Err(Fault::new("a command", format!("`{text}`"))),
    };
    let mut name = constant(&word(tokens.next())?).unwrap_or_default();
    let mut consumer = None;
    if name == "consumer" {
        let shape = || Fault::new("`consumer NAME VERB`", format!("`{text}`"));
        consumer = Some(match tokens.next() {
            Some(Token::Plain(Value::Quoted(name))) => name,
            other => word(other).map_err(|_| shape())?,
        });
        let verb = word(tokens.next()).map_err(|_| shape())?;
        name = format!("consumer {}", constant(&verb).unwrap_or_default());
    }
    if name == "for" || name == "repeat" {
        return Err(Fault::new(LOOP_SHAPE, format!("`{text}`")));
    }
    let spec = grammar::command_named(&name).ok_or_else(|| unknown_command(&name))?;
    let mut command = Command { line, text: text.to_owned(), spec, consumer, arguments: Vec::new(), repeat: None };
    let mut places = spec.places.iter();
    for token in tokens {
        match token {
            Token::Pair(key, value) => add_pair(&mut command, spec, &key, value)?,
            Token::Plain(value) => {
                if let Some(flag) = flag_named(spec, &value, places.clone().any(|place| place.required)) {
                    add(&mut command, flag, value_true())?;
                } else {
                    let place = places.next().ok_or_else(|| too_many(spec, &value))?;
                    add(&mut command, place.name, value)?;
                }
            }
        }
    }
    let required =
        spec.places.iter().chain(spec.keys.iter().flat_map(|group| group.iter())).filter(|param| param.required);
    for param in required {
        if !command.arguments.iter().any(|(name, _)| *name == param.name) {
            return Err(Fault::new(
                format!("`{}` with {}", spec.name, described(param.name, spec)),
                format!("`{text}`"),
            ));
        }
    }
    Ok(command)
}

fn described(name: &str, spec: &Spec) -> String {
    if spec.key(name).is_some() { format!("{name}=") } else { name.to_uppercase() }
}

fn value_true() -> Value {
    Value::Word(Template::literal(b"true".to_vec()))
}

fn flag_named(spec: &Spec, value: &Value, place_is_open: bool) -> Option<&'static str> {
    let Value::Word(template) = value else { return None };
    if place_is_open || !template.is_constant() {
        return None;
    }
    spec.key(&constant(template)?).filter(|param| param.kind == Kind::Flag).map(|param| param.name)
}

fn add(command: &mut Command, name: &'static str, value: Value) -> Result<(), Fault> {
    if command.arguments.iter().any(|(known, _)| *known == name) {
        return Err(Fault::new(format!("`{name}` once"), "a second one"));
    }
    command.arguments.push((name, value));
    Ok(())
}

fn add_pair(command: &mut Command, spec: &'static Spec, key: &str, value: Value) -> Result<(), Fault> {
    if key == "repeat" {
        return match (value, &command.repeat) {
            (_, Some(_)) => Err(Fault::new("`repeat` once", "a second one")),
            (Value::Word(count), None) => {
                command.repeat = Some(count);
                Ok(())
            }
            _ => Err(Fault::new("a number after `repeat=`", format!("`{}`", command.text))),
        };
    }
    // A hint for whoever writes an argument by its name though it has a place.
    let param = spec.key(key).or_else(|| spec.places.iter().find(|param| param.name == key));
    match param {
        Some(param) => add(command, param.name, value),
        None => Err(unknown_key(spec, key)),
    }
}

fn unknown_command(name: &str) -> Fault {
    let names = COMMANDS.iter().map(|spec| spec.name).chain(["for", "repeat"]);
    let expected = match grammar::nearest(name, names) {
        Some(near) => format!("a command (did you mean `{near}`?)"),
        None => "a command".to_owned(),
    };
    Fault::new(expected, format!("`{name}`"))
}

fn unknown_key(spec: &Spec, key: &str) -> Fault {
    let names = || spec.keys.iter().flat_map(|group| group.iter()).map(|param| param.name).chain(["repeat"]);
    let expected = match grammar::nearest(key, names()) {
        Some(near) => format!("an argument of `{}` (did you mean `{near}=`?)", spec.name),
        None => {
            let known: Vec<&str> = names().collect();
            format!("an argument of `{}` ({}=)", spec.name, known.join("=, "))
        }
    };
    Fault::new(expected, format!("`{key}=`"))
}

fn too_many(spec: &Spec, value: &Value) -> Fault {
    let word = match value {
        Value::Word(template) | Value::Quoted(template) => constant(template),
        Value::List(_) => Some("[..]".to_owned()),
    };
    let word = word.unwrap_or_default();
    let names = spec
        .keys
        .iter()
        .flat_map(|group| group.iter())
        .filter(|param| param.kind == Kind::Flag)
        .map(|param| param.name);
    let expected = match (grammar::nearest(&word, names), spec.places.len()) {
        (Some(near), _) => format!("an argument of `{}` (did you mean `{near}`?)", spec.name),
        (None, 0) => format!("no further argument of `{}`", spec.name),
        (None, 1) => format!("one plain argument of `{}`", spec.name),
        (None, count) => format!("{count} plain arguments of `{}`", spec.name),
    };
    Fault::new(expected, format!("`{word}`"))
}
