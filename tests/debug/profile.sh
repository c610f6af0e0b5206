#!/bin/sh
# SPDX-License-Identifier: MIT
# The sampled profile of a program with known call sites (profiled.c): started by environment, signal
# and alloc-inspect; live, allocated and peak within five standard errors, B * sqrt(mean / B) each; as
# table, JSON, collapsed stacks, flame graph and pprof.
set -u

build=$ALLOC_BUILDDIR
folder=$(mktemp -d)
child=
trap '[ -z "$child" ] || kill -KILL "$child" 2> /dev/null; rm -rf "$folder"' EXIT
trap 'exit 99' INT TERM
unset LD_PRELOAD LIBALLOC_SNAPSHOT LIBALLOC_OPTIONS LIBALLOC_TRACE LIBALLOC_LEAKS MALLOC_TRACE DEBUGINFOD_URLS
cd "$folder" || exit 99

fail() {
  echo "FAILED $1"
  exit 1
}

inspect() {
  "$build/alloc-inspect" profile "$@" > out 2> err || { cat out err; fail "alloc-inspect profile $* ends with $?"; }
  [ ! -s err ] || { cat err; fail "alloc-inspect profile $* says something on standard error"; }
}

# bytes FUNCTION STACKS: what collapsed stacks say was allocated by the function itself.
bytes() {
  awk -v f="$1" '{ n = split(substr($0, 1, length($0) - length($NF) - 1), frame, ";")
    if (frame[n] == f) sum += $NF } END { printf "%.0f\n", sum }' "$2"
}

# near NAME FOUND TRUTH: within five standard errors.
near() {
  awk -v found="$2" -v truth="$3" -v mean="$mean" 'BEGIN {
    off = found - truth; if (off < 0) off = -off
    exit !(off <= 5 * sqrt(mean * truth) + mean) }' ||
    fail "$1: $2 bytes are estimated where $3 are right"
}

# shellcheck disable=SC2086 -- a compiler with its flags
$ALLOC_CC -g -O2 -w -fno-builtin -o profiled "$ALLOC_SRCDIR/tests/debug/profiled.c" > log 2>&1 ||
  { cat log; fail 'cannot compile profiled.c'; }

small=$((60000 * 112)) middle=$((4000 * 3072)) huge=$((3 * 4194304))

# By the environment, with other means and seeds.
for mean in 32768 262144; do
  for seed in 1 2 3; do
    LIBALLOC_PROFILE=$mean LIBALLOC_PROFILE_SEED=$seed LIBALLOC_PROFILE_FILE=p.%p.heapsnap \
      "$build/alloc-run" -- ./profiled || fail "the program ends with $?"
    mv p.*.heapsnap p || fail 'there is no file'
    inspect p --collapsed live
    inspect p --collapsed allocated --view allocated
    near "keep_small at $mean" "$(bytes keep_small live)" $small
    near "keep_middle at $mean" "$(bytes keep_middle live)" $middle
    near "keep_huge at $mean" "$(bytes keep_huge live)" $huge
    near "keep_small in all at $mean" "$(bytes keep_small allocated)" $small
    near "waste in all at $mean" "$(bytes waste allocated)" $((300000 * 112 + 8000 * 3072))
    [ "$(bytes waste live)" = 0 ] || fail 'what was freed is called live'
    grep -q ';main;grow;keep_small ' live || fail 'the stack of keep_small is not whole'
  done
done

# Who holds what: the reasons and the spans name the call sites.
"$build/alloc-inspect" reasons p --for 0 > out || fail 'alloc-inspect reasons'
grep -q 'Held by: .* of keep_middle (profiled.c:[0-9]*)$' out || { cat out; fail 'no reason names keep_middle'; }
grep -q 'Held by: .* of keep_huge (profiled.c:[0-9]*)$' out || { cat out; fail 'no reason names keep_huge'; }
"$build/alloc-inspect" pins p --limit 1 --filter class:112 > out || fail 'alloc-inspect pins'
grep -q '  .* by about .* blocks of keep_small (profiled.c:[0-9]*)$' out || { cat out; fail 'the pins do not name keep_small'; }
! grep -q keep_middle out || { cat out; fail 'the pins name who is not there'; }

