# SPDX-License-Identifier: MIT
# The suite of `make check`. A unit test is a cmocka program named like the object it tests:
#
#     check_PROGRAMS += tests/unit/test_span
#     TESTS += tests/unit/test_span
#     tests_unit_test_span_SOURCES = tests/unit/test_span.c
#     tests_unit_test_span_LDADD = $(HEAP_TEST_LIBS)
#
# inside `if CMOCKA`. Scripts end in .sh and find their way by the environment below. A test that
# cannot run here says why on its last line and exits with 77.

HEAP_TEST_LIBS = liballoc/libheap.la $(CMOCKA_LIBS) -lpthread

TEST_EXTENSIONS = .sh
LOG_COMPILER = $(SHELL) $(srcdir)/tests/isolated.sh
SH_LOG_COMPILER = $(SHELL) $(srcdir)/tests/isolated.sh $(SHELL)
EXTRA_DIST += tests/isolated.sh
AM_TESTS_ENVIRONMENT = \
	ALLOC_SRCDIR='$(abs_top_srcdir)'; export ALLOC_SRCDIR; \
	ALLOC_BUILDDIR='$(abs_top_builddir)'; export ALLOC_BUILDDIR; \
	ALLOC_BINDIR='$(bindir)'; export ALLOC_BINDIR; \
	ALLOC_LIBDIR='$(libdir)'; export ALLOC_LIBDIR; \
	ALLOC_INSTALLED='$(installed_files)'; export ALLOC_INSTALLED; \
	ALLOC_CC='$(CC)'; export ALLOC_CC; \
	ALLOC_CXX='$(CXX)'; export ALLOC_CXX; \
	ALLOC_SANITIZER='$(ALLOC_SANITIZER_FLAGS)'; export ALLOC_SANITIZER; \
	UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1; export UBSAN_OPTIONS; \
	TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$(abs_top_srcdir)/tests/tsan.supp:print_suppressions=0; export TSAN_OPTIONS; \
	LC_ALL=C.UTF-8; export LC_ALL;

dist_check_SCRIPTS =

include tests/allocator.mk
include tests/fault/local.mk

# For ./check, which does not run each of them in every build.
.PHONY: list-tests
list-tests:
	@echo $(TESTS)

# What `make install` is documented to install, beside the library itself.
installed_files = \
	$(includedir)/liballoc/alloc.h \
	$(includedir)/liballoc/snapshot.h \
	$(includedir)/liballoc/stack.h \
	$(bindir)/alloc-inspect \
	$(mandir)/man1/alloc-inspect.1 \
	$(mandir)/man1/alloc-run.1 \
	$(mandir)/man7/liballoc.7
if VIEWER
installed_files += $(bindir)/alloc-viewer $(mandir)/man1/alloc-viewer.1
endif
if TRANSLATIONS
installed_files += $(HV_LANGUAGES:%=$(localedir)/%/LC_MESSAGES/liballoc.mo)
endif

# The exported symbols are the documented ones.
TESTS += tests/test_symbols.sh
dist_check_SCRIPTS += tests/test_symbols.sh

# The format's page tells the truth.
TESTS += tests/test_format.sh
dist_check_SCRIPTS += tests/test_format.sh

if INTERPOSE
TESTS += tests/test_alloc_run.sh
endif
dist_check_SCRIPTS += tests/test_alloc_run.sh
EXTRA_DIST += tests/packages.sh tests/tsan.supp

# Real programs, with liballoc and without. `make check` runs those whose packages ./check installs,
# `make check-long` all of them: packages_programs of tests/packages.sh names what they need.
program_tests = \
	tests/programs/clang.sh \
	tests/programs/gcc.sh \
	tests/programs/git.sh \
	tests/programs/imagemagick.sh \
	tests/programs/perl.sh \
	tests/programs/python.sh \
	tests/programs/redis.sh \
	tests/programs/sqlite3.sh
more_program_tests = \
	tests/programs/apache.sh \
	tests/programs/archives.sh \
	tests/programs/chromium.sh \
	tests/programs/cmake.sh \
	tests/programs/ffmpeg.sh \
	tests/programs/ghostscript.sh \
	tests/programs/gtk.sh \
	tests/programs/java.sh \
	tests/programs/languages.sh \
	tests/programs/mariadb.sh \
	tests/programs/memcached.sh \
	tests/programs/nginx.sh \
	tests/programs/node.sh \
	tests/programs/numpy.sh \
	tests/programs/postgres.sh \
	tests/programs/python_suite.sh
