/* SPDX-License-Identifier: MIT */
/*
 * HvHistory. Kept frames are coded as in a recording: a whole one now and then, and others that
 * lean on it. A whole frame that others lean on goes only after them. Large frames do not lean, and
 * are coded when the next one comes, as until then they are in memory anyway:
 *
 *   a kept frame is plain  =>  it is large, the newest that is kept, and `last`
 */
#include "viewer/model/history.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "viewer/model/codec.h"
#include "viewer/model/error.h"
#include "viewer/model/file.h"
#include "viewer/model/frame_private.h"

enum {
  KEY_EVERY = 32,
  EVENTS_MAX = 4096,
  LEAST_SHARE = 8, /* one part in so many of the budget is for the past in any case */
};

/* A frame made small, and who leans on it. */
typedef struct Coded {
  guint references; /* kept moments, and frames that lean on it */
  GBytes *bytes;    /* NULL: not coded yet */
  HvFrame *plain;   /* until it is coded */
  guint64 plain_bytes;
  struct Coded *base; /* NULL: whole */
} Coded;

typedef struct {
  struct hv_record record; /* times and ledger */
  struct alloc_snapshot_header header;
  Coded *coded; /* NULL: in the recording */
} Moment;

struct HvHistory {
  gatomicrefcount references;
  GMutex lock;
  guint64 budget_bytes;
  HvRecording *recording; /* NULL: live */
  GArray *moments;        /* Moment, ascending time */
  HvSamples *samples;
  GArray *events; /* HvEvent */
  guint64 bytes;
  guint64 version;
  HvFrame *last; /* newest frame */
  GBytes *key;   /* plain bytes of `key_coded` */
  Coded *key_coded;
  guint since_key;
};

static void coded_unref(HvHistory *history, Coded *coded) {
  while (coded != NULL && --coded->references == 0) {
    Coded *base = coded->base;
    if (coded->bytes != NULL)
      history->bytes -= g_bytes_get_size(coded->bytes);
    g_clear_pointer(&coded->bytes, g_bytes_unref);
    g_clear_pointer(&coded->plain, hv_frame_unref);
    g_free(coded);
    coded = base;
  }
}

static HvHistory *history_alloc(guint64 budget_bytes) {
  HvHistory *history = g_new0(HvHistory, 1);
  g_atomic_ref_count_init(&history->references);
  g_mutex_init(&history->lock);
  history->budget_bytes = budget_bytes;
  history->moments = g_array_new(FALSE, FALSE, sizeof(Moment));
  history->samples = hv_samples_new();
  history->events = g_array_new(FALSE, FALSE, sizeof(HvEvent));
  return history;
}

HvHistory *hv_history_new(guint64 budget_bytes) {
  return history_alloc(budget_bytes);
}

static void add_sample(HvHistory *history, const struct hv_record *record) {
  gint64 rows[HV_SAMPLE_ROWS];
  gint64 sum = 0;
  for (guint i = 0; i < HV_STATE_COUNT; i++) {
    rows[i] = record->bytes[i];
    sum += rows[i];
  }
  rows[HV_SAMPLE_TOTAL] = sum;
  rows[HV_SAMPLE_CHURN] = hv_record_get_churn(record);
  hv_samples_add(history->samples, record->realtime_ns, rows);
}

HvHistory *hv_history_new_recording(HvRecording *recording) {
  HvHistory *history = history_alloc(0);
  guint count = 0;
  const HvEvent *events = hv_recording_events(recording, &count);
  history->recording = hv_recording_ref(recording);
  g_array_append_vals(history->events, events, count);
  for (guint i = 0; i < hv_recording_count(recording); i++) {
    Moment moment = {.record = *hv_recording_record(recording, i)};
    g_array_append_val(history->moments, moment);
    add_sample(history, &moment.record);
  }
  history->version = 1;
  return history;
}

HvHistory *hv_history_ref(HvHistory *history) {
  g_atomic_ref_count_inc(&history->references);
  return history;
}

void hv_history_unref(HvHistory *history) {
  if (!g_atomic_ref_count_dec(&history->references))
    return;
  for (guint i = 0; i < history->moments->len; i++)
    coded_unref(history, g_array_index(history->moments, Moment, i).coded);
  coded_unref(history, history->key_coded);
  g_array_unref(history->moments);
  hv_samples_free(history->samples);
  g_array_unref(history->events);
  g_clear_pointer(&history->recording, hv_recording_unref);
  g_clear_pointer(&history->last, hv_frame_unref);
  g_clear_pointer(&history->key, g_bytes_unref);
  g_mutex_clear(&history->lock);
  g_free(history);
}

