/* SPDX-License-Identifier: MIT */
/*
 * fork while another thread holds a lock: that thread does over and over what takes the lock, a
 * signal stops it wherever it is, and the process forks; many times for each lock there is. A child
 * does the same with the same memory, and must end, since in it nobody is left to drop the lock.
 * Every other child is one of a bare clone, which no handler tells that it is a child.
 */
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/fault/fault.h"

#include "heap/arena.h"
#include "heap/spare.h"

enum {
  PATIENCE_S = 60,
  BURST = 300,
  SAMPLES = 3000,
  RESTING_BLOCKS = 8000,
  LATE_BLOCKS = 8,
  LARGE_BLOCKS = 8,
  LARGE_BYTES = 900000,
  REGION_BYTES = 1280 * 1024,
  LONGER_BYTES = 40 * FAULT_MIB, /* than an arena */
  LONG_ARENA_BLOCKS = 20,
};

struct held {
  const char *name, *variable, *value; /* of the environment */
  void (*prepare)(void);
  void (*hold)(void);  /* over and over by the thread that is stopped */
  void (*child)(void); /* by each child */
  unsigned long rounds;
  bool sits; /* signals are blocked: it sits in renameat() instead, once in a process */
  bool told; /* a child has to be told that it is one, as it waits for no lock */
};

/* ---- a thread that stops ---- */

enum { READ_END, WRITE_END };

static int stopped[2], resumed[2];
static void stop_here(void) {
  int saved_errno = errno;
  char byte = 0;

  must(write(stopped[WRITE_END], &byte, 1) == 1);
  must(read(resumed[READ_END], &byte, 1) == 1);
  errno = saved_errno;
}

/* ---- what takes locks, and what a child does ---- */

static unsigned char *shared;                    /* a block that both use */
static unsigned char *late[LATE_BLOCKS];         /* blocks of the holder's */
static char folder[] = "/tmp/held_locks-XXXXXX"; /* of traces */
static char trace_name[sizeof folder + 20];
static int null_file;
static void *resting[RESTING_BLOCKS];

static void make_region(void) {
  must((shared = malloc(size(4 * FAULT_MIB))) != NULL);
}

static void make_small(void) {
  must((shared = malloc(size(40))) != NULL);
}

static void ask_size(void) {
  must(malloc_usable_size(shared) >= 40);
}

static void ask_size_and_free(void) {
  ask_size();
  free(shared);
  free(malloc(size(4 * FAULT_MIB)));
}

static void free_one(void) {
  free(malloc(size(40)));
}

static void free_many(void) {
  void *block[BURST];

  for (unsigned i = 0; i < BURST; i++)
    must((block[i] = malloc(size(40))) != NULL);
  for (unsigned i = 0; i < BURST; i++)
    free(block[i]);
}

/* So large that each refill and each flush takes few. */
static void refill(void) {
  void *block[BURST / 10];

  for (unsigned i = 0; i < LATE_BLOCKS && !late[i]; i++)
    must((late[i] = malloc(size(4000))) != NULL);
  for (unsigned i = 0; i < BURST / 10; i++)
    must((block[i] = malloc(size(4000))) != NULL);
  for (unsigned i = 0; i < BURST / 10; i++)
    free(block[i]);
}

static pthread_key_t late_key;

/* The second time the allocator's own destructor has been called for sure. */
static void free_late(void *turn) {
  if (turn == &late[0]) {
    pthread_setspecific(late_key, &late[1]);
    return;
  }
  for (unsigned i = 0; i < LATE_BLOCKS; i++)
    free(late[i]);
}

static void *end_late(void *unused) {
  refill();
  must(pthread_setspecific(late_key, &late[0]) == 0);
  return unused;
}

/* Blocks of the stopped thread are freed by one that has a cache, and by one that has none any
 * more. */
