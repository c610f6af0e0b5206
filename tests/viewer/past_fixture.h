/* SPDX-License-Identifier: MIT */
/* What tests of the past, kept and recorded, have in common: frames at times, and files for them.
 */
#pragma once

#include "tests/viewer/synthetic.h"

G_BEGIN_DECLS

#define SECOND G_GUINT64_CONSTANT(1000000000)
#define START  (G_GUINT64_CONSTANT(1700000000) * SECOND)

/* The heap as frame @seq at @realtime_ns, from START. Returns: (transfer full) */
HvFrame *frame_at(SyntheticHeap *heap, guint64 seq, guint64 realtime_ns);

/* Fails unless they are the same to the byte. */
void assert_same_frame(HvFrame *a, HvFrame *b);

/* Of no file yet. Returns: (transfer full) */
char *new_path(void);

G_END_DECLS
