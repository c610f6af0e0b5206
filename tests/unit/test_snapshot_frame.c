/* SPDX-License-Identifier: MIT */
/*
 * Frames that cannot hold everything: bitmaps over their budget, records over the limit, a heap
 * that grew since the plan. Made in this process, at rest, and checked by the viewer's reader.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <liballoc/alloc.h>
#include <liballoc/snapshot.h>
#include <liballoc/stack.h>

#include "observe/frame.h"
#include "observe/segment.h"
#include "viewer/model/frame.h"

enum { BLOCKS = 30000, BUFFER_BYTES = 8 << 20 };

static void *block[BLOCKS];
static _Alignas(4096) char buffer[BUFFER_BYTES];
static const struct wish anything;

static int make_heap(void **state) {
  (void)state;
  for (unsigned i = 0; i < BLOCKS; i++)
    assert_non_null(block[i] = alloc_malloc(i % 1000 == 0 ? 200000 : 16 + i * 37 % 4000));
  for (unsigned i = 0; i < BLOCKS; i += 3)
    alloc_free(block[i]);
  return 0;
}

static int free_heap(void **state) {
  (void)state;
  for (unsigned i = 0; i < BLOCKS; i++)
    if (i % 3 != 0)
      alloc_free(block[i]);
  frame_release();
  return 0;
}

/* What the buffer holds, as the reader sees it. */
static HvFrame *read_frame(void) {
  struct alloc_frame *frame = (struct alloc_frame *)(void *)buffer;
  struct alloc_snapshot_header header = {
      .magic = ALLOC_SNAPSHOT_MAGIC,
      .version = ALLOC_SNAPSHOT_VERSION,
      .header_bytes = ALLOC_SNAPSHOT_HEADER_BYTES,
      .pid = 1,
      .page_bytes = 4096,
      .slice_bytes = 16384,
      .arena_bytes = 32 << 20,
      .buffer_bytes = BUFFER_BYTES,
      .state = ALLOC_SNAPSHOT_ACTIVE,
      .latest_seq = 1,
  };
  frame->seq = 1;
  GBytes *bytes = g_bytes_new(buffer, frame->bytes);
  GError *error = NULL;
  HvFrame *read = hv_frame_new(&header, bytes, &error);
  if (!read)
    fail_msg("%s", error->message);
  g_bytes_unref(bytes);
  return read;
}

static HvFrame *make_frame(const struct wish *wish) {
  size_t planned = frame_plan(0);
  assert_in_range(planned, 1, BUFFER_BYTES);
  memset(buffer, 0xaa, sizeof buffer);
  assert_int_equal(frame_write((struct alloc_frame *)(void *)buffer, wish, 0), FRAME_DONE);
  HvFrame *frame = read_frame();
  assert_true(hv_frame_head(frame)->bytes <= planned);
  return frame;
}

/* Counts of a span by its address, for comparing frames of the same heap. */
static const HvSpan *span_at(HvFrame *frame, guint64 address) {
  int span = hv_frame_find_span(frame, address);
  return span < 0 ? NULL : hv_frame_spans(frame, NULL) + span;
}

static void every_span_has_its_bitmap(void **state) {
  (void)state;
  HvFrame *frame = make_frame(&anything);
  guint spans;
  hv_frame_spans(frame, &spans);
  assert_true(spans > 100);
  for (guint i = 0; i < spans; i++)
    assert_true(hv_frame_span_is_exact(frame, i));
  assert_int_equal(hv_frame_head(frame)->flags, 0);
  hv_frame_unref(frame);
}

