/* SPDX-License-Identifier: MIT */
/*
 * place.h: what a return address is called, in the words of glibc's mtrace:
 *
 *     OBJECT:(SYMBOL+1a)[0x4005d6]     a dynamic symbol covers the address; offset in hexadecimal
 *     OBJECT:[0x4005d6]                none does
 *     [0x7f1234560000]                 no object is there (code made at run time)
 *
 * The number in brackets is the address less the load bias of the object: what addr2line(1) and
 * the symbol table of the file call it, be the object position-independent or not. OBJECT is the
 * path that the loader knows, and for the program itself the name that it was started by.
 *
 * This is dladdr(3) without its lock, which another thread may hold while it waits for us: the
 * object comes from _dl_find_object (glibc 2.35), which takes none, and the symbol from the
 * object's own hash table. Each address is looked up once. A place remembers the object it was
 * found in, so that it is not mistaken for one in a library that was loaded there later.
 */
#ifndef LIBALLOC_PLACE_H
#define LIBALLOC_PLACE_H

#include "heap/base.h"

struct place {
  struct place *next; /* in its chain */
  const void *address;
  const void *object; /* map of the loader; NULL: none, or not known */
  const void *begin;  /* where it was mapped */
  size_t length;      /* of the text */
  char text[];        /* no NUL */
};

/* The place of an address, never NULL and never freed. Any thread; no lock, no malloc. */
HIDDEN const struct place *place_of(const void *address);

/* An object that is loaded. */
struct place_object {
  const void *map;   /* link_map, or NULL */
  const void *begin; /* first address */
  uintptr_t bias;    /* addresses less those in its file */
  const char *name;  /* as the loader knows it; empty: the program; valid while it is loaded */
  const void *dynamic;
};

/* The object that an address lies in; false: none. Any thread; no malloc. */
HIDDEN bool place_object_of(const void *address, struct place_object *object);

/* The name that the program was started by. */
HIDDEN const char *place_program(void);

/* Whether the loader's _dl_find_object may be called: not before the constructor, since its own
 * initialization allocates, and not once libc has been told to free its records. */
HIDDEN void place_set_fast(bool fast);

/* Whether the address still belongs to the object that the place names. */
HIDDEN bool place_holds(const struct place *place);

#endif
