/* SPDX-License-Identifier: MIT */
/* Metadata: pieces do not overlap, are recycled, and stay one thread's while it has them. */
#include "heap_test.h"

#include "child.h"

#include <pthread.h>

#include "heap/meta.h"

enum { PIECES = 300, STEPS = 30000 };

static void fill(void *piece, size_t bytes, uint64_t value) {
  for (size_t w = 0; w < bytes / 8; w++)
    poke((uint64_t *)piece + w, value);
}

static bool is_filled(const void *piece, size_t bytes, uint64_t value) {
  for (size_t w = 0; w < bytes / 8; w++)
    if (((const uint64_t *)piece)[w] != value)
      return false;
  return true;
}

/* Takes and gives at random; NULL, or seed when somebody else has written to a piece. */
static void *churn(void *seed) {
  struct random random = {(uintptr_t)seed};
  struct {
    uint64_t *piece;
    size_t bytes;
  } mine[PIECES] = {{0}};

  for (unsigned step = 0; step < STEPS; step++) {
    unsigned i = random_below(&random, PIECES);
    uint64_t value = (uintptr_t)seed << 32 | i;
    if (mine[i].piece) {
      if (!is_filled(mine[i].piece, mine[i].bytes, value))
        return seed;
      meta_give(mine[i].piece, mine[i].bytes);
      mine[i].piece = NULL;
    } else {
      mine[i].bytes = 8 * (size_t)(1 + random_below(&random, random_below(&random, 8) ? 64 : 512));
      mine[i].piece = meta_take(mine[i].bytes);
      if (!mine[i].piece || (uintptr_t)mine[i].piece % CACHE_LINE_BYTES)
        return seed;
      fill(mine[i].piece, mine[i].bytes, value);
    }
  }
  for (unsigned i = 0; i < PIECES; i++)
    if (mine[i].piece)
      meta_give(mine[i].piece, mine[i].bytes);
  return NULL;
}

static void pieces_are_apart(void **state) {
  (void)state;
  assert_null(churn((void *)7));
}

/* What a late reader may still look at never becomes what is written without care for it. */
static void kinds_are_recycled_apart(void **state) {
  (void)state;
  for (size_t bytes = 64; bytes <= META_MAX_BYTES; bytes *= 2) {
    void *shared = meta_take_shared(bytes);
    meta_give_shared(shared, bytes);
    void *private = meta_take(bytes);
    assert_ptr_not_equal(private, shared);
    meta_give(private, bytes);
    assert_ptr_equal(meta_take_shared(bytes), shared);
    assert_ptr_equal(meta_take(bytes), private);
    meta_give(private, bytes);
    meta_give_shared(shared, bytes);
  }
}

static void pieces_are_recycled(void **state) {
  (void)state;
  void *first = meta_take(500);
  meta_give(first, 500);
  assert_ptr_equal(meta_take(400), first); /* 400 and 500 are both pieces of 512 */
  size_t mapped = meta_mapped_bytes();
  for (unsigned i = 0; i < 100000; i++) {
    void *a = meta_take(META_MAX_BYTES), *b = meta_take(64);
    assert_non_null(a);
    assert_non_null(b);
    meta_give(a, META_MAX_BYTES);
    meta_give(b, 64);
  }
  assert_true(meta_mapped_bytes() <= mapped + 1024 * 1024);
}

static void pieces_belong_to_one_thread(void **state) {
  pthread_t threads[4];

  (void)state;
  for (uintptr_t i = 0; i < 4; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, churn, (void *)(i + 1)), 0);
  for (unsigned i = 0; i < 4; i++) {
    void *failed = NULL;
    pthread_join(threads[i], &failed);
    assert_null(failed);
  }
}

static void has_guards(const void *unused) {
  size_t bytes;

  (void)unused;
  meta_set_guarded();
  for (unsigned i = 0; i < 20; i++)
    require(meta_take(META_MAX_BYTES) != NULL);
  for (unsigned i = 0; i < 4; i++) {
    static char *chunk;
    chunk = meta_chunk(chunk, &bytes);
    require(chunk != NULL && can_be_read(chunk) && can_be_read(chunk + bytes - 1));
    require(!can_be_read(chunk - 1) && !can_be_read(chunk + bytes));
  }
}

/* Hardened, no write that runs on from elsewhere reaches metadata. */
static void chunks_are_guarded(void **state) {
  (void)state;
  struct child child = child_run(has_guards, NULL);
  assert_true(child_succeeded(&child));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_are_apart),    cmocka_unit_test(kinds_are_recycled_apart),
      cmocka_unit_test(pieces_are_recycled), cmocka_unit_test(pieces_belong_to_one_thread),
      cmocka_unit_test(chunks_are_guarded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
