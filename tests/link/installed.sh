#!/bin/sh
# SPDX-License-Identifier: MIT
# `make install` puts the documented files in place, they work from there, and `make uninstall`
# leaves no file behind.
. "$ALLOC_SRCDIR/tests/link/install.sh"

install_root
for file in "$ALLOC_LIBDIR/liballoc.so" "$ALLOC_LIBDIR/liballoc.so.0" "$ALLOC_LIBDIR/liballoc.a" \
  "$ALLOC_LIBDIR/pkgconfig/liballoc.pc" "$ALLOC_BINDIR/alloc-run" $ALLOC_INSTALLED; do
  [ -e "$root$file" ] || fail "$file is not installed"
done
[ "$(readelf -d "$runtime/liballoc.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')" = liballoc.so.0 ] || fail 'other soname'
if readelf -d "$runtime/liballoc.so" | grep 'NEEDED' | grep -v 'lib[c]\.so\|ld-linux'; then
  fail 'the library needs another library than libc'
fi
if readelf -dlW "$runtime/liballoc.so" | grep -E 'TEXTREL|GNU_STACK.*RWE|RPATH|RUNPATH'; then
  fail 'the library has text relocations, an executable stack or a search path'
fi
[ "$(pkg-config --modversion liballoc)" = "$("$root$ALLOC_BINDIR/alloc-run" --version | cut -d' ' -f2)" ] || fail 'two versions'
"$root$ALLOC_BINDIR/alloc-run" cat /proc/self/maps | grep -q "$runtime/liballoc.so.0" ||
  fail 'the installed alloc-run preloads another library'
for program in "$root$ALLOC_BINDIR"/*; do
  "$program" --version > "$folder/out" 2>&1 || fail "$program --version: $(cat "$folder/out")"
  "$program" --help > "$folder/out" 2>&1 || fail "$program --help: $(cat "$folder/out")"
done
for page in $(find "$root" -path '*/man/man*' -type f); do
  if command -v man > /dev/null; then
    LC_ALL=C.UTF-8 man --warnings -l "$page" 2> "$folder/warnings" > "$folder/out" || fail "$page is no manual page"
    [ ! -s "$folder/warnings" ] || fail "$page: $(cat "$folder/warnings")"
    [ "$(wc -l < "$folder/out")" -gt 15 ] || fail "$page is empty"
  fi
done

quietly 'make uninstall' make -C "$ALLOC_BUILDDIR" uninstall DESTDIR="$root"
left=$(find "$root" ! -type d)
[ -z "$left" ] || fail "make uninstall leaves $left"
