/* SPDX-License-Identifier: MIT */
/* Rims on the map: around what came, around what went, and around nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/viewer/synthetic.h"
#include "viewer/render/change.h"
#include "viewer/render/tile.h"

enum {
  SIDE = 256,
};

/* A heap before and after some blocks came and went, and a part of their maps. */
typedef struct {
  HvPyramid *before;
  HvPyramid *after;
  HvLayout *layout; /* of the frame after */
  gint64 x;
  gint64 y;
  HvChange change;
} Scene;

static HvPyramid *next_pyramid(SyntheticHeap *heap, guint64 seq) {
  g_autoptr(HvFrame) frame = synthetic_heap_frame(heap, seq, 0, 0);
  return hv_pyramid_new(frame);
}

static cairo_surface_t *draw(HvPyramid *pyramid, const Scene *scene) {
  g_autoptr(HvLayout) layout =
      hv_layout_new(hv_pyramid_frame(pyramid), hv_layout_params(scene->layout));
  return hv_render_tile(pyramid, layout, hv_palette_get(HV_THEME_LIGHT), NULL, scene->x, scene->y,
                        SIDE, SIDE);
}

/* Shows the place of @address, or the top of the map. */
static void scene_render(Scene *scene, int row_shift, int scale, guint64 address) {
  HvLayoutParams params = {.width_px = 640, .row_shift = row_shift, .scale = scale};
  scene->layout = hv_layout_new(hv_pyramid_frame(scene->after), &params);
  if (hv_layout_locate(scene->layout, address, &scene->x, &scene->y)) {
    scene->x = MAX(scene->x - 100, 0);
    scene->y = MAX(scene->y - 100, 0);
  }
  cairo_surface_t *old = draw(scene->before, scene);
  cairo_surface_t *now = draw(scene->after, scene);
  hv_change_render(scene->layout, scene->before, scene->after, scene->x, scene->y, old, now,
                   &scene->change);
  cairo_surface_destroy(old);
  cairo_surface_destroy(now);
}

static void scene_init(Scene *scene, guint changes) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ALL_CLASSES, 3);
  *scene = (Scene){.before = next_pyramid(heap, 1)};
  synthetic_heap_churn(heap, changes);
  scene->after = next_pyramid(heap, 2);
  synthetic_heap_free(heap);
}

static void scene_forget(Scene *scene) {
  hv_change_clear(&scene->change);
  g_clear_pointer(&scene->layout, hv_layout_unref);
}

static void scene_clear(Scene *scene) {
  scene_forget(scene);
  hv_pyramid_unref(scene->before);
  hv_pyramid_unref(scene->after);
}

static guint8 light(const Scene *scene, HvChangeKind kind, gint64 x, gint64 y) {
  cairo_surface_t *mask = scene->change.mask[kind];
  return mask == NULL
             ? 0
             : cairo_image_surface_get_data(mask)[y * cairo_image_surface_get_stride(mask) + x];
}

static gint64 live_bytes(HvPyramid *pyramid, guint64 begin, guint64 end) {
  HvMix mix;
  hv_pyramid_mix(pyramid, begin, end, &mix);
  return (gint64)(mix.bytes[HV_STATE_LIVE] + mix.bytes[HV_STATE_LARGE] +
                  mix.bytes[HV_STATE_REGION]);
}

/* At any zoom, light of either kind is only where there is more live than before, or less. */
static void test_light_is_where_something_changed(void **state) {
  guint seen[HV_CHANGES] = {0};
  Scene scene;
  scene_init(&scene, 3000);
  for (int shift = 10; shift <= 24; shift += 2) {
    guint64 address = hv_frame_span_address(hv_pyramid_frame(scene.after), 1);
    scene_render(&scene, shift, 1 + shift / 2 % 2, address);
    for (gint64 y = 0; y < SIDE; y++)
      for (gint64 x = 0; x < SIDE; x++) {
        HvPlace place;
        gint64 more = 0;
        if (hv_layout_place(scene.layout, scene.x + x, scene.y + y, &place))
          more = live_bytes(scene.after, place.begin, place.end) -
                 live_bytes(scene.before, place.begin, place.end);
        if (light(&scene, HV_CHANGE_BORN, x, y) != 0)
          assert_true(more > 0);
        if (light(&scene, HV_CHANGE_FREED, x, y) != 0)
          assert_true(more < 0);
        seen[HV_CHANGE_BORN] += light(&scene, HV_CHANGE_BORN, x, y) != 0;
        seen[HV_CHANGE_FREED] += light(&scene, HV_CHANGE_FREED, x, y) != 0;
      }
    scene_forget(&scene);
  }
  assert_true(seen[HV_CHANGE_BORN] > 100 && seen[HV_CHANGE_FREED] > 100);
  scene_clear(&scene);
}

