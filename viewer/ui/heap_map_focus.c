/* SPDX-License-Identifier: MIT */
/* What is under the pointer, what is chosen, and how it is told. What is shown in less than some
 * pixels is not told apart: the span or the pixel stands for it. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/heap_map_private.h"

#include <glib/gi18n.h>

#include "viewer/model/units.h"

#define THING_MINIMUM_PX 3 /* what is narrower is not told apart */
#define TELL_INTERVAL_US G_USEC_PER_SEC
#define CURSOR_STEP_PX   8 /* of the keyboard cursor where things are too small */

static gboolean wide_enough(HvTileSet *set, guint64 bytes) {
  return (double)bytes / hv_layout_bytes_per_px(set->layout) >= THING_MINIMUM_PX;
}

/* What the map shows at @address: the finest thing that is some pixels wide. */
static gboolean map_focus_at(HvHeapMap *self, guint64 address, HvFocus *focus) {
  HvTileSet *set = self->front;
  HvFrame *frame;
  HvPlace place;
  gint64 x, y;

  *focus = (HvFocus){HV_FOCUS_NOTHING};
  if (set == NULL)
    return FALSE;
  frame = hv_pyramid_frame(set->pyramid);
  if (!hv_hit_test(frame, address, &focus->hit))
    return FALSE;
  focus->begin = focus->hit.begin;
  focus->end = focus->hit.end;
  if (wide_enough(set, focus->end - focus->begin) || focus->hit.kind == HV_HIT_REGION) {
    focus->level = HV_FOCUS_THING;
    return TRUE;
  }
  if (focus->hit.span_index >= 0) {
    guint span = (guint)focus->hit.span_index;

    focus->begin = hv_frame_span_address(frame, span);
    focus->end = focus->begin + hv_frame_span_bytes(frame, span);
    if (wide_enough(set, focus->end - focus->begin)) {
      focus->level = HV_FOCUS_SPAN;
      return TRUE;
    }
  }
  if (!hv_layout_locate(set->layout, address, &x, &y) ||
      !hv_layout_place(set->layout, x, y, &place))
    return FALSE;
  focus->level = HV_FOCUS_AREA;
  focus->begin = place.begin;
  focus->end = place.end;
  return TRUE;
}

gboolean hv_heap_map_address_at(HvHeapMap *self, double x, double y, guint64 *address) {
  HvTileSet *set = self->front;
  int scale = hv_map_scale(self);
  HvPlace place;

  g_return_val_if_fail(HV_IS_HEAP_MAP(self), FALSE);
  if (set == NULL || x < 0 || y < 0)
    return FALSE;
  if (!hv_layout_place(set->layout, (gint64)(x * scale) - hv_map_left_px(self, set),
                       (gint64)(y * scale) + self->front_y_px, &place))
    return FALSE;
  *address = place.begin;
  return TRUE;
}

static gboolean focus_equal(const HvFocus *a, const HvFocus *b) {
  return a->level == b->level && a->begin == b->begin && a->end == b->end &&
         a->hit.state == b->hit.state;
}

void hv_map_update_hover(HvHeapMap *self) {
  HvFocus focus = {HV_FOCUS_NOTHING};
  gboolean changed;
  guint64 address;

  if (hv_heap_map_address_at(self, self->pointer_x, self->pointer_y, &address))
    map_focus_at(self, address, &focus);
  changed = !focus_equal(&focus, &self->hover);
  self->hover = focus; /* even if equal: its pointers are of the newest frame */
  if (!changed)
    return;
  gtk_widget_queue_draw(GTK_WIDGET(self));
  hv_map_emit(self, HV_MAP_HOVER_CHANGED);
}

void hv_heap_map_set_pointer(HvHeapMap *self, double x, double y) {
  g_return_if_fail(HV_IS_HEAP_MAP(self));
  self->pointer_x = x;
  self->pointer_y = y;
  hv_map_update_hover(self);
}

gboolean hv_heap_map_get_hover(HvHeapMap *self, HvFocus *focus) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), FALSE);
  *focus = self->hover;
  return focus->level != HV_FOCUS_NOTHING;
}

