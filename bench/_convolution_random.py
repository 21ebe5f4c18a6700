"""The second part of `bench/convolution.py`: shapes that are drawn."""

from __future__ import annotations

import math
import os

from _convolution_cases import conv, random_convs
from _convolution_sides import Side, compare, geometric_mean, ratio

from tinytorch.perf.convolution import explain

WIDTHS = (10, 10, 10, 8, 8, 8, 9, 9)
COLUMNS = (
    "ours ms",
    "products",
    "torch ms",
    "by NCHW",
    "by best",
    "over",
    "error",
    "by torch",
)
LEGEND = """\
times are milliseconds, of the CPU with one thread, the smallest; products: the matrix
products of im2col alone; by NCHW, by best: ours by PyTorch's, the median of a round's
ratios; best is the faster of its two layouts; over: ours by the products; error: ours
against float64, the largest by the largest number; by torch: that error by PyTorch's
float32 error"""


def measure_random(sides: dict[str, Side], options) -> None:
    """Print a line for each shape and direction, the means and the worst."""
    print(LEGEND)
    cases = random_convs(options.random, options.seed)
    errors = {name: wrong(sides, name) for name in cases}
    for what in ("forward", "backward"):
        print(f"\n{what}, seed {options.seed}")
        heads = "".join(f"{c:>{w}}" for c, w in zip(COLUMNS, WIDTHS, strict=True))
        print(f"{'shape, kernels, stride, padding':42}{heads}  method")
        table = {name: line(sides, name, what, errors, options) for name in cases}
        summary(table)
    print(f"load at the end {os.getloadavg()[0]:.1f}")
    for side in sides.values():
        side.close()


def wrong(sides: dict[str, Side], name: str) -> dict[str, tuple[float, float]]:
    """Return for each array our error, and that by PyTorch's (nan without it)."""
    ours = sides["ours"].ask(do="errors", case=name)
    torch = sides["torch"].ask(do="errors", case=name) if "torch" in sides else {}
    return {
        what: (error, error / max(torch.get(what, math.nan), 2**-24))
        for what, error in ours.items()
    }


def line(sides, name: str, what: str, errors, options) -> dict[str, float]:
    """Measure one shape in one direction, print and return the row."""
    found = compare(sides, "conv", name, what, options)
    own = {"ours": sides["ours"]}
    products = min(compare(own, "products", name, what, options)["ours"])
    ours = min(found["ours"])
    whats = ["forward"] if what == "forward" else ["grad_x", "grad_weight"]
    worst = [max(errors[name][w][i] for w in whats) for i in (0, 1)]
    row = {"ours": ours, "products": products, "over": ours / products}
    row |= {"error": worst[0], "error by torch": worst[1]}
    if "torch" in found:
        best = [
            min(pair) for pair in zip(found["torch"], found["torch-best"], strict=True)
        ]
        row["torch"] = min(found["torch"])
        row["nchw"] = ratio(found, "torch")[0]
        row["best"] = ratio(found | {"best": best}, "best")[0]
    if "torch" in found and what == "forward":
        copied = compare(own, "conv", name, "plain", options)["ours"]
        row["plain"] = min(copied) / row["torch"]
    show(name, what, row)
    return row


def show(name: str, what: str, row: dict[str, float]) -> None:
    """Print a row of the table."""
    case = conv(name)
    torch, nchw, best = (row.get(k, math.nan) for k in ("torch", "nchw", "best"))
    text = f"{name:42}{row['ours'] * 1e3:10.3f}{row['products'] * 1e3:10.3f}"
    text += f"{torch * 1e3:10.3f}{nchw:8.2f}{best:8.2f}{row['over']:8.2f}"
    text += f"{row['error']:9.0e}{row['error by torch']:9.1f}"
    chosen = explain(*case, backward=what == "backward").method
    print(f"{text}  {chosen}", flush=True)


def summary(table: dict[str, dict[str, float]]) -> None:
    """Print the means, how many are above 2, and the worst."""
    rows = list(table.values())
    mean = {
        key: geometric_mean([row[key] for row in rows])
        for key in ("over", "nchw", "best")
        if key in rows[0]
    }
    print(f"geometric means: {mean['over']:.2f} of the products' time", end="")
    if "nchw" in mean:
        products = geometric_mean([row["products"] / row["torch"] for row in rows])
        print(
            f", {mean['nchw']:.2f} of PyTorch's NCHW ({mean['best']:.2f} of its best "
            f"layout's; the products alone {products:.2f})"
        )
        ranked = sorted(table, key=lambda name: -table[name]["nchw"])
        above = sum(row["nchw"] > 2 for row in rows)
        worst = (f"{name}: {table[name]['nchw']:.2f}" for name in ranked[:3])
        print(f"above 2: {above} of {len(rows)}; the worst {', '.join(worst)}")
        if "plain" in rows[0]:
            plain = geometric_mean([row["plain"] for row in rows])
            print(f"with results copied to NCHW where they lie otherwise: {plain:.2f}")
        beyond = sum(row["error by torch"] > 4 for row in rows)
        print(f"errors above 4 times PyTorch's: {beyond}", end="")
    print(f"; largest error {max(row['error'] for row in rows):.1e}")
