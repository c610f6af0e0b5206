/* SPDX-License-Identifier: MIT */
/* Starts the program again in a role, and looks at it through /proc and the viewer's reader. */
#include "tests/unit/target.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <liballoc/snapshot.h>

enum { PATIENCE_MS = 10000, TO_TEST = 10, FROM_TEST = 11, SHARED = 12 };

char target_text[4096];

uint64_t target_now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct target target_start(const char *role, const char *variable, int shared) {
  int to[2], from[2];
  assert_int_equal(pipe2(to, O_CLOEXEC), 0);
  assert_int_equal(pipe2(from, O_CLOEXEC), 0);
  int said = memfd_create("said", MFD_CLOEXEC);
  pid_t process = fork();
  assert_true(process >= 0);
  if (process == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(from[1], TO_TEST);
    dup2(to[0], FROM_TEST);
    if (shared >= 0)
      dup2(shared, SHARED);
    dup2(said, STDERR_FILENO);
    close_range(shared >= 0 ? SHARED + 1 : SHARED, ~0u, 0);
    close_range(STDERR_FILENO + 1, TO_TEST - 1, 0);
    if (variable)
      putenv(strdup(variable));
    execl("/proc/self/exe", "target", role, (char *)NULL);
    _exit(127);
  }
  close(to[0]);
  close(from[1]);
  return (struct target){process, to[1], from[0], said};
}

static void rest_ms(long ms) {
  nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

bool target_await_file(pid_t process, bool present) {
  for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
    if (target_has_file(process) == present)
      return true;
    rest_ms(5);
  }
  return false;
}

void target_expect(struct target *target, char letter) {
  struct pollfd wait = {.fd = target->from, .events = POLLIN};
  char got = 0;
  if (poll(&wait, 1, 6 * PATIENCE_MS) != 1 || read(target->from, &got, 1) != 1)
    fail_msg("the target did not say '%c' but nothing", letter);
  if (got != letter)
    fail_msg("the target did not say '%c' but '%c'", letter, got);
}

void target_tell(struct target *target, char letter) {
  assert_int_equal(write(target->to, &letter, 1), 1);
}

int target_end(struct target *target) {
  int status, ended = 0;
  close(target->to);
  for (int ms = 0; (ended = waitpid(target->process, &status, WNOHANG)) == 0; ms += 5) {
    if (ms >= 6 * PATIENCE_MS)
      kill(target->process, SIGKILL);
    rest_ms(5);
  }
  assert_int_equal(ended, target->process);
  close(target->from);
  ssize_t length = pread(target->said, target_text, sizeof target_text - 1, 0);
  close(target->said);
  target_text[length > 0 ? length : 0] = '\0';
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
    print_error("the target ended with %d: %s\n", WEXITSTATUS(status), target_text);
  return status;
}

bool target_has_file(pid_t process) {
  char path[96];
  struct stat status;
  int n = snprintf(path, sizeof path, ALLOC_SNAPSHOT_DIRECTORY_FORMAT "/", (unsigned)geteuid());
  snprintf(path + n, sizeof path - (size_t)n, ALLOC_SNAPSHOT_HEAP_NAME_FORMAT, (unsigned)process);
  return lstat(path, &status) == 0;
}

static unsigned count_entries(pid_t process, const char *name) {
  char path[64];
  unsigned n = 0;
  snprintf(path, sizeof path, "/proc/%d/%s", (int)process, name);
  DIR *directory = opendir(path);
  assert_non_null(directory);
  for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
    n += entry->d_name[0] != '.';
  closedir(directory);
  return n;
}

unsigned target_threads(pid_t process) {
  return count_entries(process, "task");
}

unsigned target_files(pid_t process) {
  return count_entries(process, "fd");
}

HvSource *target_watch(pid_t process, unsigned rate_mhz) {
  GError *error = NULL;
  HvSource *source = hv_source_open_pid((guint)process, &error);
  if (!source) {
    char command[160];
    snprintf(command, sizeof command,
             "ls -la " ALLOC_SNAPSHOT_DIRECTORY_FORMAT "; grep /dev/shm /proc/%d/maps /proc/mounts",
             (unsigned)geteuid(), (int)process);
    if (system(command) != 0)
      print_message("nothing to see in /dev/shm\n");
    fail_msg("cannot watch: %s", error->message);
  }
  hv_source_set_rate(source, rate_mhz);
  return source;
}

HvFrame *target_frame_after(HvSource *source, uint64_t monotonic_ns) {
  for (int ms = 0; ms < PATIENCE_MS; ms += 2) {
    HvFrame *frame = hv_source_poll(source);
    if (frame && hv_frame_head(frame)->monotonic_ns > monotonic_ns)
      return frame;
    if (frame)
      hv_frame_unref(frame);
    rest_ms(2);
  }
  fail_msg("no frame: %s", hv_source_sentence(source));
  return NULL;
}

static bool write_file(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  bool done = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
  if (file >= 0)
    close(file);
  return done;
}

bool target_mount_shm(const char *options) {
  return mount("none", "/dev/shm", "tmpfs", 0, options) == 0;
}

/* Keeps what is mounted on /dev/shm from appearing elsewhere: a property of the deepest mount
 * there. */
static bool keep_mounts_private(void) {
  static const char *const places[] = {"/dev/shm", "/dev", "/"};
  for (unsigned i = 0; i < sizeof places / sizeof *places; i++)
    if (mount("none", places[i], NULL, MS_REC | MS_PRIVATE, NULL) == 0)
      return true;
  return false;
}

bool target_make_private_shm(void) {
  unsigned uid = geteuid();
  char map[64];
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
      return false;
    snprintf(map, sizeof map, "%u %u 1", uid, uid);
    if (!write_file("/proc/self/uid_map", map))
      return false;
  }
  return keep_mounts_private() && target_mount_shm("mode=1777,size=256m");
}

void role_tell(char letter) {
  if (write(TO_TEST, &letter, 1) != 1)
    _exit(126);
}

char role_listen(void) {
  char letter = 0;
  return read(FROM_TEST, &letter, 1) == 1 ? letter : 0;
}
