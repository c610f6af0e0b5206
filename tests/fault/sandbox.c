/* SPDX-License-Identifier: MIT */
/*
 * A sandbox that forbids every system call but mmap and munmap (and writing the result, and
 * ending): all others fail with EPERM, madvise, mremap, gettid and sched_yield among them.
 * Everything still works, and what is freed is used again.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/fault/fault.h"

enum { BLOCKS = 300 };

#define ALLOW(number)                                                                              \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static bool enter(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      ALLOW(SYS_mmap),
      ALLOW(SYS_munmap),
      ALLOW(SYS_write),
      ALLOW(SYS_exit_group),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
  };
  const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int main(void) {
  const unsigned long rounds = fault_count(100000, 5000000);
  static unsigned char *block[BLOCKS];
  static size_t bytes[BLOCKS];
  struct random random = {3};

  fault_skip_if(FAULT_SANITIZED, "a sanitizer makes system calls of its own");
  setvbuf(stdout, NULL, _IONBF, 0);
  if (!enter())
    fault_skip("seccomp filters are not allowed here");
  for (unsigned long round = 0; round < rounds; round++) {
    unsigned i = random_below(&random, BLOCKS);
    must(!block[i] || fault_holds(block[i], bytes[i], i));
    size_t want = 1 + random_below(&random, random_below(&random, 50) ? 3000 : 3 * FAULT_MIB);
    if (random_below(&random, 2000) == 0)
      want = 33 * FAULT_MIB + random_below(&random, 20 * FAULT_MIB);
    if (random_below(&random, 2)) {
      free(block[i]);
      block[i] = malloc(size(want));
    } else {
      unsigned char *moved = realloc(block[i], size(want));
      must(moved != NULL);
      must(!block[i] || fault_holds(moved, bytes[i] <= 4096 && bytes[i] < want ? bytes[i] : 0, i));
      block[i] = moved;
    }
    must(block[i] != NULL);
    bytes[i] = want;
    fault_fill(block[i], want, i);
  }
  for (unsigned i = 0; i < BLOCKS; i++)
    free(block[i]);
  malloc_trim(0);
  report("%lu calls in a sandbox\n", rounds);
  _exit(0);
}
