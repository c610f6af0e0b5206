#!/bin/sh
# SPDX-License-Identifier: MIT
# The bench runs, and what it writes can be read: a table, CSV and a chart, with numbers that a run
# can have. Not how fast anything is.
set -u

skip() {
  echo "skipped: $1"
  exit 77
}
fail() {
  echo "FAILED: $1"
  exit 1
}
command -v python3 > /dev/null || skip 'python3 is not installed'
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || skip 'python3 is older than 3.10'
[ -e "$ALLOC_BUILDDIR/liballoc/.libs/liballoc.so" ] || skip 'built with --disable-shared'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bench() {
  python3 "$ALLOC_SRCDIR/tests/bench/run" --build "$ALLOC_BUILDDIR" "$@"
}

bench --quick --only fixed --reps 1 --allocators liballoc,glibc --csv "$folder/csv" --svg "$folder/svg" > "$folder/out" 2> "$folder/err" || {
  cat "$folder/out" "$folder/err"
  fail 'the bench ended with an error'
}
cat "$folder/out"
python3 - "$folder" << 'END' || fail 'what the bench wrote is not what it should be'
import csv, re, sys
import xml.etree.ElementTree as tree

folder = sys.argv[1]
rows = list(csv.DictReader(open(folder + "/csv")))
assert [(row["workload"], row["allocator"], row["repetition"]) for row in rows] == [
    ("fixed", "liballoc", "1"), ("fixed", "glibc", "1")], rows
times = []
for row in rows:
    assert row["failure"] == "", row
    # A run of 2 % of the work takes some time, and memory of its own but not Python's.
    assert 0.0005 < float(row["wall_s"]) < 60, row
    assert 500 < int(row["peak_rss_kib"]) < 8000, row
    assert int(row["minor_faults"]) > 20, row
    times.append(float(row["wall_s"]))

# The tables say the same as the CSV, and the ratios are those of the two numbers.
text = open(folder + "/out").read()
cells = re.search(r"^\| fixed +\| +([0-9.]+) \(([0-9.]+)\) \| +([0-9.]+) \(([0-9.]+)\) \|$", text, re.MULTILINE).groups()
for seconds, ratio, own, other in ((cells[0], cells[1], times[0], times[1]), (cells[2], cells[3], times[1], times[0])):
    assert abs(float(seconds) - own) < 0.001, (seconds, own)
    assert abs(float(ratio) - own / other) < 0.006, (ratio, own / other)
assert text.count("**geometric mean**") == 2, text

words = "".join(tree.parse(folder + "/svg").getroot().itertext())
assert all(word in words for word in ("fixed", "liballoc", "glibc", "geometric mean")), words
END

# What was written can be read again, in parts too, and gives the same table.
bench --read "$folder/csv" > "$folder/again" || fail '--read ended with an error'
tail -n "$(wc -l < "$folder/again")" "$folder/out" | cmp -s - "$folder/again" || fail '--read makes another table'
sed 2d "$folder/csv" > "$folder/part1" && sed 3d "$folder/csv" > "$folder/part2"
bench --read "$folder/part2" --read "$folder/part1" | cmp -s - "$folder/again" || fail 'parts make another table'

# Bad input is one sentence, and nothing is written.
for arguments in '--read /nowhere.csv' '--read /dev/null' '--only nothing-of-the-kind' '--allocators nobody' '--with x' '--with x=/nowhere.so' \
  '--figures nothing' "--csv $folder/nowhere/csv" "--build $folder"; do
  # shellcheck disable=SC2086 -- a list of words
  if bench --quick --reps 1 $arguments > "$folder/out" 2> "$folder/err"; then
    fail "tests/bench/run $arguments succeeds"
  fi
  [ "$(wc -l < "$folder/err")" -eq 1 ] || { cat "$folder/err"; fail "tests/bench/run $arguments says more or less than a line"; }
  [ ! -s "$folder/out" ] || { cat "$folder/out"; fail "tests/bench/run $arguments prints something"; }
done
