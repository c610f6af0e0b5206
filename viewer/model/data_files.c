/* SPDX-License-Identifier: MIT */
/* See data_files.h. */
#include "viewer/model/data_files.h"

#include <string.h>

#include "viewer/model/data_table.h"
#include "viewer/model/holders.h"
#include "viewer/model/json_parts.h"
#include "viewer/model/trim.h"
#include "viewer/model/units.h"

static const char *ledger_basis(HvLedger *ledger) {
  return hv_ledger_is_nominal(ledger) ? "address space" : "resident";
}

/* ---- ledger ---- */

static void add_signed(HvDataTable *table, gint64 number) {
  g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, number);
  hv_data_table_add_number(table, text);
}

static void add_ledger_rows(HvDataTable *table, const HvLedgerRow *rows, guint count,
                            const char *basis) {
  for (guint i = 0; i < count; i++) {
    hv_data_table_add_text(table, rows[i].key);
    hv_data_table_add_text(table, basis);
    add_signed(table, rows[i].bytes);
    hv_data_table_add_count(table, rows[i].nominal_bytes);
    hv_data_table_add_count(table, rows[i].estimated ? 1 : 0);
  }
}

char *hv_ledger_dup_data(HvLedger *ledger, gboolean as_json) {
  static const char *const titles[] = {"row", "basis", "bytes", "nominal_bytes", "estimated", NULL};
  HvDataTable *table = hv_data_table_new(titles, as_json);
  guint count = 0;
  const HvLedgerRow *rows = hv_ledger_rows(ledger, &count);
  add_ledger_rows(table, rows, count, ledger_basis(ledger));
  rows = hv_ledger_virtual_rows(ledger, &count);
  add_ledger_rows(table, rows, count, "not resident");
  const HvLedgerRow *huge = hv_ledger_huge_row(ledger);
  add_ledger_rows(table, huge, huge != NULL, "in other rows");
  return hv_data_table_end(table);
}

/* ---- reasons ---- */

static char *reasons_csv(HvReasons *reasons) {
  static const char *const titles[] = {"reason", "bytes",  "block_bytes", "can_trim", "query",
                                       "title",  "detail", "action",      NULL};
  HvDataTable *table = hv_data_table_new(titles, FALSE);
  for (guint i = 0; i < hv_reasons_count(reasons); i++) {
    const HvReason *reason = hv_reasons_get_plain(reasons, i);
    hv_data_table_add_text(table, hv_reason_key(reason->kind));
    add_signed(table, reason->bytes);
    if (reason->block_bytes != 0)
      hv_data_table_add_count(table, reason->block_bytes);
    else
      hv_data_table_add_number(table, "");
    hv_data_table_add_count(table, reason->can_trim ? 1 : 0);
    hv_data_table_add_text(table, reason->query == NULL ? "" : reason->query);
    hv_data_table_add_text(table, reason->title);
    hv_data_table_add_text(table, reason->detail);
    hv_data_table_add_text(table, reason->action);
  }
  return hv_data_table_end(table);
}

static void add_functions(JsonBuilder *builder, const HvProfileSite *site) {
  json_builder_set_member_name(builder, "functions");
  json_builder_begin_array(builder);
  for (guint i = 0; i < site->frames->len; i++) {
    g_autofree char *function =
        g_utf8_make_valid(g_array_index(site->frames, HvProfileFrame, i).function, -1);
    json_builder_add_string_value(builder, function);
  }
  json_builder_end_array(builder);
}

static void add_holders(JsonBuilder *builder, HvProfile *profile, const char *query) {
  g_autoptr(GArray) holders = hv_holders_of(profile, query);
  json_builder_set_member_name(builder, "held_by");
  json_builder_begin_array(builder);
  for (guint i = 0; i < holders->len; i++) {
    const HvHolder *holder = &g_array_index(holders, HvHolder, i);
    json_builder_begin_object(builder);
    json_add_number(builder, "held_bytes", holder->held_bytes);
    json_add_number(builder, "blocks", holder->blocks);
    json_add_number(builder, "samples", holder->samples);
    add_functions(builder, holder->site);
    json_builder_end_object(builder);
  }
  json_builder_end_array(builder);
}

static void add_reason(JsonBuilder *builder, const HvReason *reason, HvProfile *profile) {
  json_builder_begin_object(builder);
  json_add_text(builder, "reason", hv_reason_key(reason->kind));
  json_add_number(builder, "bytes", (guint64)reason->bytes);
  if (reason->block_bytes != 0)
    json_add_number(builder, "block_bytes", reason->block_bytes);
  json_add_text(builder, "title", reason->title);
  json_add_text(builder, "detail", reason->detail);
  json_add_text(builder, "action", reason->action);
  json_builder_set_member_name(builder, "can_trim");
  json_builder_add_boolean_value(builder, reason->can_trim);
  json_add_text_or_null(builder, "query", reason->query);
  if (profile != NULL)
    add_holders(builder, profile, reason->query);
  json_builder_end_object(builder);
}

