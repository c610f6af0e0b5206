/* SPDX-License-Identifier: MIT */
/*
 * The kernel refuses: mmap, munmap, mremap, madvise and mprotect fail at random. The program is
 * linked with the allocator's parts, and the linker puts the wrappers below between them and
 * liballoc/heap/os.c, and between that and libc.
 *
 * Every call either succeeds or fails as documented, what blocks hold stays, errno survives free,
 * and afterwards everything works. Each place that asks the kernel must have been refused, and each
 * of its calls.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "tests/fault/fault.h"

#include "front/libc.h"
#include "heap/os.h"
#include "observe/mallinfo.h"

enum {
  THREADS = 4,
  BLOCKS = 400,
  SITES = 64,
  /* ThreadSanitizer maps its shadow anew with every mapping, and takes ten times as long. */
  BRIEF_ROUNDS = FAULT_SANITIZED ? 2000 : 10000,
};

void *__real_os_map(void *hint, size_t bytes);
void *__real_os_map_aligned(size_t bytes, size_t alignment);
bool __real_os_unmap(void *address, size_t bytes);
void *__real_os_remap(void *address, size_t bytes, size_t new_bytes, bool may_move);
bool __real_os_purge(void *address, size_t bytes);
void *__wrap_os_map(void *hint, size_t bytes);
void *__wrap_os_map_aligned(size_t bytes, size_t alignment);
bool __wrap_os_unmap(void *address, size_t bytes);
void *__wrap_os_remap(void *address, size_t bytes, size_t new_bytes, bool may_move);
bool __wrap_os_purge(void *address, size_t bytes);

/* A place in the allocator from which the kernel is asked. */
struct site {
  void *caller;
  unsigned long asked, refused;
};

static struct site sites[SITES];
static unsigned refuse_percent;
static __thread struct random dice = {77};

static bool refused(void *caller) {
  struct site *site = sites;

  for (;; site++) {
    void *none = NULL;
    must(site < sites + SITES);
    if (__atomic_load_n(&site->caller, __ATOMIC_RELAXED) == caller ||
        __atomic_compare_exchange_n(&site->caller, &none, caller, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED) ||
        none == caller)
      break;
  }
  unsigned percent = __atomic_load_n(&refuse_percent, __ATOMIC_RELAXED);
  if (percent == 0)
    return false;
  unsigned long times = __atomic_add_fetch(&site->asked, 1, __ATOMIC_RELAXED);
  /* Some are hardly ever asked: those are refused once for certain. */
  if (times != 2 && random_below(&dice, 100) >= percent)
    return false;
  __atomic_fetch_add(&site->refused, 1, __ATOMIC_RELAXED);
  return true;
}

void *__wrap_os_map(void *hint, size_t bytes) {
  return refused(__builtin_return_address(0)) ? NULL : __real_os_map(hint, bytes);
}

void *__wrap_os_map_aligned(size_t bytes, size_t alignment) {
  return refused(__builtin_return_address(0)) ? NULL : __real_os_map_aligned(bytes, alignment);
}

bool __wrap_os_unmap(void *address, size_t bytes) {
  return !refused(__builtin_return_address(0)) && __real_os_unmap(address, bytes);
}

void *__wrap_os_remap(void *address, size_t bytes, size_t new_bytes, bool may_move) {
  return refused(__builtin_return_address(0))
             ? NULL
             : __real_os_remap(address, bytes, new_bytes, may_move);
}

bool __wrap_os_purge(void *address, size_t bytes) {
  return !refused(__builtin_return_address(0)) && __real_os_purge(address, bytes);
}

/* ---- the calls themselves ---- */

enum call { MMAP, MUNMAP, MREMAP, MADVISE, MPROTECT, CALLS };

static const char *const call_names[] = {"mmap", "munmap", "mremap", "madvise", "mprotect"};
static unsigned long call_asked[CALLS], call_refused[CALLS];

