#!/bin/sh
# SPDX-License-Identifier: MIT
# What is chosen is kept from run to run, in every window; without an installed schema choices hold
# for one run, and nothing is said about it. A second start, and New Window, open windows in the
# first process.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 GSETTINGS_BACKEND=keyfile exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" \
    --screen 1200x800 "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"

# window_set NAME VALUE: the state of an action that a window without a heap does not let be used.
window_set () {
  gdbus call --session --dest org.liballoc.Viewer --object-path "$viewer_path" \
    --method org.gtk.Actions.SetState "$1" "<$2>" "{}" >/dev/null || fail "cannot set $1"
}
expect () {
  [ "$2" = "$3" ] || fail "$1 is $2, not $3"
}
command -v xprop >/dev/null 2>&1 || { echo "skipped: xprop is not installed"; exit 77; }
is_maximized () {
  xprop -id "$(xdotool search --onlyvisible --pid "$viewer")" _NET_WM_STATE |
    grep -q '_NET_WM_STATE_MAXIMIZED_VERT'
}
# wait_window NUMBER
wait_window () {
  tries=100
  until gdbus call --session --dest org.liballoc.Viewer \
    --object-path "/org/liballoc/Viewer/window/$1" --method org.gtk.Actions.List >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "there is no window $1"
    sleep 0.1
  done
}

start_viewer --size 900x640
expect theme "$(app_state theme)" "'follow'"
expect contrast "$(app_state contrast)" "'follow'"
expect rate "$(action_state rate)" 10.0
app_set theme "'dark'"
app_set contrast "'high'"
expect colours "$(app_state colours)" "'full'"
app_set colours "'grey'"
app_set history-mebibytes 'uint32 64'
activate rate 5.0
wait_state rate 5.0
activate side
wait_state side false
window_set by-class true
window_set list "'classes'"
wait_state list classes
expect lens "$(action_state lens)" state
window_set lens "'fill'"
wait_state lens fill
! is_maximized || fail 'a first window is maximized'
shoot high-contrast-processes
# What makes no sense is not taken.
app_set history-mebibytes 'uint32 1'
app_set theme "'pink'"
app_set colours "'pink'"
expect history "$(app_state history-mebibytes)" 'uint32 64'
expect theme "$(app_state theme)" "'dark'"
stop_viewer
gsettings set org.liballoc.Viewer window-maximized true || fail 'cannot set window-maximized'

start_viewer
expect theme "$(app_state theme)" "'dark'"
expect contrast "$(app_state contrast)" "'high'"
expect colours "$(app_state colours)" "'grey'"
expect history "$(app_state history-mebibytes)" 'uint32 64'
expect rate "$(action_state rate)" 5.0
expect side "$(action_state side)" false
expect by-class "$(action_state by-class)" true
expect list "$(action_state list)" classes
expect lens "$(action_state lens)" fill
is_maximized || fail 'a window that was maximized is not'
stop_viewer
# Closed as it was, it comes back as it was. Then it is maximized no longer, by the hand of a window
# manager; its own size was kept meanwhile.
start_viewer
is_maximized || fail 'a maximized window does not come back maximized'
xprop -id "$(xdotool search --onlyvisible --pid "$viewer")" -remove _NET_WM_STATE
sleep 0.5
stop_viewer

start_viewer
! is_maximized || fail 'a window that is maximized no longer comes back maximized'
geometry=$(xdotool search --onlyvisible --name 'Heap Viewer' getwindowgeometry | sed -n 's/.*Geometry: //p')
expect size "$geometry" 900x640

# A second start ends at once, and its window is in the first process.
"$ALLOC_BUILDDIR/alloc-viewer" >"$scratch/second.log" 2>&1 || fail "the second start fails"
[ ! -s "$scratch/second.log" ] || fail "the second start says $(cat "$scratch/second.log")"
wait_window 2
"$ALLOC_BUILDDIR/alloc-viewer" "$scratch/none" >"$scratch/second.log" 2>&1 &&
  fail "a second start with a mistake succeeds"
[ "$(wc -l <"$scratch/second.log")" -eq 1 ] || fail "no sentence: $(cat "$scratch/second.log")"
activate_app new-window
wait_window 3
sleep 0.5
xdotool key --clearmodifiers ctrl+n
wait_window 4
[ "$(xdotool search --onlyvisible --name 'Heap Viewer' | wc -l)" -eq 4 ] || fail "not four windows"
stop_viewer

# Without the schema, as in a build that nobody installed.
GSETTINGS_SCHEMA_DIR=$scratch/none
export GSETTINGS_SCHEMA_DIR
start_viewer --theme light
expect theme "$(app_state theme)" "'light'"
expect contrast "$(app_state contrast)" "'follow'"
app_set contrast "'high'"
expect contrast "$(app_state contrast)" "'high'"
stop_viewer
start_viewer
expect theme "$(app_state theme)" "'follow'"
stop_viewer
viewer=
echo "all good"
