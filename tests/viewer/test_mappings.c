/* SPDX-License-Identifier: MIT */
/*
 * HvSmaps and HvMappings: texts of the kernel, real ones, made-up ones and torn ones, and what they
 * add up to. The linker's option --wrap has a text of the test read instead of the kernel's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/viewer/synthetic.h"
#include "viewer/model/error.h"
#include "viewer/model/ledger.h"
#include "viewer/model/mappings.h"
#include "viewer/model/process.h"
#include "viewer/model/smaps.h"

#define KIB G_GUINT64_CONSTANT(1024)

static const char *told_text;        /* NULL: what the kernel says */
static void (*told_meanwhile)(void); /* what happens while it is read */

gboolean __real_hv_smaps_read(guint pid, HvSmaps *smaps, GError **error);
gboolean __wrap_hv_smaps_read(guint pid, HvSmaps *smaps, GError **error);

static gboolean parse(const char *text, gsize bytes, HvSmaps *smaps) {
  FILE *file = fmemopen((void *)text, bytes, "r");
  assert_non_null(file);
  gboolean any = hv_smaps_parse(file, smaps);
  fclose(file);
  return any;
}

gboolean __wrap_hv_smaps_read(guint pid, HvSmaps *smaps, GError **error) {
  gboolean done = told_text == NULL ? __real_hv_smaps_read(pid, smaps, error)
                                    : parse(told_text, strlen(told_text), smaps);
  if (told_meanwhile != NULL)
    told_meanwhile();
  return done;
}

/* ---- the text ---- */

static const char whole[] =
    "00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/a b\n"
    "Size:                328 kB\n"
    "Rss:                 100 kB\n"
    "Pss:                 100 kB\n"
    "Pss_Dirty:             7 kB\n"
    "Shared_Clean:         60 kB\n"
    "Shared_Dirty:          4 kB\n"
    "Private_Clean:        24 kB\n"
    "Private_Dirty:        12 kB\n"
    "Swap:                  8 kB\n"
    "SwapPss:               8 kB\n"
    "VmFlags: rd ex mr mw me sd\n"
    "7f0000000000-7f0000001000 ---p 00000000 00:00 0 \n"
    "Rss:                   0 kB\n"
    "Swap:                  0 kB\n"
    "7f0000001000-7f0000201000 rw-p 00000000 00:00 0 \n"
    "Rss:                2048 kB\n"
    "Private_Dirty:      2048 kB\n"
    "AnonHugePages:      2048 kB\n"
    "7f0000300000-7f0000400000 rw-p 00000000 00:00 0                          [anon:mine]\n"
    "Rss:                   0 kB\n"
    "Swap:                 40 kB\n"
    "7f0000500000-7f0000501000 rw-s 00000000 00:01 7                          /dev/zero (deleted)\n"
    "Rss:                   4 kB\n"
    "7ffe00000000-7ffe00021000 rw-p 00000000 00:00 0                          [stack]\n"
    "Rss:                  16 kB\n"
    "Private_Dirty:        16 kB\n";

static const HvMapping *mapping_at(const HvSmaps *smaps, guint index) {
  assert_true(index < smaps->mappings->len);
  return &g_array_index(smaps->mappings, HvMapping, index);
}

