/* SPDX-License-Identifier: MIT */
/* Frames as their bytes were published, to be broken, for tests of what reads them. */
#pragma once

#include "tests/viewer/synthetic.h"

G_BEGIN_DECLS

/* A published frame to break, and its header. */
typedef struct {
  struct alloc_snapshot_header header;
  GByteArray *bytes; /* owned */
} Published;

/* That of a heap. */
Published published_new(SyntheticKind kind, guint32 seed);

struct alloc_frame *published_head(Published *published);

/* The first record of @section. */
gpointer published_section(Published *published, int section);

/* Reads it. Returns: (transfer full) (nullable) */
HvFrame *published_accept(Published *published, GError **error);

/* Fails unless it is refused with @code and a message that has @part in it. */
void published_expect_refused(Published *published, int code, const char *part);

G_END_DECLS
