/* SPDX-License-Identifier: MIT */
/* See heap_page.h. Reasons and the status line's numbers are brought up to date twice a second at
 * most. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/heap_page.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"
#include "viewer/ui/frame_line.h"
#include "viewer/ui/heap_side.h"
#include "viewer/ui/label.h"
#include "viewer/ui/ledger_bar.h"
#include "viewer/ui/legend.h"
#include "viewer/ui/marks.h"
#include "viewer/ui/minimap.h"
#include "viewer/ui/names.h"
#include "viewer/ui/reasons_box.h"
#include "viewer/ui/timeline.h"
#include "viewer/ui/timeline_key.h"

#define TELL_INTERVAL_US (G_USEC_PER_SEC / 2)
#define LOW_HEIGHT_PX    700
#define NARROW_WIDTH_PX  1000

struct _HvHeapPage {
  GtkWidget parent_instance;

  GtkWidget *box; /* template child, the only direct one */
  HvLedgerBar *ledger_bar;
  HvHeapMap *map;
  HvMinimap *minimap;
  GtkDropDown *lens_drop_down;
  GtkOrientable *map_bar; /* the legend stands beside its buttons, or under them */
  HvLegend *legend;
  HvReasonsBox *reasons_box;
  HvHeapSide *side;
  GtkWidget *empty_label; /* over the map */
  GtkLabel *hover_label;
  GtkLabel *zoom_label;
  GtkWidget *time_box;
  HvTimelineKey *timeline_key;
  HvTimeline *timeline;
  GtkWidget *live_button;
  HvFrameLine *frame_line;

  HvMoment *moment;
  HvMarks marks; /* without B: the moment on screen */
  HvTheme theme;
  gint64 told_us;   /* monotonic time when the status line was told */
  gboolean finding; /* a thread looks up the query */
  gboolean find_again;
  gboolean turn_to_found; /* the query is another one: what it finds comes into view */
  guint64 found;          /* content that the query was last looked up in */
  char *outlined;         /* query of a row of the panel; NULL: none is outlined */
};

G_DEFINE_FINAL_TYPE(HvHeapPage, hv_heap_page, GTK_TYPE_WIDGET)

enum { VIEW_CHANGED, FOUND, SCRUB, N_SIGNALS };
static guint signals[N_SIGNALS];

/* ---- what is on the map ---- */

static void heap_page_hover_changed(HvHeapPage *self) {
  g_autofree char *text = NULL;
  HvFocus focus;

  if (hv_heap_map_get_hover(self->map, &focus) || hv_heap_map_get_selection(self->map, &focus))
    text = hv_heap_map_describe(self->map, &focus);
  hv_label_show_or_tip(self->hover_label, text != NULL ? text : "");
}

static void heap_page_selection_changed(HvHeapPage *self) {
  HvPyramid *pyramid = NULL;
  HvFocus focus;
  gint64 x, y;

  if (hv_heap_map_get_picture(self->map, &pyramid, &x, &y) != NULL &&
      hv_heap_map_get_selection(self->map, &focus))
    hv_heap_side_show_selection(self->side, pyramid, &focus);
  else
    hv_heap_side_show_selection(self->side, NULL, NULL);
  heap_page_hover_changed(self);
}

/* What an area holds is told by numbers. */
static void heap_page_measured(HvHeapPage *self) {
  hv_heap_side_show_list(self->side, "details");
}

static void heap_page_view_changed(HvHeapPage *self) {
  g_autofree char *row =
      hv_format_bytes((gint64)(G_GUINT64_CONSTANT(1) << hv_heap_map_get_row_shift(self->map)));
  g_autofree char *text = g_strdup_printf(_("%s a row"), row);
  guint64 begin, end;

  hv_label_show(self->zoom_label, hv_heap_map_get_window(self->map, &begin, &end) ? text : "");
  g_signal_emit(self, signals[VIEW_CHANGED], 0);
}

static void heap_page_lens_changed(HvHeapPage *self) {
  hv_legend_set_lens(self->legend, hv_heap_map_get_lens(self->map), hv_palette_get(self->theme));
}

