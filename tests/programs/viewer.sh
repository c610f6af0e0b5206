#!/bin/sh
# SPDX-License-Identifier: MIT
# A GTK 4 program on liballoc: our own viewer, watching itself. It must open, draw its own heap, be
# seen by alloc-inspect, and end by its own key, all without a warning.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need xdotool xdotool
need import imagemagick
cat > "$folder/job" <<'END'
set -u
cd "$1"
sh -c 'exec "$0" -- "$1" --size 1000x700 "$$"' "$ALLOC_BUILDDIR/alloc-run" "$ALLOC_BUILDDIR/alloc-viewer" > viewer.out 2>&1 &
viewer=$!
trap 'kill $viewer 2> /dev/null' EXIT
fail() {
  echo "FAILED $*"
  cat viewer.out
  exit 1
}
# soon WHAT COMMAND...: COMMAND succeeds within half a minute, while the viewer lives.
soon() {
  what=$1 tries=300
  shift
  until "$@"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail "waited too long for $what"
    ! gone || fail "the viewer ended before $what"
    sleep 0.1
  done
}
window_visible() {
  window=$(xdotool search --onlyvisible --pid $viewer 2> /dev/null | head -n 1)
  [ -n "$window" ]
}
drawn() {
  import -window "$window" window.png 2> /dev/null && [ "$(identify -format %k window.png)" -ge 64 ]
}
listed() {
  "$ALLOC_BUILDDIR/alloc-inspect" list 2> list.err | grep -qw "$viewer"
}
# A child that has ended stays as a zombie until it is waited for.
gone() {
  ! grep -q '^State:.[^ZX]' /proc/$viewer/status 2> /dev/null
}
soon 'its window' window_visible
soon 'something in it' drawn
grep -q 'liballoc\.so' /proc/$viewer/maps || fail 'the viewer does not run on liballoc'
soon 'the list of alloc-inspect' listed
"$ALLOC_BUILDDIR/alloc-inspect" ledger $viewer > ledger 2>&1 || fail "alloc-inspect ledger: $(cat ledger)"
[ -s ledger ] || fail 'the ledger is empty'
# Pan and zoom, so that tiles come and go.
xdotool mousemove 500 350
for i in 1 2 3 4 5 6; do xdotool click 4; done
for i in 1 2 3 4 5 6; do xdotool click 5; done
sleep 1
! gone || fail 'the viewer died'
xdotool windowfocus "$window"
xdotool key ctrl+q
tries=100
until gone; do
  tries=$((tries - 1))
  [ $tries -gt 0 ] || fail 'Ctrl+Q does not end the viewer'
  sleep 0.1
done
trap - EXIT
wait $viewer
status=$?
[ $status -eq 0 ] || fail "the viewer ended with status $status"
[ ! -s viewer.out ] || fail 'the viewer had something to say'
echo 'viewer on its own heap: fine'
END
sh "$ALLOC_SRCDIR/tests/viewer/with_display.sh" sh "$folder/job" "$folder"
