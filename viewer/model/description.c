/* SPDX-License-Identifier: MIT */
/* See description.h. */
#include "viewer/model/description.h"

#include <glib/gi18n.h>

#include "viewer/model/facts.h"
#include "viewer/model/residency.h"
#include "viewer/model/units.h"

enum { COMMAND_WORDS = 16 }; /* that a debugger is asked for at most */

static void detail_free(gpointer data) {
  HvDetail *detail = data;
  g_free(detail->key);
  g_free(detail->value);
  g_free(detail);
}

/* ---- lines ---- */

static HvDetail *add(GPtrArray *details, const char *key, char *value) {
  HvDetail *detail = g_new0(HvDetail, 1);
  detail->key = g_strdup(key);
  detail->value = value;
  g_ptr_array_add(details, detail);
  return detail;
}

static void add_heading(GPtrArray *details, const char *text) {
  add(details, text, NULL);
}

static void add_bytes(GPtrArray *details, const char *key, guint64 bytes) {
  add(details, key, hv_format_bytes_exact((gint64)bytes));
}

static void add_place(GPtrArray *details, guint64 begin, guint64 end) {
  add(details, _("Address"), hv_format_address(begin));
  add_bytes(details, _("Size"), end - begin);
}

static void add_share(GPtrArray *details, const char *name, HvState state, guint64 bytes,
                      guint64 whole) {
  g_autofree char *text = hv_format_bytes((gint64)bytes);
  g_autofree char *percent = hv_format_percent(bytes, whole);
  add(details, name, g_strdup_printf("%s · %s", text, percent))->state = state;
}

/* For gdb: the first words of a place. */
static void add_command(GPtrArray *details, guint64 begin, guint64 end) {
  guint64 words = CLAMP((end - begin) / 8, 1, COMMAND_WORDS);
  add(details, _("Debugger"),
      g_strdup_printf("x/%" G_GUINT64_FORMAT "gx 0x%" G_GINT64_MODIFIER "x", words, begin))
      ->is_command = TRUE;
}

/* ---- what is resident ---- */

guint64 hv_mix_resident_bytes(const HvMix *mix) {
  guint64 bytes = 0;
  for (guint state = 0; state < HV_STATE_MAP_COUNT; state++)
    bytes += mix->bytes[state];
  return bytes;
}

void hv_place_read_resident(HvPyramid *pyramid, guint pid, guint64 begin, guint64 end,
                            const HvHit *hit, HvPlaceResident *resident) {
  HvFrame *frame = hv_pyramid_frame(pyramid);
  *resident = (HvPlaceResident){0};
  resident->is_known = hv_residency_read_range(pyramid, pid, begin, end, &resident->thing);
  if (!resident->is_known || hit == NULL || hit->span_index < 0)
    return;
  begin = hv_frame_span_address(frame, (guint)hit->span_index);
  end = begin + hv_frame_span_bytes(frame, (guint)hit->span_index);
  resident->is_known = hv_residency_read_range(pyramid, pid, begin, end, &resident->span);
}

/* ---- a thing ---- */

static void add_thing(GPtrArray *details, const HvPlaceQuestion *question) {
  static const char *const headings[] = {
      [HV_HIT_NOTHING] = N_("Not Mapped"),      [HV_HIT_ARENA_HEADER] = N_("Arena Header"),
      [HV_HIT_FREE_SLICES] = N_("Free Slices"), [HV_HIT_BLOCK] = N_("Block"),
      [HV_HIT_TAIL] = N_("End of a Span"),      [HV_HIT_REGION] = N_("Mmapped Region"),
  };
  const HvHit *hit = question->hit;
  const char *state = hit->state == HV_STATE_NONE ? _("not published") : hv_state_name(hit->state);
  add_heading(details, _(headings[hit->kind]));
  if (hit->kind == HV_HIT_REGION) {
    add(details, _("Address"), hv_format_address(hit->region->block));
    add_bytes(details, _("Usable"), hit->region->usable_bytes);
    add(details, _("Mapped at"), hv_format_address(hit->region->address));
    add_bytes(details, _("Mapped"), hit->region->mapped_bytes);
  } else {
    add_place(details, hit->begin, hit->end);
  }
  add(details, _("State"), g_strdup(state))->state = hit->state;
  if (question->resident != NULL && question->resident->is_known && hit->kind != HV_HIT_NOTHING)
    add_bytes(details, _("Resident"), hv_mix_resident_bytes(&question->resident->thing));
  if (hit->kind == HV_HIT_BLOCK && hit->span->kind == ALLOC_SPAN_SMALL) {
    g_autofree char *number = hv_format_count(hit->block_index + 1);
    g_autofree char *capacity = hv_format_count(hit->span->capacity);
    add(details, _("Number"), g_strdup_printf(_("%s of %s"), number, capacity));
  }
  if (hit->kind == HV_HIT_REGION && hit->owner != NULL)
    add(details, _("Made by"), hv_cache_describe(hit->owner));
  if (hit->kind == HV_HIT_REGION)
    add_command(details, hit->region->block, hit->region->block + hit->region->usable_bytes);
  else if (hit->kind != HV_HIT_NOTHING)
    add_command(details, hit->begin, hit->end);
}

