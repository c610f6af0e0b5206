/* SPDX-License-Identifier: MIT */
/* See compare_page.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/compare_page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "viewer/model/highlight.h"
#include "viewer/model/hit.h"
#include "viewer/model/units.h"
#include "viewer/ui/scroller.h"
#include "viewer/ui/table.h"
#include "viewer/ui/tip.h"

#define COMPARE_INTERVAL_US G_USEC_PER_SEC
#define TITLE_LINES         3   /* at least */
#define LEDGER_PX           144 /* of its height at most: it scrolls */

struct _HvComparePage {
  GtkWidget parent_instance;

  GtkWidget *box;
  /* Inscriptions have one size whatever they say: wrapping labels would ask for another height with
   * every number. */
  GtkInscription *title;
  GtkInscription *ledger;
  HvTable *classes;
  HvTable *born;

  HvMoment *a; /* wanted */
  HvMoment *b;
  HvQuery *query;    /* nullable */
  HvMoment *shown_a; /* what the lists show */
  HvMoment *shown_b;
  HvQuery *shown_query;
  HvCompare *shown; /* of these two; NULL: nothing is shown */
  guint64 chosen;   /* block that is selected on the map; G_MAXUINT64: none */
  gboolean behind;  /* its row has not been chosen yet */
  gboolean comparing;
  gint64 compared_us; /* monotonic time of the last comparison */
  guint later_id;     /* the next one, when it is too early for it */
};

G_DEFINE_FINAL_TYPE(HvComparePage, hv_compare_page, GTK_TYPE_WIDGET)

enum { PLACE_CHOSEN, PLACE_ACTIVATED, MARKED, OUTLINED, QUERY_CHOSEN, TOLD, N_SIGNALS };
static guint signals[N_SIGNALS];

enum { CLASS_NEW, CLASS_GONE, CLASS_VALUES };
static const HvColumn class_columns[] = {
    {.title = N_("Blocks of"), .kind = HV_CELL_NAME, .chars = 14, .expand = TRUE},
    {.title = N_("New"),
     .explanation = N_("Live now, not at A"),
     .kind = HV_CELL_BYTES,
     .value = CLASS_NEW,
     .descending = TRUE},
    {.title = N_("Gone"),
     .explanation = N_("Live at A, not now"),
     .kind = HV_CELL_BYTES,
     .value = CLASS_GONE,
     .descending = TRUE},
};

enum { BORN_ADDRESS, BORN_BYTES, BORN_VALUES };
static const HvColumn born_columns[] = {
    {.title = N_("New block"), .kind = HV_CELL_ADDRESS, .value = BORN_ADDRESS},
    {.title = N_("Size"), .kind = HV_CELL_BYTES, .value = BORN_BYTES, .descending = TRUE},
    {.title = N_("Thread"),
     .explanation = N_("Whose cache owns its span; alone: nothing else is live in the span"),
     .kind = HV_CELL_NAME,
     .chars = 12,
     .expand = TRUE},
};

/* ---- filling ---- */

static char *signed_bytes(gint64 bytes) {
  g_autofree char *text = hv_format_bytes(ABS(bytes));

  return g_strdup_printf("%s%s", bytes < 0 ? "−" : "+", text);
}

static void append_change(GString *text, gint64 bytes, const char *title) {
  g_autofree char *change = signed_bytes(bytes);

  g_string_append_printf(text, "%s%s  %s", text->len == 0 ? "" : "\n", change, title);
}

