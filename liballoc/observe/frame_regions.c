/* SPDX-License-Identifier: MIT */
#include "observe/work.h"

#include "heap/cache.h"
#include "heap/region.h"
#include "heap/spare.h"

enum { READ_TRIES = 4, CHAIN_MOST = 1 << 20 };

#define ADDRESS_END (UINT64_C(1) << ADDRESS_BITS)

static bool is_sound(const struct alloc_region_record *r) {
  return r->address != 0 && r->address % PAGE_BYTES == 0 && r->mapped_bytes != 0 &&
         r->mapped_bytes % PAGE_BYTES == 0 && r->address < ADDRESS_END &&
         r->mapped_bytes <= ADDRESS_END - r->address && r->block >= r->address &&
         r->block - r->address < r->mapped_bytes &&
         r->usable_bytes <= r->mapped_bytes - (r->block - r->address);
}

/* Copies the regions of one chain; false: it lost one meanwhile, and nothing was added. A record
 * is followed only while none has left the chain, as it may be in use for something else then. */
static bool chain_copy(struct work *work, unsigned bucket) {
  size_t count = work->region_count;
  uint32_t removals = region_removals(bucket);
  struct region *region = region_chain(bucket);

  for (unsigned steps = 0; region && steps < CHAIN_MOST; steps++) {
    struct alloc_region_record record = {
        .address = (uintptr_t)load_acquire(&region->mapping),
        .mapped_bytes = load_acquire(&region->mapped_bytes),
        .block = (uintptr_t)load_acquire(&region->block),
        .usable_bytes = load_acquire(&region->usable_bytes),
        .owner = cache_in_turn(load_acquire(&region->owner), load_acquire(&region->turn)),
    };
    region = load_acquire(&region->next);
    if (region_removals(bucket) != removals)
      return false;
    if (!is_sound(&record)) {
      work->skipped++;
    } else if (count == work->room.regions) {
      work->too_small = true;
      break;
    } else {
      work->region[count++] = record;
    }
  }
  work->region_count = count;
  return true;
}

/* Spares come and go without a trace: one may have been cut or grown since its address was read. */
static void spares_copy(struct work *work) {
  for (unsigned slot = 0; slot < SPARES; slot++) {
    uintptr_t address;
    size_t bytes;
    if (!spare_peek(slot, &address, &bytes))
      continue;
    struct alloc_region_record record = {
        .address = address, .mapped_bytes = bytes, .block = address};
    if (!is_sound(&record)) {
      work->skipped++;
    } else if (work->region_count == work->room.regions) {
      work->too_small = true;
      break;
    } else {
      work->region[work->region_count++] = record;
    }
  }
}

static uint64_t arena_end(const struct alloc_arena_record *arena) {
  return arena->address + (uint64_t)arena->slices * SLICE_BYTES;
}

/* Regions and spares were copied at different moments, after the arenas, whose ends may have been
 * unmapped since: where two claim the same address, one of them is gone by now. */
static void drop_overlaps(struct work *work) {
  size_t kept = 0;
  unsigned a = 0;
  uint64_t end = 0;

  for (size_t i = 0; i < work->region_count; i++) {
    struct alloc_region_record record = work->region[i];
    while (a < work->arena_count && arena_end(&work->arena[a]) <= record.address)
      a++;
    bool over_arena =
        a < work->arena_count && work->arena[a].address < record.address + record.mapped_bytes;
    if (record.address < end || over_arena || !is_sound(&record)) {
      work->skipped++;
      continue;
    }
    end = record.address + record.mapped_bytes;
    if (record.usable_bytes)
      work->frame->total_region_bytes += record.mapped_bytes;
    else
      work->frame->total_spare_bytes += record.mapped_bytes;
    work->region[kept++] = record;
  }
  work->region_count = kept;
}

void regions_write(struct work *work) {
  for (unsigned bucket = 0; bucket < REGION_BUCKETS; bucket++) {
    if (!region_chain(bucket))
      continue;
    unsigned tries = 0;
    while (!chain_copy(work, bucket))
      if (++tries == READ_TRIES) {
        work->skipped++;
        break;
      }
  }
  spares_copy(work);
  records_sort(work->region, work->region_count, sizeof *work->region);
  drop_overlaps(work);
}
