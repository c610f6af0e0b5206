#!/bin/sh
# SPDX-License-Identifier: MIT
# A program that knows nothing of liballoc allocates at every moment of its life, under alloc-run.
. "$ALLOC_SRCDIR/tests/link/install.sh"

compile "$folder/plugin.so" plugin.c -shared -fPIC
compile "$folder/program" startup.c -pthread
compile "$folder/dlopened" dlopened.c -pthread
same 'startup, preloaded' "$folder/startup.out" "$ALLOC_BUILDDIR/alloc-run" "$folder/program" "$folder/plugin.so"
compile "$folder/program" startup.c -pthread -no-pie
same 'startup, no-pie' "$folder/startup.out" "$ALLOC_BUILDDIR/alloc-run" "$folder/program" "$folder/plugin.so"
same 'startup, bound at start' "$folder/startup.out" \
  env LD_BIND_NOW=1 "$ALLOC_BUILDDIR/alloc-run" "$folder/program" "$folder/plugin.so"
if cxx_works; then
  compile "$folder/operators" operators.cc -pthread
  same 'operators, preloaded' "$folder/operators.out" "$ALLOC_BUILDDIR/alloc-run" "$folder/operators"
  compile "$folder/module.so" module.cc -shared -fPIC
  compile "$folder/module" module.c
  echo 'module 15' > "$folder/expected"
  same 'a C++ module of a C program' "$folder/expected" "$ALLOC_BUILDDIR/alloc-run" "$folder/module" "$folder/module.so"
fi

compile "$folder/deepbind" deepbind.c -Wl,-rpath,"\$ORIGIN"
echo 'made by the plugin' > "$folder/expected"
same 'a module with RTLD_DEEPBIND' "$folder/expected" "$ALLOC_BUILDDIR/alloc-run" "$folder/deepbind" plugin.so

echo dlopened > "$folder/expected"
same 'liballoc as a module' "$folder/expected" "$folder/dlopened" "$ALLOC_BUILDDIR/liballoc/.libs/liballoc.so"
