# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Winograd's convolution
#
# > 3x3 convolutions with a quarter of the multiplications: F(4x4, 3x3).
#
# A row of 4 outputs with a kernel of 3 takes 12 products, and uses 6 pixels. Six products
# are enough (Winograd, 1980; Lavin and Gray, 2016): take the pixels and the kernel as
# coefficients of two polynomials, evaluate both in six points, multiply point by point,
# and interpolate. In two dimensions that is 36 products in place of 144.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.winograd

# %%
#| export
from collections.abc import Iterator

import numpy as np

from tinytorch.perf.windows import (
    Geometry,
    empty_images,
    has_images_innermost,
    scratch,
)

# %% [markdown]
# ## Three matrices
#
# For points $p_1 \dots p_5$ and infinity, with $N_j = \prod_{l \ne j} (p_j - p_l)$: the
# kernel is evaluated by $G$, the outputs are collected by $A$, and $B$ holds the
# coefficients of $\prod_{l \ne j} (x - p_l)$. Then $y = A\,[(G g) \odot (B d)]$.
#
# The usual points are 0, ±1, ±2. Evaluating there makes large numbers of opposite sign.
# The points 0, ±3/4, ±3/2 are exact in binary as well, and the error in float32 is about
# four times smaller.


# %%
#| export
OUTPUTS, KERNEL = 4, 3
TILE = OUTPUTS + KERNEL - 1
POINTS = (0.0, 0.75, -0.75, 1.5, -1.5)


