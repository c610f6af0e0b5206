/* SPDX-License-Identifier: MIT */
/*
 * A program that allocates at every moment of its life: before constructors, in constructors, in
 * threads and their exit, in forked children, in dlopened modules, in atexit handlers and in
 * destructors. It is built in each way that liballoc can be used and prints the same each time.
 *
 * usage: startup [MODULE]   MODULE is the built plugin.c; without it nothing is dlopened.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8
#define BLOCKS  2000

/* Present only when the process runs on liballoc, however it got there. */
extern const char *alloc_version(void) __attribute__((weak));

/* A block that knows its size and content. */
struct block {
  size_t bytes;
  unsigned char *data;
};

static struct block early[3];
static pthread_key_t key;
static pthread_barrier_t barrier;
static struct block shared[THREADS][BLOCKS];

static void say(const char *text) {
  if (write(STDOUT_FILENO, text, strlen(text)) < 0)
    _exit(98);
}

static void expect(int condition, const char *what) {
  if (!condition) {
    say("FAILED ");
    say(what);
    say("\n");
    _exit(1);
  }
}

static struct block block_make(size_t bytes) {
  struct block block = {bytes, malloc(bytes)};
  expect(block.data != NULL, "malloc");
  expect(((size_t)block.data & 15) == 0, "alignment");
  memset(block.data, (int)(bytes & 0xff), bytes);
  return block;
}

static void block_check(struct block *block) {
  for (size_t i = 0; i < block->bytes; i++)
    expect(block->data[i] == (unsigned char)block->bytes, "content");
}

static void block_free(struct block *block) {
  block_check(block);
  free(block->data);
  block->data = NULL;
}

/* The loader calls this before any constructor, of whichever library. */
static void preinit(void) {
  early[0] = block_make(100);
  void *zeroed = calloc(10, 100);
  expect(zeroed != NULL, "calloc before constructors");
  free(realloc(zeroed, 5000));
}
__attribute__((section(".preinit_array"), used)) static void (*const preinit_entry)(void) = preinit;

__attribute__((constructor)) static void construct(void) {
  block_check(&early[0]);
  early[1] = block_make(3000);
}

__attribute__((destructor)) static void destruct(void) {
  struct block block = block_make(700);
  block_free(&early[2]);
  block_free(&block);
  say("destructor\n");
}

static void at_exit(void) {
  struct block block = block_make(300000);
  block_free(&block);
  block_free(&early[1]);
  say("atexit\n");
}

static void key_destroyed(void *value) {
  struct block *mine = value;
  block_free(mine);
  struct block other = block_make(48);
  block_free(&other);
  free(mine);
}

static void *thread_work(void *argument) {
  size_t self = (size_t)argument;
  struct block *kept = malloc(sizeof *kept);
  expect(kept != NULL, "malloc in a thread");
  *kept = block_make(self + 1);
  pthread_setspecific(key, kept);
  for (size_t i = 0; i < BLOCKS; i++)
    shared[self][i] = block_make((i * 37 + self) % 3000);
  pthread_barrier_wait(&barrier);
  /* Every block is freed by another thread than the one that made it. */
  for (size_t i = 0; i < BLOCKS; i++)
    block_free(&shared[(self + 1) % THREADS][i]);
  return NULL;
}

static void run_threads(void) {
  pthread_t threads[THREADS];
  for (int round = 0; round < 5; round++) {
    for (size_t i = 0; i < THREADS; i++)
      expect(pthread_create(&threads[i], NULL, thread_work, (void *)i) == 0, "pthread_create");
    for (size_t i = 0; i < THREADS; i++)
      pthread_join(threads[i], NULL);
  }
  say("threads\n");
}

static int child_status(pid_t child) {
  int status = 0;
  expect(waitpid(child, &status, 0) == child && WIFEXITED(status), "a child died");
  return WEXITSTATUS(status);
}

static void *fork_in_thread(void *argument) {
  for (int i = 0; i < 10; i++) {
    pid_t child = fork();
    if (child == 0) {
      struct block block = block_make(10000);
      block_free(&block);
      _exit(7);
    }
    expect(child_status(child) == 7, "status of a child");
    struct block block = block_make(64);
    block_free(&block);
  }
  return argument;
}

static void run_children(void) {
  pthread_t threads[2];
  for (size_t i = 0; i < 2; i++)
    expect(pthread_create(&threads[i], NULL, fork_in_thread, NULL) == 0, "pthread_create");
  for (size_t i = 0; i < 2; i++)
    pthread_join(threads[i], NULL);
  pid_t child = fork();
  if (child == 0) {
    pthread_t thread;
    expect(pthread_create(&thread, NULL, fork_in_thread, NULL) == 0, "pthread_create in a child");
    pthread_join(thread, NULL);
    block_check(&early[1]);
    _exit(5);
  }
  expect(child_status(child) == 5, "status of a child with threads");
  expect(system("exit 3") == 3 << 8, "system");
  FILE *pipe = popen("echo piped", "r");
  char line[16] = "";
  expect(pipe != NULL && fgets(line, sizeof line, pipe) != NULL && strcmp(line, "piped\n") == 0,
         "popen");
  pclose(pipe);
  say("children\n");
}

/* The plugin allocates in its constructor, frees that in its destructor, and hands out blocks. */
static void run_module(const char *path) {
  for (int i = 0; i < 40; i++) {
    void *module = dlopen(path, i % 2 ? RTLD_NOW : RTLD_LAZY | RTLD_GLOBAL);
    if (module == NULL) {
      say(dlerror());
      say("\n");
      _exit(1);
    }
    char *(*plugin_make)(const char *) = (char *(*)(const char *))dlsym(module, "plugin_make");
    expect(plugin_make != NULL, "dlsym");
    char *text = plugin_make("module");
    expect(dlclose(module) == 0, "dlclose");
    expect(strcmp(text, "made by module") == 0, "text of a module");
    free(text);
  }
}

int main(int argc, char *argv[]) {
  block_free(&early[0]);
  early[2] = block_make(20);
  expect(alloc_version != NULL && alloc_version()[0] != '\0',
         "this process does not run on liballoc");
  expect(atexit(at_exit) == 0, "atexit");
  expect(pthread_key_create(&key, key_destroyed) == 0, "pthread_key_create");
  expect(pthread_barrier_init(&barrier, NULL, THREADS) == 0, "pthread_barrier_init");
  run_threads();
  run_children();
  if (argc > 1)
    run_module(argv[1]);
  say("modules\n");

  char *line = NULL;
  size_t bytes = 0;
  expect(asprintf(&line, "%d", 42) == 2, "asprintf");
  free(line);
  line = NULL;
  FILE *stream = open_memstream(&line, &bytes);
  expect(stream != NULL && fprintf(stream, "%0100000d", 1) == 100000 && fclose(stream) == 0,
         "open_memstream");
  free(line);
  say("libc\n");
  return 0;
}