static void test_whole(void **state) {
  HvSmaps smaps;
  assert_true(parse(whole, strlen(whole), &smaps));
  assert_int_equal(smaps.mappings->len, 5); /* the guard has no pages */
  const HvMapping *program = mapping_at(&smaps, 0);
  assert_string_equal(program->name, "/usr/bin/a b");
  assert_int_equal(program->kind, HV_MAPPING_FILE);
  assert_int_equal(program->rights, HV_RIGHT_READ | HV_RIGHT_EXECUTE);
  assert_int_equal(program->rss_bytes, 100 * KIB);
  assert_int_equal(program->dirty_bytes, 12 * KIB);
  assert_int_equal(program->shared_bytes, 64 * KIB);
  assert_int_equal(program->swap_bytes, 8 * KIB);
  const HvMapping *thread = mapping_at(&smaps, 1);
  assert_int_equal(thread->kind, HV_MAPPING_STACK); /* behind its guard */
  assert_string_equal(thread->name, "");
  assert_string_equal(mapping_at(&smaps, 2)->name, "[anon:mine]");
  assert_int_equal(mapping_at(&smaps, 2)->kind, HV_MAPPING_ANONYMOUS);
  assert_int_equal(mapping_at(&smaps, 2)->swap_bytes, 40 * KIB);
  assert_int_equal(mapping_at(&smaps, 3)->kind, HV_MAPPING_FILE);
  assert_int_equal(mapping_at(&smaps, 3)->rights, HV_RIGHT_READ | HV_RIGHT_WRITE | HV_RIGHT_SHARED);
  assert_int_equal(mapping_at(&smaps, 4)->kind, HV_MAPPING_STACK);
  assert_int_equal(smaps.rss_bytes, (100 + 2048 + 4 + 16) * KIB);
  assert_int_equal(smaps.swap_bytes, 48 * KIB);
  assert_int_equal(smaps.huge_bytes, 2048 * KIB);
  hv_smaps_clear(&smaps);
}

/* What holds for any text at all. */
static void check(const HvSmaps *smaps) {
  guint64 rss = 0;
  for (guint i = 0; i < smaps->mappings->len; i++) {
    const HvMapping *mapping = mapping_at(smaps, i);
    guint64 size = mapping->end - mapping->begin;
    assert_true(mapping->begin < mapping->end);
    assert_true(mapping->rss_bytes <= size && mapping->swap_bytes <= size);
    assert_true(mapping->dirty_bytes <= size && mapping->shared_bytes <= size);
    assert_true(mapping->rss_bytes != 0 || mapping->swap_bytes != 0);
    assert_true(mapping->rights < HV_RIGHTS);
    assert_non_null(mapping->name);
    rss += mapping->rss_bytes;
  }
  assert_true(rss == smaps->rss_bytes);
}

/* Torn off anywhere, it has what came whole before. */
static void test_torn(void **state) {
  guint before = 0;
  for (gsize bytes = 1; bytes < sizeof whole; bytes++) {
    HvSmaps smaps;
    parse(whole, bytes, &smaps);
    check(&smaps);
    assert_true(smaps.mappings->len >= before);
    before = smaps.mappings->len;
    hv_smaps_clear(&smaps);
  }
  assert_int_equal(before, 5);
}

static void test_hostile(void **state) {
  static const char *const nothing[] = {
      "\n",
      "\n\n\n",
      "Rss: 12 kB\n",
      "hello\n",
      "-\n",
      "1\n",
      "1-\n",
      "1-2\n",
      "1-2 \n",
      "1000-2000 rw\n",
      "1000-2000 rwq- 0 0 0\nRss: 4 kB\n",
      "1000-2000 rwxz 0 0 0\nRss: 4 kB\n",
      "2000-1000 rw-p 0 0 0\nRss: 4 kB\n", /* ends before it begins */
      "1000-1000 rw-p 0 0 0\nRss: 4 kB\n",
      "10000000000000000000000-1 rw-p 0 0 0 x\n",
  };
  HvSmaps smaps;
  for (guint i = 0; i < G_N_ELEMENTS(nothing); i++) {
    if (parse(nothing[i], strlen(nothing[i]), &smaps))
      fail_msg("\"%s\" has a mapping", nothing[i]);
    assert_int_equal(smaps.mappings->len, 0);
    assert_int_equal(smaps.rss_bytes, 0);
    hv_smaps_clear(&smaps);
  }
  /* More than there is room for; fields of a head that cannot be read; a head without a path. */
  const char big[] = "1000-3000 rw-p 0 0 0 x\nRss: 18446744073709551615 kB\n"
                     "Shared_Clean: 99999999999999999999999 kB\nShared_Dirty: 8 kB\n"
                     "Private_Dirty: -1 kB\nSwap: nonsense\n"
                     "2000-1000 rw-p 0 0 0 y\nRss: 4 kB\nSwap: 4 kB\n"
                     "5000-6000 r--p\nRss: 4 kB\n";
  assert_true(parse(big, strlen(big), &smaps));
  check(&smaps);
  assert_int_equal(smaps.mappings->len, 2);
  assert_int_equal(smaps.rss_bytes, 0x2000 + 4 * KIB);
  assert_int_equal(smaps.swap_bytes, 0);
  assert_int_equal(mapping_at(&smaps, 0)->shared_bytes, 0x2000);
  assert_string_equal(mapping_at(&smaps, 1)->name, "");
  hv_smaps_clear(&smaps);
}

