/* SPDX-License-Identifier: MIT */
/*
 * GtkColumnView over  GListStore of HvRow -> GtkSortListModel -> GtkSingleSelection.
 * Main thread only.
 */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/table.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"
#include "viewer/ui/label.h"
#include "viewer/ui/row_slices.h"
#include "viewer/ui/scroller.h"
#include "viewer/ui/table_cell.h"
#include "viewer/ui/table_column.h"
#include "viewer/ui/table_order.h"

struct _HvTable {
  GtkWidget parent_instance;

  const HvColumn *columns;
  guint n_columns;
  char *first_order; /* at the start */

  GListStore *rows;
  HvRowSlices slices; /* of rows that are on their way into it */
  GHashTable *by_key; /* key (guint64 inside the row) -> HvRow, unowned: store or slices own it */
  GHashTable *put;    /* rows put in this refresh; NULL outside one */
  GPtrArray *fresh;   /* of them, those that are new, until they join the store together */
  GtkSingleSelection *selection;
  GtkSortListModel *sorted;

  GtkWidget *box;    /* owned child */
  GtkWidget *stack;  /* "rows" or "empty" */
  GtkWidget *view;   /* GtkColumnView */
  GtkWidget *empty;  /* GtkLabel */
  GtkWidget *footer; /* GtkLabel */
  guint dropped;     /* rows over HV_TABLE_ROWS in this refresh */
  guint64 more;      /* rows there are beside those, for the footer */
  char *note;        /* nullable: stands before them */
  gboolean pointer_inside;
  HvRow *hovered;           /* nullable */
  gboolean top_when_mapped; /* scroll there then: GTK does not while there is nothing on screen */
  gboolean selecting;       /* set by the program, not by the user: no signal */
  guint key_column;         /* column that a key has sorted by last, from 1; 0: none has */
  GtkSortType key_order;
  HvTableOrder order;  /* what is sorted by now */
  gboolean reordering; /* since "sort-changed" until the rows for it are there */
};

G_DEFINE_FINAL_TYPE(HvTable, hv_table, GTK_TYPE_WIDGET)

