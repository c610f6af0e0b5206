/* SPDX-License-Identifier: MIT */
/*
 * segment.h: PID.heap, the file that frames are published in, and its mapping.
 *
 * One at most. It belongs to the publisher; only segment_remove may be called by another thread,
 * which is why making, replacing and removing the file hold a lock. The mapping is not inherited
 * by children.
 */
#ifndef LIBALLOC_SEGMENT_H
#define LIBALLOC_SEGMENT_H

#include "heap/base.h"

struct alloc_frame;

/* Most bytes of a frame; a heap that needs more is published in part. */
#define SEGMENT_FRAME_MOST_BYTES (UINT64_C(512) << 20)

/*
 * Makes a file whose buffers hold frame_bytes and some more, replacing a smaller one: 0, or an
 * errno value, and what was there stays. process is the own id and start_ticks its start.
 */
/* Fills the header of a file with buffers of so many bytes. */
struct alloc_snapshot_header;
HIDDEN void segment_header(struct alloc_snapshot_header *header, size_t buffer_bytes,
                           uint32_t process, uint64_t start_ticks);

HIDDEN int segment_make(size_t frame_bytes, uint32_t process, uint64_t start_ticks);

/* Bytes that a frame may have now; 0: there is no segment. */
HIDDEN size_t segment_frame_bytes(void);

/* The buffer for the next frame, its number already gone from the header. Its contents are
 * those of an older frame. */
HIDDEN struct alloc_frame *segment_begin(void);

/* Publishes the frame begun: its seq, too, is set here. rate_mhz goes into the header. */
HIDDEN void segment_publish(uint32_t rate_mhz);

/* Marks the segment ended, removes its file and its mapping. The publisher. */
HIDDEN void segment_close(void);

/* The same but for the mapping, which the publisher may be writing to: any thread, at exit. No file
 * is made afterwards. */
HIDDEN void segment_remove(void);

/* Ends and removes what an earlier process of the same number left in the directory, or what this
 * one was before exec: its readers look for the new file then. At start. */
HIDDEN void segment_end_leftover(int directory, uint32_t process);

/* In the child of a fork: the parent's segment is not ours. */
HIDDEN void segment_after_fork(void);

#endif
