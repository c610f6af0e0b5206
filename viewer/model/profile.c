/* SPDX-License-Identifier: MIT */
#include "viewer/model/profile.h"

#include <math.h>
#include <string.h>

#include "viewer/model/units.h"

struct HvProfile {
  gatomicrefcount references;
  HvFrame *frame;
  GPtrArray *sites;
  GStringChunk *texts;
};

static const char *const view_keys[HV_PROFILE_VIEWS] = {"live", "allocated", "peak"};

const char *hv_profile_view_key(HvProfileView view) {
  return view_keys[view];
}

gboolean hv_profile_view_parse(const char *key, HvProfileView *view) {
  for (guint i = 0; i < HV_PROFILE_VIEWS; i++)
    if (strcmp(key, view_keys[i]) == 0) {
      *view = (HvProfileView)i;
      return TRUE;
    }
  return FALSE;
}

/* ---- names ---- */

/* What a place is called when nothing is known but where it is. */
static const char *place_name(HvProfile *profile, char *const *objects, int object,
                              guint64 address) {
  g_autofree char *base = object < 0 ? NULL : g_path_get_basename(objects[object]);
  g_autofree char *text = g_strdup_printf("%s%s0x%" G_GINT64_MODIFIER "x", base == NULL ? "" : base,
                                          base == NULL ? "" : "+", address);
  return g_string_chunk_insert_const(profile->texts, text);
}

/* Adds the functions at a return address: the call is before it. */
static void add_frames(HvProfile *profile, HvSymbols *symbols, char *const *objects, GArray *frames,
                       const struct alloc_call_frame_record *record) {
  HvProfileFrame frame = {.address = record->address, .object = (int)record->object - 1};
  if (frame.object < 0) {
    frame.function = place_name(profile, objects, -1, record->address);
    g_array_append_val(frames, frame);
    return;
  }
  guint64 at = record->address - hv_frame_objects(profile->frame, NULL)[frame.object].bias;
  const GArray *found = hv_symbols_resolve(symbols, objects[frame.object], at - 1);
  for (guint i = 0; i < found->len; i++) {
    const HvSymbolFrame *symbol = &g_array_index(found, HvSymbolFrame, i);
    frame.function = symbol->function != NULL ? symbol->function
                                              : place_name(profile, objects, frame.object, at);
    frame.file = symbol->file;
    frame.line = symbol->line;
    frame.inlined = symbol->inlined;
    g_array_append_val(frames, frame);
  }
}

static void site_free(gpointer data) {
  HvProfileSite *site = data;
  g_array_unref(site->frames);
  g_free(site);
}

static void add_sites(HvProfile *profile, HvSymbols *symbols) {
  guint call_count = 0, object_count = 0;
  const struct alloc_call_record *calls = hv_frame_calls(profile->frame, &call_count);
  const struct alloc_call_frame_record *frames = hv_frame_call_frames(profile->frame, NULL);
  hv_frame_objects(profile->frame, &object_count);
  g_auto(GStrv) objects = g_new0(char *, object_count + 1u);
  for (guint i = 0; i < object_count; i++)
    objects[i] = hv_frame_object_name(profile->frame, i);
  for (guint i = 0; i < call_count; i++) {
    HvProfileSite *site = g_new0(HvProfileSite, 1);
    site->call = i;
    site->sums[HV_PROFILE_LIVE] = calls[i].live;
    site->sums[HV_PROFILE_ALLOCATED] = calls[i].allocated;
    site->sums[HV_PROFILE_PEAK] = calls[i].peak;
    site->frames = g_array_new(FALSE, FALSE, sizeof(HvProfileFrame));
    for (guint f = 0; f < calls[i].frames; f++)
      add_frames(profile, symbols, objects, site->frames, &frames[calls[i].first_frame + f]);
    g_ptr_array_add(profile->sites, site);
  }
}

char *hv_profile_frame_text(const HvProfileFrame *frame) {
  if (frame->file == NULL)
    return g_strdup(frame->function);
  if (frame->line == 0)
    return g_strdup_printf("%s  %s", frame->function, frame->file);
  return g_strdup_printf("%s  %s:%u", frame->function, frame->file, frame->line);
}

const HvProfileFrame *hv_profile_site_frame(const HvProfileSite *site, guint *index) {
  guint i = 0;
  while (i < site->frames->len && g_array_index(site->frames, HvProfileFrame, i).line == 0)
    i++;
  if (i == site->frames->len)
    i = 0;
  if (index != NULL)
    *index = i;
  return &g_array_index(site->frames, HvProfileFrame, i);
}

