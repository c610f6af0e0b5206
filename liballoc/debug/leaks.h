/* SPDX-License-Identifier: MIT */
/*
 * leaks.h: the report of LIBALLOC_LEAKS: what is lost at the end of the program, by the stacks that
 * have allocated it.
 *
 * For people, on stderr, nothing when nothing is lost:
 *
 *     liballoc: process 123, ./a.out: 3 blocks, 600 bytes are lost
 *
 *     2 blocks, 400 bytes lost, allocated by
 *         ./a.out:(f+1a)[0x1166]
 *
 * As a file, a trace of nothing but leaks, which mtrace(1) reads, too:
 *
 *     = Start
 *     = leaks of process 123, ./a.out
 *     = stack 4 ./a.out:(f+1a)[0x1166] ./a.out:[0x1193]
 *     @ ./a.out:(f+1a)[0x1166] + 0x7f5a1c060010 0xc8 #4 lost         or indirect
 *     @ ./a.out:[0x1181] ! 0x7f5a1c060080 0x10 #5 reachable
 *     = End
 */
#ifndef LIBALLOC_LEAKS_H
#define LIBALLOC_LEAKS_H

#include "heap/base.h"

/* From now on blocks are recorded. file: where the report goes, NULL: stderr; variable: that of
 * the environment which had it. */
HIDDEN void leaks_start(const char *file, const char *variable);

/* Finds out what is lost now; from: as in scan.h. */
HIDDEN void leaks_find(uintptr_t from);

/* Writes what was found. */
HIDDEN void leaks_report(void);

/* By the constructor, and in the child of a fork: one report does not overwrite another. */
HIDDEN void leaks_redirect_others(void);
HIDDEN void leaks_after_fork(void);

#endif
