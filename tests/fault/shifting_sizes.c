/* SPDX-License-Identifier: MIT */
/*
 * Phases of other sizes: all blocks but one in 32, spread evenly, are freed, and their memory is
 * asked for again in blocks of nearly twice the size, twelve times. Peak of resident memory over
 * live bytes must be at most 2.0.
 */
#include "tests/fault/fault.h"

enum { PHASES = 12, KEPT_ONE_IN = 32 };

struct link {
  struct link *next;
};

int main(void) {
  size_t live_bytes = 0, live_peak = 0, peak_bytes = 0, bytes = 24;

  fault_patience(120, 600);
  fault_skip_if(FAULT_SANITIZED, "a sanitizer's resident memory says nothing");
  fault_skip_if(hardened(), "the bar is one for the default mode");
  const size_t live_most = fault_count(96, 512) * FAULT_MIB;
  for (unsigned phase = 0; phase < PHASES; phase++, bytes = bytes * 2 - 8) {
    struct link *links = NULL;
    while (live_bytes + bytes <= live_most) {
      struct link *link = malloc(size(bytes));
      must(link != NULL);
      memset(link, 1, bytes);
      link->next = links;
      links = link;
      live_bytes += bytes;
    }
    live_peak = live_bytes > live_peak ? live_bytes : live_peak;
    size_t now_bytes = fault_resident_bytes();
    peak_bytes = now_bytes > peak_bytes ? now_bytes : peak_bytes;
    for (size_t i = 0; links; i++) {
      struct link *next = links->next;
      if (i % KEPT_ONE_IN != 0) {
        free(links);
        live_bytes -= bytes;
      }
      links = next;
    }
  }
  double ratio = (double)peak_bytes / (double)live_peak;
  report("peak / live %.2f over %d phases of %zu MiB\n", ratio, PHASES, live_most / FAULT_MIB);
  must(ratio <= 2.0);
  return 0;
}
