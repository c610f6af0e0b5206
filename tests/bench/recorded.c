/* SPDX-License-Identifier: MIT */
/*
 * recorded.c: draws from the recorded table. Weights are shares of 4096 and of 256, so that drawing
 * is one look-up and costs little beside the allocation.
 */
#include "tests/bench/recorded.h"

#include <stdlib.h>

/* Lifetimes of class i are below life_limit[i], and not below that of the class before. */
#define LIVES 7
static const uint32_t life_limit[LIVES + 1] = {1, 4, 32, 256, 2048, 16384, 65536, RECORDED_WHEEL};

static const struct {
  uint32_t bytes;       /* the largest size of the row; the one before has the smaller ones */
  uint16_t share;       /* of 4096 allocations */
  uint16_t life[LIVES]; /* of 256 of them, by class of lifetime */
} rows[] = {
    {8, 70, {138, 74, 23, 1, 1, 5, 14}},      {16, 1238, {71, 60, 3, 0, 15, 104, 3}},
    {24, 501, {140, 16, 6, 0, 12, 72, 10}},   {32, 249, {109, 98, 3, 0, 1, 11, 34}},
    {40, 369, {42, 191, 13, 0, 0, 9, 1}},     {48, 235, {55, 52, 14, 4, 15, 106, 10}},
    {56, 387, {45, 13, 2, 3, 15, 51, 127}},   {64, 269, {22, 21, 7, 1, 29, 142, 34}},
    {80, 100, {117, 85, 28, 4, 1, 0, 21}},    {96, 44, {59, 132, 26, 2, 0, 2, 35}},
    {112, 106, {197, 46, 7, 2, 1, 1, 2}},     {128, 36, {54, 42, 12, 3, 1, 8, 136}},
    {160, 57, {97, 96, 36, 20, 1, 0, 6}},     {192, 23, {164, 51, 27, 6, 4, 1, 3}},
    {224, 65, {149, 38, 27, 3, 4, 22, 13}},   {256, 25, {71, 68, 68, 14, 1, 0, 34}},
    {320, 15, {95, 80, 67, 7, 1, 2, 4}},      {384, 36, {70, 43, 136, 4, 2, 0, 1}},
    {448, 14, {155, 71, 24, 2, 1, 0, 3}},     {512, 12, {95, 82, 65, 11, 1, 0, 2}},
    {640, 11, {89, 109, 43, 11, 2, 0, 2}},    {768, 10, {84, 103, 53, 10, 3, 0, 3}},
    {1024, 19, {48, 123, 64, 14, 2, 1, 4}},   {1536, 119, {237, 11, 6, 2, 0, 0, 0}},
    {2048, 12, {52, 120, 41, 19, 1, 20, 3}},  {3072, 7, {63, 111, 52, 25, 1, 1, 3}},
    {4096, 38, {54, 58, 29, 4, 1, 0, 110}},   {6144, 10, {116, 34, 8, 30, 19, 25, 24}},
    {8192, 13, {156, 84, 12, 2, 0, 0, 2}},    {12288, 2, {68, 48, 20, 21, 11, 87, 1}},
    {16384, 1, {69, 49, 62, 60, 11, 0, 5}},   {32768, 1, {92, 118, 14, 10, 13, 0, 9}},
    {65536, 2, {39, 37, 23, 50, 40, 23, 44}},
};
#define ROWS (sizeof rows / sizeof rows[0])
_Static_assert(ROWS <= RECORDED_ROWS, "struct recorded has room for its rows");

void recorded_init(struct recorded *recorded, unsigned seed) {
  recorded->random = work_random(seed);
  size_t drawn = 0;
  for (size_t row = 0; row < ROWS; row++) {
    for (unsigned i = 0; i < rows[row].share; i++)
      recorded->row[drawn++] = (uint8_t)row;
    size_t lives = 0;
    for (uint8_t life = 0; life < LIVES; life++)
      for (unsigned i = 0; i < rows[row].life[life]; i++)
        recorded->life[row][lives++] = life;
    if (lives != sizeof recorded->life[row])
      work_fail("The recorded lifetimes of a size do not add up to 256.");
  }
  if (drawn != sizeof recorded->row)
    work_fail("The recorded sizes do not add up to 4096.");
}

/* A size of a row: its largest, or one of the multiples of 8 below down to the row before. */
static size_t row_size(size_t row, uint32_t number) {
  const uint32_t largest = rows[row].bytes;
  const uint32_t steps = row > 0 ? (largest - rows[row - 1].bytes) / 8 : 1;
  return largest - 8 * (number % steps);
}

size_t recorded_size(struct recorded *recorded) {
  const uint64_t number = random_next(&recorded->random);
  return row_size(recorded->row[number >> 52], (uint32_t)number >> 8);
}

static void end_all_of(struct recorded *recorded, uint32_t moment) {
  struct work_block *block = recorded->ends[moment];
  recorded->ends[moment] = NULL;
  while (block != NULL) {
    struct work_block *next = block->next;
    free(block);
    block = next;
  }
}

void recorded_step(struct recorded *recorded) {
  const uint32_t moment = recorded->now++ % RECORDED_WHEEL;
  end_all_of(recorded, moment);
  const uint64_t number = random_next(&recorded->random);
  const size_t row = recorded->row[number >> 52];
  const size_t bytes = row_size(row, (uint32_t)number >> 8);
  const uint8_t class = recorded->life[row][(number >> 44) & 255];
  const uint32_t shortest = life_limit[class];
  const uint32_t life =
      shortest + (uint32_t)(number >> 24 & 0xfffff) % (life_limit[class + 1] - shortest);
  struct work_block *block = work_malloc(bytes);
  work_touch(block, bytes);
  struct work_block **end = &recorded->ends[(moment + life) % RECORDED_WHEEL];
  block->next = *end;
  *end = block;
}

void recorded_end(struct recorded *recorded) {
  for (uint32_t moment = 0; moment < RECORDED_WHEEL; moment++)
    end_all_of(recorded, moment);
}