static void refill_and_free_late(void) {
  pthread_t thread;

  refill();
  must(late[0] != NULL);
  must(pthread_key_create(&late_key, free_late) == 0);
  must(pthread_create(&thread, NULL, end_late, NULL) == 0);
  must(pthread_join(thread, NULL) == 0);
  for (unsigned i = 0; i < LATE_BLOCKS; i++)
    late[i] = NULL;
  refill();
  malloc_trim(0);
}

/* One that rests for ever, and has left room in its spans. */
static void *rest(void *unused) {
  const char byte = 0;

  for (unsigned i = 0; i < RESTING_BLOCKS; i++) {
    must((resting[i] = malloc(size(600))) != NULL);
    memset(resting[i], 1, 600);
  }
  for (unsigned i = 0; i < RESTING_BLOCKS; i++)
    if (i % 8)
      free(resting[i]);
  must(write(stopped[WRITE_END], &byte, 1) == 1);
  while (pause() != 0)
    continue;
  return unused;
}

static void make_resting(void) {
  pthread_t thread;
  char byte;

  make_region();
  must(pthread_create(&thread, NULL, rest, NULL) == 0);
  must(read(stopped[READ_END], &byte, 1) == 1);
}

/* The first thread of a child has the cache of the youngest that is not there any more. */
static void *take_resting(void *unused) {
  size_t before_bytes = fault_resident_bytes();

  for (unsigned i = 0; i < RESTING_BLOCKS / 8 * 7; i++) {
    void *block = malloc(size(600));
    must(block != NULL);
    memset(block, 1, 600);
  }
  must(fault_resident_bytes() < before_bytes + FAULT_MIB);
  return unused;
}

static void adopt(void) {
  pthread_t thread;

  must(pthread_create(&thread, NULL, take_resting, NULL) == 0);
  must(pthread_join(thread, NULL) == 0);
}

static void free_large(void) {
  unsigned char *block[LARGE_BLOCKS];

  for (unsigned i = 0; i < LARGE_BLOCKS; i++) {
    must((block[i] = malloc(size(LARGE_BYTES))) != NULL);
    memset(block[i], 1, LARGE_BYTES);
  }
  for (unsigned i = 0; i < LARGE_BLOCKS; i++)
    free(block[i]);
}

static void trim_large(void) {
  free_large();
  malloc_trim(0);
}

static void must_trim_large(void) {
  free_large();
  size_t before_bytes = fault_resident_bytes();
  must(malloc_trim(0) == 1);
  must(fault_resident_bytes() + LARGE_BLOCKS / 2 * LARGE_BYTES < before_bytes);
}

static void never_purge(void) {
  must(mallopt(M_TRIM_THRESHOLD, -1) == 1);
}

static void free_region(void) {
  free(malloc(size(REGION_BYTES)));
}

/* As many spares can be kept as there are slots, and no more are counted than are kept. */
static void must_keep_spares(void) {
  static void *block[2 * SPARES];

  malloc_trim(0);
  for (unsigned i = 0; i < 2 * SPARES; i++)
    must((block[i] = malloc(size(REGION_BYTES))) != NULL);
  size_t before_bytes = mallinfo2().keepcost;
  for (unsigned i = 0; i < 2 * SPARES; i += 2)
    free(block[i]);
  size_t kept_bytes = mallinfo2().keepcost - before_bytes;
  must(kept_bytes >= (size_t)SPARES * REGION_BYTES);
  malloc_trim(0);
  must(mallinfo2().keepcost < FAULT_MIB);
}

static void limit_space(void) {
  free(malloc(size(LARGE_BYTES))); /* there is an arena from now on */
  fault_limit(RLIMIT_AS, LONGER_BYTES);
}

/* The first fits, beside the stack of this thread, when the arena is made shorter, the others when
 * it is made longer again. In a child what was just being claimed is lost: there may be less room.
 */
static void make_room(void) {
  void *block[LONG_ARENA_BLOCKS];

  free(malloc(size(LONGER_BYTES)));
  for (unsigned i = 0; i < LONG_ARENA_BLOCKS; i++)
    block[i] = malloc(size(LARGE_BYTES));
  for (unsigned i = 0; i < LONG_ARENA_BLOCKS; i++)
    free(block[i]);
}

