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
# the padding of the transposed convolution cuts off is left out; where all of them begin or
# end with it, it is not computed at all. Output padding may make the answer longer than what
# is painted: nothing but the bias is there.


# %%
#| export
def interleaved(
    length: int, stride: int, padding: int, size: int
) -> list[tuple[slice, slice]]:
    """Return where the pixels of each interleaved image go along an axis, and which they are.

    Parameters
    ----------
    length
        How many pixels each has.
    size
        The length of the output's axis.
    """
    found = []
    for first in range(stride):
        cut = -(-max(0, padding - first) // stride)  # so many are before the output
        start = first + cut * stride - padding
        count = max(0, min(length - cut, -(-(size - start) // stride)))
        there = slice(start, start + count * stride, stride)
        found.append((there, slice(cut, cut + count)))
    return found


def transposed_forward(x, weight, bias, stride, padding, sizes) -> np.ndarray:
    """Return the transposed convolution; the arrays have one dtype.

    Parameters
    ----------
    sizes
        The lengths of the output's axes.
    """
    kernels, one = interleaved_kernels(weight, stride), (1,) * len(stride)
    places, border, least = [], [], []
    axes = zip(x.shape[2:], kernels.shape[2:], stride, padding, sizes, strict=True)
    for small, kernel, step, side, size in axes:
        length = small + kernel - 1
        along = interleaved(length, step, side, size)
        unseen = min(min(here.start, length - here.stop) for _, here in along)
        least.append(max(0, min(unseen, kernel - 1)))
        border.append(kernel - 1 - least[-1])
        places.append(along)
    found = dense_forward(x, kernels, None, one, one, tuple(border))
    found = found.reshape(len(x), *stride, -1, *found.shape[2:])
    out = np.zeros((len(x), weight.shape[1], *sizes), x.dtype)
    for image in np.ndindex(*stride):
        pairs = [along[first] for along, first in zip(places, image, strict=True)]
        there = [pixels for pixels, _ in pairs]
        here = [
            slice(seen.start - less, max(0, seen.stop - less))
            for (_, seen), less in zip(pairs, least, strict=True)
        ]
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
    one, grad_x, padding = (1,) * len(stride), None, tuple(padding)
    if for_x:
        grad_x = dense_forward(grad_output, weight, None, stride, one, padding)
    arrays = x, grad_output, weight
    sizes = {"stride": stride, "dilation": one, "padding": padding}
    return grad_x, dense_backward(*arrays, **sizes, for_x=False)[1]


# %%
pixels, kernel = np.array([[[1.0, 2.0]]]), np.array([[[1.0, 10.0, 100.0]]])
transposed_forward(pixels, kernel, None, (2,), (0,), (6,))
