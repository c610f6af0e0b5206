#!/bin/sh
# SPDX-License-Identifier: MIT
# The real alloc-viewer as a screen reader finds it: every control on every page has a name, and
# what changes is told by descriptions that follow it.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 GTK_A11Y=atspi exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" \
    --screen 1200x800 "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"
. "$ALLOC_SRCDIR/tests/viewer/reader_lib.sh"

# described NAME PATTERN
described () {
  ask description "describe $1	$2"
}

start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" all-classes

start_viewer
start_reader
wait_state status processes
walk processes
activate open "'$heap'"
wait_state status live
wait_state view '*settled'
described Timeline '[0-9]:[0-9]' # which shows once there are two frames
# What changes ten times a second is no tree to walk.
activate pause
wait_state status paused
for list in details spans classes caches regions arenas stacks events release changes profile mappings; do
  activate list "'$list'"
  sleep 0.3
  walk "heap with $list"
done
# The map tells what is selected, the timeline where it is.
activate list "'details'"
described 'Heap map' 'nothing selected'
xdotool mousemove 300 450 click 1
described 'Heap map' 'Arena|span|block|free|0x'
described Timeline '[0-9]:[0-9]'
activate show-help-overlay
sleep 0.5
walk 'keyboard shortcuts'
xdotool key Escape
sleep 0.3
activate_app about
sleep 0.5
shoot about
walk about
xdotool key Escape
activate pause
wait_state status live
end_target
wait_state status gone
walk gone
activate open "'$scratch/none'"
wait_state status failed
walk failed
stop_reader
stop_viewer
viewer=
echo "all good"
