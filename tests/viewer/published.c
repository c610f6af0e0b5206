/* SPDX-License-Identifier: MIT */
/* See published.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/viewer/published.h"
#include "viewer/model/error.h"

Published published_new(SyntheticKind kind, guint32 seed) {
  Published published;
  SyntheticHeap *heap = synthetic_heap_new(kind, seed);
  published.bytes = synthetic_heap_publish(heap, 4);
  synthetic_header(&published.header, published.bytes->len);
  published.header.latest_seq = 4;
  published.header.buffer_seq[1] = 4;
  synthetic_heap_free(heap);
  return published;
}

struct alloc_frame *published_head(Published *published) {
  return (struct alloc_frame *)(gpointer)published->bytes->data;
}

gpointer published_section(Published *published, int section) {
  return published->bytes->data + published_head(published)->section[section].offset;
}

HvFrame *published_accept(Published *published, GError **error) {
  g_autoptr(GBytes) bytes = g_bytes_new(published->bytes->data, published->bytes->len);
  return hv_frame_new(&published->header, bytes, error);
}

void published_expect_refused(Published *published, int code, const char *part) {
  g_autoptr(GError) error = NULL;
  HvFrame *frame = published_accept(published, &error);
  assert_null(frame);
  assert_non_null(error);
  assert_true(error->domain == HV_ERROR);
  assert_int_equal(error->code, code);
  if (strstr(error->message, part) == NULL)
    fail_msg("\"%s\" lacks \"%s\"", error->message, part);
}
