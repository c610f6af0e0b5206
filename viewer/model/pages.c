/* SPDX-License-Identifier: MIT */
/*
 * HvPages. Arenas, then regions, are strung together; page number i of this string is bit i of two
 * bitmaps. count[k] is the number of set bits below bit k * COUNT_BITS.
 */
#include "viewer/model/pages.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "viewer/model/frame_private.h"
#include "viewer/model/process.h"

#define PAGE_PRESENT (G_GUINT64_CONSTANT(1) << 63)
#define PAGE_SWAPPED (G_GUINT64_CONSTANT(1) << 62)

enum {
  COUNT_BITS = 512,
  BATCH_PAGES = 8192,
};

typedef struct {
  guint64 *bits;
  guint32 *count;
} Bitmap;

struct HvPages {
  gatomicrefcount references;
  HvFrame *frame;
  gboolean exact;
  guint64 page_bytes;
  guint64 *first; /* page where each arena, then each region begins; one more than there are */
  Bitmap resident;
  Bitmap swapped;
};

static guint64 thing_bytes(HvFrame *frame, guint thing) {
  return thing < frame->arena_count ? hv_frame_arena_bytes(frame, thing)
                                    : frame->regions[thing - frame->arena_count].mapped_bytes;
}

static guint64 thing_address(HvFrame *frame, guint thing) {
  return thing < frame->arena_count ? frame->arenas[thing].address
                                    : frame->regions[thing - frame->arena_count].address;
}

static void set_pages(Bitmap *map, guint64 first, guint64 count) {
  for (guint64 page = first; page < first + count;) {
    if (page % 64 == 0 && first + count - page >= 64) {
      map->bits[page / 64] = G_MAXUINT64;
      page += 64;
    } else {
      map->bits[page / 64] |= G_GUINT64_CONSTANT(1) << page % 64;
      page++;
    }
  }
}

static HvPages *pages_alloc(HvFrame *frame) {
  HvPages *pages = g_new0(HvPages, 1);
  guint things = frame->arena_count + frame->region_count;
  g_atomic_ref_count_init(&pages->references);
  pages->frame = hv_frame_ref(frame);
  pages->page_bytes = frame->header.page_bytes;
  pages->first = g_new(guint64, things + 1u);
  pages->first[0] = 0;
  for (guint i = 0; i < things; i++)
    pages->first[i + 1] = pages->first[i] + thing_bytes(frame, i) / pages->page_bytes;
  gsize words = pages->first[things] / 64 + 1;
  pages->resident.bits = g_new0(guint64, words);
  pages->swapped.bits = g_new0(guint64, words);
  return pages;
}

static void count_bitmap(HvPages *pages, Bitmap *map) {
  guint64 words = pages->first[pages->frame->arena_count + pages->frame->region_count] / 64 + 1;
  guint32 sum = 0;
  map->count = g_new(guint32, words * 64 / COUNT_BITS + 1);
  for (guint64 word = 0; word < words; word++) {
    if (word % (COUNT_BITS / 64) == 0)
      map->count[word / (COUNT_BITS / 64)] = sum;
    sum += (guint32)__builtin_popcountll(map->bits[word]);
  }
}

/* ---- by the frame ---- */

static void add_span(HvPages *pages, guint64 first, guint index) {
  const HvSpan *span = &pages->frame->spans[index];
  guint64 count = (guint64)span->slices * pages->frame->header.slice_bytes / pages->page_bytes;
  if (span->kind == ALLOC_SPAN_LARGE) {
    set_pages(&pages->resident, first, count);
    return;
  }
  guint64 touched_bytes = span->touched * span->block_bytes;
  guint64 touched = MIN((touched_bytes + pages->page_bytes - 1) / pages->page_bytes, count);
  guint64 purged = hv_frame_span_purged(pages->frame, index);
  for (guint64 page = 0; page < touched; page++)
    if (page >= 64 || (purged >> page & 1) == 0)
      set_pages(&pages->resident, first + page, 1);
}

HvPages *hv_pages_from_frame(HvFrame *frame) {
  HvPages *pages = pages_alloc(frame);
  guint64 slice_pages = frame->header.slice_bytes / pages->page_bytes;
  for (guint i = 0; i < frame->arena_count; i++) {
    const struct alloc_arena_record *arena = &frame->arenas[i];
    guint64 first = pages->first[i];
    set_pages(&pages->resident, first, arena->header_slices * slice_pages);
    for (guint k = 0; k < arena->span_count; k++) {
      const HvSpan *span = &frame->spans[arena->first_span + k];
      add_span(pages, first + span->slice * slice_pages, arena->first_span + k);
    }
    for (guint slice = 0; slice < arena->slices; slice++)
      if (hv_map_bit(arena->dirty_map, slice))
        set_pages(&pages->resident, first + slice * slice_pages, slice_pages);
  }
  for (guint i = frame->arena_count; i < frame->arena_count + frame->region_count; i++)
    set_pages(&pages->resident, pages->first[i], pages->first[i + 1] - pages->first[i]);
  count_bitmap(pages, &pages->resident);
  count_bitmap(pages, &pages->swapped);
  return pages;
}

