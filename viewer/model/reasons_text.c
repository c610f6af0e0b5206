/* SPDX-License-Identifier: MIT */
/* The sentences of the reasons: what it is, how it comes, what would give it back. */
#include <glib/gi18n.h>

#include "viewer/model/reasons_private.h"
#include "viewer/model/units.h"

/* "+3.1 MiB in 12 s" */
static char *gained(const HvTrend *trend) {
  g_autofree char *bytes = hv_format_bytes(trend->gained_bytes);
  g_autofree char *time = hv_format_duration(trend->span_ns);
  return g_strdup_printf(_("+%s in %s"), bytes, time);
}

void hv_reason_tell_sparse(const HvCauses *causes, guint size_class, HvReason *reason) {
  const HvClassCause *cause = &causes->classes[size_class];
  g_autofree char *block = hv_format_bytes((gint64)cause->sum->block_bytes);
  g_autofree char *span_count = hv_format_count(cause->sparse_spans);
  g_autofree char *spans =
      g_strdup_printf(ngettext("%s span", "%s spans", cause->sparse_spans), span_count);
  g_autofree char *fill = hv_format_percent(cause->sparse_live, cause->sparse_blocks);
  g_autofree char *live = hv_format_count(cause->sparse_live);
  gboolean sparse = cause->sparse_live < cause->sparse_blocks / 2;
  reason->title = g_strdup_printf(
      sparse ? _("Sparse spans of %s blocks") : _("Free blocks in spans of %s"), block);
  if (cause->sparse_spans == 1)
    reason->detail = g_strdup_printf(
        ngettext("%s at %s fill: %s live block keeps it from being given back",
                 "%s at %s fill: %s live blocks keep it from being given back", cause->sparse_live),
        spans, fill, live);
  else
    reason->detail =
        g_strdup_printf(ngettext("%s at %s fill: %s live block keeps them from being given back",
                                 "%s at %s fill: %s live blocks keep them from being given back",
                                 cause->sparse_live),
                        spans, fill, live);
  reason->action = g_strdup_printf(
      _("New blocks of %s reuse it. It goes back when the blocks that pin it are freed: the pin "
        "list names those that hold most. Trimming gives back the whole free pages among it."),
      block);
  reason->can_trim = TRUE;
  reason->query =
      g_strdup_printf("class:%" G_GUINT64_FORMAT " waste>0 blocks>0", cause->sum->block_bytes);
}

void hv_reason_tell_sparse_rest(const HvCauses *causes, guint count, HvReason *reason) {
  reason->title = g_strdup_printf(ngettext("Free blocks in spans of %u other size",
                                           "Free blocks in spans of %u other sizes", count),
                                  count);
  reason->detail = g_strdup(_("Free blocks between live ones, and the unused ends of spans"));
  reason->action =
      g_strdup(_("New blocks of the same sizes reuse it. Trimming gives back the whole "
                 "free pages among it."));
  reason->can_trim = TRUE;
  reason->query = g_strdup("waste>0 blocks>0");
}

void hv_reason_tell_growing(const HvCauses *causes, guint size_class, HvReason *reason) {
  const HvClassCause *cause = &causes->classes[size_class];
  gboolean large = size_class == HV_GROWTH_LARGE;
  g_autofree char *block = large ? NULL : hv_format_bytes((gint64)cause->sum->block_bytes);
  g_autofree char *gain = gained(large ? &causes->large_trend : &cause->trend);
  g_autofree char *live = large ? NULL : hv_format_count(cause->sum->live);
  reason->title = large ? g_strdup(_("Live large blocks keep growing"))
                        : g_strdup_printf(_("Live blocks of %s keep growing"), block);
  reason->detail =
      large
          ? g_strdup_printf(_("%s while watched, and never less than before"), gain)
          : g_strdup_printf(ngettext("%s live block; %s while watched, and never less than before",
                                     "%s live blocks; %s while watched, and never less than before",
                                     cause->sum->live),
                            live, gain);
  reason->action =
      g_strdup(_("A leak, or a collection without a bound: the program must free them. "
                 "LIBALLOC_LEAKS or mtrace(3), and alloc-inspect leaks, tell who "
                 "allocates what is never freed."));
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
  g_autofree char *count = hv_format_count(blocks);
  g_autofree char *share = hv_format_percent((guint64)MAX(most, 0), (guint64)reason->bytes);
  g_autofree char *block = largest == 0
                               ? g_strdup(_("whole slices"))
                               : hv_format_bytes((gint64)causes->classes[largest].sum->block_bytes);
  reason->title = g_strdup(_("Live data of the program"));
  reason->detail =
      has_large ? g_strdup_printf(
                      ngettext("%s small block and large ones; those of %s are %s of it",
                               "%s small blocks and large ones; those of %s are %s of it", blocks),
                      count, block, share)
                : g_strdup_printf(ngettext("%s small block; those of %s are %s of it",
                                           "%s small blocks; those of %s are %s of it", blocks),
                                  count, block, share);
  reason->action = g_strdup(_("In use: no allocator can give it back. Only the program can, by "
                              "freeing it."));
  reason->query = g_strdup("live>0 !kind:region");
}

