# SPDX-License-Identifier: MIT
# Macros of liballoc's configure.ac: compiler flags that are used where they are supported.

# ALLOC_APPEND_FLAGS(VARIABLE, FLAGS)
# Appends to VARIABLE each of FLAGS (separated by blanks) that the C compiler takes in silence.
# Every flag is tried alone, and with -Werror, because clang only warns about those it ignores.
# A -Wno-X is tried as -WX: gcc accepts every unknown -Wno-X without a word.
AC_DEFUN([ALLOC_APPEND_FLAGS], [
  for alloc_flag in $2; do
    alloc_saved_CFLAGS=$CFLAGS
    alloc_tried=`echo "$alloc_flag" | sed 's/^-Wno-/-W/'`
    CFLAGS="$CFLAGS -Werror $alloc_tried"
    AC_MSG_CHECKING([whether $CC supports $alloc_flag])
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int main (void) { return 0; }]])],
      [AC_MSG_RESULT([yes])
       AS_VAR_APPEND([$1], [" $alloc_flag"])],
      [AC_MSG_RESULT([no])])
    CFLAGS=$alloc_saved_CFLAGS
  done])

# ALLOC_APPEND_LINK_FLAGS(VARIABLE, FLAGS)
# The same for flags of the linker.
AC_DEFUN([ALLOC_APPEND_LINK_FLAGS], [
  for alloc_flag in $2; do
    alloc_saved_LDFLAGS=$LDFLAGS
    LDFLAGS="$LDFLAGS -Wl,--fatal-warnings $alloc_flag"
    AC_MSG_CHECKING([whether the linker supports $alloc_flag])
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
      [AC_MSG_RESULT([yes])
       AS_VAR_APPEND([$1], [" $alloc_flag"])],
      [AC_MSG_RESULT([no])])
    LDFLAGS=$alloc_saved_LDFLAGS
  done])
