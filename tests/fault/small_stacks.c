/* SPDX-License-Identifier: MIT */
/*
 * The smallest stacks that the system allows, and signal handlers on stacks of their own: no path
 * of the allocator may need much, the first call of a thread and the largest block included.
 */
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>

#include "tests/fault/fault.h"

static void use_everything(void) {
  for (size_t bytes = 1; bytes < 64 * FAULT_MIB; bytes *= 3) {
    char *block = malloc(size(bytes));
    must(block != NULL);
    block = realloc(block, size(bytes * 2));
    must(block != NULL);
    free(block);
    free(calloc(1, size(bytes)));
    free(memalign(4096, size(bytes)));
  }
  malloc_trim(0);
}

static void *thread_main(void *unused) {
  use_everything();
  return unused;
}

static void on_signal(int number) {
  (void)number;
  use_everything();
}

int main(void) {
  const unsigned long threads = fault_count(100, 20000);
  const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
  size_t stack_bytes = (size_t)PTHREAD_STACK_MIN;
  pthread_attr_t attributes;
  pthread_t thread;

  fault_patience(120, 600);
  fault_skip_if(FAULT_SANITIZED, "a sanitizer needs stack of its own");
  pthread_attr_init(&attributes);
  must(pthread_attr_setstacksize(&attributes, stack_bytes) == 0);
  for (unsigned long i = 0; i < threads; i++) {
    must(pthread_create(&thread, &attributes, thread_main, NULL) == 0);
    pthread_join(thread, NULL);
  }
  size_t least = (size_t)sysconf(_SC_SIGSTKSZ), area = (least + 4095) & ~(size_t)4095;
  char *memory = mmap(NULL, area + 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  must(memory != MAP_FAILED && mprotect(memory + 4096, area, PROT_READ | PROT_WRITE) == 0);
  const stack_t stack = {.ss_sp = memory + 4096, .ss_size = area};
  must(sigaltstack(&stack, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
  raise(SIGUSR1);
  report("%lu threads on stacks of %zu bytes, a handler on %zu\n", threads, stack_bytes, area);
  return 0;
}
