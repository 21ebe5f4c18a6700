"""What the choice of a method gains and loses: all that fit are taken by force."""

from __future__ import annotations

import math
import statistics

import numpy as np
from _convolution_cases import arrays, conv, random_convs
from _convolution_sides import geometric_mean
from _convolution_worker import burst
from threadpoolctl import threadpool_limits

from tinytorch.perf.convolution import METHODS, explain, fitting
from tinytorch.perf.windows import geometry


def measure_methods(count: int, seed: int, seconds: float) -> None:
    """Print how the chosen methods' times are to the fastest, and to the next best.

    Parameters
    ----------
    seconds
        That each method is run for.
    """
    print("CPU seconds of one thread, medians")
    with threadpool_limits(1):
        cases = [(name, _times(name, seconds)) for name in random_convs(count, seed)]
    for way in ("forward", "backward"):
        _print_choice(way, [(name, times[way]) for name, times in cases])


def _times(name: str, seconds: float) -> dict[str, dict[str, float]]:
    """Return the time of each method that fits, by direction."""
    case = conv(name)
    x, weight, grad = arrays(case.x, case.weight, case.output_shape())
    g = geometry(case.x, case.weight, case.stride, case.padding)
    found: dict[str, dict[str, float]] = {"forward": {}, "backward": {}}
    for method in fitting(g, np.dtype(np.float32)):
        forward, backward = METHODS[method]
        calls = {
            "forward": lambda f=forward: f(x, weight, None, g),
            "backward": lambda b=backward: b(grad, x, weight, g),
        }
        for way, call in calls.items():
            call()
            found[way][method] = statistics.median(burst(call, seconds)["cpu"])
    return found


def _print_choice(way: str, cases: list[tuple[str, dict[str, float]]]) -> None:
    lost, gained = [], {}
    for name, times in cases:
        chosen = explain(*conv(name), backward=way == "backward").method
        lost.append(times[chosen] / min(times.values()))
        others = [seconds for method, seconds in times.items() if method != chosen]
        best = min(others, default=math.nan)
        gained.setdefault(chosen, []).append(best / times[chosen])
    print(
        f"\n{way}: {geometric_mean(lost):.2f} times the fastest method's time, "
        f"at worst {max(lost):.2f}"
    )
    print(f"{'method':12}{'chosen':>8}{'without it, the fastest other takes':>38}")
    for method, each in sorted(gained.items(), key=lambda item: -len(item[1])):
        times = f"{geometric_mean(each):.2f}, at most {max(each):.1f}"
        print(f"{method:12}{len(each):8}{times:>38}")
