/* SPDX-License-Identifier: MIT */
/* See profile_page.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/profile_page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "viewer/model/data_files.h"
#include "viewer/model/flame.h"
#include "viewer/model/holders.h"
#include "viewer/model/units.h"
#include "viewer/ui/flame_area.h"
#include "viewer/ui/names.h"
#include "viewer/ui/scroller.h"
#include "viewer/ui/tip.h"

/* What is said beside a profile changes with it and may not push it; instead of one all is told. */
#define SENTENCE_LINES    3
#define EXPLANATION_LINES 6
#define CHOSEN_LINES      2

#define FLAME_MOST_PX 288 /* of its height, logical; more is scrolled */

enum { SITE_BYTES, SITE_ERROR, SITE_BLOCKS, SITE_VALUES };

static const HvColumn site_columns[] = {
    {.title = N_("Call site"),
     .explanation = N_("The innermost function whose source is known"),
     .kind = HV_CELL_NAME,
     .chars = 13,
     .expand = TRUE},
    {.title = N_("Bytes"),
     .explanation = N_("An estimate from the blocks that were sampled"),
     .kind = HV_CELL_BYTES,
     .value = SITE_BYTES,
     .descending = TRUE},
    {.title = N_("±"),
     .explanation = N_("One standard error of the bytes"),
     .kind = HV_CELL_KNOWN_BYTES,
     .value = SITE_ERROR},
    {.title = N_("Blocks"),
     .explanation = N_("An estimate"),
     .kind = HV_CELL_COUNT,
     .value = SITE_BLOCKS},
    {.title = N_("Called by"), .kind = HV_CELL_DETAIL, .chars = 9, .expand = TRUE},
};

/* What a thread works out of a frame. */
typedef struct {
  HvFrame *frame;
  HvQuery *query; /* NULL: all */
  HvProfileView view;
  guint scene;
  HvProfile *profile; /* NULL: there is none */
  HvFlame *flame;
  GPtrArray *sites; /* HvProfileSite, most bytes first; without a query */
  GArray *holders;  /* HvHolder; with one */
} Job;

struct _HvProfilePage {
  GtkWidget parent_instance;

  GtkWidget *box;
  GtkDropDown *views;
  GtkWidget *toggle;
  GtkInscription *sentence;
  GtkWidget *scroller;
  HvFlameArea *flame;
  GtkInscription *chosen; /* in the flame graph, whose boxes may be too narrow to say it */
  HvTable *table;

  HvSymbols *symbols; /* the thread's while one works */
  HvFrame *frame;     /* wanted */
  HvQuery *query;
  gboolean is_live;
  gboolean working;
  gboolean outdated;
  Job *shown;         /* NULL: nothing */
  guint scene;        /* what a thread works out of another one is not shown */
  gboolean hidden;    /* `shown` is of long ago, and not to be seen */
  gboolean following; /* the choice follows another one */
};

G_DEFINE_FINAL_TYPE(HvProfilePage, hv_profile_page, GTK_TYPE_WIDGET)

enum { MARKED, TOLD, N_SIGNALS };
static guint signals[N_SIGNALS];

/* ---- working it out ---- */

static void job_free(gpointer data) {
  Job *job = data;

  g_clear_pointer(&job->holders, g_array_unref);
  g_clear_pointer(&job->sites, g_ptr_array_unref);
  g_clear_pointer(&job->flame, hv_flame_free);
  g_clear_pointer(&job->profile, hv_profile_unref);
  g_clear_pointer(&job->query, hv_query_unref);
  hv_frame_unref(job->frame);
  g_free(job);
}

static void job_run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  HvProfilePage *self = source;
  Job *job = data;

  job->profile = hv_profile_new(job->frame, self->symbols);
  if (job->profile != NULL) {
    job->flame = hv_flame_new(job->profile, job->view);
    if (job->query == NULL)
      job->sites = hv_profile_ranked(job->profile, job->view);
    else
      job->holders = hv_holders_new(job->profile, job->query);
  }
  g_task_return_boolean(task, TRUE);
}

static gboolean same_record(HvFrame *a, HvFrame *b) {
  const struct alloc_profile_record *left = hv_frame_profile(a), *right = hv_frame_profile(b);

  if (left == NULL || right == NULL)
    return left == right;
  return memcmp(left, right, sizeof *left) == 0 &&
         hv_frame_header(a)->pid == hv_frame_header(b)->pid;
}

