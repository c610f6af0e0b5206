# SPDX-License-Identifier: MIT
# Sourced by the tests of real programs: runs a program with and without liballoc and compares what
# it did. Each run has an empty folder of its own, so that nothing of the first is seen by the second.

set -u
run=$ALLOC_BUILDDIR/alloc-run
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 99' INT TERM
unset LD_PRELOAD LIBALLOC_SNAPSHOT

# skip REASON: ends the test as one that cannot run here.
skip() {
  echo "skipped: $1"
  exit 77
}

# need PROGRAM PACKAGE: skips unless there is such a program.
need() {
  command -v "$1" > /dev/null || skip "$1 is not installed (Debian: $2)"
}

# compare NAME SECONDS COMMAND...: runs COMMAND in empty folders without and with liballoc, with
# input from /dev/null and no longer than SECONDS each. Output, errors and status must be equal, and
# so must a file named `result` that the command may leave.
compare() {
  name=$1 limit=$2
  shift 2
  for how in plain preloaded; do
    mkdir -p "$folder/$how-$name/work"
    (
      cd "$folder/$how-$name/work" || exit 99
      if [ "$how" = preloaded ]; then set -- "$run" -- "$@"; fi
      timeout -k 5 "$limit" "$@" > ../out 2> ../err < /dev/null
      echo "status $?" > ../status
    )
  done
  for part in status out err work/result; do
    if [ -e "$folder/plain-$name/$part" ] || [ -e "$folder/preloaded-$name/$part" ]; then
      if ! diff -u --label "without liballoc: $part" --label "with liballoc: $part" \
        "$folder/plain-$name/$part" "$folder/preloaded-$name/$part" > "$folder/diff" 2>&1; then
        echo "FAILED $name:"
        head -n 40 "$folder/diff"
        exit 1
      fi
    fi
  done
  # Equal failures would be equal too: the test programs are made to succeed and to say something.
  if [ "$(cat "$folder/plain-$name/status")" != 'status 0' ]; then
    echo "FAILED $name: it fails without liballoc as well, so nothing was compared:"
    cat "$folder/plain-$name/status" "$folder/plain-$name/err"
    exit 1
  fi
  if [ ! -s "$folder/plain-$name/out" ] && [ ! -s "$folder/plain-$name/work/result" ]; then
    echo "FAILED $name: it says nothing, so nothing was compared"
    exit 1
  fi
  echo "$name: equal"
}

# Without this, an alloc-run that forgets to preload would pass every comparison.
if ! "$run" -- cat /proc/self/maps | grep -q 'liballoc\.so'; then
  echo "FAILED alloc-run does not preload liballoc.so"
  exit 1
fi
