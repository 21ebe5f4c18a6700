"""What `bench/convolution.py` measures with: a process for each library, in turns."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

PINS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Side:
    """One library in its own process."""

    worker = Path(__file__).with_name("_convolution_worker.py")

    def __init__(self, name: str, python: str, threads: int):
        environment = {**os.environ, **dict.fromkeys(PINS, str(threads))}
        self.name, self.threads = name, threads
        self.process = subprocess.Popen(
            [python, str(self.worker), name, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def ask(self, **order: Any) -> Any:
        """Send a command and return the answer."""
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the process of {self.name} ended: its message is above")
        return json.loads(line)

    def seconds(self, kind: str, case: str, what: str, burst: float) -> float:
        """Return the median seconds of a call in one burst."""
        times = self.ask(do="time", kind=kind, case=case, what=what, seconds=burst)
        return statistics.median(times["cpu" if self.threads == 1 else "wall"])

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


def compare(
    sides: dict[str, Side], kind: str, case: str, what: str, options
) -> dict[str, list[float]]:
    """Return each side's seconds, one number a round."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    began = time.perf_counter()
    for done in range(options.rounds):
        if done >= 3 and time.perf_counter() - began > options.seconds:
            break
        for name, side in sides.items():
            found[name].append(side.seconds(kind, case, what, options.burst))
    return found


def ratio(found: dict[str, list[float]], other: str) -> tuple[float, float, float]:
    """Return median, smallest and largest of ours by theirs."""
    each = [a / b for a, b in zip(found["ours"], found[other], strict=True)]
    return statistics.median(each), min(each), max(each)


def row(title: str, found: dict[str, list[float]]) -> str:
    """Return a line: milliseconds of ours and theirs, the ratios, their spread."""
    text = f"{title:31}{min(found['ours']) * 1e3:10.3f}"
    for other in ("torch", "torch-best"):
        if other in found:
            middle, low, high = ratio(found, other)
            text += (
                f"{min(found[other]) * 1e3:10.3f}{middle:7.2f} ({low:.2f}-{high:.2f})"
            )
    return text


HEADING = (
    f"{'smallest ms, and the ratio':31}{'ours':>10}{'torch':>10}{'':19}{'torch best'}"
)


def geometric_mean(numbers: list[float]) -> float:
    """Return the geometric mean."""
    return statistics.geometric_mean(numbers) if numbers else float("nan")
