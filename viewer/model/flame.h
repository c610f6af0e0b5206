/* SPDX-License-Identifier: MIT */
/*
 * The call stacks of a profile as a tree, for flame graphs: a node is a function called by that of
 * its parent, as wide as the bytes that were allocated below it.
 *
 *   bytes (node) = bytes allocated by it itself + sum of bytes (children)
 *   begin (child) = begin (node) + bytes of the children before it
 *
 * Children are sorted, most bytes first. Immutable, any thread.
 */
#pragma once

#include "viewer/model/profile.h"

G_BEGIN_DECLS

typedef struct HvFlameNode HvFlameNode;
struct HvFlameNode {
  const char *function;
  const char *file; /* NULL: unknown */
  guint64 bytes;
  guint64 blocks;
  guint64 begin; /* bytes left of it */
  guint depth;   /* 0: all */
  HvFlameNode *parent;
  GPtrArray *children; /* HvFlameNode */
  GArray *calls;       /* guint: calls of the frame that end in it */
};

typedef struct HvFlame HvFlame;

HvFlame *hv_flame_new(HvProfile *profile, HvProfileView view);
void hv_flame_free(HvFlame *flame);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvFlame, hv_flame_free)

/* All of it: the program. (transfer none) */
const HvFlameNode *hv_flame_root(HvFlame *flame);

/* Levels of the tree: the deepest node's depth + 1. */
guint hv_flame_depth(HvFlame *flame);

/* The node at a depth that covers byte number @at of the root; NULL: none. */
const HvFlameNode *hv_flame_find(HvFlame *flame, guint depth, guint64 at);

/* The node that a call ends in; NULL: it has nothing in this view. */
const HvFlameNode *hv_flame_find_call(HvFlame *flame, guint call);

/* The node of another flame graph with the same callers and name; where there is none, the nearest
 * of its callers. */
const HvFlameNode *hv_flame_find_same(HvFlame *flame, const HvFlameNode *other);

/* Calls below a node, its own included. (transfer full) (element-type guint) */
GArray *hv_flame_calls(const HvFlameNode *node);

G_END_DECLS
