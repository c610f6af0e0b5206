/* SPDX-License-Identifier: MIT */
#include "debug/sampled.h"

#include <signal.h>
#include <stdlib.h>

#include "debug/backtrace.h"
#include "debug/stacks.h"
#include "heap/lock.h"
#include "heap/message.h"
#include "heap/os.h"
#include "heap/size_class.h"

enum { FRAMES = 24 };

enum slot_state { SLOT_UNUSED, SLOT_LIVE, SLOT_FREED };

/* Changed by whoever holds the lock; read by the handler of a fault without it. */
struct slot {
  uint32_t state; /* enum slot_state */
  uint32_t bytes; /* asked for */
  char *block;
  struct stack *allocated, *freed; /* NULL: no memory */
  uint32_t allocated_by, freed_by; /* threads, as the kernel numbers them */
};

uint32_t sampled_every;
char *sampled_area;

FILE_TABLE(struct slot sampled_slots[SAMPLED_SLOTS]);
static struct lock slots_lock;
static uint32_t next_slot, countdown;
static struct sigaction before_segv, before_bus;

/* ---- what is told ---- */

static void tell_stack(const char *what, uint32_t thread, const struct stack *stack) {
  struct line line = {0};

  line_text(&line, "  ");
  line_text(&line, what);
  line_text(&line, " by thread ");
  line_decimal(&line, thread);
  line_text(&line, stack ? ":" : ", stack unknown");
  line_write(&line);
  for (uint32_t i = 0; stack && i < stack->count; i++) {
    const struct place *place = stack->place[i];
    struct line frame = {0};
    char one[2] = "";
    line_text(&frame, "    ");
    for (size_t c = 0; c < place->length && c < sizeof frame.text - 8; c++) {
      one[0] = place->text[c];
      line_text(&frame, one);
    }
    line_write(&frame);
  }
}

static void tell(const char *what, const char *address, const struct slot *slot) {
  struct line line = {0};
  ptrdiff_t offset = address - slot->block;

  line_text(&line, "liballoc: ");
  line_text(&line, what);
  line_text(&line, ": pointer ");
  line_hex(&line, (uintptr_t)address);
  line_text(&line, " is ");
  if (offset < 0) {
    line_decimal(&line, (uint64_t)-offset);
    line_text(&line, " bytes before");
  } else {
    bool behind = offset >= (ptrdiff_t)slot->bytes;
    line_decimal(&line, (uint64_t)offset - (behind ? slot->bytes : 0));
    line_text(&line, behind ? " bytes behind the end of" : " bytes into");
  }
  line_text(&line, " a sampled block of ");
  line_decimal(&line, slot->bytes);
  line_text(&line, " bytes");
  line_write(&line);
  tell_stack("allocated", slot->allocated_by, slot->allocated);
  if (peek(&slot->state) == SLOT_FREED)
    tell_stack("freed", slot->freed_by, slot->freed);
}

/* The slot whose page, or a page beside it, holds the address. */
static struct slot *slot_near(const char *address) {
  size_t page = (size_t)(address - peek(&sampled_area)) / PAGE_BYTES;
  size_t i = page / 2;

  if (page % 2 == 1)
    return &sampled_slots[i];
  /* A page between two: behind the left block if near its end, before the right one if not. */
  bool left = i > 0 && (i == SAMPLED_SLOTS || (uintptr_t)address % PAGE_BYTES < PAGE_BYTES / 2);
  struct slot *slot = &sampled_slots[left ? i - 1 : i];
  return slot;
}

static void on_fault(int signal, siginfo_t *info, void *context) {
  const struct sigaction *before = signal == SIGSEGV ? &before_segv : &before_bus;
  const char *address = info->si_addr;

  (void)context;
  if (sampled_holds(address)) {
    const struct slot *slot = slot_near(address);
    if (peek(&slot->state) == SLOT_FREED)
      tell("use after free", address, slot);
    else if (peek(&slot->state) == SLOT_LIVE)
      tell(address < slot->block ? "heap underflow" : "heap overflow", address, slot);
  }
  /* The instruction runs again, and faults for whoever had the signal before. */
  sigaction(signal, before, NULL);
}

/* ---- on and off ---- */

