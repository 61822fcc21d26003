//! The benchmark, at a size at which its figures say nothing: what it measures, what it prints, and that it notices when the
//! two sides do not do the same work. How fast anything is is never a test.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::path::PathBuf;
use std::process::Command;

use blkspec::harness::bench::{BenchError, Plan, bench, rows};
use serde_json::Value;

crate::trials!(every_row_is_measured, rows_are_selected_by_name, other_work_is_noticed, a_worker_that_fails_is_told);

fn blkspec(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_blkspec")).arg("bench").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn every_row_is_measured() {
    let dir = tempfile::tempdir().unwrap();
    let json = dir.path().join("bench.json");
    let (code, out, err) = blkspec(&["--scale", "0.001", "--rounds", "2", "--json", json.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{out}{err}");
    let report: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    let names: Vec<&str> = report["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    let expected: Vec<&str> = rows(1.0).iter().map(|row| row.name).collect();
    assert_eq!(names, expected);
    for row in report["rows"].as_array().unwrap() {
        for side in ["go", "reference"] {
            for figure in ["ns", "cpu_ns", "peak_bytes"] {
                let values = row[side][figure].as_array().unwrap();
                assert_eq!(values.len(), 2, "{row}");
                assert!(values.iter().all(|value| value.as_u64().unwrap() > 0), "{row}");
            }
        }
        assert!(row["operations"].as_u64().unwrap() > 0, "{row}");
    }
    let table: Vec<&str> = out.lines().collect();
    assert_eq!(table.len(), expected.len() + 3, "{out}");
    for (line, name) in table.iter().skip(1).zip(expected) {
        assert!(line.starts_with(name) && line.matches('x').count() >= 2, "{line}");
    }
}

fn rows_are_selected_by_name() {
    let (code, out, _) = blkspec(&["--list", "--rows", "recover;by wildcard"]);
    assert_eq!(
        (code, out.as_str()),
        (Some(0), "load next by wildcard\nrecover 1 GiB with index.db\nrecover 1 GiB by scanning\n")
    );
    let (code, _, err) = blkspec(&["--rows", "nothing of the kind"]);
    assert_eq!((code, err.as_str()), (Some(2), "blkspec: no row is selected by \"nothing of the kind\": see --list\n"));
    let (code, _, err) = blkspec(&["--scale", "0"]);
    assert_eq!((code, err.as_str()), (Some(2), "blkspec: --scale takes a number above 0 and up to 1000, not 0\n"));
}

/// A plan for the first row with these two shell scripts as workers.
fn scripts(go: &str, reference: &str) -> Plan {
    let mut rows = rows(0.001);
    rows.truncate(1);
    let worker = |script: &str| (PathBuf::from("sh"), vec!["-c".into(), script.into()]);
    Plan { rows, rounds: 2, go: worker(go), reference: worker(reference), work_dir: None }
}

fn answering(check: u64) -> String {
    format!(
        "read line; mkdir -p $(echo \"$line\" | sed 's/.*\"dir\":\"\\([^\"]*\\)\".*/\\1/'); \
         echo '{{\"ns\":\"5\",\"cpu_ns\":\"4\",\"operations\":\"2\",\"check\":\"{check}\",\"peak_bytes\":\"1\"}}'"
    )
}

fn other_work_is_noticed() {
    let same = bench(&scripts(&answering(7), &answering(7)), &mut |_| ()).unwrap();
    assert_eq!(same.rows[0].go.ns, [5, 5]);
    let error = bench(&scripts(&answering(7), &answering(8)), &mut |_| ()).unwrap_err();
    let expected = "row \"store 128 B\": Reference answers (2, 8) where another round answered (2, 7)";
    assert_eq!(error.to_string(), expected);
}

fn a_worker_that_fails_is_told() {
    let error = bench(&scripts("echo no such luck >&2; exit 3", &answering(7)), &mut |_| ()).unwrap_err();
    let BenchError::Worker { worker, reason } = error else { panic!("{error}") };
    assert_eq!((worker.as_str(), reason.as_str()), ("sh", "exit status: 3: no such luck"));
    let error = bench(&scripts("cat >/dev/null; echo hello", &answering(7)), &mut |_| ()).unwrap_err();
    assert_eq!(error.to_string(), "sh: expected value at line 1 column 1 in hello");
}
