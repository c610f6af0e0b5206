/* SPDX-License-Identifier: MIT */
/* See release_view.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/release_view.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"
#include "viewer/render/charts.h"
#include "viewer/ui/label.h"
#include "viewer/ui/scroller.h"

#define CURVE_HEIGHT_PX     132
#define HISTOGRAM_HEIGHT_PX 92
#define PARTS_TOLD          6
#define PINS_MAX            200
#define PINS_HEIGHT_PX      180 /* at least */

enum { PIN_BEGIN, PIN_END, PIN_CLASS, PIN_PINS, PIN_BLOCKS, PIN_VALUES };

static const HvColumn pin_columns[] = {
    {.title = N_("Block at"), .kind = HV_CELL_ADDRESS, .value = PIN_BEGIN, .expand = TRUE},
    {.title = N_("Size"), .kind = HV_CELL_BYTES, .value = PIN_CLASS},
    {.title = N_("Pins"),
     .explanation = N_("Bytes that this block keeps from being given back"),
     .kind = HV_CELL_BYTES,
     .value = PIN_PINS,
     .descending = TRUE},
    {.title = N_("Live"),
     .explanation = N_("Live blocks in its span, this one included"),
     .kind = HV_CELL_COUNT,
     .value = PIN_BLOCKS},
};

struct _HvReleaseView {
  GtkWidget parent_instance;

  GtkWidget *box; /* owned child */
  GtkWidget *sentence;
  GtkWidget *curve;
  GtkWidget *histogram;
  GtkWidget *no_pins; /* instead of an empty list, right under its heading */
  HvTable *pins;
  const HvPalette *palette;

  HvFrame *frame; /* wanted */
  HvQuery *query;
  HvRelease *release; /* shown */
  guint64 chosen;     /* block that is selected on the map; G_MAXUINT64: none */
  gboolean behind;    /* its row has not been chosen yet */
  guint scene;        /* what a thread works out of another one is not shown */
  gboolean working;
  gboolean outdated;
};

G_DEFINE_FINAL_TYPE(HvReleaseView, hv_release_view, GTK_TYPE_WIDGET)

/* ---- working it out ---- */

typedef struct {
  HvFrame *frame;
  HvQuery *query;
  guint scene;
} Job;

static void job_free(gpointer data) {
  Job *job = data;

  hv_frame_unref(job->frame);
  g_clear_pointer(&job->query, hv_query_unref);
  g_free(job);
}

static void release_free(gpointer data) {
  hv_release_free(data);
}

static void job_run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  Job *job = data;

  g_task_return_pointer(task, hv_release_new(job->frame, job->query, PINS_MAX), release_free);
}

static void release_view_start(HvReleaseView *self);

static void release_view_say(HvReleaseView *self, const char *text) {
  hv_label_show(GTK_LABEL(self->sentence), text);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->curve), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                 text, -1);
}

static void release_view_tell(HvReleaseView *self) {
  guint64 blocks = hv_release_blocks(self->release);
  guint64 bytes = hv_release_bytes(self->release);
  guint64 knee_blocks, knee_bytes;
  g_autofree char *held = hv_format_bytes((gint64)bytes);
  g_autofree char *all = hv_format_count(blocks);
  g_autofree char *text = NULL;

  if (blocks == 0) {
    text = g_strdup(_("No block of a span is live: there is nothing to free."));
  } else if (hv_release_knee(self->release, &knee_blocks, &knee_bytes)) {
    g_autofree char *few = hv_format_count(knee_blocks);
    g_autofree char *share = hv_format_percent(knee_blocks, blocks);
    g_autofree char *gain = hv_format_bytes((gint64)knee_bytes);

    text =
        g_strdup_printf(ngettext("Freeing %s of %s blocks (%s) would give back %s of %s.",
                                 "Freeing %s of %s blocks (%s) would give back %s of %s.", blocks),
                        few, all, share, gain, held);
  } else {
    text = g_strdup_printf(ngettext("%s blocks hold %s, spread evenly: no few of them hold much.",
                                    "%s blocks hold %s, spread evenly: no few of them hold much.",
                                    blocks),
                           all, held);
  }
  release_view_say(self, text);
}

