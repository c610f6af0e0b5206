#!/bin/sh
# SPDX-License-Identifier: MIT
# ghostscript makes a PDF of PostScript, and poppler and ghostscript draw it.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need gs ghostscript
need pdftoppm poppler-utils
cat > "$folder/pages.ps" <<'END'
%!PS
/Times-Roman findfont 14 scalefont setfont
1 1 12 {
  /page exch def
  0 1 40 { /line exch def 72 750 line 16 mul sub moveto page 7 mul line add 20 string cvs show ( words on a page) show } for
  0 4 360 { gsave 300 400 translate rotate page 20 div 0.4 0.7 setrgbcolor 0 0 moveto 200 0 lineto stroke grestore } for
  showpage
} for
END
cat > "$folder/job" <<'END'
set -e
SOURCE_DATE_EPOCH=1700000000 gs -q -dBATCH -dNOPAUSE -dSAFER -sDEVICE=pdfwrite -o pages.pdf "$1"
gs -q -dBATCH -dNOPAUSE -dSAFER -sDEVICE=png16m -r60 -dNumRenderingThreads=2 -o page-%02d.png pages.pdf
pdftoppm -r 60 pages.pdf drawn
pdftotext pages.pdf - | sha256sum
sha256sum page-*.png drawn-*.ppm
END
compare ghostscript 180 sh "$folder/job" "$folder/pages.ps"
