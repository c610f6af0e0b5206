/* SPDX-License-Identifier: MIT */
/*
 * libc's mtrace(3) and muntrace(3), which do nothing in libc itself since 2.34, and their twins of
 * <liballoc/alloc.h>.
 */
#include <liballoc/alloc.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include "debug/mtrace.h"
#include "debug/record.h"
#include "debug/trace.h"
#include "front/names.h"

/* By alloc_trace_start() or mtrace(), not by the environment, which means the whole run. */
static bool started;

void libc_mtrace(void) {
  const char *name = secure_getenv("MALLOC_TRACE");

  if (!name || !*name || trace_number())
    return;
  record_prepare();
  if (trace_start(name, "MALLOC_TRACE") == 0)
    poke(&started, true);
}

void libc_muntrace(void) {
  if (peek(&started)) {
    poke(&started, false);
    trace_stop();
  }
}

int alloc_trace_start(const char *file) {
  if (getauxval(AT_SECURE))
    return EPERM;
  if (!file || !*file)
    return EINVAL;
  if (trace_number())
    return EBUSY;
  record_prepare();
  int problem = trace_start(file, NULL);
  if (problem == 0)
    poke(&started, true);
  return problem;
}

void alloc_trace_stop(void) {
  libc_muntrace();
}

#ifndef ALLOC_NO_INTERPOSE

PUBLIC void mtrace(void) SAME_AS(libc_mtrace);
PUBLIC void muntrace(void) SAME_AS(libc_muntrace);

#endif
