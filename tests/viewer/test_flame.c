/* SPDX-License-Identifier: MIT */
/*
 * The profile of a synthetic heap as a tree and as pprof: the equations of flame.h hold at every
 * node and every byte, and a reader of protobuf that knows nothing of the writer finds the same
 * sums, and nothing that leads nowhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <gio/gio.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/flame.h"
#include "viewer/model/highlight.h"

/* ---- the tree ---- */

typedef struct {
  HvFlame *flame;
  guint nodes;
  guint deepest;
  guint64 own_bytes; /* of all nodes */
} Walk;

static guint64 bytes_of_calls(HvProfile *profile, const GArray *calls, HvProfileView view) {
  guint64 bytes = 0;
  for (guint i = 0; i < calls->len; i++) {
    const HvProfileSite *site =
        g_ptr_array_index(hv_profile_sites(profile), g_array_index(calls, guint, i));
    bytes += site->sums[view].bytes;
  }
  return bytes;
}

static void check_node(Walk *walk, HvProfile *profile, HvProfileView view,
                       const HvFlameNode *node) {
  guint64 own = bytes_of_calls(profile, node->calls, view);
  guint64 sum = own, begin = node->begin, before = G_MAXUINT64;
  walk->nodes++;
  walk->deepest = MAX(walk->deepest, node->depth);
  walk->own_bytes += own;
  for (guint i = 0; i < node->calls->len; i++)
    assert_ptr_equal(hv_flame_find_call(walk->flame, g_array_index(node->calls, guint, i)), node);
  for (guint i = 0; i < node->children->len; i++) {
    const HvFlameNode *child = g_ptr_array_index(node->children, i);
    assert_ptr_equal(child->parent, node);
    assert_int_equal(child->depth, node->depth + 1);
    assert_int_equal(child->begin, begin);
    assert_true(child->bytes <= before);
    assert_true(child->bytes > 0);
    assert_ptr_equal(hv_flame_find(walk->flame, child->depth, child->begin), child);
    assert_ptr_equal(hv_flame_find(walk->flame, child->depth, child->begin + child->bytes - 1),
                     child);
    before = child->bytes;
    begin += child->bytes;
    sum += child->bytes;
    check_node(walk, profile, view, child);
  }
  assert_int_equal(node->bytes, sum);
  /* What the function allocated itself is right of what it called. */
  if (own > 0)
    assert_null(hv_flame_find(walk->flame, node->depth + 1, begin));
  g_autoptr(GArray) below = hv_flame_calls(node);
  assert_int_equal(bytes_of_calls(profile, below, view), node->bytes);
}

static void test_tree(void **state) {
  for (guint32 seed = 1; seed <= 6; seed++) {
    g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, seed);
    g_autoptr(HvSymbols) symbols = hv_symbols_new();
    g_autoptr(HvProfile) profile = hv_profile_new(frame, symbols);
    assert_non_null(profile);
    for (guint v = 0; v < HV_PROFILE_VIEWS; v++) {
      const HvProfileView view = (HvProfileView)v;
      g_autoptr(HvFlame) flame = hv_flame_new(profile, view);
      Walk walk = {.flame = flame};
      check_node(&walk, profile, view, hv_flame_root(flame));
      assert_int_equal(hv_flame_root(flame)->bytes, hv_profile_total(profile, view)->bytes);
      assert_int_equal(walk.own_bytes, hv_flame_root(flame)->bytes);
      assert_int_equal(walk.deepest + 1, hv_flame_depth(flame));
      assert_true(walk.nodes > 2);
      assert_null(hv_flame_find(flame, 0, hv_flame_root(flame)->bytes));
    }
  }
}

