//! What `--port go` says when the machine has no Go, an old one, or one that cannot build: played by small scripts in
//! the place of the `go` command, so that the tests need neither Go nor a network.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;

use blkspec::env::Scratch;
use blkspec::harness::go_port::{GoBuild, GoVersion};

super::trials![
    no_go,
    an_old_go,
    a_build_that_fails,
    a_build_happens_once_and_again_when_sources_change,
    another_version_gets_its_own_module_file,
];

const MODULE: &str = "module a\n\ngo 1.26.0\n\nrequire github.com/nats-io/nats-server/v2 v2.14.9\n";

/// A directory with the sources of an adapter and a `go` command that is this shell script.
struct Machine {
    scratch: Scratch,
}

impl Machine {
    fn new(script: &str) -> Self {
        let scratch = Scratch::new(None).unwrap();
        let sources = scratch.path().join("sources");
        std::fs::create_dir(&sources).unwrap();
        std::fs::write(sources.join("go.mod"), MODULE).unwrap();
        std::fs::write(sources.join("main.go"), "package main\n").unwrap();
        write_script(&scratch.path().join("go"), script);
        Self { scratch }
    }

    fn build(&self, version: &str) -> GoBuild {
        GoBuild {
            go: self.scratch.path().join("go").into(),
            sources: self.scratch.path().join("sources"),
            cache: self.scratch.path().join("cache"),
            version: version.parse::<GoVersion>().unwrap(),
        }
    }

    /// The path that a build gives or the message that it fails with, with the machine's own directory left out.
    fn say(&self, build: &GoBuild) -> String {
        let found = build.binary(&|_| {}).map_or_else(|message| message, |path| path.display().to_string());
        found.replace(&self.scratch.path().display().to_string(), "$DIR")
    }

    /// The arguments of all calls so far, when the script logs them.
    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.scratch.path().join("sources/log")).unwrap();
        let log = log.replace(&self.scratch.path().display().to_string(), "$DIR");
        log.replace(&std::process::id().to_string(), "PID")
    }
}

#[cfg(unix)]
fn write_script(path: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn no_go() {
    let machine = Machine::new("");
    let mut build = machine.build("v2.14.9");
    build.go = "/does/not/exist/go".into();
    insta::assert_snapshot!(machine.say(&build), @"the command /does/not/exist/go cannot run (No such file or directory (os error 2)); the Go store needs Go 1.26.0 or newer (https://go.dev/dl), and so does --port go");
}

fn an_old_go() {
    let machine = Machine::new("echo go1.21.3");
    insta::assert_snapshot!(machine.say(&machine.build("v2.14.9")), @"the command $DIR/go is Go 1.21.3; the Go store needs Go 1.26.0 or newer (https://go.dev/dl), and so does --port go");
}

fn a_build_that_fails() {
    let machine =
        Machine::new(r#"[ "$1" = env ] && echo go1.26.8 && exit; echo "main.go:1: a screw is loose" >&2; exit 1"#);
    let found = machine.say(&machine.build("v2.14.9"));
    insta::assert_snapshot!(without_changing_parts(&found), @r##"
    the Go adapter could not be built: `$DIR/go build -o $DIR/cache/v2.14.9-HASH/blkspec-go-adapter.PID .` in $DIR/sources ended with exit status: 1
    main.go:1: a screw is loose
    "##);
}

const WORKING: &str = r#"echo "$@" >> log
[ "$1" = env ] && echo go1.26.8
[ "$1" = build ] && echo adapter > "$3"
exit 0"#;

fn a_build_happens_once_and_again_when_sources_change() {
    let machine = Machine::new(WORKING);
    let build = machine.build("v2.14.9");
    let first = machine.say(&build);
    assert_eq!(machine.say(&build), first);
    std::fs::write(build.sources.join("main_test.go"), "package main // a test is not built\n").unwrap();
    assert_eq!(machine.say(&build), first);
    std::fs::write(build.sources.join("main.go"), "package main // changed\n").unwrap();
    assert!(machine.say(&build) != first, "{first} was built from other sources");
    insta::assert_snapshot!(without_changing_parts(&machine.log()), @r##"
    env GOVERSION
    build -o $DIR/cache/v2.14.9-HASH/blkspec-go-adapter.PID .
    env GOVERSION
    build -o $DIR/cache/v2.14.9-HASH/blkspec-go-adapter.PID .
    "##);
}

fn another_version_gets_its_own_module_file() {
    let machine = Machine::new(WORKING);
    let build = machine.build("v2.15.2");
    machine.say(&build);
    insta::assert_snapshot!(without_changing_parts(&machine.log()), @r##"
    env GOVERSION
    mod edit -droprequire=github.com/klauspost/compress -require=github.com/nats-io/nats-server/v2@v2.15.2 $DIR/cache/v2.15.2-HASH/go.mod
    mod tidy -modfile=$DIR/cache/v2.15.2-HASH/go.mod
    build -o $DIR/cache/v2.15.2-HASH/blkspec-go-adapter.PID -modfile=$DIR/cache/v2.15.2-HASH/go.mod .
    "##);
    assert_eq!(std::fs::read_to_string(build.sources.join("go.mod")).unwrap(), MODULE);
}

/// Puts words in the place of hashes and process numbers.
fn without_changing_parts(text: &str) -> String {
    let mut found = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("-adapter.") {
        found.push_str(before);
        found.push_str("-adapter.PID");
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || "PID".contains(c));
    }
    found.push_str(rest);
    let mut words: Vec<String> = Vec::new();
    for part in found.split('/') {
        match part.split_once('-') {
            Some((version, hash)) if version.starts_with("v2.") && hash.len() == 16 => {
                words.push(format!("{version}-HASH"));
            }
            _ => words.push(part.to_owned()),
        }
    }
    words.join("/")
}
