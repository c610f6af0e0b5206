/* SPDX-License-Identifier: MIT */
/* Memory that ends with a scope: what alloca is for, without its dangers. */
#include <liballoc/stack.h>
#include <stdio.h>
#include <string.h>

#include "look.h"

/* Returned memory ends with the scope of the caller: this function has none of its own. */
static char *repeated(const char *word, size_t times) {
  size_t length = strlen(word);
  char *text = alloc_stack_alloc(length * times + 1);

  if (!text)
    return NULL;
  for (size_t i = 0; i < times; i++)
    memcpy(text + i * length, word, length);
  text[length * times] = '\0';
  return text;
}

static size_t deep(unsigned depth) {
  ALLOC_STACK_SCOPE(scope); /* ends with the function, whichever way that is left */
  char *buffer = alloc_stack_take(&scope, 100000);

  if (!buffer)
    return 0;
  buffer[0] = 1;
  if (depth == 0)
    look("the stack of scopes, 1001 buffers deep", buffer);
  return 100000 + (depth > 0 ? deep(depth - 1) : 0);
}

int main(void) {
  ALLOC_STACK_SCOPE(scope);
  char *line = repeated("ab", 10);

  if (!line)
    return -1;
  printf("%s\n", line);
  /* alloca would have ended the program here: the stack of a thread is 8 MiB. */
  printf("%zu bytes at once\n", deep(1000));
  /* And here: there is no such memory, and the program can say so. */
  volatile size_t too_much = (size_t)1 << 62;
  printf("%zu bytes: %s\n", too_much, alloc_stack_take(&scope, too_much) ? "a wonder" : "NULL");
  return 0;
}
