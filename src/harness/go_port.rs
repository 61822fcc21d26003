//! The Go store as a port: builds `adapters/go` on first use and runs it.
//!
//! The binary lands in a cache directory whose name carries the nats-server version and a hash of the adapter's sources,
//! so a change of either builds anew and nothing else does. A version other than that of `go.mod` gets a module file of
//! its own in the cache; the sources are never written to. Everything that can be wrong with the machine (no Go, an old
//! Go, no network, a build that fails) ends in one message that says what to do.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::embedded;
use super::port::PortFailure;
use super::process::ProcessPort;
use crate::env::{
    CACHE_VARIABLE, FileKind, FileSystem, FsError, RealFs, Scratch, fast_scratch_parent, user_cache, walk,
};

/// The version of nats-server that recorded answers belong to.
pub const PINNED_VERSION: &str = "v2.14.9";

/// The module that a version is a version of.
const SERVER_MODULE: &str = "github.com/nats-io/nats-server/v2";

/// A module that another release of nats-server brings in its own version.
const S2_MODULE: &str = "github.com/klauspost/compress";

/// The sums of the adapter's modules, by which the `go` command knows that it has the same ones.
const SUMS: &str = include_str!("../../adapters/go/go.sum");

/// The file name of the built adapter.
const BINARY: &str = if cfg!(windows) { "blkspec-go-adapter.exe" } else { "blkspec-go-adapter" };

/// Builds of this process, one after the other: tests ask for the same adapter from many threads.
static BUILDING: Mutex<()> = Mutex::new(());

/// A released version of nats-server, such as `v2.14.9`; it is safe as a part of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoVersion(String);

impl Default for GoVersion {
    fn default() -> Self {
        Self(PINNED_VERSION.to_owned())
    }
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for GoVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (numbers, suffix) = match text.split_once('-') {
            Some((numbers, suffix)) => (numbers, Some(suffix)),
            None => (text, None),
        };
        let parts: Vec<&str> = numbers.strip_prefix('v').unwrap_or_default().split('.').collect();
        let numeric = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let plain = |suffix: &str| {
            !suffix.is_empty()
                && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-')
        };
        if parts.len() == 3 && parts.iter().all(numeric) && suffix.is_none_or(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("a version looks like {PINNED_VERSION}"))
        }
    }
}

/// Where to build what from, and with which `go` command.
#[derive(Clone, Debug)]
pub struct GoBuild {
    /// The `go` command.
    pub go: OsString,
    /// The directory of the adapter's module.
    pub sources: PathBuf,
    /// The directory for built adapters.
    pub cache: PathBuf,
    /// The version of nats-server.
    pub version: GoVersion,
}

/// Connects to the Go store of `version`, building the adapter if it is not there; nothing is started yet.
pub fn connect(version: &GoVersion, notes: &dyn Fn(&str)) -> Result<ProcessPort, PortFailure> {
    let binary = GoBuild::find(version)
        .and_then(|build| build.binary(notes))
        .map_err(|reason| PortFailure::NotStarted { reason })?;
    // A release of the server leaves a file where it runs, which is not to be where the user is.
    let directory = Scratch::new(fast_scratch_parent().as_deref())
        .map_err(|error| PortFailure::NotStarted { reason: format!("no directory for the Go adapter: {error}") })?;
    let binary = std::path::absolute(&binary)
        .map_err(|error| PortFailure::NotStarted { reason: format!("{}: {error}", binary.display()) })?;
    Ok(ProcessPort::new(format!("go@{version}"), binary, Vec::new()).in_directory(directory))
}

