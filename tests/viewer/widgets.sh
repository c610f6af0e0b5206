#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the tests of test_widgets on a display of their own.
GTK_A11Y=test exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" "$ALLOC_BUILDDIR/tests/viewer/test_widgets"
