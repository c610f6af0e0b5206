/* SPDX-License-Identifier: MIT */
/*
 * What addresses in object files are called: function, file and line, with the functions that the
 * compiler has inlined there. By DWARF where there is some (in the object, or in a separate file
 * that its build id or its debug link names, under /usr/lib/debug or beside it), else by the
 * symbol table.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _HvSymbols HvSymbols;

/* One function at an address. Texts belong to the HvSymbols. */
typedef struct {
  const char *function; /* demangled; NULL: unknown */
  const char *file;     /* of the source; NULL: unknown */
  guint line;           /* 0: unknown */
  gboolean inlined;     /* into the next frame */
} HvSymbolFrame;

HvSymbols *hv_symbols_new(void);
void hv_symbols_free(HvSymbols *symbols);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvSymbols, hv_symbols_free)

/**
 * hv_symbols_set_program:
 * @path: an executable
 *
 * Objects whose name ends in the same file name are taken to be @path: a program may have been
 * started by a relative name, elsewhere.
 */
void hv_symbols_set_program(HvSymbols *symbols, const char *path);

/**
 * hv_symbols_resolve:
 * @object: path of the object file; a name without a slash is looked for in PATH
 * @address: in the terms of the object file, that is less the load bias
 *
 * Looks each address up once. Never fails: what is not known is NULL in the one frame there is.
 * For the line of a call, give the return address less 1.
 *
 * Returns: (transfer none) (element-type HvSymbolFrame): at least one frame, innermost first
 */
const GArray *hv_symbols_resolve(HvSymbols *symbols, const char *object, guint64 address);

G_END_DECLS
