#!/bin/sh
# SPDX-License-Identifier: MIT
# alloc-inspect on a live process, on saved frames, and on everything that cannot be: each bad
# input gives one sentence on standard error, a non-zero status and no partial file.
set -u

# Under AddressSanitizer: fontconfig never frees its caches.
LSAN_OPTIONS=suppressions=$ALLOC_SRCDIR/tests/viewer/leaks.supp:print_suppressions=0
export LSAN_OPTIONS

inspect=$ALLOC_BUILDDIR/alloc-inspect
fake=$ALLOC_BUILDDIR/tests/viewer/fake_heap
work=$(mktemp -d) || exit 99
mkfifo "$work/hold" "$work/hold-silent"
failures=0
fakes=

finish() {
  exec 8>&- 9>&-
  for pid in $fakes; do
    kill "$pid" 2> /dev/null
    rm -f "/dev/shm/liballoc-$(id -u)/$pid.heap"
  done
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# good NAME COMMAND...: must succeed, with nothing on standard error.
good() {
  name=$1
  shift
  "$@" > "$work/out" 2> "$work/err" || fail "$name: status $?: $(cat "$work/err")"
  [ ! -s "$work/err" ] || fail "$name: says $(cat "$work/err")"
}

# bad STATUS PART COMMAND...: must fail with STATUS and one line that contains PART.
bad() {
  status=$1 part=$2
  shift 2
  "$@" > "$work/out" 2> "$work/err"
  got=$?
  [ $got -eq "$status" ] || fail "$*: status $got, not $status"
  [ "$(wc -l < "$work/err")" -eq 1 ] || fail "$*: not one line: $(cat "$work/err")"
  grep -qF -- "$part" "$work/err" || fail "$*: \"$(cat "$work/err")\" lacks \"$part\""
}

# Standard input of the processes stays open until this script ends.
"$fake" all-classes 5 < "$work/hold" > "$work/ready" 2> /dev/null &
fakes="$fakes $!"
exec 9> "$work/hold"
"$fake" silent < "$work/hold-silent" > "$work/ready-silent" 2> /dev/null &
fakes="$fakes $!"
exec 8> "$work/hold-silent"
for file in ready ready-silent; do
  tries=0
  while [ ! -s "$work/$file" ] && [ $tries -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
done
pid=$(cut -d' ' -f2 "$work/ready")
silent=$(cut -d' ' -f2 "$work/ready-silent")
[ -n "$pid" ] && [ -n "$silent" ] || { echo "fake_heap did not start"; exit 99; }

# ---- what works

good version "$inspect" --version
grep -q '^alloc-inspect [0-9]' "$work/out" || fail "version: $(cat "$work/out")"
good help "$inspect" --help
commands='list ledger reasons spans classes threads regions arenas stacks events release pins mappings profile where
  trim map report json save'
for command in $commands; do
  grep -q "^  $command " "$work/out" || fail "help lacks $command"
done
for command in $commands; do
  good "$command --help" "$inspect" $command --help
  grep -q '^Usage:' "$work/out" || fail "$command --help: $(cat "$work/out")"
  good help "$inspect" --help
done
good list "$inspect" list
grep -q "^ *$pid  fake_heap .*all-classes" "$work/out" || fail "list lacks $pid: $(cat "$work/out")"
# For programs, too; a process that has been watched, one that has not, and nothing but its figures.
good "list --csv" "$inspect" list --csv
[ "$(head -n 1 "$work/out" | tr -d '\r')" = pid,name,kind,resident,live,started,command ] ||
  fail "list --csv: $(cat "$work/out")"
tr -d '\r' < "$work/out" |
  grep -q "^$silent,fake_heap,watchable,[0-9]\{6,\},,[0-9]*\.[0-9]\{3\},.*fake_heap silent$" ||
  fail "list --csv lacks $silent: $(cat "$work/out")"
grep -q "^$pid,fake_heap,watchable," "$work/out" || fail "list --csv lacks $pid: $(cat "$work/out")"
good "list --json" "$inspect" list --json
if command -v python3 > /dev/null; then
  python3 -c '
import json, sys, time
rows = {row["pid"]: row for row in json.load(open(sys.argv[1]))}
row = rows[int(sys.argv[2])]
assert row["name"] == "fake_heap" and row["kind"] == "watchable" and row["live"] is None
assert row["resident"] > 100000 and 0 < time.time() - row["started"] < 600
assert row["command"].endswith("fake_heap silent")
' "$work/out" "$silent" || fail "json of list does not hold: $(cat "$work/out")"
fi
good ledger "$inspect" ledger "$pid"
grep -q '^Resident memory (RSS)$' "$work/out" || fail "ledger: $(cat "$work/out")"
# The rows add up to the total, to the byte.
tr -d , < "$work/out" | awk '
  /^  Total / { total = bytes($0); exit total == sum ? 0 : 1 }
  /^  [A-Z]/ { sum += bytes($0) }
  function bytes(line,   n, i, field) {
    n = split(line, field, / +/)
    for (i = 2; i <= n; i++)
      if (field[i] ~ /^(B|[KMGT]iB)$/) return field[i + 1]
    return 0
  }' || fail "ledger does not add up: $(cat "$work/out")"
good save "$inspect" save "$pid" --output "$work/heap.heapsnap"
for what in "$pid" "$work/heap.heapsnap"; do
  good "ledger $what" "$inspect" ledger "$what"
  good "json $what" "$inspect" json "$what" --blocks
  for key in process totals ledger arenas spans caches regions classes plane_a; do
    grep -q "\"$key\":" "$work/out" || fail "json $what lacks $key"
  done
  if command -v python3 > /dev/null; then
    python3 -c '
import json, sys
heap = json.load(open(sys.argv[1]))
assert sum(s["live"] * s["block_bytes"] for s in heap["spans"] if s["kind"] == "small") \
    == heap["totals"]["live_bytes"]
assert sum(row["bytes"] for row in heap["ledger_rows"]) == heap["ledger"]["total_bytes"]
for s in heap["spans"]:
    if "plane_a" in s:
        a, b = int(s["plane_a"], 16), int(s["plane_b"], 16)
        assert bin(a & ~b).count("1") == s["live"]
        assert bin(b & ~a).count("1") == s["cached"]
        assert bin(a & b).count("1") == s["transit"]
' "$work/out" || fail "json of $what does not hold"
  fi
  for extension in png svg pdf; do
    good "map $what $extension" "$inspect" map "$what" --output "$work/map.$extension" \
      --size 800x600 --theme dark
    [ -s "$work/map.$extension" ] || fail "no map.$extension of $what"
    rm -f "$work/map.$extension"
  done
done
# What holds it, and the lists: as text, CSV and JSON, filtered and sorted.
for what in "$pid" "$work/heap.heapsnap"; do
  good "reasons $what" "$inspect" reasons "$what" --for 0.3
  grep -q '^ 1 .* %  [A-Z]' "$work/out" || fail "reasons $what: $(cat "$work/out")"
  good "release $what" "$inspect" release "$what"
  grep -q 'live blocks' "$work/out" || fail "release $what: $(cat "$work/out")"
  for list in ledger reasons release profile spans classes threads regions arenas stacks pins; do
    case $list in
    ledger | reasons | release | profile) ;;
    *)
      good "$list $what" "$inspect" $list "$what" --limit 3
      [ "$(wc -l < "$work/out")" -ge 3 ] || fail "$list $what: $(cat "$work/out")"
      ;;
    esac
    good "$list $what --csv" "$inspect" $list "$what" --csv
    columns=$(head -n 1 "$work/out" | tr -cd , | wc -c)
    [ "$(sed 's/"[^"]*"//g' "$work/out" | grep -c "^[^,]*\(,[^,]*\)\{$columns\}$")" -eq "$(wc -l < "$work/out")" ] ||
      fail "$list $what: CSV is ragged"
    good "$list $what --json" "$inspect" $list "$what" --json
    if command -v python3 > /dev/null; then
      python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))' "$work/out" ||
        fail "json of $list of $what does not hold"
    fi
  done
