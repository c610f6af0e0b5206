/* SPDX-License-Identifier: MIT */
/* start.h: the constructor has a name so that a static link can be made to take it. */
#ifndef LIBALLOC_START_H
#define LIBALLOC_START_H

#include "heap/base.h"

/* Runs once, before the program's own constructors; called by the loader or by libc's start. */
HIDDEN void library_start(void);

#endif
