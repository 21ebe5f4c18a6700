"""What is computed in PyTorch and in tinytorch, to be compared.

A case draws its inputs from a generator and computes with a framework: an object
that gives both libraries one face. `make.py` runs the cases with PyTorch and stores
what comes out; the tests run them with tinytorch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from reference import spatial_two
from reference.case import Case

STEPS = 50


def upstream(shape: tuple[int, ...]) -> np.ndarray:
    """Return the gradient that a case's result receives."""
    return np.random.default_rng(list(shape)).normal(size=shape)


def _expressions() -> dict[str, Case]:
    a23, a3, a234 = (2, 3), (3,), (2, 3, 4)
    two: dict[str, Callable] = {
        "add-broadcast": lambda f, a, b: a + b,
        "sub-broadcast": lambda f, a, b: a - b,
        "mul-broadcast": lambda f, a, b: a * b,
        "rational": lambda f, a, b: a / (b * b + 1.0),
        "reuse": lambda f, a, b: a * a * b + a,
    }
    one: dict[str, Callable] = {
        "scalar-left": lambda f, a: 2.0 - a,
        "scalar-over": lambda f, a: 1.0 / (a * a + 1.0),
        "power": lambda f, a: a**3,
        "negative": lambda f, a: -a,
        "sum": lambda f, a: a.sum(),
        "sum-axis": lambda f, a: a.sum(axis=1),
        "sum-axes-keepdims": lambda f, a: a.sum(axis=(0, 2), keepdims=True),
        "mean": lambda f, a: a.mean(),
        "mean-axes": lambda f, a: a.mean(axis=(0, 2)),
        "max": lambda f, a: a.max(),
        "reshape": lambda f, a: a.reshape(4, 6),
        "transpose": lambda f, a: a.transpose(0, 2),
        "slice": lambda f, a: a[:, 1:, 3],
        "step": lambda f, a: a[..., 1:4:2],
        "fancy-twice": lambda f, a: a[[0, 1, 0]],
    }
    products = {
        "matmul": ((2, 3), (3, 4)),
        "matmul-batched": ((5, 1, 2, 3), (4, 3, 2)),
        "matmul-vector-left": ((3,), (3, 4)),
        "matmul-vector-right": ((2, 5, 3), (3,)),
        "matmul-vectors": ((3,), (3,)),
    }
    cases = {name: Case((a23, a3), run) for name, run in two.items()}
    cases |= {name: Case((a234,), run) for name, run in one.items()}
    cases |= {n: Case(shapes, lambda f, a, b: a @ b) for n, shapes in products.items()}
    cases["square-root"] = Case((a23,), lambda f, a: a**0.5, positive=True)
    for name in ("ReLU", "Sigmoid", "Tanh", "GELU", "Softmax"):
        cases[name] = Case((a234,), lambda f, a, name=name: f.activation(name, a))
        cases[f"{name}-wide"] = Case(
            (a23,), lambda f, a, name=name: f.activation(name, a * 30.0)
        )
    cases["log-softmax"] = Case((a23,), lambda f, a: f.activation("LogSoftmax", a))
    return cases


def _layers() -> dict[str, Case]:
    cases = {
        "linear": Case(((5, 3), (3, 4), (4,)), lambda f, x, w, b: f.linear(x, w, b)),
        "linear-3d": Case(((2, 5, 3), (3, 4)), lambda f, x, w: f.linear(x, w, None)),
    }
    image, window = (2, 3, 7, 9), (4, 5)  # padding may be at most half of the window
    for stride, padding in [((1, 1), (0, 0)), ((2, 3), (0, 0)), ((1, 1), (1, 2)),
                            ((2, 3), (1, 2)), ((3, 1), (2, 0))]:  # fmt: skip
        name = f"stride{stride[0]}{stride[1]}-padding{padding[0]}{padding[1]}"
        cases[f"conv2d-{name}"] = Case(
            (image, (4, 3, 3, 2), (4,)),
            lambda f, x, w, b, s=stride, p=padding: f.conv2d(x, w, b, s, p),
        )
        for pool in ("max", "avg"):
            cases[f"{pool}-pool2d-{name}"] = Case(
                (image,),
                lambda f, x, q=pool, s=stride, p=padding: f.pool2d(q, x, window, s, p),
            )
    cases["conv2d-no-bias"] = Case(
        (image, (4, 3, 2, 5)), lambda f, x, w: f.conv2d(x, w, None, (1, 2), (1, 0))
    )
    return cases


