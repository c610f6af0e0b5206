#!/bin/sh
# SPDX-License-Identifier: MIT
# Traces of whole programs, read by glibc's own mtrace(1): it finds the blocks that were planted, no
# other, and complains about nothing, however the program ends.
set -u

build=$ALLOC_BUILDDIR
sources=$ALLOC_SRCDIR/tests/debug
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 99' INT TERM
unset LD_PRELOAD LIBALLOC_SNAPSHOT LIBALLOC_OPTIONS LIBALLOC_TRACE LIBALLOC_LEAKS MALLOC_TRACE

skip() {
  echo "skipped: $1"
  exit 77
}

fail() {
  echo "FAILED $1"
  exit 1
}

command -v mtrace > /dev/null || skip 'mtrace is not installed (Debian: libc-devtools)'
command -v addr2line > /dev/null || skip 'addr2line is not installed (Debian: binutils)'

# compile PROGRAM SOURCE FLAG...: without optimization, so that every call is where it is written.
compile() {
  program=$1 source=$sources/$2
  shift 2
  case $source in
    *.cc) compiler=$ALLOC_CXX ;;
    *) compiler=$ALLOC_CC ;;
  esac
  # shellcheck disable=SC2086 -- compilers with their flags
  $compiler -D_GNU_SOURCE -g -O0 -fno-builtin -w -o "$folder/$program" "$source" "$@" -pthread > "$folder/log" 2>&1 ||
    { cat "$folder/log"; fail "cannot compile $source"; }
}

# blocks FILE: "ADDRESS SIZE" of each block that the output of mtrace(1) lists, sorted.
blocks() {
  awk '/^0x/ { print $1, $2 }' "$1" | sort
}

# check_trace TRACE PLANTED: mtrace(1) must find in TRACE what PLANTED lists, and be content.
check_trace() {
  mtrace ./traced "$1" > script 2> script.err
  status=$?
  [ -s script.err ] && { cat script.err; fail "$mode: mtrace is not content with $1"; }
  if grep -E "never alloc'd|duplicate" script; then fail "$mode: mtrace complains about $1"; fi
  if [ -s "$2" ]; then expected=1; else expected=0; fi
  [ "$status" -eq "$expected" ] || { cat script; fail "$mode: mtrace ends with $status for $1"; }
  blocks script > found
  sort "$2" | diff -u --label planted --label found - found || fail "$mode: not what was planted in $1"
  same_as_ours "$1"
  # Where a block was allocated in this program the line is named.
  if grep -q '^0x' script && ! grep -q 'traced\.c:[0-9]' script; then
    cat script
    fail "$mode: no line of the source is named"
  fi
  traces=$((traces + 1))
}

# same_as_ours TRACE: alloc-inspect must print what mtrace(1) has printed into the file script, and
# must list the same blocks by itself.
same_as_ours() {
  expected=0
  grep -q '^Memory not freed' script && expected=1
  "$build/alloc-inspect" leaks --plain "$1" ./traced > plain 2> plain.err
  [ $? -eq $expected ] || fail "$mode: alloc-inspect leaks --plain $1 does not end with $expected"
  [ -s plain.err ] && { cat plain.err; fail "$mode: alloc-inspect is not content with $1"; }
  diff -u --label mtrace --label alloc-inspect script plain || fail "$mode: alloc-inspect leaks --plain differs from mtrace for $1"
  "$build/alloc-inspect" leaks "$1" > grouped
  [ $? -eq $expected ] || fail "$mode: alloc-inspect leaks $1 does not end with $expected"
  compared=$((compared + 1))
}

# traced MODE STATUS TRACES: runs the program in a folder of its own.
traced() {
  mode=$1
  mkdir "$folder/$mode"
  cd "$folder/$mode" || exit 99
  ln "$folder/traced" traced
  (MALLOC_TRACE=trace "$build/alloc-run" -- ./traced "$mode" "$PWD/planted"; echo $? > status) 2> err
  [ "$(cat status)" = "$2" ] || { cat err; fail "$mode: it ends with $(cat status), not $2"; }
  traces=0
  check_trace trace planted
  for trace in trace.*; do
    case $mode,$trace in
      *,'trace.*') ;;                                         # there is none
      execute,trace.*.1) check_trace "$trace" planted.child ;; # of the program that the child became
      execute,*) check_trace "$trace" /dev/null ;;
      *) check_trace "$trace" planted.child ;;
    esac
  done
  [ "$traces" -eq "$3" ] || { ls; fail "$mode: $traces traces, not $3"; }
  case $mode in
    stop) [ "$(tail -n 1 trace)" = '= End' ] || fail "$mode: no = End" ;;
    *) if grep -q '= End' trace; then fail "$mode: = End without muntrace"; fi ;;
  esac
  echo "$mode: the blocks that were planted"
  cd "$folder" || exit 99
}

ulimit -c 0
compared=0
compile traced traced.c
traced single 0 1
traced threads 0 1
traced clean 0 1
traced stop 0 1
traced fork 0 2
traced execute 0 3
traced replace 0 2
traced close 0 1
traced segv 139 1
traced abort 134 1
traced kill 137 1
traced _exit 0 1

