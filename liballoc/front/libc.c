/* SPDX-License-Identifier: MIT */
/*
 * libc's names for what slow.c does, with libc's rules about arguments, errno and return values
 * (POSIX.1-2024, C23, glibc's manual). malloc and free themselves are in fast.c.
 */
#include <liballoc/alloc.h>

#include <errno.h>
#include <string.h>

#include "debug/check.h"
#include "debug/guard.h"
#include "debug/record.h"
#include "front/libc.h"
#include "front/names.h"
#include "front/slow.h"
#include "heap/cache.h"

static void *no_memory(void) {
  errno = ENOMEM;
  return NULL;
}

void *alloc_calloc(size_t count, size_t each) {
  size_t bytes;

  if (unlikely(__builtin_mul_overflow(count, each, &bytes)))
    return no_memory();
  if (bytes > CLASS_TABLE_BYTES)
    return slow_calloc(bytes);
  void *block = bin_take(&cache_self->bin[size_class_of(bytes)]);
  return likely(block) ? memset(block, 0, bytes) : slow_calloc(bytes);
}

void *alloc_realloc(void *block, size_t bytes) {
  return slow_realloc(block, bytes);
}

void *libc_reallocarray(void *block, size_t count, size_t each) {
  size_t bytes;

  if (unlikely(__builtin_mul_overflow(count, each, &bytes)))
    return no_memory();
  return slow_realloc(block, bytes);
}

/* An alignment that is not a power of two is rounded up to the next one, as glibc does. */
void *alloc_memalign(size_t alignment, size_t bytes) {
  if (alignment <= MIN_ALIGNMENT)
    return alloc_malloc(bytes);
  if (alignment > SIZE_MAX / 2 + 1) {
    errno = EINVAL;
    return NULL;
  }
  if (!is_power_of_two(alignment))
    alignment = (size_t)1 << (64 - __builtin_clzl(alignment));
  /* A class whose size is a multiple of the alignment has such blocks. */
  size_t rounded = round_up(bytes ? bytes : 1, alignment);
  if (likely((bytes | rounded) <= CLASS_TABLE_BYTES)) {
    void *block = bin_take(&cache_self->bin[size_class_of(rounded)]);
    if (likely(block))
      return block;
  }
  return slow_aligned(bytes, alignment);
}

/* C23: an alignment that is not a power of two is an error. */
void *libc_aligned_alloc(size_t alignment, size_t bytes) {
  if (!is_power_of_two(alignment)) {
    errno = EINVAL;
    return NULL;
  }
  return alloc_memalign(alignment, bytes);
}

int libc_posix_memalign(void **result, size_t alignment, size_t bytes) {
  if (!is_power_of_two(alignment) || alignment < sizeof(void *))
    return EINVAL;
  int saved_errno = errno;
  struct site site = SITE_HERE;
  void *block = unlikely(recording()) ? record_aligned_at(bytes, alignment, &site)
                                      : alloc_memalign(alignment, bytes);
  if (!block) {
    errno = saved_errno;
    return ENOMEM;
  }
  *result = block;
  return 0;
}

void *libc_valloc(size_t bytes) {
  return slow_aligned(bytes, PAGE_BYTES);
}

void *libc_pvalloc(size_t bytes) {
  if (bytes > SIZE_MAX - PAGE_BYTES)
    return no_memory();
  return slow_aligned(bytes ? round_up(bytes, PAGE_BYTES) : PAGE_BYTES, PAGE_BYTES);
}

size_t alloc_usable_size(void *block) {
  return slow_usable(block);
}

void libc_free_sized(void *block, size_t bytes) {
  if (unlikely(checking()) || guarding())
    slow_check_size("free_sized", block, 0, bytes);
  alloc_free(block);
}

void libc_free_aligned_sized(void *block, size_t alignment, size_t bytes) {
  if (unlikely(checking()) || guarding())
    slow_check_size("free_aligned_sized", block, alignment, bytes);
  alloc_free(block);
}

const char *alloc_version(void) {
  return ALLOC_VERSION;
}

/* ---- the names ---- */

#ifndef ALLOC_NO_INTERPOSE

PUBLIC void *calloc(size_t, size_t) SAME_AS(alloc_calloc);
PUBLIC void *realloc(void *, size_t) SAME_AS(alloc_realloc);
PUBLIC void *reallocarray(void *, size_t, size_t) SAME_AS(libc_reallocarray);
PUBLIC int posix_memalign(void **, size_t, size_t) SAME_AS(libc_posix_memalign);
PUBLIC void *aligned_alloc(size_t, size_t) SAME_AS(libc_aligned_alloc);
PUBLIC void *memalign(size_t, size_t) SAME_AS(alloc_memalign);
PUBLIC void *valloc(size_t) SAME_AS(libc_valloc);
PUBLIC void *pvalloc(size_t) SAME_AS(libc_pvalloc);
PUBLIC size_t malloc_usable_size(void *) SAME_AS(alloc_usable_size);
PUBLIC void free_sized(void *, size_t) SAME_AS(libc_free_sized);
PUBLIC void free_aligned_sized(void *, size_t, size_t) SAME_AS(libc_free_aligned_sized);

/* Programs that call libc's own names, and old binaries. */
PUBLIC void *__libc_calloc(size_t, size_t) SAME_AS(alloc_calloc);
PUBLIC void *__libc_realloc(void *, size_t) SAME_AS(alloc_realloc);
PUBLIC void *__libc_memalign(size_t, size_t) SAME_AS(alloc_memalign);
PUBLIC void *__libc_valloc(size_t) SAME_AS(libc_valloc);
PUBLIC void *__libc_pvalloc(size_t) SAME_AS(libc_pvalloc);
PUBLIC int __posix_memalign(void **, size_t, size_t) SAME_AS(libc_posix_memalign);

#endif