done
# What is resident outside of the heap: of a heap that never was, all of the process.
good mappings "$inspect" mappings "$pid" --limit 2
grep -q '^Resident  *Dirty  *Shared  *Swapped  *Mappings  *Rights  *Row  *Name$' "$work/out" &&
  grep -q '^[0-9]* names; [0-9]* more with --limit 0$' "$work/out" &&
  [ "$(sed -n '/^$/q; p' "$work/out" | wc -l)" -eq 3 ] || fail "mappings: $(cat "$work/out")"
good "mappings --csv" "$inspect" mappings "$pid" --csv
[ "$(head -n 1 "$work/out" | tr -d '\r')" = resident,dirty,shared,swapped,mappings,rights,row,name ] ||
  fail "mappings: $(head -n 1 "$work/out")"
sed 1d "$work/out" | cut -d, -f1 | sort -rnc || fail "mappings: not the most first"
# The first number that the kernel gives of its program, whose mappings nobody changes.
name=$(readlink "/proc/$pid/exe")
resident=$(awk -v name="$name" '
  /^[0-9a-f]+-[0-9a-f]+ / { mine = $NF == name }
  /^Rss:/ && mine { sum += $2 * 1024 }
  END { print sum }' "/proc/$pid/smaps")
grep -q "^$resident,.*,files,$name" "$work/out" || fail "mappings: $name is not $resident: $(cat "$work/out")"
grep -q ',rw-s,watch,.*/'"$pid"'\.heap' "$work/out" || fail "mappings lack the snapshots: $(cat "$work/out")"
good "mappings --json" "$inspect" mappings "$pid" --json --sort name:asc
if command -v python3 > /dev/null; then
  python3 -c '
import json, sys
rows = json.load(open(sys.argv[1]))
names = [row["name"] for row in rows]
assert len(names) > 3 and names == sorted(names)
assert len({(row["name"], row["row"]) for row in rows}) == len(rows)
assert all(row["resident"] or row["swapped"] for row in rows if row["row"] != "unexplained")
' "$work/out" || fail "json of mappings does not hold: $(cat "$work/out")"
fi
good filter "$inspect" spans "$work/heap.heapsnap" --filter 'kind:large size>=128K' --csv
[ "$(sed 1d "$work/out" | cut -d, -f2 | sort -u)" = large ] || fail "filter: $(cat "$work/out")"
good sort "$inspect" spans "$work/heap.heapsnap" --sort address:asc --csv --limit 0
sed 1d "$work/out" | sort -c || fail "spans are not sorted by address"
good none "$inspect" spans "$work/heap.heapsnap" --filter 'size>1T'
grep -q '^0 of [0-9,]* spans match$' "$work/out" || fail "none: $(cat "$work/out")"
# What lies at the first span, and in its area.
address=$("$inspect" spans "$work/heap.heapsnap" --sort address:asc --csv | sed -n '2s/,.*//p')
good where "$inspect" where "$work/heap.heapsnap" "$address"
for line in "Address: $address" 'Resident: at most ' 'Debugger: x/[0-9]*gx 0x' 'Arena [0-9]'; do
  grep -q "^$line" "$work/out" || fail "where lacks $line: $(cat "$work/out")"
done
good area "$inspect" where "$work/heap.heapsnap" "$address+64K"
grep -q '^Size: 64.0 KiB (65,536 bytes)$' "$work/out" && grep -q '^Address Space$' "$work/out" ||
  fail "where says of an area: $(cat "$work/out")"
good trim "$inspect" trim "$pid"
grep -q '^Given back: 12.1 KiB (12,345 bytes)$' "$work/out" || fail "trim: $(cat "$work/out")"
# The recording is of the same process later on, when it has changed.
good "record for diff" "$inspect" record "$pid" --output "$work/diff.heaprec" --seconds 0.4
for lens in state fill class owner age churn residency diff; do
  against=
  [ $lens = diff ] && against="--against $work/diff.heaprec@1"
  for order in address class; do
    # shellcheck disable=SC2086 -- none, or two words
    good "map $lens $order" "$inspect" map "$work/heap.heapsnap" -o "$work/$lens.$order.png" \
      --lens "$lens" --order "$order" $against
    cmp -s "$work/state.address.png" "$work/$lens.$order.png" &&
      [ "$lens$order" != stateaddress ] && fail "lens $lens in order $order looks like the state"
    # shellcheck disable=SC2086
    "$inspect" map "$work/heap.heapsnap" -o "$work/again.png" --lens "$lens" --order "$order" $against
    cmp -s "$work/again.png" "$work/$lens.$order.png" || fail "lens $lens is never the same"
  done
done
for theme in dark light-contrast dark-contrast light-grey dark-grey; do
  good "map $theme" "$inspect" map "$work/heap.heapsnap" -o "$work/$theme.address.png" --theme "$theme"
  cmp -s "$work/state.address.png" "$work/$theme.address.png" && fail "theme $theme looks like light"
done
rm -f "$work"/*.address.png "$work"/*.class.png "$work/again.png" "$work/diff.heaprec"
# A recording: every command reads any moment of it, and two moments can be compared.
good record "$inspect" record "$pid" --output "$work/heap.heaprec" --seconds 1.2 --rate 10
grep -q '^Recorded [0-9]* frames in ' "$work/out" || fail "record: $(cat "$work/out")"
frames=$(sed -n 's/^Recorded \([0-9]*\) frames.*/\1/p' "$work/out")
[ "$frames" -ge 3 ] || fail "only $frames frames in 1.2 s"
for at in 1 2 "$frames" +0 +0.5 +1000; do
  good "ledger at $at" "$inspect" ledger "$work/heap.heaprec" --at "$at"
  grep -q 'Resident memory (RSS)' "$work/out" || fail "ledger at $at: $(cat "$work/out")"
done
good "reasons of a recording" "$inspect" reasons "$work/heap.heaprec" --at 1
good "spans of a recording" "$inspect" spans "$work/heap.heaprec" --at 2 --csv
cp "$work/out" "$work/moment.csv"
good "save of a recording" "$inspect" save "$work/heap.heaprec" --at 2 -o "$work/moment.heapsnap"
good "spans of a saved moment" "$inspect" spans "$work/moment.heapsnap" --csv
cmp -s "$work/out" "$work/moment.csv" ||
  fail "a saved moment is another: $(diff "$work/moment.csv" "$work/out" | head -c 500)"
rm "$work/moment.csv" "$work/moment.heapsnap"
good "map of a recording" "$inspect" map "$work/heap.heaprec" --at 2 -o "$work/at.png"
rm -f "$work/at.png"
# The whole report, of a process, a frame and a recording; the timeline is one of the recording.
for what in "$pid" "$work/heap.heapsnap" "$work/heap.heaprec"; do
  for extension in png svg pdf; do
    good "report $what $extension" "$inspect" report "$what" -o "$work/report.$extension" --for 0.2
    [ "$(wc -c < "$work/report.$extension")" -lt 2000000 ] || fail "report.$extension is large"
    mv "$work/report.$extension" "$work/report.of.$(basename "$what").$extension"
  done
done
cmp -s "$work/report.of.heap.heapsnap.png" "$work/report.of.heap.heaprec.png" &&
  fail "the report of a recording has no timeline"
if command -v pdftotext > /dev/null; then
  pdftotext "$work/report.of.heap.heaprec.pdf" "$work/text"
  for part in 'Heap of' 'Resident memory (RSS)' 'What holds the memory' 'Size classes' Timeline; do
    grep -q "$part" "$work/text" || fail "the report lacks \"$part\""
  done
  # Reasons that there is no room for, or that hold hardly anything, are told of together.
  good "reasons of that" "$inspect" reasons "$work/heap.heapsnap" --csv
  reasons=$(($(wc -l < "$work/out") - 1))
  pdftotext "$work/report.of.heap.heapsnap.pdf" - | sed '1,/^What holds/d' > "$work/text"
  sed 1d "$work/out" | cut -d, -f6 | tr -d '"\r' > "$work/titles"
  drawn=$(grep -cxFf "$work/titles" "$work/text")
  others=$(sed -n 's/^\([0-9]*\) other reasons*$/\1/p' "$work/text")
  [ "$((drawn + ${others:-0}))" -eq "$reasons" ] ||
    fail "of $reasons reasons the report tells $drawn and ${others:-no} others: $(cat "$work/text")"
fi
rm -f "$work"/report.of.* "$work/text"
good "events of a recording" "$inspect" events "$work/heap.heaprec" --csv
[ "$(head -n 1 "$work/out" | tr -d '\r')" = time,kind,event,count,size,idle ] ||
  fail "events: $(cat "$work/out")"
good "events of a process" "$inspect" events "$pid" --filter 'kind:purge'
# What comes and goes of a class is told by several frames, not by one.
churn_of() { # WHAT: the last column, a line each
  good "classes of $1" "$inspect" classes "$1" --csv
  head -n 1 "$work/out" | tr -d '\r' | grep -q ',churn$' || fail "classes: $(head -n 1 "$work/out")"
  sed 1d "$work/out" | tr -d '\r' | sed 's/.*,//' | sort -u
}
[ -z "$(churn_of "$work/heap.heapsnap")" ] || fail "a snapshot has churn: $(cat "$work/out")"
churn_of "$work/heap.heaprec" | grep -q '^[0-9]' || fail "a recording has no churn: $(cat "$work/out")"
good "classes by churn" "$inspect" classes "$work/heap.heaprec" --sort churn --filter 'churn>=0' --json
grep -q '"churn"[ :]*[0-9]' "$work/out" || fail "classes by churn: $(cat "$work/out")"
good "classes of a snapshot" "$inspect" classes "$work/heap.heapsnap" --json
grep -q '"churn"[ :]*null' "$work/out" || fail "classes of a snapshot: $(cat "$work/out")"
good "json of a recording" "$inspect" json "$work/heap.heaprec"
good diff "$inspect" diff "$work/heap.heaprec@1" "$work/heap.heaprec"
grep -q '^Live at B, not at A: [1-9]' "$work/out" || fail "diff: $(cat "$work/out")"
good "diff of frames" "$inspect" diff "$work/heap.heapsnap" "$work/heap.heapsnap"
grep -q '^Live at B, not at A: 0 blocks' "$work/out" || fail "diff: $(cat "$work/out")"
good "diff --json" "$inspect" diff "$work/heap.heaprec@+0" "$work/heap.heaprec@$frames" --json
# The rows of a diff add up on both sides.
check_sums() {
  command -v python3 > /dev/null || return
  python3 -c '
import json, sys
diff = json.load(open(sys.argv[1]))
total = diff["total"]
assert total["live_blocks"] == total["born_blocks"] - total["gone_blocks"]
assert sum(c["live_bytes"] for c in diff["classes"]) == total["live_bytes"]
rows = {row["key"]: row for row in diff["ledger"]}
for side in "ab":
    assert sum(r[side] for k, r in rows.items() if k != "total") == rows["total"][side]
' "$work/out" || fail "json of diff does not hold: $(cat "$work/out")"
}
check_sums
good "diff --filter" "$inspect" diff "$work/heap.heaprec@1" "$work/heap.heaprec" --filter 'class>=1K kind:span' --csv
[ "$(wc -l < "$work/out")" -gt 2 ] || fail "diff --filter finds nothing"
sed 1d "$work/out" | awk -F, '$2 < 1024 || $3 != "block" { exit 1 }' || fail "diff --filter: $(cat "$work/out")"
good "diff --filter, as text" "$inspect" diff "$work/heap.heaprec@1" "$work/heap.heaprec" --filter 'size>1T'
grep -q '^In what matches: 0$' "$work/out" || fail "diff --filter: $(cat "$work/out")"
# Of a process more is known than of a saved frame: what only A has is told, too.
good "ledger of A" "$inspect" ledger "$work/heap.heaprec" --at 1
sed -n '/^Not resident/,$d; s/^  \([A-Z].*[a-z)]\)  .*/\1/p' "$work/out" > "$work/titles"
grep -q '^Program and files$' "$work/titles" || fail "ledger of A: $(cat "$work/out")"
good "diff of a recording and a frame" "$inspect" diff "$work/heap.heaprec@1" "$work/heap.heapsnap"
while read -r title; do
  grep -q "^  $title  " "$work/out" || fail "diff lacks \"$title\": $(cat "$work/out")"
done < "$work/titles"
rm -f "$work/titles"
good "json of that" "$inspect" diff "$work/heap.heaprec@1" "$work/heap.heapsnap" --json
check_sums
# A recording that was torn off is read as far as it goes, and says so.
size=$(wc -c < "$work/heap.heaprec")
head -c $((size - 100)) "$work/heap.heaprec" > "$work/torn.heaprec"
"$inspect" ledger "$work/torn.heaprec" > "$work/out" 2> "$work/err" || fail "torn recording"
grep -q 'damaged or missing' "$work/err" || fail "torn: $(cat "$work/err")"
good range "$inspect" map "$work/heap.heapsnap" -o "$work/range.png" -r 0x7f0000000000+1M
grep -q 'address space' "$work/out" && fail "map prints"
rm -f "$work/range.png"

# A process killed while it is watched leaves its last frame.
"$fake" one-block < /dev/zero > "$work/ready-killed" 2> /dev/null &
killed=$!
fakes="$fakes $killed"
"$inspect" save $killed --output "$work/x.heapsnap" 2> /dev/null
kill -STOP $killed 2> /dev/null
kill -KILL $killed 2> /dev/null
wait $killed 2> /dev/null
if [ -e "/dev/shm/liballoc-$(id -u)/$killed.heap" ]; then
  "$inspect" ledger $killed > "$work/out" 2> "$work/err" || fail "ledger of a dead process"
  grep -q 'is dead; this is its last frame' "$work/err" || fail "dead: $(cat "$work/err")"
  good "list of a dead process" "$inspect" list --csv
  grep -q "^$killed,[^,]*,dead,,[0-9]*,[0-9.]*," "$work/out" || fail "dead in list: $(cat "$work/out")"
fi
rm -f "$work/x.heapsnap"

# ---- what cannot be

"$inspect" > "$work/out" 2> "$work/err"
[ $? -eq 2 ] && grep -q '^Usage:' "$work/err" || fail "no arguments"
bad 2 'no command "frobnicate"' "$inspect" frobnicate
bad 2 'no option "--frobnicate"' "$inspect" --frobnicate
for command in $commands; do
  bad 2 '--frobnicate' "$inspect" $command --frobnicate
done
bad 2 'one argument too many' "$inspect" list 1
bad 2 'PID|FILE is missing' "$inspect" ledger
bad 2 'one argument too many' "$inspect" ledger "$pid" 2
bad 2 '--output PICTURE is missing' "$inspect" map "$pid"
bad 2 '--output FILE is missing' "$inspect" save "$pid"
bad 2 'no known extension' "$inspect" map "$pid" --output "$work/map.jpg"
bad 2 'no known extension' "$inspect" map "$pid" --output "$work/map"
bad 2 'is no size' "$inspect" map "$pid" -o "$work/map.png" --size 800
bad 2 'is no size' "$inspect" map "$pid" -o "$work/map.png" --size -1x600
bad 2 'is not possible' "$inspect" map "$pid" -o "$work/map.png" --size 0x0
bad 2 'is not possible' "$inspect" map "$pid" -o "$work/map.png" --size 99999999999999999999x5
bad 2 'is no range' "$inspect" map "$pid" -o "$work/map.png" --range hello
bad 2 'is empty' "$inspect" map "$pid" -o "$work/map.png" --range 0x20-0x10
bad 2 'no heap memory in the range' "$inspect" map "$work/heap.heapsnap" -o "$work/map.png" \
  --range 0x1000-0x2000
bad 2 'is no moment of the recording' "$inspect" ledger "$work/heap.heaprec" --at pink
bad 2 'is no moment of the recording' "$inspect" ledger "$work/heap.heaprec" --at 0
bad 2 'is no recording' "$inspect" ledger "$work/heap.heapsnap" --at 1
bad 2 'is no moment of the recording' "$inspect" diff "$work/heap.heaprec@x" "$work/heap.heaprec"
bad 2 'A B is missing' "$inspect" diff "$work/heap.heaprec"
bad 2 'is for --csv or --json' "$inspect" diff "$work/heap.heapsnap" "$work/heap.heaprec" --list born
bad 2 'born, classes or ledger, not "pink"' "$inspect" diff "$work/heap.heapsnap" "$work/heap.heaprec" --csv \
  --list pink
bad 2 'at character 1: "size>" lacks a value' "$inspect" diff "$work/heap.heapsnap" "$work/heap.heaprec" --filter 'size>'
bad 2 'exclude each other' "$inspect" diff "$work/heap.heapsnap" "$work/heap.heaprec" --csv --json
bad 1 'cannot open' "$inspect" diff /nonexistent "$work/heap.heaprec"
bad 2 'output FILE is missing' "$inspect" record "$pid"
bad 1 'there already' "$inspect" record "$pid" -o "$work/heap.heaprec" --seconds 1
bad 1 'cannot write' "$inspect" record "$pid" -o /nonexistent/heap.heaprec --seconds 1
bad 2 'from 0.1 to 60' "$inspect" record "$pid" -o "$work/x.heaprec" --rate 0
bad 2 'only a process' "$inspect" record "$work/heap.heapsnap" -o "$work/x.heaprec"
bad 2 'say which with --against' "$inspect" map "$pid" -o "$work/map.png" --lens diff
bad 2 'is for --lens diff' "$inspect" map "$pid" -o "$work/map.png" --against "$work/heap.heapsnap"
bad 2 '--to FILE goes with --against' "$inspect" map "$pid" -o "$work/map.png" --lens diff --to "$work/heap.heapsnap"
bad 1 '--to: ' "$inspect" map "$pid" -o "$work/map.png" --lens diff --against "$work/heap.heapsnap" --to /nonexistent
bad 1 '--against: ' "$inspect" map "$pid" -o "$work/map.png" --lens diff --against /nonexistent
bad 2 '--output PICTURE is missing' "$inspect" report "$pid"
bad 2 'a report of 320x240 pixels is not possible' "$inspect" report "$pid" -o "$work/map.png" \
  --size 320x240
bad 2 '--for takes seconds' "$inspect" report "$pid" -o "$work/map.png" --for -1
bad 1 'cannot write' "$inspect" report "$work/heap.heapsnap" -o /nonexistent/map.png
bad 2 'no lens "pink"' "$inspect" map "$pid" -o "$work/map.png" --lens pink
bad 2 'no order "pink"' "$inspect" map "$pid" -o "$work/map.png" --order pink
bad 2 'only be shown in the order of addresses' "$inspect" map "$work/heap.heapsnap" \
  -o "$work/map.png" --order class --range 0x7f0000000000+1M
bad 2 'no theme "pink"' "$inspect" map "$pid" -o "$work/map.png" --theme pink
bad 2 '--wait takes seconds' "$inspect" ledger "$pid" --wait -1
bad 2 'wait' "$inspect" ledger "$pid" --wait soon
bad 2 'at character 9: nothing is called "bytes"' "$inspect" spans "$pid" --filter 'size>1K bytes>2'
bad 2 'is no share' "$inspect" release "$pid" --filter 'fill<much'
bad 2 'spans have no "colour": there are address' "$inspect" spans "$pid" --sort colour
bad 2 'neither :asc nor :desc' "$inspect" spans "$pid" --sort waste:up
bad 2 'exclude each other' "$inspect" spans "$pid" --csv --json
bad 2 'at character 1: "size>" lacks a value' "$inspect" profile "$pid" --filter 'size>'
bad 2 'exclude each other' "$inspect" list --csv --json
for command in ledger reasons release profile mappings; do
  bad 2 'exclude each other' "$inspect" $command "$pid" --csv --json
done
bad 2 'number of rows' "$inspect" spans "$pid" --limit -5
bad 2 '--for takes seconds' "$inspect" reasons "$pid" --for -1
bad 2 'PID|FILE ADDRESS is missing' "$inspect" where "$pid"
bad 2 'there' "$inspect" where "$pid" there
bad 1 'there is no heap at 0x10' "$inspect" where "$work/heap.heapsnap" 0x10
bad 1 'there is no heap at 0x10-0x20' "$inspect" where "$work/heap.heapsnap" 0x10-0x20
bad 2 'PID is missing' "$inspect" mappings
bad 2 'mappings have no "colour": there are resident' "$inspect" mappings "$pid" --sort colour
bad 2 'neither :asc nor :desc' "$inspect" mappings "$pid" --sort name:up
bad 2 'number of rows' "$inspect" mappings "$pid" --limit -5
for list in spans mappings; do
  bad 2 'number of rows' "$inspect" $list "$pid" --limit -1
done
bad 2 'number from 0 on' "$inspect" diff "$work/heap.heapsnap" "$work/heap.heapsnap" --limit -1
bad 1 'is no live process, and what was mapped outside of its heap is not kept' \
  "$inspect" mappings "$work/heap.heapsnap"
bad 1 'is no live process' "$inspect" mappings "$work/heap.heaprec"
bad 1 'there is no process 2147483647' "$inspect" mappings 2147483647
bad 1 'does not run on liballoc' "$inspect" mappings $$
bad 2 'PID is missing' "$inspect" trim
bad 1 'is no live process' "$inspect" trim "$work/heap.heapsnap"
bad 1 'cannot write' "$inspect" map "$pid" -o /nonexistent/map.png
bad 1 'cannot write' "$inspect" save "$pid" -o /nonexistent/heap.heapsnap
bad 1 'there is no process 0' "$inspect" ledger 0
bad 1 'there is no process 99999999999' "$inspect" ledger 99999999999
bad 1 'there is no process 2147483647' "$inspect" ledger 2147483647
bad 1 "does not run on liballoc" "$inspect" ledger $$
bad 1 'did not answer within 0.3 s' "$inspect" ledger "$silent" --wait 0.3
if [ "$(id -u)" -ne 0 ]; then
  bad 1 'belongs to user root' "$inspect" ledger 1
fi
bad 1 'No such file' "$inspect" ledger "$work/nothing"
bad 1 'not a regular file' "$inspect" ledger "$work"
bad 1 'not a regular file' "$inspect" ledger /dev/null
: > "$work/empty"
bad 1 'too short' "$inspect" ledger "$work/empty"
head -c 100000 /dev/zero | tr '\0' x > "$work/foreign"
bad 1 'no heap snapshot' "$inspect" json "$work/foreign"
head -c 9000 "$work/heap.heapsnap" > "$work/short"
bad 1 'ends too early' "$inspect" map "$work/short" -o "$work/map.png"
{ head -c 8 "$work/heap.heapsnap"; printf '\3\0\0\0'; tail -c +13 "$work/heap.heapsnap"; } > "$work/newer"
bad 1 'version 3 of the format' "$inspect" ledger "$work/newer"
if [ -w /dev/full ]; then
  "$inspect" json "$work/heap.heapsnap" > /dev/full 2> "$work/err" && fail "json to a full disk"
  grep -q 'cannot write to standard output' "$work/err" || fail "full disk: $(cat "$work/err")"
  "$inspect" ledger "$work/heap.heapsnap" > /dev/full 2> "$work/err" && fail "ledger to a full disk"
fi

# A process may call itself anything: its name stays in its line, and commands no terminal.
{ head -c 392 "$work/heap.heapsnap"; printf 'a\nb\033[31m\0\0\0\0\0\0\0\0'; tail -c +409 "$work/heap.heapsnap"; } \
  > "$work/named"
for command in ledger reasons; do
  good "$command of a strange name" "$inspect" $command "$work/named"
  head -n 1 "$work/out" | grep -q '^a b \[31m (process ' || fail "$command: $(head -n 2 "$work/out" | cat -v)"
done
good 'json of a strange name' "$inspect" json "$work/named"
grep -q '"a\\nb\\u001b\[31m"' "$work/out" || fail "json: $(grep '"command"' "$work/out")"
rm "$work/named"

# No partial file anywhere.
rest=$(cd "$work" && ls | grep -v -e '^hold' -e '^ready' | tr '\n' ' ')
[ "$rest" = 'empty err foreign heap.heaprec heap.heapsnap newer out short torn.heaprec ' ] || fail "left over: $rest"

[ $failures -eq 0 ] || exit 1
echo "alloc-inspect: all as it should be"