/* ---- adding ---- */

static void add_event(HvHistory *history, const HvEvent *event) {
  if (history->events->len >= EVENTS_MAX)
    g_array_remove_range(history->events, 0, EVENTS_MAX / 2);
  /* Marks are of the moment on screen, which may be an earlier one. */
  guint at = history->events->len;
  while (at > 0 && g_array_index(history->events, HvEvent, at - 1).time_ns > event->time_ns)
    at--;
  g_array_insert_val(history->events, at, *event);
}

/* Drops every other moment of the older half. Returns: whether any went. */
static gboolean thin(HvHistory *history) {
  GArray *moments = history->moments;
  guint half = moments->len / 2;
  guint kept = 0;
  if (moments->len < 2)
    return FALSE;
  for (guint i = 0; i < moments->len; i++) {
    Moment *moment = &g_array_index(moments, Moment, i);
    /* The first one stays as long as it can: it is where everything began. */
    if (i < MAX(half, 1) && (i % 2 == 1 || moments->len == 2)) {
      coded_unref(history, moment->coded);
      continue;
    }
    if (kept != i)
      g_array_index(moments, Moment, kept) = *moment;
    kept++;
  }
  if (kept == moments->len) {
    /* A half of one frame: it goes after all. */
    coded_unref(history, g_array_index(moments, Moment, 0).coded);
    g_array_remove_index(moments, 0);
    return TRUE;
  }
  g_array_set_size(moments, kept);
  return TRUE;
}

/* A large frame is kept whole, since one that others lean on stays in memory as it is. */
static gboolean is_large(HvFrame *frame) {
  return frame->head->bytes >= HV_HISTORY_LARGE_BYTES;
}

/* What frames of the past may take beside the newest one and the next that takes its place, both
 * with tables of half their size. */
static guint64 room_beside(HvHistory *history, HvFrame *frame) {
  guint64 both = 3 * frame->head->bytes;
  guint64 least = history->budget_bytes / LEAST_SHARE;
  if (!is_large(frame))
    return history->budget_bytes;
  return both < history->budget_bytes ? MAX(history->budget_bytes - both, least) : least;
}

/* Thins the past until it leaves room for @more bytes beside @frame, the newest of it in any case.
 */
static void make_room(HvHistory *history, HvFrame *frame, guint64 more) {
  while (history->bytes + history->moments->len * sizeof(Moment) + more >
             room_beside(history, frame) &&
         history->moments->len > 1 && thin(history))
    ;
}

static Moment *newest_moment(HvHistory *history) {
  guint count = history->moments->len;
  return count == 0 ? NULL : &g_array_index(history->moments, Moment, count - 1);
}

/* What a large frame takes when it is coded, by the last that was: it will not differ much. */
static guint64 expected_bytes(HvHistory *history) {
  for (guint i = history->moments->len; i-- > 0;) {
    const Coded *coded = g_array_index(history->moments, Moment, i).coded;
    if (coded->bytes != NULL)
      return g_bytes_get_size(coded->bytes);
  }
  return 0;
}

static Coded *coded_new(HvFrame *frame) {
  Coded *coded = g_new0(Coded, 1);
  coded->references = 1;
  coded->plain_bytes = g_bytes_get_size(frame->bytes);
  return coded;
}

/* Codes the newest kept frame if it is plain, as it is not the newest of all any more. There is
 * room before that for it and for one more. The lock is not held: only one thread adds. Returns:
 * whether it was. */
