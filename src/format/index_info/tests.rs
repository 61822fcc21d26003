//! Tests of the block indexes of old servers: verdicts recorded from Go and a dump.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use proptest::prelude::*;

use super::*;
use crate::format::fuzz_state::fuzz_index_info;
use crate::format::go_vectors::{Fnv, check_verdicts, fnv, vectors};

const DECODED: &str = include_str!("../../../tests/data/go-vectors/block-indexes.txt");

fn verdict(bytes: &[u8]) -> String {
    let info = match IndexInfo::decode(bytes) {
        Ok(info) => info,
        Err(error) if removes_file(&error) => return "removed".to_owned(),
        Err(_) => return "kept".to_owned(),
    };
    let mut set = Fnv::new();
    set.note(info.deleted.encode());
    fnv(&format!(
        "{} {} {} {} {} {} {} {}",
        info.msgs,
        info.bytes,
        info.first_seq,
        info.first_ts,
        info.last_seq,
        info.last_ts,
        hex::encode(info.last_checksum),
        set.hex()
    ))
}

#[test]
fn verdicts_values_and_removals_equal_gos() {
    check_verdicts(DECODED, 1008, |bytes| {
        fuzz_index_info(bytes);
        verdict(bytes)
    });
}

#[test]
fn dumps_name_the_fields() {
    let old = vectors(DECODED).find(|line| line.starts_with("1601")).unwrap();
    let bytes = hex::decode(old.split_once(' ').unwrap().0).unwrap();
    insta::assert_snapshot!("dump", dump(&bytes).render());
    insta::assert_snapshot!("dump_cut", dump(bytes.first_chunk::<12>().unwrap()).render());
}

proptest! {
    #[test]
    fn any_bytes_are_answered(mut bytes: Vec<u8>, version in 0..4u8) {
        if version > 0 {
            bytes.splice(..0, [MAGIC, version]);
        }
        fuzz_index_info(&bytes);
    }
}
