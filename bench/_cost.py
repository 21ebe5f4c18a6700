"""What a command costs: time, processor time and memory of it and all below it."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLED_EVERY = 0.05
ENDS_WITHIN = 30
HEADING = "".join(f"{name:>9}" for name in ("median", "min", "max"))


@dataclass(frozen=True)
class Cost:
    """Seconds: on the clock, and of all processors together."""

    wall: float
    cpu: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.wall - other.wall, self.cpu - other.cpu)

    def __mul__(self, factor: float) -> Cost:
        return Cost(self.wall * factor, self.cpu * factor)

    def __truediv__(self, number: float) -> Cost:
        return Cost(self.wall / number, self.cpu / number)


def mean(costs: list[Cost]) -> Cost:
    """Return the cost of one of them."""
    return sum(costs, Cost(0, 0)) / len(costs)


def columns(values: Sequence[float], digits: int) -> str:
    """Return the median, the least and the largest."""
    shown = (statistics.median(values), min(values), max(values))
    return "".join(f"{value:9.{digits}f}" for value in shown)


class Memory:
    """The most memory that a command was seen to use, in MB, and its own CPU seconds.

    Attributes
    ----------
    main
        Resident, of the process started.
    cpu
        CPU seconds of that process, without those below it; when last looked at.
    tree
        Of it and all processes below, shared pages counted once (the sum of PSS); None
        if one of them may not be looked at, or the system does not tell.
    """

    def __init__(self) -> None:
        self.main: float = 0.0
        self.cpu: float = 0.0
        self.tree: float | None = 0.0

    def watch(self, process: subprocess.Popen) -> None:
        """Sample until the process ends."""
        while process.poll() is None:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                self.main = max(self.main, _kilobytes(process.pid, "status", "VmHWM"))
                self.cpu = max(self.cpu, _own_cpu(process.pid))
            start = time.perf_counter()
            self._sample_tree(process.pid)
            took = time.perf_counter() - start
            # Not so often that who is watched becomes slower by it.
            time.sleep(max(SAMPLED_EVERY, 20 * took))

    def _sample_tree(self, process: int) -> None:
        total = 0.0
        for pid in _tree(process):
            try:
                total += _kilobytes(pid, "smaps_rollup", "Pss")
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended
            except PermissionError:
                self.tree = None
        if self.tree is not None:
            self.tree = max(self.tree, total)

    def __str__(self) -> str:
        shown = [self.main or None, self.tree or None]
        return "".join(f"{'-' if m is None else f'{m:.0f}':>9}" for m in shown)


def _own_cpu(pid: int) -> float:
    """Return the CPU seconds that a process itself has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _kilobytes(pid: int, file: str, name: str) -> float:
    """Return an entry of a file in /proc, in MB."""
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def _tree(root: int) -> list[int]:
    """Return a process and those below it."""
    below: dict[int, list[int]] = {}
    # Not by a pattern that looks into each folder: one may end meanwhile.
    names = (entry.name for entry in Path("/proc").iterdir())
    for pid in map(int, filter(str.isdigit, names)):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            about = Path(f"/proc/{pid}/stat").read_text()
            below.setdefault(int(about.rpartition(")")[2].split()[1]), []).append(pid)
    found = [root]
    for pid in found:
        found += below.get(pid, [])
    return found


def run(
    command: Sequence[str],
    folder: Path,
    environment: dict[str, str],
    log: Path,
    good: tuple[int, ...] = (0,),
    memory: Memory | None = None,
) -> Cost:
    """Run a command and return what it cost; what it printed goes to ``log``.

    Raises
    ------
    RuntimeError
        If its exit status is not ``good``.
    """
    before, start = cpu_of_children(), time.perf_counter()
    with (
        log.open("wb") as printed,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            process_group=0,  # Ctrl-C is for this program to pass on, once
        ) as process,
    ):
        try:
            if memory:
                memory.watch(process)
            status = process.wait()
        except BaseException:
            _end(process)
            raise
    wall, cpu = time.perf_counter() - start, cpu_of_children() - before
    if status not in good:
        tail = log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(command)} ended with {status}:\n{tail}")
    return Cost(wall, cpu)


def cpu_of_children() -> float:
    """Return the CPU seconds of all commands that ended, and of what these started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _end(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module with this interpreter."""
    return [sys.executable, "-m", module, *arguments]
