//! The file systems against one another, and each double against what it promises.
//!
//! Whatever a caller can see is checked on the machine's file system and in memory alike: the same script
//! of operations must give the same results, error kinds included.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;

fn on_both(check: impl Fn(&dyn FileSystem, &Path)) {
    let scratch = Scratch::new(None).unwrap();
    check(&RealFs::new(), scratch.path());
    scratch.close().unwrap();
    let memory = MemFs::new();
    memory.create_dir_all(Path::new("/dir")).unwrap();
    check(&memory, Path::new("/dir"));
    let faulty = FaultyFs::new(Arc::new(memory.snapshot()));
    faulty.create_dir_all(Path::new("/dir/faulty")).unwrap();
    check(&faulty, Path::new("/dir/faulty"));
}

fn kind<T>(result: FsResult<T>) -> Option<FsErrorKind> {
    result.err().map(|error| error.kind)
}

fn names(fs: &dyn FileSystem, dir: &Path) -> Vec<(String, FileKind)> {
    let entries = fs.read_dir(dir).unwrap();
    entries.iter().map(|entry| (entry.name_str().unwrap().to_owned(), entry.kind)).collect()
}

#[test]
fn files_are_written_read_and_removed() {
    on_both(|fs, root| {
        let path = root.join("a");
        assert_eq!(kind(fs.read(&path)), Some(FsErrorKind::NotFound));
        assert!(!fs.exists(&path).unwrap());
        fs.write(&path, b"hello world").unwrap();
        fs.write(&path, b"hello").unwrap();
        assert_eq!(fs.read(&path).unwrap(), b"hello");
        assert_eq!(fs.read_range(&path, 1, 3).unwrap(), b"ell");
        assert_eq!(fs.read_range(&path, 3, usize::MAX).unwrap(), b"lo");
        assert_eq!(fs.read_range(&path, u64::MAX, 3).unwrap(), b"");
        let metadata = fs.metadata(&path).unwrap();
        assert_eq!((metadata.len, metadata.mode, metadata.is_file()), (5, 0o600, true));
        fs.truncate(&path, 2).unwrap();
        fs.sync_file(&path).unwrap();
        assert_eq!(fs.read(&path).unwrap(), b"he");
        fs.set_permissions(&path, 0o640).unwrap();
        assert_eq!(fs.metadata(&path).unwrap().mode, 0o640);
        fs.remove_file(&path).unwrap();
        assert_eq!(kind(fs.remove_file(&path)), Some(FsErrorKind::NotFound));
    });
}

#[test]
fn directories_are_made_listed_and_removed() {
    on_both(|fs, root| {
        fs.create_dir_all(&root.join("b/c")).unwrap();
        fs.create_dir_all(&root.join("b/c")).unwrap();
        fs.write(&root.join("b/a"), b"1").unwrap();
        fs.write(&root.join("a"), b"1").unwrap();
        assert_eq!(fs.metadata(&root.join("b")).unwrap().mode, 0o700);
        assert!(fs.metadata(&root.join("b")).unwrap().is_dir());
        let listed = [("a".to_owned(), FileKind::File), ("c".to_owned(), FileKind::Dir)];
        assert_eq!(names(fs, &root.join("b")), listed);
        assert_eq!(kind(fs.read_dir(&root.join("a"))), Some(FsErrorKind::NotADirectory));
        assert_eq!(kind(fs.read(&root.join("a/x"))), Some(FsErrorKind::NotADirectory));
        assert_eq!(kind(fs.write(&root.join("b"), b"")), Some(FsErrorKind::IsADirectory));
        assert_eq!(kind(fs.write(&root.join("x/y"), b"")), Some(FsErrorKind::NotFound));
        assert_eq!(kind(fs.remove_dir(&root.join("b"))), Some(FsErrorKind::DirectoryNotEmpty));
        fs.sync_dir(&root.join("b")).unwrap();
        fs.remove_dir(&root.join("b/c")).unwrap();
        fs.remove_dir_all(&root.join("b")).unwrap();
        fs.remove_dir_all(&root.join("b")).unwrap();
        fs.remove_dir_all(&root.join("a")).unwrap();
        assert_eq!(names(fs, root), []);
    });
}