/* A node is found again in another tree, or else its nearest caller. */
static void test_same(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 1);
  g_autoptr(HvSymbols) symbols = hv_symbols_new();
  g_autoptr(HvProfile) profile = hv_profile_new(frame, symbols);
  g_autoptr(HvFlame) one = hv_flame_new(profile, HV_PROFILE_LIVE);
  g_autoptr(HvFlame) other = hv_flame_new(profile, HV_PROFILE_ALLOCATED);
  const HvFlameNode *leaf = hv_flame_find_call(one, 0);
  assert_non_null(leaf);
  const HvFlameNode *same = hv_flame_find_same(other, leaf);
  assert_ptr_equal(same, hv_flame_find_call(other, 0));
  assert_ptr_not_equal(same, leaf);
  HvFlameNode stranger = *leaf;
  stranger.function = "nobody calls it so";
  assert_ptr_equal(hv_flame_find_same(other, &stranger), same->parent);
  HvFlameNode child = {.function = leaf->function, .depth = leaf->depth + 1, .parent = &stranger};
  assert_ptr_equal(hv_flame_find_same(other, &child), same->parent);
}

/* The marks of call stacks are their samples. */
static void test_marks(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 2);
  guint count = 0;
  const struct alloc_sample_record *samples = hv_frame_samples(frame, &count);
  assert_true(count > 0);
  for (guint call = 0; call < 2; call++) {
    g_autoptr(HvHighlight) marks = hv_highlight_new_calls(frame, &call, 1);
    guint64 things = 0, bytes = 0;
    for (guint i = 0; i < count; i++) {
      const gboolean mine = samples[i].call == call;
      things += mine;
      bytes += mine ? samples[i].bytes : 0;
      assert_int_equal(hv_highlight_touches(marks, samples[i].address, samples[i].address + 1),
                       mine);
    }
    assert_int_equal(hv_highlight_things(marks), things);
    assert_int_equal(hv_highlight_bytes(marks), bytes);
  }
  const guint none = 1000;
  g_autoptr(HvHighlight) empty = hv_highlight_new_calls(frame, &none, 1);
  assert_int_equal(hv_highlight_things(empty), 0);
}

/* ---- pprof ---- */

typedef struct {
  const guint8 *at;
  const guint8 *end;
} Reader;

static guint64 read_varint(Reader *reader) {
  guint64 value = 0;
  for (guint shift = 0;; shift += 7) {
    assert_true(reader->at < reader->end && shift < 64);
    guint8 byte = *reader->at++;
    value |= (guint64)(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0)
      return value;
  }
}

/* The next field: its number, and its value or what is in it. FALSE at the end. */
static gboolean read_field(Reader *reader, guint *field, guint64 *value, Reader *inner) {
  if (reader->at == reader->end)
    return FALSE;
  guint64 key = read_varint(reader);
  *field = (guint)(key >> 3);
  assert_true((key & 7) == 0 || (key & 7) == 2);
  *value = read_varint(reader);
  if ((key & 7) == 2) {
    assert_true(*value <= (guint64)(reader->end - reader->at));
    *inner = (Reader){reader->at, reader->at + *value};
    reader->at += *value;
  }
  return TRUE;
}

static GByteArray *uncompress(GBytes *bytes) {
  g_autoptr(GZlibDecompressor) gzip = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr(GInputStream) memory = g_memory_input_stream_new_from_bytes(bytes);
  g_autoptr(GInputStream) stream = g_converter_input_stream_new(memory, G_CONVERTER(gzip));
  GByteArray *out = g_byte_array_new();
  guint8 buffer[4096];
  gssize n;
  while ((n = g_input_stream_read(stream, buffer, sizeof buffer, NULL, NULL)) > 0)
    g_byte_array_append(out, buffer, (guint)n);
  assert_int_equal(n, 0);
  return out;
}

typedef struct {
  guint sample_types, samples, strings;
  guint64 sums[6];
  GHashTable *used_locations, *locations, *used_functions, *functions;
  guint64 highest_string;
} Pprof;

static void read_sample(Pprof *pprof, Reader reader) {
  guint field, values = 0;
  guint64 value;
  Reader inner;
  pprof->samples++;
  while (read_field(&reader, &field, &value, &inner)) {
    assert_true(field == 1 || field == 2);
    while (inner.at < inner.end) {
      value = read_varint(&inner);
      if (field == 1)
        g_hash_table_add(pprof->used_locations, GUINT_TO_POINTER(value));
      else
        pprof->sums[values++] += value;
    }
  }
  assert_int_equal(values, 6);
}

