#!/bin/sh
# SPDX-License-Identifier: MIT
# The dynamic symbols that liballoc.so defines are those that doc/symbols.txt documents, no more and
# no fewer; in a build with a sanitizer, those of them that start with alloc_.
set -eu

library=$ALLOC_BUILDDIR/liballoc/.libs/liballoc.so
documented=$(mktemp)
exported=$(mktemp)
trap 'rm -f "$documented" "$exported"' EXIT

if [ ! -e "$library" ]; then
  echo "there is no $library: built with --disable-shared"
  exit 77
fi
if [ -n "$ALLOC_SANITIZER" ]; then names='^alloc_'; else names='^[A-Za-z_]'; fi
awk '/^[A-Za-z_]/ { print $1 }' "$ALLOC_SRCDIR/doc/symbols.txt" | grep "$names" | LC_ALL=C sort > "$documented"
nm -D --defined-only "$library" | awk '{ print $NF }' | sed 's/@.*//' | LC_ALL=C sort > "$exported"

if ! diff -u --label documented --label exported "$documented" "$exported"; then
  echo "lines with + are exported and not in doc/symbols.txt, lines with - are documented and missing"
  exit 1
fi
echo "$(wc -l < "$exported") symbols, all documented"