EXTRA_DIST += tests/programs/compare.sh
dist_check_SCRIPTS += $(program_tests) $(more_program_tests)
if INTERPOSE
TESTS += $(program_tests)
if VIEWER
TESTS += tests/programs/viewer.sh
endif
endif
dist_check_SCRIPTS += tests/programs/viewer.sh

# The programs of the tutorial.
dist_check_SCRIPTS += tests/examples.sh
if INTERPOSE
TESTS += tests/examples.sh
endif

# Every way to use the library: preloaded, linked, in one piece, loaded as a module; and installing.
link_tests = \
	tests/link/dynamic.sh \
	tests/link/installed.sh \
	tests/link/preloaded.sh \
	tests/link/static.sh
EXTRA_DIST += \
	tests/link/deepbind.c \
	tests/link/dlopened.c \
	tests/link/install.sh \
	tests/link/module.c \
	tests/link/module.cc \
	tests/link/operators.cc \
	tests/link/plugin.c \
	tests/link/startup.c \
	tests/link/still.c
dist_check_SCRIPTS += $(link_tests)
if INTERPOSE
TESTS += $(link_tests)
endif

# Traces and leak reports of whole programs.
debug_scripts = tests/debug/leaks.sh tests/debug/lost.sh tests/debug/mtrace.sh tests/debug/profile.sh
EXTRA_DIST += tests/debug/callers.c tests/debug/inlined.c tests/debug/lost.c tests/debug/traced.c \
	tests/debug/profile.proto tests/debug/profiled.c
dist_check_SCRIPTS += $(debug_scripts)
if INTERPOSE
TESTS += $(debug_scripts)
endif

# Snapshots: the allocator's writer against the viewer's reader. A test program is its own target.
if CMOCKA
WATCH_TEST_LIBS = viewer/libhvmodel.la $(HEAP_TEST_LIBS)
WATCH_TEST_CFLAGS = $(AM_CFLAGS) $(MODEL_CFLAGS) $(CMOCKA_CFLAGS)
watch_tests = \
	tests/stress/test_snapshot_load \
	tests/unit/test_self \
	tests/unit/test_snapshot_frame \
	tests/unit/test_snapshot_life \
	tests/unit/test_snapshot_refused \
	tests/unit/test_snapshot_shadow \
	tests/unit/test_table
check_PROGRAMS += $(watch_tests)
TESTS += $(watch_tests)

tests_stress_test_snapshot_load_SOURCES = \
	tests/stress/test_snapshot_load.c \
	tests/unit/target.c tests/unit/target.h
tests_stress_test_snapshot_load_CFLAGS = $(WATCH_TEST_CFLAGS)
tests_stress_test_snapshot_load_LDADD = $(WATCH_TEST_LIBS)

tests_unit_test_self_SOURCES = tests/unit/test_self.c
tests_unit_test_self_LDADD = $(HEAP_TEST_LIBS)
tests_unit_test_table_SOURCES = tests/unit/test_table.c
tests_unit_test_table_LDADD = $(HEAP_TEST_LIBS)

tests_unit_test_snapshot_frame_SOURCES = tests/unit/test_snapshot_frame.c
tests_unit_test_snapshot_frame_CFLAGS = $(WATCH_TEST_CFLAGS)
tests_unit_test_snapshot_frame_LDADD = $(WATCH_TEST_LIBS)

tests_unit_test_snapshot_life_SOURCES = \
	tests/unit/test_snapshot_life.c \
	tests/unit/obedient.c tests/unit/obedient.h \
	tests/unit/target.c tests/unit/target.h
tests_unit_test_snapshot_life_CFLAGS = $(WATCH_TEST_CFLAGS)
tests_unit_test_snapshot_life_LDADD = $(WATCH_TEST_LIBS)

tests_unit_test_snapshot_refused_SOURCES = \
	tests/unit/test_snapshot_refused.c \
	tests/unit/obedient.c tests/unit/obedient.h \
	tests/unit/target.c tests/unit/target.h
tests_unit_test_snapshot_refused_CFLAGS = $(WATCH_TEST_CFLAGS)
tests_unit_test_snapshot_refused_LDADD = $(WATCH_TEST_LIBS)

