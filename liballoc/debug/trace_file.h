/* SPDX-License-Identifier: MIT */
/*
 * trace_file.h: which file a trace goes to, and keeping hold of it in a program that closes
 * descriptors which are not its own.
 */
#ifndef LIBALLOC_TRACE_FILE_H
#define LIBALLOC_TRACE_FILE_H

#include "heap/base.h"

/*
 * Opens the file, as trace.h says. An errno value. variable: as in trace_start(). The functions
 * that open and close are for one thread at a time.
 */
HIDDEN int trace_file_open(const char *given, const char *variable);

/* In the child of a fork: leaves the parent's file alone and opens one of the child's. */
HIDDEN int trace_file_reopen(void);

HIDDEN void trace_file_close(void);

/* The descriptor, after having made sure that it is the file still; < 0: it is lost. Any thread. */
HIDDEN int trace_file(void);

/* The file's name, or that of the one that could not be opened. */
HIDDEN const char *trace_file_path(void);

/* Makes the variable that the name came from lead other programs to files of their own. */
HIDDEN void trace_file_redirect_others(void);

#endif
