/* SPDX-License-Identifier: MIT */
#include "viewer/model/leak_sites.h"

static void site_free(gpointer data) {
  HvLeakSite *site = data;
  g_array_unref(site->frames);
  g_ptr_array_unref(site->leaks);
  g_free(site);
}

/* Adds the functions at a return address: the call is before it. */
static void add_frames(GArray *frames, HvSymbols *symbols, const HvPlace *place) {
  if (place->object == NULL) {
    HvLeakFrame unknown = {.place = place};
    g_array_append_val(frames, unknown);
    return;
  }
  const GArray *found = hv_symbols_resolve(symbols, place->object, place->address - 1);
  for (guint i = 0; i < found->len; i++) {
    const HvSymbolFrame *symbol = &g_array_index(found, HvSymbolFrame, i);
    HvLeakFrame frame = {.place = place,
                         .function = symbol->function,
                         .file = symbol->file,
                         .line = symbol->line,
                         .inlined = symbol->inlined};
    g_array_append_val(frames, frame);
  }
}

static GArray *leak_frames(HvTrace *trace, HvSymbols *symbols, const HvLeak *leak) {
  GArray *frames = g_array_new(FALSE, FALSE, sizeof(HvLeakFrame));
  gsize count = 0;
  const HvPlace *const *stack = hv_trace_stack(trace, leak->stack, &count);
  for (gsize i = 0; i < count; i++)
    add_frames(frames, symbols, stack[i]);
  if (count == 0 && leak->place != NULL)
    add_frames(frames, symbols, leak->place);
  return frames;
}

/* Leaks with the same key are of one site. */
typedef struct {
  const HvPlace *place;
  guint stack;
  HvLeakState state;
} Key;

static guint key_hash(gconstpointer data) {
  const Key *key = data;
  return g_direct_hash(key->place) * 31 + key->stack * 7 + (guint)key->state;
}

static gboolean key_equal(gconstpointer a, gconstpointer b) {
  const Key *one = a, *other = b;
  return one->place == other->place && one->stack == other->stack && one->state == other->state;
}

static int compare_sites(gconstpointer a, gconstpointer b) {
  const HvLeakSite *one = *(const HvLeakSite *const *)a, *other = *(const HvLeakSite *const *)b;
  if (one->state != other->state)
    return one->state < other->state ? -1 : 1;
  if (one->bytes != other->bytes)
    return one->bytes > other->bytes ? -1 : 1;
  const HvLeak *first = g_ptr_array_index(one->leaks, 0);
  const HvLeak *second = g_ptr_array_index(other->leaks, 0);
  return first->address < second->address ? -1 : first->address > second->address;
}

GPtrArray *hv_leak_sites(HvTrace *trace, HvSymbols *symbols) {
  GPtrArray *sites = g_ptr_array_new_with_free_func(site_free);
  g_autoptr(GHashTable) known = g_hash_table_new_full(key_hash, key_equal, g_free, NULL);
  gsize count;
  const HvLeak *leaks = hv_trace_leaks(trace, &count);
  for (gsize i = 0; i < count; i++) {
    const Key key = {.place = leaks[i].place, .stack = leaks[i].stack, .state = leaks[i].state};
    HvLeakSite *site = g_hash_table_lookup(known, &key);
    if (site == NULL) {
      site = g_new0(HvLeakSite, 1);
      site->state = leaks[i].state;
      site->frames = leak_frames(trace, symbols, &leaks[i]);
      site->leaks = g_ptr_array_new();
      g_ptr_array_add(sites, site);
      g_hash_table_insert(known, g_memdup2(&key, sizeof key), site);
    }
    site->blocks++;
    site->bytes += leaks[i].bytes;
    g_ptr_array_add(site->leaks, (gpointer)&leaks[i]);
  }
  g_ptr_array_sort(sites, compare_sites);
  return sites;
}
