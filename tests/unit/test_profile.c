/* SPDX-License-Identifier: MIT */
/*
 * The sampled profile. Oracles: known call sites with known sizes and counts; every sampled block
 * is one that is live; sums of samples are the sums of the calls. Estimates are within five
 * standard errors, B sqrt (mean / B) each (profile.h), with fixed seeds.
 */
#include "heap_test.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <liballoc/alloc.h>

#include "child.h"
#include "debug/profile.h"
#include "front/slow.h"
#include "heap/meter.h"

#define MEAN     ((size_t)16 * 1024)
#define NOINLINE __attribute__((noinline))

static double square_root(double x) {
  double root = x > 1 ? x : 1;
  for (int i = 0; i < 60; i++)
    root = (root + x / root) / 2;
  return root;
}

/* What a site's sums are to be, within five standard errors. */
static void assert_near(uint64_t estimate, double truth, double mean) {
  double off = (double)estimate > truth ? (double)estimate - truth : truth - (double)estimate;
  double bound = 5 * square_root(mean * truth) + mean;
  if (off > bound)
    fail_msg("%.0f is more than %.0f from %.0f", (double)estimate, bound, truth);
}

/* ---- sites ---- */

static NOINLINE void *site_small(void) {
  void *block = alloc_malloc(100);
  __asm__ volatile("" : : "r"(block) : "memory");
  return block;
}

static NOINLINE void *site_middle(void) {
  void *block = alloc_malloc(3000);
  __asm__ volatile("" : : "r"(block) : "memory");
  return block;
}

static NOINLINE void *site_large(void) {
  void *block = alloc_calloc(1, 100000);
  __asm__ volatile("" : : "r"(block) : "memory");
  return block;
}

static NOINLINE void *site_huge(void) {
  void *block = alloc_malloc(3 << 20);
  __asm__ volatile("" : : "r"(block) : "memory");
  return block;
}

/* The site that a return address lies in; NULL: in none. */
static void *(*site_at(const void *address))(void) {
  static void *(*const sites[])(void) = {site_small, site_middle, site_large, site_huge};
  void *(*found)(void) = NULL;

  for (unsigned i = 0; i < ARRAY_SIZE(sites); i++)
    if ((uintptr_t)address - (uintptr_t)sites[i] < 256 &&
        (!found || (uintptr_t)sites[i] > (uintptr_t)found))
      found = sites[i];
  return found;
}

/* Sums of all calls whose innermost frame in any site is in this one: callers may lie just behind
 * a site. */
static struct profile_call sums_of(void *(*site)(void)) {
  struct profile_call sums = {0};

  for (struct profile_call *call = profile.calls; call; call = call->next) {
    /* In a build with a sanitizer the innermost frames are the allocator's own. */
    void *(*innermost)(void) = NULL;
    for (uint32_t f = 0; f < call->count && f < 4 && !innermost; f++)
      innermost = site_at(call->frame[f].address);
    if (innermost != site)
      continue;
    sums.live.samples += call->live.samples;
    sums.live.bytes += call->live.bytes;
    sums.live.blocks_1024 += call->live.blocks_1024;
    sums.allocated.bytes += call->allocated.bytes;
    sums.allocated.samples += call->allocated.samples;
    sums.peak.bytes += profile_peak_of(call)->bytes;
  }
  return sums;
}

/* Calls and samples agree with the totals. */
static void check_sums(void) {
  struct profile_sums live = {0}, allocated = {0}, peak = {0};
  size_t samples = 0;

  for (struct profile_call *call = profile.calls; call; call = call->next) {
    live.bytes += call->live.bytes;
    live.samples += call->live.samples;
    allocated.bytes += call->allocated.bytes;
    peak.bytes += profile_peak_of(call)->bytes;
  }
  for (unsigned i = 0; i < PROFILE_CHAINS; i++)
    for (struct profile_sample *sample = profile.chain[i]; sample; sample = sample->next) {
      assert_true(sample->bytes > 0 && sample->call->live.samples > 0);
      samples++;
    }
  assert_int_equal(live.bytes, profile.live.bytes);
  assert_int_equal(live.samples, profile.live.samples);
  assert_int_equal(allocated.bytes, profile.allocated.bytes);
  assert_int_equal(peak.bytes, profile.peak.bytes);
  assert_int_equal(samples, profile.live.samples);
}

static void begin(uint64_t seed) {
  profile_set_seed(seed);
  assert_int_equal(alloc_profile_start(MEAN), 0);
}

/* ---- chance ---- */

