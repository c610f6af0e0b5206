/* SPDX-License-Identifier: MIT */
/*
 * mallinfo, malloc_info, malloc_stats and malloc_trim, in the shapes of glibc 2.36. Everything is
 * counted before the first character is printed, since printing may allocate.
 */
#include "observe/mallinfo.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>

#include "front/names.h"
#include "heap/cache.h"
#include "heap/os.h"
#include "heap/purge.h"
#include "heap/region.h"
#include "heap/spare.h"
#include "observe/statistics.h"

/* ---- mallinfo ---- */

struct mallinfo2 libc_mallinfo2(void) {
  struct heap_count count;

  statistics_count(&count, NULL, 0);
  size_t in_use = heap_count_in_use_bytes(&count);
  struct amount fast = heap_count_fast(&count);
  return (struct mallinfo2){
      .arena = count.system_bytes,
      .ordblks = heap_count_rest(&count).blocks,
      .smblks = fast.blocks,
      .hblks = region_count(),
      .hblkhd = region_bytes(),
      .usmblks = purge_peak_bytes(),
      .fsmblks = fast.bytes,
      .uordblks = in_use,
      .fordblks = count.system_bytes - in_use,
      .keepcost = count.trim_bytes + spare_bytes(),
  };
}

static int saturated(size_t n) {
  return n < INT_MAX ? (int)n : INT_MAX;
}

struct mallinfo libc_mallinfo(void) {
  struct mallinfo2 info = libc_mallinfo2();

  return (struct mallinfo){
      .arena = saturated(info.arena),
      .ordblks = saturated(info.ordblks),
      .smblks = saturated(info.smblks),
      .hblks = saturated(info.hblks),
      .hblkhd = saturated(info.hblkhd),
      .usmblks = saturated(info.usmblks),
      .fsmblks = saturated(info.fsmblks),
      .uordblks = saturated(info.uordblks),
      .fordblks = saturated(info.fordblks),
      .keepcost = saturated(info.keepcost),
  };
}

/* ---- one count for each arena ---- */

struct counts {
  struct heap_count total;
  struct heap_count *each;
  unsigned arenas;
  size_t bytes; /* mapped for each */
};

/* The table gets a mapping of its own, so as not to change the heap that is counted. */
static bool counts_take(struct counts *counts) {
  counts->arenas = arena_count();
  counts->bytes = round_up(counts->arenas * sizeof *counts->each + 1, PAGE_BYTES);
  counts->each = os_map(NULL, counts->bytes);
  if (!counts->each)
    return false;
  statistics_count(&counts->total, counts->each, counts->arenas);
  return true;
}

static void counts_drop(struct counts *counts) {
  os_unmap(counts->each, counts->bytes);
}

/* ---- malloc_info ---- */

static void print_sizes(FILE *stream, const struct heap_count *count) {
  fputs("<sizes>\n", stream);
  for (unsigned k = 1; k < CLASSES; k++) {
    size_t blocks = count->free[k] + count->cached[k] + count->transit[k];
    size_t bytes = size_classes[k].block_bytes;
    if (blocks)
      fprintf(stream, "  <size from=\"%zu\" to=\"%zu\" total=\"%zu\" count=\"%zu\"/>\n", bytes,
              bytes, blocks * bytes, blocks);
  }
  fputs("</sizes>\n", stream);
}

static void print_free(FILE *stream, const struct heap_count *count) {
  struct amount fast = heap_count_fast(count), rest = heap_count_rest(count);

  fprintf(stream,
          "<total type=\"fast\" count=\"%zu\" size=\"%zu\"/>\n"
          "<total type=\"rest\" count=\"%zu\" size=\"%zu\"/>\n",
          fast.blocks, fast.bytes, rest.blocks, rest.bytes);
}

static void print_space(FILE *stream, const struct heap_count *count) {
  fprintf(stream,
          "<system type=\"current\" size=\"%zu\"/>\n"
          "<system type=\"max\" size=\"%zu\"/>\n"
          "<aspace type=\"total\" size=\"%zu\"/>\n"
          "<aspace type=\"mprotect\" size=\"%zu\"/>\n",
          count->system_bytes, count->system_most_bytes, count->aspace_bytes, count->aspace_bytes);
}

int libc_malloc_info(int options, FILE *stream) {
  struct counts counts;

  if (options != 0)
    return EINVAL;
  size_t regions = region_count(), mapped = region_bytes();
  if (!counts_take(&counts))
    return ENOMEM;
  fputs("<malloc version=\"1\">\n", stream);
  for (unsigned i = 0; i < counts.arenas; i++) {
    fprintf(stream, "<heap nr=\"%u\">\n", i);
    print_sizes(stream, &counts.each[i]);
    print_free(stream, &counts.each[i]);
    print_space(stream, &counts.each[i]);
    fputs("</heap>\n", stream);
  }
  print_free(stream, &counts.total);
  fprintf(stream, "<total type=\"mmap\" count=\"%zu\" size=\"%zu\"/>\n", regions, mapped);
  print_space(stream, &counts.total);
  fputs("</malloc>\n", stream);
  counts_drop(&counts);
  return 0;
}

/* ---- malloc_stats ---- */

static void print_in_use(size_t system_bytes, size_t in_use_bytes) {
  fprintf(stderr, "system bytes     = %10zu\nin use bytes     = %10zu\n", system_bytes,
          in_use_bytes);
}

void libc_malloc_stats(void) {
  struct counts counts;
  int cancel_state;

  size_t mapped = region_bytes();
  if (!counts_take(&counts))
    return;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
  flockfile(stderr);
  for (unsigned i = 0; i < counts.arenas; i++) {
    fprintf(stderr, "Arena %u:\n", i);
    print_in_use(counts.each[i].system_bytes, heap_count_in_use_bytes(&counts.each[i]));
  }
  fputs("Total (incl. mmap):\n", stderr);
  print_in_use(counts.total.system_bytes + mapped, heap_count_in_use_bytes(&counts.total) + mapped);
  fprintf(stderr, "max mmap regions = %10zu\nmax mmap bytes   = %10zu\n", region_most_count(),
          region_most_bytes());
  funlockfile(stderr);
  pthread_setcancelstate(cancel_state, NULL);
  counts_drop(&counts);
}

/* ---- malloc_trim ---- */

int libc_malloc_trim(size_t pad_bytes) {
  if (cache_self != cache_none)
    cache_flush_all(cache_self);
  return purge_all(pad_bytes) > 0;
}

/* ---- the names ---- */

#ifndef ALLOC_NO_INTERPOSE

PUBLIC struct mallinfo mallinfo(void) SAME_AS(libc_mallinfo);
PUBLIC struct mallinfo2 mallinfo2(void) SAME_AS(libc_mallinfo2);
PUBLIC int malloc_info(int, FILE *) SAME_AS(libc_malloc_info);
PUBLIC void malloc_stats(void) SAME_AS(libc_malloc_stats);
PUBLIC int malloc_trim(size_t) SAME_AS(libc_malloc_trim);

#endif
