/* SPDX-License-Identifier: MIT */
/*
 * depth: much is allocated before anything is freed.
 *
 * stack: the last block is the first to go. Frames of an interpreter, a recursive descent parser,
 * the undo of a search: blocks of 16 to 256 bytes, half a million deep, up and down.
 *
 * queue: the first block is the first to go. A mailbox or a log that runs behind by half a million
 * messages of 16 to 256 bytes, and keeps pace.
 */
#include "tests/bench/work.h"

#include <stdlib.h>

#define DEEP 500000u

static struct work_block *block_make(struct random *random) {
  const size_t bytes = 16 + random_below(random, 241);
  struct work_block *block = work_malloc(bytes);
  work_touch(block, bytes);
  return block;
}

static void stack_run(const struct work *work) {
  struct random random = work_random(1);
  for (size_t round = work_amount(work, 8); round > 0; round--) {
    struct work_block *top = NULL;
    /* Mostly up, then mostly down: each fourth step goes the other way. */
    for (unsigned step = 0; step < DEEP * 2; step++) {
      struct work_block *block = block_make(&random);
      block->next = top;
      top = block;
      if (step % 4 != 0)
        continue;
      top = block->next;
      free(block);
    }
    while (top != NULL) {
      struct work_block *next = top->next;
      free(top);
      top = next;
      if (((uintptr_t)top & 48) == 0)
        free(block_make(&random));
    }
  }
}

static void queue_run(const struct work *work) {
  struct random random = work_random(2);
  struct work_block *head = block_make(&random);
  struct work_block *tail = head;
  for (unsigned i = 0; i < DEEP; i++)
    tail = tail->next = block_make(&random);
  tail->next = NULL;
  for (size_t step = work_amount(work, 10000000); step > 0; step--) {
    struct work_block *next = head->next;
    free(head);
    head = next;
    tail = tail->next = block_make(&random);
    tail->next = NULL;
  }
  while (head != NULL) {
    struct work_block *next = head->next;
    free(head);
    head = next;
  }
}

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, "stack queue");
  if (work_mode_is(&work, "stack"))
    stack_run(&work);
  else
    queue_run(&work);
  return 0;
}
