/* SPDX-License-Identifier: MIT */
#include "debug/profile_file.h"

#include <liballoc/alloc.h>
#include <liballoc/snapshot.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "debug/backtrace.h"
#include "debug/file_name.h"
#include "debug/profile.h"
#include "heap/message.h"
#include "heap/os.h"
#include "observe/frame.h"
#include "observe/segment.h"
#include "observe/self.h"

enum { DEFAULT_MEAN_BYTES = 512 * 1024, PLANS = 4, CLAIMS = 2000 };

/* Number of the frame in a file: the smallest whose buffer is the first. */
enum { FRAME_NUMBER = ALLOC_SNAPSHOT_BUFFERS };

FILE_TABLE(struct file_name profile_name);
static bool to_file;
static unsigned files; /* written */
static size_t wanted_mean_bytes;
static int wanted_signal;
uint32_t profile_pending;

/* ---- a snapshot in a file ---- */

static int write_all(int file, const void *data, size_t bytes) {
  const char *at = data;

  while (bytes) {
    ssize_t n = write(file, at, bytes);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return n < 0 ? errno : EIO;
    at += n;
    bytes -= (size_t)n;
  }
  return 0;
}

/* A header and one frame in a mapping of *bytes; NULL: no memory. With frames claimed. */
static struct alloc_snapshot_header *snapshot_make(size_t *bytes) {
  const struct wish wish = {0};
  struct self self;

  for (unsigned attempt = 0; attempt < PLANS; attempt++) {
    size_t frame_bytes = round_up(frame_plan(attempt), PAGE_BYTES);
    *bytes = ALLOC_SNAPSHOT_HEADER_BYTES + frame_bytes;
    struct alloc_snapshot_header *header = frame_bytes ? os_map(NULL, *bytes) : NULL;
    if (!header)
      return NULL;
    struct alloc_frame *frame =
        (struct alloc_frame *)((char *)header + ALLOC_SNAPSHOT_HEADER_BYTES);
    if (frame_write(frame, &wish, 0) == FRAME_DONE) {
      self_read(&self);
      segment_header(header, frame_bytes, os_process_id(), self.start_ticks);
      frame->seq = FRAME_NUMBER;
      header->latest_seq = header->buffer_seq[FRAME_NUMBER % ALLOC_SNAPSHOT_BUFFERS] = FRAME_NUMBER;
      return header;
    }
    os_unmap(header, *bytes);
  }
  return NULL;
}

static int snapshot_write(int file) {
  unsigned claims = 0;
  size_t bytes;

  while (!frame_claim()) {
    if (++claims == CLAIMS)
      return EBUSY;
    os_yield();
  }
  struct alloc_snapshot_header *header = snapshot_make(&bytes);
  frame_leave();
  if (!header)
    return ENOMEM;
  const struct alloc_frame *frame =
      (const struct alloc_frame *)((const char *)header + ALLOC_SNAPSHOT_HEADER_BYTES);
  int problem = write_all(file, header, ALLOC_SNAPSHOT_HEADER_BYTES + frame->bytes);
  os_unmap(header, bytes);
  return problem;
}

static void write_file(void) {
  char path[FILE_NAME_BYTES];
  struct line line = {0};

  file_name_expand(&profile_name, files++, path);
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
  int problem = file < 0 ? errno : snapshot_write(file);
  if (file >= 0)
    close(file);
  if (!problem)
    return;
  line_text(&line, "liballoc: warning: cannot write the profile ");
  line_text(&line, path);
  line_text(&line, ": ");
  line_text(&line, strerrordesc_np(problem));
  line_write(&line);
}

/* ---- from outside ---- */

void profile_file_set(const char *given, const char *variable) {
  if (!file_name_set(&profile_name, given, variable)) {
    message_warn("LIBALLOC_PROFILE_FILE is ignored: its file name is too long");
    return;
  }
  to_file = true;
}

void profile_want(size_t mean_bytes) {
  wanted_mean_bytes = mean_bytes;
}

void profile_want_signal(int signal) {
  wanted_signal = signal;
}

void profile_obey(void) {
  poke(&profile_pending, 0);
  if (!profile_is_running()) {
    profile_start(wanted_mean_bytes ? wanted_mean_bytes : DEFAULT_MEAN_BYTES);
    return;
  }
  profile_stop();
  if (to_file)
    write_file();
}

/* The lock is free, or else held by the very thread that the signal has interrupted, which then
 * does this when it drops it. */
static void on_signal(int signal) {
  int saved_errno = errno;

  (void)signal;
  poke(&profile_pending, 1);
  if (lock_try(&profile.lock)) {
    lock_drop(&profile.lock);
    profile_obey();
  }
  errno = saved_errno;
}

void profile_begin(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_ONSTACK};

  if (to_file)
    file_name_redirect_others(&profile_name);
  if (wanted_signal) {
    backtrace_prepare();
    sigfillset(&action.sa_mask);
    if (sigaction(wanted_signal, &action, NULL) != 0)
      message_warn("LIBALLOC_PROFILE_SIGNAL is ignored: there is no such signal to be had");
  }
  if (wanted_mean_bytes)
    alloc_profile_start(wanted_mean_bytes);
}

void profile_file_after_fork(void) {
  files = 0;
  if (to_file)
    file_name_add_process(&profile_name);
}

void profile_end(void) {
  if (to_file && (profile_is_running() || (profile.mean_bytes && !files)))
    write_file();
}

/* ---- <liballoc/alloc.h> ---- */

int alloc_profile_start(size_t mean_bytes) {
  int saved_errno = errno;

  backtrace_prepare();
  int problem = profile_start(mean_bytes ? mean_bytes : DEFAULT_MEAN_BYTES);
  errno = saved_errno;
  return problem;
}

void alloc_profile_stop(void) {
  int saved_errno = errno;

  profile_stop();
  errno = saved_errno;
}

int alloc_profile_write(int file) {
  int saved_errno = errno;
  int problem = snapshot_write(file);

  errno = saved_errno;
  return problem;
}
