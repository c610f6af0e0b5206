/* SPDX-License-Identifier: MIT */
#include "debug/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "debug/maps.h"
#include "debug/ranges.h"
#include "debug/stop.h"
#include "heap/arena.h"
#include "heap/os.h"

enum {
  WINDOW_BYTES = 64 * 1024, /* of memory that is looked at at once */
  WINDOW_PAGES = 512,       /* of which the kernel is asked at once whether they are there */
  TCB_BYTES = 4096,         /* libc's record of a thread, above its stack */
};

/* A mapping that is larger than any memory holds shadows of a sanitizer and the like. */
#define ABSURD_BYTES (UINT64_C(1) << 40)

/* All of one scan. Lives in a mapping of its own, which is no root. */
struct scan {
  const struct stop *stop;
  struct ranges ours, regions;
  struct block *gray; /* reached and not looked at yet */
  enum { MARK_REACHABLE, MARK_LED_TO, MARK_SEEN } marking;
  const struct block *source; /* being looked at */
  uint32_t process;
  struct range own_data;
  int pagemap;   /* < 0: there is none */
  bool unsafely; /* the kernel does not copy for us */
  uint64_t page[WINDOW_PAGES];
  uintptr_t window[WINDOW_BYTES / sizeof(uintptr_t)];
  struct maps maps;
};

/* Ends the list of gray blocks: a block whose gray is NULL is not in it, and has not been. */
static struct block list_end;

/* ---- from a word to a block ---- */

static uintptr_t span_begin(const void *pointer) {
  const char *base = span_base(arena_span(pointer));
  return (uintptr_t)base;
}

/* First byte of the block that holds the address, live or not; 0: no block does. */
static uintptr_t block_begin(const struct scan *scan, uintptr_t address) {
  const void *pointer = (const void *)address;
  slice_tag tag = arena_tag_at(pointer);
  unsigned k = tag >> TAG_BIN_SHIFT & 0xff;

  if (tag >> TAG_OWNER_SHIFT && k < CLASSES) {
    uintptr_t base = span_begin(pointer);
    return base + size_class_index(&size_classes[k], address - base) *
                      (uintptr_t)size_classes[k].block_bytes;
  }
  if (tag == TAG_LARGE || tag == TAG_LARGE_REST)
    return span_begin(pointer);
  const struct range *region = ranges_after(&scan->regions, address);
  return region && region->begin <= address ? region->begin : 0;
}

/* A block is reached for the first time: it is to be looked at. */
static void add_gray(struct scan *scan, struct block *block, enum block_state state) {
  block->state = (uint16_t)state;
  block->gray = scan->gray;
  scan->gray = block;
}

static void reach(struct scan *scan, uintptr_t word) {
  uintptr_t begin = block_begin(scan, word);
  struct block *block = begin ? blocks_find(begin) : NULL;

  if (!block || block == scan->source)
    return;
  switch (scan->marking) {
  case MARK_REACHABLE:
    if (block->state == BLOCK_UNSEEN)
      add_gray(scan, block, BLOCK_REACHABLE);
    break;
  case MARK_LED_TO:
    if (block->state == BLOCK_UNSEEN)
      block->state = BLOCK_INDIRECT;
    break;
  case MARK_SEEN:
    if (block->state == BLOCK_INDIRECT && !block->gray)
      add_gray(scan, block, BLOCK_INDIRECT);
    break;
  }
}

/* ---- looking at memory ---- */

/* Copies what can be read of [address, address + bytes), at most a window, and returns how much. */
static size_t copy(struct scan *scan, uintptr_t address, size_t bytes) {
  struct iovec to = {scan->window, bytes}, from = {(void *)address, bytes};

  if (!scan->unsafely) {
    ssize_t n = process_vm_readv((pid_t)scan->process, &to, 1, &from, 1, 0);
    if (n >= 0 || errno == EFAULT)
      return n > 0 ? (size_t)n : 0;
    scan->unsafely = true;
  }
  memcpy(scan->window, (const void *)address, bytes);
  return bytes;
}

