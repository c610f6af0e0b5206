/* SPDX-License-Identifier: MIT */
/*
 * What a window is to show: a process by its number, or a saved snapshot by its path. Immutable
 * after hv_target_parse, any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Exactly one of the two is set. */
typedef struct {
  guint pid;  /* 0: a file */
  char *path; /* absolute; NULL: a process */
} HvTarget;

/**
 * hv_target_parse:
 * @text: a process number in decimal, or a path; a path of digits is written ./1234
 * @cwd: (nullable): folder that a relative path starts from; NULL: the current one
 * @error: HV_ERROR_ARGUMENT when @text is empty or a number that no process can have
 *
 * Returns: (transfer full) (nullable): the target; nothing has been opened.
 */
HvTarget *hv_target_parse(const char *text, const char *cwd, GError **error);

/**
 * hv_target_check:
 * @error: any HV_ERROR_*, as one sentence
 *
 * Looks whether @target could be opened now, without asking a process for anything. What a killed
 * process left behind can be opened by its number, too. Reads a file wholly; any thread.
 */
gboolean hv_target_check(const HvTarget *target, GError **error);

HvTarget *hv_target_copy(const HvTarget *target);
void hv_target_free(HvTarget *target);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvTarget, hv_target_free)

G_END_DECLS
