/* SPDX-License-Identifier: MIT */
#include "debug/environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debug/guard.h"
#include "debug/leaks.h"
#include "debug/profile_file.h"
#include "debug/record.h"
#include "debug/trace.h"

#define TRACE_VARIABLE        "LIBALLOC_TRACE"
#define LEAKS_VARIABLE        "LIBALLOC_LEAKS"
#define FRAMES_VARIABLE       "LIBALLOC_FRAMES"
#define HARDEN_VARIABLE       "LIBALLOC_HARDEN"
#define PROFILE_FILE_VARIABLE "LIBALLOC_PROFILE_FILE"

extern void *__libc_stack_end __attribute__((weak));

/*
 * The environment: libc's, or before that is up the one that the kernel has put on the stack, above
 * the arguments: count, argument ..., NULL, variable ..., NULL (System V ABI, Process
 * Initialization).
 */
static char **variables(void) {
  if (environ || !&__libc_stack_end || !__libc_stack_end)
    return environ;
  uintptr_t *top = __libc_stack_end;
  return (char **)(top + 1 + *top + 1);
}

/* The value of a variable; NULL: it is not set, or empty. */
static const char *value_of(const char *name) {
  size_t length = strlen(name);

  for (char **variable = variables(); variable && *variable; variable++)
    if (strncmp(*variable, name, length) == 0 && (*variable)[length] == '=')
      return (*variable)[length + 1] ? *variable + length + 1 : NULL;
  return NULL;
}

void environment_obey(void) {
  const char *value = value_of(FRAMES_VARIABLE);

  /* What is wrong with it is told by the table of options, later. */
  if (value && strspn(value, "0123456789") == strlen(value) && strlen(value) < 4)
    record_set_frames((unsigned)atoi(value));
  value = value_of(HARDEN_VARIABLE);
  if (value && strcmp(value, "1") == 0)
    guard_start();
  value = value_of(LEAKS_VARIABLE);
  if (value && strcmp(value, "0") != 0)
    leaks_start(strcmp(value, "1") == 0 ? NULL : value, LEAKS_VARIABLE);
  value = value_of(PROFILE_FILE_VARIABLE);
  if (value)
    profile_file_set(value, PROFILE_FILE_VARIABLE);
  value = value_of(TRACE_VARIABLE);
  if (value)
    trace_start(value, TRACE_VARIABLE);
  trace_set_lasting();
}