static gboolean code_plain(HvHistory *history) {
  g_mutex_lock(&history->lock);
  const Moment *newest = newest_moment(history);
  g_autoptr(HvFrame) frame =
      newest == NULL || newest->coded->plain == NULL ? NULL : hv_frame_ref(newest->coded->plain);
  if (frame != NULL)
    make_room(history, frame, 2 * expected_bytes(history));
  g_mutex_unlock(&history->lock);
  if (frame == NULL)
    return FALSE;
  GBytes *bytes = hv_codec_encode(frame->bytes, NULL);
  g_mutex_lock(&history->lock);
  Coded *coded = newest_moment(history)->coded;
  if (bytes != NULL) {
    coded->bytes = bytes;
    history->bytes += g_bytes_get_size(bytes);
    g_clear_pointer(&coded->plain, hv_frame_unref);
    make_room(history, frame, g_bytes_get_size(bytes));
  } else {
    coded_unref(history, coded);
    g_array_set_size(history->moments, history->moments->len - 1);
  }
  g_mutex_unlock(&history->lock);
  return TRUE;
}

/* Codes a frame, unless it is a large one. The lock is not held: only one thread adds. */
static Coded *code(HvHistory *history, HvFrame *frame) {
  if (is_large(frame)) {
    Coded *plain = coded_new(frame);
    plain->plain = hv_frame_ref(frame);
    return plain;
  }
  gboolean leans = history->key != NULL && history->since_key < KEY_EVERY;
  GBytes *bytes = hv_codec_encode(frame->bytes, leans ? history->key : NULL);
  if (bytes == NULL)
    return NULL;
  Coded *coded = coded_new(frame);
  coded->bytes = bytes;
  if (leans) {
    coded->base = history->key_coded;
    history->since_key++;
    if (g_bytes_get_size(bytes) > g_bytes_get_size(history->key_coded->bytes) / 2)
      history->since_key = KEY_EVERY;
  }
  return coded;
}

static void keep(HvHistory *history, Moment *moment, HvFrame *frame, Coded *coded) {
  moment->coded = coded;
  if (coded->bytes != NULL)
    history->bytes += g_bytes_get_size(coded->bytes);
  if (coded->base != NULL) {
    coded->base->references++;
  } else {
    coded_unref(history, history->key_coded);
    history->key_coded = NULL;
    g_clear_pointer(&history->key, g_bytes_unref);
    if (is_large(frame))
      return;
    history->key = g_bytes_ref(frame->bytes);
    history->key_coded = coded;
    history->since_key = 0;
    coded->references++;
  }
}

/* Notes what happened since the frame before. */
static void follow(HvHistory *history, HvFrame *frame) {
  if (history->last != NULL) {
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(HvEvent));
    hv_events_find(history->last, frame, events);
    for (guint i = 0; i < events->len; i++)
      add_event(history, &g_array_index(events, HvEvent, i));
    if (events->len != 0)
      history->version++;
  }
  g_clear_pointer(&history->last, hv_frame_unref);
  history->last = hv_frame_ref(frame);
}

gboolean hv_history_follow(HvHistory *history, HvFrame *frame) {
  gboolean codes = code_plain(history);
  g_mutex_lock(&history->lock);
  follow(history, frame);
  g_mutex_unlock(&history->lock);
  return codes;
}

gboolean hv_history_add(HvHistory *history, HvFrame *frame, const HvResidency *residency,
                        gint64 churn_bytes, gboolean same) {
  Moment moment = {
      .header = frame->header,
      .record = {.kind = HV_RECORD_FRAME,
                 .seq = frame->head->seq,
                 .realtime_ns = frame->head->realtime_ns,
                 .monotonic_ns = frame->head->monotonic_ns},
  };
  g_return_val_if_fail(history->recording == NULL, FALSE);
  hv_record_set_residency(&moment.record, frame, residency);
  hv_record_set_churn(&moment.record, churn_bytes);
  gboolean keeps = !same || history->moments->len == 0;
  gboolean codes = code_plain(history);
  Coded *coded = keeps ? code(history, frame) : NULL;
  g_mutex_lock(&history->lock);
  const Moment *newest = newest_moment(history);
  if (newest != NULL && moment.record.realtime_ns < newest->record.realtime_ns)
    moment.record.realtime_ns = newest->record.realtime_ns;
  follow(history, frame);
  add_sample(history, &moment.record);
  history->version++;
  if (coded != NULL) {
    codes = codes || coded->bytes != NULL;
    keep(history, &moment, frame, coded);
    g_array_append_val(history->moments, moment);
    make_room(history, frame, 0);
  }
  g_mutex_unlock(&history->lock);
  return codes;
}

void hv_history_mark(HvHistory *history, const HvEvent *event) {
  g_mutex_lock(&history->lock);
  add_event(history, event);
  history->version++;
  g_mutex_unlock(&history->lock);
}

