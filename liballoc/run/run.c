/* SPDX-License-Identifier: MIT */
/*
 * alloc-run: starts a program with liballoc preloaded. It sets LD_PRELOAD (before what is already
 * there) and LIBALLOC_SNAPSHOT, and becomes the program. What the loader would ignore in silence
 * (static programs, other machines, set-user-ID) is said instead.
 */
#include "config.h"
#include "liballoc/run/program.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As env(1) and nohup(1) have it. */
enum {
  STATUS_FAILED = 125,     /* alloc-run itself: options, library */
  STATUS_CANNOT_RUN = 126, /* the program is there, and cannot be run on liballoc */
  STATUS_NOT_FOUND = 127,
};

#define LIBRARY_NAME "liballoc.so.0"

/* Frames a second that LIBALLOC_SNAPSHOT takes. */
#define RATE_MIN_HZ 0.1
#define RATE_MAX_HZ 60.0

static const char usage[] =
    "Usage: alloc-run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
    "Starts PROGRAM with liballoc in place of the C library's malloc.\n"
    "\n"
    "  --snapshot HZ    publish HZ heap snapshots a second from the start, 0.1 to 60;\n"
    "                   without it they start when alloc-viewer or alloc-inspect asks\n"
    "  --library FILE   preload FILE instead of the liballoc.so.0 that belongs to alloc-run\n"
    "  --help           show this text\n"
    "  --version        show the version\n"
    "\n"
    "The exit status is PROGRAM's, or 125 when alloc-run fails, 126 when PROGRAM cannot\n"
    "be run on liballoc, 127 when there is no such PROGRAM.\n";

