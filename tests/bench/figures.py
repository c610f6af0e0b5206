# SPDX-License-Identifier: MIT
"""Figures that are not workloads: each a function that measures all allocators and returns a table."""

import os
import re
import select
import statistics
import subprocess
import time
from typing import Callable

import allocators as allocators_module
from allocators import Allocator
from launching import BenchError, environment, figures_of, launch
from report import table
from workloads import Context


def _program(context: Context, name: str) -> str:
    return os.path.join(context.build, "tests", "bench", name)


def _alternating(items: list, repetitions: int):
    """A B C, C B A, A B C, ...: what drifts meets all alike."""
    for repetition in range(repetitions):
        yield from items if repetition % 2 == 0 else reversed(items)


def _printed(context: Context, allocator: Allocator, command: list[str]) -> dict[str, float]:
    """The figures of one run; a run that failed ends the bench of this figure for this allocator."""
    run = launch(context.launcher, allocator.library, command, context.folder)
    return {"failed": 1.0} if run.failure else run.figures


def _medians(context: Context, found: list[Allocator], command: list[str], repetitions: int) -> dict[str, dict[str, float]]:
    """By allocator, by figure; an allocator that failed has none."""
    seen: dict[str, list[dict[str, float]]] = {}
    for allocator in _alternating(found, repetitions):
        seen.setdefault(allocator.name, []).append(_printed(context, allocator, command))
    return {
        name: {} if any("failed" in run for run in runs)
        else {figure: statistics.median(run[figure] for run in runs) for figure in runs[0]}
        for name, runs in seen.items()
    }


def _number(value: float | None, form: str) -> str:
    return "failed" if value is None else format(value, form)


def startup(context: Context, found: list[Allocator], repetitions: int) -> str:
    """Time and memory of `true`: what a process pays that allocates next to nothing."""
    times: dict[str, list[float]] = {}
    memory: dict[str, list[int]] = {}
    for allocator in _alternating(found, max(5, round(repetitions * 40 * context.percent / 100))):
        run = launch(context.launcher, allocator.library, ["/bin/true"], context.folder)
        if run.failure:
            raise BenchError(f"/bin/true failed on {allocator.name}: {run.failure}.")
        times.setdefault(allocator.name, []).append(run.wall_s * 1e3)
        memory.setdefault(allocator.name, []).append(run.peak_rss_kib)
    plain = statistics.median(times[allocators_module.SYSTEM]) if allocators_module.SYSTEM in times else None
    rows = []
    for name, values in times.items():
        median = statistics.median(values)
        rows.append([name, f"{median:.3f}", f"{median - plain:+.3f}" if plain is not None else "",
                     f"{statistics.median(memory[name]) / 1024:.2f}"])
    return table(["`true`", "ms", "ms over glibc", "peak RSS, MiB"], rows)


def idle_threads(context: Context, found: list[Allocator], repetitions: int) -> str:
    """Resident memory of sleeping threads that have allocated, and of bare ones."""
    rows = []
    counts = [max(10, round(count * min(context.percent, 100) / 100)) for count in (1000, 10000)]
    columns = []
    for threads in counts:
        for mode in ("bare", "allocated"):
            command = [_program(context, "idle_threads"), "100", str(threads), mode]
            columns.append(_medians(context, found, command, min(repetitions, 3)))
    for allocator in found:
        values = [column[allocator.name].get("bytes_per_thread") for column in columns]
        rows.append([allocator.name, *(_number(value and value / 1024, ".1f") for value in values)])
    head = [f"{kind}, {threads:,} threads" for threads in counts for kind in ("bare", "allocated")]
    return table(["KiB per idle thread", *head], rows)


def burst(context: Context, found: list[Allocator], repetitions: int) -> str:
    """What is left of 2 GiB that were freed, with no further call."""
    rows: dict[str, list[str]] = {allocator.name: [allocator.name] for allocator in found}
    for mode in ("same", "other"):
        command = [_program(context, "burst_freed"), f"{context.percent:g}", "1", mode]
        for name, medians in _medians(context, found, command, 1 if repetitions < 3 else 3).items():
            rows[name] += [_number(medians.get(f"percent_at_{s}_s"), ".1f") for s in (0, 1, 5)]
    head = [f"{mode} thread, {s} s" for mode in ("same", "other") for s in (0, 1, 5)]
    return table(["RSS left, % of peak, after a burst freed by", *head], list(rows.values()))


