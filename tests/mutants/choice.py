"""Puts many mutants into one program: each mutated function gets a body for each of its mutants beside its own, and an environment
variable says which one runs.

The bodies are made from the text and the spans that cargo-mutants gives. A mutant whose body rustc refuses is not viable, and is
taken out. What cannot stand beside its original (a `const fn` that something constant calls) is built alone.
"""

import dataclasses
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

# Names the mutant that runs.
VARIABLE = "BLKSPEC_MUTANT"
# What the scratch tree has of the checkout.
PARTS = ["src", "benches", "docs", "Cargo.toml", "Cargo.lock", "build.rs", "README.md",
         "corpus/features.tsv", "corpus/unreached.toml", "adapters/go/go.sum"]
# The program's own corpus is not used here: a new case does not make it new.
EMPTY = "golden"
MODULE = """
#[doc(hidden)]
pub mod mutant {
    //! Which mutant runs.
    use std::sync::LazyLock;

    static CHOSEN: LazyLock<u32> = LazyLock::new(|| match std::env::var("%s") {
        Ok(number) => number.parse().expect("a number of a mutant"),
        Err(_) => 0,
    });

    #[inline]
    pub fn chosen() -> u32 {
        *CHOSEN
    }

    /// One type for two bodies whose iterators are of different types.
    pub enum Either<L, R> {
        Left(L),
        Right(R),
    }

    impl<T, L: Iterator<Item = T>, R: Iterator<Item = T>> Iterator for Either<L, R> {
        type Item = T;

        fn next(&mut self) -> Option<T> {
            match self {
                Either::Left(left) => left.next(),
                Either::Right(right) => right.next(),
            }
        }
    }
}
""" % VARIABLE


class CannotBuild(Exception):
    """The program does not build for a reason that is no mutant's."""


@dataclasses.dataclass
class Mutant:
    """One mutant of cargo-mutants: the text between two places in a file becomes another."""
    file: str
    function: str
    function_start: tuple
    function_end: tuple
    start: tuple
    end: tuple
    replacement: str
    genre: str
    name: str
    identity: int = 0

    @classmethod
    def read(cls, fields):
        place = lambda point: (point["line"], point["column"])  # noqa: E731
        function = fields.get("function") or {}
        span = function.get("span") or fields["span"]
        start = place(fields["span"]["start"])
        return cls(fields["file"], function.get("function_name", ""), place(span["start"]), place(span["end"]), start,
                   place(fields["span"]["end"]), fields["replacement"], fields["genre"], named(fields, function, start))

    @property
    def place(self):
        """What the mutant is, without the lines on which it stands."""
        return re.sub(r"^([^:]*):\d+:\d+:", r"\1:", self.name)


def named(fields, function, start):
    if "name" in fields:
        return fields["name"]
    at = f"{fields['file']}:{start[0]}:{start[1]}"
    what = f"{fields['genre']} becomes `{fields['replacement']}`"
    return f"{at}: {what} in {function.get('function_name', '')} {function.get('return_type', '')}".rstrip()


def build(checkout, scratch, sample):
    """The program of many mutants; those that have to stand alone, each of which `build_alone` builds; those that are not viable.

    What was built of the same sources for the same mutants is taken as it is.
    """
    for number, mutant in enumerate(sample, 1):
        mutant.identity = number
    record, digest = scratch / "built.json", digest_of(checkout, sample)
    program = scratch / "blkspec-together"
    known = json.loads(record.read_text()) if record.is_file() else {}
    if known.get("digest") == digest and program.is_file():
        named = lambda key: [mutant for mutant in sample if mutant.name in known[key]]  # noqa: E731
        return program, named("alone"), named("unviable")
    for old in [record, *scratch.glob("blkspec-*")]:
        old.unlink(missing_ok=True)
    alone, unviable = build_together(checkout, scratch, sample)
    shutil.copy2(scratch / "target/release/blkspec", program)
    names = lambda mutants: [mutant.name for mutant in mutants]  # noqa: E731
    record.write_text(json.dumps({"digest": digest, "alone": names(alone), "unviable": names(unviable)}, indent=1))
    return program, alone, unviable


def build_together(checkout, scratch, sample):
    """Builds the program of many mutants; which have to stand alone, and which are not viable."""
    # What is outside of functions is computed when the program is built.
    left = [mutant for mutant in sample if mutant.function]
    alone, unviable = [mutant for mutant in sample if not mutant.function], []
    while True:
        texts, bodies = woven(checkout, left)
        place(checkout, scratch / "tree", texts)
        errors = cargo_build(scratch)
        if not errors:
            return alone, unviable
        blamed = blame(errors, bodies)
        if not blamed:
            raise CannotBuild("the program with the mutants does not build:\n" + "\n".join(e["rendered"] for e in errors))
        for mutant, by_company in blamed:
            left.remove(mutant)
            (alone if by_company else unviable).append(mutant)
        print(f"{len(unviable)} are not viable, {len(alone)} stand alone, {len(left)} in one program", flush=True)


