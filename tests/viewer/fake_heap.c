/* SPDX-License-Identifier: MIT */
/*
 * A process that looks like one on liballoc: maps the bell, and publishes a synthetic heap that
 * changes from frame to frame while it is asked to. For tests of reader, inspector and viewer.
 *
 *   fake_heap [KIND [SEED]]    prints "ready PID" and runs until SIGTERM or the end of standard
 * input
 *
 * With KIND "silent" it hears nothing, like a process asleep; with "newer" it publishes a version
 * of the format that no reader knows yet; with "torn" it never finishes a frame. "server" is a heap
 * of 100 GiB and "million" one of a million spans; frames of large heaps are seconds apart.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/viewer/server_heap.h"
#include "tests/viewer/synthetic.h"

enum {
  PAUSE_MS = 50,
  MILLION_PAUSE_MS = 1000,
  SERVER_PAUSE_MS = 4000,
  CHANGES = 500,         /* blocks, from frame to frame */
  SERVER_CHANGES = 10000 /* spans */
};

#define SERVER_BYTES  (G_GUINT64_CONSTANT(100) << 30)
#define MILLION_SPANS 1000000u

static char directory[128];
static char heap_path[160];
static volatile sig_atomic_t is_over;

static void end(int signal_number) {
  is_over = signal_number;
}

static struct alloc_bell *map_bell(void) {
  char path[160];
  g_snprintf(directory, sizeof directory, ALLOC_SNAPSHOT_DIRECTORY_FORMAT, (guint)geteuid());
  g_snprintf(path, sizeof path, "%s/%s", directory, ALLOC_SNAPSHOT_BELL_NAME);
  g_snprintf(heap_path, sizeof heap_path, "%s/" ALLOC_SNAPSHOT_HEAP_NAME_FORMAT, directory,
             (guint)getpid());
  if (mkdir(directory, 0700) != 0 && errno != EEXIST)
    g_error("mkdir %s: %s", directory, g_strerror(errno));
  int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, ALLOC_BELL_BYTES) != 0)
    g_error("%s: %s", path, g_strerror(errno));
  struct alloc_bell *bell = mmap(NULL, ALLOC_BELL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (bell == MAP_FAILED)
    g_error("mmap: %s", g_strerror(errno));
  memcpy(bell->magic, ALLOC_BELL_MAGIC, sizeof bell->magic);
  bell->bytes = ALLOC_BELL_BYTES;
  __atomic_store_n(&bell->version, ALLOC_BELL_VERSION, __ATOMIC_RELEASE);
  return bell;
}

static guint64 start_ticks(void) {
  g_autofree char *text = NULL;
  if (!g_file_get_contents("/proc/self/stat", &text, NULL, NULL))
    return 0;
  char *rest = strrchr(text, ')') + 2;
  for (int field = 3; field < 22; field++)
    rest = strchr(rest, ' ') + 1;
  return g_ascii_strtoull(rest, NULL, 10);
}

/* Those who ask for this process, and where they look. */
typedef struct {
  gboolean any;
  ServerHeapWindow windows[ALLOC_BELL_REQUESTS];
  guint n_windows;
} Wishes;

/* Carries out commands, and tells who asks for this process. */
static void answer(struct alloc_bell *bell, guint64 start, Wishes *wishes) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  guint64 now_ns = (guint64)now.tv_sec * 1000000000u + (guint64)now.tv_nsec;
  *wishes = (Wishes){0};
  for (guint i = 0; i < ALLOC_BELL_REQUESTS; i++) {
    struct alloc_bell_request *request = &bell->request[i];
    if (__atomic_load_n(&request->target, __ATOMIC_ACQUIRE) != (guint32)getpid() ||
        (request->target_start != 0 && request->target_start != start) ||
        now_ns - MIN(request->heartbeat_ns, now_ns) > ALLOC_BELL_STALE_NS)
      continue;
    wishes->any = TRUE;
    if (request->window_begin < request->window_end)
      wishes->windows[wishes->n_windows++] =
          (ServerHeapWindow){request->window_begin, request->window_end};
    guint32 sequence = __atomic_load_n(&request->command_seq, __ATOMIC_ACQUIRE);
    if (request->command == ALLOC_COMMAND_TRIM && sequence != request->command_done) {
      request->command_result = 12345;
      __atomic_store_n(&request->command_done, sequence, __ATOMIC_RELEASE);
    }
  }
}

typedef struct {
  int fd;
  guint8 *map;
  gsize bytes;
} Output;

