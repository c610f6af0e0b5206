#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs linked with the installed library by what pkg-config says.
. "$ALLOC_SRCDIR/tests/link/install.sh"

install_root
compile "$folder/plugin.so" plugin.c -shared -fPIC
# shellcheck disable=SC2086 -- a list of flags
compile "$folder/program" startup.c $flags
readelf -d "$folder/program" | grep -q 'NEEDED.*liballoc\.so\.0' || fail 'the program does not need liballoc.so.0'
same 'startup, linked' "$folder/startup.out" env LD_LIBRARY_PATH="$runtime" "$folder/program" "$folder/plugin.so"
# shellcheck disable=SC2086
compile "$folder/program" startup.c -Wl,--as-needed $flags
same 'startup, as needed' "$folder/startup.out" env LD_LIBRARY_PATH="$runtime" "$folder/program" "$folder/plugin.so"
same 'startup, linked and preloaded' "$folder/startup.out" env LD_LIBRARY_PATH="$runtime" \
  "$root$ALLOC_BINDIR/alloc-run" "$folder/program" "$folder/plugin.so"
if cxx_works; then
  # shellcheck disable=SC2086
  compile "$folder/operators" operators.cc $flags
  same 'operators, linked' "$folder/operators.out" env LD_LIBRARY_PATH="$runtime" "$folder/operators"
fi

# The headers stand alone, in C and in C++, in any order, under a strict compiler.
cat > "$folder/headers.c" <<'END'
#include <liballoc/snapshot.h>
#include <liballoc/alloc.h>
#include <liballoc/alloc.h>
int main(void) {
  alloc_free(alloc_malloc(sizeof(struct alloc_frame)));
  return alloc_version()[0] == ALLOC_VERSION[0] ? 0 : 1;
}
END
# shellcheck disable=SC2086
quietly 'C11 headers' $ALLOC_CC -std=c11 -Wall -Wextra -Wpedantic -Werror -o "$folder/headers" "$folder/headers.c" $flags
quietly 'a program with the headers' env LD_LIBRARY_PATH="$runtime" "$folder/headers"
if cxx_works; then
  # shellcheck disable=SC2086
  quietly 'C++ headers' $ALLOC_CXX -x c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -o "$folder/headers" "$folder/headers.c" $flags
  quietly 'a C++ program with the headers' env LD_LIBRARY_PATH="$runtime" "$folder/headers"
fi
