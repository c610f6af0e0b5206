#!/bin/sh
# SPDX-License-Identifier: MIT
# The programs of story.c in the real alloc-viewer: the first reason it shows is the true one, with
# its bytes within 5 %; showing it turns the map to it, or the panel to the mappings; lists are
# filtered, saved and linked with the map; trimming tells what came of it.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" \
    --screen "${HV_TEST_SIZE:-1200x800}" "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"
. "$ALLOC_SRCDIR/tests/viewer/story_lib.sh"

# first_reason: "KEY BYTES" of the first one; the first of the heap in a build with a sanitizer.
first_reason () {
  action_state reasons | tr ';' '\n' | sed 's/^ //' | {
    [ -z "${ALLOC_SANITIZER:-}" ] || sed '/^not-heap/d'
    [ -n "${ALLOC_SANITIZER:-}" ] || cat
  } | head -n 1
}

# rank_of KEY: its place among all reasons, from 1.
rank_of () {
  action_state reasons | tr ';' '\n' | sed 's/^ //' | grep -n "^$1 " | head -n 1 | cut -d: -f1
}

# settle: for the screenshots' sake; on a slow machine a heap that grows may never be quite drawn.
settle () {
  tries=50
  until case $(action_state view) in *settled) true ;; *) false ;; esac; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 0
    sleep 0.1
  done
}

# wait_found_bytes LEAST: until what the search has found comes to so many bytes. Until the new query
# is answered, the state is still what the last one finds in this heap.
wait_found_bytes () {
  tries=200
  until found=$(action_state found) && case $found in [0-9]*' '[0-9]*) [ "${found#* }" -ge "$1" ] ;; *) false ;; esac; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "$name: only $found are shown, not $1 bytes"
    sleep 0.1
  done
}

start_viewer --size "${HV_TEST_SIZE:-1200x800}"
for name in leak sparse threads regions; do
  start_story $name
  activate open "'$story'"
  wait_state status live
  wait_state search '' # what was shown of the story before is not looked for in this one
  settle
  tries=100
  while :; do
    first=$(first_reason)
    look_at_story
    [ "${first% *}" = "$(reason_of $name)" ] && near "${first#* }" "$truth" && break
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] ||
      fail "$name: the first reason is $first, not $(reason_of $name) $truth"
    sleep 0.1
  done
  activate list "'details'"
  activate show-reason "$(rank_of "$(reason_of $name)")"
  wait_found_bytes $((truth / 100 * 95)) # what is shown has the bytes of the reason in it
  case $name in
  sparse) list=release ;;
  threads) list=caches ;;
  regions) list=regions ;;
  *) list=classes ;;
  esac
  activate list "'$list'"
  sleep 1
  settle
  shoot "story-$name"
  end_story
  wait_state status gone
done

# One program more, for the panel: queries, mistakes, saving, trimming.
start_story sparse
activate open "'$story'"
wait_state status live
# Where live blocks pin free ones, the release curve is a step away, also while the panel is hidden.
# A frame of the burst's beginning may come first, with a little of another class.
tries=100
until first=$(first_reason) && [ "${first% *}" = sparse ]; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "the first reason is $first, not sparse"
  sleep 0.1
done
activate side
wait_state side false
activate show-curve "$(rank_of sparse)"
wait_state list release
wait_state side true
wait_state search 'class:1024 *'
activate search "'class:1024 fill<30%'"
wait_state found '[0-9]* [0-9]*'
activate list "'spans'"
sleep 0.6
activate save-list-to "'$scratch/spans.csv'"
wait_state exported "$scratch/spans.csv"
[ "$(wc -l <"$scratch/spans.csv")" -gt 900 ] || fail "spans.csv has $(wc -l <"$scratch/spans.csv") lines"
sed 1d "$scratch/spans.csv" | cut -d, -f3 | grep -qv '^1024$' && fail "spans.csv is not filtered"
activate search "'class:1024 fill<lots'"
wait_state found '!At character 12: *no share*'
sleep 0.3
shoot search-mistake
activate search "''"
wait_state found ''
activate list "'details'"
activate save-list-to "'$scratch/details.csv'"
sleep 0.3
[ ! -e "$scratch/details.csv" ] || fail "details were saved as a table"
# Areas: what is resident of one is told where the user looks, and nonsense is refused.
area=$("$ALLOC_BUILDDIR/alloc-inspect" spans "$story" --filter class:1024 --csv | sed -n '2s/,.*//p')
activate list "'spans'"
wait_state list spans
activate select-range "('$area', '64K')"
wait_state list details
wait_state selection "$(printf '0x%x-0x%x 65536' $((area)) $((area + 65536)))"
shoot area
for wrong in "('$area', '0')" "('$area', 'much')" "('there', '64K')" "('0x1000', '4K')"; do
  activate select-range "$wrong"
  sleep 0.3
  wait_state selection "$(printf '0x%x-* 65536' $((area)))"
