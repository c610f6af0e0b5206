# SPDX-License-Identifier: MIT
"""Real programs, when they are installed, on inputs made here with fixed seeds."""

import os
import random
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from typing import Callable

from launching import Launched, Run, environment, launch, wait_until
from workloads import Context


def _which(program: str) -> str | None:
    """As the programs are found when they run: not by the path of the user's shell."""
    return shutil.which(program, path=environment("/")["PATH"])


def _amount(context: Context, full: int) -> str:
    return str(max(1, round(full * context.percent / 100)))


def _write(context: Context, name: str, text: str) -> str:
    path = os.path.join(context.folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


@dataclass(frozen=True)
class Program:
    """A command with arguments; the files that it reads are made by `make_input`, which returns
    the arguments and what is standard input, if anything."""

    name: str
    program: str
    package: str
    make_input: Callable[[Context], tuple[list[str], str | None]]
    variables: dict[str, str] = field(default_factory=dict)
    optional: bool = True

    def targets(self) -> list[str]:
        return []

    def missing(self) -> str:
        return "" if _which(self.program) else f"{self.program} is not installed (Debian: {self.package})"

    def prepare(self, context: Context) -> None:
        self.make_input(context)

    def run(self, context: Context, library: str | None) -> Run:
        arguments, given = self.make_input(context)
        return launch(context.launcher, library, [_which(self.program) or self.program, *arguments], context.folder,
                      self.variables, given)


def _python(context: Context) -> tuple[list[str], str | None]:
    """What scripts do: JSON, regular expressions, syntax trees, classes, dictionaries, sorting."""
    text = """import ast, collections, json, re, sys
class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y
for _ in range(int(sys.argv[1])):
    rows = [{"id": i, "name": "n%d" % i, "tags": [str(j * i) for j in range(i % 9)], "v": i * 1.5} for i in range(6000)]
    text = json.dumps(rows)
    back = json.loads(text)
    words = collections.Counter(re.findall(r"\\w+", text))
    points = sorted((Point(i * 7919 % 10007, i) for i in range(20000)), key=lambda p: p.x)
    tree = ast.dump(ast.parse("\\n".join("def f%d(a, b):\\n  return a + b * %d" % (i, i) for i in range(700))))
print(len(words), len(points), len(tree), len(back))
"""
    return [_write(context, "work.py", text), _amount(context, 7)], None


def _sqlite(context: Context) -> tuple[list[str], str | None]:
    """Tables, an index, a join and a rewrite, in memory."""
    rows = _amount(context, 400000)
    text = f"""create table t (a integer primary key, b text, c real);
with recursive n (i) as (select 1 union all select i + 1 from n where i < {rows})
insert into t select i, printf ('row %d %x', i, i * 7919 % 100003), i * 0.5 from n;
create index t_b on t (b);
select count (*), sum (length (b)) from t where b like '%1f%';
select substr (b, 1, 6) as k, count (*) from t group by k order by 2 desc, 1 limit 5;
select count (*) from t x join t y on x.b = y.b where y.c > 3;
update t set b = b || ' and more' where a % 3 = 0;
delete from t where a % 7 < 3;
select count (*), group_concat (b) from t where a % 1000 = 5;
"""
    return [":memory:"], _write(context, "work.sql", text)


def _perl(context: Context) -> tuple[list[str], str | None]:
    """Hashes, arrays of arrays, sorting, patterns and substitution."""
    text = r"""my $n = shift; my %h; my @rows;
for my $i (1 .. $n) {
  my $k = "key" . ($i * 7919 % 100003);
  $h{$k} .= chr (65 + $i % 26);
  push @rows, [ $i, "$k-$i", { n => $i, s => "x" x ($i % 40) } ] if $i % 2 == 0;
}
my @sorted = sort { $a->[1] cmp $b->[1] } @rows;
my $m = 0;
for (@sorted) { my $t = $_->[1]; $t =~ s/(\d+)/<$1>/g; $m++ if $t =~ /9>$/; }
print scalar (keys %h), " $m ", length (join (",", map { $_->[2]{s} } @sorted)), "\n";
"""
    return [_write(context, "work.pl", text), _amount(context, 500000)], None


def _gcc(context: Context) -> tuple[list[str], str | None]:
    """One translation unit of many functions with loops, structures and switches, at -O2."""
    numbers = random.Random(1)
    functions = []
    for i in range(int(_amount(context, 260))):
        a, b, c = (numbers.randrange(1, 1000) for _ in range(3))
        functions.append(f"""struct s{i} {{ int a, b; double c[{a % 7 + 1}]; struct s{i} *next; }};
static int f{i}(struct s{i} *p, int n) {{
  int total = {a};
  for (int i = 0; i < n; i++) {{
    switch ((p->a + i) % 5) {{
    case 0: total += p->b * {b}; break;
    case 1: total ^= i << {c % 9}; break;
    case 2: p->c[i % {a % 7 + 1}] += total / {c}.0; break;
    default: total -= n % (i + {c}); break;
    }}
    if (p->next) {{ p = p->next; total += (int)p->c[0]; }}
  }}
  return total;
}}
int g{i}(int n) {{ struct s{i} s = {{n, {b}, {{0}}, 0}}; return f{i}(&s, n) + f{i}(&s, n / 2); }}
""")
    return ["-O2", "-S", "-o", "/dev/null", _write(context, "work.c", "".join(functions))], None


def _ghostscript(context: Context) -> tuple[list[str], str | None]:
    """Pages with text, curves, patterns of lines and clipping, drawn into pixels."""
    pages = _amount(context, 24)
    text = f"""%!PS
/Times-Roman findfont 11 scalefont setfont
1 1 {pages} {{
  /page exch def
  0 1 60 {{ /i exch def
    gsave 50 i 12 mul 40 add moveto
    (Line ) show i 10 string cvs show ( of page ) show page 10 string cvs show
    ( with words enough to fill the line up to its end, more or less.) show grestore
  }} for
  0 1 150 {{ /i exch def
    newpath i 4 mul page 7 mul 600 mod moveto
    300 i 5 mul 100 i 3 mul 600 i page add 800 mod curveto
    i 150 div 0.5 1 i 150 div sub setrgbcolor i 10 mod 0.2 mul setlinewidth stroke
  }} for
  gsave 300 400 200 0 360 arc clip
  0 5 600 {{ /i exch def newpath i 0 moveto 600 i sub 800 lineto stroke }} for grestore
  showpage
}} for
"""
    return ["-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sDEVICE=ppmraw", "-r150", "-sOutputFile=/dev/null",
            _write(context, "work.ps", text)], None


def _z3(context: Context) -> tuple[list[str], str | None]:
    """A formula of linear arithmetic with many choices: a schedule of jobs that do not overlap."""
    jobs = int(_amount(context, 100))
    numbers = random.Random(3)
    lines = ["(set-logic QF_LIA)", "(set-option :smt.random_seed 1)"]
    lengths = [numbers.randrange(2, 9) for _ in range(jobs)]
    for i in range(jobs):
        lines.append(f"(declare-const s{i} Int)(assert (and (>= s{i} 0) (<= (+ s{i} {lengths[i]}) {sum(lengths)})))")
    for i in range(jobs):
        for j in range(i):
            lines.append(f"(assert (or (<= (+ s{i} {lengths[i]}) s{j}) (<= (+ s{j} {lengths[j]}) s{i})))")
    lines.append("(check-sat)")
    return [_write(context, "work.smt2", "\n".join(lines) + "\n")], None


def _db_bench(context: Context) -> tuple[list[str], str | None]:
    """RocksDB: a database filled and read in random order."""
    folder = os.path.join(context.folder, "db")
    shutil.rmtree(folder, ignore_errors=True)
    return ["--benchmarks=fillrandom,readrandom", f"--num={_amount(context, 300000)}", "--seed=1", f"--db={folder}",
            "--value_size=200", "--threads=1"], None


@dataclass(frozen=True)
class Redis:
    """redis-server on the allocator, redis-benchmark without: the time is what the same requests
    took, the memory is that of the server."""

    name: str = "redis"
    optional: bool = True

    def targets(self) -> list[str]:
        return []

    def missing(self) -> str:
        for program, package in (("redis-server", "redis-server"), ("redis-benchmark", "redis-tools")):
            if not _which(program):
                return f"{program} is not installed (Debian: {package})"
        return ""

    def prepare(self, context: Context) -> None:
        """Nothing: the benchmark makes its own requests."""

    def run(self, context: Context, library: str | None) -> Run:
        socket = os.path.join(context.folder, "socket")
        server = Launched(
            context.launcher, library,
            [_which("redis-server"), "--port", "0", "--unixsocket", socket, "--dir", context.folder, "--save", "",
             "--appendonly", "no", "--activedefrag", "no"],
            context.folder, {})
        try:
            if not wait_until(lambda: os.path.exists(socket) or server.process.poll() is not None, 10):
                return Run(failure="redis-server opened no socket within 10 s")
            began = time.monotonic()
            client = subprocess.run(
                [_which("redis-benchmark"), "-s", socket, "-n", _amount(context, 150000), "-c", "20", "-P", "16", "-r",
                 "100000", "-d", "300", "-q", "-t",
                 "set,get,incr,lpush,rpush,lpop,sadd,hset,zadd,lrange_100,mset"],
                env=environment(context.folder), cwd=context.folder, capture_output=True, text=True, check=False,
                stdin=subprocess.DEVNULL, timeout=600)
            took = time.monotonic() - began
        finally:
            try:
                subprocess.run([_which("redis-cli"), "-s", socket, "shutdown", "nosave"], check=False,
                               capture_output=True, env=environment(context.folder), timeout=60)
            except (OSError, subprocess.TimeoutExpired):
                server.process.kill()
            run = server.finish(60)
            if os.path.exists(socket):
                os.unlink(socket)
        if not run.failure and client.returncode != 0:
            run.failure = f"redis-benchmark ended with status {client.returncode}: {client.stderr.strip()[:200]}"
        run.wall_s = took
        return run


PROGRAMS = (
    Program("python", "python3", "python3", _python),
    Program("python-malloc", "python3", "python3", _python, {"PYTHONMALLOC": "malloc"}),
    Program("sqlite3", "sqlite3", "sqlite3", _sqlite),
    Program("perl", "perl", "perl", _perl),
    Program("gcc", "gcc", "gcc", _gcc),
    Program("ghostscript", "gs", "ghostscript", _ghostscript),
    Redis(),
    Program("z3", "z3", "z3", _z3),
    Program("rocksdb", "db_bench", "rocksdb-tools", _db_bench),
)