static void write_frame(void) {
  int problem = alloc_profile_write(null_file);
  must(problem == 0);
}

static void open_null(void) {
  must((null_file = open("/dev/null", O_WRONLY | O_CLOEXEC)) >= 0);
}

/* So many samples that it takes a while to write them all. */
static void profile_many(void) {
  must(alloc_profile_start(1) == 0);
  for (unsigned i = 0; i < SAMPLES; i++)
    must(malloc(size(40)) != NULL);
  open_null();
}

static void profile_again(void) {
  free_many();
  alloc_profile_stop();
  must(alloc_profile_start(1) == 0);
  free_one();
}

static void name_trace(void) {
  must(mkdtemp(folder) != NULL);
  must(snprintf(trace_name, sizeof trace_name, "%s/trace", folder) > 0);
}

static void trace_and_stop(void) {
  must(alloc_trace_start(trace_name) == 0);
  alloc_trace_stop();
}

static void stop_and_trace(void) {
  alloc_trace_stop();
  trace_and_stop();
}

static void trace_all(void) {
  name_trace();
  must(alloc_trace_start(trace_name) == 0);
}

static void publish(void) {
  must(alloc_snapshot_start(60) == 0);
}

/* ---- the thread that is stopped ---- */

static volatile bool over;
static unsigned long turns;

static void on_signal(int number) {
  (void)number;
  stop_here();
}

static bool sits;

/* The library's call comes here: what is in the program goes before libc. */
int renameat(int old_folder, const char *old_name, int folder_at, const char *name) {
  if (sits) {
    sits = false;
    stop_here();
  }
  return (int)syscall(SYS_renameat2, old_folder, old_name, folder_at, name, 0);
}

static void *hold_on(void *argument) {
  const struct held *held = argument;

  do {
    __atomic_fetch_add(&turns, 1, __ATOMIC_RELAXED);
    held->hold();
  } while (!over && !held->sits);
  while (!over)
    sched_yield();
  return NULL;
}

static unsigned long turns_now(void) {
  return __atomic_load_n(&turns, __ATOMIC_RELAXED);
}

/* Lets the thread go on for a while. */
static void let_go_on(struct random *random) {
  unsigned long seen = turns_now();

  while (turns_now() == seen)
    sched_yield();
  for (volatile unsigned left = random_below(random, 2000); left; left--)
    continue;
}