gboolean hv_heap_map_get_selection(HvHeapMap *self, HvFocus *focus) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), FALSE);
  *focus = (HvFocus){HV_FOCUS_NOTHING};
  if (!self->has_selection || self->front == NULL)
    return FALSE;
  if (self->selected_end == 0)
    return map_focus_at(self, self->selected_begin, focus);
  hv_hit_test(hv_pyramid_frame(self->front->pyramid), self->selected_begin, &focus->hit);
  focus->level = HV_FOCUS_AREA;
  focus->begin = self->selected_begin;
  focus->end = self->selected_end;
  return TRUE;
}

/* ---- what is told ---- */

/* Those who hear the map are disturbed only when there is something new. */
static void map_tell_selection(HvHeapMap *self) {
  HvFocus focus;
  g_autofree char *text = NULL;

  if (hv_heap_map_get_selection(self, &focus))
    text = hv_heap_map_describe(self, &focus);
  if (g_strcmp0(text, self->told) == 0)
    return;
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                 text != NULL ? text : _("nothing selected"), -1);
  g_free(self->told);
  self->told = g_steal_pointer(&text);
}

static void map_tell(HvHeapMap *self) {
  self->told_us = g_get_monotonic_time();
  map_tell_selection(self);
  if (self->hover.level != HV_FOCUS_NOTHING)
    hv_map_emit(self, HV_MAP_HOVER_CHANGED);
}

static gboolean map_tell_due(gpointer data) {
  HvHeapMap *self = data;

  self->tell_id = 0;
  map_tell(self);
  return G_SOURCE_REMOVE;
}

void hv_map_tell_again(HvHeapMap *self) {
  gint64 wait_us = self->told_us + TELL_INTERVAL_US - g_get_monotonic_time();

  if (self->tell_id != 0)
    return;
  if (wait_us <= 0)
    map_tell(self);
  else
    self->tell_id = g_timeout_add((guint)(wait_us / 1000) + 1, map_tell_due, self);
}

void hv_map_stop_telling(HvHeapMap *self) {
  g_clear_handle_id(&self->tell_id, g_source_remove);
  g_clear_pointer(&self->told, g_free);
}

/* ---- selection ---- */

