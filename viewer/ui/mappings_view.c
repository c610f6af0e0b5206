/* SPDX-License-Identifier: MIT */
/* See mappings_view.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/mappings_view.h"

#include <glib/gi18n.h>

#include "viewer/model/mappings.h"
#include "viewer/model/pace.h"
#include "viewer/model/units.h"
#include "viewer/ui/label.h"
#include "viewer/ui/scroller.h"

#define READING_RESTS  9 /* a tenth of the time */
#define SENTENCE_CHARS 44

/* Values of a row beside those by column of the model. */
enum { VALUE_ESTIMATED = HV_MAPPINGS_COLUMNS, VALUES };

/* The columns of the model that the table has, in its order; of a chosen row the rest is told. */
static const HvMappingsColumn shown_columns[] = {
    HV_MAPPINGS_NAME,
    HV_MAPPINGS_BYTES,
    HV_MAPPINGS_DIRTY,
    HV_MAPPINGS_SHARED,
};

static const HvColumn columns[G_N_ELEMENTS(shown_columns)] = {
    {.title = N_("Mapping"), .kind = HV_CELL_NAME, .keep_end = TRUE, .chars = 9, .expand = TRUE},
    {.title = N_("Resident"),
     .kind = HV_CELL_BYTES,
     .value = HV_MAPPINGS_BYTES,
     .descending = TRUE},
    {.title = N_("Dirty"),
     .explanation = N_("Resident, written, and of this process alone"),
     .kind = HV_CELL_BYTES,
     .value = HV_MAPPINGS_DIRTY,
     .descending = TRUE},
    {.title = N_("Shared"),
     .explanation = N_("Resident, and mapped by other processes, too"),
     .kind = HV_CELL_BYTES,
     .value = HV_MAPPINGS_SHARED,
     .descending = TRUE},
};

struct _HvMappingsView {
  GtkWidget parent_instance;

  GtkWidget *box; /* owned child */
  GtkWidget *sentence;
  HvTable *table;
  GtkWidget *details; /* of the chosen row */

  HvMoment *moment;     /* wanted */
  HvMappings *mappings; /* shown, or NULL */
  guint64 read_ns;      /* CLOCK_REALTIME when they were read */
  HvPace pace;
  gboolean working;
  char *why; /* there are no rows; "" while they are not there yet */
};

G_DEFINE_FINAL_TYPE(HvMappingsView, hv_mappings_view, GTK_TYPE_WIDGET)

/* ---- reading ---- */

typedef struct {
  HvPyramid *pyramid;
  guint pid;
  gint64 begin_us;
  guint64 begin_ns; /* CLOCK_REALTIME */
} Job;

static void job_free(gpointer data) {
  Job *job = data;

  hv_pyramid_unref(job->pyramid);
  g_free(job);
}

static void mappings_free(gpointer data) {
  hv_mappings_unref(data);
}

static void job_run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  Job *job = data;
  GError *error = NULL;
  HvMappings *mappings = hv_mappings_read(job->pyramid, job->pid, &error);

  if (mappings == NULL)
    g_task_return_error(task, error);
  else
    g_task_return_pointer(task, mappings, mappings_free);
}

/* Why the moment does not have them; NULL: it has. (transfer none) */
static const char *moment_lacks_them(HvMoment *moment) {
  if (moment->state == HV_SOURCE_FILE || moment->pid == 0)
    return _("What was mapped outside of the heap is not saved: a live process has it.");
  if (moment->at_ns != 0)
    return _("What was mapped outside of the heap then is not kept. The newest moment has it.");
  if (moment->state == HV_SOURCE_GONE || moment->state == HV_SOURCE_DEAD)
    return _("The process has ended, and what it had mapped outside of the heap with it.");
  if (moment->state == HV_SOURCE_ENDED || moment->state == HV_SOURCE_FAILED)
    return _("What is mapped outside of the heap is listed while the process is watched.");
  return moment->pyramid == NULL ? "" : NULL;
}

/* ---- showing ---- */

/* FNV-1a: the same from one reading to the next, and told apart by 64 bits. */
static guint64 key_of(const HvMappingGroup *group) {
  guint64 hash = G_GUINT64_CONSTANT(0xcbf29ce484222325) ^ group->state;

  for (const char *at = group->name; *at != '\0'; at++)
    hash = (hash ^ (guint8)*at) * G_GUINT64_CONSTANT(0x100000001b3);
  return hash;
}

static GPtrArray *view_sorted(HvMappingsView *self) {
  const HvTableOrder *order = hv_table_get_order(self->table);

  if (order->count == 0)
    return hv_mappings_sorted(self->mappings, HV_MAPPINGS_BYTES, FALSE);
  return hv_mappings_sorted(self->mappings, shown_columns[order->by[0].column],
                            order->by[0].ascending);
}

