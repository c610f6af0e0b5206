/* SPDX-License-Identifier: MIT */
/* See details.h. Lines are kept and reused from one show to the next: ten times a second, making
 * widgets would cost more than all else. Pages are looked at by a thread, twice a second at most.
 */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/details.h"

#include <glib/gi18n.h>

#include "viewer/model/description.h"
#include "viewer/ui/label.h"
#include "viewer/ui/scroller.h"
#include "viewer/ui/swatch.h"

#define READ_INTERVAL_US (G_USEC_PER_SEC / 2)
#define HEADING_SCALE    1.1

typedef struct {
  GtkWidget *box; /* owned by the list */
  GtkWidget *swatch;
  GtkWidget *key;
  GtkWidget *value;
  GtkWidget *copy; /* NULL until the line is a command */
  gboolean is_heading;
} Line;

struct _HvDetails {
  GtkWidget parent_instance;

  GtkWidget *stack; /* owned child: "nothing" or "lines" */
  GtkWidget *list;  /* GtkBox of lines */
  GPtrArray *lines; /* Line */
  guint n_shown;
  const HvPalette *palette;

  HvMoment *moment;   /* nullable */
  HvPyramid *pyramid; /* that focus is in; NULL: nothing is selected */
  HvFocus focus;
  HvPlaceResident resident; /* of the place that was read last */
  guint64 read_begin;
  guint64 read_end;
  gint64 read_us; /* monotonic time when that began */
  gboolean reading;
};

G_DEFINE_FINAL_TYPE(HvDetails, hv_details, GTK_TYPE_WIDGET)

enum { TOLD, N_SIGNALS };
static guint signals[N_SIGNALS];

/* ---- lines ---- */

static Line *details_next_line(HvDetails *self) {
  Line *line;

  if (self->n_shown < self->lines->len)
    return g_ptr_array_index(self->lines, self->n_shown++);
  line = g_new0(Line, 1);
  line->box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  line->swatch = hv_swatch_new();
  line->key = gtk_label_new(NULL);
  line->value = gtk_label_new(NULL);
  gtk_label_set_xalign(GTK_LABEL(line->key), 0);
  gtk_label_set_yalign(GTK_LABEL(line->key), 0);
  gtk_label_set_xalign(GTK_LABEL(line->value), 1);
  gtk_widget_set_hexpand(line->value, TRUE);
  gtk_label_set_wrap(GTK_LABEL(line->value), TRUE);
  gtk_label_set_wrap_mode(GTK_LABEL(line->value), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable(GTK_LABEL(line->value), TRUE);
  gtk_widget_set_can_focus(line->value, FALSE);
  gtk_widget_add_css_class(line->key, "key");
  gtk_widget_add_css_class(line->value, "numeric");
  gtk_box_append(GTK_BOX(line->box), line->swatch);
  gtk_box_append(GTK_BOX(line->box), line->key);
  gtk_box_append(GTK_BOX(line->box), line->value);
  gtk_box_append(GTK_BOX(self->list), line->box);
  g_ptr_array_add(self->lines, line);
  self->n_shown++;
  return line;
}

static void line_copy(GtkButton *button, Line *line) {
  gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(button)),
                         gtk_label_get_text(GTK_LABEL(line->value)));
}

