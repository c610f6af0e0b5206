/* SPDX-License-Identifier: MIT */
/*
 * mixed: sizes and lifetimes as recorded in python3, sqlite3, perl and gcc (recorded.h), in one
 * thread, or in many of which each lives on its own: a program with worker threads that share no
 * objects, such as a web server that handles each connection in one thread.
 */
#include "tests/bench/recorded.h"

static void churn(unsigned index, const struct work *work) {
  struct recorded *recorded = work_map(sizeof *recorded);
  recorded_init(recorded, index);
  for (size_t step = work_amount(work, 18000000); step > 0; step--)
    recorded_step(recorded);
  recorded_end(recorded);
}

int main(int count, char **arguments) {
  const struct work work = work_parse(count, arguments, NULL);
  if (work.threads == 1)
    churn(0, &work);
  else
    work_threads_run(work.threads, churn, &work);
  return 0;
}
