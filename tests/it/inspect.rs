//! `blkspec inspect` on the files of tests/data/go-files, which Go wrote; its README says how and with which key.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use blkspec::env::{FileKind, RealFs, walk};

use super::command::Place;

super::trials![
    a_plain_block,
    a_compressed_block,
    an_encrypted_block,
    an_encrypted_block_without_its_key,
    encrypted_metadata_and_keys,
    stream_state,
    consumer_state,
    timers,
    metadata,
    a_whole_directory,
    as_json,
    damage_is_named,
];

const SECRET: [&str; 6] = ["--secret", "blkspec secret", "--key-prefix", "ACC", "--stream", "GOFILES"];

/// The stores of Go under the names that files of stores have.
fn stores() -> Place {
    let place = Place::new();
    let data = "tests/data/go-files";
    for setting in ["plain", "s2", "chacha", "aes", "aes-s2"] {
        for name in ["meta.inf", "meta.sum", "meta.key", "msgs/1.blk", "msgs/1.key", "msgs/3.blk"] {
            let source = format!("{data}/{setting}/{}", name.trim_start_matches("msgs/"));
            if super::command::checkout(&source).exists() {
                place.copy(&source, &format!("{setting}/{name}"));
            }
        }
    }
    for (source, target) in [
        ("index-plain.db", "S/msgs/index.db"),
        ("thw-plain.db", "plain/msgs/thw.db"),
        ("sched-plain.db", "plain/msgs/sched.db"),
        ("o-plain.dat", "plain/obs/C/o.dat"),
        ("state-replicated.bin", "replicated.bin"),
    ] {
        place.copy(&format!("{data}/{source}"), target);
    }
    place
}

fn check(place: &Place, name: &str, code: i32, commands: &[&[&str]]) {
    insta::assert_snapshot!(name, place.sessions(&[code], commands));
}

fn keyed(path: &str) -> Vec<&str> {
    [&["inspect", path][..], &SECRET].concat()
}

fn a_plain_block() {
    check(&stores(), "plain_block", 0, &[&["inspect", "plain/msgs/1.blk"]]);
}

fn a_compressed_block() {
    check(&stores(), "compressed_block", 0, &[&["inspect", "s2/msgs/1.blk", "--stream", "GOFILES"]]);
}

fn an_encrypted_block() {
    check(&stores(), "encrypted_block", 0, &[&keyed("chacha/msgs/1.blk"), &keyed("aes-s2/msgs/1.blk")]);
}

fn an_encrypted_block_without_its_key() {
    let commands: [&[&str]; 5] = [
        &["inspect", "chacha/msgs/1.blk"],
        &["inspect", "chacha/msgs/1.blk", "--stream", "GOFILES"],
        &["inspect", "chacha/msgs/1.blk", "--secret", "another", "--key-prefix", "ACC", "--stream", "GOFILES"],
        &["inspect", "chacha/msgs/1.blk", "--secret", "blkspec secret", "--key-prefix", "ACC"],
        &["inspect", "aes-s2/msgs/1.blk", "--key", "00ff", "--stream", "GOFILES"],
    ];
    check(&stores(), "encrypted_block_without_its_key", 1, &commands);
}

fn encrypted_metadata_and_keys() {
    let place = stores();
    let files = ["chacha/meta.inf", "aes/meta.inf", "aes/meta.sum", "aes/meta.key", "chacha/msgs/1.key"];
    let opened = files.map(keyed);
    check(&place, "encrypted_metadata", 0, &opened.each_ref().map(Vec::as_slice));
    let commands: [&[&str]; 3] = [
        &["inspect", "aes/meta.inf", "--stream", "GOFILES"],
        &["inspect", "aes/meta.inf", "--secret", "another", "--stream", "GOFILES"],
        &["inspect", "aes/meta.key", "--secret", "another", "--stream", "GOFILES"],
    ];
    check(&place, "encrypted_metadata_without_its_key", 1, &commands);
}

fn stream_state() {
    check(&stores(), "stream_state", 0, &[&["inspect", "S/msgs/index.db"]]);
    check(&stores(), "replicated_state", 0, &[&["inspect", "replicated.bin"]]);
}

