#!/bin/sh
# SPDX-License-Identifier: MIT
# The real alloc-viewer in German, in a large and in a small window: the help, what the window says
# over D-Bus, and, where there is an accessibility bus, what its controls are called; files of data are English.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" --screen 1200x800 "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"
. "$ALLOC_SRCDIR/tests/viewer/german_lib.sh"

# The accessibility bus is no must: GTK_A11Y=atspi needs it.
python=
has_accessibility_bus && find_python
[ -z "$python" ] || export GTK_A11Y=atspi
# named NAME...: all of these are on the screen.
named () {
  [ -n "$python" ] || return 0
  "$python" "$ALLOC_SRCDIR/tests/viewer/accessible.py" --names "$@" >"$scratch/walk.log" 2>&1 ||
    fail "$(cat "$scratch/walk.log")"
}

start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" all-classes

for size in 1200x800 800x600; do
  start_viewer --size "$size"
  wait_state status processes
  sleep 1
  shoot "german-$size-processes"
  named 'Programme mit liballoc' 'Beobachten' 'Menü' 'Befehlszeile'
  activate open "'$heap'"
  wait_state status live
  wait_state view '*settled'
  activate mark-a
  activate list "'changes'"
  wait_state changes 'Seit A, *neue Blöcke sind noch belegt*'
  activate pause
  wait_state status paused
  xdotool mousemove 300 450 click 1
  activate search "'fill<90%'"
  wait_state found '[0-9]*'
  for list in details spans classes caches regions arenas stacks events release changes profile mappings; do
    activate list "'$list'"
    sleep 0.5
    shoot "german-$size-$list"
    fits "$size" "$list"
  done
  named 'Angehalten' 'Linse' 'Nach Klasse' 'Heap-Karte' 'Speicherbilanz' 'Residenter Speicher (RSS)' \
    'Profil beenden'
  activate search "'fill<x'"
  wait_state found '!Bei Zeichen 1: „x“ ist kein Anteil*'
  activate search "''"
  for lens in fill class owner age churn residency diff state; do
    activate lens "'$lens'"
    sleep 0.4
    shoot "german-$size-lens-$lens"
  done
  activate by-class
  wait_state view '*settled'
  shoot "german-$size-by-class"
  activate by-class
  activate show-help-overlay
  sleep 1
  shoot "german-$size-help"
  fits "$size" help
  xdotool key Escape
  sleep 0.3
  activate report-to "'$scratch/report-$size.png'"
  wait_state exported "$scratch/report-$size.png"
  cp "$scratch/report-$size.png" "$shots/german-$size-report.png"
  activate pause
  wait_state status live
  activate open "'$scratch/none'"
  wait_state status failed
  sleep 0.6
  shoot "german-$size-failed"
  named "none kann nicht gezeigt werden"
  stop_viewer
  viewer=
done

# Files of data are the same in every language, and those of alloc-inspect.
start_viewer "$heap"
wait_state status live
activate mark-a
sleep 0.5
activate record-to "'$scratch/past.heaprec'"
wait_state exported "$scratch/past.heaprec"
activate open "'$scratch/past.heaprec'"
wait_state status file
wait_state moment 'newest *'
for list in spans classes caches regions arenas stacks events release profile; do
  case $list in
  caches) command=threads ;;
  release) command='pins --limit 1000' ;;
  *) command=$list ;;
  esac
  activate list "'$list'"
  [ "$list" != profile ] || wait_state sites '[1-9]*' # a thread works them out
  for format in csv json; do
    activate save-list-to "'$scratch/$list.$format'"
    wait_state exported "$scratch/$list.$format"
    # shellcheck disable=SC2086 -- a command with its options
    "$ALLOC_BUILDDIR/alloc-inspect" $command "$scratch/past.heaprec" "--$format" >"$scratch/$list.inspect" ||
      fail "alloc-inspect $command --$format fails"
    cmp "$scratch/$list.$format" "$scratch/$list.inspect" ||
      fail "$list.$format: $(diff "$scratch/$list.$format" "$scratch/$list.inspect" | head)"
  done
done
[ "$(wc -l <"$scratch/profile.csv")" -gt 2 ] || fail "profile.csv has next to no call site"
# With a query the profile is of those that hold what it matches; the list follows in its time.
activate search "'kind:span'"
for format in csv json; do
  "$ALLOC_BUILDDIR/alloc-inspect" profile "$scratch/past.heaprec" --filter kind:span "--$format" \
    >"$scratch/holders.inspect" || fail "alloc-inspect profile --filter fails"
  cmp -s "$scratch/profile.$format" "$scratch/holders.inspect" && fail "a filter changes nothing in $format"
  [ "$(wc -l <"$scratch/holders.inspect")" -gt 2 ] || fail "nobody holds a span in $format"
  tries=50
  until activate save-list-to "'$scratch/holders.$format'" &&
    cmp -s "$scratch/holders.$format" "$scratch/holders.inspect"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] ||
      fail "holders.$format: $(diff "$scratch/holders.$format" "$scratch/holders.inspect" | head)"
    sleep 0.2
  done
