/* SPDX-License-Identifier: MIT */
/*
 * observe.h: where the library's life meets its watchers. A process that nobody watches has the
 * doorbell mapped and nothing else; a set-user-ID program not even that.
 */
#ifndef LIBALLOC_OBSERVE_H
#define LIBALLOC_OBSERVE_H

#include "heap/base.h"

/* By the constructor: opens the bell, and obeys LIBALLOC_SNAPSHOT. Leaves errno alone. */
HIDDEN void observe_start(void);

/* In the child of a fork: forgets what was the parent's. */
HIDDEN void observe_after_fork(void);

/* By the destructor: leaves no file behind. */
HIDDEN void observe_end(void);

#endif