char *hv_profile_frame_label(const HvProfileFrame *frame) {
  g_autofree char *function = hv_format_name(frame->function);
  g_autofree char *base = frame->file == NULL ? NULL : g_path_get_basename(frame->file);
  return base == NULL ? g_steal_pointer(&function)
                      : g_strdup_printf("%s (%s:%u)", function, base, frame->line);
}

char *hv_profile_site_callers(const HvProfileSite *site, guint index) {
  GString *text = g_string_new(NULL);
  for (guint i = index + 1; i < site->frames->len; i++) {
    g_autofree char *function =
        g_utf8_make_valid(g_array_index(site->frames, HvProfileFrame, i).function, -1);
    g_string_append_printf(text, "%s%s", text->len > 0 ? " ← " : "", function);
  }
  return g_string_free(text, FALSE);
}

gboolean hv_profile_runs(HvFrame *frame) {
  const struct alloc_profile_record *record = hv_frame_profile(frame);
  return record != NULL && record->ended_ns == 0;
}

/* ---- life ---- */

HvProfile *hv_profile_new(HvFrame *frame, HvSymbols *symbols) {
  if (hv_frame_profile(frame) == NULL)
    return NULL;
  HvProfile *profile = g_new0(HvProfile, 1);
  g_atomic_ref_count_init(&profile->references);
  profile->frame = hv_frame_ref(frame);
  profile->sites = g_ptr_array_new_with_free_func(site_free);
  profile->texts = g_string_chunk_new(1024);
  add_sites(profile, symbols);
  return profile;
}

HvProfile *hv_profile_ref(HvProfile *profile) {
  g_atomic_ref_count_inc(&profile->references);
  return profile;
}

void hv_profile_unref(HvProfile *profile) {
  if (!g_atomic_ref_count_dec(&profile->references))
    return;
  g_ptr_array_unref(profile->sites);
  g_string_chunk_free(profile->texts);
  hv_frame_unref(profile->frame);
  g_free(profile);
}

/* ---- what it says ---- */

HvFrame *hv_profile_frame(HvProfile *profile) {
  return profile->frame;
}

const struct alloc_profile_record *hv_profile_record(HvProfile *profile) {
  return hv_frame_profile(profile->frame);
}

const struct alloc_profile_sums *hv_profile_total(HvProfile *profile, HvProfileView view) {
  const struct alloc_profile_record *record = hv_profile_record(profile);
  return view == HV_PROFILE_LIVE        ? &record->live
         : view == HV_PROFILE_ALLOCATED ? &record->allocated
                                        : &record->peak;
}

const GPtrArray *hv_profile_sites(HvProfile *profile) {
  return profile->sites;
}

static int by_bytes(gconstpointer a, gconstpointer b, gpointer data) {
  const HvProfileSite *left = *(const HvProfileSite *const *)a;
  const HvProfileSite *right = *(const HvProfileSite *const *)b;
  HvProfileView view = (HvProfileView)GPOINTER_TO_INT(data);
  if (left->sums[view].bytes != right->sums[view].bytes)
    return left->sums[view].bytes > right->sums[view].bytes ? -1 : 1;
  return left->call < right->call ? -1 : left->call > right->call;
}

GPtrArray *hv_profile_ranked(HvProfile *profile, HvProfileView view) {
  GPtrArray *ranked = g_ptr_array_new();
  for (guint i = 0; i < profile->sites->len; i++) {
    HvProfileSite *site = g_ptr_array_index(profile->sites, i);
    if (site->sums[view].samples != 0)
      g_ptr_array_add(ranked, site);
  }
  g_ptr_array_sort_with_data(ranked, by_bytes, GINT_TO_POINTER((int)view));
  return ranked;
}

guint64 hv_profile_error(const struct alloc_profile_sums *sums) {
  return sums->samples == 0 ? 0 : (guint64)((double)sums->bytes / sqrt((double)sums->samples));
}

GString *hv_profile_collapsed(HvProfile *profile, HvProfileView view) {
  GString *text = g_string_new(NULL);
  g_autoptr(GPtrArray) ranked = hv_profile_ranked(profile, view);
  for (guint i = 0; i < ranked->len; i++) {
    const HvProfileSite *site = g_ptr_array_index(ranked, i);
    for (guint f = site->frames->len; f > 0; f--) {
      const char *c = g_array_index(site->frames, HvProfileFrame, f - 1).function;
      /* Separators of the format, and what would end a line. */
      for (; *c != '\0'; c++)
        g_string_append_c(text, *c == ';' ? ':' : (guchar)*c < ' ' ? '?' : *c);
      g_string_append_c(text, f > 1 ? ';' : ' ');
    }
    g_string_append_printf(text, "%" G_GUINT64_FORMAT "\n", site->sums[view].bytes);
  }
  return text;
}
