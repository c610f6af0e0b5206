#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs test_small_window on a display of its own, on which larger windows would be larger.
GTK_A11Y=test exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" \
  "$ALLOC_BUILDDIR/tests/viewer/test_small_window"
