#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the tests of test_frame_memory on a display of their own.
exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" \
  "$ALLOC_BUILDDIR/tests/viewer/test_frame_memory"
