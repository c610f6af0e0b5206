/* SPDX-License-Identifier: MIT */
/*
 * The program that alloc-run is asked to start: where it is, and whether the dynamic loader will
 * take a preloaded library into it. Nothing here allocates or prints.
 */
#ifndef LIBALLOC_RUN_PROGRAM_H
#define LIBALLOC_RUN_PROGRAM_H

#include <limits.h>
#include <stddef.h>

/* Why a program cannot be started, or cannot be preloaded. */
enum program_fault {
  PROGRAM_FINE,
  PROGRAM_MISSING,        /* no such file, or no such name in PATH */
  PROGRAM_NOT_EXECUTABLE, /* a folder, a device, or a file without the permission */
  PROGRAM_STATIC,         /* no dynamic loader: nothing can be preloaded */
  PROGRAM_FOREIGN,        /* built for another word size or processor than the library */
  PROGRAM_PRIVILEGED,     /* set-user-ID or with capabilities: the loader ignores preloads */
};

/* What of an ELF header says for which machine a file is. */
struct program_machine {
  unsigned char word_class; /* ELFCLASS32 or ELFCLASS64 */
  unsigned char byte_order; /* ELFDATA2LSB or ELFDATA2MSB */
  unsigned machine;         /* EM_X86_64, ... */
};

/*
 * Finds NAME as execvp would: as it is when it holds a slash, otherwise in the folders of PATH.
 * PATH receives the file to execute. Returns PROGRAM_FINE, PROGRAM_MISSING or
 * PROGRAM_NOT_EXECUTABLE.
 */
enum program_fault program_find(const char *name, char path[PATH_MAX]);

/*
 * Tells whether a library of MACHINE would be preloaded into the executable PATH. Scripts are
 * followed to their interpreter; INSPECTED receives the file that the verdict is about. A file that
 * may be executed but not read counts as fine.
 */
enum program_fault program_inspect(const char *path, const struct program_machine *machine,
                                   char inspected[PATH_MAX]);

/* Reads the machine of the shared library PATH. Returns 0, or -1 when PATH cannot be read or is no
 * ELF shared library; errno is then from the system, or ENOEXEC. */
int program_read_library(const char *path, struct program_machine *machine);

#endif
