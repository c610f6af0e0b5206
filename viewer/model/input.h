/* SPDX-License-Identifier: MIT */
/*
 * Where the bytes of a file come from: a descriptor, or memory. Descriptors are read with pread(2)
 * only, so that a file that shrinks gives an error and not a SIGBUS. Inside of the model.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  GBytes *bytes; /* NULL: a descriptor */
  int fd;
} HvInput;

/**
 * hv_input_open:
 * @input: (out): the file at @path. Not blocking, so that a pipe of that name does not wait for its
 * writer; see hv_input_is_regular()
 * @error: HV_ERROR_PERMISSION or HV_ERROR_IO
 */
gboolean hv_input_open(const char *path, HvInput *input, GError **error);

/* Whether what was opened is a file, and not a folder or a pipe. */
gboolean hv_input_is_regular(const HvInput *input);

/**
 * hv_input_read:
 * @buffer: (out): exactly @size bytes from @offset on
 *
 * Returns: FALSE with errno set: to 0 when the file ends before.
 */
gboolean hv_input_read(const HvInput *input, guint64 offset, gpointer buffer, gsize size);

/* Bytes of the file now. FALSE with errno set. */
gboolean hv_input_size(const HvInput *input, guint64 *size);

/* Lets go of the bytes, or closes the descriptor. */
void hv_input_close(HvInput *input);

G_END_DECLS