done
activate search "''"
wait_state found ''
# The same of what is no list.
for data in ledger reasons curve; do
  command=$data
  [ $data = curve ] && command=release
  for format in csv json; do
    activate "save-$data-to" "'$scratch/$data.$format'"
    wait_state exported "$scratch/$data.$format"
    "$ALLOC_BUILDDIR/alloc-inspect" $command "$scratch/past.heaprec" "--$format" >"$scratch/$data.inspect" ||
      fail "alloc-inspect $command --$format fails"
    cmp "$scratch/$data.$format" "$scratch/$data.inspect" ||
      fail "$data.$format: $(diff "$scratch/$data.$format" "$scratch/$data.inspect" | head)"
    [ "$(wc -l <"$scratch/$data.$format")" -gt 1 ] || fail "$data.$format says next to nothing"
  done
done
grep -q '^not-heap,.*,Not heap,"Program and files ' "$scratch/reasons.csv" ||
  fail "reasons.csv is not in English: $(head -n 2 "$scratch/reasons.csv")"
grep -q '^(ended),' "$scratch/caches.csv" || fail "caches.csv has no cache whose thread has ended"
grep -q ',mark A,' "$scratch/events.csv" || fail "events.csv does not tell of mark A: $(cat "$scratch/events.csv")"
activate step "-1000"
wait_state moment '[0-9]*'
activate mark-a
activate newest
activate list "'changes'"
# All three lists that are shown; there is at most one comparison a second.
for list in born classes ledger; do
  activate changes-list "'$list'"
  wait_state changes-list "$list"
  for format in csv json; do
    "$ALLOC_BUILDDIR/alloc-inspect" diff "$scratch/past.heaprec@1" "$scratch/past.heaprec" --list "$list" \
      "--$format" >"$scratch/$list.inspect" || fail "alloc-inspect diff fails"
    [ "$(wc -l <"$scratch/$list.inspect")" -gt 2 ] || fail "next to nothing changed in $list.$format"
    tries=30
    until activate save-list-to "'$scratch/changes.$format'" &&
      cmp -s "$scratch/changes.$format" "$scratch/$list.inspect"; do
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || fail "$list.$format: $(diff "$scratch/changes.$format" "$scratch/$list.inspect" | head)"
      sleep 0.2
    done
  done
done
# Filtered: the new blocks in what matches.
activate changes-list "'born'"
wait_state changes-list born
activate search "'kind:span class<1K'"
"$ALLOC_BUILDDIR/alloc-inspect" diff "$scratch/past.heaprec@1" "$scratch/past.heaprec" --list born --csv \
  --filter 'kind:span class<1K' >"$scratch/some.inspect" || fail "alloc-inspect diff --filter fails"
[ "$(wc -l <"$scratch/some.inspect")" -gt 2 ] || fail "hardly a new block matches"
tries=30
until activate save-list-to "'$scratch/some.csv'" && cmp -s "$scratch/some.csv" "$scratch/some.inspect"; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "filtered: $(diff "$scratch/some.csv" "$scratch/some.inspect" | head)"
  sleep 0.2
done
activate search "''"
wait_state found ''
activate changes-list "'ledger'"
activate changes-list "'pink'"
wait_state changes-list ledger
# The rows of the ledger add up, and each changed by what it says.
sed 1d "$scratch/born.inspect" | grep -q '"address":"0x' || fail "born.json has no address"
"$ALLOC_BUILDDIR/alloc-inspect" diff "$scratch/past.heaprec@1" "$scratch/past.heaprec" --list ledger --csv |
  tr -d '\r' | awk -F, 'NR > 1 { if ($4 != $3 - $2) exit 1; sum += $1 == "total" ? -$4 : $4; rows++ }
    END { exit !(rows > 5 && sum == 0) }' || fail "the changes of the ledger do not add up"

# What is shown can be searched for, and so can what alloc-inspect calls it.
activate list "'caches'"
for word in beendet ended; do
  activate search "'$word'"
  wait_state search "$word"
  activate save-list-to "'$scratch/found.csv'"
  wait_state exported "$scratch/found.csv"
  grep -q '^(ended),' "$scratch/found.csv" || fail "nothing is found by $word"
  [ "$(wc -l <"$scratch/found.csv")" -eq 2 ] || fail "more is found by $word"
done
stop_viewer
viewer=
end_target
[ -n "$python" ] || echo "without what controls are called: there is no accessibility bus, or no python3-gi with gir1.2-atspi-2.0"
echo "all good"
