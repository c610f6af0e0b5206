#!/bin/sh
# SPDX-License-Identifier: MIT
# ffmpeg makes a film, encodes it with several threads, decodes, filters and encodes it again.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need ffmpeg ffmpeg
cat > "$folder/job" <<'END'
set -e
quiet='-hide_banner -loglevel error -nostdin -y -bitexact'
ffmpeg $quiet -f lavfi -i testsrc2=size=320x240:rate=25 -f lavfi -i sine=frequency=440:sample_rate=44100 \
  -t 4 -c:v mpeg4 -threads 4 -q:v 4 -c:a aac -flags +bitexact -fflags +bitexact one.mkv
ffmpeg $quiet -i one.mkv -vf 'scale=200:150,hue=h=40,boxblur=2,rotate=0.3' -af 'atempo=1.25' \
  -c:v mjpeg -q:v 5 -c:a flac -flags +bitexact -fflags +bitexact two.mkv
ffmpeg $quiet -i two.mkv -f framemd5 - | grep -v '^#'
ffmpeg $quiet -i one.mkv -frames:v 3 frame-%d.png
sha256sum one.mkv two.mkv frame-*.png
END
compare ffmpeg 240 sh "$folder/job"
