//! `blkspec golden check` on copies of what Go left, whole and tampered with.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::command::Place;

super::trials![
    what_go_left_passes,
    a_byte_that_the_manifest_admits_is_found,
    an_answer_that_differs_is_found,
    files_that_the_manifest_does_not_admit,
    goldens_that_are_not_there_or_not_listed,
    manifests_that_are_none,
    random_bytes_in_the_place_of_a_golden,
    no_goldens_at_all,
];

const CASE: &str = "basics/message-with-header";
const DIR: &str = "goldens/v2.14.9/basics/message-with-header";

/// A copy of one golden, with a list of its own.
fn world() -> Place {
    let place = Place::new();
    place.copy(&format!("golden/v2.14.9/{CASE}"), DIR);
    place.write("goldens/CASES", format!("{CASE}\n"));
    place
}

const CHECK: [&str; 4] = ["golden", "check", "--golden", "goldens"];

/// What the check says.
fn check(place: &Place, expected: i32) -> String {
    let (code, text) = place.session(&CHECK);
    assert_eq!(code, expected, "{text}");
    text
}

fn change_manifest(place: &Place, change: impl Fn(&mut Value)) {
    let path = format!("{DIR}/MANIFEST.json");
    let mut manifest = serde_json::from_slice(&place.read(&path)).unwrap();
    change(&mut manifest);
    place.write(&path, serde_json::to_vec_pretty(&manifest).unwrap());
}

fn what_go_left_passes() {
    insta::assert_snapshot!("passes", check(&world(), 0));
}

/// The byte lies in the payload of the first record; the manifest's hash is made to fit.
fn a_byte_that_the_manifest_admits_is_found() {
    let place = world();
    let block = format!("{DIR}/none-none/msgs/1.blk");
    let mut bytes = place.read(&block);
    let at = bytes.windows(5).position(|window| window == b"Hello").unwrap();
    *bytes.get_mut(at).unwrap() = b'J';
    place.write(&block, &bytes);
    change_manifest(&place, |manifest| {
        let files = manifest.pointer_mut("/settings/none~1none/files").unwrap();
        *files.pointer_mut("/msgs~11.blk/sha256").unwrap() = json!(hex::encode(Sha256::digest(&bytes)));
    });
    insta::assert_snapshot!("a_changed_byte", check(&place, 1));
}

fn an_answer_that_differs_is_found() {
    let place = world();
    change_manifest(&place, |manifest| {
        let answers = manifest.pointer_mut("/settings/aes~1s2/answers").unwrap().as_array_mut().unwrap();
        answers.push(json!("state: another"));
    });
    insta::assert_snapshot!("a_changed_answer", check(&place, 1));
}

fn files_that_the_manifest_does_not_admit() {
    let place = world();
    std::fs::remove_file(place.path(&format!("{DIR}/none-none/meta.sum"))).unwrap();
    place.write(&format!("{DIR}/none-none/msgs/2.blk"), "more");
    let block = format!("{DIR}/none-s2/msgs/1.blk");
    let mut bytes = place.read(&block);
    *bytes.last_mut().unwrap() ^= 1;
    place.write(&block, bytes);
    let cut = format!("{DIR}/aes-none/meta.inf");
    let bytes = place.read(&cut);
    place.write(&cut, bytes.get(..100).unwrap());
    std::fs::remove_dir_all(place.path(&format!("{DIR}/chacha-s2"))).unwrap();
    insta::assert_snapshot!("changed_files", check(&place, 1));
}

fn goldens_that_are_not_there_or_not_listed() {
    let place = world();
    place.write("goldens/CASES", format!("# two\n{CASE}\nbasics/lost\n"));
    let mut out = check(&place, 2);
    place.write("goldens/CASES", "# none\n");
    out += &check(&place, 2);
    place.write("goldens/CASES", format!("{CASE}\n"));
    out += &place.sessions(&[2], &[&["golden", "check", "basics/other", "--golden", "goldens"]]);
    std::fs::create_dir(place.path(&format!("{DIR}/none-zstd"))).unwrap();
    out += &check(&place, 2);
    std::fs::remove_file(place.path(&format!("{DIR}/MANIFEST.json"))).unwrap();
    out += &check(&place, 2);
    std::fs::remove_file(place.path("goldens/CASES")).unwrap();
    out += &check(&place, 2);
    insta::assert_snapshot!("not_there_or_not_listed", out);
}

fn manifests_that_are_none() {
    let place = world();
    let manifest = format!("{DIR}/MANIFEST.json");
    let whole = place.read(&manifest);
    let mut out = String::new();
    for bytes in [&b""[..], b"{\"go\": 3}", whole.get(..200).unwrap(), b"\xff\xfe"] {
        place.write(&manifest, bytes);
        out += &check(&place, 2);
    }
    place.write(&manifest, &whole);
    change_manifest(&place, |manifest| *manifest.pointer_mut("/case").unwrap() = json!("basics/*"));
    out += &check(&place, 2);
    place.write(&manifest, &whole);
    change_manifest(&place, |manifest| {
        let settings = manifest.pointer_mut("/settings").unwrap().as_object_mut().unwrap();
        settings.remove("none/none").unwrap();
    });
    out += &check(&place, 2);
    insta::assert_snapshot!("broken_manifests", out);
}

fn random_bytes_in_the_place_of_a_golden() {
    let place = world();
    let mut state = 1_u32;
    let mut noise = |len: usize| -> Vec<u8> {
        let byte = |state: &mut u32| {
            *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..len).map(|_| byte(&mut state)).collect()
    };
    let mut files = Vec::new();
    for name in ["meta.inf", "meta.sum", "msgs/1.blk", "msgs/index.db"] {
        let path = format!("{DIR}/none-none/{name}");
        let bytes = noise(place.read(&path).len());
        place.write(&path, &bytes);
        files.push((name, hex::encode(Sha256::digest(&bytes))));
    }
    change_manifest(&place, |manifest| {
        let listed = manifest.pointer_mut("/settings/none~1none/files").unwrap();
        for (name, hash) in &files {
            *listed.get_mut(name).unwrap().get_mut("sha256").unwrap() = json!(hash);
        }
    });
    insta::assert_snapshot!("random_bytes", check(&place, 1));
}

fn no_goldens_at_all() {
    let place = Place::new();
    place.write("file", "");
    std::fs::create_dir(place.path("empty")).unwrap();
    let at = |dir| ["golden", "check", "--golden", dir];
    let commands: [&[&str]; 4] =
        [&at("empty"), &at("missing"), &at("file"), &["golden", "update", "--golden", "empty"]];
    insta::assert_snapshot!("none_at_all", place.sessions(&[2], &commands));
}
