/* SPDX-License-Identifier: MIT */
/* What takes long asks between its parts whether it shall go on, and tells how far it is. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * HvGoOn:
 * @done, @count: parts, or lines, or rows; @count 0: how far it is cannot be said
 *
 * Asked with @done == @count when all is there but does not yet take the place of what was there
 * before: who is told to go on then does not ask again, and is not stopped any more.
 *
 * Returns: FALSE: it shall stop, and leave nothing behind. From then on always.
 */
typedef gboolean (*HvGoOn)(guint done, guint count, gpointer data);

/* Asks @go_on (nullable). Returns: FALSE with G_IO_ERROR_CANCELLED. */
static inline gboolean hv_go_on(HvGoOn go_on, guint done, guint count, gpointer data,
                                GError **error) {
  if (go_on == NULL || go_on(done, count, data))
    return TRUE;
  g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped");
  return FALSE;
}

G_END_DECLS
