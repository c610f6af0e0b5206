/* SPDX-License-Identifier: MIT */
/* The smallest user of a static link: libc calls more of the allocator than it does. */
#include <dirent.h>
#include <locale.h>
#include <malloc.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  char *line = NULL;
  size_t bytes = 0;
  FILE *stream = fopen("/proc/self/stat", "re");
  if (stream == NULL || getline(&line, &bytes, stream) < 0)
    return 1;
  fclose(stream);
  free(line);
  void *block = malloc(10);
  struct mallinfo2 info = mallinfo2();
  /* 16, where libc's would say 24. */
  if (malloc_usable_size(block) != 16 || info.arena != info.uordblks + info.fordblks)
    return 2;
  free(block);
  struct dirent **entries = NULL;
  int count = scandir("/", &entries, NULL, alphasort);
  while (count > 0)
    free(entries[--count]);
  free(entries);
  regex_t regex;
  if (!setlocale(LC_ALL, "C") || regcomp(&regex, "a(b|c)*", REG_EXTENDED) != 0 ||
      regexec(&regex, "abcb", 0, NULL, 0) != 0)
    return 3;
  regfree(&regex);
  if (mallopt(M_MXFAST, 100000) != 0 || malloc_trim(0) < 0)
    return 4;
  qsort(malloc(8), 1, 8, NULL);
  puts("still");
  return 0;
}
