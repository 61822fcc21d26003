//! How a user names a port: `reference`, `go`, `go@VERSION` or `cmd:"PROGRAM ARGS"`.
//!
//! Parsing says what is wrong with a name; connecting gives a port that is not started yet. This file knows where ports
//! come from and nothing of what they do.

use std::fmt;
use std::str::FromStr;

use super::go_port::{self, GoVersion};
use super::port::{Port, PortFailure};
use super::process::ProcessPort;
use super::reference::ReferencePort;

/// Which port to talk to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortSpec {
    /// The reference store inside this process.
    Reference,
    /// The Go store behind `adapters/go`, at a version of nats-server.
    Go(GoVersion),
    /// A command that speaks the adapter protocol.
    Command {
        /// The command as it was given.
        text: String,
        /// The same, split into the program and its arguments.
        words: Vec<String>,
    },
}

/// A name that no port has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} names no port: {why}")]
pub struct PortSpecError {
    name: String,
    why: String,
}

impl PortSpec {
    /// The port, not started yet. What takes long (building the Go adapter on first use) is told to `notes`.
    pub fn connect(&self, notes: &dyn Fn(&str)) -> Result<Box<dyn Port>, PortFailure> {
        match self {
            Self::Reference => Ok(Box::new(ReferencePort::new())),
            Self::Go(version) => Ok(Box::new(go_port::connect(version, notes)?)),
            Self::Command { words, .. } => {
                let mut words = words.iter();
                let program = words.next().cloned().unwrap_or_default();
                Ok(Box::new(ProcessPort::new(self.to_string(), program, words.map(Into::into).collect())))
            }
        }
    }
}

impl fmt::Display for PortSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference => f.write_str("reference"),
            Self::Go(version) => write!(f, "go@{version}"),
            Self::Command { text, .. } => write!(f, "cmd:{text}"),
        }
    }
}

impl FromStr for PortSpec {
    type Err = PortSpecError;

    fn from_str(name: &str) -> Result<Self, PortSpecError> {
        let error = |why: String| PortSpecError { name: name.to_owned(), why };
        if let Some(version) = name.strip_prefix("go@") {
            return version.parse().map(Self::Go).map_err(error);
        }
        if let Some(text) = name.strip_prefix("cmd:") {
            let words = if cfg!(windows) { words_of_windows(text) } else { shlex::split(text) };
            let words = words.ok_or_else(|| error("a quote is not closed".to_owned()))?;
            if words.first().is_none_or(String::is_empty) {
                return Err(error("the command is empty".to_owned()));
            }
            return Ok(Self::Command { text: text.to_owned(), words });
        }
        match name {
            "reference" => Ok(Self::Reference),
            "go" => Ok(Self::Go(GoVersion::default())),
            _ => Err(error("a port is reference, go, go@VERSION or cmd:\"PROGRAM ARGS\"".to_owned())),
        }
    }
}

/// The words of a command where a backslash is a part of paths: quotes of both kinds hold a word together, and a backslash means
/// itself but in front of a double quote, where two are one and an odd one makes the quote a part of the word, as programs on Windows
/// read their own command lines. None when a quote is not closed.
fn words_of_windows(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None::<char>);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, quote) {
            ('\\', _) => {
                let mut count = 1;
                while rest.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                let before_quote = rest.peek() == Some(&'"') && quote != Some('\'');
                let kept = if before_quote { count / 2 } else { count };
                let word = word.get_or_insert_default();
                word.extend(std::iter::repeat_n('\\', kept));
                if before_quote && count % 2 == 1 {
                    word.extend(rest.next());
                }
            }
            (_, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (_, None) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn check(name: &str, expected: &str) {
        let found = match name.parse::<PortSpec>() {
            Ok(PortSpec::Command { words, .. }) => format!("{words:?}"),
            Ok(spec) => spec.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn names_of_ports() {
        check("reference", "reference");
        check("go", "go@v2.14.9");
        check("go@v2.15.2", "go@v2.15.2");
        check("go@v2.15.0-RC.1", "go@v2.15.0-RC.1");
        check("cmd:dotnet run --project 'My Port' ''", r#"["dotnet", "run", "--project", "My Port", ""]"#);
    }

    #[test]
    fn paths_of_windows_are_words() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(words_of_windows(text).unwrap(), expected, "{text}");
        };
        check(r"C:\tools\adapter.exe --list", &[r"C:\tools\adapter.exe", "--list"]);
        check(
            r#""C:\Program Files\dotnet\dotnet.exe" run  --project 'My Port'"#,
            &[r"C:\Program Files\dotnet\dotnet.exe", "run", "--project", "My Port"],
        );
        check(r"\\server\share\a.exe 'C:\my dir\' ''", &[r"\\server\share\a.exe", r"C:\my dir\", ""]);
        check(r#"a.exe "C:\dir\\" say:\"x\""#, &["a.exe", r"C:\dir\", r#"say:"x""#]);
        check("  ", &[]);
        assert_eq!(words_of_windows(r#""C:\a.exe"#), None);
        assert_eq!(words_of_windows(r#""C:\dir\" x"#), None, "a program on Windows would not close it either");
    }

    #[test]
    fn names_of_no_port() {
        check("java", r#""java" names no port: a port is reference, go, go@VERSION or cmd:"PROGRAM ARGS""#);
        check("cmd:", r#""cmd:" names no port: the command is empty"#);
        check("cmd:a 'b", r#""cmd:a 'b" names no port: a quote is not closed"#);
        for version in ["", "2.14.9", "v2.14", "v2.14.9/..", "v2.14.9 ", "latest", "v2.x.1", "v2.1.1-", "v1.0.0.0"] {
            let expected = format!("{:?} names no port: a version looks like v2.14.9", format!("go@{version}"));
            check(&format!("go@{version}"), &expected);
        }
    }
}
