#!/bin/sh
# SPDX-License-Identifier: MIT
# Python with threads, subprocesses, forked workers and large objects that come and go.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

python=/usr/bin/python3
[ -x $python ] || skip 'python3 is not installed (Debian: python3)'
cat > "$folder/job.py" <<'END'
import collections, concurrent.futures, gc, hashlib, json, multiprocessing, os, random, re, subprocess
import sys, tempfile, threading, zlib

def digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

def churn(seed):
    rng = random.Random(seed)
    kept = collections.OrderedDict()
    for i in range(4000):
        kept[rng.randrange(1000)] = bytes(rng.randrange(1, 5000))
        if len(kept) > 300:
            kept.popitem(last=rng.random() < 0.5)
    return sum(len(v) for v in kept.values())

def forked(seed):
    return digest([churn(seed), zlib.crc32(bytes(range(256)) * seed)])

def main():
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        print('threads', list(pool.map(churn, range(24))))
    with multiprocessing.get_context('fork').Pool(3) as pool:
        print('forks', digest(pool.map(forked, range(1, 13))))

    document = [{'key %d' % i: [i, str(i) * (i % 50), None, i / 7]} for i in range(40000)]
    text = json.dumps(document)
    for _ in range(3):
        copy = json.loads(text)
        del copy
        gc.collect()
    print('json', len(text), digest(document))

    # Blocks freed by another thread than the one that made them.
    queue, total, gate = collections.deque(), [0], threading.Semaphore(0)
    def consume():
        while True:
            gate.acquire()
            item = queue.popleft()
            if item is None:
                return
            total[0] += len(item)
    consumer = threading.Thread(target=consume)
    consumer.start()
    for i in range(20000):
        queue.append(bytearray(i % 2048))
        gate.release()
    queue.append(None)
    gate.release()
    consumer.join()
    print('queue', total[0])

    outputs = [subprocess.run([sys.executable, '-c', 'print(sum(range(%d)))' % n],
                              capture_output=True, text=True).stdout.strip() for n in range(5)]
    print('subprocesses', outputs)
    print('shell', subprocess.check_output('seq 1 1000 | sort -rn | head -3', shell=True).decode().split())
    for _ in range(20):
        child = os.fork()
        if child == 0:
            blob = [bytearray(n) for n in range(1000)]
            os._exit(len(blob) % 7)
        if os.waitpid(child, 0)[1] != (1000 % 7) << 8:
            print('a child went wrong')
    print('regex', len(re.findall(r'(\d+)(?=,)', text)))
    huge = bytearray(200 << 20)
    huge[::4096] = b'x' * len(huge[::4096])
    huge.extend(b'y' * (50 << 20))
    print('huge', len(huge), huge.count(b'x'))

main()
END
compare python 120 $python "$folder/job.py"
