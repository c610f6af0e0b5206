#!/bin/sh
# SPDX-License-Identifier: MIT
# Time in the real alloc-viewer, on a program that leaks: the pace of snapshots, the timeline under
# the pointer and back to the newest moment, what is new since mark A and still live, a recording,
# and one that was torn off.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" --screen 1200x800 "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"

# frame_number: of the moment on screen.
frame_number () {
  action_state moment | cut -d' ' -f2
}
# frames_in SECONDS: how many come.
frames_in () {
  before=$(frame_number)
  sleep "$1"
  echo $(($(frame_number) - before))
}

# The header of the snapshots that the target writes: "doc/snapshot-format.md" says where.
header_at () { # OFFSET BYTES
  od -An -tu"$2" -j"$1" -N"$2" "/dev/shm/liballoc-$(id -u)/$heap.heap" | tr -d ' '
}
# set_pace HZ: and waits until the target writes as many a second.
set_pace () {
  activate rate "$1.0"
  tries=50
  until [ "$(header_at 68 4)" = "$((${2:-$1} * 1000))" ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "at $1 a second the target writes $(header_at 68 4) in 1000 s"
    sleep 0.1
  done
}
# published SECONDS: frames that the target writes meanwhile, by its own count.
published () {
  before=$(header_at 72 8)
  sleep "$1"
  echo $(($(header_at 72 8) - before))
}

# The pace is the target's, down as well as up. A busy machine makes it slower, never faster.
start_target "$ALLOC_BUILDDIR/tests/viewer/story" asked
start_viewer --size 1200x800 "$heap"
wait_state status live
wait_state view '*settled'
set_pace 20
fast=$(published 3)
set_pace 2
slow=$(published 4)
shown=$(frames_in 4)
[ "$fast" -ge 20 ] && [ "$fast" -le 70 ] || fail "$fast frames are written in 3 s at 20 a second"
[ "$slow" -ge 3 ] && [ "$slow" -le 12 ] || fail "$slow frames are written in 4 s at 2 a second"
[ "$shown" -ge 2 ] && [ "$shown" -le 12 ] || fail "$shown frames come in 4 s at 2 a second"
set_pace 40
fast=$(frames_in 3)
[ "$fast" -gt $((shown * 2)) ] && [ "$fast" -le 140 ] || fail "$fast frames come in 3 s at 40 a second"
end_target
wait_state status "[dg]*"

# A target that publishes 10 a second by itself goes on doing so.
start_target "$ALLOC_BUILDDIR/tests/viewer/story" leak
activate open "'$heap'"
wait_state status live
wait_state view '*settled'
set_pace 2 10
set_pace 10

# Press on the timeline, which lies near the lower edge, and drag to an earlier moment.
wait_state moment 'newest *'
y=790
while :; do
  xdotool mousemove 1020 "$y" click 1
  sleep 0.3
  case $(action_state moment) in [0-9]*) break ;; esac
  y=$((y - 8))
  [ "$y" -gt 600 ] || fail "there is no timeline to press on"
done
xdotool mousemove 1028 "$y" mousedown 1 mousemove 1010 "$y" mousemove 1000 "$y"
sleep 0.5
late=$(action_state moment)
xdotool mousemove 950 "$y" mousemove 900 "$y" mouseup 1
sleep 0.5
early=$(action_state moment)
shoot past-dragged
[ "${early%% *}" -lt "${late%% *}" ] || fail "dragging to the left leads from $late to $early"
# It stays while the program goes on, until L.
sleep 1
[ "$(action_state moment)" = "$early" ] || fail "the past moves: $early is now $(action_state moment)"
xdotool key --clearmodifiers l
wait_state moment 'newest *'

# What is new since A and still live: the leak.
activate step "-1000"
wait_state moment '[0-9]*'
activate mark-a
activate newest
wait_state moment 'newest *'
activate list "'changes'"
wait_state changes 'Since A*+*live. * new blocks are still live, *'
shoot past-changes
activate save-list-to "'$scratch/new.csv'"
wait_state exported "$scratch/new.csv"
head -n 1 "$scratch/new.csv" | grep -q '^address,size,kind,alone,thread,name' || fail "new.csv has another head"
[ "$(wc -l <"$scratch/new.csv")" -gt 10 ] || fail "new.csv has $(wc -l <"$scratch/new.csv") lines"
# Two marks compare two moments of the past; the second one stays where it is.
activate pause
wait_state status paused
activate mark-b
tries=4
while :; do # on a slow machine the comparison comes later
  sleep 1
  marked=$(action_state changes)
  activate step "-5"
  wait_state moment '[0-9]*'
  sleep 1
  [ "$(action_state changes)" != "$marked" ] || break
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] ||
    fail "with mark B it said \"$marked\", a few moments before it says \"$(action_state changes)\""
