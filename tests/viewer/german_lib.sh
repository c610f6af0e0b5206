# SPDX-License-Identifier: MIT
# Sourced after window_lib.sh: what is started from now on speaks German. Skips the test where nothing
# can.
TEXTDOMAINDIR=$ALLOC_BUILDDIR/viewer/po
[ -f "$TEXTDOMAINDIR/de/LC_MESSAGES/liballoc.mo" ] ||
  { echo "skipped: this build has no translations, msgfmt was not installed"; exit 77; }

# German needs a locale: C.UTF-8 will do where gettext heeds LANGUAGE there, else one is made.
speaks_german () {
  "$ALLOC_BUILDDIR/alloc-viewer" --help 2>&1 | grep -q 'Beobachtet den Heap'
}
export TEXTDOMAINDIR LANGUAGE=de LC_ALL=C.UTF-8
if ! speaks_german; then
  mkdir "$scratch/locale"
  localedef -i de_DE -f UTF-8 "$scratch/locale/de_DE.UTF-8" >"$scratch/localedef.log" 2>&1
  export LC_ALL=de_DE.UTF-8 LOCPATH="$scratch/locale"
  [ -d "$scratch/locale/de_DE.UTF-8" ] ||
    { echo "skipped: LANGUAGE is not heeded in C.UTF-8, and localedef makes no German locale"; exit 77; }
  speaks_german || fail "alloc-viewer --help is not German"
fi
