/* SPDX-License-Identifier: MIT */
/*
 * The list of mappings outside the heap as a widget (run by with_display.sh): of a live process its
 * rows, of any other moment why there are none. The linker's option --wrap has a text of the test
 * read instead of the kernel's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gtk/gtk.h>
#include <string.h>
#include <unistd.h>

#include "tests/viewer/ui_steps.h"
#include "viewer/model/error.h"
#include "viewer/model/process.h"
#include "viewer/model/smaps.h"
#include "viewer/ui/mappings_view.h"

#define MANY 1500 /* names, more than a table has rows */

static HvApplication *application;
static GtkWidget *window;
static HvMappingsView *view;
static HvTable *table;
static char *text;      /* atomic: instead of the kernel's; NULL: it is forbidden to look */
static gint read_often; /* atomic */

gboolean __wrap_hv_smaps_read(guint pid, HvSmaps *smaps, GError **error);
gboolean __wrap_hv_smaps_read(guint pid, HvSmaps *smaps, GError **error) {
  const char *now = g_atomic_pointer_get(&text);

  g_atomic_int_inc(&read_often);
  if (now == NULL) {
    g_set_error_literal(error, HV_ERROR, HV_ERROR_PERMISSION, "nobody may look");
    return FALSE;
  }
  FILE *file = fmemopen((void *)(gpointer)now, strlen(now), "r");
  gboolean any = hv_smaps_parse(file, smaps);
  fclose(file);
  return any;
}

static HvMoment *moment_of(HvSourceState state, guint pid, guint64 at_ns) {
  HvMoment *moment = hv_moment_new(state, "");
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_EMPTY, 3);
  GByteArray *bytes = synthetic_heap_publish(heap, 1);
  struct alloc_snapshot_header header;
  HvProcessStat stat;
  g_autoptr(GBytes) frozen = NULL;

  ((struct alloc_frame *)(gpointer)bytes->data)->total_metadata_bytes = 0;
  synthetic_header(&header, bytes->len);
  assert_true(hv_process_stat((guint)getpid(), &stat));
  header.process_start = stat.start_ticks;
  frozen = g_byte_array_free_to_bytes(bytes);
  moment->frame = hv_frame_new(&header, frozen, NULL);
  assert_non_null(moment->frame);
  moment->pyramid = hv_pyramid_new(moment->frame);
  moment->pid = pid;
  moment->at_ns = at_ns;
  synthetic_heap_free(heap);
  return moment;
}

static void show(HvSourceState state, guint pid, guint64 at_ns) {
  g_autoptr(HvMoment) moment = moment_of(state, pid, at_ns);

  hv_mappings_view_set(view, moment);
}

static void wait_for_rows(guint count) {
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

  while (hv_table_get_n_rows(table) != count) {
    if (g_get_monotonic_time() > deadline_us)
      fail_msg("%u rows, not %u", hv_table_get_n_rows(table), count);
    ui_idle(20);
  }
}

/* The same while it may not be read again at once: not before nine times what reading took. */
static void wait_for_read_rows(guint count) {
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

  while (hv_table_get_n_rows(table) != count) {
    assert_true(g_get_monotonic_time() < deadline_us);
    show(HV_SOURCE_LIVE, (guint)getpid(), 0);
    ui_idle(50);
  }
}

static void wait_for_why(const char *why) {
  gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

  while (strcmp(hv_mappings_view_get_why(view), why) != 0) {
    if (g_get_monotonic_time() > deadline_us)
      fail_msg("it says \"%s\"", hv_mappings_view_get_why(view));
    ui_idle(20);
  }
}

static const char *name_at(guint position) {
  return hv_row_get_name(hv_table_get_row(table, position));
}

static gboolean is_label_with(GtkWidget *widget, gconstpointer part) {
  return GTK_IS_LABEL(widget) && gtk_widget_get_mapped(widget) &&
         strstr(gtk_label_get_text(GTK_LABEL(widget)), part) != NULL;
}

/* A label that is in sight and has @part in it. */
static GtkWidget *find_label(GtkWidget *widget, const char *part) {
  return ui_find_if(widget, is_label_with, part);
}

static const char three[] =
    "1000-9000 r--p 0 0 0 /lib/b.so\nRss: 8 kB\nShared_Clean: 8 kB\n"
    "9000-a000 r-xp 0 0 0 /lib/b.so\nRss: 4 kB\n"
    "b000-c000 rw-p 0 0 0 /lib/a.so\nRss: 4 kB\nPrivate_Dirty: 4 kB\n"
    "d000-ff000 rw-p 0 0 0\nRss: 64 kB\nPrivate_Dirty: 64 kB\nSwap: 12 kB\n";