static void append_decile(HvReleaseView *self, guint index, GString *text) {
  const HvDecile *decile = &hv_release_deciles(self->release)[index];
  g_autofree char *held = hv_format_bytes((gint64)decile->held_bytes);
  g_autofree char *live = hv_format_bytes((gint64)decile->live_bytes);

  g_string_append_printf(text, _("Fill %u to %u %%: %s held, %s of it live"),
                         index * 100 / HV_RELEASE_DECILES, (index + 1) * 100 / HV_RELEASE_DECILES,
                         held, live);
}

/* A bar, and the parts that hold most of it. */
static gboolean histogram_tooltip(GtkWidget *histogram, int x, int y, gboolean keyboard,
                                  GtkTooltip *tooltip, HvReleaseView *self) {
  guint index = hv_render_fill_histogram_at(gtk_widget_get_width(histogram), x);
  const HvDecileClass *classes;
  g_autoptr(GString) text = NULL;
  guint count = 0;

  if (keyboard || self->release == NULL || hv_release_deciles(self->release)[index].spans == 0)
    return FALSE;
  text = g_string_new(NULL);
  append_decile(self, index, text);
  classes = hv_release_decile_classes(self->release, index, &count);
  for (guint i = 0; i < MIN(count, PARTS_TOLD); i++) {
    g_autofree char *block = hv_format_bytes((gint64)classes[i].block_bytes);
    g_autofree char *held = hv_format_bytes((gint64)classes[i].held_bytes);

    g_string_append_c(text, '\n');
    g_string_append_printf(text, _("Blocks of %s: %s"), block, held);
  }
  gtk_tooltip_set_text(tooltip, text->str);
  return TRUE;
}

/* What the bars show, for who does not see them. */
static void release_view_describe_fill(HvReleaseView *self) {
  const HvDecile *deciles = self->release == NULL ? NULL : hv_release_deciles(self->release);
  g_autoptr(GString) text = g_string_new(NULL);

  for (guint i = 0; deciles != NULL && i < HV_RELEASE_DECILES; i++) {
    if (deciles[i].spans == 0)
      continue;
    if (text->len > 0)
      g_string_append(text, "; ");
    append_decile(self, i, text);
  }
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->histogram),
                                 GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text->str, -1);
}

/* Chooses the row of what is selected on the map. */
static void release_view_follow(HvReleaseView *self) {
  HvRow *row = hv_table_get_selected(self->pins);

  if (!self->behind || !gtk_widget_get_mapped(GTK_WIDGET(self)))
    return;
  if (row == NULL || hv_row_get_key(row) != self->chosen)
    hv_table_select_key(self->pins, self->chosen);
  self->behind = hv_table_get_selected(self->pins) == NULL && self->chosen != G_MAXUINT64;
}

void hv_release_view_select_block(HvReleaseView *self, guint64 address) {
  g_return_if_fail(HV_IS_RELEASE_VIEW(self));
  self->chosen = address;
  self->behind = TRUE;
  release_view_follow(self);
}

static void release_view_fill_pins(HvReleaseView *self) {
  guint count = 0;
  const HvListRow *pins = self->release == NULL ? NULL : hv_release_pins(self->release, &count);

  hv_table_begin(self->pins);
  for (guint i = 0; i < count; i++) {
    const HvFacts *facts = &pins[i].facts;
    guint64 values[PIN_VALUES] = {facts->begin, facts->end, facts->value[HV_FIELD_CLASS],
                                  facts->value[HV_FIELD_PINS], facts->value[HV_FIELD_BLOCKS]};

    hv_table_put(self->pins, pins[i].key, NULL, NULL, values, PIN_VALUES);
  }
  hv_table_end(self->pins);
  /* Of blocks without a known place there is no list that could be longer. */
  hv_table_set_more(self->pins, count == 0 ? 0 : hv_release_blocks(self->release) - count);
  gtk_widget_set_visible(GTK_WIDGET(self->pins), count > 0);
  gtk_widget_set_visible(self->no_pins, self->release != NULL && count == 0);
  release_view_follow(self);
}