static void view_show_rows(HvMappingsView *self) {
  g_autoptr(GPtrArray) groups = self->mappings == NULL ? g_ptr_array_new() : view_sorted(self);

  hv_table_begin(self->table);
  for (guint i = 0; i < groups->len; i++) {
    const HvMappingGroup *group = g_ptr_array_index(groups, i);
    g_autofree char *title = hv_mapping_group_title(group);
    g_autofree char *rights = hv_mapping_group_rights(group);
    const guint64 values[VALUES] = {
        [HV_MAPPINGS_BYTES] = (guint64)group->bytes, [HV_MAPPINGS_DIRTY] = group->dirty_bytes,
        [HV_MAPPINGS_SHARED] = group->shared_bytes,  [HV_MAPPINGS_SWAP] = group->swap_bytes,
        [HV_MAPPINGS_COUNT] = group->count,          [HV_MAPPINGS_STATE] = group->state,
        [VALUE_ESTIMATED] = group->estimated,
    };

    hv_table_put(self->table, key_of(group), title, rights, values, VALUES);
  }
  hv_table_end(self->table);
}

static void view_show_details(HvMappingsView *self) {
  HvRow *row = hv_table_get_selected(self->table);

  if (row != NULL) {
    guint64 count = hv_row_get_value(row, HV_MAPPINGS_COUNT);
    guint64 state = hv_row_get_value(row, HV_MAPPINGS_STATE);
    g_autofree char *number = hv_format_count(count);
    g_autofree char *bytes =
        hv_format_bytes_exact((gint64)hv_row_get_value(row, HV_MAPPINGS_BYTES));
    g_autofree char *swapped = hv_format_bytes((gint64)hv_row_get_value(row, HV_MAPPINGS_SWAP));
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_printf(text,
                    ngettext("%s\n%s in %s mapping (%s), and %s swapped out.\n%s",
                             "%s\n%s in %s mappings (%s), and %s swapped out.\n%s", count),
                    hv_row_get_name(row), bytes, number, hv_row_get_detail(row), swapped,
                    hv_state_explanation((HvState)state));
    if (hv_row_get_value(row, VALUE_ESTIMATED) != 0)
      g_string_append_printf(text, " %s",
                             _("As much as the allocator has of metadata, whose places are not "
                               "known, was taken off."));
    hv_label_show(GTK_LABEL(self->details), text->str);
  }
  gtk_widget_set_visible(self->details, row != NULL);
}

static void view_tell(HvMappingsView *self) {
  const HvResidency *residency = hv_mappings_residency(self->mappings);
  g_autofree char *outside = hv_format_bytes(hv_mappings_bytes(self->mappings));
  g_autofree char *rss = hv_format_bytes((gint64)residency->rss_bytes);
  g_autoptr(GString) text = g_string_new(NULL);

  g_string_printf(text, _("%s of %s resident are outside of the heap."), outside, rss);
  if (residency->note != NULL)
    g_string_append_printf(text, " %s", residency->note);
  if (self->moment->state == HV_SOURCE_PAUSED) {
    g_autofree char *time = hv_format_time(self->read_ns);

    g_string_append_c(text, ' ');
    g_string_append_printf(text, _("The window is paused; this was read at %s."), time);
  }
  hv_label_show(GTK_LABEL(self->sentence), text->str);
  gtk_widget_show(self->sentence);
}

/* No rows, and why. */
static void view_say(HvMappingsView *self, const char *why) {
  g_clear_pointer(&self->mappings, hv_mappings_unref);
  g_free(self->why);
  self->why = g_strdup(why);
  view_show_rows(self);
  view_show_details(self);
  hv_table_set_empty_text(self->table, why);
  gtk_widget_hide(self->sentence);
}

static void view_start(HvMappingsView *self);

static void job_done(GObject *source, GAsyncResult *result, gpointer data) {
  HvMappingsView *self = HV_MAPPINGS_VIEW(source);
  Job *job = g_task_get_task_data(G_TASK(result));
  g_autoptr(GError) error = NULL;
  g_autoptr(HvMappings) mappings = g_task_propagate_pointer(G_TASK(result), &error);

  self->working = FALSE;
  hv_pace_note(&self->pace, job->begin_us, g_get_monotonic_time());
  if (self->moment == NULL || self->box == NULL || moment_lacks_them(self->moment) != NULL)
    return;
  if (self->moment->pid != job->pid) {
    view_start(self);
  } else if (mappings == NULL) {
    view_say(self, error->message);
  } else {
    g_clear_pointer(&self->mappings, hv_mappings_unref);
    self->mappings = g_steal_pointer(&mappings);
    self->read_ns = job->begin_ns;
    view_show_rows(self);
    view_show_details(self);
    view_tell(self);
  }
}

