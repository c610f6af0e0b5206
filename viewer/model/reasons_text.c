/* SPDX-License-Identifier: MIT */
/* The sentences of the reasons: what it is, how it comes, what would give it back. */
#include <string.h>

#include "viewer/model/reasons_private.h"
#include "viewer/model/units.h"

static const char *plural(guint64 count) {
  return count == 1 ? "" : "s";
}

/* "1,024 spans" */
static char *counted(guint64 count, const char *noun) {
  g_autofree char *number = hv_format_count(count);
  return g_strdup_printf("%s %s%s", number, noun, plural(count));
}

/* "+3.1 MiB in 12 s" */
static char *gained(const HvTrend *trend) {
  g_autofree char *bytes = hv_format_bytes(trend->gained_bytes);
  g_autofree char *time = hv_format_duration(trend->span_ns);
  return g_strdup_printf("+%s in %s", bytes, time);
}

void hv_reason_tell_sparse(const HvCauses *causes, guint size_class, HvReason *reason) {
  const HvClassCause *cause = &causes->classes[size_class];
  g_autofree char *block = hv_format_bytes((gint64)cause->sum->block_bytes);
  g_autofree char *spans = counted(cause->sparse_spans, "span");
  g_autofree char *fill = hv_format_percent(cause->sparse_live, cause->sparse_blocks);
  g_autofree char *live = counted(cause->sparse_live, "live block");
  gboolean sparse = cause->sparse_live < cause->sparse_blocks / 2;
  reason->title =
      g_strdup_printf(sparse ? "Sparse spans of %s blocks" : "Free blocks in spans of %s", block);
  reason->detail =
      g_strdup_printf("%s at %s fill: %s keep%s %s from being given back", spans, fill, live,
                      cause->sparse_live == 1 ? "s" : "", cause->sparse_spans == 1 ? "it" : "them");
  reason->action = g_strdup_printf(
      "New blocks of %s reuse it. It goes back when the blocks that pin it are freed: the pin list "
      "names those that hold most. Trimming gives back the whole free pages among it.",
      block);
  reason->can_trim = TRUE;
  reason->query =
      g_strdup_printf("class:%" G_GUINT64_FORMAT " waste>0 blocks>0", cause->sum->block_bytes);
}

void hv_reason_tell_sparse_rest(const HvCauses *causes, guint count, HvReason *reason) {
  reason->title = g_strdup_printf("Free blocks in spans of %u other size%s", count, plural(count));
  reason->detail = g_strdup("Free blocks between live ones, and the unused ends of spans");
  reason->action = g_strdup("New blocks of the same sizes reuse it. Trimming gives back the whole "
                            "free pages among it.");
  reason->can_trim = TRUE;
  reason->query = g_strdup("waste>0 blocks>0");
}

void hv_reason_tell_growing(const HvCauses *causes, guint size_class, HvReason *reason) {
  const HvClassCause *cause = &causes->classes[size_class];
  gboolean large = size_class == HV_GROWTH_LARGE;
  g_autofree char *block = large ? NULL : hv_format_bytes((gint64)cause->sum->block_bytes);
  g_autofree char *gain = gained(large ? &causes->large_trend : &cause->trend);
  g_autofree char *live = large ? NULL : counted(cause->sum->live, "live block");
  reason->title = large ? g_strdup("Live large blocks keep growing")
                        : g_strdup_printf("Live blocks of %s keep growing", block);
  reason->detail =
      large ? g_strdup_printf("%s while watched, and never less than before", gain)
            : g_strdup_printf("%s; %s while watched, and never less than before", live, gain);
  reason->action = g_strdup("A leak, or a collection without a bound: the program must free them. "
                            "LIBALLOC_LEAKS or mtrace(3), and alloc-inspect leaks, tell who "
                            "allocates what is never freed.");
  reason->query =
      large ? g_strdup("kind:large")
            : g_strdup_printf("class:%" G_GUINT64_FORMAT " live>0", cause->sum->block_bytes);
}