/* ---- by the kernel ---- */

static gboolean read_thing(HvPages *pages, int pagemap, guint thing, guint64 *entries) {
  guint64 kernel_page = (guint64)sysconf(_SC_PAGESIZE);
  guint64 base = thing_address(pages->frame, thing) / kernel_page;
  guint64 total = thing_bytes(pages->frame, thing) / kernel_page;
  guint64 ratio = kernel_page / pages->page_bytes;
  for (guint64 done = 0; done < total; done += BATCH_PAGES) {
    gsize count = MIN(BATCH_PAGES, total - done);
    ssize_t got = pread(pagemap, entries, count * 8, (off_t)((base + done) * 8));
    if (got < 0)
      return FALSE;
    for (gsize i = 0; i < (gsize)got / 8; i++) {
      guint64 page = pages->first[thing] + (done + i) * ratio;
      if (entries[i] & PAGE_PRESENT)
        set_pages(&pages->resident, page, ratio);
      else if (entries[i] & PAGE_SWAPPED)
        set_pages(&pages->swapped, page, ratio);
    }
  }
  return TRUE;
}

HvPages *hv_pages_read(HvFrame *frame, guint pid) {
  HvProcessStat stat;
  guint64 kernel_page = (guint64)sysconf(_SC_PAGESIZE);
  if (!hv_process_stat(pid, &stat) || stat.start_ticks != frame->header.process_start ||
      kernel_page % frame->header.page_bytes != 0)
    return NULL;
  g_autofree char *path = g_strdup_printf("/proc/%u/pagemap", pid);
  int pagemap = open(path, O_RDONLY | O_CLOEXEC);
  if (pagemap < 0)
    return NULL;
  HvPages *pages = pages_alloc(frame);
  g_autofree guint64 *entries = g_new(guint64, BATCH_PAGES);
  gboolean readable = TRUE;
  for (guint i = 0; i < frame->arena_count + frame->region_count && readable; i++)
    readable = read_thing(pages, pagemap, i, entries);
  close(pagemap);
  pages->exact = TRUE;
  count_bitmap(pages, &pages->resident);
  count_bitmap(pages, &pages->swapped);
  if (!readable)
    g_clear_pointer(&pages, hv_pages_unref);
  return pages;
}

/* ---- questions ---- */

HvPages *hv_pages_ref(HvPages *pages) {
  g_atomic_ref_count_inc(&pages->references);
  return pages;
}

void hv_pages_unref(HvPages *pages) {
  if (!g_atomic_ref_count_dec(&pages->references))
    return;
  hv_frame_unref(pages->frame);
  g_free(pages->first);
  g_free(pages->resident.bits);
  g_free(pages->resident.count);
  g_free(pages->swapped.bits);
  g_free(pages->swapped.count);
  g_free(pages);
}

gboolean hv_pages_is_exact(HvPages *pages) {
  return pages->exact;
}

/* Bytes of the string of arenas (regions) below @address, from the start of the string. */
static guint64 string_offset(HvPages *pages, gboolean regions, guint64 address) {
  HvFrame *frame = pages->frame;
  guint low = regions ? frame->arena_count : 0;
  guint high = regions ? frame->arena_count + frame->region_count : frame->arena_count;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (thing_address(frame, middle) + thing_bytes(frame, middle) <= address)
      low = middle + 1;
    else
      high = middle;
  }
  guint64 offset = pages->first[low] * pages->page_bytes;
  guint count = regions ? frame->arena_count + frame->region_count : frame->arena_count;
  if (low < count && address > thing_address(frame, low))
    offset += address - thing_address(frame, low);
  return offset;
}

/* Bytes of set pages below @offset. */
static guint64 bytes_below(HvPages *pages, const Bitmap *map, guint64 offset) {
  guint64 page = offset / pages->page_bytes;
  guint64 chunk = page / COUNT_BITS;
  guint64 count = map->count[chunk];
  for (guint64 word = chunk * (COUNT_BITS / 64); word < page / 64; word++)
    count += (guint64)__builtin_popcountll(map->bits[word]);
  guint64 last = map->bits[page / 64];
  count += (guint64)__builtin_popcountll(last & ((G_GUINT64_CONSTANT(1) << page % 64) - 1));
  guint64 bytes = count * pages->page_bytes;
  return (last >> page % 64 & 1) != 0 ? bytes + offset % pages->page_bytes : bytes;
}

void hv_pages_count(HvPages *pages, gboolean regions, guint64 begin, guint64 end, guint64 *resident,
                    guint64 *swapped) {
  guint64 from = string_offset(pages, regions, begin);
  guint64 to = string_offset(pages, regions, end);
  *resident = bytes_below(pages, &pages->resident, to) - bytes_below(pages, &pages->resident, from);
  *swapped = bytes_below(pages, &pages->swapped, to) - bytes_below(pages, &pages->swapped, from);
}
