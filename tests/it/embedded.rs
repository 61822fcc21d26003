//! The program outside a checkout: a copy of the binary in an empty directory has the corpus, the goldens and the sources of the
//! Go adapter with it, unpacks them whole, mends what is damaged, refuses what is not its own and changes nothing there.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use blkspec::env::{FileKind, RealFs, Scratch, walk};

use super::command::checkout;

crate::trials!(
    it_unpacks_what_the_checkout_holds,
    commands_answer_as_in_the_checkout,
    a_damaged_cache_is_mended,
    a_stray_file_is_refused_by_name,
    many_at_once_do_not_disturb_each_other,
    what_would_change_the_corpus_is_refused,
    without_a_cache_it_says_what_to_set,
);

/// An empty directory to work in beside the program and its cache.
struct Installed {
    scratch: Scratch,
    program: PathBuf,
}

impl Installed {
    fn new() -> Installed {
        let scratch = Scratch::new(None).unwrap();
        let program = scratch.path().join(format!("blkspec{}", std::env::consts::EXE_SUFFIX));
        let built = Path::new(env!("CARGO_BIN_EXE_blkspec"));
        if std::fs::hard_link(built, &program).is_err() {
            std::fs::copy(built, &program).unwrap();
        }
        for directory in ["here", "home"] {
            std::fs::create_dir(scratch.path().join(directory)).unwrap();
        }
        Installed { scratch, program }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(self.scratch.path().join("here")).stdin(Stdio::null());
        let home = self.scratch.path().join("home");
        command.env("HOME", &home).env("XDG_CACHE_HOME", self.cache()).env("BLKSPEC_CACHE_DIR", self.cache());
        command
    }

    fn cache(&self) -> PathBuf {
        self.scratch.path().join("home/cache/blkspec")
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        told(self.command(arguments).output().unwrap())
    }

    /// Runs what must succeed.
    fn succeed(&self, arguments: &[&str]) -> String {
        let (code, text) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {text}");
        text
    }

    /// The one directory of the cache, which holds nothing else.
    fn unpacked(&self) -> PathBuf {
        let entries: Vec<PathBuf> =
            std::fs::read_dir(self.cache()).unwrap().map(|entry| entry.unwrap().path()).collect();
        let [root] = entries.as_slice() else { unreachable!("{entries:?}") };
        root.clone()
    }
}

