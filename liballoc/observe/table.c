/* SPDX-License-Identifier: MIT */
#include "observe/table.h"

#include <string.h>
#include <sys/mman.h>

#include "heap/os.h"

bool table_reserve(struct table *table, size_t bytes) {
  if (bytes <= table->bytes)
    return true;
  size_t room = round_up(bytes + bytes / 2, PAGE_BYTES);
  void *at = os_map(NULL, room);
  if (!at)
    return false;
  madvise(at, room, MADV_DONTFORK);
  if (table->bytes) {
    memcpy(at, table->at, table->bytes);
    os_unmap(table->at, table->bytes);
  }
  table->at = at;
  table->bytes = room;
  return true;
}

void table_release(struct table *table) {
  if (table->bytes)
    os_unmap(table->at, table->bytes);
  *table = (struct table){NULL, 0};
}

/* ---- heapsort: no recursion, no memory, no bad case ---- */

static inline char *record_at(void *records, size_t i, size_t record_bytes) {
  return (char *)records + i * record_bytes;
}

static inline uint64_t key_at(void *records, size_t i, size_t record_bytes) {
  uint64_t key;

  memcpy(&key, record_at(records, i, record_bytes), sizeof key);
  return key;
}

static void records_swap(void *records, size_t i, size_t j, size_t record_bytes) {
  char kept[64];

  memcpy(kept, record_at(records, i, record_bytes), record_bytes);
  memcpy(record_at(records, i, record_bytes), record_at(records, j, record_bytes), record_bytes);
  memcpy(record_at(records, j, record_bytes), kept, record_bytes);
}

static void sift_down(void *records, size_t i, size_t count, size_t record_bytes) {
  for (;;) {
    size_t child = 2 * i + 1;
    if (child >= count)
      return;
    if (child + 1 < count &&
        key_at(records, child + 1, record_bytes) > key_at(records, child, record_bytes))
      child++;
    if (key_at(records, child, record_bytes) <= key_at(records, i, record_bytes))
      return;
    records_swap(records, i, child, record_bytes);
    i = child;
  }
}

void records_sort(void *records, size_t count, size_t record_bytes) {
  for (size_t i = count / 2; i-- > 0;)
    sift_down(records, i, count, record_bytes);
  for (size_t end = count; end-- > 1;) {
    records_swap(records, 0, end, record_bytes);
    sift_down(records, 0, end, record_bytes);
  }
}
