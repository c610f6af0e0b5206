/* SPDX-License-Identifier: MIT */
/*
 * C++'s operator new, without a word of C++: this library serves C programs too, and must not need
 * libstdc++. What is needed of it (the new_handler, std::bad_alloc) is looked up when an allocation
 * has failed; a program that calls operator new has a C++ library somewhere.
 */
#include "front/cxx.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unwind.h>

#include "debug/record.h"
#include "front/names.h"
#include "front/slow.h"
#include "heap/message.h"
#include "heap/size_class.h"

#ifndef ALLOC_NO_INTERPOSE

typedef void (*handler_function)(void);

/* ---- the C++ library, if there is one ---- */

#define WEAK __attribute__((weak))
extern handler_function std_get_new_handler(void) __asm__("_ZSt15get_new_handlerv") WEAK;
extern void std_throw_bad_alloc(void) __asm__("_ZSt17__throw_bad_allocv") WEAK;
extern void *cxa_begin_catch(void *) __asm__("__cxa_begin_catch") WEAK;
extern void cxa_end_catch(void) __asm__("__cxa_end_catch") WEAK;
extern void unwind_set_ip(struct _Unwind_Context *, _Unwind_Ptr) __asm__("_Unwind_SetIP") WEAK;
extern void unwind_set_gr(struct _Unwind_Context *, int,
                          _Unwind_Word) __asm__("_Unwind_SetGR") WEAK;
extern void *unwind_lsda(struct _Unwind_Context *) __asm__("_Unwind_GetLanguageSpecificData") WEAK;

/* Not const: a C++ library may come with a module, long after the weak names were bound. */
static struct {
  handler_function (*get_new_handler)(void);
  void (*throw_bad_alloc)(void);
  void *(*begin_catch)(void *);
  void (*end_catch)(void);
  void (*set_ip)(struct _Unwind_Context *, _Unwind_Ptr);
  void (*set_gr)(struct _Unwind_Context *, int, _Unwind_Word);
  void *(*lsda)(struct _Unwind_Context *);
} cxx;

/* *function = the weak symbol, or else that of a library that is loaded, global or not. */
static void look_up(void *function, const void *weak, const char *library, const char *name) {
  const void *found = weak;

#ifdef PIC
  void *handle = found ? NULL : dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
  if (handle) {
    found = dlsym(handle, name);
    dlclose(handle);
  }
#else
  (void)library;
  (void)name;
#endif
  if (found)
    __atomic_store_n((const void **)function, found, __ATOMIC_RELAXED);
}

static COLD void look_up_all(void) {
  static const char cxx_library[] = "libstdc++.so.6", gcc_library[] = "libgcc_s.so.1";

  if (peek(&cxx.get_new_handler))
    return;
  look_up(&cxx.throw_bad_alloc, (const void *)std_throw_bad_alloc, cxx_library,
          "_ZSt17__throw_bad_allocv");
  look_up(&cxx.begin_catch, (const void *)cxa_begin_catch, cxx_library, "__cxa_begin_catch");
  look_up(&cxx.end_catch, (const void *)cxa_end_catch, cxx_library, "__cxa_end_catch");
  look_up(&cxx.set_ip, (const void *)unwind_set_ip, gcc_library, "_Unwind_SetIP");
  look_up(&cxx.set_gr, (const void *)unwind_set_gr, gcc_library, "_Unwind_SetGR");
  look_up(&cxx.lsda, (const void *)unwind_lsda, gcc_library, "_Unwind_GetLanguageSpecificData");
  look_up(&cxx.get_new_handler, (const void *)std_get_new_handler, cxx_library,
          "_ZSt15get_new_handlerv");
}

static handler_function new_handler(void) {
  handler_function (*get)(void);

  look_up_all();
  get = peek(&cxx.get_new_handler);
  return get ? get() : NULL;
}

/* ---- a call that catches ---- */

/*
 * The nothrow forms return NULL when the new_handler throws, so they have to catch what it throws,
 * whatever that is. In C++ that is try and catch (...); here it is a function whose personality
 * routine says of every exception that it is handled, and whose language-specific data is nothing
 * but the address to continue at (Itanium C++ ABI, Exception Handling, level I).
 */
#if defined __x86_64__

/* Whether the handler returned. Arguments: the handler, and what ends a caught exception. */
HIDDEN bool cxx_call(handler_function handler, void (*caught)(void *exception));
HIDDEN _Unwind_Reason_Code cxx_personality(int version, _Unwind_Action actions,
                                           _Unwind_Exception_Class class,
                                           struct _Unwind_Exception *exception,
                                           struct _Unwind_Context *context);

