/* SPDX-License-Identifier: MIT */
/*
 * Modules that are loaded with RTLD_DEEPBIND, as PHP loads its own, look for malloc and free in
 * libc first: they would free our blocks there. No allocator that is preloaded or linked can be
 * right for such a module, so the flag is taken away.
 */
#include <dlfcn.h>
#include <string.h>

#include "heap/base.h"

#if defined PIC && !defined ALLOC_NO_INTERPOSE

/* dlopen looks at its return address for the search path of its caller: this is a jump to the next
 * one, in builds that optimize. */
PUBLIC void *dlopen(const char *file, int mode) {
  static void *(*next)(const char *, int);
  void *(*function)(const char *, int) = load_acquire(&next);

  if (unlikely(!function)) {
    void *symbol = dlsym(RTLD_NEXT, "dlopen");
    if (!symbol)
      return NULL;
    memcpy(&function, &symbol, sizeof function);
    store_release(&next, function);
  }
  return function(file, mode & ~RTLD_DEEPBIND);
}

#else

/* A translation unit must not be empty. */
typedef int nothing_to_interpose;

#endif