fn told(output: Output) -> (i32, String) {
    (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// The files below `root`, with what they hold; hidden ones left out.
fn files(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = walk(&RealFs::new(), root).unwrap().into_iter().filter(|entry| entry.kind == FileKind::File);
    let shown =
        entries.filter(|entry| !entry.path.to_string_lossy().split(['/', '\\']).any(|part| part.starts_with('.')));
    shown.map(|entry| (entry.path.clone(), std::fs::read(root.join(entry.path)).unwrap())).collect()
}

/// Whether what is unpacked is what the checkout holds; gives the number of files.
fn assert_whole(installed: &Installed) -> usize {
    let root = installed.unpacked();
    let mut compared = 0;
    for folder in ["adapters/go", "corpus", "golden"] {
        let (mine, theirs) = (files(&root.join(folder)), files(&checkout(folder)));
        let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
        assert_eq!(names(&mine), names(&theirs), "{folder}");
        for ((path, mine), (_, theirs)) in mine.iter().zip(&theirs) {
            assert!(mine == theirs, "{folder}/{} differs", path.display());
        }
        compared += mine.len();
    }
    assert_eq!(compared, files(&root).len());
    compared
}

fn it_unpacks_what_the_checkout_holds() {
    let installed = Installed::new();
    installed.succeed(&["run", "erase/every-second-without-index"]);
    assert!(assert_whole(&installed) > 3000);
    let here = std::fs::read_dir(installed.scratch.path().join("here")).unwrap().count();
    assert_eq!(here, 0, "the working directory is the user's");
}

fn commands_answer_as_in_the_checkout() {
    let installed = Installed::new();
    let golden = checkout("golden/v2.14.9/erase/every-second-without-index/none-none/msgs/1.blk").display().to_string();
    for arguments in [
        &["run", "--shard", "1/150", "--timeout", "60"][..],
        &["trace", "--case", "erase/every-second-without-index"],
        &["trace", "--features", "955"],
        &["trace"],
        &["golden", "check", "erase/every-second-without-index"],
        &["vectors", "--check"],
        &["inspect", &golden],
    ] {
        let here = installed.succeed(arguments);
        let there = told(
            Command::new(env!("CARGO_BIN_EXE_blkspec")).args(arguments).current_dir(checkout("")).output().unwrap(),
        );
        let steady =
            |text: &str| text.lines().filter(|line| !line.contains(" cost")).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!((0, steady(&here)), (there.0, steady(&there.1)), "{arguments:?}");
    }
}

fn a_damaged_cache_is_mended() {
    let installed = Installed::new();
    installed.succeed(&["run", "erase/every-second-without-index"]);
    let root = installed.unpacked();
    let changed = root.join("corpus/cases/erase/every-second-without-index.case");
    let text = std::fs::read_to_string(&changed).unwrap();
    std::fs::write(&changed, text.replace("----", "----\nwrong")).unwrap();
    std::fs::write(root.join("corpus/coverage.json"), "").unwrap();
    std::fs::remove_dir_all(root.join("golden")).unwrap();
    installed.succeed(&["run", "erase/every-second-without-index"]);
    installed.succeed(&["golden", "check", "erase/every-second-without-index"]);
    assert_whole(&installed);
}

fn a_stray_file_is_refused_by_name() {
    let installed = Installed::new();
    installed.succeed(&["run", "erase/every-second-without-index"]);
    let stray = installed.unpacked().join("corpus/cases/erase/mine.case");
    std::fs::write(&stray, "open\n").unwrap();
    let (code, text) = installed.run(&["run", "erase/every-second-without-index"]);
    assert_eq!((code, text.contains(&*stray.to_string_lossy()), text.contains("remove it")), (2, true, true), "{text}");
    assert_eq!(std::fs::read_to_string(&stray).unwrap(), "open\n");
    std::fs::remove_file(stray).unwrap();
    installed.succeed(&["run", "erase/every-second-without-index"]);
}

fn many_at_once_do_not_disturb_each_other() {
    let installed = Installed::new();
    let start = || {
        installed
            .command(&["run", "erase/every-second-without-index"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<Child> = (0..4).map(|_| start()).collect();
    for child in children {
        let (code, text) = told(child.wait_with_output().unwrap());
        assert_eq!(code, 0, "{text}");
    }
    assert_whole(&installed);
}

fn what_would_change_the_corpus_is_refused() {
    let installed = Installed::new();
    let fake_go = "cmd:\"no-such-program\"";
    for arguments in [
        &["record", "erase/every-second-without-index", "--port", fake_go][..],
        &["record", "--port", fake_go],
        &["record", "--bases", "--port", fake_go],
        &["record", "--releases"],
        &["golden", "update"],
        &["vectors"],
        &["trace", "--write"],
    ] {
        let (code, text) = installed.run(arguments);
        assert_eq!(code, 2, "{arguments:?}: {text}");
        assert!(text.contains("the corpus in this program cannot be changed"), "{arguments:?}: {text}");
    }
    assert_whole(&installed);
    // A case of the user's own is written where it is.
    let mine = installed.scratch.path().join("here/mine.case");
    std::fs::write(&mine, "# Mine.\nfrom: TestFileStoreBasics\nsettings: none/none because one is enough\n\nopen\n")
        .unwrap();
    installed.succeed(&["record", "mine.case", "--port", "reference"]);
    assert!(std::fs::read_to_string(&mine).unwrap().contains("----\nok\n"));
}

fn without_a_cache_it_says_what_to_set() {
    let installed = Installed::new();
    let mut command = installed.command(&["run", "erase/every-second-without-index"]);
    for name in ["HOME", "XDG_CACHE_HOME", "BLKSPEC_CACHE_DIR", "LOCALAPPDATA"] {
        command.env_remove(name);
    }
    let (code, text) = told(command.output().unwrap());
    assert_eq!((code, text.contains("set BLKSPEC_CACHE_DIR to one")), (2, true), "{text}");
    let file = installed.scratch.path().join("home/file");
    std::fs::write(&file, "").unwrap();
    let (code, text) = told(
        installed
            .command(&["run", "erase/every-second-without-index"])
            .env("BLKSPEC_CACHE_DIR", &file)
            .output()
            .unwrap(),
    );
    assert_eq!((code, text.contains("BLKSPEC_CACHE_DIR names another")), (2, true), "{text}");
    assert_eq!(text.matches(&*file.to_string_lossy()).count(), 1, "the cause is told once: {text}");
}
