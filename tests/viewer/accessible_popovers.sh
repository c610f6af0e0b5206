#!/bin/sh
# SPDX-License-Identifier: MIT
# What opens over the real alloc-viewer, by the keyboard alone and as a screen reader finds it: menus,
# drop-downs, explanations and dialogs have a name, as has every control in them; the keyboard goes in,
# and with Escape back to where it was.
[ -z "${ALLOC_SANITIZER:-}" ] ||
  { echo "skipped: dialogs_window.sh opens the same under a sanitizer, in a third of the time"; exit 77; }
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 GTK_A11Y=atspi exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" \
    --screen 1200x800 "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"
. "$ALLOC_SRCDIR/tests/viewer/reader_lib.sh"

# over NAME: what was opened just now has the keyboard, and gives it back.
over () {
  ask "$1" "opened $1"
  xdotool key Escape
  ask "$1, after Escape" closed
}
# at PATTERN: the keyboard is there; that is where it comes back to.
at () {
  ask keyboard "keyboard $1"
}
# focus: of the window, once it is the only one; there is no window manager to give it back.
focus () {
  tries=100
  until [ "$(xdotool search --onlyvisible --pid "$viewer" 2>/dev/null | wc -l)" -eq 1 ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail 'a dialog stays'
    sleep 0.1
  done
  xdotool windowfocus "$(xdotool search --onlyvisible --pid "$viewer" | head -n 1)"
}
# title: the name of what has the keyboard.
title () {
  printf '%s\n' "$found" | sed "s/.* '\(.*\)'$/\1/"
}

# A saved snapshot, which has all words of the ledger, and stays as it is.
start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" all-classes
"$ALLOC_BUILDDIR/alloc-inspect" save "$heap" --output "$scratch/heap.heapsnap" || fail "cannot save"
end_target
rest_pointer
start_viewer
start_reader
wait_state status processes
activate open "'$scratch/heap.heapsnap'"
wait_state status file
wait_state view '*settled'
focus
at "'Heap map'\$"

# The menu, and each of its submenus.
xdotool key F10
over Menu
for submenu in '3 Export and Save' '5 Snapshots a Second' '6 Appearance' '7 Memory for the Past'; do
  xdotool key --delay 50 F10
  ask menu "opened Menu"
  # shellcheck disable=SC2046 -- as many words as steps; those that cannot be used now are no steps
  xdotool key --delay 50 $(printf 'Down %.0s' $(seq "${submenu%% *}")) Return
  ask submenu "passed menu item '${submenu#* }'\$"
  over Menu
done

# The words of the ledger, until Tab leaves it.
xdotool key --delay 50 F6 F6
ask 'F6 twice' "passed 'Ledger of memory'"
words=0
while at . && case $found in *"'Ledger of memory'"*) true ;; *) false ;; esac; do
  word=$(title)
  xdotool key Return
  over "$word"
  words=$((words + 1))
  xdotool key Tab
  sleep 0.2
done
[ "$words" -ge 8 ] || fail "only $words words of the ledger are explained"

# The reasons: what helps against each.
helps=0
while at . && case $found in *"'Reasons: what holds the memory'"*) true ;; *) false ;; esac; do
  case $(title) in
    'What helps: '*)
      word=$(title)
      xdotool key Return
      over "$word"
      helps=$((helps + 1))
      ;;
  esac
  xdotool key Tab
  sleep 0.2
done
[ "$helps" -ge 3 ] || fail "only $helps reasons tell what helps"

# Drop-downs: the lens, the list, and the view of a profile.
at "'Lens'\$"
xdotool key Return
over Lens
activate list "'profile'"
activate find
ask keyboard "passed 'Filter'"
xdotool key Tab
at "'List'\$"
xdotool key Return
over List
xdotool key --delay 100 Tab Tab Tab
at "'View of the profile'\$"
xdotool key Return
over 'View of the profile'

# Dialogs. What GTK has in its own file chooser is GTK's; what it is called, and where the keyboard is,
# is ours.
activate show-help-overlay
ask shortcuts "opened Keyboard shortcuts"
xdotool key Escape
focus
ask 'shortcuts, after Escape' closed
activate_app about
ask about "opened About Heap Viewer"
xdotool key Escape
focus
ask 'about, after Escape' closed
for dialog in 'open-file Open a Saved Snapshot' 'export Export a Picture' 'report Export a Report' \
  'record Save What Was Watched' 'save-list Save the List' 'save-ledger Save the Ledger' \
  'save-reasons Save the Reasons' 'save-curve Save the Release Curve'; do
  activate "${dialog%% *}"
  ask dialog "passed '${dialog#* }'"
  xdotool key Escape
  focus
  ask "${dialog#* }, after Escape" closed
done
stop_reader
stop_viewer
viewer=
echo "all good"
