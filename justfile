# What people do here. Each recipe is one line that can be typed by hand.

# The main job: every case in every setting, and every golden, on the reference.
run *ARGS:
    cargo run --release -- run {{ARGS}}

# All tests; needs no Go.
test *ARGS:
    cargo test {{ARGS}}

# A real nats-server and the reference on one directory, in turn; needs Go.
server:
    cargo test --test it -- --ignored server::

# What CI runs, with Go.
ci:
    bash .ci/run

lint:
    cargo clippy --all-targets
    cargo fmt --check
    cd adapters/go && go vet ./... && test -z "$(gofmt -l .)"
    cd adapters/go-server && go vet ./... && test -z "$(gofmt -l .)"

# The dependencies' licences and sources.
deny:
    cargo deny --offline check licenses bans sources

# Writes the answers of the Go store into cases.
record *CASES:
    cargo run --release -- record {{CASES}}

# Writes the answers of two releases into the cases on which they differ.
record-releases *CASES:
    cargo run --release -- record --releases {{CASES}}

# Plants bugs in the reference, one at a time, and has `diff` find each; needs Go, and takes most of an hour.
planted *NAMES:
    tests/planted/run {{NAMES}}

# How many mutants of the reference the corpus catches (docs/mutants.md); needs cargo-mutants, and takes half an hour.
mutants *ARGS:
    tests/mutants/run {{ARGS}}

# Has the Go store make goldens anew.
golden *CASES:
    cargo run --release -- golden update {{CASES}}

# Fuzzes one decoder: block, consumer_state, ... (see fuzz/README.md).
fuzz TARGET SECONDS="60":
    mkdir -p fuzz/corpus-local/{{TARGET}}
    cargo fuzz run --sanitizer none {{TARGET}} fuzz/corpus-local/{{TARGET}} fuzz/seeds/{{TARGET}} -- -max_total_time={{SECONDS}} -rss_limit_mb=4096

# The reference and the Go store side by side (see docs/bench.md).
bench *ARGS:
    cargo run --release -- bench {{ARGS}}

# Looks at changed snapshots.
review:
    cargo insta review

# Has the page of `run --html` looked at by Chromium, in light and dark; needs Node.
browser:
    tests/browser/run
