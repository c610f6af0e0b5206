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
least liballoc 46
least hardened 81 # of 83, but for a few that depend on where a block lies

# says NAME SIZE SETTING PATTERN: what is written is one line of this form. A hardened block lies
# anywhere in its span: where it is the first one, what is in front of it is a guard, and the program
# has faulted without a word.
says() {
  for attempt in 1 2 3 4 5; do
    env "$3" LD_PRELOAD="$ours" "$bugs" "$1" "$2" 2>&1 > /dev/null | grep -v '^Aborted' > "$folder/said"
    [ "$3" = "$hardened" ] && [ ! -s "$folder/said" ] && [ "$attempt" -lt 5 ] || break
  done
  if [ "$(wc -l < "$folder/said")" -ne 1 ] || ! grep -Eqx "$4" "$folder/said"; then
    echo "FAILED: $1 at $2 bytes with $3: expected $4, and got"
    cat "$folder/said"
    exit 1
  fi
}

# knows NAME SIZE SETTING WORD...: the same, and the line ends with where the block was allocated, and
# freed where that is a WORD: in the functions of bugs.c that do so.
knows() {
  bug=$1 size=$2 setting=$3 line=
  shift 3
  for word; do line="$line, $word at [^ ]*/bugs:(\\([^)]*\\))?\\[0x[0-9a-f]+\\]"; done
  says "$bug" "$size" "$setting" "liballoc: .*: pointer 0x[0-9a-f]+ \\(.*\\)$line"
  for word; do
    place=$(sed -n "s/.*, $word at [^[]*\\[\\([^]]*\\)\\].*/\\1/p" "$folder/said")
    # It is where the call returns to, which may be another line or function already.
    function=$(addr2line -f -e "$bugs" "$(printf 0x%x $((place - 1)))" | head -n 1)
    case $word,$function in
      allocated,make | freed,release | *,"$bug" | *,over) ;;
      *)
        cat "$folder/said"
        echo "FAILED: $bug at $size bytes with $setting: $word in $function"
        exit 1
        ;;
    esac
  done
}
small='pointer 0x[0-9a-f]+ \(size class [0-9]+, block [0-9]+ of its span, owner thread [0-9]+\)'
inside='pointer 0x[0-9a-f]+ \(size class [0-9]+, block [0-9]+ of its span( \+ [0-9]+ bytes)?, owner thread [0-9]+\)'
nowhere='pointer 0x[0-9a-f]+ \(not on this heap\)'
plain=LIBALLOC_HARDEN=0 hardened=LIBALLOC_HARDEN=1
known='(, allocated at [^ ]+)?(, freed at [^ ]+)?'
for setting in $plain $hardened; do
  says double_free 24 $setting "liballoc: free\(\): double free detected: $small$known"
  says double_free_one_apart 4096 $setting "liballoc: free\(\): double free detected: $small$known"
  says free_inside_unaligned 24 $setting "liballoc: free\(\): invalid pointer, inside a block: $inside$known"
  says free_stack 24 $setting "liballoc: free\(\): invalid pointer, not from this allocator: $nowhere"
  says free_wild 24 $setting "liballoc: free\(\): invalid pointer, not from this allocator: $nowhere"
done
says double_free_by_realloc 24 $plain "liballoc: realloc\(\): invalid pointer, the block is free: $small"
says double_free_by_realloc 24 $hardened "liballoc: realloc\(\): double free detected: $small$known"
says free_inside 300000 $plain 'liballoc: free\(\): invalid pointer, inside a block: pointer 0x[0-9a-f]+ \(a large block of 303104 bytes \+ 16 bytes, owner thread [0-9]+\)'
says free_inside 5000000 $plain 'liballoc: free\(\): invalid pointer, inside a block: pointer 0x[0-9a-f]+ \(an mmapped region of [0-9]+ bytes \+ 16 bytes, owner thread [0-9]+\)'
overflown='heap overflow detected, bytes behind the block, or in front of it, were overwritten'
says overflow_1 24 $hardened "liballoc: free\(\): $overflown: $small$known"
says overflow_8 4096 $hardened "liballoc: free\(\): $overflown: $small$known"
says underflow_1 24 $hardened "liballoc: free\(\): $overflown: $small$known"
says double_free 300000 $hardened "liballoc: free\(\): double free detected: pointer 0x[0-9a-f]+ \(an mmapped region of 300000 bytes, owner thread [0-9]+\)$known"
says write_after_free 24 $hardened "liballoc: free\(\): write after free detected: $small$known"

# Where calls are slow anyway, it is known whose they were.
if command -v addr2line > /dev/null; then
  for setting in $hardened MALLOC_CHECK_=3 LIBALLOC_LEAKS=/dev/null LIBALLOC_TRACE="$folder/trace"; do
    for size in $sizes; do
      knows double_free "$size" "$setting" allocated freed
      knows double_free_by_realloc "$size" "$setting" allocated freed
      knows free_inside "$size" "$setting" allocated
    done
  done
  for setting in $hardened MALLOC_CHECK_=3; do
    knows overflow_1 24 $setting allocated freed
    knows wrong_size_delete 4096 $setting allocated
  done
  knows write_after_free 24 $hardened allocated freed
fi
# Blocks of no bytes are inaccessible unless that is turned off.
for name in write_to_nothing read_of_nothing; do
  caught "$ours" $name 24 2> "$folder/noise" || { echo "FAILED: $name went unnoticed"; exit 1; }
  if ! LIBALLOC_FAULT_ZERO=0 LD_PRELOAD=$ours "$bugs" $name 24 > "$folder/out"; then
    echo "FAILED: $name is caught with LIBALLOC_FAULT_ZERO=0"
    exit 1
  fi
done
echo 'every message is as documented'
