/* SPDX-License-Identifier: MIT */
/*
 * <liballoc/stack.h>: memory that ends with a scope, like that of alloca(3), without its dangers.
 *
 * Every thread has a stack of its own beside the one it runs on. Blocks are taken from its top and
 * given back all at once, down to a mark that was set before:
 *
 *     struct alloc_stack_mark mark = alloc_stack_mark ();
 *     char *text = alloc_stack_alloc (length + 1);
 *     ...
 *     alloc_stack_release (mark);
 *
 * or, with the mark bound to the scope by the compiler's cleanup attribute, so that every way out
 * of it (return, break, goto, a C++ exception) gives the memory back:
 *
 *     {
 *       ALLOC_STACK_SCOPE (scope);
 *       char *text = alloc_stack_take (&scope, length + 1);
 *       ...
 *     }
 *
 * alloc_stack_alloc works inside of scopes too, and is what a function uses to return memory to a
 * caller whose scope it ends with; alloc_stack_take is the faster one of several blocks in a row.
 *
 * The stack grows in chunks of the heap and never overflows the stack that the thread runs on.
 *
 *  - Nested scopes and marks are released in the opposite order of their making. Releasing an outer
 *    mark releases the inner ones with it; they must not be released afterwards. So longjmp(3) is
 *    safe: what the scopes that it leaves had taken goes with the next release further out.
 *  - A mark stays valid when it is released, and may be released again.
 *  - A mark belongs to the thread that made it. Blocks may be read and written by others.
 *  - What a thread holds when it exits is given back.
 *  - Blocks are never passed to free or realloc.
 *  - No function here is async-signal-safe. A child of fork keeps the stack of the forking thread.
 *
 * When checking is on (MALLOC_CHECK_, mcheck), memory of a released scope cannot be accessed until
 * it is handed out again, so that using it ends in SIGSEGV at once, and a mark that is no longer
 * valid ends in a message and abort().
 */
#ifndef LIBALLOC_STACK_H
#define LIBALLOC_STACK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* A place in the calling thread's stack. Its fields are for the functions below only. */
struct alloc_stack_mark {
  char *top;
  size_t serial;
};

/* The open end of a thread's stack; for the inline functions below only. */
struct alloc_stack {
  char *top;   /* the next block begins here, a multiple of 16 */
  char *limit; /* and must end here */
  char *base;  /* marks from here to top can be released without further ado */
};

extern __thread struct alloc_stack *alloc_stack_self __attribute__((tls_model("initial-exec")));

/* What the inline functions do when their simple case does not apply. */
struct alloc_stack_mark alloc_stack_mark_slow(void);
void *alloc_stack_alloc_slow(size_t alignment, size_t bytes);
void alloc_stack_release_slow(struct alloc_stack_mark mark);

/*
 * alloc_stack_mark: remembers how much the calling thread's stack holds. Cannot fail.
 */
static inline struct alloc_stack_mark alloc_stack_mark(void) {
  const struct alloc_stack *stack = alloc_stack_self;
  struct alloc_stack_mark mark = {stack->top, 0};

  if (__builtin_expect(stack->top == stack->limit, 0))
    return alloc_stack_mark_slow();
  return mark;
}

/*
 * alloc_stack_alloc: a block of this many bytes, 0 included, aligned to 16 and not initialized.
 * Its life ends when a mark that was made before it is released, or with the thread.
 * Returns NULL with errno ENOMEM when there is no memory; success leaves errno alone.
 */
__attribute__((malloc, alloc_size(1))) static inline void *alloc_stack_alloc(size_t bytes) {
  struct alloc_stack *stack = alloc_stack_self;
  char *block = stack->top;

  if (__builtin_expect(bytes - 1 >= (size_t)(stack->limit - block), 0))
    return alloc_stack_alloc_slow(16, bytes);
  /* Others may look at it. The room is a multiple of 16, so rounding up cannot exceed it. */
  __atomic_store_n(&stack->top, block + ((bytes + 15) & ~(size_t)15), __ATOMIC_RELAXED);
  return block;
}

/*
 * alloc_stack_memalign: the same, aligned to alignment, a power of two (else NULL and EINVAL).
 */
