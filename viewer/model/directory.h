/* SPDX-License-Identifier: MIT */
/*
 * The directory of this user's bell and snapshots. What lies in /dev/shm can be made by anyone, so
 * directory and files count only if they belong to this user and nobody else may touch them; links
 * are never followed. Inside of the model; any thread.
 */
#pragma once

#include <glib.h>
#include <sys/stat.h>

#include "liballoc/snapshot.h"

G_BEGIN_DECLS

/* Path of the directory. (transfer none) */
const char *hv_directory_path(void);

/**
 * hv_directory_open:
 * @path: the directory, hv_directory_path() but for tests
 * @create: make it when it is missing
 * @error: HV_ERROR_PERMISSION when it is not safe, HV_ERROR_IO, HV_ERROR_NO_PROCESS when it is
 *   missing and @create is FALSE
 *
 * Returns: a file descriptor to close, or -1.
 */
int hv_directory_open(const char *path, gboolean create, GError **error);

/**
 * hv_directory_open_file:
 * @directory: from hv_directory_open()
 * @name: of a file in it
 * @flags: O_RDONLY or O_RDWR
 * @status: (out) (optional): what fstat() says
 * @error: HV_ERROR_PERMISSION when the file is not safe, HV_ERROR_IO
 *
 * Returns: a file descriptor to close; -1 without an error when there is no such file.
 */
int hv_directory_open_file(int directory, const char *name, int flags, struct stat *status,
                           GError **error);

G_END_DECLS