char *hv_reasons_dup_data(HvReasons *reasons, HvFrame *frame, HvLedger *ledger, HvProfile *profile,
                          gboolean as_json) {
  if (!as_json)
    return reasons_csv(reasons);
  g_autoptr(JsonBuilder) builder = json_builder_new();
  json_builder_begin_object(builder);
  json_add_number(builder, "pid", hv_frame_header(frame)->pid);
  json_add_text(builder, "command", hv_frame_process_name(frame));
  json_add_text(builder, "basis", ledger_basis(ledger));
  json_add_number(builder, "total_bytes", hv_reasons_total_bytes(reasons));
  if (!hv_ledger_is_nominal(ledger)) {
    gboolean exact = TRUE;
    json_add_number(builder, "trim_bytes", hv_trim_bytes(frame, reasons, &exact));
    json_builder_set_member_name(builder, "trim_is_exact");
    json_builder_add_boolean_value(builder, exact);
  }
  json_builder_set_member_name(builder, "reasons");
  json_builder_begin_array(builder);
  for (guint i = 0; i < hv_reasons_count(reasons); i++)
    add_reason(builder, hv_reasons_get_plain(reasons, i), profile);
  json_builder_end_array(builder);
  json_builder_end_object(builder);
  return json_end(builder);
}

/* ---- release curve ---- */

static char *curve_csv(const HvReleasePoint *points, guint count) {
  static const char *const titles[] = {"blocks", "bytes", NULL};
  HvDataTable *table = hv_data_table_new(titles, FALSE);
  for (guint i = 0; i < count; i++) {
    hv_data_table_add_count(table, points[i].blocks);
    hv_data_table_add_count(table, points[i].bytes);
  }
  return hv_data_table_end(table);
}

static void add_decile_classes(JsonBuilder *builder, HvRelease *release, guint index) {
  guint count = 0;
  const HvDecileClass *classes = hv_release_decile_classes(release, index, &count);
  json_builder_set_member_name(builder, "classes");
  json_builder_begin_array(builder);
  for (guint i = 0; i < count; i++) {
    json_builder_begin_object(builder);
    json_add_number(builder, "block_bytes", classes[i].block_bytes);
    json_add_number(builder, "live_bytes", classes[i].live_bytes);
    json_add_number(builder, "held_bytes", classes[i].held_bytes);
    json_builder_end_object(builder);
  }
  json_builder_end_array(builder);
}

static void add_deciles(JsonBuilder *builder, HvRelease *release) {
  const HvDecile *deciles = hv_release_deciles(release);
  json_builder_set_member_name(builder, "fill_deciles");
  json_builder_begin_array(builder);
  for (guint i = 0; i < HV_RELEASE_DECILES; i++) {
    json_builder_begin_object(builder);
    json_add_number(builder, "spans", deciles[i].spans);
    json_add_number(builder, "live_bytes", deciles[i].live_bytes);
    json_add_number(builder, "held_bytes", deciles[i].held_bytes);
    add_decile_classes(builder, release, i);
    json_builder_end_object(builder);
  }
  json_builder_end_array(builder);
}

char *hv_release_dup_data(HvRelease *release, gboolean as_json) {
  guint count = 0;
  const HvReleasePoint *points = hv_release_points(release, &count);
  if (!as_json)
    return curve_csv(points, count);
  g_autoptr(JsonBuilder) builder = json_builder_new();
  json_builder_begin_object(builder);
  json_add_number(builder, "blocks", hv_release_blocks(release));
  json_add_number(builder, "bytes", hv_release_bytes(release));
  json_add_number(builder, "live_bytes", hv_release_live_bytes(release));
  json_builder_set_member_name(builder, "curve");
  json_builder_begin_array(builder);
  for (guint i = 0; i < count; i++) {
    json_builder_begin_object(builder);
    json_add_number(builder, "blocks", points[i].blocks);
    json_add_number(builder, "bytes", points[i].bytes);
    json_builder_end_object(builder);
  }
  json_builder_end_array(builder);
  add_deciles(builder, release);
  json_builder_end_object(builder);
  return json_end(builder);
}

/* ---- changes ---- */

static const char *const change_keys[HV_CHANGES_LISTS] = {"born", "classes", "ledger"};

const char *hv_changes_key(HvChangesList which) {
  return change_keys[which];
}