static void map_select(HvHeapMap *self, gboolean any, guint64 begin, guint64 end) {
  if (any == self->has_selection && begin == self->selected_begin && end == self->selected_end)
    return;
  self->has_selection = any;
  self->selected_begin = begin;
  self->selected_end = end;
  map_tell_selection(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
  hv_map_emit(self, HV_MAP_SELECTION_CHANGED);
}

void hv_heap_map_select_address(HvHeapMap *self, guint64 address) {
  g_return_if_fail(HV_IS_HEAP_MAP(self));
  map_select(self, TRUE, address, 0);
}

void hv_heap_map_select_range(HvHeapMap *self, guint64 begin, guint64 end) {
  g_return_if_fail(HV_IS_HEAP_MAP(self));
  g_return_if_fail(begin < end);
  map_select(self, TRUE, begin, end);
}

void hv_heap_map_choose_area(HvHeapMap *self, guint64 begin, guint64 end) {
  g_return_if_fail(HV_IS_HEAP_MAP(self));
  hv_heap_map_select_range(self, begin, end);
  hv_map_emit(self, HV_MAP_MEASURED);
}

void hv_heap_map_select_none(HvHeapMap *self) {
  g_return_if_fail(HV_IS_HEAP_MAP(self));
  map_select(self, FALSE, 0, 0);
}

/* The place beside @focus as it is shown: the next thing, or some pixels on where they are too
 * small to be told apart. */
static gboolean map_beside(HvHeapMap *self, const HvFocus *focus, int right, guint64 *address) {
  HvLayout *layout = self->front->layout;
  HvFocus next;

  if (focus->level == HV_FOCUS_AREA) {
    guint64 bytes = hv_layout_pixels_bytes(layout, *address, CURSOR_STEP_PX * hv_map_scale(self));

    return hv_layout_move(layout, address, right * (gint64)bytes);
  }
  *address = right > 0 ? focus->end - 1 : focus->begin;
  if (!hv_layout_move(layout, address, right))
    return FALSE;
  /* What was stepped back to begins before its last byte. */
  if (right < 0 && map_focus_at(self, *address, &next) && next.level != HV_FOCUS_AREA)
    *address = next.begin;
  return TRUE;
}

/* The row of the picture to leave @focus from: it may have several. */
static gint64 map_row_of(HvHeapMap *self, const HvFocus *focus, int down, gint64 cursor_y) {
  gint64 x, y;

  return hv_layout_locate(self->front->layout, down > 0 ? focus->end - 1 : focus->begin, &x, &y)
             ? y
             : cursor_y;
}

/* The cursor comes into view. */
static void map_put_cursor(HvHeapMap *self, guint64 address) {
  hv_heap_map_select_address(self, address);
  hv_heap_map_scroll_to(self, address);
}

void hv_heap_map_move_cursor(HvHeapMap *self, int right, int down) {
  HvLayout *layout;
  HvFocus focus;
  guint64 address;
  gint64 x, y;

  g_return_if_fail(HV_IS_HEAP_MAP(self));
  if (self->front == NULL)
    return;
  layout = self->front->layout;
  if (!hv_heap_map_get_selection(self, &focus) ||
      !hv_layout_locate(layout, self->selected_begin, &x, &y)) {
    if (hv_layout_nearest(layout, 0, self->front_y_px, 1, &address))
      hv_heap_map_select_address(self, address);
    return;
  }
  address = self->selected_begin;
  if (right != 0 && !map_beside(self, &focus, right, &address))
    return;
  if (down != 0) {
    gint64 below =
        map_row_of(self, &focus, down, y) + (gint64)down * hv_layout_row_pitch_px(layout);

    if (below < 0 || below >= hv_layout_height(layout) ||
        !hv_layout_nearest(layout, x, below, down, &address))
      return;
  }
  map_put_cursor(self, address);
}

/* Where the cursor is, if there is one. */
static gboolean map_locate_cursor(HvHeapMap *self, gint64 *x, gint64 *y) {
  return self->front != NULL && self->has_selection && self->selected_end == 0 &&
         hv_layout_locate(self->front->layout, self->selected_begin, x, y);
}

void hv_heap_map_page(HvHeapMap *self, int pages) {
  double dy = pages * gtk_widget_get_height(GTK_WIDGET(self)) * 0.9;
  guint64 address;
  gint64 x, y;

  g_return_if_fail(HV_IS_HEAP_MAP(self));
  hv_heap_map_scroll(self, dy);
  if (!map_locate_cursor(self, &x, &y))
    return;
  y += (gint64)(dy * hv_map_scale(self));
  if (hv_layout_nearest(self->front->layout, x, y, pages, &address) ||
      hv_layout_nearest(self->front->layout, x, y, -pages, &address))
    map_put_cursor(self, address);
}

void hv_heap_map_go_end(HvHeapMap *self, int direction) {
  guint64 address;
  gint64 x, y;

  g_return_if_fail(HV_IS_HEAP_MAP(self));
  /* Farther than any map is high, and exact in a double. */
  hv_heap_map_scroll(self, direction * 1e12);
  if (!map_locate_cursor(self, &x, &y))
    return;
  x = direction < 0 ? 0 : hv_layout_params(self->front->layout)->width_px - 1;
  y = direction < 0 ? 0 : hv_layout_height(self->front->layout) - 1;
  if (hv_layout_nearest(self->front->layout, x, y, -direction, &address))
    map_put_cursor(self, address);
}

/* Whether the selection is the area that keys have chosen until now. */
static gboolean map_extends(HvHeapMap *self) {
  return self->has_selection && self->selected_end != 0 && self->area_anchor != self->area_tip &&
         self->selected_begin == MIN(self->area_anchor, self->area_tip) &&
         self->selected_end == MAX(self->area_anchor, self->area_tip);
}

void hv_heap_map_extend(HvHeapMap *self, int right, int down) {
  HvLayout *layout;
  guint64 address;
  gint64 x, y;

  g_return_if_fail(HV_IS_HEAP_MAP(self));
  if (!self->has_selection || self->front == NULL || self->by_class) {
    hv_heap_map_move_cursor(self, right, down);
    return;
  }
  if (!map_extends(self))
    self->area_anchor = self->area_tip = self->selected_begin;
  layout = self->front->layout;
  if (!hv_layout_locate(layout, self->area_tip, &x, &y))
    return;
  x += (gint64)right * CURSOR_STEP_PX * hv_map_scale(self);
  y += (gint64)down * hv_layout_row_pitch_px(layout);
  if (y < 0 || !hv_layout_nearest(layout, x, y, down < 0 ? -1 : 1, &address))
    return;
  self->area_tip = address;
  if (address == self->area_anchor)
    hv_heap_map_select_address(self, address);
  else
    hv_heap_map_choose_area(self, MIN(address, self->area_anchor), MAX(address, self->area_anchor));
  hv_heap_map_scroll_to(self, address);
}

void hv_heap_map_step_span(HvHeapMap *self, int direction) {
  HvLayout *layout;
  HvFrame *frame;
  HvFocus focus;
  HvHit hit;
  guint64 address;

  g_return_if_fail(HV_IS_HEAP_MAP(self));
  if (self->front == NULL)
    return;
  layout = self->front->layout;
  frame = hv_pyramid_frame(self->front->pyramid);
  if (hv_heap_map_get_selection(self, &focus) && focus.hit.kind != HV_HIT_NOTHING) {
    hit = focus.hit;
  } else if (!hv_layout_nearest(layout, 0, direction > 0 ? 0 : G_MAXINT64, direction, &address) ||
             !hv_hit_test(frame, address, &hit)) {
    return;
  } else if (hit.span_index >= 0) {
    map_put_cursor(self, hv_frame_span_address(frame, (guint)hit.span_index));
    return;
  }
  do {
    guint64 begin = hit.begin, end = hit.end;

    if (hit.span_index >= 0) {
      begin = hv_frame_span_address(frame, (guint)hit.span_index);
      end = begin + hv_frame_span_bytes(frame, (guint)hit.span_index);
    }
    address = direction > 0 ? end - 1 : begin;
    if (!hv_layout_move(layout, &address, direction) || !hv_hit_test(frame, address, &hit))
      return;
  } while (hit.span_index < 0);
  map_put_cursor(self, hv_frame_span_address(frame, (guint)hit.span_index));
}

/* The largest states of a mix: "71 % live, 20 % free, 9 % cached". */
static void describe_mix(HvPyramid *pyramid, guint64 begin, guint64 end, GString *text) {
  HvMix mix;

  hv_pyramid_mix(pyramid, begin, end, &mix);
  for (int n = 0; n < 3; n++) {
    int largest = HV_STATE_NONE;
    g_autofree char *percent = NULL;

    for (int state = 0; state < HV_STATE_MAP_COUNT; state++) {
      if (mix.bytes[state] > mix.bytes[largest])
        largest = state;
    }
    if (mix.bytes[largest] == 0)
      break;
    percent = hv_format_percent(mix.bytes[largest], end - begin);
    g_string_append_printf(text, "%s%s %s", n == 0 ? " · " : ", ", percent,
                           largest == HV_STATE_NONE ? _("not mapped") : hv_state_name(largest));
    mix.bytes[largest] = 0;
  }
}

char *hv_heap_map_describe(HvHeapMap *self, const HvFocus *focus) {
  GString *text;
  g_autofree char *address = NULL;
  g_autofree char *bytes = NULL;

  g_return_val_if_fail(HV_IS_HEAP_MAP(self), NULL);
  if (focus->level == HV_FOCUS_NOTHING || self->front == NULL)
    return g_strdup("");
  if (focus->level == HV_FOCUS_THING)
    return hv_hit_describe(&focus->hit);
  address = hv_format_address(focus->begin);
  bytes = hv_format_bytes((gint64)(focus->end - focus->begin));
  text = g_string_new(address);
  if (focus->level == HV_FOCUS_SPAN && focus->hit.span != NULL) {
    const HvSpan *span = focus->hit.span;
    g_autofree char *block = hv_format_bytes((gint64)span->block_bytes);
    g_autofree char *live = hv_format_count(span->live);
    g_autofree char *capacity = hv_format_count(span->capacity);
    g_autofree char *owner = focus->hit.owner == NULL ? NULL : hv_cache_describe(focus->hit.owner);

    g_string_append_printf(text, _(" · span of %s, blocks of %s · %s of %s live"), bytes, block,
                           live, capacity);
    if (owner != NULL)
      g_string_append_printf(text, " · %s", owner);
  } else {
    g_string_append_printf(text, " · %s", bytes);
    describe_mix(self->front->pyramid, focus->begin, focus->end, text);
  }
  return g_string_free(text, FALSE);
}