static void test_damaged(void **state) {
  GRand *random = g_rand_new_with_seed(5);
  for (guint round = 0; round < 20000; round++) {
    char text[sizeof whole];
    HvSmaps smaps;
    memcpy(text, whole, sizeof whole);
    for (gint32 i = g_rand_int_range(random, 1, 12); i > 0; i--)
      text[g_rand_int_range(random, 0, sizeof whole - 1)] =
          (char)g_rand_int_range(random, 0, round % 2 == 0 ? 256 : 64);
    parse(text, sizeof whole - 1, &smaps);
    check(&smaps);
    hv_smaps_clear(&smaps);
  }
  g_rand_free(random);
}

/* ---- the list ---- */

static guint64 own_start_ticks(void) {
  HvProcessStat stat;
  assert_true(hv_process_stat((guint)getpid(), &stat));
  return stat.start_ticks;
}

/* A heap of this process, although there is none where it says. */
static HvPyramid *own_pyramid(SyntheticKind kind, guint64 metadata) {
  SyntheticHeap *heap = synthetic_heap_new(kind, 3);
  GByteArray *bytes = synthetic_heap_publish(heap, 1);
  struct alloc_snapshot_header header;
  ((struct alloc_frame *)(gpointer)bytes->data)->total_metadata_bytes = metadata;
  synthetic_header(&header, bytes->len);
  header.process_start = own_start_ticks();
  g_autoptr(GBytes) frozen = g_byte_array_free_to_bytes(bytes);
  g_autoptr(HvFrame) frame = hv_frame_new(&header, frozen, NULL);
  assert_non_null(frame);
  synthetic_heap_free(heap);
  return hv_pyramid_new(frame);
}

static gint64 sum_of(HvMappings *mappings, HvState state) {
  g_autoptr(GPtrArray) groups = hv_mappings_sorted(mappings, HV_MAPPINGS_BYTES, FALSE);
  gint64 sum = 0;
  for (guint i = 0; i < groups->len; i++) {
    const HvMappingGroup *group = g_ptr_array_index(groups, i);
    sum += group->state == state ? group->bytes : 0;
  }
  return sum;
}

static void check_sums(HvMappings *mappings, HvPyramid *pyramid) {
  static const HvState states[] = {HV_STATE_STACK, HV_STATE_FILE, HV_STATE_WATCH,
                                   HV_STATE_ANONYMOUS, HV_STATE_UNEXPLAINED};
  const HvResidency *residency = hv_mappings_residency(mappings);
  g_autoptr(HvLedger) ledger = hv_ledger_new(hv_pyramid_frame(pyramid), residency);
  gint64 sum = 0;
  for (guint i = 0; i < G_N_ELEMENTS(states); i++) {
    const HvLedgerRow *row = hv_ledger_find_row(ledger, hv_state_key(states[i]));
    assert_true(sum_of(mappings, states[i]) == row->bytes);
    sum += row->bytes;
  }
  assert_true(hv_mappings_bytes(mappings) == sum);
}

static const HvMappingGroup *find(HvMappings *mappings, const char *name, HvState state) {
  g_autoptr(GPtrArray) groups = hv_mappings_sorted(mappings, HV_MAPPINGS_BYTES, FALSE);
  for (guint i = 0; i < groups->len; i++) {
    const HvMappingGroup *group = g_ptr_array_index(groups, i);
    if (group->state == state && strcmp(group->name, name) == 0)
      return group;
  }
  return NULL;
}

