#!/bin/sh
# SPDX-License-Identifier: MIT
# chromium without a window takes a picture of a page that scripts, styles and a canvas have made.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need chromium chromium
need identify imagemagick
cat > "$folder/page.html" <<'END'
<!doctype html><meta charset="utf-8"><title>page</title>
<style>body { font: 20px sans-serif; background: linear-gradient(#def, #fed); } td { border: 1px solid #888; padding: 2px 9px; border-radius: 6px; }</style>
<h1>A page</h1><table id="t"></table><canvas id="c" width="400" height="200"></canvas>
<script>
const kept = []
for (let i = 0; i < 20000; i++) kept[i % 500] = { text: 'row ' + i, bytes: new Uint8Array(i % 5000) }
for (let r = 0; r < 8; r++) { const row = t.insertRow(); for (let i = 0; i < 6; i++) row.insertCell().textContent = kept[r * 6 + i].text }
const d = c.getContext('2d')
for (let i = 0; i < 400; i += 4) { d.fillStyle = `hsl(${i} 80% 60%)`; d.fillRect(i, 100 - 80 * Math.sin(i / 30), 4, 80) }
</script>
END
cat > "$folder/job" <<'END'
HOME=$PWD XDG_CONFIG_HOME=$PWD timeout 100 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --disable-dev-shm-usage \
  --user-data-dir="$PWD/profile" --window-size=800x600 --screenshot="$PWD/shot.png" "file://$1" > log 2>&1
echo "ended with $?"
identify -format '%wx%h %# %k\n' shot.png
END
compare chromium 150 sh "$folder/job" "$folder/page.html"