/* The change of the total, then all rows of the ledger that changed, the most first. */
static void compare_page_tell_ledger(HvComparePage *self, HvLedger *before, HvLedger *after) {
  g_autoptr(GString) text = g_string_new(NULL);
  g_autoptr(GArray) changes = hv_ledger_changes(before, after);

  append_change(text, (gint64)hv_ledger_total_bytes(after) - (gint64)hv_ledger_total_bytes(before),
                hv_ledger_title(after));
  for (guint i = 0; i < changes->len; i++) {
    const HvLedgerPair *change = &g_array_index(changes, HvLedgerPair, i);

    append_change(text, change->after - change->before, change->row->title);
  }
  if (changes->len == 0)
    g_string_assign(text, _("No row of the ledger changed."));
  gtk_inscription_set_text(self->ledger, text->str);
  gtk_inscription_set_min_lines(self->ledger, 1 + changes->len);
  gtk_inscription_set_nat_lines(self->ledger, 1 + changes->len);
}

/* Without the date when it is that of @first. */
static char *later_time(const char *first, guint64 realtime_ns) {
  g_autofree char *time = hv_format_time(realtime_ns);
  const char *blank = strchr(time, ' ');

  return g_strdup(blank != NULL && strncmp(first, time, (gsize)(blank - time)) == 0 ? blank + 1
                                                                                    : time);
}

/* The headline has the lines it needs, and keeps them: what is under it does not jump about while
 * numbers change. */
static void compare_page_set_title(HvComparePage *self, const char *text) {
  GtkWidget *title = GTK_WIDGET(self->title);
  int width = gtk_widget_get_width(title);
  guint lines = TITLE_LINES;

  if (width > 0) {
    g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(title, text);

    pango_layout_set_width(layout, width * PANGO_SCALE);
    pango_layout_set_wrap(layout, gtk_inscription_get_wrap_mode(self->title));
    lines = (guint)MAX(pango_layout_get_line_count(layout), TITLE_LINES);
  }
  if (lines > gtk_inscription_get_min_lines(self->title)) {
    gtk_inscription_set_min_lines(self->title, lines);
    gtk_inscription_set_nat_lines(self->title, lines);
  }
  gtk_inscription_set_text(self->title, text);
  hv_tip_set(title, text);
}

/* Chooses the row of what is selected on the map. */
static void compare_page_follow(HvComparePage *self) {
  HvRow *row = hv_table_get_selected(self->born);

  if (!self->behind || !gtk_widget_get_mapped(GTK_WIDGET(self->born)))
    return;
  if (row == NULL || hv_row_get_key(row) != self->chosen)
    hv_table_select_key(self->born, self->chosen);
  self->behind = hv_table_get_selected(self->born) == NULL && self->chosen != G_MAXUINT64;
}

static void compare_page_fill(HvComparePage *self, HvMoment *a, HvMoment *b, HvCompare *compare) {
  const HvClassChange *total = hv_compare_total(compare);
  guint64 matched = hv_compare_born_matched(compare);
  guint count;
  const HvClassChange *classes = hv_compare_classes(compare, &count);
  const HvBorn *born;
  g_autofree char *live = signed_bytes(total->live_bytes);
  g_autofree char *blocks = hv_format_count(total->born_blocks);
  g_autofree char *bytes = hv_format_bytes((gint64)total->born_bytes);
  g_autofree char *since = hv_format_time(hv_frame_head(a->frame)->realtime_ns);
  g_autofree char *until = later_time(since, hv_frame_head(b->frame)->realtime_ns);
  g_autofree char *title =
      g_strdup_printf(ngettext("Since A, %s, until %s: %s live. %s new blocks are still live, %s.",
                               "Since A, %s, until %s: %s live. %s new blocks are still live, %s.",
                               total->born_blocks),
                      since, until, live, blocks, bytes);

  compare_page_set_title(self, title);
  compare_page_tell_ledger(self, a->ledger, b->ledger);
  hv_table_set_empty_text(self->classes, _("No class changed."));
  hv_table_set_empty_text(self->born, total->born_blocks == 0 ? _("No block is new.")
                                      : matched == 0 ? _("Nothing here matches the filter.")
                                                     : _("No new block of a known place."));
  hv_table_begin(self->classes);
  for (guint i = 0; i < count; i++) {
    guint64 values[CLASS_VALUES] = {classes[i].born_bytes, classes[i].gone_bytes};
    g_autofree char *size = hv_format_bytes((gint64)classes[i].block_bytes);

    hv_table_put(self->classes, classes[i].size_class,
                 classes[i].size_class == HV_COMPARE_LARGE     ? _("large spans")
                 : classes[i].size_class == HV_COMPARE_REGIONS ? _("mmapped regions")
                                                               : size,
                 "", values, CLASS_VALUES);
  }
  hv_table_end(self->classes);
  born = hv_compare_born(compare, &count);
  hv_table_begin(self->born);
  for (guint i = 0; i < count; i++) {
    guint64 values[BORN_VALUES] = {born[i].address, born[i].bytes};
    const struct alloc_cache_record *cache = hv_frame_find_cache(b->frame, born[i].owner);
    g_autofree char *owner = cache == NULL ? g_strdup("") : hv_cache_describe(cache);
    gboolean small =
        born[i].size_class != HV_COMPARE_LARGE && born[i].size_class != HV_COMPARE_REGIONS;
    g_autofree char *name =
        small && born[i].is_alone ? g_strdup_printf(_("%s · alone"), owner) : g_strdup(owner);

    hv_table_put(self->born, born[i].address, name, "", values, BORN_VALUES);
  }
  hv_table_end(self->born);
  hv_table_set_more(self->born, count == 0 ? 0 : matched - count);
  compare_page_follow(self);
}

