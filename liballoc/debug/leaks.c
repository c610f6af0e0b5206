/* SPDX-License-Identifier: MIT */
#include "debug/leaks.h"

#include <liballoc/alloc.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "debug/blocks.h"
#include "debug/file_name.h"
#include "debug/output.h"
#include "debug/record.h"
#include "debug/scan.h"
#include "debug/sort.h"
#include "heap/message.h"
#include "heap/os.h"

enum { SITES_MOST = 100 }; /* that are printed for people */

FILE_TABLE(struct file_name leaks_name);
static bool to_file;
static bool complete; /* all threads were stopped when it was found out */
static bool found;

/* ---- finding ---- */

void leaks_start(const char *file, const char *variable) {
  if (file && !file_name_set(&leaks_name, file, variable)) {
    message_warn("LIBALLOC_LEAKS is ignored: its file name is too long");
    return;
  }
  to_file = file != NULL;
  if (to_file)
    file_name_redirect_others(&leaks_name);
  record_set(RECORD_LEAKS, true);
}

void leaks_redirect_others(void) {
  if (to_file)
    file_name_redirect_others(&leaks_name);
}

void leaks_after_fork(void) {
  if (to_file)
    file_name_add_process(&leaks_name);
}

void leaks_find(uintptr_t from) {
  complete = scan_blocks(from, &found);
  if (!found)
    message_warn("cannot look for leaks: there is no memory, or an allocation was interrupted");
}

/* ---- what was found ---- */

struct sum {
  size_t blocks, bytes;
};

/* The blocks that are still there, sorted by state and stack. In a mapping of its own. */
struct findings {
  struct block **block;
  size_t count, room;
  struct sum state[BLOCK_INDIRECT + 1];
};

static void count_block(struct block *block, void *data) {
  (void)block;
  ++*(size_t *)data;
}

static void find_block(struct block *block, void *data) {
  struct findings *findings = data;

  findings->state[block->state].blocks++;
  findings->state[block->state].bytes += block->bytes;
  if (findings->count < findings->room && block->state != BLOCK_UNSEEN)
    findings->block[findings->count++] = block;
}

static uint32_t stack_number(const struct block *block) {
  return block->stack ? block->stack->number : 0;
}

static bool is_before(const void *a, const void *b) {
  const struct block *one = a, *other = b;

  if (one->state != other->state)
    return one->state < other->state;
  if (one->stack != other->stack)
    return stack_number(one) < stack_number(other);
  return one->address < other->address;
}

/* With the records locked. */
static struct findings findings_make(void) {
  struct findings findings = {0};
  size_t count = 0;

  blocks_each(count_block, &count);
  findings.room = round_up(count * sizeof(struct block *) + 1, PAGE_BYTES) / sizeof(struct block *);
  findings.block = os_map(NULL, findings.room * sizeof(struct block *));
  if (!findings.block)
    findings.room = 0;
  blocks_each(find_block, &findings);
  sort_pointers((void **)findings.block, findings.count, is_before);
  return findings;
}

static void findings_free(struct findings *findings) {
  if (findings->block)
    os_unmap(findings->block, findings->room * sizeof(struct block *));
}

/* ---- sites ---- */

/* Blocks of one state and stack: a run of the findings. */
struct site_run {
  struct block **first;
  struct sum amount;
};

struct sites {
  struct site_run *run;
  void **order; /* of the runs, most bytes first */
  size_t count, mapped_bytes;
};

static bool is_larger(const void *a, const void *b) {
  const struct site_run *one = a, *other = b;

  if ((*one->first)->state != (*other->first)->state)
    return (*one->first)->state < (*other->first)->state;
  return one->amount.bytes > other->amount.bytes;
}

static bool same_site(const struct block *a, const struct block *b) {
  return a->state == b->state && a->stack == b->stack;
}

/* Of what is lost, directly or not. */
static struct sites sites_make(const struct findings *findings) {
  struct sites sites = {0};
  size_t begin = 0;

  while (begin < findings->count && findings->block[begin]->state < BLOCK_LOST)
    begin++;
  size_t most = findings->count - begin;
  sites.mapped_bytes = round_up(most * (sizeof(struct site_run) + sizeof(void *)) + 1, PAGE_BYTES);
  sites.run = os_map(NULL, sites.mapped_bytes);
  if (!sites.run)
    return sites;
  sites.order = (void **)(sites.run + most);
  for (size_t i = begin; i < findings->count; i++) {
    struct site_run *run = sites.count ? &sites.run[sites.count - 1] : NULL;
    if (!run || !same_site(*run->first, findings->block[i])) {
      run = &sites.run[sites.count];
      run->first = &findings->block[i];
      sites.order[sites.count++] = run;
    }
    run->amount.blocks++;
    run->amount.bytes += findings->block[i]->bytes;
  }
  sort_pointers(sites.order, sites.count, is_larger);
  return sites;
}

static void sites_free(struct sites *sites) {
  if (sites->run)
    os_unmap(sites->run, sites->mapped_bytes);
}

/* ---- for people ---- */

static void put_amount(struct output *out, struct sum amount) {
  output_decimal(out, amount.blocks);
  output_text(out, amount.blocks == 1 ? " block, " : " blocks, ");
  output_decimal(out, amount.bytes);
  output_text(out, amount.bytes == 1 ? " byte" : " bytes");
}

static void put_process(struct output *out) {
  output_text(out, "process ");
  output_decimal(out, os_process_id());
  output_text(out, ", ");
  output_text(out, place_program());
}

