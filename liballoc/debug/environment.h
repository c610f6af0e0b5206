/* SPDX-License-Identifier: MIT */
/*
 * environment.h: the variables that record from the very first allocation on, which the loader
 * makes before libc has an environment.
 */
#ifndef LIBALLOC_ENVIRONMENT_H
#define LIBALLOC_ENVIRONMENT_H

#include "heap/base.h"

/* Obeys LIBALLOC_TRACE=FILE and LIBALLOC_LEAKS=1 or FILE. Not in set-user-ID programs. */
HIDDEN void environment_obey(void);

#endif
