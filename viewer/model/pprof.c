/* SPDX-License-Identifier: MIT */
/*
 * A profile as pprof's profile.proto. The messages are few and flat, so they are written by hand:
 * a field is a varint of its number and type, then a varint (type 0), or a length and bytes (type
 * 2). https://github.com/google/pprof/blob/main/proto/profile.proto
 */
#include "viewer/model/profile.h"

#include <gio/gio.h>
#include <string.h>

enum { VARINT = 0, BYTES = 2 };

/* Of message Profile; of the others at their writers. */
enum {
  SAMPLE_TYPE = 1,
  SAMPLE = 2,
  MAPPING = 3,
  LOCATION = 4,
  FUNCTION = 5,
  STRING_TABLE = 6,
  TIME_NANOS = 9,
  DURATION_NANOS = 10,
  PERIOD_TYPE = 11,
  PERIOD = 12,
  DEFAULT_SAMPLE_TYPE = 14,
};

typedef struct {
  HvProfile *profile;
  GByteArray *out;
  GHashTable *strings;   /* text -> index */
  GHashTable *functions; /* name, file -> id */
  GHashTable *locations; /* return address -> id */
} Writer;

/* ---- protobuf ---- */

static void put_varint(GByteArray *out, guint64 value) {
  do {
    guint8 byte = (guint8)(value & 0x7f);
    value >>= 7;
    byte |= value != 0 ? 0x80 : 0;
    g_byte_array_append(out, &byte, 1);
  } while (value != 0);
}

static void put_number(GByteArray *out, guint field, guint64 value) {
  put_varint(out, field << 3 | VARINT);
  put_varint(out, value);
}

static void put_bytes(GByteArray *out, guint field, const void *data, gsize size) {
  put_varint(out, field << 3 | BYTES);
  put_varint(out, size);
  if (size != 0)
    g_byte_array_append(out, data, (guint)size);
}

/* Adds a message and empties it. */
static void put_message(GByteArray *out, guint field, GByteArray *message) {
  put_bytes(out, field, message->data, message->len);
  g_byte_array_set_size(message, 0);
}

/* Index of a text, which is written when it is new. Not valid UTF-8 is no protobuf string. */
static guint64 string_of(Writer *writer, const char *text) {
  g_autofree char *valid = g_utf8_make_valid(text == NULL ? "" : text, -1);
  gpointer index;
  if (g_hash_table_lookup_extended(writer->strings, valid, NULL, &index))
    return GPOINTER_TO_UINT(index);
  guint next = g_hash_table_size(writer->strings);
  put_bytes(writer->out, STRING_TABLE, valid, strlen(valid));
  g_hash_table_insert(writer->strings, g_steal_pointer(&valid), GUINT_TO_POINTER(next));
  return next;
}

/* ---- messages ---- */

static void put_value_type(Writer *writer, guint field, const char *type, const char *unit) {
  g_autoptr(GByteArray) message = g_byte_array_new();
  put_number(message, 1, string_of(writer, type));
  put_number(message, 2, string_of(writer, unit));
  put_message(writer->out, field, message);
}

static guint64 function_of(Writer *writer, const HvProfileFrame *frame) {
  g_autofree char *key =
      g_strdup_printf("%s\n%s", frame->function, frame->file == NULL ? "" : frame->file);
  gpointer known = g_hash_table_lookup(writer->functions, key);
  if (known != NULL)
    return GPOINTER_TO_UINT(known);
  guint id = g_hash_table_size(writer->functions) + 1;
  g_autoptr(GByteArray) message = g_byte_array_new();
  guint64 name = string_of(writer, frame->function);
  put_number(message, 1, id);
  put_number(message, 2, name);
  put_number(message, 3, name);
  put_number(message, 4, string_of(writer, frame->file));
  put_message(writer->out, FUNCTION, message);
  g_hash_table_insert(writer->functions, g_steal_pointer(&key), GUINT_TO_POINTER(id));
  return id;
}

/* The location of one return address: @count frames, the last of which is not inlined. */
static guint64 location_of(Writer *writer, const HvProfileFrame *frames, guint count) {
  gpointer known = g_hash_table_lookup(writer->locations, &frames->address);
  if (known != NULL)
    return GPOINTER_TO_UINT(known);
  guint id = g_hash_table_size(writer->locations) + 1;
  g_autoptr(GByteArray) message = g_byte_array_new();
  g_autoptr(GByteArray) line = g_byte_array_new();
  put_number(message, 1, id);
  put_number(message, 2, (guint64)(frames->object + 1));
  put_number(message, 3, frames->address);
  for (guint i = 0; i < count; i++) {
    put_number(line, 1, function_of(writer, &frames[i]));
    put_number(line, 2, frames[i].line);
    put_message(message, 4, line);
  }
  put_message(writer->out, LOCATION, message);
  g_hash_table_insert(writer->locations, g_memdup2(&frames->address, sizeof frames->address),
                      GUINT_TO_POINTER(id));
  return id;
}

