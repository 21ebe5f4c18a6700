"""What `bench/_convolution_worker.py` calls: one class for each library.

`Ours` and `Torch` answer with calls by name, which take nothing and are timed.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from _convolution_cases import DEPTHWISE, GROUPS, NETWORKS, POOLS, arrays
from _convolution_cases import conv as find

# A small convolution that loads what a library loads at its first one.
TINY = ((1, 2, 5, 5), (2, 2, 3, 3))


class Ours:
    """tinytorch.perf.convolution, and the layers of module 09 switched to it."""

    def __init__(self, threads: int):
        import tinytorch
        from tinytorch.perf import convolution

        self.perf, self.tt = convolution, tinytorch

    def tiny(self) -> None:
        """Run one small convolution forward and backward."""
        x, weight = arrays(*TINY)
        out = self.perf.conv2d_forward(x, weight, None, (1, 1), (0, 0))
        self.perf.conv2d_backward(out, x, weight, (1, 1), (0, 0))

    def conv(self, name: str) -> dict[str, Callable]:
        """Return the calls for one shape."""
        case = find(name)
        x, weight, bias, grad = arrays(
            case.x, case.weight, case.weight[:1], case.output_shape()
        )
        pairs = case.stride, case.padding
        return {
            "forward": lambda: self.perf.conv2d_forward(x, weight, bias, *pairs),
            "plain": lambda: np.ascontiguousarray(
                self.perf.conv2d_forward(x, weight, bias, *pairs)
            ),
            "backward": lambda: self.perf.conv2d_backward(grad, x, weight, *pairs),
        }

    def results(self, case, x, weight, grad) -> tuple:
        """Return what forward gives, and the gradients of x and weight."""
        pairs = case.stride, case.padding
        out = self.perf.conv2d_forward(x, weight, None, *pairs)
        return out, *self.perf.conv2d_backward(grad, x, weight, *pairs)[:2]

    def products(self, name: str) -> dict[str, Callable]:
        """Return the matrix products that im2col needs, alone: their least time.

        Columns for all windows would not fit into a cache, so that they are taken in
        blocks of 2 MiB, each time the same one.
        """
        case = find(name)
        batch, outs, *sizes = case.output_shape()
        count, size = batch * math.prod(sizes), math.prod(case.weight[1:])
        step = max(1, min(count, (1 << 19) // size))
        kernels, columns, upstream, wide, result = arrays(
            (outs, size), (size, step), (outs, step), (size, step), (outs, step)
        )
        blocks = [step] * (count // step) + [count % step] * bool(count % step)

        def forward():
            for n in blocks:
                np.matmul(kernels, columns[:, :n], out=result[:, :n])

        def backward():
            for n in blocks:
                np.matmul(upstream[:, :n], columns[:, :n].T)
                np.matmul(kernels.T, upstream[:, :n], out=wide[:, :n])

        return {"forward": forward, "backward": backward}

    def pool(self, name: str) -> dict[str, Callable]:
        """Return the calls for one pooling, maximum and mean."""
        case = POOLS[name]
        x, grad = arrays(case.x, case.output_shape())
        pairs = (case.kernel,) * 2, (case.stride,) * 2, (case.padding,) * 2
        perf = self.perf
        return {
            "max forward": lambda: perf.max_pool2d_forward(x, *pairs),
            "max backward": lambda: perf.max_pool2d_backward(grad, x, *pairs),
            "mean forward": lambda: perf.avg_pool2d_forward(x, *pairs),
            "mean backward": lambda: perf.avg_pool2d_backward(grad, x, *pairs),
        }

    def network(self, name: str) -> dict[str, Callable]:
        """Return one training step."""
        tt, (batch, channels, size) = self.tt, NETWORKS[name]
        tt.manual_seed(0)
        model = tt.Sequential(
            tt.Conv2d(channels, 16, 3, padding=1),
            tt.ReLU(),
            tt.MaxPool2d(2),
            tt.Conv2d(16, 32, 3, padding=1),
            tt.ReLU(),
            tt.MaxPool2d(2),
            tt.Flatten(),
            tt.Linear(32 * (size // 4) ** 2, 10),
        )
        optimizer = tt.SGD(model.parameters(), lr=0.01)
        loss_fn, (images,) = (
            tt.CrossEntropyLoss(),
            arrays((batch, channels, size, size)),
        )
        labels = np.arange(batch) % 10

        tt.use("fast")

        def step() -> None:
            optimizer.zero_grad()
            loss_fn(model(tt.Tensor(images)), labels).backward()
            optimizer.step()

        return {"step": step}


class Torch:
    """PyTorch in the layout NCHW."""

    best = False

    def __init__(self, threads: int):
        import torch

        torch.set_num_threads(threads)
        self.torch = torch

    def tensors(self, *shapes) -> list:
        """Return the arrays as tensors, in this side's layout."""
        found = [self.torch.from_numpy(array) for array in arrays(*shapes)]
        if self.best:
            last = self.torch.channels_last
            found = [
                t.contiguous(memory_format=last) if t.ndim == 4 else t for t in found
            ]
        return found

    def tiny(self) -> None:
        """Run one small convolution forward and backward."""
        x, weight = self.tensors(*TINY)
        weight.requires_grad_()
        self.torch.nn.functional.conv2d(x, weight).sum().backward()

    def conv(self, name: str) -> dict[str, Callable]:
        """Return the calls for one shape."""
        case, groups = find(name), 1
        x, weight, grad = case.x, case.weight, case.output_shape()
        if self.best and name == DEPTHWISE:
            groups = GROUPS
            batch = x[0] // groups
            x, grad = (batch, groups, *x[2:]), (batch, groups, *grad[2:])
            weight = (groups, *weight[1:])
        x, weight, bias, grad = self.tensors(x, weight, weight[:1], grad)
        torch, step, pad = self.torch, list(case.stride), list(case.padding)
        rest = (step, pad, [1, 1], False, [0, 0], groups, [True] * 3)

        def forward():
            with torch.no_grad():
                return torch.nn.functional.conv2d(
                    x, weight, bias, step, pad, groups=groups
                )

        def backward():
            return torch.ops.aten.convolution_backward(
                grad, x, weight, list(weight.shape[:1]), *rest
            )

        return {"forward": forward, "backward": backward}

    def results(self, case, x, weight, grad) -> tuple:
        """Return what forward gives, and the gradients of x and weight."""
        x, weight, grad = map(self.torch.from_numpy, (x, weight, grad))
        pairs = list(case.stride), list(case.padding)
        out = self.torch.nn.functional.conv2d(x, weight, None, *pairs)
        rest = (None, *pairs, [1, 1], False, [0, 0], 1, [True, True, False])
        back = self.torch.ops.aten.convolution_backward(grad, x, weight, *rest)
        return out.numpy(), *(found.numpy() for found in back[:2])

    def pool(self, name: str) -> dict[str, Callable]:
        """Return the calls for one pooling, maximum and mean."""
        case, ops = POOLS[name], self.torch.ops.aten
        x, grad = self.tensors(case.x, case.output_shape())
        sizes = [case.kernel] * 2, [case.stride] * 2, [case.padding] * 2
        _, index = ops.max_pool2d_with_indices(x, *sizes)
        rest = (False, True, None)
        return {
            "max forward": lambda: ops.max_pool2d_with_indices(x, *sizes),
            "max backward": lambda: ops.max_pool2d_with_indices_backward(
                grad, x, *sizes, [1, 1], False, index
            ),
            "mean forward": lambda: ops.avg_pool2d(x, *sizes),
            "mean backward": lambda: ops.avg_pool2d_backward(grad, x, *sizes, *rest),
        }

    def network(self, name: str) -> dict[str, Callable]:
        """Return one training step."""
        torch, nn = self.torch, self.torch.nn
        batch, channels, size = NETWORKS[name]
        model = nn.Sequential(
            nn.Conv2d(channels, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(32 * (size // 4) ** 2, 10),
        )
        if self.best:
            model = model.to(memory_format=torch.channels_last)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        (images,) = self.tensors((batch, channels, size, size))
        labels, loss_fn = torch.arange(batch) % 10, nn.CrossEntropyLoss()

        def step() -> None:
            optimizer.zero_grad()
            loss_fn(model(images), labels).backward()
            optimizer.step()

        return {"step": step}


class TorchBest(Torch):
    """PyTorch in the layout channels_last; for the depthwise shape, with groups."""

    best = True


class SciPy:
    """scipy.signal.correlate, which knows one image and one kernel at a time."""

    def __init__(self, threads: int):
        from scipy.signal import correlate

        self.correlate = correlate

    def conv(self, name: str) -> dict[str, Callable]:
        """Return a call for one image and one kernel."""
        case = find(name)
        (sh, sw), (ph, pw) = case.stride, case.padding
        x, weight = arrays((1, *case.x[1:]), (1, *case.weight[1:]))
        border = (0, 0), (ph, ph), (pw, pw)

        def forward():
            image = np.pad(x[0], border)
            out = self.correlate(image, weight[0], mode="valid")
            return out[0, ::sh, ::sw]

        return {"forward": forward}
