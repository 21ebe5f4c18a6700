"""One side of `bench/convolution.py`, in a process of its own.

python bench/_convolution_worker.py ours|torch|torch-best|scipy THREADS

Reads one JSON command a line, answers with one JSON line. Its environment has pinned
the threads before NumPy was imported.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from _convolution_cases import arrays
from _convolution_cases import conv as find
from _convolution_libraries import Ours, SciPy, Torch, TorchBest


def definition(case, x, weight, grad) -> tuple:
    """Return forward and the gradients of x and weight, in float64, tap by tap."""
    (sh, sw), (ph, pw) = case.stride, case.padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    weight, grad = weight.astype(float), grad.astype(float)
    out, back = np.zeros(grad.shape), np.zeros(padded.shape)
    grad_weight, (rows, columns) = np.zeros(weight.shape), grad.shape[2:]
    upstream = grad.transpose(1, 0, 2, 3).reshape(len(weight), -1)
    for u, v in np.ndindex(weight.shape[2:]):
        down = slice(u, u + (rows - 1) * sh + 1, sh)
        across = slice(v, v + (columns - 1) * sw + 1, sw)
        seen, kernel = padded[:, :, down, across], weight[:, :, u, v]
        out += np.tensordot(kernel, seen, (1, 1)).swapaxes(0, 1)
        back[:, :, down, across] += np.tensordot(kernel, grad, (0, 1)).swapaxes(0, 1)
        pixels = seen.transpose(1, 0, 2, 3).reshape(x.shape[1], -1)
        grad_weight[:, :, u, v] = upstream @ pixels.T
    return out, back[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]], grad_weight


def errors(side, name: str) -> dict[str, float]:
    """Return the largest errors, each by the largest number of its array."""
    case = find(name)
    given = arrays(case.x, case.weight, case.output_shape())
    pairs = zip(
        ("forward", "grad_x", "grad_weight"),
        side.results(case, *given),
        definition(case, *given),
        strict=True,
    )
    return {
        what: float(np.abs(got - wanted).max() / np.abs(wanted).max())
        for what, got, wanted in pairs
    }


def burst(call: Callable, seconds: float) -> dict[str, list[float]]:
    """Return the wall and CPU seconds of each call, for about ``seconds``."""
    wall, cpu = [], []
    end = time.perf_counter() + seconds
    while not wall or (time.perf_counter() < end and len(wall) < 2000):
        before = time.perf_counter(), time.process_time()
        call()
        after = time.perf_counter(), time.process_time()
        wall.append(after[0] - before[0])
        cpu.append(after[1] - before[1])
    return {"wall": wall, "cpu": cpu}


def resident(field: str) -> int:
    """Return a field of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {field}: peak memory needs Linux")


def in_child(work: Callable[[], Any]) -> Any:
    """Return what ``work`` gives in a fork, which leaves this process as it was."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, json.dumps(work()).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text)


def peak_memory(side, name: str, what: str) -> float:
    """Return what one call adds to the resident memory at most, result included.

    To be called where nothing ran before but one small convolution.
    """
    side.tiny()
    calls = side.conv(name)  # all of them, so that no array is freed yet
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = resident("VmRSS")
    calls[what]()
    return float(resident("VmHWM") - before)


def main() -> None:
    """Answer commands until there are no more."""
    sides = {"ours": Ours, "torch": Torch, "torch-best": TorchBest, "scipy": SciPy}
    side = sides[sys.argv[1]](int(sys.argv[2]))
    made: tuple[tuple[str, str], dict] = (("", ""), {})
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "memory":
            answer = in_child(partial(peak_memory, side, order["case"], order["what"]))
        elif order["do"] == "errors":
            answer = in_child(partial(errors, side, order["case"]))
        else:
            key = order["kind"], order["case"]
            if made[0] != key:
                made = (("", ""), {})  # frees the arrays before
                made = (key, getattr(side, key[0])(key[1]))
                for call in made[1].values():
                    call()
            answer = burst(made[1][order["what"]], order["seconds"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