static int setup(void **state) {
  window = gtk_window_new();
  view = HV_MAPPINGS_VIEW(hv_mappings_view_new());
  table = hv_mappings_view_get_table(view);
  g_atomic_pointer_set(&text, (char *)three);
  gtk_window_set_child(GTK_WINDOW(window), GTK_WIDGET(view));
  gtk_window_set_default_size(GTK_WINDOW(window), 372, 500);
  gtk_window_present(GTK_WINDOW(window));
  ui_idle(100);
  return 0;
}

static int teardown(void **state) {
  gtk_window_destroy(GTK_WINDOW(window));
  ui_idle(100);
  return 0;
}

static void test_rows(void **state) {
  g_autofree char *csv = NULL, *json = NULL, *copied = NULL;

  assert_int_equal(hv_table_get_n_rows(table), 0);
  assert_null(hv_mappings_view_dup_data(view, FALSE));
  show(HV_SOURCE_LIVE, (guint)getpid(), 0);
  wait_for_rows(3);
  assert_string_equal(hv_mappings_view_get_why(view), "");
  assert_string_equal(name_at(0), "Unnamed memory"); /* the most resident first */
  assert_string_equal(name_at(1), "/lib/b.so");
  assert_string_equal(name_at(2), "/lib/a.so");
  assert_non_null(find_label(window, "80.0 KiB of 80.0 KiB resident are outside of the heap."));
  /* Alt and a digit sort as a click on the head does. */
  assert_true(ui_press_alt(GTK_WIDGET(table), 1));
  ui_idle(50);
  assert_string_equal(name_at(0), "/lib/a.so");
  assert_true(ui_press_alt(GTK_WIDGET(table), 4));
  ui_idle(50);
  assert_string_equal(name_at(0), "/lib/b.so");
  /* Saved are all columns, in the order of alloc-inspect; copied are those in sight. */
  csv = hv_mappings_view_dup_data(view, FALSE);
  assert_true(g_str_has_prefix(csv, "resident,dirty,shared,swapped,mappings,rights,row,name\r\n"
                                    "65536,65536,0,12288,1,rw-p,anonymous,\r\n"));
  json = hv_mappings_view_dup_data(view, TRUE);
  assert_non_null(
      strstr(json, "\"rights\":\"r--p r-xp\",\"row\":\"files\",\"name\":\"/lib/b.so\""));
  copied = hv_table_dup_text(table);
  assert_true(g_str_has_prefix(copied, "Mapping\tResident\tDirty\tShared\n/lib/b.so\t12.0 KiB\t"));
}

/* Of a chosen row the rest is told, also when it has changed. */
static void test_details(void **state) {
  show(HV_SOURCE_LIVE, (guint)getpid(), 0);
  wait_for_rows(3);
  assert_null(find_label(window, "swapped out"));
  hv_table_select_key(table, hv_row_get_key(hv_table_get_row(table, 1)));
  g_atomic_pointer_set(&text, (char *)"1000-9000 r--p 0 0 0 /lib/b.so\nRss: 20 kB\n"
                                      "d000-ff000 rw-p 0 0 0\nRss: 64 kB\n");
  wait_for_read_rows(2);
  assert_non_null(find_label(window, "/lib/b.so\n20.0 KiB (20,480 bytes) in 1 mapping (r--p), and "
                                     "0 B swapped out.\nProgram, libraries, "));
}

/* While the process is paused, the list stays as it was read last, and says so; one that is opened
 * then is of then. Whatever is read is told by its time. */
static void test_paused(void **state) {
  static const char paused[] = "The window is paused; this was read at 20";
  static const char *const one = "1000-9000 r--p 0 0 0 /lib/b.so\nRss: 20 kB\n";
  gint before;

  show(HV_SOURCE_LIVE, (guint)getpid(), 0);
  wait_for_rows(3);
  assert_non_null(find_label(window, "outside of the heap."));
  assert_null(find_label(window, paused));
  before = g_atomic_int_get(&read_often);
  g_atomic_pointer_set(&text, (char *)one);
  for (guint i = 0; i < 10; i++) {
    show(HV_SOURCE_PAUSED, (guint)getpid(), 0);
    ui_idle(20);
    assert_non_null(find_label(window, paused));
  }
  assert_int_equal(g_atomic_int_get(&read_often), before);
  assert_int_equal(hv_table_get_n_rows(table), 3);
  hv_mappings_view_clear(view);
  assert_null(find_label(window, paused));
  show(HV_SOURCE_PAUSED, (guint)getpid(), 0);
  wait_for_rows(1);
  assert_non_null(find_label(window, paused));
  assert_int_equal(g_atomic_int_get(&read_often), before + 1);
  /* Going on, it is of now. */
  g_atomic_pointer_set(&text, (char *)three);
  show(HV_SOURCE_LIVE, (guint)getpid(), 0);
  assert_null(find_label(window, paused));
  wait_for_read_rows(3);
}

