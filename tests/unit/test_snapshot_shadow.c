/* SPDX-License-Identifier: MIT */
/*
 * A frame of a heap at rest is exact: block by block it is what the program's own shadow says, its
 * totals are the shadow's sums, and nothing was skipped. Writer and reader are proven together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "heap/size_class.h"
#include "tests/unit/shadow.h"
#include "tests/unit/target.h"

/* Live memory by address: usable bytes. Small blocks, large blocks and regions alike. */
static GHashTable *live_of(HvFrame *frame) {
  GHashTable *live = g_hash_table_new(g_direct_hash, g_direct_equal);
  guint spans, regions;
  const HvSpan *span = hv_frame_spans(frame, &spans);
  const struct alloc_region_record *region = hv_frame_regions(frame, &regions);

  for (guint s = 0; s < spans; s++) {
    guint64 base = hv_frame_span_address(frame, s);
    assert_true(hv_frame_span_is_exact(frame, s));
    for (guint i = 0; i < span[s].capacity; i++) {
      HvState state = hv_frame_block_state(frame, s, i);
      if (state == HV_STATE_LIVE || state == HV_STATE_LARGE)
        assert_true(g_hash_table_insert(live, GSIZE_TO_POINTER(base + i * span[s].block_bytes),
                                        GSIZE_TO_POINTER(span[s].block_bytes)));
    }
  }
  for (guint r = 0; r < regions; r++)
    assert_true(hv_region_is_spare(&region[r]) ||
                g_hash_table_insert(live, GSIZE_TO_POINTER(region[r].block),
                                    GSIZE_TO_POINTER(region[r].usable_bytes)));
  return live;
}

static HvState state_at(HvFrame *frame, guint64 address) {
  int span = hv_frame_find_span(frame, address);
  if (span < 0)
    return HV_STATE_NONE;
  const HvSpan *record = hv_frame_spans(frame, NULL) + span;
  guint64 offset = address - hv_frame_span_address(frame, (guint)span);
  return hv_frame_block_state(frame, (guint)span, (guint)(offset / record->block_bytes));
}

static const struct alloc_cache_record *cache_of_thread(HvFrame *frame, guint32 thread) {
  guint count;
  const struct alloc_cache_record *cache = hv_frame_caches(frame, &count);
  for (guint i = 0; i < count; i++)
    if (cache[i].thread == thread)
      return &cache[i];
  return NULL;
}

/* The heap before, the heap now, and what the program knows of the difference. */
struct scene {
  struct target target;
  struct shadow *shadow;
  HvSource *source;
  HvFrame *before, *now;
};

static int set_up(void **state) {
  static struct scene scene;
  int file = memfd_create("shadow", MFD_CLOEXEC);
  assert_true(file >= 0);
  assert_int_equal(ftruncate(file, sizeof(struct shadow)), 0);
  scene.shadow = mmap(NULL, sizeof(struct shadow), PROT_READ, MAP_SHARED, file, 0);
  assert_true(scene.shadow != MAP_FAILED);
  scene.target = target_start("shadow", NULL, file);
  close(file);
  target_expect(&scene.target, 'b');
  scene.source = target_watch(scene.target.process, 60000);
  scene.before = target_frame_after(scene.source, target_now_ns());
  target_tell(&scene.target, 'g');
  target_expect(&scene.target, 'q');
  scene.now = target_frame_after(scene.source, target_now_ns());
  *state = &scene;
  return 0;
}

static int tear_down(void **state) {
  struct scene *scene = *state;
  hv_frame_unref(scene->before);
  hv_frame_unref(scene->now);
  hv_source_free(scene->source);
  target_tell(&scene->target, 'x');
  assert_int_equal(target_end(&scene->target), 0);
  assert_false(target_has_file(scene->target.process));
  munmap(scene->shadow, sizeof *scene->shadow);
  return 0;
}

static void nothing_is_skipped_at_rest(void **state) {
  struct scene *scene = *state;
  assert_int_equal(hv_frame_head(scene->before)->skipped, 0);
  assert_int_equal(hv_frame_head(scene->now)->skipped, 0);
  assert_int_equal(hv_frame_head(scene->now)->flags, 0);
}