def _losses() -> dict[str, Case]:
    labels = np.array([2, 0, 1, 2, 2])
    shares = np.linspace(0, 1, 15).reshape(5, 3)
    cases = {}
    for reduction in ("mean", "sum", "none"):
        for name, targets in [("MSE", shares), ("CrossEntropy", labels),
                              ("BCE", shares), ("BCEWithLogits", shares)]:  # fmt: skip

            def run(f, x, name=name, reduction=reduction, targets=targets):
                x = f.activation("Sigmoid", x) if name == "BCE" else x
                return f.loss(name, reduction, x, targets)

            cases[f"{name}-{reduction}"] = Case(((5, 3),), run)
    return cases


def _optimizers() -> dict[str, Case]:
    """Minimise a tilted quadratic for fifty steps."""
    options: dict[str, tuple[str, dict]] = {
        "SGD": ("SGD", {"lr": 0.05}),
        "SGD-momentum": ("SGD", {"lr": 0.02, "momentum": 0.9}),
        "SGD-decay": ("SGD", {"lr": 0.05, "weight_decay": 0.1}),
        "SGD-both": ("SGD", {"lr": 0.02, "momentum": 0.8, "weight_decay": 0.1}),
        "Adam": ("Adam", {"lr": 0.05}),
        "Adam-betas": ("Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3}),
        "Adam-decay": ("Adam", {"lr": 0.05, "weight_decay": 0.1}),
        "AdamW": ("AdamW", {"lr": 0.05}),
        "AdamW-decay": ("AdamW", {"lr": 0.05, "weight_decay": 0.2}),
    }

    def descend(f, start, matrix, name, settings):
        optimizer = f.optimizer(name, [start], **settings)
        path = []
        for _ in range(STEPS):
            optimizer.zero_grad()
            difference = start @ matrix - 1.0
            (difference * difference).sum().backward()
            optimizer.step()
            path.append(f.array(start).copy())
        return path

    return {
        name: Case(
            ((4,), (4, 3)),
            lambda f, s, m, k=kind, o=settings: descend(f, s, m, k, o),
        )
        for name, (kind, settings) in options.items()
    }


def _training() -> dict[str, Case]:
    """Train small networks for fifty steps; the weights and losses must agree."""
    labels = np.array([0, 1, 2, 1, 0, 2])

    def mlp(f, x, w1, b1, w2, b2):
        return f.linear(f.activation("Tanh", f.linear(x, w1, b1)), w2, b2)

    def cnn(f, x, w1, b1, w2, b2):
        features = f.activation("ReLU", f.conv2d(x, w1, b1, (1, 1), (1, 0)))
        features = f.pool2d("max", features, (2, 2), (2, 2), (0, 0))
        return f.linear(features.reshape(6, -1), w2, b2)

    def train(f, x, *params, network, name, settings):
        optimizer = f.optimizer(name, params, **settings)
        losses = []
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = f.loss("CrossEntropy", "mean", network(f, x, *params), labels)
            loss.backward()
            optimizer.step()
            losses.append(f.array(loss).copy())
        return [np.array(losses), *(f.array(p) for p in params)]

    mlp_inputs = ((6, 4), (4, 8), (8,), (8, 3), (3,))
    cnn_inputs = ((6, 1, 4, 6), (2, 1, 3, 3), (2,), (8, 3), (3,))
    runs = {
        "mlp-sgd": (mlp, mlp_inputs, "SGD", {"lr": 0.1, "momentum": 0.9}),
        "mlp-adamw": (mlp, mlp_inputs, "AdamW", {"lr": 0.02}),
        "cnn-sgd": (cnn, cnn_inputs, "SGD", {"lr": 0.05, "weight_decay": 0.01}),
        "cnn-adam": (cnn, cnn_inputs, "Adam", {"lr": 0.01}),
    }
    return {
        name: Case(
            inputs,
            lambda f, *t, n=network, k=kind, o=settings: train(
                f, *t, network=n, name=k, settings=o
            ),
        )
        for name, (network, inputs, kind, settings) in runs.items()
    }


GROUPS: dict[str, dict[str, Case]] = {
    "expressions": _expressions(),
    "layers": _layers(),
    "losses": _losses(),
    "optimizers": _optimizers(),
    "training": _training(),
    "spatial_two": spatial_two.CASES,
}


def compute(framework: Any, name: str, case: Case) -> dict[str, np.ndarray]:
    """Return what a case gives: its result, and the gradient of each input."""
    tensors = [framework.tensor(array) for array in case.draw(name)]
    result = case.run(framework, *tensors)
    if isinstance(result, list):
        return {f"out{i}": np.asarray(array) for i, array in enumerate(result)}
    out = framework.array(result)
    framework.backward(result, upstream(out.shape))
    grads = {f"grad{i}": framework.grad(t) for i, t in enumerate(tensors)}
    return {"out": out, **grads}
