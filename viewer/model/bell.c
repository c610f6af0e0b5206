/* SPDX-License-Identifier: MIT */
/*
 * The watcher's side of the doorbell. Fields of a request are written by its claimer with relaxed
 * stores, `target` last with release. Within one process claims are serialised by a lock, as the
 * process id cannot tell its requests apart.
 */
#include "viewer/model/bell.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "viewer/model/directory.h"
#include "viewer/model/error.h"

struct HvBell {
  struct alloc_bell *map;
  struct alloc_bell_request *request;
  guint index;
  guint32 command_seq;
};

/* Requests of this process: see the head of the file. */
static GMutex claim_lock;
static guint8 claimed[ALLOC_BELL_REQUESTS];

guint64 hv_monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (guint64)now.tv_sec * 1000000000u + (guint64)now.tv_nsec;
}

/* @what: cannot be done, before the path of the bell and the reason. */
static void fail(GError **error, const char *what, int number) {
  g_set_error(error, HV_ERROR, HV_ERROR_IO, "%s %s/%s: %s", what, hv_directory_path(),
              ALLOC_SNAPSHOT_BELL_NAME, g_strerror(number));
}

/* Makes a complete bell under another name, then links it, so that nobody ever sees half of one. */
static gboolean make_bell(int directory, GError **error) {
  char name[64];
  g_snprintf(name, sizeof name, ALLOC_SNAPSHOT_BELL_NAME ".%u.%08x", (guint)getpid(),
             g_random_int());
  int fd = openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) {
    fail(error, _("cannot make the bell"), errno);
    return FALSE;
  }
  static const guint8 head[16] = ALLOC_BELL_MAGIC;
  guint8 start[16];
  guint32 version = ALLOC_BELL_VERSION;
  guint32 bytes = ALLOC_BELL_BYTES;
  memcpy(start, head, sizeof start);
  memcpy(start + 8, &version, 4);
  memcpy(start + 12, &bytes, 4);
  /* Space first: writing to a mapping of a full file system would be a SIGBUS. */
  int problem = posix_fallocate(fd, 0, ALLOC_BELL_BYTES);
  if (problem == 0 && pwrite(fd, start, sizeof start, 0) != (ssize_t)sizeof start)
    problem = errno;
  close(fd);
  if (problem == 0 && linkat(directory, name, directory, ALLOC_SNAPSHOT_BELL_NAME, 0) != 0 &&
      errno != EEXIST)
    problem = errno;
  unlinkat(directory, name, 0);
  if (problem != 0)
    fail(error, _("cannot make the bell"), problem);
  return problem == 0;
}