static void live_blocks_are_those_of_the_shadow(void **state) {
  struct scene *scene = *state;
  GHashTable *expected = live_of(scene->before);
  GHashTable *found = live_of(scene->now);
  unsigned live = 0;

  for (unsigned t = 0; t < SHADOW_THREADS; t++)
    for (unsigned i = 0; i < SHADOW_BLOCKS; i++) {
      const struct shadow_block *block = &scene->shadow->block[t][i];
      if (block->state != SHADOW_LIVE)
        continue;
      live++;
      assert_true(g_hash_table_insert(expected, GSIZE_TO_POINTER(block->address),
                                      GSIZE_TO_POINTER(block->usable_bytes)));
    }
  assert_true(live > SHADOW_THREADS * SHADOW_BLOCKS / 2);
  GHashTableIter iterator;
  gpointer address, bytes;
  g_hash_table_iter_init(&iterator, expected);
  while (g_hash_table_iter_next(&iterator, &address, &bytes)) {
    gpointer got = g_hash_table_lookup(found, address);
    if (got != bytes)
      fail_msg("the block at %p has %zu bytes, and the frame says %zu", address,
               GPOINTER_TO_SIZE(bytes), GPOINTER_TO_SIZE(got));
  }
  assert_int_equal(g_hash_table_size(found), g_hash_table_size(expected));
  g_hash_table_unref(found);
  g_hash_table_unref(expected);
}

static void freed_blocks_are_not_live(void **state) {
  struct scene *scene = *state;
  GHashTable *found = live_of(scene->now);
  unsigned freed = 0;

  for (unsigned t = 0; t < SHADOW_THREADS; t++)
    for (unsigned i = 0; i < SHADOW_BLOCKS; i++)
      if (scene->shadow->block[t][i].state == SHADOW_LIVE)
        g_hash_table_remove(found, GSIZE_TO_POINTER(scene->shadow->block[t][i].address));
  for (unsigned t = 0; t < SHADOW_THREADS; t++)
    for (unsigned i = 0; i < SHADOW_BLOCKS; i++)
      if (scene->shadow->block[t][i].state == SHADOW_FREED) {
        freed++;
        assert_false(
            g_hash_table_contains(found, GSIZE_TO_POINTER(scene->shadow->block[t][i].address)));
      }
  assert_true(freed > 1000);
  g_hash_table_unref(found);
}

static void blocks_that_no_owner_has_collected_are_in_transit(void **state) {
  struct scene *scene = *state;
  for (unsigned i = 0; i < SHADOW_LEFT; i++)
    assert_int_equal(state_at(scene->now, scene->shadow->left[i].address), HV_STATE_TRANSIT);
  const struct alloc_cache_record *owner = cache_of_thread(scene->now, scene->shadow->thread[0]);
  assert_non_null(owner);
  assert_true(owner->transit_bytes >= SHADOW_LEFT * 64u);
}

/* The ledger: what was added between the frames is what the shadow has. */
static void totals_are_the_sums_of_the_shadow(void **state) {
  struct scene *scene = *state;
  const struct alloc_frame *before = hv_frame_head(scene->before);
  const struct alloc_frame *now = hv_frame_head(scene->now);
  guint64 small = 0, large = 0, region = 0;

  for (unsigned t = 0; t < SHADOW_THREADS; t++)
    for (unsigned i = 0; i < SHADOW_BLOCKS; i++) {
      const struct shadow_block *block = &scene->shadow->block[t][i];
      if (block->state != SHADOW_LIVE)
        continue;
      int span = hv_frame_find_span(scene->now, block->address);
      if (span < 0)
        region += block->usable_bytes;
      else if (hv_frame_spans(scene->now, NULL)[span].kind == ALLOC_SPAN_LARGE)
        large += hv_frame_span_bytes(scene->now, (guint)span);
      else
        small += block->usable_bytes;
    }
  assert_true(small && large && region);
  assert_int_equal(now->total_live_bytes - before->total_live_bytes, small);
  assert_int_equal(now->total_large_bytes - before->total_large_bytes, large);
  assert_true(now->total_region_bytes - before->total_region_bytes >= region);
  assert_true(now->total_region_bytes - before->total_region_bytes < region + 64 * 4096);
  assert_true(now->peak_live_bytes >= small + large + region);
}