# What the sizes asked for were rounded up by is in the ledger's row of live blocks, not in the one
# called rounding, as that says; a trace has the sizes asked for.
"$build/alloc-inspect" ledger p --csv > ledger || fail 'alloc-inspect ledger'
row() {
  sed -n "s/^$1,address space,\([0-9]*\),.*/\1/p" ledger
}
[ "$(row live)" -ge $((small + middle)) ] || { cat ledger; fail 'live blocks lack what they were rounded up by'; }
[ "$(row tail)" -lt $((60000 * 12)) ] || { cat ledger; fail 'the ends of spans have what blocks were rounded up by'; }
LIBALLOC_TRACE=trace "$build/alloc-run" -- ./profiled || fail "the program ends with $? when it is traced"
"$build/alloc-inspect" leaks trace ./profiled > out
for sum in '60,000 blocks, .* (6,000,000 bytes)' '4,000 blocks, .* (12,000,000 bytes)'; do
  grep -q "^$sum, allocated by\$" out || { head -n 40 out; fail "the trace does not have $sum"; }
done
rm trace

# At the peak all of it was live; afterwards only the huge blocks.
mean=32768
LIBALLOC_PROFILE=$mean LIBALLOC_PROFILE_SEED=4 LIBALLOC_PROFILE_FILE=p "$build/alloc-run" -- ./profiled peak ||
  fail "the program ends with $?"
inspect p --collapsed live
inspect p --collapsed peak --view peak
near 'keep_small at the peak' "$(bytes keep_small peak)" $small
near 'keep_middle at the peak' "$(bytes keep_middle peak)" $middle
[ "$(bytes keep_middle live)" = 0 ] || fail 'what was freed after the peak is called live'

# Every form of it.
inspect p --view peak
grep -q '^ *[0-9.]* MiB .* ± .*, about .* blocks, allocated by$' out || { cat out; fail 'the table has no site'; }
grep -q "keep_middle  .*/profiled.c:[0-9]" out || { cat out; fail 'the table has no line'; }
inspect p --json
python3 - out << 'PYTHON' || fail 'the JSON is not right'
import json, sys
profile = json.load(open(sys.argv[1]))
for view in ("live", "allocated", "peak"):
    assert profile[view]["bytes"] == sum(site[view]["bytes"] for site in profile["sites"]) or view != "live"
    assert profile[view]["error_bytes"] <= profile[view]["bytes"]
assert profile["mean_bytes"] == 32768 and profile["lost"] == 0
assert any(frame["function"] == "keep_huge" and frame["line"] > 0
           for site in profile["sites"] for frame in site["frames"])
PYTHON
# The same as a table, most bytes first.
for view in live allocated peak; do
  inspect p --view $view --json
  mv out json
  inspect p --view $view --csv
  python3 - $view json out << 'PYTHON' || { cat out; fail "the CSV of $view is not right"; }
import csv, json, sys
view, sites = sys.argv[1], json.load(open(sys.argv[2]))["sites"]
rows = list(csv.DictReader(open(sys.argv[3], newline="")))
assert rows and len(rows) == len(sites)
assert [int(row["bytes"]) for row in rows] == sorted((int(row["bytes"]) for row in rows), reverse=True)
for row, site in zip(rows, sites):
    for key in ("bytes", "error_bytes", "blocks"):
        assert int(row[key]) == site[view][key]
assert any(row["site"].startswith("keep_huge (profiled.c:") and row["called_by"].startswith("main")
           for row in rows)
PYTHON
done
inspect p --filter kind:region --csv
awk -F, 'NR > 1 { if ($1 !~ /^keep_huge \(profiled.c:[0-9]*\)$/ || $3 != "") exit 1; blocks += $4 }
  END { exit blocks != 3 }' out || { cat out; fail 'a filter does not tell that keep_huge holds all mmapped regions'; }
rows=$(($(wc -l < out) - 1))
inspect p --filter kind:region
[ "$(grep -c '^.* by about [1-3] blocks* of keep_huge (profiled.c:[0-9]*)$' out)" -eq "$rows" ] ||
  { cat out; fail 'the filter says something else as text'; }
inspect p --view peak --svg flame.svg
if command -v xmllint > /dev/null; then xmllint --noout flame.svg || fail 'the flame graph is no XML'; fi
grep -q '<title>keep_middle: .* MiB (.* %), about .* blocks</title>' flame.svg || fail 'the flame graph has no keep_middle'

