# SPDX-License-Identifier: MIT
# The bench. `make bench` builds it and runs it; nothing of it is built by `make` or installed.
#
#     make bench BENCH_FLAGS='--quick --only fixed'
#
# is `tests/bench/run --quick --only fixed` in this build. doc/performance.md says what it measures.

PYTHON3 = python3
BENCH_FLAGS =

# The compiler must not know what malloc and free do, or it removes the calls.
BENCH_CFLAGS = $(AM_CFLAGS) -fno-builtin

bench_programs = \
	tests/bench/aligned \
	tests/bench/backed \
	tests/bench/burst_freed \
	tests/bench/bursts \
	tests/bench/depth \
	tests/bench/fixed \
	tests/bench/fragment \
	tests/bench/grow \
	tests/bench/idle_threads \
	tests/bench/large \
	tests/bench/launch \
	tests/bench/mixed \
	tests/bench/pipeline \
	tests/bench/ring \
	tests/bench/scatter \
	tests/bench/scopes \
	tests/bench/server \
	tests/bench/sharing \
	tests/bench/steps \
	tests/bench/thread_churn \
	tests/bench/watched \
	tests/bench/watcher \
	tests/bench/zeroed

EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs) tests/bench/libwork.la

tests_bench_backed_SOURCES = tests/bench/backed.c
tests_bench_launch_SOURCES = tests/bench/launch.c

EXTRA_LTLIBRARIES = tests/bench/libwork.la
tests_bench_libwork_la_SOURCES = \
	tests/bench/recorded.c tests/bench/recorded.h \
	tests/bench/work.c tests/bench/work.h
tests_bench_libwork_la_CFLAGS = $(BENCH_CFLAGS)
BENCH_LIBS = tests/bench/libwork.la -lpthread

