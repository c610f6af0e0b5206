#!/bin/sh
# SPDX-License-Identifier: MIT
# How long the fast paths are: instructions of the built library from the start of malloc, free and
# C++'s operators to their first return, which is the way of a block from and to a bin. Everything
# else leaves that way by a jump, and no call and no locked instruction may be on it.
set -u

. "$ALLOC_SRCDIR/tests/unit/built_library.sh"
case $(uname -m) in
  x86_64) ;;
  *) skip "the bounds are for x86_64, and this is $(uname -m)" ;;
esac
case " $ALLOC_CFLAGS_USED " in
  *' -O0 '* | *' -Og '* | *' -Os '*) skip "compiled with $ALLOC_CFLAGS_USED" ;;
esac

failed=0
# path FUNCTION MOST: one address may have several names, so the address is looked for.
path() {
  address=$(nm -D --defined-only "$library" | awk -v name="$1" '$3 == name { print $1 }')
  [ -n "$address" ] || { echo "FAILED: there is no $1 in $library"; failed=1; return; }
  code=$(objdump -d --no-show-raw-insn --start-address="0x$address" "$library" |
    awk '/^ *[0-9a-f]+:/ { sub(/^ *[0-9a-f]+:\t*/, ""); print } / *ret/ { exit }')
  count=$(printf '%s\n' "$code" | grep -cvE '^(endbr64|nop)')
  echo "$1: $count instructions, at most $2"
  if [ "$count" -gt "$2" ] || printf '%s\n' "$code" | grep -qE '^(call|lock|xchg|cmpxchg)'; then
    printf 'FAILED: %s is\n%s\n' "$1" "$code"
    failed=1
  fi
}

path malloc 16
path free 22
path alloc_malloc 16
path alloc_free 22
path _Znwm 16
path _Znam 16
path _ZdlPv 22
path _ZdlPvm 22
exit $failed
