/* SPDX-License-Identifier: MIT */
#include "observe/self.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "observe/text.h"

/* The first bytes - 1 bytes of a file, NUL-terminated; how many. */
static size_t file_read(const char *path, char *at, size_t bytes) {
  size_t done = 0;
  int file = open(path, O_RDONLY | O_CLOEXEC);

  if (file >= 0) {
    ssize_t n;
    while (done < bytes - 1 && (n = read(file, at + done, bytes - 1 - done)) > 0)
      done += (size_t)n;
    close(file);
  }
  at[done] = '\0';
  return done;
}

static uint64_t number_at(const char *at) {
  uint64_t value = 0;

  for (; *at >= '0' && *at <= '9'; at++)
    value = value * 10 + (uint64_t)(*at - '0');
  return value;
}

void self_read(struct self *self) {
  char line[1024];
  char *name, *at;

  memset(self, 0, sizeof *self);
  if (!file_read("/proc/self/stat", line, sizeof line))
    return;
  /* The name may hold anything, parentheses too: it ends at the last one. */
  name = strchr(line, '(');
  at = strrchr(line, ')');
  if (!name || !at || at < name)
    return;
  *at = '\0';
  struct text command = text_in(self->command, sizeof self->command);
  text_add(&command, name + 1);
  for (unsigned field = 3; field <= 22 && (at = strchr(at + 1, ' ')); field++) {
    if (field == 3)
      self->state = at[1];
    else if (field == 20)
      self->threads = (unsigned)number_at(at + 1);
    else if (field == 22)
      self->start_ticks = number_at(at + 1);
  }
}

void self_program(char *path, size_t bytes) {
  ssize_t n = readlink("/proc/self/exe", path, bytes - 1);

  path[n > 0 ? n : 0] = '\0';
}

void self_thread_name(uint32_t thread, char name[16]) {
  char path[48];
  struct text text = text_in(path, sizeof path);
  char line[32];

  text_format(&text, "/proc/self/task/%u/comm", thread);
  size_t n = file_read(path, line, sizeof line);
  if (n && line[n - 1] == '\n')
    line[n - 1] = '\0';
  text = text_in(name, 16);
  text_add(&text, line);
}
