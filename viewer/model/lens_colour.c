/* SPDX-License-Identifier: MIT */
/* What each lens shows: names, colours of spans and regions, legends. */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "viewer/model/error.h"
#include "viewer/model/frame_private.h"
#include "viewer/model/hit.h"
#include "viewer/model/lens_private.h"
#include "viewer/model/units.h"

enum {
  CLASSES_A_FAMILY = 8,
};

static const struct {
  const char *key;
  const char *name;
  const char *explanation;
} lenses[HV_LENSES] = {
    [HV_LENS_STATE] = {"state", NC_("lens", "State"), N_("What each byte of the heap is.")},
    [HV_LENS_FILL] = {"fill", NC_("lens", "Fill"), N_("How many blocks of each span are live.")},
    [HV_LENS_CLASS] = {"class", NC_("lens", "Size class"),
                       N_("Which size of blocks each span is for.")},
    [HV_LENS_OWNER] = {"owner", NC_("lens", "Thread"),
                       N_("Which thread owns each span, or made each large block or region.")},
    [HV_LENS_AGE] = {"age", NC_("lens", "Age"), N_("How long each span has not changed.")},
    [HV_LENS_CHURN] = {"churn", NC_("lens", "Churn"),
                       N_("How many bytes of each span change a second.")},
    [HV_LENS_RESIDENCY] = {"residency", NC_("lens", "Residency"), N_("Which pages are in memory.")},
    [HV_LENS_DIFF] = {"diff", NC_("lens", "Difference"),
                      N_("Where there is more or less live than at mark A.")},
};

const char *hv_lens_name(HvLensKind kind) {
  return g_dpgettext2(NULL, "lens", lenses[kind].name);
}

const char *hv_lens_title(HvLens *lens) {
  if (lens->kind != HV_LENS_DIFF || lens->before == NULL)
    return hv_lens_name(lens->kind);
  return lens->after == NULL ? _("Difference, A → now") : _("Difference, A → B");
}

const char *hv_lens_key(HvLensKind kind) {
  return lenses[kind].key;
}

const char *hv_lens_explanation(HvLensKind kind) {
  return _(lenses[kind].explanation);
}

gboolean hv_lens_parse(const char *key, HvLensKind *kind, GError **error) {
  for (guint i = 0; i < HV_LENSES; i++) {
    if (strcmp(key, lenses[i].key) == 0) {
      *kind = (HvLensKind)i;
      return TRUE;
    }
  }
  g_autoptr(GString) keys = g_string_new(NULL);
  for (guint i = 0; i < HV_LENSES; i++)
    g_string_append_printf(keys, "%s%s",
                           i == 0               ? ""
                           : i == HV_LENSES - 1 ? _(" or ")
                                                : ", ",
                           lenses[i].key);
  g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT, _("there is no lens \"%s\": it is %s"), key,
              keys->str);
  return FALSE;
}

/* ---- values ---- */

/* Where @value lies between @low and @high by its logarithm, 0..1000. */
static guint64 log_position(double value, double low, double high) {
  if (value <= low)
    return 0;
  return (guint64)(MIN(log(value / low) / log(high / low), 1) * 1000);
}

/* A tenth of a second to an hour; just now is 1000. */
static guint32 age_colour(HvLens *lens, guint64 ns) {
  return hv_palette_ramp(lens->palette->age, 1000 - log_position((double)ns / 1e9, 0.1, 3600),
                         1000);
}

/* 1 KiB to 64 MiB a second. */
static guint32 churn_colour(HvLens *lens, guint64 bytes) {
  return hv_palette_ramp(lens->palette->churn,
                         log_position((double)bytes, 1024, 64.0 * 1024 * 1024), 1000);
}

static guint32 class_colour(HvLens *lens, guint class) {
  guint family = (class - 1) / CLASSES_A_FAMILY % HV_FAMILIES;
  return hv_palette_shade(lens->palette->family[family], (class - 1) % CLASSES_A_FAMILY,
                          CLASSES_A_FAMILY);
}

static guint32 owner_colour(HvLens *lens, const HvOwnerColours *owners, guint32 owner) {
  if (owner == 0)
    return lens->palette->quiet;
  for (guint i = 0; i < owners->owner_count; i++)
    if (owners->owner[i] == owner)
      return lens->palette->family[i];
  return lens->palette->others;
}