/* The window decides which bitmaps are published; counts and sums are exact all the same. */
static void bitmaps_over_the_budget_are_those_of_the_window(void **state) {
  (void)state;
  HvFrame *whole = make_frame(&anything);
  guint spans;
  hv_frame_spans(whole, &spans);
  guint64 middle = hv_frame_span_address(whole, spans / 2);
  struct wish wish = {.windows = 1, .window = {{middle + 1, middle + (1 << 20)}}};

  frame_bitmap_budget_bytes = 16384;
  HvFrame *part = make_frame(&wish);
  frame_bitmap_budget_bytes = 64 << 20;
  assert_int_equal(hv_frame_head(part)->flags, ALLOC_FRAME_PARTIAL_BITMAPS);
  guint inside = 0, outside = 0;
  hv_frame_spans(part, &spans);
  for (guint i = 0; i < spans; i++) {
    const HvSpan *span = hv_frame_spans(part, NULL) + i;
    guint64 begin = hv_frame_span_address(part, i), end = begin + hv_frame_span_bytes(part, i);
    if (span->kind != ALLOC_SPAN_SMALL)
      continue;
    bool in_window = begin < wish.window[0].end && end > wish.window[0].begin;
    assert_int_equal(hv_frame_span_is_exact(part, i), in_window);
    inside += in_window;
    outside += !in_window;
  }
  assert_true(inside > 0 && outside > 50);

  /* The reader of the first frame allocates here, so a few spans may differ, but not many. */
  guint same = 0, different = 0;
  for (guint i = 0; i < spans; i++) {
    const HvSpan *span = hv_frame_spans(part, NULL) + i;
    const HvSpan *other = span_at(whole, hv_frame_span_address(part, i));
    if (other && other->epoch == span->epoch && other->live == span->live &&
        other->cached == span->cached && other->transit == span->transit)
      same++;
    else
      different++;
  }
  assert_true(same > 100 && different < 20);
  hv_frame_unref(part);
  hv_frame_unref(whole);
}

static void without_a_window_the_budget_is_used_up(void **state) {
  (void)state;
  frame_bitmap_budget_bytes = 8192;
  HvFrame *frame = make_frame(&anything);
  frame_bitmap_budget_bytes = 64 << 20;
  guint64 words = hv_frame_head(frame)->section[ALLOC_SECTION_BITMAPS].count;
  assert_in_range(words, 8192 / 8 - 128, 8192 / 8);
  assert_int_equal(hv_frame_head(frame)->flags, ALLOC_FRAME_PARTIAL_BITMAPS);
  hv_frame_unref(frame);
}

/* Records are left out, totals are not. */
static void a_frame_over_the_limit_says_so(void **state) {
  (void)state;
  HvFrame *whole = make_frame(&anything);
  guint spans, fewer;
  hv_frame_spans(whole, &spans);
  frame_most_bytes = hv_frame_head(whole)->bytes - spans / 2 * sizeof(struct alloc_span_record);
  HvFrame *part = make_frame(&anything);
  frame_most_bytes = SEGMENT_FRAME_MOST_BYTES;
  hv_frame_spans(part, &fewer);
  assert_true(fewer < spans && fewer > 0);
  assert_int_equal(hv_frame_head(part)->flags & ALLOC_FRAME_TRUNCATED, ALLOC_FRAME_TRUNCATED);
  /* The reader itself allocates here in between, and frees nothing. */
  assert_true(hv_frame_head(part)->total_arena_bytes >= hv_frame_head(whole)->total_arena_bytes);
  assert_true(hv_frame_head(part)->total_large_bytes >= hv_frame_head(whole)->total_large_bytes);
  assert_true(hv_frame_head(part)->total_tail_bytes >= hv_frame_head(whole)->total_tail_bytes);
  hv_frame_unref(part);
  hv_frame_unref(whole);
}

static void a_heap_that_grew_is_planned_again(void **state) {
  static void *more[20000];
  (void)state;
  frame_plan(0);
  for (unsigned i = 0; i < 20000; i++)
    more[i] = alloc_malloc(2000);
  assert_int_equal(frame_write((struct alloc_frame *)(void *)buffer, &anything, 0),
                   FRAME_TOO_SMALL);
  HvFrame *frame = make_frame(&anything);
  hv_frame_unref(frame);
  for (unsigned i = 0; i < 20000; i++)
    alloc_free(more[i]);
}

/* What found no memory is counted, at rest and while nobody watches. */
static void failures_are_counted(void **state) {
  (void)state;
  HvFrame *before = make_frame(&anything);
  size_t most = PTRDIFF_MAX; /* through a variable, so that no compiler sees that it is too much */
  guint64 counted = hv_frame_head(before)->failures;
  hv_frame_unref(before);
  assert_null(alloc_malloc(most));
  assert_null(alloc_realloc(NULL, most));
  alloc_free(alloc_malloc(100));
  HvFrame *after = make_frame(&anything);
  assert_int_equal(hv_frame_head(after)->failures, counted + 2);
  hv_frame_unref(after);
}

