#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints SQL that keeps the heap of a sqlite3 shell busy: a million and more rows in memory, built,
# indexed, searched, updated and deleted, with side tables of other page sizes that come and go. Each
# phase says so when it ends, so that whoever looks on can wait for one.
#
# usage: busy-database.sh [ROUNDS [PAUSE]] | alloc-run sqlite3 -batch :memory:
#   ROUNDS  how often updates and deletions follow the building, 10 unless told
#   PAUSE   seconds to rest between steps, 0.2 unless told
set -eu
rounds=${1:-10}
pause=${2:-0.2}

rest() {
  echo ".shell sleep $pause"
}

phase() {
  echo "SELECT 'phase: $*';"
  rest
}

# numbers FIRST COUNT: a table expression n (i) of so many numbers.
numbers() {
  echo "WITH RECURSIVE n (i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i < $(($1 + $2 - 1)))"
}

cat << 'END'
.bail on
PRAGMA auto_vacuum = FULL;
PRAGMA temp_store = MEMORY;
PRAGMA threads = 3;
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, city TEXT, balance REAL, note BLOB);
END
for step in $(seq 0 23); do
  numbers $((step * 50000 + 1)) 50000
  cat << 'END'
INSERT INTO person
SELECT i, 'name ' || (i * 7919 % 1000003), 'city ' || (i * 31 % 977), i % 997 / 7.0, zeroblob (i * 13 % 40) FROM n;
END
  rest
done
phase 'a million and two hundred thousand rows'

echo 'CREATE INDEX person_name ON person (name);'
phase 'index of names'
echo 'CREATE INDEX person_city ON person (city, balance);'
phase 'index of cities'

# Small blocks: the words of the notes.
echo 'CREATE VIRTUAL TABLE word USING fts5 (text);'
for step in $(seq 0 3); do
  numbers $((step * 20000 + 1)) 20000
  echo "INSERT INTO word SELECT 'w' || (i * 17 % 4001) || ' x' || (i * 29 % 9001) || ' y' || (i % 701) FROM n;"
  rest
done
phase 'index of words'

for round in $(seq 1 "$rounds"); do
  # Other page sizes are other size classes.
  for bytes in 512 1024 2048 8192 16384; do
    echo "ATTACH ':memory:' AS side$bytes;"
    echo "PRAGMA side$bytes.page_size = $bytes;"
    echo "CREATE TABLE side$bytes.item (id INTEGER PRIMARY KEY, name TEXT);"
    echo "INSERT INTO side$bytes.item SELECT id, name FROM person WHERE id % 41 = $((round % 41));"
    rest
  done
  phase "round $round, side tables"
  echo "UPDATE person SET name = name || ' of ' || city, note = zeroblob (id % 300) WHERE id % 11 = $((round % 11));"
  rest
  echo "DELETE FROM person WHERE id / 1000 % 7 = $((round % 7)) AND id % 3 = 0;"
  phase "round $round, updated and deleted"
  # Large blocks: texts of megabytes that grow.
  echo "SELECT 'texts', length (group_concat (name, ', ')) FROM person WHERE id % 5 = $((round % 5));"
  rest
  echo "SELECT 'sorted', count (*) FROM (SELECT DISTINCT city, name FROM person WHERE id % 4 = $((round % 4)) ORDER BY balance, name);"
  rest
  echo "SELECT 'found', count (*) FROM word WHERE word MATCH 'w$((round * 17))* OR y$((round * 3))';"
  for bytes in 1024 512 16384 8192 2048; do
    echo "DETACH side$bytes;"
    rest
  done
  phase "round $round, side tables gone"
  numbers $((1200000 + round * 40000)) 40000
  echo "INSERT INTO person SELECT i, 'name ' || i, 'city ' || (i % 31), i / 3.0, zeroblob (i % 90) FROM n;"
  phase "round $round, new rows"
done
