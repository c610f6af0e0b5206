/* SPDX-License-Identifier: MIT */
#include "observe/work.h"

#include "heap/cache.h"
#include "stack/stack.h"

enum { READ_TRIES = 4, CHAIN_MOST = 1 << 16 };

#define ADDRESS_END (UINT64_C(1) << ADDRESS_BITS)

static struct thread_stack *stack_of_cache(uint32_t number) {
  struct cache *cache = cache_number(number);
  return cache ? load_acquire(&cache->stack) : NULL;
}

size_t stacks_count(void) {
  size_t count = 0;

  for (uint32_t n = cache_count(); n > 0; n--) {
    struct thread_stack *stack = stack_of_cache(n);
    struct chunk *chunk = stack ? load_acquire(&stack->chunk) : NULL;
    count += stack && load_acquire(&stack->spare);
    /* A record that leaves the chain meanwhile is metadata still, and leads to others. */
    for (unsigned steps = 0; chunk && steps < CHAIN_MOST; steps++, count++)
      chunk = load_acquire(&chunk->below);
  }
  return count;
}

static bool is_sound(const struct alloc_stack_record *r) {
  return r->address != 0 && r->address % PAGE_BYTES == 0 && r->bytes != 0 &&
         r->bytes % PAGE_BYTES == 0 && r->address < ADDRESS_END &&
         r->bytes <= ADDRESS_END - r->address && r->base >= r->address &&
         r->base - r->address < r->bytes && r->used_bytes <= r->bytes - (r->base - r->address);
}

static struct alloc_stack_record record_of(struct chunk *chunk, const char *top, uint32_t owner,
                                           uint32_t state) {
  struct alloc_stack_record record = {
      .address = (uintptr_t)load_acquire(&chunk->address),
      .bytes = load_acquire(&chunk->bytes),
      .base = (uintptr_t)load_acquire(&chunk->base),
      .owner = owner,
      .state = state,
  };
  uint64_t end = state == ALLOC_STACK_OPEN      ? (uintptr_t)top
                 : state == ALLOC_STACK_COVERED ? (uintptr_t)load_acquire(&chunk->top)
                                                : record.base;
  /* The open chunk may have changed since top was read. */
  record.used_bytes = end - record.base;
  return record;
}

/* The chunks are found from the top down, and published from the bottom up. */
static void number_from_below(struct alloc_stack_record *first, size_t count) {
  for (size_t i = 0; i < count / 2; i++) {
    struct alloc_stack_record other = first[i];
    first[i] = first[count - 1 - i];
    first[count - 1 - i] = other;
  }
  for (size_t i = 0; i < count; i++)
    first[i].depth = (uint32_t)i;
}

/* Copies the chunks of one stack; false: it lost one meanwhile, and nothing was added. */
static bool stack_copy(struct work *work, struct thread_stack *stack, uint32_t owner) {
  uint32_t departures = load_acquire(&stack->departures);
  struct chunk *chunk = load_acquire(&stack->chunk), *spare = load_acquire(&stack->spare);
  const char *top = load_acquire(&stack->open.top);
  size_t count = work->stack_count;
  uint32_t state = ALLOC_STACK_OPEN;

  for (unsigned steps = 0; chunk && steps < CHAIN_MOST; steps++) {
    struct alloc_stack_record record = record_of(chunk, top, owner, state);
    chunk = load_acquire(&chunk->below);
    if (load_acquire(&stack->departures) != departures || !is_sound(&record))
      return false;
    if (count == work->room.stacks) {
      work->too_small = true;
      return true;
    }
    work->stack[count++] = record;
    state = ALLOC_STACK_COVERED;
  }
  number_from_below(work->stack + work->stack_count, count - work->stack_count);
  if (spare) {
    struct alloc_stack_record record = record_of(spare, NULL, owner, ALLOC_STACK_SPARE);
    record.depth = (uint32_t)(count - work->stack_count);
    if (load_acquire(&stack->departures) != departures || !is_sound(&record))
      return false;
    if (count == work->room.stacks) {
      work->too_small = true;
      return true;
    }
    work->stack[count++] = record;
  }
  work->stack_count = count;
  return true;
}

void stacks_write(struct work *work) {
  uint32_t count = cache_count();

  for (uint32_t n = 1; n <= count; n++) {
    struct thread_stack *stack = stack_of_cache(n);
    unsigned tries = 0;
    while (stack && !stack_copy(work, stack, n))
      if (++tries == READ_TRIES) {
        work->skipped++;
        break;
      }
  }
}
