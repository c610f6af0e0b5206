/* SPDX-License-Identifier: MIT */
/*
 * The actions of a window, "win.*":
 *   show-processes open-file open(s: PID or path) pause rate(d) side
 *   lens(s: key of a lens) by-class mark-a mark-b newest step(i: kept frames on)
 *   zoom-in zoom-out zoom-fit zoom-to(s: A-B or A+SIZE) select(s: address)
 *   select-range(ss: start, length) list(s)
 *   export export-to(s: path) report report-to(s: path) record record-to(s: path)
 *   search(s: query) find show-reason(i: rank from 1) trim profile
 *   copy-list save-list save-list-to(s: path) save-ledger save-reasons save-curve and the like
 *   with -to(s: path) stop-saving
 * and, only to be read, the states `status` (s: processes, waiting, live, paused, file, dead, gone,
 * ended, failed), `reasons` (s: "KEY BYTES; ...", the
 * largest first), `found` (s: "THINGS BYTES" that the query matches, or "!" and what is wrong with
 * it), `trimmed` (s: bytes that the last trim gave back, empty before), `target` (s: PID or path of
 * what was opened last), `view` (s: "ROW-SHIFT BEGIN-END settled|drawing"), `moment` (s: "newest N"
 * or "TIME N": time in nanoseconds and number of the frame on screen), `changes` (s: what mark A
 * says), `selection` (s: "BEGIN-END BYTES" of what is selected, the resident bytes once they are
 * known), `sites` (s: "SITES BYTES FUNCTION" of the profile on screen) and `exported` (s: path of
 * the last file that was written, or "!" and why it was not).
 */
#pragma once

#include "viewer/ui/window.h"

G_BEGIN_DECLS

/** hv_window_add_actions: From init. */
void hv_window_add_actions(HvWindow *self);

/** hv_window_set_action_state: Of the action @name; takes a floating @state. */
void hv_window_set_action_state(HvWindow *self, const char *name, GVariant *state);

/** hv_window_update_actions: Enables what makes sense now, and brings states up to date. */
void hv_window_update_actions(HvWindow *self, const char *status);

/** hv_window_tell_trimmed: The target gave back @bytes. */
void hv_window_tell_trimmed(HvWindow *self, guint64 bytes);

/** hv_window_tell_lists: Brings the states of what threads work out for lists up to date. */
void hv_window_tell_lists(HvWindow *self);

/** hv_window_tell_list: Brings the state that names the list on screen up to date. */
void hv_window_tell_list(HvWindow *self);

/** hv_window_tell_found: Brings the states of the search up to date. */
void hv_window_tell_found(HvWindow *self);

G_END_DECLS
