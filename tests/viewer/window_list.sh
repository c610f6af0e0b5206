#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs test_window_list and test_window_export on a display of their own.
GTK_A11Y=test exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" \
  sh -c '"$0/test_window_list" && "$0/test_window_export"' "$ALLOC_BUILDDIR/tests/viewer"