tests_unit_test_snapshot_shadow_SOURCES = \
	tests/unit/test_snapshot_shadow.c \
	tests/unit/shadow.c tests/unit/shadow.h \
	tests/unit/target.c tests/unit/target.h
tests_unit_test_snapshot_shadow_CFLAGS = $(WATCH_TEST_CFLAGS)
tests_unit_test_snapshot_shadow_LDADD = $(WATCH_TEST_LIBS)
endif

# The model, the render core and alloc-inspect, without a display. fake_heap is a process that
# looks like one on liballoc.
if CMOCKA
VIEWER_TEST_CFLAGS = $(AM_CFLAGS) $(RENDER_CFLAGS) $(MODEL_CFLAGS) $(CMOCKA_CFLAGS)
VIEWER_TEST_LIBS = tests/libsynthetic.la viewer/libhvrender.la viewer/libhvmodel.la \
	$(RENDER_LIBS) $(MODEL_LIBS) $(CMOCKA_LIBS) -lm
check_LTLIBRARIES += tests/libsynthetic.la
tests_libsynthetic_la_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_libsynthetic_la_SOURCES = tests/viewer/server_heap.c tests/viewer/server_heap.h \
	tests/viewer/synthetic.c tests/viewer/synthetic.h

check_PROGRAMS += tests/viewer/fake_heap
tests_viewer_fake_heap_SOURCES = tests/viewer/fake_heap.c
tests_viewer_fake_heap_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_fake_heap_LDADD = $(VIEWER_TEST_LIBS)

viewer_unit_tests = \
	tests/viewer/test_activity \
	tests/viewer/test_change \
	tests/viewer/test_compare \
	tests/viewer/test_cost \
	tests/viewer/test_cue \
	tests/viewer/test_description \
	tests/viewer/test_history \
	tests/viewer/test_history_save \
	tests/viewer/test_order \
	tests/viewer/test_flame \
	tests/viewer/test_folds \
	tests/viewer/test_frame \
	tests/viewer/test_frame_file \
	tests/viewer/test_lanes \
	tests/viewer/test_layout \
	tests/viewer/test_ledger \
	tests/viewer/test_lens \
	tests/viewer/test_list \
	tests/viewer/test_mappings \
	tests/viewer/test_region_pages \
	tests/viewer/test_palette \
	tests/viewer/test_query \
	tests/viewer/test_reasons \
	tests/viewer/test_recording \
	tests/viewer/test_report \
	tests/viewer/test_strip \
	tests/viewer/test_source \
	tests/viewer/test_tile \
	tests/viewer/test_trace_reader \
	tests/viewer/test_units
check_PROGRAMS += $(viewer_unit_tests)
TESTS += $(viewer_unit_tests)
past_fixture = tests/viewer/past_fixture.c tests/viewer/past_fixture.h
tests_viewer_test_history_SOURCES = tests/viewer/test_history.c $(past_fixture)
tests_viewer_test_history_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_history_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_history_save_SOURCES = tests/viewer/test_history_save.c
tests_viewer_test_history_save_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_history_save_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_history_save_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=hv_recorder_add
tests_viewer_test_change_SOURCES = tests/viewer/test_change.c
tests_viewer_test_change_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_change_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_cue_SOURCES = tests/viewer/test_cue.c
tests_viewer_test_cue_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_cue_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_description_SOURCES = tests/viewer/test_description.c
tests_viewer_test_description_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_description_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_compare_SOURCES = tests/viewer/test_compare.c
tests_viewer_test_compare_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_compare_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_activity_SOURCES = tests/viewer/test_activity.c
tests_viewer_test_activity_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_activity_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_order_SOURCES = tests/viewer/test_order.c
tests_viewer_test_order_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_order_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_flame_SOURCES = tests/viewer/test_flame.c
tests_viewer_test_flame_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_flame_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_folds_SOURCES = tests/viewer/test_folds.c
tests_viewer_test_folds_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_folds_LDADD = $(VIEWER_TEST_LIBS)
published_fixture = tests/viewer/published.c tests/viewer/published.h
tests_viewer_test_frame_SOURCES = tests/viewer/test_frame.c $(published_fixture)
tests_viewer_test_frame_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_frame_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_frame_file_SOURCES = tests/viewer/test_frame_file.c $(published_fixture)
tests_viewer_test_frame_file_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_frame_file_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_lanes_SOURCES = tests/viewer/test_lanes.c
tests_viewer_test_lanes_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_lanes_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_layout_SOURCES = tests/viewer/test_layout.c
tests_viewer_test_layout_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_layout_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_lens_SOURCES = tests/viewer/test_lens.c
tests_viewer_test_lens_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_lens_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_ledger_SOURCES = tests/viewer/test_ledger.c
tests_viewer_test_ledger_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_ledger_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_palette_SOURCES = tests/viewer/test_palette.c
tests_viewer_test_palette_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_palette_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_list_SOURCES = tests/viewer/test_list.c
tests_viewer_test_list_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_list_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_region_pages_SOURCES = tests/viewer/test_region_pages.c $(published_fixture)
tests_viewer_test_region_pages_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_region_pages_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_mappings_SOURCES = tests/viewer/test_mappings.c
tests_viewer_test_mappings_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_mappings_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_mappings_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=hv_smaps_read
tests_viewer_test_query_SOURCES = tests/viewer/test_query.c
tests_viewer_test_query_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_query_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_reasons_SOURCES = tests/viewer/test_reasons.c
tests_viewer_test_reasons_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_reasons_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_recording_SOURCES = tests/viewer/test_recording.c $(past_fixture)
tests_viewer_test_recording_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_recording_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_strip_SOURCES = tests/viewer/test_strip.c
tests_viewer_test_strip_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_strip_LDADD = $(VIEWER_TEST_LIBS)

