#!/bin/sh
# SPDX-License-Identifier: MIT
# Deletes and C23's frees that tell a wrong size are caught while blocks are checked or guarded, and
# right ones are not; without either they are frees like any other.
set -u
ours=$ALLOC_BUILDDIR/liballoc/.libs/liballoc.so
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
ulimit -c 0
unset LIBALLOC_OPTIONS LIBALLOC_HARDEN MALLOC_CHECK_

if ! echo 'int main() { delete new int; }' | $ALLOC_CXX -x c++ -o "$folder/try" - > /dev/null 2>&1; then
  echo 'skipped: there is no C++ compiler'
  exit 77
fi
$ALLOC_CXX -std=c++17 -fsized-deallocation -O1 -g -w -o "$folder/sized" \
  "$ALLOC_SRCDIR/tests/bugs/sized.cc" "$ours" -Wl,-rpath,"${ours%/*}" > "$folder/log" 2>&1 ||
  { cat "$folder/log"; echo 'FAILED: cannot compile sized.cc'; exit 1; }

run() {
  env "$1" "$folder/sized" "$2" > /dev/null 2> "$folder/said"
}

for mode in MALLOC_CHECK_=3 LIBALLOC_HARDEN=1 LIBALLOC_SAMPLE_GUARDS=3 MALLOC_CHECK_=0; do
  run $mode right || { cat "$folder/said"; echo "FAILED: right sizes are refused with $mode"; exit 1; }
  [ ! -s "$folder/said" ] || { cat "$folder/said"; echo "FAILED: something is said with $mode"; exit 1; }
done

# caught MODE NAME FUNCTION ASKED TOLD
caught() {
  run "$1" "$2" && { echo "FAILED: $2 is not caught with $1"; exit 1; }
  expected="liballoc: $3(): the block was allocated with $4 and is freed with $5: pointer 0x"
  grep -Fq "$expected" "$folder/said" || { echo "FAILED: $2 with $1: expected $expected, and got"; cat "$folder/said"; exit 1; }
}
for mode in MALLOC_CHECK_=3 LIBALLOC_HARDEN=1; do
  caught $mode base 'operator delete' '124 bytes' 24
  caught $mode array 'operator delete' '240 bytes' 24
  caught $mode large 'operator delete' '300000 bytes' 200000
  caught $mode aligned 'operator delete' '64 bytes' 65
  caught $mode free_sized free_sized '40 bytes' 41
  caught $mode free_aligned_sized free_aligned_sized '256 bytes' 128
done
caught MALLOC_CHECK_=3 alignment 'operator delete' 'alignment 64' 128
for name in base array large alignment aligned free_sized free_aligned_sized; do
  run MALLOC_CHECK_=0 $name || { echo "FAILED: $name ends the program without checking"; exit 1; }
done
echo 'wrong sizes are caught, right ones are not'
