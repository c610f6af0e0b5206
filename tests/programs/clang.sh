#!/bin/sh
# SPDX-License-Identifier: MIT
# clang compiles C and C++ to the same code, and complains alike.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need clang-14 clang-14
flags="-O2 -std=gnu11 -I$ALLOC_SRCDIR -I$ALLOC_SRCDIR/liballoc/include -I$ALLOC_BUILDDIR"
# shellcheck disable=SC2086 -- a list of flags
compare c 120 clang-14 $flags -S -o result "$ALLOC_SRCDIR/liballoc/run/program.c"
cat > "$folder/unit.cc" <<'END'
#include <algorithm>
#include <functional>
#include <map>
#include <string>
int main () {
  std::map<std::string, std::function<bool (std::string)>> table;
  for (int i = 0; i < 50; i++)
    table.emplace (std::to_string (i), [i] (std::string s) { return s == "abc" + std::to_string (i); });
  return !std::any_of (table.begin (), table.end (), [] (auto &e) { return e.second ("abc7"); });
}
END
compare c++ 120 sh -c 'clang++-14 -std=c++17 -O2 -S -o result "$1" && sha256sum result' sh "$folder/unit.cc"
compare diagnostics 60 sh -c 'clang-14 -c -Wall -o unit.o "$1" 2>&1; echo "status $?"' sh "$folder/missing.c"
