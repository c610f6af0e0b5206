#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes what reads files and texts of others with libFuzzer under AddressSanitizer and
# UndefinedBehaviorSanitizer, each target from its corpus beside this file: 20,000 runs each, with
# ALLOC_LONG=1 ten million in all, or FUZZ_RUNS each. Nothing that is read may take more than 5
# seconds or 1 GiB. New inputs stay in tests/fuzz/built/found. FUZZ_TARGETS: only these.
set -u
here=$ALLOC_SRCDIR/tests/fuzz
work=$ALLOC_BUILDDIR/tests/fuzz/built
targets=${FUZZ_TARGETS:-frame recording trace query}
clang=$(command -v clang || command -v clang-14) || { echo 'skipped: clang is not installed'; exit 77; }
mkdir -p "$work/objects" || exit 1
echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d && n > 99999; }' > "$work/try.c"
if ! "$clang" -fsanitize=fuzzer,address "$work/try.c" -o "$work/try" 2> /dev/null; then
  echo "skipped: $clang has no libFuzzer (Debian: libclang-rt-14-dev)"
  exit 77
fi
libraries='glib-2.0 gio-2.0 gio-unix-2.0 json-glib-1.0 libzstd'
if ! pkg-config --exists $libraries; then
  echo "skipped: what the viewer's model needs is not installed: $libraries"
  exit 77
fi
model=
for part in bell bulk class_sums codec compare data_table directory error event facts file frame frame_blocks frame_check frame_pack input ledger process \
  pyramid query recorder recording residency sample smaps snapshot_file state trace units; do
  model="$model $ALLOC_SRCDIR/viewer/model/$part.c"
done
flags="-g -O1 -w -D_GNU_SOURCE -I$ALLOC_SRCDIR -I$ALLOC_SRCDIR/liballoc/include -I$ALLOC_SRCDIR/liballoc
  -I$ALLOC_BUILDDIR -ffunction-sections -fsanitize=address,undefined -fno-sanitize-recover=undefined
  $(pkg-config --cflags $libraries)"
links="-Wl,--gc-sections $(pkg-config --libs $libraries) -lm"
# shellcheck disable=SC2086 -- lists of words
build() {
  (cd "$work/objects" && "$clang" $flags -fsanitize=fuzzer-no-link -c $model "$here/mutate.c" \
    "$ALLOC_SRCDIR/tests/viewer/synthetic.c") || return 1
  for target in $targets; do
    "$clang" $flags -fsanitize=fuzzer "$here/${target}_fuzz.c" "$work"/objects/*.o -o "$work/${target}_fuzz" $links ||
      return 1
  done
}
# shellcheck disable=SC2086 -- lists of words
seeds() {
  rm -f "$work/objects/mutate.o"
  "$clang" $flags "$here/seeds.c" "$work"/objects/*.o -o "$work/seeds" $links -fsanitize-coverage=trace-pc-guard &&
    mkdir -p "$here/corpus/frame" "$here/corpus/recording" "$here/corpus/trace" "$here/corpus/query" &&
    "$work/seeds" "$here/corpus" || return 1
  "$clang" -g -O0 -w -D_GNU_SOURCE "$ALLOC_SRCDIR/tests/debug/traced.c" -o "$work/traced" -pthread &&
    (cd "$work" && LIBALLOC_TRACE=$here/corpus/trace/trace LIBALLOC_LEAKS=$here/corpus/trace/leaks \
      "$ALLOC_BUILDDIR/alloc-run" ./traced)
}
build || exit 1
if [ "${1:-}" = seeds ]; then
  seeds
  exit
fi
runs=20000
[ -z "${ALLOC_LONG:-}" ] || runs=2500000
unset LD_PRELOAD
# GLib's slices would hide leaks.
G_SLICE=always-malloc
export G_SLICE
failed=0
for target in $targets; do
  if ! FUZZ_SEEDS=1 "$work/${target}_fuzz" "$here/corpus/$target"/* > "$work/$target.log" 2>&1; then
    tail -n 40 "$work/$target.log"
    echo "$target: a seed breaks it, or is refused: then write them anew, by $0 seeds"
    failed=1
    continue
  fi
  mkdir -p "$work/found/$target"
  "$work/${target}_fuzz" -runs="${FUZZ_RUNS:-$runs}" -seed="${FUZZ_SEED:-1}" -timeout=5 -rss_limit_mb=1024 \
    -max_len=16384 -artifact_prefix="$work/$target-" -print_final_stats=1 \
    "$work/found/$target" "$here/corpus/$target" > "$work/$target.log" 2>&1
  status=$?
  echo "$target:"
  grep -E '^stat::|^==|ERROR|SUMMARY|runtime error|Test unit written' "$work/$target.log"
  [ $status -eq 0 ] || { tail -n 40 "$work/$target.log"; failed=$status; }
done
exit $failed
