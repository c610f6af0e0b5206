#!/bin/sh
# SPDX-License-Identifier: MIT
# The pages of the panel with more than a list in them, by the keyboard alone, in a small window: Tab
# stops at all that can be used or has to be scrolled, in the order of reading, and at nothing else;
# F10, F6 and Escape do from there what they do elsewhere.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 GTK_A11Y=atspi exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" \
    --screen 800x600 "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"
. "$ALLOC_SRCDIR/tests/viewer/reader_lib.sh"

# at NAME: that has the keyboard, or a part of it.
at () {
  ask keyboard "keyboard '$1'( > [^>]*){0,3}\$"
}
# tabs NAME...: where Tab goes from one to the next.
tabs () {
  for stop; do
    xdotool key Tab
    at "$stop"
  done
}
# page LIST STOP...: the page from the filter on; then the timeline, which is after the panel.
page () {
  activate list "'$1'"
  sleep 1
  activate find
  at Filter
  shift
  tabs List 'Copy the list' 'Save the list as CSV' "$@"
  # From the last one: the menu and back, and on to the next pane.
  xdotool key F10
  ask menu "opened Menu"
  xdotool key Escape
  ask 'menu, after Escape' closed
  shoot "keyboard-$(action_state list)"
  xdotool key Tab
  at Timeline
  xdotool key shift+Tab
  sleep 0.3
  xdotool key F6
  ask 'next pane' "passed 'Ledger of memory'"
}

start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" all-classes
start_viewer --size 800x600
start_reader
wait_state status processes
activate open "'$heap'"
wait_state status live
wait_state view '*settled'
activate mark-a
sleep 1
activate list "'changes'"
wait_state changes 'Since A, *'
activate pause
wait_state status paused
xdotool windowfocus "$(xdotool search --onlyvisible --pid "$viewer" | head -n 1)"

page release 'Release curve' 'Spans by fill' 'Pin list'
page changes 'Classes that changed' 'New blocks'
page profile 'View of the profile' 'Flame graph: who allocates, callers on top' 'Call sites'

# In the flame graph, what is chosen is told; Escape leaves the zoom, and no more.
activate find
at Filter
tabs List 'Copy the list' 'Save the list as CSV' 'View of the profile' \
  'Flame graph: who allocates, callers on top'
xdotool key --delay 100 Down Return
ask chosen "describe Flame graph: who allocates, callers on top	: .* of|: .*\\(.*%\\)"
xdotool key Escape
at 'Flame graph: who allocates, callers on top'
shoot keyboard-flame

# Escape in the filter empties it.
activate find
at Filter
xdotool type 'fill'
wait_state search fill
xdotool key Escape
wait_state search ''
at Filter
stop_reader
stop_viewer
viewer=
end_target
echo "all good"
