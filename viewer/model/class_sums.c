/* SPDX-License-Identifier: MIT */
/* See class_sums.h. */
#include "viewer/model/class_sums.h"

GArray *hv_class_sums_new(HvFrame *frame) {
  guint n_classes, n_spans;
  const struct alloc_class_record *classes = hv_frame_classes(frame, &n_classes);
  const HvSpan *spans = hv_frame_spans(frame, &n_spans);
  GArray *sums = g_array_sized_new(FALSE, TRUE, sizeof(HvClassSum), n_classes);

  g_array_set_size(sums, n_classes);
  for (guint i = 0; i < n_classes; i++)
    g_array_index(sums, HvClassSum, i).block_bytes = classes[i].block_bytes;
  for (guint i = 0; i < n_spans; i++) {
    HvClassSum *sum;

    if (spans[i].kind != ALLOC_SPAN_SMALL || spans[i].size_class >= n_classes)
      continue;
    sum = &g_array_index(sums, HvClassSum, spans[i].size_class);
    sum->spans++;
    sum->capacity += spans[i].capacity;
    sum->live += spans[i].live;
    sum->cached += spans[i].cached;
    sum->transit += spans[i].transit;
  }
  return sums;
}
