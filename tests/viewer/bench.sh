#!/bin/sh
# SPDX-License-Identifier: MIT
# The bench of the viewer (`make bench-viewer`), at 1600x1000 with cairo's renderer: what a frame
# costs the main thread, what nothing costs, what an idle target costs at 10 Hz, and the memory of a
# viewer of a 100 GiB heap. Prints each figure with the bar that it should stay under.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 exec sh "$ALLOC_SRCDIR/tests/viewer/with_display.sh" --screen 1600x1000 \
    sh "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"
export G_DEBUG=
missed=0

# bar NAME VALUE UNIT LIMIT: a figure that has to stay under LIMIT.
bar () {
  verdict=ok
  awk "BEGIN { exit !($2 < $4) }" || { verdict=MISSED; missed=1; }
  printf '%-22s %10s %-6s under %s: %s\n' "$1" "$2" "$3" "$4" "$verdict"
}

# cpu_ticks: of the viewer until now, in hundredths of a second.
cpu_ticks () {
  sed 's/.*) //' "/proc/$viewer/stat" | awk '{ print $12 + $13 }'
}

printf 'machine: %s, %s CPUs, Linux %s, GTK %s, %s\n' \
  "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
  "$(pkg-config --modversion gtk4 2>/dev/null || echo 4)" "$(date -u +%Y-%m-%d)"
"$ALLOC_BUILDDIR/tests/viewer/bench" >"$scratch/figures" || fail "the bench of the map fails"
while read -r name value unit; do
  case $name in
  pan-*-mean | zoom-mean | pan-*-p95 | zoom-p95) bar "$name" "$value" "$unit" 8 ;;
  idle-cpu) bar "$name" "$value" "$unit" 1 ;;
  idle-frames) bar "$name" "$value" "$unit" 0.5 ;;
  *) printf '%-22s %10s %s\n' "$name" "$value" "$unit" ;;
  esac
done <"$scratch/figures"

# A target that does nothing, looked at ten times a second.
start_target "$ALLOC_BUILDDIR/tests/viewer/story" sparse
start_viewer --size 1600x1000 --rate 10 "$heap"
wait_state status live
sleep 4
before=$(cpu_ticks)
sleep 6
after=$(cpu_ticks)
bar cpu-at-10-hz "$(awk "BEGIN { printf \"%.2f\", ($after - $before) / 6 }")" % 5
stop_viewer
end_target

# 100 GiB of arenas, live, with its past.
start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" sparse
start_viewer --size 1600x1000 --rate 10 "$heap"
wait_state status live 60
sleep 8
bar rss-of-100-gib "$(awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$viewer/status")" MiB 300
bar peak-of-100-gib "$(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$viewer/status")" MiB 300
stop_viewer
viewer=
end_target
exit $missed