fn consumer_state() {
    check(&stores(), "consumer_state", 0, &[&["inspect", "plain/obs/C/o.dat"]]);
}

fn timers() {
    check(&stores(), "timers", 0, &[&["inspect", "plain/msgs/thw.db"], &["inspect", "plain/msgs/sched.db"]]);
}

fn metadata() {
    check(&stores(), "metadata", 0, &[&["inspect", "plain/meta.inf"], &["inspect", "plain/meta.sum"]]);
}

/// Everything that single files show, one after the other.
fn a_whole_directory() {
    let place = stores();
    place.copy("golden/v2.14.9/consumers/files-and-their-meaning/none-none", "TEST");
    let fs = RealFs::new();
    let entries = walk(&fs, &place.path("TEST")).unwrap();
    let mut expected = String::new();
    for entry in entries.iter().filter(|entry| entry.kind == FileKind::File) {
        let path = format!("TEST/{}", entry.path.display());
        let (code, text) = place.run(&["inspect", &path]);
        assert_eq!(code, 0, "{text}");
        expected.push_str(&text);
    }
    let (code, whole) = place.run(&["inspect", "TEST"]);
    assert_eq!((code, whole), (0, expected));
    let (code, text) = place.run(&keyed("aes"));
    let titles: Vec<&str> = text.lines().filter(|line| line.starts_with(['=', '#'])).collect();
    insta::assert_snapshot!("encrypted_directory", titles.join("\n"));
    assert_eq!(code, 0, "{text}");
}

fn as_json() {
    let place = stores();
    let (code, text) = place.run(&["inspect", "plain/obs/C/o.dat", "--json"]);
    insta::assert_snapshot!("json", text);
    assert_eq!(code, 0, "{text}");
    let (code, text) = place.run(&["inspect", "chacha", "--json"]);
    assert_eq!(code, 1, "{text}");
    let json = text.split("\nblkspec: ").next().unwrap();
    let files: serde_json::Value = serde_json::from_str(json).unwrap();
    let paths: Vec<_> = files.as_array().unwrap().iter().map(|file| file.get("path").unwrap().clone()).collect();
    assert_eq!(paths, ["meta.inf", "meta.key", "meta.sum", "msgs/1.blk", "msgs/1.key"]);
}

fn damage_is_named() {
    let place = stores();
    let damage = |path: &str, change: fn(&mut Vec<u8>)| {
        let mut bytes = place.read(path);
        change(&mut bytes);
        place.write(path, bytes);
    };
    damage("plain/msgs/3.blk", |bytes| bytes.truncate(100));
    damage("S/msgs/index.db", |bytes| *bytes.last_mut().unwrap() ^= 1);
    damage("plain/msgs/thw.db", |bytes| bytes.truncate(30));
    damage("plain/msgs/sched.db", |bytes| bytes.truncate(30));
    damage("plain/obs/C/o.dat", |bytes| bytes.truncate(3));
    damage("plain/meta.inf", |bytes| *bytes.last_mut().unwrap() = b'x');
    damage("s2/msgs/1.blk", |bytes| bytes.truncate(200));
    damage("aes/meta.inf", |bytes| bytes.truncate(200));
    let last_lines = |path: &str| {
        let stream = if path.starts_with('S') { "S" } else { "GOFILES" };
        let (code, text) =
            place.run(&["inspect", path, "--secret", "blkspec secret", "--key-prefix", "ACC", "--stream", stream]);
        assert_eq!(code, 1, "{text}");
        let wrong = text.lines().filter(|line| line.contains("!!")).map(|line| format!("{path} {line}\n"));
        wrong.collect::<String>()
    };
    let paths = [
        "plain/msgs/3.blk",
        "S/msgs/index.db",
        "plain/msgs/thw.db",
        "plain/msgs/sched.db",
        "plain/obs/C/o.dat",
        "plain/meta.inf",
        "plain/meta.sum",
        "s2/msgs/1.blk",
        "aes/meta.inf",
        "aes/meta.sum",
    ];
    insta::assert_snapshot!("damage", paths.map(last_lines).concat());
}
