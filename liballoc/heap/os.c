/* SPDX-License-Identifier: MIT */
#include "heap/os.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void *os_map(void *hint, size_t bytes) {
  int saved_errno = errno;
  void *p =
      mmap(hint, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  errno = saved_errno;
  return p == MAP_FAILED ? NULL : p;
}

/* What is as long as some huge pages, the kernel maps where one begins (Linux 6.7). */
static char *map_huge(size_t bytes) {
  size_t whole = round_up(bytes, HUGE_BYTES);
  char *p = whole < bytes ? NULL : os_map(NULL, whole);

  if (p && whole != bytes)
    os_let_go(p + bytes, whole - bytes);
  return p;
}

void *os_map_aligned(size_t bytes, size_t alignment) {
  /* The kernel hands out addresses downwards, so the aligned place below a mapping is often
   * free; asking for it needs no more address space than the mapping itself. */
  char *p = alignment == HUGE_BYTES ? map_huge(bytes) : os_map(NULL, bytes);
  if (!p || ((uintptr_t)p & (alignment - 1)) == 0)
    return p;
  if (!os_unmap(p, bytes))
    return NULL;
  p = os_map((void *)((uintptr_t)p & ~(alignment - 1)), bytes);
  if (!p || ((uintptr_t)p & (alignment - 1)) == 0)
    return p;
  os_unmap(p, bytes);

  size_t more;
  if (__builtin_add_overflow(bytes, alignment - PAGE_BYTES, &more))
    return NULL;
  p = os_map(NULL, more);
  if (!p)
    return NULL;
  char *aligned = p + (-(uintptr_t)p & (alignment - 1));
  size_t before = (size_t)(aligned - p);
  size_t after = more - before - bytes;
  if (before)
    os_unmap(p, before);
  if (after)
    os_unmap(aligned + bytes, after);
  return aligned;
}

void *os_reserve(void *hint, size_t bytes) {
  int saved_errno = errno;
  void *p = mmap(hint, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  errno = saved_errno;
  return p == MAP_FAILED ? NULL : p;
}

bool os_unmap(void *address, size_t bytes) {
  int saved_errno = errno;
  bool done = munmap(address, bytes) == 0;

  errno = saved_errno;
  return done;
}

void os_let_go(void *address, size_t bytes) {
  if (!os_unmap(address, bytes))
    os_purge(address, bytes);
}

void *os_remap(void *address, size_t bytes, size_t new_bytes, bool may_move) {
  int saved_errno = errno;
  void *p = mremap(address, bytes, new_bytes, may_move ? MREMAP_MAYMOVE : 0);

  errno = saved_errno;
  return p == MAP_FAILED ? NULL : p;
}

bool os_move(void *from, size_t bytes, void *to) {
  int saved_errno = errno;
  bool done = mremap(from, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to;

  errno = saved_errno;
  return done;
}

bool os_purge(void *address, size_t bytes) {
  int saved_errno = errno;
  bool done = madvise(address, bytes, MADV_DONTNEED) == 0;

  errno = saved_errno;
  return done;
}

bool os_protect(void *address, size_t bytes, bool access) {
  int saved_errno = errno;
  bool done = mprotect(address, bytes, access ? PROT_READ | PROT_WRITE : PROT_NONE) == 0;

  errno = saved_errno;
  return done;
}

static bool huge_off;

void os_set_huge(bool wanted) {
  poke(&huge_off, !wanted);
}

bool os_huge(void *address, size_t bytes, bool may) {
  if (may && peek(&huge_off))
    return false;
  int saved_errno = errno;
  bool done = madvise(address, bytes, may ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) == 0;

  errno = saved_errno;
  return done;
}

static uint64_t clock_ns(clockid_t clock) {
  struct timespec t = {0};

  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t os_now_ns(void) {
  return clock_ns(CLOCK_MONOTONIC);
}

uint64_t os_now_coarse_ns(void) {
  return clock_ns(CLOCK_MONOTONIC_COARSE);
}

uint32_t os_thread_id(void) {
  return (uint32_t)syscall(SYS_gettid);
}

uint32_t os_process_id(void) {
  return (uint32_t)syscall(SYS_getpid);
}

void os_yield(void) {
  sched_yield();
}

bool os_memory_is_own(void) {
  int saved_errno = errno;
  bool differs = syscall(SYS_kcmp, getpid(), getppid(), KCMP_VM, 0, 0) > 0;

  errno = saved_errno;
  return differs;
}
