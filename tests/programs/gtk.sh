#!/bin/sh
# SPDX-License-Identifier: MIT
# The demonstration programs of GTK 4, each opened, drawn and closed by itself.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need gtk4-demo gtk-4-examples
cat > "$folder/job" <<'END'
for demo in $(gtk4-demo --list | grep -vE 'gears|shader|gl|video|media|paintable_media|dmabuf|print|sidebar' | head -n "$1"); do
  timeout 60 gtk4-demo --run="$demo" --autoquit > log 2>&1
  echo "$demo ended with $?"
done
END
demos=12
[ "${ALLOC_LONG:-0}" = 0 ] || demos=60
G_DEBUG=
export G_DEBUG
# What the bus and the display say names processes and times.
compare gtk 400 sh -c 'exec sh "$@" 2> /dev/null' sh "$ALLOC_SRCDIR/tests/viewer/with_display.sh" sh "$folder/job" $demos
cat "$folder/preloaded-gtk/out"
