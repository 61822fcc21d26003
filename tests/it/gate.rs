//! `blkspec gate`: what evidence of the toy, whole and flawed, allows to be said of a feature, and what it does not.
//!
//! The corpus and what its cases execute on Go are made up here: four functions, one of them pure, one that no case executes.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;

use blkspec::harness::corpus::Corpus;
use blkspec::harness::evidence::{Evidence, Outcome, ProgramFile, hash_of_file};
use blkspec::harness::go_port::{GoBuild, GoVersion};
use blkspec::harness::trace::{Bits, Block, CaseCoverage, Coverage, Features, Function, digest_of};
use serde_json::Value;

use super::broken_adapter;
use super::command::Place;

super::trials![
    all_verified_in_chunks,
    a_wrong_answer_is_failing_and_named,
    a_part_is_verified_as_what_it_is,
    a_wrong_answer_within_a_part,
    what_is_not_verified,
    evidence_that_was_edited_is_refused,
    evidence_that_is_stale_says_nothing,
    a_sample_agrees_or_does_not,
    goes_tests_and_the_ports_own,
    a_stub_stops_the_gate,
    a_stub_in_a_test_of_the_port,
    what_is_not_scanned_is_said,
    every_form_says_the_same,
    what_cannot_be_asked,
    what_is_gone_does_not_decide,
    settings_that_the_port_does_not_declare_are_said,
    a_failure_of_no_feature_is_said,
    a_sample_is_of_what_the_evidence_rests_on,
    a_go_adapter_of_other_sources_is_stale,
];

const HEAD: &str = "settings: none/none because the toy has no other\n\n";
/// Names of cases, their commands, and which of the functions below they execute.
const CASES: [(&str, &str, &[usize]); 3] = [
    ("topic/stored", "open\nstore foo \"abc\"\nload 1\ntimestamp-normalized @10s\n", &[0, 1, 2]),
    ("topic/opened", "open\nstate\n", &[0]),
    ("pure/times", "timestamp-normalized @10s\n", &[2]),
];
const FUNCTIONS: [&str; 4] = ["newFileStore", "fileStore.StoreMsg", "timestampNormalized", "fileStore.Purge"];
const ALL: &str = "959,1035,1200";

/// The corpus with its coverage, and the command on it.
struct World {
    place: Place,
}

impl World {
    /// With an adapter of this fault.
    fn new(fault: &'static str) -> World {
        let place = Place::new().with_env(broken_adapter::VARIABLE, fault);
        for (name, commands, _) in CASES {
            place.write(&format!("corpus/cases/{name}.case"), format!("{HEAD}{commands}"));
        }
        let adapter = std::env::current_exe().unwrap();
        let honest = Place::new().with_env(broken_adapter::VARIABLE, "honest");
        let corpus = place.path("corpus/cases").display().to_string();
        let port = format!("cmd:{}", adapter.display());
        let (code, text) = honest.run(&["record", "--corpus", &corpus, "--port", &port]);
        assert_eq!(code, 0, "{text}");
        place.write("corpus/go-tests.toml", "[cases]\nTestFileStoreOpens = [\"topic/opened\"]\nTestFileStoreStores = [\"topic/stored\"]\n\n[deferred]\n");
        let world = World { place };
        world.measure();
        world
    }

    /// Writes what the cases execute, of the cases as they are now.
    fn measure(&self) {
        let place = |at: usize| (at as u32 * 10 + 1, 1);
        let block = |at: usize| Block { begin: place(at), end: (at as u32 * 10 + 5, 2), statements: 3 };
        let function = |(at, name): (usize, &&str)| {
            let lines = (at as u32 * 10 + 1, at as u32 * 10 + 5);
            Function { name: (*name).to_owned(), lines, blocks: at..at + 1 }
        };
        let cases = Corpus::at(self.place.path("corpus/cases")).select(&[]).unwrap();
        let executed = |name: &str| CASES.iter().find(|case| case.0 == name).unwrap().2;
        let coverage = Coverage {
            server: "v2.14.9".to_owned(),
            go: "go1.26.0".to_owned(),
            blocks: (0..FUNCTIONS.len()).map(block).collect(),
            functions: FUNCTIONS.iter().enumerate().map(function).collect(),
            cases: cases
                .iter()
                .map(|case| {
                    let hits: Bits = executed(&case.name).iter().copied().collect();
                    (case.name.clone(), CaseCoverage { digest: digest_of(case), hits })
                })
                .collect(),
            go_tests: Default::default(),
            unmeasured: Default::default(),
            unsteady: Bits::default(),
            features: Features::embedded().unwrap(),
            tests: Default::default(),
        };
        self.place.write("corpus/coverage.json", coverage.text());
    }