enum { ROW_ACTIVATED, ROW_SELECTED, ROW_HOVERED, SORT_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* ---- sorting ---- */

/* From now on rows sort by what they hold now. */
static void table_freeze(HvTable *self) {
  guint n = g_list_model_get_n_items(G_LIST_MODEL(self->rows));

  for (guint i = 0; i < n; i++) {
    g_autoptr(HvRow) row = g_list_model_get_item(G_LIST_MODEL(self->rows), i);

    hv_row_freeze(row);
  }
}

/* Sorting again makes GTK rebuild row widgets, so it is done only when rows are out of order. */
static gboolean table_is_sorted(HvTable *self) {
  GtkSorter *sorter = gtk_sort_list_model_get_sorter(self->sorted);
  guint n = g_list_model_get_n_items(G_LIST_MODEL(self->sorted));

  for (guint i = 1; i < n; i++) {
    g_autoptr(HvRow) before = g_list_model_get_item(G_LIST_MODEL(self->sorted), i - 1);
    g_autoptr(HvRow) after = g_list_model_get_item(G_LIST_MODEL(self->sorted), i);

    if (gtk_sorter_compare(sorter, before, after) == GTK_ORDERING_LARGER)
      return FALSE;
  }
  return TRUE;
}

static void table_scroll_to(HvTable *self, guint position) {
  /* The list view is the column view's last child; before GTK 4.12 there is no other way. */
  gtk_widget_activate_action(gtk_widget_get_last_child(self->view), "list.scroll-to-item", "u",
                             position);
}

/* A list that shows its top goes on showing the top; otherwise GTK keeps the rows in view. */
static gboolean table_shows_top(HvTable *self) {
  GtkAdjustment *adjustment = gtk_scrollable_get_vadjustment(GTK_SCROLLABLE(self->view));

  return adjustment == NULL || gtk_adjustment_get_value(adjustment) < 1.0;
}

static void table_show_top(HvTable *self) {
  self->top_when_mapped = !gtk_widget_get_mapped(self->view);
  if (!self->top_when_mapped)
    table_scroll_to(self, 0);
}

static void table_mapped(HvTable *self) {
  if (self->top_when_mapped)
    table_show_top(self);
}

static void table_sort(HvTable *self) {
  gboolean top = table_shows_top(self);

  gtk_sorter_changed(gtk_sort_list_model_get_sorter(self->sorted), GTK_SORTER_CHANGE_DIFFERENT);
  if (top)
    table_show_top(self);
}

/* Whoever fills the table may have other rows to show in another order. The choice is the user's,
 * so that rows move although the pointer, on the head, is inside. */
static void table_order_changed(HvTable *self) {
  HvTableOrder order;

  if (self->box == NULL) /* the end: GTK takes the columns away */
    return;
  hv_table_order_read(gtk_sort_list_model_get_sorter(self->sorted), self->columns, self->n_columns,
                      &order);
  if (hv_table_order_equal(&order, &self->order))
    return;
  self->order = order;
  self->reordering = TRUE;
  g_signal_emit(self, signals[SORT_CHANGED], 0);
}

const HvTableOrder *hv_table_get_order(HvTable *self) {
  g_return_val_if_fail(HV_IS_TABLE(self), NULL);
  return &self->order;
}

char *hv_table_dup_order(HvTable *self) {
  g_autofree char *order = NULL;

  g_return_val_if_fail(HV_IS_TABLE(self), NULL);
  order = hv_table_order_dup_text(&self->order, self->columns);
  return g_str_equal(order, self->first_order) ? NULL : g_steal_pointer(&order);
}

static void table_sort_by(HvTable *self, guint column, GtkSortType order) {
  GtkColumnView *view = GTK_COLUMN_VIEW(self->view);
  g_autoptr(GtkColumnViewColumn) head =
      g_list_model_get_item(gtk_column_view_get_columns(view), column);

  gtk_column_view_sort_by_column(view, head, order);
}

void hv_table_set_order(HvTable *self, const char *order) {
  gboolean ascending;
  guint column;

  g_return_if_fail(HV_IS_TABLE(self));
  if (hv_table_order_parse(order, self->columns, self->n_columns, &column, &ascending))
    table_sort_by(self, column, ascending ? GTK_SORT_ASCENDING : GTK_SORT_DESCENDING);
}

/* Alt and a digit do what a click on the head of that column does, since GTK gives heads no focus:
 * the first time as the column likes it best, then the other way round. */
static gboolean table_sort_by_key(GtkWidget *view, GVariant *number, gpointer data) {
  HvTable *self = HV_TABLE(gtk_widget_get_ancestor(view, HV_TYPE_TABLE));
  guint column = g_variant_get_uint32(number);

  if (column > self->n_columns)
    return FALSE;
  if (self->key_column == column)
    self->key_order =
        self->key_order == GTK_SORT_ASCENDING ? GTK_SORT_DESCENDING : GTK_SORT_ASCENDING;
  else
    self->key_order =
        self->columns[column - 1].descending ? GTK_SORT_DESCENDING : GTK_SORT_ASCENDING;
  self->key_column = column;
  table_sort_by(self, column - 1, self->key_order);
  return TRUE;
}

static GtkEventController *sort_keys(void) {
  GtkEventController *controller = gtk_shortcut_controller_new();

  for (guint digit = 1; digit <= 9; digit++) {
    GtkShortcut *shortcut =
        gtk_shortcut_new(gtk_keyval_trigger_new(GDK_KEY_0 + digit, GDK_ALT_MASK),
                         gtk_callback_action_new(table_sort_by_key, NULL, NULL));

    gtk_shortcut_set_arguments(shortcut, g_variant_new_uint32(digit));
    gtk_shortcut_controller_add_shortcut(GTK_SHORTCUT_CONTROLLER(controller), shortcut);
  }
  return controller;
}

/* ---- refresh ---- */

void hv_table_begin(HvTable *self) {
  g_return_if_fail(HV_IS_TABLE(self));
  g_return_if_fail(self->put == NULL);
  hv_row_slices_finish(&self->slices);
  self->put = g_hash_table_new(NULL, NULL);
  self->dropped = 0;
}

void hv_table_put(HvTable *self, guint64 key, const char *name, const char *detail,
                  const guint64 *values, guint n_values) {
  HvRow *row;

  g_return_if_fail(HV_IS_TABLE(self));
  g_return_if_fail(self->put != NULL);

  if (g_hash_table_size(self->put) >= HV_TABLE_ROWS) {
    self->dropped++;
    return;
  }
  row = g_hash_table_lookup(self->by_key, &key);
  if (row != NULL) {
    hv_row_update(row, name, detail, values, n_values);
  } else {
    guint64 *owned_key = g_memdup2(&key, sizeof key);

    row = hv_row_new(key);
    hv_row_update(row, name, detail, values, n_values);
    hv_row_freeze(row);
    g_hash_table_insert(self->by_key, owned_key, row);
    g_ptr_array_add(self->fresh, row);
  }
  g_hash_table_add(self->put, row);
}

static void table_note_row(gpointer row, gpointer table) {
  HvTable *self = table;
  guint64 key = hv_row_get_key(row);

  g_hash_table_insert(self->by_key, g_memdup2(&key, sizeof key), row);
}

static int table_compare_fresh(gconstpointer a, gconstpointer b, gpointer sorter) {
  return gtk_sorter_compare(sorter, *(gpointer const *)a, *(gpointer const *)b);
}

/* Another order, or another heap: no line stays. Rows become others where they are, since GTK takes
 * much longer to make widgets for new ones; what was selected or under the pointer is so no more.
 */
static void table_exchange_all(HvTable *self) {
  guint n = g_list_model_get_n_items(G_LIST_MODEL(self->sorted));
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_object_unref);

