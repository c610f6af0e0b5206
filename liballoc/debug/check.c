/* SPDX-License-Identifier: MIT */
#include "debug/check.h"

#include <errno.h>
#include <string.h>

#include "debug/fence.h"
#include "debug/record.h"
#include "front/slow.h"
#include "heap/cache.h"
#include "heap/lock.h"
#include "heap/message.h"
#include "heap/meta.h"
#include "heap/size_class.h"
#include "stack/stack.h"

enum {
  FILL_NEW = 0x93, /* what glibc's mcheck fills with */
  FILL_FREED = 0x95,
  QUARANTINE_MOST_BYTES = 2 * 1024 * 1024,
  QUARANTINE_MOST_BLOCKS = 2048,
  DAMAGES_MOST = 16, /* of one chain, at a time */
};

uint32_t check_flags;

static void (*told)(enum mcheck_status status);

void check_set(uint32_t flags, bool on) {
  if (on) {
    /* Bins first, so that no fenced block is ever pushed into one. */
    slow_set_bins(SLOW_CHECK, false);
    __atomic_or_fetch(&check_flags, flags, __ATOMIC_RELEASE);
    record_set(RECORD_ORIGINS, true);
  } else {
    __atomic_and_fetch(&check_flags, ~flags, __ATOMIC_RELEASE);
  }
  stack_set_checking(peek(&check_flags) & CHECK_FENCE);
}

void check_set_function(void (*function)(enum mcheck_status status)) {
  store_release(&told, function);
}

/* ---- reports ---- */

static const char *words_of(enum mcheck_status status) {
  switch (status) {
  case MCHECK_HEAD:
    return "memory clobbered before allocated block";
  case MCHECK_TAIL:
    return "memory clobbered past end of allocated block";
  case MCHECK_FREE:
    return "block freed twice";
  default:
    return "bogus mcheck_status, library is buggy";
  }
}

/* Tells of damage. Returns only when the program has a function for that. */
static COLD void tell(const char *function, const void *block, enum mcheck_status status,
                      const char *words) {
  void (*to)(enum mcheck_status) = load_acquire(&told);

  if (!to)
    message_die(function, block, words);
  int saved_errno = errno;
  to(status);
  errno = saved_errno;
}

static void tell_damage(const char *function, const void *block, enum mcheck_status status,
                        bool quarantined) {
  tell(function, block, status,
       quarantined && status == MCHECK_FREE ? "memory written after the block was freed"
                                            : words_of(status));
}

/* ---- quarantine ---- */

/* Oldest first; the lock fences all of it. */
static struct {
  struct lock lock;
  struct fence *oldest, *youngest;
  size_t bytes, blocks;
} quarantine;

static struct fence *quarantine_pop(void) {
  struct fence *fence = NULL;

  lock_take(&quarantine.lock);
  if (quarantine.bytes > QUARANTINE_MOST_BYTES || quarantine.blocks > QUARANTINE_MOST_BLOCKS) {
    fence = quarantine.oldest;
    quarantine.oldest = fence->younger;
    if (!fence->younger)
      quarantine.youngest = NULL;
    quarantine.bytes -= fence->room;
    quarantine.blocks--;
  }
  lock_drop(&quarantine.lock);
  return fence;
}

static void quarantine_push(struct fence *fence) {
  fence->younger = NULL;
  lock_take(&quarantine.lock);
  if (quarantine.youngest)
    quarantine.youngest->younger = fence;
  else
    quarantine.oldest = fence;
  quarantine.youngest = fence;
  quarantine.bytes += fence->room;
  quarantine.blocks++;
  lock_drop(&quarantine.lock);
}

/* In a child whose parent had another thread in there: from the oldest on the list is whole after
 * every store, what else is known of it is found out anew. */
static void quarantine_repair(void) {
  quarantine.youngest = NULL;
  quarantine.bytes = quarantine.blocks = 0;
  for (struct fence *fence = quarantine.oldest; fence; fence = fence->younger) {
    quarantine.youngest = fence;
    quarantine.bytes += fence->room;
    quarantine.blocks++;
  }
}

static void quarantine_add(const char *function, struct fence *fence) {
  quarantine_push(fence);
  while ((fence = quarantine_pop())) {
    enum mcheck_status status = fence_look(fence);
    char *base = fence->base;
    if (status != MCHECK_OK)
      tell_damage(function, fence->block, status, true);
    fence_remove(fence);
    meta_give(fence, sizeof *fence);
    plain_free(base);
  }
}

/* ---- allocation ---- */

/* The program's function may allocate, which is not checked in turn. */
static __thread bool checks_all __attribute__((tls_model("initial-exec")));

