/* SPDX-License-Identifier: MIT */
/*
 * HvRecording: goes through the file once, record by record, and keeps where they are. After a
 * damaged place the next sound record is looked for at every multiple of 8. Linear in the file: see
 * PATIENCE_TIMES.
 */
#include "viewer/model/recording.h"

#include <glib/gi18n.h>
#include <string.h>
#include <time.h>

#include "viewer/model/codec.h"
#include "viewer/model/error.h"
#include "viewer/model/input.h"
#include "viewer/model/recording_private.h"

#define CHUNK_BYTES (1 << 20)
/* Damaged records each claim what they like of the file, which is not read once for each. */
#define PATIENCE_TIMES 8
#define BYTES_MAX      (G_GINT64_CONSTANT(1) << 57)

typedef struct {
  struct hv_record record;
  guint64 offset;
} Entry;

struct HvRecording {
  gatomicrefcount references;
  HvInput input;
  char *path;
  guint64 size;
  struct hv_recording_header header;
  GArray *entries; /* Entry of each frame, as in the file */
  GArray *events;  /* HvEvent */
  char *note;

  GMutex lock;
  GBytes *key; /* the whole frame decoded last */
  guint64 key_offset;
};

gboolean hv_recording_is(const char *path) {
  char magic[8] = {0};
  HvInput input;
  if (!hv_input_open(path, &input, NULL))
    return FALSE;
  gboolean is = hv_input_read(&input, 0, magic, sizeof magic) &&
                memcmp(magic, HV_RECORDING_MAGIC, sizeof magic) == 0;
  hv_input_close(&input);
  return is;
}

static gboolean check_header(const struct hv_recording_header *header, GError **error) {
  if (memcmp(header->magic, HV_RECORDING_MAGIC, sizeof header->magic) != 0) {
    g_set_error(error, HV_ERROR, HV_ERROR_FOREIGN,
                _("this is no recording: it does not begin with %s"), HV_RECORDING_MAGIC);
    return FALSE;
  }
  if (header->version > HV_RECORDING_VERSION) {
    g_set_error(error, HV_ERROR, HV_ERROR_VERSION,
                _("the recording has version %u of the format and this program knows %u"),
                header->version, HV_RECORDING_VERSION);
    return FALSE;
  }
  if (header->version == 0 || header->header_bytes != sizeof *header ||
      header->checksum != hv_recording_header_checksum(header)) {
    g_set_error_literal(error, HV_ERROR, HV_ERROR_CORRUPT,
                        _("the recording is damaged: its header cannot be"));
    return FALSE;
  }
  return hv_frame_check_header(&header->process, error);
}

/* The way through the file. */
typedef struct {
  guint8 *part;   /* of a payload */
  guint8 *window; /* of the search for the next record */
  guint64 window_offset;
  gsize window_bytes;
  guint64 patience_bytes; /* how much may still be read of records that are none in the end */
} Walk;

/* Whether a sound record is at @offset; @next: (out): where the one after it would be. */
static gboolean read_record(HvRecording *recording, Walk *walk, guint64 offset,
                            struct hv_record *record, guint64 *next) {
  if (recording->size - offset < sizeof *record ||
      !hv_input_read(&recording->input, offset, record, sizeof *record) ||
      record->magic != HV_RECORD_MAGIC)
    return FALSE;
  guint64 room = recording->size - offset - sizeof *record;
  if (record->payload_bytes > room ||
      (8 - record->payload_bytes % 8) % 8 > room - record->payload_bytes ||
      record->payload_bytes > walk->patience_bytes)
    return FALSE;
  guint64 sum = hv_record_checksum(record, NULL, 0);
  for (guint64 done = 0; done < record->payload_bytes;) {
    gsize part = MIN(CHUNK_BYTES, record->payload_bytes - done);
    if (!hv_input_read(&recording->input, offset + sizeof *record + done, walk->part, part))
      return FALSE;
    sum = hv_recording_checksum(sum, walk->part, part);
    done += part;
  }
  if (sum != record->checksum) {
    walk->patience_bytes -= record->payload_bytes;
    return FALSE;
  }
  *next = offset + sizeof *record + (record->payload_bytes + 7) / 8 * 8;
  return TRUE;
}

