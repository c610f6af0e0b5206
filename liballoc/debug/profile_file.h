/* SPDX-License-Identifier: MIT */
/*
 * profile_file.h: how a profile is started and stopped from outside, by environment, signal,
 * options and end of the program, and the snapshot file that it leaves then.
 */
#ifndef LIBALLOC_PROFILE_FILE_H
#define LIBALLOC_PROFILE_FILE_H

#include "heap/base.h"

/* Where the file goes at the end; variable is that of the environment which said so. */
HIDDEN void profile_file_set(const char *name, const char *variable);

/* Options: mean bytes from the start, 0: not from the start; a signal that starts it, and then
 * stops it and writes the file, 0: none. Both take effect with profile_begin(). */
HIDDEN void profile_want(size_t mean_bytes);
HIDDEN void profile_want_signal(int signal);

/* By the constructor; in the child of a fork; by the destructor. */
HIDDEN void profile_begin(void);
HIDDEN void profile_file_after_fork(void);
HIDDEN void profile_end(void);

/* What a signal could not do because it had interrupted a sample. */
HIDDEN extern uint32_t profile_pending;
HIDDEN COLD void profile_obey(void);

#endif
