/* SPDX-License-Identifier: MIT */
/* alloc-inspect save: one frame as a file. */
#include "viewer/cli/inspect.h"
#include "viewer/model/error.h"

int inspect_save(int argc, char **argv) {
  double wait = INSPECT_WAIT_DEFAULT;
  g_autofree char *output = NULL;
  const GOptionEntry entries[] = {{"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
                                   "Where to write the frame, such as heap.heapsnap", "FILE"},
                                  INSPECT_WAIT_ENTRY(&wait),
                                  {0}};
  int status = INSPECT_OK;
  if (!inspect_parse(&argc, &argv, entries, "PID|FILE", 1,
                     "Writes one frame of a process, or one of a recording, to a file that every "
                     "command here and alloc-viewer open.",
                     &status))
    return status;
  GError *error = NULL;
  if (output == NULL) {
    g_set_error_literal(&error, HV_ERROR, HV_ERROR_ARGUMENT,
                        "--output FILE is missing: see alloc-inspect save --help");
    return inspect_fail("save", INSPECT_USAGE, error);
  }
  g_autoptr(HvSource) source = NULL;
  g_autoptr(HvFrame) frame = inspect_open(argv[1], wait, &source, &error);
  if (frame == NULL || !hv_frame_save(frame, output, &error))
    return inspect_fail("save", INSPECT_FAILED, error);
  return INSPECT_OK;
}
