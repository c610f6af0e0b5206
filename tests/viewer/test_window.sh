#!/bin/sh
# SPDX-License-Identifier: MIT
# The real alloc-viewer, from its list of processes to pictures on disk: a process is picked by keys,
# watched, zoomed by wheel, keys and buttons, paused, exported, killed. Asked questions over D-Bus, it
# answers with its actions' states; screenshots are kept in tests/viewer/shots of the build folder.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" --screen 1200x800 "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"

key () {
  xdotool key --clearmodifiers "$@" || fail "cannot press $*"
  sleep 0.3
}

# start_heap KIND
start_heap () {
  start_target "$ALLOC_BUILDDIR/tests/viewer/fake_heap" "$1"
}

start_heap all-classes

# Without an argument: the list, from which the arrows and Enter choose. Other processes on liballoc
# may be in it as well, in any order, so one row after the other is picked until it is ours.
start_viewer --size 1200x800
wait_state status processes
sleep 1.5
shoot processes
row=0
while :; do
  key Home
  i=0
  while [ "$i" -lt "$row" ]; do
    xdotool key Down
    i=$((i + 1))
  done
  key Return
  wait_state status '[!p]*' 5
  [ "$(action_state target)" = "$heap" ] && break
  row=$((row + 1))
  [ "$row" -lt 40 ] || fail "process $heap is not in the list"
  key ctrl+p
  wait_state status processes
  sleep 0.3
done
wait_state status live
wait_state view '*settled'
shoot live
[ "$(xdotool getactivewindow getwindowname 2>/dev/null || xdotool search --name 'Heap Viewer' getwindowname %1)" != "" ] ||
  fail "the window has no title"

# Zoom: keys, buttons' actions, Ctrl and the wheel at the pointer.
whole=$(view_shift)
action_enabled zoom-out && fail "the whole heap can be zoomed out"
key plus
wait_state view "$((whole - 1)) *settled"
activate zoom-in
wait_state view "$((whole - 2)) *settled"
xdotool mousemove 300 450
sleep 0.3
xdotool keydown ctrl click 4 click 4 keyup ctrl
wait_state view "$((whole - 4)) *settled"
before=$(action_state view)
xdotool click 5 click 5 click 5
sleep 0.5
wait_state view '*settled'
[ "$(action_state view)" != "$before" ] || fail "the wheel does not move the map"
before=$(action_state view)
xdotool mousemove 300 600 mousedown 1 mousemove 300 560 mousemove 300 500 mousemove 300 420 mouseup 1
sleep 0.5
wait_state view '*settled'
[ "$(action_state view)" != "$before" ] || fail "dragging does not move the map"
# A double click zooms to the span, Backspace returns.
here=$(view_shift)
xdotool mousemove 300 400 click --repeat 2 --delay 60 1
sleep 0.5
wait_state view '*settled'
[ "$(view_shift)" -lt "$here" ] || fail "a double click does not zoom in"
shoot span
key BackSpace
wait_state view "$here *settled"
# Down to single blocks, and back to the whole.
i=0
while action_enabled zoom-in; do
  activate zoom-in
  i=$((i + 1))
  [ "$i" -lt 60 ] || fail "zooming in has no end"
done
wait_state view '8 *settled'
shoot blocks
activate zoom-fit
wait_state view "$whole *settled"

# Its header folds the first arena, which is then no longer in view; the key shows it again.
first=$(action_state view | sed 's/^[0-9]* \(0x[0-9a-f]*\)-.*/\1/')
y=252
while :; do
  xdotool mousemove 300 "$y" click 1
  sleep 0.3
  case $(action_state view) in *" $first-"*) ;; *) break ;; esac
  y=$((y + 8))
  [ "$y" -lt 300 ] || fail "there is no header of an arena to press on"
done
xdotool mousemove 10 10
shoot folded
key Escape # without a selection it is the first band in view
key f
wait_state view "$whole $first-* settled"

