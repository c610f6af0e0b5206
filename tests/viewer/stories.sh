#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that leak, pin sparse spans after a burst, sit on thread caches, or hold many mmapped
# regions: the first reason of alloc-inspect reasons is the true one, with its bytes within 5 %.
# What is no heap is listed by name, and the names add up to the rows of the ledger.
# In a build with a sanitizer, whose shadow memory may be larger, it is the first one of the heap.
set -u

scratch=$(mktemp -d) || exit 99
story=
cleanup () {
  exec 5>&-
  [ -n "$story" ] && kill "$story" 2>/dev/null
  rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
. "$ALLOC_SRCDIR/tests/viewer/story_lib.sh"
inspect=$ALLOC_BUILDDIR/alloc-inspect
failures=0

fail () {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# same_as_ledger NAME: each row of the ledger that is no heap is what the mappings add up to. They
# are looked at one after the other, and the pages of the snapshots come with being looked at.
same_as_ledger () {
  tries=10
  while :; do
    "$inspect" ledger "$story" --csv | tr -d '\r' |
      awk -F, '$1 ~ /^(stacks|files|watch|anonymous|unexplained)$/ && $3 != 0 { print $1, $3 }' |
      sort >"$scratch/rows"
    "$inspect" mappings "$story" --csv | tr -d '\r' |
      awk -F, 'NR > 1 { sum[$7] += $1 }
        END { for (row in sum) if (sum[row] != 0) print row, sum[row] }' | sort >"$scratch/sums"
    [ -s "$scratch/rows" ] && cmp -s "$scratch/rows" "$scratch/sums" && break
    tries=$((tries - 1))
    [ $tries -gt 0 ] || {
      fail "$1: the ledger has $(cat "$scratch/rows"), its mappings $(cat "$scratch/sums")"
      break
    }
    sleep 0.2
  done
}

for name in leak sparse threads regions; do
  start_story $name
  [ $name = threads ] && sleep 2.2 # until its threads count as idle
  "$inspect" reasons "$story" --for 1.5 --json >"$scratch/json" || fail "$name: status $?"
  # "reason" and "bytes" of each, one reason a line, in order.
  sed -n 's/^ *"reason" : "\(.*\)",$/\1/p; s/^ *"bytes" : \([0-9-]*\),$/\1/p' "$scratch/json" |
    paste -d ' ' - - >"$scratch/list"
  [ -n "${ALLOC_SANITIZER:-}" ] && sed -i '/^not-heap/d' "$scratch/list"
  read -r reason bytes <"$scratch/list"
  look_at_story
  echo "$name: $reason, $bytes bytes; by its own account $truth"
  [ "$reason" = "$(reason_of $name)" ] || fail "$name: the first reason is $reason"
  near "$bytes" "$truth" || fail "$name: $bytes bytes are not within 5 % of $truth"
  # They add up to RSS.
  total=$(sed -n 's/^ *"total_bytes" : \([0-9]*\),$/\1/p' "$scratch/json")
  sum=$(sed -n 's/^ *"bytes" : \([0-9-]*\),$/\1/p' "$scratch/json" | awk '{ sum += $1 } END { printf "%.0f", sum }')
  [ "$sum" -eq "$total" ] || fail "$name: reasons add up to $sum, not $total"
  # Which is what the kernel says, and next to nothing of it is unexplained.
  if [ -z "${ALLOC_SANITIZER:-}" ] && [ $name != leak ]; then
    rss=$(sed -n 's/^Rss: *\([0-9]*\) kB$/\1/p' "/proc/$story/smaps_rollup")
    [ $((total - rss * 1024)) -lt $((total / 50)) ] && [ $((rss * 1024 - total)) -lt $((total / 50)) ] ||
      fail "$name: reasons add up to $total, and the kernel has $rss KiB resident"
    unexplained=$(sed -n 's/^unexplained //p' "$scratch/list")
    unexplained=${unexplained:-0}
    [ "${unexplained#-}" -lt $((total / 50)) ] || fail "$name: $unexplained of $total bytes are unexplained"
  fi
  [ $name = leak ] || same_as_ledger $name
  if [ $name = leak ]; then
    # A recording tells it too, and which spans changed lately.
    "$inspect" record "$story" --seconds 2 --output "$scratch/leak.heaprec" >"$scratch/out" 2>&1 ||
      fail "record: $(cat "$scratch/out")"
    "$inspect" reasons "$scratch/leak.heaprec" --json >"$scratch/json" || fail 'reasons of a recording'
    grep -q '"reason" : "growing"' "$scratch/json" || fail 'a recording does not tell what grows'
  fi
  if [ $name = threads ]; then
    grep -q '"detail" : "Of 2[45] threads 2[45] are idle' "$scratch/json" ||
      fail "threads: not told how many are idle"
    [ "$("$inspect" threads "$story" --filter 'cached>300K idle>2s' --csv | wc -l)" -eq 25 ] ||
      fail "threads: the list does not find the 24 of them"
  fi
  # Blocks that were written to are resident as a whole.
  case $name in sparse) list=spans whole=Size ;; regions) list=regions whole=Mapped ;; *) list= ;; esac
  if [ -n "$list" ] && [ -z "${ALLOC_SANITIZER:-}" ]; then
    address=$("$inspect" $list "$story" --filter 'size>=64K' --csv | sed -n '2s/,.*//p')
    "$inspect" where "$story" "$address" --for 0.3 >"$scratch/out" || fail "$name: where $address"
    resident=$(sed -n 's/^Resident: //p' "$scratch/out" | tail -n 1)
    grep -q "^$whole: $resident\$" "$scratch/out" && [ -n "$resident" ] ||
      fail "$name: not all of $address is resident: $(cat "$scratch/out")"
  fi
  if [ $name = regions ]; then
    [ "$("$inspect" regions "$story" --filter 'size>=1M' --csv | wc -l)" -eq 49 ] ||
      fail "regions: the list does not find the 48 of them"
  fi
  if [ $name = sparse ]; then
    # Trimming cannot help here, and says so by its number: each page has a live block. What it will
    # give back of all is known before.
    "$inspect" reasons "$story" --for 0.5 --json >"$scratch/json" || fail "reasons: status $?"
    expected=$(sed -n 's/^ *"trim_bytes" : \([0-9]*\),$/\1/p' "$scratch/json")
    "$inspect" trim "$story" >"$scratch/out" 2>&1 || fail "trim: $(cat "$scratch/out")"
    given=$(sed -n 's/^Given back: .*(\([0-9,]*\) bytes)$/\1/p' "$scratch/out" | tr -d ,)
    [ "${expected:-0}" -lt $((truth / 10)) ] && near "${given:-0}" "${expected:-0}" ||
      [ -n "${ALLOC_SANITIZER:-}" ] || fail "trim gives back $given of $expected bytes: $(cat "$scratch/out")"
    "$inspect" reasons "$story" --for 0.5 --json >"$scratch/json" || fail "reasons: status $?"
    expected=$(sed -n 's/^ *"trim_bytes" : \([0-9]*\),$/\1/p' "$scratch/json")
    [ "$expected" -lt $((given / 20 + 1)) ] || [ -n "${ALLOC_SANITIZER:-}" ] ||
      fail "after a trim another one would give back $expected bytes"
    "$inspect" release "$story" --filter class:1024 --json >"$scratch/release" || fail "release"
    released=$(sed -n 's/^  "bytes" : \([0-9]*\),$/\1/p' "$scratch/release")
    near "$released" $((truth * 4 / 3)) || fail "sparse: $released bytes to release of $truth"
  fi
  end_story
