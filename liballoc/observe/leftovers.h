/* SPDX-License-Identifier: MIT */
/*
 * leftovers.h: files of processes that were killed, or that ended by _exit(), which runs nothing
 * of ours. The newest are kept, as the last frame of a crash is worth a look; the rest goes, so
 * that a build under LIBALLOC_SNAPSHOT does not fill /dev/shm.
 */
#ifndef LIBALLOC_LEFTOVERS_H
#define LIBALLOC_LEFTOVERS_H

#include "heap/base.h"

enum { LEFTOVERS_KEPT = 16 };

/* Removes all but the newest files of processes that are no more and have been silent for a minute.
 * By the publisher, when it begins. */
HIDDEN void leftovers_sweep(void);

#endif
