/* SPDX-License-Identifier: MIT */
/*
 * liballoc itself as a module: a program on libc's malloc loads it, uses its alloc_ names in a
 * thread, unloads it (which must leave it in place, since blocks are out) and goes on.
 *
 * usage: dlopened LIBRARY
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *(*make)(size_t);
static void (*discard)(void *);

static void *thread_work(void *argument) {
  for (size_t i = 0; i < 10000; i++) {
    void *block = make(i);
    if (block == NULL)
      return NULL;
    memset(block, 1, i);
    discard(block);
  }
  return argument;
}

int main(int argc, char *argv[]) {
  if (argc != 2)
    return 2;
  for (int i = 0; i < 5; i++) {
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
      puts(dlerror());
      return 1;
    }
    make = (void *(*)(size_t))dlsym(library, "alloc_malloc");
    discard = (void (*)(void *))dlsym(library, "alloc_free");
    if (make == NULL || discard == NULL) {
      puts("FAILED the alloc_ names are missing");
      return 1;
    }
    char *own = malloc(100);
    char *kept = make(1000);
    strcpy(kept, "kept");
    pthread_t thread;
    void *result = NULL;
    if (pthread_create(&thread, NULL, thread_work, kept) != 0)
      return 1;
    if (i % 2 == 0)
      dlclose(library);
    pthread_join(thread, &result);
    if (result != kept || strcmp(kept, "kept") != 0) {
      puts("FAILED a thread could not allocate");
      return 1;
    }
    discard(kept);
    free(own);
  }
  puts("dlopened");
  return 0;
}
