/* SPDX-License-Identifier: MIT */
/*
 * os.h: everything asked of the kernel. Every function leaves errno as it was, so that free()
 * may call any of them; failure is told by the return value alone.
 */
#ifndef LIBALLOC_OS_H
#define LIBALLOC_OS_H

#include "heap/base.h"

/* Maps bytes (a multiple of the page) of zeroed memory near hint, or anywhere; NULL: no memory. */
HIDDEN void *os_map(void *hint, size_t bytes);

/* Maps bytes aligned to alignment, a power of two of at least a page; NULL: no memory. */
HIDDEN void *os_map_aligned(size_t bytes, size_t alignment);

/* Address space near hint, or anywhere, that can be neither read nor written; NULL: none is left.
 */
HIDDEN void *os_reserve(void *hint, size_t bytes);

/* Unmaps; false when the kernel refused (the mapping then stays, and so must its record). */
HIDDEN bool os_unmap(void *address, size_t bytes);

/* Unmaps, or where there are too many mappings gives the memory back at least; the address stays
 * taken then. */
HIDDEN void os_let_go(void *address, size_t bytes);

/* Moves or resizes a mapping; NULL: it stays as it was. */
HIDDEN void *os_remap(void *address, size_t bytes, size_t new_bytes, bool may_move);

/* Moves pages over a part of another mapping; false: what was there still is. */
HIDDEN bool os_move(void *from, size_t bytes, void *to);

/* Gives the pages back; they read as zero afterwards. False when the kernel refused. */
HIDDEN bool os_purge(void *address, size_t bytes);

/* Allows access to the pages, or none at all; false when the kernel refused. */
HIDDEN bool os_protect(void *address, size_t bytes, bool access);

/* A huge page, and what it is aligned to. */
enum { HUGE_BYTES = 2 * 1024 * 1024 };

/* Whether pages that are touched next may be huge; false when there are no huge pages, or none are
 * wanted any more. */
HIDDEN bool os_huge(void *address, size_t bytes, bool may);
HIDDEN void os_set_huge(bool wanted);

HIDDEN uint64_t os_now_ns(void);        /* CLOCK_MONOTONIC */
HIDDEN uint64_t os_now_coarse_ns(void); /* the same clock, to a few ms, without a syscall */
HIDDEN uint32_t os_thread_id(void);     /* the kernel's */
HIDDEN uint32_t os_process_id(void);
HIDDEN void os_yield(void);

/* Whether what this process writes is not seen by its parent; false where that cannot be told. */
HIDDEN bool os_memory_is_own(void);

#endif
