# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Module 02: Activations
#
# > The bends between the layers of a network.
#
# Two linear layers in a row are one linear layer: without something that bends in
# between, depth buys nothing. Each function here acts on every element alone, except
# softmax.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp core.activations

# %%
#| export
import math

import numpy as np

from tinytorch.core.autograd import Context, Function
from tinytorch.core.tensor import Tensor

# %% [markdown]
# Every activation is used as a layer is: called, and asked for its parameters. It has
# none.


# %%
#| export
class Activation:
    """A layer without parameters that applies one `Function`."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of ``x``."""
        raise NotImplementedError

    def __call__(self, x: Tensor) -> Tensor:
        return self.forward(x)

    def parameters(self) -> list[Tensor]:
        """Return the trainable Tensors: none."""
        return []

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


# %% [markdown]
# ## ReLU
#
# Negative numbers become zero. The derivative is 1 above zero and 0 elsewhere; at zero
# itself we take 0, as PyTorch does.


# %%
#| export
class ReLUFunction(Function):
    """max(x, 0)."""

    @staticmethod
    def forward(ctx: Context, x):
        """Return x where it is positive, else 0."""
        ctx.save_for_backward(x > 0)
        # NumPy compares two arrays by vector instructions, array and number one by one.
        zeros = np.zeros_like(x)
        return np.maximum(x, zeros, out=zeros)

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Pass the gradient where x was positive."""
        (positive,) = ctx.saved_tensors
        return grad_output * positive


class ReLU(Activation):
    """max(x, 0), element by element."""

    def forward(self, x: Tensor) -> Tensor:
        """Return max(x, 0)."""
        return ReLUFunction.apply(x)


# %%
ReLU()(Tensor([-1.0, 0.0, 2.0]))

# %% [markdown]
# ## Sigmoid and Tanh
#
# Both squash the line into an interval: (0, 1) and (-1, 1). Their derivatives follow from
# their values, $s (1 - s)$ and $1 - t^2$. We write the sigmoid through `tanh`, which
# stays finite for any input: $s(x) = (1 + \tanh(x / 2)) / 2$.


# %%
#| export
class SigmoidFunction(Function):
    """1 / (1 + exp(-x))."""

    @staticmethod
    def forward(ctx: Context, x):
        """Return the sigmoid of x."""
        result = 0.5 * (1 + np.tanh(0.5 * x))
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return s (1 - s) times the gradient."""
        (s,) = ctx.saved_tensors
        return grad_output * s * (1 - s)


class TanhFunction(Function):
    """The hyperbolic tangent."""

    @staticmethod
    def forward(ctx: Context, x):
        """Return tanh x."""
        result = np.tanh(x)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return (1 - t²) times the gradient."""
        (t,) = ctx.saved_tensors
        return grad_output * (1 - t * t)


class Sigmoid(Activation):
    """1 / (1 + exp(-x)), element by element."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the sigmoid of ``x``."""
        return SigmoidFunction.apply(x)


class Tanh(Activation):
    """The hyperbolic tangent, element by element."""

    def forward(self, x: Tensor) -> Tensor:
        """Return tanh of ``x``."""
        return TanhFunction.apply(x)


# %%
Sigmoid()(Tensor([-1000.0, 0.0, 1000.0])), Tanh()(Tensor([-1000.0, 0.0, 1000.0]))

# %% [markdown]
# ## GELU
#
# $x\,\Phi(x)$, where $\Phi$ is the distribution function of the standard normal (Hendrycks
# and Gimpel, 2016): a ReLU with a smooth corner. NumPy has no error function, so we take
# Python's, one element at a time.


# %%
#| export
_erf = np.frompyfunc(math.erf, 1, 1)


class GELUFunction(Function):
    """x Φ(x), with the exact normal distribution function Φ."""

    @staticmethod
    def forward(ctx: Context, x):
        """Return x Φ(x)."""
        phi = 0.5 * (1 + np.asarray(_erf(x / math.sqrt(2)), dtype=x.dtype))
        ctx.save_for_backward(x, phi)
        return x * phi

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return Φ(x) + x φ(x) times the gradient; φ is the normal density."""
        x, phi = ctx.saved_tensors
        density = np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
        return grad_output * (phi + x * density)


class GELU(Activation):
    """x Φ(x), element by element."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x Φ(x)."""
        return GELUFunction.apply(x)


# %% [markdown]
# At 1 it gives $\Phi(1)$, which a table of the normal distribution has too.

# %%
GELU()(Tensor([1.0]))

# %% [markdown]
# ## Softmax
#
# Turns scores into probabilities that add up to 1 along an axis. Subtracting the largest
# score first changes nothing and keeps the exponential finite.


# %%
#| export
class SoftmaxFunction(Function):
    """exp(x) / sum(exp(x)) along one axis."""

    @staticmethod
    def forward(ctx: Context, x, dim):
        """Return the probabilities."""
        powers = np.exp(x - x.max(axis=dim, keepdims=True))
        result = powers / powers.sum(axis=dim, keepdims=True)
        ctx.save_for_backward(result)
        ctx.dim = dim
        return result

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return p (g - sum(g p)): what raises one probability lowers the others."""
        (p,) = ctx.saved_tensors
        inner = (grad_output * p).sum(axis=ctx.dim, keepdims=True)
        return p * (grad_output - inner), None


class Softmax(Activation):
    """Probabilities along the axis ``dim``, by default the last."""

    def __init__(self, dim: int = -1):
        self.dim = dim

    def forward(self, x: Tensor, dim: int | None = None) -> Tensor:
        """Return exp(x) / sum(exp(x)) along ``dim``, or along the layer's own."""
        return SoftmaxFunction.apply(x, self.dim if dim is None else dim)

    def __call__(self, x: Tensor, dim: int | None = None) -> Tensor:
        return self.forward(x, dim)

    def __repr__(self) -> str:
        return f"Softmax(dim={self.dim})"


# %% [markdown]
# Scores that differ by $\log 3$ are odds of one to three.

# %%
Softmax()(Tensor([0.0, np.log(3)]))

# %% [markdown]
# ## A look at them

# %%
import matplotlib.pyplot as plt

line = np.linspace(-4, 4, 200)
for activation in (ReLU(), Sigmoid(), Tanh(), GELU()):
    plt.plot(line, activation(Tensor(line)).numpy(), label=type(activation).__name__)
plt.legend()
plt.gca().set(title="Four bends", xlabel="x", ylabel="activation", ylim=(-1.2, 3))
plt.show()

# %% [markdown]
# And their derivatives, against the definition.

# %%
from tinytorch.core.autograd import gradcheck

x = Tensor([[-1.5, 0.3, 2.0], [0.7, -0.2, 1.1]], requires_grad=True, dtype=np.float64)
for activation in (ReLU(), Sigmoid(), Tanh(), GELU(), Softmax()):
    gradcheck(activation, [x])
