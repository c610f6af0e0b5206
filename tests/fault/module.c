/* SPDX-License-Identifier: MIT */
/* The module that modules.c loads and unloads: it allocates when it comes, and frees when it goes.
 */
#include <stdlib.h>
#include <string.h>

int module_use(unsigned char mark);

static char *block[10];
static __thread char storage[2000]; /* dynamic: the loader allocates it for each thread */

__attribute__((constructor)) static void module_begin(void) {
  for (size_t i = 0; i < 10; i++)
    if ((block[i] = malloc(10 << i)))
      memset(block[i], 'm', (size_t)10 << i);
}

__attribute__((destructor)) static void module_end(void) {
  for (size_t i = 0; i < 10; i++)
    free(block[i]);
}

int module_use(unsigned char mark) {
  for (size_t i = 0; i < 10; i++)
    if (!block[i] || block[i][(10 << i) - 1] != 'm')
      return 0;
  memset(storage, mark, sizeof storage);
  return storage[1999] == (char)mark;
}
