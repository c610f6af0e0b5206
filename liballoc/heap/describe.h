/* SPDX-License-Identifier: MIT */
/* describe.h: what the heap knows about an address, for diagnoses. */
#ifndef LIBALLOC_DESCRIBE_H
#define LIBALLOC_DESCRIBE_H

#include "heap/message.h"

/* Set by debug/origin.c while calls are noted: appends who allocated and who freed the pointer, or
 * the block that it lies in, which is NULL if none is there. */
HIDDEN extern void (*describe_calls)(struct line *line, const void *pointer, const void *block);

/* Appends " (...)": size class, owner and place of the memory at pointer. Any pointer at all. */
HIDDEN void describe_pointer(struct line *line, const void *pointer);

#endif