static void look_at(struct scan *scan, uintptr_t begin, uintptr_t end) {
  begin = round_up(begin, sizeof(uintptr_t));
  while (begin < end && end - begin >= sizeof(uintptr_t)) {
    size_t most = WINDOW_BYTES - begin % PAGE_BYTES; /* so that a page is read as a whole */
    size_t want = end - begin < most ? end - begin : most;
    size_t got = copy(scan, begin, want);
    for (size_t i = 0; i < got / sizeof(uintptr_t); i++)
      reach(scan, scan->window[i]);
    /* Behind what cannot be read, on the next page. */
    begin = got == want ? begin + want : (begin + got) / PAGE_BYTES * PAGE_BYTES + PAGE_BYTES;
  }
}

/* Looks at all blocks that have been reached, and at those that they lead to. */
static void look_at_gray(struct scan *scan) {
  while (scan->gray != &list_end) {
    struct block *block = scan->gray;
    scan->gray = block->gray;
    block->gray = block;
    scan->source = block;
    look_at(scan, block->address, block->address + block->bytes);
    scan->source = NULL;
  }
}

/* ---- roots ---- */

enum { PAGE_PRESENT = 63, PAGE_SWAPPED = 62, PAGE_OF_FILE = 61 }; /* bits of pagemap (proc(5)) */

/* Whether a page may hold what the process has written. */
static bool page_counts(uint64_t page, bool writable) {
  if (!(page >> PAGE_PRESENT & 1) && !(page >> PAGE_SWAPPED & 1))
    return false;
  return writable || !(page >> PAGE_OF_FILE & 1);
}

/* Looks at the pages of a part of a mapping that are there. */
static void look_at_pages(struct scan *scan, uintptr_t begin, uintptr_t end, bool writable) {
  while (begin < end) {
    uintptr_t first = begin & ~(uintptr_t)(PAGE_BYTES - 1);
    off_t offset = (off_t)(first / PAGE_BYTES * sizeof scan->page[0]);
    ssize_t n =
        scan->pagemap < 0 ? -1 : pread(scan->pagemap, scan->page, sizeof scan->page, offset);
    if (n < (ssize_t)sizeof scan->page[0]) {
      if (writable)
        look_at(scan, begin, end);
      return;
    }
    size_t pages = (size_t)n / sizeof scan->page[0];
    for (size_t i = 0; i < pages && begin < end;) {
      size_t run = i;
      while (run < pages && page_counts(scan->page[run], writable))
        run++;
      uintptr_t stop = first + (run > i ? run : i + 1) * PAGE_BYTES;
      stop = stop < end ? stop : end;
      if (run > i)
        look_at(scan, begin, stop);
      begin = stop;
      i = run > i ? run : i + 1;
    }
  }
}

/* The same, less what is ours. */
static void look_at_part(struct scan *scan, uintptr_t begin, uintptr_t end, bool writable) {
  const struct range *range = ranges_after(&scan->ours, begin);
  const struct range *last = scan->ours.range + scan->ours.count;

  for (; begin < end && range && range < last && range->begin < end; range++) {
    if (range->begin > begin)
      look_at_pages(scan, begin, range->begin, writable);
    begin = range->end > begin ? range->end : begin;
  }
  if (begin < end)
    look_at_pages(scan, begin, end, writable);
}

/* The thread whose record is in [begin, end); NULL: none's is. */
static const struct stopped *thread_of(const struct scan *scan, uintptr_t begin, uintptr_t end) {
  for (unsigned i = 0; i < scan->stop->count; i++) {
    uintptr_t at = scan->stop->thread[i].thread_pointer;
    if (at >= begin && at < end)
      return &scan->stop->thread[i];
  }
  return NULL;
}

/* The thread whose stack pointer is in [begin, end). */
static const struct stopped *thread_on(const struct scan *scan, uintptr_t begin, uintptr_t end) {
  for (unsigned i = 0; i < scan->stop->count; i++) {
    uintptr_t at = scan->stop->thread[i].stack_pointer;
    if (at >= begin && at < end)
      return &scan->stop->thread[i];
  }
  return NULL;
}