    /// Runs what is selected and writes evidence.
    fn evidence(&self, more: &[&str]) -> i32 {
        let port = format!("cmd:{}", std::env::current_exe().unwrap().display());
        let base = ["run", "--corpus", "corpus/cases", "--evidence", "e.json", "--port", &port];
        let (code, text) = self.place.run(&[&base[..], more].concat());
        assert!(self.place.path("e.json").exists(), "{text}");
        code
    }

    /// The session of a gate, without what changes from run to run.
    fn gate(&self, arguments: &[&str]) -> (i32, String) {
        let (code, text) = self.place.session(&[&["gate", "--corpus", "corpus/cases"][..], arguments].concat());
        let value: Value = serde_json::from_slice(&self.place.read("e.json")).unwrap();
        let member = |name: &str| value.get(name).and_then(Value::as_str).unwrap().to_owned();
        (code, text.replace(&member("digest"), "DIGEST").replace(&member("started"), "TIME"))
    }

    /// What the gate says of `features`, by its JSON.
    fn judged(&self, features: &str, more: &[&str]) -> Value {
        let asked = ["--evidence", "e.json", "--features", features, "--json", "g.json"];
        let (_, text) = self.gate(&[&asked[..], more].concat());
        assert!(self.place.path("g.json").exists(), "{text}");
        serde_json::from_slice(&self.place.read("g.json")).unwrap()
    }

    /// The status of one feature and what is missing.
    fn status(&self, feature: &str, more: &[&str]) -> (String, String) {
        let found = self.judged(feature, more);
        let text = |pointer: &str| found.pointer(pointer).unwrap().clone();
        let status = text("/chunks/0/features/0/status").as_str().unwrap().to_owned();
        (status, text("/chunks/0/features/0/missing").to_string())
    }

    /// Writes a source that is older than the program of the port.
    fn source(&self, name: &str, content: impl AsRef<[u8]>) {
        self.place.write(name, content);
        let file = std::fs::File::options().write(true).open(self.place.path(name)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000)).unwrap();
    }

    /// Changes the evidence and gives it the digest of what it is then, as a forger would.
    fn forge(&self, change: impl Fn(&mut Evidence)) {
        let path = self.place.path("e.json");
        let mut evidence = Evidence::read(&path).unwrap();
        change(&mut evidence);
        evidence.sealed().unwrap().write(&path).unwrap();
    }
}

fn all_verified_in_chunks() {
    let world = World::new("honest");
    assert_eq!(world.evidence(&[]), 0);
    let (code, text) = world.gate(&["--evidence", "e.json", "--features", ALL, "--chunk", "2"]);
    assert_eq!(code, 0, "{text}");
    insta::assert_snapshot!("verified", text);
    let found = world.judged("batch11", &[]);
    let sizes = |pointer: &str| found.pointer(pointer).unwrap().as_array().unwrap().len();
    let lens: Vec<usize> = (0..sizes("/chunks")).map(|at| sizes(&format!("/chunks/{at}/features"))).collect();
    assert!(lens.iter().all(|len| *len <= 15) && lens.iter().sum::<usize>() > 30, "{lens:?}");
}

fn a_wrong_answer_is_failing_and_named() {
    let world = World::new("loses_a_byte");
    assert_eq!(world.evidence(&[]), 1);
    let (code, text) = world.gate(&["--evidence", "e.json", "--features", ALL]);
    assert_eq!(code, 1);
    insta::assert_snapshot!("failing", text);
}