static void put_site(struct output *out, const struct site_run *run) {
  const struct block *block = *run->first;

  output_text(out, "\n");
  put_amount(out, run->amount);
  output_text(out, block->state == BLOCK_LOST ? " lost, allocated by\n"
                                              : " led to by lost blocks only, allocated by\n");
  if (!block->stack)
    output_text(out, "    ? (there was no memory to note it)\n");
  for (unsigned i = 0; block->stack && i < block->stack->count; i++) {
    output_text(out, "    ");
    output_bytes(out, block->stack->place[i]->text, block->stack->place[i]->length);
    output_text(out, "\n");
  }
}

static void write_text(struct output *out, const struct findings *findings) {
  const struct sum *lost = &findings->state[BLOCK_LOST];
  const struct sum *indirect = &findings->state[BLOCK_INDIRECT];
  const struct sum *reachable = &findings->state[BLOCK_REACHABLE];

  output_text(out, "liballoc: ");
  put_process(out);
  output_text(out, ": ");
  put_amount(out, (struct sum){lost->blocks + indirect->blocks, lost->bytes + indirect->bytes});
  output_text(out, lost->blocks + indirect->blocks == 1 ? " is lost\n" : " are lost\n");
  struct sites sites = sites_make(findings);
  for (size_t i = 0; i < sites.count && i < SITES_MOST; i++)
    put_site(out, sites.order[i]);
  if (sites.count > SITES_MOST) {
    output_text(out, "\n... and ");
    output_decimal(out, sites.count - SITES_MOST);
    output_text(out, " more places\n");
  }
  sites_free(&sites);
  output_text(out, "\n");
  put_amount(out, *reachable);
  output_text(out, " still reachable.\n");
  if (!complete)
    output_text(out, "Other threads could not be stopped (ptrace is not allowed): what only their "
                     "registers led to is listed as lost.\n");
  output_text(out, "For functions and lines set LIBALLOC_LEAKS=FILE and use: alloc-inspect leaks "
                   "FILE\n");
}

/* ---- for alloc-inspect ---- */

static void put_definition(struct output *out, const struct stack *stack) {
  output_text(out, "= stack ");
  output_decimal(out, stack->number);
  for (unsigned i = 0; i < stack->count; i++) {
    output_text(out, " ");
    output_bytes(out, stack->place[i]->text, stack->place[i]->length);
  }
  output_text(out, "\n");
}

static void put_block(struct output *out, const struct block *block) {
  static const char *const states[] = {"", " reachable", " lost", " indirect"};
  const struct stack *stack = block->stack;

  if (stack && stack->place[0]->length) {
    output_text(out, "@ ");
    output_bytes(out, stack->place[0]->text, stack->place[0]->length);
    output_text(out, " ");
  }
  output_text(out, block->state == BLOCK_REACHABLE ? "! " : "+ ");
  output_hex(out, block->address);
  output_text(out, " ");
  if (block->bytes)
    output_hex(out, block->bytes);
  else
    output_text(out, "0");
  if (stack) {
    output_text(out, " #");
    output_decimal(out, stack->number);
  }
  output_text(out, states[block->state]);
  output_text(out, "\n");
}

static void write_trace(struct output *out, const struct findings *findings) {
  static uint32_t reports;
  uint32_t report = ++reports;

  output_text(out, "= Start\n= leaks of ");
  put_process(out);
  output_text(out, "\n");
  if (!complete)
    output_text(out, "= threads were not stopped\n");
  for (size_t i = 0; i < findings->count; i++) {
    struct stack *stack = findings->block[i]->stack;
    if (stack && stack->mark != report) {
      stack->mark = report;
      put_definition(out, stack);
    }
    put_block(out, findings->block[i]);
  }
  output_text(out, "= End\n");
}

/* ---- writing ---- */

static void warn(const char *path, int problem) {
  struct line line = {0};

  line_text(&line, "liballoc: warning: cannot write the leak report ");
  line_text(&line, path);
  line_text(&line, ": ");
  line_text(&line, strerrordesc_np(problem));
  line_write(&line);
}

static void write_file(const struct findings *findings) {
  char path[FILE_NAME_BYTES];

  file_name_expand(&leaks_name, 0, path);
  struct output out = {.file =
                           open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666)};
  if (out.file < 0) {
    warn(path, errno);
    return;
  }
  write_trace(&out, findings);
  output_flush(&out);
  if (out.problem)
    warn(path, out.problem);
  close(out.file);
}

void leaks_report(void) {
  int saved_errno = errno;

  if (!found || !blocks_lock_all())
    return;
  struct findings findings = findings_make();
  if (to_file) {
    write_file(&findings);
  } else if (findings.state[BLOCK_LOST].blocks + findings.state[BLOCK_INDIRECT].blocks) {
    struct output out = {.file = STDERR_FILENO};
    write_text(&out, &findings);
    output_flush(&out);
  }
  findings_free(&findings);
  blocks_unlock_all();
  errno = saved_errno;
}

long alloc_leaks_report(int file) {
  const void *frame = __builtin_frame_address(0);
  int saved_errno = errno;

  if (!(peek(&record_flags) & RECORD_LEAKS))
    return -1;
  leaks_find((uintptr_t)frame);
  if (!found || !blocks_lock_all())
    return -1;
  struct findings findings = findings_make();
  struct output out = {.file = file};
  if (to_file)
    write_trace(&out, &findings);
  else
    write_text(&out, &findings);
  output_flush(&out);
  long lost = (long)(findings.state[BLOCK_LOST].blocks + findings.state[BLOCK_INDIRECT].blocks);
  findings_free(&findings);
  blocks_unlock_all();
  errno = saved_errno;
  return lost;
}
