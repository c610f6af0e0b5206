#!/bin/sh
# SPDX-License-Identifier: MIT
# doc/snapshot-format.md against <liballoc/snapshot.h>: a C program made from the page's tables checks
# each struct's size and each field's offset, size and type, and each constant; fields must follow
# one another without a gap to the end of the struct, and nothing that the header defines may be absent.
set -eu

page=$ALLOC_SRCDIR/doc/snapshot-format.md
header=$ALLOC_SRCDIR/liballoc/include/liballoc/snapshot.h
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

awk -F'|' '
  function strip(text) { gsub(/^ *`?|`? *$/, "", text); return text }
  BEGIN {
    print "#include <liballoc/snapshot.h>"
    print "#include <stddef.h>"
    print "#include <string.h>"
    print "int main(void) {"
    print "int wrong = 0;"
  }
  /^### struct / {
    split($0, word, " ")
    name = word[3]
    size = substr(word[4], 2)
    printf "_Static_assert(sizeof(struct %s) == %d, \"size of %s\");\n", name, size, name
    end = 0
    structs++
  }
  /^## / { name = "" }
  name != "" && /^\| [0-9]+ \| [0-9]+ \|/ && NF == 7 {
    offset = strip($2); bytes = strip($3); type = strip($4); field = strip($5)
    if (offset != end) {
      printf "#error \"struct %s: there is a gap before %s at %d\"\n", name, field, offset
    }
    end = offset + bytes
    rest[name] = size - end
    printf "_Static_assert(offsetof(struct %s, %s) == %d, \"offset of %s.%s\");\n", name, field, offset, name, field
    printf "_Static_assert(sizeof(((struct %s *)0)->%s) == %d, \"bytes of %s.%s\");\n", name, field, bytes, name, field
    printf "_Static_assert(__builtin_types_compatible_p(__typeof__(((struct %s *)0)->%s), %s), \"type of %s.%s\");\n", name, field, type, name, field
    fields++
  }
  /^\| `ALLOC_[A-Z_]*` \| "/ {
    value = strip($3)
    printf "wrong += strcmp(%s, %s) != 0;\n", strip($2), value
    constants++
  }
  /^\| `ALLOC_[A-Z_]*` \| [0-9]/ {
    printf "_Static_assert(%s == UINT64_C(%s), \"%s\");\n", strip($2), strip($3), strip($2)
    constants++
  }
  END {
    for (name in rest) {
      if (rest[name] != 0) printf "#error \"struct %s: %d bytes at the end are not documented\"\n", name, rest[name]
    }
    print "return wrong;"
    print "}"
    printf "%d structs, %d fields, %d constants\n", structs, fields, constants > "/dev/stderr"
  }' "$page" > "$folder/format.c" 2> "$folder/found"

cat "$folder/found"
$ALLOC_CC -I"$ALLOC_SRCDIR/liballoc/include" -o "$folder/format" "$folder/format.c"
if ! "$folder/format"; then
  echo "a text constant on the page differs from the header's"
  exit 1
fi

# Every struct and constant of the header is on the page, as the head of a table or in a row of one.
missing=0
for name in $(sed -n 's/^struct \([a-z_]*\) {$/\1/p' "$header"); do
  grep -q "^### struct $name (" "$page" || { echo "struct $name is not on the page"; missing=1; }
done
for name in $(sed -n 's/^#define \(ALLOC_[A-Z_]*\) .*/\1/p; s/^  \(ALLOC_[A-Z_]*\) = .*/\1/p' "$header"); do
  grep -q "^| \`$name\` |" "$page" || { echo "$name is not on the page"; missing=1; }
done
exit $missing
