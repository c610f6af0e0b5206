# SPDX-License-Identifier: MIT
# Sourced by tests that look into the built library, in $library. Skips them where there is none, or
# where it has more in it than the library itself.

library=$ALLOC_BUILDDIR/liballoc/.libs/liballoc.so
skip() {
  echo "skipped: $*"
  exit 77
}
[ -z "$ALLOC_SANITIZER" ] || skip 'sanitizers add code and variables of their own'
[ -e "$library" ] || skip 'built with --disable-shared'