impl GoBuild {
    /// The adapter of this checkout, found from the working directory or the program; outside one, what the program carries.
    pub fn find(version: &GoVersion) -> Result<Self, String> {
        let fs = RealFs::new();
        let mut starts = Vec::new();
        starts.extend(std::env::current_dir());
        starts.extend(std::env::current_exe());
        let checkout = starts
            .iter()
            .flat_map(|start| start.ancestors())
            .find(|dir| fs.exists(&dir.join("adapters/go/go.mod")).unwrap_or(false));
        let in_user_cache = |why: &str| match user_cache() {
            Some(cache) => Ok(cache.join("go-adapter")),
            None => Err(format!("no place for the built Go adapter: {why}; set {CACHE_VARIABLE} to one")),
        };
        let (sources, cache) = match checkout {
            Some(checkout) => {
                let target =
                    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| checkout.join("target"), PathBuf::from);
                let cache = target.join("go-adapter");
                // A read-only checkout still has a user with a cache directory.
                let cache = match fs.create_dir_all(&cache) {
                    Ok(()) => cache,
                    Err(error) => in_user_cache(&error.to_string())?,
                };
                (checkout.join("adapters/go"), cache)
            }
            None => {
                let carried = embedded::root().map_err(|error| error.to_string())?;
                (carried.join("adapters/go"), in_user_cache("outside a checkout it goes to the user's cache")?)
            }
        };
        let go = std::env::var_os("BLKSPEC_GO").unwrap_or_else(|| OsString::from("go"));
        Ok(Self { go, sources, cache, version: version.clone() })
    }

    /// The path of the built adapter, which is built now if it is not there.
    pub fn binary(&self, notes: &dyn Fn(&str)) -> Result<PathBuf, String> {
        self.built("", &[], notes)
    }

    /// The same, built so that it counts what each case executes of the store.
    pub fn covered_binary(&self, notes: &dyn Fn(&str)) -> Result<PathBuf, String> {
        let packages = format!("-coverpkg=./...,{SERVER_MODULE}/server");
        self.built("-covered", &["-cover", "-covermode=atomic", &packages, "-tags=covered"], notes)
    }

    /// What the `go` command answers to `arguments` where the adapter's module is.
    pub fn ask(&self, arguments: &[&str]) -> Result<String, String> {
        self.check_go(&RealFs::new())?;
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        self.run_go(&arguments, "the go command failed").map(|text| text.trim().to_owned())
    }

    /// The directory with the sources of the server's module.
    pub fn server_module(&self) -> Result<PathBuf, String> {
        self.ask(&["mod", "download"])?;
        self.ask(&["list", "-m", "-f", "{{.Dir}}", SERVER_MODULE]).map(PathBuf::from)
    }

    /// The adapter built with `flags`, in a directory of the cache that ends with `kind`.
    fn built(&self, kind: &str, flags: &[&str], notes: &dyn Fn(&str)) -> Result<PathBuf, String> {
        let _one_at_a_time = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
        let fs = RealFs::new();
        let dir = self.directory(kind)?;
        let binary = dir.join(BINARY);
        let io = |error: FsError| format!("the cache of Go adapters: {error}");
        if fs.exists(&binary).map_err(io)? {
            return Ok(binary);
        }
        fs.create_dir_all(&dir).map_err(io)?;
        // Another process may build the same: each builds under a name of its own, and the last one to finish wins.
        let unfinished = dir.join(format!("{BINARY}.{}", std::process::id()));
        self.check_go(&fs)?;
        notes(&format!("building the Go adapter for nats-server {} (once)", self.version));
        let mut arguments: Vec<OsString> = vec!["build".into(), "-o".into(), unfinished.clone().into()];
        if let Some(module_file) = self.module_file(&fs, &dir)? {
            let mut flag = OsString::from("-modfile=");
            flag.push(module_file);
            arguments.push(flag);
        }
        arguments.extend(flags.iter().map(OsString::from));
        arguments.push(".".into());
        self.run_go(&arguments, "the Go adapter could not be built")?;
        fs.rename(&unfinished, &binary).map_err(io)?;
        Ok(binary)
    }

    /// The directory of what is built of the sources as they are now.
    fn directory(&self, kind: &str) -> Result<PathBuf, String> {
        let hash = self.source_hash(&RealFs::new()).map_err(|error| format!("the Go adapter's sources: {error}"))?;
        Ok(self.cache.join(format!("{}-{hash}{kind}", self.version)))
    }

    /// Whether `binary` was built of the sources as they are now.
    pub fn is_of_these_sources(&self, binary: &Path) -> Result<bool, String> {
        let directory = self.directory("")?;
        Ok(binary.parent().and_then(Path::file_name) == directory.file_name())
    }

    /// A hash of everything that decides what is built, short enough for a path.
    fn source_hash(&self, fs: &dyn FileSystem) -> Result<String, FsError> {
        let mut digest = Sha256::new();
        for entry in walk(fs, &self.sources)? {
            let name = entry.path.to_string_lossy().replace('\\', "/");
            let built = [".go", ".s", "go.mod", "go.sum"].iter().any(|end| name.ends_with(end));
            if entry.kind == FileKind::File && built && !name.ends_with("_test.go") {
                let bytes = fs.read(&self.sources.join(&entry.path))?;
                digest.update(format!("{name} {}\n", bytes.len()));
                digest.update(&bytes);
            }
        }
        Ok(hex::encode(digest.finalize()).chars().take(16).collect())
    }

    /// Says clearly when there is no Go, or one that is too old for the adapter's module.
    fn check_go(&self, fs: &dyn FileSystem) -> Result<(), String> {
        let needed = module_directive(&self.read_module(fs)?, "go").unwrap_or_default();
        let advice = format!("the Go store needs Go {needed} or newer (https://go.dev/dl), and so does --port go");
        // GOTOOLCHAIN=local would fail here with a text about go.mod; the version of the command itself is the better fact.
        let output = Command::new(&self.go).args(["env", "GOVERSION"]).current_dir(&self.sources).output();
        let output =
            output.map_err(|error| format!("the command {} cannot run ({error}); {advice}", self.go.display()))?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() {
            return Err(format!("{} env GOVERSION failed; {advice}\n{}", self.go.display(), both_texts(&output)));
        }
        let found = text.strip_prefix("go").unwrap_or(&text);
        if version_numbers(found) < version_numbers(&needed) {
            return Err(format!("the command {} is Go {found}; {advice}", self.go.display()));
        }
        Ok(())
    }

    /// The module file for a version that `go.mod` does not ask for, made in `dir`.
    fn module_file(&self, fs: &dyn FileSystem, dir: &Path) -> Result<Option<PathBuf>, String> {
        let module = self.read_module(fs)?;
        if module_directive(&module, SERVER_MODULE).is_some_and(|version| version == self.version.0) {
            return Ok(None);
        }
        let path = dir.join("go.mod");
        fs.write(&path, module.as_bytes()).map_err(|error| error.to_string())?;
        let failed = format!("nats-server {} could not be selected for the Go adapter", self.version);
        let edit: [OsString; 5] = [
            "mod".into(),
            "edit".into(),
            format!("-droprequire={S2_MODULE}").into(),
            format!("-require={SERVER_MODULE}@{}", self.version).into(),
            path.clone().into(),
        ];
        self.run_go(&edit, &failed)?;
        let mut flag = OsString::from("-modfile=");
        flag.push(&path);
        self.run_go(&["mod".into(), "tidy".into(), flag], &failed)?;
        Ok(Some(path))
    }

    fn read_module(&self, fs: &dyn FileSystem) -> Result<String, String> {
        let path = self.sources.join("go.mod");
        let bytes = fs.read(&path).map_err(|error| error.to_string())?;
        String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", path.display()))
    }

    /// Runs the `go` command in the sources' directory and gives its answer; `failed` begins the message when it fails.
    fn run_go(&self, arguments: &[OsString], failed: &str) -> Result<String, String> {
        let output = Command::new(&self.go).args(arguments).current_dir(&self.sources).output();
        let output = output.map_err(|error| format!("{failed}: {}: {error}", self.go.display()))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let words: Vec<_> = arguments.iter().map(|word| OsStr::to_string_lossy(word)).collect();
        let command = format!("{} {}", self.go.display(), words.join(" "));
        Err(format!(
            "{failed}: `{command}` in {} ended with {}\n{}",
            self.sources.display(),
            output.status,
            both_texts(&output)
        ))
    }
}

