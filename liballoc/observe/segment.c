/* SPDX-License-Identifier: MIT */
#include "observe/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <liballoc/alloc.h>
#include <liballoc/snapshot.h>

#include "heap/arena.h"
#include "heap/lock.h"
#include "heap/os.h"
#include "observe/clock.h"
#include "observe/directory.h"
#include "observe/self.h"
#include "observe/text.h"

/* Guards the file's name in the directory, and the words below while they change. */
static struct lock file_lock;
static struct alloc_snapshot_header *header; /* NULL: there is no segment */
static size_t buffer_bytes;
static uint32_t file_process; /* whose PID.heap it is */
static bool no_more;          /* the process is ending */

/* The publisher's. Frames are numbered on across files. */
static uint64_t sequence;
static struct alloc_frame *frame_begun;

enum { NAME_BYTES = 32 };

static void heap_name(char *name, uint32_t process, const char *suffix) {
  struct text text = text_in(name, NAME_BYTES);

  text_format(&text, ALLOC_SNAPSHOT_HEAP_NAME_FORMAT, process);
  text_add(&text, suffix);
}

void segment_header(struct alloc_snapshot_header *fresh, size_t fresh_bytes, uint32_t process,
                    uint64_t start_ticks) {
  struct self self;
  struct text version = text_in(fresh->library_version, sizeof fresh->library_version);
  struct text command = text_in(fresh->command, sizeof fresh->command);

  self_read(&self);
  memcpy(fresh->magic, ALLOC_SNAPSHOT_MAGIC, sizeof fresh->magic);
  fresh->version = ALLOC_SNAPSHOT_VERSION;
  fresh->header_bytes = ALLOC_SNAPSHOT_HEADER_BYTES;
  fresh->pid = process;
  fresh->uid = geteuid();
  fresh->process_start = start_ticks;
  fresh->created_ns = clock_realtime_ns();
  fresh->page_bytes = PAGE_BYTES;
  fresh->slice_bytes = SLICE_BYTES;
  fresh->arena_bytes = ARENA_BYTES;
  fresh->buffer_bytes = fresh_bytes;
  fresh->state = ALLOC_SNAPSHOT_ACTIVE;
  text_add(&version, ALLOC_VERSION);
  text_add(&command, self.command);
  self_program(fresh->program, sizeof fresh->program);
}

/* Puts the last frame into the file that takes the place of this one: a process that is killed
 * before the next still leaves it. With the lock held. */
static void last_frame_copy(struct alloc_snapshot_header *fresh, size_t fresh_bytes) {
  unsigned b = (unsigned)(sequence % ALLOC_SNAPSHOT_BUFFERS);

  if (!header || peek(&header->latest_seq) != sequence || sequence == 0 ||
      fresh_bytes < buffer_bytes)
    return;
  memcpy((char *)fresh + ALLOC_SNAPSHOT_HEADER_BYTES + b * fresh_bytes,
         (const char *)header + ALLOC_SNAPSHOT_HEADER_BYTES + b * buffer_bytes, buffer_bytes);
  fresh->rate_mhz = peek(&header->rate_mhz);
  fresh->buffer_seq[b] = sequence;
  fresh->latest_seq = sequence;
}

/* Makes the file under another name, fills it, and only then gives it its name. */
static int file_make(int directory, size_t fresh_bytes, uint32_t process, uint64_t start_ticks,
                     struct alloc_snapshot_header **result) {
  size_t bytes = ALLOC_SNAPSHOT_HEADER_BYTES + ALLOC_SNAPSHOT_BUFFERS * fresh_bytes;
  char fresh_name[NAME_BYTES], name[NAME_BYTES];
  int problem = 0;

  heap_name(fresh_name, process, ".new");
  heap_name(name, process, "");
  int file = directory_make_file(directory, fresh_name, bytes);
  if (file < 0)
    return -file;
  struct alloc_snapshot_header *map =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
  if (map == MAP_FAILED) {
    problem = errno;
  } else {
    madvise(map, bytes, MADV_DONTFORK);
    segment_header(map, fresh_bytes, process, start_ticks);
    last_frame_copy(map, fresh_bytes);
    if (renameat(directory, fresh_name, directory, name) != 0) {
      problem = errno;
      munmap(map, bytes);
    }
  }
  close(file);
  if (problem)
    unlinkat(directory, fresh_name, 0);
  else
    *result = map;
  return problem;
}

