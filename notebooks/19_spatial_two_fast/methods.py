# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The methods of module 19
#
# > All methods by name, and one call that pads for those that do not pad themselves.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.methods

# %%
#| export
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tinytorch.perf.banded import banded_backward, banded_forward
from tinytorch.perf.choice import explain
from tinytorch.perf.columns import columns_backward, columns_forward
from tinytorch.perf.dense import dense_backward, dense_forward
from tinytorch.perf.depthwise import depthwise_backward, depthwise_forward
from tinytorch.perf.gathered import gathered_backward, gathered_forward
from tinytorch.perf.padding import enlarged, with_border, without_border
from tinytorch.perf.rearranged import rearranged_backward, rearranged_forward
from tinytorch.perf.strips import strips_backward, strips_forward
from tinytorch.perf.taps import find_taps, taps_backward, taps_forward
from tinytorch.perf.windows import Geometry

# %% [markdown]
# ## Which there are
#
# Those that pad themselves take the padding as one argument more: zeros of which they know
# need not be multiplied.


# %%
#| export
class Method(NamedTuple):
    """A method: its two functions, and whether they pad."""

    forward: Callable
    backward: Callable
    pads: bool = False


def with_tables(forward: Callable, backward: Callable) -> Method:
    """Return two functions of module 18, for any number of axes, as a method."""

    def one_way(x, weight, bias, plan, dilation, groups: int, padding=None):
        """Return the convolution."""
        padding = padding or (0,) * len(dilation)
        sizes = plan.stride, padding, tuple(dilation), groups
        return forward(x, weight, bias, *sizes)

    # A method's arguments, and one more.
    def back(
        grad_output, x, weight, plan, dilation, groups, for_x: bool = True, padding=None
    ):
        """Return the gradients of x, if wanted, and weight."""
        padding = padding or (0,) * len(dilation)
        sizes = plan.stride, padding, tuple(dilation), groups
        return backward(grad_output, x, weight, *sizes, for_x)

    return Method(one_way, back, pads=True)


def dilated_strips(x, weight, bias, plan, dilation, _groups, padding=(0, 0)):
    """Convolve images in one group by strips."""
    return strips_forward(x, weight, bias, sizes_of(x, weight, plan, padding), dilation)


def dilated_strips_backward(
    grad_output, x, weight, plan, dilation, _groups, for_x: bool = True, padding=(0, 0)
):
    """Return the gradients of x, if wanted, and weight."""
    arrays, sizes = (grad_output, x, weight), sizes_of(x, weight, plan, padding)
    return strips_backward(*arrays, sizes, for_x, dilation)


def sizes_of(x, weight, plan, padding) -> Geometry:
    """Return the sizes of a convolution of images."""
    kernels = len(weight), *weight.shape[2:]
    return Geometry(*x.shape, *kernels, plan.stride, padding, *plan.counts)


METHODS = {
    "depthwise": Method(depthwise_forward, depthwise_backward, pads=True),
    "banded": Method(banded_forward, banded_backward),
    "taps": Method(taps_forward, taps_backward),
    "columns": Method(columns_forward, columns_backward),
    "strips": Method(dilated_strips, dilated_strips_backward, pads=True),
    "gathered": with_tables(gathered_forward, gathered_backward),
    "dense": with_tables(dense_forward, dense_backward),
    "rearranged": Method(rearranged_forward, rearranged_backward, pads=True),
}

# %% [markdown]
# ## One call
#
# The arrays have one dtype, and the numbers are tuples.


# %%
#| export
def chosen_forward(
    x, weight, bias, stride, padding, dilation, groups: int
) -> np.ndarray:
    """Return the convolution of padded images by the method that is chosen."""
    sizes = x.shape, weight.shape, stride, dilation, groups
    method = METHODS[explain(*sizes, padding=padding).method]
    whole = enlarged(x.shape, padding)[2:]
    plan = find_taps(whole, weight.shape[2:], stride, dilation)
    if method.pads:
        return method.forward(x, weight, bias, plan, dilation, groups, padding)
    x = with_border(x, padding)
    return method.forward(x, weight, bias, plan, dilation, groups)


# %%
#| export
# The numbers of a convolution.
def chosen_backward(
    grad_output,
    x,
    weight,
    stride,
    padding,
    dilation,
    groups: int,
    for_x: bool = True,
):
    """Return the gradients of x, if wanted, and weight.

    Raises
    ------
    ValueError
        If the upstream gradient is of another shape than the output.
    """
    sizes = x.shape, weight.shape, stride, dilation, groups
    method = METHODS[explain(*sizes, way="backward", padding=padding).method]
    whole = enlarged(x.shape, padding)[2:]
    plan = find_taps(whole, weight.shape[2:], stride, dilation)
    check_upstream(grad_output, (len(x), len(weight), *plan.counts))
    rest = weight, plan, dilation, groups, for_x
    if method.pads:
        return method.backward(grad_output, x, *rest, padding)
    grad_x, grad_weight = method.backward(grad_output, with_border(x, padding), *rest)
    return (without_border(grad_x, padding) if for_x else None), grad_weight


def check_upstream(grad_output: np.ndarray, shape: tuple[int, ...]) -> None:
    """Refuse an upstream gradient of another shape than the output's."""
    if grad_output.shape != shape:
        raise ValueError(
            f"Expected grad_output of shape {shape}, got {grad_output.shape}"
        )


# %%
rng = np.random.default_rng(0)
x, weight = rng.normal(size=(2, 4, 3, 3)), rng.normal(size=(8, 2, 3, 3))
chosen_forward(x, weight, None, (1, 1), (1, 1), (1, 1), 2).shape
