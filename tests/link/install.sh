# SPDX-License-Identifier: MIT
# Sourced by the tests of installing and linking: installs the build below a folder of its own and
# lets pkg-config answer from there.

set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 99' INT TERM
root=$folder/root
unset LD_PRELOAD LIBALLOC_SNAPSHOT MAKEFLAGS MFLAGS MAKELEVEL DESTDIR

fail() {
  echo "FAILED $*"
  exit 1
}

# quietly WHAT COMMAND...: runs COMMAND, shown with its output only when it fails.
quietly() {
  what=$1
  shift
  "$@" > "$folder/log" 2>&1 || {
    tail -n 40 "$folder/log"
    fail "$what: $*"
  }
}

install_root() {
  # One at a time: each may first bring the build up to date, in the same folder.
  quietly 'make install' flock "$ALLOC_BUILDDIR/config.status" make -C "$ALLOC_BUILDDIR" install DESTDIR="$root"
  PKG_CONFIG_LIBDIR=$root$ALLOC_LIBDIR/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
  export PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
  flags=$(pkg-config --cflags --libs liballoc) || fail 'pkg-config does not find liballoc'
  static_flags=$(pkg-config --static --cflags --libs liballoc)
  runtime=$root$ALLOC_LIBDIR
}

# same NAME EXPECTED COMMAND...: COMMAND must succeed within a minute and print the file EXPECTED.
same() {
  name=$1 expected=$2
  shift 2
  timeout -k 5 60 "$@" > "$folder/out" 2>&1 < /dev/null
  status=$?
  [ "$status" -eq 0 ] || {
    cat "$folder/out"
    fail "$name: status $status"
  }
  diff -u --label expected --label "$name" "$expected" "$folder/out" || fail "$name: other output"
  echo "$name: as expected"
}

printf '%s\n' threads children modules libc atexit destructor > "$folder/startup.out"
printf '%s\n' pairs failures thread_local > "$folder/operators.out"

# compile OUTPUT SOURCE FLAG...: a program by the C or C++ compiler, by the name of the source.
compile() {
  output=$1 source=$ALLOC_SRCDIR/tests/link/$2
  shift 2
  case $source in
    *.cc) quietly 'compile' $ALLOC_CXX -std=c++17 -fsized-deallocation -O1 -o "$output" "$source" "$@" ;;
    *) quietly 'compile' $ALLOC_CC -D_GNU_SOURCE -O1 -o "$output" "$source" "$@" ;;
  esac
}

cxx_works() {
  echo 'int main () { return 0; }' > "$folder/try.cc"
  $ALLOC_CXX -o "$folder/try" "$folder/try.cc" > /dev/null 2>&1
}
