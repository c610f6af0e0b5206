/* SPDX-License-Identifier: MIT */
/*
 * mallinfo, malloc_info, malloc_stats and malloc_trim, row by row.
 * What changes the process for good runs in a child.
 */
#include <ctype.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "allocator.h"
#include "child.h"
#include "resident.h"

enum { BLOCKS = 2000, MIB = 1 << 20 };

/* ---- mallinfo ---- */

static size_t spread(size_t i) {
  return (i * 7919 + i * i * 31) % 3000 + (i % 50 == 0 ? 40000 : 0);
}

static size_t in_use(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

static void sums_hold(const struct mallinfo2 *info) {
  assert_int_equal(info->arena, info->uordblks + info->fordblks);
  assert_true(info->fsmblks <= info->fordblks);
  assert_true(info->keepcost <= info->fordblks);
  if (ours())
    assert_true(info->usmblks >= info->uordblks + info->hblkhd);
}

static void mallinfo_adds_up(void **state) {
  void *block[BLOCKS];

  (void)state;
  free(malloc(size(100)));
  block[0] = malloc(size(100));
  struct mallinfo2 info = mallinfo2();
  free(block[0]);
  sums_hold(&info);
  assert_true(info.ordblks >= 1);
  assert_true(info.uordblks > 0);
  for (size_t i = 0; i < BLOCKS; i++) {
    block[i] = malloc(size(spread(i)));
    if (i % 100 == 0) {
      info = mallinfo2();
      sums_hold(&info);
    }
  }
  for (size_t i = 0; i < BLOCKS; i++) {
    free(block[i * 1009 % BLOCKS]);
    if (i % 100 == 0) {
      info = mallinfo2();
      sums_hold(&info);
    }
  }
}

static void mallinfo_counts_live_bytes(void **state) {
  void *block[BLOCKS];
  size_t requested = 0, usable = 0, before = in_use();

  (void)state;
  for (size_t i = 0; i < BLOCKS; i++) {
    block[i] = malloc(size(spread(i)));
    requested += spread(i);
    usable += malloc_usable_size(block[i]);
  }
  size_t grown = in_use() - before;
  if (ours()) { /* glibc's tcache was in use before */
    assert_true(grown >= requested);
    assert_int_equal(grown, usable); /* to the byte: no thread is about */
  }
  for (size_t i = 0; i < BLOCKS; i++)
    free(block[i]);
  if (ours())
    assert_int_equal(in_use(), before);
}

static void mallinfo_counts_regions(void **state) {
  struct mallinfo2 before = mallinfo2();
  void *block = malloc(size(64 * MIB));
  struct mallinfo2 with = mallinfo2();

  (void)state;
  assert_int_equal(with.hblks, before.hblks + 1);
  assert_true(with.hblkhd >= before.hblkhd + 64 * MIB);
  assert_true(with.uordblks <= before.uordblks + 4096);
  free(block);
  struct mallinfo2 after = mallinfo2();
  assert_int_equal(after.hblks, before.hblks);
  assert_int_equal(after.hblkhd, before.hblkhd);
  if (ours()) {
    assert_true(after.usmblks >= with.hblkhd + with.uordblks);
    /* What is kept of freed regions for the next ones is there to be trimmed. */
    malloc_trim(0);
    assert_int_equal(mallinfo2().keepcost, 0);
    free(malloc(size(2 * MIB)));
    assert_true(mallinfo2().keepcost >= 2 * MIB);
  }
}

static void mallinfo_counts_cached_blocks(void **state) {
  void *block[200];

  (void)state;
  if (!ours())
    skip(); /* glibc counts its tcache as in use */
  for (size_t i = 0; i < 200; i++)
    block[i] = malloc(size(300));
  size_t each = malloc_usable_size(block[0]);
  struct mallinfo2 with = mallinfo2();
  for (size_t i = 0; i < 20; i++)
    free(block[i]);
  struct mallinfo2 after = mallinfo2();
  assert_int_equal(after.uordblks, with.uordblks - 20 * each);
  assert_true(after.smblks > with.smblks);
  assert_int_equal((after.fsmblks - with.fsmblks) % each, 0);
  assert_int_equal(after.fsmblks - with.fsmblks, (after.smblks - with.smblks) * each);
  for (size_t i = 20; i < 200; i++)
    free(block[i]);
}

static void mallinfo_is_the_small_mallinfo2(void **state) {
  (void)state;
  struct mallinfo2 large = mallinfo2();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  struct mallinfo small = mallinfo();
#pragma GCC diagnostic pop
  assert_int_equal(small.arena, large.arena);
  assert_int_equal(small.ordblks, large.ordblks);
  assert_int_equal(small.smblks, large.smblks);
  assert_int_equal(small.hblks, large.hblks);
  assert_int_equal(small.hblkhd, large.hblkhd);
  assert_int_equal(small.fsmblks, large.fsmblks);
  assert_int_equal(small.uordblks, large.uordblks);
  assert_int_equal(small.fordblks, large.fordblks);
  assert_int_equal(small.keepcost, large.keepcost);
}

static void mallinfo_saturates(void **state) {
  (void)state;
  if (!ours())
    skip(); /* glibc's wraps */
  void *block = malloc(size((size_t)5 << 30));
  if (!block)
    skip();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  struct mallinfo small = mallinfo();
#pragma GCC diagnostic pop
  assert_int_equal(small.hblkhd, INT_MAX);
  assert_true(mallinfo2().hblkhd >= (size_t)5 << 30);
  free(block);
}

static void *allocate_and_free(void *unused) {
  void *block[50];
  for (size_t i = 0; i < 50; i++)
    block[i] = malloc(size(spread(i)));
  for (size_t i = 0; i < 50; i++)
    free(block[i]);
  return unused;
}

/* glibc's tst-malloc-tcache-leak: not a byte a thread. */
static void mallinfo_does_not_grow_by_threads(void **state) {
  size_t before = 0;

  (void)state;
  for (int i = 0; i < 2000; i++) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, allocate_and_free, NULL), 0);
    pthread_join(thread, NULL);
    if (i == 10)
      before = in_use();
  }
  assert_true(in_use() <= before + 2000);
}

