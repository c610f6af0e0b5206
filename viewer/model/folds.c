/* SPDX-License-Identifier: MIT */
/* See folds.h. A few bands are folded by hand, so a list of pairs will do. */
#include "viewer/model/folds.h"

#include "viewer/model/frame_private.h"

typedef struct {
  guint64 key;
  HvFold fold;
} Pair;

struct HvFolds {
  gatomicrefcount references;
  GArray *pairs; /* Pair */
};

guint64 hv_folds_key(HvBandKind kind, guint index, guint64 address) {
  /* No arena is at the end of the address space. */
  return kind == HV_BAND_ARENA ? address : G_MAXUINT64 - ((guint64)kind << 32 | index);
}

HvFolds *hv_folds_new(void) {
  HvFolds *folds = g_new0(HvFolds, 1);
  g_atomic_ref_count_init(&folds->references);
  folds->pairs = g_array_new(FALSE, FALSE, sizeof(Pair));
  return folds;
}

HvFolds *hv_folds_with(HvFolds *folds, guint64 key, HvFold fold) {
  HvFolds *result = hv_folds_new();
  Pair pair = {key, fold};
  for (guint i = 0; i < folds->pairs->len; i++) {
    Pair other = g_array_index(folds->pairs, Pair, i);
    if (other.key != key)
      g_array_append_val(result->pairs, other);
  }
  if (fold != HV_FOLD_TAIL)
    g_array_append_val(result->pairs, pair);
  return result;
}

HvFolds *hv_folds_ref(HvFolds *folds) {
  g_atomic_ref_count_inc(&folds->references);
  return folds;
}

void hv_folds_unref(HvFolds *folds) {
  if (!g_atomic_ref_count_dec(&folds->references))
    return;
  g_array_unref(folds->pairs);
  g_free(folds);
}

HvFold hv_folds_get(HvFolds *folds, guint64 key) {
  for (guint i = 0; folds != NULL && i < folds->pairs->len; i++) {
    Pair pair = g_array_index(folds->pairs, Pair, i);
    if (pair.key == key)
      return pair.fold;
  }
  return HV_FOLD_TAIL;
}

guint64 hv_folds_arena_bytes(HvFrame *frame, guint index) {
  const struct alloc_arena_record *arena = &hv_frame_arenas(frame, NULL)[index];
  guint64 slice_bytes = hv_frame_header(frame)->slice_bytes;
  guint slices = arena->slices;
  while (slices > 0 && hv_map_bit(arena->free_map, slices - 1) &&
         !hv_map_bit(arena->dirty_map, slices - 1))
    slices--;
  guint64 bytes = HV_FOLD_ARENA_MIN_BYTES;
  while (bytes < slices * slice_bytes)
    bytes *= 2;
  return MIN(bytes, hv_frame_arena_bytes(frame, index));
}
