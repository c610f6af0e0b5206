/* SPDX-License-Identifier: MIT */
/* See reasons_box.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/reasons_box.h"

#include <glib/gi18n.h>

#include "viewer/model/trim.h"
#include "viewer/model/units.h"
#include "viewer/ui/explanation.h"
#include "viewer/ui/holders_label.h"
#include "viewer/ui/label.h"
#include "viewer/ui/names.h"
#include "viewer/ui/scroller.h"
#include "viewer/ui/tip.h"

#define ROWS_HEIGHT_MAX_PX 104 /* four */
#define ROWS_HEIGHT_LOW_PX 65  /* two and a half: it shows that there are more */

/* One reason; widgets are owned by the box. */
typedef struct {
  GtkWidget *box;
  GtkWidget *bytes;
  GtkWidget *share;
  GtkWidget *text;
  GtkWidget *show;
  GtkWidget *help;
  GtkWidget *explain;
  GtkWidget *holders;
  GtkWidget *curve; /* of what live blocks pin */
  GtkWidget *gain;  /* of a trim, while there can be one */
  GtkWidget *trims; /* both */
  GtkWidget *trim;
  int rank;    /* of the reason, from 1 */
  char *query; /* NULL: it is not on the map, but in the list of mappings */
} Line;

struct _HvReasonsBox {
  GtkWidget parent_instance;

  GtkWidget *scroller; /* owned child */
  GtkWidget *list;
  GPtrArray *lines; /* Line */
  HvReasons *reasons;
  HvFrame *frame; /* that of the reasons */
  char *search;
  char *shown_list;  /* on screen in the panel */
  char *list_before; /* the list of mappings was */
  gboolean showing;  /* buttons change by our own hand */
  gboolean weighing; /* a thread works out what a trim would give back */
};

G_DEFINE_FINAL_TYPE(HvReasonsBox, hv_reasons_box, GTK_TYPE_WIDGET)

static void line_free(gpointer data) {
  Line *line = data;

  g_free(line->query);
  g_free(line);
}

static gboolean is_list_of_mappings(const char *list) {
  return g_strcmp0(list, "mappings") == 0;
}

static void show_toggled(GtkToggleButton *button, HvReasonsBox *self) {
  Line *line = g_object_get_data(G_OBJECT(button), "line");
  gboolean active = gtk_toggle_button_get_active(button);

  if (self->showing)
    return;
  if (line->query != NULL)
    gtk_widget_activate_action(GTK_WIDGET(self), "win.search", "s", active ? line->query : "");
  else if (active)
    gtk_widget_activate_action(GTK_WIDGET(self), "win.show-reason", "i", line->rank);
  else
    gtk_widget_activate_action(GTK_WIDGET(self), "win.list", "s",
                               self->list_before != NULL ? self->list_before : "details");
}

static void popdown_clicked(GtkButton *button, GtkPopover *popover) {
  gtk_popover_popdown(popover);
}

static void curve_clicked(GtkButton *button, HvReasonsBox *self) {
  Line *line = g_object_get_data(G_OBJECT(button), "line");

  gtk_widget_activate_action(GTK_WIDGET(self), "win.show-curve", "i", line->rank);
}

/* What a trim would give back, worked out by a thread. */
typedef struct {
  HvFrame *frame;
  HvReasons *reasons;
  char *text;
} Gain;

static void gain_free(gpointer data) {
  Gain *gain = data;

  hv_frame_unref(gain->frame);
  hv_reasons_unref(gain->reasons);
  g_free(gain->text);
  g_free(gain);
}

static void gain_run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  Gain *gain = data;
  gboolean exact = TRUE;
  guint64 bytes = hv_trim_bytes(gain->frame, gain->reasons, &exact);

  gain->text = hv_trim_describe(bytes, exact);
  g_task_return_boolean(task, TRUE);
}

static void gain_done(GObject *source, GAsyncResult *result, gpointer data) {
  HvReasonsBox *self = HV_REASONS_BOX(source);
  const Gain *gain = g_task_get_task_data(G_TASK(result));

  self->weighing = FALSE;
  if (self->lines == NULL)
    return;
  for (guint i = 0; i < self->lines->len; i++)
    hv_label_show(GTK_LABEL(((Line *)g_ptr_array_index(self->lines, i))->gain), gain->text);
}

static void reasons_box_weigh(HvReasonsBox *self) {
  g_autoptr(GTask) task = NULL;
  Gain *gain;

  if (self->weighing || self->frame == NULL || self->reasons == NULL)
    return;
  self->weighing = TRUE;
  gain = g_new0(Gain, 1);
  gain->frame = hv_frame_ref(self->frame);
  gain->reasons = hv_reasons_ref(self->reasons);
  task = g_task_new(self, NULL, gain_done, NULL);
  g_task_set_task_data(task, gain, gain_free);
  g_task_run_in_thread(task, gain_run);
}

/* Only while it is looked at: who holds it takes a pass over all samples, a trim one over blocks.
 */
