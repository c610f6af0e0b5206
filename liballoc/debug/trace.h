/* SPDX-License-Identifier: MIT */
/*
 * trace.h: the file of mtrace(3), in glibc's format to the byte:
 *
 *     = Start
 *     @ ./a.out:[0x1166] + 0x7f5a1c060010 0x64        allocated
 *     @ ./a.out:(main+3d)[0x1176] - 0x7f5a1c060010    freed
 *     @ ./a.out:[0x1186] < 0x7f5a1c060010             realloc, from
 *     @ ./a.out:[0x1186] > 0x7f5a1c060080 0x200       realloc, to
 *     @ ./a.out:[0x1196] ! 0x7f5a1c060080 0xffff...   realloc that failed
 *     = End                                           by muntrace()
 *
 * When more than one frame is recorded a stack is defined once, before the first event that has it,
 * in a form that glibc's mtrace(1) ignores, and an event has its number at the end:
 *
 *     = stack 7 ./a.out:[0x1166] ./a.out:(main+3d)[0x1176]
 *     @ ./a.out:[0x1166] + 0x7f5a1c060010 0x64 #7
 *
 * Each line is one write(2) to a file opened for appending: nothing is lost when the process
 * crashes, calls _exit() or is killed, and lines of threads follow one another as they happened.
 * The free of a block that this trace has not seen allocated is not written.
 *
 * Who writes where: a name with %p in it has the process number there. A name without belongs to
 * the first process; the environment that it leaves to others, and its own forks, get NAME.%p. A
 * file with a process number in its name is never overwritten: the next is NAME.PID.1. A file
 * without one is, unless a living process writes to it.
 */
#ifndef LIBALLOC_TRACE_H
#define LIBALLOC_TRACE_H

#include "debug/stacks.h"
#include "heap/base.h"

/*
 * Starts a trace into the file of that name; variable is that of the environment which had it, or
 * NULL. 0, also when one is being written already, or an errno value. Any thread, not in malloc's
 * own locks.
 */
HIDDEN int trace_start(const char *name, const char *variable);

/* Ends it with "= End". */
HIDDEN void trace_stop(void);

/* Number of the trace being written; 0: none. */
HIDDEN uint32_t trace_number(void);

/* The trace being written, if any, is one of the whole run, which the environment asked for and the
 * program does not end; whether that is so. The same goes for the child of a fork. */
HIDDEN void trace_set_lasting(void);
HIDDEN bool trace_is_lasting(void);

/* Writes one event to the trace of that number, if it is still being written. bytes is left out
 * for '-' and '<'; a NULL block is "(nil)". Leaves errno alone. Any thread. */
HIDDEN void trace_event(uint32_t number, char event, const void *block, size_t bytes,
                        struct stack *stack);

/* By the constructor: other programs must not write to this file, see above. */
HIDDEN void trace_redirect_others(void);

/* In the child of a fork: a file of its own. */
HIDDEN void trace_after_fork(void);

#endif
