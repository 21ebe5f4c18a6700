# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Fast padding
#
# > Zeros are written around the image; what other modes copy is taken by its number.
#
# Padding with zeros is by far the most frequent. It keeps the order of the images in memory,
# and its way back is a slice.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.padding

# %%
#| export
import numpy as np

from tinytorch.perf.windows import has_images_innermost, zero_images

MODES = ("zeros", "replicate", "circular", "reflect")

# %% [markdown]
# ## Which pixel is copied


# %%
#| export
def copied(size: int, pair: tuple[int, int], mode: str) -> np.ndarray:
    """Return the number of the pixel that each place of a padded axis copies.

    Parameters
    ----------
    size
        Pixels of the axis.
    pair
        How many are added before and after.
    mode
        "replicate", "circular" or "reflect".
    """
    places = np.arange(-pair[0], size + pair[1])
    if mode == "circular":
        return places % size
    if mode == "reflect":
        return size - 1 - np.abs(size - 1 - np.abs(places))
    return np.clip(places, 0, size - 1)


copied(4, (2, 1), "reflect")

# %% [markdown]
# ## Forward


# %%
#| export
def pad(x: np.ndarray, padding: tuple, mode: str) -> np.ndarray:
    """Return the batch with pixels added around it, of the dtype of ``x``.

    Parameters
    ----------
    x
        Shape (batch, channels, ...). It is not modified.
    padding
        A pair (before, after) for each axis.
    mode
        "zeros", "replicate", "circular" or "reflect".

    Raises
    ------
    ValueError
        If there is no such mode, or not enough pixels to copy.
    """
    if mode not in MODES:
        raise ValueError(f"no padding mode {mode!r}: there are {', '.join(MODES)}")
    sizes = x.shape[2:]
    for size, pair in zip(sizes, padding, strict=True):
        if max(pair) > {"reflect": size - 1, "circular": size}.get(mode, max(pair)):
            raise ValueError(f"{mode} cannot pad {size} pixels by {max(pair)}")
    if mode == "zeros":
        axes = list(zip(sizes, padding, strict=True))
        shape = *x.shape[:2], *(size + sum(pair) for size, pair in axes)
        out = zero_images(shape, x.dtype, has_images_innermost(x))
        out[(..., *(slice(pair[0], pair[0] + size) for size, pair in axes))] = x
        return out
    for axis, (size, pair) in enumerate(zip(sizes, padding, strict=True), start=2):
        x = x.take(copied(size, pair, mode), axis=axis)
    return x


# %% [markdown]
# ## Backward
#
# The image's own places keep their gradient. Only those outside are added up, one after
# the other, each in the pixel that it copied.


# %%
#| export
def pad_backward(grad_output: np.ndarray, padding: tuple, mode: str) -> np.ndarray:
    """Return the gradient of `pad` for x.

    Parameters
    ----------
    grad_output
        The gradient of the loss for each padded pixel. It is not modified.
    padding, mode
        What went into `pad`.
    """
    grad = grad_output.astype(np.result_type(grad_output, np.float32), copy=False)
    for axis, (before, after) in enumerate(padding, start=2):
        lines = np.moveaxis(grad, axis, 0)
        size = len(lines) - before - after
        total = lines[before : before + size]
        if mode != "zeros":
            total, places = total.copy(), copied(size, (before, after), mode)
            for place in (*range(before), *range(before + size, len(lines))):
                total[places[place]] += lines[place]
        grad = np.moveaxis(total, 0, axis)
    return grad


# %%
upstream = np.arange(1.0, 9).reshape(1, 1, 8)
pad_backward(upstream, ((1, 3),), "reflect")

# %% [markdown]
# ## Within a method
#
# A method that knows of no padding gets images with their border, and what it gives back for
# the border is nobody's.


# %%
#| export
def with_border(x: np.ndarray, padding: tuple[int, ...]) -> np.ndarray:
    """Return images with so many zeros on both sides of each axis; x itself without any."""
    return pad(x, [(n, n) for n in padding], "zeros") if any(padding) else x


def without_border(x: np.ndarray, padding: tuple[int, ...]) -> np.ndarray:
    """Return what is inside of the border, as a view."""
    sides = zip(padding, x.shape[2:], strict=True)
    return x[(..., *(slice(n, size - n) for n, size in sides))]


def enlarged(shape: tuple[int, ...], padding: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of images with their border."""
    sizes = zip(shape[2:], padding, strict=True)
    return *shape[:2], *(size + 2 * n for size, n in sizes)


# %%
without_border(with_border(np.ones((1, 1, 2, 3)), (1, 2)), (1, 2)).shape
