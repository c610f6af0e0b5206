#!/bin/sh
# SPDX-License-Identifier: MIT
# memcached with four threads under eight clients at once.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need memcached memcached
[ -x /usr/bin/python3 ] || skip 'python3 is not installed (Debian: python3)'
cat > "$folder/job.py" <<'END'
import hashlib, os, socket, subprocess, threading, time
user = ['-u', 'root'] if os.getuid() == 0 else []
server = subprocess.Popen(['memcached', '-s', 'socket', '-a', '777', '-t', '4', '-m', '256'] + user)
while not os.path.exists('socket') and server.poll() is None:
    time.sleep(0.05)
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect('socket')
    return s, s.makefile('rb')
results = {}
def client(n):
    s, f = connect()
    sha = hashlib.sha256()
    for i in range(4000):
        value = (b'%d,%d;' % (n, i)) * (i * 7919 % 300)
        s.sendall(b'set k%d.%d 0 0 %d\r\n%s\r\n' % (n, i % 500, len(value), value))
        sha.update(f.readline())
        s.sendall(b'get k%d.%d\r\n' % (n, i % 500))
        head = f.readline()
        sha.update(head + f.read(int(head.split()[3]) + 2) + f.readline())
        if i % 9 == 0:
            s.sendall(b'delete k%d.%d\r\n' % (n, i % 500))
            sha.update(f.readline())
    results[n] = sha.hexdigest()
threads = [threading.Thread(target=client, args=(n,)) for n in range(8)]
for t in threads: t.start()
for t in threads: t.join()
for n in sorted(results): print(n, results[n])
s, f = connect()
s.sendall(b'stats\r\n')
for line in f:
    if line.split()[1:2] in ([b'curr_items'], [b'cmd_set'], [b'get_hits'], [b'bytes']): print(line.decode().strip())
    if line == b'END\r\n': break
server.terminate()
print('ended with', server.wait())
END
chmod 755 "$folder"
compare memcached 120 /usr/bin/python3 "$folder/job.py"
