/* SPDX-License-Identifier: MIT */
/* See heap_side.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/heap_side_private.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"
#include "viewer/ui/heap_side_private.h"
#include "viewer/ui/names.h"
#include "viewer/ui/scroller.h"

/* Rows that come, go or change places have the window laid out, after which a tooltip needs half a
 * second of peace to show. */
#define LIST_INTERVAL_US G_USEC_PER_SEC
#define WIDTH_PX         536 /* what the columns of size classes need, in German, too */
#define WIDTH_NARROW_PX  372

G_DEFINE_FINAL_TYPE(HvHeapSide, hv_heap_side, GTK_TYPE_WIDGET)

enum {
  SEARCH_CHANGED,
  PLACE_SELECTED,
  PLACE_ACTIVATED,
  OUTLINED,
  MARKED,
  TIME_CHOSEN,
  TOLD,
  LIST_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

guint hv_side_page(HvHeapSide *self) {
  guint page = gtk_drop_down_get_selected(self->chooser);

  return page < HV_SIDE_PAGES ? page : HV_SIDE_DETAILS;
}

/* ---- lists ---- */

/* Nothing while it is hidden: what it has missed it is told when it is shown. */
void hv_side_fill(HvHeapSide *self) {
  guint page = hv_side_page(self);

  if (self->moment == NULL || self->moment->frame == NULL ||
      !gtk_widget_get_mapped(GTK_WIDGET(self)))
    return;
  self->list_us = g_get_monotonic_time();
  if (page == HV_SIDE_DETAILS)
    hv_details_refresh(self->details);
  else if (page == HV_SIDE_CHANGES)
    hv_compare_page_set(self->changes, self->a, self->b, self->query);
  else if (page == HV_SIDE_RELEASE)
    hv_release_view_set(self->release, self->moment->frame, self->query);
  else if (page == HV_SIDE_PROFILE)
    hv_profile_page_set(self->profile, self->moment->frame, self->query,
                        self->moment->state == HV_SOURCE_LIVE);
  else if (page == HV_SIDE_MAPPINGS)
    hv_mappings_view_set(self->mappings, self->moment);
  else {
    if (page == HV_SIDE_LISTS + HV_LIST_STACKS)
      hv_stack_lanes_set_frame(self->lanes, self->moment->frame);
    hv_list_filler_ask(self->filler, (HvListKind)(page - HV_SIDE_LISTS),
                       self->tables[page - HV_SIDE_LISTS], self->moment,
                       hv_side_list_query(self, (HvListKind)(page - HV_SIDE_LISTS)));
  }
}

static void side_page_chosen(HvHeapSide *self) {
  guint page = hv_side_page(self);

  if (self->details == NULL) /* not made yet */
    return;
  g_signal_emit(self, signals[OUTLINED], 0, NULL);
  /* What it showed when it was on screen last may be long ago. */
  if (page >= HV_SIDE_LISTS && page < HV_SIDE_RELEASE)
    hv_heap_table_clear(self->tables[page - HV_SIDE_LISTS]);
  else if (page == HV_SIDE_MAPPINGS)
    hv_mappings_view_clear(self->mappings);
  gtk_stack_set_visible_child_name(self->lists, hv_side_page_name(page));
  hv_side_fill(self);
  g_signal_emit(self, signals[LIST_CHANGED], 0);
}

static void side_place_chosen(HvHeapSide *self, guint64 begin, guint64 end) {
  g_signal_emit(self, signals[PLACE_SELECTED], 0, begin, end);
}

static void side_marked(HvHeapSide *self, HvHighlight *marks) {
  g_signal_emit(self, signals[MARKED], 0, marks);
}

static void side_place_activated(HvHeapSide *self, guint64 begin, guint64 end) {
  g_signal_emit(self, signals[PLACE_ACTIVATED], 0, begin, end);
}

static void side_class_outlined(HvHeapSide *self, const char *query) {
  g_signal_emit(self, signals[OUTLINED], 0, query);
}

static void side_told(HvHeapSide *self) {
  g_signal_emit(self, signals[TOLD], 0);
}

/* ---- what is shown ---- */

/* Pages that are not on screen keep nothing of another frame than this, so that they do not come
 * back with what was long ago. Lists are emptied when they come. */
static void side_drop_old(HvHeapSide *self, HvFrame *frame) {
  guint page = gtk_widget_get_mapped(GTK_WIDGET(self)) ? hv_side_page(self) : HV_SIDE_PAGES;

  if (page != HV_SIDE_RELEASE)
    hv_release_view_drop_other(self->release, frame);
  if (page != HV_SIDE_PROFILE)
    hv_profile_page_hide_other(self->profile, frame);
  if (page != HV_SIDE_LISTS + HV_LIST_STACKS)
    hv_stack_lanes_set_frame(self->lanes, NULL);
}

void hv_heap_side_set_moment(HvHeapSide *self, HvMoment *moment, gboolean moved) {
  g_return_if_fail(HV_IS_HEAP_SIDE(self));
  if (moment != NULL)
    hv_moment_ref(moment);
  g_clear_pointer(&self->moment, hv_moment_unref);
  self->moment = moment;
  hv_details_set_moment(self->details, moment);
  if (moved || moment == NULL)
    hv_list_filler_begin_scene(self->filler);
  if (moment == NULL) {
    hv_release_view_set(self->release, NULL, NULL);
    hv_stack_lanes_set_frame(self->lanes, NULL);
    hv_profile_page_set(self->profile, NULL, NULL, FALSE);
    hv_mappings_view_set(self->mappings, NULL);
  } else if (moment->frame != NULL) {
    side_drop_old(self, moment->frame);
  }
  if (moved || g_get_monotonic_time() - self->list_us >= LIST_INTERVAL_US)
    hv_side_fill(self);
}

void hv_heap_side_set_comparison(HvHeapSide *self, HvMoment *a, HvMoment *b) {
  g_return_if_fail(HV_IS_HEAP_SIDE(self));
  if (a != NULL)
    hv_moment_ref(a);
  if (b != NULL)
    hv_moment_ref(b);
  g_clear_pointer(&self->a, hv_moment_unref);
  g_clear_pointer(&self->b, hv_moment_unref);
  self->a = a;
  self->b = b;
  /* Comparing costs: only while somebody looks. */
  if (a == NULL || hv_side_page(self) == HV_SIDE_CHANGES)
    hv_compare_page_set(self->changes, a, b, self->query);
}

void hv_heap_side_set_narrow(HvHeapSide *self, gboolean narrow) {
  g_return_if_fail(HV_IS_HEAP_SIDE(self));
  gtk_widget_set_size_request(self->box, narrow ? WIDTH_NARROW_PX : WIDTH_PX, -1);
}

void hv_heap_side_set_palette(HvHeapSide *self, const HvPalette *palette) {
  g_return_if_fail(HV_IS_HEAP_SIDE(self));
  self->palette = palette;
  hv_release_view_set_palette(self->release, palette);
  hv_stack_lanes_set_palette(self->lanes, palette);
  hv_profile_page_set_palette(self->profile, palette);
}

gboolean hv_heap_side_show_list(HvHeapSide *self, const char *name) {
  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), FALSE);
  for (guint page = 0; page < HV_SIDE_PAGES; page++) {
    if (g_strcmp0(hv_side_page_name(page), name) == 0) {
      gtk_drop_down_set_selected(self->chooser, page);
      return TRUE;
    }
  }
  return FALSE;
}

