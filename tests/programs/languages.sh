#!/bin/sh
# SPDX-License-Identifier: MIT
# Interpreters and editors, each with a small program that makes and drops many objects. Those that
# are not installed are named.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

compared=0
# language PROGRAM PACKAGE NAME ARGUMENT...: compares one, if there is such a program.
language() {
  program=$1 package=$2 name=$3
  shift 3
  if command -v "$program" > /dev/null; then
    compare "$name" 120 "$program" "$@"
    compared=$((compared + 1))
  else
    echo "$program is not installed (Debian: $package)"
  fi
}

cat > "$folder/job.php" <<'END'
<?php
$kept = [];
for ($i = 0; $i < 300000; $i++) { $kept[$i % 5000] = str_repeat(chr(97 + $i % 26), $i % 300); if ($i % 7 == 0) unset($kept[($i * 31) % 5000]); }
ksort($kept);
echo count($kept), ' ', md5(implode(',', $kept)), ' ', md5(json_encode(json_decode(json_encode(array_values($kept))))), ' ', preg_match_all('/a+b?/', implode($kept)), "\n";
END
cat > "$folder/job.rb" <<'END'
require 'digest'
require 'json'
kept = {}
300000.times { |i| kept[i % 5000] = (97 + i % 26).chr * (i % 300); kept.delete(i * 31 % 5000) if i % 7 == 0 }
8.times.map { |n| Thread.new { Array.new(2000) { |i| 'x' * (i % 500) }.join.length } }.each { |t| puts t.value }
GC.start
puts kept.size, Digest::MD5.hexdigest(kept.sort.join(',')), JSON.parse(JSON.generate(kept)).size
pid = fork { exit!(Array.new(50000) { |i| i.to_s }.size % 7) }
puts Process.wait2(pid)[1].exitstatus
END
cat > "$folder/job.lua" <<'END'
local kept, sum = {}, 0
for i = 0, 400000 do kept[i % 5000] = string.rep (string.char (97 + i % 26), i % 300); sum = sum + #kept[i % 5000] end
collectgarbage ()
local co = {}
for i = 1, 2000 do co[i] = coroutine.wrap (function () for j = 1, 5 do coroutine.yield (j * i) end end) end
for i = 1, 2000 do sum = sum + co[i] () end
print (sum, #table.concat (kept))
END
cat > "$folder/job.el" <<'END'
(with-temp-buffer
  (dotimes (i 30000) (insert (format "line %d %s\n" i (make-string (% i 60) ?x))))
  (sort-numeric-fields 2 (point-min) (point-max))
  (reverse-region (point-min) (point-max))
  (goto-char (point-min))
  (while (re-search-forward "\\(line\\) \\([0-9]+\\)" nil t) (replace-match "\\2 \\1"))
  (garbage-collect)
  (princ (format "%d %s\n" (buffer-size) (secure-hash 'sha256 (current-buffer)))))
END
cat > "$folder/job.vim" <<'END'
for i in range(1, 20000)
  call append('$', 'line ' . i . ' ' . repeat('x', i % 60))
endfor
%s/\(line\) \(\d\+\)/\2 \1/
sort! n
undo
redo
g/7 line/d
w result
q!
END
cat > "$folder/job.jq" <<'END'
[range(60000) | {key: "k\(. % 997)", value: (tostring * 3)}] | group_by(.key) | map({(.[0].key): (map(.value) | length)}) | add | [keys[0:5], length, (tojson | length)]
END
cat > "$folder/job.awk" <<'END'
BEGIN { for (i = 0; i < 400000; i++) { a[i % 9973] = a[i % 9973] substr("abcdefghij", i % 10 + 1); if (i % 11 == 0) delete a[i * 31 % 9973] } n = asorti(a, b); for (i = 1; i <= n; i++) s += length(a[b[i]]) * i; print n, s }
END
language php php-cli php "$folder/job.php"
language ruby ruby ruby "$folder/job.rb"
language lua5.4 lua5.4 lua "$folder/job.lua"
language emacs emacs-nox emacs --batch -Q --load "$folder/job.el"
language vim vim-nox vim -N -u NONE -i NONE -n -es -S "$folder/job.vim"
language jq jq jq -n -f "$folder/job.jq"
language gawk gawk gawk -f "$folder/job.awk"
language gdb gdb gdb -batch -nx -ex 'info functions alloc_' -ex 'ptype struct cache' -ex 'disassemble main' "$ALLOC_BUILDDIR/alloc-run"
[ $compared -gt 0 ] || skip 'none of them is installed (Debian: php-cli ruby lua5.4 emacs-nox vim-nox jq gawk gdb)'
echo "$compared programs"
