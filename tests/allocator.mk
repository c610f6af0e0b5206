# SPDX-License-Identifier: MIT
# Tests of the allocator: what libc's manual promises, its parts against naive oracles, and stress.

# -fno-builtin: the compiler must not know what malloc and free do, or it removes the calls.
ALLOCATOR_TEST_CFLAGS = $(AM_CFLAGS) -fno-builtin
if INTERPOSE
ALLOCATOR_TEST_LIBS = liballoc/liballoc.la $(CMOCKA_LIBS) -lpthread
else
ALLOCATOR_TEST_LIBS = $(HEAP_TEST_LIBS)
endif

# The length of the fast paths as compiled.
TESTS += tests/unit/test_fast_path.sh tests/unit/test_tables.sh
dist_check_SCRIPTS += tests/unit/test_fast_path.sh tests/unit/test_tables.sh
EXTRA_DIST += tests/unit/built_library.sh
AM_TESTS_ENVIRONMENT += ALLOC_CFLAGS_USED='$(CFLAGS)'; export ALLOC_CFLAGS_USED;

if CMOCKA

# Conformance, once on liballoc and once on glibc, the yardstick, to test the test.
conformance_tests = \
	tests/unit/test_conformance_allocate \
	tests/unit/test_conformance_corruption \
	tests/unit/test_conformance_free \
	tests/unit/test_conformance_options \
	tests/unit/test_conformance_statistics
check_PROGRAMS += $(conformance_tests)
TESTS += $(conformance_tests)

tests_unit_test_conformance_allocate_SOURCES = tests/unit/test_conformance_allocate.c tests/unit/allocator.h
tests_unit_test_conformance_allocate_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_conformance_allocate_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_unit_test_conformance_corruption_SOURCES = tests/unit/test_conformance_corruption.c tests/unit/child.h
tests_unit_test_conformance_corruption_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_conformance_corruption_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_unit_test_conformance_free_SOURCES = tests/unit/test_conformance_free.c
tests_unit_test_conformance_free_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_conformance_free_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_unit_test_conformance_options_SOURCES = tests/unit/test_conformance_options.c tests/unit/resident.h
tests_unit_test_conformance_options_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_conformance_options_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_unit_test_conformance_statistics_SOURCES = tests/unit/test_conformance_statistics.c tests/unit/resident.h
tests_unit_test_conformance_statistics_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_conformance_statistics_LDADD = $(ALLOCATOR_TEST_LIBS)

if INTERPOSE
glibc_tests = \
	tests/unit/test_glibc_allocate \
	tests/unit/test_glibc_corruption \
	tests/unit/test_glibc_free \
	tests/unit/test_glibc_options \
	tests/unit/test_glibc_statistics
check_PROGRAMS += $(glibc_tests)
TESTS += $(glibc_tests)

tests_unit_test_glibc_allocate_SOURCES = tests/unit/test_conformance_allocate.c
tests_unit_test_glibc_allocate_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_glibc_allocate_LDADD = $(CMOCKA_LIBS) -lpthread
tests_unit_test_glibc_corruption_SOURCES = tests/unit/test_conformance_corruption.c
tests_unit_test_glibc_corruption_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_glibc_corruption_LDADD = $(CMOCKA_LIBS) -lpthread
tests_unit_test_glibc_free_SOURCES = tests/unit/test_conformance_free.c
tests_unit_test_glibc_free_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_glibc_free_LDADD = $(CMOCKA_LIBS) -lpthread
tests_unit_test_glibc_options_SOURCES = tests/unit/test_conformance_options.c
tests_unit_test_glibc_options_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_glibc_options_LDADD = $(CMOCKA_LIBS) -lpthread
tests_unit_test_glibc_statistics_SOURCES = tests/unit/test_conformance_statistics.c
tests_unit_test_glibc_statistics_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_glibc_statistics_LDADD = $(CMOCKA_LIBS) -lpthread
endif

# Checking, which goes further than glibc's.
check_PROGRAMS += tests/unit/test_check
TESTS += tests/unit/test_check
tests_unit_test_check_SOURCES = tests/unit/test_check.c tests/unit/allocator.h tests/unit/child.h
tests_unit_test_check_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_check_LDADD = $(ALLOCATOR_TEST_LIBS)

