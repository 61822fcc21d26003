//! The examples that `--help` shows below each subcommand, and the exit codes below them all. A test parses every example.

/// What every command ends with.
pub(super) const EXIT_CODES: &str = "Exit codes: 0 all as expected, 1 something differs, 2 wrong usage or environment.\n\
                                     NO_COLOR=1 turns colours off.";

pub(super) const BENCH: &str = "Examples:\n  blkspec bench";
pub(super) const COMPLETIONS: &str = "Examples:\n  blkspec completions bash > /etc/bash_completion.d/blkspec\n  blkspec completions zsh > ~/.zfunc/_blkspec";
pub(super) const DIFF: &str = "Examples:\n  blkspec diff --left go --right reference --runs 100\n  \
                               blkspec diff --left go --right cmd:\"my-adapter\" --seed 7 --runs 1";
pub(super) const DOCTOR: &str = "Examples:\n  blkspec doctor --port cmd:\"dotnet run --project MyAdapter\"";
pub(super) const GOLDEN: &str = "Examples:\n  blkspec golden check --port cmd:\"my-adapter\"\n  blkspec golden update erase/every-second-without-index";
pub(super) const INSPECT: &str = "Examples:\n  blkspec inspect jetstream/ACC/streams/ORDERS\n  blkspec inspect msgs/1.blk --secret \"the secret\" --stream ORDERS --json";
pub(super) const MAN: &str = "Examples:\n  blkspec man /usr/local/share/man/man1";
pub(super) const MERGE: &str = "Examples:\n  blkspec merge shard-1.json shard-2.json --junit junit.xml --html report.html\n  \
                                blkspec merge shard-1.json shard-2.json --against yesterday.json";
pub(super) const RECORD: &str = "Examples:\n  blkspec record purge/basics\n  blkspec record --check";
pub(super) const RUN: &str = "Examples:\n  blkspec run\n  blkspec run purge 'recovery/crash-*' --port go\n  \
                              blkspec run --port cmd:\"my-adapter\" --settings none/none --html report.html --junit junit.xml\n  \
                              blkspec run --shard 1/4 --json shard-1.json\n  blkspec run --against yesterday.json";
pub(super) const SERVE: &str = "Examples:\n  blkspec serve";
pub(super) const STUBS: &str =
    "Examples:\n  blkspec stubs my-port/src my-port/tests\n  blkspec stubs --explain swallowed-exception";
pub(super) const TRACE: &str =
    "Examples:\n  blkspec trace --features 955,1000-1010\n  blkspec trace --case purge/basics";
pub(super) const GATE: &str = "Examples:\n  blkspec run --port cmd:\"my-adapter\" --evidence evidence.json\n  \
                               blkspec gate --evidence evidence.json --features batch11\n  \
                               blkspec gate --verify evidence.json --sample 50";
pub(super) const VECTORS: &str = "Examples:\n  blkspec vectors --check";