/*
 * libc's record of a thread in a mapping, which has its own address at its begin and two words
 * further (x86-64: tcb and self of tcbhead_t); 0: there is none.
 */
static uintptr_t find_record(struct scan *scan, uintptr_t begin, uintptr_t end) {
  while (begin < end) {
    size_t want = end - begin < WINDOW_BYTES ? end - begin : WINDOW_BYTES;
    size_t got = copy(scan, begin, want);
    for (size_t i = 0; i + 2 < got / sizeof(uintptr_t); i += 2)
      if (scan->window[i] == begin + i * sizeof(uintptr_t) &&
          scan->window[i + 2] == scan->window[i])
        return scan->window[i];
    /* A record may lie across the end of a window. */
    begin += got == want && want == WINDOW_BYTES ? WINDOW_BYTES - PAGE_BYTES : WINDOW_BYTES;
  }
  return 0;
}

/*
 * A stack that libc has made for a thread: an anonymous mapping above a guard, the thread's record
 * near its end, or in the middle if the kernel has joined it to another mapping. Of a thread that
 * has ended only its table of thread-local storage counts (dtv of tcbhead_t, behind the record's
 * own address), which libc keeps with the stack for the next thread; a live one may be on another
 * stack at the moment, then all of it does. Returns where the rest of the mapping begins.
 */
static uintptr_t look_at_thread_stack(struct scan *scan, const struct mapping *mapping) {
  uintptr_t record = find_record(scan, mapping->begin, mapping->end);
  if (!record)
    return mapping->begin;
  uintptr_t end = record + TCB_BYTES < mapping->end ? record + TCB_BYTES : mapping->end;
  const struct stopped *thread = thread_of(scan, mapping->begin, end);

  if (thread) {
    bool here = thread->stack_pointer >= mapping->begin && thread->stack_pointer < end;
    look_at_part(scan, here ? thread->stack_pointer : mapping->begin, end, true);
  } else if (!scan->stop->complete) {
    look_at_part(scan, mapping->begin, end, true);
  } else {
    look_at(scan, record + sizeof(uintptr_t), record + 2 * sizeof(uintptr_t));
  }
  return end;
}

extern void *__libc_stack_end __attribute__((weak));

/* The stack of the main thread: what the kernel and the loader put there counts in any case. */
static void look_at_main_stack(struct scan *scan, const struct mapping *mapping) {
  const struct stopped *thread = thread_on(scan, mapping->begin, mapping->end);
  uintptr_t begin = mapping->begin;

  if (thread)
    begin = thread->stack_pointer;
  else if (scan->stop->complete && &__libc_stack_end)
    begin = (uintptr_t)__libc_stack_end;
  look_at_part(scan, begin, mapping->end, true);
}

static void look_at_mapping(struct scan *scan, const struct mapping *mapping, bool guarded) {
  uintptr_t begin = mapping->begin;

  if (mapping->shared || !mapping->readable || mapping->end - begin > ABSURD_BYTES ||
      strncmp(mapping->name, "[v", 2) == 0) /* [vvar] and its like */
    return;
  if (strcmp(mapping->name, "[stack]") == 0) {
    look_at_main_stack(scan, mapping);
    return;
  }
  if (guarded && mapping->anonymous && mapping->writable)
    begin = look_at_thread_stack(scan, mapping);
  /* A part that was written before it became read-only counts by its pages. */
  look_at_part(scan, begin, mapping->end, mapping->writable);
}

static void look_at_roots(struct scan *scan) {
  struct mapping mapping, before = {0};

  for (unsigned i = 0; i < scan->stop->count; i++)
    for (unsigned r = 0; r < STOP_REGISTERS; r++)
      reach(scan, scan->stop->thread[i].registers[r]);
  if (!maps_open(&scan->maps))
    return;
  while (maps_next(&scan->maps, &mapping)) {
    bool guarded = before.end == mapping.begin && before.anonymous && !before.readable;
    look_at_mapping(scan, &mapping, guarded);
    before = mapping;
  }
  maps_close(&scan->maps);
}

