/* SPDX-License-Identifier: MIT */
/* See tile_worker.h. Everything but `done` and `data` is guarded by `lock`. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/tile_worker.h"

#include <string.h>

#include "viewer/render/tile.h"

/* Finished tiles wait for each other, so that the main thread wakes up once in half a frame and not
 * for each of them; the last of a batch does not wait. */
#define DELIVERY_MS 8

/* Immutable once posted. */
typedef struct {
  gatomicrefcount references;
  guint64 generation;
  HvPyramid *pyramid;
  HvLayout *layout;
  const HvPalette *palette;
  HvLens *lens;
  HvPyramid *told_from; /* NULL: what changed is not told */
  GArray *orders;       /* HvTileOrder */
} Batch;

typedef struct {
  guint64 generation;
  gint64 column;
  gint64 row;
  cairo_surface_t *surface;
  HvChange change;
} Result;

struct HvTileWorker {
  HvTileDone done; /* main thread */
  gpointer data;   /* main thread */
  GThread *thread;

  GMutex lock;
  GCond changed;
  gboolean stop;
  Batch *batch; /* newest; NULL: nothing to do */
  guint next;   /* order of `batch` to draw next */
  GQueue results;
  GSource *delivery; /* that will deliver them; NULL: none */
  guint64 drawn;
};

static void order_clear(gpointer data) {
  g_clear_pointer(&((HvTileOrder *)data)->before, cairo_surface_destroy);
}

static Batch *batch_ref(Batch *batch) {
  g_atomic_ref_count_inc(&batch->references);
  return batch;
}

static void batch_unref(Batch *batch) {
  if (!g_atomic_ref_count_dec(&batch->references))
    return;
  hv_pyramid_unref(batch->pyramid);
  hv_layout_unref(batch->layout);
  g_clear_pointer(&batch->lens, hv_lens_unref);
  g_clear_pointer(&batch->told_from, hv_pyramid_unref);
  g_array_unref(batch->orders);
  g_free(batch);
}

static void result_free(gpointer data) {
  Result *result = data;

  cairo_surface_destroy(result->surface);
  hv_change_clear(&result->change);
  g_free(result);
}

/* ---- main thread ---- */

static gboolean worker_deliver(gpointer data) {
  HvTileWorker *self = data;
  GQueue results;

  g_mutex_lock(&self->lock);
  results = self->results;
  g_queue_init(&self->results);
  g_clear_pointer(&self->delivery, g_source_unref);
  g_mutex_unlock(&self->lock);
  while (!g_queue_is_empty(&results)) {
    Result *result = g_queue_pop_head(&results);

    self->done(result->generation, result->column, result->row, result->surface, &result->change,
               self->data);
    result_free(result);
  }
  return G_SOURCE_REMOVE;
}

/* ---- worker thread ---- */

/* Locked. */
static void worker_announce(HvTileWorker *self) {
  gboolean more = self->batch != NULL && self->next < self->batch->orders->len;

  if (self->delivery == NULL) {
    self->delivery = g_timeout_source_new(DELIVERY_MS);
    g_source_set_priority(self->delivery, G_PRIORITY_HIGH_IDLE);
    g_source_set_callback(self->delivery, worker_deliver, self, NULL);
    if (!more)
      g_source_set_ready_time(self->delivery, 0);
    g_source_attach(self->delivery, NULL);
  } else if (!more) {
    g_source_set_ready_time(self->delivery, 0);
  }
}

static gboolean surfaces_equal(cairo_surface_t *a, cairo_surface_t *b) {
  int stride = cairo_image_surface_get_stride(a);
  int height = cairo_image_surface_get_height(a);

  return stride == cairo_image_surface_get_stride(b) &&
         height == cairo_image_surface_get_height(b) &&
         memcmp(cairo_image_surface_get_data(a), cairo_image_surface_get_data(b),
                (gsize)stride * (gsize)height) == 0;
}