static void line_ask(HvReasonsBox *self, Line *line) {
  if (!gtk_widget_get_visible(GTK_WIDGET(gtk_menu_button_get_popover(GTK_MENU_BUTTON(line->help)))))
    return;
  hv_holders_label_ask(HV_HOLDERS_LABEL(line->holders), self->frame, line->query);
  if (gtk_widget_get_visible(line->trims))
    reasons_box_weigh(self);
}

static void popover_shown(GtkWidget *popover, HvReasonsBox *self) {
  line_ask(self, g_object_get_data(G_OBJECT(popover), "line"));
}

static GtkWidget *line_make_help(HvReasonsBox *self, Line *line) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 10);
  GtkWidget *help = gtk_menu_button_new();
  GtkWidget *popover = hv_explanation_open_from(GTK_MENU_BUTTON(help), box);

  g_object_set_data(G_OBJECT(popover), "line", line);
  g_signal_connect_object(popover, "show", G_CALLBACK(popover_shown), self, G_CONNECT_DEFAULT);
  line->holders = hv_holders_label_new();
  line->explain = hv_label_new_sentences(50);
  line->curve = gtk_button_new_with_label(_("Release Curve and Pins"));
  gtk_widget_set_halign(line->curve, GTK_ALIGN_START);
  g_object_set_data(G_OBJECT(line->curve), "line", line);
  g_signal_connect_object(line->curve, "clicked", G_CALLBACK(popdown_clicked), popover,
                          G_CONNECT_DEFAULT);
  g_signal_connect_object(line->curve, "clicked", G_CALLBACK(curve_clicked), self,
                          G_CONNECT_DEFAULT);
  line->gain = hv_label_new_sentences(50);
  line->trim = gtk_button_new_with_label(_("Trim Now"));
  gtk_actionable_set_action_name(GTK_ACTIONABLE(line->trim), "win.trim");
  gtk_widget_set_halign(line->trim, GTK_ALIGN_START);
  g_signal_connect_object(line->trim, "clicked", G_CALLBACK(popdown_clicked), popover,
                          G_CONNECT_DEFAULT);
  gtk_box_append(GTK_BOX(box), line->explain);
  gtk_box_append(GTK_BOX(box), line->holders);
  gtk_box_append(GTK_BOX(box), line->curve);
  g_object_bind_property(line->trim, "sensitive", line->gain, "visible", G_BINDING_SYNC_CREATE);
  line->trims = gtk_box_new(GTK_ORIENTATION_VERTICAL, 10);
  gtk_box_append(GTK_BOX(line->trims), line->gain);
  gtk_box_append(GTK_BOX(line->trims), line->trim);
  gtk_box_append(GTK_BOX(box), line->trims);
  gtk_menu_button_set_label(GTK_MENU_BUTTON(help), _("What Helps"));
  gtk_menu_button_set_has_frame(GTK_MENU_BUTTON(help), FALSE);
  return help;
}

static Line *line_new(HvReasonsBox *self) {
  Line *line = g_new0(Line, 1);

  line->box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
  gtk_widget_add_css_class(line->box, "reason");
  line->bytes = hv_inscription_new(9, 1);
  gtk_widget_add_css_class(line->bytes, "amount");
  line->share = hv_inscription_new(7, 1);
  gtk_widget_add_css_class(line->share, "numeric");
  gtk_widget_add_css_class(line->share, "dim-label");
  line->text = hv_inscription_new(3, 0);
  gtk_widget_set_hexpand(line->text, TRUE);
  line->show = gtk_toggle_button_new_with_label(_("Show"));
  gtk_button_set_has_frame(GTK_BUTTON(line->show), FALSE);
  g_object_set_data(G_OBJECT(line->show), "line", line);
  g_signal_connect_object(line->show, "toggled", G_CALLBACK(show_toggled), self, G_CONNECT_DEFAULT);
  line->help = line_make_help(self, line);
  gtk_box_append(GTK_BOX(line->box), line->bytes);
  gtk_box_append(GTK_BOX(line->box), line->share);
  gtk_box_append(GTK_BOX(line->box), line->text);
  gtk_box_append(GTK_BOX(line->box), line->show);
  gtk_box_append(GTK_BOX(line->box), line->help);
  gtk_box_append(GTK_BOX(self->list), line->box);
  return line;
}

/* Whether what the reason is about is what is brought out now. */
static gboolean line_is_shown(HvReasonsBox *self, Line *line) {
  return line->query != NULL ? g_strcmp0(line->query, self->search) == 0
                             : is_list_of_mappings(self->shown_list);
}

