/* SPDX-License-Identifier: MIT */
#include "front/options.h"

#include <liballoc/alloc.h>

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "debug/check.h"
#include "debug/guard.h"
#include "debug/profile.h"
#include "debug/profile_file.h"
#include "debug/record.h"
#include "debug/sampled.h"
#include "front/names.h"
#include "front/slow.h"
#include "heap/arena.h"
#include "heap/large.h"
#include "heap/message.h"
#include "heap/os.h"
#include "heap/purge.h"
#include "heap/zero.h"

/* ---- what they do ---- */

#define LARGE_MOST_BYTES ((size_t)ARENA_MAX_RUN * SLICE_BYTES)

/* Both limit the same thing, so each has to know of the other. */
static int64_t mmap_threshold_bytes = -1; /* -1: not set */
static int64_t mmap_most = INT_MAX;

static void apply_mmap(void) {
  size_t bytes = LARGE_DEFAULT_MOST_BYTES;

  if (peek(&mmap_threshold_bytes) >= 0)
    bytes = (size_t)peek(&mmap_threshold_bytes);
  if (peek(&mmap_most) <= 0 || bytes > LARGE_MOST_BYTES)
    bytes = LARGE_MOST_BYTES;
  poke(&large_most_bytes, bytes);
}

/* A negative int is a huge size_t to glibc. */
static void set_mmap_threshold(int64_t bytes) {
  poke(&mmap_threshold_bytes, bytes < 0 ? INT64_MAX : bytes);
  apply_mmap();
}

static void set_mmap_max(int64_t count) {
  poke(&mmap_most, count);
  apply_mmap();
}

static void set_trim_threshold(int64_t bytes) {
  purge_set_bound(bytes < 0 ? SIZE_MAX : (size_t)bytes);
}

static void set_perturb(int64_t value) {
  slow_set_perturb((unsigned)value);
}

static void set_frames(int64_t frames) {
  record_set_frames((unsigned)frames);
}

static void set_zero(int64_t on) {
  poke(&zero_on, on != 0);
}

/* It has to be known before the first block: debug/environment.c reads it. */
static void set_harden(int64_t on) {
  if (on && !guarding())
    message_warn("harden has no effect this late: set LIBALLOC_HARDEN=1 in the environment");
}

static void set_sample_guards(int64_t every) {
  sampled_set((uint32_t)every);
}

static void set_profile(int64_t mean_bytes) {
  profile_want((size_t)mean_bytes);
}

static void set_profile_signal(int64_t signal) {
  profile_want_signal((int)signal);
}

static void set_profile_seed(int64_t seed) {
  profile_set_seed((uint64_t)seed);
}

static void set_check(int64_t value) {
  if (value && guarding())
    message_warn("check has no effect beside harden, which finds the same");
  else
    check_set(value ? CHECK_EVER | CHECK_FENCE : CHECK_FENCE, value != 0);
}

static void set_huge_pages(int64_t on) {
  os_set_huge(on != 0);
}

static void set_nothing(int64_t value) {
  (void)value;
}

/* ---- the table ---- */

#define NO_EFFECT "accepted for glibc's sake, no effect"

