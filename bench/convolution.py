"""The fast convolution beside PyTorch and SciPy.

python bench/convolution.py [--python PYTHON] [--threads 1 2] [--picture FILE]
python bench/convolution.py --random 40 --seed 1 [--python PYTHON]
python bench/convolution.py --random 40 --seed 1 --methods

Each side is a process of its own, so that one library's idle threads do not take the
other's processor; they take turns in short bursts. A ratio is the median over the
rounds of ours by theirs within one round, with the smallest and the largest. It is one
of CPU seconds on one thread, of wall seconds on more. `--python` names an interpreter
that has PyTorch and NumPy, where this one has not. With `--random` the shapes are
drawn, none of them tuned for, and the matrix products' own time stands beside; it takes
the least number of `--threads`. With `--methods` no other library is asked: all methods
that fit are taken by force, and it says what the choice gains and loses.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from _convolution_cases import CONVS, NETWORKS, POOLS
from _convolution_methods import measure_methods
from _convolution_random import measure_random
from _convolution_sides import HEADING, Side, compare, geometric_mean, ratio, row
from threadpoolctl import threadpool_info, threadpool_limits

from tinytorch.perf import calibrate
from tinytorch.perf.prices import processor

SIDES = ("ours", "torch", "torch-best")


def measure_convs(sides: dict[str, Side], options) -> dict[str, dict[str, float]]:
    """Print and return the ratios of forward and backward."""
    ratios: dict[str, dict[str, float]] = {"forward": {}, "backward": {}}
    for what, table in ratios.items():
        print(f"\n{what}\n{HEADING}")
        for case in options.cases:
            found = compare(sides, "conv", case, what, options)
            print(row(case, found), flush=True)
            if "torch" in found:
                table[case] = ratio(found, "torch")[0]
        if table:
            others = [r for case, r in table.items() if "depthwise" not in case]
            print(
                f"geometric mean {geometric_mean(list(table.values())):.2f}, "
                f"without the depthwise shape {geometric_mean(others):.2f}"
            )
    return ratios


def measure_plain(sides: dict[str, Side], options) -> None:
    """Print forward again, with the result copied to the plain order in memory."""
    print("\nforward, the result copied to the order NCHW where it has another")
    for case in options.cases:
        if CONVS[case].x[0] < 16 or CONVS[case].x[2] > 32:
            continue
        found: dict[str, list[float]] = {"ours": [], "torch": []}
        for _ in range(options.rounds):
            for name, what in (("ours", "plain"), ("torch", "forward")):
                found[name].append(
                    sides[name].seconds("conv", case, what, options.burst)
                )
        print(row(case, found), flush=True)


def measure_rest(sides: dict[str, Side], options) -> None:
    """Print pooling and training steps."""
    print(f"\npooling; PyTorch's maximum computes indices as well\n{HEADING}")
    for case in POOLS:
        for what in ("max forward", "max backward", "mean forward", "mean backward"):
            found = compare(sides, "pool", case, what, options)
            print(row(f"{what} {case}"[:31], found), flush=True)
    print(f"\ntraining step, batch 64\n{HEADING}")
    for case in NETWORKS:
        print(row(case, compare(sides, "network", case, "step", options)), flush=True)


def measure_memory(sides: dict[str, Side], options) -> None:
    """Print the peak of memory and the largest error."""
    shown = [name for name in ("ours", "torch") if name in sides]
    print("\nMiB that one call adds at most, its result included; largest error")
    names = "".join(f"{n + ' fwd':>12}{n + ' bwd':>12}{n + ' err':>12}" for n in shown)
    print(f"{'':31}{names}")
    for case in options.cases:
        text = f"{case:31}"
        for name in shown:
            for what in ("forward", "backward"):
                used = sides[name].ask(do="memory", case=case, what=what)
                text += f"{used / 2**20:12.1f}"
            found = sides[name].ask(do="errors", case=case)
            text += f"{max(found.values()):12.1e}"
        print(text, flush=True)


def measure_scipy(options) -> None:
    """Print SciPy's time for one image and one kernel, times images and kernels."""
    side = Side("scipy", sys.executable, 1)
    print("\nscipy.signal.correlate, one image and one kernel, times all: CPU seconds")
    for case in options.cases:
        shape = CONVS[case]
        one = side.seconds("conv", case, "forward", options.burst)
        print(f"{case:31}{one * shape.x[0] * shape.weight[0]:10.3f}", flush=True)
    side.close()