static bool stop;

static void *churn(void *unused) {
  void *block[64] = {0};
  for (size_t i = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++) {
    free(block[i % 64]);
    block[i % 64] = malloc(size(spread(i)));
  }
  for (size_t i = 0; i < 64; i++)
    free(block[i]);
  return unused;
}

static void mallinfo_adds_up_under_load(void **state) {
  pthread_t threads[3];

  (void)state;
  for (int i = 0; i < 3; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, churn, NULL), 0);
  for (int i = 0; i < 300; i++) {
    struct mallinfo2 info = mallinfo2();
    assert_int_equal(info.arena, info.uordblks + info.fordblks);
    if (i % 100 == 0)
      malloc_trim(0);
  }
  __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
  for (int i = 0; i < 3; i++)
    pthread_join(threads[i], NULL);
}

/* ---- malloc_trim ---- */

static void trim(const void *unused) {
  enum { N = 20000 };
  static void *block[N];

  (void)unused;
  for (size_t i = 0; i < N; i++)
    memset(block[i] = malloc(size(4000)), 1, 4000);
  size_t full = resident_bytes();
  /* Every 40th stays, so that hardly a span is empty: what is given back lies inside of them. */
  for (size_t i = 0; i < N; i++)
    if (i % 40)
      free(block[i]);
  size_t freed = resident_bytes();
  struct mallinfo2 before = mallinfo2();
  require(malloc_trim(0) == 1);
  size_t trimmed = resident_bytes();
  struct mallinfo2 after = mallinfo2();
  require(trimmed < full - (size_t)N * 4000 / 2);
  require(after.uordblks == before.uordblks);
  if (ours()) {
    require(before.keepcost + 300000 >= freed - trimmed);
    malloc_trim(0); /* what resident_bytes has left */
    require(mallinfo2().keepcost == 0);
    require(malloc_trim(0) == 0);
  }
  for (size_t i = 0; i < N; i += 40)
    for (size_t j = 0; j < 4000; j++)
      require(((char *)block[i])[j] == 1);
}

static void malloc_trim_gives_back(void **state) {
  (void)state;
  struct child child = child_run(trim, NULL);
  assert_true(child_succeeded(&child));
}

/* ---- malloc_info ---- */

/* The number in the first ATTRIBUTE="..." after text; SIZE_MAX: there is none. */
static size_t number_after(const char *text, const char *attribute) {
  const char *found = text ? strstr(text, attribute) : NULL;
  size_t number = SIZE_MAX;
  if (found)
    sscanf(found + strlen(attribute), "=\"%zu\"", &number);
  return number;
}

