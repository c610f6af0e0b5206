#!/bin/sh
# SPDX-License-Identifier: MIT
# redis-server, with its background threads and forked savers, under a script and redis-benchmark.
# The times that the benchmark prints differ; which of its tests ran does not.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need redis-server redis-server
need redis-cli redis-tools
need redis-benchmark redis-tools
cat > "$folder/job" <<'END'
socket=$PWD/socket
redis-server --port 0 --unixsocket "$socket" --dir . --save '' --io-threads 2 --appendonly no > server.log 2>&1 &
server=$!
trap 'kill $server 2> /dev/null; wait $server' EXIT
cli() { redis-cli -s "$socket" "$@"; }
for try in $(seq 1 100); do
  [ "$(cli ping 2> /dev/null)" = PONG ] && break
  sleep 0.1
done
cli ping
cli eval 'for i = 1, 50000 do redis.call ("set", "k" .. i, string.rep ("v", i % 700)) end return redis.call ("dbsize")' 0
cli eval 'for i = 1, 50000, 2 do redis.call ("del", "k" .. i) end return redis.call ("dbsize")' 0
cli eval 'for i = 1, 20000 do redis.call ("zadd", "z", i * 7919 % 10007, "m" .. i) redis.call ("hset", "h" .. i % 50, i, i) redis.call ("rpush", "l", i) end return redis.call ("zcard", "z")' 0
cli zrange z 0 5 withscores
cli hlen h7
cli save
cli bgsave > /dev/null
while cli info persistence | grep -q 'rdb_bgsave_in_progress:1'; do sleep 0.1; done
cli info persistence | tr -d '\r' | grep rdb_last_bgsave_status
cli get k698 | wc -c
cli dbsize
redis-benchmark -s "$socket" -n 20000 -c 20 -P 4 -r 10000 -d 400 -q \
  -t ping,set,get,incr,lpush,rpush,lpop,sadd,hset,spop,zadd,lrange_100,mset 2>&1 |
  tr '\r' '\n' | sed -n 's/: [0-9.]* requests per second.*//p'
cli flushall async
cli dbsize
cli shutdown nosave
wait $server
status=$?
trap - EXIT
echo "server ended with $status"
grep -ciE 'crash|assert|segfault' server.log
exit 0
END
compare redis 180 sh "$folder/job"
