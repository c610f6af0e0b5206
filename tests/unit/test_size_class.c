/* SPDX-License-Identifier: MIT */
/* size_class.h against searches through its own table. */
#include "heap_test.h"

#include "heap/arena.h"
#include "heap/size_class.h"

static unsigned naive_class(size_t bytes, size_t alignment) {
  for (unsigned k = 1; k < CLASSES; k++)
    if (size_classes[k].block_bytes >= bytes && size_classes[k].block_bytes % alignment == 0)
      return k;
  return 0;
}

static void table_is_consistent(void **state) {
  (void)state;
  assert_int_equal(size_classes[0].block_bytes, 0);
  for (unsigned k = 1; k < CLASSES; k++) {
    const struct size_class *c = &size_classes[k];
    assert_int_equal(c->block_bytes % MIN_ALIGNMENT, 0);
    assert_true(c->block_bytes > size_classes[k - 1].block_bytes);
    assert_true(c->least_slices * (size_t)SLICE_BYTES / c->block_bytes >= 8);
    assert_true(c->least_slices <= c->slices);
    assert_true(c->slices * (size_t)SLICE_BYTES <= 64 * PAGE_BYTES); /* bits of span.purged */
    assert_true(c->most_cached >= 4 && c->most_cached <= 511);
    /* What is lost at most to rounding up. */
    size_t before = size_classes[k - 1].block_bytes, step = c->block_bytes - before;
    if (c->block_bytes <= CLASS_STEP_BYTES)
      assert_int_equal(step, MIN_ALIGNMENT);
    else if (c->block_bytes <= CLASS_EIGHTHS_BYTES ||
             (c->block_bytes > CLASS_TABLE_BYTES && c->block_bytes <= CLASS_PAGES_BYTES))
      assert_true(step * 8 <= before);
    else
      assert_true(step * 4 <= before);
  }
  assert_int_equal(size_classes[CLASSES - 1].block_bytes, CLASS_MAX_BYTES);
}

static void every_size_has_the_smallest_class(void **state) {
  (void)state;
  for (size_t bytes = 1; bytes <= CLASS_MAX_BYTES; bytes++)
    assert_int_equal(size_class_of(bytes), naive_class(bytes, 1));
}

static void table_has_the_bin_of_every_small_size(void **state) {
  (void)state;
  assert_int_equal(class_bin[0], 0);
  for (size_t bytes = 16; bytes <= CLASS_TABLE_BYTES; bytes += 16)
    assert_int_equal(class_bin[bytes / 16], naive_class(bytes, 1) * sizeof(void *[2]));
}

static void aligned_sizes_have_the_smallest_class(void **state) {
  (void)state;
  for (size_t alignment = 1; alignment <= CLASS_MAX_BYTES; alignment *= 2)
    for (size_t bytes = 1; bytes <= CLASS_MAX_BYTES; bytes += bytes < 1100 ? 1 : 37) {
      unsigned k = size_class_aligned(bytes, alignment);
      size_t least = bytes > alignment ? bytes : alignment;
      assert_int_equal(k, naive_class(least, alignment));
    }
  assert_int_equal(size_class_aligned(CLASS_MAX_BYTES + 1, 16), 0);
  assert_int_equal(size_class_aligned(16, CLASS_MAX_BYTES * 2), 0);
  assert_int_equal(size_class_aligned(SIZE_MAX, 16), 0);
  assert_int_equal(size_class_aligned(1, (size_t)1 << 63), 0);
}

static void index_divides_without_dividing(void **state) {
  (void)state;
  for (unsigned k = 1; k < CLASSES; k++) {
    const struct size_class *c = &size_classes[k];
    size_t index = 0, rest = 0;
    for (size_t offset = 0; offset < (size_t)c->slices * SLICE_BYTES; offset++) {
      if (size_class_index(c, offset) != index)
        fail_msg("class %u, offset %zu", k, offset);
      if (size_class_divides(c, offset) != (rest == 0))
        fail_msg("class %u, multiple of the size or not at offset %zu", k, offset);
      if (++rest == c->block_bytes) {
        rest = 0;
        index++;
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(table_is_consistent),
      cmocka_unit_test(every_size_has_the_smallest_class),
      cmocka_unit_test(table_has_the_bin_of_every_small_size),
      cmocka_unit_test(aligned_sizes_have_the_smallest_class),
      cmocka_unit_test(index_divides_without_dividing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
