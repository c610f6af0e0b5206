/* SPDX-License-Identifier: MIT */
#include "debug/stop.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "heap/os.h"
#include "observe/self.h"
#include "observe/text.h"

enum {
  THREADS_MOST = 16384,
  ROUNDS_MOST = 40, /* looks at the list of threads, while new ones appear */
  STACK_BYTES = 256 * 1024,
};

struct tracer {
  uint32_t process;
  uint32_t may_begin; /* set when the kernel has been told whom to let attach */
  void (*look)(const struct stop *, void *);
  void *data;
  struct stopped *thread; /* 0: the caller */
  int *signal;
  unsigned count;
  uintptr_t stack; /* lowest address of its own */
  bool looked;     /* the function has been called */
};

/* ---- registers ---- */

static uintptr_t own_thread_pointer(void) {
  uintptr_t pointer;
#if defined __x86_64__
  __asm__("movq %%fs:0, %0" : "=r"(pointer));
#elif defined __aarch64__
  __asm__("mrs %0, tpidr_el0" : "=r"(pointer));
#else
  pointer = 0;
#endif
  return pointer;
}

static bool read_registers(struct stopped *stopped) {
  struct user_regs_struct registers;
  struct iovec part = {&registers, sizeof registers};

  memset(stopped->registers, 0, sizeof stopped->registers);
  if (ptrace(PTRACE_GETREGSET, (pid_t)stopped->id, (void *)NT_PRSTATUS, &part) != 0)
    return false;
  _Static_assert(sizeof registers <= sizeof stopped->registers, "all registers");
  memcpy(stopped->registers, &registers, sizeof registers);
#if defined __x86_64__
  stopped->stack_pointer = registers.rsp - 128; /* and the red zone below it */
  stopped->thread_pointer = registers.fs_base;
#elif defined __aarch64__
  stopped->stack_pointer = registers.sp;
  uint64_t pointer[2] = {0};
  part = (struct iovec){pointer, sizeof pointer};
  ptrace(PTRACE_GETREGSET, (pid_t)stopped->id, (void *)NT_ARM_TLS, &part);
  stopped->thread_pointer = pointer[0];
#endif
  return true;
}

/* ---- the tracer: another process, in our memory ---- */

/* Whether a thread that cannot be attached to is at its end. */
static bool is_dead(uint32_t process, uint32_t thread) {
  char path[64], line[512];
  struct text text = text_in(path, sizeof path);

  text_format(&text, "/proc/%u/task/", process);
  text_decimal(&text, thread);
  text_add(&text, "/stat");
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return true;
  ssize_t n = read(file, line, sizeof line - 1);
  close(file);
  line[n > 0 ? n : 0] = '\0';
  const char *state = strrchr(line, ')');
  return n <= 0 || (state && (state[2] == 'Z' || state[2] == 'X'));
}

static bool is_known(const struct tracer *tracer, uint32_t thread) {
  for (unsigned i = 0; i < tracer->count; i++)
    if (tracer->thread[i].id == thread)
      return true;
  return false;
}

/* Stops a thread; false: it cannot be. */
static bool attach(struct tracer *tracer, uint32_t thread) {
  int status;

  if (tracer->count == THREADS_MOST)
    return false;
  if (ptrace(PTRACE_SEIZE, (pid_t)thread, NULL, NULL) != 0)
    return is_dead(tracer->process, thread);
  struct stopped *stopped = &tracer->thread[tracer->count];
  tracer->signal[tracer->count] = 0;
  stopped->id = thread;
  tracer->count++;
  if (ptrace(PTRACE_INTERRUPT, (pid_t)thread, NULL, NULL) != 0 ||
      waitpid((pid_t)thread, &status, __WALL) != (pid_t)thread || !WIFSTOPPED(status)) {
    /* It ended meanwhile. */
    tracer->count--;
    return is_dead(tracer->process, thread);
  }
  /* It may have been about to get a signal instead, which it will. */
  if (status >> 16 != PTRACE_EVENT_STOP)
    tracer->signal[tracer->count - 1] = WSTOPSIG(status);
  return read_registers(stopped);
}

