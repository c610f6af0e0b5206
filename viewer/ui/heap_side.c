/* SPDX-License-Identifier: MIT */
/* See heap_side.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/heap_side.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"
#include "viewer/ui/heap_side_private.h"
#include "viewer/ui/names.h"
#include "viewer/ui/scroller.h"
#include "viewer/ui/side_pages.h"
#include "viewer/ui/tip.h"

/* Rows that come, go or change places have the window laid out, after which a tooltip needs half a
 * second of peace to show. */
#define LIST_INTERVAL_US G_USEC_PER_SEC
#define VERDICT_CHARS    44 /* in a line of the panel at its narrowest */
#define VERDICT_LINES    6
#define WIDTH_PX         464 /* what the columns of a profile need */
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

/* The query, as far as the list has what it asks for. */
static HvQuery *side_list_query(HvHeapSide *self, HvListKind kind) {
  if (self->query == NULL || (hv_query_fields(self->query) & ~hv_list_fields(kind)) != 0)
    return NULL;
  return self->query;
}

/* Nothing while it is hidden: what it has missed it is told when it is shown. */
static void side_fill(HvHeapSide *self) {
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
                       side_list_query(self, (HvListKind)(page - HV_SIDE_LISTS)));
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
  side_fill(self);
  g_signal_emit(self, signals[LIST_CHANGED], 0);
}

static void side_place_chosen(HvHeapSide *self, guint64 begin, guint64 end) {
  g_signal_emit(self, signals[PLACE_SELECTED], 0, begin, end);
}

static void side_marked(HvHeapSide *self, HvHighlight *marks) {
  g_signal_emit(self, signals[MARKED], 0, marks);
}

static void side_told(HvHeapSide *self) {
  g_signal_emit(self, signals[TOLD], 0);
}

/* ---- the query ---- */

static void side_tell(HvHeapSide *self, const char *text, gboolean wrong) {
  guint lines = MIN(1 + (guint)g_utf8_strlen(text, -1) / VERDICT_CHARS, VERDICT_LINES);

  gtk_inscription_set_text(self->verdict, text);
  gtk_inscription_set_min_lines(self->verdict, lines);
  gtk_inscription_set_nat_lines(self->verdict, lines);
  hv_tip_set(GTK_WIDGET(self->verdict), text);
  gtk_widget_set_visible(GTK_WIDGET(self->verdict), *text != '\0');
  if (wrong) {
    gtk_widget_add_css_class(GTK_WIDGET(self->verdict), "error");
    gtk_widget_add_css_class(GTK_WIDGET(self->entry), "error");
  } else {
    gtk_widget_remove_css_class(GTK_WIDGET(self->verdict), "error");
    gtk_widget_remove_css_class(GTK_WIDGET(self->entry), "error");
  }
  gtk_accessible_update_state(GTK_ACCESSIBLE(self->entry), GTK_ACCESSIBLE_STATE_INVALID,
                              wrong ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE,
                              -1);
}

static void side_search_changed(HvHeapSide *self) {
  const char *text = gtk_editable_get_text(self->entry);
  g_autoptr(GError) error = NULL;
  guint position = 0;

  g_clear_pointer(&self->query, hv_query_unref);
  g_clear_pointer(&self->problem, g_free);
  self->query = hv_query_parse(text, &position, &error);
  if (self->query == NULL) {
    self->problem = g_strdup_printf(_("At character %u: %s."), position + 1, error->message);
    side_tell(self, self->problem, TRUE);
  } else {
    if (hv_query_is_empty(self->query))
      g_clear_pointer(&self->query, hv_query_unref);
    side_tell(self, "", FALSE);
  }
  side_fill(self);
  g_signal_emit(self, signals[SEARCH_CHANGED], 0);
}

static void side_search_stopped(HvHeapSide *self) {
  gtk_editable_set_text(self->entry, "");
}

void hv_heap_side_set_search(HvHeapSide *self, const char *text) {
  g_return_if_fail(HV_IS_HEAP_SIDE(self));
  if (g_strcmp0(gtk_editable_get_text(self->entry), text) == 0)
    return;
  gtk_editable_set_text(self->entry, text);
  gtk_editable_set_position(self->entry, -1);
}

const char *hv_heap_side_get_search(HvHeapSide *self) {
  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), "");
  return gtk_editable_get_text(self->entry);
}

HvQuery *hv_heap_side_get_query(HvHeapSide *self) {
  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), NULL);
  return self->query;
}

const char *hv_heap_side_get_problem(HvHeapSide *self) {
  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), "");
  return self->problem != NULL ? self->problem : "";
}

void hv_heap_side_show_found(HvHeapSide *self, HvHighlight *highlight) {
  g_autofree char *count = NULL;
  g_autofree char *bytes = NULL;
  g_autofree char *text = NULL;
  guint page = hv_side_page(self);
  guint32 missing = 0;

  g_return_if_fail(HV_IS_HEAP_SIDE(self));
  if (self->problem != NULL || self->query == NULL || highlight == NULL)
    return;
  if (page >= HV_SIDE_LISTS && page < HV_SIDE_RELEASE)
    missing = hv_query_fields(self->query) & ~hv_list_fields((HvListKind)(page - HV_SIDE_LISTS));
  else if (page == HV_SIDE_MAPPINGS)
    missing = G_MAXUINT32; /* it is of no heap */
  count = hv_format_count(hv_highlight_things(highlight));
  bytes = hv_format_bytes((gint64)hv_highlight_bytes(highlight));
  text = g_strdup_printf(
      missing != 0 ? _("%s on the map, %s. This list lacks what is asked for: all is shown.")
                   : _("%s on the map, %s"),
      count, bytes);
  side_tell(self, text, FALSE);
}

