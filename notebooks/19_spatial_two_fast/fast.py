# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Spatial II, fast
#
# > The functions of module 19 by the method that suits the shape; `explain` says which and why.
#
# The functions have module 19's arguments, results and messages. `tinytorch.use("fast")`
# gives them to its layers.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.spatial_two

# %%
#| export
import numpy as np

from tinytorch.core.autograd import Context, Function
from tinytorch.core.spatial_two import PadFunction, check_batch
from tinytorch.perf.choice import explain
from tinytorch.perf.padding import pad, pad_backward
from tinytorch.perf.methods import chosen_backward, chosen_forward
from tinytorch.perf.transposed import transposed_backward, transposed_forward

_all_ = ["explain", "pad", "pad_backward"]

# %% [markdown]
# ## Convolution


# %%
#| export
def grouped_forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    groups: int,
) -> np.ndarray:
    """Return the convolution of each group of channels with its own kernels.

    Parameters
    ----------
    x
        Shape (batch, in_channels, ...), in any order in memory. It is not modified.
    weight
        Shape (out_channels, in_channels / groups, ...).
    bias
        Shape (out_channels,), or None.
    stride, dilation
        A number for each axis.
    groups
        How many parts the channels are split into, of equal size and in their order.

    Returns
    -------
    np.ndarray
        Shape (batch, out_channels, ...), of dtype
        ``np.result_type(x, weight, np.float32)``.

    Raises
    ------
    ValueError
        If the shapes do not fit together.
    """
    return padded_forward(x, weight, bias, stride, None, dilation, groups)


# The numbers of a convolution.
def padded_forward(
    x, weight, bias, stride, padding, dilation, groups: int
) -> np.ndarray:
    """Return `grouped_forward` of images with zeros on both sides; None: without."""
    dtype = np.result_type(x, weight, np.float32)
    x, weight = x.astype(dtype, copy=False), weight.astype(dtype, copy=False)
    bias = None if bias is None else np.asarray(bias, dtype)
    sizes = tuple(stride), tuple(padding or (0,) * len(stride)), tuple(dilation)
    return chosen_forward(x, weight, bias, *sizes, groups)