def transforms(points=POINTS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the matrices B (6, 6), G (6, 3) and A (4, 6), in float64."""
    B, G, A = (
        np.zeros((TILE, TILE)),
        np.zeros((TILE, KERNEL)),
        np.zeros((OUTPUTS, TILE)),
    )
    for j, point in enumerate(points):
        others = np.delete(points, j)
        B[j, :-1] = np.poly(others)[::-1]
        G[j] = point ** np.arange(KERNEL) / np.prod(point - others)
        A[:, j] = point ** np.arange(OUTPUTS)
    B[-1], G[-1, -1], A[-1, -1] = np.poly(points)[::-1], 1, 1
    return B, G, A


# %%
B, G, A = transforms()
pixels, kernel = np.array([3.0, 1, 4, 1, 5, 9]), np.array([2.0, 7, 1])
A @ ((G @ kernel) * (B @ pixels)), np.correlate(pixels, kernel)

# %% [markdown]
# In two dimensions each matrix acts on rows and on columns. Written for a tile laid out as
# one long vector, both at once are one matrix, the Kronecker product.

# %%
#| export
PIXELS, WEIGHTS, RESULTS = (
    np.kron(matrix, matrix).astype(np.float32) for matrix in transforms()
)

# %%
PIXELS.shape, WEIGHTS.shape, RESULTS.shape

# %% [markdown]
# ## Tiles
#
# Tiles of 6x6 overlap by two pixels and begin every four. Rows and columns are first
# sorted by their remainder when divided by 4; each of a tile's 36 pixels is then the
# neighbour, in memory, of the same pixel in the next tile.


# %%
#| export
def same_remainders(size: int, padding: int, first: int, count: int) -> list:
    """Return for each remainder where its pixels go, and where they come from.

    Parameters
    ----------
    size, padding
        Pixels along the axis, and how many zeros stand before them.
    first, count
        The part of the padded axis that is wanted: groups of 4 pixels.
    """
    shift = padding - OUTPUTS * first
    low = max(0, -shift)
    high = max(low, min(size, OUTPUTS * count - shift))
    pairs = []
    for remainder in range(OUTPUTS):
        start = low + (remainder - low - shift) % OUTPUTS
        pixels = range(start, high, OUTPUTS)
        place = (start + shift) // OUTPUTS
        pairs.append(
            (slice(place, place + len(pixels)), slice(start, max(start, high), OUTPUTS))
        )
    return pairs


def sort_by_remainder(x, padding, first: int, count: int, across: int) -> np.ndarray:
    """Return (4, 4, channels, count, across, images) of (batch, channels, H, W)."""
    images, channels, height, width = x.shape
    shape = (OUTPUTS, OUTPUTS, channels, count, across, images)
    result = scratch("remainders", shape, np.float32)
    result[...] = 0
    moved = x.transpose(1, 2, 3, 0)
    rows = same_remainders(height, padding[0], first, count)
    columns = same_remainders(width, padding[1], 0, across)
    for a, (row, from_row) in enumerate(rows):
        for b, (column, from_column) in enumerate(columns):
            result[a, b, :, row, column] = moved[:, from_row, from_column]
    return result


def gather_tiles(x, padding, first: int, count: int, across: int) -> np.ndarray:
    """Return the tiles of ``count`` rows of tiles, (36, channels, tiles), in scratch."""
    pixels = sort_by_remainder(x, padding, first, count + 1, across + 1)
    images, channels = x.shape[:2]
    shape = (TILE, TILE, channels, count, across, images)
    tiles = scratch("tiles", shape, np.float32)
    for a in range(0, TILE, OUTPUTS):
        for b in range(0, TILE, OUTPUTS):
            target = tiles[a : a + OUTPUTS, b : b + OUTPUTS]
            part = pixels[: target.shape[0], : target.shape[1]]
            down, right = a // OUTPUTS, b // OUTPUTS
            target[...] = part[:, :, :, down : down + count, right : right + across]
    return tiles.reshape(TILE * TILE, channels, -1)


# %% [markdown]
# ## Forward
#
# For each block of tiles: transform the pixels, 36 small matrix products over the
# channels, transform back.
#
# A transformed kernel is four times as large as a kernel, and 256 times 256 of them take
# 9 MiB. Where there is only one block, each is used once: then they are made, used and
# forgotten in groups of 96 output channels. Where there are more, all are made and kept.


# %%
#| export
TILES_PER_BLOCK = 128
CHANNELS_PER_GROUP = 96


def blocks(batch: int, down: int, across: int, innermost: bool) -> Iterator[tuple]:
    """Yield groups of images and of tile rows: (slice of images, first, count).

    Where the images are neighbours in memory, up to 64 of them stay together.
    """
    images = 64 if innermost else max(1, TILES_PER_BLOCK // (down * across))
    count = max(1, TILES_PER_BLOCK // (across * min(images, batch)))
    for image in range(0, batch, images):
        for first in range(0, down, count):
            yield (
                slice(image, min(image + images, batch)),
                first,
                min(count, down - first),
            )


def times(name: str, matrix: np.ndarray, stack: np.ndarray) -> np.ndarray:
    """Return ``matrix`` times each column of ``stack``, along its first axis."""
    result = scratch(name, (len(matrix), *stack.shape[1:]), np.float32)
    flat = stack.reshape(len(stack), -1)
    np.matmul(matrix, flat, out=result.reshape(len(matrix), -1))
    return result


def groups(channels: int) -> list[slice]:
    """Return slices of at most 96 channels, together all of them."""
    most = CHANNELS_PER_GROUP
    return [slice(i, min(i + most, channels)) for i in range(0, channels, most)]


def transform_pixels(x, padding, first: int, count: int, across: int) -> np.ndarray:
    """Return the transformed tiles, (36, channels, tiles), in scratch."""
    shape = TILE * TILE, x.shape[1], count * across * len(x)
    pixels = scratch("pixels", shape, np.float32)
    for group in groups(x.shape[1]):
        tiles = gather_tiles(x[:, group], padding, first, count, across)
        target = pixels[:, group].reshape(len(pixels), -1)
        np.matmul(PIXELS, tiles.reshape(len(tiles), -1), out=target)
    return pixels


def transform_weight(weight: np.ndarray) -> np.ndarray:
    """Return (36, out_channels, in_channels) from (out, in, 3, 3)."""
    stack = weight.transpose(2, 3, 0, 1).reshape(KERNEL * KERNEL, *weight.shape[:2])
    return times("kernels", WEIGHTS, stack)


def winograd(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    padding: tuple[int, int],
    innermost: bool = False,
) -> np.ndarray:
    """Convolve (batch, in, H, W) with (out, in, 3, 3) at stride 1, in float32.

    Returns
    -------
    np.ndarray
        Shape (batch, out, H', W'), the images innermost in memory if so wished.
    """
    rows, columns = (x.shape[2 + a] + 2 * padding[a] - KERNEL + 1 for a in (0, 1))
    down, across = -(-rows // OUTPUTS), -(-columns // OUTPUTS)
    out = empty_images((len(x), len(weight), rows, columns), np.float32, innermost)
    parts = list(blocks(len(x), down, across, innermost))
    if len(parts) == 1:
        outs = groups(len(weight))
    else:
        outs, kernels = [slice(0, len(weight))], transform_weight(weight)
    for images, first, count in parts:
        pixels = transform_pixels(x[images], padding, first, count, across)
        for group in outs:
            if len(parts) == 1:
                kernels = transform_weight(weight[group])
            shape = (TILE * TILE, kernels.shape[1], pixels.shape[2])
            products = scratch("tiles", shape, np.float32)  # the tiles are used up
            np.matmul(kernels, pixels, out=products)
            results = times("remainders", RESULTS, products)
            if bias is not None:
                results += bias[group, None]
            results = results.reshape(OUTPUTS, OUTPUTS, shape[1], count, across, -1)
            target = out[images, group, OUTPUTS * first :]
            put_tiles(results, target.transpose(1, 2, 3, 0))
    return out


def put_tiles(results: np.ndarray, target: np.ndarray) -> None:
    """Write (4, 4, channels, down, across, images) into the top of ``target``."""
    below = OUTPUTS * results.shape[3]
    for a in range(OUTPUTS):
        for b in range(OUTPUTS):
            place = target[:, a:below:OUTPUTS, b::OUTPUTS]
            place[...] = results[a, b, :, : place.shape[1], : place.shape[2]]


# %%
rng = np.random.default_rng(0)
x = rng.normal(size=(2, 8, 9, 10)).astype(np.float32)
weight = rng.normal(size=(5, 8, 3, 3)).astype(np.float32)
windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
wanted = np.einsum("bchwuv,ocuv->bohw", windows.astype(float), weight)
y = winograd(x, weight, None, (0, 0))
f"largest error {np.abs(y - wanted).max() / np.abs(wanted).max():.0e} of the largest output"

# %% [markdown]
# ## Backward
#
# The gradient of the pixels is a convolution of the upstream gradient with the kernels
# turned by half a turn, in and out exchanged: `winograd` once more. The gradient of the
# kernels goes back through the three matrices: the upstream gradient by the transpose of
# $A$, 36 products over the tiles, and at the end the transpose of $G$.


# %%
#| export
def winograd_grad_x(grad_output, weight, padding, innermost=False) -> np.ndarray:
    """Return the gradient for x; the padding is at most 2."""
    turned = weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    return winograd(
        grad_output, turned, None, (2 - padding[0], 2 - padding[1]), innermost
    )


def winograd_grad_weight(grad_output, x, padding, innermost=False) -> np.ndarray:
    """Return the gradient for weight, (out, in, 3, 3)."""
    out_channels, rows, columns = grad_output.shape[1:]
    down, across = -(-rows // OUTPUTS), -(-columns // OUTPUTS)
    grad = np.empty((out_channels, x.shape[1], KERNEL, KERNEL), np.float32)
    parts = list(blocks(len(x), down, across, innermost))
    outs = groups(out_channels) if len(parts) == 1 else [slice(0, out_channels)]
    for number, (images, first, count) in enumerate(parts):
        pixels = transform_pixels(x[images], padding, first, count, across)
        for group in outs:
            upstream = grad_output[images, group]
            upstream = sort_by_remainder(upstream, (0, 0), first, count, across)
            upstream = upstream.reshape(OUTPUTS * OUTPUTS, -1, pixels.shape[2])
            upstream = times("tiles", RESULTS.T, upstream)
            shape = TILE * TILE, upstream.shape[1], x.shape[1]
            total = scratch("kernels", shape, np.float32)
            if number == 0:
                total.fill(0)
            for sums, rows, columns in zip(total, upstream, pixels, strict=True):
                sums += rows @ columns.T
            if number == len(parts) - 1:
                grad[group] = transform_back(total)
    return grad


def transform_back(total: np.ndarray) -> np.ndarray:
    """Return the gradient of kernels, (out, in, 3, 3), from (36, out, in)."""
    grad = WEIGHTS.T @ total.reshape(len(total), -1)
    return grad.reshape(KERNEL, KERNEL, *total.shape[1:]).transpose(2, 3, 0, 1)


# %% [markdown]
# ## As a method


# %%
#| export
def winograd_forward(x, weight, bias, g: Geometry) -> np.ndarray:
    """Convolve 3x3 at stride 1 with a quarter of the products."""
    return winograd(x, weight, bias, g.padding, has_images_innermost(x))


def winograd_backward(grad_output, x, weight, g: Geometry, for_x: bool = True):
    """Return the gradients of x, if wanted, and weight."""
    innermost = has_images_innermost(x)
    grad_weight = winograd_grad_weight(grad_output, x, g.padding, innermost)
    if not for_x:
        return None, grad_weight
    grad_x = winograd_grad_x(grad_output, weight, g.padding, innermost)
    return grad_x, grad_weight