static void __attribute__((format(printf, 2, 3), noreturn))
fail(int status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("alloc-run: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(status);
}

/* Checks that TEXT is a decimal number within the rates; signs, exponents and blanks are refused
 * because the library's own parser knows none. */
static void rate_check(const char *text) {
  char *end = NULL;
  double rate_hz = strspn(text, "0123456789.") == strlen(text) ? strtod(text, &end) : 0.0;
  if (end == NULL || end == text || *end != '\0' || !(rate_hz >= RATE_MIN_HZ) ||
      !(rate_hz <= RATE_MAX_HZ)) {
    fail(STATUS_FAILED, "--snapshot takes a rate from %g to %g frames a second, not \"%s\"",
         RATE_MIN_HZ, RATE_MAX_HZ, text);
  }
}

/* Forms PATH and tells whether there is such a file. */
static bool __attribute__((format(printf, 2, 3)))
path_exists(char path[PATH_MAX], const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int written = vsnprintf(path, PATH_MAX, format, arguments);
  va_end(arguments);
  return written > 0 && written < PATH_MAX && access(path, F_OK) == 0;
}

/*
 * The library beside this program: in the build tree it was made in, else in the libdir that lies
 * to the folder of the program as configured (so that a moved or staged installation works), else
 * in the configured libdir.
 */
static bool library_find(char path[PATH_MAX]) {
  char self[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length > 0) {
    self[length] = '\0';
    const char *folder = dirname(self);
    if (path_exists(path, "%s/liballoc/.libs/%s", folder, LIBRARY_NAME)) {
      return true;
    }
    size_t common = 0;
    for (size_t i = 0; ALLOC_BINDIR[i] != '\0' && ALLOC_BINDIR[i] == ALLOC_LIBDIR[i]; i++) {
      if (ALLOC_BINDIR[i] == '/') {
        common = i;
      }
    }
    const char *own_tail = &ALLOC_BINDIR[common];
    size_t tail_bytes = strlen(own_tail);
    size_t folder_bytes = strlen(folder);
    if (folder_bytes >= tail_bytes && strcmp(folder + folder_bytes - tail_bytes, own_tail) == 0 &&
        path_exists(path, "%.*s%s/%s", (int)(folder_bytes - tail_bytes), folder,
                    &ALLOC_LIBDIR[common], LIBRARY_NAME)) {
      return true;
    }
  }
  return path_exists(path, "%s/%s", ALLOC_LIBDIR, LIBRARY_NAME);
}

/* Resolves the library to preload, and its machine, or fails with the reason. */
static void library_resolve(const char *wanted, char path[PATH_MAX],
                            struct program_machine *machine) {
  char found[PATH_MAX];
  if (wanted != NULL) {
    snprintf(found, sizeof found, "%s", wanted);
  } else if (!library_find(found)) {
    fail(STATUS_FAILED,
         "%s is neither beside alloc-run nor in %s: install it, or name it with --library",
         LIBRARY_NAME, ALLOC_LIBDIR);
  }
  /* Absolute: the program may change its folder and start others. */
  if (realpath(found, path) == NULL) {
    fail(STATUS_FAILED, "cannot use the library %s: %s", found, strerror(errno));
  }
  if (program_read_library(path, machine) != 0) {
    fail(STATUS_FAILED, "cannot use the library %s: %s", path,
         errno == ENOEXEC ? "it is not a shared library" : strerror(errno));
  }
  /* The loader splits the list at blanks and colons and expands $, with no way to quote. */
  if (strpbrk(path, " :$") != NULL) {
    fail(STATUS_FAILED,
         "cannot preload %s: the loader allows no blank, colon or dollar sign in the path", path);
  }
}

static void variable_set(const char *name, const char *value) {
  if (setenv(name, value, 1) != 0) {
    fail(STATUS_FAILED, "cannot set %s: %s", name, strerror(errno));
  }
}

/* Puts LIBRARY first in LD_PRELOAD and keeps what is there. */
static void preload_prepend(const char *library) {
  const char *present = getenv("LD_PRELOAD");
  if (present == NULL || *present == '\0') {
    variable_set("LD_PRELOAD", library);
    return;
  }
  char *list = NULL;
  if (asprintf(&list, "%s:%s", library, present) < 0) {
    fail(STATUS_FAILED, "cannot set LD_PRELOAD: %s", strerror(ENOMEM));
  }
  variable_set("LD_PRELOAD", list);
  free(list);
}

/* Becomes the program. A file that the kernel does not know is a script of the shell, as for
 * execvp. */
static void __attribute__((noreturn)) program_execute(const char *path, char *const arguments[]) {
  execv(path, arguments);
  if (errno == ENOEXEC) {
    size_t count = 0;
    while (arguments[count] != NULL) {
      count++;
    }
    const char **shell = calloc(count + 2, sizeof *shell);
    if (shell == NULL) {
      fail(STATUS_FAILED, "cannot run %s: %s", path, strerror(ENOMEM));
    }
    shell[0] = "sh";
    shell[1] = path;
    for (size_t i = 1; i < count; i++) {
      shell[i + 1] = arguments[i];
    }
    execv("/bin/sh", (char *const *)shell);
  }
  fail(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN, "cannot run %s: %s", path,
       strerror(errno));
}

/* Says why PATH (the program NAME, or the interpreter of that script) cannot run on liballoc. */
static void __attribute__((noreturn))
program_refuse(enum program_fault fault, const char *name, const char *path) {
  switch (fault) {
  case PROGRAM_MISSING:
    fail(STATUS_NOT_FOUND, "cannot run %s: there is no such program%s", name,
         strchr(name, '/') == NULL ? " in PATH" : "");
  case PROGRAM_NOT_EXECUTABLE:
    fail(STATUS_CANNOT_RUN, "cannot run %s: it is not an executable file", path);
  case PROGRAM_STATIC:
    fail(STATUS_CANNOT_RUN,
         "cannot preload into %s: it is statically linked; link it with liballoc.a instead "
         "(cc -static ... -lalloc, see liballoc(7))",
         path);
  case PROGRAM_FOREIGN:
    fail(STATUS_CANNOT_RUN,
         "cannot preload into %s: it is built for another word size or processor than the library",
         path);
  case PROGRAM_PRIVILEGED:
    fail(STATUS_CANNOT_RUN,
         "cannot preload into %s: it runs with other privileges (set-user-ID, set-group-ID or "
         "capabilities), and the loader then ignores preloads",
         path);
  case PROGRAM_FINE:
    break;
  }
  abort();
}

int main(int argc, char *argv[]) {
  enum { OPTION_SNAPSHOT = 256, OPTION_LIBRARY, OPTION_HELP, OPTION_VERSION };
  static const struct option options[] = {
      {"snapshot", required_argument, NULL, OPTION_SNAPSHOT},
      {"library", required_argument, NULL, OPTION_LIBRARY},
      {"help", no_argument, NULL, OPTION_HELP},
      {"version", no_argument, NULL, OPTION_VERSION},
      {NULL, 0, NULL, 0},
  };
  const char *rate = NULL;
  const char *wanted_library = NULL;
  int option;

  /* '+': everything after the program's name belongs to the program. */
  while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
    switch (option) {
    case OPTION_SNAPSHOT:
      rate_check(optarg);
      rate = optarg;
      break;
    case OPTION_LIBRARY:
      wanted_library = optarg;
      break;
    case OPTION_HELP:
      return fputs(usage, stdout) < 0 || fflush(stdout) != 0 ? STATUS_FAILED : 0;
    case OPTION_VERSION:
      return puts("alloc-run " PACKAGE_VERSION) < 0 || fflush(stdout) != 0 ? STATUS_FAILED : 0;
    default: /* getopt has named the option */
      fputs("Try 'alloc-run --help'.\n", stderr);
      return STATUS_FAILED;
    }
  }
  if (optind == argc) {
    fail(STATUS_FAILED, "no program given; try 'alloc-run --help'");
  }

  char library[PATH_MAX];
  struct program_machine machine;
  library_resolve(wanted_library, library, &machine);

  const char *name = argv[optind];
  char path[PATH_MAX];
  enum program_fault fault = program_find(name, path);
  if (fault != PROGRAM_FINE) {
    program_refuse(fault, name, path);
  }
  char inspected[PATH_MAX];
  fault = program_inspect(path, &machine, inspected);
  if (fault != PROGRAM_FINE) {
    program_refuse(fault, name, inspected);
  }

  preload_prepend(library);
  if (rate != NULL) {
    variable_set("LIBALLOC_SNAPSHOT", rate);
  }
  program_execute(path, argv + optind);
}
