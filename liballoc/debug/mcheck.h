/* SPDX-License-Identifier: MIT */
/* mcheck.h: mcheck(3) under names that can be called in a build that leaves libc's own alone. */
#ifndef LIBALLOC_MCHECK_H
#define LIBALLOC_MCHECK_H

#include <mcheck.h>

#include "heap/base.h"

HIDDEN int libc_mcheck(void (*function)(enum mcheck_status));
HIDDEN int libc_mcheck_pedantic(void (*function)(enum mcheck_status));
HIDDEN void libc_mcheck_check_all(void);
HIDDEN enum mcheck_status libc_mprobe(void *block);

#endif
