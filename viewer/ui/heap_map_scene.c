/* SPDX-License-Identifier: MIT */
/*
 * Order and lens of a heap, which take time that grows with the heap: a thread makes them, one heap
 * at a time. The map goes on with the heap before until they are there.
 */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/heap_map_private.h"

/* Lenses of time and pages, while the heap itself stays the same. */
#define REFRESH_INTERVAL_US (2 * G_USEC_PER_SEC)

/* What a thread makes; it owns all of it. */
typedef struct {
  guint target_serial;
  HvPyramid *pyramid;
  guint pid;
  HvActivity *activity;
  HvPyramid *before;
  HvPyramid *after;
  HvTheme theme;
  HvLensKind kind;
  gboolean by_class;

  HvOrder *order;
  HvLens *lens;
} Scene;

static void scene_free(gpointer data) {
  Scene *scene = data;

  hv_pyramid_unref(scene->pyramid);
  g_clear_pointer(&scene->activity, hv_activity_unref);
  g_clear_pointer(&scene->before, hv_pyramid_unref);
  g_clear_pointer(&scene->after, hv_pyramid_unref);
  g_clear_pointer(&scene->order, hv_order_unref);
  g_clear_pointer(&scene->lens, hv_lens_unref);
  g_free(scene);
}

static void scene_make(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  Scene *scene = data;
  HvFrame *frame = hv_pyramid_frame(scene->pyramid);
  g_autoptr(HvPages) pages = NULL;
  HvLensInput input = {
      .pyramid = scene->pyramid,
      .theme = scene->theme,
      .activity = scene->activity,
      .before = scene->before,
      .after = scene->after,
  };

  if (scene->by_class)
    scene->order = hv_order_new(scene->pyramid);
  if (scene->kind == HV_LENS_RESIDENCY && scene->pid != 0)
    pages = hv_pages_read(frame, scene->pid);
  input.order = scene->order;
  input.pages = pages;
  scene->lens = hv_lens_new(scene->kind, &input);
  g_task_return_boolean(task, TRUE);
}

/* Takes a heap for drawing, with its order and lens. */
static void map_take(HvHeapMap *self, HvPyramid *pyramid, HvOrder *order, HvLens *lens) {
  hv_pyramid_ref(pyramid);
  g_clear_pointer(&self->pyramid, hv_pyramid_unref);
  g_clear_pointer(&self->order, hv_order_unref);
  g_clear_pointer(&self->lens, hv_lens_unref);
  self->pyramid = pyramid;
  self->order = order == NULL ? NULL : hv_order_ref(order);
  self->lens = lens == NULL ? NULL : hv_lens_ref(lens);
  hv_map_show_newest(self);
}

static void map_scene_done(GObject *source, GAsyncResult *result, gpointer data) {
  HvHeapMap *self = HV_HEAP_MAP(source);
  Scene *scene = g_task_get_task_data(G_TASK(result));
  gboolean outdated = self->outdated;

  self->preparing = FALSE;
  self->outdated = FALSE;
  if (self->worker == NULL || self->heap == NULL)
    return;
  /* An older heap with the right order and lens is shown meanwhile, so that a fast target does not
   * starve the screen. */
  if (scene->target_serial == self->target_serial && scene->kind == self->lens_kind &&
      scene->by_class == self->by_class)
    map_take(self, scene->pyramid, scene->order, scene->lens);
  if (outdated)
    hv_map_prepare(self);
}

void hv_map_prepare(HvHeapMap *self) {
  g_autoptr(GTask) task = NULL;
  Scene *scene;

  if (self->heap == NULL)
    return;
  if (self->preparing) {
    self->outdated = TRUE;
    return;
  }
  if (self->lens_kind == HV_LENS_STATE && !self->by_class) {
    map_take(self, self->heap, NULL, NULL);
    return;
  }
  scene = g_new0(Scene, 1);
  scene->target_serial = self->target_serial;
  scene->pyramid = hv_pyramid_ref(self->heap);
  scene->pid = self->pid;
  scene->activity = self->activity == NULL ? NULL : hv_activity_ref(self->activity);
  scene->before = self->before == NULL ? NULL : hv_pyramid_ref(self->before);
  scene->after = self->after == NULL ? NULL : hv_pyramid_ref(self->after);
  scene->theme = self->theme;
  scene->kind = self->lens_kind;
  scene->by_class = self->by_class;
  self->preparing = TRUE;
  self->prepared_us = g_get_monotonic_time();
  task = g_task_new(self, NULL, map_scene_done, NULL);
  g_task_set_task_data(task, scene, scene_free);
  g_task_run_in_thread(task, scene_make);
}

void hv_map_refresh_lens(HvHeapMap *self) {
  gboolean moves = self->lens_kind == HV_LENS_AGE || self->lens_kind == HV_LENS_CHURN ||
                   (self->lens_kind == HV_LENS_RESIDENCY && self->pid != 0);

  if (moves && !self->preparing &&
      g_get_monotonic_time() - self->prepared_us >= REFRESH_INTERVAL_US)
    hv_map_prepare(self);
}

void hv_map_drop_scene(HvHeapMap *self) {
  self->target_serial++;
  g_clear_pointer(&self->heap, hv_pyramid_unref);
  g_clear_pointer(&self->activity, hv_activity_unref);
  g_clear_pointer(&self->before, hv_pyramid_unref);
  g_clear_pointer(&self->after, hv_pyramid_unref);
  g_clear_pointer(&self->pyramid, hv_pyramid_unref);
  g_clear_pointer(&self->order, hv_order_unref);
  g_clear_pointer(&self->lens, hv_lens_unref);
}

static void take_pyramid(HvPyramid **field, HvPyramid *pyramid) {
  if (pyramid != NULL)
    hv_pyramid_ref(pyramid);
  g_clear_pointer(field, hv_pyramid_unref);
  *field = pyramid;
}

void hv_heap_map_set_context(HvHeapMap *self, guint pid, HvActivity *activity, HvPyramid *before,
                             HvPyramid *after) {
  gboolean other;

  g_return_if_fail(HV_IS_HEAP_MAP(self));
  other = before != self->before || after != self->after;
  if (activity != NULL)
    hv_activity_ref(activity);
  g_clear_pointer(&self->activity, hv_activity_unref);
  self->pid = pid;
  self->activity = activity;
  take_pyramid(&self->before, before);
  take_pyramid(&self->after, after);
  if (other && self->lens_kind == HV_LENS_DIFF)
    hv_map_prepare(self);
}

void hv_heap_map_set_lens(HvHeapMap *self, HvLensKind kind) {
  g_return_if_fail(HV_IS_HEAP_MAP(self));
  g_return_if_fail((guint)kind < HV_LENSES);
  if (self->lens_kind == kind)
    return;
  self->lens_kind = kind;
  hv_map_prepare(self);
}

HvLensKind hv_heap_map_get_lens_kind(HvHeapMap *self) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), HV_LENS_STATE);
  return self->lens_kind;
}

void hv_heap_map_set_by_class(HvHeapMap *self, gboolean by_class) {
  g_return_if_fail(HV_IS_HEAP_MAP(self));
  if (self->by_class == by_class)
    return;
  self->by_class = by_class;
  hv_map_prepare(self);
}

gboolean hv_heap_map_get_by_class(HvHeapMap *self) {
  g_return_val_if_fail(HV_IS_HEAP_MAP(self), FALSE);
  return self->by_class;
}
