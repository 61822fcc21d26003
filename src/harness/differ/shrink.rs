//! Makes a failing program small: first fewer commands, then less configuration, then smaller payloads, counts and names.
//!
//! A smaller program is taken only when it fails in the same class. The test is the caller's, and so is the patience: every
//! program tried costs one of `tries`.

use super::difference::Class;
use super::program::Program;

/// Runs a program; gives the class in which it fails, if it does, and the place of the command at which it does.
pub type Fails<'f, E> = dyn FnMut(&Program) -> Result<Option<(Class, usize)>, E> + 'f;

/// A program that failed in `class`, as small as `tries` runs of `fails` can make it.
pub fn shrink<E>(program: &Program, class: &Class, tries: usize, fails: &mut Fails<'_, E>) -> Result<Program, E> {
    let mut shrinker = Shrinker { best: program.clone(), class, tries, fails };
    // What comes after the difference cannot matter.
    shrinker.attempt(program.commands.clone())?;
    loop {
        let before = shrinker.best.commands.clone();
        shrinker.commands()?;
        shrinker.words()?;
        shrinker.values()?;
        shrinker.names()?;
        if shrinker.best.commands == before || shrinker.tries == 0 {
            return Ok(shrinker.best);
        }
    }
}

struct Shrinker<'a, 'f, E> {
    best: Program,
    class: &'a Class,
    tries: usize,
    fails: &'a mut Fails<'f, E>,
}

impl<E> Shrinker<'_, '_, E> {
    /// Takes `commands` if they fail in the same class, cut off behind the command at which they do.
    fn attempt(&mut self, mut commands: Vec<String>) -> Result<bool, E> {
        let candidate = Program { commands: commands.clone(), ..self.best.clone() };
        // A change of the text may have made it no case at all.
        if self.tries == 0 || candidate.case().is_err() {
            return Ok(false);
        }
        self.tries -= 1;
        match (self.fails)(&candidate)? {
            Some((class, at)) if class == *self.class => {
                commands.truncate(at + 1);
                self.best.commands = commands;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Leaves out runs of commands, long ones first.
    fn commands(&mut self) -> Result<(), E> {
        let mut length = self.best.commands.len() / 2;
        while length > 0 {
            let mut at = self.best.commands.len().saturating_sub(length);
            loop {
                let mut commands = self.best.commands.clone();
                let end = (at + length).min(commands.len());
                commands.drain(at.min(end)..end);
                self.attempt(commands)?;
                if at == 0 {
                    break;
                }
                at = at.saturating_sub(length);
            }
            length /= 2;
        }
        Ok(())
    }

    /// Leaves out the words of commands, arguments of configurations above all, which are most of them.
    fn words(&mut self) -> Result<(), E> {
        for at in 0..self.best.commands.len() {
            let count = self.best.commands.get(at).map_or(0, |command| split(command).len());
            for word in (1..count).rev() {
                self.change(at, &|command| {
                    let mut words = split(command);
                    if word < words.len() {
                        words.remove(word);
                    }
                    Some(words.join(" "))
                })?;
            }
        }
        Ok(())
    }

    /// Makes payloads, repetitions and other numbers smaller.
    fn values(&mut self) -> Result<(), E> {
        for at in 0..self.best.commands.len() {
            for key in ["repeat=", "size=", "block_size="] {
                for smaller in [Smaller::Least, Smaller::Half, Smaller::OneLess] {
                    while self.change(at, &|command| reduced(command, key, smaller))? {}
                }
            }
        }
        Ok(())
    }

    /// Gives every subject a shorter name, everywhere.
    fn names(&mut self) -> Result<(), E> {
        let mut subjects: Vec<String> = Vec::new();
        for command in &self.best.commands {
            if let ["store" | "store-raw", subject, ..] = split(command).as_slice()
                && subject.len() > 1
                && !subjects.iter().any(|known| known == subject)
            {
                subjects.push((*subject).to_owned());
            }
        }
        for (subject, letter) in subjects.iter().zip('a'..='z') {
            let rename = |word: &str| {
                if word == subject { letter.to_string() } else { word.to_owned() }
            };
            let commands = self.best.commands.iter();
            let renamed =
                commands.map(|command| split(command).into_iter().map(rename).collect::<Vec<_>>().join(" ")).collect();
            self.attempt(renamed)?;
        }
        Ok(())
    }

    fn change(&mut self, at: usize, how: &dyn Fn(&str) -> Option<String>) -> Result<bool, E> {
        let mut commands = self.best.commands.clone();
        let Some(command) = commands.get_mut(at) else {
            return Ok(false);
        };
        match how(command) {
            Some(changed) if changed != *command => {
                *command = changed;
                self.attempt(commands)
            }
            _ => Ok(false),
        }
    }
}

#[derive(Clone, Copy)]
enum Smaller {
    Least,
    Half,
    OneLess,
}

/// `command` with the number behind `key` made smaller, if it has one above 1.
fn reduced(command: &str, key: &str, smaller: Smaller) -> Option<String> {
    let mut words: Vec<String> = split(command).into_iter().map(str::to_owned).collect();
    let word = words.iter_mut().find(|word| word.starts_with(key))?;
    let number: u64 = word.strip_prefix(key)?.parse().ok().filter(|number| *number > 1)?;
    let number = match smaller {
        Smaller::Least => 1,
        Smaller::Half => number / 2,
        Smaller::OneLess => number - 1,
    };
    *word = format!("{key}{number}");
    Some(words.join(" "))
}

/// The words of a command; quotes, brackets and a comment at the end hold together what is in them.
fn split(command: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut quoted, mut depth) = (0, false, 0_usize);
    for (at, c) in command.char_indices() {
        match c {
            '#' if !quoted && depth == 0 && start == at => break,
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth = depth.saturating_sub(1),
            ' ' if !quoted && depth == 0 => {
                words.extend(command.get(start..at).filter(|word| !word.is_empty()));
                start = at + 1;
            }
            _ => {}
        }
    }
    words.extend(command.get(start..).filter(|word| !word.is_empty()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::case::{Cipher, Compression, Setting};

    #[test]
    fn words_hold_together() {
        let found = split("store a \"two words\" header=[\"K: V\", \"L: W\"]  # the directories change hands");
        assert_eq!(
            found,
            ["store", "a", "\"two words\"", "header=[\"K: V\", \"L: W\"]", "# the directories change hands"]
        );
    }

    #[test]
    fn only_what_matters_is_left() {
        // Fails in the class at a `load` behind a `remove`, in another one at a `purge` alone.
        let class = Class::answer("load", Some("ok"), None);
        let other = Class::answer("purge", Some("ok"), None);
        let mut fails = |program: &Program| -> Result<_, std::convert::Infallible> {
            let remove = program.commands.iter().position(|command| command.starts_with("remove"));
            let load = program.commands.iter().position(|command| command.starts_with("load"));
            let purge = program.commands.iter().position(|command| command == "purge");
            Ok(match (remove, load, purge) {
                (Some(remove), Some(load), _) if remove < load => Some((class.clone(), load)),
                (_, _, Some(at)) => Some((other.clone(), at)),
                _ => None,
            })
        };
        let commands =
            ["open block_size=500", "purge", "store foo.bar size=30 repeat=9", "remove 1", "state", "load 2", "stop"];
        let program = Program {
            name: "found/toy".to_owned(),
            setting: Setting::new(Cipher::None, Compression::None),
            commands: commands.map(str::to_owned).to_vec(),
        };
        let Ok(small) = shrink(&program, &class, 500, &mut fails);
        assert_eq!(small.commands, ["remove 1", "load 2"]);
    }
}
