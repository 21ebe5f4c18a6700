# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Module 04: Losses
#
# > How wrong a prediction is, as one number that can be differentiated.
#
# Training needs to know what "better" means. A loss compares predictions with targets and
# gives one number per example; their mean is what training makes smaller.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp core.losses

# %%
#| export
from typing import Any

import numpy as np

from tinytorch.core.autograd import Context, Function
from tinytorch.core.tensor import Tensor

# %% [markdown]
# ## One number from many
#
# Every loss can be averaged over its examples, added up, or left as it is. The targets
# are data: no gradient flows to them.


# %%
#| export
class Loss:
    """A loss: called with predictions and targets.

    Parameters
    ----------
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    """

    def __init__(self, reduction: str = "mean"):
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"reduction must be mean, sum or none, got {reduction!r}")
        self.reduction = reduction

    def forward(self, predictions: Tensor, targets: Any) -> Tensor:
        """Return the loss."""
        raise NotImplementedError

    def __call__(self, predictions: Tensor, targets: Any) -> Tensor:
        return self.forward(predictions, targets)

    def _reduce(self, losses: Tensor) -> Tensor:
        if self.reduction == "mean":
            return losses.mean()
        return losses.sum() if self.reduction == "sum" else losses


def _same_shape(name: str, predictions: Tensor, targets: Any) -> np.ndarray:
    """Return the targets as an array of the predictions' shape and dtype."""
    array = np.asarray(getattr(targets, "data", targets), dtype=predictions.dtype)
    if array.shape != predictions.shape:
        raise ValueError(
            f"{name} needs predictions and targets of one shape, got "
            f"{predictions.shape} and {array.shape}"
        )
    return array


# %% [markdown]
# ## Mean squared error


# %%
#| export
class MSELoss(Loss):
    """The squared difference of predictions and targets, of one shape."""

    def forward(self, predictions: Tensor, targets: Any) -> Tensor:
        """Return (predictions - targets)², reduced."""
        targets = _same_shape("MSELoss", predictions, targets)
        return self._reduce((predictions - targets) ** 2)


# %%
MSELoss()(Tensor([1.0, 2.0]), [1.0, 5.0])

# %% [markdown]
# ## Cross-entropy
#
# A classifier gives a score, or logit, for each class. Softmax makes probabilities of
# them; the loss is minus the logarithm of the right class's probability. Computed
# together they stay finite for any scores: with the largest score $m$,
# $\log p_i = x_i - m - \log \sum_j e^{x_j - m}$.


# %%
#| export
class LogSoftmax(Function):
    """The logarithm of softmax along one axis."""

    @staticmethod
    def forward(ctx: Context, x, dim):
        """Return x - log(sum(exp(x)))."""
        shifted = x - x.max(axis=dim, keepdims=True)
        result = shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))
        ctx.save_for_backward(result, dim)
        return result

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return g - softmax(x) sum(g)."""
        result, dim = ctx.saved_tensors
        total = grad_output.sum(axis=dim, keepdims=True)
        return grad_output - np.exp(result) * total, None


def log_softmax(x: Tensor, dim: int = -1) -> Tensor:
    """Return the logarithm of the softmax of ``x`` along ``dim``."""
    return LogSoftmax.apply(x, dim)


# %% [markdown]
# Of the loss itself, $\log \sum_j e^{x_j} - x_r$ with the right class $r$, the derivative
# is simpler than the loss: $p_i$, and one less for the right class. So one operation does
# it all, the mean over the examples too. Softmax, choice, sign, sum and division one by
# one would be five, each with its own way back.


# %%
#| export
class _CrossEntropy(Function):
    """Minus the logarithm of the right class's probability, reduced over the rows."""

    @staticmethod
    def forward(ctx: Context, x, classes, reduction):
        """Return log(sum(exp(x))) - x at the right class."""
        right = np.arange(len(classes)), classes
        shifted = x - x.max(axis=1, keepdims=True)
        powers = np.exp(shifted)
        total = powers.sum(axis=1)
        ctx.save_for_backward(powers, total, right)
        ctx.share = 1 / len(classes) if reduction == "mean" else 1.0
        losses = np.log(total) - shifted[right]
        return losses if reduction == "none" else losses.sum() * ctx.share

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return softmax(x), less 1 at the right class, times the gradient."""
        powers, total, right = ctx.saved_tensors
        grad_losses = grad_output * ctx.share
        grad = powers * (grad_losses / total)[:, None]
        grad[right] -= grad_losses
        return grad, None, None


class CrossEntropyLoss(Loss):
    """Minus the logarithm of the right class's probability, from logits."""

    def forward(self, logits: Tensor, targets: Any) -> Tensor:
        """Compare logits (batch, classes) with whole numbers (batch,).

        Raises
        ------
        ValueError
            If the shapes do not fit, or a target is no class.
        """
        targets = np.asarray(getattr(targets, "data", targets))
        if logits.ndim != 2 or targets.shape != logits.shape[:1] or not targets.size:
            raise ValueError(
                "CrossEntropyLoss needs logits (batch, classes) and targets (batch,), "
                f"got {logits.shape} and {targets.shape}"
            )
        classes = targets.astype(np.int64)
        low, high = targets.min(), targets.max()
        if (classes != targets).any() or low < 0 or high >= logits.shape[1]:
            raise ValueError(
                f"CrossEntropyLoss needs whole targets from 0 to {logits.shape[1] - 1}, "
                f"got numbers from {low} to {high}"
            )
        return _CrossEntropy.apply(logits, classes, self.reduction)


