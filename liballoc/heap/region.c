/* SPDX-License-Identifier: MIT */
#include "heap/region.h"

#include <string.h>

#include "heap/cache.h"
#include "heap/lock.h"
#include "heap/meta.h"
#include "heap/os.h"
#include "heap/purge.h"
#include "heap/random.h"
#include "heap/spare.h"

struct bucket {
  struct lock lock;
  uint32_t removals; /* counted before each */
  struct region *head;
};

FILE_TABLE(struct bucket region_buckets[REGION_BUCKETS]);
static size_t total_bytes, total_count;
static size_t reusable_bytes; /* of regions that become spares */
static size_t most_bytes, most_count;

static struct bucket *bucket_of(const void *block) {
  uint64_t hash = (uint64_t)(uintptr_t)block * UINT64_C(0x9e3779b97f4a7c15);
  return &region_buckets[hash >> 54];
}

_Static_assert(REGION_BUCKETS == 1 << 10, "ten bits of hash");

/* The link that points to the record of block; *link is NULL when there is none. Lock held. */
static struct region **find(struct bucket *bucket, const void *block) {
  struct region **link = &bucket->head;
  while (*link && (*link)->block != block)
    link = &(*link)->next;
  return link;
}

static void insert(struct region *region) {
  struct bucket *bucket = bucket_of(region->block);

  lock_take(&bucket->lock);
  poke(&region->next, bucket->head);
  store_release(&bucket->head, region);
  lock_drop(&bucket->lock);
}

/* Unlinks the record of block; NULL: there is none. The caller owns it then. */
static struct region *extract(const void *block) {
  struct bucket *bucket = bucket_of(block);

  if (!peek(&bucket->head))
    return NULL;
  lock_take(&bucket->lock);
  struct region **link = find(bucket, block);
  struct region *region = *link;
  if (region) {
    store_release(&bucket->removals, bucket->removals + 1);
    store_release(link, region->next);
  }
  lock_drop(&bucket->lock);
  return region;
}

static void account_reusable(size_t bytes, bool more) {
  if (bytes <= SPARE_MOST_BYTES)
    __atomic_fetch_add(&reusable_bytes, more ? bytes : -bytes, __ATOMIC_RELAXED);
}

static void account(size_t bytes, size_t count) {
  raise_to(&most_bytes, __atomic_add_fetch(&total_bytes, bytes, __ATOMIC_RELAXED));
  raise_to(&most_count, __atomic_add_fetch(&total_count, count, __ATOMIC_RELAXED));
  purge_note_peak();
}

/*
 * A region of some MiB is filled from one end to the other most of the time: huge pages spare most
 * faults. In a larger one that is used here and there they could cost much memory.
 */
enum { HUGE_LEAST_BYTES = HUGE_BYTES, HUGE_MOST_BYTES = SPARE_MOST_BYTES, HUGE_WASTE_SHARE = 6 };

static bool wants_huge(size_t bytes) {
  return bytes >= HUGE_LEAST_BYTES && bytes <= HUGE_MOST_BYTES;
}

/* To the end of the last huge page, when that costs little; it spares up to 511 faults. */
static size_t whole_huge(size_t bytes) {
  size_t whole = round_up(bytes, HUGE_BYTES);
  return wants_huge(bytes) && whole - bytes < bytes / HUGE_WASTE_SHARE ? whole : bytes;
}

/*
 * Moves huge pages of spares that are too short to the start of a fresh mapping; how many bytes.
 * A huge page moves by one entry of a page table, and need not be zeroed again.
 */
static size_t fill_from_spares(char *mapping, size_t bytes) {
  size_t filled = 0, part_bytes;
  void *part;

  while (bytes - filled >= HUGE_BYTES &&
         (part = spare_take_huge((bytes - filled) / HUGE_BYTES * HUGE_BYTES, &part_bytes))) {
    if (!os_move(part, part_bytes, mapping + filled)) {
      spare_keep(part, part_bytes);
      break;
    }
    filled += part_bytes;
  }
  return filled;
}

/* Fresh memory, or spares. */
static void *map(size_t *mapped_bytes, size_t alignment, bool *zeroed) {
  void *mapping = NULL;

  *zeroed = false;
  if (alignment <= PAGE_BYTES && (mapping = spare_take(*mapped_bytes, mapped_bytes)))
    return mapping;
  *zeroed = true;
  if (wants_huge(*mapped_bytes) && alignment < HUGE_BYTES)
    alignment = HUGE_BYTES;
  mapping = alignment <= PAGE_BYTES ? os_map(NULL, *mapped_bytes)
                                    : os_map_aligned(*mapped_bytes, alignment);
  if (mapping) {
    size_t filled = 0;
    if (wants_huge(*mapped_bytes) && os_huge(mapping, *mapped_bytes, true))
      filled = fill_from_spares(mapping, *mapped_bytes);
    *zeroed = filled == 0;
    spare_note_fresh(*mapped_bytes - filled);
  }
  return mapping;
}

