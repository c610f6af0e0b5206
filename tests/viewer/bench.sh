#!/bin/sh
# SPDX-License-Identifier: MIT
# The bench of the viewer (`make bench-viewer`), at 1600x1000 with cairo's renderer: what a frame
# costs the main thread, what nothing costs, what an idle target costs at 10 Hz with each list open,
# and the memory of a viewer of a 100 GiB heap. Prints each figure, with the bar that it should stay
# under where it has one.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 exec sh "$ALLOC_SRCDIR/tests/viewer/with_display.sh" --screen 1600x1000 \
    sh "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"
export G_DEBUG=
missed=0
lists='details spans classes caches regions arenas stacks events release changes profile mappings'
seconds=4

# tell NAME VALUE UNIT
tell () {
  printf '%-24s %10s %s\n' "$1" "$2" "$3"
}

# bar NAME VALUE UNIT LIMIT: a figure that has to stay under LIMIT.
bar () {
  verdict=ok
  awk "BEGIN { exit !($2 < $4) }" || { verdict=MISSED; missed=1; }
  printf '%-24s %10s %-6s under %s: %s\n' "$1" "$2" "$3" "$4" "$verdict"
}

# figures PROGRAM ARGUMENTS...: what it prints, against the bars of the whole window.
figures () {
  "$@" >"$scratch/figures" || fail "$* fails"
  while read -r name value unit; do
    case $name in
    pan-*-mean | live-pan-*-mean | zoom-mean | live-zoom-mean) bar "$name" "$value" "$unit" 8 ;;
    pan-*-p95 | live-pan-*-p95 | zoom-p95 | live-zoom-p95) bar "$name" "$value" "$unit" 8 ;;
    idle-cpu) bar "$name" "$value" "$unit" 1 ;;
    idle-frames) bar "$name" "$value" "$unit" 0.5 ;;
    *) tell "$name" "$value" "$unit" ;;
    esac
  done <"$scratch/figures"
}

# cpu_ticks: of the viewer until now, in hundredths of a second.
cpu_ticks () {
  sed 's/.*) //' "/proc/$viewer/stat" | awk '{ print $12 + $13 }'
}

# share_of_core LIST: what the viewer takes while LIST is open, in per cent.
share_of_core () {
  activate list "'$1'"
  sleep 2
  before=$(cpu_ticks)
  sleep "$seconds"
  after=$(cpu_ticks)
  awk "BEGIN { printf \"%.2f\", ($after - $before) / $seconds }"
}

# memory FIELD: of the viewer, in MiB.
memory () {
  awk -v field="$1:" '$1 == field { print int($2 / 1024) }' "/proc/$viewer/status"
}

printf 'machine: %s, %s CPUs, Linux %s, GTK %s, %s, load %s\n' \
  "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
  "$(pkg-config --modversion gtk4 2>/dev/null || echo 4)" "$(date -u +%Y-%m-%d)" \
  "$(cut -d' ' -f1 /proc/loadavg)"

# Parts of it, and the window on a heap that does not change and on one that does.
figures "$ALLOC_BUILDDIR/tests/viewer/bench"
figures "$ALLOC_BUILDDIR/tests/viewer/bench_window" saved
start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" million
figures "$ALLOC_BUILDDIR/tests/viewer/bench_window" live "$heap"
end_target

# A target that does nothing, looked at ten times a second.
start_target "$ALLOC_BUILDDIR/tests/viewer/story" sparse
start_viewer --size 1600x1000 --rate 10 "$heap"
wait_state status live
activate mark-a
for list in $lists; do
  bar "10-hz-$list" "$(share_of_core "$list")" % 5
done
stop_viewer
end_target

# One of which something changes in every frame.
start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" all-classes
start_viewer --size 1600x1000 --rate 10 "$heap"
wait_state status live
activate mark-a
for list in $lists; do
  tell "busy-$list" "$(share_of_core "$list")" %
done
stop_viewer
end_target

# 100 GiB of spans, live, with their past. A frame comes every four seconds, so that the median is
# what is taken between frames; the most is taken while one is exchanged for the next, of which there
# are ten.
start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" server
figures "$ALLOC_BUILDDIR/tests/viewer/bench_window" memory "$heap"
start_viewer --size 1600x1000 --rate 10 "$heap"
wait_state status live 60
sleep 10
samples=0
while [ "$samples" -lt 60 ]; do
  memory VmRSS
  samples=$((samples + 1))
  sleep 0.5
done >"$scratch/memory"
bar rss-of-100-gib "$(sort -n "$scratch/memory" | sed -n 30p)" MiB 300
bar peak-of-100-gib "$(memory VmHWM)" MiB 300
printf 'load at the end: %s\n' "$(cut -d' ' -f1 /proc/loadavg)"
stop_viewer
viewer=
end_target
exit $missed
