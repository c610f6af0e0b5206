/* SPDX-License-Identifier: MIT */
/*
 * zeroed: calloc. Hash tables that start empty, with 16 to 65,536 entries of 16 bytes, of which one
 * in eight is ever used; and around them a thousand times as many zeroed objects of 16 to 256
 * bytes. What the allocator knows to be zero it need not clear.
 */
#include "tests/bench/work.h"

#include <stdlib.h>

#define TABLES  64u
#define OBJECTS 8192u

struct entry {
  uint64_t key, value;
};

static void *zeroed(size_t count, size_t bytes) {
  void *block = calloc(count, bytes);
  if (block == NULL)
    work_fail("calloc returned NULL: give the machine more memory, or the workload less to do.");
  return block;
}

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, NULL);
  struct random random = work_random(1);
  struct entry *tables[TABLES] = {0};
  uint64_t **objects = work_map(OBJECTS * sizeof *objects);
  uint64_t seen = 0;
  for (size_t step = work_amount(&work, 15000000); step > 0; step--) {
    if (step % 1000 == 0) {
      struct entry **table = &tables[random_below(&random, TABLES)];
      const unsigned entries = 16u << random_below(&random, 13);
      free(*table);
      *table = zeroed(entries, sizeof **table);
      for (unsigned i = 0; i < entries / 8; i++) {
        struct entry *entry = &(*table)[random_below(&random, entries)];
        seen |= entry->value;
        entry->key = i + 1;
      }
    }
    uint64_t **object = &objects[random_below(&random, OBJECTS)];
    const size_t words = 2 + random_below(&random, 31);
    free(*object);
    *object = zeroed(words, 8);
    seen |= (*object)[words - 1];
    (*object)[words - 1] = UINT64_MAX;
    (*object)[0] = UINT64_MAX;
  }
  for (unsigned i = 0; i < TABLES; i++)
    free(tables[i]);
  for (unsigned i = 0; i < OBJECTS; i++)
    free(objects[i]);
  if (seen != 0)
    work_fail("calloc returned memory that is not zero.");
  return 0;
}