/* By hand: the action does it, as for the keys. */
static void heap_page_lens_picked(HvHeapPage *self) {
  guint selected = gtk_drop_down_get_selected(self->lens_drop_down);
  HvLensKind now = hv_heap_map_get_lens_kind(self->map);

  if (selected < HV_LENSES && selected != (guint)now)
    gtk_widget_activate_action(GTK_WIDGET(self), "win.lens", "s",
                               hv_lens_key((HvLensKind)selected));
}

void hv_heap_page_set_lens(HvHeapPage *self, HvLensKind kind) {
  g_return_if_fail(HV_IS_HEAP_PAGE(self));
  hv_heap_map_set_lens(self->map, kind);
  gtk_drop_down_set_selected(self->lens_drop_down, (guint)kind);
}

/* ---- the panel ---- */

static void heap_page_place_selected(HvHeapPage *self, guint64 begin, guint64 end) {
  hv_heap_map_select_range(self->map, begin, end);
  hv_heap_map_scroll_to(self->map, begin);
}

static void heap_page_place_activated(HvHeapPage *self, guint64 begin, guint64 end) {
  hv_heap_map_zoom_to(self->map, begin, end);
}

/* ---- finding ---- */

/* A query looked up in a heap by a thread. */
typedef struct {
  HvFrame *frame;
  HvQuery *query;
  gboolean marks; /* for the row that is outlined, not for the entry */
} Find;

static void find_free(gpointer data) {
  Find *find = data;

  hv_frame_unref(find->frame);
  hv_query_unref(find->query);
  g_free(find);
}

static void find_run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  Find *find = data;

  g_task_return_pointer(task, hv_highlight_new(find->frame, find->query),
                        (GDestroyNotify)hv_highlight_unref);
}

static void heap_page_find(HvHeapPage *self);

static void find_done(GObject *source, GAsyncResult *result, gpointer data) {
  HvHeapPage *self = HV_HEAP_PAGE(source);
  Find *find = g_task_get_task_data(G_TASK(result));
  g_autoptr(HvHighlight) found = g_task_propagate_pointer(G_TASK(result), NULL);
  gboolean again = self->find_again;

  if (self->box == NULL)
    return;
  if (find->marks) {
    if (g_strcmp0(self->outlined, hv_query_text(find->query)) == 0)
      hv_heap_map_set_marks(self->map, found);
    return;
  }
  self->finding = FALSE;
  self->find_again = FALSE;
  if (find->query == hv_heap_side_get_query(self->side) && self->moment != NULL) {
    hv_heap_map_set_highlight(self->map, found);
    if (self->turn_to_found)
      hv_heap_map_scroll_to_highlight(self->map);
    self->turn_to_found = FALSE;
    hv_heap_side_show_found(self->side, found);
    g_signal_emit(self, signals[FOUND], 0);
  }
  if (again)
    heap_page_find(self);
}

static void heap_page_start_find(HvHeapPage *self, HvQuery *query, gboolean marks) {
  g_autoptr(GTask) task = g_task_new(self, NULL, find_done, NULL);
  Find *find = g_new0(Find, 1);

  find->frame = hv_frame_ref(self->moment->frame);
  find->query = hv_query_ref(query);
  find->marks = marks;
  g_task_set_task_data(task, find, find_free);
  g_task_run_in_thread(task, find_run);
}

/* Looks up the query of the entry in the newest heap, one lookup at a time. */
static void heap_page_find(HvHeapPage *self) {
  HvQuery *query = hv_heap_side_get_query(self->side);

  if (query == NULL || self->moment == NULL || self->moment->frame == NULL) {
    hv_heap_map_set_highlight(self->map, NULL);
    return;
  }
  if (self->finding) {
    self->find_again = TRUE;
    return;
  }
  self->finding = TRUE;
  heap_page_start_find(self, query, FALSE);
}

