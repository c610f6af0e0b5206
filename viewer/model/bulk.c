/* SPDX-License-Identifier: MIT */
/* See bulk.h. */
#include "viewer/model/bulk.h"

#include <errno.h>
#include <sys/mman.h>

#define MAPPED_BYTES ((gsize)1 << 20)

gpointer hv_bulk_new(gsize bytes) {
  if (bytes < MAPPED_BYTES)
    return g_malloc0(bytes);
  gpointer table = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (table == MAP_FAILED)
    g_error("no memory for a table of %zu bytes: %s", bytes, g_strerror(errno));
  return table;
}

void hv_bulk_free(gpointer table, gsize bytes) {
  if (table != NULL && bytes >= MAPPED_BYTES)
    munmap(table, bytes);
  else
    g_free(table);
}