static HvProfileView page_view(HvProfilePage *self) {
  guint selected = gtk_drop_down_get_selected(self->views);

  return selected < HV_PROFILE_VIEWS ? (HvProfileView)selected : HV_PROFILE_LIVE;
}

/* Whether what is shown is that of @frame: most frames of a program have the same profile. */
static gboolean page_shows(HvProfilePage *self, HvFrame *frame) {
  return self->shown->frame == frame ||
         (self->shown->query == NULL && same_record(self->shown->frame, frame));
}

static gboolean page_is_current(HvProfilePage *self) {
  return self->shown != NULL && !self->hidden && self->shown->query == self->query &&
         self->shown->view == page_view(self) && page_shows(self, self->frame);
}

static void job_done(GObject *source, GAsyncResult *result, gpointer data);

static void page_start(HvProfilePage *self) {
  g_autoptr(GTask) task = NULL;
  Job *job;

  if (self->frame == NULL)
    return;
  if (self->working) {
    self->outdated = TRUE;
    return;
  }
  if (page_is_current(self))
    return;
  self->working = TRUE;
  job = g_new0(Job, 1);
  job->frame = hv_frame_ref(self->frame);
  job->query = self->query == NULL ? NULL : hv_query_ref(self->query);
  job->view = page_view(self);
  job->scene = self->scene;
  task = g_task_new(self, NULL, job_done, job);
  g_task_set_task_data(task, job, NULL);
  g_task_run_in_thread(task, job_run);
}

/* ---- showing ---- */

static void page_put(HvProfilePage *self, const HvProfileSite *site, guint64 bytes, guint64 error,
                     guint64 blocks) {
  guint index = 0;
  const HvProfileFrame *frame = hv_profile_site_frame(site, &index);
  const guint64 values[SITE_VALUES] = {bytes, error, blocks};
  g_autofree char *name = hv_profile_frame_label(frame);
  g_autofree char *callers = hv_profile_site_callers(site, index);

  hv_table_put(self->table, site->call, name, callers, values, SITE_VALUES);
}

static void page_fill_table(HvProfilePage *self) {
  const Job *shown = self->shown;
  guint count = 0;

  hv_table_begin(self->table);
  if (shown != NULL && shown->sites != NULL) {
    count = shown->sites->len;
    for (guint i = 0; i < MIN(count, HV_TABLE_ROWS); i++) {
      const HvProfileSite *site = g_ptr_array_index(shown->sites, i);
      const struct alloc_profile_sums *sums = &site->sums[shown->view];

      page_put(self, site, sums->bytes, hv_profile_error(sums), sums->blocks);
    }
  } else if (shown != NULL && shown->holders != NULL) {
    count = shown->holders->len;
    for (guint i = 0; i < MIN(count, HV_TABLE_ROWS); i++) {
      const HvHolder *holder = &g_array_index(shown->holders, HvHolder, i);

      page_put(self, holder->site, holder->held_bytes, G_MAXUINT64, holder->blocks);
    }
  }
  hv_table_end(self->table);
  hv_table_set_more(self->table, count - MIN(count, HV_TABLE_ROWS));
}

static char *profile_sentence(const Job *shown) {
  const struct alloc_profile_record *record = hv_profile_record(shown->profile);
  const struct alloc_profile_sums *total = hv_profile_total(shown->profile, shown->view);
  g_autofree char *mean = hv_format_bytes((gint64)record->mean_bytes);
  g_autofree char *began = hv_format_time(record->began_ns);
  g_autofree char *ended = record->ended_ns == 0 ? NULL : hv_format_time(record->ended_ns);
  g_autofree char *bytes = hv_format_bytes((gint64)total->bytes);
  g_autofree char *error = hv_format_bytes((gint64)hv_profile_error(total));
  g_autofree char *samples = hv_format_count(total->samples);
  g_autofree char *text =
      ended == NULL
          ? g_strdup_printf(ngettext("%s ± %s by %s samples, one in about %s, from %s.",
                                     "%s ± %s by %s samples, one in about %s, from %s.",
                                     total->samples),
                            bytes, error, samples, mean, began)
          : g_strdup_printf(ngettext("%s ± %s by %s samples, one in about %s, from %s to %s.",
                                     "%s ± %s by %s samples, one in about %s, from %s to %s.",
                                     total->samples),
                            bytes, error, samples, mean, began, ended);

  return shown->query == NULL
             ? g_steal_pointer(&text)
             : g_strconcat(text, " ", _("The list: who holds what the search finds."), NULL);
}