def ring(context: Context, found: list[Allocator], repetitions: int) -> str:
    """Memory handed round a ring of 16 threads."""
    medians = _medians(context, found, [_program(context, "ring"), f"{context.percent:g}", "16"], min(repetitions, 3))
    return table(["ring of 16 threads", "peak RSS / live"],
                 [[name, _number(values.get("peak_rss_over_live"), ".2f")] for name, values in medians.items()])


def scaling(context: Context, found: list[Allocator], repetitions: int) -> str:
    """Throughput from one thread to all cores, over that of glibc with one thread."""
    counts = sorted({1 << i for i in range(context.cores.bit_length()) if 1 << i <= context.cores} | {context.cores})
    texts = []
    for program in ("mixed", "server", "scatter"):
        times: dict[tuple[str, int], list[float]] = {}
        for threads in counts:
            for allocator in _alternating(found, repetitions):
                run = launch(context.launcher, allocator.library,
                             [_program(context, program), f"{context.percent:g}", str(threads)], context.folder)
                times.setdefault((allocator.name, threads), []).append(0.0 if run.failure else run.wall_s)
        base_name = allocators_module.SYSTEM if any(a.name == allocators_module.SYSTEM for a in found) else found[0].name
        base = statistics.median(times[base_name, 1])
        rows = []
        for allocator in found:
            cells = []
            for threads in counts:
                values = times[allocator.name, threads]
                cells.append("failed" if 0.0 in values or not base else f"{threads * base / statistics.median(values):.2f}")
            rows.append([allocator.name, *cells])
        texts.append(table([f"{program}: throughput over {base_name}'s of 1 thread",
                            *(f"{n} thread{'s' if n > 1 else ''}" for n in counts)], rows))
    return "\n\n".join(texts)


def _disassembled(library: str, function: str) -> str:
    """Instructions from a function's first to its first return, jumps to elsewhere not followed. A
    "+" means that a call lies on the way."""
    try:
        names = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
        found = re.search(rf"^([0-9a-f]+) [TtWwi] {function}(?:@.*)?$", names, re.MULTILINE)
        if not found:
            return ""
        start = int(found.group(1), 16)
        code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", f"--start-address={start:#x}",
                               f"--stop-address={start + 4096:#x}", library], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
    count, call = 0, ""
    for operation in re.findall(r"^ *[0-9a-f]+:\t(\S+(?: \S+)?)", code, re.MULTILINE):
        if re.match(r"(endbr64|nop|data16|cs nop|xchg +%ax)", operation):
            continue
        count += 1
        if operation.startswith("call"):
            call = "+"
        # A function that only jumps on has its body elsewhere.
        if re.match(r"(repz |bnd )?ret", operation):
            return f"{count}{call}"
        if operation.startswith(("jmp", "bnd jmp")) and count <= 3:
            return ""
    return ""


def fast_path(context: Context, found: list[Allocator], repetitions: int) -> str:
    """Instructions of malloc and free of a small block: executed, counted one by one with warm caches,
    and as disassembled up to the first return."""
    del repetitions  # it is the same each time
    rows = []
    for allocator in found:
        executed = _printed(context, allocator, [_program(context, "steps")])
        listed = [_disassembled(allocator.library, name) if allocator.library else "" for name in ("malloc", "free")]
        rows.append([allocator.name, _number(executed.get("malloc_instructions"), ".0f"), listed[0],
                     _number(executed.get("free_instructions"), ".0f"), listed[1]])
    return table(["instructions", "malloc executed", "malloc to first ret", "free executed", "free to first ret"], rows)