/* Elements nest and close, attributes are quoted; the depth to which they nest. */
static unsigned well_formed(const char *text) {
  const char *open[20];
  unsigned depth = 0, deepest = 0;

  while (*text) {
    if (*text != '<') {
      assert_true(isspace((unsigned char)*text));
      text++;
      continue;
    }
    bool closes = text[1] == '/';
    const char *name = text + 1 + closes;
    size_t length = strcspn(name, " />");
    const char *end = name + length;
    while (*end == ' ') {
      end += 1 + strcspn(end + 1, "=");
      assert_memory_equal(end, "=\"", 2);
      end += 2 + strcspn(end + 2, "\"<>");
      assert_int_equal(*end++, '"');
    }
    bool empty = *end == '/';
    assert_int_equal(end[empty], '>');
    if (closes) {
      assert_true(depth > 0);
      depth--;
      assert_memory_equal(open[depth], name, length);
    } else if (!empty) {
      assert_true(depth < 20);
      open[depth++] = name;
      deepest = depth > deepest ? depth : deepest;
    }
    text = end + empty + 1;
  }
  assert_int_equal(depth, 0);
  return deepest;
}

static void malloc_info_is_xml_that_adds_up(void **state) {
  void *block[BLOCKS];
  static char text[1 << 20];
  FILE *stream = fmemopen(text, sizeof text, "w");

  (void)state;
  for (size_t i = 0; i < BLOCKS; i++)
    block[i] = malloc(size(spread(i)));
  for (size_t i = 0; i < BLOCKS; i += 3)
    free(block[i]);
  void *region = malloc(size(64 * MIB));
  struct mallinfo2 info = mallinfo2();
  assert_int_equal(malloc_info(0, stream), 0);
  fclose(stream);

  assert_int_equal(well_formed(text), 3);
  assert_memory_equal(text, "<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n", 43);
  const char *totals = NULL;
  for (const char *heap = text; (heap = strstr(heap, "</heap>\n")); heap++)
    totals = heap;
  assert_non_null(totals);
  const char *fast = strstr(totals, "<total type=\"fast\""),
             *rest = strstr(totals, "type=\"rest\""), *mmapped = strstr(totals, "type=\"mmap\""),
             *current = strstr(totals, "\"current\"");
  assert_true(fast < rest && rest < mmapped && mmapped < current);
  assert_int_equal(number_after(mmapped, "count"), info.hblks);
  assert_int_equal(number_after(mmapped, "size"), info.hblkhd);
  assert_int_equal(number_after(current, "size"), info.arena);
  assert_true(number_after(strstr(totals, "\"max\""), "size") >= info.arena);
  assert_non_null(strstr(totals, "<aspace type=\"total\""));
  assert_non_null(strstr(totals, "<aspace type=\"mprotect\""));
  if (ours()) {
    /* The totals are the sums of the heaps. */
    size_t fast_bytes = 0, rest_bytes = 0, rest_count = 0, system = 0, sizes = 0;
    for (const char *heap = text; (heap = strstr(heap, "<heap ")) && heap < totals; heap++) {
      fast_bytes += number_after(strstr(heap, "\"fast\""), "size");
      rest_bytes += number_after(strstr(heap, "\"rest\""), "size");
      rest_count += number_after(strstr(heap, "\"rest\""), "count");
      system += number_after(strstr(heap, "\"current\""), "size");
      size_t last = 0;
      for (const char *line = heap;
           (line = strstr(line, "<size ")) && line < strstr(heap, "</sizes>"); line++) {
        assert_true(number_after(line, "from") > last);
        last = number_after(line, "to");
        sizes += number_after(line, "total");
        assert_int_equal(number_after(line, "total"),
                         number_after(line, "count") * number_after(line, "from"));
      }
    }
    assert_int_equal(fast_bytes + rest_bytes, info.fordblks);
    assert_int_equal(fast_bytes, number_after(fast, "size"));
    assert_int_equal(rest_bytes, number_after(rest, "size"));
    assert_int_equal(rest_count, number_after(rest, "count"));
    assert_int_equal(system, info.arena);
    assert_int_equal(rest_count, info.ordblks);
    assert_true(sizes > 0 && sizes <= info.fordblks);
  }
  free(region);
  for (size_t i = 0; i < BLOCKS; i++)
    if (i % 3)
      free(block[i]);
}

static void malloc_info_takes_no_options(void **state) {
  (void)state;
  errno = 0;
  assert_int_equal(malloc_info(1, stdout), EINVAL);
  assert_int_equal(malloc_info(-1, stdout), EINVAL);
  assert_int_equal(errno, 0);
}

static void malloc_info_works_on_memstreams(void **state) {
  char *text = NULL;
  size_t bytes = 0;
  FILE *stream = open_memstream(&text, &bytes);

  (void)state;
  for (int i = 0; i < 200; i++)
    assert_int_equal(malloc_info(0, stream), 0);
  fclose(stream);
  assert_true(bytes > 200 * 300);
  assert_memory_equal(text + bytes - 10, "</malloc>\n", 10);
#undef free
  free(text); /* libc's, in a build that leaves libc its names */
#ifdef ALLOC_NO_INTERPOSE
#define free(p) alloc_free(p)
#endif
}

