"""One side of `bench/spatial_two.py`, in a process of its own.

python bench/_spatial_two_worker.py ours|torch|torch-best THREADS

Reads and answers as `_convolution_worker.py` does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import numpy as np
from _convolution_cases import arrays
from _convolution_libraries import Torch
from _convolution_worker import burst
from _spatial_two_cases import find


class Ours:
    """The layers of modules 09 and 19, by the fast methods."""

    def __init__(self, threads: int):
        import tinytorch
        from tinytorch.core import spatial, spatial_two

        tinytorch.use("fast")
        self.tt, self.modules = tinytorch, (spatial, spatial_two)

    def layer(self, name: str) -> dict[str, Callable]:
        """Return the calls: forward without gradients, a step, a pool's way back."""
        case = find(name)
        pooling = case.layer == "MaxPool2d"
        module = self.modules[not pooling]
        layer = getattr(module, case.layer)(*case.arguments, **case.options)
        (x,) = arrays(case.x)
        image = self.tt.Tensor(x)
        with self.tt.no_grad():
            out = layer(image)
        (grad,) = arrays(out.shape)
        wanted = self.tt.Tensor(x, requires_grad=True)

        def forward() -> None:
            with self.tt.no_grad():
                layer(image)

        def step() -> None:
            for tensor in (wanted, *layer.parameters()):
                tensor.zero_grad()
            layer(wanted).backward(grad)

        calls = {"forward": forward, "step": step}
        if pooling:
            made = layer(wanted).step
            calls["backward"] = lambda: made.function.backward(made.ctx, grad)
        return calls


class TorchLayers(Torch):
    """PyTorch's layers in the layout NCHW."""

    def layer(self, name: str) -> dict[str, Callable]:
        """Return the same calls."""
        case, torch = find(name), self.torch
        layer = getattr(torch.nn, case.layer)(*case.arguments, **case.options)
        if self.best and len(case.x) == 4:
            layer = layer.to(memory_format=torch.channels_last)
        (x,) = self.tensors(case.x)
        with torch.no_grad():
            out = layer(x)
        (grad,) = self.tensors(tuple(out.shape))
        wanted = x.clone().requires_grad_()

        def forward() -> None:
            with torch.no_grad():
                layer(x)

        def step() -> None:
            wanted.grad = None
            layer.zero_grad()
            layer(wanted).backward(grad)

        calls = {"forward": forward, "step": step}
        if case.layer == "MaxPool2d":
            ops = torch.ops.aten
            sizes = [[number] * 2 for number in case.arguments]
            _, index = ops.max_pool2d_with_indices(x, *sizes)
            calls["backward"] = lambda: ops.max_pool2d_with_indices_backward(
                grad, x, *sizes, [1, 1], False, index
            )
        return calls


class TorchBest(TorchLayers):
    """PyTorch in the layout channels_last, where there are images."""

    best = True


def main() -> None:
    """Answer commands until there are no more."""
    sides = {"ours": Ours, "torch": TorchLayers, "torch-best": TorchBest}
    side = sides[sys.argv[1]](int(sys.argv[2]))
    made: tuple[str, dict[str, Callable]] = ("", {})
    for line in sys.stdin:
        order = json.loads(line)
        if made[0] != order["case"]:
            made = ("", {})  # frees the arrays before
            made = (order["case"], side.layer(order["case"]))
            for call in made[1].values():
                call()
        answer = burst(made[1][order["what"]], order["seconds"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    main()