/* Offset of the first place from @offset on that looks like a record, or the end of the file. */
static guint64 find_magic(HvRecording *recording, Walk *walk, guint64 offset) {
  for (; recording->size - offset >= 8; offset += 8) {
    guint32 magic = 0;
    if (offset - walk->window_offset + 8 > walk->window_bytes) {
      walk->window_offset = offset;
      walk->window_bytes = MIN(CHUNK_BYTES, recording->size - offset);
      if (!hv_input_read(&recording->input, offset, walk->window, walk->window_bytes))
        break;
    }
    memcpy(&magic, walk->window + (offset - walk->window_offset), sizeof magic);
    if (magic == HV_RECORD_MAGIC)
      return offset;
  }
  return recording->size;
}

static gint compare_offset(gconstpointer a, gconstpointer b) {
  guint64 key = *(const guint64 *)a;
  const Entry *entry = b;
  return key < entry->offset ? -1 : key > entry->offset;
}

static const Entry *find_entry(HvRecording *recording, guint64 offset) {
  if (recording->entries->len == 0)
    return NULL;
  return bsearch(&offset, recording->entries->data, recording->entries->len, sizeof(Entry),
                 compare_offset);
}

/* Sums of the figures of a ledger must stay far from the ends of their type. */
static gboolean check_bytes(const struct hv_record *record) {
  for (guint i = 0; i < HV_STATE_COUNT; i++)
    if (record->bytes[i] > BYTES_MAX || record->bytes[i] < -BYTES_MAX ||
        (record->bytes[i] < 0 && i != HV_STATE_UNEXPLAINED))
      return FALSE;
  return record->rss_bytes <= BYTES_MAX && record->swap_bytes <= BYTES_MAX &&
         record->huge_bytes <= BYTES_MAX;
}

/* Takes a sound record into the index. Returns: FALSE if it cannot be used all the same. */
static gboolean add_record(HvRecording *recording, const struct hv_record *record, guint64 offset) {
  if (record->kind == HV_RECORD_EVENT) {
    HvEvent event = {(HvEventKind)record->seq, record->realtime_ns, record->plain_bytes};
    if (record->seq >= HV_EVENTS)
      return TRUE; /* of a later version: not for us */
    g_array_append_val(recording->events, event);
    return TRUE;
  }
  if (record->kind != HV_RECORD_FRAME)
    return TRUE; /* of a later version: not for us */
  if (record->basis > 1 + HV_RESIDENCY_SCALED || !check_bytes(record))
    return FALSE;
  if (record->base != 0) {
    const Entry *base = find_entry(recording, record->base);
    if (base == NULL || base->record.base != 0)
      return FALSE;
  }
  guint count = recording->entries->len;
  if (count != 0 && g_array_index(recording->entries, Entry, count - 1).record.realtime_ns >
                        record->realtime_ns) {
    /* The clock was set back: time goes on where it was. */
    Entry entry = {*record, offset};
    entry.record.realtime_ns =
        g_array_index(recording->entries, Entry, count - 1).record.realtime_ns;
    g_array_append_val(recording->entries, entry);
    return TRUE;
  }
  Entry entry = {*record, offset};
  g_array_append_val(recording->entries, entry);
  return TRUE;
}

static void index_records(HvRecording *recording) {
  gsize part_bytes = MIN(CHUNK_BYTES, recording->size);
  g_autofree guint8 *part = g_malloc(part_bytes);
  g_autofree guint8 *window = g_malloc(part_bytes);
  Walk walk = {.part = part, .window = window, .patience_bytes = PATIENCE_TIMES * recording->size};
  guint64 offset = sizeof recording->header;
  guint64 lost = 0;
  guint unusable = 0;
  while (offset < recording->size) {
    struct hv_record record;
    guint64 next = 0;
    if (read_record(recording, &walk, offset, &record, &next)) {
      if (!add_record(recording, &record, offset))
        unusable++;
      offset = next;
      continue;
    }
    next = find_magic(recording, &walk, MIN(offset + 8, recording->size));
    lost += next - offset;
    offset = next;
  }
  if (lost != 0 || unusable != 0)
    recording->note = g_strdup_printf(
        unusable == 0
            ? _("A part of the recording is damaged or missing and was left out: %llu bytes.")
            : _("A part of the recording is damaged or missing and was left out: "
                "%llu bytes, and frames that lean on it."),
        (unsigned long long)lost);
}

