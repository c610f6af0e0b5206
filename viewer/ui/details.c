/* SPDX-License-Identifier: MIT */
/* See details.h. Lines are kept and reused from one show to the next: ten times a second, making
 * widgets would cost more than all else. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/details.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"
#include "viewer/ui/label.h"
#include "viewer/ui/scroller.h"
#include "viewer/ui/swatch.h"

typedef struct {
  GtkWidget *box; /* owned by the list */
  GtkWidget *swatch;
  GtkWidget *key;
  GtkWidget *value;
  gboolean is_heading;
} Line;

struct _HvDetails {
  GtkWidget parent_instance;

  GtkWidget *stack; /* owned child: "nothing" or "lines" */
  GtkWidget *list;  /* GtkBox of lines */
  GPtrArray *lines; /* Line */
  guint n_shown;
  const HvPalette *palette; /* during a show */
};

G_DEFINE_FINAL_TYPE(HvDetails, hv_details, GTK_TYPE_WIDGET)

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
  gtk_widget_add_css_class(line->value, "numeric");
  gtk_box_append(GTK_BOX(line->box), line->swatch);
  gtk_box_append(GTK_BOX(line->box), line->key);
  gtk_box_append(GTK_BOX(line->box), line->value);
  gtk_box_append(GTK_BOX(self->list), line->box);
  g_ptr_array_add(self->lines, line);
  self->n_shown++;
  return line;
}

static Line *details_add(HvDetails *self, const char *key, const char *value) {
  Line *line = details_next_line(self);

  if (line->is_heading)
    gtk_widget_remove_css_class(line->key, "heading");
  gtk_widget_add_css_class(line->key, "key");
  line->is_heading = FALSE;
  gtk_widget_set_margin_top(line->box, 0);
  gtk_widget_hide(line->swatch);
  gtk_widget_show(line->box);
  hv_label_show(GTK_LABEL(line->key), key);
  hv_label_show(GTK_LABEL(line->value), value);
  return line;
}

static void details_add_heading(HvDetails *self, const char *text) {
  gboolean first = self->n_shown == 0;
  Line *line = details_add(self, text, "");

  line->is_heading = TRUE;
  gtk_widget_remove_css_class(line->key, "key");
  gtk_widget_add_css_class(line->key, "heading");
  gtk_widget_set_margin_top(line->box, first ? 0 : 12);
}

static void details_add_taken(HvDetails *self, const char *key, char *value) {
  details_add(self, key, value);
  g_free(value);
}

static void details_add_state(HvDetails *self, const char *key, HvState state, char *value) {
  Line *line = details_add(self, key, value);

  hv_swatch_set(HV_SWATCH(line->swatch), self->palette, state, FALSE);
  gtk_widget_show(line->swatch);
  g_free(value);
}

/* ---- what is said ---- */

static void details_add_place(HvDetails *self, guint64 begin, guint64 end) {
  details_add_taken(self, _("Address"), hv_format_address(begin));
  details_add_taken(self, _("Size"), hv_format_bytes_exact((gint64)(end - begin)));
}

