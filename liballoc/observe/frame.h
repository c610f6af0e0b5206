/* SPDX-License-Identifier: MIT */
/*
 * frame.h: one frame of the heap, as <liballoc/snapshot.h> describes it, by whoever has claimed the
 * making of frames: the publisher, or a thread that writes one to a file. No thread is stopped.
 */
#ifndef LIBALLOC_FRAME_H
#define LIBALLOC_FRAME_H

#include "heap/base.h"
#include "observe/bell.h"

struct alloc_frame;

enum frame_result {
  FRAME_DONE,
  FRAME_TOO_SMALL, /* the heap grew meanwhile: plan again, more generously */
  FRAME_NO_MEMORY,
};

/* Bytes that bitmaps may take before only those in the windows wished for are published, and bytes
 * of a frame from which span records are left out. Set by tests only. */
HIDDEN extern size_t frame_bitmap_budget_bytes, frame_most_bytes;

/* Claims what frames are made with, for all that follows; false: another thread has it. */
HIDDEN bool frame_claim(void);
HIDDEN void frame_leave(void);

/* Looks how much there is to publish. attempt counts from 0 and adds room for growth meanwhile.
 * Bytes that the next frame needs; 0: no memory to find out. */
HIDDEN size_t frame_plan(unsigned attempt);

/* Fills a buffer of at least the bytes planned, all but seq. cost_ns is the previous frame's. */
HIDDEN enum frame_result frame_write(struct alloc_frame *frame, const struct wish *wish,
                                     uint64_t cost_ns);

/* Gives back what frames are made with. */
HIDDEN void frame_release(void);

/* In the child of a fork: that was the parent's and is not mapped here. */
HIDDEN void frame_after_fork(void);

#endif
