#!/bin/sh
# SPDX-License-Identifier: MIT
# The programs of doc/tutorial say what the tutorial says that they say, leave nothing behind, and do
# nothing that checking objects to.
set -u

build=$ALLOC_BUILDDIR
sources=$ALLOC_SRCDIR/doc/examples
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 99' INT TERM
unset LD_PRELOAD LIBALLOC_SNAPSHOT LIBALLOC_OPTIONS LIBALLOC_TRACE LIBALLOC_LEAKS MALLOC_TRACE MALLOC_CHECK_ LOOK
cd "$folder" || exit 99

fail() {
  echo "FAILED $1"
  exit 1
}

[ -e "$build/liballoc/.libs/liballoc.so" ] || { echo 'skipped: built with --disable-shared'; exit 77; }

# run NAME [VARIABLE=VALUE]: the output of the program is the expected one; addresses differ each time.
run() {
  name=$1
  shift
  env "$@" "./$name" > out 2> err || { cat err; fail "$name${*:+ with $*} ends with an error"; }
  [ ! -s err ] || { cat err; fail "$name${*:+ with $*} says something on standard error"; }
  sed -E 's/0x[0-9a-f]{6,}/0xADDRESS/g' out | diff -u "$sources/$name.expected" - || fail "$name${*:+ with $*}"
}

for name in malloc calloc realloc free posix_memalign mallinfo mallopt mcheck mtrace scope; do
  # The programs of the chapter itself: C as it is written there.
  $ALLOC_CC -std=gnu99 -g -O1 -w -fno-builtin -I"$ALLOC_SRCDIR/liballoc/include" -o "$name" "$sources/$name.c" \
    -L"$build/liballoc/.libs" -lalloc "-Wl,-rpath,$build/liballoc/.libs" > log 2>&1 || { cat log; fail "cannot compile $name.c"; }
done

for name in malloc calloc realloc free posix_memalign mallopt mcheck mtrace scope; do
  run "$name"
done
for name in malloc calloc realloc free posix_memalign scope; do
  # A freed block waits in quarantine when checking is on, and is not used again so soon.
  [ "$name" = free ] || run "$name" MALLOC_CHECK_=3
  run "$name" LIBALLOC_TRACE=trace
  "$build/alloc-inspect" leaks trace "./$name" > leaks || { cat leaks; fail "$name leaks"; }
  rm trace
done
echo 'the programs say what they should, leak nothing and are clean when checked'

# The tutorial shows what they print.
for name in malloc calloc realloc free posix_memalign mallopt mcheck scope; do
  while IFS= read -r text; do
    sed -E 's/0x[0-9a-f]{6,}/0xADDRESS/g' "$ALLOC_SRCDIR/doc/tutorial/README.md" | grep -qxF "    $text" ||
      fail "doc/tutorial/README.md does not show what $name prints: $text"
  done < "$sources/$name.expected"
done

# The ten lines of mallinfo: which they are, and what must hold between them.
./mallinfo > out || fail 'mallinfo ends with an error'
awk '
  { label[NR] = substr($0, 1, 39); n[NR] = substr($0, 40) }
  END {
    split("total non mapped|ordinary blocks|fastbin blocks|no of mapped regions|bytes in mapped region|" \
          "maximum total allocated space|free bytes held in fastbins|total allocated space|" \
          "total free space|topmost releasable blocks", name, "|")
    for (i = 1; i <= 10; i++) {
      if (label[i] !~ "^" name[i] " *$") wrong = wrong "line " i " is not " name[i] "\n"
      if (n[i] !~ /^[0-9]+$/) wrong = wrong name[i] " is " n[i] "\n"
    }
    if (NR != 10) wrong = wrong NR " lines\n"
    if (n[1] != n[8] + n[9]) wrong = wrong "not mapped != allocated + free\n"
    if (n[8] < 16 || n[8] > 65536) wrong = wrong "one block of 4 bytes, and allocated is " n[8] "\n"
    if (n[2] < 1) wrong = wrong "there is no free block\n"
    if (n[4] != 0 || n[5] != 0) wrong = wrong "there are mapped regions\n"
    if (n[6] < n[8]) wrong = wrong "the most allocated is less than what is allocated\n"
    if (n[7] > n[9] || n[10] > n[9]) wrong = wrong "a part of the free bytes is more than all of them\n"
    printf "%s", wrong
    exit wrong != ""
  }' out || { cat out; fail 'the ten lines of mallinfo'; }
echo 'mallinfo: ten lines that add up'

# The leak of the chapter, block by block and by its line.
line=$(grep -n 'ptr = malloc' "$sources/mtrace.c" | cut -d: -f1)
MALLOC_TRACE=trace ./mtrace || fail 'mtrace ends with an error'
head -n 1 trace | grep -qx '= Start' || fail 'the trace does not begin with = Start'
[ "$(grep -c '^@ \./mtrace:.* + 0x[0-9a-f]* 0x1$' trace)" -eq 100 ] || { cat trace; fail 'not a hundred lines of one byte'; }
"$build/alloc-inspect" leaks trace ./mtrace > leaks
[ $? -eq 1 ] || fail 'the status of a trace with leaks is not 1'
grep -q '^100 blocks, 100 B were not freed' leaks || { cat leaks; fail 'not a hundred blocks'; }
grep -q "main  .*mtrace\.c:$line\$" leaks || { cat leaks; fail "not line $line"; }
"$build/alloc-inspect" leaks --plain trace ./mtrace > leaks
# Like glibc's script it tells the line of the return address, which may be that of the next statement.
[ "$(grep -cE "^0x.*0x1  at .*mtrace\.c:($line|$((line + 1)))\$" leaks)" -eq 100 ] || { cat leaks; fail 'not a line for each block'; }
echo 'mtrace: a hundred blocks, and where they come from'
