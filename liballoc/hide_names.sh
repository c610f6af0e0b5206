#!/bin/sh
# SPDX-License-Identifier: MIT
# hide_names.sh ARCHIVE: in liballoc.so what only its own objects share is hidden. An archive has no
# such scope: a program's own span_create would be the library's, or clash with it. So each of these
# names gets a prefix there. READELF and OBJCOPY are programs of those names, or empty: then nothing
# is done.
set -eu
archive=$1
[ -n "${READELF:-}" ] && [ -n "${OBJCOPY:-}" ] || exit 0

"$READELF" -sW "$archive" |
  awk '$5 != "LOCAL" && $6 == "HIDDEN" && $7 != "UND" && $8 !~ /^liballoc_/ { print $8, "liballoc_" $8 }' |
  sort -u > "$archive.names"
"$OBJCOPY" --redefine-syms="$archive.names" "$archive" "$archive.tmp"
mv "$archive.tmp" "$archive"
rm "$archive.names"
