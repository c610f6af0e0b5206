/* SPDX-License-Identifier: MIT */
/* Files of one frame: what is saved is loaded; what is no such file, or not all of one, is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/viewer/published.h"
#include "tests/viewer/synthetic.h"
#include "viewer/model/error.h"
#include "viewer/model/frame_private.h"

static char *temporary_path(const char *name) {
  static char *directory;
  if (directory == NULL)
    directory = g_dir_make_tmp("liballoc-frame-XXXXXX", NULL);
  return g_build_filename(directory, name, NULL);
}

static void test_save_and_load(void **state) {
  for (guint64 seq = 1; seq <= 3; seq++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = temporary_path("a.heapsnap");
    Published published = published_new(SYNTHETIC_ALL_CLASSES, 2);
    published_head(&published)->seq = seq;
    g_autoptr(HvFrame) frame = published_accept(&published, &error);
    assert_non_null(frame);
    assert_true(hv_frame_save(frame, path, &error));
    g_autoptr(HvFrame) loaded = hv_frame_load(path, &error);
    if (loaded == NULL)
      fail_msg("%s", error->message);
    guint spans = 0;
    guint loaded_spans = 0;
    assert_memory_equal(hv_frame_spans(frame, &spans), hv_frame_spans(loaded, &loaded_spans),
                        spans * sizeof(HvSpan));
    assert_memory_equal(hv_frame_head(frame), hv_frame_head(loaded), sizeof(struct alloc_frame));
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
    g_autoptr(GBytes) bytes = g_mapped_file_get_bytes(file);
    g_autoptr(GBytes) torn = g_bytes_new_from_bytes(bytes, 0, g_bytes_get_size(bytes) - 4096);
    g_autoptr(HvFrame) from_bytes = hv_frame_load_bytes(bytes, &error);
    assert_non_null(from_bytes);
    assert_memory_equal(hv_frame_head(frame), hv_frame_head(from_bytes),
                        sizeof(struct alloc_frame));
    assert_null(hv_frame_load_bytes(torn, &error));
    assert_int_equal(error->code, HV_ERROR_CORRUPT);
    g_byte_array_unref(published.bytes);
    unlink(path);
  }
}

static void expect_load_error(const char *path, int code, const char *part) {
  g_autoptr(GError) error = NULL;
  assert_null(hv_frame_load(path, &error));
  assert_int_equal(error->code, code);
  if (strstr(error->message, part) == NULL || strstr(error->message, path) == NULL)
    fail_msg("\"%s\" lacks \"%s\" or the path", error->message, part);
}

static void test_bad_files(void **state) {
  g_autoptr(GError) error = NULL;
  g_autofree char *path = temporary_path("b.heapsnap");
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ALL_CLASSES, 2);
  expect_load_error(path, HV_ERROR_IO, "No such file");
  assert_true(g_file_set_contents(path, "", 0, NULL));
  expect_load_error(path, HV_ERROR_FOREIGN, "too short");
  assert_true(g_file_set_contents(path, "# not a snapshot at all\n", -1, NULL));
  expect_load_error(path, HV_ERROR_FOREIGN, "too short");
  g_autofree char *noise = g_strnfill(100000, 'x');
  assert_true(g_file_set_contents(path, noise, 100000, NULL));
  expect_load_error(path, HV_ERROR_FOREIGN, "does not begin with");
  unlink(path);
  assert_int_equal(mkfifo(path, 0600), 0);
  expect_load_error(path, HV_ERROR_FOREIGN, "not a regular file");
  unlink(path);
  /* Every truncation gives an error, however far the file goes. */
  assert_true(hv_frame_save(frame, path, &error));
  struct stat status;
  assert_int_equal(stat(path, &status), 0);
  const off_t cuts[] = {407, 408, 4095, 4096, 4096 + status.st_size / 3, status.st_size / 2};
  for (guint i = G_N_ELEMENTS(cuts); i-- > 0;) {
    assert_int_equal(truncate(path, cuts[i]), 0);
    expect_load_error(path, HV_ERROR_CORRUPT, "ends too early");
  }
  unlink(path);
}

static void test_save_fails_whole(void **state) {
  g_autoptr(GError) error = NULL;
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ONE_BLOCK, 2);
  assert_false(hv_frame_save(frame, "/nonexistent/a.heapsnap", &error));
  assert_int_equal(error->code, HV_ERROR_IO);
  assert_non_null(strstr(error->message, "/nonexistent/a.heapsnap"));
}

/* What a rename would put a file in the place of. */
static void test_save_replaces_files_only(void **state) {
  g_autoptr(GError) error = NULL;
  g_autoptr(HvFrame) frame = synthetic_frame(SYNTHETIC_ONE_BLOCK, 2);
  g_autofree char *path = temporary_path("pipe");
  unlink(path);
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_false(hv_frame_save(frame, path, &error));
  assert_int_equal(error->code, HV_ERROR_IO);
  assert_non_null(strstr(error->message, "is not a regular file"));
  struct stat status;
  assert_int_equal(lstat(path, &status), 0);
  assert_true(S_ISFIFO(status.st_mode));
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_save_and_load),
      cmocka_unit_test(test_bad_files),
      cmocka_unit_test(test_save_fails_whole),
      cmocka_unit_test(test_save_replaces_files_only),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
