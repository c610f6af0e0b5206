#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs test_small_window in German, whose words are longer, on a display of its own.
[ -n "${HV_TEST_DISPLAY:-}" ] ||
  HV_TEST_DISPLAY=1 GTK_A11Y=test exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" "$0" "$@"
. "$ALLOC_SRCDIR/tests/viewer/window_lib.sh"
. "$ALLOC_SRCDIR/tests/viewer/german_lib.sh"
"$ALLOC_BUILDDIR/tests/viewer/test_small_window"
