/* SPDX-License-Identifier: MIT */
/*
 * A program that ends with blocks that it can reach and blocks that it has lost, in the way that
 * its argument says. Sizes tell them apart: 1000 to 1999 bytes are lost, 2000 to 2999 lost with
 * them, all others reachable.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define APART __attribute__((noinline))

long alloc_leaks_report(int file) __attribute__((weak));

/* A new block, zeroed: what was in its memory before might be a pointer. */
APART static void *block_of(size_t bytes) {
  void *block = malloc(bytes);
  memset(block, 0, bytes);
  return block;
}

APART static void lose(size_t bytes) {
  void *volatile block = block_of(bytes);
  block = NULL;
}

/* Writes over what calls have left below the stack pointer. */
APART static void scrub(void) {
  volatile char deep[64 * 1024];
  memset((char *)deep, 0, sizeof deep);
}

/* ---- one thread ---- */

static void *volatile global, *volatile interior;
static void **volatile in_mapping;
static __thread void *volatile thread_local_block;

APART static void lose_list(void) {
  void **first = block_of(1010);
  *first = block_of(2010);
  *(void **)*first = block_of(2011);
}

APART static void lose_ring(void) {
  void **one = block_of(1020), **other = block_of(1020);
  *one = other;
  *other = one;
}

static void one_thread(void) {
  global = block_of(100);
  *(void **)global = block_of(200);
  interior = (char *)block_of(300) + 150;
  thread_local_block = block_of(400);
  in_mapping = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  in_mapping[7] = block_of(500);
  setenv("BLOCK_OF_LIBC", "is reachable by the environment", 1);
  for (volatile int i = 0; i < 5; i++)
    lose(1000);
  lose_list();
  lose_ring();
  free(block_of(600));
  scrub();
}

/* Blocks of all kinds, large spans and mappings included; 1000 of them. */
static void many_kinds(void) {
  for (int i = 0; i < 500; i++) {
    void **kept = block_of(3000 + (size_t)i * 100);
    *kept = global;
    global = kept;
    lose(1000 + (size_t)i);
  }
  lose(1500);
  scrub();
}

/* ---- threads ---- */

static pthread_barrier_t barrier;
static pthread_key_t key;

static void *end_at_once(void *argument) {
  void *volatile block = block_of(1030);
  (void)block;
  return argument;
}

/* Each of these is held by one thing only: a register, a local, thread-local storage, a key. */
static void *go_on(void *argument) {
  void *volatile local = block_of(110);
  thread_local_block = block_of(120);
  pthread_setspecific(key, block_of(130));
#ifdef __x86_64__
  register void *in_register __asm__("r12") = block_of(140);
  __asm__ volatile("" : "+r"(in_register));
  scrub();
  pthread_barrier_wait(&barrier);
  __asm__ volatile("1: pause\n jmp 1b" ::"r"(in_register), "r"(local));
#else
  pthread_barrier_wait(&barrier);
  for (;;)
    pause();
#endif
  (void)local;
  return argument;
}

static void *sleep_on(void *argument) {
  void *volatile local = block_of(150);
  pthread_barrier_wait(&barrier);
  for (;;)
    pause();
  (void)local;
  return argument;
}

static void threads(void) {
  pthread_t thread[8];

  pthread_key_create(&key, NULL);
  pthread_barrier_init(&barrier, NULL, 6);
  for (int i = 0; i < 8; i++)
    pthread_create(&thread[i], NULL, end_at_once, NULL);
  for (int i = 0; i < 8; i++)
    pthread_join(thread[i], NULL);
  for (int i = 0; i < 5; i++)
    pthread_create(&thread[i], NULL, i < 2 ? go_on : sleep_on, NULL);
  pthread_barrier_wait(&barrier);
  lose(1040);
  scrub();
}

/* As in a container that does not allow ptrace(2). */
static void forbid_ptrace(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};

  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    _exit(77);
}

static void threads_that_cannot_be_stopped(void) {
  pthread_t thread[3];

  forbid_ptrace();
  pthread_barrier_init(&barrier, NULL, 4);
  for (int i = 0; i < 3; i++)
    pthread_create(&thread[i], NULL, sleep_on, NULL);
  pthread_barrier_wait(&barrier);
  lose(1040);
  scrub();
}

/* ---- processes ---- */

static void *hold_in_child(void *argument) {
  void *volatile local = block_of(160);
  pthread_barrier_wait(&barrier);
  for (;;)
    pause();
  (void)local;
  return argument;
}

/* The child has lost what its parent's threads held, which is not its fault, and a block. */
static void fork_child(void) {
  pthread_t thread;

  pthread_barrier_init(&barrier, NULL, 2);
  pthread_create(&thread, NULL, hold_in_child, NULL);
  pthread_barrier_wait(&barrier);
  lose(1050);
  pid_t pid = fork();
  if (pid == 0) {
    lose(1060);
    scrub();
    exit(0);
  }
  waitpid(pid, NULL, 0);
  scrub();
}

static void *do_nothing(void *argument) {
  return argument;
}

/* The stacks of threads that have ended, which libc keeps, lead to tables that it keeps with them.
 */
static void look_now(void) {
  pthread_t thread[3];

  for (int i = 0; i < 3; i++)
    pthread_create(&thread[i], NULL, do_nothing, NULL);
  for (int i = 0; i < 3; i++)
    pthread_join(thread[i], NULL);
  lose(1070);
  lose(1070);
  scrub();
  if (!alloc_leaks_report || alloc_leaks_report(STDOUT_FILENO) != 2)
    _exit(9);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*run)(void);
  } modes[] = {
      {"one", one_thread},  {"many", many_kinds},
      {"threads", threads}, {"unstopped", threads_that_cannot_be_stopped},
      {"fork", fork_child}, {"now", look_now},
  };

  for (unsigned i = 0; i < sizeof modes / sizeof modes[0]; i++)
    if (argc == 2 && strcmp(argv[1], modes[i].name) == 0) {
      modes[i].run();
      return 0;
    }
  return argc == 2 && strcmp(argv[1], "clean") == 0 ? 0 : 8;
}
