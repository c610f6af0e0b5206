/* SPDX-License-Identifier: MIT */
/*
 * Which blocks that are not free are not the program's either. Each pointer found in a cache, an
 * outbox or a queue must be a block that is out in the copied bitmaps and not yet marked; else the
 * heap has moved on since the copy, and the pointer is counted as skipped.
 */
#include "observe/work.h"

#include "heap/cache.h"

enum { READ_TRIES = 4, QUEUE_MOST_BATCHES = 1 << 20 };

/* The tally of the block's span and the block's index in it; NULL: not a block of the copy. */
static struct tally *block_find(struct work *work, const void *block, unsigned *index) {
  struct arena *arena = arena_of(block);

  if (!arena || arena->index >= work->arenas_known)
    return NULL;
  uint32_t number = work_slices(work, arena->index)[arena_slice(block)];
  if (!number)
    return NULL;
  struct tally *tally = work_tally(work, number - 1);
  const struct size_class *c = &size_classes[tally->size_class];
  size_t offset = (uintptr_t)block - (uintptr_t)arena - (size_t)tally->slice * SLICE_BYTES;
  unsigned i = size_class_index(c, offset);
  if (i >= tally->capacity || (size_t)i * c->block_bytes != offset)
    return NULL;
  *index = i;
  return tally;
}

/* Marks a block; the tally of its span, NULL: it does not fit the copy. */
static struct tally *block_mark(struct work *work, const void *block, bool transit) {
  unsigned i;
  struct tally *tally = block_find(work, block, &i);

  if (!tally || tally->cached + tally->transit >= tally->out) {
    work->skipped++;
    return NULL;
  }
  if (tally->word != TALLY_NO_BITMAP) {
    uint64_t *a = work->word + tally->word + i / 64;
    uint64_t *b = a + tally_words(tally);
    uint64_t bit = UINT64_C(1) << i % 64;
    if (!(*a & bit) || *b & bit) {
      work->skipped++;
      return NULL;
    }
    *b |= bit;
    if (!transit)
      *a &= ~bit;
  }
  if (transit)
    tally->transit++;
  else
    tally->cached++;
  return tally;
}

/*
 * Copies the pointers of a bin into work->blocks: how many. The slots may be replaced meanwhile,
 * which the epoch tells; they stay mapped.
 */
static unsigned bin_read(struct work *work, const struct cache *cache, unsigned k,
                         unsigned *capacity) {
  for (unsigned tries = 0; tries < READ_TRIES; tries++) {
    uint32_t epoch = load_acquire(&cache->arrays_epoch);
    void **top = load_acquire(&cache->bin[k].top);
    void **limit = load_acquire(&cache->bin[k].limit);
    *capacity = load_acquire(&cache->capacity[k]);
    if (epoch % 2 != 0 || peek(&cache->arrays_epoch) != epoch)
      continue;
    void **base = limit - *capacity;
    if (top <= base || top > limit || !table_reserve(&work->blocks, *capacity * sizeof(void *)))
      return 0;
    unsigned count = (unsigned)(top - base);
    for (unsigned i = 0; i < count; i++)
      ((void **)work->blocks.at)[i] = load_acquire(&base[i]);
    if (peek(&cache->arrays_epoch) == epoch)
      return count;
  }
  *capacity = 0;
  return 0;
}

static void mark_bins(struct work *work, const struct cache *cache, struct owner *owner) {
  for (unsigned k = 1; k < CLASSES; k++) {
    unsigned capacity = peek(&cache->capacity[k]);
    if (!capacity)
      continue;
    unsigned count = bin_read(work, cache, k, &capacity);
    owner->capacity_bytes += (uint64_t)capacity * size_classes[k].block_bytes;
    for (unsigned i = 0; i < count; i++) {
      struct tally *tally = block_mark(work, ((void **)work->blocks.at)[i], false);
      if (tally) {
        owner->cached_blocks++;
        owner->cached_bytes += size_classes[tally->size_class].block_bytes;
      }
    }
  }
}

static void mark_batch(struct work *work, const struct batch *batch) {
  unsigned count = load_acquire(&batch->count);

  for (unsigned i = 0; i < count && i < BATCH_BLOCKS; i++) {
    struct tally *tally = block_mark(work, load_acquire(&batch->block[i]), true);
    if (tally && tally->owner < work->owner_count)
      work_owner(work, tally->owner)->transit_bytes += size_classes[tally->size_class].block_bytes;
  }
}

/* A batch is followed only while the queue it was seen in has not been collected: a piece of
 * metadata that is in use for something else has no link at its start. */
static void mark_queue(struct work *work, const struct cache *cache) {
  uint32_t collections = load_acquire(&cache->collections);
  struct batch *batch = load_acquire(&cache->queue);

  for (unsigned steps = 0; batch && steps < QUEUE_MOST_BATCHES; steps++) {
    if (peek(&cache->collections) != collections)
      return;
    mark_batch(work, batch);
    batch = load_acquire(&batch->next);
  }
}

void blocks_mark(struct work *work) {
  for (uint32_t n = 1; n < work->owner_count; n++) {
    struct cache *cache = cache_number(n);
    if (!cache || !load_acquire(&cache->state))
      continue;
    mark_bins(work, cache, work_owner(work, n));
    for (unsigned i = 0; i < OUTBOXES; i++) {
      struct batch *batch = load_acquire(&cache->outbox[i].batch);
      if (batch)
        mark_batch(work, batch);
    }
    mark_queue(work, cache);
  }
}