static void details_add_thing(HvDetails *self, const HvHit *hit) {
  static const char *const headings[] = {
      [HV_HIT_NOTHING] = N_("Not Mapped"),      [HV_HIT_ARENA_HEADER] = N_("Arena Header"),
      [HV_HIT_FREE_SLICES] = N_("Free Slices"), [HV_HIT_BLOCK] = N_("Block"),
      [HV_HIT_TAIL] = N_("End of a Span"),      [HV_HIT_REGION] = N_("Mmapped Region"),
  };
  const char *state = hit->state == HV_STATE_NONE ? _("not published") : hv_state_name(hit->state);

  details_add_heading(self, _(headings[hit->kind]));
  if (hit->kind == HV_HIT_REGION) {
    details_add_taken(self, _("Address"), hv_format_address(hit->region->block));
    details_add_taken(self, _("Usable"), hv_format_bytes_exact((gint64)hit->region->usable_bytes));
    details_add_taken(self, _("Mapped at"), hv_format_address(hit->region->address));
    details_add_taken(self, _("Mapped"), hv_format_bytes_exact((gint64)hit->region->mapped_bytes));
  } else {
    details_add_place(self, hit->begin, hit->end);
  }
  details_add_state(self, _("State"), hit->state, g_strdup(state));
  if (hit->kind == HV_HIT_BLOCK && hit->span->kind == ALLOC_SPAN_SMALL) {
    g_autofree char *number = hv_format_count(hit->block_index + 1);
    g_autofree char *capacity = hv_format_count(hit->span->capacity);

    details_add_taken(self, _("Number"), g_strdup_printf(_("%s of %s"), number, capacity));
  }
  if (hit->kind == HV_HIT_REGION && hit->owner != NULL)
    details_add_taken(self, _("Made by"), hv_cache_describe(hit->owner));
}

static void details_add_blocks(HvDetails *self, const char *key, HvState state, guint64 blocks,
                               guint64 block_bytes) {
  g_autofree char *count = hv_format_count(blocks);
  g_autofree char *bytes = hv_format_bytes((gint64)(blocks * block_bytes));

  if (blocks > 0)
    details_add_state(self, key, state, g_strdup_printf("%s · %s", count, bytes));
}

static void details_add_span(HvDetails *self, HvFrame *frame, const HvHit *hit) {
  const struct alloc_span_record *span = hit->span;
  guint64 begin = hv_frame_span_address(frame, (guint)hit->span_index);
  guint64 bytes = hv_frame_span_bytes(frame, (guint)hit->span_index);
  guint64 used = (guint64)span->live + span->cached + span->transit;
  guint64 touched_free = span->touched > used ? span->touched - used : 0;
  gint64 untouched = (gint64)span->capacity - span->touched;

  details_add_heading(self, _("Span"));
  details_add_place(self, begin, begin + bytes);
  if (span->kind == ALLOC_SPAN_LARGE) {
    details_add(self, _("Holds"), _("one large block"));
    return;
  }
  details_add_taken(self, _("Size class"), hv_format_bytes_exact((gint64)span->block_bytes));
  details_add_taken(self, _("Fill"), hv_format_percent(span->live, span->capacity));
  details_add_blocks(self, _("Live"), HV_STATE_LIVE, span->live, span->block_bytes);
  details_add_blocks(self, _("Cached"), HV_STATE_CACHED, span->cached, span->block_bytes);
  details_add_blocks(self, _("In transit"), HV_STATE_TRANSIT, span->transit, span->block_bytes);
  details_add_blocks(self, _("Free"), HV_STATE_FREE, touched_free, span->block_bytes);
  details_add_blocks(self, _("Untouched"), HV_STATE_UNTOUCHED, (guint64)MAX(untouched, 0),
                     span->block_bytes);
  if (span->purged_pages != 0)
    details_add_taken(self, _("Purged pages"),
                      g_strdup_printf("%d", __builtin_popcountll(span->purged_pages)));
  if (hit->owner != NULL)
    details_add_taken(self, _("Owner"), hv_cache_describe(hit->owner));
}

static void details_add_arena(HvDetails *self, HvFrame *frame, const HvHit *hit) {
  guint free_slices = 0;
  g_autofree char *heading = g_strdup_printf(_("Arena %d"), hit->arena_index);

  for (guint i = 0; i < G_N_ELEMENTS(hit->arena->free_map); i++)
    free_slices += (guint)__builtin_popcountll(hit->arena->free_map[i]);
  details_add_heading(self, heading);
  details_add_place(self, hit->arena->address,
                    hit->arena->address + hv_frame_arena_bytes(frame, (guint)hit->arena_index));
  details_add_taken(self, _("Spans"), hv_format_count(hit->arena->span_count));
  details_add_taken(self, _("Free slices"),
                    g_strdup_printf(_("%u of %u"), free_slices, hit->arena->slices));
}

