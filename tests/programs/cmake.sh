#!/bin/sh
# SPDX-License-Identifier: MIT
# cmake configures a project of two languages, make builds it in parallel, go builds a program.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need cmake cmake
need g++ g++
cat > "$folder/job" <<'END'
set -e
mkdir source
cat > source/CMakeLists.txt <<'END3'
cmake_minimum_required (VERSION 3.10)
project (units C CXX)
foreach (i RANGE 1 12)
  file (WRITE ${CMAKE_BINARY_DIR}/u${i}.cc "#include <string>\nstd::string u${i} () { return std::string (${i}, 'x'); }\n")
  list (APPEND units ${CMAKE_BINARY_DIR}/u${i}.cc)
endforeach ()
file (WRITE ${CMAKE_BINARY_DIR}/main.cc "#include <iostream>\n#include <string>\nstd::string u7 ();\nint main () { std::cout << u7 () << '\\n'; }\n")
add_executable (program ${CMAKE_BINARY_DIR}/main.cc ${units})
END3
cmake -S source -B build > cmake.log
make -C build -j3 > make.log
build/program
END
compare cmake 240 sh "$folder/job"
if command -v go > /dev/null; then
  cat > "$folder/main.go" <<'END'
package main

/*
#include <stdlib.h>
#include <string.h>
static int use (int n) { char *p = malloc (n); memset (p, 1, n); int r = p[n - 1]; free (p); return r; }
*/
import "C"
import "fmt"

func main() {
	results := make(chan int)
	for i := 0; i < 50; i++ {
		go func(i int) {
			sum := 0
			for j := 1; j < 2000; j++ {
				sum += int(C.use(C.int(j * (i + 1) % 5000 + 1)))
			}
			results <- sum
		}(i)
	}
	total := 0
	for i := 0; i < 50; i++ {
		total += <-results
	}
	fmt.Println(total)
}
END
  compare go 300 sh -c 'HOME=$PWD GOFLAGS=-mod=mod GO111MODULE=off go run "$1"' sh "$folder/main.go"
else
  echo 'go is not installed (Debian: golang-go)'
fi