void hv_reason_tell_live(const HvCauses *causes, HvReason *reason) {
  guint64 blocks = 0;
  guint largest = 0;
  gint64 most = causes->large_trend.is_growing ? 0 : causes->state[HV_STATE_LARGE];
  for (guint i = 1; i < causes->class_count; i++) {
    const HvClassCause *cause = &causes->classes[i];
    if (cause->trend.is_growing)
      continue;
    blocks += cause->sum->live;
    if (cause->live_bytes > most) {
      most = cause->live_bytes;
      largest = i;
    }
  }
  gboolean has_large = !causes->large_trend.is_growing && causes->state[HV_STATE_LARGE] > 0;
  g_autofree char *count = counted(blocks, "small block");
  g_autofree char *share = hv_format_percent((guint64)MAX(most, 0), (guint64)reason->bytes);
  g_autofree char *block = largest == 0
                               ? g_strdup("whole slices")
                               : hv_format_bytes((gint64)causes->classes[largest].sum->block_bytes);
  reason->title = g_strdup("Live data of the program");
  reason->detail = g_strdup_printf("%s%s; those of %s are %s of it", count,
                                   has_large ? " and large ones" : "", block, share);
  reason->action = g_strdup("In use: no allocator can give it back. Only the program can, by "
                            "freeing it.");
  reason->query = g_strdup("live>0 !kind:region");
}

void hv_reason_tell_dirty(const HvCauses *causes, HvReason *reason) {
  guint arenas = 0;
  hv_frame_arenas(causes->frame, &arenas);
  g_autofree char *count = counted(arenas, "arena");
  reason->title = g_strdup("Free slices not given back yet");
  reason->detail = g_strdup_printf("Whole free slices of %s, kept for the next spans", count);
  reason->action = g_strdup("The allocator gives it back by itself while the program goes on; "
                            "trimming does at once. M_TRIM_THRESHOLD sets how much may be kept.");
  reason->can_trim = TRUE;
  reason->query = g_strdup("kind:free waste>0");
}

/* Threads with something cached, and those of them that are idle, with their bytes. */
static void count_caches(HvFrame *frame, guint *threads, guint *idle, guint64 *idle_bytes) {
  guint count = 0;
  guint64 now_ns = hv_frame_head(frame)->monotonic_ns;
  const struct alloc_cache_record *caches = hv_frame_caches(frame, &count);
  *threads = *idle = 0;
  *idle_bytes = 0;
  for (guint i = 0; i < count; i++) {
    if (caches[i].cached_bytes == 0)
      continue;
    ++*threads;
    if (caches[i].active_ns + HV_REASON_IDLE_NS < now_ns) {
      ++*idle;
      *idle_bytes += caches[i].cached_bytes;
    }
  }
}

void hv_reason_tell_caches(const HvCauses *causes, HvReason *reason) {
  guint threads = 0;
  guint idle = 0;
  guint64 idle_bytes = 0;
  count_caches(causes->frame, &threads, &idle, &idle_bytes);
  g_autofree char *limit = g_strdup_printf("%u s", (guint)(HV_REASON_IDLE_NS / 1000000000));
  g_autofree char *kept = hv_format_bytes((gint64)idle_bytes);
  g_autofree char *around = hv_format_bytes(causes->cache_around);
  reason->title = g_strdup("Thread caches");
  GString *detail = g_string_new(NULL);
  if (idle == 0)
    g_string_printf(detail, "%u thread%s, none of them idle for more than %s", threads,
                    plural(threads), limit);
  else
    g_string_printf(detail, "Of %u thread%s %u %s idle for more than %s, with %s cached", threads,
                    plural(threads), idle, idle == 1 ? "is" : "are", limit, kept);
  if (causes->cache_around > 0)
    g_string_append_printf(detail, "; %s more is free in spans that only caches keep", around);
  reason->detail = g_string_free(detail, FALSE);
  reason->action = g_strdup("A thread gives back what it has not used for a second when it next "
                            "runs out of blocks of any size, and all of it when it ends: let idle "
                            "threads of a pool end. Trimming gives back the free pages around it.");
  reason->can_trim = causes->cache_around > 0;
  reason->query = g_strdup("cached>0");
}

