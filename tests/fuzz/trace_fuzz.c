/* SPDX-License-Identifier: MIT */
/* The reader of traces against texts made to break it, a target of libFuzzer. */
#include <string.h>

#include "tests/fuzz/seed.h"
#include "viewer/model/trace.h"

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

/* Adds up everything that is at a place. */
static guint64 read_place(const HvPlace *place) {
  if (place == NULL)
    return 0;
  g_assert_nonnull(place->text);
  return place->address + (place->object == NULL ? 0 : strlen(place->object)) +
         (place->symbol == NULL ? 0 : strlen(place->symbol));
}

static void use(HvTrace *trace) {
  guint64 sum = 0;
  gsize count;
  const HvLeak *leaks = hv_trace_leaks(trace, &count);
  for (gsize i = 0; i < count; i++) {
    gsize frames;
    const HvPlace *const *stack = hv_trace_stack(trace, leaks[i].stack, &frames);
    for (gsize f = 0; f < frames; f++)
      sum += read_place(stack[f]);
    sum += read_place(leaks[i].place);
  }
  const HvComplaint *complaints = hv_trace_complaints(trace, &count);
  for (gsize i = 0; i < count; i++)
    sum += read_place(complaints[i].before) + read_place(complaints[i].place);
  g_assert_cmpuint(count, <=, hv_trace_events(trace));
  __asm__ volatile("" : : "r"(sum));
}

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size) {
  g_autoptr(GError) error = NULL;
  FILE *file = fmemopen((gpointer)data, size, "r");
  g_assert_nonnull(file);
  g_autoptr(HvTrace) trace = hv_trace_read_stream(file, "trace", &error);
  fclose(file);
  g_assert_true((trace == NULL) == (error != NULL));
  seed_must_be_accepted(error);
  if (trace)
    use(trace);
  return 0;
}
