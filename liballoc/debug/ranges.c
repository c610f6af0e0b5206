/* SPDX-License-Identifier: MIT */
#include "debug/ranges.h"

#include "heap/arena.h"
#include "heap/meta.h"
#include "heap/os.h"
#include "heap/region.h"

static struct ranges ranges_make(size_t room) {
  struct ranges ranges = {0};
  size_t bytes = round_up(room * sizeof(struct range), PAGE_BYTES);

  ranges.range = os_map(NULL, bytes);
  ranges.room = ranges.range ? bytes / sizeof(struct range) : 0;
  return ranges;
}

void ranges_free(struct ranges *ranges) {
  if (ranges->range)
    os_unmap(ranges->range, ranges->room * sizeof(struct range));
  ranges->range = NULL;
}

void ranges_add(struct ranges *ranges, uintptr_t begin, uintptr_t end) {
  if (ranges->count < ranges->room && begin < end)
    ranges->range[ranges->count++] = (struct range){begin, end};
}

static void add_regions(struct ranges *ranges) {
  for (unsigned b = 0; b < REGION_BUCKETS; b++)
    for (struct region *region = region_chain(b); region; region = load_acquire(&region->next)) {
      uintptr_t begin = (uintptr_t)peek(&region->mapping);
      if (peek(&region->block))
        ranges_add(ranges, begin, begin + peek(&region->mapped_bytes));
    }
}

/* Room for more: other threads may go on, and the caller has some to add. */
static size_t room_for(size_t count) {
  return count + count / 2 + 200;
}

struct ranges ranges_of_regions(void) {
  struct ranges ranges = ranges_make(room_for(region_count()));

  add_regions(&ranges);
  ranges_sort(&ranges);
  return ranges;
}

struct ranges ranges_of_heap(void) {
  size_t chunks = 0, bytes;
  unsigned arenas = arena_count();

  for (void *chunk = meta_chunk(NULL, &bytes); chunk; chunk = meta_chunk(chunk, &bytes))
    chunks++;
  struct ranges ranges = ranges_make(room_for(region_count() + chunks + arenas));
  for (void *chunk = meta_chunk(NULL, &bytes); chunk; chunk = meta_chunk(chunk, &bytes))
    ranges_add(&ranges, (uintptr_t)chunk, (uintptr_t)chunk + bytes);
  for (unsigned i = 0; i < arenas; i++) {
    const struct arena *arena = arena_number(i);
    if (arena)
      ranges_add(&ranges, (uintptr_t)arena,
                 (uintptr_t)arena + (size_t)peek(&arena->slices) * SLICE_BYTES);
  }
  add_regions(&ranges);
  uintptr_t own = (uintptr_t)ranges.range;
  ranges_add(&ranges, own, own + ranges.room * sizeof(struct range));
  return ranges;
}

/* ---- in order ---- */

/* Heapsort, as in sort.c, of the ranges themselves. */
static void sift_down(struct range *range, size_t root, size_t count) {
  struct range moved = range[root];

  for (size_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && range[child].begin < range[child + 1].begin)
      child++;
    if (moved.begin >= range[child].begin)
      break;
    range[root] = range[child];
  }
  range[root] = moved;
}

void ranges_sort(struct ranges *ranges) {
  size_t count = ranges->count;

  for (size_t root = count / 2; root-- > 0;)
    sift_down(ranges->range, root, count);
  while (count > 1) {
    struct range largest = ranges->range[0];
    ranges->range[0] = ranges->range[--count];
    ranges->range[count] = largest;
    sift_down(ranges->range, 0, count);
  }
}

const struct range *ranges_after(const struct ranges *ranges, uintptr_t address) {
  size_t low = 0, high = ranges->count;

  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (ranges->range[middle].end > address)
      high = middle;
    else
      low = middle + 1;
  }
  return low < ranges->count ? &ranges->range[low] : NULL;
}