guint32 hv_lens_span_colour(HvLens *lens, const HvOwnerColours *owners, guint index) {
  const HvSpan *span = &lens->frame->spans[index];
  switch (lens->kind) {
  case HV_LENS_FILL:
    return hv_palette_ramp(lens->palette->fill, span->live, span->capacity);
  case HV_LENS_CLASS:
    return span->kind == ALLOC_SPAN_LARGE ? lens->palette->others
                                          : class_colour(lens, span->size_class);
  case HV_LENS_OWNER:
    return owner_colour(lens, owners, span->owner);
  case HV_LENS_AGE:
    return lens->activity == NULL ? lens->palette->quiet
                                  : age_colour(lens, hv_activity_age_ns(lens->activity, index));
  case HV_LENS_CHURN:
    return lens->activity == NULL
               ? lens->palette->quiet
               : churn_colour(lens, hv_activity_churn_bytes(lens->activity, index));
  default:
    return lens->palette->quiet;
  }
}

guint32 hv_lens_region_colour(HvLens *lens, const HvOwnerColours *owners, guint index) {
  if (hv_region_is_spare(&lens->frame->regions[index]))
    return lens->palette->quiet;
  switch (lens->kind) {
  case HV_LENS_FILL:
    return hv_palette_ramp(lens->palette->fill, 1, 1);
  case HV_LENS_CLASS:
    return lens->palette->others;
  case HV_LENS_OWNER:
    return owner_colour(lens, owners, lens->frame->regions[index].owner);
  default:
    return lens->palette->quiet;
  }
}

/* ---- legends ---- */

/* Takes @text. */
static void add_entry(HvLens *lens, guint32 colour, char *text) {
  HvLegendEntry entry = {colour, text};
  g_array_append_val(lens->legend, entry);
}

static void describe_fill(HvLens *lens) {
  for (guint i = 0; i <= 4; i++)
    add_entry(lens, hv_palette_ramp(lens->palette->fill, i, 4),
              i == 0   ? g_strdup(_("empty"))
              : i == 4 ? g_strdup(_("full"))
                       : g_strdup_printf("%u %%", i * 25));
}

/* One entry for each family that occurs. */
static void describe_classes(HvLens *lens) {
  HvFrame *frame = lens->frame;
  gboolean occurs[HV_FAMILIES] = {FALSE};
  gboolean others = FALSE;
  for (guint i = 0; i < frame->region_count && !others; i++)
    others = !hv_region_is_spare(&frame->regions[i]);
  for (guint i = 0; i < frame->span_count; i++) {
    if (frame->spans[i].kind == ALLOC_SPAN_LARGE)
      others = TRUE;
    else
      occurs[(frame->spans[i].size_class - 1) / CLASSES_A_FAMILY % HV_FAMILIES] = TRUE;
  }
  for (guint family = 0; family < HV_FAMILIES; family++) {
    guint first = family * CLASSES_A_FAMILY + 1;
    guint last = MIN(first + CLASSES_A_FAMILY, frame->class_count) - 1;
    if (!occurs[family] || first >= frame->class_count)
      continue;
    g_autofree char *low = hv_format_bytes((gint64)frame->classes[first].block_bytes);
    g_autofree char *high = hv_format_bytes((gint64)frame->classes[last].block_bytes);
    add_entry(lens, lens->palette->family[family], g_strdup_printf("%s – %s", low, high));
  }
  if (others)
    add_entry(lens, lens->palette->others, g_strdup(_("large and mmapped")));
}

typedef struct {
  guint32 owner;
  guint64 bytes;
} OwnerBytes;

static gint compare_owners(gconstpointer a, gconstpointer b) {
  const OwnerBytes *left = a;
  const OwnerBytes *right = b;
  if (left->bytes != right->bytes)
    return left->bytes > right->bytes ? -1 : 1;
  return left->owner < right->owner ? -1 : left->owner > right->owner;
}

static void count_owner(GHashTable *index, GArray *sums, guint32 owner, guint64 bytes) {
  gpointer found = NULL;
  if (owner == 0)
    return;
  if (!g_hash_table_lookup_extended(index, GUINT_TO_POINTER(owner), NULL, &found)) {
    OwnerBytes sum = {owner, 0};
    found = GUINT_TO_POINTER(sums->len);
    g_hash_table_insert(index, GUINT_TO_POINTER(owner), found);
    g_array_append_val(sums, sum);
  }
  g_array_index(sums, OwnerBytes, GPOINTER_TO_UINT(found)).bytes += bytes;
}

