# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Module 01: Tensor
#
# > An n-dimensional array with arithmetic that can be differentiated.
#
# A `Tensor` is a NumPy array that remembers how it was computed. The arithmetic is
# NumPy's own; what each operation adds is its derivative, written beside it. How the
# derivatives are put together is the subject of module 05.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp core.tensor

# %%
#| export
from typing import Any

import numpy as np

from tinytorch.core.autograd import Context, Function, Node

# %% [markdown]
# ## Broadcasting backwards
#
# NumPy stretches a smaller array over a larger one: a row added to a matrix is used once
# for each row of it. What is used several times collects a gradient from each use, so on
# the way back the stretched axes are summed.


# %%
#| export
def unbroadcast(grad: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return ``grad`` summed over the axes along which ``shape`` was stretched."""
    if grad.shape == shape:
        return grad
    added = grad.ndim - len(shape)
    grad = grad.sum(axis=tuple(range(added)))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and grad.shape[i] != 1)
    return grad.sum(axis=stretched, keepdims=True) if stretched else grad


# %%
unbroadcast(np.ones((4, 2, 3)), (2, 1))

# %% [markdown]
# ## Arithmetic
#
# Each operation gives its result and, for the way back, what the result's gradient means
# for each argument. Of a sum, each term gets the gradient as it is; of a product, each
# factor gets it times the other.


# %%
#| export
class Add(Function):
    """``a + b``."""

    @staticmethod
    def forward(ctx: Context, a, b):
        """Return the sum."""
        ctx.shapes = np.shape(a), np.shape(b)
        return a + b

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Pass the gradient to both terms."""
        return tuple(unbroadcast(grad_output, shape) for shape in ctx.shapes)


class Sub(Function):
    """``a - b``."""

    @staticmethod
    def forward(ctx: Context, a, b):
        """Return the difference."""
        ctx.shapes = np.shape(a), np.shape(b)
        return a - b

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Pass the gradient to the first, and its negative to the second."""
        shape_a, shape_b = ctx.shapes
        return unbroadcast(grad_output, shape_a), unbroadcast(-grad_output, shape_b)


class Mul(Function):
    """``a * b``, element by element."""

    @staticmethod
    def forward(ctx: Context, a, b):
        """Return the product."""
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Each factor's gradient is the incoming one times the other factor."""
        a, b = ctx.saved_tensors
        return (
            unbroadcast(grad_output * b, np.shape(a)),
            unbroadcast(grad_output * a, np.shape(b)),
        )


class Div(Function):
    """``a / b``, element by element."""

    @staticmethod
    def forward(ctx: Context, a, b):
        """Return the quotient."""
        ctx.save_for_backward(a, b)
        return a / b

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return G / b and -G a / b², by the quotient rule."""
        a, b = ctx.saved_tensors
        grad_a = grad_output / b
        return unbroadcast(grad_a, np.shape(a)), unbroadcast(
            -grad_a * a / b, np.shape(b)
        )


class Pow(Function):
    """``a ** exponent`` for a number ``exponent``."""

    @staticmethod
    def forward(ctx: Context, a, exponent):
        """Return the power."""
        ctx.save_for_backward(a, exponent)
        return a**exponent

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return exponent * a ** (exponent - 1), times the incoming gradient."""
        a, exponent = ctx.saved_tensors
        return grad_output * exponent * a ** (exponent - 1), None


class MatMul(Function):
    """``a @ b``, with NumPy's rules for one axis and for more than two."""

    @staticmethod
    def forward(ctx: Context, a, b):
        """Return the matrix product."""
        if not a.ndim or not b.ndim or a.shape[-1] != b.shape[-2:][0]:
            raise ValueError(
                "a @ b needs as many columns in a as rows in b, got shapes "
                f"{a.shape} and {b.shape}"
            )
        ctx.save_for_backward(a, b)
        return a @ b

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return G bᵀ and aᵀ G; a vector counts as a row on the left, a column right."""
        a, b = ctx.saved_tensors
        rows = a[None, :] if a.ndim == 1 else a
        columns = b[:, None] if b.ndim == 1 else b
        grad = grad_output[..., None] if b.ndim == 1 else grad_output
        grad = np.expand_dims(grad, -2) if a.ndim == 1 else grad
        grad_a = unbroadcast(grad @ np.swapaxes(columns, -1, -2), rows.shape)
        grad_b = unbroadcast(np.swapaxes(rows, -1, -2) @ grad, columns.shape)
        return grad_a.reshape(a.shape), grad_b.reshape(b.shape)


# %%
ctx = Context()
Mul.forward(ctx, np.array([2.0, 3.0]), np.array([5.0, 7.0]))
Mul.backward(ctx, np.ones(2))

# %% [markdown]
# ## Shape
#
# These move numbers without changing them. Going back moves the gradient the other way;
# an element that was picked twice collects both gradients.


# %%
#| export
class Reshape(Function):
    """``a.reshape(shape)``."""

    @staticmethod
    def forward(ctx: Context, a, shape):
        """Return the same numbers in another shape."""
        ctx.shape = a.shape
        return a.reshape(shape)

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Put the gradient back into the first shape."""
        return grad_output.reshape(ctx.shape), None


class Transpose(Function):
    """``a`` with its axes in the order ``axes``."""

    @staticmethod
    def forward(ctx: Context, a, axes):
        """Return ``a`` with permuted axes."""
        ctx.axes = axes
        return a.transpose(axes)

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Permute the axes back."""
        return grad_output.transpose(np.argsort(ctx.axes)), None


class Index(Function):
    """``a[key]`` for any key that NumPy understands."""

    @staticmethod
    def forward(ctx: Context, a, key):
        """Return the chosen elements, as a copy."""
        ctx.shape, ctx.key = a.shape, key
        return np.array(a[key])

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Add each gradient to where its element came from."""
        grad = np.zeros(ctx.shape, grad_output.dtype)
        np.add.at(grad, ctx.key, grad_output)
        return grad, None


# %%
ctx = Context()
Index.forward(ctx, np.arange(4.0), [0, 0, 3])
Index.backward(ctx, np.array([1.0, 10.0, 100.0]))[0]

# %% [markdown]
# ## Reductions
#
# A sum passes its gradient to every term. A maximum passes it to the largest element;
# where several are equally large they share it.


# %%
#| export
def _spread(array: np.ndarray, shape, axis, keepdims: bool) -> np.ndarray:
    """Return what a reduction over ``axis`` left, stretched to the first ``shape``."""
    if axis is not None and not keepdims:
        array = np.expand_dims(array, axis)
    return np.broadcast_to(array, shape)


class Sum(Function):
    """The sum over ``axis``."""

    @staticmethod
    def forward(ctx: Context, a, axis, keepdims):
        """Return the sum."""
        ctx.shape, ctx.axis, ctx.keepdims = a.shape, axis, keepdims
        return np.asarray(a.sum(axis=axis, keepdims=keepdims))

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Pass the gradient to every term."""
        return _spread(grad_output, ctx.shape, ctx.axis, ctx.keepdims), None, None


class Max(Function):
    """The largest element along ``axis``."""

    @staticmethod
    def forward(ctx: Context, a, axis, keepdims):
        """Return the maximum."""
        ctx.axis, ctx.keepdims = axis, keepdims
        result = np.asarray(a.max(axis=axis, keepdims=keepdims))
        ctx.save_for_backward(a, result)
        return result

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Pass the gradient to the largest, shared where there are several."""
        a, result = ctx.saved_tensors
        largest = a == _spread(result, a.shape, ctx.axis, ctx.keepdims)
        share = largest / largest.sum(axis=ctx.axis, keepdims=True)
        return _spread(grad_output, a.shape, ctx.axis, ctx.keepdims) * share, None, None


# %%
ctx = Context()
Max.forward(ctx, np.array([7.0, 7.0, 1.0]), None, False)
Max.backward(ctx, np.array(1.0))[0]

# %% [markdown]
# ## The Tensor
#
# The class ties these to Python's operators. Its numbers are float32, as in PyTorch,
# unless float64 is asked for: half the memory, and enough digits to train with.


# %%
#| export
class Tensor(Node):
    """An n-dimensional array of floats that can be differentiated.

    Parameters
    ----------
    data
        Numbers: a NumPy array, a nested list, a number or another Tensor.
    requires_grad
        Whether `backward` shall fill in ``grad``.
    dtype
        ``np.float32`` (the default) or ``np.float64``.

    Raises
    ------
    TypeError
        If ``data`` is not made of real numbers, or ``dtype`` is another one.
    """

    # NumPy shall leave ``array + tensor`` to Tensor.__radd__.
    __array_ufunc__ = None

    def __init__(self, data: Any, requires_grad: bool = False, dtype: Any = None):
        array = np.asarray(data.data if isinstance(data, Tensor) else data)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"Tensor needs real numbers, got dtype {array.dtype}")
        dtype = np.dtype(np.float32 if dtype is None else dtype)
        if dtype not in (np.float32, np.float64):
            raise TypeError(f"Tensor needs dtype float32 or float64, got {dtype}")
        self.data = array.astype(dtype, copy=False)
        self.requires_grad = requires_grad

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self.data.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.data.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.data.size

    @property
    def dtype(self) -> np.dtype:
        """float32 or float64."""
        return self.data.dtype

    def numpy(self) -> np.ndarray:
        """Return the data as a NumPy array; it shares the Tensor's memory."""
        return self.data

    def item(self) -> float:
        """Return the only element as a Python number."""
        return self.data.item()

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        text = np.array2string(self.data, separator=", ", prefix="Tensor(")
        return f"Tensor({text}{', requires_grad=True' if self.requires_grad else ''})"

    def _operand(self, other: Any) -> Any:
        """Return ``other`` as a number or a Tensor that keeps this one's dtype."""
        if isinstance(other, Tensor):
            return other
        if isinstance(other, (bool, int, float)):
            return float(other)
        return Tensor(other, dtype=self.dtype)

    def __add__(self, other: Any) -> "Tensor":
        return Add.apply(self, self._operand(other))

    def __mul__(self, other: Any) -> "Tensor":
        return Mul.apply(self, self._operand(other))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> "Tensor":
        return self * -1.0

    def __sub__(self, other: Any) -> "Tensor":
        return Sub.apply(self, self._operand(other))

    def __rsub__(self, other: Any) -> "Tensor":
        return Sub.apply(self._operand(other), self)

    def __pow__(self, exponent: float) -> "Tensor":
        return Pow.apply(self, float(exponent))

    def __truediv__(self, other: Any) -> "Tensor":
        return Div.apply(self, self._operand(other))

    def __rtruediv__(self, other: Any) -> "Tensor":
        return Div.apply(self._operand(other), self)

    def __matmul__(self, other: Any) -> "Tensor":
        return MatMul.apply(self, self._operand(other))

    def __rmatmul__(self, other: Any) -> "Tensor":
        return MatMul.apply(self._operand(other), self)

    def __getitem__(self, key: Any) -> "Tensor":
        return Index.apply(self, key)

    def reshape(self, *shape: Any) -> "Tensor":
        """Return the same numbers in another shape; one length may be -1."""
        if len(shape) == 1 and not isinstance(shape[0], int):
            (shape,) = shape
        return Reshape.apply(self, tuple(shape))

    def transpose(self, dim0: int = -2, dim1: int = -1) -> "Tensor":
        """Return the Tensor with two axes exchanged, by default the last two."""
        axes = list(range(self.ndim))
        axes[dim0], axes[dim1] = axes[dim1], axes[dim0]
        return Transpose.apply(self, tuple(axes))

    def sum(self, axis: Any = None, keepdims: bool = False) -> "Tensor":
        """Return the sum over ``axis``: a number, a tuple, or None for all."""
        return Sum.apply(self, axis, keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> "Tensor":
        """Return the mean over ``axis``: a number, a tuple, or None for all."""
        total = self.sum(axis, keepdims)
        return total * (total.size / self.size)

    def max(self, axis: Any = None, keepdims: bool = False) -> "Tensor":
        """Return the largest element over ``axis``; equals share the gradient."""
        return Max.apply(self, axis, keepdims)


# %% [markdown]
# ## Try it
#
# Two uses of `x`, so two gradients that add: $\partial (x y + x) / \partial x = y + 1$.

# %%
x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
y = Tensor([4.0, 5.0, 6.0])
z = (x * y + x).sum()
z.backward()
z, x.grad

# %% [markdown]
# The definition of the derivative agrees, for an expression that broadcasts.

# %%
from tinytorch.core.autograd import gradcheck

rng = np.random.default_rng(0)
a = Tensor(rng.normal(size=(3, 2)), requires_grad=True, dtype=np.float64)
b = Tensor(rng.normal(size=2), requires_grad=True, dtype=np.float64)
gradcheck(lambda a, b: (a * b - a.max(axis=0)) / (b * b + 1.0), [a, b])
