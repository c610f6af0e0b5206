#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that hold the allocator: liballoc.a with a dynamic libc, and wholly static ones, in which
# nothing of libc's malloc may be left.
. "$ALLOC_SRCDIR/tests/link/install.sh"

install_root
archive=$root$ALLOC_LIBDIR/liballoc.a
[ -e "$archive" ] || {
  echo 'skipped: built with --disable-static'
  exit 77
}
# without_libc_malloc PROGRAM: glibc's malloc.o defines _int_malloc, and comes whole or not at all.
without_libc_malloc() {
  if nm "$1" | grep -q ' [tT] _int_malloc$'; then
    fail "libc's malloc is linked into $1 as well"
  fi
}

# No name of the archive can be one of a program's own: a program may have all that the library's
# objects share among themselves.
nm "$archive" | awk '$2 ~ /^[A-Z]$/ && $2 != "U" { print $3 }' | sort -u > "$folder/names"
awk '/^[A-Za-z_]/ { print $1 }' "$ALLOC_SRCDIR/doc/symbols.txt" > "$folder/documented"
grep -vxF -f "$folder/documented" "$folder/names" | grep -v '^liballoc_\|^__malloc_' &&
  fail "$archive has names beside those of doc/symbols.txt"
sed -n 's/^liballoc_\(.*\)/int \1 = 42;/p' "$folder/names" > "$folder/own.c"
grep -q ' span_create = 42' "$folder/own.c" || fail "the shared names are not in $archive"
$ALLOC_CC -fno-builtin -w -c -o "$folder/own.o" "$folder/own.c" || fail 'the own names do not compile'
compile "$folder/still" still.c "$folder/own.o" "$archive" -pthread
echo still > "$folder/expected"
same 'still, with own names' "$folder/expected" "$folder/still"

compile "$folder/plugin.so" plugin.c -shared -fPIC
compile "$folder/program" startup.c -rdynamic "$archive" -pthread
same 'startup, archive' "$folder/startup.out" "$folder/program" "$folder/plugin.so"
if cxx_works; then
  compile "$folder/operators" operators.cc "$archive" -pthread
  same 'operators, archive' "$folder/operators.out" "$folder/operators"
fi

echo 'int main(void) { return 0; }' > "$folder/try.c"
if ! $ALLOC_CC -static -o "$folder/try" "$folder/try.c" > /dev/null 2>&1; then
  echo "the wholly static programs are left out: $ALLOC_CC cannot link any"
  exit 0
fi
# shellcheck disable=SC2086 -- a list of flags
for kind in -static -static-pie; do
  compile "$folder/program" startup.c $kind $static_flags
  without_libc_malloc "$folder/program"
  same "startup, $kind" "$folder/startup.out" "$folder/program"
  compile "$folder/still" still.c $kind $static_flags
  without_libc_malloc "$folder/still"
  echo still > "$folder/expected"
  same "still, $kind" "$folder/expected" "$folder/still"
  if cxx_works; then
    compile "$folder/operators" operators.cc $kind $static_flags
    without_libc_malloc "$folder/operators"
    same "operators, $kind" "$folder/operators.out" "$folder/operators"
  fi
done
