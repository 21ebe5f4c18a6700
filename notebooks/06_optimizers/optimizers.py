# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Module 06: Optimizers
#
# > From gradients to better parameters.
#
# The gradient says in which direction the loss grows. An optimizer takes a step the other
# way; the three here differ in how they choose its length. The formulas are PyTorch's, so
# that the same run gives the same numbers.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp core.optimizers

# %%
#| export
import math
from collections.abc import Iterable

import numpy as np

from tinytorch.core.tensor import Tensor


# %%
#| export
class Optimizer:
    """The base of all optimizers: a subclass writes ``_update``.

    Parameters
    ----------
    params
        The Tensors to train.
    lr
        The learning rate. It may be changed between steps.
    weight_decay
        How strongly parameters are drawn towards zero.

    Raises
    ------
    ValueError
        If there is nothing to train, or a number is negative.
    """

    def __init__(self, params: Iterable[Tensor], lr: float, weight_decay: float = 0.0):
        self.params = list(params)
        if not self.params:
            raise ValueError("an optimizer needs at least one parameter, got none")
        for value, name in ((lr, "lr"), (weight_decay, "weight_decay")):
            if not value >= 0:
                raise ValueError(f"{name} must be at least 0, got {value}")
        self.lr, self.weight_decay = lr, weight_decay
        self.steps = 0
        # For each parameter, what the optimizer remembers of earlier steps.
        self.memory: list[dict[str, np.ndarray]] = [{} for _ in self.params]

    def step(self) -> None:
        """Move every parameter that has a gradient."""
        self.steps += 1
        for p, memory in zip(self.params, self.memory, strict=True):
            if p.grad is not None:
                self._update(p, p.grad, memory)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for p in self.params:
            p.zero_grad()

    def _update(self, p: Tensor, grad: np.ndarray, memory: dict) -> None:
        raise NotImplementedError


# %% [markdown]
# ## Stochastic gradient descent
#
# The plain step: $p \leftarrow p - \eta g$. With momentum $\mu$ it goes along a running
# sum of gradients, $v \leftarrow \mu v + g$, like a ball that keeps rolling.


# %%
#| export
class SGD(Optimizer):
    """Stochastic gradient descent with momentum and weight decay."""

    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params, lr, weight_decay)
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be from 0 to below 1, got {momentum}")
        self.momentum = momentum

    def _update(self, p: Tensor, grad: np.ndarray, memory: dict) -> None:
        if self.weight_decay:
            grad = grad + self.weight_decay * p.data
        if self.momentum:
            before = memory.get("velocity")
            velocity = grad if before is None else self.momentum * before + grad
            memory["velocity"] = grad = np.array(velocity)
        p.data = p.data - self.lr * grad


# %% [markdown]
# The same gradient three times: the ball picks up speed.

# %%
p = Tensor([0.0])
ball = SGD([p], lr=0.1, momentum=0.5)
for _ in range(3):
    p.grad = np.ones(1, np.float32)
    ball.step()
    print(p)

# %% [markdown]
# ## Adam
#
# Each parameter gets a step of its own length: the running mean of its gradient, divided
# by the root of the running mean of its square (Kingma and Ba, 2015). Both means start at
# zero, so they are scaled up while they are young.


# %%
#| export
class Adam(Optimizer):
    """Adam; weight decay is added to the gradient."""

    def __init__(
        self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0
    ):
        super().__init__(params, lr, weight_decay)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must be from 0 to below 1, got {betas}")
        self.betas, self.eps = betas, eps

    def _update(self, p: Tensor, grad: np.ndarray, memory: dict) -> None:
        if self.weight_decay:
            grad = grad + self.weight_decay * p.data
        self._adam(p, grad, memory)

    def _adam(self, p: Tensor, grad: np.ndarray, memory: dict) -> None:
        beta1, beta2 = self.betas
        # Each parameter counts its own steps: one may have been without a gradient.
        steps = memory["steps"] = memory.get("steps", np.int64(0)) + 1
        mean, square = memory.get("mean", 0.0), memory.get("square", 0.0)
        mean = memory["mean"] = beta1 * mean + (1 - beta1) * grad
        square = memory["square"] = beta2 * square + (1 - beta2) * grad * grad
        root = np.sqrt(square) / math.sqrt(1 - beta2**steps) + self.eps
        p.data = p.data - (self.lr / float(1 - beta1**steps)) * (mean / root)


# %% [markdown]
# However large or small the gradient, the first step has the length of the learning rate.

# %%
p = Tensor([0.0, 0.0])
p.grad = np.array([0.001, -50.0], np.float32)
Adam([p], lr=0.25).step()
p

# %% [markdown]
# ## AdamW
#
# Adam divides the gradient, and with it the weight decay, by a different number for each
# parameter. AdamW keeps the decay apart: every parameter shrinks at the same rate
# (Loshchilov and Hutter, 2019).


# %%
#| export
class AdamW(Adam):
    """Adam with decoupled weight decay."""

    def __init__(
        self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01
    ):
        super().__init__(params, lr, betas, eps, weight_decay)

    def _update(self, p: Tensor, grad: np.ndarray, memory: dict) -> None:
        p.data = p.data * (1 - self.lr * self.weight_decay)
        self._adam(p, grad, memory)


# %% [markdown]
# With no gradient to follow, only the decay is left.

# %%
p = Tensor([2.0])
p.grad = np.zeros(1, np.float32)
AdamW([p], lr=0.1, weight_decay=0.5).step()
p

# %% [markdown]
# ## A race down a valley
#
# The valley $x^2 + 20 y^2$ is steep in one direction and flat in the other. Plain steps
# zigzag across it; momentum swings and rolls on along the floor; Adam, which scales each
# direction by itself, sets out at an angle and overshoots.

# %%
import matplotlib.pyplot as plt


def descend(optimizer, **options):
    """Return the points that an optimizer visits in the valley."""
    point = Tensor([-2.0, 0.7], requires_grad=True)
    steps = optimizer([point], **options)
    path = [point.data]
    for _ in range(40):
        steps.zero_grad()
        (point * point * [1.0, 20.0]).sum().backward()
        steps.step()
        path.append(point.data)
    return np.array(path)


# %%
x, y = np.meshgrid(np.linspace(-2.2, 1, 80), np.linspace(-0.8, 0.8, 60))
plt.contour(x, y, x**2 + 20 * y**2, levels=15, cmap="Greys")
plt.plot(*descend(SGD, lr=0.04).T, "o-", ms=3, label="SGD")
plt.plot(*descend(SGD, lr=0.015, momentum=0.8).T, "s-", ms=3, label="momentum")
plt.plot(*descend(Adam, lr=0.15).T, "^-", ms=3, label="Adam")
plt.gca().set(title="Forty steps down a valley", xlabel="x", ylabel="y")
plt.legend()
plt.show()