/* Owners with the most bytes get the families; the number of an owner never changes its rank
 * between equal ones, so that colours stay. */
static void describe_owners(HvLens *lens, HvOwnerColours *owners) {
  HvFrame *frame = lens->frame;
  g_autoptr(GHashTable) index = g_hash_table_new(NULL, NULL);
  g_autoptr(GArray) sums = g_array_new(FALSE, FALSE, sizeof(OwnerBytes));
  for (guint i = 0; i < frame->span_count; i++)
    count_owner(index, sums, frame->spans[i].owner, hv_frame_span_bytes(frame, i));
  for (guint i = 0; i < frame->region_count; i++)
    count_owner(index, sums, frame->regions[i].owner, frame->regions[i].mapped_bytes);
  g_array_sort(sums, compare_owners);
  for (guint i = 0; i < MIN(sums->len, HV_FAMILIES); i++) {
    guint32 owner = g_array_index(sums, OwnerBytes, i).owner;
    const struct alloc_cache_record *cache = hv_frame_find_cache(frame, owner);
    owners->owner[owners->owner_count++] = owner;
    add_entry(lens, lens->palette->family[i],
              cache == NULL ? g_strdup_printf(_("cache %u"), owner) : hv_cache_describe(cache));
  }
  if (sums->len > HV_FAMILIES)
    add_entry(lens, lens->palette->others,
              g_strdup_printf(ngettext("%u others", "%u others", sums->len - HV_FAMILIES),
                              sums->len - HV_FAMILIES));
}

static void describe_activity(HvLens *lens) {
  static const struct {
    guint64 ns;
    const char *text;
  } ages[] = {{100000000, N_("just now")},
              {G_GUINT64_CONSTANT(1000000000), "1 s"},
              {G_GUINT64_CONSTANT(10000000000), "10 s"},
              {G_GUINT64_CONSTANT(60000000000), "1 min"},
              {G_GUINT64_CONSTANT(600000000000), "10 min"},
              {G_GUINT64_CONSTANT(3600000000000), N_("1 h and longer")}};
  static const struct {
    guint64 bytes;
    const char *text;
  } churns[] = {{0, N_("still")},
                {32 << 10, "32 KiB/s"},
                {1 << 20, "1 MiB/s"},
                {8 << 20, "8 MiB/s"},
                {64 << 20, N_("64 MiB/s and more")}};
  if (lens->activity == NULL || hv_activity_known_ns(lens->activity) == 0)
    lens->note = _("One frame does not tell what changes: watch a process, or open a recording.");
  if (lens->kind == HV_LENS_AGE)
    for (guint i = 0; i < G_N_ELEMENTS(ages); i++)
      add_entry(lens, age_colour(lens, ages[i].ns), g_strdup(_(ages[i].text)));
  else
    for (guint i = 0; i < G_N_ELEMENTS(churns); i++)
      add_entry(lens, churn_colour(lens, churns[i].bytes), g_strdup(_(churns[i].text)));
}

static void describe_residency(HvLens *lens) {
  add_entry(lens, lens->palette->state[HV_STATE_LIVE], g_strdup(_("in memory")));
  add_entry(lens, lens->palette->state[HV_STATE_CACHED], g_strdup(_("in swap")));
  add_entry(lens, lens->palette->quiet, g_strdup(_("not resident")));
  if (!hv_pages_is_exact(lens->pages))
    lens->note = _("By the allocator's account: the kernel was not asked.");
}

static void describe_diff(HvLens *lens) {
  const char *const texts[] = {_("less live"), "", _("as before"), "", _("more live")};
  if (lens->before == NULL)
    lens->note = _("Nothing to compare with: set mark A first.");
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
    add_entry(lens, hv_palette_ramp(lens->palette->diff, i, 4), g_strdup(texts[i]));
}

void hv_lens_describe(HvLens *lens, HvOwnerColours *owners) {
  switch (lens->kind) {
  case HV_LENS_FILL:
    describe_fill(lens);
    break;
  case HV_LENS_CLASS:
    describe_classes(lens);
    break;
  case HV_LENS_OWNER:
    describe_owners(lens, owners);
    break;
  case HV_LENS_AGE:
  case HV_LENS_CHURN:
    describe_activity(lens);
    break;
  case HV_LENS_RESIDENCY:
    describe_residency(lens);
    return;
  default:
    describe_diff(lens);
    break;
  }
  add_entry(lens, lens->palette->quiet, g_strdup(_("not in a span")));
}