static HvMappings *read_text(HvPyramid *pyramid, const char *text) {
  told_text = text;
  HvMappings *mappings = hv_mappings_read(pyramid, (guint)getpid(), NULL);
  told_text = NULL;
  assert_non_null(mappings);
  check_sums(mappings, pyramid);
  return mappings;
}

/* Any text at all, counted a second time by name; metadata aside. */
typedef struct {
  char *name;
  HvState state;
  guint64 rss, dirty, shared, swap, count;
  guint rights;
} Expected;

static void test_groups(void **state) {
  static const struct {
    const char *name;
    HvState state;
  } names[] = {
      {"/usr/lib/libc.so.6", HV_STATE_FILE},
      {"/memfd:x (deleted)", HV_STATE_FILE},
      {"/tmp/a\\012b \xff", HV_STATE_FILE},
      {"[vdso]", HV_STATE_FILE},
      {"[heap]", HV_STATE_ANONYMOUS},
      {"[anon:a,\"b\"]", HV_STATE_ANONYMOUS},
      {"", HV_STATE_ANONYMOUS},
      {"[stack]", HV_STATE_STACK},
  };
  static const char *const rights[HV_RIGHTS] = {"---p", "r--p", "-w-p", "rw-p", "--xp", "r-xp",
                                                "-wxp", "rwxp", "---s", "r--s", "-w-s", "rw-s",
                                                "--xs", "r-xs", "-wxs", "rwxs"};
  GRand *random = g_rand_new_with_seed(11);
  g_autoptr(HvPyramid) pyramid = own_pyramid(SYNTHETIC_EMPTY, 0);
  for (guint round = 0; round < 200; round++) {
    Expected expected[G_N_ELEMENTS(names)] = {0};
    g_autoptr(GString) text = g_string_new(NULL);
    guint64 address = 0x10000;
    for (gint32 i = g_rand_int_range(random, 1, 60); i > 0; i--) {
      guint which = (guint)g_rand_int_range(random, 0, G_N_ELEMENTS(names));
      /* No guard without a name: what is behind it would be a stack. */
      guint right = (guint)g_rand_int_range(random, 1, HV_RIGHTS);
      guint pages = (guint)g_rand_int_range(random, 1, 1000);
      guint rss = (guint)g_rand_int_range(random, 0, 2) * (guint)g_rand_int_range(random, 0, 500);
      guint dirty = rss / 2, shared = rss / 3;
      guint swap = (guint)g_rand_int_range(random, 0, 3) / 2 * 7;
      rss = MIN(rss, pages);
      dirty = MIN(dirty, rss);
      shared = MIN(shared, rss);
      swap = MIN(swap, pages);
      g_string_append_printf(text,
                             "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER
                             "x %s 00000000 00:00 0    %s\nRss: %u kB\nShared_Clean: %u kB\n"
                             "Private_Dirty: %u kB\nSwap: %u kB\n",
                             address, address + pages * 4096, rights[right], names[which].name,
                             rss * 4, shared * 4, dirty * 4, swap * 4);
      address += (pages + 1) * 4096;
      if (rss == 0 && swap == 0)
        continue;
      expected[which].rss += rss * 4 * KIB;
      expected[which].dirty += dirty * 4 * KIB;
      expected[which].shared += shared * 4 * KIB;
      expected[which].swap += swap * 4 * KIB;
      expected[which].rights |= 1u << right;
      expected[which].count++;
    }
    g_autoptr(HvMappings) mappings = read_text(pyramid, text->str);
    g_autoptr(GPtrArray) groups = hv_mappings_sorted(mappings, HV_MAPPINGS_BYTES, FALSE);
    guint present = 0;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
      const HvMappingGroup *group = find(mappings, names[i].name, names[i].state);
      assert_int_equal(group != NULL, expected[i].count != 0);
      if (group == NULL)
        continue;
      present++;
      assert_int_equal(group->bytes, expected[i].rss);
      assert_int_equal(group->dirty_bytes, expected[i].dirty);
      assert_int_equal(group->shared_bytes, expected[i].shared);
      assert_int_equal(group->swap_bytes, expected[i].swap);
      assert_int_equal(group->count, expected[i].count);
      assert_int_equal(group->rights, expected[i].rights);
      g_autofree char *title = hv_mapping_group_title(group);
      assert_true(g_utf8_validate(title, -1, NULL) && *title != '\0');
    }
    assert_int_equal(groups->len, present);
    for (guint i = 1; i < groups->len; i++)
      assert_true(((HvMappingGroup *)g_ptr_array_index(groups, i - 1))->bytes >=
                  ((HvMappingGroup *)g_ptr_array_index(groups, i))->bytes);
  }
  g_rand_free(random);
}

