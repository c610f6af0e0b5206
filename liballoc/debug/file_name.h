/* SPDX-License-Identifier: MIT */
/*
 * file_name.h: names of files with the number of the process in them, and one name for many
 * processes: the first has FILE, and the variable that said so says FILE.%p to all that come after.
 */
#ifndef LIBALLOC_FILE_NAME_H
#define LIBALLOC_FILE_NAME_H

#include "heap/base.h"

enum { FILE_NAME_BYTES = 4096 };

/* A name made absolute; %p stands for the process, %% for a percent sign. */
struct file_name {
  char pattern[FILE_NAME_BYTES];
  /* "VARIABLE=PATTERN" for the environment, and the length of that up to the equals sign; 0: it
   * did not come from there, or is not to be changed. */
  char entry[FILE_NAME_BYTES + 64];
  size_t entry_name;
};

/* Sets it; variable is that of the environment which had it, or NULL. False: it is too long. */
HIDDEN bool file_name_set(struct file_name *name, const char *text, const char *variable);

/* Whether the number of the process is in it. */
HIDDEN bool file_name_has_process(const struct file_name *name);

/* Puts it at the end. */
HIDDEN void file_name_add_process(struct file_name *name);

/* The name of the file into path; suffix 0: none. */
HIDDEN void file_name_expand(const struct file_name *name, unsigned suffix,
                             char path[FILE_NAME_BYTES]);

/* Whether text is what file_name_redirect_others() has put into the environment. */
HIDDEN bool file_name_is_redirected(const struct file_name *name, const char *text);

/* Makes the variable lead other processes to files of their own. No effect before libc is up. */
HIDDEN void file_name_redirect_others(struct file_name *name);

#endif
