/* SPDX-License-Identifier: MIT */
/* See process_page.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/process_page.h"

#include <glib/gi18n.h>

#include "viewer/model/processes.h"
#include "viewer/ui/table.h"

#define REFRESH_INTERVAL_MS 1000

struct _HvProcessPage {
  GtkWidget parent_instance;

  GtkWidget *box; /* template child, the only direct one */
  GtkLabel *count_label;
  GtkWidget *watch_button;
  GtkStack *stack;
  HvTable *table;

  guint refresh_id; /* timer, while mapped */
  gboolean scanning;
};

enum { VALUE_PID, VALUE_HEAP, VALUE_RSS, N_VALUES };

static const HvColumn columns[] = {
    {.title = N_("Name"), .kind = HV_CELL_NAME, .chars = 18},
    {.title = N_("PID"), .kind = HV_CELL_NUMBER, .value = VALUE_PID},
    {.title = N_("Heap"),
     .chars = 9,
     .explanation = N_("Live bytes by the newest snapshot; – until the process is watched"),
     .kind = HV_CELL_KNOWN_BYTES,
     .value = VALUE_HEAP},
    {.title = N_("RSS"),
     .chars = 9,
     .explanation = N_("Resident memory of the whole process"),
     .kind = HV_CELL_KNOWN_BYTES,
     .value = VALUE_RSS,
     .descending = TRUE},
    {.title = N_("Command line"), .kind = HV_CELL_DETAIL, .expand = TRUE},
};
#define COLUMN_RSS 3

G_DEFINE_FINAL_TYPE(HvProcessPage, hv_process_page, GTK_TYPE_WIDGET)

enum { PICKED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void process_page_pick(HvProcessPage *self, HvRow *row) {
  g_signal_emit(self, signals[PICKED], 0, (guint)hv_row_get_value(row, VALUE_PID));
}

static void process_page_watch(HvProcessPage *self) {
  HvRow *row = hv_table_get_selected(self->table);

  if (row != NULL)
    process_page_pick(self, row);
}

static void process_page_selected(HvProcessPage *self, HvRow *row) {
  gtk_widget_set_sensitive(self->watch_button, row != NULL);
}

static void process_page_fill(HvProcessPage *self, GPtrArray *processes) {
  g_autofree char *count = NULL;
  gboolean had_rows = hv_table_get_n_rows(self->table) > 0;

  hv_table_begin(self->table);
  for (guint i = 0; i < processes->len; i++) {
    const HvProcess *process = g_ptr_array_index(processes, i);
    guint64 values[N_VALUES] = {
        [VALUE_PID] = process->pid,
        [VALUE_HEAP] = process->has_heap ? process->heap_bytes : G_MAXUINT64,
        [VALUE_RSS] = process->kind == HV_PROCESS_LEFTOVER ? G_MAXUINT64 : process->rss_bytes,
    };
    /* Process numbers are reused; with the start time they are not. */
    guint64 key = process->start_ticks << 22 ^ process->pid;
    const char *detail = process->note != NULL ? process->note : process->command_line;

    hv_table_put(self->table, key, process->name, detail, values, N_VALUES);
  }
  hv_table_end(self->table);
  gtk_stack_set_visible_child_name(self->stack, processes->len > 0 ? "list" : "none");
  if (processes->len == 0)
    count = g_strdup(_("Nothing to watch yet; looking again every second"));
  else if (processes->len == 1)
    count = g_strdup(_("One process can be watched"));
  else
    count = g_strdup_printf(
        ngettext("%u processes can be watched", "%u processes can be watched", processes->len),
        processes->len);
  gtk_label_set_text(self->count_label, count);
  /* The first row is chosen so that Enter alone opens the usual case of a single program. */
  if (processes->len > 0 && (!had_rows || hv_table_get_selected(self->table) == NULL)) {
    hv_table_select_key(self->table, hv_row_get_key(hv_table_get_row(self->table, 0)));
    hv_table_focus(self->table);
  }
  process_page_selected(self, hv_table_get_selected(self->table));
}

static void scan_free(gpointer processes) {
  g_ptr_array_unref(processes);
}

static void scan_run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  g_task_return_pointer(task, hv_processes_scan(), scan_free);
}