def build_alone(checkout, scratch, mutant):
    """The program of one mutant, or nothing if it is not viable."""
    program = scratch / f"blkspec-alone-{mutant.identity}"
    if not program.is_file():
        text = (checkout / mutant.file).read_text()
        lines = offsets(text)
        at, to = position(lines, mutant.start), position(lines, mutant.end)
        place(checkout, scratch / "tree", {mutant.file: text[:at] + mutant.replacement + text[to:]})
        # Built for one run: optimising would take longer than it saves. Numbers wrap as in the other program.
        if cargo_build(scratch, "--config", "profile.release.package.blkspec.opt-level=0"):
            return None
        shutil.copy2(scratch / "target/release/blkspec", program)
    return program


def digest_of(checkout, sample):
    """One hash over what a program is built of."""
    parts = [(str(path), content) for path, content in sorted(sources(checkout).items())]
    parts += [(mutant.name, mutant.replacement.encode()) for mutant in sample] + [("", MODULE.encode())]
    parts.append(("", Path(__file__).read_bytes()))
    digest = hashlib.sha256()
    for name, content in parts:
        digest.update(b"%d %d %b%b" % (len(name), len(content), name.encode(), content))
    return digest.hexdigest()


def cargo_build(scratch, *options):
    """The errors of a build, as rustc gives them."""
    # What stays between two builds is not compiled again, although they are for speed.
    environment = {**os.environ, "CARGO_TARGET_DIR": str(scratch / "target"), "CARGO_INCREMENTAL": "1"}
    answer = subprocess.run(
        ["cargo", "build", "--release", "--locked", "--bin", "blkspec", "--message-format", "json", *options],
        cwd=scratch / "tree", env=environment, capture_output=True, text=True)
    messages = [json.loads(line) for line in answer.stdout.splitlines() if line.startswith("{")]
    found = [message["message"] for message in messages if message.get("reason") == "compiler-message"]
    errors = [message for message in found if message["level"].startswith("error")]
    if answer.returncode != 0 and not errors:
        raise CannotBuild(answer.stderr)
    return errors if answer.returncode != 0 else []


def place(checkout, tree, texts):
    """Makes `tree` the checkout with some texts of its own; what stays is not written, so that it is not compiled again."""
    wanted = sources(checkout)
    wanted.update((Path(file), text.encode()) for file, text in texts.items())
    # The project's own lints would refuse what is no error in Rust.
    cargo_toml = re.sub(r"(?ms)^\[lints\b.*?(?=^\[(?!lints\b)|\Z)", "", wanted[Path("Cargo.toml")].decode())
    wanted[Path("Cargo.toml")] = cargo_toml.encode()
    # The scratch tree may lie below the checkout, whose workspace it is not part of.
    wanted[Path("Cargo.toml")] += b"\n[workspace]\n"
    library = wanted[Path("src/lib.rs")].decode()
    wanted[Path("src/lib.rs")] = (library + MODULE).encode()
    (tree / EMPTY).mkdir(parents=True, exist_ok=True)
    for path, content in wanted.items():
        target = tree / path
        if target.is_file() and target.read_bytes() == content:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    for path in [path for path in tree.rglob("*") if path.is_file()]:
        if path.relative_to(tree) not in wanted and path.name != "Cargo.lock":
            path.unlink()


def sources(checkout):
    """The files of the checkout that a program is built of, by path."""
    found = {}
    for part in PARTS:
        root = checkout / part
        files = [root] if root.is_file() else [path for path in root.rglob("*") if path.is_file()]
        found.update((path.relative_to(checkout), path.read_bytes()) for path in files)
    return found


@dataclasses.dataclass
class Body:
    """Where in a woven file a mutant's body stands, or (without a mutant) a whole function with its mutants."""
    file: str
    first: int
    last: int
    mutants: list
    function: str
    is_whole: bool


