//! The GitHub action, the GitLab template and the files for ClusterFuzzLite, carried out: they are parsed, their scripts are run as
//! written with the built program in front, and every command in them is one that the command line takes.
//!
//! The corpus is a small one in the directory of the job, so that a job takes a moment.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::{Command, Stdio};

use blkspec::cli::check_usage;
use yaml_rust2::{Yaml, YamlLoader};

use super::broken_adapter;
use super::command::{Place, checkout};

super::trials![
    the_action_judges_a_port_and_keeps_reports,
    the_action_has_an_option_for_each_input,
    the_template_judges_on_two_machines_and_reports,
    every_fuzz_target_is_built_for_the_fuzzers,
];

/// A case that the toy answers in full, and wrong.
const CASE: &str = "settings: none/none because the toy has no other\n\nopen\nstore foo \"abc\"\nload 1\n";

fn yaml(relative: &str) -> Yaml {
    let text = std::fs::read_to_string(checkout(relative)).unwrap();
    let documents = YamlLoader::load_from_str(&text).unwrap_or_else(|fault| unreachable!("{relative}: {fault}"));
    documents.into_iter().next().unwrap()
}

/// What stands at these keys.
fn at<'a>(yaml: &'a Yaml, keys: &[&str]) -> &'a Yaml {
    let found = keys.iter().fold(yaml, |yaml, key| match yaml {
        Yaml::Array(items) => items.get(key.parse::<usize>().unwrap()).unwrap_or(&Yaml::BadValue),
        Yaml::Hash(members) => members.get(&Yaml::String((*key).to_owned())).unwrap_or(&Yaml::BadValue),
        _ => &Yaml::BadValue,
    });
    assert!(!found.is_badvalue(), "{keys:?} is not there");
    found
}

fn text(yaml: &Yaml, keys: &[&str]) -> String {
    at(yaml, keys).as_str().unwrap().to_owned()
}

/// The case of the one golden, which the toy does not support.
const WITH_A_GOLDEN: &str = "basics/restore-after-stop";

/// The directory of a job: a corpus of four cases with the answers of the reference, and a golden.
fn job() -> Place {
    let place = Place::new();
    for name in ["a", "b", "c"] {
        place.write(&format!("corpus/cases/topic/{name}.case"), CASE);
    }
    let (code, said) = place.run(&["record", "--corpus", "corpus/cases", "--port", "reference"]);
    assert_eq!(code, 0, "{said}");
    for path in [format!("golden/v2.14.9/{WITH_A_GOLDEN}"), format!("corpus/cases/{WITH_A_GOLDEN}.case")] {
        place.copy(&path, &path);
    }
    place.write("golden/CASES", format!("{WITH_A_GOLDEN}\n"));
    place
}

/// The toy port, which loses a byte.
fn wrong() -> String {
    format!("cmd:{}", std::env::current_exe().unwrap().display())
}

/// Runs a script with these variables, the built program in front: its exit code and what it printed.
fn bash(place: &Place, script: &str, port: &str, variables: &[(&str, &str)]) -> (i32, String) {
    let built = Path::new(env!("CARGO_BIN_EXE_blkspec")).parent().unwrap().to_owned();
    let others = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths([built].into_iter().chain(std::env::split_paths(&others))).unwrap();
    let output = Command::new("bash")
        // As runners call it.
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .current_dir(place.path("."))
        .env("PATH", path)
        .env(broken_adapter::VARIABLE, "loses_a_byte")
        .env("PORT", port)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().unwrap(), said)
}

/// The inputs of the action as the environment of its step, empty but for the defaults.
fn inputs(action: &Yaml) -> Vec<(String, String)> {
    let Yaml::Hash(environment) = at(action, &["runs", "steps", "1", "env"]) else { unreachable!("no environment") };
    let input = |(variable, value): (&Yaml, &Yaml)| {
        let name = value.as_str().unwrap().trim_start_matches("${{ inputs.").trim_end_matches(" }}").to_owned();
        (variable.as_str().unwrap().to_owned(), text(action, &["inputs", &name, "default"]))
    };
    environment.iter().map(input).collect()
}

