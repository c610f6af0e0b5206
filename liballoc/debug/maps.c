/* SPDX-License-Identifier: MIT */
#include "debug/maps.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool maps_open(struct maps *maps) {
  maps->used = maps->filled = 0;
  maps->file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  return maps->file >= 0;
}

void maps_close(struct maps *maps) {
  close(maps->file);
}

/* The next byte; -1: the end. */
static int next_byte(struct maps *maps) {
  if (maps->used == maps->filled) {
    ssize_t n;
    do
      n = read(maps->file, maps->buffer, sizeof maps->buffer);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
      return -1;
    maps->used = 0;
    maps->filled = (size_t)n;
  }
  return (unsigned char)maps->buffer[maps->used++];
}

static int digit_of(int c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A hexadecimal number; *c becomes the byte behind it. */
static uintptr_t next_number(struct maps *maps, int *c) {
  uintptr_t value = 0;
  int digit;

  while ((digit = digit_of(*c = next_byte(maps))) >= 0)
    value = value << 4 | (uintptr_t)digit;
  return value;
}

/* Skips a field and the blanks behind it; the byte behind those. */
static int skip_field(struct maps *maps, int c) {
  while (c > ' ')
    c = next_byte(maps);
  while (c == ' ')
    c = next_byte(maps);
  return c;
}

/* begin-end rwxp offset device inode   name (proc(5)) */
bool maps_next(struct maps *maps, struct mapping *mapping) {
  int c;

  mapping->begin = next_number(maps, &c);
  if (c != '-')
    return false;
  mapping->end = next_number(maps, &c);
  mapping->readable = next_byte(maps) == 'r';
  mapping->writable = next_byte(maps) == 'w';
  next_byte(maps);
  mapping->shared = next_byte(maps) == 's';
  c = next_byte(maps);
  c = skip_field(maps, c == ' ' ? next_byte(maps) : c);
  c = skip_field(maps, c);
  mapping->anonymous = c == '0';
  c = skip_field(maps, c);
  size_t length = 0;
  for (; c >= 0 && c != '\n'; c = next_byte(maps))
    if (length < sizeof mapping->name - 1)
      mapping->name[length++] = (char)c;
  mapping->name[length] = '\0';
  return true;
}

bool maps_find(uintptr_t address, struct mapping *mapping) {
  int saved_errno = errno;
  struct maps maps;
  bool found = false;

  if (maps_open(&maps)) {
    while (!found && maps_next(&maps, mapping))
      found = address >= mapping->begin && address < mapping->end;
    maps_close(&maps);
  }
  errno = saved_errno;
  return found;
}