/* ---- looking ---- */

guint hv_history_count(HvHistory *history) {
  g_mutex_lock(&history->lock);
  guint count = history->moments->len;
  g_mutex_unlock(&history->lock);
  return count;
}

guint64 hv_history_bytes(HvHistory *history) {
  g_mutex_lock(&history->lock);
  guint64 bytes = history->bytes + history->moments->len * sizeof(Moment);
  g_mutex_unlock(&history->lock);
  return bytes;
}

guint64 hv_history_version(HvHistory *history) {
  g_mutex_lock(&history->lock);
  guint64 version = history->version;
  g_mutex_unlock(&history->lock);
  return version;
}

gboolean hv_history_span(HvHistory *history, guint64 *first_ns, guint64 *last_ns) {
  guint count = 0;
  g_mutex_lock(&history->lock);
  const HvSample *samples = hv_samples_get(history->samples, &count);
  if (count != 0) {
    *first_ns = samples[0].begin_ns;
    *last_ns = samples[count - 1].end_ns;
  }
  g_mutex_unlock(&history->lock);
  return count != 0;
}

guint64 hv_history_time(HvHistory *history, guint index) {
  guint64 time_ns = 0;
  g_mutex_lock(&history->lock);
  if (index < history->moments->len)
    time_ns = g_array_index(history->moments, Moment, index).record.realtime_ns;
  g_mutex_unlock(&history->lock);
  return time_ns;
}

guint hv_history_find(HvHistory *history, guint64 time_ns) {
  guint low = 0;
  g_mutex_lock(&history->lock);
  guint high = history->moments->len;
  while (high - low > 1) {
    guint middle = low + (high - low) / 2;
    if (g_array_index(history->moments, Moment, middle).record.realtime_ns <= time_ns)
      low = middle;
    else
      high = middle;
  }
  g_mutex_unlock(&history->lock);
  return low;
}

/* A moment with a hold on what its frame is made of, whatever goes from the history meanwhile. */
typedef struct {
  Moment moment; /* `coded` may be gone */
  guint index;
  HvFrame *plain; /* NULL: coded, or in the recording */
  GBytes *bytes;
  guint64 plain_bytes;
  GBytes *base; /* NULL: whole */
  guint64 base_plain_bytes;
} Held;

/* The lock is held. */
static void hold(HvHistory *history, guint index, Held *held) {
  const Coded *coded = g_array_index(history->moments, Moment, index).coded;
  *held = (Held){.moment = g_array_index(history->moments, Moment, index), .index = index};
  if (coded == NULL)
    return;
  if (coded->plain != NULL) {
    held->plain = hv_frame_ref(coded->plain);
    return;
  }
  held->bytes = g_bytes_ref(coded->bytes);
  held->plain_bytes = coded->plain_bytes;
  if (coded->base != NULL) {
    held->base = g_bytes_ref(coded->base->bytes);
    held->base_plain_bytes = coded->base->plain_bytes;
  }
}

static void let_go(gpointer data) {
  Held *held = data;
  g_clear_pointer(&held->plain, hv_frame_unref);
  g_clear_pointer(&held->bytes, g_bytes_unref);
  g_clear_pointer(&held->base, g_bytes_unref);
}

static HvFrame *held_frame(HvHistory *history, const Held *held, GError **error) {
  if (history->recording != NULL)
    return hv_recording_frame(history->recording, held->index, error);
  if (held->plain != NULL)
    return hv_frame_ref(held->plain);
  g_autoptr(GBytes) prefix = NULL;
  if (held->base != NULL &&
      (prefix = hv_codec_decode(held->base, held->base_plain_bytes, NULL, error)) == NULL)
    return NULL;
  g_autoptr(GBytes) plain = hv_codec_decode(held->bytes, held->plain_bytes, prefix, error);
  return plain == NULL ? NULL : hv_frame_new_packed(&held->moment.header, plain, error);
}

HvFrame *hv_history_get(HvHistory *history, guint index, HvResidency *residency,
                        gboolean *has_residency, GError **error) {
  Held held = {0};
  g_mutex_lock(&history->lock);
  gboolean found = index < history->moments->len;
  if (found)
    hold(history, index, &held);
  g_mutex_unlock(&history->lock);
  *has_residency = hv_record_get_residency(&held.moment.record, residency);
  if (!found) {
    g_set_error_literal(error, HV_ERROR, HV_ERROR_ARGUMENT, _("there is no such frame any more"));
    return NULL;
  }
  HvFrame *frame = held_frame(history, &held, error);
  let_go(&held);
  return frame;
}

