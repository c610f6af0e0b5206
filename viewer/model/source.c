/* SPDX-License-Identifier: MIT */
/*
 * HvSource. A poll beats the heart, opens PID.heap when there is one, and copies the newest frame
 * when its number changed. Whether the process still lives is looked up only while no frames come.
 */
#include "viewer/model/source.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "viewer/model/bell.h"
#include "viewer/model/directory.h"
#include "viewer/model/error.h"
#include "viewer/model/process.h"
#include "viewer/model/processes.h"
#include "viewer/model/recording.h"
#include "viewer/model/snapshot_file.h"
#include "viewer/model/units.h"

#define MS G_GUINT64_CONSTANT(1000000)

/* Between two frames, at one of them in 1000 s. */
#define PERIOD_NS (1000000 * MS)

/* Without a frame for this long, the process is looked at; it is waited for after QUIET_PERIODS of
 * the time between two frames that it publishes, if that is longer. */
#define QUIET_NS      (500 * MS)
#define QUIET_PERIODS 2

/* Frames older than this when the source was opened are from an earlier watch. */
#define RECENT_NS (2000 * MS)

struct HvSource {
  HvSourceState state;
  guint pid; /* 0: a file */
  guint64 start_ticks;
  char *name; /* of the process, or path of the file */
  char *sentence;
  gboolean keep;
  HvFrame *latest;
  gboolean pending; /* `latest` was not delivered yet */
  HvSourceStats stats;

  int directory; /* -1: a file */
  HvBell *bell;  /* NULL when nobody is asked */
  int heap;      /* PID.heap, -1: not open */
  guint64 seen_seq;
  guint64 opened_ns;
  guint64 asked_ns;   /* when the wait for a frame began */
  guint64 arrived_ns; /* of the newest frame, our clock */
  guint64 looked_ns;  /* when the process was last looked at */
  guint64 period_ns;  /* between two frames, as the process says; 0: it has not */
  guint rate_mhz;
  guint64 window_begin;
  guint64 window_end;
  enum alloc_command commanded; /* not answered yet; ALLOC_COMMAND_NONE */
  HvRecording *recording;       /* NULL: not opened on one */
  gboolean incomplete;          /* a part of the recording could not be read */
  gboolean has_residency;       /* of a recording */
  HvResidency residency;
};

G_GNUC_PRINTF(3, 4)
static void set_state(HvSource *source, HvSourceState state, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_free(source->sentence);
  source->sentence = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  source->state = state;
}

static HvSource *source_alloc(void) {
  HvSource *source = g_new0(HvSource, 1);
  source->directory = -1;
  source->heap = -1;
  source->rate_mhz = HV_SOURCE_RATE_MHZ;
  return source;
}

static void close_heap(HvSource *source) {
  if (source->heap >= 0)
    close(source->heap);
  source->heap = -1;
}

static void stop_asking(HvSource *source) {
  g_clear_pointer(&source->bell, hv_bell_release);
}

static gboolean is_final(const HvSource *source) {
  return source->state == HV_SOURCE_FILE || source->state == HV_SOURCE_DEAD ||
         source->state == HV_SOURCE_GONE || source->state == HV_SOURCE_ENDED ||
         source->state == HV_SOURCE_FAILED;
}

static void fail(HvSource *source, const GError *problem) {
  set_state(source, HV_SOURCE_FAILED, "%c%s.", g_ascii_toupper(problem->message[0]),
            problem->message + 1);
  stop_asking(source);
  close_heap(source);
}

static void set_latest(HvSource *source, HvFrame *frame) {
  g_clear_pointer(&source->latest, hv_frame_unref);
  source->latest = frame;
  source->pending = TRUE;
}

/* ---- opening ---- */

