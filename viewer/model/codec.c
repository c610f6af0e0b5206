/* SPDX-License-Identifier: MIT */
/* zstd with the other frame as prefix, a window as long as both, and its own checksum. */
#include "viewer/model/codec.h"

#include <glib/gi18n.h>
#include <zstd.h>

#include "viewer/model/error.h"
#include "viewer/model/frame.h"

enum {
  LEVEL = 1,
  WINDOW_LOG_MIN = 17,
  WINDOW_LOG_MAX = 30,
  BLOCK_MOST_BYTES = 128 << 10, /* of what one block of zstd unfolds to: RFC 8878, 3.1.1.2.3 */
  BLOCK_LEAST_CODED_BYTES = 4,  /* head, and a byte to repeat */
};

static int window_log(gsize bytes) {
  int log = WINDOW_LOG_MIN;
  while (log < WINDOW_LOG_MAX && (G_GUINT64_CONSTANT(1) << log) < bytes)
    log++;
  return log;
}

GBytes *hv_codec_encode(GBytes *plain, GBytes *prefix) {
  gsize size = 0;
  gsize prefix_size = 0;
  gconstpointer data = g_bytes_get_data(plain, &size);
  gconstpointer prefix_data = prefix == NULL ? NULL : g_bytes_get_data(prefix, &prefix_size);
  gsize room = ZSTD_compressBound(size);
  ZSTD_CCtx *context = ZSTD_createCCtx();
  gpointer out = g_try_malloc(room);
  GBytes *coded = NULL;
  if (context != NULL && out != NULL) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log(size + prefix_size));
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    if (prefix != NULL) {
      ZSTD_CCtx_setParameter(context, ZSTD_c_enableLongDistanceMatching, 1);
      ZSTD_CCtx_refPrefix(context, prefix_data, prefix_size);
    }
    gsize used = ZSTD_compress2(context, out, room, data, size);
    if (!ZSTD_isError(used)) {
      gpointer fitted = g_realloc(out, MAX(used, 1));
      out = NULL;
      coded = g_bytes_new_take(fitted, used);
    }
  }
  g_free(out);
  ZSTD_freeCCtx(context);
  return coded;
}

GBytes *hv_codec_decode(GBytes *coded, guint64 plain_bytes, GBytes *prefix, GError **error) {
  gsize size = 0;
  gsize prefix_size = 0;
  gconstpointer data = g_bytes_get_data(coded, &size);
  gconstpointer prefix_data = prefix == NULL ? NULL : g_bytes_get_data(prefix, &prefix_size);
  GBytes *plain = NULL;
  /* Memory is asked for only when as much can come out of so few bytes, and their head says so. */
  unsigned long long said = ZSTD_getFrameContentSize(data, size);
  if (plain_bytes == 0 || plain_bytes > HV_FRAME_MAX_BYTES ||
      (plain_bytes - 1) / BLOCK_MOST_BYTES >= size / BLOCK_LEAST_CODED_BYTES ||
      (said != ZSTD_CONTENTSIZE_UNKNOWN && said != plain_bytes)) {
    g_set_error_literal(error, HV_ERROR, HV_ERROR_CORRUPT,
                        _("the recording is damaged: the size of a frame cannot be"));
    return NULL;
  }
  ZSTD_DCtx *context = ZSTD_createDCtx();
  gpointer out = g_try_malloc(plain_bytes);
  if (context == NULL || out == NULL) {
    g_set_error(error, HV_ERROR, HV_ERROR_IO, _("not enough memory for a frame of %llu bytes"),
                (unsigned long long)plain_bytes);
  } else {
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    if (prefix != NULL)
      ZSTD_DCtx_refPrefix(context, prefix_data, prefix_size);
    gsize made = ZSTD_decompressDCtx(context, out, plain_bytes, data, size);
    if (ZSTD_isError(made) || made != plain_bytes) {
      g_set_error(error, HV_ERROR, HV_ERROR_CORRUPT, _("the recording is damaged: %s"),
                  ZSTD_isError(made) ? ZSTD_getErrorName(made) : _("a frame has another size"));
    } else {
      plain = g_bytes_new_take(out, plain_bytes);
      out = NULL;
    }
  }
  g_free(out);
  ZSTD_freeDCtx(context);
  return plain;
}