struct directory_entry {
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

/* Attaches to all threads that are listed and new: how many; -1: to one of them it cannot. */
static int attach_listed(struct tracer *tracer, int folder) {
  union {
    char bytes[2048];
    struct directory_entry entry;
  } list;
  int attached = 0;
  long n;

  lseek(folder, 0, SEEK_SET);
  while ((n = syscall(SYS_getdents64, folder, list.bytes, sizeof list.bytes)) > 0)
    for (long at = 0; at < n;) {
      const struct directory_entry *entry = (const void *)(list.bytes + at);
      uint32_t thread = 0;
      for (const char *c = entry->name; *c >= '0' && *c <= '9'; c++)
        thread = thread * 10 + (uint32_t)(*c - '0');
      if (thread && !is_known(tracer, thread)) {
        unsigned before = tracer->count;
        if (!attach(tracer, thread))
          return -1;
        attached += tracer->count > before;
      }
      at += entry->length;
    }
  return n < 0 ? -1 : attached;
}

static bool attach_all(struct tracer *tracer) {
  char path[32];
  struct text text = text_in(path, sizeof path);
  int attached = 1;

  text_format(&text, "/proc/%u/task", tracer->process);
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (unsigned round = 0; folder >= 0 && attached > 0 && round < ROUNDS_MOST; round++)
    attached = attach_listed(tracer, folder);
  if (folder >= 0)
    close(folder);
  return folder >= 0 && attached == 0;
}

static int tracer_main(void *data) {
  struct tracer *tracer = data;

  while (!load_acquire(&tracer->may_begin))
    os_yield();
  if (attach_all(tracer)) {
    struct stop stop = {.thread = tracer->thread,
                        .count = tracer->count,
                        .complete = true,
                        .begin = tracer->stack,
                        .end = tracer->stack + STACK_BYTES};
    tracer->look(&stop, tracer->data);
    tracer->looked = true;
  }
  for (unsigned i = 1; i < tracer->count; i++)
    ptrace(PTRACE_DETACH, (pid_t)tracer->thread[i].id, NULL, (void *)(intptr_t)tracer->signal[i]);
  /* Not exit(): the memory and its handlers are not ours. */
  syscall(SYS_exit_group, 0);
  return 0;
}

/* ---- the caller ---- */

/* True: the function has been called by a tracer. */
static bool look_traced(struct tracer *tracer) {
  char *stack = os_map(NULL, STACK_BYTES);
  sigset_t all, saved;
  int status;

  if (!stack)
    return false;
  tracer->stack = (uintptr_t)stack;
  /* No handler may run on the tracer's stack, and none while we wait for it. */
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &saved);
  int child = clone(tracer_main, stack + STACK_BYTES,
                    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_UNTRACED, tracer);
  if (child > 0) {
    prctl(PR_SET_PTRACER, child, 0, 0, 0);
    store_release(&tracer->may_begin, 1);
    while (waitpid(child, &status, __WALL) < 0 && errno == EINTR)
      continue;
    prctl(PR_SET_PTRACER, 0, 0, 0, 0);
  }
  sigprocmask(SIG_SETMASK, &saved, NULL);
  os_unmap(stack, STACK_BYTES);
  return tracer->looked;
}

bool stop_and_look(void (*look)(const struct stop *stop, void *data), void *data, uintptr_t from) {
  size_t bytes = round_up(THREADS_MOST * (sizeof(struct stopped) + sizeof(int)), PAGE_BYTES);
  struct stopped alone = {.stack_pointer = from, .thread_pointer = own_thread_pointer()};
  struct stopped *thread = NULL;
  struct self self;
  int saved_errno = errno;
  bool looked = false;

  alone.id = os_thread_id();
  self_read(&self);
  if (self.threads > 1 && (thread = os_map(NULL, bytes))) {
    struct tracer tracer = {.process = os_process_id(),
                            .look = look,
                            .data = data,
                            .thread = thread,
                            .signal = (int *)(thread + THREADS_MOST),
                            .count = 1};
    thread[0] = alone;
    looked = look_traced(&tracer);
    os_unmap(thread, bytes);
  }
  if (!looked) {
    struct stop stop = {.thread = &alone, .count = 1, .complete = self.threads == 1};
    look(&stop, data);
  }
  errno = saved_errno;
  return looked || self.threads == 1;
}