void hv_heap_side_focus_search(HvHeapSide *self) {
  g_return_if_fail(HV_IS_HEAP_SIDE(self));
  gtk_widget_grab_focus(GTK_WIDGET(self->entry));
  gtk_editable_select_region(self->entry, 0, -1);
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
    side_fill(self);
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

char *hv_heap_side_dup_selection(HvHeapSide *self) {
  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), NULL);
  return hv_details_dup_selection(self->details);
}

char *hv_heap_side_dup_sites(HvHeapSide *self) {
  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), NULL);
  return hv_profile_page_dup_summary(self->profile);
}

char *hv_heap_side_dup_comparison(HvHeapSide *self) {
  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), NULL);
  return hv_compare_page_dup_summary(self->changes);
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

/* Tables have few rows; and what they say is theirs alone. */
static char *side_dup_table(HvHeapSide *self, guint page) {
  if (page == HV_SIDE_DETAILS)
    return hv_details_dup_text(self->details);
  if (page == HV_SIDE_CHANGES)
    return hv_compare_page_dup_text(self->changes);
  if (page == HV_SIDE_PROFILE)
    return hv_table_dup_text(hv_profile_page_get_sites(self->profile));
  if (page == HV_SIDE_MAPPINGS)
    return hv_table_dup_text(hv_mappings_view_get_table(self->mappings));
  return hv_table_dup_text(hv_release_view_get_pins(self->release));
}

static char *side_dup_data(HvHeapSide *self, guint page, gboolean as_json) {
  if (page == HV_SIDE_CHANGES)
    return hv_compare_page_dup_data(self->changes, self->changes_list, as_json);
  if (page == HV_SIDE_MAPPINGS)
    return hv_mappings_view_dup_data(self->mappings, as_json);
  return page == HV_SIDE_PROFILE ? hv_profile_page_dup_data(self->profile, as_json) : NULL;
}

const char *hv_heap_side_get_why_no_list(HvHeapSide *self) {
  const char *why;

  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), "");
  if (hv_side_page(self) != HV_SIDE_MAPPINGS)
    return _("Choose a list first: details are no table.");
  why = hv_mappings_view_get_why(self->mappings);
  return *why != '\0' ? why : _("The list is still being read.");
}

void hv_heap_side_set_changes_list(HvHeapSide *self, HvChangesList which) {
  g_return_if_fail(HV_IS_HEAP_SIDE(self));
  self->changes_list = which;
}

HvListing *hv_heap_side_list(HvHeapSide *self, HvListingForm form) {
  guint page;
  char *text;

  g_return_val_if_fail(HV_IS_HEAP_SIDE(self), NULL);
  page = hv_side_page(self);
  if (self->moment == NULL || self->moment->frame == NULL)
    return NULL;
  if (page >= HV_SIDE_LISTS && page < HV_SIDE_RELEASE) {
    HvListKind kind = (HvListKind)(page - HV_SIDE_LISTS);

    return hv_listing_new(form, kind, hv_table_get_order(self->tables[kind]), self->moment,
                          side_list_query(self, kind));
  }
  if (page == HV_SIDE_RELEASE && form != HV_LISTING_TEXT)
    return hv_listing_new_pins(form, self->moment, self->query);
  text = form == HV_LISTING_TEXT ? side_dup_table(self, page)
                                 : side_dup_data(self, page, form == HV_LISTING_JSON);
  return text == NULL ? NULL : hv_listing_new_written(text);
}

/* ---- making ---- */

static void hv_heap_side_map(GtkWidget *widget) {
  GTK_WIDGET_CLASS(hv_heap_side_parent_class)->map(widget);
  side_fill(HV_HEAP_SIDE(widget));
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
  if (self->changes != NULL)
    g_signal_handlers_disconnect_by_data(self->changes, self);
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
  gtk_widget_class_bind_template_callback(widget_class, side_search_changed);
  gtk_widget_class_bind_template_callback(widget_class, side_search_stopped);
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
    g_signal_connect_object(self->tables[i], "sort-changed", G_CALLBACK(side_fill), self,
                            G_CONNECT_SWAPPED);
  }
  self->release = HV_RELEASE_VIEW(hv_release_view_new());
  gtk_stack_add_named(self->lists, GTK_WIDGET(self->release), hv_side_page_name(HV_SIDE_RELEASE));
  hv_side_link_pins(self, hv_release_view_get_pins(self->release));
  self->changes = HV_COMPARE_PAGE(hv_compare_page_new());
  gtk_stack_add_named(self->lists, GTK_WIDGET(self->changes), hv_side_page_name(HV_SIDE_CHANGES));
  g_signal_connect_object(self->changes, "place-chosen", G_CALLBACK(side_place_chosen), self,
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