/* ---- comparing ---- */

typedef struct {
  HvMoment *a;
  HvMoment *b;
  HvQuery *query;
} Job;

static void job_free(gpointer data) {
  Job *job = data;

  hv_moment_unref(job->a);
  hv_moment_unref(job->b);
  g_clear_pointer(&job->query, hv_query_unref);
  g_free(job);
}

static void job_run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  Job *job = data;

  g_task_return_pointer(task, hv_compare_new(job->a->frame, job->b->frame, job->query),
                        (GDestroyNotify)hv_compare_unref);
}

static void compare_page_start(HvComparePage *self);

/* @query: (nullable) */
static void set_query(HvQuery **place, HvQuery *query) {
  if (query != NULL)
    hv_query_ref(query);
  g_clear_pointer(place, hv_query_unref);
  *place = query;
}

static gboolean compare_page_later(gpointer data) {
  HvComparePage *self = data;

  self->later_id = 0;
  compare_page_start(self);
  return G_SOURCE_REMOVE;
}

static void job_done(GObject *source, GAsyncResult *result, gpointer data) {
  HvComparePage *self = HV_COMPARE_PAGE(source);
  Job *job = g_task_get_task_data(G_TASK(result));
  g_autoptr(HvCompare) compare = g_task_propagate_pointer(G_TASK(result), NULL);

  self->comparing = FALSE;
  if (self->box == NULL || self->a == NULL)
    return;
  if (job->a != self->a) { /* not wanted any more */
    compare_page_start(self);
    return;
  }
  g_clear_pointer(&self->shown_a, hv_moment_unref);
  g_clear_pointer(&self->shown_b, hv_moment_unref);
  self->shown_a = hv_moment_ref(job->a);
  self->shown_b = hv_moment_ref(job->b);
  g_clear_pointer(&self->shown, hv_compare_unref);
  self->shown = hv_compare_ref(compare);
  set_query(&self->shown_query, job->query);
  compare_page_fill(self, job->a, job->b, compare);
  g_signal_emit(self, signals[TOLD], 0);
  compare_page_start(self);
}

