# SPDX-License-Identifier: MIT
"""The workloads of our own; what each stands for is the head of its source."""

import os
from dataclasses import dataclass

from launching import Run, launch


@dataclass(frozen=True)
class Context:
    """What a workload needs to know of this session."""

    build: str  # absolute
    launcher: str
    folder: str  # of its own, for files
    cores: int
    percent: float  # of the full amount of work


@dataclass(frozen=True)
class Workload:
    """A program of tests/bench. Threads are "1", "all" cores, or "4x" as many."""

    name: str
    program: str
    threads: str = "1"
    mode: str | None = None
    optional: bool = False  # needs a C++ compiler

    def thread_count(self, cores: int) -> int:
        return {"1": 1, "all": max(2, cores), "4x": 4 * max(2, cores)}[self.threads]

    def run(self, context: Context, library: str | None) -> Run:
        # The amount is that of one thread: four threads to a core share what one would do.
        percent = context.percent / (4 if self.threads == "4x" else 1)
        command = [os.path.join(context.build, "tests", "bench", self.program), f"{percent:g}",
                   str(self.thread_count(context.cores))]
        if self.mode is not None:
            command.append(self.mode)
        return launch(context.launcher, library, command, context.folder)

    def targets(self) -> list[str]:
        """What make builds for it."""
        return ["tests/bench/" + self.program]

    def missing(self) -> str:
        return ""

    def prepare(self, context: Context) -> None:
        """Nothing: the programs make their own input."""


WORKLOADS = (
    Workload("fixed", "fixed"),
    Workload("mixed", "mixed"),
    Workload("stack", "depth", mode="stack"),
    Workload("queue", "depth", mode="queue"),
    Workload("scatter", "scatter"),
    Workload("bursts", "bursts"),
    Workload("vectors", "grow", mode="vectors"),
    Workload("strings", "grow", mode="strings"),
    Workload("zeroed", "zeroed"),
    Workload("aligned", "aligned"),
    Workload("large", "large"),
    Workload("objects", "objects", optional=True),
    Workload("fragment", "fragment"),
    Workload("mixed-N", "mixed", threads="all"),
    Workload("mixed-4N", "mixed", threads="4x"),
    Workload("scatter-N", "scatter", threads="all"),
    Workload("bursts-N", "bursts", threads="all"),
    Workload("pipeline-N", "pipeline", threads="all"),
    Workload("pipeline-4N", "pipeline", threads="4x"),
    Workload("server-N", "server", threads="all"),
    Workload("server-4N", "server", threads="4x"),
    Workload("sharing-active-N", "sharing", threads="all", mode="active"),
    Workload("sharing-passive-N", "sharing", threads="all", mode="passive"),
    Workload("thread-churn", "thread_churn"),
)