static void pedantic(const char *function) {
  if (likely(!(peek(&check_flags) & CHECK_PEDANTIC)) || checks_all)
    return;
  checks_all = true;
  check_all(function);
  checks_all = false;
}

/* What new bytes are filled with; < 0: nothing. */
static int fill_of_new(void) {
  uint32_t perturb = slow_perturb();
  return perturb ? (int)(perturb & 0xff) ^ 0xff : peek(&check_flags) & CHECK_FILL ? FILL_NEW : -1;
}

static void *no_memory(void) {
  errno = ENOMEM;
  return NULL;
}

static void *fenced_alloc(size_t bytes, size_t alignment, bool zero) {
  size_t head = fence_head_bytes(alignment);
  struct fence *fence;
  bool zeroed;

  if (bytes > PTRDIFF_MAX - head - FENCE_TAIL_LEAST || !(fence = meta_take(sizeof *fence)))
    return no_memory();
  char *base = plain_alloc(head + bytes + FENCE_TAIL_LEAST, alignment, &zeroed);
  if (!base) {
    meta_give(fence, sizeof *fence);
    return no_memory();
  }
  /* The first word may still be read by a thread that lost a race for the piece: fence_add pokes.
   */
  fence->block = base + head;
  fence->base = base;
  fence->bytes = bytes;
  fence->room = plain_usable(base) - head;
  fence->alignment = alignment < UINT32_MAX ? (uint32_t)alignment : UINT32_MAX;
  fence->state = FENCE_LIVE;
  fence->filled = 0;
  fence->younger = NULL;
  if (zero && !zeroed)
    memset(fence->block, 0, bytes);
  else if (!zero && fill_of_new() >= 0)
    memset(fence->block, fill_of_new(), bytes);
  fence_write(fence);
  fence_add(fence);
  return base + head;
}

static void *unfenced_alloc(size_t bytes, size_t alignment, bool zero) {
  bool zeroed;
  void *block = plain_alloc(bytes ? bytes : 1, alignment, &zeroed);

  if (block && zero && !zeroed)
    memset(block, 0, bytes);
  else if (block && !zero && fill_of_new() >= 0)
    memset(block, fill_of_new(), plain_usable(block));
  return block;
}

void *check_alloc(size_t bytes, size_t alignment, bool zero) {
  cache_follow_bins();
  pedantic("malloc");
  return peek(&check_flags) & CHECK_FENCE ? fenced_alloc(bytes, alignment, zero)
                                          : unfenced_alloc(bytes, alignment, zero);
}

/* ---- free ---- */

/* A block from before checking was on, or no block at all. */
static void unfenced_free(const char *function, void *block) {
  enum plain_fault fault = plain_fault_of(block);

  if (fault == PLAIN_OK && fence_begins_at(block))
    fault = PLAIN_INSIDE;
  if (fault == PLAIN_INSIDE)
    tell(function, block, MCHECK_HEAD, "invalid pointer, inside a block");
  else if (fault == PLAIN_FREE && load_acquire(&told))
    tell(function, block, MCHECK_FREE, words_of(MCHECK_FREE));
  else {
    if (fault == PLAIN_OK && slow_perturb())
      memset(block, (int)(slow_perturb() & 0xff), plain_usable(block));
    plain_free(block);
  }
}

static void fill_freed(struct fence *fence) {
  uint32_t perturb = slow_perturb();

  fence->filled = perturb ? (uint8_t)perturb : FILL_FREED;
  memset(fence->block, fence->filled, fence->bytes);
}

static void free_fenced(const char *function, void *block) {
  struct fence *fence = fence_lock(block);

  if (!fence) {
    unfenced_free(function, block);
    return;
  }
  if (fence->state != FENCE_LIVE) {
    fence_unlock(fence);
    tell(function, block, MCHECK_FREE, words_of(MCHECK_FREE));
    return;
  }
  enum mcheck_status status = fence_look(fence);
  fill_freed(fence);
  if (status != MCHECK_OK)
    fence_write(fence); /* so that it is told of once */
  fence->state = FENCE_QUARANTINED;
  fence_unlock(fence);
  if (status != MCHECK_OK)
    tell(function, block, status, words_of(status));
  quarantine_add(function, fence);
}

void check_free(void *block) {
  int saved_errno = errno;

  cache_follow_bins();
  pedantic("free");
  free_fenced("free", block);
  errno = saved_errno;
}

/* ---- realloc ---- */

/* The fence's lock is held. Whether the block may stay, with its new size. */
static bool resized_in_place(struct fence *fence, size_t bytes) {
  size_t old_bytes = fence->bytes;

  if (bytes != old_bytes && (bytes > fence->room - FENCE_TAIL_LEAST || bytes < old_bytes / 2))
    return false;
  fence->bytes = bytes;
  if (bytes > old_bytes && fill_of_new() >= 0)
    memset(fence->block + old_bytes, fill_of_new(), bytes - old_bytes);
  fence_write_tail(fence);
  return true;
}

