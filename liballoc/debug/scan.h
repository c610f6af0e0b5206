/* SPDX-License-Identifier: MIT */
/*
 * scan.h: which of the recorded blocks the program can still reach: a conservative scan, as
 * LeakSanitizer makes one.
 *
 * Roots are all memory that is the process's own and may have been written: data of the program
 * and its libraries, other private mappings, brk's heap, the stacks of live threads from the stack
 * pointer up with what is above them (thread-local variables, thread-specific data), and registers.
 * Not roots: the heap itself and its metadata, the stacks of threads that have ended (which libc
 * keeps for the next ones), shared mappings. Every word at a multiple of its size that has the
 * address of a byte of a block is taken for a pointer to it. What is led to by a reachable block is
 * reachable, too.
 */
#ifndef LIBALLOC_SCAN_H
#define LIBALLOC_SCAN_H

#include "debug/blocks.h"
#include "heap/base.h"

/*
 * Sets block->state of every recorded block: BLOCK_REACHABLE, or BLOCK_LOST for those which no
 * other unreachable block leads to, and BLOCK_INDIRECT for the rest. Blocks that were allocated
 * before this process was forked count as reachable. from: frame address of the caller, below
 * which its stack does not count. Returns whether other threads, if any, were stopped meanwhile;
 * *scanned: whether it could be done at all.
 */
HIDDEN bool scan_blocks(uintptr_t from, bool *scanned);

#endif
