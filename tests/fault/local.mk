# SPDX-License-Identifier: MIT
# Faults, one program each, which prints how often it was borne. `make check` runs them in short,
# `make check-long` at full length.

if CMOCKA
fault_programs = \
	tests/fault/after_burst \
	tests/fault/after_burst_elsewhere \
	tests/fault/cancellation \
	tests/fault/clocks \
	tests/fault/descriptors \
	tests/fault/edges \
	tests/fault/exhaustion \
	tests/fault/forks \
	tests/fault/handed_over \
	tests/fault/held_locks \
	tests/fault/injected \
	tests/fault/late_frees \
	tests/fault/many_mappings \
	tests/fault/modules \
	tests/fault/reallocs \
	tests/fault/ring_of_threads \
	tests/fault/sandbox \
	tests/fault/shifting_sizes \
	tests/fault/short_threads \
	tests/fault/signals \
	tests/fault/sleeping_threads \
	tests/fault/small_stacks \
	tests/fault/spawns \
	tests/fault/unwatched
check_PROGRAMS += $(fault_programs) tests/fault/test_limits
TESTS += $(fault_programs) tests/fault/test_limits

tests_fault_test_limits_SOURCES = tests/fault/test_limits.c
tests_fault_test_limits_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_test_limits_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_after_burst_SOURCES = tests/fault/after_burst.c tests/fault/fault.h
tests_fault_after_burst_CFLAGS = $(ALLOCATOR_TEST_CFLAGS) -DFREED_ELSEWHERE=false
tests_fault_after_burst_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_after_burst_elsewhere_SOURCES = tests/fault/after_burst.c tests/fault/fault.h
tests_fault_after_burst_elsewhere_CFLAGS = $(ALLOCATOR_TEST_CFLAGS) -DFREED_ELSEWHERE=true
tests_fault_after_burst_elsewhere_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_cancellation_SOURCES = tests/fault/cancellation.c tests/fault/fault.h
tests_fault_cancellation_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_cancellation_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_clocks_SOURCES = tests/fault/clocks.c tests/fault/fault.h
tests_fault_clocks_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_clocks_LDADD = $(HEAP_TEST_LIBS)
tests_fault_clocks_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime
tests_fault_descriptors_SOURCES = tests/fault/descriptors.c tests/fault/fault.h
tests_fault_descriptors_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_descriptors_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_edges_SOURCES = tests/fault/edges.c tests/fault/fault.h
tests_fault_edges_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_edges_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_exhaustion_SOURCES = tests/fault/exhaustion.c tests/fault/fault.h
tests_fault_exhaustion_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_exhaustion_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_forks_SOURCES = tests/fault/forks.c tests/fault/fault.h
tests_fault_forks_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_forks_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_held_locks_SOURCES = tests/fault/held_locks.c tests/fault/fault.h
tests_fault_held_locks_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_held_locks_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_handed_over_SOURCES = tests/fault/handed_over.c tests/fault/fault.h
tests_fault_handed_over_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_handed_over_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_injected_SOURCES = tests/fault/injected.c tests/fault/fault.h
tests_fault_injected_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_injected_LDADD = $(HEAP_TEST_LIBS)
tests_fault_injected_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=os_map,--wrap=os_map_aligned \
	-Wl,--wrap=os_unmap,--wrap=os_remap,--wrap=os_purge \
	-Wl,--wrap=mmap,--wrap=munmap,--wrap=mremap,--wrap=madvise,--wrap=mprotect
tests_fault_late_frees_SOURCES = tests/fault/late_frees.c tests/fault/fault.h
tests_fault_late_frees_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_late_frees_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_many_mappings_SOURCES = tests/fault/many_mappings.c tests/fault/fault.h
tests_fault_many_mappings_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_many_mappings_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_modules_SOURCES = tests/fault/modules.c tests/fault/fault.h
tests_fault_modules_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_modules_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_reallocs_SOURCES = tests/fault/reallocs.c tests/fault/fault.h
tests_fault_reallocs_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_reallocs_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_ring_of_threads_SOURCES = tests/fault/ring_of_threads.c tests/fault/fault.h
tests_fault_ring_of_threads_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_ring_of_threads_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_sandbox_SOURCES = tests/fault/sandbox.c tests/fault/fault.h
tests_fault_sandbox_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_sandbox_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_shifting_sizes_SOURCES = tests/fault/shifting_sizes.c tests/fault/fault.h
tests_fault_shifting_sizes_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_shifting_sizes_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_short_threads_SOURCES = tests/fault/short_threads.c tests/fault/fault.h
tests_fault_short_threads_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_short_threads_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_signals_SOURCES = tests/fault/signals.c tests/fault/fault.h
tests_fault_signals_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_signals_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_sleeping_threads_SOURCES = tests/fault/sleeping_threads.c tests/fault/fault.h
tests_fault_sleeping_threads_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_sleeping_threads_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_small_stacks_SOURCES = tests/fault/small_stacks.c tests/fault/fault.h
tests_fault_small_stacks_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_small_stacks_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_spawns_SOURCES = tests/fault/spawns.c tests/fault/fault.h
tests_fault_spawns_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_spawns_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_fault_unwatched_SOURCES = tests/fault/unwatched.c tests/fault/fault.h
tests_fault_unwatched_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_unwatched_LDADD = $(ALLOCATOR_TEST_LIBS)

