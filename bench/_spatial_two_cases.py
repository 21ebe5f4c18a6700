"""What `bench/spatial_two.py` measures; both sides import it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
from _convolution_cases import log_uniform


class Case(NamedTuple):
    """A layer by its name in PyTorch, its arguments, and the shape of its input."""

    layer: str
    x: tuple[int, ...]
    arguments: tuple
    options: dict[str, Any]

    def __str__(self) -> str:
        """Return a name that `find` reads."""
        return json.dumps(self)


def pool(x: tuple[int, ...], *arguments: int) -> Case:
    """Return a maximum pooling: kernel, stride and padding."""
    return Case("MaxPool2d", x, arguments, {})


def depthwise(
    batch: int, channels: int, size: int, kernel: int, stride: int = 1
) -> Case:
    """Return a depthwise convolution of square images that keeps them as large."""
    options = {"stride": stride, "padding": kernel // 2, "groups": channels}
    x = batch, channels, size, size
    return Case("Conv2d", x, (channels, channels, kernel), options)


POOLS = {
    "2x2, 64x16x32x32": pool((64, 16, 32, 32), 2, 2, 0),
    "2x2, digits 64x16x8x8": pool((64, 16, 8, 8), 2, 2, 0),
    "3x3/2, 8x64x112x112": pool((8, 64, 112, 112), 3, 2, 1),
    "3x3/1, 8x32x28x28": pool((8, 32, 28, 28), 3, 1, 1),
}

# Where a network is named, the shape is one of its layers'.
LAYERS = {
    "depthwise 3x3, 8x64x56x56": depthwise(8, 64, 56, 3),
    "depthwise 3x3/2, 8x128x56x56": depthwise(8, 128, 56, 3, stride=2),
    "depthwise 3x3, 8x512x14x14": depthwise(8, 512, 14, 3),
    "depthwise 3x3, digits": depthwise(32, 32, 4, 3),
    "depthwise 7x7, 4x96x56x56": depthwise(4, 96, 56, 7),
    "32 groups, ResNeXt 28x28": Case(
        "Conv2d", (8, 128, 28, 28), (128, 128, 3), {"padding": 1, "groups": 32}
    ),
    "2 groups, AlexNet 27x27": Case(
        "Conv2d", (8, 96, 27, 27), (96, 256, 5), {"padding": 2, "groups": 2}
    ),
    "dilation 2, 4x256x33x33": Case(
        "Conv2d", (4, 256, 33, 33), (256, 256, 3), {"padding": 2, "dilation": 2}
    ),
    "dilation 12, DeepLab 33x33": Case(
        "Conv2d", (2, 256, 33, 33), (256, 256, 3), {"padding": 12, "dilation": 12}
    ),
    "dilation 2, 32x16x28x28": Case(
        "Conv2d", (32, 16, 28, 28), (16, 16, 3), {"padding": 2, "dilation": 2}
    ),
    "transposed 4x4/2, 8x64x28x28": Case(
        "ConvTranspose2d", (8, 64, 28, 28), (64, 32, 4), {"stride": 2, "padding": 1}
    ),
    "transposed 4x4/2, DCGAN 8x8": Case(
        "ConvTranspose2d", (32, 256, 8, 8), (256, 128, 4), {"stride": 2, "padding": 1}
    ),
    "transposed 2x2/2, U-Net 56x56": Case(
        "ConvTranspose2d", (4, 128, 56, 56), (128, 64, 2), {"stride": 2}
    ),
    "transposed 4x4/2, digits": Case(
        "ConvTranspose2d", (32, 32, 2, 2), (32, 16, 4), {"stride": 2, "padding": 1}
    ),
    "row 5, 16x64x1024": Case("Conv1d", (16, 64, 1024), (64, 64, 5), {"padding": 2}),
    "row 9, 64x1x784": Case("Conv1d", (64, 1, 784), (1, 16, 9), {"padding": 4}),
    "row 2, dilation 64, WaveNet": Case(
        "Conv1d", (4, 64, 4000), (64, 64, 2), {"dilation": 64}
    ),
    "block 3x3x3, 2x16x16x32x32": Case(
        "Conv3d", (2, 16, 16, 32, 32), (16, 32, 3), {"padding": 1}
    ),
}
CASES = POOLS | LAYERS


def find(name: str) -> Case:
    """Return the layer of a name: one of `CASES`, or as ``str`` writes one."""
    return CASES[name] if name in CASES else Case(*json.loads(name))


KINDS = "depthwise", "grouped", "dilated", "transposed", "row", "block"
MOST_MACS, MOST_NUMBERS = 400_000_000, 4_000_000


def random_layer(rng: np.random.Generator, kind: str) -> Case:
    """Draw a layer of one of `KINDS`; the logarithms of its sizes are uniform."""

    def spread(low: int, high: int) -> int:
        return log_uniform(rng, low, high)

    axes = {"row": 1, "block": 3}.get(kind, 2)
    while True:
        ins, outs, groups = spread(1, 256), spread(1, 256), 1
        kernel, stride = int(rng.integers(2, 8)), int(rng.choice([1, 1, 2]))
        dilation = int(rng.choice([2, 3, 4, 8])) if kind == "dilated" else 1
        if kind == "depthwise":
            groups = outs = ins
        if kind == "grouped":
            groups = int(rng.choice([2, 4, 8, 32]))
            ins, outs = (groups * max(1, n // groups) for n in (ins, outs))
        size = spread(4, {1: 4096, 2: 112, 3: 32}[axes])
        reach = (kernel - 1) * dilation
        options = {"stride": stride, "padding": reach // 2}
        if kind == "transposed":
            stride = options["stride"] = int(rng.choice([1, 2, 2, 3]))
            options["padding"] = kernel // 3
            count = (size - 1) * stride + kernel - 2 * options["padding"]
            products = size**axes
        else:
            options |= {"groups": groups, "dilation": dilation}
            count = (size + 2 * options["padding"] - reach - 1) // stride + 1
            products = count**axes
        batch = spread(1, 64)
        numbers = batch * max(ins * size**axes, outs * max(count, 0) ** axes)
        macs = batch * products * outs * ins // groups * kernel**axes
        if count > 0 and numbers < MOST_NUMBERS and 1e5 < macs < MOST_MACS:
            layer = "ConvTranspose2d" if kind == "transposed" else f"Conv{axes}d"
            x = batch, ins, *[size] * axes
            return Case(layer, x, (ins, outs, kernel), options)


def random_layers(count: int, seed: int) -> list[str]:
    """Return the names of ``count`` layers of each kind, the same for the same seed."""
    rng = np.random.default_rng(seed)
    return [str(random_layer(rng, kind)) for kind in KINDS for _ in range(count)]
