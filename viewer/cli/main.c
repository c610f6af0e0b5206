/* SPDX-License-Identifier: MIT */
/* alloc-inspect: picks the command. */
#include "config.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/cli/inspect.h"

static const struct {
  const char *name;
  const char *arguments;
  const char *summary;
  int (*run)(int argc, char **argv);
} commands[] = {
    {"list", "", "the processes that can be watched", inspect_list},
    {"ledger", "PID|FILE", "what the resident memory of a process is", inspect_ledger},
    {"reasons", "PID|FILE", "what holds it, the most first, and what would give it back",
     inspect_reasons},
    {"spans", "PID|FILE", "spans, those that waste most first", inspect_spans},
    {"classes", "PID|FILE", "size classes, those that waste most first", inspect_classes},
    {"threads", "PID|FILE", "thread caches, those that keep most first", inspect_threads},
    {"regions", "PID|FILE", "mmapped regions, the largest first", inspect_regions},
    {"arenas", "PID|FILE", "arenas, those that waste most first", inspect_arenas},
    {"stacks", "PID|FILE", "chunks of stacks of scopes, the fullest first", inspect_stacks},
    {"events", "PID|FILE", "what happened to a process, the newest first", inspect_events},
    {"release", "PID|FILE", "how few blocks keep how many bytes", inspect_release},
    {"pins", "PID|FILE", "the blocks that keep most", inspect_pins},
    {"mappings", "PID", "what is resident outside of the heap, the most first", inspect_mappings},
    {"profile", "[start|stop] PID|FILE", "who allocated what is live: the sampled profile",
     inspect_profile},
    {"where", "PID|FILE ADDRESS", "what lies at an address, or in an area", inspect_where},
    {"trim", "PID", "makes the process give free memory back", inspect_trim},
    {"map", "PID|FILE --output PICTURE", "a picture of the heap: .png, .svg or .pdf", inspect_map},
    {"report", "PID|FILE --output PICTURE", "ledger, reasons, map, classes and timeline on a page",
     inspect_report},
    {"json", "PID|FILE", "everything that is known, as JSON", inspect_json},
    {"leaks", "TRACE [PROGRAM]", "what was not freed, by a trace of mtrace(3)", inspect_leaks},
    {"diff", "A B", "what changed between two saved frames or moments of a recording",
     inspect_diff},
    {"record", "PID --output FILE", "frame after frame as a file, until it is interrupted",
     inspect_record},
    {"save", "PID|FILE --output FILE", "one frame as a file, to look at later", inspect_save},
};

static void print_help(FILE *out) {
  fputs("Usage: alloc-inspect COMMAND [OPTION...] [ARGUMENT]\n\n"
        "Shows the heap of a process that runs on liballoc, live or from a saved frame.\n\n"
        "Commands:\n",
        out);
  for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
    fprintf(out, "  %-8s %-26s %s\n", commands[i].name, commands[i].arguments, commands[i].summary);
  fputs("\nOptions:\n"
        "  -h, --help     this text; \"alloc-inspect COMMAND --help\" for one command\n"
        "      --version  the version\n\n"
        "PID is a process of this user; FILE is what \"save\" or \"record\" wrote.\n",
        out);
}

int main(int argc, char **argv) {
  setlocale(LC_ALL, "");
  if (argc < 2) {
    print_help(stderr);
    return INSPECT_USAGE;
  }
  const char *name = argv[1];
  if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
    print_help(stdout);
    return inspect_finish("help");
  }
  if (strcmp(name, "--version") == 0) {
    puts("alloc-inspect " PACKAGE_VERSION);
    return inspect_finish("version");
  }
  for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
    if (strcmp(name, commands[i].name) == 0)
      return commands[i].run(argc - 1, argv + 1);
  fprintf(stderr, "alloc-inspect: there is no %s \"%s\": see alloc-inspect --help\n",
          *name == '-' ? "option" : "command", name);
  return INSPECT_USAGE;
}