fn a_part_is_verified_as_what_it_is() {
    let world = World::new("only_pure");
    assert_eq!(world.evidence(&[]), 0);
    let (code, text) = world.gate(&["--evidence", "e.json", "--features", ALL]);
    assert_eq!(code, 1);
    insta::assert_snapshot!("part", text);
    let (code, text) = world.gate(&["--evidence", "e.json", "--features", "1200", "--markdown", "g.md"]);
    assert_eq!(code, 0, "{text}");
    let markdown = String::from_utf8(world.place.read("g.md")).unwrap();
    assert!(markdown.contains("was judged as pure, without: topic/stored (needs stream)"), "{markdown}");
}

fn a_wrong_answer_within_a_part() {
    let world = World::new("only_pure_and_wrong");
    assert_eq!(world.evidence(&[]), 1);
    let found = world.judged("1200", &[]);
    let finding = found.pointer("/chunks/0/features/0").unwrap();
    assert_eq!(finding.get("status").unwrap(), "failing");
    assert_eq!(finding.get("failing").unwrap(), &serde_json::json!(["pure/times [none/none]: fail"]));
}

fn what_is_not_verified() {
    let world = World::new("honest");
    let check = |feature: &str, status: &str, missing: &str| {
        let found = world.status(feature, &[]);
        assert_eq!((found.0.as_str(), found.1.contains(missing)), (status, true), "{found:?}");
    };
    world.evidence(&["topic/opened"]);
    check("959", "partial", "topic/stored did not run");
    check("1035", "unknown", "topic/stored did not run");
    check("1168", "unknown", "no case executes it on Go");
    check("1203", "gone", "v2.14.9 does not have it: fileStore.forceWriteFullState asks");
    world.evidence(&[]);
    let set = |outcome: Outcome, why: &str| {
        world.forge(|evidence| {
            for run in evidence.runs.iter_mut().filter(|run| run.case == "topic/stored") {
                (run.verdict, run.why) = (outcome, Some(why.to_owned()));
            }
        });
    };
    set(Outcome::Unsupported, "load_msg");
    check("959", "partial", "the port does not support load_msg");
    check("1035", "unknown", "the port does not support load_msg");
    set(Outcome::Known, "so it is");
    check("1035", "partial", "is known to differ: so it is");
    world.evidence(&[]);
    // A setting that the port declares and nobody ran.
    world.forge(|evidence| evidence.runs.retain(|run| run.case != "topic/opened"));
    check("959", "partial", "topic/opened did not run in none/none");
    world.evidence(&[]);
    // A golden of a case is a part of what the case says.
    world.forge(|evidence| {
        let mut golden = evidence.runs.iter().find(|run| run.case == "topic/opened").unwrap().clone();
        (golden.case, golden.verdict) = ("golden/topic/opened (read)".to_owned(), Outcome::Fail);
        evidence.runs.push(golden);
    });
    assert_eq!(world.status("959", &[]).0, "failing");
}

fn evidence_that_was_edited_is_refused() {
    let world = World::new("loses_a_byte");
    world.evidence(&[]);
    let original = String::from_utf8(world.place.read("e.json")).unwrap();
    let mut out = String::new();
    let pretty = serde_json::to_string(&serde_json::from_str::<Value>(&original).unwrap()).unwrap();
    for (edited, code) in [
        (original.replace("\"verdict\": \"fail\"", "\"verdict\": \"pass\""), 2),
        (original.replace("topic/stored", "topic/stores"), 2),
        (original.replace("\"evidence\": 1", "\"evidence\": 2"), 2),
        (original.replace("\"evidence\": 1,", ""), 2),
        ("{\"evidence\": 1}".to_owned(), 2),
        ("no JSON".to_owned(), 2),
        // Blanks are nothing that anybody says.
        (pretty, 1),
    ] {
        assert!(edited != original, "nothing was edited");
        world.place.write("e.json", &edited);
        for asked in [&["--evidence", "e.json", "--features", "959"][..], &["--verify", "e.json"]] {
            let (found, text) = world.place.run(&[&["gate", "--corpus", "corpus/cases"][..], asked].concat());
            let expected = if code == 1 && asked.len() == 2 { 0 } else { code };
            assert_eq!(found, expected, "{text}");
            if code == 2 && asked.len() == 4 {
                out.push_str(&text);
            }
        }
    }
    let words: Vec<String> =
        out.split(' ').map(|word| if word.trim().len() >= 64 { "HASH".to_owned() } else { word.to_owned() }).collect();
    insta::assert_snapshot!("refused", words.join(" "));
}

