/* SPDX-License-Identifier: MIT */
/* mtrace.h: mtrace(3) under names that can be called in a build that leaves libc's own alone. */
#ifndef LIBALLOC_MTRACE_H
#define LIBALLOC_MTRACE_H

#include "heap/base.h"

HIDDEN void libc_mtrace(void);
HIDDEN void libc_muntrace(void);

#endif
