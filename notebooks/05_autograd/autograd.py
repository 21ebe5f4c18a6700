# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Module 05: Autograd
#
# > Reverse-mode differentiation: operations that remember how they were made.
#
# A network's loss is one number, made from its parameters by a chain of simple
# operations. To learn, we need the derivative of that number with respect to every
# parameter. Each operation knows its own small derivative; the chain rule does the rest,
# from the loss back to the parameters.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp core.autograd

# %%
#| export
import contextlib
import inspect
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

# %% [markdown]
# ## What an operation remembers
#
# The derivative of $x^2$ is $2x$: to go back, the operation needs the $x$ that went
# forward. It keeps such arrays in a `Context`.


# %%
#| export
class Context:
    """What one application of a `Function` keeps from its forward for its backward.

    Attributes
    ----------
    needs_input_grad
        For each argument of ``forward``, whether a gradient is wanted for it.
    saved_tensors
        The arrays that ``forward`` saved.
    """

    needs_input_grad: tuple[bool, ...] = ()
    saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *arrays: Any) -> None:
        """Keep ``arrays`` for ``backward``, which reads them as ``saved_tensors``."""
        self.saved_tensors = arrays


# %% [markdown]
# ## Nodes and steps
#
# Every value in a computation is a `Node`. A node that was computed knows the step that
# made it: which function, with which context, from which arguments. Following the steps
# backwards walks the whole computation. `Tensor` (module 01) is a node that also has data
# and arithmetic.


# %%
#| export
_numbers = itertools.count()


class Step:
    """One application of a function: what made a node, and from what.

    Steps are numbered in the order in which they were taken.
    """

    __slots__ = ("args", "ctx", "function", "number")

    def __init__(self, function: type["Function"], ctx: Context, args: tuple) -> None:
        self.function, self.ctx, self.args = function, ctx, args
        self.number = next(_numbers)

    def inputs(self) -> list["Node"]:
        """Return the arguments that a gradient flows to."""
        return [a for a in self.args if isinstance(a, Node) and a.requires_grad]


class Node:
    """A value in the graph of a computation.

    Attributes
    ----------
    data
        The value, a NumPy array.
    requires_grad
        Whether a gradient is wanted for this value.
    grad
        The gradient, a NumPy array of the shape of ``data``; None before `backward`.
    step
        What made the value; None for a leaf, which was given and not computed.
    """

    data: np.ndarray
    requires_grad: bool = False
    grad: np.ndarray | None = None
    step: Step | None = None

    def backward(self, gradient: Any = None) -> None:
        """Add to the ``grad`` of every leaf the derivative of this value.

        Parameters
        ----------
        gradient
            The derivative of the final result with respect to this value, of the same
            shape. May be left out where this value is a single number; then it is 1.

        Raises
        ------
        RuntimeError
            If no gradient is tracked here, or if the graph was used up by an earlier
            call.
        ValueError
            If ``gradient`` is missing or has the wrong shape.
        """
        if not self.requires_grad:
            raise RuntimeError(
                "backward() on a value that does not require a gradient: create a "
                "Tensor it depends on with requires_grad=True"
            )
        if gradient is None:
            if self.data.size != 1:
                raise ValueError(
                    "backward() without a gradient needs a single number, got shape "
                    f"{self.data.shape}: pass a gradient of that shape"
                )
            gradient = np.ones_like(self.data)
        gradient = np.array(getattr(gradient, "data", gradient), dtype=self.data.dtype)
        if gradient.shape != self.data.shape:
            raise ValueError(
                f"backward() needs a gradient of shape {self.data.shape}, got "
                f"{gradient.shape}"
            )
        _run_backward(self, gradient)

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self.grad = None


# %% [markdown]
# ## Functions
#
# An operation is a class with two static methods, as in PyTorch. `forward` computes with
# NumPy arrays; `backward` takes the derivative of the loss with respect to the result and
# returns one with respect to each argument. `apply` runs `forward` and records the step.


# %%
#| export
_tracking = True