fn evidence_that_is_stale_says_nothing() {
    let world = World::new("honest");
    let check = |more: &[&str], missing: &str| {
        let found = world.status("959", more);
        assert_eq!((found.0.as_str(), found.1.contains(missing)), ("unknown", true), "{found:?}");
    };
    world.place.write("sources/old.c", "int a;");
    world.evidence(&[]);
    // The adapter of these tests is no newer than a source that was made just now.
    check(&["--source", "sources"], "built before");
    world.place.write("sources/new.c", "int b;");
    world.place.write("sources/obj/made.o", "");
    check(&["--source", "sources"], "new.c is newer");
    check(&["--tests", "sources"], "new.c is newer");
    world.forge(|evidence| evidence.blkspec.sha256 = "0".repeat(64));
    check(&[], "another blkspec made it");
    world.evidence(&[]);
    world.forge(|evidence| evidence.port.program.first_mut().unwrap().sha256 = "0".repeat(64));
    check(&[], "of the port has changed");
    world.forge(|evidence| evidence.port.program.first_mut().unwrap().path = "gone".to_owned());
    check(&[], "gone of the port cannot be read");
    world.evidence(&[]);
    world.forge(|evidence| evidence.go.version = "v2.14.8".to_owned());
    check(&[], "nats-server v2.14.8");
    world.evidence(&[]);
    assert_eq!(world.status("959", &[]).0, "verified");
    // A case that changed is stale by itself: the others still say what they say.
    let case = String::from_utf8(world.place.read("corpus/cases/topic/stored.case")).unwrap();
    world.place.write("corpus/cases/topic/stored.case", format!("# Other words.\n{case}"));
    let (code, text) = world.gate(&["--evidence", "e.json"]);
    assert_eq!((code, text.contains("coverage.json")), (2, true), "{text}");
    world.measure();
    let found = world.status("959", &[]);
    assert_eq!((found.0.as_str(), found.1.contains("topic/stored has changed since")), ("partial", true), "{found:?}");
}

fn a_sample_agrees_or_does_not() {
    let world = World::new("loses_a_byte");
    world.evidence(&[]);
    let verify = ["--verify", "e.json", "--seed", "7"];
    let (code, text) = world.gate(&verify);
    insta::assert_snapshot!("agrees", text);
    assert_eq!(code, 0);
    world.forge(|evidence| evidence.runs.iter_mut().for_each(|run| run.verdict = Outcome::Pass));
    let (code, text) = world.gate(&verify);
    insta::assert_snapshot!("disagrees", text);
    assert_eq!(code, 1);
    world.evidence(&[]);
    world.forge(|evidence| {
        evidence
            .runs
            .iter_mut()
            .filter(|run| run.fingerprint.is_some())
            .for_each(|run| run.fingerprint = Some("0".repeat(16)));
    });
    let (code, text) = world.gate(&verify);
    assert_eq!((code, text.contains("fail in another way")), (1, true), "{text}");
    // The choice is the seed's.
    let one = |seed: &str| world.gate(&["--verify", "e.json", "--sample", "1", "--seed", seed]).0;
    let codes: Vec<i32> = ["1", "2", "3", "4", "5", "6", "7", "8"].into_iter().map(one).collect();
    assert!(codes.contains(&0) && codes.contains(&1), "{codes:?}");
}

