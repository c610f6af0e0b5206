#!/bin/sh
# SPDX-License-Identifier: MIT
# gcc and g++ compile files to the same assembly, link a program, and report errors alike.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need gcc gcc
flags="-O2 -std=gnu11 -I$ALLOC_SRCDIR -I$ALLOC_SRCDIR/liballoc/include -I$ALLOC_BUILDDIR"
# shellcheck disable=SC2086 -- a list of flags
compare c 120 gcc $flags -S -o result "$ALLOC_SRCDIR/liballoc/run/program.c"
cat > "$folder/unit.c" <<'END'
#include <stdio.h>
int main (void) { printf ("%d\n", 6 * 7); return 0; }
END
compare link 120 sh -c 'gcc -o unit "$1" && ./unit' sh "$folder/unit.c"
compare diagnostics 60 sh -c 'gcc -c -o unit.o "$1" 2>&1; echo "status $?"' sh "$ALLOC_SRCDIR/README.md.c"
if command -v g++ > /dev/null; then
  cat > "$folder/unit.cc" <<'END'
#include <algorithm>
#include <iostream>
#include <map>
#include <regex>
#include <string>
int main () {
  std::map<std::string, std::regex> table;
  for (int i = 0; i < 50; i++) table.emplace (std::to_string (i), std::regex ("[a-z]+" + std::to_string (i)));
  std::cout << std::count_if (table.begin (), table.end (), [] (auto &e) { return std::regex_match ("abc7", e.second); }) << '\n';
}
END
  compare c++ 120 sh -c 'g++ -std=c++17 -O1 -o unit "$1" && ./unit' sh "$folder/unit.cc"
fi
