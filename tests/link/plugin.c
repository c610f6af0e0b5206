/* SPDX-License-Identifier: MIT */
/* A module for startup.c: it allocates when it comes and frees when it goes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *plugin_make(const char *maker);

static char *prefix;

__attribute__((constructor)) static void construct(void) {
  prefix = strdup("made by");
}

__attribute__((destructor)) static void destruct(void) {
  free(prefix);
}

/* Returns a text that the caller frees, after this module may be gone. */
char *plugin_make(const char *maker) {
  char *text = NULL;
  return prefix != NULL && asprintf(&text, "%s %s", prefix, maker) > 0 ? text : NULL;
}
