/* SPDX-License-Identifier: MIT */
/* Files that are whole or not there. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * hv_file_replace:
 * @path: where to; an existing file is replaced only when everything has been written
 * @data, @size: its contents
 * @error: HV_ERROR_IO naming @path and the reason
 *
 * Writes beside @path and renames. A path that is no regular file (such as /dev/stdout) is
 * written to directly. New files get mode 0666 less the umask.
 */
gboolean hv_file_replace(const char *path, gconstpointer data, gsize size, GError **error);

G_END_DECLS
