/* SPDX-License-Identifier: MIT */
#include "debug/place.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "heap/meta.h"
#include "observe/text.h"

enum {
  CHAINS = 1 << 14,
  TEXT_MOST = 8192, /* a path and a mangled name; longer ones are cut */
};

FILE_TABLE(struct place *place_chains[CHAINS]);
static bool fast;

/* For when there is no memory for another one. */
static const struct place nowhere = {.length = 0};

/* ---- which object ---- */

#if __GLIBC_PREREQ(2, 35)

#pragma weak _dl_find_object

static bool find_fast(const void *address, struct place_object *object) {
  struct dl_find_object found;

  if (_dl_find_object((void *)(uintptr_t)address, &found) != 0)
    return false;
  const struct link_map *map = found.dlfo_link_map;
  *object = (struct place_object){.map = map,
                                  .begin = found.dlfo_map_start,
                                  .bias = map->l_addr,
                                  .name = map->l_name,
                                  .dynamic = map->l_ld};
  return true;
}

static bool can_find_fast(void) {
  return _dl_find_object != NULL && peek(&fast);
}

#else

static bool find_fast(const void *address, struct place_object *object) {
  (void)address;
  (void)object;
  return false;
}

static bool can_find_fast(void) {
  return false;
}

#endif

struct search {
  uintptr_t address;
  struct place_object *object;
};

/* A static program, or an older libc: the lock of dl_iterate_phdr is held for instants only. */
static int look_in(struct dl_phdr_info *info, size_t size, void *data) {
  const struct search *search = data;
  const ElfW(Dyn) *dynamic = NULL;
  const void *begin = NULL;

  (void)size;
  for (unsigned i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    uintptr_t at = info->dlpi_addr + segment->p_vaddr;
    if (segment->p_type == PT_DYNAMIC)
      dynamic = (const ElfW(Dyn) *)at;
    if (segment->p_type == PT_LOAD && search->address - at < segment->p_memsz)
      begin = (const void *)at;
  }
  if (!begin)
    return 0;
  *search->object = (struct place_object){
      .begin = begin, .bias = info->dlpi_addr, .name = info->dlpi_name, .dynamic = dynamic};
  return 1;
}

static bool find_object(const void *address, struct place_object *object) {
  if (can_find_fast())
    return find_fast(address, object);
  struct search search = {(uintptr_t)address, object};
  return dl_iterate_phdr(look_in, &search) != 0;
}

bool place_object_of(const void *address, struct place_object *object) {
  return find_object(address, object);
}

/* ---- which symbol ---- */

struct symbols {
  const ElfW(Sym) * table;
  const char *names;
  const uint32_t *gnu_hash;
  const uint32_t *hash;
};

/* The loader relocates these in most objects, but not in those whose table is read-only. */
static const void *table_at(const struct place_object *object, uintptr_t value) {
  return (const void *)(value < object->bias ? value + object->bias : value);
}

static struct symbols symbols_of(const struct place_object *object) {
  struct symbols symbols = {0};

  for (const ElfW(Dyn) *d = (const ElfW(Dyn) *)object->dynamic; d && d->d_tag != DT_NULL; d++)
    switch (d->d_tag) {
    case DT_SYMTAB:
      symbols.table = table_at(object, d->d_un.d_ptr);
      break;
    case DT_STRTAB:
      symbols.names = table_at(object, d->d_un.d_ptr);
      break;
    case DT_GNU_HASH:
      symbols.gnu_hash = table_at(object, d->d_un.d_ptr);
      break;
    case DT_HASH:
      symbols.hash = table_at(object, d->d_un.d_ptr);
      break;
    default:
      break;
    }
  return symbols;
}

/* *best = symbol when it covers the offset and begins later, as dladdr has it. */
static void consider(const ElfW(Sym) * symbol, uintptr_t offset, const ElfW(Sym) * *best) {
  if (symbol->st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol->st_info) == STT_TLS)
    return;
  if (offset == symbol->st_value || offset - symbol->st_value < symbol->st_size)
    if (!*best || (*best)->st_value < symbol->st_value)
      *best = symbol;
}