gboolean hv_changes_parse(const char *key, HvChangesList *which) {
  for (guint i = 0; i < HV_CHANGES_LISTS; i++) {
    if (strcmp(key, change_keys[i]) == 0) {
      *which = (HvChangesList)i;
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean is_of_class(guint size_class) {
  return size_class != HV_COMPARE_LARGE && size_class != HV_COMPARE_REGIONS;
}

/* @small: what it is of a size class. */
static const char *class_kind(guint size_class, const char *small) {
  return size_class == HV_COMPARE_LARGE     ? "large"
         : size_class == HV_COMPARE_REGIONS ? "region"
                                            : small;
}

static char *born_data(HvCompare *compare, HvFrame *after, guint limit, gboolean as_json) {
  static const char *const titles[] = {"address", "size", "kind", "alone", "thread", "name", NULL};
  HvDataTable *table = hv_data_table_new(titles, as_json);
  guint count = 0;
  const HvBorn *born = hv_compare_born(compare, &count);
  for (guint i = 0; i < MIN(count, limit); i++) {
    const struct alloc_cache_record *cache = hv_frame_find_cache(after, born[i].owner);
    gboolean is_small = is_of_class(born[i].size_class);
    g_autofree char *address = hv_format_address(born[i].address);
    g_autofree char *name = cache == NULL ? g_strdup("") : g_utf8_make_valid(cache->name, -1);
    hv_data_table_add_text(table, address);
    hv_data_table_add_count(table, born[i].bytes);
    hv_data_table_add_text(table, class_kind(born[i].size_class, "block"));
    hv_data_table_add_count(table, born[i].is_alone && is_small);
    if (cache != NULL)
      hv_data_table_add_count(table, cache->thread);
    else
      hv_data_table_add_number(table, "");
    hv_data_table_add_text(table, name);
  }
  return hv_data_table_end(table);
}

static char *classes_data(HvCompare *compare, gboolean as_json) {
  static const char *const titles[] = {"kind",        "class",      "live_bytes",  "live_blocks",
                                       "spans",       "born_bytes", "born_blocks", "gone_bytes",
                                       "gone_blocks", NULL};
  HvDataTable *table = hv_data_table_new(titles, as_json);
  guint count = 0;
  const HvClassChange *classes = hv_compare_classes(compare, &count);
  for (guint i = 0; i < count; i++) {
    hv_data_table_add_text(table, class_kind(classes[i].size_class, "class"));
    if (is_of_class(classes[i].size_class))
      hv_data_table_add_count(table, classes[i].block_bytes);
    else
      hv_data_table_add_number(table, "");
    add_signed(table, classes[i].live_bytes);
    add_signed(table, classes[i].live_blocks);
    add_signed(table, classes[i].spans);
    hv_data_table_add_count(table, classes[i].born_bytes);
    hv_data_table_add_count(table, classes[i].born_blocks);
    hv_data_table_add_count(table, classes[i].gone_bytes);
    hv_data_table_add_count(table, classes[i].gone_blocks);
  }
  return hv_data_table_end(table);
}

static void add_ledger_change(HvDataTable *table, const char *key, gint64 before, gint64 after) {
  hv_data_table_add_text(table, key);
  add_signed(table, before);
  add_signed(table, after);
  add_signed(table, after - before);
}

/* All rows of both, those of @after first, and the total: they add up in each column. */
static char *ledger_data(HvLedger *before, HvLedger *after, gboolean as_json) {
  static const char *const titles[] = {"row", "a", "b", "change", NULL};
  HvDataTable *table = hv_data_table_new(titles, as_json);
  g_autoptr(GArray) pairs = hv_ledger_pairs(before, after);
  for (guint i = 0; i < pairs->len; i++) {
    const HvLedgerPair *pair = &g_array_index(pairs, HvLedgerPair, i);
    add_ledger_change(table, pair->row->key, pair->before, pair->after);
  }
  add_ledger_change(table, "total", (gint64)hv_ledger_total_bytes(before),
                    (gint64)hv_ledger_total_bytes(after));
  return hv_data_table_end(table);
}

char *hv_changes_dup_data(const HvCompared *compared, HvChangesList which, guint limit,
                          gboolean as_json) {
  switch (which) {
  case HV_CHANGES_BORN:
    return born_data(compared->compare, compared->after, limit, as_json);
  case HV_CHANGES_CLASSES:
    return classes_data(compared->compare, as_json);
  case HV_CHANGES_LEDGER:
    return ledger_data(compared->ledger_before, compared->ledger_after, as_json);
  case HV_CHANGES_LISTS:
    break;
  }
  g_return_val_if_reached(NULL);
}

/* ---- profile ---- */

static void add_sums(JsonBuilder *builder, const char *name,
                     const struct alloc_profile_sums *sums) {
  json_builder_set_member_name(builder, name);
  json_builder_begin_object(builder);
  json_add_number(builder, "samples", sums->samples);
  json_add_number(builder, "blocks", sums->blocks);
  json_add_number(builder, "bytes", sums->bytes);
  json_add_number(builder, "error_bytes", hv_profile_error(sums));
  json_builder_end_object(builder);
}

static void add_frame(JsonBuilder *builder, HvProfile *profile, const HvProfileFrame *frame) {
  g_autofree char *address = hv_format_address(frame->address);
  g_autofree char *object =
      frame->object < 0 ? NULL
                        : hv_frame_object_name(hv_profile_frame(profile), (guint)frame->object);
  json_builder_begin_object(builder);
  json_add_text(builder, "function", frame->function);
  json_add_text(builder, "file", frame->file);
  if (frame->line != 0)
    json_add_number(builder, "line", frame->line);
  json_builder_set_member_name(builder, "inlined");
  json_builder_add_boolean_value(builder, frame->inlined);
  json_add_text(builder, "address", address);
  json_add_text(builder, "object", object);
  json_builder_end_object(builder);
}

static void add_site(JsonBuilder *builder, HvProfile *profile, const HvProfileSite *site) {
  json_builder_begin_object(builder);
  for (guint v = 0; v < HV_PROFILE_VIEWS; v++)
    add_sums(builder, hv_profile_view_key((HvProfileView)v), &site->sums[v]);
  json_builder_set_member_name(builder, "frames");
  json_builder_begin_array(builder);
  for (guint f = 0; f < site->frames->len; f++)
    add_frame(builder, profile, &g_array_index(site->frames, HvProfileFrame, f));
  json_builder_end_array(builder);
  json_builder_end_object(builder);
}

static char *profile_json(HvProfile *profile, HvProfileView view) {
  const struct alloc_profile_record *record = hv_profile_record(profile);
  g_autoptr(GPtrArray) ranked = hv_profile_ranked(profile, view);
  g_autoptr(JsonBuilder) builder = json_builder_new();
  json_builder_begin_object(builder);
  json_add_number(builder, "pid", hv_frame_header(hv_profile_frame(profile))->pid);
  json_add_number(builder, "mean_bytes", record->mean_bytes);
  json_builder_set_member_name(builder, "running");
  json_builder_add_boolean_value(builder, record->ended_ns == 0);
  json_add_number(builder, "lost", record->lost);
  for (guint v = 0; v < HV_PROFILE_VIEWS; v++)
    add_sums(builder, hv_profile_view_key((HvProfileView)v),
             hv_profile_total(profile, (HvProfileView)v));
  json_builder_set_member_name(builder, "sites");
  json_builder_begin_array(builder);
  for (guint i = 0; i < ranked->len; i++)
    add_site(builder, profile, g_ptr_array_index(ranked, i));
  json_builder_end_array(builder);
  json_builder_end_object(builder);
  return json_end(builder);
}

/* @error_bytes: (nullable): NULL: there is no such number */
static void add_site_row(HvDataTable *table, const HvProfileSite *site, guint64 bytes,
                         const guint64 *error_bytes, guint64 blocks) {
  guint index = 0;
  g_autofree char *name = hv_profile_frame_label(hv_profile_site_frame(site, &index));
  g_autofree char *callers = hv_profile_site_callers(site, index);
  hv_data_table_add_text(table, name);
  hv_data_table_add_count(table, bytes);
  if (error_bytes != NULL)
    hv_data_table_add_count(table, *error_bytes);
  else
    hv_data_table_add_number(table, "");
  hv_data_table_add_count(table, blocks);
  hv_data_table_add_text(table, callers);
}

static void add_site_rows(HvDataTable *table, HvProfile *profile, HvProfileView view) {
  g_autoptr(GPtrArray) ranked = hv_profile_ranked(profile, view);
  for (guint i = 0; i < ranked->len; i++) {
    const HvProfileSite *site = g_ptr_array_index(ranked, i);
    const struct alloc_profile_sums *sums = &site->sums[view];
    guint64 error_bytes = hv_profile_error(sums);
    add_site_row(table, site, sums->bytes, &error_bytes, sums->blocks);
  }
}

static void add_holder_rows(HvDataTable *table, HvProfile *profile, HvQuery *query) {
  g_autoptr(GArray) holders = hv_holders_new(profile, query);
  for (guint i = 0; i < holders->len; i++) {
    const HvHolder *holder = &g_array_index(holders, HvHolder, i);
    add_site_row(table, holder->site, holder->held_bytes, NULL, holder->blocks);
  }
}

char *hv_profile_dup_data(HvProfile *profile, HvProfileView view, HvQuery *query,
                          gboolean as_json) {
  static const char *const titles[] = {"site", "bytes", "error_bytes", "blocks", "called_by", NULL};
  if (as_json && query == NULL)
    return profile_json(profile, view);
  HvDataTable *table = hv_data_table_new(titles, as_json);
  if (query == NULL)
    add_site_rows(table, profile, view);
  else
    add_holder_rows(table, profile, query);
  return hv_data_table_end(table);
}