const struct option options[] = {
    {"trim_threshold", "MALLOC_TRIM_THRESHOLD_", M_TRIM_THRESHOLD, false, -1, INT64_MAX,
     "automatic", set_trim_threshold,
     "bytes of free memory to keep; -1: give nothing back by itself"},
    {"mmap_threshold", "MALLOC_MMAP_THRESHOLD_", M_MMAP_THRESHOLD, false, 0, INT64_MAX, "1048576",
     set_mmap_threshold, "larger blocks are mappings of their own; takes effect up to 33013760"},
    {"mmap_max", "MALLOC_MMAP_MAX_", M_MMAP_MAX, false, 0, INT_MAX, "no limit", set_mmap_max,
     "0: no such mappings up to 33013760 bytes; other counts have no effect"},
    {"perturb", "MALLOC_PERTURB_", M_PERTURB, false, 0, 255, "0", set_perturb,
     "fill freed bytes with this value and new ones with its complement; 0: leave them"},
    {"frames", "LIBALLOC_FRAMES", 0, false, 1, BACKTRACE_MOST, "1; 16", set_frames,
     "frames of the call stack in a trace (1) and in a leak report (16)"},
    {"harden", "LIBALLOC_HARDEN", 0, false, 0, 1, "0", set_harden,
     "1: guard every block, keep freed ones in quarantine, place them in no order"},
    {"sample_guards", "LIBALLOC_SAMPLE_GUARDS", 0, false, 0, INT_MAX, "0", set_sample_guards,
     "one in so many slow allocations up to 4096 bytes is on a page between guards; 0: none"},
    {"profile", "LIBALLOC_PROFILE", 0, false, 0, 1 << 30, "0", set_profile,
     "mean bytes between the samples of a profile that runs from the start; 0: none runs"},
    {"profile_signal", "LIBALLOC_PROFILE_SIGNAL", 0, false, 0, 64, "0", set_profile_signal,
     "number of a signal that starts a profile, then stops it and writes its file; 0: none"},
    {"profile_seed", "LIBALLOC_PROFILE_SEED", 0, false, 0, INT64_MAX, "0", set_profile_seed,
     "the same samples in each run of a program that does the same; 0: others each time"},
    {"fault_zero", "LIBALLOC_FAULT_ZERO", 0, false, 0, 1, "1", set_zero,
     "1: using a block of no bytes faults; 0: it has 16 bytes"},
    {"huge_pages", "LIBALLOC_HUGE_PAGES", 0, false, 0, 1, "1", set_huge_pages,
     "1: huge pages in a heap of more than 12 MiB and in blocks of 2 to 64 MiB; 0: small pages "
     "only"},
    {"top_pad", "MALLOC_TOP_PAD_", M_TOP_PAD, false, 0, INT64_MAX, "0", set_nothing, NO_EFFECT},
    {"check", "MALLOC_CHECK_", M_CHECK_ACTION, false, 0, 3, "0", set_check,
     "1 to 3: find writes beyond a block, double frees and wrong pointers; abort then"},
    {"arena_test", "MALLOC_ARENA_TEST", M_ARENA_TEST, false, 1, INT64_MAX, "8", set_nothing,
     NO_EFFECT},
    {"arena_max", "MALLOC_ARENA_MAX", M_ARENA_MAX, false, 1, INT64_MAX, "no limit", set_nothing,
     NO_EFFECT},
    {"mxfast", NULL, M_MXFAST, true, 0, 80 * sizeof(size_t) / 4, "128", set_nothing, NO_EFFECT},
    {NULL, NULL, 0, false, 0, 0, NULL, NULL, NULL},
};

/* ---- reading ---- */

static void pad_to(struct line *line, size_t column) {
  do
    line_text(line, " ");
  while (line->used < column);
}