@contextlib.contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording steps, as for an evaluation."""
    global _tracking
    before, _tracking = _tracking, False
    try:
        yield
    finally:
        _tracking = before


class Function:
    """An operation with a derivative: subclass it, write both methods, call ``apply``."""

    @staticmethod
    def forward(ctx: Context, *args: Any) -> np.ndarray:
        """Return the result for ``args``, in which nodes are given as their arrays."""
        raise NotImplementedError

    @staticmethod
    def backward(ctx: Context, grad_output: np.ndarray) -> Any:
        """Return a gradient for each argument of ``forward``, None where there is none.

        A function of one argument may return its gradient alone.
        """
        raise NotImplementedError

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Compute the result as a node that remembers how it was made.

        Raises
        ------
        TypeError
            If no argument is a Tensor, or ``forward`` gives no array of floats.
        """
        kind, arrays, needs = None, [], []
        for a in args:
            if isinstance(a, Node):
                kind = type(a)
                arrays.append(a.data)
                needs.append(a.requires_grad)
            else:
                arrays.append(a)
                needs.append(False)
        if kind is None:
            raise TypeError(
                f"{cls.__name__}.apply needs a Tensor among its arguments, got "
                + ", ".join(type(a).__name__ for a in args)
            )
        ctx = Context()
        ctx.needs_input_grad = tuple(needs)
        data = np.asarray(cls.forward(ctx, *arrays))
        if data.dtype.char not in "fd":
            raise TypeError(
                f"{cls.__name__}.forward must give float32 or float64 numbers, got "
                f"dtype {data.dtype}"
            )
        result = kind.__new__(kind)
        result.data = data
        if _tracking and True in needs:
            result.requires_grad = True
            result.step = Step(cls, ctx, args)
        return result


# %% [markdown]
# A first operation, to see the shape of it. Nothing here is special: addition,
# convolution and the loss are all written this way.


# %%
class Square(Function):
    """The square of each element."""

    @staticmethod
    def forward(ctx, x):
        """Return x * x, and keep x for the way back."""
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad_output):
        """Return 2 x times the incoming gradient: the chain rule."""
        (x,) = ctx.saved_tensors
        return 2 * x * grad_output


# %%
ctx = Context()
Square.forward(ctx, np.array([3.0, -1.0])), Square.backward(ctx, np.ones(2))

# %% [markdown]
# ## Backwards through the graph
#
# A value may be used in several places; its gradient is the sum over all of them. So a
# node is handled only after everything that was made from it. A node is made after its
# arguments: going from the last step to the first will do, and the leaves come at the end.


# %%
#| export
def _order(root: Node) -> list[Node]:
    """Return the nodes below ``root``, each before all nodes that it was made from."""
    found, waiting = {id(root): root}, [root]
    while waiting:
        node = waiting.pop()
        if node.step is not None:
            for argument in node.step.inputs():
                if id(argument) not in found:
                    found[id(argument)] = argument
                    waiting.append(argument)
    made = [node for node in found.values() if node.step is not None]
    made.sort(key=lambda node: node.step.number, reverse=True)
    return made + [node for node in found.values() if node.step is None]


# %% [markdown]
# The walk itself. When a step has been used its arrays are given up, so that a training
# loop does not keep every batch in memory. A second `backward` through it is an error.


# %%
#| export
def _run_backward(root: Node, gradient: np.ndarray) -> None:
    """Carry ``gradient`` from ``root`` to the leaves."""
    order = _order(root)
    for node in order:
        if node.step is not None and node.step.ctx is None:
            raise RuntimeError(
                "backward() a second time: its graph was used up by the first call; "
                "compute the result again before calling backward()"
            )
    gradients = {id(root): gradient}
    for node in order:
        grad = gradients.pop(id(node), None)
        if grad is None:
            continue
        if node.step is None:
            node.grad = grad.copy() if node.grad is None else node.grad + grad
            continue
        for argument, grad_input in _step_back(node.step, grad):
            earlier = gradients.get(id(argument))
            gradients[id(argument)] = (
                grad_input if earlier is None else earlier + grad_input
            )


def _step_back(step: Step, grad: np.ndarray) -> Iterator[tuple[Node, np.ndarray]]:
    """Yield each argument of ``step`` that wants a gradient, with that gradient."""
    name = step.function.__name__
    grads = step.function.backward(step.ctx, grad)
    step.ctx = None
    if not isinstance(grads, tuple):
        grads = (grads,)
    if len(grads) != len(step.args):
        raise RuntimeError(
            f"{name}.backward must return a gradient for each of the {len(step.args)} "
            f"arguments of forward, got {len(grads)}"
        )
    for position, (argument, grad_input) in enumerate(
        zip(step.args, grads, strict=True)
    ):
        if grad_input is None or not isinstance(argument, Node):
            continue
        if not argument.requires_grad:
            continue
        grad_input = np.asarray(grad_input, dtype=argument.data.dtype)
        if grad_input.shape != argument.data.shape:
            raise RuntimeError(
                f"{name}.backward must return a gradient of shape "
                f"{argument.data.shape} for argument {position}, got {grad_input.shape}"
            )
        yield argument, grad_input