void *region_alloc(size_t bytes, size_t alignment, bool *zeroed) {
  const struct cache *maker = cache_maker();
  struct region *region;
  size_t mapped;
  char *block;

  if (bytes > PTRDIFF_MAX || !(region = meta_take_shared(sizeof *region)))
    return NULL;
  mapped = whole_huge(round_up(bytes, PAGE_BYTES));
  block = map(&mapped, alignment, zeroed);
  if (!block) {
    meta_give_shared(region, sizeof *region);
    return NULL;
  }
  poke(&region->block, (void *)block);
  poke(&region->mapping, (void *)block);
  poke(&region->mapped_bytes, mapped);
  poke(&region->usable_bytes, mapped);
  poke(&region->owner, maker->number);
  poke(&region->turn, maker->turn);
  poke(&region->asked_bytes, 0);
  insert(region);
  account_reusable(mapped, true);
  account(mapped, 1);
  return block;
}

/* ---- guarded ---- */

enum { GUARDED_MOST = 8000 }; /* regions; vm.max_map_count is 65530 */

/*
 * Somewhere in the 64 GiB below where the kernel would map. A write far beyond a block then hits
 * another mapping only by chance, and not the one that is next to it each time. Where it would be
 * is asked for once, since not every address is fit (ThreadSanitizer).
 */
static void *random_place(void) {
  static uintptr_t above;
  uintptr_t known = peek(&above);
  void *probe = known ? NULL : os_reserve(NULL, PAGE_BYTES);

  if (probe) {
    os_unmap(probe, PAGE_BYTES);
    poke(&above, known = (uintptr_t)probe);
  }
  size_t below_bytes = (size_t)random_below(1 << 24) * PAGE_BYTES;
  return below_bytes < known ? (void *)(known - below_bytes) : NULL;
}

void *region_alloc_guarded(size_t bytes, size_t alignment) {
  const struct cache *maker = cache_maker();
  struct region *region;

  if (alignment > PAGE_BYTES || bytes > PTRDIFF_MAX - 4 * PAGE_BYTES ||
      region_count() > GUARDED_MOST || !(region = meta_take_shared(sizeof *region)))
    return NULL;
  size_t inner = round_up(bytes, PAGE_BYTES), mapped = inner + 2 * PAGE_BYTES;
  char *mapping = os_reserve(random_place(), mapped);
  if (!mapping || !os_protect(mapping + PAGE_BYTES, inner, true)) {
    if (mapping)
      os_unmap(mapping, mapped);
    meta_give_shared(region, sizeof *region);
    return NULL;
  }
  if (wants_huge(inner))
    os_huge(mapping + PAGE_BYTES, inner, true);
  size_t usable = round_up(bytes, alignment);
  char *block = mapping + PAGE_BYTES + inner - usable;
  poke(&region->block, (void *)block);
  poke(&region->mapping, (void *)mapping);
  poke(&region->mapped_bytes, mapped);
  poke(&region->usable_bytes, usable);
  poke(&region->owner, maker->number);
  poke(&region->turn, maker->turn);
  poke(&region->asked_bytes, bytes);
  insert(region);
  account(mapped, 1);
  return block;
}

size_t region_asked(const void *block, char **first) {
  struct bucket *bucket = bucket_of(block);
  size_t bytes = 0;

  if (!peek(&bucket->head))
    return 0;
  lock_take(&bucket->lock);
  struct region *region = *find(bucket, block);
  if (region) {
    bytes = region->asked_bytes;
    *first = (char *)region->mapping + PAGE_BYTES;
  }
  lock_drop(&bucket->lock);
  return bytes;
}

bool region_retire(void *block) {
  struct bucket *bucket = bucket_of(block);
  bool retires = false;

  lock_take(&bucket->lock);
  struct region *region = *find(bucket, block);
  if (region && region->asked_bytes && region->asked_bytes != REGION_RETIRED) {
    retires = true;
    poke(&region->asked_bytes, REGION_RETIRED);
  }
  lock_drop(&bucket->lock);
  if (!retires)
    return false;
  os_purge(region->mapping, region->mapped_bytes);
  os_protect(region->mapping, region->mapped_bytes, false);
  return true;
}

/* ---- all of them ---- */

