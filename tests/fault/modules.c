/* SPDX-License-Identifier: MIT */
/*
 * Modules loaded and unloaded by four threads at once, each with memory of its own in every thread,
 * while two more allocate. The loader's own blocks are the allocator's too.
 */
#include <dlfcn.h>
#include <pthread.h>

#include "tests/fault/fault.h"

enum { LOADERS = 4, CHURNERS = 2 };

static bool done;
static unsigned long rounds;
static char path[4096];

static void *load(void *mark) {
  for (unsigned long i = 0; i < rounds; i++) {
    void *module = dlopen(path, i % 2 ? RTLD_NOW : RTLD_LAZY);
    if (!module)
      fault_broken(path, 0, dlerror());
    int (*use)(unsigned char);
    void *symbol = dlsym(module, "module_use");
    must(symbol != NULL);
    memcpy(&use, &symbol, sizeof use);
    must(use((unsigned char)(uintptr_t)mark));
    must(dlclose(module) == 0);
    must(dlsym(RTLD_DEFAULT, "no_such_symbol") == NULL);
    free(dlerror() ? malloc(size(100)) : NULL);
  }
  return NULL;
}

static void *churn(void *unused) {
  while (!__atomic_load_n(&done, __ATOMIC_RELAXED))
    for (size_t i = 1; i < 5000; i += 7) {
      char *block = malloc(size(i));
      must(block != NULL);
      block[i - 1] = 1;
      free(block);
    }
  return unused;
}

int main(void) {
  const char *build = getenv("ALLOC_BUILDDIR");
  pthread_t loader[LOADERS], churner[CHURNERS];

  fault_patience(120, 600);
  fault_skip_if(FAULT_SANITIZED, "a sanitizer does not see the loader's own locks");
  if (!build)
    fault_skip("ALLOC_BUILDDIR does not say where the module is; `make check` does");
  snprintf(path, sizeof path, "%s/tests/fault/.libs/module.so", build);
  rounds = fault_count(1000, 100000);
  for (unsigned i = 0; i < CHURNERS; i++)
    must(pthread_create(&churner[i], NULL, churn, NULL) == 0);
  for (uintptr_t i = 0; i < LOADERS; i++)
    must(pthread_create(&loader[i], NULL, load, (void *)(i + 1)) == 0);
  for (unsigned i = 0; i < LOADERS; i++)
    pthread_join(loader[i], NULL);
  __atomic_store_n(&done, true, __ATOMIC_RELAXED);
  for (unsigned i = 0; i < CHURNERS; i++)
    pthread_join(churner[i], NULL);
  report("%lu loads of a module\n", rounds * LOADERS);
  return 0;
}
