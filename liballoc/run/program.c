/* SPDX-License-Identifier: MIT */
/*
 * Finding and judging programs for alloc-run. The judgement reads file headers only: the dynamic
 * loader runs if and only if an ELF executable names it (PT_INTERP), which static and static-pie
 * programs do not.
 */
#include "liballoc/run/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The kernel follows that many interpreters of scripts. */
#define SCRIPT_DEPTH 5
/* The kernel reads that much of the first line of a script. */
#define SCRIPT_LINE_BYTES 256

static enum program_fault file_executable(const char *path) {
  struct stat status;
  if (stat(path, &status) != 0) {
    return errno == EACCES ? PROGRAM_NOT_EXECUTABLE : PROGRAM_MISSING;
  }
  if (!S_ISREG(status.st_mode) || access(path, X_OK) != 0) {
    return PROGRAM_NOT_EXECUTABLE;
  }
  return PROGRAM_FINE;
}

enum program_fault program_find(const char *name, char path[PATH_MAX]) {
  if (*name == '\0' || strlen(name) >= PATH_MAX) {
    return PROGRAM_MISSING;
  }
  if (strchr(name, '/') != NULL) {
    strcpy(path, name);
    return file_executable(path);
  }

  const char *folders = getenv("PATH");
  if (folders == NULL) {
    folders = "/bin:/usr/bin";
  }
  enum program_fault fault = PROGRAM_MISSING;
  for (const char *folder = folders;; folder++) {
    size_t length = strcspn(folder, ":");
    /* An empty folder in PATH is the current one. */
    const char *separator = length == 0 ? "./" : "/";
    int written = snprintf(path, PATH_MAX, "%.*s%s%s", (int)length, folder, separator, name);
    if (written > 0 && written < PATH_MAX) {
      enum program_fault here = file_executable(path);
      if (here == PROGRAM_FINE) {
        return here;
      }
      if (here == PROGRAM_NOT_EXECUTABLE) {
        fault = here;
      }
    }
    folder += length;
    if (*folder == '\0') {
      break;
    }
  }
  strcpy(path, name);
  return fault;
}

/* Reads up to SIZE bytes at OFFSET; returns how many, 0 for an error. */
static size_t file_read(int file, void *buffer, size_t size, off_t offset) {
  ssize_t count = pread(file, buffer, size, offset);
  return count < 0 ? 0 : (size_t)count;
}

static bool header_is_elf(const ElfW(Ehdr) * header, size_t bytes) {
  return bytes >= EI_NIDENT && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0;
}

/* True when the ELF file with HEADER asks for the dynamic loader. */
static bool elf_is_dynamic(int file, const ElfW(Ehdr) * header) {
  for (unsigned i = 0; i < header->e_phnum; i++) {
    ElfW(Phdr) segment;
    off_t offset = (off_t)(header->e_phoff + (uint64_t)i * header->e_phentsize);
    if (file_read(file, &segment, sizeof segment, offset) < sizeof segment) {
      return false;
    }
    if (segment.p_type == PT_INTERP) {
      return true;
    }
  }
  return false;
}

/* True when executing PATH would change who the process is; the loader then ignores LD_PRELOAD
 * (ld.so(8), "Secure-execution mode"). */
static bool file_is_privileged(int file) {
  struct stat status;
  if (fstat(file, &status) != 0) {
    return false;
  }
  if ((status.st_mode & S_ISUID) != 0 && status.st_uid != geteuid()) {
    return true;
  }
  if ((status.st_mode & S_ISGID) != 0 && status.st_gid != getegid()) {
    return true;
  }
  return geteuid() != 0 && fgetxattr(file, "security.capability", NULL, 0) > 0;
}

/* Copies the interpreter out of the first line of a script. False when there is none. */
static bool script_interpreter(const char *line, char path[PATH_MAX]) {
  line += strlen("#!");
  line += strspn(line, " \t");
  size_t length = strcspn(line, " \t\n");
  if (length == 0 || length >= PATH_MAX) {
    return false;
  }
  memcpy(path, line, length);
  path[length] = '\0';
  return true;
}

static enum program_fault elf_inspect(int file, const ElfW(Ehdr) * header, size_t bytes,
                                      const struct program_machine *machine) {
  if (header->e_ident[EI_CLASS] != machine->word_class ||
      header->e_ident[EI_DATA] != machine->byte_order || bytes < sizeof *header ||
      header->e_machine != machine->machine) {
    return PROGRAM_FOREIGN;
  }
  if (!elf_is_dynamic(file, header)) {
    return PROGRAM_STATIC;
  }
  return file_is_privileged(file) ? PROGRAM_PRIVILEGED : PROGRAM_FINE;
}

enum program_fault program_inspect(const char *path, const struct program_machine *machine,
                                   char inspected[PATH_MAX]) {
  snprintf(inspected, PATH_MAX, "%s", path);
  for (int depth = 0; depth < SCRIPT_DEPTH; depth++) {
    union {
      ElfW(Ehdr) elf;
      char text[SCRIPT_LINE_BYTES + 1];
    } head = {.text = {0}};
    int file = open(inspected, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      return PROGRAM_FINE;
    }
    size_t bytes = file_read(file, head.text, SCRIPT_LINE_BYTES, 0);
    if (header_is_elf(&head.elf, bytes)) {
      enum program_fault fault = elf_inspect(file, &head.elf, bytes, machine);
      close(file);
      return fault;
    }
    close(file);
    if (strncmp(head.text, "#!", 2) != 0 || !script_interpreter(head.text, inspected)) {
      return PROGRAM_FINE; /* /bin/sh will run it */
    }
  }
  return PROGRAM_FINE;
}

int program_read_library(const char *path, struct program_machine *machine) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return -1;
  }
  ElfW(Ehdr) header;
  size_t bytes = file_read(file, &header, sizeof header, 0);
  close(file);
  if (bytes < sizeof header || !header_is_elf(&header, bytes) || header.e_type != ET_DYN) {
    errno = ENOEXEC;
    return -1;
  }
  machine->word_class = header.e_ident[EI_CLASS];
  machine->byte_order = header.e_ident[EI_DATA];
  machine->machine = header.e_machine;
  return 0;
}
