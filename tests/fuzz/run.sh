#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes the reader of snapshots with libFuzzer under AddressSanitizer and UndefinedBehaviorSanitizer,
# from the corpus beside this file: 20,000 runs, ten million with ALLOC_LONG=1, or FUZZ_RUNS. Nothing
# that it reads may take more than 5 seconds or 1 GiB. New inputs stay in tests/fuzz/built/found.
set -u
here=$ALLOC_SRCDIR/tests/fuzz
work=$ALLOC_BUILDDIR/tests/fuzz/built
clang=$(command -v clang || command -v clang-14) || { echo 'skipped: clang is not installed'; exit 77; }
mkdir -p "$work/found" || exit 1
echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d && n > 99999; }' > "$work/try.c"
if ! "$clang" -fsanitize=fuzzer,address "$work/try.c" -o "$work/try" 2> /dev/null; then
  echo "skipped: $clang has no libFuzzer (Debian: libclang-rt-14-dev)"
  exit 77
fi
model=
for part in bell directory error file frame frame_check ledger process pyramid residency smaps \
  snapshot_file state units; do
  [ -f "$ALLOC_SRCDIR/viewer/model/$part.c" ] && model="$model $ALLOC_SRCDIR/viewer/model/$part.c"
done
libraries='glib-2.0 gio-2.0 gio-unix-2.0 json-glib-1.0'
# shellcheck disable=SC2046,SC2086 -- lists of words
build() {
  "$clang" -g -O1 -w -D_GNU_SOURCE -I"$ALLOC_SRCDIR" -I"$ALLOC_SRCDIR/liballoc/include" -I"$ALLOC_SRCDIR/liballoc" \
    -I"$ALLOC_BUILDDIR" -ffunction-sections -Wl,--gc-sections "$@" "$here/frame_fuzz.c" $model \
    "$ALLOC_SRCDIR/tests/viewer/synthetic.c" $(pkg-config --cflags --libs $libraries) -lm
}
build -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -o "$work/frame_fuzz" || exit 1
if [ "${1:-}" = seeds ]; then
  build -DFUZZ_SEEDS -o "$work/frame_seeds" && "$work/frame_seeds" "$here/corpus"
  exit
fi
runs=20000
[ -z "${ALLOC_LONG:-}" ] || runs=10000000
unset LD_PRELOAD
"$work/frame_fuzz" -runs="${FUZZ_RUNS:-$runs}" -seed=1 -timeout=5 -rss_limit_mb=1024 -max_len=65536 \
  -artifact_prefix="$work/" -print_final_stats=1 "$work/found" "$here/corpus" > "$work/frame_fuzz.log" 2>&1
status=$?
grep -E '^stat::|^==|ERROR|SUMMARY|runtime error|Test unit written' "$work/frame_fuzz.log"
[ $status -eq 0 ] || tail -n 40 "$work/frame_fuzz.log"
exit $status
