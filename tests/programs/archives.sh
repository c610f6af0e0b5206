#!/bin/sh
# SPDX-License-Identifier: MIT
# tar, compressors with threads, openssl, gpg and rsync on the same files.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

for pair in xz:xz-utils zstd:zstd openssl:openssl rsync:rsync bzip2:bzip2; do
  need "${pair%:*}" "${pair#*:}"
done
cat > "$folder/job" <<'END'
set -e
mkdir files
for i in $(seq 1 60); do seq "$i" $((i * 300)) > "files/$i"; done
tar --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner -cf all.tar files
xz -T2 -6 --block-size=300000 -k all.tar
zstd -q -T2 -12 all.tar
bzip2 -k all.tar
gzip -nk all.tar
sha256sum all.tar.*
for packed in xz zst bz2 gz; do mkdir $packed; tar -C $packed -xf all.tar.$packed; diff -r files $packed/files; done
rsync -a --checksum files/ copy/
seq 5 > files/7
touch -d @1700000000 files/7 # or its time would differ from the copy's by chance
rsync -a --checksum --delete --itemize-changes files/ copy/
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem 2> /dev/null
openssl req -x509 -key key.pem -subj /CN=test -days 3 -out cert.pem
openssl verify -CAfile cert.pem cert.pem
openssl dgst -sha256 -sign key.pem -out signature all.tar
openssl pkey -in key.pem -pubout -out public.pem
openssl dgst -sha256 -verify public.pem -signature signature all.tar
openssl enc -aes-256-ctr -K 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff -iv 000102030405060708090a0b0c0d0e0f -in all.tar | sha256sum
END
compare archives 180 sh "$folder/job"