# A whole run, libc's own allocations and those of constructors included, without a call.
for mode in single threads _exit; do
  rm -rf whole && mkdir whole && cd whole || exit 99
  ln ../traced traced
  LIBALLOC_TRACE=trace "$build/alloc-run" -- ./traced "$mode" "$PWD/planted" || fail "$mode: it fails when traced as a whole"
  mtrace ./traced trace > script 2> script.err
  [ -s script.err ] && { cat script.err; fail "$mode: mtrace is not content"; }
  if grep -E "never alloc'd|duplicate" script; then fail "$mode: mtrace complains"; fi
  same_as_ours trace
  blocks script > found
  sort planted | comm -23 - found > missing
  [ ! -s missing ] || fail "$mode: blocks are missing in a trace of the whole run"
  if [ "$mode" != _exit ]; then # libc's caches have been freed at exit
    sort planted | diff -u --label planted --label found - found || fail "$mode: more than what was planted"
  fi
  echo "$mode, whole run: the blocks that were planted"
  cd "$folder" || exit 99
done

# Several frames an event, in lines that mtrace(1) ignores: it finds what it finds with one.
for mode in single threads; do
  rm -rf frames && mkdir frames && cd frames || exit 99
  ln ../traced traced
  LIBALLOC_FRAMES=8 MALLOC_TRACE=trace "$build/alloc-run" -- ./traced "$mode" "$PWD/planted" || fail "$mode: it fails with 8 frames"
  grep -q '^= stack 1 .*traced:.*traced:' trace || fail "$mode: there are no more frames"
  traces=0
  check_trace trace planted
  echo "$mode, 8 frames an event: the blocks that were planted"
  cd "$folder" || exit 99
done

[ "$compared" -ge 16 ] || fail "only $compared traces were read by both"
echo "$compared traces: mtrace and alloc-inspect agree to the byte"

# A file name with the process number, and descendants of a traced shell that are traced too.
mkdir shell && cd shell || exit 99
LIBALLOC_TRACE=t.%p "$build/alloc-run" -- sh -c 'echo $$ > pid; /bin/true; (/bin/true); exec /bin/true'
[ -e "t.$(cat pid)" ] || fail 'no trace with the process number in its name'
for trace in t.*; do
  mtrace "$trace" > script 2> script.err
  [ -s script.err ] && { cat script.err; fail "mtrace is not content with $trace"; }
  if grep -E "never alloc'd|duplicate" script; then fail "mtrace complains about $trace"; fi
done
count=$(ls t.* | wc -l)
[ "$count" -ge 4 ] || fail "$count traces of four programs"
echo "a shell and what it starts: $count traces"
cd "$folder" || exit 99

# Who calls, by every entry and way of linking.
# callers PROGRAM COMMAND...: all events must name the program.
callers() {
  program=$1
  shift
  MALLOC_TRACE=$folder/trace "$@" || fail "$program fails"
  grep -c '^@' trace > count
  [ "$(cat count)" -ge 170 ] || fail "$program: only $(cat count) events"
  if grep '^@' trace | grep -v "^@ [^ ]*/$program:"; then fail "$program: the caller is not the program"; fi
  echo "$program: the caller of $(cat count) events"
}

compile callers callers.c
callers callers "$build/alloc-run" -- "$folder/callers"
compile callers_pie callers.c -fPIE -pie
callers callers_pie "$build/alloc-run" -- "$folder/callers_pie"
compile callers_fixed callers.c -fno-pie -no-pie
callers callers_fixed "$build/alloc-run" -- "$folder/callers_fixed"
compile callers_optimized callers.c -O2
callers callers_optimized "$build/alloc-run" -- "$folder/callers_optimized"
archive=$build/liballoc/.libs/liballoc.a
if [ -e "$archive" ]; then
  compile callers_archive callers.c "$archive"
  callers callers_archive "$folder/callers_archive"
  if echo 'int main(void) { return 0; }' | $ALLOC_CC -static -x c -o "$folder/try" - > /dev/null 2>&1; then
    compile callers_static callers.c -static "$archive"
    callers callers_static "$folder/callers_static"
    mtrace "$folder/callers_static" trace > /dev/null || fail 'the trace of a static program has leaks'
  fi
fi
if echo 'int main() { delete new int; }' | $ALLOC_CXX -x c++ -o "$folder/try" - > /dev/null 2>&1; then
  cp "$sources/callers.c" "$folder/callers.cc"
  sources=$folder
  compile callers_cxx callers.cc -std=c++17
  callers callers_cxx "$build/alloc-run" -- "$folder/callers_cxx"
fi

# Within a static program the text after the colon is all there is: no function of the allocator may
# be what is named, so each address must resolve to the program's own source.
if [ -x "$folder/callers_static" ]; then
  MALLOC_TRACE=$folder/trace "$folder/callers_static"
  sed -n 's/.*\[\(0x[0-9a-f]*\)\].*/\1/p' trace | sort -u | addr2line -e "$folder/callers_static" > lines
  if grep -v 'callers\.c:' lines; then fail 'callers_static: a caller is not in its source'; fi
fi

# Other privileges than the user's: not a file, not a word.
if [ "$(id -u)" -eq 0 ] && command -v setpriv > /dev/null && [ -x "$folder/callers_static" ]; then
  chmod 755 "$folder"
  mkdir -m 777 open
  cp callers_static privileged && chmod 4755 privileged
  (cd open && MALLOC_TRACE=open LIBALLOC_TRACE=whole setpriv --reuid 65534 --clear-groups "$folder/privileged") 2> err
  if [ -s err ] || [ -n "$(ls open)" ]; then
    cat err
    ls open
    fail 'a set-user-ID program writes a trace'
  fi
  echo 'a set-user-ID program: no trace'
fi