/* ---- a span ---- */

static void add_blocks(GPtrArray *details, const char *key, HvState state, guint64 blocks,
                       guint64 block_bytes) {
  g_autofree char *count = hv_format_count(blocks);
  g_autofree char *bytes = hv_format_bytes((gint64)(blocks * block_bytes));
  if (blocks > 0)
    add(details, key, g_strdup_printf("%s · %s", count, bytes))->state = state;
}

/* Of a process what the kernel says, else what the allocator knows. */
static void add_span_resident(GPtrArray *details, const HvPlaceQuestion *question) {
  HvFacts facts;
  if (question->resident != NULL) {
    if (question->resident->is_known)
      add_bytes(details, _("Resident"), hv_mix_resident_bytes(&question->resident->span));
    return;
  }
  hv_facts_of_span(hv_pyramid_frame(question->pyramid), (guint)question->hit->span_index, &facts);
  g_autofree char *most = hv_format_bytes_exact((gint64)facts.value[HV_FIELD_HELD]);
  add(details, _("Resident"), g_strdup_printf(_("at most %s"), most));
}

/* A span that has not changed since it is watched may be any older. */
static void add_age(GPtrArray *details, const HvPlaceQuestion *question) {
  HvHit now;
  if (question->activity == NULL || hv_activity_known_ns(question->activity) == 0 ||
      !hv_hit_test(question->activity_frame, question->hit->begin, &now) || now.span_index < 0)
    return;
  guint64 age_ns = hv_activity_age_ns(question->activity, (guint)now.span_index);
  g_autofree char *age = hv_format_duration(age_ns);
  add(details, _("Last change"),
      g_strdup_printf(age_ns < hv_activity_known_ns(question->activity) ? _("%s ago")
                                                                        : _("more than %s ago"),
                      age));
}

static void add_small_span(GPtrArray *details, HvFrame *frame, guint index) {
  const HvSpan *span = &hv_frame_spans(frame, NULL)[index];
  guint64 purged = hv_frame_span_purged(frame, index);
  guint64 used = (guint64)span->live + span->cached + span->transit;
  guint64 touched_free = span->touched > used ? span->touched - used : 0;
  gint64 untouched = (gint64)span->capacity - span->touched;
  add_bytes(details, _("Size class"), span->block_bytes);
  add(details, _("Fill"), hv_format_percent(span->live, span->capacity));
  add_blocks(details, _("Live"), HV_STATE_LIVE, span->live, span->block_bytes);
  add_blocks(details, _("Cached"), HV_STATE_CACHED, span->cached, span->block_bytes);
  add_blocks(details, _("In transit"), HV_STATE_TRANSIT, span->transit, span->block_bytes);
  add_blocks(details, _("Free"), HV_STATE_FREE, touched_free, span->block_bytes);
  add_blocks(details, _("Untouched"), HV_STATE_UNTOUCHED, (guint64)MAX(untouched, 0),
             span->block_bytes);
  if (purged != 0)
    add(details, _("Purged pages"), g_strdup_printf("%d", __builtin_popcountll(purged)));
}