tests_bench_aligned_SOURCES = tests/bench/aligned.c
tests_bench_aligned_CFLAGS = $(BENCH_CFLAGS)
tests_bench_aligned_LDADD = $(BENCH_LIBS)
tests_bench_burst_freed_SOURCES = tests/bench/burst_freed.c
tests_bench_burst_freed_CFLAGS = $(BENCH_CFLAGS)
tests_bench_burst_freed_LDADD = $(BENCH_LIBS)
tests_bench_bursts_SOURCES = tests/bench/bursts.c
tests_bench_bursts_CFLAGS = $(BENCH_CFLAGS)
tests_bench_bursts_LDADD = $(BENCH_LIBS)
tests_bench_depth_SOURCES = tests/bench/depth.c
tests_bench_depth_CFLAGS = $(BENCH_CFLAGS)
tests_bench_depth_LDADD = $(BENCH_LIBS)
tests_bench_fixed_SOURCES = tests/bench/fixed.c
tests_bench_fixed_CFLAGS = $(BENCH_CFLAGS)
tests_bench_fixed_LDADD = $(BENCH_LIBS)
tests_bench_fragment_SOURCES = tests/bench/fragment.c
tests_bench_fragment_CFLAGS = $(BENCH_CFLAGS)
tests_bench_fragment_LDADD = $(BENCH_LIBS)
tests_bench_grow_SOURCES = tests/bench/grow.c
tests_bench_grow_CFLAGS = $(BENCH_CFLAGS)
tests_bench_grow_LDADD = $(BENCH_LIBS)
tests_bench_idle_threads_SOURCES = tests/bench/idle_threads.c
tests_bench_idle_threads_CFLAGS = $(BENCH_CFLAGS)
tests_bench_idle_threads_LDADD = $(BENCH_LIBS)
tests_bench_large_SOURCES = tests/bench/large.c
tests_bench_large_CFLAGS = $(BENCH_CFLAGS)
tests_bench_large_LDADD = $(BENCH_LIBS)
tests_bench_mixed_SOURCES = tests/bench/mixed.c
tests_bench_mixed_CFLAGS = $(BENCH_CFLAGS)
tests_bench_mixed_LDADD = $(BENCH_LIBS)
tests_bench_pipeline_SOURCES = tests/bench/pipeline.c
tests_bench_pipeline_CFLAGS = $(BENCH_CFLAGS)
tests_bench_pipeline_LDADD = $(BENCH_LIBS)
tests_bench_ring_SOURCES = tests/bench/ring.c
tests_bench_ring_CFLAGS = $(BENCH_CFLAGS)
tests_bench_ring_LDADD = $(BENCH_LIBS)
tests_bench_scatter_SOURCES = tests/bench/scatter.c
tests_bench_scatter_CFLAGS = $(BENCH_CFLAGS)
tests_bench_scatter_LDADD = $(BENCH_LIBS)
tests_bench_scopes_SOURCES = tests/bench/scopes.c
tests_bench_scopes_CFLAGS = $(BENCH_CFLAGS) -Wno-alloca
tests_bench_scopes_LDADD = liballoc/liballoc.la
tests_bench_server_SOURCES = tests/bench/server.c
tests_bench_server_CFLAGS = $(BENCH_CFLAGS)
tests_bench_server_LDADD = $(BENCH_LIBS)
tests_bench_sharing_SOURCES = tests/bench/sharing.c
tests_bench_sharing_CFLAGS = $(BENCH_CFLAGS)
tests_bench_sharing_LDADD = $(BENCH_LIBS)
tests_bench_steps_SOURCES = tests/bench/steps.c
tests_bench_steps_CFLAGS = $(BENCH_CFLAGS)
tests_bench_steps_LDADD = $(BENCH_LIBS)
tests_bench_thread_churn_SOURCES = tests/bench/thread_churn.c
tests_bench_thread_churn_CFLAGS = $(BENCH_CFLAGS)
tests_bench_thread_churn_LDADD = $(BENCH_LIBS)
tests_bench_watched_SOURCES = tests/bench/watched.c
tests_bench_watched_CFLAGS = $(BENCH_CFLAGS)
tests_bench_watched_LDADD = $(BENCH_LIBS)
tests_bench_zeroed_SOURCES = tests/bench/zeroed.c
tests_bench_zeroed_CFLAGS = $(BENCH_CFLAGS)
tests_bench_zeroed_LDADD = $(BENCH_LIBS)

if CXX_WORKS
bench_programs += tests/bench/objects
tests_bench_objects_SOURCES = tests/bench/objects.cc
tests_bench_objects_CXXFLAGS = $(AM_CXXFLAGS) -Wall -Wextra
tests_bench_objects_LDADD = $(BENCH_LIBS)
endif

tests_bench_watcher_SOURCES = tests/bench/watcher.c
tests_bench_watcher_CFLAGS = $(AM_CFLAGS) $(MODEL_CFLAGS) $(ALLOC_PROGRAM_CFLAGS)
tests_bench_watcher_LDADD = viewer/libhvmodel.la $(MODEL_LIBS)

# What a traced call costs, by itself: tests/bench/tracing [FILE].
EXTRA_PROGRAMS += tests/bench/tracing
CLEANFILES += tests/bench/tracing
tests_bench_tracing_SOURCES = tests/bench/tracing.c
tests_bench_tracing_CFLAGS = $(BENCH_CFLAGS)
tests_bench_tracing_LDADD = liballoc/libheap.la -lpthread

EXTRA_DIST += \
	tests/bench/modes \
	tests/bench/run \
	tests/bench/allocators.py \
	tests/bench/chart.py \
	tests/bench/figures.py \
	tests/bench/launching.py \
	tests/bench/programs.py \
	tests/bench/report.py \
	tests/bench/scopes.py \
	tests/bench/workloads.py

.PHONY: bench
bench:
	$(PYTHON3) $(srcdir)/tests/bench/run --build '$(abs_top_builddir)' $(BENCH_FLAGS)

# That it works, not how fast anything is.
if INTERPOSE
TESTS += tests/bench/test_bench.sh
endif
dist_check_SCRIPTS += tests/bench/test_bench.sh