/* ---- the scan ---- */

static void forget_state(struct block *block, void *data) {
  struct scan *scan = data;

  block->gray = NULL;
  block->state = BLOCK_UNSEEN;
  /* What the parent of a fork has left is not this process's to free. */
  if (block->generation != blocks_generation())
    add_gray(scan, block, BLOCK_REACHABLE);
}

/* Marks what an unreachable block leads to. */
static void lead(struct block *block, void *data) {
  struct scan *scan = data;

  if (block->state == BLOCK_REACHABLE)
    return;
  scan->source = block;
  look_at(scan, block->address, block->address + block->bytes);
  scan->source = NULL;
}

/* Nobody leads to it: what it leads to is lost with it. */
static void lose(struct block *block, void *data) {
  struct scan *scan = data;

  if (block->state != BLOCK_UNSEEN)
    return;
  add_gray(scan, block, BLOCK_LOST);
  look_at_gray(scan);
}

/* Of a ring that nothing leads into, one is as good as any other. */
static void lose_rings(struct block *block, void *data) {
  struct scan *scan = data;

  if (block->state != BLOCK_INDIRECT || block->gray)
    return;
  add_gray(scan, block, BLOCK_LOST);
  look_at_gray(scan);
}

/*
 * The data of this library, which has addresses of all kinds in it and no pointer of the program.
 * Where it is part of a program the program's data is beside it: then it stays a root.
 */
static int find_own_data(struct dl_phdr_info *info, size_t size, void *data) {
  struct scan *scan = data;
  uintptr_t variable = (uintptr_t)&list_end;
  const char *base = strrchr(info->dlpi_name, '/');

  (void)size;
  if (strncmp(base ? base + 1 : info->dlpi_name, "liballoc.so", strlen("liballoc.so")) != 0)
    return 0;
  for (unsigned i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    uintptr_t begin = info->dlpi_addr + segment->p_vaddr;
    if (segment->p_type == PT_LOAD && variable - begin < segment->p_memsz)
      scan->own_data = (struct range){begin, begin + segment->p_memsz};
  }
  return scan->own_data.begin != 0;
}

static void look(const struct stop *stop, void *data) {
  struct scan *scan = data;

  scan->stop = stop;
  scan->process = os_process_id();
  scan->regions = ranges_of_regions();
  scan->ours = ranges_of_heap();
  ranges_add(&scan->ours, (uintptr_t)scan, (uintptr_t)scan + sizeof *scan);
  ranges_add(&scan->ours, (uintptr_t)scan->regions.range,
             (uintptr_t)(scan->regions.range + scan->regions.room));
  ranges_add(&scan->ours, stop->begin, stop->end);
  ranges_add(&scan->ours, scan->own_data.begin, scan->own_data.end);
  blocks_add_ranges(&scan->ours);
  ranges_sort(&scan->ours);
  scan->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

  scan->gray = &list_end;
  blocks_each(forget_state, scan);
  scan->marking = MARK_REACHABLE;
  look_at_roots(scan);
  look_at_gray(scan);
  scan->marking = MARK_LED_TO;
  blocks_each(lead, scan);
  scan->marking = MARK_SEEN;
  blocks_each(lose, scan);
  blocks_each(lose_rings, scan);

  if (scan->pagemap >= 0)
    close(scan->pagemap);
  ranges_free(&scan->ours);
  ranges_free(&scan->regions);
}

bool scan_blocks(uintptr_t from, bool *scanned) {
  size_t bytes = round_up(sizeof(struct scan), PAGE_BYTES);
  struct scan *scan = os_map(NULL, bytes);

  *scanned = scan != NULL;
  if (!scan)
    return true;
  dl_iterate_phdr(find_own_data, scan);
  /* Nobody may be stopped while changing a record. */
  bool complete = true;
  *scanned = blocks_lock_all();
  if (*scanned) {
    complete = stop_and_look(look, scan, from);
    blocks_unlock_all();
  }
  os_unmap(scan, bytes);
  return complete;
}