def draw(results: dict[int, dict[str, dict[str, float]]], path: Path) -> None:
    """Draw the ratios to PyTorch, a panel for each number of threads."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, len(results), figsize=(6 * len(results), 4), sharey=True, squeeze=False
    )
    for axis, (threads, ratios) in zip(axes[0], results.items(), strict=True):
        for offset, (what, table) in zip((-0.2, 0.2), ratios.items(), strict=True):
            places = [i + offset for i in range(len(table))]
            beyond = [value - 1 for value in table.values()]
            axis.barh(places, beyond, 0.38, left=1, label=what)
        axis.axvline(1, color="k", linewidth=0.8)
        axis.set(title=f"threads: {threads}", xscale="log")
        axis.set(xlabel="time by PyTorch's; left of the line is faster")
        axis.xaxis.set_major_formatter("{x:g}")
        axis.xaxis.set_minor_formatter("")
        axis.set_yticks(range(len(table)), list(table))
    axes[0, 0].invert_yaxis()
    axes[0, 0].legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)


@contextlib.contextmanager
def calibrated() -> Iterator[None]:
    """Have every process take prices that are measured now, and kept nowhere else."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        with threadpool_limits(1):
            print(f"prices of this machine: {calibrate()}")
        yield


def kernels() -> str:
    """Return OpenBLAS's version and the processor whose kernels it took."""
    found = [b for b in threadpool_info() if b["internal_api"] == "openblas"]
    return "; ".join(f"OpenBLAS {b['version']} for {b['architecture']}" for b in found)


def has_torch(python: str) -> bool:
    """Tell whether an interpreter has PyTorch."""
    done = subprocess.run([python, "-c", "import torch"], capture_output=True)
    return done.returncode == 0


def open_sides(names, python: str, threads: int) -> dict[str, Side]:
    """Start a process for each library."""
    return {
        name: Side(name, sys.executable if name == "ours" else python, threads)
        for name in names
    }


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--python", default=sys.executable, help="has PyTorch and NumPy"
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--burst", type=float, default=0.1, help="seconds of a turn")
    parser.add_argument(
        "--seconds", type=float, default=10, help="for one line, after three rounds"
    )
    parser.add_argument("--cases", nargs="+", default=list(CONVS), choices=list(CONVS))
    parser.add_argument("--quick", action="store_true", help="convolutions alone")
    parser.add_argument(
        "--random", type=int, metavar="N", help="N shapes that are drawn, and no other"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the random shapes")
    parser.add_argument(
        "--methods", action="store_true", help="of --random: all methods, by force"
    )
    parser.add_argument(
        "--calibrate",
        action="store_true",
        help="measure the prices first (Linux); default: those that are kept, or set",
    )
    parser.add_argument("--picture", type=Path, help="where to draw the ratios")
    options = parser.parse_args()
    if options.methods and not options.random:
        parser.error("--methods is of --random N")
    return options


def main() -> None:
    """Measure and print, at prices that are measured first or as they are."""
    options = parse()
    with calibrated() if options.calibrate else contextlib.nullcontext():
        measure(options)


def measure(options: argparse.Namespace) -> None:
    """Measure and print."""
    load = os.getloadavg()[0]
    print(f"{processor()}, {os.cpu_count()} processors, load {load:.1f}; {kernels()}")
    if options.methods:
        measure_methods(options.random, options.seed, options.burst)
        return
    names = SIDES if has_torch(options.python) else SIDES[:1]
    if len(names) == 1:
        print(f"PyTorch is not installed for {options.python}: no ratios, see --python")
    if options.random:
        threads = min(options.threads)
        measure_random(open_sides(names, options.python, threads), options)
        return
    results = {}
    for threads in options.threads:
        print(f"\n== {threads} thread(s), load {os.getloadavg()[0]:.1f}")
        sides = open_sides(names, options.python, threads)
        if threads == 1 and not options.quick:
            measure_memory(sides, options)
        results[threads] = measure_convs(sides, options)
        if not options.quick:
            if len(names) > 1:
                measure_plain(sides, options)
            measure_rest(sides, options)
        for side in sides.values():
            side.close()
    if not options.quick:
        measure_scipy(options)
    if options.picture and len(names) > 1:
        draw(results, options.picture)
        print(f"the picture is in {options.picture}")
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
