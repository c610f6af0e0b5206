#!/bin/sh
# SPDX-License-Identifier: MIT
# NumPy, whose arrays are large blocks that are grown, sliced and thrown away.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

/usr/bin/python3 -c 'import numpy' 2> /dev/null || skip 'NumPy is not installed (Debian: python3-numpy)'
cat > "$folder/job.py" <<'END'
import numpy as np
r = np.random.default_rng(7)
total = 0
for i in range(300):
    a = r.integers(0, 1000, size=int(r.integers(1, 400000)))
    b = np.concatenate([a[::2], np.sort(a)[::-1]])
    total += int(b.sum()) + int(np.unique(b).size)
print(total)
m = r.standard_normal((300, 300))
print(np.allclose(m @ np.linalg.inv(m), np.eye(300), atol=1e-6))
print(np.fft.irfft(np.fft.rfft(np.arange(65536.0))).round(3).sum())
x = np.zeros((0,))
for i in range(200):
    x = np.resize(x, i * 5000 + 1)
print(x.nbytes, np.array(['s' * (i % 50) for i in range(20000)]).nbytes)
END
compare numpy 120 /usr/bin/python3 "$folder/job.py"
