"""Store what PyTorch computes for the cases: python tests/reference/make.py [GROUP ...]

Needs PyTorch, which the tests do not: they read the .npz files that this writes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from reference.cases import GROUPS, compute  # noqa: E402


class Torch:
    """PyTorch's face."""

    def tensor(self, array):
        return torch.tensor(array, requires_grad=True)

    def array(self, tensor):
        return tensor.detach().numpy()

    def backward(self, tensor, gradient):
        tensor.backward(torch.tensor(gradient))

    def grad(self, tensor):
        return tensor.grad.numpy()

    def activation(self, name, x):
        options = {"dim": -1} if "oftmax" in name else {}
        return getattr(torch.nn, name)(**options)(x)

    def linear(self, x, weight, bias):
        return functional.linear(x, weight.T, bias)

    def conv2d(self, x, weight, bias, stride, padding):
        return functional.conv2d(x, weight, bias, stride, padding)

    def pool2d(self, kind, x, size, stride, padding):
        return getattr(functional, f"{kind}_pool2d")(x, size, stride, padding)

    def module(self, made, x, **parameters):
        layer = getattr(torch.nn, made.name)(*made.arguments, **made.options)
        return torch.func.functional_call(layer, parameters, (x,))

    def loss(self, name, reduction, x, targets):
        loss = getattr(torch.nn, f"{name}Loss")(reduction=reduction)
        return loss(x, torch.tensor(targets))

    def optimizer(self, name, params, **settings):
        return getattr(torch.optim, name)(params, **settings)


def main() -> None:
    """Write one file for each group, or for those that are named."""
    torch.set_num_threads(1)
    count = 0
    for group in sys.argv[1:] or GROUPS:
        arrays, cases = {}, GROUPS[group]
        for name, case in cases.items():
            for key, array in compute(Torch(), name, case).items():
                arrays[f"{name}/{key}"] = array
        np.savez_compressed(HERE / f"{group}.npz", **arrays)
        count += len(cases)
    print(f"{count} cases computed with PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
