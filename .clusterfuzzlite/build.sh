#!/bin/bash -eu
# What ClusterFuzzLite runs in its image: every target of fuzz/ with its seeds, in $OUT.
# SANITIZER is set by it; the crate has no unsafe code, so that `none` finds what `address` does.
cd "$SRC/blkspec"
cargo fuzz build -O ${SANITIZER:+--sanitizer "$SANITIZER"}
for target in $(cargo fuzz list); do
  cp "fuzz/target/x86_64-unknown-linux-gnu/release/$target" "$OUT/"
  if [ -d "fuzz/seeds/$target" ]; then
    (cd "fuzz/seeds/$target" && zip -q -r "$OUT/${target}_seed_corpus.zip" .)
  fi
  printf '[libfuzzer]\nrss_limit_mb = 4096\n' > "$OUT/$target.options"
done