tests_viewer_test_cost_SOURCES = tests/viewer/test_cost.c
tests_viewer_test_cost_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_cost_LDADD = $(VIEWER_TEST_LIBS)

tests_viewer_test_report_SOURCES = tests/viewer/test_report.c
tests_viewer_test_report_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_report_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_source_SOURCES = tests/viewer/test_source.c
tests_viewer_test_source_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_source_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_tile_SOURCES = tests/viewer/test_tile.c
tests_viewer_test_tile_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_tile_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_trace_reader_SOURCES = tests/viewer/test_trace_reader.c
tests_viewer_test_trace_reader_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_trace_reader_LDADD = $(VIEWER_TEST_LIBS)
tests_viewer_test_units_SOURCES = tests/viewer/test_units.c
tests_viewer_test_units_CFLAGS = $(VIEWER_TEST_CFLAGS)
tests_viewer_test_units_LDADD = $(VIEWER_TEST_LIBS)

# Programs with a reason, on the real allocator.
check_PROGRAMS += tests/viewer/story
tests_viewer_story_SOURCES = tests/viewer/story.c
tests_viewer_story_LDADD = liballoc/liballoc.la -lpthread

TESTS += tests/viewer/inspect.sh tests/viewer/stories.sh
endif
dist_check_SCRIPTS += tests/viewer/inspect.sh tests/viewer/stories.sh
EXTRA_DIST += tests/viewer/story_lib.sh
EXTRA_DIST += tests/viewer/leaks.supp

# alloc-viewer: widgets and windows, each test on an X server and a session bus of its own.
viewer_ui_tests = \
	tests/viewer/accessible.sh \
	tests/viewer/accessible_popovers.sh \
	tests/viewer/appearance_window.sh \
	tests/viewer/dialogs_window.sh \
	tests/viewer/heap_map.sh \
	tests/viewer/keyboard_window.sh \
	tests/viewer/past_window.sh \
	tests/viewer/scale_window.sh \
	tests/viewer/settings.sh \
	tests/viewer/small_window.sh \
	tests/viewer/small_window_german.sh \
	tests/viewer/stories_window.sh \
	tests/viewer/test_arguments.sh \
	tests/viewer/test_data.sh \
	tests/viewer/test_window.sh \
	tests/viewer/tooltip_window.sh \
	tests/viewer/translation.sh \
	tests/viewer/translation_window.sh \
	tests/viewer/wanted_window.sh \
	tests/viewer/widgets.sh \
	tests/viewer/window_list.sh