# Every lens by its key, in both orders; each is another picture of the same heap.
number=0
for lens in state fill class owner age churn residency diff; do
  number=$((number + 1))
  key "$number"
  wait_state lens "$lens"
  wait_state view '*settled'
  shoot "lens-$lens"
done
key o
wait_state by-class true
wait_state view '*settled'
for number in 8 6 4 2; do key "$number"; done
wait_state lens fill
sleep 0.5
wait_state view '*settled'
shoot by-class-fill
key 1
wait_state lens state
shoot by-class-state
wait_state view '*settled'
here=$(view_shift)
activate zoom-in
wait_state view "$((here - 1)) *settled"
action_enabled zoom-out || fail "what was zoomed in by class cannot be zoomed out"
activate zoom-fit
wait_state view "$here *settled"
key o
wait_state by-class false
wait_state view "$whole *settled"
activate lens "'pink'"
wait_state lens state

# The past: earlier frames by key, the newest again, and what changed since mark A.
wait_state moment 'newest *'
activate step "-6"
wait_state moment '[0-9]*' 10
shoot past
activate mark-a
activate newest
wait_state moment 'newest *'
activate list "'changes'"
wait_state changes 'Since A*'
shoot changes
key comma
wait_state moment '[0-9]*' 10
key l
wait_state moment 'newest *'
"$ALLOC_BUILDDIR/alloc-inspect" record "$heap" --output "$scratch/past.heaprec" --seconds 1 \
  > "$scratch/record.log" || fail "cannot record: $(cat "$scratch/record.log")"

# Every list.
for list in spans arenas classes caches regions release mappings details; do
  activate list "'$list'"
  sleep 0.3
  shoot "list-$list"
done

# Pictures, written whole or not at all.
for kind in png svg pdf; do
  activate export-to "'$scratch/heap.$kind'"
  wait_state exported "$scratch/heap.$kind"
done
# What is exported is what is on screen: another lens in another order is another picture.
activate lens "'fill'"
activate by-class
activate export-to "'$scratch/by-class.png'"
wait_state exported "$scratch/by-class.png"
cmp -s "$scratch/heap.png" "$scratch/by-class.png" && fail "a lens exports the same picture"
rm "$scratch/by-class.png"
# Larger, with everything in it.
activate export-scale 3
activate export-scale 9
wait_state export-scale 3
activate export-to "'$scratch/large.png'"
wait_state exported "$scratch/large.png"
size=$(head -c 24 "$scratch/large.png" | tail -c 8 | od -An -tu1 | tr -s ' ' ' ')
[ "$size" = ' 0 0 18 192 0 0 11 184' ] || fail "large.png is not 4800 x 3000 pixels:$size"
rm "$scratch/large.png"
activate export-scale 1
activate by-class
activate lens "'state'"
[ "$(head -c 4 "$scratch/heap.png" | tail -c 3)" = PNG ] || fail "heap.png is no PNG"
grep -q '<svg' "$scratch/heap.svg" || fail "heap.svg is no SVG"
[ "$(head -c 4 "$scratch/heap.pdf")" = %PDF ] || fail "heap.pdf is no PDF"
activate export-to "'$scratch/heap.jpeg'"
wait_state exported '!*'
activate export-to "'$scratch/missing/heap.png'"
wait_state exported '!*'
[ "$(ls "$scratch" | grep -c '^heap\.[a-z]*$')" -eq 4 ] || fail "an export left something behind: $(ls "$scratch")"
shoot export-error

# The whole report, and what was watched as a recording.
for kind in png svg pdf; do
  activate report-to "'$scratch/report.$kind'"
  wait_state exported "$scratch/report.$kind"
done
activate record-to "'$scratch/watched.heaprec'"
wait_state exported "$scratch/watched.heaprec"
"$ALLOC_BUILDDIR/alloc-inspect" ledger "$scratch/watched.heaprec" --at 1 >"$scratch/ledger.log" 2>&1 ||
  fail "what was saved is no recording: $(cat "$scratch/ledger.log")"
