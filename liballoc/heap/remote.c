/* SPDX-License-Identifier: MIT */
/*
 * Frees by a thread that does not own the span: outbox, queue, collection.
 *
 *   freeing thread:  outbox[owner % 8] --(full, or time)--> owner's queue     one CAS a batch
 *   owner:           queue --(next slow path, under its lock)--> bitmaps
 *
 * An owner that sleeps or is gone does not collect, so whoever posts to a long queue, or to the
 * queue of an orphan, takes the owner's lock if it is free and collects in its stead.
 */
#include "heap/cache.h"

#include <liballoc/snapshot.h>

#include "heap/meta.h"
#include "heap/purge.h"

enum { QUEUE_MOST_BYTES = 256 * 1024 };

static void post(struct cache *target, struct batch *batch, uint32_t bytes) {
  struct batch *head = load_acquire(&target->queue);

  do {
    /* A head that has just been collected tells a stale length: good enough for a threshold. */
    uint32_t behind = head ? peek(&head->queued_bytes) : 0;
    poke(&batch->queued_bytes, behind + bytes);
    poke(&batch->next, head);
  } while (!__atomic_compare_exchange_n(&target->queue, &head, batch, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE));
  if ((peek(&batch->queued_bytes) > QUEUE_MOST_BYTES ||
       peek(&target->state) == ALLOC_CACHE_ORPHANED) &&
      lock_try(&target->lock)) {
    remote_collect(target);
    poke(&target->others_collected, 1);
    lock_drop(&target->lock);
    purge_check();
  }
}

static void outbox_post(struct outbox *box) {
  struct batch *batch = box->batch;

  if (!batch)
    return;
  uint32_t owner = box->owner;
  poke(&box->owner, 0);
  poke(&box->batch, NULL);
  post(cache_number(owner), batch, batch->count * box->block_bytes);
}

void remote_post_all(struct cache *cache) {
  for (unsigned i = 0; i < OUTBOXES; i++)
    outbox_post(&cache->outbox[i]);
}

void remote_post_rested(struct cache *cache) {
  for (unsigned i = 0; i < OUTBOXES; i++) {
    struct outbox *box = &cache->outbox[i];
    uint32_t count = box->batch ? box->batch->count : 0;
    if (count && count == box->seen_count)
      outbox_post(box);
    box->seen_count = count;
  }
}

/* Makes the outbox one for owner; false: no memory. */
static bool outbox_open(struct outbox *box, uint32_t owner) {
  outbox_post(box);
  struct batch *batch = meta_take_shared(sizeof *batch);
  if (unlikely(!batch))
    return false;
  poke(&batch->count, 0);
  poke(&batch->next, NULL);
  box->seen_count = 0;
  poke(&box->owner, owner);
  store_release(&box->batch, batch);
  return true;
}

void remote_free(struct cache *cache, uint32_t owner, unsigned k, void *block) {
  struct outbox *box = &cache->outbox[owner % OUTBOXES];

  if (unlikely(box->owner != owner) && unlikely(!outbox_open(box, owner))) {
    remote_free_now(owner, block);
    return;
  }
  struct batch *batch = box->batch;
  unsigned count = batch->count;
  poke(&batch->block[count], block);
  poke(&batch->count, count + 1);
  if (unlikely(count + 1 == BATCH_BLOCKS)) {
    box->block_bytes = size_classes[k].block_bytes;
    outbox_post(box);
  }
}

void remote_free_now(uint32_t owner, void *block) {
  struct cache *target = cache_number(owner);

  /* Its lock may be held for ever. The block stays out of use, as all of its owner's do. */
  for (unsigned turn = 0; !peek(&target->lost) && !lock_try(&target->lock); turn++)
    lock_yield(turn);
  if (unlikely(peek(&target->lost)))
    return;
  cache_put(target, &block, 1);
  lock_drop(&target->lock);
  purge_check();
}

void remote_collect(struct cache *cache) {
  store_release(&cache->collections, cache->collections + 1);
  struct batch *batch = __atomic_exchange_n(&cache->queue, NULL, __ATOMIC_ACQ_REL);

  while (batch) {
    struct batch *next = peek(&batch->next);
    /* Another processor wrote them last. */
    for (size_t at = 0; next && at < sizeof *next; at += CACHE_LINE_BYTES)
      __builtin_prefetch((char *)next + at);
    cache_put(cache, batch->block, peek(&batch->count));
    meta_give_shared(batch, sizeof *batch);
    batch = next;
  }
}