static void chances_are_those_of_a_poisson_process(void **state) {
  (void)state;
  /* 1 - exp (-1) and 1 - exp (-16 / 524288), with twelve digits */
  assert_int_equal((uint64_t)(1e12 * meter_chance(1 << 20, 1 << 20)), 632120558828);
  assert_int_equal((uint64_t)(1e16 * meter_chance(16, 1 << 19)), 305171124684);
  assert_true(meter_chance((size_t)1 << 40, 1) == 1);
  size_t hits = 0;
  meter_set(1000, 7);
  for (unsigned i = 0; i < 100000; i++)
    hits += meter_hits(500, 1000);
  meter_set(0, 0);
  /* 100,000 times 1 - exp (-1/2), and five times the square root of n p (1 - p) */
  assert_in_range(hits, 39347 - 773, 39347 + 773);
}

/* ---- sizes ---- */

enum { SMALL = 40000, MIDDLE = 4000, LARGE = 100, HUGE_ONES = 10 };

static void *small[SMALL], *middle[MIDDLE], *large[LARGE], *huge[HUGE_ONES];

static void sites_are_told_with_their_sizes(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 3; seed++) {
    begin(seed);
    for (unsigned i = 0; i < SMALL; i++)
      small[i] = site_small();
    for (unsigned i = 0; i < MIDDLE; i++)
      middle[i] = site_middle();
    for (unsigned i = 0; i < LARGE; i++)
      large[i] = site_large();
    for (unsigned i = 0; i < HUGE_ONES; i++)
      huge[i] = site_huge();
    check_sums();
    struct profile_call sums = sums_of(site_small);
    assert_near(sums.live.bytes, SMALL * 112.0, MEAN);
    assert_near(sums.live.blocks_1024 / 1024 * 112, SMALL * 112.0, MEAN);
    assert_int_equal(sums.live.bytes, sums.allocated.bytes);
    sums = sums_of(site_middle);
    assert_near(sums.live.bytes, MIDDLE * 3072.0, MEAN);
    sums = sums_of(site_large);
    size_t usable = alloc_usable_size(large[0]);
    assert_near(sums.live.bytes, LARGE * (double)usable, MEAN);
    sums = sums_of(site_huge);
    assert_int_equal(sums.live.samples, HUGE_ONES);
    assert_int_equal(sums.live.bytes, HUGE_ONES * alloc_usable_size(huge[0]));

    /* Of what is live, three quarters of the small ones go, and all of the rest. */
    for (unsigned i = 0; i < SMALL; i++)
      if (i % 4)
        alloc_free(small[i]);
    for (unsigned i = 0; i < MIDDLE; i++)
      alloc_free(middle[i]);
    for (unsigned i = 0; i < LARGE; i++)
      alloc_free(large[i]);
    for (unsigned i = 0; i < HUGE_ONES; i++)
      alloc_free(huge[i]);
    check_sums();
    sums = sums_of(site_small);
    assert_near(sums.live.bytes, SMALL / 4 * 112.0, MEAN);
    assert_near(sums.allocated.bytes, SMALL * 112.0, MEAN);
    assert_near(sums.peak.bytes, SMALL * 112.0, MEAN);
    assert_int_equal(sums_of(site_middle).live.bytes, 0);
    assert_int_equal(sums_of(site_huge).live.bytes, 0);
    for (unsigned i = 0; i < SMALL; i += 4)
      alloc_free(small[i]);
    check_sums();
    assert_int_equal(sums_of(site_small).live.bytes, 0);
    alloc_profile_stop();
  }
}

/* The fast path alone serves this loop, but for the profile. */
static void blocks_that_come_back_at_once_are_counted(void **state) {
  (void)state;
  begin(5);
  for (unsigned i = 0; i < 200000; i++)
    alloc_free(site_small());
  check_sums();
  struct profile_call sums = sums_of(site_small);
  assert_near(sums.allocated.bytes, 200000 * 112.0, MEAN);
  assert_int_equal(sums.live.bytes, 0);
  alloc_profile_stop();
}

static void reallocs_are_counted_where_they_move(void **state) {
  (void)state;
  begin(6);
  char *block = alloc_malloc(1 << 20);
  size_t samples = profile.live.samples;
  block = alloc_realloc(block, 5 << 20);
  block[5000000] = 1;
  assert_true(profile.live.samples == samples);
  for (size_t bytes = 4 << 20; bytes >= 64; bytes /= 2) {
    block = alloc_realloc(block, bytes);
    check_sums();
  }
  alloc_free(block);
  check_sums();
  /* Small ones that move from bin to bin, or stay. */
  uint64_t before = profile.live.bytes, allocated = profile.allocated.bytes;
  for (unsigned i = 0; i < 20000; i++) {
    block = alloc_malloc(16 + i % 64);
    for (size_t bytes = 32; bytes <= 2048; bytes *= 2)
      block = alloc_realloc(block, bytes + i % 50);
    alloc_free(block);
  }
  check_sums();
  assert_int_equal(profile.live.bytes, before);
  /* 16 to 80 bytes at first, then 7 that are larger than the one before: all but some of the first.
   */
  allocated = profile.allocated.bytes - allocated;
  assert_in_range(allocated, 20000 * 4400, 20000 * 5200);
  errno = 0;
  block = alloc_malloc(2 << 20);
  samples = profile.live.samples;
  volatile size_t too_much = SIZE_MAX / 2 + 5;
  assert_null(alloc_realloc(block, too_much));
  assert_int_equal(profile.live.samples, samples);
  alloc_free(block);
  check_sums();
  alloc_profile_stop();
}