done
# What is no heap at all is told by name, beside a first reason that is the sum of it.
start_story mapped
same_as_ledger mapped
"$inspect" mappings "$story" --csv | tr -d '\r' >"$scratch/csv" || fail "mapped: status $?"
grep -q "^$truth,.*,rw-s,files,\"/memfd:story, of its own (deleted)\"$" "$scratch/csv" ||
  fail "mapped: no $truth bytes of a file in memory: $(cat "$scratch/csv")"
nameless=$(sed -n 's/^\([0-9]*\),.*,anonymous,$/\1/p' "$scratch/csv")
[ -n "${ALLOC_SANITIZER:-}" ] || near "${nameless:-0}" $((24 * 1024 * 1024)) ||
  fail "mapped: $nameless bytes without a name"
"$inspect" reasons "$story" --for 0 --csv >"$scratch/csv" || fail "mapped: reasons: status $?"
[ "$(sed -n '2s/,.*//p' "$scratch/csv")" = "$(reason_of mapped)" ] ||
  fail "mapped: the first reason is $(sed -n 2p "$scratch/csv")"
end_story
# What is resident of each region: of those side by side, too, which are one mapping to the kernel. A
# frame may have been taken before all of them were there.
start_story half
tries=50
until "$inspect" regions "$story" --filter 'size>=8M' --csv 2>"$scratch/err" | tr -d '\r' >"$scratch/csv" &&
  [ "$(wc -l <"$scratch/csv")" -eq 5 ] || [ $tries -eq 0 ]; do
  tries=$((tries - 1))
  sleep 0.1
