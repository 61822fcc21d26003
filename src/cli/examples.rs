//! What `--help` shows below each subcommand: examples, and what its exit codes mean. Tests parse every example and provoke every
//! exit code.

/// What every command ends with.
pub(super) const EXIT_CODES: &str = "Exit codes: 0 all as expected, 1 something differs, 2 wrong usage or environment.\n\
                                     NO_COLOR=1 turns colours off.";

/// The text of a subcommand: its examples, and its exit codes with their meaning.
macro_rules! help {
    ($($example:literal),+ $(,)?; $($code:literal $meaning:literal),+ $(,)?) => {
        concat!(
            "Examples:",
            $("\n  blkspec ", $example,)+
            "\n\nExit codes:",
            $("\n  ", $code, "  ", $meaning,)+
        )
    };
}

pub(super) const BENCH: &str = help!(
    "bench",
    "bench --rows store --rounds 3 --json bench.json";
    0 "measured, whatever the figures are",
    2 "wrong usage or environment, or the two sides did not do the same work",
);
pub(super) const COMPLETIONS: &str = help!(
    "completions bash > /etc/bash_completion.d/blkspec",
    "completions zsh > ~/.zfunc/_blkspec",
    "completions fish > ~/.config/fish/completions/blkspec.fish";
    0 "written",
    2 "wrong usage or environment",
);
pub(super) const DIFF: &str = help!(
    "diff --left go --right reference --runs 100",
    "diff --left go --right cmd:\"my-adapter\" --seed 7 --runs 1";
    0 "no difference",
    1 "something differs, or a state was never reached and had to be",
    2 "wrong usage or environment",
);
pub(super) const DOCTOR: &str = help!(
    "doctor --port cmd:\"dotnet run --project MyAdapter\"";
    0 "the adapter speaks the protocol and the port answers",
    1 "the adapter or the port is broken; the last line says which",
    2 "wrong usage, or there is nothing to examine",
);
pub(super) const GATE: &str = help!(
    "run --port cmd:\"my-adapter\" --evidence evidence.json",
    "gate --evidence evidence.json --features batch11",
    "gate --verify evidence.json --sample 50";
    0 "everything asked for is verified, or every run made again agrees",
    1 "not so",
    2 "wrong usage or environment, or evidence that is refused",
);
pub(super) const GOLDEN: &str = help!(
    "golden check --port cmd:\"my-adapter\"",
    "golden update erase/every-second-without-index";
    0 "all as expected, or written",
    1 "something differs",
    2 "wrong usage or environment",
);
pub(super) const GOLDEN_CHECK: &str = help!(
    "golden check",
    "golden check erase/every-second-without-index --port cmd:\"my-adapter\"";
    0 "all as expected",
    1 "something differs, a golden that is changed or missing among it",
    2 "wrong usage or environment",
);
pub(super) const GOLDEN_UPDATE: &str = help!(
    "golden update erase/every-second-without-index";
    0 "written",
    2 "wrong usage or environment",
);
pub(super) const INSPECT: &str = help!(
    "inspect jetstream/ACC/streams/ORDERS",
    "inspect msgs/1.blk --secret \"the secret\" --stream ORDERS --json";
    0 "every byte has a meaning",
    1 "a file is damaged, or its key is missing",
    2 "wrong usage or environment, or no file of a store",
);
pub(super) const MAN: &str = help!(
    "man /usr/local/share/man/man1";
    0 "written",
    2 "wrong usage or environment",
);
pub(super) const MERGE: &str = help!(
    "merge shard-1.json shard-2.json --junit junit.xml --html report.html",
    "merge shard-1.json shard-2.json --against yesterday.json";
    0 "all as expected, or known",
    1 "something differs, an entry of the known differences is stale, or nothing ran",
    2 "wrong usage or environment, or a shard that is missing or of another run",
);
pub(super) const RECORD: &str = help!(
    "record purge/basics",
    "record --check";
    0 "written, or nothing to change",
    1 "with --check: an answer would change",
    2 "wrong usage or environment, or a case that cannot be recorded",
);
pub(super) const RUN: &str = help!(
    "run",
    "run purge 'recovery/crash-*' --port go",
    "run --port cmd:\"my-adapter\" --settings none/none --html report.html --junit junit.xml",
    "run --shard 1/4 --json shard-1.json",
    "run --against yesterday.json";
    0 "all as expected, or known",
    1 "something differs, an entry of the known differences is stale, or nothing ran",
    2 "wrong usage or environment, or a port that does not start",
);
pub(super) const SERVE: &str = help!(
    "serve",
    "serve --port go";
    0 "stdin has ended",
    1 "the port behind it has failed, or does not start",
    2 "wrong usage or environment, or an input that ends within a request",
);
pub(super) const STUBS: &str = help!(
    "stubs my-port/src my-port/tests",
    "stubs --explain swallowed-exception";
    0 "nothing is found",
    1 "something is, or a file cannot be read",
    2 "wrong usage, or nothing to scan",
);
pub(super) const TRACE: &str = help!(
    "trace --features 955,1000-1010",
    "trace --case purge/basics";
    0 "answered, or as it was measured before",
    1 "with --check: something else is measured; with --uncovered-page: a reason is missing or stale",
    2 "wrong usage or environment, or coverage that is stale",
);
pub(super) const VECTORS: &str = help!(
    "vectors",
    "vectors --check";
    0 "written, or nothing to write",
    1 "with --check: a file would be written",
    2 "wrong usage or environment",
);
