/* SPDX-License-Identifier: MIT */
/* See holders_label.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/holders_label.h"

#include <glib/gi18n.h>

#include "viewer/model/holders.h"
#include "viewer/ui/label.h"

/* What a thread works out. */
typedef struct {
  HvFrame *frame;
  char *query;
  char *holders; /* NULL: none was sampled */
} Question;

struct _HvHoldersLabel {
  GtkWidget parent_instance;

  GtkWidget *label; /* owned child */
  HvFrame *frame;   /* asked about last */
  char *query;
  gboolean working;
  gboolean outdated; /* asked again meanwhile */
};

G_DEFINE_FINAL_TYPE(HvHoldersLabel, hv_holders_label, GTK_TYPE_WIDGET)

/* Of all labels, since debug information is large; whoever works holds the lock. */
static GMutex symbols_lock;
static HvSymbols *symbols;

static void question_free(gpointer data) {
  Question *question = data;

  hv_frame_unref(question->frame);
  g_free(question->query);
  g_free(question->holders);
  g_free(question);
}

static void question_run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  Question *question = data;

  g_mutex_lock(&symbols_lock);
  if (symbols == NULL)
    symbols = hv_symbols_new();
  {
    g_autoptr(HvProfile) profile = hv_profile_new(question->frame, symbols);

    if (profile != NULL)
      question->holders = hv_holders_tell(profile, question->query);
  }
  g_mutex_unlock(&symbols_lock);
  g_task_return_boolean(task, TRUE);
}

static void label_say(HvHoldersLabel *self, const char *text) {
  hv_label_show(GTK_LABEL(self->label), text);
  gtk_widget_set_visible(GTK_WIDGET(self), *text != '\0');
}

static void question_done(GObject *source, GAsyncResult *result, gpointer data);

static void label_start(HvHoldersLabel *self) {
  g_autoptr(GTask) task = NULL;
  Question *question;

  self->outdated = self->working;
  if (self->working)
    return;
  self->working = TRUE;
  question = g_new0(Question, 1);
  question->frame = hv_frame_ref(self->frame);
  question->query = g_strdup(self->query);
  task = g_task_new(self, NULL, question_done, NULL);
  g_task_set_task_data(task, question, question_free);
  g_task_run_in_thread(task, question_run);
}

static void question_done(GObject *source, GAsyncResult *result, gpointer data) {
  HvHoldersLabel *self = HV_HOLDERS_LABEL(source);
  const Question *question = g_task_get_task_data(G_TASK(result));

  self->working = FALSE;
  if (self->label == NULL || self->frame == NULL || hv_frame_profile(self->frame) == NULL)
    return; /* disposed, or another question has been answered at once */
  if (g_strcmp0(question->query, self->query) == 0) {
    g_autofree char *text = g_strdup_printf("%s\n%s", _("Who holds it"), question->holders);

    label_say(self, question->holders == NULL ? _("No block of it was sampled.") : text);
  }
  if (self->outdated)
    label_start(self);
}

void hv_holders_label_ask(HvHoldersLabel *self, HvFrame *frame, const char *query) {
  gboolean other;

  g_return_if_fail(HV_IS_HOLDERS_LABEL(self));
  other = g_strcmp0(query, self->query) != 0;
  if (frame == self->frame && !other)
    return;
  if (frame != NULL)
    hv_frame_ref(frame);
  g_clear_pointer(&self->frame, hv_frame_unref);
  self->frame = frame;
  if (other) {
    g_free(self->query);
    self->query = g_strdup(query);
  }
  if (frame == NULL || query == NULL) {
    label_say(self, "");
  } else if (hv_frame_profile(frame) == NULL) {
    label_say(self, _("Which functions hold it: a profile tells (page Profile)."));
  } else {
    if (other)
      label_say(self, _("Looking for who holds it…"));
    label_start(self);
  }
}

const char *hv_holders_label_get_text(HvHoldersLabel *self) {
  g_return_val_if_fail(HV_IS_HOLDERS_LABEL(self), NULL);
  return gtk_label_get_text(GTK_LABEL(self->label));
}

static void hv_holders_label_dispose(GObject *object) {
  HvHoldersLabel *self = HV_HOLDERS_LABEL(object);

  g_clear_pointer(&self->label, gtk_widget_unparent);
  g_clear_pointer(&self->frame, hv_frame_unref);
  g_clear_pointer(&self->query, g_free);
  G_OBJECT_CLASS(hv_holders_label_parent_class)->dispose(object);
}

static void hv_holders_label_class_init(HvHoldersLabelClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = hv_holders_label_dispose;
  gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
}

static void hv_holders_label_init(HvHoldersLabel *self) {
  self->label = hv_label_new_sentences(50);
  gtk_widget_set_parent(self->label, GTK_WIDGET(self));
  gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
}

GtkWidget *hv_holders_label_new(void) {
  return g_object_new(HV_TYPE_HOLDERS_LABEL, NULL);
}