const char *hv_heap_side_get_list(HvHeapSide *self) {
  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), "");
  return hv_side_page_name(hv_side_page(self));
}

/* ---- making ---- */

static void hv_heap_side_map(GtkWidget *widget) {
  GTK_WIDGET_CLASS(hv_heap_side_parent_class)->map(widget);
  hv_side_fill(HV_HEAP_SIDE(widget));
}

static void hv_heap_side_dispose(GObject *object) {
  HvHeapSide *self = HV_HEAP_SIDE(object);

  for (guint i = 0; i < HV_LISTS; i++) {
    if (self->tables[i] != NULL)
      g_signal_handlers_disconnect_by_data(self->tables[i], self);
    self->tables[i] = NULL;
  }
  if (self->details != NULL)
    g_signal_handlers_disconnect_by_data(self->details, self);
  self->details = NULL;
  if (self->changes != NULL) {
    g_signal_handlers_disconnect_by_data(hv_release_view_get_pins(self->release), self);
    g_signal_handlers_disconnect_by_data(self->changes, self);
  }
  self->changes = NULL;
  if (self->profile != NULL)
    g_signal_handlers_disconnect_by_data(self->profile, self);
  self->profile = NULL;
  g_clear_object(&self->filler);
  g_clear_pointer(&self->a, hv_moment_unref);
  g_clear_pointer(&self->b, hv_moment_unref);
  g_clear_pointer(&self->box, gtk_widget_unparent);
  g_clear_pointer(&self->moment, hv_moment_unref);
  g_clear_pointer(&self->query, hv_query_unref);
  g_clear_pointer(&self->problem, g_free);
  G_OBJECT_CLASS(hv_heap_side_parent_class)->dispose(object);
}

