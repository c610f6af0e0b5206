/* SPDX-License-Identifier: MIT */
/*
 * scopes: what memory costs that ends with a scope. A function takes a few blocks, writes them
 * and returns, by four ways to do that:
 *
 *     alloca    the stack of the thread
 *     stack     ALLOC_STACK_SCOPE and alloc_stack_take of <liballoc/stack.h>
 *     obstack   obstack_alloc and obstack_free of libc, chunks by this allocator
 *     malloc    malloc, and free for each block
 *
 * `scopes [ROUNDS]` prints nanoseconds a block, the least of several repetitions that take turns,
 * one line for each size and number of blocks: once where each block is filled, and once where only
 * its first byte is written, so that there is next to nothing but the allocation. Sizes are not
 * known to the compiler.
 */
#include <liballoc/stack.h>

#include <alloca.h>
#include <obstack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define obstack_chunk_alloc malloc
#define obstack_chunk_free  free

enum { MOST_BLOCKS = 16, REPETITIONS = 9 };

#define ALWAYS_INLINE inline __attribute__((always_inline))

static struct obstack obstack;

/* The compiler must believe that the block is used. */
static ALWAYS_INLINE void use(char *block, size_t bytes, int fill) {
  if (!block)
    abort();
  if (fill)
    memset(block, 1, bytes);
  else
    block[0] = 1;
  __asm__ volatile("" : : "r"(block) : "memory");
}

static ALWAYS_INLINE void by_alloca(unsigned blocks, size_t bytes, int fill) {
  for (unsigned i = 0; i < blocks; i++)
    use(alloca(bytes), bytes, fill);
}

static ALWAYS_INLINE void by_stack(unsigned blocks, size_t bytes, int fill) {
  ALLOC_STACK_SCOPE(scope);
  for (unsigned i = 0; i < blocks; i++)
    use(alloc_stack_take(&scope, bytes), bytes, fill);
}

static ALWAYS_INLINE void by_obstack(unsigned blocks, size_t bytes, int fill) {
  char *first = obstack_alloc(&obstack, (int)bytes);
  use(first, bytes, fill);
  for (unsigned i = 1; i < blocks; i++)
    use(obstack_alloc(&obstack, (int)bytes), bytes, fill);
  obstack_free(&obstack, first);
}

static ALWAYS_INLINE void by_malloc(unsigned blocks, size_t bytes, int fill) {
  char *block[MOST_BLOCKS];
  for (unsigned i = 0; i < blocks; i++) {
    block[i] = malloc(bytes);
    use(block[i], bytes, fill);
  }
  for (unsigned i = blocks; i-- > 0;)
    free(block[i]);
}

/* A function for each way and number of blocks, one that fills and one that does not. */
#define SCOPE(way, blocks, fill)                                                                   \
  static __attribute__((noinline)) void way##_##blocks##_##fill(size_t bytes) {                    \
    way(blocks, bytes, fill);                                                                      \
  }
#define SCOPES(way)                                                                                \
  SCOPE(way, 1, 0)                                                                                 \
  SCOPE(way, 4, 0)                                                                                 \
  SCOPE(way, 16, 0)                                                                                \
  SCOPE(way, 1, 1)                                                                                 \
  SCOPE(way, 4, 1)                                                                                 \
  SCOPE(way, 16, 1)
SCOPES(by_alloca)
SCOPES(by_stack)
SCOPES(by_obstack)
SCOPES(by_malloc)

#define SCOPES_OF(way)                                                                             \
  { {way##_1_0, way##_4_0, way##_16_0}, {way##_1_1, way##_4_1, way##_16_1}, }
static const struct {
  const char *name;
  void (*scope[2][3])(size_t bytes);
} ways[] = {{"alloca", SCOPES_OF(by_alloca)},
            {"stack", SCOPES_OF(by_stack)},
            {"obstack", SCOPES_OF(by_obstack)},
            {"malloc", SCOPES_OF(by_malloc)}};
static const unsigned numbers[] = {1, 4, 16};
enum { WAYS = sizeof ways / sizeof *ways };

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double measure(unsigned way, int fill, unsigned n, size_t bytes, unsigned rounds) {
  void (*volatile scope)(size_t) = ways[way].scope[fill][n];
  double begin = now_ns();
  for (unsigned i = 0; i < rounds; i++)
    scope(bytes);
  return (now_ns() - begin) / rounds / numbers[n];
}

static void print_row(int fill, unsigned n, size_t bytes, unsigned rounds) {
  double least[WAYS];

  for (unsigned repetition = 0; repetition < REPETITIONS; repetition++)
    for (unsigned way = 0; way < WAYS; way++) {
      double ns = measure(way, fill, n, bytes, rounds);
      if (repetition == 0 || ns < least[way])
        least[way] = ns;
    }
  printf("%-6s %6u %5zu", fill ? "filled" : "byte", numbers[n], bytes);
  for (unsigned way = 0; way < WAYS; way++)
    printf(" %8.2f", least[way]);
  printf(" %12.2f\n", least[1] / least[0]);
}

int main(int count, char **arguments) {
  static const size_t sizes[] = {16, 100, 1000, 4000};
  long rounds = count > 1 ? strtol(arguments[1], NULL, 10) : 500000;

  if (count > 2 || rounds < 1 || rounds > 100000000) {
    fputs("scopes: ROUNDS is a number from 1 to 100000000\n", stderr);
    return 2;
  }
  obstack_init(&obstack);
  printf("what   blocks bytes");
  for (unsigned way = 0; way < WAYS; way++)
    printf(" %8s", ways[way].name);
  printf(" stack/alloca\n");
  for (int fill = 1; fill >= 0; fill--)
    for (unsigned n = 0; n < sizeof numbers / sizeof *numbers; n++)
      for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++)
        print_row(fill, n, sizes[s], (unsigned)rounds / numbers[n] + 1);
  return 0;
}
