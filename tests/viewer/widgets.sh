#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the tests of test_tables, test_table_order, test_shortcuts, test_time_widgets, test_heap_side,
# test_links, test_mappings_view, test_reasons_box, test_tips and test_widgets on a display of their own.
folder=$ALLOC_BUILDDIR/tests/viewer
GTK_A11Y=test exec "$ALLOC_SRCDIR/tests/viewer/with_display.sh" \
  sh -c '"$0/test_tables" && "$0/test_table_order" && "$0/test_shortcuts" && "$0/test_time_widgets" && "$0/test_heap_side" && "$0/test_links" && "$0/test_mappings_view" && "$0/test_reasons_box" && "$0/test_tips" && "$0/test_widgets"' "$folder"
