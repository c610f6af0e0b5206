#!/bin/sh
# SPDX-License-Identifier: MIT
# Sampled blocks between guard pages: what touches one after it was freed, or beyond its end, is told
# of with the stacks that allocated and freed it, and the program ends as it would have without us.
set -u
bugs=$ALLOC_BUILDDIR/tests/bugs/bugs
ours=$ALLOC_BUILDDIR/liballoc/.libs/liballoc.so
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
ulimit -c 0

# tells NAME STATUS FIRST-LINE LINE...: the first line, and lines that must follow.
tells() {
  name=$1 wanted=$2 first=$3
  shift 3
  LIBALLOC_SAMPLE_GUARDS=1 LD_PRELOAD=$ours "$bugs" "$name" 24 > /dev/null 2> "$folder/said"
  status=$?
  if [ "$status" -ne "$wanted" ] || ! head -n 1 "$folder/said" | grep -Eqx "$first"; then
    echo "FAILED: $name ended with $status, expected $wanted and \"$first\", and got"
    cat "$folder/said"
    exit 1
  fi
  # The first frame of each stack is the program's.
  if grep -E -A 1 "$allocated|$freed" "$folder/said" | grep -q '/liballoc\.so'; then
    echo "FAILED: $name has stacks that begin in the library"
    cat "$folder/said"
    exit 1
  fi
  for line; do
    grep -Eqx "$line" "$folder/said" || { echo "FAILED: $name lacks \"$line\""; cat "$folder/said"; exit 1; }
  done
}

block='a sampled block of 24 bytes'
frame='    .*/tests/bugs/bugs:.*\[0x[0-9a-f]+\]'
allocated='  allocated by thread [0-9]+:'
freed='  freed by thread [0-9]+:'
tells write_after_free 139 "liballoc: use after free: pointer 0x[0-9a-f]+ is 0 bytes into $block" \
  "$allocated" "$freed" "$frame"
tells read_after_free 139 "liballoc: use after free: pointer 0x[0-9a-f]+ is 0 bytes into $block" \
  "$allocated" "$freed" "$frame"
tells overflow_100 139 "liballoc: heap overflow: pointer 0x[0-9a-f]+ is 8 bytes behind the end of $block" \
  "$allocated" "$frame"
tells double_free 134 "liballoc: free\(\): double free detected: pointer 0x[0-9a-f]+ is 0 bytes into $block" \
  "$allocated" "$freed" "$frame"
tells double_free_by_realloc 134 "liballoc: realloc\(\): invalid pointer, the block is free: pointer 0x[0-9a-f]+ is 0 bytes into $block" \
  "$allocated" "$freed" "$frame"
tells free_inside 134 "liballoc: free\(\): invalid pointer, inside a block: pointer 0x[0-9a-f]+ is 16 bytes into $block" \
  "$allocated" "$frame"
# And a correct program does not notice.
LIBALLOC_SAMPLE_GUARDS=3 LD_PRELOAD=$ours "$bugs" > "$folder/names" 2> "$folder/said" || exit 1
[ ! -s "$folder/said" ] || { cat "$folder/said"; exit 1; }
echo 'each is told of with its stacks'
