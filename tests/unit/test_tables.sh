#!/bin/sh
# SPDX-License-Identifier: MIT
# What every process pays for the library's own memory: its variables smaller than a page lie
# together, on three pages at most, and all tables behind them (TABLE in liballoc/heap/base.h).
set -u

. "$ALLOC_SRCDIR/tests/unit/built_library.sh"

nm --defined-only --numeric-sort --print-size --radix=d "$library" | awk '
  NF != 4 || $3 !~ /^[bBdD]$/ || $4 ~ /^_/ { next }
  $2 < 4096 && $3 ~ /[bB]/ && $1 > 4096 { if (!first) first = $1; last = $1 + $2; small++ }
  $2 >= 65536 { tables++; if (!table) { table = $1; name = $4 } }
  END {
    printf "%d variables within %d bytes; %d tables from %s on\n", small, last - first, tables, name
    if (small < 50 || tables < 8)
      print "FAILED: too few to be all of them"
    else if (last - first > 3 * 4096)
      print "FAILED: the variables lie further apart: is a table of a page or more without TABLE?"
    else if (table < last)
      print "FAILED: " name " lies before a variable"
    else
      exit 0
    exit 1
  }'