/* ---- malloc_stats ---- */

static void print_stats(const void *unused) {
  (void)unused;
  void *block = malloc(size((size_t)5 << 30));
  malloc_stats();
  free(block);
}

static void malloc_stats_prints(void **state) {
  (void)state;
  struct child child = child_run(print_stats, NULL);
  assert_true(child_succeeded(&child));
  size_t system, used, all_system, all_used, regions, bytes;
  assert_int_equal(sscanf(child.said, "Arena 0:\nsystem bytes     = %zu\nin use bytes     = %zu\n",
                          &system, &used),
                   2);
  const char *total = strstr(child.said, "Total (incl. mmap):\n");
  assert_non_null(total);
  assert_int_equal(sscanf(total,
                          "Total (incl. mmap):\nsystem bytes     = %zu\nin use bytes     = %zu\n"
                          "max mmap regions = %zu\nmax mmap bytes   = %zu\n",
                          &all_system, &all_used, &regions, &bytes),
                   4);
  assert_true(used <= system);
  assert_true(regions >= 1);
  assert_true(bytes >= (size_t)5 << 30);
  if (ours()) { /* glibc's are 32 bits */
    assert_true(all_used >= used + ((size_t)5 << 30));
    assert_true(all_system >= system + ((size_t)5 << 30));
  }
}

#ifndef ALLOC_NO_INTERPOSE

/* What the library calls are these, which say so in the order of what it prints. */
extern void _IO_flockfile(FILE *);
extern void _IO_funlockfile(FILE *);

static volatile bool shows_locks; /* malloc_stats is declared to call nothing here */

void flockfile(FILE *file) {
  _IO_flockfile(file);
  if (shows_locks && file == stderr)
    require(write(STDERR_FILENO, "locked\n", 7) == 7);
}

void funlockfile(FILE *file) {
  if (shows_locks && file == stderr)
    require(write(STDERR_FILENO, "unlocked\n", 9) == 9);
  _IO_funlockfile(file);
}

static void print_showing_locks(const void *unused) {
  shows_locks = true;
  print_stats(unused);
  shows_locks = false;
}

/* No other thread prints between its lines. */
static void malloc_stats_holds_the_lock_of_stderr(void **state) {
  (void)state;
  if (!ours())
    skip(); /* glibc's calls in itself are not seen */
  struct child child = child_run(print_showing_locks, NULL);
  assert_true(child_succeeded(&child));
  assert_memory_equal(child.said, "locked\nArena 0:\n", 16);
  const char *last = strstr(child.said, "max mmap bytes"), *end = last ? strchr(last, '\n') : NULL;
  assert_non_null(end);
  assert_string_equal(end, "\nunlocked\n");
}

#endif

static void *print_after_cancel(void *unused) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  pthread_cancel(pthread_self());
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
  malloc_stats();
  (void)unused;
  return (void *)1;
}

static void cancel(const void *unused) {
  pthread_t thread;
  void *result = NULL;
  (void)unused;
  require(pthread_create(&thread, NULL, print_after_cancel, NULL) == 0);
  require(pthread_join(thread, &result) == 0);
  require(result == (void *)1);
}

static void malloc_stats_is_no_cancellation_point(void **state) {
  (void)state;
  struct child child = child_run(cancel, NULL);
  assert_true(child_succeeded(&child));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mallinfo_adds_up),
      cmocka_unit_test(mallinfo_counts_live_bytes),
      cmocka_unit_test(mallinfo_counts_regions),
      cmocka_unit_test(mallinfo_counts_cached_blocks),
      cmocka_unit_test(mallinfo_is_the_small_mallinfo2),
      cmocka_unit_test(mallinfo_saturates),
      cmocka_unit_test(malloc_info_is_xml_that_adds_up),
      cmocka_unit_test(malloc_info_takes_no_options),
      cmocka_unit_test(malloc_info_works_on_memstreams),
      cmocka_unit_test(malloc_stats_prints),
#ifndef ALLOC_NO_INTERPOSE
      cmocka_unit_test(malloc_stats_holds_the_lock_of_stderr),
#endif
      cmocka_unit_test(malloc_stats_is_no_cancellation_point),
      cmocka_unit_test(malloc_trim_gives_back),
      cmocka_unit_test(mallinfo_does_not_grow_by_threads),
      cmocka_unit_test(mallinfo_adds_up_under_load),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