static void line_signed(struct line *line, int64_t value) {
  if (value < 0)
    line_text(line, "-");
  line_decimal(line, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static void line_range(struct line *line, const struct option *option) {
  line_signed(line, option->least);
  if (option->most == INT64_MAX) {
    line_text(line, " or more");
  } else {
    line_text(line, " to ");
    line_signed(line, option->most);
  }
}

static void print_help(void) {
  struct line title = {0};

  line_text(&title,
            "liballoc " ALLOC_VERSION ": options of LIBALLOC_OPTIONS=NAME=VALUE,... and the "
            "environment variables that are the same");
  line_write(&title);
  for (const struct option *option = options; option->name; option++) {
    struct line line = {0};
    pad_to(&line, 2);
    line_text(&line, option->name);
    pad_to(&line, 18);
    line_text(&line, option->environment ? option->environment : "");
    pad_to(&line, 42);
    line_range(&line, option);
    pad_to(&line, 58);
    line_text(&line, option->fallback);
    pad_to(&line, 69);
    line_text(&line, option->help);
    line_write(&line);
  }
}

/* A piece of the environment in a message: shortened, and nothing that a terminal would obey. */
static void line_quoted(struct line *line, const char *text, size_t length) {
  char shown[41] = "";

  for (size_t i = 0; i < length && i < sizeof shown - 1; i++)
    shown[i] = text[i] > ' ' && text[i] < 127 ? text[i] : '?';
  line_text(line, shown);
  if (length >= sizeof shown)
    line_text(line, "...");
}

/* label=value names an option that does not take the value; option NULL: there is no such option.
 */
static void warn(const char *label, size_t label_length, const char *value, size_t length,
                 const struct option *option) {
  struct line line = {0};

  line_text(&line, "liballoc: warning: ");
  line_quoted(&line, label, label_length);
  if (value) {
    line_text(&line, "=");
    line_quoted(&line, value, length);
  }
  line_text(&line, " is ignored: ");
  if (option) {
    line_text(&line, "it takes ");
    line_range(&line, option);
  } else {
    line_text(&line, "there is no such option, LIBALLOC_OPTIONS=help lists them");
  }
  line_write(&line);
}

/* The number that is all of text[0 .. length); false: it is none, or out of range. */
static bool parse(const struct option *option, const char *text, size_t length, int64_t *value) {
  char copy[32], *end;

  if (length == 0 || length >= sizeof copy || text[0] == ' ')
    return false;
  memcpy(copy, text, length);
  copy[length] = '\0';
  errno = 0;
  *value = strtoll(copy, &end, 0);
  return errno == 0 && end == copy + length && *value >= option->least && *value <= option->most;
}

static void set(const struct option *option, const char *label, size_t label_length,
                const char *text, size_t length) {
  int64_t value;

  if (parse(option, text, length, &value))
    option->apply(value);
  else
    warn(label, label_length, text, length, option);
}

static const struct option *option_named(const char *name, size_t length) {
  for (const struct option *option = options; option->name; option++)
    if (strlen(option->name) == length && memcmp(option->name, name, length) == 0)
      return option;
  return NULL;
}

static void read_list(const char *list) {
  while (*list) {
    size_t length = strcspn(list, ",");
    size_t name_length = strcspn(list, "=,");
    const struct option *option = option_named(list, name_length);

    if (length == 4 && memcmp(list, "help", 4) == 0)
      print_help();
    else if (option && name_length < length)
      set(option, list, name_length, list + name_length + 1, length - name_length - 1);
    else if (length)
      warn(list, length, NULL, 0, option);
    list += length + (list[length] == ',');
  }
}

#define TUNABLE_PREFIX "glibc.malloc."

/* An option of mallopt() has the name of glibc's tunable. What a list of NAME=VALUE
 * and colons sets it to, the last if there are several; *length is that of NAME=VALUE. NULL: none.
 */
static const char *tunable_of(const struct option *option, const char *list, size_t *length) {
  const size_t prefix = sizeof TUNABLE_PREFIX - 1, name = strlen(option->name);
  const char *found = NULL;

  while (option->parameter && list && *list) {
    size_t bytes = strcspn(list, ":");
    if (bytes > prefix + name && memcmp(list, TUNABLE_PREFIX, prefix) == 0 &&
        memcmp(list + prefix, option->name, name) == 0 && list[prefix + name] == '=') {
      found = list;
      *length = bytes;
    }
    list += bytes + (list[bytes] == ':');
  }
  return found;
}

/* Tunables supersede the variables that are the same (the manual of glibc, Memory Allocation
 * Tunables). Those that mallopt() has no parameter for are somebody else's. */
static void read_variables(void) {
  const char *tunables = getenv("GLIBC_TUNABLES");
  size_t length;

  for (const struct option *option = options; option->name; option++) {
    const char *text = tunable_of(option, tunables, &length);
    if (text) {
      size_t label = strcspn(text, "=");
      set(option, text, label, text + label + 1, length - label - 1);
    } else if (option->environment && (text = getenv(option->environment))) {
      set(option, option->environment, strlen(option->environment), text, strlen(text));
    }
  }
}

void options_read(void) {
  int saved_errno = errno;

  if (getauxval(AT_SECURE))
    return;
  read_variables();
  const char *list = getenv("LIBALLOC_OPTIONS");
  if (list)
    read_list(list);
  errno = saved_errno;
}

int libc_mallopt(int parameter, int value) {
  for (const struct option *option = options; option->name; option++) {
    if (option->parameter == 0 || option->parameter != parameter)
      continue;
    if (option->strict && (value < option->least || value > option->most))
      return 0;
    option->apply(value);
  }
  return 1;
}

#ifndef ALLOC_NO_INTERPOSE

PUBLIC int mallopt(int, int) SAME_AS(libc_mallopt);

#endif