void hv_history_columns(HvHistory *history, guint64 begin_ns, guint64 end_ns, guint count,
                        HvSample *columns) {
  g_mutex_lock(&history->lock);
  hv_samples_columns(history->samples, begin_ns, end_ns, count, columns);
  g_mutex_unlock(&history->lock);
}

GArray *hv_history_events(HvHistory *history) {
  g_mutex_lock(&history->lock);
  GArray *events = g_array_copy(history->events);
  g_mutex_unlock(&history->lock);
  return events;
}

/* Writes the events from *next on that are not later than @until_ns. */
static gboolean save_events(HvRecorder *recorder, GArray *events, guint *next, guint64 until_ns,
                            GError **error) {
  for (; *next < events->len; (*next)++) {
    const HvEvent *event = &g_array_index(events, HvEvent, *next);
    if (event->time_ns > until_ns)
      break;
    if (!hv_recorder_add_event(recorder, event, error))
      return FALSE;
  }
  return TRUE;
}

/* All moments and events at once, so that none goes while they are written. */
static GArray *hold_all(HvHistory *history, GArray **events) {
  GArray *all = g_array_new(FALSE, FALSE, sizeof(Held));
  g_array_set_clear_func(all, let_go);
  g_mutex_lock(&history->lock);
  g_array_set_size(all, history->moments->len);
  for (guint i = 0; i < all->len; i++)
    hold(history, i, &g_array_index(all, Held, i));
  *events = g_array_copy(history->events);
  g_mutex_unlock(&history->lock);
  return all;
}

static gboolean save_moments(HvHistory *history, HvRecorder *recorder, GArray *moments,
                             GArray *events, HvGoOn go_on, gpointer data, GError **error) {
  guint event = 0;
  for (guint i = 0; i < moments->len; i++) {
    Held *held = &g_array_index(moments, Held, i);
    const struct hv_record *record = &held->moment.record;
    HvResidency residency;
    gboolean has_residency = hv_record_get_residency(record, &residency);
    g_autoptr(HvFrame) frame = held_frame(history, held, error);
    if (frame == NULL || !hv_go_on(go_on, i, moments->len, data, error) ||
        !save_events(recorder, events, &event, frame->head->realtime_ns, error) ||
        !hv_recorder_add(recorder, frame, has_residency ? &residency : NULL,
                         hv_record_get_churn(record), error))
      return FALSE;
    let_go(held); /* what the history has dropped need not wait for the end */
  }
  return save_events(recorder, events, &event, G_MAXUINT64, error);
}

gboolean hv_history_save(HvHistory *history, const char *path, GError **error) {
  return hv_history_save_while(history, path, NULL, NULL, error);
}

gboolean hv_history_save_while(HvHistory *history, const char *path, HvGoOn go_on, gpointer data,
                               GError **error) {
  g_autoptr(GArray) events = NULL;
  g_autoptr(GArray) moments = hold_all(history, &events);
  g_autofree char *temporary = g_strdup_printf("%s.%d.part", path, (int)getpid());
  if (moments->len == 0) {
    g_set_error_literal(error, HV_ERROR, HV_ERROR_ARGUMENT, _("there is no such frame any more"));
    return FALSE;
  }
  if (!hv_file_may_replace(path, error))
    return FALSE;
  HvRecorder *recorder = hv_recorder_new_as(temporary, path,
                                            history->recording != NULL
                                                ? hv_recording_header(history->recording)
                                                : &g_array_index(moments, Held, 0).moment.header,
                                            error);
  if (recorder == NULL)
    return FALSE;
  gboolean saved = save_moments(history, recorder, moments, events, go_on, data, error);
  saved = hv_recorder_close(recorder, saved ? error : NULL) && saved;
  saved = saved && hv_go_on(go_on, moments->len, moments->len, data, error);
  if (saved && rename(temporary, path) != 0) {
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("cannot write %s: %s"), path, g_strerror(errno));
    saved = FALSE;
  }
  if (!saved)
    unlink(temporary);
  return saved;
}
