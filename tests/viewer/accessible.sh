#!/bin/sh
# SPDX-License-Identifier: MIT
# The real alloc-viewer as a screen reader finds it: every control on every page has a name, and
# what changes is told by descriptions that follow it.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 GTK_A11Y=atspi exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" \
    --screen 1200x800 "$0" "$@"
for tool in gdbus xdotool; do
  command -v "$tool" >/dev/null 2>&1 || { echo "skipped: $tool is not installed"; exit 77; }
done
python=
for candidate in python3 /usr/bin/python3; do
  "$candidate" -c "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi" \
    2>/dev/null && python=$candidate && break
done
[ -n "$python" ] ||
  { echo "skipped: python3-gi and gir1.2-atspi-2.0 are not installed"; exit 77; }
gdbus call --session --dest org.a11y.Bus --object-path /org/a11y/bus \
  --method org.a11y.Bus.GetAddress >/dev/null 2>&1 ||
  { echo "skipped: at-spi2-core is not installed"; exit 77; }

scratch=$(mktemp -d "${TMPDIR:-/tmp}/hv-accessible.XXXXXX") || exit 99
viewer=
heap=
cleanup () {
  exec 4>&-
  for child in $viewer $heap; do kill "$child" 2>/dev/null; done
  rm -rf "$scratch"
}
trap cleanup EXIT
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"

# walk PAGE
walk () {
  "$python" "$ALLOC_SRCDIR/tests/viewer/accessible.py" >"$scratch/walk.log" 2>&1 ||
    fail "$1: $(cat "$scratch/walk.log")"
  echo "$1: $(cat "$scratch/walk.log")"
}
# described NAME PATTERN
described () {
  "$python" "$ALLOC_SRCDIR/tests/viewer/accessible.py" "$1" "$2" >"$scratch/walk.log" 2>&1 ||
    fail "$(cat "$scratch/walk.log")"
}

start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" all-classes

start_viewer
wait_state status processes
sleep 1.5
walk processes
activate open "'$heap'"
wait_state status live
wait_state view '*settled'
# What changes ten times a second is no tree to walk.
activate pause
wait_state status paused
for list in details spans classes caches regions arenas stacks events release changes profile; do
  activate list "'$list'"
  sleep 0.5
  walk "heap with $list"
done
# The map tells what is selected, the timeline where it is.
activate list "'details'"
described 'Heap map' 'nothing selected'
xdotool mousemove 300 450 click 1
described 'Heap map' 'Arena|span|block|free|0x'
described Timeline '[0-9]:[0-9]'
activate show-help-overlay
sleep 1
walk 'keyboard shortcuts'
xdotool key Escape
activate pause
wait_state status live
end_target
wait_state status gone
walk gone
activate open "'$scratch/none'"
wait_state status failed
walk failed
stop_viewer
viewer=
echo "all good"
