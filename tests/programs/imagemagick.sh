#!/bin/sh
# SPDX-License-Identifier: MIT
# ImageMagick draws, filters, resizes and encodes pictures, with its threads.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need convert imagemagick
need identify imagemagick
cat > "$folder/job" <<'END'
set -e
size=450x300
[ "${ALLOC_LONG:-0}" = 0 ] || size=1800x1200
convert -size $size -seed 7 plasma:fractal noise.png
convert noise.png -blur 0x6 -resize 300x200 -rotate 30 turned.png
convert noise.png turned.png -gravity center -composite -quality 90 over.jpg
convert -size 200x100 xc:navy -fill white -draw 'circle 100,50 100,10' circle.png
convert circle.png -morphology edge disk:2 -colorspace gray edge.pgm
convert noise.png -crop 100x100 +repage tile-%02d.png
montage tile-*.png -geometry 50x50+2+2 -background none sheet.png
identify -format '%f %wx%h %# %k\n' noise.png turned.png over.jpg circle.png edge.pgm tile-*.png sheet.png
END
compare imagemagick 180 sh "$folder/job"