/* Compares what is wanted, unless that is shown already or a thread is at work. */
static void compare_page_start(HvComparePage *self) {
  g_autoptr(GTask) task = NULL;
  Job *job;

  if (self->comparing || self->a == NULL || self->b == NULL)
    return;
  if (self->shown_a != NULL && self->a == self->shown_a &&
      self->b->content == self->shown_b->content && self->b->ledger == self->shown_b->ledger &&
      self->query == self->shown_query)
    return;
  /* Lists that change faster than they can be read only cost. */
  if (self->a == self->shown_a && self->query == self->shown_query &&
      g_get_monotonic_time() - self->compared_us < COMPARE_INTERVAL_US) {
    if (self->later_id == 0)
      self->later_id = g_timeout_add(COMPARE_INTERVAL_US / 1000, compare_page_later, self);
    return;
  }
  job = g_new0(Job, 1);
  job->a = hv_moment_ref(self->a);
  job->b = hv_moment_ref(self->b);
  set_query(&job->query, self->query);
  self->comparing = TRUE;
  self->compared_us = g_get_monotonic_time();
  task = g_task_new(self, NULL, job_done, NULL);
  g_task_set_task_data(task, job, job_free);
  g_task_run_in_thread(task, job_run);
}

/* Shows no comparison but @title. */
static void compare_page_clear(HvComparePage *self, const char *title) {
  if (self->shown == NULL && g_strcmp0(gtk_inscription_get_text(self->title), title) == 0)
    return;
  g_clear_pointer(&self->shown_a, hv_moment_unref);
  g_clear_pointer(&self->shown_b, hv_moment_unref);
  g_clear_pointer(&self->shown, hv_compare_unref);
  compare_page_set_title(self, title);
  gtk_inscription_set_text(self->ledger, "");
  hv_table_set_empty_text(self->classes, "");
  hv_table_set_empty_text(self->born, "");
  hv_table_begin(self->classes);
  hv_table_end(self->classes);
  hv_table_begin(self->born);
  hv_table_end(self->born);
  g_signal_emit(self, signals[TOLD], 0);
}

/* Says what is being done until the comparison with another A is there. */
static void compare_page_announce(HvComparePage *self) {
  g_autofree char *time = hv_format_time(hv_frame_head(self->a->frame)->realtime_ns);
  g_autofree char *title = g_strdup_printf(_("Comparing with A, %s…"), time);

  compare_page_clear(self, title);
}

void hv_compare_page_set(HvComparePage *self, HvMoment *a, HvMoment *b, HvQuery *query) {
  HvMoment *before = self->a;

  g_return_if_fail(HV_IS_COMPARE_PAGE(self));
  if (a != NULL)
    hv_moment_ref(a);
  if (b != NULL)
    hv_moment_ref(b);
  g_clear_pointer(&self->a, hv_moment_unref);
  g_clear_pointer(&self->b, hv_moment_unref);
  self->a = a;
  self->b = b;
  set_query(&self->query, query);
  if (a == NULL || b == NULL) {
    compare_page_clear(self, _("Set mark A (key A) at the moment to compare with."));
    return;
  }
  if (a != self->shown_a && a != before)
    compare_page_announce(self);
  compare_page_start(self);
}

char *hv_compare_page_dup_data(HvComparePage *self, HvChangesList which, gboolean as_json) {
  g_return_val_if_fail(HV_IS_COMPARE_PAGE(self), NULL);
  if (self->shown == NULL)
    return NULL;
  return hv_changes_dup_data(&(HvCompared){self->shown, self->shown_b->frame, self->shown_a->ledger,
                                           self->shown_b->ledger},
                             which, HV_COMPARE_BORN_MAX, as_json);
}

char *hv_compare_page_dup_text(HvComparePage *self) {
  g_autofree char *classes = NULL;
  g_autofree char *born = NULL;

  g_return_val_if_fail(HV_IS_COMPARE_PAGE(self), NULL);
  classes = hv_table_dup_text(self->classes);
  born = hv_table_dup_text(self->born);
  return g_strdup_printf("%s\n\n%s\n\n%s\n%s", gtk_inscription_get_text(self->title),
                         gtk_inscription_get_text(self->ledger), classes, born);
}

