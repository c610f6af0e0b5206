# SPDX-License-Identifier: MIT
# Sourced by tests that drive a real alloc-viewer through the actions it exports on the session bus
# (run by with_display.sh). Skips the test where its tools are missing. Makes $scratch, a folder of the
# test's own, which goes when the test ends, and with it what still runs of $viewer, $heap and $story.

for tool in gdbus xdotool; do
  command -v "$tool" >/dev/null 2>&1 || { echo "skipped: $tool is not installed"; exit 77; }
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/hv-window.XXXXXX") || exit 99
viewer=
heap=
story=
cleanup () {
  exec 4>&- 5>&-
  for child in $viewer $heap $story; do kill "$child" 2>/dev/null; done
  rm -rf "$scratch"
}
trap cleanup EXIT

viewer_path=/org/liballoc/Viewer/window/1
shots=${HV_TEST_SHOTS:-$ALLOC_BUILDDIR/tests/viewer/shots}
mkdir -p "$shots"

fail () {
  echo "FAIL: $*"
  [ -s "$scratch/viewer.log" ] && { echo "alloc-viewer said:"; cat "$scratch/viewer.log"; }
  shoot failed
  exit 1
}

# action_state NAME: the state of an action of the window, as text.
action_state () {
  gdbus call --session --dest org.liballoc.Viewer --object-path "$viewer_path" \
    --method org.gtk.Actions.Describe "$1" 2>/dev/null |
    sed -n "s/^(([a-z]*, signature '[^']*', \[<'\{0,1\}\(.*[^']\)'\{0,1\}>\]),)$/\1/p"
}

# action_enabled NAME: whether the action can be used now.
action_enabled () {
  gdbus call --session --dest org.liballoc.Viewer --object-path "$viewer_path" \
    --method org.gtk.Actions.Describe "$1" 2>/dev/null | grep -q '^((true'
}

# activate NAME [PARAMETER]: PARAMETER in GVariant text.
activate () {
  gdbus call --session --dest org.liballoc.Viewer --object-path "$viewer_path" \
    --method org.gtk.Actions.Activate "$1" "[${2:+<$2>}]" "{}" >/dev/null ||
    fail "action $1 could not be activated"
}

# activate_app NAME: an action of the application, which has no parameter.
activate_app () {
  gdbus call --session --dest org.liballoc.Viewer --object-path /org/liballoc/Viewer \
    --method org.gtk.Actions.Activate "$1" "[]" "{}" >/dev/null ||
    fail "action $1 of the application could not be activated"
}

# app_state NAME, app_set NAME VALUE: an action of the application.
app_state () {
  gdbus call --session --dest org.liballoc.Viewer --object-path /org/liballoc/Viewer \
    --method org.gtk.Actions.Describe "$1" | sed "s/^.*\[<\(.*\)>\].*$/\1/"
}
app_set () {
  gdbus call --session --dest org.liballoc.Viewer --object-path /org/liballoc/Viewer \
    --method org.gtk.Actions.SetState "$1" "<$2>" "{}" >/dev/null || fail "cannot set $1"
}

# fits WIDTHxHEIGHT WHAT: no window of the viewer is larger.
fits () {
  for window in $(xdotool search --onlyvisible --pid "$viewer"); do
    eval "$(xdotool getwindowgeometry --shell "$window" | grep -E '^(WIDTH|HEIGHT)=[0-9]+$')"
    [ "$WIDTH" -le "${1%x*}" ] && [ "$HEIGHT" -le "${1#*x}" ] ||
      fail "$2: a window of ${WIDTH}x$HEIGHT, which is more than $1"
  done
}

# wait_state NAME PATTERN [SECONDS]: until the state of the action matches the shell pattern.
wait_state () {
  tries=$((${3:-20} * 10))
  while :; do
    now=$(action_state "$1")
    # shellcheck disable=SC2254 -- a pattern is wanted
    case $now in $2) return 0 ;; esac
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "$1 is \"$now\", not \"$2\""
    sleep 0.1
  done
}

# rest_pointer: moves the pointer to the status line of a window as large as the screen, where nothing
# has a tooltip, which would be one window more.
rest_pointer () {
  eval "$(xdotool getdisplaygeometry --shell | grep -E '^(WIDTH|HEIGHT)=[0-9]+$')"
  xdotool mousemove $((WIDTH / 2)) $((HEIGHT - 6))
}

# start_viewer ARGUMENTS: in the background; its process number in $viewer.
start_viewer () {
  "$ALLOC_BUILDDIR/alloc-viewer" "$@" >"$scratch/viewer.log" 2>&1 &
  viewer=$!
  tries=200
  until [ -n "$(action_state status)" ]; do
    kill -0 "$viewer" 2>/dev/null || fail "alloc-viewer $* ended"
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "alloc-viewer $* shows no window"
    sleep 0.1
  done
}

stop_viewer () {
  activate_app quit
  wait "$viewer"
  status=$?
  [ "$status" -eq 0 ] || fail "alloc-viewer ended with $status"
  [ ! -s "$scratch/viewer.log" ] || fail "alloc-viewer wrote messages"
}

# shoot NAME: the screen, kept as $shots/NAME.png where ImageMagick is installed.
shoot () {
  command -v import >/dev/null 2>&1 && import -window root "$shots/$1.png" 2>/dev/null
  return 0
}

# view_shift: log2 of the bytes in a row of the map.
view_shift () {
  action_state view | cut -d' ' -f1
}

# start_target COMMAND...: a process to watch, in $heap, that is ready. It runs until its standard
# input ends.
start_target () {
  rm -f "$scratch/input" "$scratch/heap.log" # which may say that the one before was ready
  mkfifo "$scratch/input"
  "$@" <"$scratch/input" >"$scratch/heap.log" 2>&1 &
  heap=$!
  exec 4>"$scratch/input"
  tries=300
  until grep -qs ready "$scratch/heap.log"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "$* is not ready"
    sleep 0.1
  done
}

# end_target [SIGNAL]
end_target () {
  exec 4>&-
  kill "-${1:-TERM}" "$heap" 2>/dev/null
  wait "$heap" 2>/dev/null
  heap=
}

has_accessibility_bus () {
  gdbus call --session --dest org.a11y.Bus --object-path /org/a11y/bus \
    --method org.a11y.Bus.GetAddress >/dev/null 2>&1
}

# find_python: one that can walk the accessibility tree, in $python; empty: there is none.
find_python () {
  for python in python3 /usr/bin/python3 ''; do
    [ -n "$python" ] || return 0
    "$python" -c "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi" \
      2>/dev/null && return 0
  done
}