class _Watched:
    """The process whose speed is taken with and without a watcher."""

    def __init__(self, context: Context, library: str, percent: float, threads: int):
        self.process = subprocess.Popen(
            [_program(context, "watched"), f"{percent:g}", str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=environment(context.folder) | {"LD_PRELOAD": library}, cwd=context.folder)
        self._figure("ready", 600)

    def _figure(self, name: str, limit_s: float) -> float:
        ready, _, _ = select.select([self.process.stdout], [], [], limit_s)
        line = self.process.stdout.readline() if ready else ""
        figures = figures_of(line)
        if name not in figures:
            self.process.kill()
            raise BenchError(f"The watched program said {line.strip() or 'nothing'!r} where {name} was expected.")
        return figures[name]

    def work(self) -> float:
        """Seconds of one portion."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._figure("seconds", 600)

    def settled_work(self, portions: int) -> list[float]:
        """Seconds of each portion, after one that brings back what was purged while the process slept."""
        self.work()
        return [self.work() for _ in range(portions)]

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(60)


def _watched_work(context: Context, watched: _Watched, portions: int) -> tuple[list[float], dict[str, float]]:
    """Seconds of each portion while a watcher takes frames, and what the watcher says."""
    # Without a moment of allocations, a process that sleeps does not see the bell.
    watcher = subprocess.Popen([_program(context, "watcher"), str(watched.process.pid)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True, env=environment(context.folder))
    try:
        watched.work()
        ready, _, _ = select.select([watcher.stdout], [], [], 40)
        line = watcher.stdout.readline() if ready else ""
        if "live" not in figures_of(line):
            raise BenchError("The watcher got no frame of the watched program: see its sentence above.")
        seconds = [watched.work() for _ in range(portions)]
        watcher.stdin.close()
        said = figures_of(watcher.stdout.read())
        watcher.wait(60)
    finally:
        watcher.kill()
    return seconds, said


def _available_bytes() -> int:
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(re.search(r"^MemAvailable: *([0-9]+) kB$", file.read(), re.MULTILINE).group(1)) << 10


def snapshots(context: Context, found: list[Allocator], repetitions: int) -> str:
    """Throughput of a heap of 1 GiB and four million blocks, watched at 10 Hz and not, in turns of four
    portions, with a thread on each core; and of 4 and 16 times as much, where there is memory for it, in
    as many portions fewer."""
    ours = next((a for a in found if a.name == allocators_module.OURS), None)
    if ours is None:
        return "Snapshots are liballoc's alone, and it is not among the allocators chosen."
    rows = []
    for scale in (1, 4, 16):
        if scale > 1 and _available_bytes() < 1.2 * scale * context.percent / 100 * (1 << 30):
            continue
        portions = max(1, 4 // scale)
        watched = _Watched(context, ours.library, context.percent * scale, context.cores)
        try:
            plain, seen, said = watched.settled_work(portions), [], []
            for _ in range(max(1, repetitions // scale)):
                seconds, figures = _watched_work(context, watched, portions)
                seen += seconds
                said.append(figures)
                time.sleep(4)  # until the request is stale, and publishing ends
                plain += watched.settled_work(portions)
        finally:
            watched.end()
        rows.append([
            f"{context.percent * scale / 100:g} GiB, {4 * context.percent * scale / 100:g} million blocks",
            *(f"{statistics.median(s):.2f} ({min(s):.2f} to {max(s):.2f})" for s in (plain, seen)),
            f"{statistics.median(seen) / statistics.median(plain) - 1:+.1%}",
            f"{statistics.median(f.get('frames', 0) for f in said):.0f}",
            f"{statistics.median(f.get('frame_cpu_ms', float('nan')) for f in said):.2f}",
            f"{max(f.get('frame_cpu_most_ms', float('nan')) for f in said):.2f}",
        ])
    return table(["heap", "s not watched", "s watched", "slower", "frames seen", "CPU ms per frame", "most"], rows)


FIGURES: dict[str, tuple[Callable[[Context, list[Allocator], int], str], tuple[str, ...]]] = {
    "startup": (startup, ()),
    "idle-threads": (idle_threads, ("idle_threads",)),
    "burst": (burst, ("burst_freed",)),
    "ring": (ring, ("ring",)),
    "scaling": (scaling, ("mixed", "server", "scatter")),
    "fast-path": (fast_path, ("steps",)),
    "snapshots": (snapshots, ("watched", "watcher")),
}
