"""Every operation of the package: its value, its gradient, its dtype, its inputs.

The operations are taken from the package itself, so that a new one without a case here
fails.
"""

import importlib
import inspect
import pkgutil
import sys

import numpy as np
import pytest
from scipy import special

import tinytorch
import tinytorch as tt
from tinytorch.core import spatial
from tinytorch.core.autograd import Function, Node, gradcheck
from tinytorch.core.tensor import Tensor
from tinytorch.perf import spatial_two

LABELS = np.array([2, 0, 1])
SHARES = np.linspace(0.1, 0.9, 12).reshape(3, 4)
KERNEL = np.random.default_rng(5).normal(size=(2, 3, 2, 3))


def sigmoid(x):
    return special.expit(x)


def cross_entropy(x):
    return -special.log_softmax(x, axis=-1)[np.arange(3), LABELS]


def windows(x, fill):
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=fill)
    view = np.lib.stride_tricks.sliding_window_view(padded, (2, 3), axis=(2, 3))
    return view[:, :, ::1, ::2]


def convolution(x, bias):
    sums = np.einsum("bchwij,ocij->bohw", windows(x, 0), KERNEL)
    return sums + bias[:, None, None]


IMAGE = (2, 3, 5, 6)
POOL = {"kernel_size": (2, 3), "stride": (1, 2), "padding": (1, 1)}