char *hv_compare_page_dup_summary(HvComparePage *self) {
  g_return_val_if_fail(HV_IS_COMPARE_PAGE(self), NULL);
  return g_strdup(gtk_inscription_get_text(self->title));
}

/* ---- making ---- */

static void compare_page_tell_place(HvComparePage *self, guint signal, HvRow *row) {
  guint64 begin = hv_row_get_value(row, BORN_ADDRESS);

  g_signal_emit(self, signals[signal], 0, begin, begin + hv_row_get_value(row, BORN_BYTES));
}

static void compare_page_born_selected(HvComparePage *self, HvRow *row) {
  if (row != NULL)
    compare_page_tell_place(self, PLACE_CHOSEN, row);
}

static void compare_page_born_activated(HvComparePage *self, HvRow *row) {
  compare_page_tell_place(self, PLACE_ACTIVATED, row);
}

/* Where the blocks of a class are on the map. Returns (transfer full) (nullable). */
static char *class_query(HvComparePage *self, HvRow *row) {
  guint64 size_class = row == NULL ? 0 : hv_row_get_key(row);
  guint count = 0;
  const HvClassChange *classes;

  if (row == NULL || self->shown == NULL)
    return NULL;
  if (size_class == HV_COMPARE_LARGE)
    return g_strdup("kind:large");
  if (size_class == HV_COMPARE_REGIONS)
    return g_strdup("kind:region");
  classes = hv_compare_classes(self->shown, &count);
  for (guint i = 0; i < count; i++) {
    if (classes[i].size_class == size_class)
      return g_strdup_printf("class:%" G_GUINT64_FORMAT, classes[i].block_bytes);
  }
  return NULL;
}

static void compare_page_class_hovered(HvComparePage *self, HvRow *row) {
  g_autofree char *query =
      class_query(self, row != NULL ? row : hv_table_get_selected(self->classes));

  g_signal_emit(self, signals[OUTLINED], 0, query);
}

static void compare_page_born_hovered(HvComparePage *self, HvRow *row) {
  g_autoptr(HvHighlight) marks = NULL;
  guint64 begin;

  if (row == NULL) { /* what is selected among the classes again */
    compare_page_class_hovered(self, NULL);
    return;
  }
  begin = hv_row_get_value(row, BORN_ADDRESS);
  marks = hv_highlight_new_range(begin, begin + hv_row_get_value(row, BORN_BYTES));
  g_signal_emit(self, signals[MARKED], 0, marks);
}

static void compare_page_class_activated(HvComparePage *self, HvRow *row) {
  g_autofree char *query = class_query(self, row);

  if (query != NULL)
    g_signal_emit(self, signals[QUERY_CHOSEN], 0, query);
}

void hv_compare_page_select_block(HvComparePage *self, guint64 address) {
  g_return_if_fail(HV_IS_COMPARE_PAGE(self));
  self->chosen = address;
  self->behind = TRUE;
  compare_page_follow(self);
}

static void hv_compare_page_dispose(GObject *object) {
  HvComparePage *self = HV_COMPARE_PAGE(object);

  if (self->born != NULL) {
    g_signal_handlers_disconnect_by_data(self->born, self);
    g_signal_handlers_disconnect_by_data(self->classes, self);
  }
  self->born = NULL;
  g_clear_handle_id(&self->later_id, g_source_remove);
  g_clear_pointer(&self->box, gtk_widget_unparent);
  g_clear_pointer(&self->a, hv_moment_unref);
  g_clear_pointer(&self->b, hv_moment_unref);
  g_clear_pointer(&self->shown_a, hv_moment_unref);
  g_clear_pointer(&self->shown_b, hv_moment_unref);
  g_clear_pointer(&self->shown, hv_compare_unref);
  set_query(&self->query, NULL);
  set_query(&self->shown_query, NULL);
  G_OBJECT_CLASS(hv_compare_page_parent_class)->dispose(object);
}

