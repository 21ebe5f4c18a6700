"""Pooling and the layers of module 19 beside PyTorch's, and what their choice loses.

python bench/spatial_two.py [--python PYTHON] [--threads 1] [--cases NAME ...]
python bench/spatial_two.py --random 60 --seed 1

Measured as `bench/convolution.py` does: forward without gradients, and one step, which
is forward and backward; of pooling, backward alone as well. With `--random` shapes are
drawn, both roads are taken by force, and it says how many times the faster one's time
the chosen one took: the geometric mean, and the worst.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
from pathlib import Path

import numpy as np
from _convolution_worker import burst
from _spatial_two_cases import CASES, POOLS
from convolution import HEADING, Side, compare, has_torch, processor, row

PINS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
SIDES = ("ours", "torch", "torch-best")


class LayerSide(Side):
    """One library's layers, in a process of their own."""

    worker = Path(__file__).with_name("_spatial_two_worker.py")


def measure(sides: dict[str, Side], options) -> None:
    """Print forward, backward and step of all cases."""
    for what, cases in (
        ("forward", CASES),
        ("backward", POOLS),
        ("step", CASES),
    ):
        print(f"\n{what}\n{HEADING}")
        for case in cases:
            if case in options.cases:
                found = compare(sides, "layer", case, what, options)
                print(row(case, found), flush=True)


def draw(rng: np.random.Generator) -> tuple | None:
    """Return x's and weight's shapes, stride, dilation and groups; None: draw again."""
    axes = int(rng.choice([1, 2, 2, 2, 3]))
    powers = [1, 2, 4, 8, 16, 32, 64, 128]
    groups, ins, outs = int(rng.choice([1, 1, *powers[1:6]])), *rng.choice(powers, 2)
    batch, kernel = int(rng.choice(powers[:6])), int(rng.choice([1, 2, 3, 3, 5, 7]))
    stride, dilation = int(rng.choice([1, 1, 2])), int(rng.choice([1, 1, 2, 4, 8]))
    lengths = {1: [64, 256, 1024, 4096], 2: [8, 14, 28, 56, 112], 3: [6, 12, 24]}
    size, channels = int(rng.choice(lengths[axes])), groups * max(int(ins), int(outs))
    count = (size - (kernel - 1) * dilation - 1) // stride + 1
    if count < 1 or batch * channels * size**axes > 8e6:
        return None
    products = batch * groups * ins * outs * (kernel * count) ** axes
    if not 3e5 < products < 6e8 or (axes == 2 and groups == dilation == 1):
        return None
    x = batch, groups * int(ins), *[size] * axes
    weight = groups * int(outs), int(ins), *[kernel] * axes
    return x, weight, (stride,) * axes, (dilation,) * axes, groups


def roads_of(x, weight, stride, dilation, groups) -> dict[str, dict[str, float]]:
    """Return the median CPU seconds of both roads, by way and road."""
    from tinytorch.perf import rearranged, taps

    rng = np.random.default_rng(0)
    x, weight = (rng.standard_normal(shape, np.float32) for shape in (x, weight))
    plan = taps.find_taps(x.shape[2:], weight.shape[2:], stride, dilation)
    sizes = {"taps": (plan, groups), "rearranged": (stride, dilation, groups)}
    out = taps.taps_forward(x, weight, None, plan, groups)
    grad = rng.standard_normal(out.shape, np.float32)
    calls = {
        "forward": {
            "taps": lambda: taps.taps_forward(x, weight, None, *sizes["taps"]),
            "rearranged": lambda: rearranged.rearranged_forward(
                x, weight, None, *sizes["rearranged"]
            ),
        },
        "backward": {
            "taps": lambda: taps.taps_backward(grad, x, weight, *sizes["taps"]),
            "rearranged": lambda: rearranged.rearranged_backward(
                grad, x, weight, *sizes["rearranged"]
            ),
        },
    }
    return {
        way: {
            road: statistics.median(burst(call, 0.05)["cpu"])
            for road, call in each.items()
        }
        for way, each in calls.items()
    }


def measure_choice(count: int, seed: int) -> None:
    """Print each drawn shape's two times, and what the choice loses."""
    from tinytorch.perf.spatial_two import explain

    rng, lost = np.random.default_rng(seed), {"forward": [], "backward": []}
    while len(lost["forward"]) < count:
        case = draw(rng)
        if case is None:
            continue
        for way, times in roads_of(*case).items():
            chosen = explain(*case, way=way).road
            loss = times[chosen] / min(times.values())
            lost[way].append(loss)
            text = " ".join(f"{r} {t * 1e3:.3f} ms" for r, t in times.items())
            print(f"{way:9}{case}: {text}, chosen {chosen} {loss:.2f}", flush=True)
    for way, losses in lost.items():
        mean = math.exp(statistics.fmean(map(math.log, losses)))
        print(
            f"{way}: {mean:.2f} of the faster road's time, at worst {max(losses):.2f}"
        )


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--python", default=sys.executable, help="has PyTorch and NumPy"
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--burst", type=float, default=0.1, help="seconds of a turn")
    parser.add_argument(
        "--seconds", type=float, default=10, help="for one line, after three rounds"
    )
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument(
        "--random", type=int, help="so many drawn shapes, by both roads"
    )
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    options = parse()
    print(f"{processor()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    if options.random:
        measure_choice(options.random, options.seed)
        return
    names = SIDES if has_torch(options.python) else SIDES[:1]
    for threads in options.threads:
        print(f"\n== {threads} thread(s), load {os.getloadavg()[0]:.1f}")
        sides = {
            name: LayerSide(
                name, sys.executable if name == "ours" else options.python, threads
            )
            for name in names
        }
        measure(sides, options)
        for side in sides.values():
            side.close()
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
