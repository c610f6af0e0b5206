/* SPDX-License-Identifier: MIT */
/*
 * The errors of the model. Each message is one sentence for a person: what is wrong, where, and
 * what to do. The code lets a caller choose a reaction (an empty state, an exit status).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HV_ERROR (hv_error_quark())

/*
 * HvError:
 * @HV_ERROR_ARGUMENT: the request itself makes no sense (a range, a size, a name)
 * @HV_ERROR_IO: the system refused: message carries the path and the reason
 * @HV_ERROR_PERMISSION: the process or file belongs to someone else, or its mode is unsafe
 * @HV_ERROR_NO_PROCESS: no process has this number
 * @HV_ERROR_NOT_WATCHABLE: the process does not run on liballoc, or ignores the bell
 * @HV_ERROR_FOREIGN: the file is no heap snapshot
 * @HV_ERROR_VERSION: another version of the format than this reader knows
 * @HV_ERROR_CORRUPT: a snapshot with counts, sizes or offsets that cannot be
 * @HV_ERROR_TORN: the frame was overwritten while it was read: try again
 * @HV_ERROR_BUSY: all requests of the bell are taken
 */
typedef enum {
  HV_ERROR_ARGUMENT,
  HV_ERROR_IO,
  HV_ERROR_PERMISSION,
  HV_ERROR_NO_PROCESS,
  HV_ERROR_NOT_WATCHABLE,
  HV_ERROR_FOREIGN,
  HV_ERROR_VERSION,
  HV_ERROR_CORRUPT,
  HV_ERROR_TORN,
  HV_ERROR_BUSY,
} HvError;

GQuark hv_error_quark(void);

G_END_DECLS
