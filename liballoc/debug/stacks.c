/* SPDX-License-Identifier: MIT */
#include "debug/stacks.h"

#include "heap/meta.h"

enum { CHAINS = 1 << 16 };

FILE_TABLE(struct stack *stack_chains[CHAINS]);
static uint32_t total;

static struct stack **chain_of(const void *const *frames, unsigned count) {
  uint64_t hash = count;

  for (unsigned i = 0; i < count; i++)
    hash = (hash ^ (uintptr_t)frames[i]) * UINT64_C(0x9e3779b97f4a7c15);
  return &stack_chains[hash >> 48];
}

_Static_assert(CHAINS == 1 << 16, "sixteen bits of hash");

static bool is_stack(const struct stack *stack, const void *const *frames, unsigned count) {
  if (stack->count != count)
    return false;
  for (unsigned i = 0; i < count; i++)
    if (stack->place[i]->address != frames[i] || !place_holds(stack->place[i]))
      return false;
  return true;
}

struct stack *stack_of(const void *const *frames, unsigned count) {
  struct stack **chain = chain_of(frames, count), *head = load_acquire(chain), *stack;

  for (stack = head; stack; stack = peek(&stack->next))
    if (is_stack(stack, frames, count))
      return stack;
  stack = meta_take(sizeof *stack + count * sizeof stack->place[0]);
  if (!stack)
    return NULL;
  stack->number = __atomic_add_fetch(&total, 1, __ATOMIC_RELAXED);
  stack->written = 0;
  stack->mark = 0;
  stack->count = count;
  for (unsigned i = 0; i < count; i++)
    stack->place[i] = place_of(frames[i]);
  /* Two threads may make the same one at once: both are right. */
  do
    poke(&stack->next, head);
  while (
      !__atomic_compare_exchange_n(chain, &head, stack, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
  return stack;
}