static void *moved(void *block, size_t old_bytes, size_t bytes) {
  void *to = check_alloc(bytes, MIN_ALIGNMENT, false);

  if (!to)
    return NULL;
  memcpy(to, block, old_bytes < bytes ? old_bytes : bytes);
  int saved_errno = errno;
  free_fenced("realloc", block);
  errno = saved_errno;
  return to;
}

static void *unfenced_realloc(void *block, size_t bytes) {
  enum plain_fault fault = plain_fault_of(block);

  if (fault == PLAIN_OK && fence_begins_at(block))
    fault = PLAIN_INSIDE;
  /* A block of another allocator in the process has a size, a wild pointer has none. */
  size_t have = fault == PLAIN_OK || fault == PLAIN_FOREIGN ? plain_usable(block) : 0;
  if (have)
    return moved(block, have, bytes);
  tell("realloc", block, fault == PLAIN_FREE ? MCHECK_FREE : MCHECK_HEAD,
       fault == PLAIN_FREE     ? "invalid pointer, the block is free"
       : fault == PLAIN_INSIDE ? "invalid pointer, inside a block"
                               : "invalid pointer, not from this allocator");
  return no_memory();
}

void *check_realloc(void *block, size_t bytes) {
  cache_follow_bins();
  pedantic("realloc");
  struct fence *fence = fence_lock(block);
  if (!fence)
    return unfenced_realloc(block, bytes);
  enum mcheck_status status = fence_look(fence);
  if (fence->state != FENCE_LIVE) {
    fence_unlock(fence);
    tell("realloc", block, MCHECK_FREE, "invalid pointer, the block is free");
    return no_memory();
  }
  if (status != MCHECK_OK)
    fence_write(fence);
  size_t old_bytes = fence->bytes;
  bool stays = resized_in_place(fence, bytes);
  fence_unlock(fence);
  if (status != MCHECK_OK)
    tell("realloc", block, status, words_of(status));
  return stays ? block : moved(block, old_bytes, bytes);
}

/* ---- questions ---- */

size_t check_usable(const void *block) {
  struct fence *fence = block ? fence_lock(block) : NULL;

  if (!fence)
    return plain_usable(block);
  size_t bytes = fence->state == FENCE_LIVE ? fence->bytes : 0;
  fence_unlock(fence);
  return bytes;
}

void check_told_size(const char *function, const void *block, size_t alignment, size_t bytes) {
  struct fence *fence = block ? fence_lock(block) : NULL;
  struct line words = {0};

  if (!fence)
    return;
  bool wrong_bytes = fence->bytes != bytes;
  bool wrong_alignment =
      alignment && fence->alignment != UINT32_MAX &&
      fence->alignment != (alignment < MIN_ALIGNMENT ? MIN_ALIGNMENT : alignment);
  bool live = fence->state == FENCE_LIVE;
  if (wrong_bytes) {
    line_text(&words, "the block was allocated with ");
    line_decimal(&words, fence->bytes);
    line_text(&words, " bytes and is freed with ");
    line_decimal(&words, bytes);
  } else {
    line_text(&words, "the block was allocated with alignment ");
    line_decimal(&words, fence->alignment);
    line_text(&words, " and is freed with ");
    line_decimal(&words, alignment);
  }
  fence_unlock(fence);
  if (live && (wrong_bytes || wrong_alignment))
    message_die(function, block, words.text);
}

enum mcheck_status check_probe(const void *block) {
  struct fence *fence = fence_lock(block);
  enum mcheck_status status;

  if (fence) {
    status = fence->state == FENCE_LIVE ? fence_look(fence) : MCHECK_FREE;
    fence_unlock(fence);
  } else {
    enum plain_fault fault = plain_fault_of(block);
    status = fault == PLAIN_FREE                            ? MCHECK_FREE
             : fault == PLAIN_OK && !fence_begins_at(block) ? MCHECK_OK
                                                            : MCHECK_HEAD;
  }
  if (status != MCHECK_OK)
    tell("mprobe", block, status, words_of(status));
  return status;
}

void check_all(const char *function) {
  struct damage damage[DAMAGES_MOST];

  for (unsigned chain = 0; chain < FENCE_CHAINS; chain++) {
    unsigned count = fence_damages(chain, damage, DAMAGES_MOST);
    for (unsigned i = 0; i < count; i++)
      tell_damage(function, damage[i].block, damage[i].status, true);
  }
}

void check_after_fork(void) {
  if (peek(&quarantine.lock.held)) {
    quarantine_repair();
    lock_drop(&quarantine.lock);
  }
  fence_after_fork();
}
