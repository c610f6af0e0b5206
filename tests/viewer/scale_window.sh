#!/bin/sh
# SPDX-License-Identifier: MIT
# The real alloc-viewer from start to picture, light and dark, on a screen of one device pixel a pixel
# and on one of two: it starts, a click selects, keys zoom, what it exports is what alloc-inspect
# draws, and its own pixels are as they should be.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" --screen 2400x1600 "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"

start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" all-classes
"$ALLOC_BUILDDIR/alloc-inspect" save "$heap" --output "$scratch/heap.heapsnap" || fail "cannot save"
end_target

# screen_is dark|light: a pixel beside the status line is, and the map is drawn: it has many colours.
screen_is () {
  command -v import >/dev/null 2>&1 || return 0
  bright=$(import -window root -crop "1x1+$((1190 * GDK_SCALE))+$((792 * GDK_SCALE))" -colorspace gray \
    -depth 8 gray:- | od -An -tu1 | tr -d ' ')
  case $1 in
    dark) [ "$bright" -lt 100 ] ;;
    light) [ "$bright" -gt 155 ] ;;
  esac || fail "$1 at scale $GDK_SCALE: a pixel of the window is $bright"
  colours=$(import -window root -crop "$((200 * GDK_SCALE))x$((100 * GDK_SCALE))+$((100 * GDK_SCALE))+$((400 * GDK_SCALE))" \
    -format %k info:-)
  [ "$colours" -gt 3 ] || fail "$1 at scale $GDK_SCALE: $colours colours on the map"
}

for GDK_SCALE in 1 2; do
  export GDK_SCALE
  for theme in light dark; do
    start_viewer --size 1200x800 --theme $theme "$scratch/heap.heapsnap"
    wait_state status file
    wait_state view '*settled'
    geometry=$(xdotool search --onlyvisible --name 'Heap Viewer' getwindowgeometry | sed -n 's/.*Geometry: //p')
    [ "$geometry" = "$((1200 * GDK_SCALE))x$((800 * GDK_SCALE))" ] || fail "at scale $GDK_SCALE it is $geometry"
    sleep 0.3
    screen_is $theme
    whole=$(view_shift)
    # A click selects what is under it, Enter zooms there, and once more from keys.
    xdotool mousemove $((300 * GDK_SCALE)) $((500 * GDK_SCALE)) click 1
    sleep 0.5
    xdotool key --clearmodifiers Return
    tries=100
    until here=$(view_shift) && [ "$here" -lt "$whole" ]; do
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || fail "Enter on what was clicked leads from rows of 2^$whole to 2^$here"
      sleep 0.1
    done
    wait_state view '*settled'
    xdotool key --clearmodifiers plus
    wait_state view "$((here - 1)) *settled"
    sleep 0.3
    shoot "scale-$GDK_SCALE-$theme"
    # Read before the bar that tells of the file makes the map lower.
    range=$(action_state view | cut -d' ' -f2)
    activate export-to "'$scratch/$theme-$GDK_SCALE.png'"
    wait_state exported "$scratch/$theme-$GDK_SCALE.png"
    "$ALLOC_BUILDDIR/alloc-inspect" map "$scratch/heap.heapsnap" --theme $theme \
      --range "$range" --output "$scratch/inspect.png" || fail "cannot draw"
    cmp "$scratch/$theme-$GDK_SCALE.png" "$scratch/inspect.png" ||
      fail "$theme at scale $GDK_SCALE: another picture than alloc-inspect's"
    stop_viewer
    viewer=
  done
done
echo "all good; screenshots are in $shots"