/* A stack as it is: chunks from below, how far each is filled, and the spare one of a past scope.
 */
static void stacks_are_published_as_they_are(void **state) {
  (void)state;
  ALLOC_STACK_SCOPE(scope);
  char *low = alloc_stack_take(&scope, 100);
  char *high = alloc_stack_take(&scope, 300000); /* more than the first chunk has */
  assert_non_null(low);
  assert_non_null(high);
  {
    ALLOC_STACK_SCOPE(inner);
    assert_non_null(alloc_stack_take(&inner, 600000));
  }
  HvFrame *frame = make_frame(&anything);
  guint count, caches;
  const struct alloc_stack_record *stack = hv_frame_stacks(frame, &count);
  const struct alloc_cache_record *cache = hv_frame_caches(frame, &caches);
  assert_int_equal(count, 3);
  assert_int_equal(caches, 1);
  for (guint i = 0; i < count; i++) {
    assert_int_equal(stack[i].owner, cache->owner);
    assert_int_equal(stack[i].depth, i);
  }
  assert_int_equal(stack[0].state, ALLOC_STACK_COVERED);
  assert_true(stack[0].base == (guint64)(uintptr_t)low);
  assert_int_equal(stack[0].used_bytes, 112);
  assert_int_equal(stack[1].state, ALLOC_STACK_OPEN);
  assert_true(stack[1].base == (guint64)(uintptr_t)high);
  assert_int_equal(stack[1].used_bytes, 300000);
  assert_int_equal(stack[2].state, ALLOC_STACK_SPARE);
  assert_true(hv_frame_find_span(frame, stack[1].address) >= 0);
  hv_frame_unref(frame);
}

/* ---- names of many threads ---- */

enum { MANY = 700 };
static pthread_barrier_t begun, ended;

static void *allocate_and_rest(void *argument) {
  (void)argument;
  pthread_setname_np(pthread_self(), "first");
  void *own = alloc_malloc(100);
  pthread_barrier_wait(&begun);
  pthread_barrier_wait(&ended);
  alloc_free(own);
  return NULL;
}

static unsigned threads_named(const char *name) {
  unsigned named = 0;
  guint count;
  HvFrame *frame = make_frame(&anything);
  const struct alloc_cache_record *cache = hv_frame_caches(frame, &count);
  assert_true(count >= MANY);
  for (guint i = 0; i < count; i++)
    named += strcmp(cache[i].name, name) == 0;
  hv_frame_unref(frame);
  return named;
}

/* A frame reads so many names and no more; the next ones go on where it ended. */
static void every_thread_has_its_turn_to_be_named(void **state) {
  static pthread_t thread[MANY];
  pthread_attr_t small;
  unsigned named = 0, more, frames = 0;

  (void)state;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 128 * 1024);
  pthread_barrier_init(&begun, NULL, MANY + 1);
  pthread_barrier_init(&ended, NULL, MANY + 1);
  for (unsigned i = 0; i < MANY; i++)
    assert_int_equal(pthread_create(&thread[i], &small, allocate_and_rest, NULL), 0);
  pthread_barrier_wait(&begun);
  assert_true(threads_named("first") >= 500);
  assert_int_equal(threads_named("first"), MANY);
  for (unsigned i = 0; i < MANY; i++)
    pthread_setname_np(thread[i], "second");
  usleep(1100000); /* a name is good for a second */
  for (; named < MANY; named = more) {
    more = threads_named("second");
    assert_in_range(more, named + 1, MANY);
    frames++;
  }
  assert_in_range(frames, 2, MANY / 32);
  pthread_barrier_wait(&ended);
  for (unsigned i = 0; i < MANY; i++)
    pthread_join(thread[i], NULL);
  pthread_attr_destroy(&small);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_span_has_its_bitmap),
      cmocka_unit_test(bitmaps_over_the_budget_are_those_of_the_window),
      cmocka_unit_test(without_a_window_the_budget_is_used_up),
      cmocka_unit_test(a_frame_over_the_limit_says_so),
      cmocka_unit_test(a_heap_that_grew_is_planned_again),
      cmocka_unit_test(failures_are_counted),
      cmocka_unit_test(stacks_are_published_as_they_are),
      cmocka_unit_test(every_thread_has_its_turn_to_be_named),
  };
  return cmocka_run_group_tests(tests, make_heap, free_heap);
}