  gtk_single_selection_set_selected(self->selection, GTK_INVALID_LIST_POSITION);
  hv_table_hover(self, NULL);
  g_hash_table_remove_all(self->by_key);
  /* Slice after slice joins at the end: what came above the rows in view would scroll them away. */
  g_ptr_array_sort_with_data(self->fresh, table_compare_fresh,
                             gtk_sort_list_model_get_sorter(self->sorted));
  if (n > self->fresh->len) {
    hv_row_slices_exchange(&self->slices, self->fresh);
    g_ptr_array_foreach(self->fresh, table_note_row, self);
    return;
  }
  for (guint i = 0; i < n; i++) {
    HvRow *row = g_list_model_get_item(G_LIST_MODEL(self->sorted), i);

    hv_row_become(row, g_ptr_array_index(self->fresh, i));
    hv_row_freeze(row);
    g_ptr_array_add(rows, row);
  }
  for (guint i = n; i < self->fresh->len; i++)
    g_ptr_array_add(rows, g_object_ref(g_ptr_array_index(self->fresh, i)));
  g_ptr_array_foreach(rows, table_note_row, self);
  if (!table_is_sorted(self))
    table_sort(self);
  if (n > 0)
    table_show_top(self);
  hv_row_slices_add(&self->slices, rows, n);
}

/* One by one, as GTK 4.8 warns of duplicates when runs of sorted rows go. */
static void table_remove_missing(HvTable *self) {
  guint i = g_list_model_get_n_items(G_LIST_MODEL(self->rows));

  while (i-- > 0) {
    g_autoptr(HvRow) row = g_list_model_get_item(G_LIST_MODEL(self->rows), i);
    guint64 key = hv_row_get_key(row);

    if (g_hash_table_contains(self->put, row))
      continue;
    g_hash_table_remove(self->by_key, &key);
    g_list_store_remove(self->rows, i);
  }
}

