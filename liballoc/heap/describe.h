/* SPDX-License-Identifier: MIT */
/* describe.h: what the heap knows about an address, for diagnoses. */
#ifndef LIBALLOC_DESCRIBE_H
#define LIBALLOC_DESCRIBE_H

#include "heap/message.h"

/* Appends " (...)": size class, owner and place of the memory at pointer. Any pointer at all. */
HIDDEN void describe_pointer(struct line *line, const void *pointer);

#endif
