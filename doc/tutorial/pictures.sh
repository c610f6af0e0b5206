#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the pictures of the tutorial, from a build: doc/tutorial/pictures.sh BUILD [FOLDER]
#
# Each program of doc/examples is run up to the places where it has something to show, and
# `alloc-inspect map` draws the part of its heap that the tutorial speaks of.
set -eu

[ $# -eq 1 ] || [ $# -eq 2 ] || { echo "usage: $0 BUILD [FOLDER]" >&2; exit 2; }
source=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
pictures=${2:-$source/doc/tutorial}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/program"
unset LD_PRELOAD LIBALLOC_SNAPSHOT LIBALLOC_OPTIONS LIBALLOC_TRACE LIBALLOC_LEAKS MALLOC_TRACE MALLOC_CHECK_

# picture PROGRAM NUMBER NAME BYTES: NAME.png of what PROGRAM shows at its NUMBERth place: that many
# bytes, a power of two, around it.
picture() {
  program=$folder/program/$1
  [ -e "$program" ] || ${CC:-cc} -g -O1 -w -fno-builtin -I"$source/liballoc/include" -o "$program" "$source/doc/examples/$1.c" \
    -L"$build/liballoc/.libs" -lalloc "-Wl,-rpath,$build/liballoc/.libs"
  mkfifo "$folder/input"
  : > "$folder/looks"
  LOOK=1 LIBALLOC_SNAPSHOT=20 "$program" < "$folder/input" > "$folder/output" 2>> "$folder/looks" &
  exec 3> "$folder/input"
  place=0
  while :; do
    place=$((place + 1))
    until [ "$(grep -c '^look:.*go on$' "$folder/looks")" -ge "$place" ]; do sleep 0.05; done
    [ "$place" -lt "$2" ] || break
    echo >&3
  done
  look=$(grep '^look:' "$folder/looks" | sed -n "$place p")
  process=$(echo "$look" | sed 's/^look: process \([0-9]*\) .*/\1/')
  address=$(echo "$look" | sed 's/^look: process [0-9]* at \(0x[0-9a-f]*\): .*/\1/')
  begin=$(printf '0x%x' $((address & ~($4 - 1))))
  "$build/alloc-inspect" map --output "$pictures/$3.png" --size 900x400 --range "$begin+$4" "$process"
  exec 3>&-
  wait
  rm "$folder/input"
  look=${look#*: p*: }
  echo "$3.png: ${look%; press*}"
}

picture malloc 1 malloc 1024
picture calloc 1 calloc 1024
picture realloc 1 realloc 32768
picture free 1 free-before 32768
picture free 2 free-after 32768
picture posix_memalign 1 posix_memalign 16384
picture mallinfo 1 mallinfo 16384
picture mallopt 1 mallopt 4194304
picture mcheck 1 mcheck 1024
picture mtrace 1 mtrace 4096
picture scope 1 scope 4194304