static void line_show(HvReasonsBox *self, Line *line, const HvReason *reason) {
  guint64 total = hv_reasons_total_bytes(self->reasons);
  g_autofree char *bytes = hv_format_bytes(reason->bytes);
  g_autofree char *share = hv_format_percent((guint64)MAX(reason->bytes, 0), total);
  g_autofree char *text = g_strdup_printf("%s  ·  %s", reason->title, reason->detail);
  g_autofree char *explain =
      g_strdup_printf("%s\n\n%s\n\n%s", reason->title, reason->detail, reason->action);
  gboolean other;

  hv_inscription_show(GTK_INSCRIPTION(line->bytes), bytes);
  hv_inscription_show(GTK_INSCRIPTION(line->share), share);
  other = hv_inscription_show(GTK_INSCRIPTION(line->text), text);
  hv_label_show(GTK_LABEL(line->explain), explain);
  if (other) {
    g_autofree char *show = g_strdup_printf("%s: %s", _("Show"), reason->title);
    g_autofree char *help = g_strdup_printf("%s: %s", _("What helps"), reason->title);

    hv_tip_set(line->text, text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(line->show), GTK_ACCESSIBLE_PROPERTY_LABEL, show,
                                   -1);
    hv_name_control(line->help, help);
  }
  gtk_widget_set_visible(line->curve, reason->kind == HV_REASON_SPARSE);
  gtk_widget_set_visible(line->trims, reason->can_trim);
  g_free(line->query);
  line->query = g_strdup(reason->query);
  hv_tip_set(line->show, reason->query != NULL ? _("Bring it out on the map and in the lists")
                                               : _("It is not on the map: list its mappings"));
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(line->show), line_is_shown(self, line));
  gtk_widget_show(line->box);
}

static void reasons_box_show(HvReasonsBox *self) {
  guint count = self->reasons == NULL ? 0 : hv_reasons_count(self->reasons);

  self->showing = TRUE;
  for (guint i = 0; i < count; i++) {
    if (i == self->lines->len)
      g_ptr_array_add(self->lines, line_new(self));
    ((Line *)g_ptr_array_index(self->lines, i))->rank = (int)i + 1;
    line_show(self, g_ptr_array_index(self->lines, i), hv_reasons_get(self->reasons, i));
  }
  for (guint i = count; i < self->lines->len; i++)
    gtk_widget_hide(((Line *)g_ptr_array_index(self->lines, i))->box);
  gtk_widget_set_visible(self->scroller, count > 0);
  self->showing = FALSE;
}

void hv_reasons_box_set_reasons(HvReasonsBox *self, HvReasons *reasons, HvFrame *frame) {
  gboolean same;

  g_return_if_fail(HV_IS_REASONS_BOX(self));
  same = hv_reasons_equal(reasons, self->reasons);
  if (reasons != NULL)
    hv_reasons_ref(reasons);
  g_clear_pointer(&self->reasons, hv_reasons_unref);
  self->reasons = reasons;
  if (frame != NULL)
    hv_frame_ref(frame);
  g_clear_pointer(&self->frame, hv_frame_unref);
  self->frame = frame;
  if (!same)
    reasons_box_show(self);
  for (guint i = 0; i < self->lines->len; i++)
    line_ask(self, g_ptr_array_index(self->lines, i));
}

HvReasons *hv_reasons_box_get_reasons(HvReasonsBox *self) {
  g_return_val_if_fail(HV_IS_REASONS_BOX(self), NULL);
  return self->reasons;
}

void hv_reasons_box_set_search(HvReasonsBox *self, const char *text) {
  g_return_if_fail(HV_IS_REASONS_BOX(self));
  g_free(self->search);
  self->search = g_strdup(text);
  reasons_box_show(self);
}

void hv_reasons_box_set_list(HvReasonsBox *self, const char *name) {
  g_return_if_fail(HV_IS_REASONS_BOX(self));
  if (!is_list_of_mappings(name)) {
    g_free(self->list_before);
    self->list_before = g_strdup(name);
  }
  g_free(self->shown_list);
  self->shown_list = g_strdup(name);
  reasons_box_show(self);
}

void hv_reasons_box_set_low(HvReasonsBox *self, gboolean low) {
  g_return_if_fail(HV_IS_REASONS_BOX(self));
  hv_scroller_set_most(HV_SCROLLER(self->scroller), low ? ROWS_HEIGHT_LOW_PX : ROWS_HEIGHT_MAX_PX);
}

static void hv_reasons_box_dispose(GObject *object) {
  HvReasonsBox *self = HV_REASONS_BOX(object);

  g_clear_pointer(&self->scroller, gtk_widget_unparent);
  g_clear_pointer(&self->lines, g_ptr_array_unref);
  g_clear_pointer(&self->reasons, hv_reasons_unref);
  g_clear_pointer(&self->frame, hv_frame_unref);
  g_clear_pointer(&self->search, g_free);
  g_clear_pointer(&self->shown_list, g_free);
  g_clear_pointer(&self->list_before, g_free);
  G_OBJECT_CLASS(hv_reasons_box_parent_class)->dispose(object);
}

static void hv_reasons_box_class_init(HvReasonsBoxClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = hv_reasons_box_dispose;
  gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(widget_class, "reasonsbox");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void hv_reasons_box_init(HvReasonsBox *self) {
  self->lines = g_ptr_array_new_with_free_func(line_free);
  self->list = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  self->scroller = hv_scroller_new(self->list);
  hv_scroller_set_most(HV_SCROLLER(self->scroller), ROWS_HEIGHT_MAX_PX);
  gtk_widget_set_parent(self->scroller, GTK_WIDGET(self));
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Reasons: what holds the memory"), -1);
  reasons_box_show(self);
}
