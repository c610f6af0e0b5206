#!/bin/sh
# SPDX-License-Identifier: MIT
# apache2 with threads in several processes answers ab and curl, and restarts meanwhile.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need apache2 apache2-bin
need ab apache2-utils
need curl curl
modules=/usr/lib/apache2/modules
cat > "$folder/job" <<'END'
mkdir html
for i in $(seq 1 20); do seq "$i" $((i * 500)) > "html/$i.txt"; done
port=$((20000 + $$ % 20000))
cat > apache.conf <<END3
ServerRoot $PWD
ServerName localhost
Listen 127.0.0.1:$port
PidFile $PWD/pid
ErrorLog $PWD/error.log
Mutex sem
LoadModule mpm_event_module $1/mod_mpm_event.so
LoadModule authz_core_module $1/mod_authz_core.so
LoadModule deflate_module $1/mod_deflate.so
LoadModule filter_module $1/mod_filter.so
LoadModule dir_module $1/mod_dir.so
LoadModule mime_module $1/mod_mime.so
TypesConfig /etc/mime.types
AddOutputFilterByType DEFLATE text/plain
MaxConnectionsPerChild 60
StartServers 2
ThreadsPerChild 8
DocumentRoot $PWD/html
END3
[ -e /etc/mime.types ] || sed -i 's,/etc/mime.types,/dev/null,' apache.conf
[ "$(id -u)" -ne 0 ] || printf 'User nobody\nGroup nogroup\n' >> apache.conf
apache2 -f "$PWD/apache.conf" -D FOREGROUND &
server=$!
for try in $(seq 1 100); do curl -s -o /dev/null "http://127.0.0.1:$port/1.txt" && break; sleep 0.1; done
for i in $(seq 1 20); do curl -s --compressed "http://127.0.0.1:$port/$i.txt"; done | sha256sum
ab -q -n 2000 -c 16 -H 'Accept-Encoding: gzip' "http://127.0.0.1:$port/7.txt" | grep -E 'Complete|Failed|Non-2xx|HTML transferred'
kill -USR1 $server
sleep 0.5
for i in $(seq 1 20); do curl -s --compressed "http://127.0.0.1:$port/$i.txt"; done | sha256sum
kill -WINCH $server
wait $server
echo "ended with $?"
grep -ciE 'segmentation|exit signal|abort' error.log
exit 0
END
chmod 755 "$folder"
compare apache 120 sh "$folder/job" $modules
