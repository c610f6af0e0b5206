/* SPDX-License-Identifier: MIT */
/*
 * recorded.h: sizes and lifetimes of blocks as real programs ask for them.
 *
 * Recorded with a preloaded counter of calls, one run of each of four programs of Debian 12, which
 * count alike however many calls they made: python3 (PYTHONMALLOC=malloc; json, regular
 * expressions, ast), sqlite3 (tables, an index, a join in memory), perl (hashes, sorting, patterns)
 * and gcc's cc1 (-O2, one source file). realloc counts as free and malloc. A lifetime is the number
 * of allocations between a block's own and its end. What lived longer than 2^17 allocations, or to
 * the end, lives up to 2^17 here, so that a run reaches its steady state early.
 */
#ifndef BENCH_RECORDED_H
#define BENCH_RECORDED_H

#include "tests/bench/work.h"

#define RECORDED_WHEEL (1u << 17) /* longest lifetime + 1 */
#define RECORDED_ROWS  36

/* Blocks of one owner, linked by the moment of their end, and the tables to draw from. About
 * 1.2 MiB; make it with work_map(). */
struct recorded {
  struct work_block *ends[RECORDED_WHEEL]; /* those that end at moment i */
  uint32_t now;                            /* moment, counts allocations, wraps */
  struct random random;
  uint8_t row[4096];                /* drawn for a size: a row of the table */
  uint8_t life[RECORDED_ROWS][256]; /* drawn for a lifetime: its class, by row */
};

void recorded_init(struct recorded *recorded, unsigned seed);

/* A size as recorded, 8 bytes to 64 KiB. */
size_t recorded_size(struct recorded *recorded);

/* One moment: ends what is due, and allocates one block. */
void recorded_step(struct recorded *recorded);

/* Frees all that is left. */
void recorded_end(struct recorded *recorded);

#endif
