//! The port's own tests, found by the names of Go's: `TestFileStoreBasics` is `test_file_store_basics`, `FileStoreBasics` or
//! `FileStoreBasics_ShouldSucceed`.
//!
//! Names are compared by letters and digits alone, in lower case, without `Test` in front and without what a name says behind
//! `_Should`. Any word of a file is taken for a name where it is followed by a parenthesis: no language is parsed here.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::{GateError, fresh};
use crate::env::{FileSystem as _, RealFs};

/// A test of the port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortTest {
    /// Its file.
    pub file: PathBuf,
    /// Its line, from 1.
    pub line: usize,
    /// Its name as the port has it.
    pub name: String,
}

impl fmt::Display for PortTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}", self.file.display(), self.line, self.name)
    }
}

/// All of them, by what is compared of their names.
#[derive(Clone, Debug, Default)]
pub struct PortTests {
    places: Vec<PathBuf>,
    found: BTreeMap<String, PortTest>,
}

impl PortTests {
    /// Looks for tests in `places`.
    pub fn find(places: &[PathBuf]) -> Result<Self, GateError> {
        let fs = RealFs::new();
        let mut tests = Self { places: places.to_vec(), ..Self::default() };
        for place in places {
            for file in fresh::files(place)? {
                // What is no text has no tests.
                if let Ok(text) = String::from_utf8(fs.read(&file)?) {
                    for (line, name) in names(&text) {
                        let test = PortTest { file: file.clone(), line, name: name.to_owned() };
                        tests.found.entry(plain(name)).or_insert(test);
                    }
                }
            }
        }
        Ok(tests)
    }

    /// The port's test for one of Go's.
    #[must_use]
    pub fn of(&self, go_test: &str) -> Option<&PortTest> {
        self.found.get(&plain(go_test))
    }

    /// Where was looked.
    #[must_use]
    pub fn places(&self) -> String {
        self.places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ")
    }
}

/// The words of a text that a parenthesis follows, with their lines.
fn names(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().flat_map(|(at, line)| {
        let ends = line.match_indices('(').filter_map(move |(end, _)| line.get(..end));
        let word = |before: &'_ str| {
            let start = before.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
            before.len() - start
        };
        ends.filter_map(move |before| before.get(before.len() - word(before)..))
            .filter(|name| !name.is_empty())
            .map(move |name| (at + 1, name))
    })
}

/// What is compared of a name.
fn plain(name: &str) -> String {
    let name = name.split("_Should").next().unwrap_or(name);
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    name.strip_prefix("test").unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_languages() {
        let go = plain("TestFileStoreBasics");
        for name in
            ["test_file_store_basics", "FileStoreBasics", "FileStoreBasics_ShouldSucceed", "testFileStoreBasics"]
        {
            assert_eq!(plain(name), go, "{name}");
        }
        assert!(plain("FileStoreBasics2") != go);
    }

    #[test]
    fn words_before_a_parenthesis() {
        let found: Vec<_> = names("fn a_b() {\n  x(y(1)) (2)\n").collect();
        assert_eq!(found, [(1, "a_b"), (2, "x"), (2, "y")]);
    }
}
