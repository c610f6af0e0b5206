#!/bin/sh
# SPDX-License-Identifier: MIT
# alloc-run: what it sets, what it hands through, and one clear sentence for each thing it refuses.
set -u

run=$ALLOC_BUILDDIR/alloc-run
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 99
unset LD_PRELOAD LIBALLOC_SNAPSHOT
failures=0

# expect STATUS PATTERN COMMAND...: runs it, compares the status, and finds PATTERN (an extended
# regular expression, or empty for none) in what it wrote on either stream.
expect() {
  wanted=$1 pattern=$2
  shift 2
  "$@" > out 2>&1 < /dev/null
  status=$?
  if [ "$status" -ne "$wanted" ] ||
    { [ -n "$pattern" ] && ! grep -Eq -- "$pattern" out; }; then
    echo "FAILED: $*"
    echo "  wanted status $wanted and /$pattern/, got status $status and:"
    sed 's/^/  | /' out
    failures=$((failures + 1))
  fi
}

# Hands through: environment, arguments, status, streams.
expect 0 '^/.*/liballoc\.so\.0[.0-9]*$' "$run" -- sh -c 'echo "$LD_PRELOAD"'
expect 0 '^10$' "$run" --snapshot 10 -- sh -c 'echo "$LIBALLOC_SNAPSHOT"'
expect 0 '^0\.1$' "$run" --snapshot=0.1 sh -c 'echo "$LIBALLOC_SNAPSHOT"'
expect 0 '^60$' "$run" --snapshot 60 sh -c 'echo "$LIBALLOC_SNAPSHOT"'
expect 0 '^unset$' "$run" sh -c 'echo "${LIBALLOC_SNAPSHOT-unset}"'
expect 0 '^a b\|--help\|$' "$run" sh -c 'printf "%s|" "$@"; echo' x 'a b' --help
expect 7 '' "$run" sh -c 'exit 7'
expect 143 '' sh -c '"$0" sh -c "kill -TERM \$\$"' "$run"
expect 0 'liballoc\.so' "$run" cat /proc/self/maps
expect 0 'liballoc\.so' "$run" "$run" cat /proc/self/maps

# What is preloaded already stays, behind ours.
library=$(find "$ALLOC_BUILDDIR/liballoc/.libs" -name 'liballoc.so.0.*' | head -n 1)
cp "$library" other.so
expect 0 '^/.*/liballoc\.so\.0[.0-9]*:'"$folder"'/other\.so$' \
  env LD_PRELOAD="$folder/other.so" "$run" sh -c 'echo "$LD_PRELOAD"'
expect 0 "^$folder/other\\.so\$" "$run" --library other.so sh -c 'echo "$LD_PRELOAD"'

# A file without a #! line is the shell's.
printf 'echo plain "$1"\n' > plain
chmod +x plain
expect 0 '^plain word$' "$run" ./plain word
printf '#!/bin/sh\necho script "$1"\n' > script
chmod +x script
expect 0 '^script word$' "$run" ./script word
expect 0 '^script word$' env PATH="/nowhere::$PATH" "$run" script word

# Refusals of the program.
expect 127 '^alloc-run: cannot run no-such-program: there is no such program in PATH$' "$run" no-such-program
expect 127 '^alloc-run: cannot run \./none: there is no such program$' "$run" ./none
expect 127 '^alloc-run: cannot run : there is no such program in PATH$' "$run" ''
expect 126 '^alloc-run: cannot run \./other\.txt: it is not an executable file$' \
  sh -c 'touch other.txt; exec "$0" ./other.txt' "$run"
expect 126 '^alloc-run: cannot run /: it is not an executable file$' "$run" /
printf '#!/no/such/interpreter\n' > orphan
chmod +x orphan
expect 127 '^alloc-run: cannot run \./orphan: ' "$run" ./orphan
printf 'int main (void) { return 0; }\n' > still.c
if $ALLOC_CC -static -o still still.c 2> /dev/null; then
  expect 126 '^alloc-run: cannot preload into \./still: it is statically linked; link it with liballoc\.a' "$run" ./still
  printf '#!%s/still\n' "$folder" > indirect
  chmod +x indirect
  expect 126 "^alloc-run: cannot preload into $folder/still: it is statically linked" "$run" ./indirect
fi
if $ALLOC_CC -o moved still.c 2> /dev/null; then
  # Another machine: the word class in the header is changed.
  printf '\001' | dd of=moved bs=1 seek=4 conv=notrunc 2> /dev/null
  expect 126 '^alloc-run: cannot preload into \./moved: it is built for another word size' "$run" ./moved
fi

# Refusals of options.
for rate in 0 0.09 60.1 -1 1e1 nan inf 0x10 ten '' ' 10' 1.2.3; do
  expect 125 '^alloc-run: --snapshot takes a rate from 0\.1 to 60 frames a second, not "' "$run" "--snapshot=$rate" true
done
expect 125 '^alloc-run: no program given' "$run"
expect 125 '^alloc-run: no program given' "$run" --snapshot 10 --
expect 125 "unrecognized option '--frobnicate'" "$run" --frobnicate true
expect 125 "requires an argument" "$run" --snapshot
expect 125 '^alloc-run: cannot use the library none\.so: No such file or directory$' "$run" --library none.so true
expect 125 '^alloc-run: cannot use the library .*/still\.c: it is not a shared library$' "$run" --library still.c true
cp other.so 'with blank.so'
expect 125 '^alloc-run: cannot preload .*: the loader allows no blank, colon or dollar sign' \
  "$run" --library 'with blank.so' true
cp "$run" away
expect 125 '^alloc-run: liballoc\.so\.0 is neither beside alloc-run nor in .*: install it, or name it with --library$' ./away true

# Moved as a whole, an installation finds its own library.
mkdir -p "moved-root$ALLOC_BINDIR" "moved-root$ALLOC_LIBDIR"
cp "$run" "moved-root$ALLOC_BINDIR/alloc-run"
cp "$library" "moved-root$ALLOC_LIBDIR/liballoc.so.0"
expect 0 "^$folder/moved-root" "moved-root$ALLOC_BINDIR/alloc-run" sh -c 'echo "$LD_PRELOAD"'

expect 0 '^Usage: alloc-run ' "$run" --help
expect 0 '^alloc-run [0-9]+\.[0-9]+\.[0-9]+$' "$run" --version
expect 125 '' sh -c '"$0" --help > /dev/full' "$run"

if [ "$failures" -ne 0 ]; then
  echo "$failures failures"
  exit 1
fi
