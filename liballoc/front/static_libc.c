/* SPDX-License-Identifier: MIT */
/*
 * For -static programs: libc.a's own fork and thread exit call parts of its malloc, which are
 * defined here. And a linker takes from liballoc.a only the files that somebody names, but all of
 * them are needed: without start.c nobody handles forks, and the first name that libc itself asks
 * for and does not find brings in libc's malloc.o, in which malloc is defined twice. Whoever
 * allocates takes slow.c, which names static_parts.
 */
#include <liballoc/alloc.h>

#include "debug/mtrace.h"
#include "front/start.h"
#include "heap/base.h"
#include "heap/cache.h"
#include "observe/mallinfo.h"

HIDDEN extern const void *const static_parts[];
const void *const static_parts[] = {(const void *)alloc_malloc, (const void *)alloc_realloc,
                                    (const void *)library_start, (const void *)libc_mallinfo2,
                                    (const void *)libc_mtrace};

#ifndef ALLOC_NO_INTERPOSE

void __malloc_fork_lock_parent(void);
void __malloc_fork_unlock_parent(void);
void __malloc_fork_unlock_child(void);
void __malloc_arena_thread_freeres(void);

/* Nothing is locked across a fork; start.c registers the child's handler. */
PUBLIC void __malloc_fork_lock_parent(void) {
}

PUBLIC void __malloc_fork_unlock_parent(void) {
}

PUBLIC void __malloc_fork_unlock_child(void) {
}

/* The end of a thread, after every destructor: owner.c has returned its cache by then. */
PUBLIC void __malloc_arena_thread_freeres(void) {
}

#endif
