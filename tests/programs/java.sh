#!/bin/sh
# SPDX-License-Identifier: MIT
# The Java machine: its compiler threads, garbage collection, direct buffers, inflaters, threads that
# come and go.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need java default-jdk-headless
need javac default-jdk-headless
cat > "$folder/Job.java" <<'END'
import java.nio.ByteBuffer;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;
import java.util.zip.*;

public class Job {
  static long churn(int seed) throws Exception {
    Random random = new Random(seed);
    List<ByteBuffer> kept = new ArrayList<>();
    CRC32 crc = new CRC32();
    for (int i = 0; i < 2000; i++) {
      ByteBuffer b = ByteBuffer.allocateDirect(1 + random.nextInt(20000));
      while (b.remaining() >= 4) b.putInt(random.nextInt(50));
      b.flip();
      byte[] in = new byte[b.remaining()], out = new byte[in.length + 100], back = new byte[in.length];
      b.get(in);
      Deflater deflater = new Deflater();
      deflater.setInput(in);
      deflater.finish();
      int n = deflater.deflate(out);
      deflater.end();
      Inflater inflater = new Inflater();
      inflater.setInput(out, 0, n);
      inflater.inflate(back);
      inflater.end();
      if (!Arrays.equals(in, back)) throw new Exception("changed");
      crc.update(out, 0, n);
      if (kept.size() > 50) kept.remove(random.nextInt(kept.size()));
      kept.add(b);
    }
    return crc.getValue();
  }
  public static void main(String[] arguments) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    List<Future<Long>> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) { int seed = i; all.add(pool.submit(() -> churn(seed))); }
    for (Future<Long> f : all) System.out.println(f.get());
    pool.shutdown();
    for (int i = 0; i < 500; i++) { Thread t = new Thread(() -> new ArrayList<>(Collections.nCopies(1000, 1))); t.start(); t.join(); }
    Map<Integer, Long> groups = IntStream.range(0, 1000000).boxed().collect(Collectors.groupingBy(i -> i % 7, TreeMap::new, Collectors.counting()));
    System.out.println(groups);
  }
}
END
compare javac 120 sh -c 'javac -d . "$1" && sha256sum *.class' sh "$folder/Job.java"
cp "$folder/plain-javac/work/"*.class "$folder"
compare java 180 java -Xmx512m -XX:MaxDirectMemorySize=256m -cp "$folder" Job