static void heap_page_search_changed(HvHeapPage *self) {
  hv_reasons_box_set_search(self->reasons_box, hv_heap_side_get_search(self->side));
  self->turn_to_found = TRUE;
  heap_page_find(self);
  g_signal_emit(self, signals[FOUND], 0);
}

static void heap_page_list_changed(HvHeapPage *self) {
  hv_reasons_box_set_list(self->reasons_box, hv_heap_side_get_list(self->side));
}

/* What a row stands for is outlined on the map, wherever it is by now. */
static void heap_page_outline(HvHeapPage *self) {
  g_autoptr(HvQuery) query =
      self->outlined == NULL ? NULL : hv_query_parse(self->outlined, NULL, NULL);

  if (query == NULL || self->moment == NULL || self->moment->frame == NULL)
    hv_heap_map_set_marks(self->map, NULL);
  else
    heap_page_start_find(self, query, TRUE);
}

static void heap_page_row_outlined(HvHeapPage *self, const char *text) {
  g_free(self->outlined);
  self->outlined = g_strdup(text);
  heap_page_outline(self);
}

/* The sampled blocks of a call site are outlined on the map. */
static void heap_page_marked(HvHeapPage *self, HvHighlight *marks) {
  g_clear_pointer(&self->outlined, g_free);
  hv_heap_map_set_marks(self->map, marks);
}

void hv_heap_page_set_search(HvHeapPage *self, const char *text) {
  g_return_if_fail(HV_IS_HEAP_PAGE(self));
  hv_heap_side_set_search(self->side, text);
}

gboolean hv_heap_page_show_reason(HvHeapPage *self, guint index) {
  HvReasons *reasons;
  const HvReason *reason;

  g_return_val_if_fail(HV_IS_HEAP_PAGE(self), FALSE);
  reasons = hv_reasons_box_get_reasons(self->reasons_box);
  if (reasons == NULL || index >= hv_reasons_count(reasons))
    return FALSE;
  reason = hv_reasons_get(reasons, index);
  if (reason->query == NULL)
    return hv_heap_side_show_list(self->side, "mappings");
  hv_heap_side_set_search(self->side, reason->query);
  return TRUE;
}

HvReasons *hv_heap_page_get_reasons(HvHeapPage *self) {
  g_return_val_if_fail(HV_IS_HEAP_PAGE(self), NULL);
  return hv_reasons_box_get_reasons(self->reasons_box);
}

HvHeapSide *hv_heap_page_get_side(HvHeapPage *self) {
  g_return_val_if_fail(HV_IS_HEAP_PAGE(self), NULL);
  return self->side;
}

/* ---- time and marks ---- */

static void heap_page_scrub(HvHeapPage *self, guint64 time_ns) {
  hv_marks_want(&self->marks, 0, 0);
  g_signal_emit(self, signals[SCRUB], 0, time_ns);
}

/* The strip shows once there is something to choose from. */
static void heap_page_show_time(HvHeapPage *self) {
  HvMoment *moment = self->moment;
  HvHistory *history = moment == NULL ? NULL : moment->history;
  guint64 first, last;

  gtk_widget_set_visible(
      self->time_box, history != NULL && hv_history_span(history, &first, &last) && last > first);
  hv_timeline_set(self->timeline, history, moment == NULL ? 0 : moment->at_ns,
                  hv_moment_time(self->marks.moment[HV_MARK_A]),
                  hv_moment_time(self->marks.moment[HV_MARK_B]));
  if (history != NULL)
    hv_timeline_key_set(self->timeline_key, hv_timeline_get_scale(self->timeline),
                        hv_palette_get(self->theme));
  gtk_widget_set_sensitive(self->live_button, moment != NULL && moment->at_ns != 0);
}

/* Map and list of changes: from A to B, or to what is on screen. */
static void heap_page_compare(HvHeapPage *self) {
  HvMoment *b = self->marks.moment[HV_MARK_B];
  HvMoment *to = b != NULL ? b : self->moment;

  hv_heap_side_set_comparison(self->side, self->marks.moment[HV_MARK_A],
                              to != NULL && to->frame != NULL ? to : NULL);
}

