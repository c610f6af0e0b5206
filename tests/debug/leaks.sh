#!/bin/sh
# SPDX-License-Identifier: MIT
# alloc-inspect leaks: names and lines through DWARF, of inlined functions, position-independent
# programs and others, shared objects, and with the debug information in a separate file.
set -u

build=$ALLOC_BUILDDIR
source=$ALLOC_SRCDIR/tests/debug/inlined.c
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 99' INT TERM
unset LD_PRELOAD LIBALLOC_SNAPSHOT LIBALLOC_OPTIONS LIBALLOC_TRACE LIBALLOC_LEAKS MALLOC_TRACE DEBUGINFOD_URLS
cd "$folder" || exit 99

fail() {
  echo "FAILED $1"
  exit 1
}

# line TEXT: the number of the line of the source that is marked so.
line() {
  grep -n "LINE $1 \*/" "$source" | cut -d: -f1
}

# compile FLAG...: the library, and the program with these flags.
compile() {
  # shellcheck disable=SC2086 -- a compiler with its flags
  { $ALLOC_CC -g -O2 -w -fPIC -shared -DLIBRARY -o libleak.so "$source" &&
    $ALLOC_CC -g -O2 -w -fno-builtin -o program "$source" -L. -lleak "-Wl,-rpath,$folder" "$@"; } > log 2>&1 ||
    { cat log; fail "cannot compile with $*"; }
}

# run NAME: traces the program with 8 frames, and expects the two sites in full.
run() {
  rm -f trace
  LIBALLOC_FRAMES=8 MALLOC_TRACE=trace "$build/alloc-run" -- ./program || fail "$1: the program fails"
  "$build/alloc-inspect" leaks trace > out 2> err
  [ $? -eq 1 ] || fail "$1: the status is not 1"
  [ ! -s err ] || { cat err; fail "$1: something is said on standard error"; }
  # Up to main; what is above it is of the C library. Paths as their last part.
  sed 's|  [^ ]*/\([^/ ]*\)|  \1|' out | awk '/^    / { if (done) next } /^[^ ]/ { done = 0 } { print } /^    main/ { done = 1 }' > sites
  cat > expected << END
4 blocks, 1.56 KiB (1,600 bytes) were not freed.

1 block, 1000 B, allocated by
    inlined_leak  inlined.c:$(line 'inlined malloc')  (inlined)
    outer  inlined.c:$(line 'inlined call')
    main  inlined.c:$(line 'outer call')

3 blocks, 600 B, allocated by
    deep_in_library  inlined.c:$(line 'library malloc')
    library_leak  inlined.c:$(line 'library call')
    main  inlined.c:$(line 'main to library')
END
  diff -u expected sites || fail "$1: not the sites that are there"
  echo "$1: names and lines"
}

compile
run 'as the compiler likes it'
compile -fno-pie -no-pie
run 'not position-independent'
compile -fPIE -pie
run 'position-independent'

# Debug information elsewhere: by build id, in the C library's case, then by a debug link beside it.
libc=$(sed -n 's/^@ \([^ ]*libc\.so\.6\):.*/\1/p; s/.* \([^ ]*libc\.so\.6\):.*/\1/p' trace | head -n 1)
id=$(readelf -n "$libc" 2> /dev/null | sed -n 's/.*Build ID: \(..\)\(.*\)/\1\/\2/p')
if [ -n "$id" ] && [ -e "/usr/lib/debug/.build-id/$id.debug" ]; then
  grep -q '^    __libc_start_call_main  .*libc_start_call_main\.h:[0-9]' out || fail 'no lines of the C library, whose debug information is installed'
  echo 'by build id: lines of the C library'
fi
if command -v objcopy > /dev/null; then
  for file in program libleak.so; do
    objcopy --only-keep-debug $file $file.debug && strip $file && objcopy --add-gnu-debuglink=$file.debug $file ||
      fail 'objcopy and strip'
  done
  run 'stripped, with a debug link'
  rm -f ./*.debug
  "$build/alloc-inspect" leaks trace > out
  if grep -q 'inlined\.c' out; then fail 'lines come from nowhere'; fi
  grep -q 'library_leak+0x\|library_leak  ' out || { cat out; fail 'a stripped library has no names at all'; }
  echo 'stripped: what the dynamic symbols tell'
fi

# A program that is elsewhere by now, and one that was found in PATH.
compile
rm -f trace
MALLOC_TRACE=trace "$build/alloc-run" -- ./program
mkdir away && mv program away
"$build/alloc-inspect" leaks trace > out
if grep -q 'inlined_leak' out; then fail 'a program that is not there has names'; fi
"$build/alloc-inspect" leaks trace away/program > out
grep -q 'inlined_leak' out || { cat out; fail 'the program on the command line is not used'; }
(PATH=$folder/away:$PATH && cd away && MALLOC_TRACE=trace "$build/alloc-run" -- program)
(PATH=$folder/away:$PATH && "$build/alloc-inspect" leaks away/trace > out)
grep -q 'inlined_leak' out || { cat out; fail 'the program in PATH is not found'; }
echo 'where the program is'

# JSON, checked by a reader of JSON.
"$build/alloc-inspect" leaks --json trace away/program > out.json
[ $? -eq 1 ] || fail '--json: the status is not 1'
if command -v python3 > /dev/null; then
  python3 - << 'END' || fail '--json: not what is expected'
import json
report = json.load(open("out.json"))
assert (report["blocks"], report["bytes"], report["complaints"], report["bad_lines"]) == (4, 1600, 0, 0), report
assert [(site["state"], site["blocks"], site["bytes"]) for site in report["sites"]] == [
    ("not-freed", 1, 1000), ("not-freed", 3, 600)]
first = report["sites"][0]
assert [frame["function"] for frame in first["frames"]] == ["inlined_leak", "outer"]
assert [frame["inlined"] for frame in first["frames"]] == [True, False]
assert all(frame["file"].endswith("inlined.c") and frame["line"] > 0 for frame in first["frames"])
assert len(report["sites"][1]["leaks"]) == 3
assert all(leak["address"].startswith("0x") and leak["bytes"] == 200 for leak in report["sites"][1]["leaks"])
END
fi
echo 'JSON'

# refused WORDS ARGUMENT...: one sentence with these words, status 2, nothing on standard output.
refused() {
  words=$1
  shift
  "$build/alloc-inspect" leaks "$@" > out 2> err
  [ $? -eq 2 ] || fail "leaks $*: the status is not 2"
  [ ! -s out ] || fail "leaks $*: something is printed"
  [ "$(wc -l < err)" -eq 1 ] && grep -q -e "$words" err || { cat err; fail "leaks $*: the sentence lacks: $words"; }
}
refused 'cannot read nothing' nothing
refused 'is no trace' out.json
refused 'cannot read' .
refused 'is missing'
refused 'one argument too many' trace away/program more
refused 'is no file' trace nothing
refused 'Unknown option' --unknown trace
refused 'exclude one another' --plain --json trace
printf '= Start\n= End\n' > empty
"$build/alloc-inspect" leaks empty > out || fail 'a trace without leaks: the status is not 0'
[ "$(cat out)" = 'All memory was freed.' ] || { cat out; fail 'a trace without leaks: the sentence'; }
"$build/alloc-inspect" leaks --plain empty > out || fail 'a trace without leaks, plain: the status is not 0'
[ "$(cat out)" = 'No memory leaks.' ] || fail 'a trace without leaks, plain: the sentence'
echo 'what is wrong is said in one sentence'