/* Moments that do not have them, and back. */
static void test_why_not(void **state) {
  static const struct {
    HvSourceState state;
    gboolean has_process;
    guint64 at_ns;
    const char *why;
  } moments[] = {
      {HV_SOURCE_FILE, FALSE, 0,
       "What was mapped outside of the heap is not saved: a live process has it."},
      {HV_SOURCE_FILE, FALSE, 7,
       "What was mapped outside of the heap is not saved: a live process has it."},
      {HV_SOURCE_LIVE, TRUE, 7,
       "What was mapped outside of the heap then is not kept. The newest moment has it."},
      {HV_SOURCE_GONE, TRUE, 0,
       "The process has ended, and what it had mapped outside of the heap with it."},
      {HV_SOURCE_DEAD, TRUE, 0,
       "The process has ended, and what it had mapped outside of the heap with it."},
      {HV_SOURCE_ENDED, TRUE, 0,
       "What is mapped outside of the heap is listed while the process is watched."},
  };

  for (guint i = 0; i < G_N_ELEMENTS(moments); i++) {
    gint64 deadline_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
    gint before;

    show(i % 2 == 0 ? HV_SOURCE_LIVE : HV_SOURCE_PAUSED, (guint)getpid(), 0);
    wait_for_rows(3);
    before = g_atomic_int_get(&read_often);
    /* A reading that is under way is for nobody then. */
    hv_mappings_view_clear(view);
    show(HV_SOURCE_LIVE, (guint)getpid(), 0);
    show(moments[i].state, moments[i].has_process ? (guint)getpid() : 0, moments[i].at_ns);
    for (guint round = 0; round < 2; round++) {
      assert_string_equal(hv_mappings_view_get_why(view), moments[i].why);
      assert_non_null(find_label(window, moments[i].why));
      assert_int_equal(hv_table_get_n_rows(table), 0);
      assert_null(hv_mappings_view_dup_data(view, TRUE));
      while (g_atomic_int_get(&read_often) == before) {
        assert_true(g_get_monotonic_time() < deadline_us);
        ui_idle(10);
      }
      ui_idle(50);
    }
    assert_int_equal(g_atomic_int_get(&read_often), before + 1);
  }
}

/* What cannot be read is told in the words of the model, and rows are there as soon as it can. */
static void test_cannot_be_read(void **state) {
  g_autofree char *ended = g_strdup_printf("process %u has ended", 1u);

  show(HV_SOURCE_LIVE, (guint)getpid(), 0);
  wait_for_rows(3);
  show(HV_SOURCE_LIVE, 1, 0); /* another process, and not that of the frame */
  assert_int_equal(hv_table_get_n_rows(table), 0);
  wait_for_why(ended);
  g_atomic_pointer_set(&text, NULL);
  show(HV_SOURCE_LIVE, (guint)getpid(), 0);
  wait_for_why("nobody may look");
  assert_non_null(find_label(window, "nobody may look"));
  g_atomic_pointer_set(&text, (char *)three);
  show(HV_SOURCE_LIVE, (guint)getpid(), 0);
  wait_for_rows(3);
}

/* More names than a table has rows: the first of them in its order, whichever that is. */
static void test_many(void **state) {
  GString *many = g_string_new(NULL);

  for (guint i = 0; i < MANY; i++)
    g_string_append_printf(many, "%x-%x r--p 0 0 0 /names/%04u\nRss: %u kB\nPrivate_Dirty: %u kB\n",
                           0x100000 + i * 0x1000000, 0x100000 + i * 0x1000000 + 0x900000, i,
                           4 + i * 4, 4 + (MANY - i) * 4);
  g_atomic_pointer_set(&text, many->str);
  show(HV_SOURCE_LIVE, (guint)getpid(), 0);
  wait_for_rows(HV_TABLE_ROWS);
  assert_string_equal(name_at(0), "/names/1499");
  assert_non_null(find_label(window, "500 more not shown"));
  assert_true(ui_press_alt(GTK_WIDGET(table), 1));
  ui_idle(300);
  assert_string_equal(name_at(0), "/names/0000");
  assert_string_equal(name_at(HV_TABLE_ROWS - 1), "/names/0999");
  g_atomic_pointer_set(&text, (char *)three);
  g_string_free(many, TRUE);
}

/* It may be gone before what is read for it is there. */
static void test_closed_meanwhile(void **state) {
  show(HV_SOURCE_LIVE, (guint)getpid(), 0);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
      cmocka_unit_test_setup_teardown(test_details, setup, teardown),
      cmocka_unit_test_setup_teardown(test_paused, setup, teardown),
      cmocka_unit_test_setup_teardown(test_why_not, setup, teardown),
      cmocka_unit_test_setup_teardown(test_cannot_be_read, setup, teardown),
      cmocka_unit_test_setup_teardown(test_many, setup, teardown),
      cmocka_unit_test_setup_teardown(test_closed_meanwhile, setup, teardown),
  };
  int failures;

  application = ui_application(&argc, &argv);
  failures = cmocka_run_group_tests_name("mappings_view", tests, NULL, NULL);
  g_object_unref(application);
  return failures;
}