activate record-to "'$scratch/missing/watched.heaprec'"
wait_state exported '!*'

# Pause and go on.
key space
wait_state status paused
key space
wait_state status live

# Back to the list, and to the heap again.
key ctrl+p
wait_state status processes
key ctrl+p
wait_state status live

# The process ends: its last frame stays.
end_target
wait_state status 'gone'
wait_state view '*settled'
sleep 0.5
shoot gone
action_enabled export || fail "the last frame cannot be exported"

# What cannot be opened is told in the window.
activate open "'$scratch/heap.svg'"
wait_state status failed
sleep 0.5
shoot foreign
# A recording opens at its end, and goes back to its first frame.
activate open "'$scratch/past.heaprec'"
wait_state status file
wait_state moment 'newest *'
activate step "-1000"
wait_state moment '[0-9]*' 10
shoot recording
# Both programs draw the same pages of it.
activate newest
wait_state moment 'newest *'
wait_state view '*settled'
for kind in map report; do
  action=export-to
  [ $kind = report ] && action=report-to
  for format in png svg pdf; do
    activate $action "'$scratch/window.$format'"
    wait_state exported "$scratch/window.$format"
    "$ALLOC_BUILDDIR/alloc-inspect" $kind "$scratch/past.heaprec" --output "$scratch/inspect.$format" ||
      fail "alloc-inspect $kind fails"
    for program in window inspect; do # a PDF has its time, an SVG numbers of cairo's
      sed 's/(D:[^)]*)//; s/\(id="\|#\)[a-z]*[0-9-]*"/\1"/g' "$scratch/$program.$format" >"$scratch/$program.same"
    done
    cmp "$scratch/window.same" "$scratch/inspect.same" || fail "$kind: another $format than alloc-inspect's"
    activate export-to "'$scratch/missing/none.png'"
    wait_state exported '!*'
  done
done
# same_picture WHAT ARGUMENTS: the window exports what alloc-inspect map draws with them, pixel by pixel.
same_picture () {
  what=$1
  shift
  wait_state view '*settled'
  activate export-to "'$scratch/missing/none.png'"
  wait_state exported '!*'
  activate export-to "'$scratch/window.png'"
  wait_state exported "$scratch/window.png"
  "$ALLOC_BUILDDIR/alloc-inspect" map "$scratch/past.heaprec" "$@" --output "$scratch/inspect.png" ||
    fail "alloc-inspect map $* fails"
  cmp "$scratch/window.png" "$scratch/inspect.png" || fail "$what: another picture than alloc-inspect's"
  if [ -s "$scratch/before.png" ] && cmp -s "$scratch/before.png" "$scratch/window.png"; then
    fail "$what: the same picture as before"
  fi
  cp "$scratch/window.png" "$scratch/before.png"
}
# same_range WHAT ARGUMENTS: the same of the range in view. The legend of a lens may take a line more
# than another's, which leaves the map less: the range is read when that has been laid out.
same_range () {
  tries=20
  while :; do
    wait_state view '*settled'
    range=$(action_state view | cut -d' ' -f2)
    activate export-to "'$scratch/missing/none.png'"
    wait_state exported '!*'
    activate zoom-to "'$zoomed'"
    wait_state view '*settled'
    [ "$(action_state view | cut -d' ' -f2)" != "$range" ] || break
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "$1: what is in view goes on moving"
  done
  same_picture "$@" --range "$range"
}
# The same of every lens, by addresses and by size classes.
lenses='state fill class owner age churn residency'
for order in address class; do
  [ $order = address ] || activate by-class
  for lens in $lenses; do
    activate lens "'$lens'"
    same_picture "$lens by $order" --lens $lens --order $order
  done