#[test]
fn renaming_replaces_files_and_moves_trees() {
    on_both(|fs, root| {
        let at = |name: &str| root.join(name);
        fs.create_dir_all(&at("dir/sub")).unwrap();
        fs.create_dir_all(&at("empty")).unwrap();
        fs.write(&at("a"), b"a").unwrap();
        fs.write(&at("b"), b"b").unwrap();
        fs.rename(&at("a"), &at("b")).unwrap();
        assert_eq!(fs.read(&at("b")).unwrap(), b"a");
        assert_eq!(kind(fs.rename(&at("a"), &at("c"))), Some(FsErrorKind::NotFound));
        assert_eq!(kind(fs.rename(&at("b"), &at("dir"))), Some(FsErrorKind::IsADirectory));
        assert_eq!(kind(fs.rename(&at("dir"), &at("b"))), Some(FsErrorKind::NotADirectory));
        assert_eq!(kind(fs.rename(&at("empty"), &at("dir"))), Some(FsErrorKind::DirectoryNotEmpty));
        assert_eq!(kind(fs.rename(&at("dir"), &at("dir/sub/x"))), Some(FsErrorKind::InvalidInput));
        fs.rename(&at("b"), &at("b")).unwrap();
        fs.rename(&at("b"), &at("dir/sub/b")).unwrap();
        fs.rename(&at("dir"), &at("empty")).unwrap();
        assert_eq!(fs.read(&at("empty/sub/b")).unwrap(), b"a");
    });
}

#[test]
fn open_files_outlive_their_names() {
    on_both(|fs, root| {
        let path = root.join("a");
        assert_eq!(kind(fs.open(&path, OpenMode::ReadWrite)), Some(FsErrorKind::NotFound));
        let file = fs.open(&path, OpenMode::CreateNew).unwrap();
        assert_eq!(kind(fs.open(&path, OpenMode::CreateNew)), Some(FsErrorKind::AlreadyExists));
        file.write_at(2, b"cd").unwrap();
        assert_eq!(fs.read(&path).unwrap(), b"\0\0cd");
        file.write_at(0, b"abcdef").unwrap();
        let reader = fs.open(&path, OpenMode::Read).unwrap();
        assert!(reader.write_at(0, b"x").is_err());
        fs.rename(&path, &root.join("b")).unwrap();
        fs.remove_file(&root.join("b")).unwrap();
        file.write_at(6, b"gh").unwrap();
        file.set_len(7).unwrap();
        file.sync().unwrap();
        let mut buffer = [0; 4];
        assert_eq!(reader.read_at(5, &mut buffer).unwrap(), 2);
        assert_eq!(&buffer, b"fg\0\0");
        assert_eq!(reader.read_at(100, &mut buffer).unwrap(), 0);
        reader.read_exact_at(1, &mut buffer).unwrap();
        assert_eq!(&buffer, b"bcde");
        assert_eq!(kind(reader.read_exact_at(5, &mut buffer)), Some(FsErrorKind::UnexpectedEof));
        assert_eq!((reader.len().unwrap(), reader.is_empty().unwrap()), (7, false));
        let emptied = fs.open(&root.join("b"), OpenMode::Create).unwrap();
        emptied.write_at(0, b"z").unwrap();
        assert!(fs.open(&root.join("b"), OpenMode::Truncate).unwrap().is_empty().unwrap());
    });
}

#[test]
fn temporary_files_have_fresh_names() {
    on_both(|fs, root| {
        let first = fs.create_temp(root, "_test_").unwrap();
        let second = fs.create_temp(root, "_test_").unwrap();
        assert_ne!(first, second);
        assert!(first.to_string_lossy().contains("_test_"));
        assert_eq!(fs.read(&first).unwrap(), b"");
        assert_eq!(kind(fs.create_temp(&root.join("x"), "t")), Some(FsErrorKind::NotFound));
    });
}

