#!/bin/sh
# SPDX-License-Identifier: MIT
# LIBALLOC_LEAKS: finds the blocks that were lost, all of them and no other, tells them from those
# still reachable, and leaves programs that lose nothing alone.
set -u

build=$ALLOC_BUILDDIR
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 99' INT TERM
unset LD_PRELOAD LIBALLOC_SNAPSHOT LIBALLOC_OPTIONS LIBALLOC_TRACE LIBALLOC_LEAKS MALLOC_TRACE DEBUGINFOD_URLS
cd "$folder" || exit 99

fail() {
  echo "FAILED $1"
  exit 1
}

compile() {
  program=$1
  shift
  # shellcheck disable=SC2086 -- a compiler with its flags
  $ALLOC_CC -D_GNU_SOURCE -g -O1 -w -fno-builtin -fno-omit-frame-pointer -o "$program" "$ALLOC_SRCDIR/tests/debug/lost.c" "$@" -pthread > log 2>&1 ||
    { cat log; fail "cannot compile $program"; }
}

# sizes STATE REPORT: how many blocks of which size are in that state, "COUNT SIZE" each. Of those
# in reach, the ones of the program.
sizes() {
  sed -n "s/^@ [^ ]*lost[a-z_]*:.*\] [+!] 0x[0-9a-f]* \(0x[0-9a-f]*\) .*$1\$/\1/p" "$2" |
    while read -r size; do echo $((size)); done | sort -n | uniq -c | awk '{ print $1, $2 }'
}

# expect NAME STATE REPORT: compares with standard input.
expect() {
  sizes "$2" "$3" | diff -u --label expected --label found - "$folder/expected" > diff && return
  cat diff
  fail "$1: not what is $2"
}

# reported MODE COMMAND...: makes a report, and lets mtrace(1) and alloc-inspect read it.
reported() {
  mode=$1
  shift
  rm -f report*
  LIBALLOC_LEAKS=report "$@" || fail "$mode: the program ends with $?"
  [ -e report ] || fail "$mode: there is no report"
  "$build/alloc-inspect" leaks report > out 2> err
  [ $? -eq 1 ] || { cat out err; fail "$mode: alloc-inspect does not end with 1"; }
  [ ! -s err ] || { cat err; fail "$mode: alloc-inspect is not content"; }
  if command -v mtrace > /dev/null; then
    mtrace report > script 2> script.err
    "$build/alloc-inspect" leaks --plain report > plain
    cmp script plain || fail "$mode: mtrace and alloc-inspect differ on the report"
    [ ! -s script.err ] || { cat script.err; fail "$mode: mtrace is not content"; }
  fi
}

# one PROGRAM COMMAND...: every way to hold a block or to lose it.
one() {
  program=$1
  shift
  reported "$program one" "$@" "./$program" one
  printf '5 1000\n1 1010\n1 1020\n' > expected
  expect "$program" lost report
  printf '1 1020\n1 2010\n1 2011\n' > expected
  expect "$program" indirect report
  printf '1 100\n1 200\n1 300\n1 400\n1 500\n' > expected
  sizes reachable report | grep ' [1-5]00$' | diff -u expected - || fail "$program: not what is reachable"
  grep -q '^10 blocks, .* were lost' out || { cat out; fail "$program: the sum"; }
  grep -q 'one_thread  .*lost\.c:[0-9]' out || { cat out; fail "$program: no function and line"; }
  "$build/alloc-inspect" leaks --json report > report.json
  grep -q '"indirectly-lost"' report.json || fail "$program: JSON does not tell the states apart"
  echo "$program: ten lost blocks, five reachable"
}

compile lost
one lost "$build/alloc-run" --
archive=$build/liballoc/.libs/liballoc.a
if [ -e "$archive" ]; then
  compile lost_archive "$archive"
  one lost_archive env
  if echo 'int main(void) { return 0; }' | $ALLOC_CC -static -x c -o try - > /dev/null 2>&1; then
    compile lost_static -static "$archive"
    one lost_static env
  fi
fi

reported many "$build/alloc-run" -- ./lost many
lost=$(sizes lost report | awk '{ blocks += $1 } END { print blocks }')
reachable=$(sizes reachable report | awk '{ blocks += $1 } END { print blocks }')
[ "$lost/$reachable" = 501/500 ] || fail "many: $lost blocks are lost and $reachable reachable, not 501 and 500"
echo 'many: 501 lost blocks, 500 reachable'

reported threads "$build/alloc-run" -- ./lost threads
if grep -q 'not stopped' report; then
  echo 'threads: left out, ptrace is not allowed here'