static void read_location(Pprof *pprof, Reader reader) {
  guint field, inner_field;
  guint64 value;
  Reader inner, deeper = {NULL, NULL};
  while (read_field(&reader, &field, &value, &inner)) {
    if (field == 1)
      assert_true(g_hash_table_add(pprof->locations, GUINT_TO_POINTER(value)));
    while (field == 4 && read_field(&inner, &inner_field, &value, &deeper))
      if (inner_field == 1)
        g_hash_table_add(pprof->used_functions, GUINT_TO_POINTER(value));
  }
}

static void read_function(Pprof *pprof, Reader reader) {
  guint field;
  guint64 value;
  Reader inner;
  while (read_field(&reader, &field, &value, &inner)) {
    if (field == 1)
      assert_true(g_hash_table_add(pprof->functions, GUINT_TO_POINTER(value)));
    else if (field == 2)
      assert_true(value > 0);
    if (field >= 2 && field <= 4)
      pprof->highest_string = MAX(pprof->highest_string, value);
  }
}

static void assert_all_in(GHashTable *used, GHashTable *there) {
  GHashTableIter iter;
  gpointer id;
  g_hash_table_iter_init(&iter, used);
  while (g_hash_table_iter_next(&iter, &id, NULL))
    assert_true(g_hash_table_contains(there, id));
}

static void test_pprof(void **state) {
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 3);
  g_autoptr(HvSymbols) symbols = hv_symbols_new();
  g_autoptr(HvProfile) profile = hv_profile_new(frame, symbols);
  g_autoptr(GBytes) bytes = hv_profile_pprof(profile);
  g_autoptr(GByteArray) plain = uncompress(bytes);
  Reader reader = {plain->data, plain->data + plain->len}, inner;
  Pprof pprof = {.used_locations = g_hash_table_new(NULL, NULL),
                 .locations = g_hash_table_new(NULL, NULL),
                 .used_functions = g_hash_table_new(NULL, NULL),
                 .functions = g_hash_table_new(NULL, NULL)};
  guint64 value, period = 0;
  guint field;
  while (read_field(&reader, &field, &value, &inner)) {
    switch (field) {
    case 1:
      pprof.sample_types++;
      break;
    case 2:
      read_sample(&pprof, inner);
      break;
    case 4:
      read_location(&pprof, inner);
      break;
    case 5:
      read_function(&pprof, inner);
      break;
    case 6:
      if (pprof.strings++ == 0)
        assert_true(inner.at == inner.end);
      assert_true(g_utf8_validate((const char *)inner.at, inner.end - inner.at, NULL));
      break;
    case 12:
      period = value;
      break;
    default:
      break;
    }
  }
  assert_int_equal(pprof.sample_types, 6);
  assert_int_equal(pprof.samples, hv_profile_sites(profile)->len);
  assert_int_equal(period, hv_profile_record(profile)->mean_bytes);
  assert_true(pprof.highest_string < pprof.strings);
  assert_all_in(pprof.used_locations, pprof.locations);
  assert_all_in(pprof.used_functions, pprof.functions);
  assert_int_equal(g_hash_table_size(pprof.used_functions), g_hash_table_size(pprof.functions));
  /* Blocks and bytes of what was allocated, of what is live, and of the peak. */
  const HvProfileView views[] = {HV_PROFILE_ALLOCATED, HV_PROFILE_LIVE, HV_PROFILE_PEAK};
  for (guint i = 0; i < G_N_ELEMENTS(views); i++) {
    assert_int_equal(pprof.sums[2 * i], hv_profile_total(profile, views[i])->blocks);
    assert_int_equal(pprof.sums[2 * i + 1], hv_profile_total(profile, views[i])->bytes);
  }
  g_hash_table_unref(pprof.used_locations);
  g_hash_table_unref(pprof.locations);
  g_hash_table_unref(pprof.used_functions);
  g_hash_table_unref(pprof.functions);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tree),
      cmocka_unit_test(test_same),
      cmocka_unit_test(test_marks),
      cmocka_unit_test(test_pprof),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
