# SPDX-License-Identifier: MIT
"""From runs to tables and CSV.

A ratio is an allocator's median over the best median of the *other* allocators on the same
workload, so that the best one shows how far it is ahead. A workload that an allocator failed, or
that only one ran, has no ratio and counts in no mean.
"""

import csv
import io
import math
import os
import statistics
import tempfile
from dataclasses import dataclass, field

from launching import Run

MEASURES = (
    ("wall_s", "Time, seconds", 1.0, 3),
    ("peak_rss_kib", "Peak resident memory, MiB", 1024.0, 1),
    ("minor_faults", "Page faults, thousands", 1000.0, 1),
)
CSV_FIELDS = ("wall_s", "user_s", "system_s", "peak_rss_kib", "minor_faults", "major_faults")


@dataclass
class Results:
    allocators: list[str]
    runs: dict[str, dict[str, list[Run]]] = field(default_factory=dict)  # by workload, by allocator

    def add(self, workload: str, allocator: str, run: Run) -> None:
        self.runs.setdefault(workload, {}).setdefault(allocator, []).append(run)

    def failures(self) -> list[tuple[str, str, str]]:
        """Workload, allocator and reason of each kind of failure, once."""
        seen = {}
        for workload, by_allocator in self.runs.items():
            for allocator, runs in by_allocator.items():
                for run in runs:
                    if run.failure:
                        seen[workload, allocator, run.failure] = None
        return list(seen)

    def median(self, workload: str, allocator: str, measure: str) -> float | None:
        """Of all repetitions; none when any of them failed."""
        runs = self.runs.get(workload, {}).get(allocator, [])
        if not runs or any(run.failure for run in runs):
            return None
        return statistics.median(getattr(run, measure) for run in runs)

    def spread(self, workload: str, allocator: str, measure: str) -> float:
        """Largest over smallest of the repetitions, less one: what differs by less is noise."""
        values = [getattr(run, measure) for run in self.runs[workload][allocator] if not run.failure]
        return max(values) / min(values) - 1 if values and min(values) > 0 else 0.0

    def ratio(self, workload: str, allocator: str, measure: str) -> float | None:
        own = self.median(workload, allocator, measure)
        others = [self.median(workload, other, measure) for other in self.allocators if other != allocator]
        others = [value for value in others if value]
        return own / min(others) if own and others else None

    def mean(self, allocator: str, measure: str) -> float | None:
        """Geometric mean of the ratios."""
        ratios = [ratio for workload in self.runs if (ratio := self.ratio(workload, allocator, measure))]
        return math.exp(statistics.fmean(map(math.log, ratios))) if ratios else None

    def worst(self, allocator: str, measure: str) -> tuple[float, str] | None:
        ratios = [(ratio, workload) for workload in self.runs if (ratio := self.ratio(workload, allocator, measure))]
        return max(ratios) if ratios else None

    def figures(self, workload: str) -> dict[str, dict[str, float]]:
        """Medians of what a workload printed: by name of the figure, by allocator."""
        medians: dict[str, dict[str, float]] = {}
        for allocator, runs in self.runs[workload].items():
            for name in {name for run in runs for name in run.figures}:
                values = [run.figures[name] for run in runs if name in run.figures]
                medians.setdefault(name, {})[allocator] = statistics.median(values)
        return medians


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table that can be read as it is: the first column to the left, others to the right."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

    def line(cells: list[str]) -> str:
        padded = [cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(cells, widths))]
        return "| " + " | ".join(padded) + " |"

    rule = "| " + " | ".join("-" * w if i == 0 else "-" * (w - 1) + ":" for i, w in enumerate(widths)) + " |"
    return "\n".join([line(head), rule, *map(line, rows)])


def _cell(value: float | None, ratio: float | None, unit: float, digits: int) -> str:
    if value is None:
        return "failed"
    return f"{value / unit:.{digits}f}" + (f" ({ratio:.2f})" if ratio else "")


def _measure_table(results: Results, measure: str, title: str, unit: float, digits: int) -> str:
    rows = []
    for workload in results.runs:
        cells = [workload]
        for allocator in results.allocators:
            if allocator in results.runs[workload]:
                cells.append(_cell(results.median(workload, allocator, measure),
                                   results.ratio(workload, allocator, measure), unit, digits))
            else:
                cells.append("")
        rows.append(cells)
    head = [f"{title} (over the best other)", *results.allocators]
    if len(results.allocators) > 1:
        means = [results.mean(allocator, measure) for allocator in results.allocators]
        worst = [results.worst(allocator, measure) for allocator in results.allocators]
        rows.append(["**geometric mean**", *(f"**{mean:.3f}**" if mean else "" for mean in means)])
        rows.append(["**worst**", *(f"{one[0]:.2f} {one[1]}" if one else "" for one in worst)])
    return table(head, rows)


def tables(results: Results, faults: bool) -> str:
    """All that a run of the bench prints."""
    texts = [_measure_table(results, *measure) for measure in MEASURES if faults or measure[0] != "minor_faults"]
    repeated = [(w, a) for w, by_allocator in results.runs.items() for a, runs in by_allocator.items() if len(runs) > 1]
    if repeated:
        spreads = [results.spread(w, a, "wall_s") for w, a in repeated]
        texts.append(f"Repetitions of one allocator on one workload differ in time by {statistics.median(spreads):.1%} "
                     f"in the median (slowest over fastest), {max(spreads):.1%} at most.")
    for workload in results.runs:
        for name, by_allocator in results.figures(workload).items():
            texts.append(f"{workload}, {name.replace('_', ' ')}: "
                         + ", ".join(f"{a} {by_allocator[a]:.2f}" for a in results.allocators if a in by_allocator))
    texts.extend(f"{workload} failed on {allocator}: {reason}" for workload, allocator, reason in results.failures())
    return "\n\n".join(texts)


def csv_text(results: Results) -> str:
    """One line for each run, in no unit but that of its column."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["workload", "allocator", "repetition", *CSV_FIELDS, "failure"])
    for workload, by_allocator in results.runs.items():
        for allocator, runs in by_allocator.items():
            for repetition, run in enumerate(runs, 1):
                writer.writerow([workload, allocator, repetition, *(getattr(run, name) for name in CSV_FIELDS), run.failure])
    return text.getvalue()


def read(path: str, results: Results) -> None:
    """Adds the runs of a file that csv_text has written."""
    kinds = {"wall_s": float, "user_s": float, "system_s": float}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            run = Run(failure=row["failure"], **{name: kinds.get(name, int)(row[name]) for name in CSV_FIELDS})
            if row["allocator"] not in results.allocators:
                results.allocators.append(row["allocator"])
            results.add(row["workload"], row["allocator"], run)


def write(path: str, text: str) -> None:
    """All of a file or nothing of it."""
    folder = os.path.dirname(os.path.abspath(path))
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".bench-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