done
shoot area-refused
# The keyboard gets to the entry, and what is typed is the query.
xdotool key --clearmodifiers ctrl+f
sleep 0.3
xdotool type --delay 20 'class:1024'
wait_state search 'class:1024'
wait_state found '[0-9]* [0-9]*'
xdotool key Escape
wait_state search ''
end_story

# What is no heap has no place on the map: showing it turns the panel to its mappings, also a panel
# that is hidden, with the same rows as in a terminal.
start_story mapped
activate open "'$story'"
wait_state status live
wait_state reasons "not-heap *" 30
activate list "'spans'"
wait_state list spans
activate side
wait_state side false
activate show-reason "$(rank_of not-heap)"
wait_state list mappings
wait_state side true
# save_mappings FORMAT: until they are those of alloc-inspect; snapshots get pages while they are read.
save_mappings () {
  tries=50
  while :; do
    rm -f "$scratch/mappings.$1"
    activate save-list-to "'$scratch/mappings.$1'"
    "$ALLOC_BUILDDIR/alloc-inspect" mappings "$story" "--$1" >"$scratch/mappings" || fail 'alloc-inspect mappings'
    sleep 0.2
    [ -s "$scratch/mappings.$1" ] && cmp -s "$scratch/mappings" "$scratch/mappings.$1" && return
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] ||
      fail "mappings.$1: $(diff "$scratch/mappings" "$scratch/mappings.$1" 2>&1 | head)"
  done
}
save_mappings csv
save_mappings json
grep -q "^$truth,.*,files,\"/memfd:story, of its own" "$scratch/mappings.csv" ||
  fail "mappings.csv lacks $truth bytes of a file in memory: $(cat "$scratch/mappings.csv")"
shoot mappings
# The past does not have them, nor has a process that is gone: no table is saved then.
for moment in past gone; do
  if [ $moment = past ]; then
    activate step "-5"
    wait_state moment '[0-9]*'
  else
    activate newest
    wait_state moment 'newest *'
    save_mappings csv
    end_story
    wait_state status gone
  fi
  rm -f "$scratch/mappings.csv"
  activate save-list-to "'$scratch/mappings.csv'"
  sleep 0.5
  [ ! -e "$scratch/mappings.csv" ] || fail "mappings of a moment that does not have them: $moment"
  shoot "mappings-$moment"
done
activate list "'details'"

# Trimming: what it says it gave back is gone from RSS, and from the ledger and the reasons.
# rss: of the story, by the kernel, bytes.
rss () {
  echo $(($(sed -n 's/^Rss: *\([0-9]*\) kB$/\1/p' "/proc/$story/smaps_rollup") * 1024))
}
# ledger_bytes ROW: of the ledger on screen.
ledger_bytes () {
  rm -f "$scratch/ledger.csv"
  activate save-ledger-to "'$scratch/ledger.csv'"
  tries=100
  until [ -s "$scratch/ledger.csv" ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "no ledger was saved"
    sleep 0.1
  done
  sed -n "s/^$1,resident,\([0-9]*\),.*/\1/p" "$scratch/ledger.csv"
}
start_story dirty
activate open "'$story'"
wait_state status live
wait_state reasons "dirty *" 30
sleep 1
before=$(rss)
dirty=$(ledger_bytes dirty)
[ -n "${ALLOC_SANITIZER:-}" ] || near "$dirty" "$truth" || fail "the ledger has $dirty bytes kept, not $truth"
activate trim
wait_state trimmed '[1-9]*'
trimmed=$(action_state trimmed)
near "$trimmed" "$dirty" || fail "$trimmed bytes were given back of $dirty"
after=$(rss)
near $((before - after)) "$trimmed" || fail "RSS fell from $before to $after, not by $trimmed"
tries=100
until [ "$(ledger_bytes dirty)" -lt $((dirty / 20)) ]; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "the ledger still has $(ledger_bytes dirty) of $dirty bytes kept"
  sleep 0.2
done
# The ledger saved is of this instant; the reasons on screen are worked out twice a second.
tries=100
while reasons=$(action_state reasons) && case $reasons in dirty*) true ;; *) false ;; esac; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "the first reason is still $reasons"
  sleep 0.1
done
shoot trimmed
end_story
stop_viewer
viewer=
echo "all good; screenshots are in $shots"