void hv_table_end(HvTable *self) {
  gboolean top;
  guint n;

  g_return_if_fail(HV_IS_TABLE(self));
  g_return_if_fail(self->put != NULL);

  if (self->fresh->len == g_hash_table_size(self->put)) {
    table_exchange_all(self);
  } else {
    top = table_shows_top(self) && !self->pointer_inside && self->fresh->len > 0;
    table_remove_missing(self);
    g_list_store_splice(self->rows, g_list_model_get_n_items(G_LIST_MODEL(self->rows)), 0,
                        self->fresh->pdata, self->fresh->len);
    if (top)
      table_show_top(self);
  }
  g_ptr_array_set_size(self->fresh, 0);
  g_clear_pointer(&self->put, g_hash_table_unref);
  n = g_list_model_get_n_items(G_LIST_MODEL(self->rows));
  gtk_stack_set_visible_child_name(GTK_STACK(self->stack), n > 0 ? "rows" : "empty");
  hv_table_set_more(self, self->dropped);
  if (!self->pointer_inside || self->reordering) {
    table_freeze(self);
    if (!table_is_sorted(self))
      table_sort(self);
  }
  self->reordering = FALSE;
}

static void table_show_footer(HvTable *self) {
  g_autoptr(GString) text = g_string_new(self->note);

  if (self->more > 0) {
    g_autofree char *count = hv_format_count(self->more);
    g_autofree char *more = g_strdup_printf(_("%s more not shown"), count);

    g_string_append_printf(text, "%s%s", text->len == 0 ? "" : " · ", more);
  }
  if (text->len > 0)
    hv_label_show(GTK_LABEL(self->footer), text->str);
  gtk_widget_set_visible(self->footer, text->len > 0);
}

void hv_table_set_more(HvTable *self, guint64 more) {
  g_return_if_fail(HV_IS_TABLE(self));
  self->more = more;
  table_show_footer(self);
}

void hv_table_set_note(HvTable *self, const char *note) {
  g_return_if_fail(HV_IS_TABLE(self));
  if (g_strcmp0(self->note, note) == 0)
    return;
  g_free(self->note);
  self->note = g_strdup(note);
  table_show_footer(self);
}

void hv_table_set_empty_text(HvTable *self, const char *text) {
  g_return_if_fail(HV_IS_TABLE(self));
  hv_label_show(GTK_LABEL(self->empty), text);
}

char *hv_table_dup_text(HvTable *self) {
  GString *text;

  g_return_val_if_fail(HV_IS_TABLE(self), NULL);
  text = g_string_new(NULL);
  hv_table_cells_append(text, self->columns, self->n_columns, NULL);
  for (guint i = 0; i < hv_table_get_n_rows(self); i++)
    hv_table_cells_append(text, self->columns, self->n_columns, hv_table_get_row(self, i));
  return g_string_free(text, FALSE);
}

/* ---- selection ---- */

static void table_activated(GtkColumnView *view, guint position, HvTable *self) {
  g_autoptr(HvRow) row = g_list_model_get_item(G_LIST_MODEL(self->selection), position);

  if (row != NULL)
    g_signal_emit(self, signals[ROW_ACTIVATED], 0, row);
}

static void table_selected(HvTable *self) {
  if (!self->selecting)
    g_signal_emit(self, signals[ROW_SELECTED], 0,
                  gtk_single_selection_get_selected_item(self->selection));
}

void hv_table_hover(HvTable *self, HvRow *row) {
  g_return_if_fail(HV_IS_TABLE(self));
  if (self->hovered == row)
    return;
  g_set_object(&self->hovered, row);
  g_signal_emit(self, signals[ROW_HOVERED], 0, row);
}

static void table_enter(HvTable *self) {
  self->pointer_inside = TRUE;
}

static void table_leave(HvTable *self) {
  self->pointer_inside = FALSE;
  hv_table_hover(self, NULL);
}

guint hv_table_get_n_rows(HvTable *self) {
  g_return_val_if_fail(HV_IS_TABLE(self), 0);
  hv_row_slices_finish(&self->slices);
  return g_list_model_get_n_items(G_LIST_MODEL(self->rows));
}

HvRow *hv_table_get_row(HvTable *self, guint position) {
  HvRow *row;

  g_return_val_if_fail(HV_IS_TABLE(self), NULL);
  hv_row_slices_finish(&self->slices);
  row = g_list_model_get_item(G_LIST_MODEL(self->sorted), position);
  if (row != NULL)
    g_object_unref(row); /* the store keeps it */
  return row;
}