static void page_show_chosen(HvProfilePage *self) {
  g_autofree char *chosen = hv_flame_area_dup_chosen(self->flame);

  gtk_inscription_set_text(
      self->chosen,
      chosen != NULL ? chosen : _("Arrow keys choose a function, Enter zooms to it, Escape back."));
  hv_tip_set(GTK_WIDGET(self->chosen), chosen);
}

static void page_show(HvProfilePage *self) {
  gboolean runs = self->frame != NULL && hv_profile_runs(self->frame);
  gboolean comes = self->frame != NULL && hv_frame_profile(self->frame) != NULL;
  gboolean has_profile = self->shown != NULL && self->shown->profile != NULL && !self->hidden;
  g_autofree char *text = NULL;

  gtk_button_set_label(GTK_BUTTON(self->toggle), runs ? _("Stop Profile") : _("Start Profile"));
  if (has_profile)
    text = profile_sentence(self->shown);
  else if (comes)
    text = g_strdup(_("The profile is being worked out…"));
  else if (self->frame != NULL && self->is_live)
    text = g_strdup(_("A profile tells which functions allocate: one block in about 512 KiB is "
                      "noted with its call stack, which costs next to nothing. Start it, and "
                      "allocations from then on are seen."));
  else
    text = g_strdup(_("There is no profile in this heap. One that is there from the beginning: "
                      "LIBALLOC_PROFILE=524288 in the environment of the program."));
  gtk_inscription_set_min_lines(self->sentence, has_profile ? SENTENCE_LINES : EXPLANATION_LINES);
  gtk_inscription_set_nat_lines(self->sentence, has_profile ? SENTENCE_LINES : EXPLANATION_LINES);
  gtk_inscription_set_text(self->sentence, text);
  hv_tip_set(GTK_WIDGET(self->sentence), text);
  page_show_chosen(self);
  gtk_widget_set_visible(self->scroller, has_profile);
  gtk_widget_set_visible(GTK_WIDGET(self->chosen), has_profile);
  gtk_widget_set_visible(GTK_WIDGET(self->table), has_profile);
  gtk_widget_set_sensitive(GTK_WIDGET(self->views), has_profile);
}

static void job_done(GObject *source, GAsyncResult *result, gpointer data) {
  HvProfilePage *self = HV_PROFILE_PAGE(source);
  Job *job = data;
  gboolean again = self->outdated;

  self->working = FALSE;
  self->outdated = FALSE;
  if (self->frame == NULL || self->box == NULL) {
    job_free(job);
    return;
  }
  if (job->scene != self->scene) {
    job_free(job);
    page_start(self);
    return;
  }
  self->hidden = FALSE;
  hv_flame_area_set_flame(self->flame, g_steal_pointer(&job->flame));
  g_clear_pointer(&self->shown, job_free);
  self->shown = job;
  page_fill_table(self);
  page_show(self);
  g_signal_emit(self, signals[TOLD], 0);
  if (again)
    page_start(self);
}

void hv_profile_page_set(HvProfilePage *self, HvFrame *frame, HvQuery *query, gboolean is_live) {
  g_return_if_fail(HV_IS_PROFILE_PAGE(self));
  if (frame != NULL)
    hv_frame_ref(frame);
  if (query != NULL)
    hv_query_ref(query);
  g_clear_pointer(&self->frame, hv_frame_unref);
  g_clear_pointer(&self->query, hv_query_unref);
  self->frame = frame;
  self->query = query;
  self->is_live = is_live;
  if (frame == NULL && self->shown != NULL) {
    hv_flame_area_set_flame(self->flame, NULL);
    g_clear_pointer(&self->shown, job_free);
    self->hidden = FALSE;
    page_fill_table(self);
    g_signal_emit(self, signals[TOLD], 0);
  }
  page_show(self);
  page_start(self);
}

void hv_profile_page_hide_other(HvProfilePage *self, HvFrame *frame) {
  g_return_if_fail(HV_IS_PROFILE_PAGE(self));
  if (self->frame != frame) {
    self->scene++;
    g_clear_pointer(&self->frame, hv_frame_unref);
    g_clear_pointer(&self->query, hv_query_unref);
  }
  if (self->shown == NULL || self->hidden || page_shows(self, frame))
    return;
  self->hidden = TRUE;
  page_show(self);
}

