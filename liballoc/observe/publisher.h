/* SPDX-License-Identifier: MIT */
/*
 * publisher.h: the thread that publishes frames while somebody watches, and answers commands.
 *
 *   idle --start--> running --(nobody watches any more)--> idle
 *
 * While idle there is no thread, no file and no memory of it. The thread allocates nothing, blocks
 * all signals, and when it is the last one left in the process it ends, and libc the process.
 */
#ifndef LIBALLOC_PUBLISHER_H
#define LIBALLOC_PUBLISHER_H

#include "heap/base.h"

/* The process that may publish: the caller. At start and in the child of a fork. */
HIDDEN void publisher_begin(uint32_t process);

/* Handler of poll.h: looks whether the ring was for this process. */
HIDDEN void publisher_ring(uint32_t value);

/* Publishes at rate_mhz whether or not anybody asks; 0: no longer. 0 or an errno value. */
HIDDEN int publisher_set_rate(uint32_t rate_mhz);
HIDDEN uint32_t publisher_rate(void);

/* The process ends: no more frames, no file. */
HIDDEN void publisher_end(void);

#endif