# The parts of liballoc/heap, each against something simple that must agree with it.
heap_tests = \
	tests/unit/test_size_class \
	tests/unit/test_span \
	tests/unit/test_arena \
	tests/unit/test_meta \
	tests/unit/test_region \
	tests/unit/test_spare \
	tests/unit/test_cache \
	tests/unit/test_remote \
	tests/unit/test_profile \
	tests/unit/test_purge \
	tests/unit/test_lock \
	tests/unit/test_partial \
	tests/unit/test_stack
check_PROGRAMS += $(heap_tests)
TESTS += $(heap_tests)
EXTRA_DIST += tests/unit/heap_test.h tests/unit/random.h

tests_unit_test_size_class_SOURCES = tests/unit/test_size_class.c
tests_unit_test_size_class_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_size_class_LDADD = $(HEAP_TEST_LIBS)
tests_unit_test_span_SOURCES = tests/unit/test_span.c
tests_unit_test_span_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_span_LDADD = $(HEAP_TEST_LIBS)
tests_unit_test_arena_SOURCES = tests/unit/test_arena.c tests/unit/child.h
tests_unit_test_arena_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_arena_LDADD = $(HEAP_TEST_LIBS)
tests_unit_test_meta_SOURCES = tests/unit/test_meta.c tests/unit/child.h
tests_unit_test_meta_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_meta_LDADD = $(HEAP_TEST_LIBS)
tests_unit_test_region_SOURCES = tests/unit/test_region.c
tests_unit_test_region_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_region_LDADD = $(HEAP_TEST_LIBS)
tests_unit_test_spare_SOURCES = tests/unit/test_spare.c
tests_unit_test_spare_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_spare_LDADD = $(HEAP_TEST_LIBS)
tests_unit_test_cache_SOURCES = tests/unit/test_cache.c
tests_unit_test_cache_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_cache_LDADD = $(HEAP_TEST_LIBS)
tests_unit_test_remote_SOURCES = tests/unit/test_remote.c
tests_unit_test_remote_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_remote_LDADD = $(HEAP_TEST_LIBS)
tests_unit_test_profile_SOURCES = tests/unit/test_profile.c
tests_unit_test_profile_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_profile_LDADD = $(HEAP_TEST_LIBS)
tests_unit_test_lock_SOURCES = tests/unit/test_lock.c
tests_unit_test_lock_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_lock_LDADD = $(HEAP_TEST_LIBS)
tests_unit_test_purge_SOURCES = tests/unit/test_purge.c
tests_unit_test_purge_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_purge_LDADD = $(HEAP_TEST_LIBS)

tests_unit_test_partial_SOURCES = tests/unit/test_partial.c
tests_unit_test_partial_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_partial_LDADD = $(HEAP_TEST_LIBS)
tests_unit_test_stack_SOURCES = tests/unit/test_stack.c tests/unit/child.h
tests_unit_test_stack_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_stack_LDADD = $(HEAP_TEST_LIBS)

# Traces and what they are made of.
debug_tests = tests/unit/test_origin tests/unit/test_trace
check_PROGRAMS += $(debug_tests)
TESTS += $(debug_tests)
tests_unit_test_origin_SOURCES = tests/unit/test_origin.c tests/unit/allocator.h tests/unit/child.h
tests_unit_test_origin_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_origin_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_unit_test_trace_SOURCES = tests/unit/test_trace.c
tests_unit_test_trace_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_unit_test_trace_LDADD = $(HEAP_TEST_LIBS)

# A few seconds each; STRESS_ROUNDS=1000 in the environment for a night.
stress_tests = tests/stress/forks tests/stress/threads
check_PROGRAMS += $(stress_tests)
TESTS += $(stress_tests)
tests_stress_forks_SOURCES = tests/stress/forks.c
tests_stress_forks_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_stress_forks_LDADD = $(ALLOCATOR_TEST_LIBS)
tests_stress_threads_SOURCES = tests/stress/threads.c
tests_stress_threads_CFLAGS = $(ALLOCATOR_TEST_CFLAGS)
tests_stress_threads_LDADD = $(ALLOCATOR_TEST_LIBS)

endif