#[test]
fn trees_are_walked_and_copied() {
    on_both(|fs, root| {
        let source = root.join("source");
        fs.create_dir_all(&source.join("msgs")).unwrap();
        fs.create_dir_all(&source.join("obs/c1")).unwrap();
        fs.write(&source.join("meta.inf"), b"meta").unwrap();
        fs.write(&source.join("msgs/1.blk"), b"block").unwrap();
        fs.set_permissions(&source.join("msgs"), 0o500).unwrap();
        let target = MemFs::new();
        copy_tree(fs, &source, &target, Path::new("copy")).unwrap();
        let entries = walk(&target, Path::new("copy")).unwrap();
        assert_eq!(entries, walk(fs, &source).unwrap());
        let found: Vec<(PathBuf, u64)> = entries.into_iter().map(|entry| (entry.path, entry.len)).collect();
        let expected = [("meta.inf", 4), ("msgs", 0), ("msgs/1.blk", 5), ("obs", 0), ("obs/c1", 0)];
        assert_eq!(found, expected.map(|(path, len)| (PathBuf::from(path), len)));
        assert_eq!(target.read(Path::new("copy/msgs/1.blk")).unwrap(), b"block");
        assert_eq!(target.metadata(Path::new("copy/msgs")).unwrap().mode, 0o500);
        // So that anybody may remove it.
        fs.set_permissions(&source.join("msgs"), 0o700).unwrap();
    });
}

#[test]
fn a_crash_loses_what_was_not_synced() {
    let fs = MemFs::new();
    let dir = Path::new("/s");
    fs.create_dir_all(dir).unwrap();
    let block = fs.open(Path::new("/s/1.blk"), OpenMode::Create).unwrap();
    block.write_at(0, b"synced").unwrap();
    block.sync().unwrap();
    block.write_at(0, b"S").unwrap();
    block.write_at(6, b" and lost").unwrap();
    assert_eq!(fs.crashed(CrashLoss::Data).read(Path::new("/s/1.blk")).unwrap(), b"synced");
    // The name was never synced.
    assert_eq!(names(&fs.crashed(CrashLoss::DataAndNames), dir), []);
    assert_eq!(fs.snapshot().read(Path::new("/s/1.blk")).unwrap(), b"Synced and lost");

    fs.sync_dir(dir).unwrap();
    fs.rename(Path::new("/s/1.blk"), Path::new("/s/2.blk")).unwrap();
    fs.write(Path::new("/s/new"), b"new").unwrap();
    let lost = fs.crashed(CrashLoss::DataAndNames);
    assert_eq!(names(&lost, dir), [("1.blk".to_owned(), FileKind::File)]);
    let kept = fs.crashed(CrashLoss::Data);
    assert_eq!(kept.read(Path::new("/s/2.blk")).unwrap(), b"synced");
    assert_eq!(kept.read(Path::new("/s/new")).unwrap(), b"");

    fs.remove_file(Path::new("/s/2.blk")).unwrap();
    fs.crash(CrashLoss::DataAndNames);
    assert_eq!(fs.read(Path::new("/s/1.blk")).unwrap(), b"synced");
    // A handle from before the crash writes to nobody's file.
    block.write_at(0, b"ghost").unwrap();
    assert_eq!(fs.read(Path::new("/s/1.blk")).unwrap(), b"synced");
}

proptest! {
    /// Only the changed range is copied by a sync; this looks for a range that was forgotten.
    #[test]
    fn a_sync_keeps_everything(steps in prop::collection::vec((0_u8..4, 0_u64..40, 0_usize..20), 1..40)) {
        let fs = MemFs::new();
        let path = Path::new("f");
        let file = fs.open(path, OpenMode::Create).unwrap();
        let mut durable = Vec::new();
        for (index, (step, offset, len)) in steps.into_iter().enumerate() {
            match step {
                0 => file.write_at(offset, &vec![u8::try_from(index).unwrap() + 1; len]).unwrap(),
                1 => file.set_len(offset).unwrap(),
                2 => drop(fs.open(path, OpenMode::Truncate).unwrap()),
                _ => {
                    file.sync().unwrap();
                    durable = fs.read(path).unwrap();
                }
            }
            prop_assert_eq!(&fs.crashed(CrashLoss::Data).read(path).unwrap(), &durable);
        }
        file.sync().unwrap();
        prop_assert_eq!(fs.crashed(CrashLoss::Data).read(path).unwrap(), fs.read(path).unwrap());
    }
}

