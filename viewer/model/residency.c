/* SPDX-License-Identifier: MIT */
/*
 * Residency: one pass over smaps for the totals, then the pagemap of those anonymous mappings
 * that hold arenas or regions. Runs of resident pages are split by state with the pyramid, so
 * that a page shared by live and free blocks counts for both by its bytes.
 *
 * A page that was only read maps the kernel's page of zeros: pagemap shows it, RSS does not. Where
 * all present pages are more than RSS and those mapped once are equal to it, the latter are taken.
 */
#include "viewer/model/residency.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "viewer/model/error.h"
#include "viewer/model/process.h"
#include "viewer/model/residency_private.h"

#define PAGE_PRESENT   (G_GUINT64_CONSTANT(1) << 63)
#define PAGE_EXCLUSIVE (G_GUINT64_CONSTANT(1) << 56)

enum {
  BATCH_PAGES = 8192, /* pagemap entries read at once */
  SAMPLE_PAGES = 512, /* pages looked at in a row when sampling */
};

/* Sums of one mapping: index 0 of all present pages, 1 of those mapped once. */
typedef struct {
  guint64 state[2][HV_STATE_MAP_COUNT];
  guint64 bytes[2];
} Tally;

typedef struct {
  HvPyramid *pyramid;
  int pagemap;
  guint64 page_bytes;
  guint64 from; /* what lies before is not counted, */
  guint64 to;   /* nor from here on */
  guint64 entries[BATCH_PAGES];
} Reader;

static void tally_run(Reader *reader, guint64 begin, guint64 end, int kind, Tally *tally) {
  HvMix mix;
  begin = MAX(begin, reader->from);
  end = MIN(end, reader->to);
  hv_pyramid_mix(reader->pyramid, begin, end, &mix);
  for (guint state = 0; state < HV_STATE_MAP_COUNT; state++)
    tally->state[kind][state] += mix.bytes[state];
  tally->bytes[kind] += end - begin;
}

/* Tallies runs of entries that have all of @bits. */
static void tally_entries(Reader *reader, guint64 address, guint count, guint64 bits, int kind,
                          Tally *tally) {
  guint i = 0;
  while (i < count) {
    while (i < count && (reader->entries[i] & bits) != bits)
      i++;
    guint first = i;
    while (i < count && (reader->entries[i] & bits) == bits)
      i++;
    if (i > first)
      tally_run(reader, address + first * reader->page_bytes, address + i * reader->page_bytes,
                kind, tally);
  }
}

/* Tallies the pages of [begin, end); of every @stride runs of SAMPLE_PAGES only the first. */
static gboolean tally_mapping(Reader *reader, guint64 begin, guint64 end, guint64 stride,
                              Tally *tally) {
  guint64 batch = stride > 1 ? SAMPLE_PAGES : BATCH_PAGES;
  for (guint64 page = begin / reader->page_bytes; page < end / reader->page_bytes;
       page += batch * stride) {
    guint64 count = MIN(batch, end / reader->page_bytes - page);
    ssize_t got = pread(reader->pagemap, reader->entries, count * 8, (off_t)(page * 8));
    if (got < 0)
      return FALSE;
    guint pages = (guint)(got / 8);
    tally_entries(reader, page * reader->page_bytes, pages, PAGE_PRESENT, 0, tally);
    tally_entries(reader, page * reader->page_bytes, pages, PAGE_PRESENT | PAGE_EXCLUSIVE, 1,
                  tally);
  }
  return TRUE;
}

/* Scales @parts, which add up to @sum, so that they add up to @total. */
static void scale(const guint64 *parts, guint64 sum, guint64 total, guint64 *scaled) {
  guint64 below = 0;
  guint64 spread = 0;
  for (guint state = 0; state < HV_STATE_MAP_COUNT; state++) {
    below += parts[state];
    guint64 until = sum == 0 ? 0 : (guint64)((unsigned __int128)below * total / sum);
    scaled[state] = until - spread;
    spread = until;
  }
}

static guint64 distance(guint64 a, guint64 b) {
  return a > b ? a - b : b - a;
}

/* Adds what a mapping's tally says; its bytes outside of the heap are other anonymous memory. */
static void add_states(HvResidency *residency, const guint64 *state) {
  residency->anonymous_bytes += state[HV_STATE_NONE];
  for (guint i = HV_STATE_NONE + 1; i < HV_STATE_MAP_COUNT; i++)
    residency->state[i] += state[i];
}