/// The sum of the pinned release, as `go.sum` has it: the hash of all of its files.
#[must_use]
pub fn pinned_sum() -> &'static str {
    let sum = |line: &'static str| {
        let mut words = line.split_whitespace();
        let found = words.next() == Some(SERVER_MODULE) && words.next() == Some(PINNED_VERSION);
        found.then(|| words.next()).flatten()
    };
    SUMS.lines().find_map(sum).unwrap_or_default()
}

/// Where a user's caches are.
/// What follows `name` in a module file: the version of a requirement or of the language.
fn module_directive(module: &str, name: &str) -> Option<String> {
    module.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip_while(|word| *word == "require");
        (words.next() == Some(name)).then(|| words.next().map(str::to_owned)).flatten()
    })
}

/// The leading numbers of a version of Go: `1.26.8` gives 1, 26, 8, and `1.27rc1` gives 1, 27.
fn version_numbers(version: &str) -> Vec<u64> {
    let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    let mut numbers: Vec<u64> = version.split('.').map(digits).collect();
    numbers.resize(3, 0);
    numbers
}

fn both_texts(output: &Output) -> String {
    let texts = [&output.stderr, &output.stdout].map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned());
    texts.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(version_numbers("1.9.7") < version_numbers("1.26"));
        assert!(version_numbers("1.26") == version_numbers("1.26.0"));
        assert!(version_numbers("1.27rc1") > version_numbers("1.26.8"));
        assert!(version_numbers("devel go1.27") < version_numbers("1.26"));
    }

    #[test]
    fn the_pinned_release_has_a_sum() {
        let hash = pinned_sum().strip_prefix("h1:").unwrap_or_default();
        assert_eq!(hash.len(), 44, "{hash:?}");
    }

    #[test]
    fn directives_of_a_module_file() {
        let module =
            "module a\n\ngo 1.26.0\n\nrequire (\n\texample.org/b v1.2.3\n)\nrequire example.org/c v4.5.6 // indirect\n";
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(module_directive(module, name).as_deref(), expected, "{name}");
        };
        check("go", Some("1.26.0"));
        check("example.org/b", Some("v1.2.3"));
        check("example.org/c", Some("v4.5.6"));
        check("example.org/d", None);
    }
}