static void scan_done(GObject *source, GAsyncResult *result, gpointer data) {
  HvProcessPage *self = HV_PROCESS_PAGE(source);
  g_autoptr(GPtrArray) processes = g_task_propagate_pointer(G_TASK(result), NULL);

  self->scanning = FALSE;
  if (processes != NULL && self->table != NULL)
    process_page_fill(self, processes);
}

static gboolean process_page_refresh(gpointer data) {
  HvProcessPage *self = data;
  g_autoptr(GTask) task = NULL;

  if (self->scanning)
    return G_SOURCE_CONTINUE;
  self->scanning = TRUE;
  task = g_task_new(self, NULL, scan_done, NULL);
  g_task_run_in_thread(task, scan_run);
  return G_SOURCE_CONTINUE;
}

static void hv_process_page_map(GtkWidget *widget) {
  HvProcessPage *self = HV_PROCESS_PAGE(widget);

  GTK_WIDGET_CLASS(hv_process_page_parent_class)->map(widget);
  process_page_refresh(self);
  self->refresh_id = g_timeout_add(REFRESH_INTERVAL_MS, process_page_refresh, self);
  if (hv_table_get_n_rows(self->table) > 0)
    hv_table_focus(self->table);
}

static void hv_process_page_unmap(GtkWidget *widget) {
  g_clear_handle_id(&HV_PROCESS_PAGE(widget)->refresh_id, g_source_remove);
  GTK_WIDGET_CLASS(hv_process_page_parent_class)->unmap(widget);
}

static void hv_process_page_dispose(GObject *object) {
  HvProcessPage *self = HV_PROCESS_PAGE(object);

  g_clear_handle_id(&self->refresh_id, g_source_remove);
  /* Its rows go away one by one, which is nothing to tell a page that is going, too. */
  if (self->table != NULL)
    g_signal_handlers_disconnect_by_data(self->table, self);
  self->table = NULL;
  g_clear_pointer(&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS(hv_process_page_parent_class)->dispose(object);
}

static void hv_process_page_class_init(HvProcessPageClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = hv_process_page_dispose;
  widget_class->map = hv_process_page_map;
  widget_class->unmap = hv_process_page_unmap;
  signals[PICKED] = g_signal_new("picked", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource(widget_class,
                                              "/org/liballoc/Viewer/ui/process_page.ui");
  gtk_widget_class_bind_template_child(widget_class, HvProcessPage, box);
  gtk_widget_class_bind_template_child(widget_class, HvProcessPage, count_label);
  gtk_widget_class_bind_template_child(widget_class, HvProcessPage, watch_button);
  gtk_widget_class_bind_template_child(widget_class, HvProcessPage, stack);
  gtk_widget_class_bind_template_callback(widget_class, process_page_watch);
}

static void hv_process_page_init(HvProcessPage *self) {
  gtk_widget_init_template(GTK_WIDGET(self));
  self->table = HV_TABLE(hv_table_new(_("Processes that can be watched"), columns,
                                      G_N_ELEMENTS(columns), COLUMN_RSS, ""));
  gtk_widget_set_name(GTK_WIDGET(self->table), "processes");
  gtk_stack_add_named(self->stack, GTK_WIDGET(self->table), "list");
  g_signal_connect_object(self->table, "row-activated", G_CALLBACK(process_page_pick), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(self->table, "row-selected", G_CALLBACK(process_page_selected), self,
                          G_CONNECT_SWAPPED);
}

guint hv_process_page_get_n_rows(HvProcessPage *self) {
  g_return_val_if_fail(HV_IS_PROCESS_PAGE(self), 0);
  return hv_table_get_n_rows(self->table);
}