static void hv_compare_page_class_init(HvComparePageClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = hv_compare_page_dispose;
  gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
  signals[PLACE_CHOSEN] =
      g_signal_new("place-chosen", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                   G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_UINT64);
  signals[PLACE_ACTIVATED] =
      g_signal_new("place-activated", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                   NULL, G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_UINT64);
  signals[MARKED] = g_signal_new("marked", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[OUTLINED] = g_signal_new("outlined", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[QUERY_CHOSEN] = g_signal_new("query-chosen", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST,
                                       0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[TOLD] = g_signal_new("told", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 0);
}

static GtkInscription *make_text(guint lines, const char *css) {
  GtkWidget *text = gtk_inscription_new("");

  gtk_inscription_set_min_lines(GTK_INSCRIPTION(text), lines);
  gtk_inscription_set_nat_lines(GTK_INSCRIPTION(text), lines);
  gtk_inscription_set_min_chars(GTK_INSCRIPTION(text), 20);
  gtk_inscription_set_yalign(GTK_INSCRIPTION(text), 0);
  gtk_inscription_set_text_overflow(GTK_INSCRIPTION(text), GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  gtk_widget_add_css_class(text, css);
  return GTK_INSCRIPTION(text);
}

static void hv_compare_page_init(HvComparePage *self) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *ledger;

  gtk_widget_add_css_class(box, "compare");
  self->box = hv_scroller_new(box);
  gtk_widget_set_parent(self->box, GTK_WIDGET(self));
  self->title = make_text(TITLE_LINES, "heading");
  self->ledger = make_text(1, "numeric");
  ledger = hv_scroller_new(GTK_WIDGET(self->ledger));
  hv_scroller_set_most(HV_SCROLLER(ledger), LEDGER_PX);
  hv_scroller_set_name(HV_SCROLLER(ledger), _("Changes of the ledger"));
  self->classes = HV_TABLE(
      hv_table_new(_("Classes that changed"), class_columns, G_N_ELEMENTS(class_columns), 1, ""));
  self->born =
      HV_TABLE(hv_table_new(_("New blocks"), born_columns, G_N_ELEMENTS(born_columns), 1, ""));
  gtk_widget_set_name(GTK_WIDGET(self->classes), "changes");
  gtk_widget_set_name(GTK_WIDGET(self->born), "born");
  gtk_widget_set_vexpand(GTK_WIDGET(self->classes), TRUE);
  gtk_widget_set_vexpand(GTK_WIDGET(self->born), TRUE);
  gtk_widget_set_size_request(GTK_WIDGET(self->classes), -1, HV_TABLE_LEAST_PX);
  gtk_widget_set_size_request(GTK_WIDGET(self->born), -1, HV_TABLE_LEAST_PX);
  gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->title));
  gtk_box_append(GTK_BOX(box), ledger);
  gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->classes));
  gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->born));
  g_signal_connect_object(self->born, "row-selected", G_CALLBACK(compare_page_born_selected), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(self->born, "row-activated", G_CALLBACK(compare_page_born_activated),
                          self, G_CONNECT_SWAPPED);
  g_signal_connect_object(self->born, "row-hovered", G_CALLBACK(compare_page_born_hovered), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(self->classes, "row-selected", G_CALLBACK(compare_page_class_hovered),
                          self, G_CONNECT_SWAPPED);
  g_signal_connect_object(self->classes, "row-activated", G_CALLBACK(compare_page_class_activated),
                          self, G_CONNECT_SWAPPED);
  g_signal_connect_object(self->classes, "row-hovered", G_CALLBACK(compare_page_class_hovered),
                          self, G_CONNECT_SWAPPED);
  self->chosen = G_MAXUINT64;
  hv_compare_page_set(self, NULL, NULL, NULL);
}

GtkWidget *hv_compare_page_new(void) {
  return g_object_new(HV_TYPE_COMPARE_PAGE, NULL);
}