fn the_action_judges_a_port_and_keeps_reports() {
    let action = yaml("action.yml");
    assert_eq!(text(&action, &["runs", "using"]), "composite");
    let build = text(&action, &["runs", "steps", "0", "run"]);
    assert_eq!(build, "cargo install --locked --path \"$GITHUB_ACTION_PATH\"");
    let script = text(&action, &["runs", "steps", "1", "run"]);
    for (port, expected) in [("reference".to_owned(), 0), (wrong(), 1)] {
        let place = job();
        let summary = place.path("summary.md").display().to_string();
        let inputs = inputs(&action);
        let mut variables: Vec<(&str, &str)> = inputs
            .iter()
            .filter(|(name, _)| name != "PORT")
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        variables.push(("GITHUB_STEP_SUMMARY", &summary));
        let (code, said) = bash(&place, &script, &port, &variables);
        assert_eq!(code, expected, "{said}");
        for report in ["report.json", "junit.xml", "report.html"] {
            assert!(place.path("blkspec-reports").join(report).exists(), "{report}: {said}");
        }
        let summary = String::from_utf8(place.read("summary.md")).unwrap();
        assert!(summary.contains("| cases | runs |") && summary.contains("| 6 | 21 |"), "{summary}");
        // All inputs at once, several cases and a pattern among them, which is blkspec's to expand and not the shell's.
        let earlier = "blkspec-reports/report.json";
        variables.extend([
            ("CASES", "topic/a topic/[bc]"),
            ("SHARD", "1/1"),
            ("AGAINST", earlier),
            ("REPORTS", "more"),
        ]);
        let (code, said) = bash(&place, &script, &port, &variables);
        assert!(code == expected && said.contains("nothing has changed in 3 runs"), "{said}");
    }
}

fn the_action_has_an_option_for_each_input() {
    let action = yaml("action.yml");
    let Yaml::Hash(declared) = at(&action, &["inputs"]) else { unreachable!("no inputs") };
    let passed: Vec<String> = inputs(&action).into_iter().map(|(name, _)| name.to_lowercase()).collect();
    for name in declared.keys().map(|name| name.as_str().unwrap().to_owned()) {
        let is_option = check_usage(&["blkspec", "run", &format!("--{name}"), "reference"].map(str::to_owned)).is_ok();
        let is_of_the_action = ["cases", "reports", "artifact"].contains(&name.as_str());
        assert!(is_option != is_of_the_action, "{name}");
        assert!(passed.contains(&name) || name == "artifact", "{name} does not reach the script");
    }
    let kept = at(&action, &["runs", "steps", "2"]);
    assert_eq!(text(kept, &["if"]), "always()");
    assert_eq!(text(kept, &["with", "path"]), "${{ inputs.reports }}");
}