fn goes_tests_and_the_ports_own() {
    let world = World::new("honest");
    world.place.write("tests/a.py", "x = 1\n\ndef test_file_store_opens(self):\n    self.assertTrue(opens())\n");
    // The run is after the tests were written.
    world.evidence(&[]);
    let found = world.judged(ALL, &["--tests", "tests"]);
    let test = |at: usize, member: &str| found.pointer(&format!("/tests/{at}/{member}")).cloned().unwrap_or_default();
    assert_eq!((test(0, "name"), test(0, "status")), ("TestFileStoreOpens".into(), "verified".into()), "{found:#}");
    assert_eq!(test(0, "port_test"), "tests/a.py:3 test_file_store_opens");
    assert_eq!((test(1, "name"), test(1, "status")), ("TestFileStoreStores".into(), "partial".into()), "{found:#}");
    assert_eq!(test(1, "missing"), serde_json::json!(["no test in tests is called like it"]));
    // Tests that were not asked for do not decide; those that were do.
    let asked = ["--evidence", "e.json", "--features", ALL, "--tests", "tests"];
    assert_eq!(world.gate(&asked).0, 0);
    assert_eq!(world.gate(&[&asked[..], &["--go-tests", "*Stores"]].concat()).0, 1);
    assert_eq!(world.gate(&[&asked[..], &["--go-tests", "*Opens"]].concat()).0, 0);
    // Only tests whose cases execute what was asked for are spoken of.
    let found = world.judged("1035", &[]);
    assert_eq!(found.pointer("/tests").unwrap().as_array().unwrap().len(), 1);
}

const STORE: &str =
    "pub struct FileStore;\n\nimpl FileStore {\n    pub fn store_msg(&self, x: u64) -> u64 {\n        BODY\n    }\n}\n";

fn a_stub_stops_the_gate() {
    let world = World::new("honest");
    let check = |text: &str, code: i32, statuses: [&str; 2], words: &str| {
        world.source("port/store.rs", text);
        world.evidence(&[]);
        let asked = ["--evidence", "e.json", "--features", "959,1035", "--source", "port"];
        let (found, text) = world.gate(&asked);
        assert_eq!((found, text.contains(words)), (code, true), "{text}");
        let judged = world.judged("959,1035", &["--source", "port"]);
        let status = |at: usize| judged.pointer(&format!("/chunks/0/features/{at}/status")).unwrap().clone();
        assert_eq!([status(0), status(1)], statuses, "{text}");
        text
    };
    let both = ["verified", "verified"];
    check(&STORE.replace("BODY", "x + self.0"), 0, both, "stubs: 0 in 1 files, 1 functions, 0 of them tests");
    let named = check(&STORE.replace("BODY", "todo!()"), 1, ["verified", "partial"], "a stub: port/store.rs:5:9");
    insta::assert_snapshot!("stub", named);
    check(
        &STORE.replace("BODY", concat!("x + self.0 // FIX", "ME")),
        1,
        ["verified", "partial"],
        "a stub: port/store.rs:5:20",
    );
    // One in a function that has no number stops the gate as a whole.
    let other = STORE.replace("store_msg", "twice");
    check(&other.replace("BODY", "todo!()"), 1, both, "STUB: port/store.rs:5:9 not-implemented twice: ");
    let allowed = "// blkspec:allow(not-implemented): Go has none either\n        todo!()";
    check(&STORE.replace("BODY", allowed), 0, both, "stubs: 0 in 1 files");
    let unreasoned = "// blkspec:allow(not-implemented)\n        todo!()";
    check(&STORE.replace("BODY", unreasoned), 1, ["verified", "partial"], "allow-without-reason");
    world.source("port/store.rs", other.replace("BODY", "todo!()"));
    world.evidence(&[]);
    let forms = ["--markdown", "g.md", "--csv", "g.csv", "--json", "g.json"];
    world.gate(&[&["--evidence", "e.json", "--features", "959", "--source", "port"][..], &forms].concat());
    let read = |name: &str| String::from_utf8(world.place.read(name)).unwrap();
    let json: Value = serde_json::from_str(&read("g.json")).unwrap();
    assert_eq!(json.pointer("/stubs/findings/0/rule").unwrap(), "not-implemented");
    assert!(read("g.md").contains("- STUB: port/store.rs:5:9 not-implemented twice: "), "{}", read("g.md"));
    assert!(read("g.csv").contains("stub,,twice,not-implemented,"), "{}", read("g.csv"));
}