static void hv_heap_side_class_init(HvHeapSideClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  GType type = G_TYPE_FROM_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = hv_heap_side_dispose;
  widget_class->map = hv_heap_side_map;
  signals[SEARCH_CHANGED] =
      g_signal_new("search-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PLACE_SELECTED] = g_signal_new("place-selected", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_UINT64);
  signals[PLACE_ACTIVATED] = g_signal_new("place-activated", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                          NULL, G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_UINT64);
  signals[TIME_CHOSEN] = g_signal_new("time-chosen", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 1, G_TYPE_UINT64);
  signals[MARKED] = g_signal_new("marked", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[TOLD] =
      g_signal_new("told", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[LIST_CHANGED] =
      g_signal_new("list-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[OUTLINED] = g_signal_new("outlined", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource(widget_class, "/org/liballoc/Viewer/ui/heap_side.ui");
  gtk_widget_class_bind_template_child(widget_class, HvHeapSide, box);
  gtk_widget_class_bind_template_child(widget_class, HvHeapSide, entry);
  gtk_widget_class_bind_template_child(widget_class, HvHeapSide, verdict);
  gtk_widget_class_bind_template_child(widget_class, HvHeapSide, chooser);
  gtk_widget_class_bind_template_child(widget_class, HvHeapSide, lists);
  gtk_widget_class_bind_template_callback(widget_class, hv_heap_side_search_changed);
  gtk_widget_class_bind_template_callback(widget_class, hv_heap_side_search_stopped);
  gtk_widget_class_bind_template_callback(widget_class, side_page_chosen);
}

/* The lanes over the table. */
static GtkWidget *side_with_lanes(HvHeapSide *self, HvTable *table) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);

  self->lanes = HV_STACK_LANES(hv_stack_lanes_new());
  gtk_widget_add_css_class(GTK_WIDGET(self->lanes), "lanes");
  g_signal_connect_object(self->lanes, "chunk-chosen", G_CALLBACK(side_place_chosen), self,
                          G_CONNECT_SWAPPED);
  gtk_widget_set_vexpand(GTK_WIDGET(table), TRUE);
  gtk_widget_set_size_request(GTK_WIDGET(table), -1, HV_TABLE_LEAST_PX);
  gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->lanes));
  gtk_box_append(GTK_BOX(box), GTK_WIDGET(table));
  return hv_scroller_new(box);
}

static void hv_heap_side_init(HvHeapSide *self) {
  const char *titles[HV_SIDE_PAGES + 1] = {NULL};
  g_autoptr(GtkStringList) names = NULL;

  gtk_widget_init_template(GTK_WIDGET(self));
  self->palette = hv_palette_get(HV_THEME_LIGHT);
  self->filler = hv_list_filler_new();
  for (guint page = 0; page < HV_SIDE_PAGES; page++)
    titles[page] = hv_side_page_title(page);
  names = gtk_string_list_new(titles);
  gtk_drop_down_set_model(self->chooser, G_LIST_MODEL(names));
  hv_name_control(GTK_WIDGET(self->chooser), _("List"));
  self->details = HV_DETAILS(hv_details_new());
  gtk_stack_add_named(self->lists, GTK_WIDGET(self->details), hv_side_page_name(HV_SIDE_DETAILS));
  g_signal_connect_object(self->details, "told", G_CALLBACK(side_told), self, G_CONNECT_SWAPPED);
  hv_side_link_filler(self, self->filler);
  for (guint i = 0; i < HV_LISTS; i++) {
    self->keys[i] = G_MAXUINT64;
    self->tables[i] = HV_TABLE(hv_heap_table_new((HvListKind)i));
    gtk_stack_add_named(self->lists,
                        i == HV_LIST_STACKS ? side_with_lanes(self, self->tables[i])
                                            : GTK_WIDGET(self->tables[i]),
                        hv_side_page_name(HV_SIDE_LISTS + i));
    hv_side_link_list(self, self->tables[i]);
    g_signal_connect_object(self->tables[i], "sort-changed", G_CALLBACK(hv_side_fill), self,
                            G_CONNECT_SWAPPED);
  }
  self->release = HV_RELEASE_VIEW(hv_release_view_new());
  gtk_stack_add_named(self->lists, GTK_WIDGET(self->release), hv_side_page_name(HV_SIDE_RELEASE));
  hv_side_link_pins(self, hv_release_view_get_pins(self->release));
  self->changes = HV_COMPARE_PAGE(hv_compare_page_new());
  gtk_stack_add_named(self->lists, GTK_WIDGET(self->changes), hv_side_page_name(HV_SIDE_CHANGES));
  g_signal_connect_object(self->changes, "place-chosen", G_CALLBACK(side_place_chosen), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(self->changes, "place-activated", G_CALLBACK(side_place_activated), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(self->changes, "marked", G_CALLBACK(side_marked), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(self->changes, "outlined", G_CALLBACK(side_class_outlined), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(self->changes, "query-chosen", G_CALLBACK(hv_heap_side_set_search), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(self->changes, "told", G_CALLBACK(side_told), self, G_CONNECT_SWAPPED);
  self->profile = HV_PROFILE_PAGE(hv_profile_page_new());
  gtk_stack_add_named(self->lists, GTK_WIDGET(self->profile), hv_side_page_name(HV_SIDE_PROFILE));
  g_signal_connect_object(self->profile, "marked", G_CALLBACK(side_marked), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(self->profile, "told", G_CALLBACK(side_told), self, G_CONNECT_SWAPPED);
  self->mappings = HV_MAPPINGS_VIEW(hv_mappings_view_new());
  gtk_stack_add_named(self->lists, GTK_WIDGET(self->mappings), hv_side_page_name(HV_SIDE_MAPPINGS));
  gtk_accessible_update_relation(GTK_ACCESSIBLE(self->entry), GTK_ACCESSIBLE_RELATION_DESCRIBED_BY,
                                 self->verdict, NULL, -1);
}
