/* SPDX-License-Identifier: MIT */
/* A span against an array of booleans: who has which block, what is purged, what is refused. */
#include "heap_test.h"

#include <sys/mman.h>

#include "heap/arena.h"
#include "heap/span.h"

enum { MOST = 4096, STEPS = 2000 };

static bool brief; /* the first spans of a cache, or the others */

static struct span *make(unsigned k, bool *zeroed) {
  unsigned slices = brief ? size_classes[k].least_slices : size_classes[k].slices;
  void *run = arena_take(slices, SLICE_BYTES, zeroed);
  assert_non_null(run);
  struct span *span = span_create(run, slices, k, 1, *zeroed);
  assert_int_equal(span->capacity, slices * SLICE_BYTES / size_classes[k].block_bytes);
  arena_tag(run, span->slices, (slice_tag)1 << TAG_OWNER_SHIFT | k << TAG_BIN_SHIFT);
  return span;
}

static void drop(struct span *span) {
  store_release(&span->kind, SPAN_NONE);
  arena_tag(span_base(span), span->slices, TAG_NONE);
  arena_give(span_base(span), span->slices);
}

static char *block_at(const struct span *span, unsigned i) {
  return span_base(span) + (size_t)i * size_classes[span->size_class].block_bytes;
}

static unsigned index_of(const struct span *span, const void *block) {
  size_t offset = (size_t)((const char *)block - span_base(span));
  assert_int_equal(offset % size_classes[span->size_class].block_bytes, 0);
  return (unsigned)(offset / size_classes[span->size_class].block_bytes);
}

/* Takes and checks against the shadow: the lowest free blocks, lowest on top. */
static void take(struct span *span, bool *taken, unsigned want) {
  static void *slots[MOST];
  unsigned capacity = span->capacity, expected = 0, lowest = 0;

  unsigned got = span_take(span, slots + MOST, want);
  for (unsigned i = 0; i < capacity; i++)
    expected += !taken[i];
  assert_int_equal(got, expected < want ? expected : want);
  for (unsigned n = 1; n <= got; n++) {
    while (taken[lowest])
      lowest++;
    assert_int_equal(index_of(span, slots[MOST - n]), lowest);
    taken[lowest] = true;
  }
}

static void agrees(struct span *span, const bool *taken) {
  const uint64_t *bits = span_bits(span);
  unsigned free = 0;

  span_check(span);
  for (unsigned i = 0; i < span->capacity; i++) {
    assert_int_equal(bits[i / 64] >> i % 64 & 1, !taken[i]);
    free += !taken[i];
  }
  assert_int_equal(span->free, free);
}

static enum span_fault put(struct span *span, void *block) {
  enum span_fault fault;
  unsigned count = span_put(span, &block, 1, &fault);
  assert_int_equal(count, fault == SPAN_OK);
  return fault;
}

static void takes_and_puts_like_an_array(void **state) {
  struct random random = {1};

  (void)state;
  for (unsigned k = 1; k < CLASSES; k += k < 8 || k > CLASSES - 7 ? 1 : 5) {
    bool taken[MOST] = {false}, zeroed;
    struct span *span = make(k, &zeroed);
    unsigned capacity = span->capacity;
    agrees(span, taken);
    for (unsigned step = 0; step < STEPS; step++) {
      unsigned i = random_below(&random, capacity);
      if (random_below(&random, 3) == 0)
        take(span, taken, random_below(&random, capacity / 4 + 2));
      assert_int_equal(span_fault_of(span, block_at(span, i)),
                       taken[i] ? SPAN_OK : SPAN_DOUBLE_FREE);
      assert_int_equal(put(span, block_at(span, i)), taken[i] ? SPAN_OK : SPAN_DOUBLE_FREE);
      taken[i] = false;
      if (step % 16 == 0)
        agrees(span, taken);
    }
    take(span, taken, capacity);
    agrees(span, taken);
    assert_int_equal(span->free, 0);
    drop(span);
  }
}

/* Of several blocks those of the span are put, up to the first that is not to be. */
static void puts_a_row(void **state) {
  struct random random = {3};

  (void)state;
  for (unsigned k = 1; k < CLASSES; k += 5) {
    bool taken[MOST] = {false}, zeroed;
    struct span *span = make(k, &zeroed), *other = make(k, &zeroed);
    unsigned capacity = span->capacity, count = capacity < 40 ? capacity : 40;
    for (unsigned step = 0; step < 3 * (count - 1); step++) {
      void *blocks[41];
      enum span_fault fault, expected = (enum span_fault)(step % 3);
      unsigned good = 1 + step / 3, from = random_below(&random, capacity);
      take(span, taken, capacity);
      for (unsigned i = 0; i < good; i++)
        blocks[i] = block_at(span, (from + i) % capacity);
      blocks[good] = expected == SPAN_OK         ? block_at(other, 0)
                     : expected == SPAN_INTERIOR ? (char *)blocks[0] + 1
                                                 : blocks[0];
      assert_int_equal(span_put(span, blocks, good + 1, &fault), good);
      assert_int_equal(fault, expected);
      for (unsigned i = 0; i < good; i++)
        taken[(from + i) % capacity] = false;
      agrees(span, taken);
    }
    drop(other);
    drop(span);
  }
}

