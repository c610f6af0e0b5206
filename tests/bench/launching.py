# SPDX-License-Identifier: MIT
"""Runs one program by the launcher (launch.c) and takes its time and memory."""

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field


class BenchError(Exception):
    """One sentence for the user: what is wrong, and what to do."""


@dataclass
class Run:
    """What one run took. A run that failed has a reason, and its numbers mean nothing."""

    wall_s: float = 0.0
    user_s: float = 0.0
    system_s: float = 0.0
    peak_rss_kib: int = 0
    minor_faults: int = 0
    major_faults: int = 0
    figures: dict[str, float] = field(default_factory=dict)  # "NAME VALUE" lines that it printed
    failure: str = ""


def environment(folder: str) -> dict[str, str]:
    """The same for every allocator and every user: nothing that would tune one of them."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/usr/games",
        "HOME": folder,
        "TMPDIR": folder,
        "LC_ALL": "C.UTF-8",
    }


def figures_of(text: str) -> dict[str, float]:
    return {
        name: float(value) for name, value in re.findall(r"^([a-z_0-9]+) ([-+0-9.e]+|nan|inf)$", text, re.MULTILINE)
    }


def _reason(status: int, errors: str) -> str:
    said = errors.strip().splitlines()
    what = (
        f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
        if os.WIFSIGNALED(status)
        else f"ended with status {os.WEXITSTATUS(status)}"
    )
    return what + (f": {said[-1][:200]}" if said else "")


def end_group(process: subprocess.Popen) -> None:
    """Ends a process that was started in a session of its own, with all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


class Launched:
    """A program that runs under the launcher in a session of its own."""

    def __init__(self, launcher: str, library: str | None, command: list[str], folder: str, variables: dict[str, str],
                 input_file: str | None = None):
        reading, writing = os.pipe()
        os.set_inheritable(writing, True)
        self._report = reading
        self._output = open(os.path.join(folder, "output"), "w+", encoding="utf-8", errors="replace")
        self._errors = open(os.path.join(folder, "errors"), "w+", encoding="utf-8", errors="replace")
        with open(input_file or os.devnull, "rb") as given:
            self.process = subprocess.Popen(
                [launcher, str(writing), library or "-", *command],
                stdin=given, stdout=self._output, stderr=self._errors, cwd=folder, pass_fds=(writing,),
                env=environment(folder) | variables, start_new_session=True,
            )
        os.close(writing)

    def finish(self, limit_s: float) -> Run:
        """Waits for the end, and ends it after that many seconds."""
        run = Run()
        try:
            self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            run.failure = f"took longer than {limit_s:g} s"
        end_group(self.process)
        with os.fdopen(self._report) as report:
            numbers = report.read().split()
        texts = []
        for file in (self._output, self._errors):
            file.seek(0)
            texts.append(file.read())
            file.close()
        if run.failure:
            return run
        if len(numbers) != 7:
            run.failure = _reason(self.process.returncode << 8, texts[1])
            return run
        wall_ns, user_us, system_us, run.peak_rss_kib, run.minor_faults, run.major_faults, status = map(int, numbers)
        run.wall_s, run.user_s, run.system_s = wall_ns / 1e9, user_us / 1e6, system_us / 1e6
        run.figures = figures_of(texts[0])
        if status != 0:
            run.failure = _reason(status, texts[1])
        return run


def launch(launcher: str, library: str | None, command: list[str], folder: str,
           variables: dict[str, str] | None = None, input_file: str | None = None, limit_s: float = 600.0) -> Run:
    return Launched(launcher, library, command, folder, variables or {}, input_file).finish(limit_s)


def wait_until(condition, limit_s: float) -> bool:
    """Asks each 5 ms."""
    until = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True
