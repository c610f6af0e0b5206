#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs test_window_list on a display of its own.
GTK_A11Y=test exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" \
  "$ALLOC_BUILDDIR/tests/viewer/test_window_list"