void *__real_mmap(void *address, size_t bytes, int access, int flags, int file, off_t offset);
int __real_munmap(void *address, size_t bytes);
void *__real_mremap(void *address, size_t bytes, size_t new_bytes, int flags, ...);
int __real_madvise(void *address, size_t bytes, int advice);
int __real_mprotect(void *address, size_t bytes, int access);
void *__wrap_mmap(void *address, size_t bytes, int access, int flags, int file, off_t offset);
int __wrap_munmap(void *address, size_t bytes);
void *__wrap_mremap(void *address, size_t bytes, size_t new_bytes, int flags, void *to);
int __wrap_madvise(void *address, size_t bytes, int advice);
int __wrap_mprotect(void *address, size_t bytes, int access);

/* Less often than the places above: one of them may make several calls. */
static bool call_is_refused(enum call call) {
  unsigned percent = __atomic_load_n(&refuse_percent, __ATOMIC_RELAXED);
  if (percent == 0)
    return false;
  unsigned long times = __atomic_add_fetch(&call_asked[call], 1, __ATOMIC_RELAXED);
  if (times != 2 && random_below(&dice, 400) >= percent)
    return false;
  __atomic_fetch_add(&call_refused[call], 1, __ATOMIC_RELAXED);
  errno = ENOMEM;
  return true;
}

void *__wrap_mmap(void *address, size_t bytes, int access, int flags, int file, off_t offset) {
  return call_is_refused(MMAP) ? MAP_FAILED
                               : __real_mmap(address, bytes, access, flags, file, offset);
}

int __wrap_munmap(void *address, size_t bytes) {
  return call_is_refused(MUNMAP) ? -1 : __real_munmap(address, bytes);
}

void *__wrap_mremap(void *address, size_t bytes, size_t new_bytes, int flags, void *to) {
  if (call_is_refused(MREMAP))
    return MAP_FAILED;
  return flags & MREMAP_FIXED ? __real_mremap(address, bytes, new_bytes, flags, to)
                              : __real_mremap(address, bytes, new_bytes, flags);
}

int __wrap_madvise(void *address, size_t bytes, int advice) {
  return call_is_refused(MADVISE) ? -1 : __real_madvise(address, bytes, advice);
}

int __wrap_mprotect(void *address, size_t bytes, int access) {
  return call_is_refused(MPROTECT) ? -1 : __real_mprotect(address, bytes, access);
}

/* ---- the program ---- */

struct held {
  unsigned char *block;
  size_t bytes;
  unsigned mark;
};

static struct held shared[64]; /* blocks that wander between threads */
static unsigned long rounds, failures;

static size_t some_bytes(struct random *random) {
  switch (random_below(random, 12)) {
  case 0:
    return (size_t)33 * FAULT_MIB + random_below(random, FAULT_MIB);
  case 1:
  case 2:
    return 33000 + random_below(random, 4 * FAULT_MIB);
  case 3:
  case 4:
    return random_below(random, 33000);
  default:
    return random_below(random, 1500);
  }
}

static void drop(struct held *held) {
  if (!held->block)
    return;
  must(fault_holds(held->block, held->bytes, held->mark));
  errno = 4321;
  alloc_free(held->block);
  must(errno == 4321);
  held->block = NULL;
}

static void *allocate(struct random *random, size_t bytes) {
  void *block = NULL;

  errno = 0;
  switch (random_below(random, 4)) {
  case 0:
    block = alloc_calloc(1, bytes);
    must(!block || bytes == 0 || (*(char *)block == 0 && ((char *)block)[bytes - 1] == 0));
    break;
  case 1: {
    size_t alignment = (size_t)1 << random_below(random, 21);
    block = alloc_memalign(alignment, bytes);
    must((uintptr_t)block % alignment == 0);
    break;
  }
  default:
    block = alloc_malloc(bytes);
  }
  must(block || errno == ENOMEM);
  return block;
}

static void take(struct held *held, struct random *random) {
  held->bytes = some_bytes(random);
  held->mark = random_below(random, 256);
  held->block = allocate(random, held->bytes);
  if (held->block)
    fault_fill(held->block, held->bytes, held->mark);
  else
    __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
}

