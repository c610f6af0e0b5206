#!/bin/sh
# SPDX-License-Identifier: MIT
# Every translation of alloc-viewer is complete: nothing that the sources say is untranslated, fuzzy
# or left over, and its formats take the same arguments. `make update-po` brings the files up to date.
for tool in xgettext msgmerge msgattrib msgfmt; do
  command -v "$tool" >/dev/null 2>&1 || { echo "skipped: $tool is not installed"; exit 77; }
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/hv-translation.XXXXXX") || exit 99
trap 'rm -rf "$scratch"' EXIT
po=$ALLOC_SRCDIR/viewer/po
bad=0

sh "$po/extract.sh" "$ALLOC_SRCDIR" "$scratch/liballoc.pot" || exit 1
languages=$(sed '/^#/d' "$po/LINGUAS")
[ -n "$languages" ] || { echo "FAIL: LINGUAS names no language"; exit 1; }

# none OPTION TEXT: the messages of the merged file that msgattrib selects; there must be none.
none () {
  msgattrib "$1" --no-wrap "$scratch/$language.po" >"$scratch/found" || exit 1
  # All but the header.
  sed '1,/^$/d' "$scratch/found" | grep -q msgid || return 0
  echo "FAIL: $language: $2:"
  sed '1,/^$/d' "$scratch/found"
  bad=1
}

for language in $languages; do
  msgmerge --quiet --no-wrap -o "$scratch/$language.po" "$po/$language.po" "$scratch/liballoc.pot" || exit 1
  none --untranslated "untranslated"
  none --only-fuzzy "fuzzy"
  none --only-obsolete "no longer said"
  msgfmt --check --check-accelerators=_ -o "$scratch/$language.mo" "$po/$language.po" || bad=1
  # What desktops show comes from files of their own.
  for key in Name GenericName Comment Keywords; do
    grep -q "^$key\[$language\]=." "$ALLOC_SRCDIR/viewer/data/org.liballoc.Viewer.desktop" ||
      { echo "FAIL: the desktop file has no $key[$language]"; bad=1; }
  done
  grep -q "<summary xml:lang=\"$language\">" "$ALLOC_SRCDIR/viewer/data/org.liballoc.Viewer.metainfo.xml" ||
    { echo "FAIL: the metainfo has no summary in $language"; bad=1; }
  types=$ALLOC_SRCDIR/viewer/data/org.liballoc.Viewer.xml
  [ "$(grep -c "<comment xml:lang=\"$language\">" "$types")" = "$(grep -c "<mime-type" "$types")" ] ||
    { echo "FAIL: a file type has no name in $language"; bad=1; }
done
[ "$bad" -eq 0 ] && echo "complete: $(echo "$languages" | tr '\n' ' ')"
exit "$bad"