fn a_stub_in_a_test_of_the_port() {
    let world = World::new("honest");
    let check = |body: &str, code: i32, status: &str, missing: &str| {
        world.source("checks/opens.py", format!("def test_file_store_opens():\n    {body}\n"));
        world.evidence(&[]);
        let asked = ["--evidence", "e.json", "--features", "959", "--go-tests", "*Opens", "--tests", "checks"];
        let (found, text) = world.gate(&asked);
        assert_eq!((found, text.contains(missing)), (code, true), "{text}");
        let judged = world.judged("959", &["--go-tests", "*Opens", "--tests", "checks"]);
        assert_eq!(judged.pointer("/tests/0/status").unwrap(), status, "{text}");
    };
    check("assert opens() == 1", 0, "verified", "stubs: 0 in 1 files, 1 functions");
    // Whatever lies below --tests lies where tests lie, whatever it is called.
    check("pass", 1, "partial", "checks/opens.py:1:5 empty-body");
}

fn what_is_not_scanned_is_said() {
    let world = World::new("honest");
    let check = |code: i32, words: &str| {
        world.evidence(&[]);
        let (found, text) = world.gate(&["--evidence", "e.json", "--features", "959", "--source", "port"]);
        assert_eq!((found, text.contains(words)), (code, true), "{text}");
    };
    world.source("port/store.zig", "fn flush() void {}\n");
    check(0, "NOT SCANNED: no file in port is of a known language: csharp, go, java, python, rust, typescript");
    // A file of a language that is known and cannot be read may hold anything.
    world.source("port/store.cs", b"// caf\xe9\n");
    check(1, "NOT SCANNED: port/store.cs: no UTF-8");
    let (_, text) = world.gate(&["--evidence", "e.json", "--features", "959"]);
    assert!(text.contains("stubs: not looked for, without --source and --tests"), "{text}");
}

fn every_form_says_the_same() {
    let world = World::new("only_pure");
    world.evidence(&[]);
    let asked = ["--evidence", "e.json", "--features", ALL, "--chunk", "2"];
    let (_, markdown) = world.gate(&[&asked[..], &["--markdown", "-"]].concat());
    insta::assert_snapshot!("markdown", markdown.split("toy 1 (").next().unwrap());
    world.gate(&[&asked[..], &["--csv", "g.csv", "--json", "g.json"]].concat());
    let json: Value = serde_json::from_slice(&world.place.read("g.json")).unwrap();
    let digest = json.pointer("/evidence/digest").unwrap().as_str().unwrap();
    let csv = String::from_utf8(world.place.read("g.csv")).unwrap();
    insta::assert_snapshot!("csv", csv.replace(digest, "DIGEST"));
    for chunk in json.pointer("/chunks").unwrap().as_array().unwrap() {
        assert_eq!(chunk.get("evidence").unwrap(), digest);
    }
}

fn what_cannot_be_asked() {
    let world = World::new("honest");
    world.evidence(&[]);
    let check = |arguments: &[&str], words: &str| {
        let (code, text) = world.gate(arguments);
        assert_eq!((code, text.contains(words)), (2, true), "{text}");
    };
    check(&[], "--evidence");
    check(&["--evidence", "none.json"], "none.json");
    check(&["--evidence", "e.json", "--features", "12"], "12 is no feature");
    check(&["--evidence", "e.json", "--features", "959-99999"], "no feature");
    check(&["--evidence", "e.json", "--chunk", "16"], "16");
    check(&["--evidence", "e.json", "--go-tests", "TestNone"], "TestNone");
    check(&["--evidence", "e.json", "--source", "nowhere"], "nowhere");
    check(&["--evidence", "e.json", "--json", "-", "--csv", "-"], "stdout");
    check(&["--evidence", "e.json", "--verify", "e.json"], "cannot be used with");
    std::fs::remove_file(world.place.path("corpus/coverage.json")).unwrap();
    check(&["--evidence", "e.json"], "is missing");
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gate.md").exists());
}