__attribute__((malloc, alloc_align(1), alloc_size(2))) static inline void *
alloc_stack_memalign(size_t alignment, size_t bytes) {
  struct alloc_stack *stack = alloc_stack_self;
  char *top = stack->top;
  size_t skip = (size_t) - (uintptr_t)top & (alignment - 1);
  size_t room = (size_t)(stack->limit - top);

  if (__builtin_expect(!alignment || (alignment & (alignment - 1)) || skip >= room ||
                           bytes - 1 >= room - skip,
                       0))
    return alloc_stack_alloc_slow(alignment, bytes);
  /* Where alignment is less than 16, top is aligned already. */
  __atomic_store_n(&stack->top, top + skip + ((bytes + 15) & ~(size_t)15), __ATOMIC_RELAXED);
  return top + skip;
}

/*
 * alloc_stack_release: ends the life of every block that the calling thread has taken since mark
 * was made. The mark must be valid, as the head of this file says. errno stays as it is.
 */
static inline void alloc_stack_release(struct alloc_stack_mark mark) {
  struct alloc_stack *stack = alloc_stack_self;

  if (__builtin_expect(mark.top < stack->base || mark.top > stack->top, 0)) {
    alloc_stack_release_slow(mark);
    return;
  }
  __atomic_store_n(&stack->top, mark.top, __ATOMIC_RELAXED);
}

/* A mark that is bound to a scope. For the functions below only. */
struct alloc_stack_scope {
  struct alloc_stack *stack;
  char *top;   /* of the stack, as far as this scope knows */
  char *limit; /* its limit while that is the top */
  struct alloc_stack_mark mark;
  char *mark_limit; /* the stack's limit when the mark was made; no limit at all: a slow mark */
};

static inline struct alloc_stack_scope alloc_stack_scope_begin(void) {
  struct alloc_stack *stack = alloc_stack_self;
  struct alloc_stack_scope scope = {stack, stack->top, stack->limit, {stack->top, 0}, stack->limit};

  if (__builtin_expect(scope.top == scope.mark_limit, 0)) {
    scope.mark = alloc_stack_mark_slow();
    scope.mark_limit = (char *)UINTPTR_MAX;
  }
  return scope;
}

static inline void alloc_stack_scope_end(struct alloc_stack_scope *scope) {
  /* The chunk in which the scope began is the open one. */
  if (__builtin_expect(scope->stack->limit == scope->mark_limit, 1))
    __atomic_store_n(&scope->stack->top, scope->mark.top, __ATOMIC_RELAXED);
  else
    alloc_stack_release_slow(scope->mark);
}

/*
 * ALLOC_STACK_SCOPE: declares a scope of this name, whose mark is released where the enclosing
 * block of the program ends.
 */
#define ALLOC_STACK_SCOPE(name)                                                                    \
  __attribute__((cleanup(alloc_stack_scope_end), unused)) struct alloc_stack_scope name =          \
      alloc_stack_scope_begin()

/*
 * alloc_stack_take: alloc_stack_alloc, through the innermost scope of the calling thread. Where the
 * next block begins is known from the scope and only compared with the stack, so that several in
 * a row do not wait for one another.
 */
__attribute__((malloc, alloc_size(2))) static inline void *
alloc_stack_take(struct alloc_stack_scope *scope, size_t bytes) {
  char *block = scope->top;
  uintptr_t end = (uintptr_t)block + ((bytes + 15) & ~(size_t)15);

  /* 0 and what is too large for any chunk in one comparison, which leaves loops; then end, too, is
   * no sum that has overflowed. */
  if (__builtin_expect(bytes - 1 >= PTRDIFF_MAX / 2 || scope->stack->top != block ||
                           end > (uintptr_t)scope->limit,
                       0)) {
    block = (char *)alloc_stack_alloc_slow(16, bytes);
    scope->stack = alloc_stack_self;
    scope->top = scope->stack->top;
    scope->limit = scope->stack->limit;
    return block;
  }
  if (!block)
    __builtin_unreachable(); /* a stack without a chunk has no room: callers need not look again */
  scope->top = (char *)end;
  __atomic_store_n(&scope->stack->top, scope->top, __ATOMIC_RELAXED);
  return block;
}

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