void hv_heap_page_get_compared(HvHeapPage *self, HvPyramid **before, HvPyramid **after) {
  HvMoment *const *marks = self->marks.moment;

  g_return_if_fail(HV_IS_HEAP_PAGE(self));
  *before = marks[HV_MARK_A] == NULL ? NULL : marks[HV_MARK_A]->pyramid;
  *after = marks[HV_MARK_B] == NULL ? NULL : marks[HV_MARK_B]->pyramid;
}

/* What the lenses of the map need beside the heap. */
static void heap_page_tell_map(HvHeapPage *self) {
  gboolean live = self->moment->state == HV_SOURCE_LIVE && self->moment->at_ns == 0;
  HvPyramid *before, *after;

  hv_heap_page_get_compared(self, &before, &after);
  hv_heap_map_set_context(self->map, live ? self->moment->pid : 0, self->moment->activity, before,
                          after);
}

static void heap_page_marks_changed(HvHeapPage *self) {
  heap_page_show_time(self);
  heap_page_tell_map(self);
  heap_page_compare(self);
}

void hv_heap_page_set_mark(HvHeapPage *self, gboolean b) {
  g_return_if_fail(HV_IS_HEAP_PAGE(self));
  if (self->moment == NULL || self->moment->frame == NULL)
    return;
  hv_marks_toggle(&self->marks, b ? HV_MARK_B : HV_MARK_A, self->moment);
  heap_page_marks_changed(self);
}

/* What is on screen becomes the mark that waits for it. FALSE: none does. */
static gboolean heap_page_take_marks(HvHeapPage *self) {
  guint64 next_ns;

  if (self->moment == NULL || !hv_marks_take(&self->marks, self->moment, &next_ns))
    return FALSE;
  heap_page_marks_changed(self);
  if (next_ns != 0)
    g_signal_emit(self, signals[SCRUB], 0, next_ns);
  else
    hv_heap_side_show_list(self->side, "changes");
  return TRUE;
}

/* Both moments are looked up, one after the other, and become marks as they come. */
static void heap_page_choose(HvHeapPage *self, guint64 a_ns, guint64 b_ns) {
  hv_marks_want(&self->marks, a_ns, b_ns);
  if (!heap_page_take_marks(self))
    g_signal_emit(self, signals[SCRUB], 0, a_ns);
}

void hv_heap_page_step(HvHeapPage *self, int steps) {
  g_return_if_fail(HV_IS_HEAP_PAGE(self));
  hv_timeline_step(self->timeline, steps);
}

/* ---- moments ---- */

void hv_heap_page_set_moment(HvHeapPage *self, HvMoment *moment) {
  gboolean first, moved;
  guint arenas = 0, regions = 0;

  g_return_if_fail(HV_IS_HEAP_PAGE(self));
  first = self->moment == NULL;
  /* Where nothing goes on, no later moment will tell what this one does not. */
  moved =
      moment != NULL && moment != self->moment &&
      (first || moment->at_ns != 0 || self->moment->at_ns != 0 || moment->state != HV_SOURCE_LIVE);
  if (moment != NULL)
    hv_moment_ref(moment);
  g_clear_pointer(&self->moment, hv_moment_unref);
  self->moment = moment;
  if (moment == NULL) {
    hv_marks_clear(&self->marks);
    hv_heap_side_set_comparison(self->side, NULL, NULL);
  }
  heap_page_show_time(self);
  if (moment == NULL || moment->frame == NULL) {
    gtk_widget_hide(self->empty_label);
    hv_heap_map_set_heap(self->map, NULL, 0);
    hv_ledger_bar_set_ledger(self->ledger_bar, NULL);
    hv_reasons_box_set_reasons(self->reasons_box, NULL, NULL);
    hv_heap_side_set_moment(self->side, NULL, FALSE);
    hv_heap_map_set_highlight(self->map, NULL);
    heap_page_row_outlined(self, NULL);
    self->found = 0;
    hv_frame_line_set_moment(self->frame_line, NULL);
    return;
  }
  hv_frame_arenas(moment->frame, &arenas);
  hv_frame_regions(moment->frame, &regions);
  gtk_widget_set_visible(self->empty_label, arenas + regions == 0);
  heap_page_tell_map(self);
  hv_heap_map_set_heap(self->map, moment->pyramid, moment->content);
  hv_ledger_bar_set_ledger(self->ledger_bar, moment->ledger);
  hv_heap_side_set_moment(self->side, moment, moved);
  if (moved || g_get_monotonic_time() - self->told_us >= TELL_INTERVAL_US) {
    heap_page_compare(self);
    self->told_us = g_get_monotonic_time();
    hv_frame_line_set_moment(self->frame_line, moment);
    hv_reasons_box_set_reasons(self->reasons_box, moment->reasons, moment->frame);
    if (self->outlined != NULL)
      heap_page_outline(self);
  }
  if (moment->content != self->found) {
    self->found = moment->content;
    heap_page_find(self);
  }
  heap_page_take_marks(self);
}