static void line_show_copy(Line *line, gboolean visible) {
  if (line->copy == NULL && visible) {
    line->copy = gtk_button_new_from_icon_name("edit-copy-symbolic");
    gtk_widget_set_tooltip_text(line->copy, _("Copy this line for gdb or lldb"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(line->copy), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Copy the line for a debugger"), -1);
    gtk_widget_add_css_class(line->copy, "flat");
    gtk_widget_set_valign(line->copy, GTK_ALIGN_START);
    g_signal_connect(line->copy, "clicked", G_CALLBACK(line_copy), line);
    gtk_box_append(GTK_BOX(line->box), line->copy);
  }
  if (line->copy != NULL)
    gtk_widget_set_visible(line->copy, visible);
}

/* By attributes: with a class for the font, GTK 4.8 goes on drawing a label in the old one when the
 * class goes before the label was drawn. */
static void line_set_heading(Line *line, gboolean is_heading) {
  g_autoptr(PangoAttrList) attributes = NULL;

  if (line->is_heading == is_heading)
    return;
  line->is_heading = is_heading;
  if (is_heading) {
    attributes = pango_attr_list_new();
    pango_attr_list_insert(attributes, pango_attr_weight_new(PANGO_WEIGHT_BOLD));
    pango_attr_list_insert(attributes, pango_attr_scale_new(HEADING_SCALE));
    gtk_widget_remove_css_class(line->key, "key");
  } else {
    gtk_widget_add_css_class(line->key, "key");
  }
  gtk_label_set_attributes(GTK_LABEL(line->key), attributes);
}

static void details_add_heading(HvDetails *self, const HvDetail *detail) {
  gboolean first = self->n_shown == 0;
  Line *line = details_next_line(self);

  line_set_heading(line, TRUE);
  gtk_widget_set_margin_top(line->box, first ? 0 : 12);
  gtk_widget_hide(line->swatch);
  gtk_widget_show(line->box);
  line_show_copy(line, FALSE);
  hv_label_show(GTK_LABEL(line->key), detail->key);
  hv_label_show(GTK_LABEL(line->value), "");
}

static void details_add(HvDetails *self, const HvDetail *detail) {
  Line *line = details_next_line(self);

  line_set_heading(line, FALSE);
  gtk_widget_set_margin_top(line->box, 0);
  if (detail->state != HV_STATE_NONE)
    hv_swatch_set(HV_SWATCH(line->swatch), self->palette, detail->state, FALSE);
  gtk_widget_set_visible(line->swatch, detail->state != HV_STATE_NONE);
  gtk_widget_show(line->box);
  line_show_copy(line, detail->is_command);
  hv_label_show(GTK_LABEL(line->key), detail->key);
  hv_label_show(GTK_LABEL(line->value), detail->value);
}

/* ---- what is resident ---- */

/* The process whose pages can be looked at; 0: there is none. */
static guint details_pid(HvDetails *self) {
  HvMoment *moment = self->moment;

  return moment != NULL && moment->state == HV_SOURCE_LIVE && moment->at_ns == 0 ? moment->pid : 0;
}

static gboolean details_is_read(HvDetails *self) {
  return self->read_begin == self->focus.begin && self->read_end == self->focus.end;
}

typedef struct {
  HvPyramid *pyramid;
  guint pid;
  HvFocus focus;
  HvPlaceResident resident;
} Read;

static void read_free(gpointer data) {
  Read *read = data;

  hv_pyramid_unref(read->pyramid);
  g_free(read);
}

static const HvHit *focus_hit(const HvFocus *focus) {
  return focus->level == HV_FOCUS_AREA ? NULL : &focus->hit;
}

static void read_run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  Read *read = data;

  hv_place_read_resident(read->pyramid, read->pid, read->focus.begin, read->focus.end,
                         focus_hit(&read->focus), &read->resident);
  g_task_return_boolean(task, TRUE);
}

static void details_tell(HvDetails *self);
static void details_read(HvDetails *self);

static void read_done(GObject *source, GAsyncResult *result, gpointer data) {
  HvDetails *self = HV_DETAILS(source);
  Read *read = g_task_get_task_data(G_TASK(result));

  self->reading = FALSE;
  if (self->stack == NULL || self->pyramid == NULL)
    return;
  self->resident = read->resident;
  self->read_begin = read->focus.begin;
  self->read_end = read->focus.end;
  details_tell(self);
  g_signal_emit(self, signals[TOLD], 0);
  details_read(self);
}

/* Looks at the pages of what is selected, unless that was done just now or a thread does. */
static void details_read(HvDetails *self) {
  g_autoptr(GTask) task = NULL;
  Read *read;

  if (self->reading || self->pyramid == NULL || details_pid(self) == 0 ||
      !gtk_widget_get_mapped(GTK_WIDGET(self)))
    return;
  if (details_is_read(self) && g_get_monotonic_time() - self->read_us < READ_INTERVAL_US)
    return;
  read = g_new0(Read, 1);
  read->pyramid = hv_pyramid_ref(self->pyramid);
  read->pid = details_pid(self);
  read->focus = self->focus;
  self->reading = TRUE;
  self->read_us = g_get_monotonic_time();
  task = g_task_new(self, NULL, read_done, NULL);
  g_task_set_task_data(task, read, read_free);
  g_task_run_in_thread(task, read_run);
}

char *hv_details_dup_selection(HvDetails *self) {
  GString *text;

  g_return_val_if_fail(HV_IS_DETAILS(self), NULL);
  text = g_string_new(NULL);
  if (self->pyramid != NULL)
    g_string_append_printf(text, "0x%" G_GINT64_MODIFIER "x-0x%" G_GINT64_MODIFIER "x",
                           self->focus.begin, self->focus.end);
  if (self->pyramid != NULL && details_pid(self) != 0 && details_is_read(self) &&
      self->resident.is_known)
    g_string_append_printf(text, " %" G_GUINT64_FORMAT,
                           hv_mix_resident_bytes(&self->resident.thing));
  return g_string_free(text, FALSE);
}

/* ---- what is said ---- */

static GPtrArray *details_describe(HvDetails *self) {
  static const HvPlaceResident unknown;
  HvPlaceQuestion question = {
      .pyramid = self->pyramid,
      .begin = self->focus.begin,
      .end = self->focus.end,
      .hit = focus_hit(&self->focus),
      .only_span = self->focus.level == HV_FOCUS_SPAN,
  };

  if (details_pid(self) != 0)
    question.resident = details_is_read(self) ? &self->resident : &unknown;
  if (self->moment != NULL && self->moment->frame != NULL) {
    question.activity = self->moment->activity;
    question.activity_frame = self->moment->frame;
  }
  return hv_description_new(&question);
}

static void details_tell(HvDetails *self) {
  g_autoptr(GPtrArray) details = details_describe(self);

  self->n_shown = 0;
  for (guint i = 0; i < details->len; i++) {
    const HvDetail *detail = g_ptr_array_index(details, i);

    if (detail->value == NULL)
      details_add_heading(self, detail);
    else
      details_add(self, detail);
  }
  for (guint i = self->n_shown; i < self->lines->len; i++)
    gtk_widget_hide(((Line *)g_ptr_array_index(self->lines, i))->box);
  gtk_stack_set_visible_child_name(GTK_STACK(self->stack), "lines");
}

void hv_details_show(HvDetails *self, HvPyramid *pyramid, const HvFocus *focus,
                     const HvPalette *palette) {
  gboolean nothing = focus == NULL || focus->level == HV_FOCUS_NOTHING || pyramid == NULL;

  g_return_if_fail(HV_IS_DETAILS(self));
  if (!nothing)
    hv_pyramid_ref(pyramid);
  g_clear_pointer(&self->pyramid, hv_pyramid_unref);
  if (nothing) {
    self->n_shown = 0;
    gtk_stack_set_visible_child_name(GTK_STACK(self->stack), "nothing");
  } else {
    self->pyramid = pyramid;
    self->focus = *focus;
    self->palette = palette;
    details_tell(self);
    details_read(self);
  }
  g_signal_emit(self, signals[TOLD], 0);
}

void hv_details_set_moment(HvDetails *self, HvMoment *moment) {
  g_return_if_fail(HV_IS_DETAILS(self));
  if (moment != NULL)
    hv_moment_ref(moment);
  g_clear_pointer(&self->moment, hv_moment_unref);
  self->moment = moment;
}

void hv_details_refresh(HvDetails *self) {
  g_return_if_fail(HV_IS_DETAILS(self));
  if (self->pyramid == NULL)
    return;
  details_tell(self);
  details_read(self);
}

char *hv_details_dup_text(HvDetails *self) {
  g_autoptr(GPtrArray) details = NULL;

  g_return_val_if_fail(HV_IS_DETAILS(self), NULL);
  if (self->pyramid == NULL)
    return g_strdup("");
  details = details_describe(self);
  return hv_description_text(details);
}

/* ---- making ---- */

static void hv_details_dispose(GObject *object) {
  HvDetails *self = HV_DETAILS(object);

  g_clear_pointer(&self->stack, gtk_widget_unparent);
  g_clear_pointer(&self->lines, g_ptr_array_unref);
  g_clear_pointer(&self->pyramid, hv_pyramid_unref);
  g_clear_pointer(&self->moment, hv_moment_unref);
  G_OBJECT_CLASS(hv_details_parent_class)->dispose(object);
}

static void hv_details_class_init(HvDetailsClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = hv_details_dispose;
  signals[TOLD] = g_signal_new("told", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void hv_details_init(HvDetails *self) {
  GtkWidget *nothing =
      gtk_label_new(_("Click the map to see what is there.\n\nDouble-click or Enter "
                      "zooms in on it, Backspace returns. Shift and drag measures "
                      "an area."));

  self->lines = g_ptr_array_new_with_free_func(g_free);
  self->list = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
  gtk_widget_add_css_class(self->list, "details");
  gtk_label_set_wrap(GTK_LABEL(nothing), TRUE);
  gtk_label_set_justify(GTK_LABEL(nothing), GTK_JUSTIFY_CENTER);
  gtk_label_set_max_width_chars(GTK_LABEL(nothing), 34);
  gtk_widget_add_css_class(nothing, "dim-label");
  gtk_widget_add_css_class(nothing, "placeholder");
  self->stack = gtk_stack_new();
  /* In a low window, it must not ask for height. */
  gtk_stack_add_named(GTK_STACK(self->stack), hv_scroller_new(nothing), "nothing");
  gtk_stack_add_named(GTK_STACK(self->stack), hv_scroller_new(self->list), "lines");
  gtk_widget_set_parent(self->stack, GTK_WIDGET(self));
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Details of the selection"), -1);
}

GtkWidget *hv_details_new(void) {
  return g_object_new(HV_TYPE_DETAILS, NULL);
}
