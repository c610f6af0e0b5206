/* SPDX-License-Identifier: MIT */
#include "stack/stack.h"

#include <errno.h>

#include "heap/cache.h"
#include "heap/meta.h"

/* A thread that has taken nothing: full and empty at once, so that every call is a slow one. */
static const struct thread_stack none = {.open = {NULL, NULL, STACK_CHECKED_BASE}};

__thread struct alloc_stack *alloc_stack_self = (struct alloc_stack *)&none.open;

static bool checking;

/* ---- the record of a thread ---- */

static bool attached(void) {
  return alloc_stack_self != &none.open;
}

static struct thread_stack *self(void) {
  return (struct thread_stack *)alloc_stack_self;
}

/* What a thread that is gone, in another process even, has left behind. */
static void stack_empty(struct thread_stack *stack) {
  checked_end(stack);
  stack_pop_to(stack, NULL);
  if (stack->chunk) {
    struct chunk *last = stack->chunk;
    store_release(&stack->departures, stack->departures + 1);
    store_release(&stack->chunk, NULL);
    chunk_give(last);
  }
  if (stack->spare) {
    struct chunk *spare = stack->spare;
    store_release(&stack->departures, stack->departures + 1);
    store_release(&stack->spare, NULL);
    chunk_give(spare);
  }
  poke(&stack->open.top, NULL);
  stack->open.limit = NULL;
  stack->open.base = STACK_CHECKED_BASE;
}

static void thread_exits(struct cache *cache) {
  struct thread_stack *stack = peek(&cache->stack);

  alloc_stack_self = (struct alloc_stack *)&none.open;
  if (stack)
    stack_empty(stack);
}

/* The calling thread's own record; NULL: no memory. */
static COLD struct thread_stack *stack_attach(void) {
  store_release(&cache_exit_hook, thread_exits);
  struct cache *cache = cache_until_exit();
  if (!cache)
    return NULL;
  struct thread_stack *stack = peek(&cache->stack);
  if (!stack) {
    stack = meta_take(sizeof *stack);
    if (!stack)
      return NULL;
    for (size_t w = 0; w < sizeof *stack / sizeof(uint64_t); w++)
      poke((uint64_t *)stack + w, 0);
    stack->open.base = STACK_CHECKED_BASE;
    store_release(&cache->stack, stack);
  }
  stack_empty(stack);
  if (peek(&checking))
    checked_begin(stack);
  alloc_stack_self = &stack->open;
  return stack;
}

void stack_set_checking(bool on) {
  poke(&checking, on);
  if (on && attached() && !self()->checked)
    checked_begin(self());
}

/* ---- chunks ---- */

static void chunk_open(struct thread_stack *stack, char *top) {
  poke(&stack->open.top, top);
  stack->open.limit = stack->checked ? top : chunk_limit(stack->chunk);
  stack->open.base = stack->checked ? STACK_CHECKED_BASE : stack->chunk->base;
}

static size_t usual_bytes(const struct thread_stack *stack) {
  size_t bytes = stack->chunk ? 2 * stack->chunk->bytes : CHUNK_LEAST_BYTES;
  return bytes < CHUNK_MOST_BYTES ? bytes : CHUNK_MOST_BYTES;
}

bool stack_push(struct thread_stack *stack, size_t bytes) {
  struct chunk *chunk = stack->spare;

  if (chunk && (chunk->private || !stack->checked) &&
      bytes <= (size_t)(chunk_limit(chunk) - chunk->base)) {
    store_release(&stack->departures, stack->departures + 1);
    store_release(&stack->spare, NULL);
  } else {
    chunk = chunk_take(bytes, usual_bytes(stack), stack->checked, stack);
    if (!chunk)
      return false;
  }
  if (stack->chunk)
    poke(&stack->chunk->top, stack->open.top);
  poke(&chunk->below, stack->chunk);
  store_release(&stack->chunk, chunk);
  chunk_open(stack, chunk->base);
  return true;
}

/* Takes the open chunk off; the largest of usual size stays as a spare. */
static void stack_pop(struct thread_stack *stack) {
  struct chunk *chunk = stack->chunk, *given = chunk;

  store_release(&stack->departures, stack->departures + 1);
  store_release(&stack->chunk, chunk->below);
  if (!stack->checked && chunk->bytes <= CHUNK_MOST_BYTES &&
      (!stack->spare || stack->spare->bytes < chunk->bytes)) {
    given = stack->spare;
    store_release(&stack->spare, chunk);
  }
  if (given)
    chunk_give(given);
}

static bool holds(const struct chunk *chunk, const char *end, const char *top) {
  return top >= chunk->base && top <= end;
}

bool stack_pop_to(struct thread_stack *stack, char *top) {
  struct chunk *target = stack->chunk;
  char *end = stack->open.top;

  if (!target)
    return top == NULL;
  while (target && (top ? !holds(target, end, top) : target->below != NULL)) {
    target = target->below;
    end = target ? target->top : NULL;
  }
  if (!target)
    return false;
  while (stack->chunk != target)
    stack_pop(stack);
  chunk_open(stack, top ? top : target->base);
  return true;
}

/* ---- the slow calls ---- */

struct alloc_stack_mark alloc_stack_mark_slow(void) {
  struct thread_stack *stack = self();

  /* Without a mark's place in memory there is nothing to be remembered but the bottom. */
  if (!attached() && (!peek(&checking) || !(stack = stack_attach())))
    return (struct alloc_stack_mark){NULL, 0};
  if (stack->checked)
    return checked_mark(stack);
  return (struct alloc_stack_mark){stack->open.top, 0};
}

static void *plain_alloc(struct thread_stack *stack, size_t alignment, size_t bytes) {
  for (;;) {
    size_t skip = (size_t) - (uintptr_t)stack->open.top & (alignment - 1);
    size_t room = (size_t)(stack->open.limit - stack->open.top);
    if (skip <= room && bytes <= room - skip) {
      char *block = stack->open.top + skip;
      poke(&stack->open.top, block + bytes);
      return block;
    }
    if (!stack_push(stack, bytes + (alignment > CACHE_LINE_BYTES ? alignment : 0)))
      return NULL;
  }
}

void *alloc_stack_alloc_slow(size_t alignment, size_t bytes) {
  struct thread_stack *stack = self();
  int saved_errno = errno;
  void *block = NULL;

  if (!is_power_of_two(alignment)) {
    errno = EINVAL;
    return NULL;
  }
  if (bytes <= PTRDIFF_MAX / 2 && alignment <= PTRDIFF_MAX / 4 &&
      (attached() || (stack = stack_attach()))) {
    bytes = round_up(bytes ? bytes : 1, 16);
    block = stack->checked ? checked_alloc(stack, alignment, bytes)
                           : plain_alloc(stack, alignment, bytes);
  }
  errno = block ? saved_errno : ENOMEM;
  return block;
}

void alloc_stack_release_slow(struct alloc_stack_mark mark) {
  int saved_errno = errno;

  if (attached()) {
    struct thread_stack *stack = self();
    if (stack->checked)
      checked_release(stack, mark);
    else
      stack_pop_to(stack, mark.top);
  }
  errno = saved_errno;
}
