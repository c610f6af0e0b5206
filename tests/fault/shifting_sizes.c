/* SPDX-License-Identifier: MIT */
/*
 * Phases of other sizes: all blocks but one in 32, spread evenly, are freed, and their memory is
 * asked for again in blocks of nearly twice the size, twelve times. Peak of resident memory over
 * live bytes must be at most 2.0.
 *
 * With PHASES KEPT_ONE_IN TIMES BYTES: so many phases, one block in so many kept, blocks of so many
 * times the size in each phase, from so many bytes on. With one argument more those that are kept
 * lie at random.
 */
#include "tests/fault/fault.h"

struct link {
  struct link *next;
};

static size_t number(const char *text) {
  size_t n = strtoul(text, NULL, 10);
  must(n > 0);
  return n;
}

int main(int count, char **arguments) {
  size_t live_bytes = 0, live_peak = 0, peak_bytes = 0, bytes = 24;
  struct random random = {1};
  size_t phases = 12, kept_one_in = 32, times = 2, less = 8;

  if (count >= 5) {
    phases = number(arguments[1]);
    kept_one_in = number(arguments[2]);
    times = number(arguments[3]);
    bytes = number(arguments[4]);
    less = 0;
    must(bytes >= sizeof(struct link));
  }
  fault_patience(120, 600);
  fault_skip_if(FAULT_SANITIZED, "a sanitizer's resident memory says nothing");
  fault_skip_if(hardened(), "the bar is one for the default mode");
  const size_t live_most = fault_count(96, 512) * FAULT_MIB;
  for (size_t phase = 0; phase < phases; phase++, bytes = bytes * times - less) {
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
      if ((count > 5 ? random_below(&random, (unsigned)kept_one_in) : i % kept_one_in) != 0) {
        free(links);
        live_bytes -= bytes;
      }
      links = next;
    }
  }
  double ratio = (double)peak_bytes / (double)live_peak;
  report("peak / live %.2f over %zu phases of %zu MiB\n", ratio, phases, live_most / FAULT_MIB);
  must(ratio <= 2.0);
  return 0;
}
