/* SPDX-License-Identifier: MIT */
/*
 * cxx.h: where C++'s operator new goes when a bin is empty, or a block is aligned. The fast paths
 * of new and all of delete are in fast.c.
 */
#ifndef LIBALLOC_CXX_H
#define LIBALLOC_CXX_H

#include "heap/base.h"

/* Any size, 0 included; calls the new_handler and throws std::bad_alloc as the standard says. */
HIDDEN void *cxx_new(size_t bytes);

/* The same, but NULL instead of an exception. */
HIDDEN void *cxx_new_nothrow(size_t bytes);

#endif