static const ElfW(Sym) * symbol_at(const struct symbols *symbols, uintptr_t offset) {
  const ElfW(Sym) *best = NULL;

  if (!symbols->table || !symbols->names)
    return NULL;
  if (symbols->gnu_hash) {
    /* buckets, first symbol hashed, words of the filter, shift; filter; buckets; chains */
    uint32_t buckets = symbols->gnu_hash[0], first = symbols->gnu_hash[1];
    const uint32_t *bucket =
        symbols->gnu_hash + 4 + symbols->gnu_hash[2] * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
    const uint32_t *chain = bucket + buckets;
    for (uint32_t b = 0; b < buckets; b++)
      if (bucket[b] >= first)
        for (uint32_t i = bucket[b];; i++) {
          consider(&symbols->table[i], offset, &best);
          if (chain[i - first] & 1)
            break;
        }
  } else if (symbols->hash) {
    for (uint32_t i = 0; i < symbols->hash[1]; i++)
      consider(&symbols->table[i], offset, &best);
  }
  return best;
}

/* ---- the text ---- */

const char *place_program(void) {
  static char name[4096];
  static uint32_t state; /* 0: not read, 1: being read, 2: read */
  uint32_t seen = 0;

  if (load_acquire(&state) == 2)
    return name;
  if (!__atomic_compare_exchange_n(&state, &seen, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
    return seen == 2 ? name : "?";
  int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  ssize_t n = file < 0 ? 0 : read(file, name, sizeof name - 1);
  if (file >= 0)
    close(file);
  name[n > 0 ? n : 0] = '\0';
  for (char *c = name; *c; c++)
    if (*c == '\n')
      *c = '?';
  store_release(&state, 2);
  return name;
}

static void add_hex(struct text *text, uint64_t value) {
  char digits[17];
  unsigned n = sizeof digits - 1;

  digits[n] = '\0';
  do
    digits[--n] = "0123456789abcdef"[value % 16];
  while (value /= 16);
  text_add(text, digits + n);
}

static void describe(struct text *text, const void *address, const struct place_object *object) {
  uintptr_t at = (uintptr_t)address - (object ? object->bias : 0);

  if (object) {
    text_add(text, *object->name ? object->name : place_program());
    text_add(text, ":");
    struct symbols symbols = symbols_of(object);
    const ElfW(Sym) *symbol = symbol_at(&symbols, at);
    if (symbol) {
      text_add(text, "(");
      text_add(text, symbols.names + symbol->st_name);
      text_add(text, "+");
      add_hex(text, at - symbol->st_value);
      text_add(text, ")");
    }
  }
  text_add(text, "[0x");
  add_hex(text, at);
  text_add(text, "]");
}

/* ---- the chains ---- */

static struct place **chain_of(const void *address) {
  return &place_chains[((uint64_t)(uintptr_t)address * UINT64_C(0x9e3779b97f4a7c15)) >> 50];
}

_Static_assert(CHAINS == 1 << 14, "fourteen bits of hash");

static const struct place *place_make(const void *address) {
  char buffer[TEXT_MOST];
  struct text text = text_in(buffer, sizeof buffer);
  struct place_object object;
  bool found = find_object(address, &object);

  describe(&text, address, found ? &object : NULL);
  struct place *place = meta_take(sizeof *place + text.used);
  if (!place)
    return &nowhere;
  place->address = address;
  place->object = found ? object.map : NULL;
  place->begin = found ? object.begin : NULL;
  place->length = text.used;
  memcpy(place->text, buffer, text.used);
  struct place **chain = chain_of(address), *head = load_acquire(chain);
  do
    poke(&place->next, head);
  while (
      !__atomic_compare_exchange_n(chain, &head, place, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
  return place;
}

void place_set_fast(bool on) {
  poke(&fast, on);
}

bool place_holds(const struct place *place) {
  struct place_object object;

  if (!can_find_fast())
    return true;
  if (!find_fast(place->address, &object))
    return !place->object;
  return object.map == place->object && object.begin == place->begin;
}

/* The youngest comes first: older ones of the same address are of libraries that are gone. */
const struct place *place_of(const void *address) {
  int saved_errno = errno;
  const struct place *place = load_acquire(chain_of(address));

  while (place && (place->address != address || !place_holds(place)))
    place = peek(&place->next);
  if (!place)
    place = place_make(address);
  errno = saved_errno;
  return place;
}