void hv_heap_page_set_theme(HvHeapPage *self, HvTheme theme) {
  const HvPalette *palette = hv_palette_get(theme);

  g_return_if_fail(HV_IS_HEAP_PAGE(self));
  self->theme = theme;
  hv_heap_map_set_theme(self->map, theme);
  hv_ledger_bar_set_palette(self->ledger_bar, palette);
  hv_timeline_set_palette(self->timeline, palette);
  heap_page_show_time(self);
  hv_minimap_set_palette(self->minimap, palette);
  heap_page_lens_changed(self);
  hv_heap_side_set_palette(self->side, palette);
  heap_page_selection_changed(self);
}

HvTheme hv_heap_page_get_theme(HvHeapPage *self) {
  g_return_val_if_fail(HV_IS_HEAP_PAGE(self), HV_THEME_LIGHT);
  return self->theme;
}

void hv_heap_page_set_size(HvHeapPage *self, int width, int height) {
  g_return_if_fail(HV_IS_HEAP_PAGE(self));
  hv_ledger_bar_set_low(self->ledger_bar, height < LOW_HEIGHT_PX);
  hv_reasons_box_set_low(self->reasons_box, height < LOW_HEIGHT_PX);
  hv_heap_side_set_narrow(self->side, width < NARROW_WIDTH_PX);
  gtk_widget_set_visible(GTK_WIDGET(self->timeline_key), width >= NARROW_WIDTH_PX);
  hv_frame_line_set_narrow(self->frame_line, width < NARROW_WIDTH_PX);
  gtk_orientable_set_orientation(self->map_bar, width < NARROW_WIDTH_PX
                                                    ? GTK_ORIENTATION_VERTICAL
                                                    : GTK_ORIENTATION_HORIZONTAL);
}

void hv_heap_page_set_side(HvHeapPage *self, gboolean visible) {
  g_return_if_fail(HV_IS_HEAP_PAGE(self));
  gtk_widget_set_visible(GTK_WIDGET(self->side), visible);
}

gboolean hv_heap_page_show_list(HvHeapPage *self, const char *name) {
  g_return_val_if_fail(HV_IS_HEAP_PAGE(self), FALSE);
  return hv_heap_side_show_list(self->side, name);
}

static gboolean widget_has_focus_inside(GtkWidget *widget) {
  GtkRoot *root = gtk_widget_get_root(widget);
  GtkWidget *focus = root == NULL ? NULL : gtk_root_get_focus(root);

  return focus != NULL && (focus == widget || gtk_widget_is_ancestor(focus, widget));
}

void hv_heap_page_next_pane(HvHeapPage *self) {
  GtkWidget *panes[4];
  guint current = 3;

  g_return_if_fail(HV_IS_HEAP_PAGE(self));
  panes[0] = GTK_WIDGET(self->map);
  panes[1] = GTK_WIDGET(self->side);
  panes[2] = GTK_WIDGET(self->ledger_bar);
  panes[3] = GTK_WIDGET(self->reasons_box);
  for (guint i = 0; i < G_N_ELEMENTS(panes); i++) {
    if (widget_has_focus_inside(panes[i]))
      current = i;
  }
  for (guint i = 1; i <= G_N_ELEMENTS(panes); i++) {
    GtkWidget *next = panes[(current + i) % G_N_ELEMENTS(panes)];

    if (next == GTK_WIDGET(self->map)
            ? gtk_widget_grab_focus(next)
            : gtk_widget_get_mapped(next) && gtk_widget_child_focus(next, GTK_DIR_TAB_FORWARD))
      return;
  }
}

