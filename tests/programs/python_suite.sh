#!/bin/sh
# SPDX-License-Identifier: MIT
# Python's own tests, those that a memory allocator is likely to break. Which tests ran and how each
# ended must be equal; lines of threads may come in any order, and times differ.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

python=/usr/bin/python3
[ -x $python ] || skip 'python3 is not installed (Debian: python3)'
$python -c 'import test.test_json, test.test_gc' 2> /dev/null ||
  skip 'the tests of python3 are not installed (Debian: libpython3-all-testsuite or libpython3.11-testsuite)'
modules='test.test_gc test.test_json'
[ "${ALLOC_LONG:-0}" = 0 ] || modules="$modules test.test_threading test.test_subprocess
  test.test_multiprocessing_fork test.test_multiprocessing_spawn test.test_bytes test.test_io
  test.test_mmap test.test_zlib test.test_sqlite3 test.test_ctypes test.test_asyncio test.test_ssl"
# Not every package has all of them: Debian's of Python 3.11 lacks test_sqlite3.
found=
for module in $modules; do
  if $python -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)' "$module"; then
    found="$found $module"
  else
    echo "left out, as it is not installed: $module"
  fi
done
cat > "$folder/job" <<'END'
python=$1
shift
for module in "$@"; do
  "$python" -m unittest -v "$module" > output 2>&1
  echo "$module ended with $?"
  # A dot is written apart from its result when a thread or a child writes in between.
  grep -oE '^(test_[A-Za-z0-9_]+ \([^)]*\)|(OK|FAILED).*|Ran [0-9]+ tests)' output | sort
done
END
# shellcheck disable=SC2086 -- a list of modules
compare python 1200 sh "$folder/job" $python $found
grep -E 'ended with|^OK|^FAILED|^Ran' "$folder/preloaded-python/out"
