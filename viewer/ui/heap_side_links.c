/* SPDX-License-Identifier: MIT */
/* Rows of lists and places on the map: see heap_side_private.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/model/highlight.h"
#include "viewer/ui/heap_side_private.h"

static HvListKind side_which(HvHeapSide *self, HvTable *table) {
  guint which = 0;

  while (which < HV_LISTS - 1 && self->tables[which] != table)
    which++;
  return (HvListKind)which;
}

/* Outlined on the map is the row under the pointer, or else the selected one when it is about many
 * places: what is in one place is selected on the map itself. */
static void side_outline(HvHeapSide *self, HvTable *table, HvRow *hovered) {
  HvListKind which = side_which(self, table);
  HvRow *row = hovered != NULL ? hovered : hv_table_get_selected(table);
  g_autofree char *query = NULL;
  guint64 begin, end;

  if (row != NULL && (row == hovered || !hv_heap_table_place(which, row, &begin, &end)))
    query = hv_heap_table_query(which, row);
  g_signal_emit_by_name(self, "outlined", query);
}

/* Chooses the row of what is chosen on the map, in a list that is on screen. */
static void side_follow_map(HvHeapSide *self, guint which) {
  guint64 key = self->keys[which];
  HvRow *row = hv_table_get_selected(self->tables[which]);

  self->behind[which] = FALSE;
  if (which == HV_LIST_EVENTS || (row == NULL ? key == G_MAXUINT64 : hv_row_get_key(row) == key))
    return;
  hv_table_select_key(self->tables[which], key);
  side_outline(self, self->tables[which], NULL);
}

static void side_filled(HvHeapSide *self, HvTable *table) {
  guint which = side_which(self, table);

  if ((self->behind[which] || hv_table_get_selected(table) == NULL) &&
      gtk_widget_get_mapped(GTK_WIDGET(table)))
    side_follow_map(self, which);
}

static void side_row_selected(HvHeapSide *self, HvRow *row, HvTable *table) {
  guint64 begin, end;

  if (row != NULL && hv_heap_table_place(side_which(self, table), row, &begin, &end))
    g_signal_emit_by_name(self, "place-selected", begin, end);
  else
    side_outline(self, table, row);
}

static void side_row_activated(HvHeapSide *self, HvRow *row, HvTable *table) {
  HvListKind which = side_which(self, table);
  guint64 begin, end;

  if (hv_heap_table_time(which, row) != 0) {
    g_signal_emit_by_name(self, "time-chosen", hv_heap_table_time(which, row));
  } else if (hv_heap_table_place(which, row, &begin, &end)) {
    g_signal_emit_by_name(self, "place-activated", begin, end);
  } else {
    g_autofree char *query = hv_heap_table_query(which, row);

    hv_heap_side_set_search(self, query);
  }
}

static void side_row_hovered(HvHeapSide *self, HvRow *row, HvTable *table) {
  side_outline(self, table, row);
}

static void side_pin_selected(HvHeapSide *self, HvRow *row) {
  if (row != NULL)
    g_signal_emit_by_name(self, "place-selected", hv_row_get_value(row, 0),
                          hv_row_get_value(row, 1));
}

static void side_pin_hovered(HvHeapSide *self, HvRow *row) {
  g_autoptr(HvHighlight) marks =
      row == NULL ? NULL
                  : hv_highlight_new_range(hv_row_get_value(row, 0), hv_row_get_value(row, 1));

  g_signal_emit_by_name(self, "marked", marks);
}

static void side_pin_activated(HvHeapSide *self, HvRow *row) {
  g_signal_emit_by_name(self, "place-activated", hv_row_get_value(row, 0),
                        hv_row_get_value(row, 1));
}

/* Address of the block that is chosen, not of a place in which there is one; G_MAXUINT64: none. */
static guint64 chosen_block(HvPyramid *pyramid, const HvFocus *focus) {
  if (pyramid == NULL || focus->hit.block_bytes == 0)
    return G_MAXUINT64;
  if (focus->hit.region != NULL)
    return focus->hit.region->block;
  /* A large block is chosen with the rest of its span, or without. */
  return focus->hit.kind == HV_HIT_BLOCK && focus->begin == focus->hit.begin &&
                 focus->end <= focus->hit.end
             ? focus->begin
             : G_MAXUINT64;
}

void hv_heap_side_show_selection(HvHeapSide *self, HvPyramid *pyramid, const HvFocus *focus) {
  guint64 begin = pyramid == NULL ? 0 : focus->begin;
  guint64 end = pyramid == NULL ? 0 : focus->end;
  gboolean same = begin == self->chosen_begin && end == self->chosen_end;

  g_return_if_fail(HV_IS_HEAP_SIDE(self));
  self->chosen_begin = begin;
  self->chosen_end = end;
  hv_details_show(self->details, pyramid, focus, self->palette);
  if (pyramid != NULL && hv_side_page(self) == HV_SIDE_PROFILE)
    hv_profile_page_select_block(self->profile, focus->hit.begin, focus->hit.end);
  if (!same && self->changes != NULL) {
    guint64 block = chosen_block(pyramid, focus);

    hv_release_view_select_block(self->release, block);
    hv_compare_page_select_block(self->changes, block);
  }
  for (guint i = 0; i < HV_LISTS; i++) {
    guint64 key = pyramid == NULL
                      ? G_MAXUINT64
                      : hv_heap_table_key_at((HvListKind)i, hv_pyramid_frame(pyramid), &focus->hit);

    /* What the map says again with every frame takes nobody's choice away. */
    if (same && key == self->keys[i])
      continue;
    self->keys[i] = key;
    self->behind[i] = key != G_MAXUINT64;
    if (pyramid != NULL && gtk_widget_get_mapped(GTK_WIDGET(self->tables[i])))
      side_follow_map(self, i);
  }
}

static void side_connect(HvHeapSide *self, HvTable *table, const char *signal, GCallback callback) {
  g_signal_connect_object(table, signal, callback, self, G_CONNECT_SWAPPED);
}

void hv_side_link_list(HvHeapSide *self, HvTable *table) {
  side_connect(self, table, "row-selected", G_CALLBACK(side_row_selected));
  side_connect(self, table, "row-activated", G_CALLBACK(side_row_activated));
  side_connect(self, table, "row-hovered", G_CALLBACK(side_row_hovered));
}

void hv_side_link_pins(HvHeapSide *self, HvTable *pins) {
  side_connect(self, pins, "row-selected", G_CALLBACK(side_pin_selected));
  side_connect(self, pins, "row-activated", G_CALLBACK(side_pin_activated));
  side_connect(self, pins, "row-hovered", G_CALLBACK(side_pin_hovered));
}

void hv_side_link_filler(HvHeapSide *self, HvListFiller *filler) {
  g_signal_connect_object(filler, "filled", G_CALLBACK(side_filled), self, G_CONNECT_SWAPPED);
}