static void caches_carry_the_names_of_their_threads(void **state) {
  struct scene *scene = *state;
  guint spans;
  const HvSpan *span = hv_frame_spans(scene->now, &spans);

  for (unsigned t = 0; t < SHADOW_THREADS; t++) {
    const struct alloc_cache_record *cache = cache_of_thread(scene->now, scene->shadow->thread[t]);
    assert_non_null(cache);
    assert_string_equal(cache->name, shadow_names[t]);
    assert_int_equal(cache->state, ALLOC_CACHE_OWNED);
    assert_true(cache->refills > 0 && cache->capacity_bytes >= cache->cached_bytes);
    guint owned = 0;
    for (guint s = 0; s < spans; s++)
      owned += span[s].kind == ALLOC_SPAN_SMALL && span[s].owner == cache->owner;
    assert_int_equal(owned, cache->spans);
  }
}

/* The number of the cache whose thread made the block. */
static guint32 maker_of(HvFrame *frame, guint64 address) {
  int span = hv_frame_find_span(frame, address);
  int region = hv_frame_find_region(frame, address);

  assert_true(span >= 0 || region >= 0);
  return span >= 0 ? hv_frame_spans(frame, NULL)[span].owner
                   : hv_frame_regions(frame, NULL)[region].owner;
}

static void large_blocks_and_regions_name_who_made_them(void **state) {
  struct scene *scene = *state;

  for (unsigned t = 0; t < SHADOW_THREADS; t++) {
    const struct alloc_cache_record *cache = cache_of_thread(scene->now, scene->shadow->thread[t]);
    unsigned seen = 0;
    assert_non_null(cache);
    for (unsigned i = 0; i < SHADOW_BLOCKS; i++) {
      const struct shadow_block *block = &scene->shadow->block[t][i];
      if (block->state != SHADOW_LIVE || block->usable_bytes <= CLASS_MAX_BYTES)
        continue;
      assert_int_equal(maker_of(scene->now, block->address), cache->owner);
      seen++;
    }
    assert_true(seen > 0);
  }
}

static void cached_bytes_of_caches_are_those_of_spans(void **state) {
  struct scene *scene = *state;
  guint count;
  const struct alloc_cache_record *cache = hv_frame_caches(scene->now, &count);
  guint64 cached = 0, transit = 0;

  for (guint i = 0; i < count; i++) {
    cached += cache[i].cached_bytes;
    transit += cache[i].transit_bytes;
  }
  assert_true(cached > 0);
  assert_int_equal(cached, hv_frame_head(scene->now)->total_cached_bytes);
  assert_int_equal(transit, hv_frame_head(scene->now)->total_transit_bytes);
}

static void the_header_names_the_process(void **state) {
  struct scene *scene = *state;
  const struct alloc_snapshot_header *header = hv_frame_header(scene->now);
  assert_int_equal(header->pid, scene->target.process);
  assert_int_equal(header->uid, geteuid());
  assert_non_null(strstr(header->program, "test_snapshot_shadow"));
  assert_int_equal(header->state, ALLOC_SNAPSHOT_ACTIVE);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_skipped_at_rest),
      cmocka_unit_test(live_blocks_are_those_of_the_shadow),
      cmocka_unit_test(freed_blocks_are_not_live),
      cmocka_unit_test(blocks_that_no_owner_has_collected_are_in_transit),
      cmocka_unit_test(totals_are_the_sums_of_the_shadow),
      cmocka_unit_test(caches_carry_the_names_of_their_threads),
      cmocka_unit_test(large_blocks_and_regions_name_who_made_them),
      cmocka_unit_test(cached_bytes_of_caches_are_those_of_spans),
      cmocka_unit_test(the_header_names_the_process),
  };
  if (argc > 1 && strcmp(argv[1], "shadow") == 0)
    return role_shadow();
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