/* A block of one row, wide enough to have an inside: is light all around it and not within? */
static gboolean check_rim(const Scene *scene, HvChangeKind kind, const HvRect *rect, int rim) {
  gint64 left = rect->x - scene->x + 1; /* columns at its ends may be of others, too */
  gint64 right = rect->x - scene->x + rect->width - 2;
  gint64 top = rect->y - scene->y;
  gint64 bottom = top + rect->height - 1;
  if (left < 1 || top < 0 || right >= SIDE - 1 || bottom >= SIDE || right - left < 4 * rim)
    return FALSE;
  for (gint64 x = left; x <= right; x++) {
    assert_true(light(scene, kind, x, top) > 0);
    assert_true(light(scene, kind, x, bottom) > 0);
    assert_int_equal(light(scene, 1 - kind, x, top), 0);
  }
  for (gint64 x = left + 2 * rim; x <= right - 2 * rim; x++)
    assert_int_equal(light(scene, kind, x, (top + bottom) / 2), 0);
  return TRUE;
}

/* Each block that came or went has its own rim, of its own kind. */
static void test_blocks_have_rims(void **state) {
  guint rims[HV_CHANGES] = {0};
  Scene scene;
  scene_init(&scene, 3000);
  HvFrame *frame = hv_pyramid_frame(scene.after);
  guint count = 0;
  const HvSpan *spans = hv_frame_spans(frame, &count);
  for (guint i = 0; i < MIN(count, 300); i++) {
    guint64 begin = hv_frame_span_address(frame, i);
    if (spans[i].kind != ALLOC_SPAN_SMALL)
      continue;
    int scale = 1 + (int)(i % 2);
    scene_render(&scene, 10, scale, begin);
    for (guint block = 0; block < MIN(spans[i].capacity, 64); block++) {
      HvHit old;
      HvHit now;
      guint64 at = begin + block * spans[i].block_bytes;
      HvRect clip = {scene.x, scene.y, SIDE, SIDE};
      gboolean known = hv_hit_test(hv_pyramid_frame(scene.before), at, &old) &&
                       hv_hit_test(frame, at, &now) && old.begin == now.begin;
      if (!known || (old.state == HV_STATE_LIVE) == (now.state == HV_STATE_LIVE))
        continue;
      g_autoptr(GArray) rects = hv_layout_range_rects(scene.layout, now.begin, now.end, &clip);
      HvChangeKind kind = now.state == HV_STATE_LIVE ? HV_CHANGE_BORN : HV_CHANGE_FREED;
      if (rects->len == 1 &&
          g_array_index(rects, HvRect, 0).height <= hv_layout_params(scene.layout)->row_px)
        rims[kind] += check_rim(&scene, kind, &g_array_index(rects, HvRect, 0), 2 * scale);
    }
    scene_forget(&scene);
  }
  if (rims[HV_CHANGE_BORN] < 5 || rims[HV_CHANGE_FREED] < 5)
    fail_msg("%u rims of new blocks, %u of freed ones", rims[0], rims[1]);
  scene_clear(&scene);
}

/* The same heap again has no light, and no masks either. */
static void test_nothing_changed(void **state) {
  Scene scene;
  scene_init(&scene, 0);
  scene_render(&scene, 10, 1, 0);
  assert_null(scene.change.mask[HV_CHANGE_BORN]);
  assert_null(scene.change.mask[HV_CHANGE_FREED]);
  scene_clear(&scene);
}

/* Fontconfig keeps its caches as long as the process lives. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
  return "leak:libfontconfig\n";
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_light_is_where_something_changed),
      cmocka_unit_test(test_blocks_have_rims),
      cmocka_unit_test(test_nothing_changed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