done
# Within two pages, as a block may begin behind the beginning of its mapping.
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
  NR > 1 { off = $at["resident"] * $at["size"] - $at["size"] / 2
    if ($at["resident"] == "" || off > 8200 || off < -8200 || $at["huge"] != "0" || $at["age"] != "") bad = 1 }
  END { exit bad || NR != 5 }' "$scratch/csv" || [ -n "${ALLOC_SANITIZER:-}" ] ||
  fail "half: regions are not resident by half: $(cat "$scratch/csv" "$scratch/err")"
"$inspect" regions "$story" --filter 'size>=8M' >"$scratch/out" || fail "half: regions: status $?"
[ "$(grep -c ' 50 % ' "$scratch/out")" -eq 4 ] || [ -n "${ALLOC_SANITIZER:-}" ] ||
  fail "half: regions: $(cat "$scratch/out")"
[ "$("$inspect" regions "$story" --filter 'resident:49%..51% size>=8M' --json | grep -c '"resident":0\.')" -eq 4 ] ||
  [ -n "${ALLOC_SANITIZER:-}" ] || fail "half: the filter does not find them"
# A saved frame does not tell what is resident; a recording tells how long they have been there.
"$inspect" save "$story" --output "$scratch/half.heapsnap" >"$scratch/out" 2>&1 || fail "half: save: $(cat "$scratch/out")"
"$inspect" regions "$scratch/half.heapsnap" --json >"$scratch/json" || fail "half: regions of a frame: status $?"
[ "$(grep -c '"resident":null,"huge":null,"age":null' "$scratch/json")" -ge 4 ] ||
  fail "half: a saved frame tells what it cannot know: $(cat "$scratch/json")"
"$inspect" record "$story" --seconds 2 --output "$scratch/half.heaprec" >"$scratch/out" 2>&1 ||
  fail "half: record: $(cat "$scratch/out")"
"$inspect" regions "$scratch/half.heaprec" --filter 'size>=8M' >"$scratch/out" || fail "half: regions of a recording"
[ "$(grep -c '  -  *-  *≥ [12]\.[0-9] s ' "$scratch/out")" -eq 4 ] ||
  fail "half: a recording does not tell the age of regions: $(cat "$scratch/out")"
end_story
# What is only kept goes back, as much of it as was told before.
start_story dirty
"$inspect" reasons "$story" --for 0.5 >"$scratch/out" || fail "dirty: reasons: status $?"
grep -q '^A trim would give back [0-9.]* MiB\.$' "$scratch/out" || fail "dirty: not told what a trim gives: $(cat "$scratch/out")"
"$inspect" reasons "$story" --for 0.5 --json >"$scratch/json" || fail "dirty: reasons: status $?"
expected=$(sed -n 's/^ *"trim_bytes" : \([0-9]*\),$/\1/p' "$scratch/json")
"$inspect" trim "$story" >"$scratch/out" 2>&1 || fail "dirty: trim: $(cat "$scratch/out")"
given=$(sed -n 's/^Given back: .*(\([0-9,]*\) bytes)$/\1/p' "$scratch/out" | tr -d ,)
near "${given:-0}" "${expected:-0}" || [ -n "${ALLOC_SANITIZER:-}" ] ||
  fail "dirty: a trim gives back $given of $expected bytes"
end_story
# The pace of a recording is that of the process, which writes no more than it is asked for. Frames are
# numbered as they are written, whether they are read or not.
start_story asked
# frame_of ARGUMENTS: the number of a frame of the recording.
frame_of () {
  "$inspect" json "$scratch/pace.heaprec" "$@" | sed -n 's/^.*"seq":\([0-9]*\).*$/\1/p'
}
for pace in 20:20:70 2:3:9; do
  rate=${pace%%:*} least=${pace#*:}
  rm -f "$scratch/pace.heaprec"
  "$inspect" record "$story" --rate "$rate" --seconds 3 --output "$scratch/pace.heaprec" >"$scratch/out" 2>&1 ||
    fail "record --rate $rate: $(cat "$scratch/out")"
  written=$(($(frame_of) - $(frame_of --at 1)))
  [ "$written" -ge "${least%:*}" ] && [ "$written" -le "${pace##*:}" ] ||
    fail "$written frames are written in 3 s at $rate a second"
done
end_story
[ $failures -eq 0 ] || exit 1
echo "each first reason is the true one"