static void view_start(HvMappingsView *self) {
  g_autoptr(GTask) task = NULL;
  Job *job;

  if (self->working ||
      (self->mappings != NULL &&
       !hv_pace_is_due(&self->pace, READING_RESTS, G_MAXINT64, g_get_monotonic_time())))
    return;
  self->working = TRUE;
  job = g_new0(Job, 1);
  job->pyramid = hv_pyramid_ref(self->moment->pyramid);
  job->pid = self->moment->pid;
  job->begin_us = g_get_monotonic_time();
  job->begin_ns = (guint64)g_get_real_time() * 1000;
  task = g_task_new(self, NULL, job_done, NULL);
  g_task_set_task_data(task, job, job_free);
  g_task_run_in_thread(task, job_run);
}

void hv_mappings_view_set(HvMappingsView *self, HvMoment *moment) {
  const char *why = moment == NULL ? "" : moment_lacks_them(moment);
  gboolean other;

  g_return_if_fail(HV_IS_MAPPINGS_VIEW(self));
  other = moment == NULL || self->moment == NULL || moment->pid != self->moment->pid;
  if (moment != NULL)
    hv_moment_ref(moment);
  g_clear_pointer(&self->moment, hv_moment_unref);
  self->moment = moment;
  if (why != NULL || other)
    view_say(self, why == NULL ? "" : why);
  if (why != NULL)
    return;
  if (self->mappings != NULL)
    view_tell(self);
  /* What was read last before the pause is nearer to what the window shows than what is now. */
  if (self->mappings == NULL || moment->state != HV_SOURCE_PAUSED)
    view_start(self);
}

void hv_mappings_view_clear(HvMappingsView *self) {
  g_return_if_fail(HV_IS_MAPPINGS_VIEW(self));
  view_say(self, "");
}

HvTable *hv_mappings_view_get_table(HvMappingsView *self) {
  g_return_val_if_fail(HV_IS_MAPPINGS_VIEW(self), NULL);
  return self->table;
}

const char *hv_mappings_view_get_why(HvMappingsView *self) {
  g_return_val_if_fail(HV_IS_MAPPINGS_VIEW(self), "");
  return self->mappings != NULL || self->why == NULL ? "" : self->why;
}

char *hv_mappings_view_dup_data(HvMappingsView *self, gboolean as_json) {
  g_autoptr(GPtrArray) groups = NULL;

  g_return_val_if_fail(HV_IS_MAPPINGS_VIEW(self), NULL);
  if (self->mappings == NULL)
    return NULL;
  groups = hv_mappings_sorted(self->mappings, HV_MAPPINGS_BYTES, FALSE);
  return hv_mappings_dup_data(groups, as_json);
}

/* ---- making ---- */

static void hv_mappings_view_dispose(GObject *object) {
  HvMappingsView *self = HV_MAPPINGS_VIEW(object);

  if (self->table != NULL)
    g_signal_handlers_disconnect_by_data(self->table, self);
  self->table = NULL;
  g_clear_pointer(&self->box, gtk_widget_unparent);
  g_clear_pointer(&self->moment, hv_moment_unref);
  g_clear_pointer(&self->mappings, hv_mappings_unref);
  g_clear_pointer(&self->why, g_free);
  G_OBJECT_CLASS(hv_mappings_view_parent_class)->dispose(object);
}

static void hv_mappings_view_class_init(HvMappingsViewClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = hv_mappings_view_dispose;
  gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void hv_mappings_view_init(HvMappingsView *self) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

  self->sentence = hv_label_new_sentences(SENTENCE_CHARS);
  self->details = hv_label_new_sentences(SENTENCE_CHARS);
  gtk_widget_add_css_class(self->sentence, "charts");
  gtk_widget_add_css_class(self->details, "charts");
  gtk_widget_hide(self->sentence);
  gtk_widget_hide(self->details);
  self->table =
      HV_TABLE(hv_table_new(_("Mappings outside the heap"), columns, G_N_ELEMENTS(columns), 1, ""));
  gtk_widget_set_name(GTK_WIDGET(self->table), "mappings");
  gtk_widget_set_vexpand(GTK_WIDGET(self->table), TRUE);
  gtk_widget_set_size_request(GTK_WIDGET(self->table), -1, HV_TABLE_LEAST_PX);
  g_signal_connect_object(self->table, "sort-changed", G_CALLBACK(view_show_rows), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(self->table, "row-selected", G_CALLBACK(view_show_details), self,
                          G_CONNECT_SWAPPED);
  gtk_box_append(GTK_BOX(box), self->sentence);
  gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->table));
  gtk_box_append(GTK_BOX(box), self->details);
  self->box = hv_scroller_new(box);
  gtk_widget_set_parent(self->box, GTK_WIDGET(self));
}

GtkWidget *hv_mappings_view_new(void) {
  return g_object_new(HV_TYPE_MAPPINGS_VIEW, NULL);
}
