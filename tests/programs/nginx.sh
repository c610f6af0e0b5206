#!/bin/sh
# SPDX-License-Identifier: MIT
# nginx with two workers compresses and serves files to clients at once, reloads and stops.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need nginx nginx-light
need curl curl
cat > "$folder/job" <<'END'
mkdir -p html temp
for i in $(seq 1 40); do seq "$i" $((i * 400)) > "html/$i.txt"; done
user=
[ "$(id -u)" -ne 0 ] || user="user $(id -un);"
cat > nginx.conf <<END3
$user
worker_processes 2;
pid $PWD/nginx.pid;
error_log $PWD/error.log;
events { worker_connections 200; }
http {
  access_log off;
  client_body_temp_path temp/a; proxy_temp_path temp/b; fastcgi_temp_path temp/c; uwsgi_temp_path temp/d; scgi_temp_path temp/e;
  gzip on; gzip_types text/plain; gzip_min_length 1;
  server { listen unix:$PWD/socket; root $PWD/html; location /again/ { proxy_pass http://unix:$PWD/socket:/; } }
}
END3
nginx -p "$PWD" -c nginx.conf -e error.log -g 'daemon off;' &
server=$!
for try in $(seq 1 100); do [ -S socket ] && break; sleep 0.05; done
get() { curl -s --compressed --unix-socket socket "http://localhost/$1"; }
for round in 1 2 3; do
  for i in $(seq 1 40); do
    get "$i.txt" > "got-$i" &
    one=$!
    get "again/$i.txt" > "again-$i" &
    wait $one $!
  done
  cat got-* again-* | sha256sum
  kill -HUP $server
  sleep 0.3
done
get missing | grep -c '404 Not Found'
kill -QUIT $server
wait $server
echo "ended with $?"
grep -ciE 'signal 6|signal 11|alert|emerg' error.log
exit 0
END
chmod 755 "$folder"
compare nginx 120 sh "$folder/job"