static struct alloc_bell *map_bell(int directory, GError **error) {
  for (int tries = 0;; tries++) {
    struct stat status;
    GError *problem = NULL;
    int fd = hv_directory_open_file(directory, ALLOC_SNAPSHOT_BELL_NAME, O_RDWR, &status, &problem);
    if (problem != NULL) {
      g_propagate_error(error, problem);
      return NULL;
    }
    if (fd < 0) {
      if (tries == 0 && make_bell(directory, error))
        continue;
      if (tries != 0)
        fail(error, _("cannot open the bell"), ENOENT);
      return NULL;
    }
    struct alloc_bell *map = MAP_FAILED;
    int number = 0;
    if (status.st_size >= ALLOC_BELL_BYTES) {
      map = mmap(NULL, ALLOC_BELL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      number = errno;
    }
    close(fd);
    if (map == MAP_FAILED && number != 0) {
      fail(error, _("cannot map the bell"), number);
      return NULL;
    }
    guint32 version = map == MAP_FAILED ? 0 : __atomic_load_n(&map->version, __ATOMIC_ACQUIRE);
    if (version == ALLOC_BELL_VERSION &&
        memcmp(map->magic, ALLOC_BELL_MAGIC, sizeof map->magic) == 0)
      return map;
    if (map != MAP_FAILED)
      munmap(map, ALLOC_BELL_BYTES);
    if (version > ALLOC_BELL_VERSION) {
      g_set_error(error, HV_ERROR, HV_ERROR_VERSION,
                  _("the bell %s/%s has version %u and this program knows %u: install the version "
                    "of alloc-viewer that came with liballoc"),
                  hv_directory_path(), ALLOC_SNAPSHOT_BELL_NAME, version, ALLOC_BELL_VERSION);
      return NULL;
    }
    if (tries >= 20) {
      g_set_error(error, HV_ERROR, HV_ERROR_CORRUPT,
                  _("%s/%s is no bell: remove it and start the program again"), hv_directory_path(),
                  ALLOC_SNAPSHOT_BELL_NAME);
      return NULL;
    }
    /* Somebody is just making it. */
    g_usleep(5000);
  }
}

/* Takes request @index if it is free or stale. */
static gboolean try_claim(struct alloc_bell *map, guint index, guint64 now) {
  struct alloc_bell_request *request = &map->request[index];
  guint32 watcher = __atomic_load_n(&request->watcher, __ATOMIC_ACQUIRE);
  if (watcher != 0) {
    guint64 beat = __atomic_load_n(&request->heartbeat_ns, __ATOMIC_RELAXED);
    /* A heartbeat of the future comes from before a reboot or a hostile hand. */
    if (beat <= now + ALLOC_BELL_STALE_NS && now - MIN(beat, now) <= ALLOC_BELL_STALE_NS)
      return FALSE;
  }
  if (claimed[index] != 0 ||
      !__atomic_compare_exchange_n(&request->watcher, &watcher, (guint32)getpid(), FALSE,
                                   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
    return FALSE;
  /* First nobody, then the heartbeat: else the former target would be watched again. */
  __atomic_store_n(&request->target, 0, __ATOMIC_RELEASE);
  __atomic_store_n(&request->command, ALLOC_COMMAND_NONE, __ATOMIC_RELAXED);
  __atomic_store_n(&request->rate_mhz, 10000, __ATOMIC_RELAXED);
  __atomic_store_n(&request->window_begin, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&request->window_end, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&request->heartbeat_ns, now, __ATOMIC_RELEASE);
  claimed[index] = 1;
  return TRUE;
}

HvBell *hv_bell_claim(int directory, GError **error) {
  struct alloc_bell *map = map_bell(directory, error);
  if (map == NULL)
    return NULL;
  guint64 now = hv_monotonic_ns();
  g_mutex_lock(&claim_lock);
  guint index = 0;
  while (index < ALLOC_BELL_REQUESTS && !try_claim(map, index, now))
    index++;
  g_mutex_unlock(&claim_lock);
  if (index == ALLOC_BELL_REQUESTS) {
    munmap(map, ALLOC_BELL_BYTES);
    g_set_error(error, HV_ERROR, HV_ERROR_BUSY,
                _("%u watchers are at work already, and there is room for no more: close one"),
                ALLOC_BELL_REQUESTS);
    return NULL;
  }
  HvBell *bell = g_new0(HvBell, 1);
  bell->map = map;
  bell->request = &map->request[index];
  bell->index = index;
  bell->command_seq = __atomic_load_n(&bell->request->command_seq, __ATOMIC_RELAXED);
  return bell;
}

static gboolean is_mine(HvBell *bell) {
  return __atomic_load_n(&bell->request->watcher, __ATOMIC_RELAXED) == (guint32)getpid();
}

static void ring(HvBell *bell) {
  __atomic_fetch_add(&bell->map->rings, 1, __ATOMIC_RELEASE);
}

void hv_bell_release(HvBell *bell) {
  if (is_mine(bell)) {
    __atomic_store_n(&bell->request->target, 0, __ATOMIC_RELEASE);
    ring(bell);
    __atomic_store_n(&bell->request->watcher, 0, __ATOMIC_RELEASE);
  }
  g_mutex_lock(&claim_lock);
  claimed[bell->index] = 0;
  g_mutex_unlock(&claim_lock);
  munmap(bell->map, ALLOC_BELL_BYTES);
  g_free(bell);
}

gboolean hv_bell_beat(HvBell *bell) {
  if (!is_mine(bell))
    return FALSE;
  __atomic_store_n(&bell->request->heartbeat_ns, hv_monotonic_ns(), __ATOMIC_RELAXED);
  return TRUE;
}

void hv_bell_set_target(HvBell *bell, guint target, guint64 target_start) {
  if (!hv_bell_beat(bell))
    return;
  __atomic_store_n(&bell->request->target, 0, __ATOMIC_RELEASE);
  __atomic_store_n(&bell->request->target_start, target_start, __ATOMIC_RELAXED);
  __atomic_store_n(&bell->request->target, target, __ATOMIC_RELEASE);
  ring(bell);
}

void hv_bell_set_rate(HvBell *bell, guint rate_mhz) {
  if (is_mine(bell))
    __atomic_store_n(&bell->request->rate_mhz, CLAMP(rate_mhz, 100, 60000), __ATOMIC_RELAXED);
}

void hv_bell_set_window(HvBell *bell, guint64 begin, guint64 end) {
  if (!is_mine(bell))
    return;
  __atomic_store_n(&bell->request->window_begin, begin, __ATOMIC_RELAXED);
  __atomic_store_n(&bell->request->window_end, end, __ATOMIC_RELAXED);
}

void hv_bell_command(HvBell *bell, enum alloc_command command, guint64 argument) {
  if (!is_mine(bell))
    return;
  bell->command_seq++;
  __atomic_store_n(&bell->request->command_argument, argument, __ATOMIC_RELAXED);
  __atomic_store_n(&bell->request->command, (guint32)command, __ATOMIC_RELAXED);
  __atomic_store_n(&bell->request->command_seq, bell->command_seq, __ATOMIC_RELEASE);
  ring(bell);
}

gboolean hv_bell_command_done(HvBell *bell, guint64 *result) {
  if (__atomic_load_n(&bell->request->command_done, __ATOMIC_ACQUIRE) != bell->command_seq)
    return FALSE;
  *result = __atomic_load_n(&bell->request->command_result, __ATOMIC_RELAXED);
  return TRUE;
}