static HvSource *open_recording(const char *path, const char *at, GError **error) {
  g_autoptr(HvRecording) recording = hv_recording_open(path, error);
  if (recording == NULL)
    return NULL;
  guint count = hv_recording_count(recording);
  guint index = count - 1;
  if (at != NULL && !hv_recording_find(recording, at, &index, error))
    return NULL;
  HvFrame *frame = hv_recording_frame(recording, index, error);
  if (frame == NULL)
    return NULL;
  HvSource *source = source_alloc();
  source->name = g_strdup(path);
  set_latest(source, frame);
  source->has_residency =
      hv_record_get_residency(hv_recording_record(recording, index), &source->residency);
  const char *note = hv_recording_note(recording);
  source->incomplete = note != NULL;
  source->recording = hv_recording_ref(recording);
  g_autofree char *time = hv_format_time(hv_frame_head(frame)->realtime_ns);
  g_autofree char *recorded = g_strdup_printf(
      _("Recorded heap of %s (process %u), frame %u of %u, %s."), hv_frame_process_name(frame),
      hv_frame_header(frame)->pid, index + 1, count, time);
  set_state(source, HV_SOURCE_FILE, "%s%s%s", recorded, note == NULL ? "" : " ",
            note == NULL ? "" : note);
  return source;
}

HvSource *hv_source_open_moment(const char *path, const char *at, GError **error) {
  if (hv_recording_is(path))
    return open_recording(path, at, error);
  if (at != NULL) {
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
                _("%s is no recording, so that there is no moment \"%s\" in it"), path, at);
    return NULL;
  }
  return hv_source_open_file(path, error);
}

HvSource *hv_source_open_file(const char *path, GError **error) {
  if (hv_recording_is(path))
    return open_recording(path, NULL, error);
  HvFrame *frame = hv_frame_load(path, error);
  if (frame == NULL)
    return NULL;
  HvSource *source = source_alloc();
  source->name = g_strdup(path);
  set_latest(source, frame);
  g_autofree char *time = hv_format_time(hv_frame_head(frame)->realtime_ns);
  set_state(source, HV_SOURCE_FILE, _("Saved heap of %s (process %u), %s."),
            hv_frame_process_name(frame), hv_frame_header(frame)->pid, time);
  return source;
}

/* Claims a request and names the process in it. */
static gboolean ask(HvSource *source, GError **error) {
  source->bell = hv_bell_claim(source->directory, error);
  if (source->bell == NULL)
    return FALSE;
  hv_bell_set_rate(source->bell, source->rate_mhz);
  hv_bell_set_window(source->bell, source->window_begin, source->window_end);
  hv_bell_set_target(source->bell, source->pid, source->start_ticks);
  source->asked_ns = hv_monotonic_ns();
  return TRUE;
}

/* PID.heap, if it is of the process that is meant. @any: of whatever process had that number. */
static int open_heap(HvSource *source, gboolean any, struct alloc_snapshot_header *header,
                     GError **error) {
  char name[32];
  g_snprintf(name, sizeof name, ALLOC_SNAPSHOT_HEAP_NAME_FORMAT, source->pid);
  int fd = hv_directory_open_file(source->directory, name, O_RDONLY, NULL, error);
  if (fd < 0)
    return -1;
  GError *problem = NULL;
  gboolean readable = hv_snapshot_read_header(&(HvInput){.fd = fd}, header, &problem);
  if (readable && header->pid == source->pid &&
      (any || header->process_start == source->start_ticks))
    return fd;
  close(fd);
  /* A file that is just being made looks foreign for a moment; only its version is for sure. */
  if (problem != NULL && problem->code == HV_ERROR_VERSION)
    g_propagate_error(error, g_steal_pointer(&problem));
  g_clear_error(&problem);
  return -1;
}