/// The lines of a script of the template.
fn lines(template: &Yaml, job: &str, part: &str) -> Vec<String> {
    let lines = at(template, &[job, part]).as_vec().unwrap();
    lines.iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

fn the_template_judges_on_two_machines_and_reports() {
    let template = yaml("ci/gitlab.yml");
    let (place, port) = (job(), wrong());
    let machines = at(&template, &["blkspec", "parallel"]).as_i64().unwrap().to_string();
    assert_eq!(machines, "2");
    let script = lines(&template, "blkspec", "script").join("\n");
    let directory = place.path("").display().to_string();
    for (machine, expected) in [("1", 1), ("2", 1)] {
        let variables = [
            ("CI_PROJECT_DIR", directory.as_str()),
            ("BLKSPEC_PORT", &port),
            ("CI_NODE_INDEX", machine),
            ("CI_NODE_TOTAL", &machines),
        ];
        let (code, said) = bash(&place, &script, &port, &variables);
        assert_eq!(code, expected, "{said}");
    }
    // What one job keeps is what the other job takes.
    for (job, kept) in [("1", "shard-1.json"), ("2", "shard-2.json"), ("1", "junit-1.xml"), ("2", "junit-2.xml")] {
        assert!(place.path(kept).exists(), "machine {job}: {kept}");
    }
    let report = lines(&template, "blkspec-report", "script").join("\n");
    let (code, said) = bash(&place, &report, &port, &[("CI_PROJECT_DIR", &directory)]);
    assert!(code == 1 && said.contains("6 cases, 21 runs"), "{said}");
    let Yaml::Array(paths) = at(&template, &["blkspec-report", "artifacts", "paths"]) else { unreachable!("no paths") };
    for path in paths {
        assert!(place.path(path.as_str().unwrap()).exists(), "{path:?}");
    }
    let before = lines(&template, ".blkspec", "before_script");
    assert_eq!(before.last().unwrap(), "cargo install --locked --path \"$CI_PROJECT_DIR/.blkspec\"");
    let manifest = std::fs::read_to_string(checkout("Cargo.toml")).unwrap();
    let image = text(&template, &[".blkspec", "image"]);
    assert!(manifest.contains(&format!("rust-version = \"{}\"", image.trim_start_matches("rust:"))), "{image}");
}

/// The build of ClusterFuzzLite with stand-ins for `cargo fuzz` and `zip`: every target and its seeds end where they are looked for.
fn every_fuzz_target_is_built_for_the_fuzzers() {
    assert_eq!(text(&yaml(".clusterfuzzlite/project.yaml"), &["language"]), "rust");
    let place = Place::new();
    place.copy("fuzz/seeds", "src/blkspec/fuzz/seeds");
    place.copy("fuzz/Cargo.toml", "src/blkspec/fuzz/Cargo.toml");
    std::fs::create_dir(place.path("out")).unwrap();
    let manifest = std::fs::read_to_string(checkout("fuzz/Cargo.toml")).unwrap();
    let targets: Vec<&str> = manifest
        .split("[[bin]]")
        .skip(1)
        .map(|bin| bin.lines().find_map(|line| line.strip_prefix("name = ")).unwrap().trim_matches('"'))
        .collect();
    assert!(targets.len() >= 16, "{targets:?}");
    let cargo = format!(
        "#!/bin/sh\nset -eu\n[ \"$1\" = fuzz ]\ncase \"$2\" in\nlist) printf '%s\\n' {all} ;;\nbuild) shift 2; echo \"$@\" > \
         \"$OUT/../asked\"; mkdir -p fuzz/target/x86_64-unknown-linux-gnu/release\n  for target in {all}; do echo built > \
         fuzz/target/x86_64-unknown-linux-gnu/release/$target; done ;;\n*) exit 9 ;;\nesac\n",
        all = targets.join(" ")
    );
    place.write_program("bin/cargo", &cargo);
    place.write_program("bin/zip", "#!/bin/sh\nset -eu\n[ \"$1 $2\" = '-q -r' ]\nls \"$4\" > \"$3\"\n");
    let (out, src) = (place.path("out").display().to_string(), place.path("src").display().to_string());
    let script = format!(
        "PATH='{}':$PATH; export PATH; bash -eu '{}'",
        place.path("bin").display(),
        checkout(".clusterfuzzlite/build.sh").display()
    );
    let variables = [("OUT", out.as_str()), ("SRC", &src), ("SANITIZER", "address")];
    let (code, said) = bash(&place, &script, "", &variables);
    assert_eq!(code, 0, "{said}");
    assert_eq!(String::from_utf8(place.read("asked")).unwrap(), "-O --sanitizer address\n");
    for target in targets {
        assert_eq!(place.read(&format!("out/{target}")), b"built\n", "{target}");
        let options = String::from_utf8(place.read(&format!("out/{target}.options"))).unwrap();
        assert!(options.starts_with("[libfuzzer]\n"), "{options}");
        let seeds = String::from_utf8(place.read(&format!("out/{target}_seed_corpus.zip"))).unwrap();
        assert!(seeds.lines().count() > 0, "{target} has no seeds");
    }
}
