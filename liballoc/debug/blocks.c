/* SPDX-License-Identifier: MIT */
#include "debug/blocks.h"

#include "debug/ranges.h"
#include "heap/meta.h"
#include "heap/os.h"

enum {
  SHARDS = 64,
  FIRST_CHAINS = 64,
  PIECE_BYTES = 4096,
  LOCK_TRIES = 1000000,
  PIECE_BLOCKS = PIECE_BYTES / sizeof(struct block),
};

struct shard {
  struct lock lock;
  uint32_t chains; /* a power of two, or 0 */
  size_t count;
  struct block **chain;
  struct block *unused;
} ALIGNED_TO(CACHE_LINE_BYTES);

FILE_TABLE(struct shard block_shards[SHARDS]);
static uint16_t generation;

static uint64_t hash_of(uintptr_t address) {
  return (uint64_t)address * UINT64_C(0x9e3779b97f4a7c15);
}

static struct shard *shard_of(uintptr_t address) {
  return &block_shards[hash_of(address) >> 58];
}

_Static_assert(SHARDS == 1 << 6, "six bits of hash");

static struct block **chain_of(const struct shard *shard, uintptr_t address) {
  return &shard->chain[(hash_of(address) >> 24) & (shard->chains - 1)];
}

/* ---- with the shard's lock held ---- */

static void chains_give(struct block **chain, uint32_t chains) {
  if (chains)
    os_unmap(chain, round_up(chains * sizeof *chain, PAGE_BYTES));
}

/* Doubles the chains when they get long; without memory for that they just do. */
static void shard_grow(struct shard *shard) {
  uint32_t old_chains = shard->chains, chains = old_chains ? old_chains * 2 : FIRST_CHAINS;
  struct block **old = shard->chain;

  if (shard->count < old_chains || chains == 0)
    return;
  struct block **chain = os_map(NULL, round_up(chains * sizeof *chain, PAGE_BYTES));
  if (!chain)
    return;
  shard->chain = chain;
  shard->chains = chains;
  for (uint32_t i = 0; i < old_chains; i++) {
    struct block *next;
    for (struct block *block = old[i]; block; block = next) {
      next = block->next;
      struct block **link = chain_of(shard, block->address);
      block->next = *link;
      *link = block;
    }
  }
  chains_give(old, old_chains);
}

static struct block *block_take(struct shard *shard) {
  if (!shard->unused) {
    struct block *piece = meta_take(PIECE_BYTES);
    /* The first word of a piece is not for plain writing (meta.h). */
    for (unsigned i = 1; piece && i < PIECE_BLOCKS; i++) {
      piece[i].next = shard->unused;
      shard->unused = &piece[i];
    }
  }
  struct block *block = shard->unused;
  if (block)
    shard->unused = block->next;
  return block;
}

/* The link to the record of an address; *link is NULL when there is none. */
static struct block **find(struct shard *shard, uintptr_t address) {
  static struct block *none;
  struct block **link = &none;

  if (!shard->chains)
    return link;
  for (link = chain_of(shard, address); *link && (*link)->address != address; link = &(*link)->next)
    continue;
  return link;
}

/* ---- any thread ---- */

void blocks_note(const void *address, size_t bytes, struct stack *stack, uint32_t trace) {
  struct shard *shard = shard_of((uintptr_t)address);

  lock_take(&shard->lock);
  shard_grow(shard);
  struct block *block = shard->chains ? block_take(shard) : NULL;
  if (block) {
    struct block **link = chain_of(shard, (uintptr_t)address);
    *block = (struct block){.next = *link,
                            .address = (uintptr_t)address,
                            .bytes = bytes,
                            .stack = stack,
                            .trace = trace,
                            .generation = generation};
    *link = block;
    shard->count++;
  }
  lock_drop(&shard->lock);
}

bool blocks_forget(const void *address, struct block *was) {
  struct shard *shard = shard_of((uintptr_t)address);

  lock_take(&shard->lock);
  struct block **link = find(shard, (uintptr_t)address), *block = *link;
  if (block) {
    *was = *block;
    *link = block->next;
    block->next = shard->unused;
    shard->unused = block;
    shard->count--;
  }
  lock_drop(&shard->lock);
  return block != NULL;
}

void blocks_forget_all(void) {
  for (unsigned s = 0; s < SHARDS; s++) {
    struct shard *shard = &block_shards[s];
    lock_take(&shard->lock);
    for (uint32_t i = 0; i < shard->chains; i++)
      while (shard->chain[i]) {
        struct block *block = shard->chain[i];
        shard->chain[i] = block->next;
        block->next = shard->unused;
        shard->unused = block;
      }
    shard->count = 0;
    lock_drop(&shard->lock);
  }
}

/* ---- with all locked ---- */

static void unlock_first(unsigned count) {
  for (unsigned s = 0; s < count; s++)
    lock_drop(&block_shards[s].lock);
}

bool blocks_lock_all(void) {
  unsigned tries = 0;

  for (unsigned s = 0; s < SHARDS; s++)
    while (!lock_try(&block_shards[s].lock)) {
      if (++tries == LOCK_TRIES) {
        unlock_first(s);
        return false;
      }
      lock_yield(tries);
    }
  return true;
}

void blocks_unlock_all(void) {
  unlock_first(SHARDS);
}

struct block *blocks_find(uintptr_t address) {
  return *find(shard_of(address), address);
}

void blocks_each(void (*visit)(struct block *block, void *data), void *data) {
  for (unsigned s = 0; s < SHARDS; s++)
    for (uint32_t i = 0; i < block_shards[s].chains; i++)
      for (struct block *block = block_shards[s].chain[i]; block; block = block->next)
        visit(block, data);
}

void blocks_add_ranges(struct ranges *ranges) {
  for (unsigned s = 0; s < SHARDS; s++)
    ranges_add(ranges, (uintptr_t)block_shards[s].chain,
               (uintptr_t)(block_shards[s].chain + block_shards[s].chains));
}

uint16_t blocks_generation(void) {
  return generation;
}

void blocks_after_fork(void) {
  generation++;
  for (unsigned s = 0; s < SHARDS; s++)
    if (peek(&block_shards[s].lock.held)) {
      /* Its chains may be half moved: the blocks in them become unknown. */
      block_shards[s].chains = 0;
      block_shards[s].count = 0;
      block_shards[s].chain = NULL;
      block_shards[s].unused = NULL;
      lock_drop(&block_shards[s].lock);
    }
}