/* Returns: (transfer full): the tile, or the one before when nothing differs. */
static cairo_surface_t *batch_draw(Batch *batch, const HvTileOrder *order, HvChange *change) {
  cairo_surface_t *surface =
      hv_render_tile(batch->pyramid, batch->layout, batch->palette, batch->lens,
                     order->column * HV_TILE_PX, order->row * HV_TILE_PX, HV_TILE_PX, HV_TILE_PX);

  cairo_surface_flush(surface);
  if (order->before == NULL || cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
    return surface;
  if (surfaces_equal(surface, order->before)) {
    cairo_surface_destroy(surface);
    return cairo_surface_reference(order->before);
  }
  if (batch->told_from != NULL)
    hv_change_render(batch->layout, batch->told_from, batch->pyramid, order->column * HV_TILE_PX,
                     order->row * HV_TILE_PX, order->before, surface, change);
  return surface;
}

static gpointer worker_run(gpointer data) {
  HvTileWorker *self = data;

  g_mutex_lock(&self->lock);
  while (!self->stop) {
    Batch *batch;
    HvTileOrder *order;
    Result *result;

    if (self->batch == NULL || self->next >= self->batch->orders->len) {
      g_clear_pointer(&self->batch, batch_unref);
      g_cond_wait(&self->changed, &self->lock);
      continue;
    }
    batch = batch_ref(self->batch);
    order = &g_array_index(batch->orders, HvTileOrder, self->next++);
    g_mutex_unlock(&self->lock);

    result = g_new0(Result, 1);
    result->generation = batch->generation;
    result->column = order->column;
    result->row = order->row;
    result->surface = batch_draw(batch, order, &result->change);
    batch_unref(batch);

    g_mutex_lock(&self->lock);
    self->drawn++;
    g_queue_push_tail(&self->results, result);
    if (!self->stop)
      worker_announce(self);
  }
  g_clear_pointer(&self->batch, batch_unref);
  g_mutex_unlock(&self->lock);
  return NULL;
}

/* ---- making ---- */

HvTileWorker *hv_tile_worker_new(HvTileDone done, gpointer data) {
  HvTileWorker *self = g_new0(HvTileWorker, 1);

  self->done = done;
  self->data = data;
  g_mutex_init(&self->lock);
  g_cond_init(&self->changed);
  g_queue_init(&self->results);
  self->thread = g_thread_new("tiles", worker_run, self);
  return self;
}

void hv_tile_worker_free(HvTileWorker *self) {
  g_mutex_lock(&self->lock);
  self->stop = TRUE;
  g_cond_signal(&self->changed);
  g_mutex_unlock(&self->lock);
  g_thread_join(self->thread);
  if (self->delivery != NULL)
    g_source_destroy(self->delivery);
  g_clear_pointer(&self->delivery, g_source_unref);
  g_queue_clear_full(&self->results, result_free);
  g_mutex_clear(&self->lock);
  g_cond_clear(&self->changed);
  g_free(self);
}

void hv_tile_worker_request(HvTileWorker *self, guint64 generation, HvPyramid *pyramid,
                            HvLayout *layout, const HvPalette *palette, HvLens *lens,
                            HvPyramid *told_from, const HvTileOrder *orders, guint n_orders) {
  Batch *batch = g_new0(Batch, 1);

  g_atomic_ref_count_init(&batch->references);
  batch->generation = generation;
  batch->pyramid = hv_pyramid_ref(pyramid);
  batch->layout = hv_layout_ref(layout);
  batch->palette = palette;
  batch->lens = lens == NULL ? NULL : hv_lens_ref(lens);
  batch->told_from = told_from == NULL ? NULL : hv_pyramid_ref(told_from);
  batch->orders = g_array_sized_new(FALSE, FALSE, sizeof(HvTileOrder), n_orders);
  g_array_set_clear_func(batch->orders, order_clear);
  for (guint i = 0; i < n_orders; i++) {
    HvTileOrder order = orders[i];

    if (order.before != NULL)
      cairo_surface_reference(order.before);
    g_array_append_val(batch->orders, order);
  }
  g_mutex_lock(&self->lock);
  g_clear_pointer(&self->batch, batch_unref);
  self->batch = batch;
  self->next = 0;
  g_cond_signal(&self->changed);
  g_mutex_unlock(&self->lock);
}

guint64 hv_tile_worker_get_drawn(HvTileWorker *self) {
  guint64 drawn;

  g_mutex_lock(&self->lock);
  drawn = self->drawn;
  g_mutex_unlock(&self->lock);
  return drawn;
}
