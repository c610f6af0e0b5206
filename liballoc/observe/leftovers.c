/* SPDX-License-Identifier: MIT */
#include "observe/leftovers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <liballoc/snapshot.h>

#include "observe/clock.h"
#include "observe/directory.h"

/* A silent minute: the process may live in another pid namespace, where it has another number. */
#define SILENT_NS UINT64_C(60000000000)

enum { LIST_BYTES = 4096, NAME_MOST_BYTES = 24 };

/* As getdents64(2) writes it. */
struct entry {
  uint64_t inode;
  int64_t offset;
  uint16_t bytes;
  uint8_t type;
  char name[];
};

/* The newest seen so far; the oldest of them first to go. */
struct kept {
  unsigned count;
  struct {
    uint64_t created_ns;
    char name[NAME_MOST_BYTES];
  } file[LEFTOVERS_KEPT];
};

/* The process of a name like "123.heap" or "123.heap.new"; 0: it is none. */
static uint32_t process_of(const char *name) {
  uint64_t process = 0;
  const char *at = name;

  if (strlen(name) >= NAME_MOST_BYTES)
    return 0;
  for (; *at >= '0' && *at <= '9' && process < UINT32_MAX; at++)
    process = process * 10 + (uint64_t)(*at - '0');
  return process <= INT32_MAX && (strcmp(at, ".heap") == 0 || strcmp(at, ".heap.new") == 0)
             ? (uint32_t)process
             : 0;
}

static bool has_ended(uint32_t process) {
  return kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

/* Whether nothing has been written to the file for a minute. *created_ns is 0 for a broken one. */
static bool is_silent(int directory, const char *name, uint64_t *created_ns) {
  struct alloc_snapshot_header header;
  struct alloc_frame frame;
  uint64_t now = clock_read_ns(CLOCK_MONOTONIC);
  bool silent = true;

  *created_ns = 0;
  int file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    return false;
  if (directory_trusts(file, 0) && pread(file, &header, sizeof header, 0) == sizeof header &&
      memcmp(header.magic, ALLOC_SNAPSHOT_MAGIC, sizeof header.magic) == 0) {
    *created_ns = header.created_ns;
    silent = clock_realtime_ns() - header.created_ns > SILENT_NS;
    uint64_t at =
        header.header_bytes + header.latest_seq % ALLOC_SNAPSHOT_BUFFERS * header.buffer_bytes;
    if (silent && header.latest_seq && at < INT64_MAX &&
        pread(file, &frame, sizeof frame, (off_t)at) == sizeof frame)
      silent = frame.monotonic_ns > now || now - frame.monotonic_ns > SILENT_NS;
  }
  close(file);
  return silent;
}

/* Keeps the file if it is among the newest, and removes the one that is not. */
static void keep_or_remove(int directory, struct kept *kept, const char *name,
                           uint64_t created_ns) {
  unsigned i = 0;

  if (kept->count < LEFTOVERS_KEPT) {
    i = kept->count++;
  } else {
    for (unsigned k = 1; k < LEFTOVERS_KEPT; k++)
      if (kept->file[k].created_ns < kept->file[i].created_ns)
        i = k;
    bool newer = created_ns > kept->file[i].created_ns;
    unlinkat(directory, newer ? kept->file[i].name : name, 0);
    if (!newer)
      return;
  }
  kept->file[i].created_ns = created_ns;
  strcpy(kept->file[i].name, name);
}

void leftovers_sweep(void) {
  _Alignas(8) char list[LIST_BYTES];
  struct kept kept = {0};
  int directory = directory_open();
  long bytes;

  if (directory < 0)
    return;
  /* Files that are removed meanwhile do not make tmpfs skip others. */
  while ((bytes = syscall(SYS_getdents64, directory, list, sizeof list)) > 0) {
    const struct entry *entry;
    for (long at = 0; at < bytes; at += entry->bytes) {
      uint64_t created_ns;
      entry = (const struct entry *)(const void *)(list + at);
      uint32_t process = process_of(entry->name);
      if (process && has_ended(process) && is_silent(directory, entry->name, &created_ns))
        keep_or_remove(directory, &kept, entry->name, created_ns);
    }
  }
  close(directory);
}