/* Takes @input over. @name: what error messages call it */
static HvRecording *open_input(HvInput input, const char *name, GError **error) {
  GError *problem = NULL;
  HvRecording *recording = g_new0(HvRecording, 1);
  g_atomic_ref_count_init(&recording->references);
  g_mutex_init(&recording->lock);
  recording->input = input;
  recording->path = g_strdup(name);
  recording->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
  recording->events = g_array_new(FALSE, FALSE, sizeof(HvEvent));
  if (!hv_input_size(&input, &recording->size) ||
      !hv_input_read(&input, 0, &recording->header, sizeof recording->header))
    g_set_error_literal(&problem, HV_ERROR, HV_ERROR_CORRUPT,
                        _("the recording is damaged: its header is not complete"));
  else if (check_header(&recording->header, &problem))
    index_records(recording);
  if (problem == NULL && recording->entries->len == 0)
    g_set_error_literal(&problem, HV_ERROR, HV_ERROR_CORRUPT,
                        _("the recording holds no frame that can be read"));
  if (problem != NULL) {
    g_propagate_prefixed_error(error, problem, "%s: ", name);
    g_clear_pointer(&recording, hv_recording_unref);
  }
  return recording;
}

HvRecording *hv_recording_open(const char *path, GError **error) {
  HvInput input;
  if (!hv_input_open(path, &input, error))
    return NULL;
  if (!hv_input_is_regular(&input)) {
    g_set_error(error, HV_ERROR, HV_ERROR_FOREIGN, _("%s: this is not a regular file"), path);
    hv_input_close(&input);
    return NULL;
  }
  return open_input(input, path, error);
}

HvRecording *hv_recording_open_bytes(GBytes *file, GError **error) {
  return open_input((HvInput){.bytes = g_bytes_ref(file)}, "the recording", error);
}

HvRecording *hv_recording_ref(HvRecording *recording) {
  g_atomic_ref_count_inc(&recording->references);
  return recording;
}

void hv_recording_unref(HvRecording *recording) {
  if (!g_atomic_ref_count_dec(&recording->references))
    return;
  hv_input_close(&recording->input);
  g_free(recording->path);
  g_array_unref(recording->entries);
  g_array_unref(recording->events);
  g_free(recording->note);
  g_clear_pointer(&recording->key, g_bytes_unref);
  g_mutex_clear(&recording->lock);
  g_free(recording);
}

/* ---- what is in it ---- */

const struct alloc_snapshot_header *hv_recording_header(HvRecording *recording) {
  return &recording->header.process;
}

guint hv_recording_count(HvRecording *recording) {
  return recording->entries->len;
}

const struct hv_record *hv_recording_record(HvRecording *recording, guint index) {
  return &g_array_index(recording->entries, Entry, index).record;
}

const HvEvent *hv_recording_events(HvRecording *recording, guint *count) {
  *count = recording->events->len;
  return (const HvEvent *)(gpointer)recording->events->data;
}

const char *hv_recording_note(HvRecording *recording) {
  return recording->note;
}

static GBytes *read_plain(HvRecording *recording, const Entry *entry, GBytes *prefix,
                          GError **error) {
  gsize size = (gsize)entry->record.payload_bytes;
  gpointer data = g_try_malloc(MAX(size, 1));
  if (data == NULL ||
      !hv_input_read(&recording->input, entry->offset + sizeof entry->record, data, size)) {
    g_free(data);
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("%s cannot be read any more"), recording->path);
    return NULL;
  }
  g_autoptr(GBytes) coded = g_bytes_new_take(data, size);
  return hv_codec_decode(coded, entry->record.plain_bytes, prefix, error);
}

