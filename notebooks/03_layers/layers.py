# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Module 03: Layers
#
# > Operations with parameters, and how they are stacked.
#
# A layer owns the Tensors that training changes. It computes in `forward` and lists what
# it owns in `parameters`. There is no more to it.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp core.layers

# %%
#| export
import math

import numpy as np

from tinytorch.core.tensor import Tensor


# %%
#| export
class Layer:
    """The base of all layers: write ``forward``, and ``parameters`` where there are any.

    Attributes
    ----------
    training
        True while training; `Dropout` acts only then. Set it by `train` and `eval`.
    """

    training: bool = True

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's output for ``x``."""
        raise NotImplementedError

    def __call__(self, x: Tensor) -> Tensor:
        return self.forward(x)

    def parameters(self) -> list[Tensor]:
        """Return the trainable Tensors: none unless a layer says otherwise."""
        return []

    def train(self, mode: bool = True) -> "Layer":
        """Switch to training, or with ``mode=False`` to evaluation."""
        self.training = mode
        return self

    def eval(self) -> "Layer":
        """Switch to evaluation."""
        return self.train(False)

    def extra_repr(self) -> str:
        """Return what `repr` shows in brackets: nothing, unless a layer says so."""
        return ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.extra_repr()})"


# %% [markdown]
# ## Where random numbers come from
#
# Initial weights and dropout draw from one generator, so that one seed makes a whole
# experiment repeatable.


# %%
#| export
_generator = np.random.default_rng()


def manual_seed(seed: int) -> None:
    """Start the generator of weights and dropout anew, so that a run can be repeated."""
    global _generator
    _generator = np.random.default_rng(seed)


def generator() -> np.random.Generator:
    """Return the generator that initial weights and dropout draw from."""
    return _generator


# %% [markdown]
# ## Linear
#
# $y = x W + b$. A sum of $n$ random products has $n$ times the variance of one, so the
# weights start with variance $2 / n$: then a ReLU network neither fades nor explodes (He
# and others, 2015).


# %%
#| export
class Linear(Layer):
    """``x @ weight + bias``.

    Parameters
    ----------
    in_features, out_features
        The length of the last axis before and after.
    bias
        Whether to add a trainable bias, zero at first.

    Attributes
    ----------
    weight
        Shape (in_features, out_features).
    bias
        Shape (out_features,), or None.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True):
        if min(in_features, out_features) < 1:
            raise ValueError(
                "Linear needs in_features and out_features of at least 1, got "
                f"{in_features} and {out_features}"
            )
        self.in_features, self.out_features = in_features, out_features
        std = math.sqrt(2 / in_features)
        weight = generator().normal(0, std, (in_features, out_features))
        self.weight = Tensor(weight, requires_grad=True)
        self.bias = Tensor(np.zeros(out_features), requires_grad=True) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., in_features) to (..., out_features).

        Raises
        ------
        ValueError
            If the last axis of ``x`` has another length.
        """
        if x.ndim == 0 or x.shape[-1] != self.in_features:
            raise ValueError(
                f"Linear expects a last axis of {self.in_features}, got shape {x.shape}"
            )
        y = x @ self.weight
        return y if self.bias is None else y + self.bias

    def parameters(self) -> list[Tensor]:
        """Return weight and, if there is one, bias."""
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def extra_repr(self) -> str:
        """Return its numbers, as PyTorch shows them."""
        sizes = f"in_features={self.in_features}, out_features={self.out_features}"
        return f"{sizes}, bias={self.bias is not None}"


# %% [markdown]
# Inputs of variance 1, through ten layers with ReLUs between them: the spread stays of
# the same size.

# %%
from tinytorch.core.activations import ReLU

manual_seed(0)
x = Tensor(generator().normal(size=(64, 256)))
for _ in range(10):
    x = ReLU()(Linear(256, 256)(x))
float(np.sqrt((x.numpy() ** 2).mean()))

# %% [markdown]
# ## Dropout and Flatten
#
# While training, `Dropout` silences each number with probability $p$ and scales the rest
# by $1 / (1 - p)$, so that the expected value stays. In evaluation it does nothing.


# %%
#| export
class Dropout(Layer):
    """Silence each element with probability ``p`` while training."""

    def __init__(self, p: float = 0.5):
        if not 0 <= p < 1:
            raise ValueError(f"Dropout needs 0 <= p < 1, got {p}")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x`` with some elements 0, or ``x`` itself in evaluation."""
        if not self.training or self.p == 0:
            return x
        kept = generator().random(x.shape) >= self.p
        return x * Tensor(kept / (1 - self.p), dtype=x.dtype)

    def extra_repr(self) -> str:
        """Return its probability."""
        return f"p={self.p}"


class Flatten(Layer):
    """Join all axes but the first: (batch, ...) to (batch, features)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x`` with two axes."""
        return x.reshape(x.shape[0], -1)


# %%
Dropout(0.5)(Tensor(np.ones((2, 6)))), Flatten()(Tensor(np.ones((2, 3, 4)))).shape

# %% [markdown]
# ## Sequential


# %%
#| export
class Sequential(Layer):
    """Layers one after the other."""

    def __init__(self, *layers):
        self.layers = list(layers)

    def forward(self, x: Tensor) -> Tensor:
        """Pass ``x`` through each layer in turn."""
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self) -> list[Tensor]:
        """Return the parameters of all layers, in order."""
        return [p for layer in self.layers for p in layer.parameters()]

    def train(self, mode: bool = True) -> "Sequential":
        """Switch every layer to training, or with ``mode=False`` to evaluation."""
        super().train(mode)
        for layer in self.layers:
            if isinstance(layer, Layer):
                layer.train(mode)
        return self

    def __repr__(self) -> str:
        lines = [
            f"  ({n}): " + repr(layer).replace("\n", "\n  ")
            for n, layer in enumerate(self.layers)
        ]
        return "\n".join(["Sequential(", *lines, ")"]) if lines else "Sequential()"


# %% [markdown]
# ## A network

# %%
from tinytorch.core.activations import ReLU

manual_seed(0)
net = Sequential(Linear(4, 8), ReLU(), Linear(8, 1))
x = Tensor(np.ones((3, 4)))
net(x).shape, [p.shape for p in net.parameters()]

# %%
net(x).sum().backward()
[p.grad.shape for p in net.parameters()]