else
  printf '8 1030\n1 1040\n' > expected
  expect threads lost report
  if [ "$(uname -m)" = x86_64 ]; then
    printf '2 110\n2 120\n2 130\n2 140\n3 150\n' > expected
    expect threads reachable report
  fi
  echo 'threads: what ended threads have lost, and nothing that live ones hold'
fi

LIBALLOC_LEAKS=1 "$build/alloc-run" -- ./lost unstopped 2> err
case $? in
  0)
    grep -q '^liballoc: process [0-9]*, ./lost: 1 block, 1040 bytes is lost' err || { cat err; fail 'unstopped: not the block that is lost'; }
    grep -q '^Other threads could not be stopped' err || { cat err; fail 'unstopped: that is not said'; }
    echo 'threads that cannot be stopped: the lost block, and a word about them'
    ;;
  77) echo 'threads that cannot be stopped: left out, there is no seccomp' ;;
  *) fail 'unstopped: the program fails' ;;
esac

reported fork "$build/alloc-run" -- ./lost fork
printf '1 1050\n' > expected
expect fork lost report
printf '1 1060\n' > expected
[ "$(ls report.* | wc -l)" -eq 1 ] || { ls; fail 'fork: the child has no report of its own'; }
expect 'fork, child' lost "$(ls report.*)"
echo 'fork: to each its own'

LIBALLOC_LEAKS=1 "$build/alloc-run" -- ./lost now > out 2> err || fail 'now: not two lost blocks'
grep -q '2 blocks, 2140 bytes are lost' out || { cat out; fail 'now: not in the report'; }
echo 'in the middle of a run: two lost blocks'

# For people: the sentence, the stack, and how to get more.
LIBALLOC_LEAKS=1 "$build/alloc-run" -- ./lost one > out 2> err || fail 'text: the program fails'
[ ! -s out ] || fail 'text: something is printed to standard output'
sed 's/process [0-9]*/process N/; s/\[0x[0-9a-f]*\]/[0x]/' err > text
grep -q '^liballoc: process N, ./lost: 10 blocks, 12071 bytes are lost$' text || { cat err; fail 'text: the sum'; }
grep -q '^5 blocks, 5000 bytes lost, allocated by$' text || { cat err; fail 'text: the site'; }
grep -q '^    ./lost:\[0x\]$' text || { cat err; fail 'text: no frames'; }
grep -q '^For functions and lines set LIBALLOC_LEAKS=FILE' text || { cat err; fail 'text: no hint'; }
LIBALLOC_LEAKS=/no/such/folder/report "$build/alloc-run" -- ./lost clean 2> err || fail 'no folder: the program fails'
[ "$(cat err)" = 'liballoc: warning: cannot write the leak report /no/such/folder/report: No such file or directory' ] ||
  { cat err; fail 'no folder: the sentence'; }

# silent NAME COMMAND...: a program that loses nothing, and says what it says without.
silent() {
  name=$1
  shift
  "$build/alloc-run" -- "$@" > plain.out 2> plain.err
  status=$?
  LIBALLOC_LEAKS=1 "$build/alloc-run" -- "$@" > leaks.out 2> leaks.err
  [ $? -eq $status ] || fail "$name: its status changes"
  cmp plain.out leaks.out || fail "$name: its output changes"
  diff plain.err leaks.err || fail "$name: blocks are invented"
  # And it has been looked at: there is a report with blocks in reach.
  LIBALLOC_LEAKS=silent-report "$build/alloc-run" -- "$@" > /dev/null 2>&1
  grep -qs 'reachable$' silent-report silent-report.* || fail "$name: nothing was looked at"
  rm -f silent-report*
  echo "$name: nothing is lost"
}

silent 'a program that does nothing' ./lost clean
mkdir listed && touch listed/one listed/two
silent ls ls -l listed
silent cat cat /etc/passwd
silent sort sort /etc/passwd
if command -v python3 > /dev/null; then
  silent python3 python3 -c pass
  silent 'python3 with threads' python3 -c 'import threading, json
t = [threading.Thread(target=lambda: json.dumps({"a": [1, 2, 3]})) for _ in range(4)]
[x.start() for x in t]
[x.join() for x in t]'
fi
if command -v git > /dev/null; then
  git init -q repository && (cd repository && echo text > file)
  silent 'git status' git -C repository status
fi
if command -v xz > /dev/null; then
  head -c 3000000 "$build/liballoc/.libs/liballoc.so" > data
  silent 'xz with threads' xz -T2 -k -c data
fi
