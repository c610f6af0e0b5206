/* SPDX-License-Identifier: MIT */
/*
 * spare.h: mapped memory of freed regions, kept for the next ones.
 *
 * To fault a page in again costs several times what copying its bytes does. So the mapping of a
 * freed region becomes a spare, and the next region takes it, whole or the start of it. Spares that
 * lie side by side are one. Small pages are never moved: to grow a spare by mremap, or to fill up a
 * fresh mapping with pages of others, costs more than it saves, and many times as much on virtual
 * machines that shadow the page tables. A huge page moves by one entry of a page table.
 *
 * Spares lie in slots that are claimed by compare-and-swap; there is no lock. Their bytes count as
 * dirty memory, which purge.c bounds together with that of free slices.
 */
#ifndef LIBALLOC_SPARE_H
#define LIBALLOC_SPARE_H

#include "heap/base.h"

enum {
  SPARES = 64,
  SPARE_MOST_BYTES = 64 * 1024 * 1024, /* a larger region is unmapped when it is freed */
};

/* A mapping of at least bytes (a multiple of the page) out of the spares, and how long it is. Its
 * memory does not read as zero. NULL: there is none. Any thread. */
HIDDEN void *spare_take(size_t bytes, size_t *mapped_bytes);

/* Keeps a mapping; false: it is too large, or all slots are in use. Any thread. */
HIDDEN bool spare_put(void *mapping, size_t bytes);

/* The same, but what cannot be kept is unmapped. */
HIDDEN void spare_keep(void *mapping, size_t bytes);

/* Huge pages out of the largest spare, at most bytes (a multiple of HUGE_BYTES), and how long they
 * are. NULL: it has none, or another thread was first. Any thread. */
HIDDEN void *spare_take_huge(size_t bytes, size_t *taken_bytes);

/* Unmaps spares, the largest first, until at most keep_bytes of them are left; bytes given back. */
HIDDEN size_t spare_purge(size_t keep_bytes);

/* Tells that bytes of fresh memory had to be mapped, spares or not. */
HIDDEN void spare_note_fresh(size_t bytes);

/* Bytes of all spares now; the least that they were since the last call, about, which starts a new
 * period; bytes that were mapped afresh after spares had been purged, since the start. */
HIDDEN size_t spare_bytes(void);
HIDDEN size_t spare_least_restart(void);
HIDDEN size_t spare_retaken_bytes(void);

/* For observers: what is in a slot, about; false: nothing. */
HIDDEN bool spare_peek(unsigned slot, uintptr_t *address, size_t *bytes);

/* In the child of a fork: slots that a vanished thread had claimed are empty. */
HIDDEN void spare_after_fork(void);

#endif