static void refuses_addresses_inside_blocks(void **state) {
  (void)state;
  for (unsigned k = 1; k < CLASSES; k++) {
    bool taken[MOST] = {false}, zeroed;
    struct span *span = make(k, &zeroed);
    size_t bytes = size_classes[k].block_bytes, end = (size_t)span->slices * SLICE_BYTES;
    take(span, taken, span->capacity);
    for (size_t offset = 0; offset < end; offset += offset < 3 * bytes ? 1 : 4099) {
      bool start = offset % bytes == 0 && offset / bytes < span->capacity;
      char *block = span_base(span) + offset;
      assert_int_equal(span_fault_of(span, block), start ? SPAN_OK : SPAN_INTERIOR);
      if (!start)
        assert_int_equal(put(span, block), SPAN_INTERIOR);
    }
    /* What is left over behind the last block begins where one more would. */
    char *left_over = span_base(span) + span->capacity * bytes;
    if (left_over < span_base(span) + end) {
      assert_int_equal(span_fault_of(span, left_over), SPAN_INTERIOR);
      assert_int_equal(put(span, left_over), SPAN_INTERIOR);
    }
    agrees(span, taken);
    drop(span);
  }
}

static bool page_in_use(const struct span *span, const bool *taken, size_t page) {
  size_t bytes = size_classes[span->size_class].block_bytes;

  for (size_t i = 0; i < span->capacity; i++)
    if (taken[i] && i * bytes < (page + 1) * PAGE_BYTES && (i + 1) * bytes > page * PAGE_BYTES)
      return true;
  return false;
}

/* Bytes of pages that only hold free blocks, and may be resident: of dirty slices, or used before.
 */
static size_t naive_purgeable(const struct span *span, const bool *taken) {
  size_t bytes = (size_t)span->slices * SLICE_BYTES, sum = 0;

  if (span->free == span->capacity)
    return bytes;
  if (span->zeroed)
    bytes = (size_t)span->touched * size_classes[span->size_class].block_bytes;
  for (size_t page = 0; page * PAGE_BYTES < bytes; page++)
    if (!page_in_use(span, taken, page) && !(span->purged >> page & 1))
      sum += PAGE_BYTES;
  return sum;
}

static void check_resident(const struct span *span, const bool *taken) {
  unsigned char resident[64];
  size_t pages = (size_t)span->slices * SLICE_BYTES / PAGE_BYTES;

  assert_int_equal(mincore(span_base(span), pages * PAGE_BYTES, resident), 0);
  for (size_t page = 0; page < pages; page++)
    if (resident[page] & 1)
      assert_true(page_in_use(span, taken, page));
}

/* Only pages without a live block go, they all go, and what is live keeps its contents: in fresh
 * slices, and in those just used. */
static void purges_whole_free_pages(void **state) {
  struct random random = {2};

  (void)state;
  for (unsigned n = 1; n < 2 * CLASSES; n += 5) {
    unsigned k = n < CLASSES ? n : n - CLASSES + 1;
    bool taken[MOST] = {false}, zeroed;
    if (n < CLASSES)
      arena_purge(0, true);
    struct span *span = make(k, &zeroed);
    assert_int_equal(zeroed, n < CLASSES);
    size_t bytes = size_classes[k].block_bytes;
    unsigned capacity = span->capacity;
    for (unsigned round = 0; round < 6; round++) {
      take(span, taken, capacity / 2 + random_below(&random, capacity / 2 + 1));
      for (unsigned i = 0; i < capacity; i++)
        if (taken[i])
          memset(block_at(span, i), (int)(i + 1) & 0xff, bytes);
      unsigned from = random_below(&random, capacity), count = capacity / 3 + 1;
      for (unsigned i = 0; i < capacity; i++)
        if (taken[i] && ((i >= from && i < from + count) || random_below(&random, 10) == 0)) {
          assert_int_equal(put(span, block_at(span, i)), SPAN_OK);
          taken[i] = false;
        }
      if (span->free == capacity)
        continue;
      size_t expected = naive_purgeable(span, taken);
      assert_int_equal(span_purgeable(span, k, capacity), expected);
      assert_int_equal(span_purge(span), expected);
      assert_int_equal(span_purgeable(span, k, capacity), 0);
      assert_int_equal(span_purge(span), 0);
      check_resident(span, taken);
      agrees(span, taken);
      for (unsigned i = 0; i < capacity; i++)
        for (size_t at = 0; taken[i] && at < bytes; at += 61)
          assert_int_equal((unsigned char)block_at(span, i)[at], (i + 1) & 0xff);
    }
    for (unsigned page = 0; page < 64; page++)
      if (span->purged >> page & 1)
        assert_int_equal(span_base(span)[(size_t)page * PAGE_BYTES + 77], 0);
    drop(span);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_and_puts_like_an_array),
      cmocka_unit_test(puts_a_row),
      cmocka_unit_test(refuses_addresses_inside_blocks),
      cmocka_unit_test(purges_whole_free_pages),
  };
  int failed = 0;

  for (int round = 0; round < 2; round++) {
    brief = round == 0;
    failed += cmocka_run_group_tests_name(brief ? "short spans" : "long spans", tests, NULL, NULL);
  }
  return failed;
}