inspect p --pprof p.pb.gz
if command -v protoc > /dev/null; then
  gunzip -c p.pb.gz > p.pb || fail 'pprof: not compressed by gzip'
  protoc -I "$ALLOC_SRCDIR/tests/debug" --decode=check.Profile profile.proto < p.pb > p.text || fail 'pprof: no protobuf'
  ! grep -q '^ *[0-9][0-9]*:' p.text || fail 'pprof: fields that the format does not have'
  [ "$(grep -c '^sample_type' p.text)" = 6 ] || fail 'pprof: not six sample types'
  for name in keep_small keep_huge inuse_space bytes; do
    grep -q "^string_table: \"$name\"" p.text || fail "pprof: no $name"
  done
  # Live bytes are the fourth value of each sample.
  awk '/^sample {/ { n = 0 } /^  value:/ { if (++n % 6 == 4) sum += $2 } END { printf "%.0f\n", sum }' p.text > sum
  awk '{ sum += $NF } END { printf "%.0f\n", sum }' live | cmp - sum || fail 'pprof: other live bytes'
fi
if go tool pprof -help > /dev/null 2>&1; then
  go tool pprof -top -sample_index=peak_space p.pb.gz > top 2>&1 || { cat top; fail 'go tool pprof does not read it'; }
  grep -q ' keep_middle' top || { cat top; fail 'go tool pprof does not see keep_middle'; }
fi

# By a signal: it starts, stops, and writes.
rm -f p
LIBALLOC_PROFILE_SIGNAL=12 LIBALLOC_OPTIONS=profile_seed=5 LIBALLOC_PROFILE_FILE=p "$build/alloc-run" -- ./profiled sig12 ||
  fail "the program ends with $? after signals"
mean=524288
inspect p --collapsed live
grep -q keep_middle live || fail 'signal: nothing seen'
inspect p
grep -q '^It was stopped at ' out || fail 'signal: it was not stopped'

# By alloc-inspect, in a process that runs.
"$build/alloc-run" -- ./profiled wait > ready &
child=$!
while ! grep -q ready ready; do sleep 0.05; done
"$build/alloc-inspect" profile $child > out 2> err && fail 'there is a profile that nobody started'
grep -q "^alloc-inspect profile: $child has no profile: start one with" err || { cat err; fail 'no sentence about that'; }
mean=32768
inspect start --mean $mean $child
grep -q "^The profile of process $child runs.\$" out || { cat out; fail 'start says nothing'; }
"$build/alloc-inspect" profile start $child 2> err && fail 'a second one starts'
grep -q 'a profile that runs already: stop it first' err || { cat err; fail 'no sentence about a second one'; }
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  inspect $child --collapsed allocated --view allocated
  [ "$(bytes keep_middle allocated)" -lt $((middle * 2)) ] || break
  sleep 0.2
done
[ "$(bytes keep_middle allocated)" -ge $((middle * 2)) ] || fail 'the process is not profiled'
inspect stop $child
inspect $child
grep -q '^It was stopped at ' out || fail 'it was not stopped'
kill -KILL $child
wait $child 2> /dev/null
child=

# What makes no sense.
"$build/alloc-inspect" profile p --view other > /dev/null 2> err && fail 'a wrong view is accepted'
grep -q 'takes live, allocated or peak, not "other"' err || { cat err; fail 'no sentence about a wrong view'; }
"$build/alloc-inspect" profile start --mean -5 1 > /dev/null 2> err && fail 'a wrong mean is accepted'
LIBALLOC_PROFILE=lots "$build/alloc-run" -- true 2> err || fail 'a wrong value is fatal'
grep -q 'LIBALLOC_PROFILE=lots is ignored: it takes 0 to 1073741824' err || { cat err; fail 'no warning about a wrong value'; }
LIBALLOC_PROFILE=1 LIBALLOC_PROFILE_FILE=/nonexistent/p "$build/alloc-run" -- true 2> err || fail 'a wrong file is fatal'
grep -q 'cannot write the profile /nonexistent/p: No such file' err || { cat err; fail 'no warning about a wrong file'; }
echo 'live, allocated and peak bytes of known call sites are within five standard errors'
