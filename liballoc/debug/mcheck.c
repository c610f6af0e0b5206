/* SPDX-License-Identifier: MIT */
/*
 * libc's mcheck(3), mcheck_pedantic(3), mcheck_check_all(3) and mprobe(3), which do nothing in libc
 * itself since 2.34. Here they may be called at any time, by any thread: blocks that were allocated
 * before are taken for fine while they are live.
 */
#include "debug/mcheck.h"

#include "debug/check.h"
#include "debug/guard.h"
#include "front/names.h"

int libc_mcheck(void (*function)(enum mcheck_status)) {
  if (guarding())
    return -1; /* blocks have guards of another kind since the first one */
  check_set_function(function);
  check_set(CHECK_EVER | CHECK_FENCE | CHECK_FILL, true);
  return 0;
}

int libc_mcheck_pedantic(void (*function)(enum mcheck_status)) {
  if (libc_mcheck(function) != 0)
    return -1;
  check_set(CHECK_PEDANTIC, true);
  return 0;
}

void libc_mcheck_check_all(void) {
  if (checking())
    check_all("mcheck_check_all");
}

enum mcheck_status libc_mprobe(void *block) {
  return checking() ? check_probe(block) : MCHECK_DISABLED;
}

#ifndef ALLOC_NO_INTERPOSE

PUBLIC int mcheck(void (*)(enum mcheck_status)) SAME_AS(libc_mcheck);
PUBLIC int mcheck_pedantic(void (*)(enum mcheck_status)) SAME_AS(libc_mcheck_pedantic);
PUBLIC void mcheck_check_all(void) SAME_AS(libc_mcheck_check_all);
PUBLIC enum mcheck_status mprobe(void *) SAME_AS(libc_mprobe);

#endif