/* ---- life ---- */

static void after_it_stopped_it_stays_and_costs_nothing(void **state) {
  (void)state;
  begin(8);
  assert_int_equal(alloc_profile_start(MEAN), EBUSY);
  void *block = site_huge();
  assert_true(cache_self == cache_none || profile_is_running());
  alloc_profile_stop();
  uint64_t live = profile.live.bytes;
  assert_true(live >= 3 << 20);
  alloc_free(block);
  alloc_free(alloc_malloc(10));
  alloc_free(alloc_malloc(2000));
  assert_int_equal(profile.live.bytes, live);
  /* The thread's cache is as it was: frees match its tag again, at its next slow path. */
  for (unsigned i = 0; i < 100; i++)
    small[i] = site_small();
  for (unsigned i = 0; i < 100; i++)
    alloc_free(small[i]);
  assert_null(cache_self->meter);
  assert_int_equal(cache_self->tag, cache_tag(cache_self));
  cache_check(cache_self);
  begin(9);
  assert_int_equal(profile.live.bytes, 0);
  assert_null(profile.chain[0]);
  alloc_profile_stop();
}

enum { THREADS = 4, ROUNDS = 20000, SHARED = 512 };

static void *shared[SHARED];

/* Each takes blocks out of slots that others have filled, and frees them. */
static void *churn(void *data) {
  struct random random = {(uintptr_t)data};
  for (unsigned i = 0; i < ROUNDS; i++) {
    void *fresh = random_below(&random, 8) == 0 ? site_middle() : site_small();
    alloc_free(
        __atomic_exchange_n(&shared[random_below(&random, SHARED)], fresh, __ATOMIC_ACQ_REL));
  }
  return NULL;
}

static void threads_free_what_others_allocated(void **state) {
  pthread_t thread[THREADS];

  (void)state;
  begin(10);
  for (uintptr_t i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&thread[i], NULL, churn, (void *)(i + 1)), 0);
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(thread[i], NULL);
  check_sums();
  size_t live = 0;
  for (unsigned i = 0; i < SHARED; i++)
    live += alloc_usable_size(shared[i]);
  struct profile_call a = sums_of(site_small), b = sums_of(site_middle);
  assert_near(a.live.bytes + b.live.bytes, (double)live, MEAN);
  for (unsigned i = 0; i < SHARED; i++)
    alloc_free(__atomic_exchange_n(&shared[i], NULL, __ATOMIC_RELAXED));
  check_sums();
  a = sums_of(site_small);
  b = sums_of(site_middle);
  assert_int_equal(a.live.bytes + b.live.bytes, 0);
  alloc_profile_stop();
}

/* A profile that others take samples of at that moment stops all the same, and starts anew. */
static void it_stops_and_starts_while_others_are_sampled(void **state) {
  pthread_t thread[THREADS];

  (void)state;
  for (uintptr_t i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&thread[i], NULL, churn, (void *)(i + 1)), 0);
  for (unsigned i = 0; i < 300; i++) {
    assert_int_equal(alloc_profile_start(100), 0);
    assert_int_equal(profile.ended_ns, 0);
    sched_yield();
    alloc_profile_stop();
    assert_false(profile_is_running());
    assert_int_not_equal(profile.ended_ns, 0);
  }
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(thread[i], NULL);
  for (unsigned i = 0; i < SHARED; i++)
    alloc_free(__atomic_exchange_n(&shared[i], NULL, __ATOMIC_RELAXED));
}

static void free_less_live(const void *block) {
  uint64_t live = profile.live.bytes;

  alloc_free((void *)block);
  require(profile.live.bytes < live);
}

static void a_child_goes_on_with_its_own(void **state) {
  (void)state;
  begin(11);
  void *block = site_huge();
  uint64_t live = profile.live.bytes;
  struct child child = child_run(free_less_live, block);
  assert_true(child_succeeded(&child));
  assert_int_equal(profile.live.bytes, live);
  alloc_free(block);
  alloc_profile_stop();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(chances_are_those_of_a_poisson_process),
      cmocka_unit_test(sites_are_told_with_their_sizes),
      cmocka_unit_test(blocks_that_come_back_at_once_are_counted),
      cmocka_unit_test(reallocs_are_counted_where_they_move),
      cmocka_unit_test(after_it_stopped_it_stays_and_costs_nothing),
      cmocka_unit_test(threads_free_what_others_allocated),
      cmocka_unit_test(it_stops_and_starts_while_others_are_sampled),
      cmocka_unit_test(a_child_goes_on_with_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
