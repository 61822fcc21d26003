//! Settings: the six combinations of cipher and compression in which every case runs, and the patterns that choose among them.
//!
//! A setting is written `cipher/compression` (`none/none`, `aes/s2`); a pattern may put `*` on either side. The order of
//! [`Setting::ALL`] is the order of runs, tables and recorded sections.

use std::fmt;
use std::str::FromStr;

use super::error::Fault;

/// How files are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cipher {
    /// Not at all.
    None,
    /// XChaCha20.
    ChaCha,
    /// AES-256.
    Aes,
}

/// How full message blocks are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compression {
    /// Not at all.
    None,
    /// S2.
    S2,
}

/// One combination of cipher and compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Setting {
    /// How files are encrypted.
    pub cipher: Cipher,
    /// How full message blocks are compressed.
    pub compression: Compression,
}

impl Cipher {
    /// Every cipher, in order.
    pub const ALL: [Cipher; 3] = [Cipher::None, Cipher::ChaCha, Cipher::Aes];

    /// The name in cases and in the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Cipher::None => "none",
            Cipher::ChaCha => "chacha",
            Cipher::Aes => "aes",
        }
    }
}

impl Compression {
    /// Every compression, in order.
    pub const ALL: [Compression; 2] = [Compression::None, Compression::S2];

    /// The name in cases and in the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::S2 => "s2",
        }
    }
}

impl Setting {
    /// All six, in the order in which they run.
    pub const ALL: [Setting; 6] = [
        Setting::new(Cipher::None, Compression::None),
        Setting::new(Cipher::None, Compression::S2),
        Setting::new(Cipher::ChaCha, Compression::None),
        Setting::new(Cipher::ChaCha, Compression::S2),
        Setting::new(Cipher::Aes, Compression::None),
        Setting::new(Cipher::Aes, Compression::S2),
    ];

    /// The setting of `cipher` and `compression`.
    #[must_use]
    pub const fn new(cipher: Cipher, compression: Compression) -> Setting {
        Setting { cipher, compression }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.cipher.name(), self.compression.name())
    }
}

impl FromStr for Setting {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Setting, Fault> {
        Setting::ALL
            .into_iter()
            .find(|setting| setting.to_string() == text)
            .ok_or_else(|| Fault::new("a setting (none, chacha or aes, `/`, none or s2)", format!("`{text}`")))
    }
}

/// A setting with `*` allowed on either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettingPattern {
    cipher: Option<Cipher>,
    compression: Option<Compression>,
}

impl SettingPattern {
    /// Whether `setting` is one of those meant.
    #[must_use]
    pub fn matches(self, setting: Setting) -> bool {
        self.cipher.is_none_or(|cipher| cipher == setting.cipher)
            && self.compression.is_none_or(|compression| compression == setting.compression)
    }

    /// The shortest list of patterns that matches exactly the settings of `wanted` among those of `universe`.
    #[must_use]
    pub fn cover(wanted: &[Setting], universe: &[Setting]) -> Vec<SettingPattern> {
        let mut patterns = Vec::new();
        let mut open: Vec<Setting> = wanted.to_vec();
        let candidates = std::iter::once(SettingPattern { cipher: None, compression: None })
            .chain(Compression::ALL.map(|compression| SettingPattern { cipher: None, compression: Some(compression) }))
            .chain(Cipher::ALL.map(|cipher| SettingPattern { cipher: Some(cipher), compression: None }))
            .chain(Setting::ALL.map(|s| SettingPattern { cipher: Some(s.cipher), compression: Some(s.compression) }));
        for pattern in candidates {
            let matched: Vec<Setting> = universe.iter().copied().filter(|setting| pattern.matches(*setting)).collect();
            let useful = matched.iter().any(|setting| open.contains(setting));
            if useful && matched.iter().all(|setting| wanted.contains(setting)) {
                open.retain(|setting| !pattern.matches(*setting));
                patterns.push(pattern);
            }
        }
        patterns
    }
}

impl fmt::Display for SettingPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.cipher.map_or("*", Cipher::name), self.compression.map_or("*", Compression::name))
    }
}

impl FromStr for SettingPattern {
    type Err = Fault;

    fn from_str(text: &str) -> Result<SettingPattern, Fault> {
        let fault = || Fault::new("a setting such as aes/s2, */none or all", format!("`{text}`"));
        if text == "all" {
            return Ok(SettingPattern { cipher: None, compression: None });
        }
        let (cipher, compression) = text.split_once('/').ok_or_else(fault)?;
        let cipher = match cipher {
            "*" => None,
            name => Some(Cipher::ALL.into_iter().find(|c| c.name() == name).ok_or_else(fault)?),
        };
        let compression = match compression {
            "*" => None,
            name => Some(Compression::ALL.into_iter().find(|c| c.name() == name).ok_or_else(fault)?),
        };
        Ok(SettingPattern { cipher, compression })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    fn check(wanted: &[&str], expected: &str) {
        let wanted: Vec<Setting> = wanted.iter().map(|text| text.parse().unwrap()).collect();
        let patterns = SettingPattern::cover(&wanted, &Setting::ALL);
        let text: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        assert_eq!(text.join(" "), expected);
        for setting in Setting::ALL {
            let matched = text.iter().any(|pattern| pattern.parse::<SettingPattern>().unwrap().matches(setting));
            assert_eq!(matched, wanted.contains(&setting));
        }
    }

    #[test]
    fn patterns_cover_exactly_what_is_wanted() {
        check(&["none/s2", "chacha/s2", "aes/s2"], "*/s2");
        check(&["chacha/none", "chacha/s2", "aes/none", "aes/s2"], "chacha/* aes/*");
        check(&["none/s2", "chacha/none"], "none/s2 chacha/none");
        check(&["aes/none", "aes/s2", "none/none"], "aes/* none/none");
    }
}
