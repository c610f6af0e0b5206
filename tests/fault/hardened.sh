#!/bin/sh
# SPDX-License-Identifier: MIT
# The programs of tests/fault once more with LIBALLOC_HARDEN=1, in shorter forms, and the conformance
# tests whose answers are the same then: a line for each with its seconds and what it said last.
# Bars for resident memory are those of the default mode, so programs that are nothing else are left
# out; test_watched starts targets of its own. test_limits stands for exhaustion, but with ALLOC_LONG=1.
set -u
LIBALLOC_HARDEN=1
export LIBALLOC_HARDEN
said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT
ulimit -c 0
failed=0

for program in fault/cancellation fault/clocks fault/descriptors fault/edges \
  ${ALLOC_LONG:+fault/exhaustion} fault/forks fault/handed_over fault/injected fault/late_frees \
  fault/many_mappings fault/modules fault/reallocs fault/sandbox fault/short_threads \
  fault/signals fault/small_stacks fault/spawns fault/unwatched fault/test_limits \
  unit/test_conformance_allocate unit/test_conformance_free; do
  began=$(date +%s%N)
  (cd "$ALLOC_BUILDDIR" && "tests/$program") > "$said" 2>&1
  status=$?
  tenths=$((($(date +%s%N) - began) / 100000000))
  printf '%-32s %4d.%d s  %s\n' "$program" $((tenths / 10)) $((tenths % 10)) "$(tail -n 1 "$said")"
  if [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; then
    echo "FAILED: $program ended with $status, hardened:"
    cat "$said"
    failed=1
  fi
done
exit $failed