/* Opens what a process that is dead left behind. */
static gboolean open_leftover(HvSource *source) {
  struct alloc_snapshot_header header;
  source->heap = open_heap(source, TRUE, &header, NULL);
  if (source->heap < 0 || header.latest_seq == 0)
    return FALSE;
  HvFrame *frame = hv_snapshot_read_frame(&(HvInput){.fd = source->heap}, &header, NULL);
  if (frame == NULL)
    return FALSE;
  source->start_ticks = header.process_start;
  source->name = hv_format_name(hv_frame_process_name(frame));
  set_latest(source, frame);
  g_autofree char *time = hv_format_time(hv_frame_head(frame)->realtime_ns);
  set_state(source, HV_SOURCE_DEAD, _("Process %u (%s) is dead; this is its last frame, taken %s."),
            source->pid, source->name, time);
  return TRUE;
}

HvSource *hv_source_open_pid(guint pid, GError **error) {
  g_autoptr(HvSource) source = source_alloc();
  g_autoptr(GError) problem = NULL;
  HvProcessStat stat;
  source->pid = pid;
  /* Cleaning up is for those who have seen the frame. */
  source->keep = TRUE;
  if (!hv_process_check(pid, &problem)) {
    if (problem->code == HV_ERROR_NO_PROCESS) {
      source->directory = hv_directory_open(hv_directory_path(), FALSE, NULL);
      if (source->directory >= 0 && open_leftover(source)) {
        source->keep = FALSE;
        return g_steal_pointer(&source);
      }
    }
    g_propagate_error(error, g_steal_pointer(&problem));
    return NULL;
  }
  source->directory = hv_directory_open(hv_directory_path(), TRUE, error);
  if (source->directory < 0)
    return NULL;
  if (!hv_process_stat(pid, &stat)) {
    g_set_error(error, HV_ERROR, HV_ERROR_NO_PROCESS, _("process %u ended just now"), pid);
    return NULL;
  }
  source->start_ticks = stat.start_ticks;
  source->name = hv_format_name(stat.name);
  source->opened_ns = hv_monotonic_ns();
  if (!ask(source, error))
    return NULL;
  source->keep = FALSE;
  set_state(source, HV_SOURCE_WAITING, _("Asked %s (process %u) for its heap."), source->name, pid);
  return g_steal_pointer(&source);
}

HvSource *hv_source_open(const char *what, GError **error) {
  if (*what == '\0') {
    g_set_error_literal(error, HV_ERROR, HV_ERROR_ARGUMENT,
                        _("an empty name is neither a process number nor a file"));
    return NULL;
  }
  if (strspn(what, "0123456789") != strlen(what))
    return hv_source_open_file(what, error);
  guint64 pid = g_ascii_strtoull(what, NULL, 10);
  if (pid == 0 || pid > G_MAXINT) {
    g_set_error(
        error, HV_ERROR, HV_ERROR_NO_PROCESS,
        _("there is no process %s: process numbers go from 1 to %d (write ./%s for a file)"), what,
        G_MAXINT, what);
    return NULL;
  }
  return hv_source_open_pid((guint)pid, error);
}

static gboolean is_running(HvSource *source, HvProcessStat *stat) {
  return hv_process_stat(source->pid, stat) && stat->start_ticks == source->start_ticks;
}

void hv_source_free(HvSource *source) {
  if (source == NULL)
    return;
  stop_asking(source);
  HvProcessStat stat;
  if (!source->keep && source->directory >= 0 && !is_running(source, &stat)) {
    struct alloc_snapshot_header header;
    int fd = open_heap(source, FALSE, &header, NULL);
    if (fd >= 0) {
      char name[32];
      g_snprintf(name, sizeof name, ALLOC_SNAPSHOT_HEAP_NAME_FORMAT, source->pid);
      unlinkat(source->directory, name, 0);
      close(fd);
    }
  }
  close_heap(source);
  if (source->directory >= 0)
    close(source->directory);
  g_clear_pointer(&source->latest, hv_frame_unref);
  g_clear_pointer(&source->recording, hv_recording_unref);
  g_free(source->name);
  g_free(source->sentence);
  g_free(source);
}

/* ---- polling ---- */