done
# In every theme, of size classes and of addresses, and twice as large.
activate lens "'state'"
app_set theme "'dark'"
same_picture 'dark by class' --theme dark --order class
app_set contrast "'high'"
same_picture 'dark and high contrast by class' --theme dark-contrast --order class
activate by-class
same_picture 'dark and high contrast' --theme dark-contrast
app_set theme "'light'"
same_picture 'high contrast' --theme light-contrast
app_set contrast "'normal'"
app_set theme "'dark'"
activate export-scale 2
same_picture 'dark and twice as large' --theme dark --size 3200x2000
# Zoomed: to an arena, to some spans, to blocks. What is in view is the range.
first=$(action_state view | sed 's/^[0-9]* \(0x[0-9a-f]*\)-.*/\1/')
for bytes in 1048576 65536 2048; do
  here=$(action_state view)
  zoomed=$(printf '0x%x-0x%x' $((first + 1048576)) $((first + 1048576 + bytes)))
  activate zoom-to "'$zoomed'"
  tries=100
  until [ "$(action_state view)" != "$here" ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "zooming to $bytes bytes leaves $here in view"
    sleep 0.1
  done
  wait_state view '*settled'
  some='state fill'
  [ $bytes -ne 65536 ] || some=$lenses
  for lens in $some; do
    activate lens "'$lens'"
    same_range "dark, $lens, $bytes bytes" --theme dark --lens $lens --size 3200x2000
  done
done
[ "$(view_shift)" -le 11 ] || fail "2048 bytes are shown in rows of 2^$(view_shift)"
shoot dark-blocks
activate export-scale 1
same_picture 'dark blocks' --theme dark --lens fill --range "$range"
app_set theme "'follow'"
app_set contrast "'follow'"
activate zoom-fit
activate lens "'state'"
activate step "-1000"
wait_state moment '[0-9]*' 10
same_picture 'an earlier moment' --at 1
# By then the heap has a past, which ages and churn are of.
number=$("$ALLOC_BUILDDIR/alloc-inspect" json "$scratch/past.heaprec" --at 4 | sed -n 's/^.*"seq":\([0-9]*\).*$/\1/p')
activate step 3
wait_state moment "[0-9]* $number"
for lens in age churn; do
  activate lens "'$lens'"
  same_picture "$lens at an earlier moment" --lens $lens --at 4
done
activate lens "'state'"
activate step "-1000"
wait_state moment '[0-9]*'
# Between two marks the difference is theirs, whatever is on screen; without B it is to what is there.
same_difference () {
  activate export-to "'$scratch/window.png'"
  wait_state exported "$scratch/window.png"
  "$ALLOC_BUILDDIR/alloc-inspect" map "$scratch/past.heaprec" --lens diff --output "$scratch/inspect.png" "$@" ||
    fail "alloc-inspect map --lens diff $* fails"
  cmp "$scratch/window.png" "$scratch/inspect.png" || fail "$*: another picture than alloc-inspect's"
  activate export-to "'$scratch/missing/none.png'"
  wait_state exported '!*'
}
activate mark-a
activate step 2
wait_state moment '[0-9]*'
activate mark-b
activate newest
wait_state moment 'newest *'
activate lens "'diff'"
wait_state view '*settled'
same_difference --against "$scratch/past.heaprec@1" --to "$scratch/past.heaprec@3"
shoot difference-of-marks
activate step -1000
activate step 2
wait_state moment '[0-9]*'
activate mark-b
activate newest
wait_state moment 'newest *'
same_difference --against "$scratch/past.heaprec@1"
activate by-class
wait_state view '*settled'
same_difference --against "$scratch/past.heaprec@1" --order class
activate by-class
activate lens "'state'"
# A target that does not answer is waited for; it can be left at any time.
start_heap silent
activate open "'$heap'"
wait_state status waiting
sleep 1
wait_state status waiting
shoot silent
end_target
wait_state status gone
# A format of the future is refused in the window, with a sentence.
start_heap newer
activate open "'$heap'"
wait_state status failed
sleep 0.5
shoot newer
end_target
# An empty heap is a heap, too.
start_heap empty
activate open "'$heap'"
wait_state status live
sleep 0.5
shoot empty
end_target
stop_viewer
viewer=
echo "all good; screenshots are in $shots"
