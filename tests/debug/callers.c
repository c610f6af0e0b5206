/* SPDX-License-Identifier: MIT */
/*
 * Every entry of the allocator, called from this program: each event of the trace must name it as
 * the caller, however the call got where it is logged. In C and in C++.
 */
#include <malloc.h>
#include <mcheck.h>
#include <stdlib.h>
#ifdef __cplusplus
#include <new>
#endif

static void *volatile sink;

/* Blocks of all kinds: of a class, of a large span, of a mapping. */
static const size_t sizes[] = {0, 1, 100, 1024, 1025, 30000, 100000, 40000000};

static void keep(void *block) {
  sink = block;
}

int main(void) {
  mtrace();
  for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    size_t bytes = sizes[i];
    void *block = NULL;
    keep(malloc(bytes));
    free(sink);
    keep(calloc(1, bytes));
    keep(realloc(sink, bytes + 1000));
    keep(reallocarray(sink, 2, bytes + 1));
    free(sink);
    keep(aligned_alloc(16, bytes));
    free(sink);
    keep(memalign(8, bytes));
    free(sink);
    keep(memalign(4096, bytes));
    free(sink);
    if (posix_memalign(&block, 16, bytes) != 0 || posix_memalign((void **)&sink, 256, bytes) != 0)
      return 1;
    free(sink);
    free(block);
    keep(valloc(bytes));
    free(sink);
    keep(pvalloc(bytes));
    free(sink);
#ifdef __cplusplus
    const std::align_val_t page{4096};
    keep(::operator new(bytes));
    ::operator delete(sink);
    keep(::operator new[](bytes, std::nothrow));
    ::operator delete[](sink, std::nothrow);
    keep(::operator new(bytes, page));
    ::operator delete(sink, page);
    keep(::operator new[](bytes, page, std::nothrow));
    ::operator delete[](sink, page, std::nothrow);
#endif
  }
  muntrace();
  return 0;
}
