# SPDX-License-Identifier: MIT
# Sourced by tests that read alloc-viewer as a screen reader does, after window_lib.sh. Skips the test
# where its tools are missing.
find_python
[ -n "$python" ] ||
  { echo "skipped: python3-gi and gir1.2-atspi-2.0 are not installed"; exit 77; }
has_accessibility_bus || { echo "skipped: at-spi2-core is not installed"; exit 77; }

# One reader for the whole test: it asks on descriptor 6, and answers on 7.
start_reader () {
  mkfifo "$scratch/ask" "$scratch/answer"
  "$python" "$ALLOC_SRCDIR/tests/viewer/accessible.py" <"$scratch/ask" >"$scratch/answer" \
    2>"$scratch/reader.log" &
  exec 6>"$scratch/ask" 7<"$scratch/answer"
}
stop_reader () {
  exec 6>&- 7<&-
}
# ask WHAT QUESTION: what was found is in $found.
ask () {
  printf '%s\n' "$2" >&6
  found=
  while read -r line <&7; do
    case $line in
      '= good') echo "$1: $found" && return 0 ;;
      '= bad') fail "$1: $found" ;;
    esac
    found="$found${found:+
}$line"
  done
  fail "$1: the reader has ended: $(cat "$scratch/reader.log")"
}
# walk PAGE
walk () {
  ask "$1" walk
}