# %% [markdown]
# Two classes, scores that differ by $\log 3$: the probabilities are 1/4 and 3/4, and the
# losses $\log 4$ and $\log 4 - \log 3$.

# %%
scores = Tensor([[0.0, np.log(3)], [0.0, np.log(3)]])
CrossEntropyLoss("none")(scores, [0, 1]), np.log(4)

# %% [markdown]
# ## Binary cross-entropy
#
# For yes-or-no questions: $-t \log p - (1 - t) \log(1 - p)$. From probabilities, the
# logarithm is cut off at -100, as in PyTorch. From logits $x$ nothing needs to be cut:
# the same loss is $\max(x, 0) - x t + \log(1 + e^{-|x|})$.


# %%
#| export
class _LogitsBCE(Function):
    """Binary cross-entropy of logits x and targets t, element by element."""

    @staticmethod
    def forward(ctx: Context, x, t):
        """Return max(x, 0) - x t + log(1 + exp(-|x|))."""
        ctx.save_for_backward(x, t)
        return np.maximum(x, 0) - x * t + np.log1p(np.exp(-np.abs(x)))

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return sigmoid(x) - t times the gradient."""
        x, t = ctx.saved_tensors
        return grad_output * (0.5 * (1 + np.tanh(0.5 * x)) - t), None


class _ProbabilityBCE(Function):
    """Binary cross-entropy of probabilities p and targets t, element by element."""

    @staticmethod
    def forward(ctx: Context, p, t):
        """Return -t log(p) - (1 - t) log(1 - p), each logarithm at least -100."""
        ctx.save_for_backward(p, t)
        with np.errstate(divide="ignore"):
            yes, no = np.maximum(np.log(p), -100), np.maximum(np.log1p(-p), -100)
        return -t * yes - (1 - t) * no

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return (p - t) / (p (1 - p)), the denominator at least 1e-12 (PyTorch's)."""
        p, t = ctx.saved_tensors
        return grad_output * (p - t) / np.maximum(p * (1 - p), 1e-12), None


class BinaryCrossEntropyLoss(Loss):
    """The loss of yes-or-no predictions.

    Parameters
    ----------
    reduction
        As for every `Loss`.
    logits
        Whether the predictions are logits; by default they are probabilities.
    """

    def __init__(self, reduction: str = "mean", logits: bool = False):
        super().__init__(reduction)
        self.logits = logits

    def forward(self, predictions: Tensor, targets: Any) -> Tensor:
        """Compare predictions with targets from 0 to 1, of one shape.

        Raises
        ------
        ValueError
            If the shapes differ, or a probability is outside 0 to 1.
        """
        targets = _same_shape("BinaryCrossEntropyLoss", predictions, targets)
        if self.logits:
            return self._reduce(_LogitsBCE.apply(predictions, targets))
        p = predictions.data
        if p.size and not (p.min() >= 0 and p.max() <= 1):
            raise ValueError(
                "BinaryCrossEntropyLoss needs probabilities from 0 to 1, got "
                f"{p.min():g} to {p.max():g}; are they logits? Then pass logits=True"
            )
        return self._reduce(_ProbabilityBCE.apply(predictions, targets))


# %% [markdown]
# The same answer both ways, until the probability is so close to 0 that float32 cannot
# tell.

# %%
from tinytorch.core.activations import Sigmoid

x = Tensor([-40.0, -2.0, 3.0])
from_logits = BinaryCrossEntropyLoss("none", logits=True)(x, [1, 1, 1])
from_logits, BinaryCrossEntropyLoss("none")(Sigmoid()(x), [1, 1, 1])

# %%
from tinytorch.core.autograd import gradcheck

rng = np.random.default_rng(0)
x = Tensor(rng.normal(size=(4, 3)), requires_grad=True, dtype=np.float64)
gradcheck(lambda x: CrossEntropyLoss("sum")(x, [0, 2, 1, 2]), [x])
