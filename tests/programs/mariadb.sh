#!/bin/sh
# SPDX-License-Identifier: MIT
# MariaDB makes a database in memory of its own and on disk, and four clients write to it at once.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need mariadbd mariadb-server
need mariadb mariadb-client
need mariadb-install-db mariadb-server
cat > "$folder/job" <<'END'
data=$(mktemp -d)
trap 'kill $server 2> /dev/null; wait; rm -rf "$data"' EXIT
[ "$(id -u)" -ne 0 ] || user=--user=root
mariadb-install-db --no-defaults $user --datadir="$data" --auth-root-authentication-method=normal --skip-test-db > install.log 2>&1 || cat install.log
mariadbd --no-defaults $user --datadir="$data" --socket="$data/socket" --skip-networking --pid-file="$data/pid" \
  --innodb-buffer-pool-size=32M > server.log 2>&1 &
server=$!
sql() { mariadb --no-defaults -u root -S "$data/socket" -N "$@"; }
for try in $(seq 1 200); do sql -e 'select 1' > /dev/null 2>&1 && break; sleep 0.1; done
sql -e 'create database d; create table d.t (i int primary key, s text, key (s(20))) engine=InnoDB; create table d.c (n int) engine=MEMORY'
for client in 1 2 3 4; do
  (for i in $(seq 1 250); do echo "insert into d.t values ($i * 4 + $client, repeat(md5($i), $i % 9)); insert into d.c values ($i);"; done | sql) &
  clients="$clients $!"
done
wait $clients
sql -e 'select count(*), md5(group_concat(s order by i)) from d.t; select count(*), sum(n) from d.c;
  select count(*) from d.t a join d.t b on a.s < b.s; alter table d.t add column x int default 7; optimize table d.t;
  select json_length(json_arrayagg(json_object("i", i, "s", s))) from d.t; drop database d'
mariadb-admin --no-defaults -u root -S "$data/socket" shutdown
wait $server
echo "ended with $?"
grep -ciE 'got signal|assert' server.log
exit 0
END
compare mariadb 240 sh "$folder/job"