static void test_sorted_and_told(void **state) {
  const char text[] = "1000-9000 r--p 0 0 0 /b,c\nRss: 8 kB\nShared_Clean: 8 kB\n"
                      "9000-a000 r-xp 0 0 0 /b,c\nRss: 4 kB\n"
                      "b000-c000 rw-p 0 0 0 /a\nRss: 4 kB\nPrivate_Dirty: 4 kB\n"
                      "d000-f000 rw-p 0 0 0\nRss: 4 kB\nSwap: 4 kB\n";
  g_autoptr(HvPyramid) pyramid = own_pyramid(SYNTHETIC_EMPTY, 0);
  g_autoptr(HvMappings) mappings = read_text(pyramid, text);
  g_autoptr(GPtrArray) groups = hv_mappings_sorted(mappings, HV_MAPPINGS_BYTES, FALSE);
  g_autofree char *csv = hv_mappings_dup_data(groups, FALSE);
  assert_string_equal(csv, "resident,dirty,shared,swapped,mappings,rights,row,name\r\n"
                           "12288,0,8192,0,2,r--p r-xp,files,\"/b,c\"\r\n"
                           "4096,0,0,4096,1,rw-p,anonymous,\r\n"
                           "4096,4096,0,0,1,rw-p,files,/a\r\n");
  static const struct {
    HvMappingsColumn column;
    gboolean ascending;
    const char *first;
  } orders[] = {
      {HV_MAPPINGS_BYTES, TRUE, ""},       {HV_MAPPINGS_DIRTY, FALSE, "/a"},
      {HV_MAPPINGS_SHARED, FALSE, "/b,c"}, {HV_MAPPINGS_SWAP, FALSE, ""},
      {HV_MAPPINGS_COUNT, FALSE, "/b,c"},  {HV_MAPPINGS_NAME, FALSE, "/b,c"},
      {HV_MAPPINGS_NAME, TRUE, ""},        {HV_MAPPINGS_STATE, FALSE, ""},
  };
  for (guint i = 0; i < G_N_ELEMENTS(orders); i++) {
    g_autoptr(GPtrArray) sorted =
        hv_mappings_sorted(mappings, orders[i].column, orders[i].ascending);
    assert_int_equal(sorted->len, 3);
    assert_string_equal(((HvMappingGroup *)g_ptr_array_index(sorted, 0))->name, orders[i].first);
  }
}

/* Metadata comes out of memory without a name, then out of the rest; what is gone is not listed. */
static void test_metadata(void **state) {
  const char text[] = "1000-20000 rw-p 0 0 0\nRss: 40 kB\nPrivate_Dirty: 40 kB\n"
                      "20000-40000 rw-p 0 0 0 [anon:big]\nRss: 80 kB\nPrivate_Dirty: 8 kB\n"
                      "40000-50000 rw-p 0 0 0 [anon:small]\nRss: 4 kB\n"
                      "50000-60000 r--p 0 0 0 /file\nRss: 4 kB\n";
  for (guint64 kib = 0; kib <= 128; kib += 4) {
    g_autoptr(HvPyramid) pyramid = own_pyramid(SYNTHETIC_EMPTY, kib * KIB);
    g_autoptr(HvMappings) mappings = read_text(pyramid, text);
    const HvMappingGroup *nameless = find(mappings, "", HV_STATE_ANONYMOUS);
    const HvMappingGroup *big = find(mappings, "[anon:big]", HV_STATE_ANONYMOUS);
    assert_int_equal(nameless == NULL ? 0 : nameless->bytes, (40 - MIN(kib, 40)) * KIB);
    assert_int_equal(nameless == NULL ? 0 : nameless->dirty_bytes, (40 - MIN(kib, 40)) * KIB);
    assert_true(nameless == NULL || nameless->estimated == (kib > 0));
    assert_int_equal(big == NULL ? 0 : big->bytes, (80 - CLAMP(kib, 40, 120) + 40) * KIB);
    assert_int_equal(find(mappings, "[anon:small]", HV_STATE_ANONYMOUS) == NULL, kib >= 124);
    assert_int_equal(find(mappings, "/file", HV_STATE_FILE)->bytes, 4 * KIB);
  }
}