static size_t file_bytes(void) {
  return ALLOC_SNAPSHOT_HEADER_BYTES + ALLOC_SNAPSHOT_BUFFERS * buffer_bytes;
}

/* Leaves the mapping, telling readers why. With the lock held. */
static void unmap(enum alloc_snapshot_state state) {
  if (!header)
    return;
  store_release(&header->state, (uint32_t)state);
  munmap(header, file_bytes());
  header = NULL;
}

int segment_make(size_t frame_bytes, uint32_t process, uint64_t start_ticks) {
  size_t fresh_bytes = round_up(frame_bytes + frame_bytes / 4, PAGE_BYTES);
  struct alloc_snapshot_header *fresh = NULL;
  int problem = ECANCELED;

  if (fresh_bytes > SEGMENT_FRAME_MOST_BYTES)
    fresh_bytes = SEGMENT_FRAME_MOST_BYTES;
  int directory = directory_open();
  if (directory < 0)
    return -directory;
  lock_take(&file_lock);
  if (!no_more)
    problem = file_make(directory, fresh_bytes, process, start_ticks, &fresh);
  if (!problem) {
    unmap(ALLOC_SNAPSHOT_REPLACED);
    header = fresh;
    buffer_bytes = fresh_bytes;
    file_process = process;
  }
  lock_drop(&file_lock);
  close(directory);
  return problem;
}

size_t segment_frame_bytes(void) {
  return header ? buffer_bytes : 0;
}

struct alloc_frame *segment_begin(void) {
  unsigned b = (unsigned)((sequence + 1) % ALLOC_SNAPSHOT_BUFFERS);

  /* Not a mere store: nothing of the frame may be written before it. */
  __atomic_exchange_n(&header->buffer_seq[b], 0, __ATOMIC_ACQ_REL);
  frame_begun =
      (struct alloc_frame *)((char *)header + ALLOC_SNAPSHOT_HEADER_BYTES + b * buffer_bytes);
  return frame_begun;
}

void segment_publish(uint32_t rate_mhz) {
  sequence++;
  frame_begun->seq = sequence;
  poke(&header->rate_mhz, rate_mhz);
  store_release(&header->buffer_seq[sequence % ALLOC_SNAPSHOT_BUFFERS], sequence);
  store_release(&header->latest_seq, sequence);
}

/* Removes the file of this process. With the lock held. */
static void file_remove(void) {
  char name[NAME_BYTES];
  int directory = directory_open();

  if (directory < 0)
    return;
  heap_name(name, file_process, "");
  unlinkat(directory, name, 0);
  close(directory);
}

void segment_close(void) {
  lock_take(&file_lock);
  if (header)
    file_remove();
  unmap(ALLOC_SNAPSHOT_ENDED);
  lock_drop(&file_lock);
}

void segment_remove(void) {
  enum { TRIES = 1000, TRY_NS = 1000000 };

  /* The publisher holds the lock for moments only. But if it gets no processor at all, as at idle
   * priority beside a busy thread, the process must still be able to end. */
  for (unsigned i = 0; !lock_try(&file_lock); i++) {
    if (i == TRIES)
      return;
    clock_sleep_until(os_now_ns() + TRY_NS);
  }
  no_more = true;
  if (header) {
    file_remove();
    store_release(&header->state, (uint32_t)ALLOC_SNAPSHOT_ENDED);
  }
  lock_drop(&file_lock);
}

void segment_end_leftover(int directory, uint32_t process) {
  const uint32_t state = ALLOC_SNAPSHOT_ENDED;
  char name[NAME_BYTES];

  heap_name(name, process, "");
  int file = openat(directory, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    return;
  /* If it cannot be told, its readers will find out by its silence. */
  if (directory_trusts(file, 0) &&
      pwrite(file, &state, sizeof state, offsetof(struct alloc_snapshot_header, state)) < 0)
    errno = 0;
  close(file);
  unlinkat(directory, name, 0);
}

void segment_after_fork(void) {
  /* The mapping was not inherited, and something else may be mapped there already. */
  header = NULL;
  no_more = false;
  sequence = 0;
  lock_drop(&file_lock);
}