static void put_sample(Writer *writer, const HvProfileSite *site) {
  static const HvProfileView order[] = {HV_PROFILE_ALLOCATED, HV_PROFILE_LIVE, HV_PROFILE_PEAK};
  g_autoptr(GByteArray) message = g_byte_array_new();
  g_autoptr(GByteArray) packed = g_byte_array_new();
  const HvProfileFrame *frames = (const HvProfileFrame *)(gconstpointer)site->frames->data;
  for (guint i = 0, next; i < site->frames->len; i = next) {
    for (next = i + 1; next < site->frames->len && frames[next - 1].inlined;)
      next++;
    put_varint(packed, location_of(writer, &frames[i], next - i));
  }
  put_message(message, 1, packed);
  for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
    put_varint(packed, site->sums[order[i]].blocks);
    put_varint(packed, site->sums[order[i]].bytes);
  }
  put_message(message, 2, packed);
  put_message(writer->out, SAMPLE, message);
}

/* Objects: how far each reaches is not recorded, so it reaches to its last frame. */
static void put_mappings(Writer *writer) {
  HvFrame *frame = hv_profile_frame(writer->profile);
  guint count = 0, frame_count = 0;
  const struct alloc_object_record *objects = hv_frame_objects(frame, &count);
  const struct alloc_call_frame_record *frames = hv_frame_call_frames(frame, &frame_count);
  g_autofree guint64 *end = g_new0(guint64, count + 1u);
  for (guint i = 0; i < frame_count; i++)
    end[frames[i].object] = MAX(end[frames[i].object], frames[i].address + 1);
  for (guint i = 0; i < count; i++) {
    g_autoptr(GByteArray) message = g_byte_array_new();
    g_autofree char *name = hv_frame_object_name(frame, i);
    put_number(message, 1, i + 1u);
    put_number(message, 2, objects[i].address);
    put_number(message, 3, MAX(end[i + 1], objects[i].address));
    put_number(message, 5, string_of(writer, name));
    for (guint field = 7; field <= 10; field++) /* has functions, file names, lines, inlined ones */
      put_number(message, field, 1);
    put_message(writer->out, MAPPING, message);
  }
}

static void put_head(Writer *writer) {
  const struct alloc_profile_record *record = hv_profile_record(writer->profile);
  guint64 end = record->ended_ns != 0
                    ? record->ended_ns
                    : hv_frame_head(hv_profile_frame(writer->profile))->realtime_ns;
  put_value_type(writer, SAMPLE_TYPE, "alloc_objects", "count");
  put_value_type(writer, SAMPLE_TYPE, "alloc_space", "bytes");
  put_value_type(writer, SAMPLE_TYPE, "inuse_objects", "count");
  put_value_type(writer, SAMPLE_TYPE, "inuse_space", "bytes");
  put_value_type(writer, SAMPLE_TYPE, "peak_objects", "count");
  put_value_type(writer, SAMPLE_TYPE, "peak_space", "bytes");
  put_value_type(writer, PERIOD_TYPE, "space", "bytes");
  put_number(writer->out, PERIOD, record->mean_bytes);
  put_number(writer->out, TIME_NANOS, record->began_ns);
  put_number(writer->out, DURATION_NANOS, end > record->began_ns ? end - record->began_ns : 0);
  put_number(writer->out, DEFAULT_SAMPLE_TYPE, string_of(writer, "inuse_space"));
}

/* ---- gzip ---- */

static GBytes *compress(GByteArray *data) {
  g_autoptr(GZlibCompressor) compressor = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6);
  g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();
  g_autoptr(GOutputStream) stream = g_converter_output_stream_new(memory, G_CONVERTER(compressor));
  if (!g_output_stream_write_all(stream, data->data, data->len, NULL, NULL, NULL) ||
      !g_output_stream_close(stream, NULL, NULL))
    g_error("no memory for a profile of %u bytes", data->len);
  return g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(memory));
}

GBytes *hv_profile_pprof(HvProfile *profile) {
  g_autoptr(GByteArray) out = g_byte_array_new();
  g_autoptr(GHashTable) strings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GHashTable) functions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GHashTable) locations =
      g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  Writer writer = {profile, out, strings, functions, locations};
  const GPtrArray *sites = hv_profile_sites(profile);
  string_of(&writer, ""); /* the first one has to be empty */
  put_head(&writer);
  put_mappings(&writer);
  for (guint i = 0; i < sites->len; i++)
    put_sample(&writer, g_ptr_array_index(sites, i));
  return compress(out);
}