HvHeapMap *hv_heap_page_get_map(HvHeapPage *self) {
  g_return_val_if_fail(HV_IS_HEAP_PAGE(self), NULL);
  return self->map;
}

/* Not the button's own action, which would make it look as if it did something at the newest, too:
 * the key is to work at once, before what was asked for is on screen. */
static void heap_page_newest(HvHeapPage *self) {
  gtk_widget_activate_action(GTK_WIDGET(self), "win.newest", NULL);
}

/* ---- making ---- */

static void hv_heap_page_dispose(GObject *object) {
  HvHeapPage *self = HV_HEAP_PAGE(object);

  g_clear_pointer(&self->box, gtk_widget_unparent);
  g_clear_pointer(&self->outlined, g_free);
  g_clear_pointer(&self->moment, hv_moment_unref);
  hv_marks_clear(&self->marks);
  G_OBJECT_CLASS(hv_heap_page_parent_class)->dispose(object);
}

static void hv_heap_page_class_init(HvHeapPageClass *klass) {
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

  g_type_ensure(HV_TYPE_MINIMAP);
  g_type_ensure(HV_TYPE_LEDGER_BAR);
  g_type_ensure(HV_TYPE_HEAP_MAP);
  g_type_ensure(HV_TYPE_LEGEND);
  g_type_ensure(HV_TYPE_TIMELINE);
  g_type_ensure(HV_TYPE_TIMELINE_KEY);
  g_type_ensure(HV_TYPE_FRAME_LINE);
  g_type_ensure(HV_TYPE_REASONS_BOX);
  g_type_ensure(HV_TYPE_HEAP_SIDE);
  G_OBJECT_CLASS(klass)->dispose = hv_heap_page_dispose;
  signals[VIEW_CHANGED] = g_signal_new("view-changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST,
                                       0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FOUND] = g_signal_new("found", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 0);
  signals[SCRUB] = g_signal_new("scrub", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
  gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource(widget_class, "/org/liballoc/Viewer/ui/heap_page.ui");
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, box);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, ledger_bar);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, reasons_box);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, map);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, minimap);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, lens_drop_down);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, map_bar);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, legend);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, side);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, time_box);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, timeline_key);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, timeline);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, live_button);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, empty_label);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, hover_label);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, zoom_label);
  gtk_widget_class_bind_template_child(widget_class, HvHeapPage, frame_line);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_hover_changed);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_selection_changed);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_measured);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_view_changed);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_lens_picked);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_scrub);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_choose);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_lens_changed);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_place_selected);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_place_activated);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_search_changed);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_row_outlined);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_marked);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_list_changed);
  gtk_widget_class_bind_template_callback(widget_class, heap_page_newest);
}

static void hv_heap_page_init(HvHeapPage *self) {
  const char *lenses[HV_LENSES + 1] = {NULL};
  g_autoptr(GtkStringList) names = NULL;

  gtk_widget_init_template(GTK_WIDGET(self));
  hv_minimap_set_map(self->minimap, self->map);
  for (guint i = 0; i < HV_LENSES; i++)
    lenses[i] = hv_lens_name((HvLensKind)i);
  names = gtk_string_list_new(lenses);
  gtk_drop_down_set_model(self->lens_drop_down, G_LIST_MODEL(names));
  hv_name_control(GTK_WIDGET(self->lens_drop_down), _("Lens"));
  gtk_accessible_update_relation(GTK_ACCESSIBLE(self->map), GTK_ACCESSIBLE_RELATION_DESCRIBED_BY,
                                 self->hover_label, NULL, -1);
}
