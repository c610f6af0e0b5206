/* SPDX-License-Identifier: MIT */
#include "viewer/model/holders.h"

#include <glib/gi18n.h>
#include <math.h>

#include "viewer/model/units.h"

enum { TOLD = 3 }; /* call stacks */

typedef struct {
  guint64 samples;
  double blocks;
  double held;
} Sum;

/* What is at an address: FALSE when nothing is that blocks are in. */
static gboolean place_of(HvFrame *frame, guint64 address, HvFacts *facts) {
  int span = hv_frame_find_span(frame, address);
  if (span >= 0) {
    hv_facts_of_span(frame, (guint)span, facts);
    return TRUE;
  }
  int region = hv_frame_find_region(frame, address);
  if (region < 0)
    return FALSE;
  hv_facts_of_region(frame, (guint)region, facts);
  return TRUE;
}

/* What one of the live blocks of a place holds. */
static double share_of(const HvFacts *facts) {
  guint64 held = hv_facts_has(facts, HV_FIELD_HELD) ? facts->value[HV_FIELD_HELD]
                                                    : facts->value[HV_FIELD_SIZE];
  guint64 blocks = hv_facts_has(facts, HV_FIELD_BLOCKS) ? facts->value[HV_FIELD_BLOCKS] : 1;
  return (double)held / (double)MAX(blocks, 1);
}

static int by_held(gconstpointer a, gconstpointer b) {
  const HvHolder *left = a;
  const HvHolder *right = b;
  if (left->held_bytes != right->held_bytes)
    return left->held_bytes > right->held_bytes ? -1 : 1;
  return left->site->call < right->site->call ? -1 : left->site->call > right->site->call;
}

GArray *hv_holders_new(HvProfile *profile, HvQuery *query) {
  HvFrame *frame = hv_profile_frame(profile);
  const GPtrArray *sites = hv_profile_sites(profile);
  const double mean = (double)hv_profile_record(profile)->mean_bytes;
  guint count = 0;
  const struct alloc_sample_record *samples = hv_frame_samples(frame, &count);
  GArray *holders = g_array_new(FALSE, FALSE, sizeof(HvHolder));
  g_autofree Sum *sums = g_new0(Sum, sites->len + 1u);
  for (guint i = 0; i < count; i++) {
    HvFacts facts;
    if (!place_of(frame, samples[i].address, &facts) ||
        (query != NULL && !hv_query_matches(query, &facts)))
      continue;
    Sum *sum = &sums[samples[i].call];
    double weight = -1 / expm1(-(double)samples[i].bytes / mean);
    sum->samples++;
    sum->blocks += weight;
    sum->held += weight * share_of(&facts);
  }
  for (guint i = 0; i < sites->len; i++) {
    const HvHolder holder = {g_ptr_array_index(sites, i), sums[i].samples,
                             (guint64)(sums[i].blocks + 0.5), (guint64)(sums[i].held + 0.5)};
    if (holder.samples != 0)
      g_array_append_val(holders, holder);
  }
  g_array_sort(holders, by_held);
  return holders;
}

GArray *hv_holders_of(HvProfile *profile, const char *text) {
  guint position = 0;
  g_autoptr(HvQuery) query = text == NULL ? NULL : hv_query_parse(text, &position, NULL);
  return query == NULL ? g_array_new(FALSE, FALSE, sizeof(HvHolder))
                       : hv_holders_new(profile, query);
}

char *hv_holder_text(const HvHolder *holder) {
  g_autofree char *label = hv_profile_frame_label(hv_profile_site_frame(holder->site, NULL));
  g_autofree char *blocks = hv_format_count(holder->blocks);
  g_autofree char *held = hv_format_bytes((gint64)holder->held_bytes);
  return g_strdup_printf(
      ngettext("%s by about %s block of %s", "%s by about %s blocks of %s", holder->blocks), held,
      blocks, label);
}

char *hv_holders_tell(HvProfile *profile, const char *query) {
  g_autoptr(GArray) holders = hv_holders_of(profile, query);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < MIN(holders->len, TOLD); i++) {
    g_autofree char *holder = hv_holder_text(&g_array_index(holders, HvHolder, i));
    g_string_append_printf(text, "%s%s", i == 0 ? "" : "\n", holder);
  }
  return text->len == 0 ? NULL : g_strdup(text->str);
}
