/* SPDX-License-Identifier: MIT */
/* See past_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glib/gstdio.h>
#include <unistd.h>

#include "tests/viewer/past_fixture.h"
#include "viewer/model/frame_private.h"

HvFrame *frame_at(SyntheticHeap *heap, guint64 seq, guint64 realtime_ns) {
  return synthetic_heap_frame(heap, seq, realtime_ns, realtime_ns - START + SECOND);
}

void assert_same_frame(HvFrame *a, HvFrame *b) {
  assert_non_null(a);
  assert_true(g_bytes_equal(a->bytes, b->bytes));
}

char *new_path(void) {
  char *path = g_strdup_printf("%s/hv-recording-XXXXXX", g_get_tmp_dir());
  int fd = g_mkstemp(path);
  close(fd);
  unlink(path);
  return path;
}