# name: (on Tensors, on float64 arrays, shapes of the inputs)
CASES = {
    "Tensor.__add__": (lambda a, b: a + b, np.add, [(3, 1, 4), (2, 1)]),
    "Tensor.__radd__": (lambda a: 2 + a, lambda a: 2 + a, [(3,)]),
    "Tensor.__sub__": (lambda a, b: a - b, np.subtract, [(4,), (3, 4)]),
    "Tensor.__rsub__": (lambda a: np.ones(3) - a, lambda a: 1 - a, [(2, 3)]),
    "Tensor.__mul__": (lambda a, b: a * b, np.multiply, [(2, 3), (2, 1)]),
    "Tensor.__rmul__": (lambda a: 3 * a, lambda a: 3 * a, [(2, 3)]),
    "Tensor.__truediv__": (
        lambda a, b: a / (b * b + 1),
        lambda a, b: a / (b * b + 1),
        [(2, 3), (3,)],
    ),
    "Tensor.__rtruediv__": (
        lambda a: 1 / (a * a + 1),
        lambda a: 1 / (a * a + 1),
        [(2, 3)],
    ),
    "Tensor.__pow__": (lambda a: a**3, lambda a: a**3, [(2, 3)]),
    "Tensor.__neg__": (lambda a: -a, np.negative, [(2, 3)]),
    "Tensor.__matmul__": (lambda a, b: a @ b, np.matmul, [(2, 3), (3, 4)]),
    "Tensor.__matmul__/batched": (
        lambda a, b: a @ b,
        np.matmul,
        [(5, 1, 2, 3), (4, 3, 2)],
    ),
    "Tensor.__matmul__/vector-left": (lambda a, b: a @ b, np.matmul, [(3,), (3, 4)]),
    "Tensor.__matmul__/vector-right": (
        lambda a, b: a @ b,
        np.matmul,
        [(2, 5, 3), (3,)],
    ),
    "Tensor.__matmul__/vectors": (lambda a, b: a @ b, np.matmul, [(3,), (3,)]),
    "Tensor.__rmatmul__": (
        lambda a: np.ones((2, 3)) @ a,
        lambda a: np.ones((2, 3)) @ a,
        [(3, 4)],
    ),
    "Tensor.__getitem__": (lambda a: a[1:, ::2], lambda a: a[1:, ::2], [(3, 4)]),
    "Tensor.__getitem__/twice": (
        lambda a: a[[0, 2, 0]],
        lambda a: a[[0, 2, 0]],
        [(3, 4)],
    ),
    "Tensor.reshape": (
        lambda a: a.reshape(4, -1),
        lambda a: a.reshape(4, 3),
        [(2, 3, 2)],
    ),
    "Tensor.transpose": (
        lambda a: a.transpose(0, 2),
        lambda a: a.swapaxes(0, 2),
        [(2, 3, 4)],
    ),
    "Tensor.sum": (lambda a: a.sum(), np.sum, [(2, 3)]),
    "Tensor.sum/axes": (
        lambda a: a.sum(axis=(0, -1), keepdims=True),
        lambda a: a.sum(axis=(0, -1), keepdims=True),
        [(2, 3, 4)],
    ),
    "Tensor.mean": (
        lambda a: a.mean(axis=(0, 1)),
        lambda a: a.mean(axis=(0, 1)),
        [(2, 3, 4)],
    ),
    "Tensor.max": (lambda a: a.max(), np.max, [(2, 3)]),
    "Tensor.max/axes": (
        lambda a: a.max(axis=(0, 2), keepdims=True),
        lambda a: a.max(axis=(0, 2), keepdims=True),
        [(2, 3, 4)],
    ),
    "tinytorch.ReLU": (tt.ReLU(), lambda a: a * (a > 0), [(4, 5)]),
    "tinytorch.Sigmoid": (tt.Sigmoid(), sigmoid, [(4, 5)]),
    "tinytorch.Tanh": (tt.Tanh(), np.tanh, [(4, 5)]),
    "tinytorch.GELU": (tt.GELU(), lambda a: a * special.ndtr(a), [(4, 5)]),
    "tinytorch.Softmax": (tt.Softmax(), lambda a: special.softmax(a, -1), [(4, 5)]),
    "tinytorch.Softmax/layers-dim": (
        tt.Softmax(dim=1),
        lambda a: special.softmax(a, 1),
        [(2, 5, 3)],
    ),
    "tinytorch.Softmax/dim": (
        lambda a: tt.Softmax()(a, dim=0),
        lambda a: special.softmax(a, 0),
        [(4, 5)],
    ),
    "tinytorch.log_softmax": (
        tt.log_softmax,
        lambda a: special.log_softmax(a, -1),
        [(4, 5)],
    ),
    "tinytorch.Flatten": (tt.Flatten(), lambda a: a.reshape(2, 12), [(2, 3, 4)]),
    "tinytorch.MSELoss": (
        lambda a: tt.MSELoss()(a, SHARES),
        lambda a: ((a - SHARES) ** 2).mean(),
        [(3, 4)],
    ),
    "tinytorch.CrossEntropyLoss": (
        lambda a: tt.CrossEntropyLoss()(a, LABELS),
        lambda a: cross_entropy(a).mean(),
        [(3, 4)],
    ),
    "tinytorch.CrossEntropyLoss/none": (
        lambda a: tt.CrossEntropyLoss("none")(a, LABELS),
        cross_entropy,
        [(3, 4)],
    ),
    "tinytorch.BinaryCrossEntropyLoss": (
        lambda a: tt.BinaryCrossEntropyLoss("sum")(tt.Sigmoid()(a), SHARES),
        lambda a: (
            -special.xlogy(SHARES, sigmoid(a)) - special.xlogy(1 - SHARES, sigmoid(-a))
        ).sum(),
        [(3, 4)],
    ),
    "tinytorch.BinaryCrossEntropyLoss/logits": (
        lambda a: tt.BinaryCrossEntropyLoss("none", logits=True)(a, SHARES),
        lambda a: np.logaddexp(0, a) - a * SHARES,
        [(3, 4)],
    ),
    "tinytorch.Linear": (
        lambda x, w, b: affine(x, w, b),
        lambda x, w, b: x @ w + b,
        [(5, 3), (3, 4), (4,)],
    ),
    "tinytorch.Sequential": (
        tt.Sequential(tt.Tanh(), tt.Sequential(tt.ReLU()), tt.Flatten()),
        lambda a: np.maximum(np.tanh(a), 0).reshape(2, 12),
        [(2, 3, 4)],
    ),
    "tinytorch.Dropout": (tt.Dropout(0.5).eval(), lambda a: a, [(2, 3)]),
    "spatial.Conv2dFunction": (
        lambda x, b: spatial.Conv2dFunction.apply(
            x, Tensor(KERNEL, dtype=x.dtype), b, (1, 2), (1, 1)
        ),
        convolution,
        [IMAGE, (2,)],
    ),
    "perf.spatial_two.PaddedConvFunction": (
        lambda x, b: spatial_two.PaddedConvFunction.apply(
            x, Tensor(KERNEL, dtype=x.dtype), b, (1, 2), (1, 1), (1, 1), 1
        ),
        convolution,
        [IMAGE, (2,)],
    ),
    "spatial.MaxPool2d": (
        spatial.MaxPool2d(**POOL),
        lambda x: windows(x, -np.inf).max((4, 5)),
        [IMAGE],
    ),
    "spatial.AvgPool2d": (
        spatial.AvgPool2d(**POOL),
        lambda x: windows(x, 0).mean((4, 5)),
        [IMAGE],
    ),
}

