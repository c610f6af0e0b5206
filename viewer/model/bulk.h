/* SPDX-License-Identifier: MIT */
/*
 * Memory of tables that are as long as the heap they tell of: large ones are mappings of their own,
 * so that what a table of a hundred gibibytes took is given back with it. malloc keeps freed memory
 * for the next frame of the window (viewer/ui/frame_memory.h), and in pieces. Any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @bytes of zeroes; ends the program when there is no memory, as g_malloc() does. */
gpointer hv_bulk_new(gsize bytes);

/* @bytes: as they were asked for. NULL does nothing. */
void hv_bulk_free(gpointer table, gsize bytes);

G_END_DECLS
