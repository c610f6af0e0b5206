/* SPDX-License-Identifier: MIT */
/*
 * Frames of a heap that changes all the time: each is consistent in itself. The reader checks every
 * record and every sum, so one frame that it refuses is a failure here.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <liballoc/alloc.h>

#include "tests/unit/target.h"

#ifdef ALLOC_NO_INTERPOSE
enum { STAYERS = 64 }; /* a sanitizer makes threads slowly, and everything else */
#else
enum { STAYERS = 256 };
#endif

enum {
  THREADS = 4,
  SLOTS = 20000,
  WATCH_MS = 2000,
  FRAMES_LEAST = 20,
};

/* ---- the target: blocks go from thread to thread through slots ---- */

static void *slot[SLOTS];
static int stop;

static uint32_t next_random(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

static size_t any_size(uint32_t *seed) {
  uint32_t r = next_random(seed);
  if (r % 4096 == 0)
    return next_random(seed) % (20u << 20) + (4u << 20);
  if (r % 256 == 0)
    return next_random(seed) % 500000 + 1;
  if (r % 16 == 0)
    return next_random(seed) % 32768 + 1;
  return next_random(seed) % 400 + 1;
}

static void change_one(uint32_t *seed) {
  void *block = alloc_malloc(any_size(seed));
  if (!block)
    _exit(125);
  if (next_random(seed) % 8 == 0 && !(block = alloc_realloc(block, any_size(seed))))
    _exit(125);
  memset(block, 0x5a, 8);
  alloc_free(__atomic_exchange_n(&slot[next_random(seed) % SLOTS], block, __ATOMIC_ACQ_REL));
}

/* A thread that lives for a while only: its cache is orphaned and adopted. */
static void *passer_by(void *seed) {
  for (unsigned i = 0; i < 500; i++)
    change_one(seed);
  return NULL;
}

static void *churn(void *argument) {
  uint32_t seed = *(uint32_t *)argument;
  while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
    for (unsigned i = 0; i < 20000 && !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++)
      change_one(&seed);
    pthread_t thread;
    if (pthread_create(&thread, NULL, passer_by, &seed) == 0)
      pthread_join(thread, NULL);
  }
  return NULL;
}

/* A thread with a new cache, whose blocks others free from now on. */
static void *stay(void *argument) {
  uint32_t seed = (uint32_t)(uintptr_t)argument;
  for (unsigned i = 0; i < 500; i++)
    change_one(&seed);
  while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
    usleep(20000);
  return NULL;
}

/* Ever more caches, while frames are made. */
static void *grow(void *unused) {
  pthread_t thread[STAYERS];
  unsigned n = 0;
  while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
    if (n < STAYERS && pthread_create(&thread[n], NULL, stay, (void *)(uintptr_t)(n + 100)) == 0)
      n++;
    usleep(5000);
  }
  while (n > 0)
    pthread_join(thread[--n], NULL);
  return unused;
}

static int role_churn(void) {
  static uint32_t seed[THREADS];
  pthread_t thread[THREADS], grower;

  for (uint32_t i = 0; i < THREADS; i++) {
    seed[i] = i + 1;
    if (pthread_create(&thread[i], NULL, churn, &seed[i]) != 0)
      return 1;
  }
  if (pthread_create(&grower, NULL, grow, NULL) != 0)
    return 1;
  role_tell('b');
  role_listen();
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(thread[i], NULL);
  pthread_join(grower, NULL);
  return 0;
}

/* ---- the test ---- */

static void sums_add_up(HvFrame *frame) {
  const struct alloc_frame *head = hv_frame_head(frame);
  assert_int_equal(head->total_arena_bytes,
                   head->total_header_bytes + head->total_live_bytes + head->total_cached_bytes +
                       head->total_transit_bytes + head->total_free_bytes +
                       head->total_untouched_bytes + head->total_tail_bytes +
                       head->total_large_bytes + head->total_dirty_bytes + head->total_clean_bytes);
  guint count;
  const struct alloc_cache_record *cache = hv_frame_caches(frame, &count);
  guint64 cached = 0, transit = 0;
  for (guint i = 0; i < count; i++) {
    cached += cache[i].cached_bytes;
    transit += cache[i].transit_bytes;
  }
  assert_int_equal(cached, head->total_cached_bytes);
  assert_int_equal(transit, head->total_transit_bytes);
  assert_int_equal(head->flags, 0);
}

static void every_frame_is_consistent(void **state) {
  (void)state;
  struct target target = target_start("churn", NULL, -1);
  target_expect(&target, 'b');
  HvSource *source = target_watch(target.process, 60000);
  unsigned frames = 0, with_transit = 0;
  uint64_t blocks_skipped = 0;

  /* The clock starts with the first frame, however long a slow machine takes for it. */
  HvFrame *frame = target_frame_after(source, 0);
  uint64_t begin = target_now_ns();
  while (frames < FRAMES_LEAST || target_now_ns() - begin < WATCH_MS * UINT64_C(1000000)) {
    assert_true(target_now_ns() - begin < 20 * WATCH_MS * UINT64_C(1000000));
    if (frame) {
      sums_add_up(frame);
      frames++;
      with_transit += hv_frame_head(frame)->total_transit_bytes != 0;
      blocks_skipped += hv_frame_head(frame)->skipped;
      hv_frame_unref(frame);
    }
    usleep(2000);
    frame = hv_source_poll(source);
  }
  if (frame)
    hv_frame_unref(frame);
  HvSourceStats stats;
  hv_source_stats(source, &stats);
  if (stats.invalid)
    fail_msg("%s", hv_source_sentence(source));
  print_message("%u frames, %u with blocks in transit, %u torn, %llu pointers skipped\n", frames,
                with_transit, (unsigned)stats.torn, (unsigned long long)blocks_skipped);
  assert_int_equal(stats.invalid, 0);
  assert_true(with_transit > 0);
  hv_source_free(source);
  target_tell(&target, 'x');
  assert_int_equal(target_end(&target), 0);
  assert_false(target_has_file(target.process));
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_frame_is_consistent)};
  if (argc > 1 && strcmp(argv[1], "churn") == 0)
    return role_churn();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
