#!/bin/sh
# SPDX-License-Identifier: MIT
# What a window of the viewer asks a process for, as the doorbell has it: no bitmaps while a row of
# the map is so many bytes that no block of it shows, and those of what is in view from then on.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"

# wanted: begin and end of the addresses that the viewer wants the bitmaps of (doc/snapshot-format.md).
wanted () {
  request=0
  while [ "$request" -lt 127 ]; do
    at=$((128 + 128 * request))
    if [ "$(field 4 "$at")" = "$viewer" ]; then
      echo "$(field 8 $((at + 40))) $(field 8 $((at + 48)))"
      return
    fi
    request=$((request + 1))
  done
  fail "the viewer has no request in the doorbell"
}

# field BYTES OFFSET: an integer of the doorbell.
field () {
  od -An -v "-tu$1" -j "$2" -N "$1" "/dev/shm/liballoc-$(id -u)/bell-1" | tr -d ' '
}

# wait_wanted PATTERN
wait_wanted () {
  tries=100
  while :; do
    now=$(wanted)
    # shellcheck disable=SC2254 -- a pattern is wanted
    case $now in $1) return 0 ;; esac
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "the bitmaps of \"$now\" are wanted, not those of \"$1\""
    sleep 0.1
  done
}

start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" sparse
start_viewer "$heap"
wait_state status live
wait_state view '*settled'
[ "$(view_shift)" -gt 20 ] || fail "100 GiB in view: a row is 2^$(view_shift) bytes"
wait_wanted '0 1'
# 0x7f0000000000, where the first arena of that heap is.
activate zoom-to "'0x7f0000000000-0x7f0000100000'"
wait_state view '1? *settled'
wait_wanted '13963[0-9]* 13963[0-9]*'
activate zoom-fit
wait_wanted '0 1'
stop_viewer
viewer=
end_target
