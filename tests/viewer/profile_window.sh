#!/bin/sh
# SPDX-License-Identifier: MIT
# The sampled profile in the real alloc-viewer: started on a process that had none, it names the call
# sites of profiled.c with their bytes, marks their blocks, is filtered and saved, and is stopped.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" \
    --screen "${HV_TEST_SIZE:-1200x800}" "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"

# shellcheck disable=SC2086 -- a compiler with its flags
$ALLOC_CC -g -O2 -w -fno-builtin -o "$scratch/profiled" "$ALLOC_SRCDIR/tests/debug/profiled.c" >"$scratch/log" 2>&1 ||
  { cat "$scratch/log"; fail 'cannot compile profiled.c'; }

start_target "$ALLOC_BUILDDIR/alloc-run" -- "$scratch/profiled" wait
start_viewer --size "${HV_TEST_SIZE:-1200x800}" "$heap"
wait_state status live
[ "$(action_state profile)" = false ] || fail 'a profile runs that nobody started'
activate list "'profile'"
sleep 0.6
shoot profile-none
[ -z "$(action_state sites)" ] || fail 'there are call sites without a profile'

# By its key, as a user would. It shows its own page.
activate list "'details'"
window=$(xdotool search --onlyvisible --pid "$viewer" | head -n 1)
xdotool windowfocus "$window"
xdotool key --window "$window" --clearmodifiers ctrl+r
wait_state profile true
wait_state sites '[1-9]* keep_* (profiled.c:[0-9]*)'

# A round is 60,000 of 112 and 4,000 of 3072 bytes, so keep_middle leads while it is live.
wait_state sites '[1-9]* keep_middle (profiled.c:*'
shoot profile
# The list that is saved is that of the moment, when the program may just have freed everything.
tries=20
until grep -qs '^keep_middle (profiled.c:[0-9]*),[1-9][0-9]*,[0-9]*,[1-9][0-9]*,grow ← main' "$scratch/sites.csv"; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || { cat "$scratch/sites.csv"; fail 'sites.csv lacks keep_middle'; }
  wait_state sites '[1-9]* keep_middle (profiled.c:*'
  rm -f "$scratch/sites.csv"
  activate save-list-to "'$scratch/sites.csv'"
  wait_state exported "$scratch/sites.csv"
done
head -n 1 "$scratch/sites.csv" | grep -q '^site,bytes,error_bytes,blocks,called_by' || fail 'sites.csv has another head'

# With a query: who holds those places. No other site has blocks of that class.
activate search "'class:112'"
wait_state sites '1 *keep_small (profiled.c:*'
shoot profile-search
activate search "''"

xdotool key --window "$window" --clearmodifiers ctrl+r
wait_state profile false
# What was live at that moment stays, whatever the program frees and allocates from now on.
sleep 1
stopped=$(action_state sites)
sleep 1.5
[ "$(action_state sites)" = "$stopped" ] ||
  fail "sites was \"$stopped\" when the profile stopped, and is \"$(action_state sites)\" later"
shoot profile-stopped

end_target KILL
wait_state status '[dg]*'
! action_enabled profile || fail 'a profile can be started in a process that has ended'
stop_viewer
viewer=
echo "all good; screenshots are in $shots"
