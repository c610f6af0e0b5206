#!/bin/sh
# SPDX-License-Identifier: MIT
# Mistakes on alloc-viewer's command line: one sentence on standard error that names what is wrong,
# a non-zero status, and no window. None of them needs a display.
unset DISPLAY WAYLAND_DISPLAY
export DBUS_SESSION_BUS_ADDRESS=disabled:
scratch=$(mktemp -d "${TMPDIR:-/tmp}/hv-arguments.XXXXXX") || exit 99
trap 'rm -rf "$scratch"' EXIT
viewer=$ALLOC_BUILDDIR/alloc-viewer
failed=0

# refused PATTERN ARGUMENTS: the sentence must contain PATTERN.
refused () {
  pattern=$1
  shift
  "$viewer" "$@" >"$scratch/out" 2>"$scratch/err"
  status=$?
  if [ "$status" -eq 0 ] || [ "$status" -gt 125 ]; then
    echo "FAIL: alloc-viewer $*: status $status"
    failed=1
  fi
  if [ "$(wc -l <"$scratch/err")" -ne 1 ] || ! grep -qi -- "$pattern" "$scratch/err"; then
    echo "FAIL: alloc-viewer $*: no sentence with \"$pattern\":"
    cat "$scratch/err"
    failed=1
  fi
  if [ -s "$scratch/out" ]; then
    echo "FAIL: alloc-viewer $*: writes to standard output"
    failed=1
  fi
}

refused 'unknown option' --no-such-option
refused '4194999' 4194999
refused 'not the number' 99999999999999
refused 'not the number' 0
refused 'empty' ''
refused "$scratch/none" "$scratch/none"
echo 'no snapshot at all' >"$scratch/foreign"
refused "$scratch/foreign" "$scratch/foreign"
: >"$scratch/zero"
refused "$scratch/zero" "$scratch/zero"
refused "$scratch" "$scratch"
refused 'liballoc' $$
refused 'at a time' 1 2
refused 'rate' --rate 0
refused 'rate' --rate nan
refused 'rate' --rate 61
refused 'rate' --rate x
refused 'theme' --theme blue
refused 'size' --size 10
refused 'size' --size 0x0
refused 'size' --size 99999x99999
refused 'display'
[ "$(id -u)" -eq 0 ] || refused 'process 1' 1

"$viewer" --version | grep -q '^alloc-viewer [0-9]' || { echo "FAIL: --version"; failed=1; }
"$viewer" --help | grep -q 'PID | FILE' || { echo "FAIL: --help"; failed=1; }
exit "$failed"