HvRow *hv_table_get_selected(HvTable *self) {
  g_return_val_if_fail(HV_IS_TABLE(self), NULL);
  return gtk_single_selection_get_selected_item(self->selection);
}

void hv_table_select_key(HvTable *self, guint64 key) {
  guint n;

  g_return_if_fail(HV_IS_TABLE(self));

  hv_row_slices_finish(&self->slices);
  self->selecting = TRUE;
  n = g_list_model_get_n_items(G_LIST_MODEL(self->selection));
  gtk_single_selection_set_selected(self->selection, GTK_INVALID_LIST_POSITION);
  for (guint i = 0; i < n; i++) {
    if (hv_row_get_key(hv_table_get_row(self, i)) != key)
      continue;
    self->top_when_mapped = FALSE;
    gtk_single_selection_set_selected(self->selection, i);
    if (gtk_widget_get_mapped(self->view))
      table_scroll_to(self, i);
    break;
  }
  self->selecting = FALSE;
}

void hv_table_focus(HvTable *self) {
  g_return_if_fail(HV_IS_TABLE(self));
  gtk_widget_grab_focus(self->view);
}

/* GTK 4.8 stops at each row of a list; up to 1,000 of them would keep Tab from whatever is behind
 * the table. The arrow keys walk through the rows. */
static gboolean hv_table_focus_next(GtkWidget *widget, GtkDirectionType direction) {
  gboolean tabs = direction == GTK_DIR_TAB_FORWARD || direction == GTK_DIR_TAB_BACKWARD;

  if (tabs && gtk_widget_get_focus_child(widget) != NULL)
    return FALSE;
  return GTK_WIDGET_CLASS(hv_table_parent_class)->focus(widget, direction);
}

/* ---- making ---- */

static void hv_table_dispose(GObject *object) {
  HvTable *self = HV_TABLE(object);

  hv_row_slices_clear(&self->slices);
  g_clear_pointer(&self->box, gtk_widget_unparent);
  g_clear_object(&self->selection);
  g_clear_object(&self->sorted);
  g_clear_object(&self->rows);
  g_clear_object(&self->hovered);
  g_clear_pointer(&self->by_key, g_hash_table_unref);
  g_clear_pointer(&self->fresh, g_ptr_array_unref);
  G_OBJECT_CLASS(hv_table_parent_class)->dispose(object);
}

static void hv_table_finalize(GObject *object) {
  g_free(HV_TABLE(object)->first_order);
  g_free(HV_TABLE(object)->note);
  G_OBJECT_CLASS(hv_table_parent_class)->finalize(object);
}

