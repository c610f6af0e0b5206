/* SPDX-License-Identifier: MIT */
#include "viewer/model/flame.h"

#include <string.h>

struct HvFlame {
  HvProfile *profile; /* keeps the texts */
  HvFlameNode *root;
  guint depth;
};

static void node_free(gpointer data) {
  HvFlameNode *node = data;
  g_ptr_array_unref(node->children);
  g_array_unref(node->calls);
  g_free(node);
}

static HvFlameNode *node_new(HvFlameNode *parent, const char *function, const char *file) {
  HvFlameNode *node = g_new0(HvFlameNode, 1);
  node->function = function;
  node->file = file;
  node->parent = parent;
  node->depth = parent == NULL ? 0 : parent->depth + 1;
  node->children = g_ptr_array_new_with_free_func(node_free);
  node->calls = g_array_new(FALSE, FALSE, sizeof(guint));
  if (parent != NULL)
    g_ptr_array_add(parent->children, node);
  return node;
}

/* NULL: there is none. */
static HvFlameNode *find_child(const HvFlameNode *parent, const char *function, const char *file) {
  for (guint i = 0; i < parent->children->len; i++) {
    HvFlameNode *child = g_ptr_array_index(parent->children, i);
    if (strcmp(child->function, function) == 0 && g_strcmp0(child->file, file) == 0)
      return child;
  }
  return NULL;
}

static HvFlameNode *child_of(HvFlameNode *parent, const HvProfileFrame *frame) {
  HvFlameNode *child = find_child(parent, frame->function, frame->file);
  return child != NULL ? child : node_new(parent, frame->function, frame->file);
}

static void add_site(HvFlame *flame, const HvProfileSite *site, HvProfileView view) {
  HvFlameNode *node = flame->root;
  for (guint f = site->frames->len;; f--) {
    node->bytes += site->sums[view].bytes;
    node->blocks += site->sums[view].blocks;
    flame->depth = MAX(flame->depth, node->depth + 1);
    if (f == 0)
      break;
    node = child_of(node, &g_array_index(site->frames, HvProfileFrame, f - 1));
  }
  g_array_append_val(node->calls, site->call);
}

static int by_bytes(gconstpointer a, gconstpointer b) {
  const HvFlameNode *left = *(const HvFlameNode *const *)a;
  const HvFlameNode *right = *(const HvFlameNode *const *)b;
  if (left->bytes != right->bytes)
    return left->bytes > right->bytes ? -1 : 1;
  return strcmp(left->function, right->function);
}

/* Recursion ends: a stack has as many frames as the format allows to be recorded. */
static void place_children(HvFlameNode *node) {
  guint64 begin = node->begin;
  g_ptr_array_sort(node->children, by_bytes);
  for (guint i = 0; i < node->children->len; i++) {
    HvFlameNode *child = g_ptr_array_index(node->children, i);
    child->begin = begin;
    begin += child->bytes;
    place_children(child);
  }
}

HvFlame *hv_flame_new(HvProfile *profile, HvProfileView view) {
  HvFlame *flame = g_new0(HvFlame, 1);
  const GPtrArray *sites = hv_profile_sites(profile);
  flame->profile = hv_profile_ref(profile);
  flame->root = node_new(NULL, hv_frame_process_name(hv_profile_frame(profile)), NULL);
  flame->depth = 1;
  for (guint i = 0; i < sites->len; i++) {
    const HvProfileSite *site = g_ptr_array_index(sites, i);
    if (site->sums[view].bytes != 0)
      add_site(flame, site, view);
  }
  place_children(flame->root);
  return flame;
}

void hv_flame_free(HvFlame *flame) {
  node_free(flame->root);
  hv_profile_unref(flame->profile);
  g_free(flame);
}

const HvFlameNode *hv_flame_root(HvFlame *flame) {
  return flame->root;
}

guint hv_flame_depth(HvFlame *flame) {
  return flame->depth;
}

const HvFlameNode *hv_flame_find(HvFlame *flame, guint depth, guint64 at) {
  const HvFlameNode *node = flame->root;
  while (node != NULL && node->depth < depth) {
    const HvFlameNode *found = NULL;
    for (guint i = 0; i < node->children->len && found == NULL; i++) {
      const HvFlameNode *child = g_ptr_array_index(node->children, i);
      if (at >= child->begin && at - child->begin < child->bytes)
        found = child;
    }
    node = found;
  }
  return node != NULL && at >= node->begin && at - node->begin < node->bytes ? node : NULL;
}

static const HvFlameNode *find_call(const HvFlameNode *node, guint call) {
  const HvFlameNode *found = NULL;
  for (guint i = 0; i < node->calls->len; i++)
    if (g_array_index(node->calls, guint, i) == call)
      return node;
  for (guint i = 0; i < node->children->len && found == NULL; i++)
    found = find_call(g_ptr_array_index(node->children, i), call);
  return found;
}

const HvFlameNode *hv_flame_find_call(HvFlame *flame, guint call) {
  return find_call(flame->root, call);
}

const HvFlameNode *hv_flame_find_same(HvFlame *flame, const HvFlameNode *other) {
  if (other->parent == NULL)
    return flame->root;
  const HvFlameNode *parent = hv_flame_find_same(flame, other->parent);
  if (parent->depth + 1 != other->depth)
    return parent;
  const HvFlameNode *child = find_child(parent, other->function, other->file);
  return child != NULL ? child : parent;
}

static void add_calls(const HvFlameNode *node, GArray *calls) {
  if (node->calls->len != 0)
    g_array_append_vals(calls, node->calls->data, node->calls->len);
  for (guint i = 0; i < node->children->len; i++)
    add_calls(g_ptr_array_index(node->children, i), calls);
}

GArray *hv_flame_calls(const HvFlameNode *node) {
  GArray *calls = g_array_new(FALSE, FALSE, sizeof(guint));
  add_calls(node, calls);
  return calls;
}
