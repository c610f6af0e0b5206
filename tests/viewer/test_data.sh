#!/bin/sh
# SPDX-License-Identifier: MIT
# The desktop entry, the AppStream metadata and the templates are valid.
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