/* Looks at the process while it is silent, and puts what it finds into words. */
static void look_at_process(HvSource *source, guint64 now) {
  HvProcessStat stat;
  guint64 silent_ns = now - MAX(source->asked_ns, source->arrived_ns);
  if (silent_ns < QUIET_NS || now - source->looked_ns < QUIET_NS)
    return;
  source->looked_ns = now;
  /* In this order: it may end in between, and then is gone, not merely no longer to be watched. */
  g_autoptr(GError) problem = NULL;
  gboolean watchable = hv_process_check(source->pid, &problem);
  if (!is_running(source, &stat)) {
    set_state(source, HV_SOURCE_GONE,
              source->latest == NULL ? _("Process %u (%s) ended before it answered.")
                                     : _("Process %u (%s) ended; this is its last frame."),
              source->pid, source->name);
    stop_asking(source);
    return;
  }
  if (watchable && silent_ns < QUIET_PERIODS * source->period_ns)
    return;
  g_autofree char *silent = hv_format_duration(silent_ns);
  if (stat.state == 'T' || stat.state == 't') {
    set_state(source, HV_SOURCE_WAITING,
              _("Waiting for %s: %s (process %u) is stopped, by a signal or a debugger."), silent,
              source->name, source->pid);
    return;
  }
  if (!watchable) {
    set_state(source, HV_SOURCE_ENDED, _("No longer to be watched: %s."), problem->message);
    stop_asking(source);
    return;
  }
  set_state(source, HV_SOURCE_WAITING,
            _("Waiting for %s: %s (process %u) answers at its next allocation."), silent,
            source->name, source->pid);
}

/* Reads the newest frame of the open file. Returns: whether there was a new one. */
static gboolean read_frame(HvSource *source, guint64 now) {
  struct alloc_snapshot_header header;
  g_autoptr(GError) problem = NULL;
  if (!hv_snapshot_read_header(&(HvInput){.fd = source->heap}, &header, &problem)) {
    if (problem->code == HV_ERROR_VERSION)
      fail(source, problem);
    else
      close_heap(source);
    return FALSE;
  }
  gboolean active = header.state == ALLOC_SNAPSHOT_ACTIVE;
  if (header.rate_mhz != 0)
    source->period_ns = PERIOD_NS / header.rate_mhz;
  HvFrame *frame = NULL;
  if (header.latest_seq != 0 && header.latest_seq != source->seen_seq) {
    frame = hv_snapshot_read_frame(&(HvInput){.fd = source->heap}, &header, &problem);
    if (frame == NULL && problem->code == HV_ERROR_TORN) {
      source->stats.torn++;
    } else if (frame == NULL) {
      source->stats.invalid++;
      source->seen_seq = header.latest_seq;
      set_state(source, HV_SOURCE_WAITING, _("Skipped a frame of process %u: %s."), source->pid,
                problem->message);
    } else if (source->stats.frames == 0 &&
               hv_frame_head(frame)->monotonic_ns + RECENT_NS < source->opened_ns) {
      /* Left by an earlier watch. */
      source->seen_seq = header.latest_seq;
      g_clear_pointer(&frame, hv_frame_unref);
    }
  }
  if (frame != NULL) {
    if (source->seen_seq != 0 && header.latest_seq > source->seen_seq + 1)
      source->stats.skipped += header.latest_seq - source->seen_seq - 1;
    source->seen_seq = header.latest_seq;
    source->stats.cost_ns = hv_frame_head(frame)->cost_ns;
    source->stats.interval_ns = source->arrived_ns == 0 ? 0 : now - source->arrived_ns;
    source->arrived_ns = now;
    set_latest(source, frame);
    set_state(source, HV_SOURCE_LIVE, _("Watching %s (process %u)."), source->name, source->pid);
  }
  if (!active) {
    /* A larger file took its place, or it ended for want of watchers: either way look again. */
    close_heap(source);
    source->seen_seq = 0;
  }
  return frame != NULL;
}