static void resize(struct held *held, struct random *random) {
  size_t bytes = 1 + some_bytes(random);

  if (!held->block)
    return;
  must(fault_holds(held->block, held->bytes, held->mark));
  errno = 0;
  unsigned char *moved = alloc_realloc(held->block, bytes);
  if (!moved) {
    must(errno == ENOMEM);
    must(fault_holds(held->block, held->bytes, held->mark));
    __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
    return;
  }
  size_t common = bytes < held->bytes ? bytes : held->bytes;
  size_t head = held->bytes <= 4096 ? common : common < 64 ? common : 64;
  for (size_t i = 0; i < head; i++)
    must(moved[i] == held->mark);
  *held = (struct held){moved, bytes, held->mark};
  fault_fill(moved, bytes, held->mark);
}

static void *work(void *seed) {
  struct random random = {(uintptr_t)seed};
  struct held own[BLOCKS] = {{0}};

  dice.state = (uintptr_t)seed * 7919;
  for (unsigned long i = 0; i < rounds; i++) {
    struct held *held = &own[random_below(&random, BLOCKS)];
    switch (random_below(&random, 8)) {
    case 0:
      resize(held, &random);
      break;
    case 1: {
      struct held *place = &shared[random_below(&random, 64)];
      struct held mine = *held, theirs = {0};
      /* What is known of a block travels in it. */
      if (mine.block && mine.bytes >= 32) {
        memcpy(mine.block + 8, &mine.bytes, sizeof mine.bytes);
        memcpy(mine.block + 16, &mine.mark, sizeof mine.mark);
        theirs.block = __atomic_exchange_n(&place->block, mine.block, __ATOMIC_ACQ_REL);
        if (theirs.block) {
          memcpy(&theirs.bytes, theirs.block + 8, sizeof theirs.bytes);
          memcpy(&theirs.mark, theirs.block + 16, sizeof theirs.mark);
          memset(theirs.block + 8, (int)theirs.mark, 12);
        }
        *held = theirs;
      }
      break;
    }
    case 2:
      if (random_below(&random, 50) == 0)
        libc_malloc_trim(0);
      break;
    default:
      drop(held);
      if (random_below(&random, 4))
        take(held, &random);
    }
  }
  for (unsigned i = 0; i < BLOCKS; i++)
    drop(&own[i]);
  return NULL;
}

static void storm(unsigned percent) {
  pthread_t thread[THREADS];

  __atomic_store_n(&refuse_percent, percent, __ATOMIC_RELAXED);
  for (uintptr_t i = 0; i < THREADS; i++)
    must(pthread_create(&thread[i], NULL, work, (void *)(i + 1 + percent * THREADS)) == 0);
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(thread[i], NULL);
}

int main(void) {
  unsigned seen = 0, missed = 0;
  unsigned long injected = 0;

  fault_patience(240, 1800);
  rounds = fault_count(BRIEF_ROUNDS, 1000000);
  static const unsigned percents[] = {5, 30, 60, 0};
  for (unsigned i = 0; i < sizeof percents / sizeof *percents; i++)
    storm(percents[i]);
  for (const struct site *site = sites; site < sites + SITES && site->caller; site++) {
    seen++;
    injected += site->refused;
    missed += site->refused == 0 && site->asked > 1;
    if (site->refused == 0 && site->asked > 1)
      fprintf(stderr, "never refused, asked %lu times: the call before %p\n", site->asked,
              site->caller);
  }
  for (unsigned call = 0; call < CALLS; call++) {
    injected += call_refused[call];
    missed += call_refused[call] == 0 && call_asked[call] > 1;
    seen += call_asked[call] > 1;
    if (call_refused[call] == 0 && (call != MPROTECT || hardened()))
      fprintf(stderr, "%s was asked for %lu times and never refused\n", call_names[call],
              call_asked[call]);
  }
  /* Guards are only set where blocks are guarded. */
  for (unsigned call = 0; call < CALLS; call++)
    must(call_refused[call] > 0 || (call == MPROTECT && !hardened()));
  unsigned long before = failures;
  for (unsigned i = 0; i < 64; i++) {
    alloc_free(shared[i].block);
    shared[i].block = NULL;
  }
  storm(0);
  must(failures == before); /* all is well again */
  report("%lu faults injected at %u of %u places and calls, %lu calls failed\n", injected,
         seen - missed, seen, failures);
  return missed == 0 && seen >= 10 ? 0 : 1;
}