void sampled_set(uint32_t every) {
  const struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

  if (every && !peek(&sampled_area)) {
    char *area = os_reserve(NULL, SAMPLED_AREA_BYTES);
    if (!area)
      return;
    backtrace_prepare();
    sigaction(SIGSEGV, &action, &before_segv);
    sigaction(SIGBUS, &action, &before_bus);
    store_release(&sampled_area, area);
  }
  poke(&countdown, every);
  poke(&sampled_every, every);
}

/* ---- blocks ---- */

static bool is_own(const void *address) {
  struct place_object object, own;
  return place_object_of(address, &object) && *object.name &&
         place_object_of(&sampled_every, &own) && object.begin == own.begin;
}

/* Without the frames of the library, where it is an object of its own. */
static struct stack *stack_here(const struct site *site) {
  const void *frames[BACKTRACE_MOST];
  unsigned count = backtrace_take(site, frames, FRAMES), own = 0;

  while (own + 1 < count && is_own(frames[own]))
    own++;
  return stack_of(frames + own, count - own);
}

/* The count is shared and races: some more or some less are sampled. */
static bool is_due(void) {
  uint32_t left = peek(&countdown), every = peek(&sampled_every);

  if (left > 1) {
    poke(&countdown, left - 1);
    return false;
  }
  poke(&countdown, every);
  return every != 0;
}

void sampled_after_fork(void) {
  lock_drop(&slots_lock);
}

void *sampled_alloc(size_t bytes) {
  struct site site = SITE_HERE;
  struct slot *slot = NULL;

  if (bytes > PAGE_BYTES || !is_due())
    return NULL;
  struct stack *stack = stack_here(&site);
  if (!lock_try(&slots_lock))
    return NULL;
  for (unsigned n = 0; n < SAMPLED_SLOTS && !slot; n++) {
    struct slot *candidate = &sampled_slots[next_slot];
    next_slot = (next_slot + 1) % SAMPLED_SLOTS;
    if (candidate->state != SLOT_LIVE)
      slot = candidate;
  }
  char *page = slot ? sampled_area + (size_t)(2 * (slot - sampled_slots) + 1) * PAGE_BYTES : NULL;
  if (!page || !os_protect(page, PAGE_BYTES, true)) {
    lock_drop(&slots_lock);
    return NULL;
  }
  slot->bytes = (uint32_t)bytes;
  slot->block = page + PAGE_BYTES - round_up(bytes, MIN_ALIGNMENT);
  slot->allocated = stack;
  slot->allocated_by = os_thread_id();
  store_release(&slot->state, SLOT_LIVE);
  lock_drop(&slots_lock);
  return slot->block;
}

static struct slot *slot_of(const void *block) {
  size_t page = (size_t)((const char *)block - peek(&sampled_area)) / PAGE_BYTES;
  return page % 2 == 1 ? &sampled_slots[page / 2] : NULL;
}

size_t sampled_usable(const void *block) {
  const struct slot *slot = slot_of(block);

  if (!slot || load_acquire(&slot->state) != SLOT_LIVE || slot->block != block)
    return 0;
  return round_up(slot->bytes, MIN_ALIGNMENT);
}

void sampled_die(const char *function, const void *pointer) {
  const struct slot *slot = slot_near(pointer);
  struct line words = {0};

  if (load_acquire(&slot->state) == SLOT_UNUSED)
    message_die(function, pointer, "invalid pointer, between sampled blocks");
  bool was_block = slot->block == pointer;
  line_text(&words, function);
  line_text(&words, was_block ? "(): invalid pointer, the block is free"
                              : "(): invalid pointer, inside a block");
  tell(words.text, pointer, slot);
  abort();
}

void sampled_free(void *block) {
  struct site site = SITE_HERE;
  struct slot *slot = slot_of(block);

  if (!slot || load_acquire(&slot->state) == SLOT_UNUSED || slot->block != block)
    sampled_die("free", block);
  struct stack *stack = stack_here(&site);
  lock_take(&slots_lock);
  if (slot->state != SLOT_LIVE) {
    lock_drop(&slots_lock);
    tell("free(): double free detected", block, slot);
    abort();
  }
  slot->freed = stack;
  slot->freed_by = os_thread_id();
  char *page = (char *)((uintptr_t)block & ~(uintptr_t)(PAGE_BYTES - 1));
  os_purge(page, PAGE_BYTES);
  os_protect(page, PAGE_BYTES, false);
  store_release(&slot->state, SLOT_FREED);
  lock_drop(&slots_lock);
}
