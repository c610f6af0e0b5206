#!/bin/sh
# SPDX-License-Identifier: MIT
# Light and dark as the desktop wants it, while it changes its mind, told by a settings portal of the
# test's own; what was chosen in the window holds against it; and no portal is no problem.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" --screen 1200x800 "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"
for python in python3 /usr/bin/python3 ''; do
  [ -n "$python" ] || { echo "skipped: python3-gi is not installed"; exit 77; }
  "$python" -c 'from gi.repository import Gio' 2>/dev/null && break
done

# The picture that is exported is in the colours of the window.
start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" all-classes
"$ALLOC_BUILDDIR/alloc-inspect" save "$heap" --output "$scratch/heap.heapsnap" || fail "cannot save"
end_target
for theme in light dark light-contrast dark-contrast; do
  "$ALLOC_BUILDDIR/alloc-inspect" map "$scratch/heap.heapsnap" --theme $theme --output "$scratch/$theme.png" ||
    fail "cannot draw in $theme"
done

# chrome_is dark|light: a pixel beside the timeline's place, where the window itself is seen.
chrome_is () {
  command -v import >/dev/null 2>&1 || return 0
  bright=$(import -window root -crop 1x1+1190+792 -colorspace gray -depth 8 gray:- | od -An -tu1 | tr -d ' ')
  case $1 in
    dark) [ "$bright" -lt 100 ] ;;
    light) [ "$bright" -gt 155 ] ;;
  esac
}
pictures=0
# wait_theme THEME WHEN: until the window is in it.
wait_theme () {
  attempts=20
  while :; do
    pictures=$((pictures + 1))
    activate export-to "'$scratch/now$pictures.png'"
    wait_state exported "$scratch/now$pictures.png"
    cmp -s "$scratch/now$pictures.png" "$scratch/$1.png" && chrome_is "${1%-contrast}" && return 0
    attempts=$((attempts - 1))
    [ "$attempts" -gt 0 ] || fail "$2: the window is not $1"
    sleep 0.2
  done
}
# desktop KEY VALUE: the desktop changes its mind.
desktop () {
  echo "$1 $2" >&5
}
# start_portal SCHEME
start_portal () {
  rm -f "$scratch/portal" "$scratch/portal.log"
  mkfifo "$scratch/portal"
  "$python" "$ALLOC_SRCDIR/tests/viewer/fake_portal.py" "$1" <"$scratch/portal" >"$scratch/portal.log" 2>&1 &
  story=$!
  exec 5>"$scratch/portal"
  tries=200
  until grep -qs ready "$scratch/portal.log"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "the portal is not ready: $(cat "$scratch/portal.log")"
    sleep 0.1
  done
}

# It is dark before it starts, and light and dark again while it runs.
start_portal 1
start_viewer --size 1200x800 "$scratch/heap.heapsnap"
wait_state status file
wait_theme dark 'the desktop is dark'
shoot appearance-dark
desktop color-scheme 2
wait_theme light 'the desktop wants light'
desktop color-scheme 1
wait_theme dark 'the desktop is dark again'
desktop contrast 1
wait_theme dark-contrast 'the desktop wants high contrast'
desktop color-scheme 0
wait_theme light-contrast 'the desktop has no preference'
desktop contrast 0
wait_theme light 'the desktop wants normal contrast'
# A choice of one's own holds.
desktop color-scheme 1
wait_theme dark 'the desktop is dark'
app_set theme "'light'"
wait_theme light 'light was chosen'
desktop color-scheme 2
desktop color-scheme 1
sleep 0.5
wait_theme light 'light was chosen, whatever the desktop says'
app_set theme "'follow'"
wait_theme dark 'the desktop is followed again'
# The portal goes; what it said last holds.
exec 5>&-
kill "$story"
wait "$story" 2>/dev/null
story=
sleep 0.3
wait_theme dark 'the portal is gone'
stop_viewer
# Without one the window is light, and nothing is said.
start_viewer --size 1200x800 "$scratch/heap.heapsnap"
wait_state status file
wait_theme light 'there is no portal'
stop_viewer
viewer=
echo "all good; screenshots are in $shots"