static void wait_for(pid_t pid) {
  int status = 0;

  must(pid > 0);
  while (waitpid(pid, &status, 0) != pid)
    must(errno == EINTR);
  must(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* One that hangs may do so with all signals blocked. */
static void wait_for_child(pid_t pid, const char *name, unsigned long round) {
  const double end_s = fault_now_s() + PATIENCE_S;
  int status = 0;
  pid_t ended;

  must(pid > 0);
  while ((ended = waitpid(pid, &status, WNOHANG)) == 0 && fault_now_s() < end_s)
    usleep(100);
  if (ended == 0)
    kill(pid, SIGKILL);
  if (ended == 0 || status != 0) {
    fprintf(stderr, "%s: child %lu %s\n", name, round, ended == 0 ? "hung" : "failed");
    _exit(1);
  }
}

static void fork_once(const struct held *held, pthread_t holder, unsigned long round) {
  char byte = 0;

  if (!held->sits)
    must(pthread_kill(holder, SIGUSR1) == 0);
  must(read(stopped[READ_END], &byte, 1) == 1);
  pid_t pid = held->told || round % 2 ? fork() : fault_fork_untold();
  if (pid == 0) {
    sits = false;
    held->child();
    if (held->sits)
      exit(0); /* so that it leaves no file */
    _exit(0);
  }
  wait_for_child(pid, held->name, round);
  must(write(resumed[WRITE_END], &byte, 1) == 1);
}

static void fork_often(const struct held *held, unsigned long rounds, unsigned seed) {
  const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  struct random random = {seed};
  pthread_t holder;

  must(sigaction(SIGUSR1, &action, NULL) == 0);
  sits = held->sits;
  must(pthread_create(&holder, NULL, hold_on, (void *)(uintptr_t)held) == 0);
  for (unsigned long i = 0; i < rounds; i++) {
    if (!held->sits)
      let_go_on(&random);
    fork_once(held, holder, i);
  }
  over = true;
  must(pthread_join(holder, NULL) == 0);
}

/* ---- the cases ---- */

static const struct held cases[] = {
    {"region", NULL, NULL, make_region, ask_size, ask_size_and_free, 150, false, false},
    {"cache", NULL, NULL, NULL, refill, refill_and_free_late, 150, false, false},
    {"orphans", NULL, NULL, make_resting, ask_size, adopt, 10, false, true},
    {"purge", NULL, NULL, NULL, trim_large, must_trim_large, 60, false, true},
    {"length", NULL, NULL, limit_space, make_room, make_room, 400, false, false},
    {"spare", NULL, NULL, never_purge, free_region, must_keep_spares, 200, false, true},
    {"fence", "MALLOC_CHECK_", "3", make_small, ask_size, ask_size, 200, false, false},
    {"quarantine", "MALLOC_CHECK_", "3", NULL, free_one, free_many, 400, false, false},
    {"sampled", "LIBALLOC_SAMPLE_GUARDS", "1", make_small, free_one, ask_size_and_free, 60, false,
     false},
    {"blocks", "LIBALLOC_LEAKS", "1", NULL, free_one, free_many, 200, false, false},
    {"profile", NULL, NULL, profile_many, write_frame, profile_again, 200, false, false},
    {"frame", NULL, NULL, open_null, write_frame, write_frame, 60, false, false},
    {"trace", NULL, NULL, name_trace, trace_and_stop, stop_and_trace, 60, false, false},
    {"traced", NULL, NULL, trace_all, free_one, stop_and_trace, 60, false, false},
    {"file", NULL, NULL, NULL, publish, publish, 3, true, true},
};
enum { CASES = sizeof cases / sizeof *cases };

static void remove_folder(void) {
  DIR *open_folder = opendir(folder);
  const struct dirent *entry;

  while (open_folder && (entry = readdir(open_folder)))
    unlinkat(dirfd(open_folder), entry->d_name, 0);
  if (open_folder)
    closedir(open_folder);
  rmdir(folder);
}

/* In a process with the setting of the case. */
static void run_case(const struct held *held) {
  const unsigned long rounds = fault_count(held->rounds, 20 * held->rounds);

  must(pipe(stopped) == 0 && pipe(resumed) == 0);
  if (held->prepare)
    held->prepare();
  for (unsigned long i = 0; held->sits && i < rounds; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      fork_often(held, 1, 1);
      exit(0);
    }
    wait_for(pid);
  }
  if (!held->sits)
    fork_often(held, rounds, 1);
  alloc_trace_stop();
  if (*trace_name)
    remove_folder();
}

static void start_case(const char *program, const struct held *held) {
  const double began_s = fault_now_s();
  pid_t pid = fork();

  if (pid == 0) {
    setenv("LIBALLOC_FRAMES", "1",
           1); /* to look for more would take longer than the lock is held */
    if (held->variable)
      setenv(held->variable, held->value, 1);
    execl(program, program, held->name, (char *)NULL);
    _exit(1);
  }
  wait_for(pid);
  report("%-12s %5lu children  %.1f s\n", held->name, fault_count(held->rounds, 20 * held->rounds),
         fault_now_s() - began_s);
}

int main(int argc, char **argv) {
  fault_patience(300, 1800);
  fault_skip_if(FAULT_SANITIZED, "a sanitizer keeps signals back until its own locks are free");
  for (unsigned i = 0; i < CASES; i++) {
    if (argc == 1)
      start_case(argv[0], &cases[i]);
    else if (strcmp(argv[1], cases[i].name) == 0)
      run_case(&cases[i]);
  }
  return 0;
}
