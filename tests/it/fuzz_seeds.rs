//! Replays the seeds of the fuzz targets through their bodies, on stable and without the fuzzer.
//!
//! [`TARGETS`] is the one list of targets; a folder of seeds, a shim or an entry of `fuzz/Cargo.toml` too many or too few
//! fails here, and so does a target without a seed. A file beside the seeds of a target is a seed, whatever its name.

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use blkspec::format::{fuzz, fuzz_files, fuzz_state};
use blkspec::harness::fuzz as fuzz_ports;
use blkspec::harness::port_spec::PortSpec;
use libtest_mimic::{Failed, Trial};

/// What all seeds together may weigh in the repository.
const SEEDS_LIMIT: u64 = 300 << 10;

type Body = fn(&[u8]);

/// Every target and its body.
const TARGETS: [(&str, Body); 16] = [
    ("block", fuzz::fuzz_block),
    ("consumer_state", fuzz_state::fuzz_consumer_state),
    ("delete_blocks", fuzz_state::fuzz_delete_blocks),
    ("differential", beside_itself),
    ("hash_wheel", fuzz_state::fuzz_hash_wheel),
    ("headers", fuzz_files::fuzz_headers),
    ("index_db", fuzz_state::fuzz_index_db),
    ("index_info", fuzz_state::fuzz_index_info),
    ("key", fuzz_files::fuzz_key),
    ("meta", fuzz_files::fuzz_meta),
    ("programs", fuzz_ports::fuzz_programs),
    ("s2", fuzz::fuzz_s2),
    ("schedules", fuzz_state::fuzz_schedules),
    ("sequence_set", fuzz_state::fuzz_sequence_set),
    ("snapshot", fuzz_files::fuzz_snapshot),
    ("store_files", fuzz_ports::fuzz_store_files),
];

pub(crate) fn trials() -> Vec<Trial> {
    let replays = TARGETS.into_iter().map(|(target, body)| {
        let name = format!("{}::seeds_of_{target}_pass", module_path!());
        Trial::test(name, move || replay(target, body))
    });
    let name = format!("{}::targets_shims_and_seeds_agree", module_path!());
    replays.chain([Trial::test(name, targets_shims_and_seeds_agree)]).collect()
}

/// The differential body without Go: the reference beside another one of itself, which agrees.
fn beside_itself(data: &[u8]) {
    fuzz_ports::differential_beside(&PortSpec::Reference, data);
}

fn replay(target: &str, body: Body) -> Result<(), Failed> {
    let seeds = list(&fuzz_folder().join("seeds").join(target))?;
    if seeds.is_empty() {
        return Err(format!("{target} has no seeds").into());
    }
    for seed in seeds {
        let bytes = std::fs::read(&seed)?;
        if bytes.is_empty() {
            return Err(format!("{} is empty, so it says nothing", seed.display()).into());
        }
        if catch_unwind(|| body(&bytes)).is_err() {
            return Err(format!("{} breaks a promise; the panic is above", seed.display()).into());
        }
    }
    Ok(())
}

fn targets_shims_and_seeds_agree() -> Result<(), Failed> {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(target, _)| (*target).to_owned()).collect();
    let fuzz = fuzz_folder();
    let stems = |folder: &str| -> Result<BTreeSet<String>, Failed> {
        list(&fuzz.join(folder))?.iter().map(|path| stem(path)).collect()
    };
    assert_eq!(stems("seeds")?, targets, "folders of seeds");
    assert_eq!(stems("fuzz_targets")?, targets, "shims");
    for target in &targets {
        let shim = std::fs::read_to_string(fuzz.join("fuzz_targets").join(format!("{target}.rs")))?;
        assert!(shim.contains(&format!("::fuzz_{target}(data)")), "the shim of {target} calls another body");
    }

    let manifest: toml::Table = std::fs::read_to_string(fuzz.join("Cargo.toml"))?.parse()?;
    let binaries = manifest.get("bin").and_then(toml::Value::as_array).ok_or("no binary in fuzz/Cargo.toml")?;
    let named =
        |binary: &toml::Value, key| binary.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    let found: BTreeSet<String> = binaries.iter().map(|binary| named(binary, "name")).collect();
    assert_eq!((binaries.len(), found), (targets.len(), targets), "binaries of fuzz/Cargo.toml");
    for binary in binaries {
        let expected = format!("fuzz_targets/{}.rs", named(binary, "name"));
        assert_eq!(named(binary, "path"), expected);
    }

    let mut weight = 0;
    for folder in list(&fuzz.join("seeds"))? {
        for seed in list(&folder)? {
            weight += std::fs::metadata(seed)?.len();
        }
    }
    assert!(weight <= SEEDS_LIMIT, "the seeds weigh {weight} bytes, more than {SEEDS_LIMIT}");
    Ok(())
}

fn fuzz_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// What lies in a folder, by name.
fn list(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> Result<String, Failed> {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    Ok(stem.ok_or_else(|| format!("{} has an odd name", path.display()))?.to_owned())
}