# %% [markdown]
# ## Is a derivative right?
#
# The definition decides: move one element by $\epsilon$ both ways, and the result moves
# by $2\epsilon$ times the derivative, up to an error of order $\epsilon^2$. `gradcheck`
# does this for every element of every argument, in float64, against a random upstream
# gradient: with ones upstream, mistakes that only permute the gradient go unseen.


# %%
#| export
def gradcheck(
    f: Callable[..., Any],
    inputs: list[Node],
    eps: float = 1e-6,
    atol: float = 1e-6,
    rtol: float = 1e-5,
    seed: int = 0,
) -> bool:
    """Compare the gradients of ``f`` with central differences, element by element.

    Parameters
    ----------
    f
        A function of Tensors that returns a Tensor.
    inputs
        Its arguments: float64 Tensors with ``requires_grad=True``.
    eps
        The step of the difference.
    atol, rtol
        A gradient g passes if it differs from the difference d by at most
        ``atol + rtol * abs(d)``.
    seed
        Of the random upstream gradient.

    Returns
    -------
    bool
        True; a wrong gradient raises.

    Raises
    ------
    AssertionError
        Naming the function, the argument, the index, what was wanted and what came.
    TypeError
        If an input is no Tensor, or not float64: in float32 the difference drowns in rounding.
    """
    for position, x in enumerate(inputs):
        if not isinstance(x, Node):
            raise TypeError(
                f"gradcheck needs Tensors, got {type(x).__name__} for argument {position}"
            )
        if x.data.dtype != np.float64:
            raise TypeError(
                f"gradcheck needs float64 inputs, got {x.data.dtype} for argument "
                f"{position}: create it with dtype=np.float64"
            )
        x.zero_grad()
    result = f(*inputs)
    upstream = np.random.default_rng(seed).normal(size=result.data.shape)
    result.backward(upstream)
    name = getattr(f, "__name__", type(f).__name__)
    for position, x in enumerate(inputs):
        got = np.zeros_like(x.data) if x.grad is None else x.grad
        for index in np.ndindex(x.data.shape):
            wanted = _difference(f, inputs, x, index, upstream, eps)
            if not abs(got[index] - wanted) <= atol + rtol * abs(wanted):
                raise AssertionError(
                    f"{name}: the gradient of {_argument(f, position)} at index {index} "
                    f"is {got[index]:.8g}, central differences give {wanted:.8g}"
                )
    return True


def _argument(f, position) -> str:
    """Return what ``f`` calls its argument, as far as it says so."""
    try:
        parameters = list(inspect.signature(f).parameters.values())[: position + 1]
    except (TypeError, ValueError):  # such as NumPy's own functions
        parameters = []
    named = [
        p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    whole = len(named) == position + 1
    return (
        f"{named[-1].name} (argument {position})" if whole else f"argument {position}"
    )


def _difference(f, inputs, x, index, upstream, eps) -> float:
    """Return the central difference of ``sum(upstream * f)`` at one element of ``x``."""
    value = x.data[index]
    sums = []
    with no_grad():
        for moved in (value + eps, value - eps):
            x.data[index] = moved
            sums.append(float((f(*inputs).data * upstream).sum()))
    x.data[index] = value
    return (sums[0] - sums[1]) / (2 * eps)


# %% [markdown]
# Try it on `Square`, applied twice. All that a node needs is data.


# %%
class Array(Node):
    """A node that can be printed: what `Tensor` is, without its arithmetic."""

    def __init__(self, data):
        self.data = np.asarray(data, dtype=np.float64)


x = Array([3.0, -1.0])
x.requires_grad = True
y = Square.apply(Square.apply(x))
y.backward([1.0, 1.0])
x.grad

# %% [markdown]
# Two squares are a fourth power, with derivative $4x^3$: 108 at 3, and -4 at -1. The
# definition agrees.

# %%
gradcheck(Square.apply, [x])
