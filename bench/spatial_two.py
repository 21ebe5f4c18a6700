"""Pooling and the layers of module 19 beside PyTorch's, and what their choice loses.

python bench/spatial_two.py [--python PYTHON] [--threads 1] [--cases NAME ...]
python bench/spatial_two.py --layers 8 --seed 1 [--python PYTHON]
python bench/spatial_two.py --random 60 --seed 1

Measured as `bench/convolution.py` does: forward without gradients, and one step, which
is forward and backward; of pooling, backward alone as well. With `--layers` so many
layers of each kind are drawn: depthwise, grouped, dilated, transposed, over rows and
blocks. With `--random` shapes are
drawn, all methods that fit are taken by force, and it says how many times the fastest
one's time the chosen one took: the geometric mean, and the worst.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
from functools import partial
from pathlib import Path

import numpy as np
from _convolution_worker import burst
from _spatial_two_cases import CASES, KINDS, POOLS, random_layers
from convolution import (
    HEADING,
    Side,
    compare,
    geometric_mean,
    has_torch,
    kernels,
    processor,
    ratio,
    row,
)
from threadpoolctl import threadpool_limits

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


def measure_drawn(sides: dict[str, Side], options) -> None:
    """Print what drawn layers take, and of each kind the mean ratio and the worst."""
    names = random_layers(options.layers, options.seed)
    for what in ("forward", "step"):
        print(f"\n{what}, seed {options.seed}\n{HEADING}")
        ratios: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for number, name in enumerate(names):
            found = compare(sides, "layer", name, what, options)
            kind = KINDS[number // options.layers]
            print(f"{name}\n{row(kind, found)}", flush=True)
            if "torch" in found:
                ratios[kind].append(ratio(found, "torch")[0])
        for kind, each in ratios.items():
            if each:
                above = sum(r > 2 for r in each)
                print(
                    f"{kind}: geometric mean {geometric_mean(each):.2f}, worst "
                    f"{max(each):.2f}, above 2: {above} of {len(each)}"
                )


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


def methods_of(x, weight, stride, dilation, groups) -> dict[str, dict[str, float]]:
    """Return the median CPU seconds of all methods that fit, by way and method."""
    from tinytorch.perf.choice import explain
    from tinytorch.perf.methods import METHODS
    from tinytorch.perf.taps import find_taps

    fitting = explain(x, weight, stride, dilation, groups).milliseconds
    rng = np.random.default_rng(0)
    x, weight = (rng.standard_normal(shape, np.float32) for shape in (x, weight))
    plan = find_taps(x.shape[2:], weight.shape[2:], stride, dilation)
    rest = plan, dilation, groups
    grad = rng.standard_normal((len(x), len(weight), *plan.counts), np.float32)
    found: dict[str, dict[str, float]] = {"forward": {}, "backward": {}}
    for name in fitting:
        calls = {
            "forward": partial(METHODS[name].forward, x, weight, None, *rest),
            "backward": partial(METHODS[name].backward, grad, x, weight, *rest),
        }
        for way, call in calls.items():
            call()
            found[way][name] = statistics.median(burst(call, 0.05)["cpu"])
    return found


def measure_choice(count: int, seed: int) -> None:
    """Print each drawn shape's times, and what the choice loses."""
    from tinytorch.perf.spatial_two import explain

    rng, lost = np.random.default_rng(seed), {"forward": [], "backward": []}
    while len(lost["forward"]) < count:
        case = draw(rng)
        if case is None:
            continue
        for way, times in methods_of(*case).items():
            chosen = explain(*case, way=way).method
            loss = times[chosen] / min(times.values())
            lost[way].append(loss)
            text = " ".join(f"{r} {t * 1e3:.3f} ms" for r, t in times.items())
            print(f"{way:9}{case}: {text}, chosen {chosen} {loss:.2f}", flush=True)
    for way, losses in lost.items():
        mean = math.exp(statistics.fmean(map(math.log, losses)))
        print(
            f"{way}: {mean:.2f} of the fastest method's time, "
            f"at worst {max(losses):.2f}"
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
        "--layers", type=int, help="so many drawn layers of each kind, and no other"
    )
    parser.add_argument(
        "--random", type=int, help="so many drawn shapes, by every method"
    )
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    options = parse()
    load = os.getloadavg()[0]
    print(f"{processor()}, {os.cpu_count()} processors, load {load:.1f}; {kernels()}")
    if options.random:
        with threadpool_limits(1):  # it runs in this process
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
        (measure_drawn if options.layers else measure)(sides, options)
        for side in sides.values():
            side.close()
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