# Names that compute nothing to differentiate.
OTHERS = {
    "Tensor": {"numpy", "item", "__len__", "__repr__", "__init__"},
    "tinytorch": {
        "drawing",
        "pad",
        "photo",
        "tutor",
        "Adam",
        "AdamW",
        "Compose",
        "CosineSchedule",
        "DataLoader",
        "Dataset",
        "Function",
        "Layer",
        "Optimizer",
        "RandomCrop",
        "RandomHorizontalFlip",
        "SGD",
        "Tensor",
        "TensorDataset",
        "Trainer",
        "clip_grad_norm",
        "gradcheck",
        "manual_seed",
        "no_grad",
    },
}


def affine(x, weight, bias):
    layer = tt.Linear(3, 4)
    layer.weight, layer.bias = weight, bias
    return layer(x)


def inputs(name, dtype=np.float64):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in CASES[name][2]]
    return [Tensor(a, requires_grad=True, dtype=dtype) for a in arrays]


def functions_of_the_package():
    for module in pkgutil.walk_packages(tinytorch.__path__, "tinytorch."):
        importlib.import_module(module.name)
    found, unseen = set(), [Function]
    while unseen:
        for cls in unseen.pop().__subclasses__():
            unseen.append(cls)
            # Not one of a module that another test ran once more.
            module = sys.modules.get(cls.__module__)
            its_own = getattr(module, cls.__name__, None) is cls
            # Module 19's layers stand beside PyTorch's, in test_against_pytorch.py.
            here = cls.__module__ != "tinytorch.core.spatial_two"
            if its_own and here and cls.__module__.startswith("tinytorch."):
                found.add(cls)
    return found


def functions_used(node):
    used, stack, seen = set(), [node], set()
    while stack:
        node = stack.pop()
        if node.step is not None and id(node) not in seen:
            seen.add(id(node))
            used.add(node.step.function)
            stack += [a for a in node.step.args if isinstance(a, Node)]
    return used


def test_every_function_of_the_package_is_walked():
    walked = set().union(*(functions_used(CASES[n][0](*inputs(n))) for n in CASES))
    assert functions_of_the_package() <= walked
    assert len(walked) >= 18


def test_every_public_name_has_a_case():
    covered = {name.split("/")[0] for name in CASES}
    for name, member in vars(Tensor).items():
        public = not name.startswith("_") or name.startswith("__")
        if inspect.isfunction(member) and public and name not in OTHERS["Tensor"]:
            assert f"Tensor.{name}" in covered
    for name in set(tinytorch.__all__) - OTHERS["tinytorch"]:
        assert f"tinytorch.{name}" in covered


@pytest.mark.parametrize("name", CASES)
def test_value(name):
    operation, reference, _ = CASES[name]
    tensors = inputs(name)
    wanted = reference(*(x.data for x in tensors))
    np.testing.assert_allclose(operation(*tensors).data, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", CASES)
def test_gradient(name):
    assert gradcheck(CASES[name][0], inputs(name))


@pytest.mark.parametrize("name", CASES)
def test_float32_stays_and_inputs_are_not_modified(name):
    tensors = inputs(name, np.float32)
    before = [x.data.copy() for x in tensors]
    result = CASES[name][0](*tensors)
    assert result.dtype == np.float32
    result.backward(np.ones(result.shape))
    assert all(x.grad.dtype == np.float32 for x in tensors)
    assert all(map(np.array_equal, before, [x.data for x in tensors]))