/* A mapping that holds an arena has what else is in it here; what of it is on no page that can be
 * found is unexplained. No page of the address is there, and the text says that some are. */
static void test_beside_the_heap(void **state) {
  g_autoptr(HvPyramid) pyramid = own_pyramid(SYNTHETIC_ONE_BLOCK, 0);
  const struct alloc_arena_record *arenas = hv_frame_arenas(hv_pyramid_frame(pyramid), NULL);
  guint64 begin = arenas[0].address;
  guint64 end = begin + hv_frame_arena_bytes(hv_pyramid_frame(pyramid), 0);
  guint64 beside = 64 * KIB;
  /* All of it is resident, so no page need be looked at. */
  g_autofree char *full = g_strdup_printf(
      "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x rw-p 0 0 0\nRss: %" G_GUINT64_FORMAT
      " kB\nPrivate_Dirty: %" G_GUINT64_FORMAT " kB\nSwap: 4 kB\n",
      begin, end + beside, (end + beside - begin) / KIB, (end + beside - begin) / KIB);
  g_autoptr(HvMappings) mappings = read_text(pyramid, full);
  const HvMappingGroup *group = find(mappings, "", HV_STATE_ANONYMOUS);
  assert_non_null(group);
  assert_int_equal(group->bytes, beside);
  assert_int_equal(group->dirty_bytes, beside);
  assert_int_equal(group->swap_bytes, 0);
  assert_null(find(mappings, "", HV_STATE_UNEXPLAINED));

  g_autofree char *part = g_strdup_printf(
      "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x rw-p 0 0 0\nRss: 12 kB\n", begin, end);
  g_autoptr(HvMappings) lost = read_text(pyramid, part);
  if (hv_mappings_residency(lost)->basis == HV_RESIDENCY_SCALED) {
    print_message("/proc/self/pagemap cannot be read here\n");
    skip();
  }
  group = find(lost, "", HV_STATE_UNEXPLAINED);
  assert_non_null(group);
  assert_int_equal(group->bytes, 12 * KIB);
  assert_int_equal(group->count, 1);
  assert_null(find(lost, "", HV_STATE_ANONYMOUS));
}

/* ---- this process ---- */

static void test_own(void **state) {
  const gsize size = 1 << 20;
  char path[] = "/tmp/test-mappings-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(ftruncate(fd, (off_t)size), 0);
  guint8 *file = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  assert_true(file != MAP_FAILED);
  assert_int_equal(madvise(file, size, MADV_RANDOM), 0); /* no pages around those touched */
  memset(file, 1, 12 * 4096);
  g_autoptr(HvPyramid) pyramid = own_pyramid(SYNTHETIC_ALL_CLASSES, 0);
  g_autoptr(GError) error = NULL;
  g_autoptr(HvMappings) mappings = hv_mappings_read(pyramid, (guint)getpid(), &error);
  if (mappings == NULL)
    fail_msg("%s", error->message);
  check_sums(mappings, pyramid);
  const HvMappingGroup *group = find(mappings, path, HV_STATE_FILE);
  assert_non_null(group);
  assert_int_equal(group->dirty_bytes, 12 * 4096);
  assert_true(group->bytes >= 12 * 4096 && group->bytes <= (gint64)size);
  assert_int_equal(group->count, 1);
  g_autofree char *rights = hv_mapping_group_rights(group);
  assert_string_equal(rights, "rw-p");
  assert_non_null(find(mappings, "[stack]", HV_STATE_STACK));
  assert_true(hv_mappings_bytes(mappings) <= (gint64)hv_mappings_residency(mappings)->rss_bytes);
  munmap(file, size);
  unlink(path);
  close(fd);
}

