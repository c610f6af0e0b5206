#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the tests of the heap map on displays of their own: with tiles as cairo nodes, at two device
# pixels a pixel, and with tiles as textures of the GL renderer.
export GTK_A11Y=test
on_display () {
  "$ALLOC_SRCDIR/tests/viewer/with_display.sh" \
    sh -c '"$0" && "$0_changes" && "$0_folds" && "$0_keys"' "$ALLOC_BUILDDIR/tests/viewer/test_heap_map"
}
on_display || exit $?
GDK_SCALE=2 on_display || exit $?
HV_TEST_RENDERER=gl on_display