static void output_open(Output *output, guint64 frame_bytes, guint64 start, gboolean newer) {
  struct alloc_snapshot_header header;
  synthetic_header(&header, frame_bytes);
  header.process_start = start;
  if (newer)
    header.version++;
  output->bytes = ALLOC_SNAPSHOT_HEADER_BYTES + ALLOC_SNAPSHOT_BUFFERS * header.buffer_bytes;
  unlink(heap_path);
  output->fd = open(heap_path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (output->fd < 0 || posix_fallocate(output->fd, 0, (off_t)output->bytes) != 0)
    g_error("cannot make %s", heap_path);
  output->map = mmap(NULL, output->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, output->fd, 0);
  if (output->map == MAP_FAILED)
    g_error("mmap: %s", g_strerror(errno));
  memcpy(output->map, &header, sizeof header);
}

static void output_close(Output *output) {
  struct alloc_snapshot_header *header = (struct alloc_snapshot_header *)(gpointer)output->map;
  if (output->map == NULL)
    return;
  __atomic_store_n(&header->state, ALLOC_SNAPSHOT_ENDED, __ATOMIC_RELEASE);
  munmap(output->map, output->bytes);
  close(output->fd);
  unlink(heap_path);
  output->map = NULL;
}

static void output_write(Output *output, GByteArray *frame, guint64 seq, gboolean torn) {
  struct alloc_snapshot_header *header = (struct alloc_snapshot_header *)(gpointer)output->map;
  guint buffer = (guint)(seq % ALLOC_SNAPSHOT_BUFFERS);
  __atomic_store_n(&header->buffer_seq[buffer], 0, __ATOMIC_RELEASE);
  __sync_synchronize(); /* ThreadSanitizer refuses fences */
  memcpy(output->map + header->header_bytes + buffer * header->buffer_bytes, frame->data,
         frame->len);
  if (!torn)
    __atomic_store_n(&header->buffer_seq[buffer], seq, __ATOMIC_RELEASE);
  __atomic_store_n(&header->latest_seq, seq, __ATOMIC_RELEASE);
}

/* What is published: one of the two. */
typedef struct {
  SyntheticHeap *heap;
  ServerHeap *server;
} Heap;

static gboolean heap_make(Heap *heap, const char *name, guint32 seed) {
  SyntheticKind kind = SYNTHETIC_EMPTY;
  *heap = (Heap){0};
  if (strcmp(name, "server") == 0)
    heap->server = server_heap_new(SERVER_BYTES, seed);
  else if (strcmp(name, "million") == 0)
    heap->heap = synthetic_heap_of_spans(MILLION_SPANS);
  if (heap->server != NULL || heap->heap != NULL)
    return TRUE;
  while (kind < SYNTHETIC_KINDS && strcmp(name, synthetic_kind_name(kind)) != 0)
    kind++;
  if (kind == SYNTHETIC_KINDS)
    return FALSE;
  heap->heap = synthetic_heap_new(kind, seed);
  return TRUE;
}

static GByteArray *heap_publish(Heap *heap, guint64 seq, const Wishes *wishes) {
  if (heap->server != NULL) {
    server_heap_churn(heap->server, SERVER_CHANGES);
    return server_heap_publish(heap->server, seq, wishes->windows, wishes->n_windows);
  }
  synthetic_heap_churn(heap->heap, CHANGES);
  return synthetic_heap_publish(heap->heap, seq);
}

static void heap_free(Heap *heap) {
  g_clear_pointer(&heap->heap, synthetic_heap_free);
  g_clear_pointer(&heap->server, server_heap_free);
}

int main(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : "all-classes";
  guint32 seed = argc > 2 ? (guint32)strtoul(argv[2], NULL, 0) : 1;
  gboolean silent = strcmp(name, "silent") == 0;
  gboolean newer = strcmp(name, "newer") == 0;
  gboolean torn = strcmp(name, "torn") == 0;
  int pause_ms = strcmp(name, "server") == 0    ? SERVER_PAUSE_MS
                 : strcmp(name, "million") == 0 ? MILLION_PAUSE_MS
                                                : PAUSE_MS;
  Heap heap;
  Wishes wishes;
  if (silent || newer || torn)
    name = synthetic_kind_name(SYNTHETIC_ALL_CLASSES);
  if (!heap_make(&heap, name, seed)) {
    fprintf(stderr, "fake_heap: no kind \"%s\"\n", name);
    return 2;
  }
  struct alloc_bell *bell = map_bell();
  guint64 start = start_ticks();
  guint64 seq = 0;
  Output output = {.fd = -1};
  printf("ready %u\n", (guint)getpid());
  fflush(stdout);
  signal(SIGTERM, end);
  while (!is_over) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char byte;
    if (poll(&input, 1, pause_ms) > 0 && read(STDIN_FILENO, &byte, 1) == 0)
      break;
    wishes.any = FALSE;
    if (!silent)
      answer(bell, start, &wishes);
    if (!wishes.any) {
      output_close(&output);
      continue;
    }
    g_autoptr(GByteArray) frame = heap_publish(&heap, ++seq, &wishes);
    if (output.map == NULL)
      output_open(&output, 2 * frame->len, start, newer); /* it may grow */
    output_write(&output, frame, seq, torn);
  }
  output_close(&output);
  heap_free(&heap);
  return 0;
}