static void details_add_area(HvDetails *self, HvPyramid *pyramid, const HvFocus *focus) {
  HvMix mix;

  details_add_heading(self, _("Area"));
  details_add_taken(self, _("From"), hv_format_address(focus->begin));
  details_add_taken(self, _("To"), hv_format_address(focus->end));
  details_add_taken(self, _("Size"), hv_format_bytes_exact((gint64)(focus->end - focus->begin)));
  hv_pyramid_mix(pyramid, focus->begin, focus->end, &mix);
  for (int state = HV_STATE_LIVE; state < HV_STATE_MAP_COUNT; state++) {
    g_autofree char *bytes = hv_format_bytes((gint64)mix.bytes[state]);
    g_autofree char *percent = hv_format_percent(mix.bytes[state], focus->end - focus->begin);
    g_autofree char *name = g_strdup(hv_state_name((HvState)state));

    if (mix.bytes[state] == 0)
      continue;
    name[0] = g_ascii_toupper(name[0]);
    details_add_state(self, name, (HvState)state, g_strdup_printf("%s · %s", bytes, percent));
  }
  if (mix.bytes[HV_STATE_NONE] > 0)
    details_add_taken(self, _("Not mapped"), hv_format_bytes((gint64)mix.bytes[HV_STATE_NONE]));
}

void hv_details_show(HvDetails *self, HvPyramid *pyramid, const HvFocus *focus,
                     const HvPalette *palette) {
  HvFrame *frame;

  g_return_if_fail(HV_IS_DETAILS(self));
  self->n_shown = 0;
  if (focus == NULL || focus->level == HV_FOCUS_NOTHING || pyramid == NULL) {
    gtk_stack_set_visible_child_name(GTK_STACK(self->stack), "nothing");
    return;
  }
  frame = hv_pyramid_frame(pyramid);
  self->palette = palette;
  if (focus->level == HV_FOCUS_AREA)
    details_add_area(self, pyramid, focus);
  if (focus->level == HV_FOCUS_THING)
    details_add_thing(self, &focus->hit);
  if (focus->level != HV_FOCUS_AREA && focus->hit.span != NULL)
    details_add_span(self, frame, &focus->hit);
  if (focus->level != HV_FOCUS_AREA && focus->hit.arena != NULL)
    details_add_arena(self, frame, &focus->hit);
  for (guint i = self->n_shown; i < self->lines->len; i++)
    gtk_widget_hide(((Line *)g_ptr_array_index(self->lines, i))->box);
  gtk_stack_set_visible_child_name(GTK_STACK(self->stack), "lines");
}

char *hv_details_dup_text(HvDetails *self) {
  GString *text = g_string_new(NULL);

  g_return_val_if_fail(HV_IS_DETAILS(self), NULL);
  for (guint i = 0; i < self->n_shown; i++) {
    Line *line = g_ptr_array_index(self->lines, i);
    const char *key = gtk_label_get_text(GTK_LABEL(line->key));

    if (line->is_heading)
      g_string_append_printf(text, "%s%s\n", i > 0 ? "\n" : "", key);
    else
      g_string_append_printf(text, "%s: %s\n", key, gtk_label_get_text(GTK_LABEL(line->value)));
  }
  return g_string_free(text, FALSE);
}

/* ---- making ---- */

static void hv_details_dispose(GObject *object) {
  HvDetails *self = HV_DETAILS(object);

  g_clear_pointer(&self->stack, gtk_widget_unparent);
  g_clear_pointer(&self->lines, g_ptr_array_unref);
  G_OBJECT_CLASS(hv_details_parent_class)->dispose(object);
}

static void hv_details_class_init(HvDetailsClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = hv_details_dispose;
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
