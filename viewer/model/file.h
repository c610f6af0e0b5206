/* SPDX-License-Identifier: MIT */
/* Files that are whole or not there. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * hv_file_may_replace:
 * @path: where somebody wants a file
 * @error: HV_ERROR_IO naming @path and the reason
 *
 * Whether nothing is there, or a file: whoever renames to @path would otherwise put a file in the
 * place of a device, a pipe or a link to one.
 */
gboolean hv_file_may_replace(const char *path, GError **error);

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
