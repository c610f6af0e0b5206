#!/bin/sh
# SPDX-License-Identifier: MIT
# The sqlite3 shell builds, indexes, updates and deletes, in memory and in a file.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need sqlite3 sqlite3
cat > "$folder/script.sql" <<'END'
CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, amount REAL, note BLOB);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
INSERT INTO item SELECT i, 'name ' || (i * 7919 % 100003), i % 97 / 7.0, zeroblob (i % 61) FROM n;
CREATE INDEX item_name ON item (name);
SELECT count (*), sum (length (name)), sum (length (note)), round (sum (amount), 3) FROM item;
UPDATE item SET name = name || ' and more', note = NULL WHERE id % 3 = 0;
DELETE FROM item WHERE id % 5 = 0;
SELECT name, count (*) FROM item GROUP BY name ORDER BY 2 DESC, 1 LIMIT 10;
SELECT count (*) FROM item a JOIN item b ON a.name = b.name WHERE a.id < 2000;
SELECT json_group_array (id) FROM (SELECT id FROM item ORDER BY name DESC LIMIT 20);
WITH RECURSIVE words (w) AS (SELECT 'a' UNION ALL SELECT w || substr ('abcdefg', length (w) % 7 + 1, 1) FROM words WHERE length (w) < 800)
SELECT sum (length (w)), max (w) FROM words;
VACUUM;
PRAGMA integrity_check;
DROP TABLE item;
SELECT count (*) FROM sqlite_schema;
END
compare memory 120 sqlite3 -batch :memory: ".read $folder/script.sql"
compare file 120 sqlite3 -batch result ".read $folder/script.sql"
