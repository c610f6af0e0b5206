#!/bin/sh
# SPDX-License-Identifier: MIT
# Every dialog, the menu, popovers, lists and lenses of the real alloc-viewer on a small screen, once
# more from right to left: each opens, fits and closes without a warning, which would be fatal.
# Under AddressSanitizer: only whole stacks tell whose a leak is (leaks.supp), GLib having no frame
# pointers.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}fast_unwind_on_malloc=0"
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" --screen 800x600 "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"

# windows: how many are on the screen.
windows () {
  xdotool search --onlyvisible --pid "$viewer" 2>/dev/null | wc -l
}
# wait_windows COUNT WHAT
wait_windows () {
  tries=100
  until [ "$(windows)" -eq "$1" ]; do
    kill -0 "$viewer" 2>/dev/null || fail "$2: alloc-viewer ended"
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "$2: $(windows) windows, not $1"
    sleep 0.1
  done
}
# over WHAT: one window more, which is no larger than the screen, until Escape.
over () {
  wait_windows 2 "$1"
  sleep 0.5
  shoot "over-$name-$1"
  fits 800x600 "$1"
  xdotool key Escape
  wait_windows 1 "$1"
}
focus () {
  xdotool windowfocus "$(xdotool search --onlyvisible --pid "$viewer" | head -n 1)"
}

start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" all-classes
rest_pointer
for name in left right; do
  GTK_DEBUG=
  [ "$name" = left ] || GTK_DEBUG=invert-text-dir
  export GTK_DEBUG
  start_viewer --size 800x600
  wait_state status processes
  sleep 1
  shoot "over-$name-processes"
  activate open "'$heap'"
  wait_state status live
  activate pause
  wait_state status paused
  activate mark-a
  for list in spans classes caches regions arenas stacks events release changes profile mappings details; do
    activate list "'$list'"
    sleep 0.3
    shoot "over-$name-$list"
  done
  for lens in fill class owner age churn residency diff state; do
    activate lens "'$lens'"
    sleep 0.2
  done
  focus
  xdotool key F10
  over menu
  # A submenu, after which keys still do what they did.
  xdotool key --delay 100 F10 Down Down Down Return
  over submenu
  tries=3
  until [ "$(action_state side)" = false ]; do
    tries=$((tries - 1))
    [ "$tries" -ge 0 ] || fail 'F9 does nothing after a submenu'
    xdotool key F9
    sleep 2
  done
  activate side
  wait_state side true
  # The menu has given the keyboard back to the map: to the panel, the ledger, and on to the reasons.
  xdotool key --delay 100 F6 F6 Return
  over ledger
  xdotool key --delay 100 F6 Tab Return
  over reason
  activate show-help-overlay
  over help
  focus
  activate_app about
  over about
  focus
  activate list "'spans'"
  for dialog in open-file export report record save-list; do
    activate "$dialog"
    over "$dialog"
    focus
  done
  # Of what changed it asks which list.
  activate list "'changes'"
  wait_state changes 'Since A*'
  activate save-list
  over save-changes
  focus
  stop_viewer
  viewer=
done
end_target
echo "all good; screenshots are in $shots"
