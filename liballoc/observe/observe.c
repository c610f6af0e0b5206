/* SPDX-License-Identifier: MIT */
#include "observe/observe.h"

#include <liballoc/alloc.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "heap/message.h"
#include "heap/os.h"
#include "heap/poll.h"
#include "observe/bell.h"
#include "observe/directory.h"
#include "observe/publisher.h"
#include "observe/segment.h"
#include "observe/text.h"

#define RATE_VARIABLE "LIBALLOC_SNAPSHOT"

/* Stands for the ring count where there is no bell. */
static const uint32_t no_rings;

static bool is_privileged(void) {
  return getauxval(AT_SECURE) != 0;
}

/* ---- LIBALLOC_SNAPSHOT ---- */

static uint32_t rate_clamped(double rate_hz) {
  if (!(rate_hz * 1000 > RATE_LEAST_MHZ))
    return RATE_LEAST_MHZ;
  return rate_hz * 1000 < RATE_MOST_MHZ ? (uint32_t)(rate_hz * 1000) : RATE_MOST_MHZ;
}

/* Frames per 1000 s from "10" or "0.5", clamped; 0: that is no rate. */
static uint32_t rate_parse(const char *text) {
  double rate = 0, unit = 1;
  bool point = false, digits = false;

  for (; *text; text++) {
    if (*text == '.' && !point) {
      point = true;
    } else if (*text >= '0' && *text <= '9') {
      digits = true;
      rate = rate * 10 + (*text - '0');
      unit = point ? unit * 10 : unit;
    } else {
      return 0;
    }
  }
  return digits && rate > 0 ? rate_clamped(rate / unit) : 0;
}

static void obey_environment(void) {
  const char *value = getenv(RATE_VARIABLE);

  if (!value || !*value)
    return;
  uint32_t rate_mhz = rate_parse(value);
  if (rate_mhz) {
    publisher_set_rate(rate_mhz);
    return;
  }
  char message[160], shown[48];
  struct text text = text_in(message, sizeof message), quoted = text_in(shown, sizeof shown);
  text_add(&quoted, value);
  for (char *c = shown; *c; c++)
    if (*c < ' ' || *c > '~')
      *c = '?';
  text_add(&text, RATE_VARIABLE "=");
  text_add(&text, shown);
  text_add(&text, " is ignored: it takes frames a second, 0.1 to 60");
  message_warn(message);
}

/* ---- the library's life ---- */

void observe_start(void) {
  int saved_errno = errno;
  uint32_t process = os_process_id();

  if (is_privileged())
    return;
  publisher_begin(process);
  const uint32_t *rings = &no_rings;
  int directory = directory_open();
  if (directory >= 0) {
    segment_end_leftover(directory, process);
    if (bell_open(directory, process) == 0)
      rings = bell_rings();
    close(directory);
  }
  /* A program that takes the place of a watched one goes on being watched. */
  poke(&poll_seen, peek(rings) - (bell_names(process) ? 1 : 0));
  poll_handler = publisher_ring;
  store_release(&poll_word, rings);
  obey_environment();
  errno = saved_errno;
}

void observe_after_fork(void) {
  if (is_privileged())
    return;
  publisher_begin(os_process_id());
  /* What the environment asks for goes for children too, from their next slow path on. */
  if (publisher_rate())
    poke(&poll_seen, peek(load_acquire(&poll_word)) - 1);
}

void observe_end(void) {
  if (!is_privileged())
    publisher_end();
}

/* ---- <liballoc/alloc.h> ---- */

int alloc_snapshot_start(double rate_hz) {
  int saved_errno = errno;

  if (is_privileged())
    return EPERM;
  int problem = publisher_set_rate(rate_clamped(rate_hz));
  errno = saved_errno;
  return problem;
}

void alloc_snapshot_stop(void) {
  publisher_set_rate(0);
}