static void hv_table_class_init(HvTableClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = hv_table_dispose;
  G_OBJECT_CLASS(klass)->finalize = hv_table_finalize;
  widget_class->focus = hv_table_focus_next;
  signals[ROW_ACTIVATED] =
      g_signal_new("row-activated", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                   NULL, G_TYPE_NONE, 1, HV_TYPE_ROW);
  signals[ROW_SELECTED] = g_signal_new("row-selected", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST,
                                       0, NULL, NULL, NULL, G_TYPE_NONE, 1, HV_TYPE_ROW);
  signals[ROW_HOVERED] = g_signal_new("row-hovered", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0,
                                      NULL, NULL, NULL, G_TYPE_NONE, 1, HV_TYPE_ROW);
  signals[SORT_CHANGED] = g_signal_new("sort-changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST,
                                       0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(widget_class, "datatable");
}

static void hv_table_init(HvTable *self) {
  GtkEventController *motion = gtk_event_controller_motion_new();

  self->rows = g_list_store_new(HV_TYPE_ROW);
  self->slices.store = self->rows;
  self->fresh = g_ptr_array_new_with_free_func(g_object_unref);
  self->by_key = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  g_signal_connect_swapped(motion, "enter", G_CALLBACK(table_enter), self);
  g_signal_connect_swapped(motion, "leave", G_CALLBACK(table_leave), self);
  gtk_widget_add_controller(GTK_WIDGET(self), motion);
}

GtkWidget *hv_table_new(const char *label, const HvColumn *columns, guint n_columns,
                        guint sort_column, const char *empty_text) {
  HvTable *self = g_object_new(HV_TYPE_TABLE, NULL);
  GtkWidget *scroller = gtk_scrolled_window_new();

  self->columns = columns;
  self->n_columns = n_columns;
  self->view = gtk_column_view_new(NULL);
  gtk_widget_add_css_class(self->view, "data-table");
  gtk_column_view_set_reorderable(GTK_COLUMN_VIEW(self->view), FALSE);
  gtk_widget_add_controller(self->view, sort_keys());
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                 -1);
  for (guint i = 0; i < n_columns; i++) {
    g_autoptr(GtkColumnViewColumn) column = hv_table_column_new(&columns[i]);

    gtk_column_view_append_column(GTK_COLUMN_VIEW(self->view), column);
    if (i == sort_column)
      gtk_column_view_sort_by_column(GTK_COLUMN_VIEW(self->view), column,
                                     columns[i].descending ? GTK_SORT_DESCENDING
                                                           : GTK_SORT_ASCENDING);
  }
  self->sorted = gtk_sort_list_model_new(
      g_object_ref(G_LIST_MODEL(self->rows)),
      g_object_ref(gtk_column_view_get_sorter(GTK_COLUMN_VIEW(self->view))));
  hv_table_order_read(gtk_sort_list_model_get_sorter(self->sorted), columns, n_columns,
                      &self->order);
  self->first_order = hv_table_order_dup_text(&self->order, columns);
  /* After the model, which has sorted what there is by then. */
  g_signal_connect_object(gtk_sort_list_model_get_sorter(self->sorted), "changed",
                          G_CALLBACK(table_order_changed), self, G_CONNECT_SWAPPED);
  self->selection = gtk_single_selection_new(g_object_ref(G_LIST_MODEL(self->sorted)));
  gtk_single_selection_set_autoselect(self->selection, FALSE);
  gtk_single_selection_set_can_unselect(self->selection, TRUE);
  gtk_column_view_set_model(GTK_COLUMN_VIEW(self->view), GTK_SELECTION_MODEL(self->selection));
  g_signal_connect_object(self->view, "activate", G_CALLBACK(table_activated), self,
                          G_CONNECT_DEFAULT);
  g_signal_connect_object(self->view, "map", G_CALLBACK(table_mapped), self,
                          G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object(self->selection, "notify::selected-item", G_CALLBACK(table_selected),
                          self, G_CONNECT_SWAPPED);

  /* Beside the rows: that there are more of them, or more columns, shows at any time. */
  gtk_scrolled_window_set_overlay_scrolling(GTK_SCROLLED_WINDOW(scroller), FALSE);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), self->view);
  gtk_widget_set_vexpand(scroller, TRUE);
  self->empty = gtk_label_new(empty_text);
  gtk_label_set_wrap(GTK_LABEL(self->empty), TRUE);
  gtk_label_set_justify(GTK_LABEL(self->empty), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class(self->empty, "dim-label");
  gtk_widget_add_css_class(self->empty, "placeholder");
  self->stack = gtk_stack_new();
  gtk_stack_add_named(GTK_STACK(self->stack), hv_scroller_new(self->empty), "empty");
  gtk_stack_add_named(GTK_STACK(self->stack), scroller, "rows");
  self->footer = gtk_label_new(NULL);
  gtk_label_set_wrap(GTK_LABEL(self->footer), TRUE);
  gtk_label_set_justify(GTK_LABEL(self->footer), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class(self->footer, "dim-label");
  gtk_widget_add_css_class(self->footer, "table-footer");
  gtk_widget_hide(self->footer);
  self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append(GTK_BOX(self->box), self->stack);
  gtk_box_append(GTK_BOX(self->box), self->footer);
  gtk_widget_set_parent(self->box, GTK_WIDGET(self));
  return GTK_WIDGET(self);
}
