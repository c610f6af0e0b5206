/* SPDX-License-Identifier: MIT */
/*
 * Symbols through elfutils' libdwfl, one Dwfl an object. The way through inlined functions is that
 * of eu-addr2line(1).
 */
#include "viewer/model/symbols.h"

#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* An object file; module is NULL when it cannot be read. */
typedef struct {
  Dwfl *dwfl;
  Dwfl_Module *module;
  GHashTable *places; /* guint64 * -> GArray of HvSymbolFrame */
} Object;

struct _HvSymbols {
  char *program;
  GHashTable *objects; /* name -> Object */
  GStringChunk *texts;
};

/* ---- objects ---- */

static char *debug_path; /* NULL: where the distribution has it, and beside the object */

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = &debug_path,
};

static void object_free(gpointer data) {
  Object *object = data;
  g_hash_table_unref(object->places);
  if (object->dwfl != NULL)
    dwfl_end(object->dwfl);
  g_free(object);
}

/* The file that an object's name means. */
static char *object_path(const HvSymbols *symbols, const char *name) {
  const char *base = strrchr(name, '/');
  if (symbols->program != NULL) {
    g_autofree char *own = g_path_get_basename(symbols->program);
    if (strcmp(own, base == NULL ? name : base + 1) == 0)
      return g_strdup(symbols->program);
  }
  char *found = base == NULL ? g_find_program_in_path(name) : NULL;
  return found != NULL ? found : g_strdup(name);
}

/* Names come from files that anybody may have written: only what is a file is opened. */
static gboolean is_file(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static void object_open(Object *object, const char *path) {
  if (!is_file(path) || (object->dwfl = dwfl_begin(&callbacks)) == NULL)
    return;
  dwfl_report_begin(object->dwfl);
  object->module = dwfl_report_offline(object->dwfl, path, path, -1);
  dwfl_report_end(object->dwfl, NULL, NULL);
}

static Object *object_get(HvSymbols *symbols, const char *name) {
  Object *object = g_hash_table_lookup(symbols->objects, name);
  if (object == NULL) {
    g_autofree char *path = object_path(symbols, name);
    object = g_new0(Object, 1);
    object->places =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_array_unref);
    object_open(object, path);
    g_hash_table_insert(symbols->objects, g_strdup(name), object);
  }
  return object;
}

/* ---- names ---- */

typedef char *(*Demangle)(const char *, char *, size_t *, int *);

/* That of the C++ library, if one is installed: nothing else here needs it. */
static Demangle demangler(void) {
  static gsize once;
  static Demangle function;
  if (g_once_init_enter(&once)) {
    void *library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);
    void *symbol = library == NULL ? NULL : dlsym(library, "__cxa_demangle");
    memcpy(&function, &symbol, sizeof symbol);
    g_once_init_leave(&once, 1);
  }
  return function;
}

static const char *intern_function(HvSymbols *symbols, const char *name) {
  if (name == NULL)
    return NULL;
  char *plain = NULL;
  if (strncmp(name, "_Z", 2) == 0 && demangler() != NULL)
    plain = demangler()(name, NULL, NULL, NULL);
  const char *text = g_string_chunk_insert_const(symbols->texts, plain == NULL ? name : plain);
  free(plain);
  return text;
}

/* A file as addr2line(1) names it: in the folder it was compiled in. */
static const char *intern_file(HvSymbols *symbols, const char *file, const char *folder) {
  if (file == NULL)
    return NULL;
  if (file[0] == '/' || folder == NULL)
    return g_string_chunk_insert_const(symbols->texts, file);
  g_autofree char *path = g_strconcat(folder, "/", file, NULL);
  return g_string_chunk_insert_const(symbols->texts, path);
}

static gboolean is_function(Dwarf_Die *die) {
  int tag = dwarf_tag(die);
  return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine || tag == DW_TAG_entry_point;
}

/* The name with its class and arguments where DWARF has the linker's, else the plain one. */
static const char *die_name(HvSymbols *symbols, Dwarf_Die *die) {
  Dwarf_Attribute attribute;
  const char *name =
      dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) != NULL
                           ? &attribute
                           : dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute));
  return intern_function(symbols, name != NULL ? name : dwarf_diename(die));
}

static guint die_number(Dwarf_Die *die, guint name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value;
  if (dwarf_formudata(dwarf_attr(die, name, &attribute), &value) != 0 || value > G_MAXUINT)
    return 0;
  return (guint)value;
}

/* ---- an address ---- */

/* The functions around the address of the compilation unit, innermost first; the first frame is
 * there already and has its line. */