__asm__(".text\n"
        ".p2align 4\n"
        ".globl cxx_call\n"
        ".hidden cxx_call\n"
        ".type cxx_call, @function\n"
        "cxx_call:\n"
        "  .cfi_startproc\n"
        "  .cfi_personality 0x1b, cxx_personality\n" /* pcrel, sdata4 */
        "  .cfi_lsda 0x1b, .Lcxx_caught\n"
        "  pushq %rbx\n"
        "  .cfi_adjust_cfa_offset 8\n"
        "  .cfi_rel_offset %rbx, 0\n"
        "  movq %rsi, %rbx\n"
        "  call *%rdi\n"
        "  movl $1, %eax\n"
        "  popq %rbx\n"
        "  .cfi_remember_state\n"
        "  .cfi_adjust_cfa_offset -8\n"
        "  .cfi_restore %rbx\n"
        "  ret\n"
        "  .cfi_restore_state\n"
        ".Lcxx_caught:\n" /* the personality routine has put the exception into %rax */
        "  movq %rax, %rdi\n"
        "  call *%rbx\n"
        "  xorl %eax, %eax\n"
        "  popq %rbx\n"
        "  .cfi_adjust_cfa_offset -8\n"
        "  .cfi_restore %rbx\n"
        "  ret\n"
        "  .cfi_endproc\n"
        ".size cxx_call, . - cxx_call\n");

_Unwind_Reason_Code cxx_personality(int version, _Unwind_Action actions,
                                    _Unwind_Exception_Class class,
                                    struct _Unwind_Exception *exception,
                                    struct _Unwind_Context *context) {
  (void)version;
  (void)class;
  if (actions & _UA_FORCE_UNWIND) /* pthread_cancel and pthread_exit are no exceptions */
    return _URC_CONTINUE_UNWIND;
  if (actions & _UA_SEARCH_PHASE)
    return _URC_HANDLER_FOUND;
  cxx.set_gr(context, __builtin_eh_return_data_regno(0), (_Unwind_Word)(uintptr_t)exception);
  void *landing = cxx.lsda(context);
  cxx.set_ip(context, (_Unwind_Ptr)landing);
  return _URC_INSTALL_CONTEXT;
}

static void caught(void *exception) {
  cxx.begin_catch(exception);
  cxx.end_catch();
}

static bool call_catching(handler_function handler) {
  if (!cxx.begin_catch || !cxx.end_catch || !cxx.set_ip || !cxx.set_gr || !cxx.lsda) {
    handler();
    return true;
  }
  return cxx_call(handler, caught);
}

#else

/* Here what the handler throws goes on to the caller. */
static bool call_catching(handler_function handler) {
  handler();
  return true;
}

#endif

/* ---- new ---- */

/* site: who called operator new. */
static void *block_of(size_t bytes, size_t alignment, const struct site *site) {
  if (unlikely(recording()))
    return record_aligned_at(bytes, alignment, site);
  return alignment <= MIN_ALIGNMENT ? bare_malloc(bytes) : bare_aligned(bytes, alignment);
}

static COLD void throw_bad_alloc(void) {
  struct line line = {0};

  if (cxx.throw_bad_alloc)
    cxx.throw_bad_alloc();
  line_text(&line, "liballoc: operator new: out of memory, and there is no C++ library to throw "
                   "std::bad_alloc");
  line_write(&line);
  abort();
}

static COLD void *failed(size_t bytes, size_t alignment, const struct site *site) {
  void *block;

  do {
    handler_function handler = new_handler();
    if (!handler)
      throw_bad_alloc();
    handler();
    block = block_of(bytes, alignment, site);
  } while (!block);
  return block;
}

static COLD void *failed_nothrow(size_t bytes, size_t alignment, const struct site *site) {
  void *block;

  do {
    handler_function handler = new_handler();
    if (!handler || !call_catching(handler))
      return NULL;
    block = block_of(bytes, alignment, site);
  } while (!block);
  return block;
}

static void *new_block(size_t bytes, size_t alignment, const struct site *site) {
  void *block = block_of(bytes, alignment, site);
  return likely(block) ? block : failed(bytes, alignment, site);
}

static void *new_block_nothrow(size_t bytes, size_t alignment, const struct site *site) {
  void *block = block_of(bytes, alignment, site);
  return likely(block) ? block : failed_nothrow(bytes, alignment, site);
}

void *cxx_new(size_t bytes) {
  struct site site = SITE_HERE;
  return new_block(bytes, MIN_ALIGNMENT, &site);
}

void *cxx_new_nothrow(size_t bytes) {
  struct site site = SITE_HERE;
  return new_block_nothrow(bytes, MIN_ALIGNMENT, &site);
}

/* new (size, align_val_t) and new (size, align_val_t, nothrow_t const &), and of arrays. */
PUBLIC void *_ZnwmSt11align_val_t(size_t bytes, size_t alignment);
PUBLIC void *_ZnwmSt11align_val_tRKSt9nothrow_t(size_t bytes, size_t alignment, const void *tag);

void *_ZnwmSt11align_val_t(size_t bytes, size_t alignment) {
  struct site site = SITE_HERE;
  return new_block(bytes, alignment, &site);
}

void *_ZnwmSt11align_val_tRKSt9nothrow_t(size_t bytes, size_t alignment, const void *tag) {
  (void)tag;
  struct site site = SITE_HERE;
  return new_block_nothrow(bytes, alignment, &site);
}

PUBLIC void *_ZnamSt11align_val_t(size_t, size_t) SAME_AS(_ZnwmSt11align_val_t);
PUBLIC void *_ZnamSt11align_val_tRKSt9nothrow_t(size_t, size_t, const void *)
    SAME_AS(_ZnwmSt11align_val_tRKSt9nothrow_t);

#endif
