#!/bin/sh
# SPDX-License-Identifier: MIT
# The security programs of mimalloc-bench (github.com/daanx/mimalloc-bench, bench/security), which are
# not part of this repository, under liballoc, hardened and not, and under libc: how many of the 116
# are caught each time of three, and which are not. Compiled with what that project's build sets in a
# release, but not -march=native. As in its bench.sh, a program that says NOT_CAUGHT is not caught,
# however it ends afterwards, and it has a second.
#
#     make check-suite SUITE=mimalloc-bench/bench/security [SUITE_MODES='liballoc hardened libc']
#
# Fails when liballoc catches fewer than 69, or hardened fewer than 98.
set -u
[ -e "${SUITE:-}/common.h" ] || {
  echo 'usage: make check-suite SUITE=FOLDER, which is bench/security of mimalloc-bench' >&2
  exit 2
}
ours=$ALLOC_BUILDDIR/liballoc/.libs/liballoc.so
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 99' INT TERM
ulimit -c 0
unset LIBALLOC_OPTIONS LIBALLOC_HARDEN MALLOC_CHECK_ LD_PRELOAD

# compile PROGRAM COMMAND...
compile() {
  program=$1
  shift
  "$@" -O3 -DNDEBUG -w -o "$folder/$program" > "$folder/log" 2>&1 || {
    cat "$folder/log"
    echo "FAILED: cannot compile $program"
    exit 1
  }
}

# shellcheck disable=SC2086 -- compilers with their flags
for source in "$SUITE"/*.c; do
  name=$(basename "$source" .c)
  for size in small=8 medium=4096 large='256*1024'; do
    compile "${name}_${size%%=*}" $ALLOC_CC -Wno-free-nonheap-object -fno-inline -fno-builtin-inline \
      -fno-inline-small-functions -fno-ipa-pure-const "-DALLOCATION_SIZE=${size#*=}" "$source"
  done
done
# shellcheck disable=SC2086
for source in "$SUITE"/*.cc; do
  compile "$(basename "$source" .cc)" $ALLOC_CXX -std=c++17 -fsized-deallocation -DALLOCATION_SIZE=4096 "$source"
done

# caught LIBRARY PROGRAM: in one run.
caught() {
  LD_PRELOAD=$1 timeout 1 "$folder/$2" > "$folder/out" 2> "$folder/err"
  ! grep -aq NOT_CAUGHT "$folder/out"
}

status=0
# mode NAME LEAST LIBRARY
mode() {
  total=0 sum=0 missed=
  for program in $(cd "$folder" && find . -type f -perm -100 | sed 's,^\./,,' | LC_ALL=C sort); do
    total=$((total + 1))
    if caught "$3" "$program" && caught "$3" "$program" && caught "$3" "$program"; then
      sum=$((sum + 1))
    else
      missed="$missed $program"
    fi
  done
  echo "$1: $sum of $total; not caught:$missed"
  [ "$sum" -ge "$2" ] || {
    echo "FAILED: $1 should catch $2 at least"
    status=1
  }
}

for name in ${SUITE_MODES:-liballoc hardened libc}; do
  case $name in
    liballoc) mode liballoc 69 "$ours" 2> "$folder/noise" ;;
    hardened)
      LIBALLOC_HARDEN=1
      export LIBALLOC_HARDEN
      mode hardened 98 "$ours" 2> "$folder/noise"
      unset LIBALLOC_HARDEN
      ;;
    libc) mode libc 0 '' 2> "$folder/noise" ;;
    *) mode "$name" 0 "$name" 2> "$folder/noise" ;;
  esac
done
exit $status
