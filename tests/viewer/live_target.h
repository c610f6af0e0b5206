/* SPDX-License-Identifier: MIT */
/* A process to be watched: fake_heap, which publishes a heap again and again. For cmocka. */
#pragma once

#include <glib.h>

/* Starts it with a heap of that name and seed (synthetic_kind_name()), and waits until it is ready.
 * It lasts until *@input, which the caller closes, is closed. Returns: its process, to be waited
 * for. */
GPid live_target_start(const char *kind, const char *seed, int *input);