/* The whole frame at @offset. */
static GBytes *read_key(HvRecording *recording, guint64 offset, GError **error) {
  GBytes *key = NULL;
  g_mutex_lock(&recording->lock);
  if (recording->key != NULL && recording->key_offset == offset)
    key = g_bytes_ref(recording->key);
  g_mutex_unlock(&recording->lock);
  if (key != NULL)
    return key;
  key = read_plain(recording, find_entry(recording, offset), NULL, error);
  if (key == NULL)
    return NULL;
  g_mutex_lock(&recording->lock);
  g_clear_pointer(&recording->key, g_bytes_unref);
  recording->key = g_bytes_ref(key);
  recording->key_offset = offset;
  g_mutex_unlock(&recording->lock);
  return key;
}

HvFrame *hv_recording_frame(HvRecording *recording, guint index, GError **error) {
  const Entry *entry = &g_array_index(recording->entries, Entry, index);
  g_autoptr(GBytes) key =
      read_key(recording, entry->record.base == 0 ? entry->offset : entry->record.base, error);
  g_autoptr(GBytes) plain = NULL;
  if (key == NULL)
    return NULL;
  plain = entry->record.base == 0 ? g_bytes_ref(key) : read_plain(recording, entry, key, error);
  if (plain == NULL)
    return NULL;
  return hv_frame_new(&recording->header.process, plain, error);
}

/* Seconds since midnight, or -1. */
static double time_of_day(const char *at) {
  double seconds = 0;
  const char *rest = at;
  for (int part = 0; part < 3; part++) {
    char *end = NULL;
    double value = -1;
    if (g_ascii_isdigit(*rest))
      value = g_ascii_strtod(rest, &end);
    if (value < 0 || value >= (part == 0 ? 24 : 60) || *end != (part < 2 ? ':' : '\0'))
      return -1;
    seconds = seconds * 60 + value;
    rest = end + 1;
  }
  return seconds;
}

/* @seconds after local midnight of the day of @start_ns, or of the day after if that is earlier. */
static guint64 on_the_day(guint64 start_ns, double seconds) {
  time_t start = (time_t)(start_ns / 1000000000);
  struct tm day;
  localtime_r(&start, &day);
  day.tm_hour = day.tm_min = day.tm_sec = 0;
  day.tm_isdst = -1;
  guint64 at = (guint64)mktime(&day) * 1000000000 + (guint64)(seconds * 1e9);
  /* A second earlier is still meant on the same day. */
  return at + 1000000000 < start_ns ? at + G_GUINT64_CONSTANT(86400000000000) : at;
}

gboolean hv_recording_find(HvRecording *recording, const char *at, guint *index, GError **error) {
  guint count = recording->entries->len;
  guint64 start_ns = hv_recording_record(recording, 0)->realtime_ns;
  guint64 time_ns = 0;
  guint64 number = 0;
  char *end = NULL;
  if (*at == '+' && (g_ascii_isdigit(at[1]) || at[1] == '.')) {
    double seconds = g_ascii_strtod(at + 1, &end);
    if (*end == 's')
      end++;
    if (*end == '\0' && seconds < 1e9)
      time_ns = start_ns + (guint64)(seconds * 1e9);
  } else if (time_of_day(at) >= 0) {
    time_ns = on_the_day(start_ns, time_of_day(at));
  } else if (g_ascii_string_to_unsigned(at, 10, 1, count, &number, NULL)) {
    *index = (guint)number - 1;
    return TRUE;
  }
  if (time_ns == 0) {
    g_set_error(
        error, HV_ERROR, HV_ERROR_ARGUMENT,
        _("\"%s\" is no moment of the recording: give a frame from 1 to %u, seconds after its "
          "start as +12.5, or a time of day as 14:03:20"),
        at, count);
    return FALSE;
  }
  *index = 0;
  for (guint i = 0; i < count && hv_recording_record(recording, i)->realtime_ns <= time_ns; i++)
    *index = i;
  return TRUE;
}
