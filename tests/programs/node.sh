#!/bin/sh
# SPDX-License-Identifier: MIT
# node with worker threads, buffers outside of its heap, compression and child processes.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need node nodejs
cat > "$folder/job.js" <<'END'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads')
const { createHash } = require('crypto')
const zlib = require('zlib')
const { execFileSync } = require('child_process')
const digest = (x) => createHash('sha256').update(x).digest('hex')

function churn (seed) {
  let state = seed
  const next = (n) => { state = (state * 1103515245 + 12345) % 2147483648; return state % n }
  const kept = []
  let sum = 0
  for (let i = 0; i < 20000; i++) {
    const b = Buffer.alloc(next(9000), i % 251)
    kept[next(200)] = b
    sum += b.length
  }
  const packed = zlib.gzipSync(Buffer.concat(kept.filter(Boolean)))
  return [sum, digest(zlib.gunzipSync(packed))]
}

if (!isMainThread) {
  parentPort.postMessage(churn(workerData))
} else {
  const work = [...Array(8).keys()].map((i) => new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: i + 1 })
    worker.on('message', resolve).on('error', reject)
  }))
  Promise.all(work).then((results) => {
    results.forEach((r) => console.log(...r))
    const text = JSON.stringify([...Array(50000).keys()].map((i) => ({ i, s: 'x'.repeat(i % 60) })))
    console.log(text.length, digest(text), JSON.parse(text).length)
    for (let i = 0; i < 5; i++) console.log(execFileSync('echo', ['child ' + i]).toString().trim())
  })
}
END
compare node 120 node "$folder/job.js"
