# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Transposed convolution without scattering
#
# > A transposed convolution with stride is a few convolutions, whose answers are interleaved.
#
# With stride 2, each number of the small image paints the kernel two pixels further on. Look
# at the large image's pixels of even number: only the kernel's numbers of even number are
# painted there, one pixel further on each. That is a convolution of the small image with
# half of the kernel, turned round; and another one makes the pixels of odd number. All of
# them together are one convolution, with so many times the channels.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.transposed

# %%
#| export
import numpy as np

from tinytorch.perf.convolution import conv2d_forward, gradients
from tinytorch.perf.padding import pad
from tinytorch.perf.rearranged import dense_backward, dense_forward

# %% [markdown]
# ## The kernels of the interleaved images
#
# Along an axis with stride `s`, the pixels of number `p`, `p + s` and so on are made by the
# kernel's numbers `p`, `p + s` and so on. The last one stands first, since each small pixel
# paints to its right, and a window looks to its right.


# %%
#| export
def interleaved_kernels(weight: np.ndarray, stride: tuple[int, ...]) -> np.ndarray:
    """Return the kernels of one convolution that makes all interleaved images.

    Parameters
    ----------
    weight
        Shape (in_channels, out_channels, ...), of the transposed convolution.

    Returns
    -------
    np.ndarray
        Shape (images · out_channels, in_channels, ...), the images in the order of their
        first pixels; zeros where a kernel is no multiple of the stride.
    """
    axes = len(stride)
    more = [-size % step for size, step in zip(weight.shape[2:], stride, strict=True)]
    full = pad(weight, [(0, m) for m in more], "zeros")
    lengths = [size // s for size, s in zip(full.shape[2:], stride, strict=True)]
    pairs = [n for pair in zip(lengths, stride, strict=True) for n in pair]
    full = full.reshape(*weight.shape[:2], *pairs)
    full = np.flip(full, axis=tuple(range(2, 2 + 2 * axes, 2)))
    lengthwise, images = range(2, 2 + 2 * axes, 2), range(3, 3 + 2 * axes, 2)
    ordered = full.transpose(*images, 1, 0, *lengthwise)
    return ordered.reshape(-1, len(weight), *lengths)


# %%
interleaved_kernels(np.array([[[1.0, 10, 100]]]), (2,))

# %% [markdown]
# ## Forward
#
# Each window of the small image sees as many pixels as a small kernel is long, the first and
# the last of them only one that is there: so it is padded. Of the interleaved images, what
# the padding of the transposed convolution cuts off is left out. Output padding may make
# the answer longer than what is painted: nothing but the bias is there.


# %%
#| export
def padded_forward(x, weight, stride, padding) -> np.ndarray:
    """Return the convolution of what is padded here, or by the fast convolution."""
    if x.ndim == 4:
        return conv2d_forward(x, weight, None, stride, padding)
    one, sides = (1,) * len(stride), [(p, p) for p in padding]
    return dense_forward(pad(x, sides, "zeros"), weight, None, stride, one)


def transposed_forward(x, weight, bias, stride, padding, sizes) -> np.ndarray:
    """Return the transposed convolution; the arrays have one dtype.

    Parameters
    ----------
    sizes
        The lengths of the output's axes.
    """
    kernels = interleaved_kernels(weight, stride)
    border, one = tuple(k - 1 for k in kernels.shape[2:]), (1,) * len(stride)
    found = padded_forward(x, kernels, one, border)
    found = found.reshape(len(x), *stride, -1, *found.shape[2:])
    out = np.zeros((len(x), weight.shape[1], *sizes), x.dtype)
    for image in np.ndindex(*stride):
        there, here = [], []
        axes = zip(
            image, stride, padding, sizes, found.shape[-len(stride) :], strict=True
        )
        for first, step, side, size, most in axes:
            cut = -(-max(0, side - first) // step)  # so many are before the output
            start = first + cut * step - side
            count = max(0, min(most - cut, -(-(size - start) // step)))
            there.append(slice(start, start + count * step, step))
            here.append(slice(cut, cut + count))
        out[(..., *there)] = found[(slice(None), *image, ..., *here)]
    if bias is not None:
        out += bias.reshape(-1, *one)
    return out


# %% [markdown]
# ## Backward
#
# The way back of the way back is the convolution itself.


# %%
#| export
def transposed_backward(grad_output, x, weight, stride, padding, for_x: bool = True):
    """Return the gradients of x, if wanted, and weight."""
    grad_x = padded_forward(grad_output, weight, stride, padding) if for_x else None
    if x.ndim == 4:
        # The fast convolution pads itself, and need not multiply zeros.
        arrays, pairs = (x, grad_output, weight), (stride, padding)
        return grad_x, gradients(*arrays, *pairs, for_x=False)[1]
    one = (1,) * len(stride)
    full = pad(grad_output, [(p, p) for p in padding], "zeros")
    _, grad_weight = dense_backward(x, full, weight, stride, one, for_x=False)
    return grad_x, grad_weight


# %%
pixels, kernel = np.array([[[1.0, 2.0]]]), np.array([[[1.0, 10.0, 100.0]]])
transposed_forward(pixels, kernel, None, (2,), (0,), (6,))
