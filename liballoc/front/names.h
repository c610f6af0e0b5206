/* SPDX-License-Identifier: MIT */
/* names.h: one function under several public names. */
#ifndef LIBALLOC_NAMES_H
#define LIBALLOC_NAMES_H

/* gcc wants an alias to repeat its target's attributes (malloc, alloc_size, ...). */
#if defined __has_attribute && __has_attribute(copy) && !defined __clang__
#define SAME_AS(function)                                                                          \
  __attribute__((alias(#function), copy(function), visibility("default"), used))
#else
#define SAME_AS(function) __attribute__((alias(#function), visibility("default"), used))
#endif

#endif
