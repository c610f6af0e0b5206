/* SPDX-License-Identifier: MIT */
/* Changes to files of records, for targets of libFuzzer: most leave every record in its place. */
#pragma once

#include <glib.h>

/* As of LLVMFuzzerCustomMutator(): the new size. */
size_t mutate_records(guint8 *data, size_t size, size_t most, guint seed);
