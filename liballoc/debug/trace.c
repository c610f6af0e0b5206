/* SPDX-License-Identifier: MIT */
#include "debug/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "debug/record.h"
#include "debug/trace_file.h"
#include "heap/lock.h"
#include "heap/message.h"

/* Starting and stopping. */
static struct lock control;

static uint32_t numbers; /* of traces so far */
static uint32_t current; /* number of the trace being written, or 0 */
static uint32_t writers; /* threads that may be using the file */
static uint32_t lasting; /* number of the trace of the whole run, or 0 */

uint32_t trace_number(void) {
  return load_acquire(&current);
}

void trace_set_lasting(void) {
  poke(&lasting, trace_number());
}

bool trace_is_lasting(void) {
  uint32_t number = trace_number();
  return number && number == peek(&lasting);
}

/* ---- writing ---- */

static void warn(const char *what, int problem) {
  struct line line = {0};

  line_text(&line, "liballoc: warning: ");
  line_text(&line, what);
  line_text(&line, " ");
  line_text(&line, trace_file_path());
  line_text(&line, ": ");
  line_text(&line, strerrordesc_np(problem));
  line_write(&line);
}

/* All of it as one write, if the file takes that; an errno value. */
static int write_all(struct iovec *part, int parts) {
  while (parts) {
    int file = trace_file();
    if (file < 0)
      return EBADF;
    ssize_t n = writev(file, part, parts);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return n < 0 ? errno : EIO;
    for (; parts && (size_t)n >= part->iov_len; part++, parts--)
      n -= (ssize_t)part->iov_len;
    if (parts) {
      part->iov_base = (char *)part->iov_base + n;
      part->iov_len -= (size_t)n;
    }
  }
  return 0;
}

/* Does it for a trace that is still being written. */
static void write_to(uint32_t number, struct iovec *part, int parts) {
  int problem = 0;

  __atomic_fetch_add(&writers, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&current, __ATOMIC_SEQ_CST) == number)
    problem = write_all(part, parts);
  __atomic_fetch_sub(&writers, 1, __ATOMIC_RELEASE);
  /* Whoever ends it says so, once. */
  if (unlikely(problem) && __atomic_compare_exchange_n(&current, &number, 0, false,
                                                       __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
    record_set(RECORD_TRACE, false);
    warn("the trace is cut short, cannot write to", problem);
  }
}

/* ---- lines ---- */

enum { TAIL_BYTES = 80 };

struct event {
  int parts;
  struct iovec part[2 * BACKTRACE_MOST + 8];
  char head[32];
  char tail[TAIL_BYTES];
};

static void add(struct event *event, const char *text, size_t length) {
  event->part[event->parts++] = (struct iovec){(void *)(uintptr_t)text, length};
}

static char *put_number(char *at, uint64_t value, unsigned base) {
  char digits[20];
  unsigned n = 0;

  do
    digits[n++] = "0123456789abcdef"[value % base];
  while (value /= base);
  while (n)
    *at++ = digits[--n];
  return at;
}

static char *put_hex(char *at, uint64_t value) {
  return put_number(stpcpy(at, "0x"), value, 16);
}

/* "= stack 7 PLACE PLACE ...\n" */
static void add_definition(struct event *event, const struct stack *stack) {
  char *end = put_number(stpcpy(event->head, "= stack "), stack->number, 10);

  add(event, event->head, (size_t)(end - event->head));
  for (unsigned i = 0; i < stack->count; i++) {
    add(event, " ", 1);
    add(event, stack->place[i]->text, stack->place[i]->length);
  }
  add(event, "\n", 1);
}

void trace_event(uint32_t number, char letter, const void *block, size_t bytes,
                 struct stack *stack) {
  struct event event;
  int saved_errno = errno;
  char *at = event.tail;

  event.parts = 0;
  bool numbered = stack && stack->count > 1;
  if (numbered && __atomic_exchange_n(&stack->written, number, __ATOMIC_RELAXED) != number)
    add_definition(&event, stack);
  if (stack && stack->place[0]->length) {
    add(&event, "@ ", 2);
    add(&event, stack->place[0]->text, stack->place[0]->length);
    *at++ = ' ';
  }
  *at++ = letter;
  *at++ = ' ';
  at = block ? put_hex(at, (uintptr_t)block) : stpcpy(at, "(nil)");
  if (letter != '-' && letter != '<') {
    *at++ = ' ';
    at = bytes ? put_hex(at, bytes) : stpcpy(at, "0");
  }
  if (numbered)
    at = put_number(stpcpy(at, " #"), stack->number, 10);
  *at++ = '\n';
  add(&event, event.tail, (size_t)(at - event.tail));
  write_to(number, event.part, event.parts);
  errno = saved_errno;
}

static void write_line(uint32_t number, const char *text) {
  struct iovec part = {(void *)(uintptr_t)text, strlen(text)};
  write_to(number, &part, 1);
}

/* ---- life ---- */

/* With the file open. */
static void begin(void) {
  uint32_t number = ++numbers;

  store_release(&current, number);
  write_line(number, "= Start\n");
  record_set(RECORD_TRACE, trace_number() == number);
}

int trace_start(const char *name, const char *variable) {
  int saved_errno = errno, problem = 0;

  lock_take(&control);
  if (!trace_number()) {
    problem = trace_file_open(name, variable);
    if (problem == 0)
      begin();
    else
      warn("cannot write the trace", problem);
  }
  lock_drop(&control);
  errno = saved_errno;
  return problem;
}

void trace_stop(void) {
  int saved_errno = errno;

  lock_take(&control);
  uint32_t number = trace_number();
  if (number) {
    record_set(RECORD_TRACE, false);
    write_line(number, "= End\n");
    __atomic_store_n(&current, 0, __ATOMIC_SEQ_CST);
    for (unsigned turn = 0; __atomic_load_n(&writers, __ATOMIC_SEQ_CST); turn++)
      lock_yield(turn);
    trace_file_close();
  }
  lock_drop(&control);
  errno = saved_errno;
}

void trace_redirect_others(void) {
  trace_file_redirect_others();
}

void trace_after_fork(void) {
  int saved_errno = errno;

  lock_drop(&control);
  poke(&writers, 0);
  if (trace_number()) {
    bool lasts = trace_is_lasting();
    poke(&current, 0);
    int problem = trace_file_reopen();
    if (problem == 0) {
      begin();
      if (lasts)
        trace_set_lasting();
    } else {
      record_set(RECORD_TRACE, false);
      warn("cannot write the trace", problem);
    }
  }
  errno = saved_errno;
}
