/* SPDX-License-Identifier: MIT */
/* alloc-inspect where: what lies at an address, or between two; as the window tells it. */
#include <string.h>

#include "viewer/cli/inspect.h"
#include "viewer/model/description.h"
#include "viewer/model/error.h"
#include "viewer/model/units.h"

/* An address, or a range as in hv_parse_range(); @end 0: an address. */
static gboolean parse_place(const char *text, guint64 *begin, guint64 *end, GError **error) {
  *end = 0;
  if (strpbrk(text, "-+") != NULL)
    return hv_parse_range(text, begin, end, error);
  return hv_parse_bytes(text, begin, error);
}

/* Fills in the place; FALSE: there is no heap. */
static gboolean find(HvPlaceQuestion *question, HvHit *hit) {
  HvMix mix;
  if (question->end == 0) {
    if (!hv_hit_test(hv_pyramid_frame(question->pyramid), question->begin, hit))
      return FALSE;
    question->hit = hit;
    question->begin = hit->begin;
    question->end = hit->end;
    return TRUE;
  }
  hv_pyramid_mix(question->pyramid, question->begin, question->end, &mix);
  return mix.bytes[HV_STATE_NONE] < question->end - question->begin;
}

static void print_place(const HvPlaceQuestion *question) {
  g_autoptr(GPtrArray) details = hv_description_new(question);
  g_autofree char *text = hv_description_text(details);
  fputs(text, stdout);
}

int inspect_where(int argc, char **argv) {
  double wait = INSPECT_WAIT_DEFAULT;
  double seconds = INSPECT_FOR_DEFAULT;
  const GOptionEntry entries[] = {INSPECT_FOR_ENTRY(&seconds), INSPECT_WAIT_ENTRY(&wait), {0}};
  int status = INSPECT_OK;
  if (!inspect_parse(&argc, &argv, entries, "PID|FILE ADDRESS", 2,
                     "Tells what lies at an address (0x...), with its span and arena, or what an "
                     "area holds:\n0xA-0xB, 0xA+SIZE.",
                     &status))
    return status;
  GError *error = NULL;
  HvPlaceQuestion question = {0};
  if (!inspect_check_for(seconds, &error) ||
      !parse_place(argv[2], &question.begin, &question.end, &error))
    return inspect_fail("where", INSPECT_USAGE, error);
  g_autoptr(HvSource) source = NULL;
  HvFrame *first = inspect_open(argv[1], wait, &source, &error);
  if (first == NULL)
    return inspect_fail("where", INSPECT_FAILED, error);
  g_auto(InspectPast) past = {0};
  g_autoptr(HvFrame) frame = inspect_look(source, first, seconds, FALSE, &past);
  g_autoptr(HvPyramid) pyramid = hv_pyramid_new(frame);
  HvPlaceResident resident;
  HvHit hit;
  question.pyramid = pyramid;
  question.activity = past.activity;
  question.activity_frame = frame;
  if (!find(&question, &hit)) {
    g_set_error(&error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no heap at %s", argv[2]);
    return inspect_fail("where", INSPECT_FAILED, error);
  }
  if (hv_source_state(source) == HV_SOURCE_LIVE) {
    hv_place_read_resident(pyramid, hv_source_pid(source), question.begin, question.end,
                           question.hit, &resident);
    question.resident = &resident;
  }
  print_place(&question);
  return inspect_finish("where");
}
