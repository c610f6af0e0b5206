/* SPDX-License-Identifier: MIT */
/*
 * Seeds, for targets of libFuzzer. A seed that is refused at the first look, as those of an earlier
 * format are, leads the fuzzer nowhere; run.sh has each target read its seeds with FUZZ_SEEDS set.
 */
#pragma once

#include <glib.h>

/* Aborts if a seed was refused: FUZZ_SEEDS is set, and @error is. */
static inline void seed_must_be_accepted(const GError *error) {
  if (error != NULL && g_getenv("FUZZ_SEEDS") != NULL)
    g_error("this seed is refused, write the seeds anew: %s", error->message);
}