/* ---- choosing ---- */

static void page_mark(HvProfilePage *self, const guint *calls, guint n_calls) {
  g_autoptr(HvHighlight) marks = NULL;

  if (n_calls > 0 && self->frame != NULL && self->shown != NULL)
    marks = hv_highlight_new_calls(self->shown->frame, calls, n_calls);
  g_signal_emit(self, signals[MARKED], 0, marks);
}

static void page_row_selected(HvProfilePage *self, HvRow *row) {
  guint call;

  if (self->following)
    return;
  if (row == NULL) {
    page_mark(self, NULL, 0);
    return;
  }
  call = (guint)hv_row_get_key(row);
  hv_flame_area_select_call(self->flame, call);
  page_show_chosen(self);
  page_mark(self, &call, 1);
}

static void page_node_selected(HvProfilePage *self) {
  const HvFlameNode *node = hv_flame_area_get_selected(self->flame);
  g_autoptr(GArray) calls =
      node == NULL ? g_array_new(FALSE, FALSE, sizeof(guint)) : hv_flame_calls(node);

  page_show_chosen(self);
  self->following = TRUE;
  hv_table_select_key(self->table, node != NULL && node->calls->len == 1
                                       ? g_array_index(node->calls, guint, 0)
                                       : G_MAXUINT64);
  self->following = FALSE;
  page_mark(self, (const guint *)(gconstpointer)calls->data, calls->len);
}

void hv_profile_page_select_block(HvProfilePage *self, guint64 begin, guint64 end) {
  guint count = 0;
  const struct alloc_sample_record *samples;

  g_return_if_fail(HV_IS_PROFILE_PAGE(self));
  if (self->shown == NULL)
    return;
  samples = hv_frame_samples(self->shown->frame, &count);
  for (guint i = 0; i < count; i++) {
    if (samples[i].address >= begin && samples[i].address < end) {
      self->following = TRUE;
      hv_table_select_key(self->table, samples[i].call);
      hv_flame_area_select_call(self->flame, samples[i].call);
      page_show_chosen(self);
      self->following = FALSE;
      return;
    }
  }
}

/* ---- texts ---- */

HvTable *hv_profile_page_get_sites(HvProfilePage *self) {
  g_return_val_if_fail(HV_IS_PROFILE_PAGE(self), NULL);
  return self->table;
}

char *hv_profile_page_dup_data(HvProfilePage *self, gboolean as_json) {
  const Job *shown;

  g_return_val_if_fail(HV_IS_PROFILE_PAGE(self), NULL);
  shown = self->hidden ? NULL : self->shown;
  if (shown == NULL || shown->profile == NULL)
    return NULL;
  return hv_profile_dup_data(shown->profile, shown->view, shown->query, as_json);
}

char *hv_profile_page_dup_summary(HvProfilePage *self) {
  guint rows;
  HvRow *first;

  g_return_val_if_fail(HV_IS_PROFILE_PAGE(self), NULL);
  rows = hv_table_get_n_rows(self->table);
  if (rows == 0)
    return g_strdup("");
  first = hv_table_get_row(self->table, 0);
  return g_strdup_printf("%u %" G_GUINT64_FORMAT " %s", rows, hv_row_get_value(first, SITE_BYTES),
                         hv_row_get_name(first));
}

/* ---- making ---- */

void hv_profile_page_set_palette(HvProfilePage *self, const HvPalette *palette) {
  g_return_if_fail(HV_IS_PROFILE_PAGE(self));
  for (guint theme = 0; theme < HV_THEMES; theme++)
    if (hv_palette_get((HvTheme)theme) == palette)
      hv_flame_area_set_theme(self->flame, (HvTheme)theme);
}

static void hv_profile_page_dispose(GObject *object) {
  HvProfilePage *self = HV_PROFILE_PAGE(object);

  if (self->table != NULL)
    g_signal_handlers_disconnect_by_data(self->table, self);
  if (self->flame != NULL) {
    g_signal_handlers_disconnect_by_data(self->flame, self);
    hv_flame_area_set_flame(self->flame, NULL);
  }
  self->table = NULL;
  self->flame = NULL;
  g_clear_pointer(&self->box, gtk_widget_unparent);
  g_clear_pointer(&self->shown, job_free);
  g_clear_pointer(&self->frame, hv_frame_unref);
  g_clear_pointer(&self->query, hv_query_unref);
  G_OBJECT_CLASS(hv_profile_page_parent_class)->dispose(object);
}

