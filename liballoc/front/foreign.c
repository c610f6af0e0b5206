/* SPDX-License-Identifier: MIT */
#include "front/foreign.h"

#include <dlfcn.h>
#include <malloc.h>
#include <string.h>

#include "debug/sampled.h"
#include "front/slow.h"
#include "heap/arena.h"
#include "heap/message.h"
#include "heap/region.h"

/* The next definition of a symbol after ours; NULL in a static program, where there is no next. */
static void *next_symbol(const char *name) {
#ifdef PIC
  return dlsym(RTLD_NEXT, name);
#else
  (void)name;
  return NULL;
#endif
}

/* Whether it lies in memory of ours, where it begins no block. */
static bool is_inside(const void *block) {
  struct region region;
  return arena_of(block) || sampled_holds(block) || region_holding(block, &region);
}

/*
 * Whether libc's heap holds anything. It stays empty in a program whose every call reaches us, so
 * that a wild pointer is told from a block of libc's without looking at the memory before it.
 */
static bool libc_heap_in_use(const void *block) {
  struct mallinfo2 (*info)(void) = NULL;
  void *symbol =
      (uintptr_t)block % MIN_ALIGNMENT == 0 && !is_inside(block) ? next_symbol("mallinfo2") : NULL;
  if (!symbol)
    return false;
  memcpy(&info, &symbol, sizeof info);
  struct mallinfo2 libc = info();
  return libc.arena + libc.hblkhd > 0;
}

static const char *what_is_wrong(const void *block) {
  if (arena_of(block) && arena_tag_of(block) == TAG_NONE &&
      arena_slice(block) >= ARENA_HEADER_SLICES)
    return "invalid pointer, or double free detected: no block is there";
  return is_inside(block) ? "invalid pointer, inside a block"
                          : "invalid pointer, not from this allocator";
}

void foreign_die(const char *function, const void *block) {
  if (sampled_holds(block))
    sampled_die(function, block);
  message_die(function, block, what_is_wrong(block));
}

void foreign_free(void *block) {
  void (*next_free)(void *) = NULL;
  void *symbol = libc_heap_in_use(block) ? next_symbol("free") : NULL;

  if (!symbol)
    foreign_die("free", block);
  memcpy(&next_free, &symbol, sizeof next_free);
  next_free(block);
}

size_t foreign_usable(const void *block) {
  size_t (*next_usable)(const void *) = NULL;
  void *symbol = libc_heap_in_use(block) ? next_symbol("malloc_usable_size") : NULL;

  if (!symbol)
    return 0;
  memcpy(&next_usable, &symbol, sizeof next_usable);
  return next_usable(block);
}