fn what_is_gone_does_not_decide() {
    let world = World::new("honest");
    world.evidence(&[]);
    let (code, text) = world.gate(&["--evidence", "e.json", "--features", "959,1203"]);
    assert_eq!(
        (code, text.contains("features: 1 verified, 0 partial, 0 failing, 0 unknown, 1 gone")),
        (0, true),
        "{text}"
    );
    // Alone it is nothing that anybody verified.
    assert_eq!(world.gate(&["--evidence", "e.json", "--features", "1203"]).0, 1);
}

fn settings_that_the_port_does_not_declare_are_said() {
    let world = World::new("honest");
    let check = |code: i32, words: &str| {
        world.evidence(&[]);
        let (found, text) = world.gate(&["--evidence", "e.json", "--features", "1200"]);
        assert_eq!((found, text.contains(words)), (code, true), "{text}");
    };
    check(0, "verified  ");
    let case = String::from_utf8(world.place.read("corpus/cases/pure/times.case")).unwrap();
    // The answers of the others are those of the one: the case asks for no store.
    let wide = case.replace("none/none because the toy has no other", "*/none because more are too many");
    assert!(wide != case, "{case}");
    world.place.write("corpus/cases/pure/times.case", wide);
    world.measure();
    check(0, "verified in none/none");
}

fn a_failure_of_no_feature_is_said() {
    let world = World::new("loses_a_byte");
    world.evidence(&[]);
    world.forge(|evidence| {
        for run in evidence.runs.iter_mut().filter(|run| run.case == "topic/stored") {
            run.case = "decode/block/cut".to_owned();
        }
    });
    let (code, text) = world.gate(&["--evidence", "e.json", "--features", "1200"]);
    assert_eq!((code, text.contains("FAILING, of no number: decode/block/cut [none/none]: fail")), (1, true), "{text}");
}

fn a_sample_is_of_what_the_evidence_rests_on() {
    let world = World::new("only_pure");
    world.evidence(&[]);
    let check = |more: &[&str], code: i32, words: &str| {
        let (found, text) = world.gate(&[&["--verify", "e.json"][..], more].concat());
        assert_eq!((found, text.contains(words)), (code, true), "{text}");
    };
    // Two of the three runs are unsupported, on which nothing rests.
    check(&[], 0, "1 of 1 runs made again agree (--seed ");
    check(&["--features", "1200"], 0, "1 of 1 runs");
    check(&["--features", "1035"], 1, "0 of 0 runs");
    check(&["--features", "12"], 2, "12 is no feature");
}

/// The evidence of a made-up Go adapter: that of a directory which is not called after the sources that are here.
fn a_go_adapter_of_other_sources_is_stale() {
    let world = World::new("honest");
    world.evidence(&[]);
    let go = GoBuild::find(&GoVersion::default()).unwrap();
    let elsewhere = world.place.path("v2.14.9-0123456789abcdef/blkspec-go-adapter");
    world.place.write("v2.14.9-0123456789abcdef/blkspec-go-adapter", "x");
    assert_eq!(go.is_of_these_sources(&elsewhere), Ok(false));
    let hash = hash_of_file(&elsewhere).unwrap();
    world.forge(|evidence| {
        evidence.port.name = "go@v2.14.9".to_owned();
        evidence.port.program = vec![ProgramFile { path: elsewhere.display().to_string(), sha256: hash.clone() }];
    });
    let found = world.status("959", &[]);
    assert_eq!(
        (found.0.as_str(), found.1.contains("the sources of the Go adapter have changed")),
        ("unknown", true),
        "{found:?}"
    );
}
