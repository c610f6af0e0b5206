/* SPDX-License-Identifier: MIT */
/*
 * directory.h: /dev/shm/liballoc-UID, where the doorbell and the snapshots of one user live.
 *
 * Anyone may make files in /dev/shm, so the directory counts only if it is one, belongs to the
 * effective user and is closed to all others; links are never followed. Descriptors are opened
 * close-on-exec, and closed again before the function that opened them returns to the program.
 */
#ifndef LIBALLOC_DIRECTORY_H
#define LIBALLOC_DIRECTORY_H

#include "heap/base.h"

/* Opens the directory, making it if there is none; a descriptor to close, or -errno. */
HIDDEN int directory_open(void);

/* "/dev/shm/liballoc-UID" into path, which has room for DIRECTORY_PATH_BYTES. */
enum { DIRECTORY_PATH_BYTES = 48 };
HIDDEN void directory_path(char *path);

/*
 * Makes a file of bytes zero bytes whose space is taken at once, so that writing to a mapping of
 * it cannot raise SIGBUS. A limit on file sizes is honoured without the signal it comes with.
 * An old file of that name is replaced. A descriptor to close, or -errno and no file.
 */
HIDDEN int directory_make_file(int directory, const char *name, size_t bytes);

/* fstat() of a file that may be trusted: regular, own, closed to others, of this size; 0: any. */
HIDDEN bool directory_trusts(int file, size_t bytes);

#endif
