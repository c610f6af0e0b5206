/* SPDX-License-Identifier: MIT */
#include "debug/fence.h"

#include "heap/lock.h"

enum { LOCKS = 1024, QUARANTINE_LOOK_BYTES = 4096 };

FILE_TABLE(struct fence *fence_chains[FENCE_CHAINS]);
FILE_TABLE(struct lock fence_locks[LOCKS]);

/* ---- the pattern ---- */

/* Never 0 and never the byte before, so that neither the end of a string nor a copy one too long
 * looks like it. */
static unsigned char pattern(size_t i) {
  return (unsigned char)(0xd7 - i % 16 * 5);
}

static size_t tail_bytes(const struct fence *fence) {
  size_t bytes = fence->room - fence->bytes;
  return bytes < FENCE_TAIL_MOST ? bytes : FENCE_TAIL_MOST;
}

static size_t head_bytes(const struct fence *fence) {
  size_t bytes = (size_t)(fence->block - fence->base);
  return bytes < 16 ? bytes : 16;
}

void fence_write_tail(const struct fence *fence) {
  size_t bytes = tail_bytes(fence);

  for (size_t i = 0; i < bytes; i++)
    fence->block[fence->bytes + i] = (char)pattern(i);
}

void fence_write(const struct fence *fence) {
  size_t bytes = head_bytes(fence);

  for (size_t i = 0; i < bytes; i++)
    fence->block[-(ptrdiff_t)i - 1] = (char)pattern(i);
  fence_write_tail(fence);
}

enum mcheck_status fence_look(const struct fence *fence) {
  size_t head = head_bytes(fence), tail = tail_bytes(fence);

  for (size_t i = 0; i < head; i++)
    if ((unsigned char)fence->block[-(ptrdiff_t)i - 1] != pattern(i))
      return MCHECK_HEAD;
  for (size_t i = 0; i < tail; i++)
    if ((unsigned char)fence->block[fence->bytes + i] != pattern(i))
      return MCHECK_TAIL;
  if (fence->state == FENCE_QUARANTINED)
    for (size_t i = 0; i < fence->bytes && i < QUARANTINE_LOOK_BYTES; i++)
      if ((unsigned char)fence->block[i] != fence->filled)
        return MCHECK_FREE;
  return MCHECK_OK;
}

/* ---- the registry ---- */

static unsigned chain_of(const void *block) {
  uint64_t hash = (uint64_t)(uintptr_t)block * UINT64_C(0x9e3779b97f4a7c15);
  return (unsigned)(hash >> 46);
}
_Static_assert(FENCE_CHAINS == 1 << 18, "18 bits of hash");

static struct lock *lock_of(unsigned chain) {
  return &fence_locks[chain % LOCKS];
}

void fence_add(struct fence *fence) {
  unsigned chain = chain_of(fence->block);

  lock_take(lock_of(chain));
  poke(&fence->next, fence_chains[chain]);
  store_release(&fence_chains[chain], fence);
  lock_drop(lock_of(chain));
}

void fence_remove(struct fence *fence) {
  unsigned chain = chain_of(fence->block);
  struct fence **link = &fence_chains[chain];

  lock_take(lock_of(chain));
  while (*link != fence)
    link = &(*link)->next;
  store_release(link, fence->next);
  lock_drop(lock_of(chain));
}

struct fence *fence_lock(const void *block) {
  unsigned chain = chain_of(block);

  if (!peek(&fence_chains[chain]))
    return NULL;
  lock_take(lock_of(chain));
  struct fence *fence = fence_chains[chain];
  while (fence && fence->block != block)
    fence = fence->next;
  if (!fence)
    lock_drop(lock_of(chain));
  return fence;
}

void fence_unlock(const struct fence *fence) {
  lock_drop(lock_of(chain_of(fence->block)));
}

bool fence_begins_at(const void *base) {
  bool found = false;

  for (size_t head = 16; head <= PAGE_BYTES && !found; head *= 2) {
    const struct fence *fence = fence_lock((const char *)base + head);
    if (fence) {
      found = fence->base == base;
      fence_unlock(fence);
    }
  }
  return found;
}

unsigned fence_damages(unsigned chain, struct damage *damage, unsigned most) {
  unsigned count = 0;

  if (!peek(&fence_chains[chain]))
    return 0;
  lock_take(lock_of(chain));
  for (const struct fence *fence = fence_chains[chain]; fence && count < most;
       fence = fence->next) {
    enum mcheck_status status = fence_look(fence);
    if (status != MCHECK_OK)
      damage[count++] = (struct damage){fence->block, status};
  }
  lock_drop(lock_of(chain));
  return count;
}

void fence_after_fork(void) {
  for (unsigned i = 0; i < LOCKS; i++)
    if (peek(&fence_locks[i].held))
      lock_drop(&fence_locks[i]);
}
