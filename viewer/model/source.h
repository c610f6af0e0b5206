/* SPDX-License-Identifier: MIT */
/*
 * Where frames come from: a live process (through the bell of its user), a process that died and
 * left its last frame, or a saved file. No thread and no timer of its own: the caller polls.
 *
 *   OPENING -> WAITING -> LIVE <-> WAITING        a process that answers
 *      any  -> GONE | ENDED | FAILED              final; the last frame stays available
 *   FILE                                          a saved frame, or the file of a dead process
 *
 * A source belongs to one thread at a time. It asks for frames as long as it is polled at least
 * once every two seconds and not paused; freeing it takes the request back.
 */
#pragma once

#include "viewer/model/residency.h"

G_BEGIN_DECLS

typedef struct HvSource HvSource;

typedef enum {
  HV_SOURCE_WAITING, /* asked, no answer yet: the process answers at its next allocation */
  HV_SOURCE_LIVE,    /* frames arrive, as often as the process says that it publishes them */
  HV_SOURCE_PAUSED,  /* the caller paused it */
  HV_SOURCE_FILE,    /* a saved frame: one frame, then nothing */
  HV_SOURCE_DEAD,    /* opened on what a killed process left: one frame, then nothing */
  HV_SOURCE_GONE,    /* the process ended while it was watched */
  HV_SOURCE_ENDED,   /* the process stopped publishing, and runs on */
  HV_SOURCE_FAILED,  /* see the sentence: format too new, no permission any more, ... */
} HvSourceState;

/*
 * HvSourceStats:
 * @frames: frames delivered by hv_source_poll()
 * @skipped: frames published that were never read, since newer ones came first
 * @torn: copies given up because the writer overtook them
 * @invalid: frames refused by validation
 * @cost_ns: CPU time the target spent on its last frame
 * @interval_ns: time between the last two frames delivered, 0 before
 */
typedef struct {
  guint64 frames;
  guint64 skipped;
  guint64 torn;
  guint64 invalid;
  guint64 cost_ns;
  guint64 interval_ns;
} HvSourceStats;

/* Default pace, frames per 1000 s. */
#define HV_SOURCE_RATE_MHZ 10000u

/**
 * hv_source_open:
 * @what: a process id in decimal, or the path of a file. A name that is all digits is a process
 *   id; write ./123 for a file of that name
 * @error: any HV_ERROR_*
 *
 * Checks that the process exists, belongs to this user and runs on liballoc, and asks it for
 * frames; or loads the file. A process that died but left its snapshots opens as HV_SOURCE_DEAD.
 *
 * Returns: (transfer full): a source, or NULL with @error set.
 */
HvSource *hv_source_open(const char *what, GError **error);
HvSource *hv_source_open_pid(guint pid, GError **error);
HvSource *hv_source_open_file(const char *path, GError **error);

/**
 * hv_source_open_moment:
 * @path: a recording, or with @at NULL any file
 * @at: (nullable): the moment, as hv_recording_find() takes it; NULL: the last
 *
 * Returns: (transfer full): a source of one frame, or NULL with @error set.
 */
HvSource *hv_source_open_moment(const char *path, const char *at, GError **error);

/**
 * hv_source_free:
 *
 * Takes the request back, so that the target stops publishing, and removes the snapshot file of a
 * process that is dead.
 */
void hv_source_free(HvSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvSource, hv_source_free)

/**
 * hv_source_poll:
 *
 * Refreshes the heartbeat and looks for a newer frame. Without one it costs a few system calls;
 * never blocks. Call it at the pace of display, and at least once every two seconds.
 *
 * Returns: (transfer full) (nullable): the newest frame if it was not delivered yet.
 */
HvFrame *hv_source_poll(HvSource *source);

/* The newest frame delivered so far, or NULL. (transfer none) (nullable) */
HvFrame *hv_source_latest(HvSource *source);

HvSourceState hv_source_state(HvSource *source);

/**
 * hv_source_sentence:
 *
 * Returns: (transfer none): the state as a sentence for people, valid until the next poll.
 */
const char *hv_source_sentence(HvSource *source);

/* What was resident when the frame of a recording was taken. Returns: FALSE if that is not known.
 */
gboolean hv_source_residency(HvSource *source, HvResidency *residency);

/* Whether a part of the recording could not be read; the sentence says which. */
gboolean hv_source_is_incomplete(HvSource *source);

/* The recording that the source was opened on, or NULL. (transfer none) */
struct HvRecording *hv_source_recording(HvSource *source);

/* Process id, 0 for a source that was opened on a saved file. */
guint hv_source_pid(HvSource *source);

void hv_source_stats(HvSource *source, HvSourceStats *stats);

/**
 * hv_source_set_paused:
 * @paused: TRUE: stop asking for frames, so that the target stops publishing
 */
void hv_source_set_paused(HvSource *source, gboolean paused);

/**
 * hv_source_set_keep:
 * @keep: TRUE: hv_source_free() leaves the snapshot file of a dead process where it is
 */
void hv_source_set_keep(HvSource *source, gboolean keep);

/**
 * hv_source_set_rate:
 * @rate_mhz: frames per 1000 s, 100..60000
 */
void hv_source_set_rate(HvSource *source, guint rate_mhz);

/**
 * hv_source_set_window:
 * @begin, @end: addresses in view, whose bitmaps come first when not all fit; @end 0: no preference
 */
void hv_source_set_window(HvSource *source, guint64 begin, guint64 end);

/**
 * hv_source_command:
 * @command: what to do
 * @argument: of it
 *
 * Asks the process to do something. A command takes the place of one that was not answered yet.
 *
 * Returns: FALSE when there is no live process to ask.
 */
gboolean hv_source_command(HvSource *source, enum alloc_command command, guint64 argument);

/**
 * hv_source_command_done:
 * @result: (out): what the process says of it
 *
 * Returns: TRUE once after @command was carried out.
 */
gboolean hv_source_command_done(HvSource *source, enum alloc_command command, guint64 *result);

/**
 * hv_source_trim:
 *
 * Asks the process to give free memory back, like malloc_trim(0). Ask hv_source_trim_done() for
 * the outcome.
 *
 * Returns: FALSE when there is no live process to ask.
 */
gboolean hv_source_trim(HvSource *source);

/**
 * hv_source_trim_done:
 * @bytes: (out): bytes given back
 *
 * Returns: TRUE once after a trim has been carried out.
 */
gboolean hv_source_trim_done(HvSource *source, guint64 *bytes);

G_END_DECLS