# The same with LIBALLOC_HARDEN=1, in one test.
dist_check_SCRIPTS += tests/fault/hardened.sh
if INTERPOSE
TESTS += tests/fault/hardened.sh
endif

# Processes that are watched when something goes wrong.
check_PROGRAMS += tests/fault/test_watched
TESTS += tests/fault/test_watched
tests_fault_test_watched_SOURCES = \
	tests/fault/test_watched.c tests/fault/fault.h \
	tests/unit/target.c tests/unit/target.h
tests_fault_test_watched_CFLAGS = $(WATCH_TEST_CFLAGS)
tests_fault_test_watched_LDADD = $(WATCH_TEST_LIBS)

# Bars of the design that are not reached yet: they are tested, and failing is expected. Who reaches
# one takes it out of this list.
if INTERPOSE
XFAIL_TESTS += \
	tests/fault/ring_of_threads \
	tests/fault/shifting_sizes
endif

# What tests/fault/modules loads.
check_LTLIBRARIES += tests/fault/module.la
tests_fault_module_la_SOURCES = tests/fault/module.c
tests_fault_module_la_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_fault_module_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere
endif

# Planted bugs, and what catches them.
check_PROGRAMS += tests/bugs/bugs
tests_bugs_bugs_SOURCES = tests/bugs/bugs.c
tests_bugs_bugs_CFLAGS = $(AM_CFLAGS) -fno-builtin
dist_check_SCRIPTS += tests/bugs/run.sh tests/bugs/sampled.sh tests/bugs/sized.sh
# Of another project, which says where it is: make check-suite SUITE=mimalloc-bench/bench/security
EXTRA_DIST += tests/bugs/suite.sh
.PHONY: check-suite
check-suite: liballoc/liballoc.la
	$(AM_TESTS_ENVIRONMENT) SUITE='$(SUITE)' SUITE_MODES='$(SUITE_MODES)' $(SHELL) $(srcdir)/tests/bugs/suite.sh
EXTRA_DIST += tests/bugs/sized.cc
if INTERPOSE
TESTS += tests/bugs/run.sh tests/bugs/sampled.sh tests/bugs/sized.sh
endif

# What reads files and texts of others, fuzzed. The targets are built by the test itself, with clang.
dist_check_SCRIPTS += tests/fuzz/run.sh
EXTRA_DIST += \
	tests/fuzz/corpus/frame/empty \
	tests/fuzz/corpus/frame/one-block \
	tests/fuzz/corpus/frame/nowhere \
	tests/fuzz/corpus/frame/regions \
	tests/fuzz/corpus/frame/small \
	tests/fuzz/corpus/query/addresses \
	tests/fuzz/corpus/query/counts \
	tests/fuzz/corpus/query/sizes \
	tests/fuzz/corpus/query/times \
	tests/fuzz/corpus/query/words \
	tests/fuzz/corpus/recording/one-block \
	tests/fuzz/corpus/recording/regions \
	tests/fuzz/corpus/recording/small \
	tests/fuzz/corpus/trace/leaks \
	tests/fuzz/corpus/trace/trace \
	tests/fuzz/frame_fuzz.c \
	tests/fuzz/mutate.c \
	tests/fuzz/mutate.h \
	tests/fuzz/seed.h \
	tests/fuzz/query_fuzz.c \
	tests/fuzz/recording_fuzz.c \
	tests/fuzz/seeds.c \
	tests/fuzz/trace_fuzz.c
if INTERPOSE
TESTS += tests/fuzz/run.sh
endif

# Those that know a longer form.
long_tests = $(fault_programs) tests/fault/test_watched
if INTERPOSE
long_tests += tests/bugs/run.sh tests/fuzz/run.sh $(program_tests) $(more_program_tests)
endif
.PHONY: check-long
check-long:
	ALLOC_LONG=1 $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(long_tests)'