# Not under a sanitizer: it does not take a program that liballoc is preloaded into, and its malloc
# gives memory back as it likes.
viewer_interpose_tests = tests/viewer/frame_memory.sh tests/viewer/profile_window.sh
dist_check_SCRIPTS += $(viewer_ui_tests) $(viewer_interpose_tests)
EXTRA_DIST += tests/viewer/accessible.py tests/viewer/fake_portal.py tests/viewer/with_display.sh
EXTRA_DIST += tests/viewer/german_lib.sh tests/viewer/reader_lib.sh tests/viewer/window_lib.sh
if VIEWER
if CMOCKA
TESTS += $(viewer_ui_tests) tests/viewer/test_feed tests/viewer/test_heap_tables
if INTERPOSE
TESTS += $(viewer_interpose_tests)
endif
CLEANFILES += tests/viewer/shots/*.png
check_PROGRAMS += tests/viewer/test_feed tests/viewer/test_frame_memory tests/viewer/test_heap_map \
	tests/viewer/test_heap_side tests/viewer/test_heap_tables \
	tests/viewer/test_heap_map_changes tests/viewer/test_heap_map_folds \
	tests/viewer/test_heap_map_keys tests/viewer/test_links \
	tests/viewer/test_mappings_view \
	tests/viewer/test_reasons_box \
	tests/viewer/test_shortcuts \
	tests/viewer/test_small_window tests/viewer/test_table_order tests/viewer/test_tables \
	tests/viewer/test_time_widgets tests/viewer/test_tips tests/viewer/test_widgets \
	tests/viewer/test_window_export \
	tests/viewer/test_window_list
VIEWER_UI_TEST_CFLAGS = $(VIEWER_UI_CFLAGS) $(CMOCKA_CFLAGS)
VIEWER_UI_TEST_LIBS = viewer/libhvui.la tests/libsynthetic.la $(CMOCKA_LIBS)
tooltip_fixture = tests/viewer/tooltip.c tests/viewer/tooltip.h
tooltip_wrap = -Wl,--wrap=gtk_tooltip_set_text
map_fixture = tests/viewer/map_fixture.c tests/viewer/map_fixture.h tests/viewer/ui_steps.c tests/viewer/ui_steps.h
tests_viewer_test_heap_map_SOURCES = tests/viewer/test_heap_map.c $(map_fixture)
tests_viewer_test_heap_map_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_heap_map_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_heap_map_changes_SOURCES = tests/viewer/test_heap_map_changes.c $(map_fixture)
tests_viewer_test_heap_map_changes_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_heap_map_changes_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_heap_map_folds_SOURCES = tests/viewer/test_heap_map_folds.c $(map_fixture)
tests_viewer_test_heap_map_folds_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_heap_map_folds_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_heap_map_keys_SOURCES = tests/viewer/test_heap_map_keys.c $(map_fixture)
tests_viewer_test_heap_map_keys_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_heap_map_keys_LDADD = $(VIEWER_UI_TEST_LIBS)
live_target_fixture = tests/viewer/live_target.c tests/viewer/live_target.h
tests_viewer_test_feed_SOURCES = tests/viewer/test_feed.c $(live_target_fixture)
tests_viewer_test_feed_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_feed_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_feed_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=hv_source_open_file \
	-Wl,--wrap=hv_source_free -Wl,--wrap=hv_region_pages_read_residency
tests_viewer_test_reasons_box_SOURCES = tests/viewer/test_reasons_box.c $(tooltip_fixture) tests/viewer/ui_steps.c tests/viewer/ui_steps.h
tests_viewer_test_reasons_box_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_reasons_box_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_reasons_box_LDFLAGS = $(AM_LDFLAGS) $(tooltip_wrap)
tests_viewer_test_frame_memory_SOURCES = tests/viewer/test_frame_memory.c
tests_viewer_test_frame_memory_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_frame_memory_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_heap_side_SOURCES = tests/viewer/test_heap_side.c tests/viewer/ui_steps.c tests/viewer/ui_steps.h
tests_viewer_test_heap_side_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_heap_side_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_heap_side_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=hv_release_new -Wl,--wrap=hv_heap_table_work_out -Wl,--wrap=hv_compare_new
tests_viewer_test_heap_tables_SOURCES = tests/viewer/test_heap_tables.c
tests_viewer_test_heap_tables_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_heap_tables_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_links_SOURCES = tests/viewer/test_links.c tests/viewer/ui_steps.c tests/viewer/ui_steps.h
tests_viewer_test_links_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_links_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_mappings_view_SOURCES = tests/viewer/test_mappings_view.c tests/viewer/ui_steps.c tests/viewer/ui_steps.h
tests_viewer_test_mappings_view_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_mappings_view_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_mappings_view_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=hv_smaps_read
tests_viewer_test_shortcuts_SOURCES = tests/viewer/test_shortcuts.c tests/viewer/ui_steps.c tests/viewer/ui_steps.h
tests_viewer_test_shortcuts_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_shortcuts_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_small_window_SOURCES = tests/viewer/test_small_window.c $(tooltip_fixture) tests/viewer/ui_steps.c tests/viewer/ui_steps.h
tests_viewer_test_small_window_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_small_window_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_small_window_LDFLAGS = $(AM_LDFLAGS) $(tooltip_wrap)
tests_viewer_test_table_order_SOURCES = tests/viewer/test_table_order.c tests/viewer/ui_steps.c tests/viewer/ui_steps.h
tests_viewer_test_table_order_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_table_order_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_tables_SOURCES = tests/viewer/test_tables.c tests/viewer/ui_steps.c tests/viewer/ui_steps.h
tests_viewer_test_tables_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_tables_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_time_widgets_SOURCES = tests/viewer/test_time_widgets.c $(live_target_fixture) tests/viewer/ui_steps.c tests/viewer/ui_steps.h
tests_viewer_test_time_widgets_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_time_widgets_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_tips_SOURCES = tests/viewer/test_tips.c $(tooltip_fixture) tests/viewer/ui_steps.c tests/viewer/ui_steps.h
tests_viewer_test_tips_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_tips_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_tips_LDFLAGS = $(AM_LDFLAGS) $(tooltip_wrap)
tests_viewer_test_widgets_SOURCES = tests/viewer/test_widgets.c $(tooltip_fixture) tests/viewer/ui_steps.c tests/viewer/ui_steps.h
tests_viewer_test_widgets_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_widgets_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_widgets_LDFLAGS = $(AM_LDFLAGS) $(tooltip_wrap)
tests_viewer_test_window_list_SOURCES = tests/viewer/test_window_list.c tests/viewer/ui_steps.c tests/viewer/ui_steps.h
tests_viewer_test_window_list_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_window_list_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_window_list_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=hv_list_new \
	-Wl,--wrap=hv_list_dup_data_while
tests_viewer_test_window_export_SOURCES = tests/viewer/test_window_export.c tests/viewer/ui_steps.c tests/viewer/ui_steps.h
tests_viewer_test_window_export_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_test_window_export_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_test_window_export_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=hv_render_cells \
	-Wl,--wrap=hv_render_row -Wl,--wrap=hv_recorder_add -Wl,--wrap=hv_file_replace
endif
endif

EXTRA_PROGRAMS =

# The bench of the viewer, on an X server of its own: `make bench-viewer`.
.PHONY: bench-viewer
bench_viewer_sources = tests/viewer/bench_frames.c tests/viewer/bench_frames.h
EXTRA_DIST += tests/viewer/bench.sh tests/viewer/bench.c tests/viewer/bench_window.c $(bench_viewer_sources)
if VIEWER
if CMOCKA
bench_viewer_programs = tests/viewer/bench tests/viewer/bench_window
EXTRA_PROGRAMS += $(bench_viewer_programs)
CLEANFILES += $(bench_viewer_programs)
tests_viewer_bench_SOURCES = tests/viewer/bench.c $(bench_viewer_sources)
tests_viewer_bench_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_bench_LDADD = $(VIEWER_UI_TEST_LIBS)
tests_viewer_bench_window_SOURCES = tests/viewer/bench_window.c $(bench_viewer_sources)
tests_viewer_bench_window_CFLAGS = $(VIEWER_UI_TEST_CFLAGS)
tests_viewer_bench_window_LDADD = $(VIEWER_UI_TEST_LIBS)
bench-viewer: tests/viewer/bench tests/viewer/bench_window tests/viewer/fake_heap tests/viewer/story alloc-viewer alloc-inspect
	$(AM_TESTS_ENVIRONMENT) $(SHELL) $(srcdir)/tests/viewer/bench.sh
endif
endif

# What fuzzing builds and finds has names of its own.
clean-local:
	rm -rf tests/fuzz/built

# The bench is not part of the suite, but for a test that it runs.
include tests/bench/local.mk
