/* SPDX-License-Identifier: MIT */
#include "tests/viewer/live_target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

GPid live_target_start(const char *kind, const char *seed, int *input) {
  const char *build = g_getenv("ALLOC_BUILDDIR");
  g_autofree char *program =
      g_build_filename(build == NULL ? "." : build, "tests/viewer/fake_heap", NULL);
  const char *argv[] = {program, kind, seed, NULL};
  char line[64] = "";
  int output;
  GPid pid;

  assert_true(g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                       NULL, &pid, input, &output, NULL, NULL));
  assert_true(read(output, line, sizeof line - 1) > 0);
  assert_memory_equal(line, "ready ", 6);
  close(output);
  return pid;
}