def woven(checkout, mutants):
    """The files in which every mutated function chooses its body, and where the bodies stand."""
    texts, bodies = {}, []
    for file in sorted({mutant.file for mutant in mutants}):
        text = (checkout / file).read_text()
        lines = offsets(text)
        parts, done = [], 0
        for start, end, own in hosts(text, lines, [mutant for mutant in mutants if mutant.file == file]):
            parts.append(text[done:start])
            line = 1 + sum(part.count("\n") for part in parts)
            woven_text, inside = function_with(text, lines, start, end, own, line)
            for body in inside:
                body.file = file
            bodies += inside
            parts.append(woven_text)
            done = end
        texts[file] = "".join(parts) + text[done:]
    return texts, bodies


def hosts(text, lines, mutants):
    """The outermost functions that hold mutants, in the order of the file."""
    spans = {}
    for mutant in mutants:
        span = position(lines, mutant.function_start), position(lines, mutant.function_end)
        spans.setdefault(span, []).append(mutant)
    outer = []
    for (start, end), own in sorted(spans.items(), key=lambda item: (item[0][0], -item[0][1])):
        if outer and end <= outer[-1][1]:
            outer[-1][2].extend(own)
        else:
            outer.append((start, end, list(own)))
    return outer


def function_with(text, lines, start, end, mutants, line):
    """The function from `start` to `end` with a body for each mutant; `line` is where it begins in the woven file."""
    signature_end = start + body_offset(text[start:end])
    signature = text[start:signature_end]
    # What is constant cannot look at the environment.
    signature = re.sub(r"\bconst\s+(?=(async\s+|unsafe\s+|extern\s+\"[^\"]*\"\s+)*fn\b)", "", signature)
    is_iterator = re.search(r"->\s*impl\s+Iterator\b", signature) is not None
    out, bodies, closed = signature + "{\n", [], "\n}"
    for mutant in mutants:
        at, to = position(lines, mutant.start), position(lines, mutant.end)
        if not signature_end < at <= to < end:
            raise CannotBuild(f"{mutant.name}: the mutation does not lie in the body of its function")
        body = text[signature_end:at] + mutant.replacement + text[to:end]
        out += f"if crate::mutant::chosen() == {mutant.identity} "
        out += "{ crate::mutant::Either::Left(\n" if is_iterator else "\n"
        first = line + out.count("\n")
        bodies.append(Body("", first, first + body.count("\n"), [mutant], mutant.function, False))
        out += body
        out += "\n) } else { crate::mutant::Either::Right(\n" if is_iterator else "\nelse "
        closed = "\n) }" + closed if is_iterator else closed
    out += text[signature_end:end] + closed
    bodies.append(Body("", line, line + out.count("\n"), mutants, mutants[0].function, True))
    return out, bodies


def blame(errors, bodies):
    """The mutants that errors point at, each with whether it is the company of its original that is at fault."""
    alone, wrong = [], []
    for error in errors:
        spans = error["spans"]
        inner = [body for body in bodies if not body.is_whole for span in spans if span["is_primary"] and holds(body, span)]
        whole = [body for body in bodies if body.is_whole for span in spans if holds(body, span)]
        constant = re.search(r"cannot call non-const (?:function|method|associated function) `([^`]*)`", error["message"])
        if constant:
            name = re.sub(r"::<.*?>", "", constant.group(1)).split("::")[-1]
            whole = [body for body in bodies if body.is_whole and body.function.split("::")[-1] == name]
            inner = []
        for mutant in [mutant for body in inner for mutant in body.mutants]:
            if mutant not in wrong:
                wrong.append(mutant)
        if not inner:
            alone += [mutant for body in whole for mutant in body.mutants if mutant not in alone]
    # Errors outside of a mutant's body may follow from those inside one.
    return [(mutant, False) for mutant in wrong] or [(mutant, True) for mutant in alone]


def holds(body, span):
    return span["file_name"] == body.file and body.first <= span["line_start"] and span["line_end"] <= body.last


def offsets(text):
    """Where each line begins."""
    found = [0]
    for at, character in enumerate(text):
        if character == "\n":
            found.append(at + 1)
    return found


def position(lines, point):
    line, column = point
    return lines[line - 1] + column - 1


QUOTED = re.compile(
    r"//[^\n]*|/\*.*?\*/|b?r(?P<hashes>#*)\".*?\"(?P=hashes)|b?\"(?:\\.|[^\"\\])*\"|b?'(?:\\[^\n]+?|[^\\'\n])'", re.DOTALL)


def body_offset(function):
    """Where the body of a function begins: at the first brace outside of attributes, comments and parentheses."""
    depth, at = 0, 0
    while at < len(function):
        quoted = QUOTED.match(function, at)
        if quoted:
            at = quoted.end()
            continue
        character = function[at]
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "{" and depth == 0:
            return at
        at += 1
    raise CannotBuild(f"a function without a body: {function[:80]}")