static void poll_process(HvSource *source) {
  guint64 now = hv_monotonic_ns();
  g_autoptr(GError) problem = NULL;
  if (source->bell == NULL || !hv_bell_beat(source->bell)) {
    stop_asking(source);
    if (!ask(source, &problem)) {
      fail(source, problem);
      return;
    }
  }
  if (source->heap < 0) {
    struct alloc_snapshot_header header;
    int fd = open_heap(source, FALSE, &header, &problem);
    if (fd >= 0 && header.state == ALLOC_SNAPSHOT_ENDED) {
      close(fd);
      fd = -1;
    }
    source->heap = fd;
    source->seen_seq = 0;
    if (problem != NULL) {
      fail(source, problem);
      return;
    }
  }
  gboolean fresh = source->heap >= 0 && read_frame(source, now);
  if (!fresh && !is_final(source))
    look_at_process(source, now);
}

HvFrame *hv_source_poll(HvSource *source) {
  if (!is_final(source) && source->state != HV_SOURCE_PAUSED)
    poll_process(source);
  if (!source->pending)
    return NULL;
  source->pending = FALSE;
  source->stats.frames++;
  return hv_frame_ref(source->latest);
}

/* ---- the rest ---- */

HvFrame *hv_source_latest(HvSource *source) {
  return source->latest;
}

HvSourceState hv_source_state(HvSource *source) {
  return source->state;
}

const char *hv_source_sentence(HvSource *source) {
  return source->sentence;
}

gboolean hv_source_residency(HvSource *source, HvResidency *residency) {
  if (source->has_residency)
    *residency = source->residency;
  return source->has_residency;
}

gboolean hv_source_is_incomplete(HvSource *source) {
  return source->incomplete;
}

HvRecording *hv_source_recording(HvSource *source) {
  return source->recording;
}

guint hv_source_pid(HvSource *source) {
  return source->pid;
}

void hv_source_stats(HvSource *source, HvSourceStats *stats) {
  *stats = source->stats;
}

void hv_source_set_keep(HvSource *source, gboolean keep) {
  source->keep = keep;
}

void hv_source_set_paused(HvSource *source, gboolean paused) {
  if (is_final(source) || paused == (source->state == HV_SOURCE_PAUSED))
    return;
  if (paused) {
    stop_asking(source);
    set_state(source, HV_SOURCE_PAUSED, _("Paused; %s (process %u) publishes nothing for us."),
              source->name, source->pid);
    return;
  }
  g_autoptr(GError) problem = NULL;
  if (ask(source, &problem))
    set_state(source, HV_SOURCE_WAITING, _("Asked %s (process %u) for its heap."), source->name,
              source->pid);
  else
    fail(source, problem);
}

void hv_source_set_rate(HvSource *source, guint rate_mhz) {
  source->rate_mhz = CLAMP(rate_mhz, 100, 60000);
  if (source->bell != NULL)
    hv_bell_set_rate(source->bell, source->rate_mhz);
}

void hv_source_set_window(HvSource *source, guint64 begin, guint64 end) {
  source->window_begin = begin;
  source->window_end = end;
  if (source->bell != NULL)
    hv_bell_set_window(source->bell, begin, end);
}

gboolean hv_source_command(HvSource *source, enum alloc_command command, guint64 argument) {
  if (source->bell == NULL)
    return FALSE;
  hv_bell_command(source->bell, command, argument);
  source->commanded = command;
  return TRUE;
}

gboolean hv_source_command_done(HvSource *source, enum alloc_command command, guint64 *result) {
  if (source->commanded != command || source->bell == NULL ||
      !hv_bell_command_done(source->bell, result))
    return FALSE;
  source->commanded = ALLOC_COMMAND_NONE;
  return TRUE;
}

gboolean hv_source_trim(HvSource *source) {
  return hv_source_command(source, ALLOC_COMMAND_TRIM, 0);
}

gboolean hv_source_trim_done(HvSource *source, guint64 *bytes) {
  return hv_source_command_done(source, ALLOC_COMMAND_TRIM, bytes);
}
