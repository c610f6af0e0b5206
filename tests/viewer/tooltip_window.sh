#!/bin/sh
# SPDX-License-Identifier: MIT
# Tooltips show while a process is watched, whose frames come faster than the half second for which the
# pointer has to rest: that of a button, which never changes, and that of the map.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" --screen 1200x1000 "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"

windows () {
  xdotool search --onlyvisible --pid "$viewer" 2>/dev/null | wc -l
}

# tooltip X Y WHAT: one shows while the pointer rests there, and goes when it is elsewhere.
tooltip () {
  xdotool mousemove "$1" "$2"
  tries=300
  until [ "$(windows)" -gt 1 ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "no tooltip of $3"
    sleep 0.1
  done
  shoot "tooltip-$3"
  xdotool mousemove 600 990 # below the window
  tries=300
  until [ "$(windows)" -eq 1 ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "the tooltip of $3 stays"
    sleep 0.1
  done
}

start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" all-classes
start_viewer --size 1200x800 "$heap"
wait_state status live
wait_state view '*settled'
tooltip 70 27 button
tooltip 300 330 map
wait_state status live