def grouped_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray,
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    groups: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of `grouped_forward` for x, weight and bias.

    Their dtype is ``np.result_type(grad_output, np.float32)``.
    """
    return grouped_gradients(grad_output, x, weight, stride, dilation, groups)


def grouped_gradients(
    grad_output, x, weight, stride, dilation, groups: int, for_x=True, padding=None
):
    """Do the work of `grouped_backward`; without ``for_x`` its first result is None."""
    arrays = as_floats(grad_output, x, weight)
    sizes = tuple(stride), tuple(padding or (0,) * len(stride)), tuple(dilation)
    grads = chosen_backward(*arrays, *sizes, groups, for_x)
    return *grads, of_bias(arrays[0])


def as_floats(grad_output: np.ndarray, *arrays: np.ndarray) -> list[np.ndarray]:
    """Return all arrays in the dtype of the gradients."""
    dtype = np.result_type(grad_output, np.float32)
    return [array.astype(dtype, copy=False) for array in (grad_output, *arrays)]


def of_bias(grad_output: np.ndarray) -> np.ndarray:
    """Return the gradient of the bias."""
    return grad_output.sum(axis=(0, *range(2, grad_output.ndim)))


def conv_forward(x, weight, bias, stride, dilation) -> np.ndarray:
    """Return `grouped_forward` in one group."""
    return grouped_forward(x, weight, bias, stride, dilation, 1)


def conv_backward(grad_output, x, weight, stride, dilation):
    """Return the gradients of `conv_forward` for x, weight and bias."""
    return grouped_gradients(grad_output, x, weight, stride, dilation, 1)


# %%
rng = np.random.default_rng(0)
x, weight = rng.normal(size=(2, 4, 9, 8)), rng.normal(size=(8, 2, 3, 2))
grouped_forward(x, weight, None, (1, 2), (2, 3), 2).shape

# %% [markdown]
# ## Transposed convolution


# %%
#| export
def conv_transpose_forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    output_padding: tuple[int, ...],
) -> np.ndarray:
    """Return the transposed convolution.

    Parameters
    ----------
    x
        Shape (batch, in_channels, ...). It is not modified.
    weight
        Shape (in_channels, out_channels, ...).
    bias
        Shape (out_channels,), or None.
    stride, padding, output_padding
        A number for each axis.

    Returns
    -------
    np.ndarray
        Shape (batch, out_channels, ...), of dtype
        ``np.result_type(x, weight, np.float32)``.

    Raises
    ------
    ValueError
        If an output padding is not below its stride.
    """
    for step, more in zip(stride, output_padding, strict=True):
        if more >= step:
            raise ValueError(f"output padding {more} must be below the stride {step}")
    axes = zip(
        x.shape[2:], weight.shape[2:], stride, padding, output_padding, strict=True
    )
    sizes = [(n - 1) * s + k + more - 2 * p for n, k, s, p, more in axes]
    dtype = np.result_type(x, weight, np.float32)
    x, weight = x.astype(dtype, copy=False), weight.astype(dtype, copy=False)
    bias = None if bias is None else np.asarray(bias, dtype)
    sizes = tuple(max(0, size) for size in sizes)
    return transposed_forward(x, weight, bias, stride, padding, sizes)


def conv_transpose_backward(grad_output, x, weight, stride, padding):
    """Return the gradients of `conv_transpose_forward` for x, weight and bias."""
    return transposed_gradients(grad_output, x, weight, stride, padding)


def transposed_gradients(grad_output, x, weight, stride, padding, for_x: bool = True):
    """Do the work of `conv_transpose_backward`, as `grouped_gradients` does."""
    arrays = as_floats(grad_output, x, weight)
    grads = transposed_backward(*arrays, tuple(stride), padding, for_x)
    return *grads, of_bias(arrays[0])


# %%
pixels, kernel = np.array([[[1.0, 2.0]]]), np.array([[[1.0, 10.0, 100.0]]])
conv_transpose_forward(pixels, kernel, None, (2,), (1,), (1,))

# %% [markdown]
# ## What the switch exchanges
#
# Two methods ask for the gradient of the images only where it is wanted. The layer's own
# leaves zeros on both sides to the method, in one function of the graph: its shapes need not
# be those of images with a border. The rest are the functions, those of padding from
# `tinytorch.perf.padding`.


# %%
#| export
def conv_function_backward(ctx, grad_output):
    """Stand in for ``ConvFunction.backward``: no gradient of x unless it is wanted."""
    for_x = ctx.needs_input_grad[0]
    grads = grouped_gradients(grad_output, *ctx.saved_tensors, *ctx.numbers, for_x)
    return *grads, None, None, None


def transpose_function_backward(ctx, grad_output):
    """Stand in for ``TransposeFunction.backward``, in the same way."""
    for_x = ctx.needs_input_grad[0]
    grads = transposed_gradients(grad_output, *ctx.saved_tensors, *ctx.numbers, for_x)
    return *grads, None, None, None


class PaddedConvFunction(Function):
    """A convolution of images with zeros around them, with its derivative."""

    @staticmethod
    def forward(ctx: Context, x, weight, bias, stride, padding, dilation, groups):
        """Return the convolution; bias may be None."""
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding, ctx.numbers = stride, padding, (dilation, groups)
        return padded_forward(x, weight, bias, stride, padding, dilation, groups)

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return the gradients of x, if wanted, weight and bias."""
        for_x, padding = ctx.needs_input_grad[0], ctx.padding
        numbers = ctx.stride, *ctx.numbers, for_x, padding
        grads = grouped_gradients(grad_output, *ctx.saved_tensors, *numbers)
        return *grads, None, None, None, None


def conv_layer_forward(layer, x):
    """Stand in for the layers' ``forward``: zeros around the images are the method's."""
    check_batch(x, layer.axes, layer.in_channels)
    alike = all(before == after for before, after in layer.padding)
    padding = tuple(before for before, _ in layer.padding)
    if layer.padding_mode != "zeros" or not alike:
        x = PadFunction.apply(x, layer.padding, layer.padding_mode)
        padding = (0,) * layer.axes
    numbers = layer.stride, padding, layer.dilation, layer.groups
    return PaddedConvFunction.apply(x, layer.weight, layer.bias, *numbers)


FUNCTIONS = {
    function.__name__: function
    for function in (
        conv_forward,
        conv_backward,
        grouped_forward,
        grouped_backward,
        conv_transpose_forward,
        conv_transpose_backward,
        pad,
        pad_backward,
    )
} | {
    "_ConvNd.forward": conv_layer_forward,
    "ConvFunction.backward": conv_function_backward,
    "TransposeFunction.backward": transpose_function_backward,
}

# %%
import tinytorch as tt
from tinytorch.core.spatial_two import Conv1d
from tinytorch.core.tensor import Tensor

layer, rows = Conv1d(4, 8, 3, dilation=2, groups=2), Tensor(rng.normal(size=(2, 4, 20)))
slow = layer(rows).data
with tt.use("fast"):
    fast = layer(rows).data
np.allclose(slow, fast, atol=1e-5), explain((2, 4, 20), (8, 2, 3), (1,), (2,), 2).method
