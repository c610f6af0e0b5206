/* SPDX-License-Identifier: MIT */
/*
 * options.h: what can be set from outside, as one table: by environment variable, by mallopt(3),
 * and by name in LIBALLOC_OPTIONS=NAME=VALUE,... whose value "help" prints the table.
 */
#ifndef LIBALLOC_OPTIONS_H
#define LIBALLOC_OPTIONS_H

#include "heap/base.h"

struct option {
  const char *name;
  const char *environment; /* NULL: there is none */
  int parameter;           /* of mallopt; 0: none */
  bool strict;             /* mallopt fails outside the range, instead of ignoring the value */
  int64_t least, most;     /* of the environment's value */
  const char *fallback;    /* the default, in words or digits */
  void (*apply)(int64_t value);
  const char *help;
};

/* The table; its last row has no name. */
HIDDEN extern const struct option options[];

/* Reads the environment, unless the program has other privileges than its user. Wrong values are
 * told on stderr, one line each, and ignored. Once, by the constructor. */
HIDDEN void options_read(void);

/* mallopt: 1, or 0 when the value is wrong and libc's manual says so. Any thread. */
HIDDEN int libc_mallopt(int parameter, int value);

#endif