done
activate pause
wait_state status live
activate newest
wait_state moment 'newest *'

# A recording of it, and what is left of one that was torn off.
activate record-to "'$scratch/leak.heaprec'"
wait_state exported "$scratch/leak.heaprec"
# How much changed a second is in it: "doc/recording-format.md" says where.
number_at () { # OFFSET BYTES
  od -An -tu"$2" -j"$1" -N"$2" "$scratch/leak.heaprec" | tr -d ' '
}
at=432
busy=0
while [ "$busy" -lt 3 ]; do
  payload=$(number_at $((at + 8)) 8)
  [ -n "$payload" ] || fail "the recording has $busy frames with churn"
  [ "$(number_at $((at + 4)) 4)" -ne 1 ] || [ "$(number_at $((at + 232)) 8)" -le 1 ] || busy=$((busy + 1))
  at=$((at + 256 + (payload + 7) / 8 * 8))
done
bytes=$(wc -c <"$scratch/leak.heaprec")
head -c $((bytes * 2 / 3)) "$scratch/leak.heaprec" >"$scratch/torn.heaprec"
activate open "'$scratch/leak.heaprec'"
wait_state status file
wait_state target '*leak.heaprec'
wait_state moment 'newest *'
whole=$(frame_number)
# What threads work out is told when it is done, though no frame follows in a file.
activate step "-1000"
wait_state moment '[0-9]*'
activate mark-a
activate newest
wait_state moment 'newest *'
wait_state changes 'Since A*'
activate mark-a
activate mark-a
wait_state changes 'Set mark A*'
# Dragging with Shift marks both ends, whichever comes first, and compares them: B is on screen then.
chosen='Set mark A'
for from_to in '700 1000' '950 750'; do
  activate newest
  wait_state moment 'newest *'
  xdotool mousemove "${from_to%% *}" "$y" keydown shift mousedown 1 mousemove 850 "$y" sleep 0.3
  xdotool mousemove "${from_to##* }" "$y" sleep 0.3
  [ "$from_to" != '700 1000' ] || shoot past-choosing
  xdotool mouseup 1 keyup shift
  wait_state moment '[0-9]*'
  before=$chosen
  tries=100
  until chosen=$(action_state changes) && [ "${chosen%%,*}" = 'Since A' ] && [ "$chosen" != "$before" ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "dragging with Shift compares \"$chosen\""
    sleep 0.1
  done
  # A is looked up before B: what is compared is theirs once it stays.
  tries=10
  until sleep 2; last=$chosen; chosen=$(action_state changes); [ "$chosen" = "$last" ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "after dragging with Shift \"$last\" becomes \"$chosen\""
  done
done
shoot past-chosen
# A press with Shift chooses nothing, and does not scrub.
here=$(action_state moment)
xdotool mousemove 650 "$y" keydown shift click 1 keyup shift
sleep 0.5
[ "$(action_state moment)" = "$here" ] || fail "a press with Shift leads from $here to $(action_state moment)"
[ "$(action_state changes)" = "$chosen" ] || fail "a press with Shift compares $(action_state changes)"
activate open "'$scratch/torn.heaprec'"
wait_state target '*torn.heaprec'
wait_state status file
wait_state moment 'newest *'
torn=$(frame_number)
[ "$torn" -gt 0 ] && [ "$torn" -lt "$whole" ] || fail "the torn recording ends at frame $torn of $whole"
activate step "-1000"
wait_state moment '[0-9]*'
shoot past-torn
# What is no recording any more is told.
head -c 100 "$scratch/leak.heaprec" >"$scratch/stump.heaprec"
activate open "'$scratch/stump.heaprec'"
wait_state status failed
exec 4>&-
stop_viewer
viewer=
end_target
echo "all good; screenshots are in $shots"
