/* SPDX-License-Identifier: MIT */
/*
 * A thread's stack while checking is on.
 *
 *     | blocks of a scope ..|  rest of its page | blocks of the next scope ... | forbidden ...  |
 *                           ^ its mark          ^ page                         ^ page
 *
 * The first block after a mark begins a page, so that releasing the mark can forbid access to every
 * page with a block that ends there. A mark has a number that no other mark of the process has, and
 * is listed for as long as it can be released.
 */
#include "stack/stack.h"

#include "heap/message.h"
#include "heap/meta.h"
#include "heap/os.h"

static size_t serials;

void checked_begin(struct thread_stack *stack) {
  stack->checked = true;
  stack->fresh = true;
  stack->open.limit = stack->open.top;
  stack->open.base = STACK_CHECKED_BASE;
}

static void marks_drop_to(struct thread_stack *stack, size_t serial) {
  while (stack->mark && stack->mark->serial > serial) {
    struct stack_mark *mark = stack->mark;
    stack->mark = mark->below;
    meta_give(mark, sizeof *mark);
  }
}

void checked_end(struct thread_stack *stack) {
  marks_drop_to(stack, 0);
  stack->checked = false;
}

struct alloc_stack_mark checked_mark(struct thread_stack *stack) {
  struct stack_mark *mark = meta_take(sizeof *mark);

  stack->fresh = true;
  /* Without memory to list it, the mark goes by the number of the one below. */
  if (!mark)
    return (struct alloc_stack_mark){stack->open.top, stack->mark ? stack->mark->serial : 0};
  mark->serial = __atomic_add_fetch(&serials, 1, __ATOMIC_RELAXED);
  mark->top = stack->open.top;
  poke(&mark->below, stack->mark);
  stack->mark = mark;
  return (struct alloc_stack_mark){mark->top, mark->serial};
}

static char *page_after(char *address) {
  return address + ((size_t) - (uintptr_t)address & (PAGE_BYTES - 1));
}

/* Where a block would begin in the open chunk; NULL: there is no room. */
static char *place(const struct thread_stack *stack, size_t alignment, size_t bytes) {
  if (!stack->chunk || !stack->chunk->private)
    return NULL;
  char *limit = chunk_limit(stack->chunk);
  char *top = stack->fresh ? page_after(stack->open.top) : stack->open.top;
  size_t skip = (size_t) - (uintptr_t)top & (alignment - 1);
  size_t room = (size_t)(limit - top);
  return skip <= room && bytes <= room - skip ? top + skip : NULL;
}

/* Pages that begin in [begin, end) are to be used, or not any more. */
static bool allow(char *begin, char *end, bool access) {
  char *first = page_after(begin), *last = page_after(end);
  return last <= first || os_protect(first, (size_t)(last - first), access);
}

void *checked_alloc(struct thread_stack *stack, size_t alignment, size_t bytes) {
  char *block = place(stack, alignment, bytes);

  if (!block) {
    if (!stack_push(stack, bytes + alignment + PAGE_BYTES))
      return NULL;
    block = place(stack, alignment, bytes);
  }
  if (!allow(stack->open.top, block + bytes, true))
    return NULL;
  poke(&stack->open.top, block + bytes);
  stack->open.limit = stack->open.top;
  stack->fresh = false;
  return block;
}

void checked_release(struct thread_stack *stack, struct alloc_stack_mark mark) {
  const struct stack_mark *listed = stack->mark;
  const struct chunk *was_open = stack->chunk;
  char *end = stack->open.top;

  while (listed && listed->serial > mark.serial)
    listed = listed->below;
  /* A mark without a number was made before any that has one. */
  bool valid = mark.serial == 0 || (listed && listed->serial == mark.serial);
  if (!valid || !stack_pop_to(stack, mark.top))
    message_die("alloc_stack_release", mark.top,
                "the mark is not valid, it was released with an outer one or is another thread's");
  marks_drop_to(stack, mark.serial);
  stack->fresh = true;
  if (stack->chunk && stack->chunk->private)
    allow(stack->open.top, stack->chunk == was_open ? end : stack->chunk->top, false);
}