void hv_reason_tell_transit(const HvCauses *causes, HvReason *reason) {
  g_autofree char *around = hv_format_bytes(causes->transit_around);
  reason->title = g_strdup("In transit between threads");
  reason->detail =
      causes->transit_around > 0
          ? g_strdup_printf("Freed by other threads than allocated it, with %s free around it",
                            around)
          : g_strdup("Freed by other threads than allocated it, and not collected yet");
  reason->action = g_strdup("The thread that owns it collects it when it next runs out of blocks; "
                            "trimming does at once.");
  reason->can_trim = TRUE;
  reason->query = g_strdup("transit>0");
}

void hv_reason_tell_regions(const HvCauses *causes, HvReason *reason) {
  guint count = 0;
  guint64 largest = 0;
  const struct alloc_region_record *regions = hv_frame_regions(causes->frame, &count);
  for (guint i = 0; i < count; i++)
    largest = MAX(largest, regions[i].mapped_bytes);
  g_autofree char *number = counted(count, "block");
  g_autofree char *most = hv_format_bytes((gint64)largest);
  g_autofree char *gain = gained(&causes->region_trend);
  reason->title = g_strdup("Mmapped regions");
  reason->detail = g_strdup_printf("%s with a mapping of %s own, the largest of %s%s%s", number,
                                   count == 1 ? "its" : "their", most,
                                   causes->region_trend.is_growing ? "; growing: " : "",
                                   causes->region_trend.is_growing ? gain : "");
  reason->action = g_strdup("In use: each goes back to the system the moment the program frees it. "
                            "M_MMAP_THRESHOLD sets from which size on blocks get a mapping.");
  reason->query = g_strdup("kind:region");
}

void hv_reason_tell_metadata(const HvCauses *causes, HvReason *reason) {
  guint arenas = 0;
  guint caches = 0;
  hv_frame_arenas(causes->frame, &arenas);
  hv_frame_caches(causes->frame, &caches);
  g_autofree char *arena_count = counted(arenas, "arena");
  g_autofree char *cache_count = counted(caches, "thread cache");
  reason->title = g_strdup("Metadata of the allocator");
  reason->detail = g_strdup_printf("For %s and %s", arena_count, cache_count);
  reason->action = g_strdup("It stays: it is what the allocator needs to know its blocks.");
  reason->query = g_strdup("kind:header");
}

void hv_reason_tell_not_heap(const HvCauses *causes, HvReason *reason) {
  const gint64 *state = causes->state;
  g_autofree char *files = hv_format_bytes(state[HV_STATE_FILE]);
  g_autofree char *stacks = hv_format_bytes(state[HV_STATE_STACK]);
  g_autofree char *others = hv_format_bytes(state[HV_STATE_ANONYMOUS]);
  g_autofree char *watch = hv_format_bytes(state[HV_STATE_WATCH]);
  reason->title = g_strdup("Not heap");
  reason->detail = g_strdup_printf("Program and files %s, stacks %s, own mappings %s, being "
                                   "watched %s",
                                   files, stacks, others, watch);
  reason->action = g_strdup("Nothing of this allocator: pages of the program and its libraries, of "
                            "threads' stacks, and what the program maps by itself.");
}

void hv_reason_tell_unexplained(const HvCauses *causes, HvReason *reason) {
  reason->title = g_strdup("Unexplained");
  reason->detail = g_strdup(hv_state_explanation(HV_STATE_UNEXPLAINED));
  reason->action = g_strdup("Look again: what came or went while it was counted is gone by then.");
}