static void add_scopes(HvSymbols *symbols, GArray *frames, Dwarf_Die *unit, Dwarf_Addr address) {
  Dwarf_Die *scopes = NULL, innermost;
  int count = dwarf_getscopes(unit, address, &scopes);
  if (count <= 0)
    return;
  innermost = scopes[0];
  free(scopes);
  scopes = NULL;
  /* From the place of the code outwards, instead of from the definition of what was inlined. */
  count = dwarf_getscopes_die(&innermost, &scopes);
  Dwarf_Attribute attribute;
  Dwarf_Files *files = NULL;
  const char *folder = dwarf_formstring(dwarf_attr_integrate(unit, DW_AT_comp_dir, &attribute));
  if (count > 0 && dwarf_getsrcfiles(unit, &files, NULL) != 0)
    files = NULL;
  for (int i = 0; i < count; i++) {
    if (!is_function(&scopes[i]))
      continue;
    HvSymbolFrame *frame = &g_array_index(frames, HvSymbolFrame, frames->len - 1);
    frame->function = die_name(symbols, &scopes[i]);
    if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine)
      break;
    frame->inlined = TRUE;
    guint number = die_number(&scopes[i], DW_AT_call_file);
    const char *file = files == NULL ? NULL : dwarf_filesrc(files, number, NULL, NULL);
    HvSymbolFrame caller = {.file = intern_file(symbols, file, folder),
                            .line = die_number(&scopes[i], DW_AT_call_line)};
    g_array_append_val(frames, caller);
  }
  free(scopes);
}

/* The compilation unit of an address. clang writes no table of them (.debug_aranges), which is all
 * that libdw looks at by itself, and takes a gap in it for part of the unit before. */
static Dwarf_Die *find_unit(Dwfl_Module *module, Dwarf_Addr at, Dwarf_Addr *bias) {
  Dwarf_Die *unit = dwfl_module_addrdie(module, at, bias);
  if (unit != NULL && dwarf_haspc(unit, at - *bias) > 0)
    return unit;
  unit = NULL;
  while ((unit = dwfl_module_nextcu(module, unit, bias)) != NULL)
    if (dwarf_haspc(unit, at - *bias) > 0)
      break;
  return unit;
}

static void set_line(HvSymbols *symbols, HvSymbolFrame *frame, Dwarf_Die *unit,
                     Dwarf_Addr address) {
  Dwarf_Attribute attribute;
  Dwarf_Line *line = dwarf_getsrc_die(unit, address);
  int number = 0;
  const char *file = line == NULL ? NULL : dwarf_linesrc(line, NULL, NULL);
  const char *folder = dwarf_formstring(dwarf_attr_integrate(unit, DW_AT_comp_dir, &attribute));
  if (file == NULL)
    return;
  frame->file = intern_file(symbols, file, folder);
  if (dwarf_lineno(line, &number) == 0 && number > 0)
    frame->line = (guint)number;
}

static void look_up(HvSymbols *symbols, Object *object, guint64 address, GArray *frames) {
  GElf_Addr bias = 0;
  if (object->module == NULL || dwfl_module_getelf(object->module, &bias) == NULL)
    return;
  Dwarf_Addr at = address + bias, unit_bias = 0;
  Dwarf_Die *unit = find_unit(object->module, at, &unit_bias);
  if (unit != NULL) {
    set_line(symbols, &g_array_index(frames, HvSymbolFrame, 0), unit, at - unit_bias);
    add_scopes(symbols, frames, unit, at - unit_bias);
  }
  HvSymbolFrame *frame = &g_array_index(frames, HvSymbolFrame, frames->len - 1);
  if (frame->function == NULL) {
    GElf_Off offset;
    GElf_Sym symbol;
    const char *name = dwfl_module_addrinfo(object->module, at, &offset, &symbol, NULL, NULL, NULL);
    /* The nearest one below it is a guess when it is known where that ends. */
    if (name != NULL && (symbol.st_size == 0 || offset < symbol.st_size))
      frame->function = intern_function(symbols, name);
  }
}

const GArray *hv_symbols_resolve(HvSymbols *symbols, const char *name, guint64 address) {
  Object *object = object_get(symbols, name);
  GArray *frames = g_hash_table_lookup(object->places, &address);
  if (frames == NULL) {
    const HvSymbolFrame unknown = {0};
    frames = g_array_new(FALSE, FALSE, sizeof(HvSymbolFrame));
    g_array_append_val(frames, unknown);
    look_up(symbols, object, address, frames);
    g_hash_table_insert(object->places, g_memdup2(&address, sizeof address), frames);
  }
  return frames;
}

/* ---- life ---- */

HvSymbols *hv_symbols_new(void) {
  HvSymbols *symbols = g_new0(HvSymbols, 1);
  symbols->objects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, object_free);
  symbols->texts = g_string_chunk_new(4096);
  return symbols;
}

void hv_symbols_set_program(HvSymbols *symbols, const char *path) {
  g_free(symbols->program);
  symbols->program = g_strdup(path);
}

void hv_symbols_free(HvSymbols *symbols) {
  g_hash_table_unref(symbols->objects);
  g_string_chunk_free(symbols->texts);
  g_free(symbols->program);
  g_free(symbols);
}