void hv_reason_tell_dirty(const HvCauses *causes, HvReason *reason) {
  guint arenas = 0;
  hv_frame_arenas(causes->frame, &arenas);
  g_autofree char *count = hv_format_count(arenas);
  reason->title = g_strdup(_("Free slices not given back yet"));
  reason->detail =
      g_strdup_printf(ngettext("Whole free slices of %s arena, kept for the next spans",
                               "Whole free slices of %s arenas, kept for the next spans", arenas),
                      count);
  reason->action =
      g_strdup(_("The allocator gives it back by itself while the program goes on; "
                 "trimming does at once. M_TRIM_THRESHOLD sets how much may be kept."));
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
  reason->title = g_strdup(_("Thread caches"));
  GString *detail = g_string_new(NULL);
  if (idle == 0)
    g_string_printf(detail,
                    ngettext("%u thread, none of them idle for more than %s",
                             "%u threads, none of them idle for more than %s", threads),
                    threads, limit);
  else if (threads == 1)
    g_string_printf(detail, _("Of %u thread %u is idle for more than %s, with %s cached"), threads,
                    idle, limit, kept);
  else
    g_string_printf(detail,
                    ngettext("Of %u threads %u is idle for more than %s, with %s cached",
                             "Of %u threads %u are idle for more than %s, with %s cached", idle),
                    threads, idle, limit, kept);
  if (causes->cache_around > 0)
    g_string_append_printf(detail, _("; %s more is free in spans that only caches keep"), around);
  reason->detail = g_string_free(detail, FALSE);
  reason->action =
      g_strdup(_("A thread gives back what it has not used for a second when it next "
                 "runs out of blocks of any size, and all of it when it ends: let idle "
                 "threads of a pool end. Trimming gives back the free pages around it."));
  reason->can_trim = causes->cache_around > 0;
  reason->query = g_strdup("cached>0");
}

void hv_reason_tell_transit(const HvCauses *causes, HvReason *reason) {
  g_autofree char *around = hv_format_bytes(causes->transit_around);
  reason->title = g_strdup(_("In transit between threads"));
  reason->detail =
      causes->transit_around > 0
          ? g_strdup_printf(_("Freed by other threads than allocated it, with %s free around it"),
                            around)
          : g_strdup(_("Freed by other threads than allocated it, and not collected yet"));
  reason->action =
      g_strdup(_("The thread that owns it collects it when it next runs out of blocks; "
                 "trimming does at once."));
  reason->can_trim = TRUE;
  reason->query = g_strdup("transit>0");
}

void hv_reason_tell_regions(const HvCauses *causes, HvReason *reason) {
  guint count = 0;
  guint64 largest = 0;
  const struct alloc_region_record *regions = hv_frame_regions(causes->frame, &count);
  for (guint i = 0; i < count; i++)
    largest = MAX(largest, regions[i].mapped_bytes);
  g_autofree char *number = hv_format_count(count);
  g_autofree char *most = hv_format_bytes((gint64)largest);
  g_autofree char *gain = gained(&causes->region_trend);
  reason->title = g_strdup(_("Mmapped regions"));
  reason->detail =
      causes->region_trend.is_growing
          ? g_strdup_printf(
                ngettext("%s block with a mapping of its own, the largest of %s; growing: %s",
                         "%s blocks with a mapping of their own, the largest of %s; growing: %s",
                         count),
                number, most, gain)
          : g_strdup_printf(ngettext("%s block with a mapping of its own, the largest of %s",
                                     "%s blocks with a mapping of their own, the largest of %s",
                                     count),
                            number, most);
  reason->action =
      g_strdup(_("In use: each goes back to the system the moment the program frees it. "
                 "M_MMAP_THRESHOLD sets from which size on blocks get a mapping."));
  reason->query = g_strdup("kind:region");
}

void hv_reason_tell_metadata(const HvCauses *causes, HvReason *reason) {
  guint arenas = 0;
  guint caches = 0;
  hv_frame_arenas(causes->frame, &arenas);
  hv_frame_caches(causes->frame, &caches);
  g_autofree char *arena_number = hv_format_count(arenas);
  g_autofree char *cache_number = hv_format_count(caches);
  g_autofree char *arena_count =
      g_strdup_printf(ngettext("%s arena", "%s arenas", arenas), arena_number);
  g_autofree char *cache_count =
      g_strdup_printf(ngettext("%s thread cache", "%s thread caches", caches), cache_number);
  reason->title = g_strdup(_("Metadata of the allocator"));
  reason->detail = g_strdup_printf(_("For %s and %s"), arena_count, cache_count);
  reason->action = g_strdup(_("It stays: it is what the allocator needs to know its blocks."));
  reason->query = g_strdup("kind:header");
}

void hv_reason_tell_not_heap(const HvCauses *causes, HvReason *reason) {
  const gint64 *state = causes->state;
  g_autofree char *files = hv_format_bytes(state[HV_STATE_FILE]);
  g_autofree char *stacks = hv_format_bytes(state[HV_STATE_STACK]);
  g_autofree char *others = hv_format_bytes(state[HV_STATE_ANONYMOUS]);
  g_autofree char *watch = hv_format_bytes(state[HV_STATE_WATCH]);
  reason->title = g_strdup(_("Not heap"));
  reason->detail = g_strdup_printf(_("Program and files %s, stacks %s, own mappings %s, being "
                                     "watched %s"),
                                   files, stacks, others, watch);
  reason->action = g_strdup_printf(
      _("Nothing of this allocator, and so not on the map: pages of the program and "
        "its libraries, of threads' stacks, and what the program maps by itself. "
        "While it runs, the list of mappings outside the heap has them by name, and so has "
        "alloc-inspect mappings %u."),
      hv_frame_header(causes->frame)->pid);
}

void hv_reason_tell_unexplained(const HvCauses *causes, HvReason *reason) {
  reason->title = g_strdup(_("Unexplained"));
  reason->detail = g_strdup(hv_state_explanation(HV_STATE_UNEXPLAINED));
  reason->action = g_strdup(
      _("Look again: what came or went while it was counted is gone by then. Nobody knows "
        "where it is, so it is not on the map; the list of mappings outside the heap tells "
        "in how many mappings it is."));
}