static void release_view_show(HvReleaseView *self, HvRelease *release) {
  g_clear_pointer(&self->release, hv_release_free);
  self->release = release;
  if (release != NULL)
    release_view_tell(self);
  else
    release_view_say(self, "");
  release_view_describe_fill(self);
  release_view_fill_pins(self);
  gtk_widget_queue_draw(self->curve);
  gtk_widget_queue_draw(self->histogram);
}

static void job_done(GObject *source, GAsyncResult *result, gpointer data) {
  HvReleaseView *self = HV_RELEASE_VIEW(source);
  Job *job = g_task_get_task_data(G_TASK(result));
  HvRelease *release = g_task_propagate_pointer(G_TASK(result), NULL);
  gboolean again = self->outdated;

  self->working = FALSE;
  self->outdated = FALSE;
  if (self->frame == NULL || self->box == NULL) {
    hv_release_free(release);
    return;
  }
  if (job->scene == self->scene)
    release_view_show(self, release);
  else
    hv_release_free(release);
  if (again)
    release_view_start(self);
}

static void release_view_start(HvReleaseView *self) {
  g_autoptr(GTask) task = NULL;
  Job *job;

  if (self->working) {
    self->outdated = TRUE;
    return;
  }
  self->working = TRUE;
  job = g_new0(Job, 1);
  job->frame = hv_frame_ref(self->frame);
  job->query = self->query == NULL ? NULL : hv_query_ref(self->query);
  job->scene = self->scene;
  task = g_task_new(self, NULL, job_done, NULL);
  g_task_set_task_data(task, job, job_free);
  g_task_run_in_thread(task, job_run);
}

void hv_release_view_set(HvReleaseView *self, HvFrame *frame, HvQuery *query) {
  g_return_if_fail(HV_IS_RELEASE_VIEW(self));
  if (frame == self->frame && query == self->query)
    return;
  if (frame == NULL) {
    hv_release_view_drop_other(self, NULL);
    return;
  }
  hv_frame_ref(frame);
  if (query != NULL)
    hv_query_ref(query);
  g_clear_pointer(&self->frame, hv_frame_unref);
  g_clear_pointer(&self->query, hv_query_unref);
  self->frame = frame;
  self->query = query;
  release_view_start(self);
}

void hv_release_view_drop_other(HvReleaseView *self, HvFrame *frame) {
  g_return_if_fail(HV_IS_RELEASE_VIEW(self));
  if (self->frame == NULL || self->frame == frame)
    return;
  self->scene++;
  g_clear_pointer(&self->frame, hv_frame_unref);
  g_clear_pointer(&self->query, hv_query_unref);
  release_view_show(self, NULL);
}

/* ---- drawing ---- */

static void draw_curve(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data) {
  HvReleaseView *self = data;

  if (self->release != NULL)
    hv_render_release_curve(cr, self->release, self->palette, width, height);
}

static void draw_histogram(GtkDrawingArea *area, cairo_t *cr, int width, int height,
                           gpointer data) {
  HvReleaseView *self = data;

  if (self->release != NULL)
    hv_render_fill_histogram(cr, self->release, self->palette, width, height);
}

void hv_release_view_set_palette(HvReleaseView *self, const HvPalette *palette) {
  g_return_if_fail(HV_IS_RELEASE_VIEW(self));
  self->palette = palette;
  gtk_widget_queue_draw(self->curve);
  gtk_widget_queue_draw(self->histogram);
}

HvTable *hv_release_view_get_pins(HvReleaseView *self) {
  g_return_val_if_fail(HV_IS_RELEASE_VIEW(self), NULL);
  return self->pins;
}

/* ---- making ---- */