#[test]
fn memory_refuses_what_permissions_refuse() {
    let fs = MemFs::new();
    let at = Path::new;
    fs.create_dir_all(at("ro")).unwrap();
    fs.write(at("ro/f"), b"1").unwrap();
    fs.set_permissions(at("ro"), 0o555).unwrap();
    let denied = Some(FsErrorKind::PermissionDenied);
    assert_eq!(kind(fs.write(at("ro/new"), b"")), denied);
    assert_eq!(kind(fs.create_dir_all(at("ro/new"))), denied);
    assert_eq!(kind(fs.create_temp(at("ro"), "t")), denied);
    assert_eq!(kind(fs.remove_file(at("ro/f"))), denied);
    assert_eq!(kind(fs.remove_dir_all(at("ro"))), denied);
    assert_eq!(kind(fs.rename(at("ro/f"), at("f"))), denied);
    fs.write(at("ro/f"), b"2").unwrap();
    fs.set_permissions(at("ro/f"), 0o400).unwrap();
    assert_eq!(kind(fs.write(at("ro/f"), b"3")), denied);
    assert_eq!(fs.read(at("ro/f")).unwrap(), b"2");
    fs.set_permissions(at("ro/f"), 0).unwrap();
    assert_eq!(kind(fs.read(at("ro/f"))), denied);
    fs.set_permissions(at("ro"), 0).unwrap();
    assert_eq!(kind(fs.read_dir(at("ro"))), denied);
}

#[test]
fn memory_refuses_sizes_and_paths_beyond_reason() {
    let fs = MemFs::new();
    let file = fs.open(Path::new("f"), OpenMode::Create).unwrap();
    assert_eq!(kind(file.write_at(u64::MAX, b"x")), Some(FsErrorKind::NoSpace));
    assert_eq!(kind(file.set_len(u64::MAX)), Some(FsErrorKind::NoSpace));
    let long = PathBuf::from("a/".repeat(3000));
    assert_eq!(kind(fs.create_dir_all(&long)), Some(FsErrorKind::InvalidInput));
    assert_eq!(kind(fs.remove_dir_all(Path::new("/"))), Some(FsErrorKind::InvalidInput));
    fs.create_dir_all(Path::new("/a/./b/../c")).unwrap();
    assert!(fs.exists(Path::new("a/c")).unwrap());
    assert!(!fs.exists(Path::new("a/b")).unwrap());
}

#[test]
fn faults_hit_the_calls_they_name() {
    let fs = FaultyFs::new(Arc::new(MemFs::new()));
    let full =
        fs.inject(Fault::on(Operation::WriteAt).path_contains(".blk").nth(2).kind(FsErrorKind::NoSpace).partial(3));
    let block = fs.open(Path::new("1.blk"), OpenMode::Create).unwrap();
    let other = fs.open(Path::new("index.db"), OpenMode::Create).unwrap();
    other.write_at(0, b"passes").unwrap();
    block.write_at(0, b"first").unwrap();
    let error = block.write_at(5, b"second").unwrap_err();
    assert!(error.is_no_space());
    assert_eq!(error.to_string(), "cannot write at 1.blk: no space left (injected fault)");
    assert_eq!(fs.read(Path::new("1.blk")).unwrap(), b"firstsec");
    block.write_at(5, b"second").unwrap();
    assert_eq!((fs.fired(full), fs.calls(Operation::WriteAt)), (Some(1), 4));

    fs.remove(full);
    assert_eq!(fs.fired(full), None);
    fs.inject(Fault::on_mutation().after(1).kind(FsErrorKind::ReadOnly));
    fs.write(Path::new("last"), b"1").unwrap();
    assert_eq!(kind(fs.write(Path::new("last"), b"2")), Some(FsErrorKind::ReadOnly));
    assert_eq!(kind(block.sync()), Some(FsErrorKind::ReadOnly));
    assert_eq!(kind(fs.sync_file(Path::new("last"))), Some(FsErrorKind::ReadOnly));
    assert_eq!(fs.read(Path::new("last")).unwrap(), b"1");
    fs.clear();
    fs.inject(Fault::on_any().times(1));
    assert_eq!(kind(fs.metadata(Path::new("last"))), Some(FsErrorKind::Other));
    fs.remove_file(Path::new("last")).unwrap();
    assert_eq!(fs.mutations(), 4 + 2 + 2 + 1);
}

