/* SPDX-License-Identifier: MIT */
/*
 * The memory that GTK draws a frame into, kept from one frame to the next.
 *
 * GTK's renderer for cairo takes a picture of what is redrawn from malloc and frees it after the
 * frame; cairo copies it into memory shared with the X server, and unmaps that too. For a window of
 * 1600x1000 either is 6 MiB, which glibc and the kernel take back between any two frames: writing a
 * frame is then 3,000 page faults, ten times the time of drawing and copying it
 * (doc/performance.md). Here glibc is told to keep such pieces, and a window keeps cairo's pool of
 * shared memory alive by owning a piece of it that nobody ever writes, and that hence is no memory.
 *
 * Main thread only but for giving back. What is kept goes with the window.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** hv_frame_memory_keep_heap: Freed pictures of frames stay with the process. Once, at the start.
 */
void hv_frame_memory_keep_heap(void);

/**
 * hv_frame_memory_give_back: What is free now goes back to the system. Making a window leaves
 * several times the pieces that frames need; those come anew with the next frame. Any thread.
 */
void hv_frame_memory_give_back(void);

/**
 * hv_frame_memory_keep:
 * @window: not yet realized
 *
 * Keeps what @window shares with an X server while it is realized. Does nothing where it is not
 * drawn by cairo or not by way of X.
 */
void hv_frame_memory_keep(GtkWindow *window);

G_END_DECLS
