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

void libc_mtrace(void) {
  const char *name = secure_getenv("MALLOC_TRACE");

  if (!name || !*name || trace_number())
    return;
  record_prepare();
  trace_start(name, "MALLOC_TRACE");
}

void libc_muntrace(void) {
  if (!trace_is_lasting())
    trace_stop();
}

int alloc_trace_start(const char *file) {
  if (getauxval(AT_SECURE))
    return EPERM;
  if (!file || !*file)
    return EINVAL;
  if (trace_number())
    return EBUSY;
  record_prepare();
  return trace_start(file, NULL);
}

void alloc_trace_stop(void) {
  libc_muntrace();
}

#ifndef ALLOC_NO_INTERPOSE

PUBLIC void mtrace(void) SAME_AS(libc_mtrace);
PUBLIC void muntrace(void) SAME_AS(libc_muntrace);

#endif