#[test]
fn clocks_move_as_told() {
    let clock = ManualClock::new();
    assert_eq!(clock.now_ns(), VIRTUAL_EPOCH_NS);
    assert_eq!(clock.advance(5), VIRTUAL_EPOCH_NS + 5);
    clock.set(7);
    assert_eq!(clock.now_ns(), 7);
    // 2020-01-01, long before this was written.
    assert!(RealClock::new().now_ns() > 1_577_836_800_000_000_000);
    let watch = Stopwatch::start();
    assert!(watch.elapsed() <= watch.elapsed());
}

#[test]
fn entropy_is_what_its_source_promises() {
    // The published outputs of SplitMix64 for the seed 1234567, in little-endian order.
    let published = [6_457_827_717_110_365_317_u64, 3_203_168_211_198_807_973];
    let mut expected: Vec<u8> = Vec::new();
    for word in published {
        expected.extend(word.to_le_bytes());
    }
    let seeded = SeededEntropy::new(1_234_567);
    let mut bytes = [0; 16];
    let (first, second) = bytes.split_at_mut(3);
    seeded.fill(first).unwrap();
    seeded.fill(second).unwrap();
    assert_eq!(bytes.as_slice(), expected);

    let fixed = FixedEntropy::new([1, 2, 3]);
    let mut two = [0; 2];
    fixed.fill(&mut two).unwrap();
    assert_eq!((two, fixed.left()), ([1, 2], 1));
    assert!(fixed.fill(&mut two).is_err());
    assert_eq!(fixed.left(), 1);

    let (mut one, mut other) = ([0; 32], [0; 32]);
    RealEntropy::new().fill(&mut one).unwrap();
    RealEntropy::new().fill(&mut other).unwrap();
    assert_ne!(one, other);
}

#[test]
fn environments_are_whole() {
    let env = Env::virtual_with_seed(1);
    let copy = env.clone();
    env.fs.write(Path::new("f"), b"1").unwrap();
    assert_eq!(copy.fs.read(Path::new("f")).unwrap(), b"1");
    assert_eq!(copy.clock.now_ns(), VIRTUAL_EPOCH_NS);
    let real = Env::real();
    let scratch = Scratch::new(fast_scratch_parent().as_deref()).unwrap();
    let path = scratch.path().to_path_buf();
    assert!(real.fs.exists(&path).unwrap());
    drop(scratch);
    assert!(!real.fs.exists(&path).unwrap());
}

#[test]
fn links_are_copied_as_what_they_say() {
    let scratch = Scratch::new(None).unwrap();
    let (fs, root) = (RealFs::new(), scratch.path().to_path_buf());
    let source = root.join("source");
    fs.create_dir_all(&source).unwrap();
    fs.make_link(Path::new("/dev/full"), &source.join("1.blk")).unwrap();
    fs.make_link(Path::new("round"), &source.join("round")).unwrap();
    assert_eq!(kind(fs.make_link(Path::new("x"), &source.join("round"))), Some(FsErrorKind::AlreadyExists));
    // Twice: the second copy finds the links of the first.
    for _ in 0..2 {
        copy_tree(&fs, &source, &fs, &root.join("copy")).unwrap();
    }
    assert_eq!(fs.read_link(&root.join("copy/1.blk")).unwrap(), Path::new("/dev/full"));
    assert_eq!(fs.read_link(&root.join("copy/round")).unwrap(), Path::new("round"));
    assert_eq!(kind(fs.write(&root.join("copy/1.blk"), b"x")), Some(FsErrorKind::NoSpace));
    assert_eq!(kind(fs.metadata(&root.join("copy/round"))), Some(FsErrorKind::Other));
    assert_eq!(kind(copy_tree(&fs, &source, &MemFs::new(), Path::new("copy"))), Some(FsErrorKind::InvalidInput));
}
