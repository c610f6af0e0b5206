/* SPDX-License-Identifier: MIT */
/*
 * Planted bugs: each is one mistake that programs make, at a small, a medium and a large size.
 *
 *     bugs                lists the names, one a line
 *     bugs NAME SIZE      makes the mistake with blocks of so many bytes; prints MISSED when it
 *                         comes to the end unnoticed, and ends with status 0
 *
 * Caught is whatever ends the program before that, or takes the harm out of it: a message, a fault,
 * or memory that reads as zero where old contents would have leaked. It is linked with no allocator
 * of its own; run.sh preloads one.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t bytes; /* of a block */

static void *hidden(void *pointer) {
  __asm__ volatile("" : "+r"(pointer) : : "memory");
  return pointer;
}

static char *make(void) {
  char *block = hidden(malloc(bytes));

  if (!block)
    _exit(3);
  memset(block, 'x', bytes);
  return block;
}

static void release(void *block) {
  free(hidden(block));
}

/* Some life around the block, as a program has it. */
static void live(unsigned rounds) {
  char *others[16];

  while (rounds--) {
    for (unsigned i = 0; i < 16; i++)
      others[i] = make();
    for (unsigned i = 0; i < 16; i++)
      release(others[i]);
  }
}

/* ---- frees ---- */

static void double_free(void) {
  char *block = make();
  release(block);
  release(block);
}

static void double_free_one_apart(void) {
  char *block = make(), *other = make();
  release(block);
  release(other);
  release(block);
}

static void double_free_far_apart(void) {
  char *block = make();
  release(block);
  char *others[500];
  for (unsigned i = 0; i < 500; i++)
    others[i] = make();
  release(block);
  for (unsigned i = 0; i < 500; i++)
    release(others[i]);
}

static void double_free_in_use(void) {
  live(100);
  char *block = make();
  release(block);
  live(1);
  release(block);
}

/* In a class that is in use: is the block handed out twice? */
static void double_free_handed_out(void) {
  char *after[64];
  live(100);
  char *block = make();
  release(block);
  release(block);
  for (unsigned i = 0; i < 64; i++) {
    after[i] = make();
    for (unsigned j = 0; j < i; j++)
      if (after[i] == after[j])
        _exit(0);
  }
  _exit(4);
}

static void double_free_by_realloc(void) {
  char *block = make();
  release(block);
  release(realloc(hidden(block), bytes * 2));
}

static void free_inside(void) {
  release(make() + 16 % bytes);
}

static void free_inside_unaligned(void) {
  release(make() + 1);
}

static void free_behind(void) {
  release(make() + bytes);
}

static void free_stack(void) {
  char local[64] __attribute__((aligned(16))) = "";
  release(local);
}

static void free_static(void) {
  static char global[64] __attribute__((aligned(16)));
  release(global);
}

static void free_wild(void) {
  release((void *)(uintptr_t)0x4141414141414140);
}

/* ---- writes outside ---- */

static void over(size_t distance) {
  char *block = make(), *other = make();
  block[bytes - 1 + distance] ^= 'A';
  release(block);
  release(other);
}

static void overflow_1(void) {
  over(1);
}

static void overflow_8(void) {
  over(8);
}

static void overflow_100(void) {
  char *block = make(), *other = make();
  memset(hidden(block + bytes), 'A', 100);
  release(block);
  release(other);
}

static void overflow_1_mib(void) {
  over((size_t)1 << 20);
}

static void underflow_1(void) {
  char *block = make();
  block[-1] ^= 'A';
  release(block);
}

static void underflow_8(void) {
  char *block = make();
  block[-8] ^= 'A';
  release(block);
}

static void overflow_in_use(void) {
  live(100);
  over(1);
}

/* ---- use after free ---- */

static void read_after_free(void) {
  char *block = make();
  release(block);
  for (size_t i = 0; i < bytes; i++)
    if (((volatile char *)hidden(block))[i] == 'x')
      return;
  _exit(4); /* the contents are gone: no harm is done */
}

static void write_after_free(void) {
  char *block = make();
  release(block);
  memset(hidden(block), 'A', bytes);
}

static void write_after_free_then_live(void) {
  char *block = make();
  release(block);
  memset(hidden(block), 'A', bytes);
  live(bytes > 100000 ? 20 : 2000);
}

static void reused_at_once(void) {
  char *block = make();
  uintptr_t was = (uintptr_t)block;
  release(block);
  block = hidden(malloc(bytes));
  if ((uintptr_t)block != was)
    _exit(4); /* a dangling pointer to the old block does not reach the new one */
}

static void uninitialised_read(void) {
  live(100);
  char *block = hidden(malloc(bytes));
  for (size_t i = 0; i < bytes; i++)
    if (block[i] == 'x')
      return;
  _exit(4);
}

static void write_to_nothing(void) {
  char *block = hidden(malloc(bytes - bytes));
  *block = 'A';
  release(block);
}

static void read_of_nothing(void) {
  char *block = hidden(malloc(bytes - bytes));
  if (*(volatile char *)block == 'x')
    _exit(0);
}

/* ---- sizes ---- */

extern void operator_delete_sized(void *block, size_t size) __asm__("_ZdlPvm")
    __attribute__((weak));

static void wrong_size_delete(void) {
  if (operator_delete_sized)
    operator_delete_sized(hidden(make()), bytes * 4);
}

static void size_overflow(void) {
  if (!hidden(calloc(bytes, SIZE_MAX / bytes + 2)))
    _exit(4);
}

/* ---- */

static const struct bug {
  const char *name;
  void (*plant)(void);
} bugs[] = {
#define BUG(name)                                                                                  \
  { #name, name }
    BUG(double_free),
    BUG(double_free_one_apart),
    BUG(double_free_far_apart),
    BUG(double_free_in_use),
    BUG(double_free_handed_out),
    BUG(double_free_by_realloc),
    BUG(free_inside),
    BUG(free_inside_unaligned),
    BUG(free_behind),
    BUG(free_stack),
    BUG(free_static),
    BUG(free_wild),
    BUG(overflow_1),
    BUG(overflow_8),
    BUG(overflow_100),
    BUG(overflow_1_mib),
    BUG(overflow_in_use),
    BUG(underflow_1),
    BUG(underflow_8),
    BUG(read_after_free),
    BUG(write_after_free),
    BUG(write_after_free_then_live),
    BUG(reused_at_once),
    BUG(uninitialised_read),
    BUG(write_to_nothing),
    BUG(read_of_nothing),
    BUG(wrong_size_delete),
    BUG(size_overflow),
};

int main(int argc, char *argv[]) {
  const size_t count = sizeof bugs / sizeof *bugs;

  if (argc != 3) {
    for (size_t i = 0; i < count; i++)
      puts(bugs[i].name);
    return argc == 1 ? 0 : 2;
  }
  bytes = strtoul(argv[2], NULL, 10);
  for (size_t i = 0; i < count && bytes; i++)
    if (strcmp(bugs[i].name, argv[1]) == 0) {
      alarm(60);
      bugs[i].plant();
      exit(0); /* what is found at the very end still counts */
    }
  fprintf(stderr, "bugs: there is no bug \"%s\", or no size \"%s\": run bugs alone for the names\n",
          argv[1], argv[2]);
  return 2;
}
