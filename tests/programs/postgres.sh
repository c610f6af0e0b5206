#!/bin/sh
# SPDX-License-Identifier: MIT
# PostgreSQL makes a database, runs pgbench with four clients and a script of its own, and answers
# queries. As root, which it refuses to run as, it is started as the user postgres.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

bin=$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | tail -n 1)
[ -n "$bin" ] && [ -x "$bin/initdb" ] || skip 'PostgreSQL is not installed (Debian: postgresql)'
[ -x "$bin/pgbench" ] || skip 'pgbench is not installed (Debian: postgresql-contrib)'
cat > "$folder/job" <<'END'
set -e
PATH=$1:$PATH
cd "$(mktemp -d)"
trap 'pg_ctl -D data -m immediate stop > stop.log 2>&1 || true; rm -rf "$PWD"' EXIT
initdb -D data -A trust -N --locale=C -U tester > initdb.log
cat >> data/postgresql.conf <<END3
listen_addresses = ''
unix_socket_directories = '$PWD'
shared_buffers = 32MB
fsync = off
END3
pg_ctl -D data -l server.log -w start > start.log
export PGHOST=$PWD PGUSER=tester PGDATABASE=postgres
pgbench -i -s 2 -q > pgbench.log 2>&1
pgbench -n -c 4 -j 2 -t 250 2>&1 | grep -E 'actually processed|failed'
psql -At <<'END3'
select count(*), sum(length(filler)) from pgbench_accounts;
select count(*) from pgbench_history;
select (select sum(tbalance) from pgbench_tellers) = (select sum(abalance) from pgbench_accounts);
create table t as select i, md5(i::text) as h, array(select generate_series(1, i % 20)) as a from generate_series(1, 50000) i;
create index on t (h);
create index on t using gin (a);
select md5(string_agg(h, ',' order by h desc)) from t where i % 3 = 0;
select count(*) from t x join t y on x.h < y.h where x.i < 300 and y.i < 300;
select jsonb_object_agg(i, to_jsonb(t)) -> '7' from t where i < 2000;
select regexp_replace(repeat('abc', 20000), '(b)(c)', '\2\1', 'g') = repeat('acb', 20000);
do $$ begin for n in 1..2000 loop perform n / nullif(n % 7, 0); end loop; end $$;
vacuum full t;
select pg_size_pretty(count(*)) from t;
END3
pg_dump -t t | grep -vE '^(--|SET|SELECT|\\)' | sha256sum
pg_ctl -D data -m fast stop > stop.log
echo "crashed: $(grep -ciE 'terminated by signal|PANIC' server.log || true)"
END
chmod 755 "$folder"
if [ "$(id -u)" -eq 0 ]; then
  compare postgres 240 setpriv --reuid=postgres --regid=postgres --clear-groups env TMPDIR=/tmp sh "$folder/job" "$bin"
else
  compare postgres 240 sh "$folder/job" "$bin"
fi