/* One mapping that holds heap. @stride 0: pagemap is not to be had, scale by address space. */
static void add_mapping(Reader *reader, const HvMapping *mapping, const guint64 *nominal,
                        guint64 stride, HvResidency *residency) {
  guint64 size = mapping->end - mapping->begin;
  Tally *tally = g_new0(Tally, 1);
  guint64 scaled[HV_STATE_MAP_COUNT];
  if (mapping->rss_bytes == size) {
    add_states(residency, nominal);
  } else if (stride == 0 || !tally_mapping(reader, mapping->begin, mapping->end, stride, tally)) {
    /* What was given back is the least likely to be resident. */
    guint64 likely[HV_STATE_MAP_COUNT];
    guint64 sum = 0;
    memcpy(likely, nominal, sizeof likely);
    if (size - likely[HV_STATE_CLEAN] >= mapping->rss_bytes)
      likely[HV_STATE_CLEAN] = 0;
    for (guint i = 0; i < HV_STATE_MAP_COUNT; i++)
      sum += likely[i];
    scale(likely, sum, mapping->rss_bytes, scaled);
    add_states(residency, scaled);
    residency->basis = HV_RESIDENCY_SCALED;
    residency->note = _("The kernel does not tell which pages are resident (/proc/PID/pagemap), so "
                        "the rows are shares of the mappings' totals.");
  } else {
    int kind = distance(tally->bytes[1], mapping->rss_bytes) <
                       distance(tally->bytes[0], mapping->rss_bytes)
                   ? 1
                   : 0;
    if (stride > 1) {
      if (tally->bytes[kind] == 0) {
        tally->state[kind][HV_STATE_NONE] = 1;
        tally->bytes[kind] = 1;
      }
      scale(tally->state[kind], tally->bytes[kind], mapping->rss_bytes, scaled);
      add_states(residency, scaled);
      if (residency->basis == HV_RESIDENCY_EXACT) {
        residency->basis = HV_RESIDENCY_SAMPLED;
        residency->note = _("The heap is so large that only a part of its pages was looked at.");
      }
    } else {
      add_states(residency, tally->state[kind]);
      residency->unexplained_bytes += (gint64)mapping->rss_bytes - (gint64)tally->bytes[kind];
    }
  }
  g_free(tally);
}

/* Whether arenas or regions, which have @mix of it, lie in a mapping. */
static gboolean holds_heap(const HvMapping *mapping, const HvMix *mix) {
  return mix->bytes[HV_STATE_NONE] != mapping->end - mapping->begin;
}

static guint64 heap_pages(Reader *reader, const HvSmaps *smaps) {
  guint64 pages = 0;
  for (guint i = 0; i < smaps->mappings->len; i++) {
    const HvMapping *mapping = &g_array_index(smaps->mappings, HvMapping, i);
    HvMix mix;
    hv_pyramid_mix(reader->pyramid, mapping->begin, mapping->end, &mix);
    if (mapping->rss_bytes != 0 && holds_heap(mapping, &mix))
      pages += (mapping->end - mapping->begin) / reader->page_bytes;
  }
  return pages;
}

/* Whether @pid is still the process that @frame is of. */
static gboolean is_process_of(HvFrame *frame, guint pid) {
  HvProcessStat stat;
  return hv_process_stat(pid, &stat) && stat.start_ticks == hv_frame_header(frame)->process_start;
}

static Reader *reader_new(HvPyramid *pyramid, guint pid, guint64 from, guint64 to) {
  g_autofree char *path = g_strdup_printf("/proc/%u/pagemap", pid);
  Reader *reader = g_new(Reader, 1);
  reader->pyramid = pyramid;
  reader->page_bytes = (guint64)sysconf(_SC_PAGESIZE);
  reader->from = from;
  reader->to = to;
  reader->pagemap = open(path, O_RDONLY | O_CLOEXEC);
  return reader;
}

static void reader_free(Reader *reader) {
  if (reader->pagemap >= 0)
    close(reader->pagemap);
  g_free(reader);
}

/* Tallies what of an arena or region lies in the reader's range. */
static gboolean tally_thing(Reader *reader, guint64 address, guint64 bytes, Tally *tally) {
  guint64 begin = MAX(address, reader->from);
  guint64 end = MIN(address + bytes, reader->to);
  if (begin >= end)
    return TRUE;
  end = (end + reader->page_bytes - 1) / reader->page_bytes * reader->page_bytes;
  return tally_mapping(reader, begin, end, 1, tally);
}

static gboolean tally_things(Reader *reader, HvFrame *frame, Tally *tally) {
  guint arenas = 0;
  guint regions = 0;
  const struct alloc_arena_record *arena = hv_frame_arenas(frame, &arenas);
  const struct alloc_region_record *region = hv_frame_regions(frame, &regions);
  gboolean done = reader->pagemap >= 0;
  for (guint i = 0; i < arenas && done; i++)
    done = tally_thing(reader, arena[i].address, hv_frame_arena_bytes(frame, i), tally);
  for (guint i = 0; i < regions && done; i++)
    done = tally_thing(reader, region[i].address, region[i].mapped_bytes, tally);
  return done;
}