static pid_t child;

static void end_child(void) {
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}

/* A child of ours, and a heap for it. @dumpable: whether others of its user may look at it */
static HvPyramid *start_child(gboolean dumpable) {
  SyntheticHeap *heap = synthetic_heap_new(SYNTHETIC_ONE_BLOCK, 1);
  GByteArray *bytes = synthetic_heap_publish(heap, 1);
  struct alloc_snapshot_header header;
  HvProcessStat stat;
  int ready[2];
  char nothing;
  assert_int_equal(pipe(ready), 0);
  child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    if (!dumpable)
      prctl(PR_SET_DUMPABLE, 0);
    close(ready[1]);
    pause();
    _exit(0);
  }
  /* The end of file: it is as it is to be. */
  close(ready[1]);
  assert_int_equal(read(ready[0], &nothing, 1), 0);
  close(ready[0]);
  assert_true(hv_process_stat((guint)child, &stat));
  synthetic_header(&header, bytes->len);
  header.process_start = stat.start_ticks;
  g_autoptr(GBytes) frozen = g_byte_array_free_to_bytes(bytes);
  g_autoptr(HvFrame) frame = hv_frame_new(&header, frozen, NULL);
  assert_non_null(frame);
  synthetic_heap_free(heap);
  return hv_pyramid_new(frame);
}

/* Gone before, or while it is read: a sentence, and no list of what was left. */
static void test_gone(void **state) {
  g_autoptr(HvPyramid) pyramid = start_child(TRUE);
  g_autoptr(HvMappings) mappings = hv_mappings_read(pyramid, (guint)child, NULL);
  assert_non_null(mappings);
  for (guint round = 0; round < 2; round++) {
    g_autoptr(GError) error = NULL;
    told_meanwhile = round == 0 ? end_child : NULL;
    assert_null(hv_mappings_read(pyramid, (guint)child, &error));
    told_meanwhile = NULL;
    assert_true(g_error_matches(error, HV_ERROR, HV_ERROR_NO_PROCESS));
    g_autofree char *sentence = g_strdup_printf("process %u has ended", (guint)child);
    assert_string_equal(error->message, sentence);
  }
}

/* Of another user, or one that lets nobody look: a sentence as well. */
static void test_forbidden(void **state) {
  g_autoptr(HvPyramid) pyramid = start_child(FALSE);
  pid_t reader = fork();
  assert_true(reader >= 0);
  if (reader == 0) {
    g_autoptr(GError) error = NULL;
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
      _exit(3);
    HvMappings *mappings = hv_mappings_read(pyramid, (guint)child, &error);
    if (mappings != NULL || !g_error_matches(error, HV_ERROR, HV_ERROR_PERMISSION))
      _exit(1);
    g_autofree char *sentence = g_strdup_printf(
        "cannot read the resident memory of process %u: Permission denied", (guint)child);
    _exit(strcmp(error->message, sentence) == 0 ? 0 : 2);
  }
  int status = 0;
  assert_int_equal(waitpid(reader, &status, 0), reader);
  end_child();
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_whole),     cmocka_unit_test(test_torn),
      cmocka_unit_test(test_hostile),   cmocka_unit_test(test_damaged),
      cmocka_unit_test(test_groups),    cmocka_unit_test(test_sorted_and_told),
      cmocka_unit_test(test_metadata),  cmocka_unit_test(test_beside_the_heap),
      cmocka_unit_test(test_own),       cmocka_unit_test(test_gone),
      cmocka_unit_test(test_forbidden),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