static void hv_release_view_dispose(GObject *object) {
  HvReleaseView *self = HV_RELEASE_VIEW(object);

  g_clear_pointer(&self->box, gtk_widget_unparent);
  self->pins = NULL;
  g_clear_pointer(&self->frame, hv_frame_unref);
  g_clear_pointer(&self->query, hv_query_unref);
  g_clear_pointer(&self->release, hv_release_free);
  G_OBJECT_CLASS(hv_release_view_parent_class)->dispose(object);
}

static void hv_release_view_class_init(HvReleaseViewClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = hv_release_view_dispose;
  gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static GtkWidget *chart_new(HvReleaseView *self, int height_px, const char *label,
                            GtkDrawingAreaDrawFunc draw) {
  GtkWidget *chart =
      g_object_new(GTK_TYPE_DRAWING_AREA, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG, NULL);

  gtk_drawing_area_set_content_height(GTK_DRAWING_AREA(chart), height_px);
  gtk_widget_set_focusable(chart, TRUE); /* so that the keyboard scrolls to it */
  gtk_widget_add_css_class(chart, "chart");
  gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(chart), draw, self, NULL);
  gtk_accessible_update_property(GTK_ACCESSIBLE(chart), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  return chart;
}

static GtkWidget *caption_new(const char *text) {
  GtkWidget *label = gtk_label_new(text);

  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_label_set_wrap(GTK_LABEL(label), TRUE);
  gtk_widget_add_css_class(label, "caption");
  return label;
}

static void hv_release_view_init(HvReleaseView *self) {
  GtkWidget *charts = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

  self->palette = hv_palette_get(HV_THEME_LIGHT);
  self->sentence = caption_new("");
  gtk_widget_remove_css_class(self->sentence, "caption");
  self->curve = chart_new(self, CURVE_HEIGHT_PX, _("Release curve"), draw_curve);
  self->histogram = chart_new(self, HISTOGRAM_HEIGHT_PX, _("Spans by fill"), draw_histogram);
  gtk_widget_set_has_tooltip(self->histogram, TRUE);
  g_signal_connect_object(self->histogram, "query-tooltip", G_CALLBACK(histogram_tooltip), self,
                          G_CONNECT_DEFAULT);
  gtk_widget_add_css_class(charts, "charts");
  gtk_box_append(GTK_BOX(charts), self->sentence);
  gtk_box_append(GTK_BOX(charts), caption_new(_("Bytes given back, by live blocks freed, emptiest "
                                                "spans first")));
  gtk_box_append(GTK_BOX(charts), self->curve);
  gtk_box_append(GTK_BOX(charts), caption_new(_("Spans by fill, and by size class: live bytes, and "
                                                "what is held for nothing above")));
  gtk_box_append(GTK_BOX(charts), self->histogram);
  gtk_box_append(GTK_BOX(charts), caption_new(_("Blocks that keep most")));
  self->no_pins = gtk_label_new(_("No live block of a known place."));
  gtk_label_set_xalign(GTK_LABEL(self->no_pins), 0);
  gtk_label_set_wrap(GTK_LABEL(self->no_pins), TRUE);
  gtk_widget_hide(self->no_pins);
  gtk_box_append(GTK_BOX(charts), self->no_pins);
  self->chosen = G_MAXUINT64;
  self->pins = HV_TABLE(hv_table_new(_("Pin list"), pin_columns, G_N_ELEMENTS(pin_columns), 2, ""));
  gtk_widget_set_name(GTK_WIDGET(self->pins), "release");
  gtk_widget_set_vexpand(GTK_WIDGET(self->pins), TRUE);
  gtk_widget_set_size_request(GTK_WIDGET(self->pins), -1, PINS_HEIGHT_PX);
  gtk_box_append(GTK_BOX(box), charts);
  gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->pins));
  self->box = hv_scroller_new(box);
  gtk_widget_set_parent(self->box, GTK_WIDGET(self));
}

GtkWidget *hv_release_view_new(void) {
  return g_object_new(HV_TYPE_RELEASE_VIEW, NULL);
}
