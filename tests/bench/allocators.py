# SPDX-License-Identifier: MIT
"""The allocators to compare: liballoc of a build, the C library's, and what can be preloaded."""

import glob
import os
import platform
import re
import subprocess
from dataclasses import dataclass

from launching import BenchError

OURS = "liballoc"
SYSTEM = "glibc"

# Name, file name in the loader's path, Debian's package.
PEERS = (
    ("mimalloc", "libmimalloc.so.2", "libmimalloc2.0"),
    ("jemalloc", "libjemalloc.so.2", "libjemalloc2"),
    ("tcmalloc", "libtcmalloc_minimal.so.4", "libtcmalloc-minimal4"),
)


@dataclass(frozen=True)
class Allocator:
    name: str
    library: str | None  # absolute path of what is preloaded; None: nothing
    version: str


def _output(*command: str) -> str:
    """What a command prints, or nothing where it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def _in_loader_path(name: str) -> str | None:
    for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":"):
        if folder and os.path.exists(os.path.join(folder, name)):
            return os.path.abspath(os.path.join(folder, name))
    for ldconfig in ("ldconfig", "/sbin/ldconfig"):
        for line in _output(ldconfig, "-p").splitlines():
            entry, _, path = line.partition(" => ")
            if entry.split(" ")[0].strip() == name and os.path.exists(path.strip()):
                return path.strip()
    for pattern in ("/usr/lib/*", "/usr/lib", "/usr/local/lib", "/lib/*"):
        for path in sorted(glob.glob(os.path.join(pattern, name))):
            return path
    return None


def _package_version(path: str) -> str:
    """Of the Debian package that owns a file, or empty."""
    for name in (path, os.path.realpath(path), os.path.realpath(path).removeprefix("/usr")):
        owner = _output("dpkg-query", "-S", name).partition(": ")[0].split(",")[0]
        if owner:
            return _output("dpkg-query", "-W", "-f", "${Version}", owner)
    return ""


def _own_version(path: str, build: str) -> str:
    try:
        with open(os.path.join(build, "config.h"), encoding="utf-8") as file:
            version = re.search(r'PACKAGE_VERSION "([^"]*)"', file.read())
    except OSError:
        version = None
    return version.group(1) if version else os.path.basename(path)


def find(build: str, with_libraries: list[str]) -> list[Allocator]:
    """All that there are: ours first, then glibc, Debian's peers, those named by --with NAME=LIB.so,
    which replace others of the same name."""
    found: dict[str, Allocator] = {}
    ours = os.path.join(build, "liballoc", ".libs", "liballoc.so")
    if os.path.exists(ours):
        found[OURS] = Allocator(OURS, ours, _own_version(ours, build))
    found[SYSTEM] = Allocator(SYSTEM, None, platform.libc_ver()[1])
    for name, file, _package in PEERS:
        path = _in_loader_path(file)
        if path is not None:
            found[name] = Allocator(name, path, _package_version(path))
    for argument in with_libraries:
        name, _, path = argument.partition("=")
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9._+-]*", name) or not path:
            raise BenchError(f"--with {argument}: give NAME=LIB.so, such as mimalloc=/opt/lib/libmimalloc.so.")
        if not os.path.isfile(path):
            raise BenchError(f"--with {argument}: there is no file {path}: name a shared library.")
        found[name] = Allocator(name, os.path.abspath(path), "")
    return list(found.values())


def missing() -> list[str]:
    """Packages of peers that are not there."""
    return [package for _name, file, package in PEERS if _in_loader_path(file) is None]


def select(found: list[Allocator], names: str | None) -> list[Allocator]:
    """Those whose names are in a list with commas, in its order; all without a list."""
    if names is None:
        return found
    by_name = {allocator.name: allocator for allocator in found}
    for name in names.split(","):
        if name not in by_name:
            raise BenchError(f"--allocators: there is no {name}: choose of {', '.join(by_name)}, or add it by --with.")
    return [by_name[name] for name in dict.fromkeys(names.split(","))]


def check(allocator: Allocator, environment: dict[str, str]) -> None:
    """A library that the loader refuses is only a warning to the loader: nothing would be compared."""
    if allocator.library is None:
        return
    done = subprocess.run(
        ["/bin/true"], env=environment | {"LD_PRELOAD": allocator.library}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or "cannot be preloaded" in done.stderr:
        raise BenchError(f"{allocator.name} cannot be preloaded: {done.stderr.strip() or allocator.library}")