static bool region_end(void *block, void (*end)(void *mapping, size_t bytes)) {
  struct region *region = extract(block);

  if (!region)
    return false;
  if (region->asked_bytes == 0) {
    account_reusable(region->mapped_bytes, false);
    end(region->mapping, region->mapped_bytes);
  } else {
    os_let_go(region->mapping, region->mapped_bytes);
  }
  __atomic_fetch_sub(&total_bytes, region->mapped_bytes, __ATOMIC_RELAXED);
  __atomic_fetch_sub(&total_count, 1, __ATOMIC_RELAXED);
  poke(&region->block, NULL);
  meta_give_shared(region, sizeof *region);
  return true;
}

bool region_free(void *block) {
  if (!region_end(block, spare_keep))
    return false;
  purge_check();
  return true;
}

bool region_unmap(void *block) {
  return region_end(block, os_let_go);
}

void region_bury(void *block) {
  region_unmap(block);
}

size_t region_usable(const void *block) {
  struct bucket *bucket = bucket_of(block);
  size_t bytes = 0;

  if (!peek(&bucket->head))
    return 0;
  lock_take(&bucket->lock);
  struct region *region = *find(bucket, block);
  if (region)
    bytes = region->usable_bytes;
  lock_drop(&bucket->lock);
  return bytes;
}

/* Moves a region that grows much into a spare, if one is large enough; false: it is as it was. */
static bool move_to_spare(struct region *region, size_t mapped) {
  size_t have = region->mapped_bytes, spare_mapped = 0;
  void *spare = mapped - have >= have / 4 ? spare_take(mapped, &spare_mapped) : NULL;

  if (!spare)
    return false;
  memcpy(spare, region->block, region->usable_bytes);
  spare_keep(region->mapping, have);
  poke(&region->mapping, spare);
  poke(&region->mapped_bytes, spare_mapped);
  return true;
}

/* To where huge pages begin, for them to move as they are; NULL: there is no such place. */
static void *move_aligned(const struct region *region, size_t mapped) {
  void *place = os_map_aligned(mapped, HUGE_BYTES);

  if (!place || os_move(region->mapping, region->mapped_bytes, place))
    return place;
  os_let_go(place, mapped);
  return NULL;
}

static bool remap(struct region *region, size_t mapped) {
  size_t have = region->mapped_bytes;
  if (mapped == have || (mapped > have && move_to_spare(region, mapped)))
    return true;
  void *moved = os_remap(region->mapping, have, mapped, false);
  if (!moved && mapped > have && wants_huge(mapped))
    moved = move_aligned(region, mapped);
  if (!moved && !(moved = os_remap(region->mapping, have, mapped, true)))
    return false;
  if (mapped > have) {
    spare_note_fresh(mapped - have);
    if (wants_huge(mapped))
      os_huge(moved, mapped, true);
  }
  poke(&region->mapping, moved);
  poke(&region->mapped_bytes, mapped);
  return true;
}

void *region_resize(void *block, size_t bytes) {
  if (bytes > PTRDIFF_MAX)
    return NULL;
  struct region *region = extract(block);
  if (!region)
    return NULL;
  size_t have = region->mapped_bytes;
  bool done = remap(region, round_up(bytes, PAGE_BYTES));
  if (done) {
    account_reusable(have, false);
    account_reusable(region->mapped_bytes, true);
    account(region->mapped_bytes - have, 0);
    poke(&region->block, region->mapping);
    poke(&region->usable_bytes, region->mapped_bytes);
  }
  insert(region);
  return done ? region->block : NULL;
}

size_t region_bytes(void) {
  return peek(&total_bytes);
}

size_t region_reusable_bytes(void) {
  return peek(&reusable_bytes);
}

size_t region_count(void) {
  return peek(&total_count);
}

size_t region_most_bytes(void) {
  return peek(&most_bytes);
}

size_t region_most_count(void) {
  return peek(&most_count);
}

static struct region *find_holding(const struct bucket *bucket, const void *pointer) {
  struct region *region = bucket->head;
  while (region && (uintptr_t)pointer - (uintptr_t)region->mapping >= region->mapped_bytes)
    region = region->next;
  return region;
}

bool region_holding(const void *pointer, struct region *found) {
  struct region *region = NULL;

  for (unsigned i = 0; i < REGION_BUCKETS && peek(&total_count) && !region; i++) {
    struct bucket *bucket = &region_buckets[i];
    if (!peek(&bucket->head))
      continue;
    lock_take(&bucket->lock);
    if ((region = find_holding(bucket, pointer)))
      *found = *region;
    lock_drop(&bucket->lock);
  }
  return region != NULL;
}

uint32_t region_removals(unsigned bucket) {
  return load_acquire(&region_buckets[bucket].removals);
}

struct region *region_chain(unsigned bucket) {
  return load_acquire(&region_buckets[bucket].head);
}

void region_after_fork(void) {
  spare_after_fork();
  for (unsigned i = 0; i < REGION_BUCKETS; i++)
    if (peek(&region_buckets[i].lock.held))
      lock_drop(&region_buckets[i].lock);
}