gboolean hv_residency_read_range(HvPyramid *pyramid, guint pid, guint64 begin, guint64 end,
                                 HvMix *resident) {
  HvFrame *frame = hv_pyramid_frame(pyramid);
  memset(resident, 0, sizeof *resident);
  if (!is_process_of(frame, pid))
    return FALSE;
  Reader *reader = reader_new(pyramid, pid, begin, end);
  Tally tally = {0};
  gboolean done = tally_things(reader, frame, &tally);
  reader_free(reader);
  memcpy(resident->bytes, tally.state[0], sizeof resident->bytes);
  return done;
}

static guint64 other_bytes(const HvResidency *residency) {
  return residency->stack_bytes + residency->file_bytes + residency->watch_bytes +
         residency->anonymous_bytes;
}

/* Counts one mapping. Returns: what of it is whose */
static HvMappingStock take_stock(Reader *reader, const HvMapping *mapping, guint64 stride,
                                 HvResidency *residency) {
  guint64 other = other_bytes(residency);
  gint64 unexplained = residency->unexplained_bytes;
  HvMappingStock stock = {.mapping = mapping};
  HvMix mix;
  hv_pyramid_mix(reader->pyramid, mapping->begin, mapping->end, &mix);
  if (mapping->kind == HV_MAPPING_WATCH) {
    residency->watch_bytes += mapping->rss_bytes;
  } else if (mapping->kind == HV_MAPPING_FILE) {
    residency->file_bytes += mapping->rss_bytes;
  } else if (holds_heap(mapping, &mix)) {
    stock.holds_heap = TRUE;
    if (mapping->rss_bytes != 0)
      add_mapping(reader, mapping, mix.bytes, stride, residency);
  } else if (mapping->kind == HV_MAPPING_STACK) {
    residency->stack_bytes += mapping->rss_bytes;
  } else {
    residency->anonymous_bytes += mapping->rss_bytes;
  }
  stock.other_bytes = other_bytes(residency) - other;
  stock.unexplained_bytes = residency->unexplained_bytes - unexplained;
  return stock;
}

gboolean hv_residency_check_process(HvFrame *frame, guint pid, GError **error) {
  if (is_process_of(frame, pid))
    return TRUE;
  g_set_error(error, HV_ERROR, HV_ERROR_NO_PROCESS, _("process %u has ended"), pid);
  return FALSE;
}

gboolean hv_residency_read_each(HvPyramid *pyramid, guint pid, guint64 max_pages,
                                HvResidency *residency, HvMappingEach each, gpointer data,
                                GError **error) {
  HvFrame *frame = hv_pyramid_frame(pyramid);
  HvSmaps smaps;
  memset(residency, 0, sizeof *residency);
  if (!hv_residency_check_process(frame, pid, error) || !hv_smaps_read(pid, &smaps, error))
    return FALSE;
  Reader *reader = reader_new(pyramid, pid, 0, G_MAXUINT64);
  guint64 pages = heap_pages(reader, &smaps);
  guint64 stride = reader->pagemap < 0 || max_pages == 0 ? 0 : (pages + max_pages - 1) / max_pages;
  if (reader->pagemap >= 0 && stride == 0)
    stride = max_pages == 0 ? 0 : 1;

  residency->rss_bytes = smaps.rss_bytes;
  residency->swap_bytes = smaps.swap_bytes;
  residency->huge_bytes = smaps.huge_bytes;
  for (guint i = 0; i < smaps.mappings->len; i++) {
    const HvMapping *mapping = &g_array_index(smaps.mappings, HvMapping, i);
    HvMappingStock stock = take_stock(reader, mapping, stride, residency);
    if (each != NULL)
      each(&stock, data);
  }
  /* Caches and tables lie in small mappings of their own, whose places are not published. */
  guint64 metadata = MIN(hv_frame_head(frame)->total_metadata_bytes, residency->anonymous_bytes);
  residency->state[HV_STATE_METADATA] += metadata;
  residency->anonymous_bytes -= metadata;
  residency->metadata_estimated = metadata != 0;
  reader_free(reader);
  hv_smaps_clear(&smaps);
  /* Of a process that ended meanwhile, some of the mappings may have been gone already. */
  return hv_residency_check_process(frame, pid, error);
}

gboolean hv_residency_read(HvPyramid *pyramid, guint pid, guint64 max_pages, HvResidency *residency,
                           GError **error) {
  return hv_residency_read_each(pyramid, pid, max_pages, residency, NULL, NULL, error);
}
