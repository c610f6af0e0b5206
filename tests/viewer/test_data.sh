#!/bin/sh
# SPDX-License-Identifier: MIT
# The desktop entry, the AppStream metadata, the file types and the templates are valid, and files of
# ours are known by their first bytes and by their names.
data=$ALLOC_SRCDIR/viewer/data
checked=0
if command -v desktop-file-validate >/dev/null 2>&1; then
  desktop-file-validate "$data/org.liballoc.Viewer.desktop" || exit 1
  checked=$((checked + 1))
fi
if command -v appstreamcli >/dev/null 2>&1; then
  appstreamcli validate --no-net "$data/org.liballoc.Viewer.metainfo.xml" || exit 1
  checked=$((checked + 1))
fi
if command -v xmllint >/dev/null 2>&1; then
  xmllint --noout "$data"/*.xml "$data"/*.svg "$data"/ui/*.ui || exit 1
  checked=$((checked + 1))
fi
# The types' magic is what is written, and the desktop entry opens both.
types=$data/org.liballoc.Viewer.xml
snapshot=$(sed -n 's/^#define ALLOC_SNAPSHOT_MAGIC *"\(.*\)".*/\1/p' \
  "$ALLOC_SRCDIR/liballoc/include/liballoc/snapshot.h")
recording=$(sed -n 's/^#define HV_RECORDING_MAGIC *"\(.*\)".*/\1/p' \
  "$ALLOC_SRCDIR/viewer/model/recording.h")
for magic in "$snapshot" "$recording"; do
  [ -n "$magic" ] && grep -q "<match type=\"string\" value=\"$magic\" offset=\"0\"/>" "$types" ||
    { echo "FAIL: no file type has the magic \"$magic\""; exit 1; }
done
for type in $(sed -n 's/.*<mime-type type="\(.*\)">/\1/p' "$types"); do
  for file in desktop metainfo.xml; do
    grep -q "^MimeType=\(.*;\)*$type;\|<mediatype>$type</mediatype>" \
      "$data/org.liballoc.Viewer.$file" || { echo "FAIL: $file does not have $type"; exit 1; }
  done
done
# known FILE TYPE: what a file manager says of it
known () {
  said=$(XDG_DATA_HOME="$scratch" GIO_USE_VFS=local gio info -a standard::content-type "$1" |
    sed -n 's/.*standard::content-type: //p')
  [ "$said" = "$2" ] || { echo "FAIL: $1 is known as \"$said\", not $2"; exit 1; }
}
if command -v update-mime-database >/dev/null 2>&1 && command -v gio >/dev/null 2>&1; then
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/hv-data.XXXXXX") || exit 99
  trap 'rm -rf "$scratch"' EXIT
  mkdir -p "$scratch/mime/packages"
  cp "$types" "$scratch/mime/packages/"
  XDG_DATA_HOME="$scratch" update-mime-database "$scratch/mime" || exit 1
  printf '%s\001\000\000\000' "$snapshot" >"$scratch/a"
  printf '%s\001\000\000\000' "$recording" >"$scratch/b"
  printf '\003\001\000' | tee "$scratch/a.heapsnap" >"$scratch/b.heaprec"
  for name in a a.heapsnap; do known "$scratch/$name" application/x-liballoc-snapshot; done
  for name in b b.heaprec; do known "$scratch/$name" application/x-liballoc-recording; done
  checked=$((checked + 1))
fi
# Every control of the templates that shows only an icon has a name for screen readers.
awk '
  /<object class="Gtk(Menu|Toggle)?Button"/ { inside = 1; text = "" }
  inside { text = text $0 }
  inside && /<\/object>/ {
    inside = 0
    if (text ~ /icon-name/ && text !~ /<accessibility>/) { print FILENAME ": no label: " text; bad = 1 }
  }
  END { exit bad }' "$data"/ui/*.ui || exit 1
[ "$checked" -gt 0 ] || { echo "skipped: desktop-file-validate, appstreamcli and xmllint are not installed"; exit 77; }
