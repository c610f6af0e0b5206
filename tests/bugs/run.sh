#!/bin/sh
# SPDX-License-Identifier: MIT
# The planted bugs of tests/bugs/bugs.c under liballoc, hardened and not, and with ALLOC_LONG=1 under
# glibc and whatever other allocators of Debian are installed: prints which of them each is caught by,
# at 24, 4,096 and 300,000 bytes, and the sums. Fails when liballoc catches less than it did, or says
# it wrongly.
set -u
bugs=$ALLOC_BUILDDIR/tests/bugs/bugs
ours=$ALLOC_BUILDDIR/liballoc/.libs/liballoc.so
sizes='24 4096 300000'
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
ulimit -c 0

# caught LIBRARY NAME SIZE: whether a run ended otherwise than unnoticed.
caught() {
  LD_PRELOAD=$1 timeout 60 "$bugs" "$2" "$3" > "$folder/out" 2> "$folder/err"
  [ $? -ne 0 ]
}

# column TITLE LIBRARY: runs every bug; a line "name xxx", x being + or - for each size.
column() {
  for name in $names; do
    marks=
    for size in $sizes; do
      if caught "$2" "$name" "$size"; then marks=$marks+; else marks=$marks-; fi
    done
    echo "$name $marks"
  done > "$folder/$1"
  columns="$columns $1"
}

names=$("$bugs") || exit 1
columns=
column liballoc "$ours" 2> "$folder/noise"
LIBALLOC_HARDEN=1
export LIBALLOC_HARDEN
column hardened "$ours" 2>> "$folder/noise"
unset LIBALLOC_HARDEN
if [ -n "${ALLOC_LONG:-}" ]; then
  column glibc '' 2>> "$folder/noise"
  for peer in jemalloc:libjemalloc.so.2 mimalloc:libmimalloc.so.2 gperftools:libtcmalloc_minimal.so.4; do
    found=$(find /usr/lib /usr/lib64 -name "${peer#*:}" 2> /dev/null | head -n 1)
    [ -z "$found" ] || column "${peer%%:*}" "$found" 2>> "$folder/noise"
  done
fi

printf '%-28s' 'caught at 24, 4096, 300000'
for title in $columns; do printf ' %-10s' "$title"; done
echo
for name in $names; do
  printf '%-28s' "$name"
  for title in $columns; do printf ' %-10s' "$(sed -n "s/^$name //p" "$folder/$title")"; done
  echo
done
total=$(($(echo "$names" | wc -l) * 3))
printf '%-28s' "of $total"
for title in $columns; do
  printf ' %-10s' "$(sed 's/.* //' "$folder/$title" | tr -d '\n-' | wc -c)"
done
echo

# least TITLE NUMBER
least() {
  sum=$(sed 's/.* //' "$folder/$1" | tr -d '\n-' | wc -c)
  [ "$sum" -ge "$2" ] || { echo "FAILED: $1 caught $sum of $total, and it should be $2 at least"; exit 1; }
}
least liballoc 42
least hardened 70

# says NAME SIZE HARDEN PATTERN: what is written is one line of this form. A hardened block lies
# anywhere in its span: where it is the first one, what is in front of it is a guard, and the program
# has faulted without a word.
says() {
  for attempt in 1 2 3 4 5; do
    LIBALLOC_HARDEN=$3 LD_PRELOAD=$ours "$bugs" "$1" "$2" 2>&1 > /dev/null | grep -v '^Aborted' > "$folder/said"
    [ "$3" = 1 ] && [ ! -s "$folder/said" ] && [ "$attempt" -lt 5 ] || break
  done
  if [ "$(wc -l < "$folder/said")" -ne 1 ] || ! grep -Eqx "$4" "$folder/said"; then
    echo "FAILED: $1 at $2 bytes, hardened $3: expected $4, and got"
    cat "$folder/said"
    exit 1
  fi
}
small='pointer 0x[0-9a-f]+ \(size class [0-9]+, block [0-9]+ of its span, owner thread [0-9]+\)'
inside='pointer 0x[0-9a-f]+ \(size class [0-9]+, block [0-9]+ of its span( \+ [0-9]+ bytes)?, owner thread [0-9]+\)'
nowhere='pointer 0x[0-9a-f]+ \(not on this heap\)'
for harden in 0 1; do
  says double_free 24 $harden "liballoc: free\(\): double free detected: $small"
  says double_free_one_apart 4096 $harden "liballoc: free\(\): double free detected: $small"
  says free_inside_unaligned 24 $harden "liballoc: free\(\): invalid pointer, inside a block: $inside"
  says free_stack 24 $harden "liballoc: free\(\): invalid pointer, not from this allocator: $nowhere"
  says free_wild 24 $harden "liballoc: free\(\): invalid pointer, not from this allocator: $nowhere"
done
says double_free_by_realloc 24 0 "liballoc: realloc\(\): invalid pointer, the block is free: $small"
says double_free_by_realloc 24 1 "liballoc: realloc\(\): double free detected: $small"
overflown='heap overflow detected, bytes behind the block, or in front of it, were overwritten'
says overflow_1 24 1 "liballoc: free\(\): $overflown: $small"
says overflow_8 4096 1 "liballoc: free\(\): $overflown: $small"
says underflow_1 24 1 "liballoc: free\(\): $overflown: $small"
says double_free 300000 1 'liballoc: free\(\): double free detected: pointer 0x[0-9a-f]+ \(an mmapped region\)'
says write_after_free 24 1 "liballoc: free\(\): write after free detected: $small"
# Blocks of no bytes are inaccessible unless that is turned off.
for name in write_to_nothing read_of_nothing; do
  caught "$ours" $name 24 2> "$folder/noise" || { echo "FAILED: $name went unnoticed"; exit 1; }
  if ! LIBALLOC_FAULT_ZERO=0 LD_PRELOAD=$ours "$bugs" $name 24 > "$folder/out"; then
    echo "FAILED: $name is caught with LIBALLOC_FAULT_ZERO=0"
    exit 1
  fi
done
echo 'every message is as documented'
