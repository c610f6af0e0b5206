/* SPDX-License-Identifier: MIT */
/* See region_pages.h. Regions ascend by address and do not overlap; so do mappings. */
#include "viewer/model/region_pages.h"

#include <fcntl.h>
#include <unistd.h>

#include "viewer/model/residency_private.h"

#define PAGE_PRESENT   (G_GUINT64_CONSTANT(1) << 63)
#define PAGE_EXCLUSIVE (G_GUINT64_CONSTANT(1) << 56)
#define UNKNOWN        G_MAXUINT64

enum { BATCH_PAGES = 8192 }; /* pagemap entries read at once */

typedef struct {
  guint64 begin;
  guint64 end;
  guint64 resident_bytes; /* or UNKNOWN */
  guint64 huge_bytes;     /* likewise */
} Region;

struct HvRegionPages {
  gatomicrefcount references;
  GArray *regions; /* Region */
};

/* What the pages of a mapping say, of a region or of all of it. */
typedef struct {
  guint64 bytes[2];   /* on pages that are present; of them, mapped once */
  guint64 huge_bytes; /* at most */
} Count;

/* A walk over the pages of one mapping with the regions in it. */
typedef struct {
  const Region *regions;
  Count *counts; /* of each */
  guint count;
  guint at; /* the region that ends behind the page */
  guint64 page_bytes;
  guint64 huge_page_bytes;
  guint64 run_bytes; /* of present pages that end with the page */
  Count all;
} Walk;

typedef struct {
  HvRegionPages *pages;
  int pagemap;
  guint64 left; /* pages that may be looked at */
} Reader;

/* ---- pages ---- */

/* The huge page that ends at @end, if it is one. */
static void walk_huge_page(Walk *walk, guint64 end) {
  guint64 begin = end - walk->huge_page_bytes;
  walk->all.huge_bytes += walk->huge_page_bytes;
  for (guint i = MIN(walk->at + 1, walk->count); i-- > 0 && walk->regions[i].end > begin;) {
    const Region *region = &walk->regions[i];
    if (region->begin < end)
      walk->counts[i].huge_bytes += MIN(region->end, end) - MAX(region->begin, begin);
  }
}

static void walk_page(Walk *walk, guint64 address, guint64 entry) {
  if ((entry & PAGE_PRESENT) == 0) {
    walk->run_bytes = 0;
    return;
  }
  while (walk->at < walk->count && walk->regions[walk->at].end <= address)
    walk->at++;
  gboolean inside = walk->at < walk->count && walk->regions[walk->at].begin <= address;
  for (guint kind = 0; kind < 2; kind++) {
    if (kind == 1 && (entry & PAGE_EXCLUSIVE) == 0)
      continue;
    walk->all.bytes[kind] += walk->page_bytes;
    if (inside)
      walk->counts[walk->at].bytes[kind] += walk->page_bytes;
  }
  walk->run_bytes += walk->page_bytes;
  guint64 end = address + walk->page_bytes;
  if (end % walk->huge_page_bytes == 0 && walk->run_bytes >= walk->huge_page_bytes)
    walk_huge_page(walk, end);
}

static gboolean walk_mapping(Walk *walk, int pagemap, const HvMapping *mapping) {
  g_autofree guint64 *entries = g_new(guint64, BATCH_PAGES);
  guint64 end = mapping->end / walk->page_bytes;
  for (guint64 page = mapping->begin / walk->page_bytes; page < end; page += BATCH_PAGES) {
    guint64 wanted = MIN(BATCH_PAGES, end - page);
    ssize_t got = pread(pagemap, entries, wanted * 8, (off_t)(page * 8));
    if (got < 0 || (guint64)got != wanted * 8)
      return FALSE;
    for (guint i = 0; i < wanted; i++)
      walk_page(walk, (page + i) * walk->page_bytes, entries[i]);
  }
  return TRUE;
}

/* ---- mappings ---- */

static void add(guint64 *sum, guint64 bytes) {
  *sum = *sum == UNKNOWN || bytes == UNKNOWN ? UNKNOWN : *sum + bytes;
}

static guint64 distance(guint64 a, guint64 b) {
  return a > b ? a - b : b - a;
}

/* What of a mapping in parts follows from its sums alone: nothing, or everything. */
static guint64 share(guint64 part, guint64 bytes, guint64 whole) {
  return bytes == 0 ? 0 : bytes == whole ? part : UNKNOWN;
}

/* A mapping that holds more than one region, or other memory beside it. */
static void read_shared(Reader *reader, const HvMapping *mapping, Region *regions, guint count) {
  guint64 page_bytes = (guint64)sysconf(_SC_PAGESIZE);
  guint64 whole = mapping->end - mapping->begin;
  g_autofree Count *counts = g_new0(Count, count);
  /* A huge page is what one table of pages maps. */
  Walk walk = {.regions = regions,
               .counts = counts,
               .count = count,
               .page_bytes = page_bytes,
               .huge_page_bytes = page_bytes / sizeof(guint64) * page_bytes};
  gboolean is_plain =
      mapping->rss_bytes == 0 ||
      (mapping->rss_bytes == whole && (mapping->huge_bytes == 0 || mapping->huge_bytes == whole));
  gboolean looked = FALSE;
  if (!is_plain && reader->pagemap >= 0 && whole / page_bytes <= reader->left) {
    reader->left -= whole / page_bytes;
    looked = walk_mapping(&walk, reader->pagemap, mapping);
  }
  /* As in residency.c: a page of zeros that was only read is present, and not in RSS. */
  guint kind = distance(walk.all.bytes[1], mapping->rss_bytes) <
               distance(walk.all.bytes[0], mapping->rss_bytes);
  for (guint i = 0; i < count; i++) {
    guint64 part = MIN(regions[i].end, mapping->end) - MAX(regions[i].begin, mapping->begin);
    guint64 resident = share(part, mapping->rss_bytes, whole);
    guint64 huge = share(part, mapping->huge_bytes, whole);
    if (looked)
      resident = counts[i].bytes[kind];
    if (looked && huge == UNKNOWN && walk.all.huge_bytes == mapping->huge_bytes)
      huge = MIN(counts[i].huge_bytes, resident);
    add(&regions[i].resident_bytes, resident);
    add(&regions[i].huge_bytes, huge);
  }
}