/* A thread that works holds a reference to the page. */
static void hv_profile_page_finalize(GObject *object) {
  g_clear_pointer(&HV_PROFILE_PAGE(object)->symbols, hv_symbols_free);
  G_OBJECT_CLASS(hv_profile_page_parent_class)->finalize(object);
}

static void hv_profile_page_class_init(HvProfilePageClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = hv_profile_page_dispose;
  G_OBJECT_CLASS(klass)->finalize = hv_profile_page_finalize;
  signals[MARKED] = g_signal_new("marked", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[TOLD] = g_signal_new("told", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static GtkInscription *page_make_text(guint lines) {
  GtkInscription *text = GTK_INSCRIPTION(gtk_inscription_new(NULL));

  gtk_inscription_set_min_lines(text, lines);
  gtk_inscription_set_nat_lines(text, lines);
  gtk_inscription_set_min_chars(text, 20);
  gtk_inscription_set_text_overflow(text, GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  return text;
}

static void hv_profile_page_init(HvProfilePage *self) {
  const char *const views[] = {_("Live"), _("Allocated"), _("At the Peak"), NULL};
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);

  self->symbols = hv_symbols_new();
  gtk_widget_add_css_class(box, "profile");
  self->box = hv_scroller_new(box);
  gtk_widget_set_parent(self->box, GTK_WIDGET(self));

  self->toggle = gtk_toggle_button_new_with_label(_("Start Profile"));
  gtk_actionable_set_action_name(GTK_ACTIONABLE(self->toggle), "win.profile");
  gtk_widget_set_tooltip_text(self->toggle, _("Note which functions allocate, from now on"));
  self->views = GTK_DROP_DOWN(gtk_drop_down_new_from_strings(views));
  gtk_widget_set_tooltip_text(
      GTK_WIDGET(self->views),
      _("What is live now, all that was allocated, or what was live when most was"));
  hv_name_control(GTK_WIDGET(self->views), _("View of the profile"));
  gtk_widget_set_hexpand(GTK_WIDGET(self->views), TRUE);
  gtk_widget_set_halign(GTK_WIDGET(self->views), GTK_ALIGN_END);
  g_signal_connect_object(self->views, "notify::selected", G_CALLBACK(page_start), self,
                          G_CONNECT_SWAPPED);
  gtk_box_append(GTK_BOX(bar), self->toggle);
  gtk_box_append(GTK_BOX(bar), GTK_WIDGET(self->views));
  gtk_box_append(GTK_BOX(box), bar);

  self->sentence = page_make_text(SENTENCE_LINES);
  gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->sentence));

  self->flame = HV_FLAME_AREA(hv_flame_area_new());
  g_signal_connect_object(self->flame, "node-selected", G_CALLBACK(page_node_selected), self,
                          G_CONNECT_SWAPPED);
  self->scroller = hv_scroller_new(GTK_WIDGET(self->flame));
  hv_scroller_set_most(HV_SCROLLER(self->scroller), FLAME_MOST_PX);
  gtk_box_append(GTK_BOX(box), self->scroller);
  self->chosen = page_make_text(CHOSEN_LINES);
  gtk_widget_add_css_class(GTK_WIDGET(self->chosen), "caption");
  gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->chosen));

  self->table = HV_TABLE(hv_table_new(_("Call sites"), site_columns, G_N_ELEMENTS(site_columns), 1,
                                      _("Nothing was sampled.")));
  gtk_widget_set_name(GTK_WIDGET(self->table), "profile");
  gtk_widget_set_vexpand(GTK_WIDGET(self->table), TRUE);
  gtk_widget_set_size_request(GTK_WIDGET(self->table), -1, HV_TABLE_LEAST_PX);
  g_signal_connect_object(self->table, "row-selected", G_CALLBACK(page_row_selected), self,
                          G_CONNECT_SWAPPED);
  gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->table));
  page_show(self);
}

GtkWidget *hv_profile_page_new(void) {
  return g_object_new(HV_TYPE_PROFILE_PAGE, NULL);
}
