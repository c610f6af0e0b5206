/* SPDX-License-Identifier: MIT */
#include "observe/bell.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <liballoc/alloc.h>
#include <liballoc/snapshot.h>

#include "heap/purge.h"
#include "observe/directory.h"
#include "observe/text.h"

static struct alloc_bell *bell;

/* ---- opening ---- */

/* Makes a whole bell under another name and links it, so that nobody ever sees half of one. */
static int bell_make(int directory, uint32_t process) {
  char name[32];
  struct text text = text_in(name, sizeof name);
  struct alloc_bell head = {.version = ALLOC_BELL_VERSION, .bytes = ALLOC_BELL_BYTES};

  text_format(&text, ALLOC_SNAPSHOT_BELL_NAME ".%u", process);
  int file = directory_make_file(directory, name, ALLOC_BELL_BYTES);
  if (file < 0)
    return -file;
  memcpy(head.magic, ALLOC_BELL_MAGIC, sizeof head.magic);
  int problem = 0;
  size_t head_bytes = offsetof(struct alloc_bell, rings);
  if (pwrite(file, &head, head_bytes, 0) != (ssize_t)head_bytes)
    problem = EIO;
  else if (linkat(directory, name, directory, ALLOC_SNAPSHOT_BELL_NAME, 0) != 0 && errno != EEXIST)
    problem = errno;
  close(file);
  unlinkat(directory, name, 0);
  return problem;
}

static int bell_map(int file) {
  struct alloc_bell *map;

  if (!directory_trusts(file, ALLOC_BELL_BYTES))
    return EPERM;
  map = mmap(NULL, ALLOC_BELL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (map == MAP_FAILED)
    return errno;
  if (memcmp(map->magic, ALLOC_BELL_MAGIC, sizeof map->magic) != 0 ||
      map->version != ALLOC_BELL_VERSION || map->bytes != ALLOC_BELL_BYTES) {
    munmap(map, ALLOC_BELL_BYTES);
    return EPROTO;
  }
  bell = map;
  return 0;
}

int bell_open(int directory, uint32_t process) {
  const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  int problem = 0;

  int file = openat(directory, ALLOC_SNAPSHOT_BELL_NAME, flags);
  if (file < 0 && errno == ENOENT && !(problem = bell_make(directory, process)))
    file = openat(directory, ALLOC_SNAPSHOT_BELL_NAME, flags);
  if (!problem)
    problem = file < 0 ? errno : bell_map(file);
  if (file >= 0)
    close(file);
  return problem;
}

const uint32_t *bell_rings(void) {
  return bell ? &bell->rings : NULL;
}

/* ---- reading ---- */

static bool is_fresh(const struct alloc_bell_request *request, uint32_t process,
                     uint64_t start_ticks, uint64_t now_ns) {
  if (load_acquire(&request->target) != process)
    return false;
  uint64_t wanted = peek(&request->target_start);
  if (wanted && start_ticks && wanted != start_ticks)
    return false;
  /* A heartbeat from the future is from before a reboot, or from a hostile hand. */
  uint64_t beat = peek(&request->heartbeat_ns);
  return beat <= now_ns ? now_ns - beat < ALLOC_BELL_STALE_NS : beat - now_ns < ALLOC_BELL_STALE_NS;
}

static void add_window(struct wish *wish, uint64_t begin, uint64_t end) {
  if (begin >= end || wish->windows == WISH_WINDOWS)
    return;
  wish->window[wish->windows].begin = begin;
  wish->window[wish->windows].end = end;
  wish->windows++;
}

void bell_read(uint32_t process, uint64_t start_ticks, uint64_t now_ns, struct wish *wish) {
  wish->rate_mhz = 0;
  wish->windows = 0;
  for (unsigned i = 0; bell && i < ALLOC_BELL_REQUESTS; i++) {
    const struct alloc_bell_request *request = &bell->request[i];
    if (!is_fresh(request, process, start_ticks, now_ns))
      continue;
    uint32_t rate = peek(&request->rate_mhz);
    if (rate < RATE_LEAST_MHZ)
      rate = RATE_LEAST_MHZ;
    if (rate > RATE_MOST_MHZ)
      rate = RATE_MOST_MHZ;
    if (rate > wish->rate_mhz)
      wish->rate_mhz = rate;
    add_window(wish, peek(&request->window_begin), peek(&request->window_end));
  }
}

bool bell_names(uint32_t process) {
  for (unsigned i = 0; bell && i < ALLOC_BELL_REQUESTS; i++)
    if (peek(&bell->request[i].target) == process)
      return true;
  return false;
}

static int start_profile(const struct alloc_bell_request *request) {
  uint64_t mean_bytes = peek(&request->command_argument);
  return alloc_profile_start(mean_bytes <= SIZE_MAX ? (size_t)mean_bytes : SIZE_MAX);
}

void bell_obey(uint32_t process, uint64_t start_ticks, uint64_t now_ns) {
  for (unsigned i = 0; bell && i < ALLOC_BELL_REQUESTS; i++) {
    struct alloc_bell_request *request = &bell->request[i];
    if (!is_fresh(request, process, start_ticks, now_ns))
      continue;
    uint32_t seq = load_acquire(&request->command_seq);
    uint32_t command = peek(&request->command);
    if (seq == peek(&request->command_done) || command == ALLOC_COMMAND_NONE)
      continue;
    /* A command that this version does not know is answered by doing nothing. */
    uint64_t result = command == ALLOC_COMMAND_TRIM            ? purge_all(0)
                      : command == ALLOC_COMMAND_PROFILE_START ? (uint64_t)start_profile(request)
                                                               : 0;
    if (command == ALLOC_COMMAND_PROFILE_STOP)
      alloc_profile_stop();
    poke(&request->command_result, result);
    store_release(&request->command_done, seq);
  }
}