/* Index of the first region that ends behind @address. */
static guint first_behind(GArray *regions, guint64 address) {
  guint low = 0;
  guint high = regions->len;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (g_array_index(regions, Region, middle).end > address)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

static void read_mapping(Reader *reader, const HvMapping *mapping) {
  GArray *regions = reader->pages->regions;
  guint first = first_behind(regions, mapping->begin);
  guint end = first;
  while (end < regions->len && g_array_index(regions, Region, end).begin < mapping->end)
    end++;
  if (first == end)
    return;
  Region *region = &g_array_index(regions, Region, first);
  if (region->begin <= mapping->begin && mapping->end <= region->end) {
    add(&region->resident_bytes, mapping->rss_bytes);
    add(&region->huge_bytes, MIN(mapping->huge_bytes, mapping->rss_bytes));
  } else {
    read_shared(reader, mapping, region, end - first);
  }
}

static HvRegionPages *pages_new(HvFrame *frame) {
  HvRegionPages *pages = g_new0(HvRegionPages, 1);
  guint count = 0;
  const struct alloc_region_record *record = hv_frame_regions(frame, &count);
  g_atomic_ref_count_init(&pages->references);
  pages->regions = g_array_sized_new(FALSE, FALSE, sizeof(Region), count);
  for (guint i = 0; i < count; i++) {
    Region region = {record[i].address, record[i].address + record[i].mapped_bytes, 0, 0};
    g_array_append_val(pages->regions, region);
  }
  return pages;
}

/* @mappings: (element-type HvMapping) */
static HvRegionPages *pages_read(HvFrame *frame, guint pid, GArray *mappings) {
  g_autofree char *path = g_strdup_printf("/proc/%u/pagemap", pid);
  Reader reader = {.pages = pages_new(frame),
                   .pagemap = open(path, O_RDONLY | O_CLOEXEC),
                   .left = HV_RESIDENCY_PAGES};
  for (guint i = 0; i < mappings->len; i++)
    read_mapping(&reader, &g_array_index(mappings, HvMapping, i));
  if (reader.pagemap >= 0)
    close(reader.pagemap);
  return reader.pages;
}

HvRegionPages *hv_region_pages_read(HvFrame *frame, guint pid, GError **error) {
  HvSmaps smaps;
  if (!hv_residency_check_process(frame, pid, error) || !hv_smaps_read(pid, &smaps, error))
    return NULL;
  HvRegionPages *pages = pages_read(frame, pid, smaps.mappings);
  hv_smaps_clear(&smaps);
  /* Of a process that ended meanwhile, some of the mappings may have been gone already. */
  if (!hv_residency_check_process(frame, pid, error))
    g_clear_pointer(&pages, hv_region_pages_unref);
  return pages;
}

static void keep_mapping(const HvMappingStock *stock, gpointer data) {
  GArray *mappings = data;
  HvMapping mapping = *stock->mapping;
  mapping.name = NULL; /* it goes with smaps */
  if (stock->holds_heap)
    g_array_append_val(mappings, mapping);
}

HvRegionPages *hv_region_pages_read_residency(HvPyramid *pyramid, guint pid, guint64 max_pages,
                                              HvResidency *residency, GError **error) {
  g_autoptr(GArray) mappings = g_array_new(FALSE, FALSE, sizeof(HvMapping));
  if (!hv_residency_read_each(pyramid, pid, max_pages, residency, keep_mapping, mappings, error))
    return NULL;
  return pages_read(hv_pyramid_frame(pyramid), pid, mappings);
}

HvRegionPages *hv_region_pages_ref(HvRegionPages *pages) {
  g_atomic_ref_count_inc(&pages->references);
  return pages;
}

void hv_region_pages_unref(HvRegionPages *pages) {
  if (!g_atomic_ref_count_dec(&pages->references))
    return;
  g_array_unref(pages->regions);
  g_free(pages);
}

void hv_region_pages_tell(HvRegionPages *pages, HvFacts *facts) {
  guint index = first_behind(pages->regions, facts->begin);
  if (index == pages->regions->len)
    return;
  const Region *region = &g_array_index(pages->regions, Region, index);
  if (region->begin != facts->begin || region->end != facts->end)
    return;
  if (region->resident_bytes != UNKNOWN)
    hv_facts_set(facts, HV_FIELD_RESIDENT,
                 hv_millionths(region->resident_bytes, region->end - region->begin));
  if (region->huge_bytes != UNKNOWN)
    hv_facts_set(facts, HV_FIELD_HUGE, region->huge_bytes);
}
