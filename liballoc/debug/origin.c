/* SPDX-License-Identifier: MIT */
#include "debug/origin.h"

#include "debug/check.h"
#include "debug/fence.h"
#include "debug/place.h"
#include "heap/describe.h"

enum { ORIGINS = 1 << 15 };

FILE_TABLE(struct origin origins[ORIGINS]);

static uint64_t mix(const struct origin *origin) {
  uint64_t z = origin->not_block * UINT64_C(0x9e3779b97f4a7c15) ^ (uintptr_t)origin->allocated;
  z = (z ^ z >> 29) * UINT64_C(0xbf58476d1ce4e5b9) ^ (uintptr_t)origin->freed;
  return (z ^ z >> 32) * UINT64_C(0x94d049bb133111eb) | 1;
}

static struct origin *entry_of(const void *block) {
  return &origins[(uintptr_t)block * UINT64_C(0x9e3779b97f4a7c15) >> 49];
}

_Static_assert(ORIGINS == 1 << 15, "15 bits of hash");

static void write_entry(struct origin *entry, struct origin origin) {
  poke(&entry->not_block, origin.not_block);
  poke(&entry->allocated, origin.allocated);
  poke(&entry->freed, origin.freed);
  poke(&entry->check, mix(&origin));
}

bool origin_of(const void *block, struct origin *origin) {
  const struct origin *entry = entry_of(block);

  *origin = (struct origin){.not_block = peek(&entry->not_block),
                            .allocated = peek(&entry->allocated),
                            .freed = peek(&entry->freed),
                            .check = peek(&entry->check)};
  return block && origin->not_block == ~(uintptr_t)block && origin->check == mix(origin);
}

void origin_allocated(const void *block, const void *caller) {
  if (block)
    write_entry(entry_of(block), (struct origin){~(uintptr_t)block, caller, NULL, 0});
}

void origin_freed(const void *block, const void *caller) {
  struct origin origin;

  if (origin_of(block, &origin) && !origin.freed) {
    origin.freed = caller;
    write_entry(entry_of(block), origin);
  }
}

/* ---- diagnoses ---- */

static void describe_place(struct line *line, const char *what, const void *caller) {
  const struct place *place = place_of(caller);
  char one[2] = "";

  line_text(line, what);
  for (size_t i = 0; i < place->length; i++) {
    one[0] = place->text[i];
    line_text(line, one);
  }
}

/* A fenced block begins behind its fence. */
static void describe_calls_of(struct line *line, const void *pointer, const void *block) {
  const char *fenced = block ? (const char *)block + fence_head_bytes(1) : NULL;
  struct origin origin;

  if (!origin_of(pointer, &origin) && !(block && origin_of(block, &origin)) &&
      !(checking() && block && origin_of(fenced, &origin)))
    return;
  describe_place(line, ", allocated at ", origin.allocated);
  if (origin.freed)
    describe_place(line, ", freed at ", origin.freed);
}

void origin_start(void) {
  store_release(&describe_calls, describe_calls_of);
}
