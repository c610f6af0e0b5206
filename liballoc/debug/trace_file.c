/* SPDX-License-Identifier: MIT */
#include "debug/trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "debug/file_name.h"
#include "observe/self.h"
#include "observe/text.h"

enum {
  HIGH_DESCRIPTOR = 500,             /* out of the way of programs that count on low ones */
  SUFFIXES = 10000,                  /* NAME.PID.1 ... of programs that take one another's place */
  START_GRAIN_NS = 30 * 1000 * 1000, /* how well the start of a process is known */
};

FILE_TABLE(struct file_name trace_name);
FILE_TABLE(char trace_path[FILE_NAME_BYTES]); /* of the open file */
static int descriptor = -1;
static dev_t device; /* of it, and after closing of the last one: this process may overwrite it */
static ino_t inode;
static bool regular;

const char *trace_file_path(void) {
  return trace_path;
}

/* ---- whose file it is ---- */

static uint64_t clock_ns(clockid_t clock) {
  struct timespec t = {0};

  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* When this process began, on the clock of files; it keeps that when it executes another program.
 */
static uint64_t process_began_ns(void) {
  struct self self;
  long ticks = sysconf(_SC_CLK_TCK);

  self_read(&self);
  if (!self.start_ticks || ticks <= 0)
    return UINT64_MAX;
  uint64_t began_ns = self.start_ticks * (1000000000u / (uint64_t)ticks);
  return clock_ns(CLOCK_REALTIME) - (clock_ns(CLOCK_BOOTTIME) - began_ns);
}

static bool is_own(const struct stat *status) {
  return status->st_dev == device && status->st_ino == inode;
}

/* Whether somebody writes to the file, or has done so since this process began: then it is of a
 * program that started this one, or was this process before. */
static bool is_taken(int file, const struct stat *status) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

  if (fcntl(file, F_OFD_SETLK, &lock) != 0 && (errno == EAGAIN || errno == EACCES))
    return true;
  if (status->st_size == 0 || is_own(status))
    return false;
  uint64_t changed_ns =
      (uint64_t)status->st_mtim.tv_sec * 1000000000u + (uint64_t)status->st_mtim.tv_nsec;
  uint64_t began_ns = process_began_ns();
  return began_ns != UINT64_MAX && changed_ns > began_ns + START_GRAIN_NS;
}

/* ---- opening ---- */

#define OPEN_FLAGS (O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY)

/* Takes the descriptor of an open file to its place. */
static void keep(int file, const struct stat *status) {
  int high = fcntl(file, F_DUPFD_CLOEXEC, HIGH_DESCRIPTOR);

  if (high >= 0)
    close(file);
  device = status->st_dev;
  inode = status->st_ino;
  regular = S_ISREG(status->st_mode);
  store_release(&descriptor, high >= 0 ? high : file);
}

/* One with a process number: it must not be there, unless this process made it. */
static int open_new(void) {
  struct stat status;

  for (unsigned suffix = 0; suffix < SUFFIXES; suffix++) {
    file_name_expand(&trace_name, suffix, trace_path);
    int file = open(trace_path, OPEN_FLAGS | O_CREAT | O_EXCL, 0666);
    if (file < 0 && errno == EEXIST) {
      if (stat(trace_path, &status) != 0 || !is_own(&status))
        continue;
      file = open(trace_path, OPEN_FLAGS | O_TRUNC);
    }
    if (file < 0)
      return errno;
    if (fstat(file, &status) == 0)
      keep(file, &status);
    return 0;
  }
  return EEXIST;
}

static int open_pattern(void) {
  struct stat status;

  if (file_name_has_process(&trace_name))
    return open_new();
  file_name_expand(&trace_name, 0, trace_path);
  int file = open(trace_path, OPEN_FLAGS | O_CREAT, 0666);
  if (file < 0)
    return errno;
  if (fstat(file, &status) != 0) {
    int problem = errno;
    close(file);
    return problem;
  }
  if (!S_ISREG(status.st_mode)) { /* a terminal, a pipe: everybody's */
    keep(file, &status);
    return 0;
  }
  if (is_taken(file, &status) || ftruncate(file, 0) != 0) {
    close(file);
    file_name_add_process(&trace_name);
    return open_new();
  }
  keep(file, &status);
  return 0;
}

int trace_file_open(const char *given, const char *variable) {
  /* What the variable says since it was redirected is for others. */
  if (!file_name_is_redirected(&trace_name, given) &&
      !file_name_set(&trace_name, given, variable)) {
    struct text text = text_in(trace_path, sizeof trace_path);
    text_add(&text, given);
    return ENAMETOOLONG;
  }
  int problem = open_pattern();
  if (problem == 0 && regular)
    file_name_redirect_others(&trace_name);
  return problem;
}

int trace_file_reopen(void) {
  if (!regular)
    return 0;
  close(descriptor);
  poke(&descriptor, -1);
  device = 0;
  inode = 0;
  file_name_add_process(&trace_name);
  return open_pattern();
}

void trace_file_close(void) {
  close(trace_file());
  poke(&descriptor, -1);
}

void trace_file_redirect_others(void) {
  if (regular)
    file_name_redirect_others(&trace_name);
}

/* ---- keeping hold of it ---- */

static bool is_file(int file) {
  struct stat status;

  return file >= 0 && fstat(file, &status) == 0 && is_own(&status);
}

int trace_file(void) {
  int file = load_acquire(&descriptor);

  if (likely(is_file(file)))
    return file;
  /* The program has closed it, and may have opened something else in its place. */
  int again = open(trace_path, OPEN_FLAGS);
  if (!is_file(again)) {
    if (again >= 0)
      close(again);
    return -1;
  }
  int high = fcntl(again, F_DUPFD_CLOEXEC, HIGH_DESCRIPTOR);
  if (high >= 0) {
    close(again);
    again = high;
  }
  if (__atomic_compare_exchange_n(&descriptor, &file, again, false, __ATOMIC_ACQ_REL,
                                  __ATOMIC_ACQUIRE))
    return again;
  close(again); /* another thread was faster */
  return file;
}