static void add_span(GPtrArray *details, const HvPlaceQuestion *question) {
  HvFrame *frame = hv_pyramid_frame(question->pyramid);
  const HvHit *hit = question->hit;
  guint64 begin = hv_frame_span_address(frame, (guint)hit->span_index);
  guint64 bytes = hv_frame_span_bytes(frame, (guint)hit->span_index);
  add_heading(details, _("Span"));
  add_place(details, begin, begin + bytes);
  add_span_resident(details, question);
  add_age(details, question);
  if (hit->span->kind == ALLOC_SPAN_LARGE)
    add(details, _("Holds"), g_strdup(_("one large block")));
  else
    add_small_span(details, frame, (guint)hit->span_index);
  if (hit->owner != NULL)
    add(details, hit->span->kind == ALLOC_SPAN_LARGE ? _("Made by") : _("Owner"),
        hv_cache_describe(hit->owner));
  if (question->only_span)
    add_command(details, begin, begin + bytes);
}

static void add_arena(GPtrArray *details, HvFrame *frame, const HvHit *hit) {
  guint free_slices = 0;
  g_autofree char *heading = g_strdup_printf(_("Arena %d"), hit->arena_index);
  for (guint i = 0; i < G_N_ELEMENTS(hit->arena->free_map); i++)
    free_slices += (guint)__builtin_popcountll(hit->arena->free_map[i]);
  add_heading(details, heading);
  add_place(details, hit->arena->address,
            hit->arena->address + hv_frame_arena_bytes(frame, (guint)hit->arena_index));
  add(details, _("Spans"), hv_format_count(hit->arena->span_count));
  add(details, _("Free slices"), g_strdup_printf(_("%u of %u"), free_slices, hit->arena->slices));
}

/* ---- an area ---- */

static void add_states(GPtrArray *details, const HvMix *mix, guint64 whole) {
  for (guint state = HV_STATE_LIVE; state < HV_STATE_MAP_COUNT; state++) {
    g_autofree char *name = g_strdup(hv_state_name((HvState)state));
    name[0] = g_ascii_toupper(name[0]);
    if (mix->bytes[state] > 0)
      add_share(details, name, (HvState)state, mix->bytes[state], whole);
  }
}

static void add_area(GPtrArray *details, const HvPlaceQuestion *question) {
  guint64 bytes = question->end - question->begin;
  HvMix mix;
  add_heading(details, _("Area"));
  add(details, _("From"), hv_format_address(question->begin));
  add(details, _("To"), hv_format_address(question->end));
  add_bytes(details, _("Size"), bytes);
  add_command(details, question->begin, question->end);
  if (question->resident != NULL && question->resident->is_known) {
    guint64 resident = hv_mix_resident_bytes(&question->resident->thing);
    add_heading(details, _("Resident"));
    add_states(details, &question->resident->thing, resident);
    add_share(details, _("Total"), HV_STATE_NONE, resident, bytes);
  }
  hv_pyramid_mix(question->pyramid, question->begin, question->end, &mix);
  add_heading(details, _("Address Space"));
  add_states(details, &mix, bytes);
  if (mix.bytes[HV_STATE_NONE] > 0)
    add_share(details, _("Not mapped"), HV_STATE_NONE, mix.bytes[HV_STATE_NONE], bytes);
}

GPtrArray *hv_description_new(const HvPlaceQuestion *question) {
  GPtrArray *details = g_ptr_array_new_with_free_func(detail_free);
  const HvHit *hit = question->hit;
  if (hit == NULL) {
    add_area(details, question);
    return details;
  }
  if (!question->only_span)
    add_thing(details, question);
  if (hit->span != NULL)
    add_span(details, question);
  if (hit->arena != NULL)
    add_arena(details, hv_pyramid_frame(question->pyramid), hit);
  return details;
}

char *hv_description_text(GPtrArray *details) {
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < details->len; i++) {
    const HvDetail *detail = g_ptr_array_index(details, i);
    if (detail->value == NULL)
      g_string_append_printf(text, "%s%s\n", i > 0 ? "\n" : "", detail->key);
    else
      g_string_append_printf(text, "%s: %s\n", detail->key, detail->value);
  }
  return g_string_free(text, FALSE);
}
