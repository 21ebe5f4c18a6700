# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What a convolution will cost
#
# > Counted work times measured constants: how the fast convolution chooses its method.
#
# Every method gives the same numbers. Which is fastest depends on the shape, and no rule of
# thumb holds for all: so the work of each is counted, and priced.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.costs

# %%
#| export
from collections.abc import Callable

from tinytorch.perf.lines import lines_for, pays
from tinytorch.perf.matmul import far_apart
from tinytorch.perf.small_costs import Small, dense_work, gathered_work
from tinytorch.perf.strips import strip_rows
from tinytorch.perf.turned import all_parts
from tinytorch.perf.windows import BLOCK_BYTES, Geometry, geometry
from tinytorch.perf.winograd import OUTPUTS, TILE, TILES_PER_BLOCK
from tinytorch.perf.work import Work, copies, products, summed, sums, turning

# %% [markdown]
# ## Columns


# %%
#| export
ITEM = 4  # bytes of a float32


def weights(g: Geometry) -> float:
    """Return how many numbers all kernels have."""
    return g.out_channels * g.window_size


def run_length(g: Geometry) -> int:
    """Return how many windows NumPy copies at once: a row, or a column where rows have one."""
    return g.columns if g.columns > 1 else g.rows


def column_parts(g: Geometry) -> tuple[float, Work]:
    """Return the number of blocks, and the work of making all columns once."""
    numbers = g.window_size * g.batch * g.rows * g.columns
    blocks = max(1.0, numbers * ITEM / BLOCK_BYTES)
    work = copies(numbers, run_length(g), g.stride[1]) + Work(calls=4 * blocks + 7)
    if max(g.padding) and not far_apart(g):
        pixels = g.batch * g.in_channels * g.height * g.width
        work += copies(pixels, g.width)
    return blocks, work


def columns_forward_work(g: Geometry, innermost: bool) -> Work:
    """Return the work of `columns_forward`."""
    blocks, work = column_parts(g)
    stack = max(g.batch, blocks)
    windows = g.batch * g.rows * g.columns / stack
    work += products(g.out_channels, g.window_size, windows, stack)
    if innermost:
        work += turning(g.batch * g.in_channels * g.height * g.width)
    return work


def columns_backward_work(g: Geometry, innermost: bool, for_x: bool = True) -> Work:
    """Return the work of `columns_backward`."""
    blocks, work = column_parts(g)
    stack = max(g.batch, blocks)
    windows = g.batch * g.rows * g.columns / stack
    work += products(g.window_size, windows, g.out_channels, stack)
    work += Work(added=weights(g) * stack)
    if innermost:
        work += turning(g.batch * g.in_channels * g.height * g.width)
        work += turning(g.batch * g.out_channels * g.rows * g.columns)
    if for_x:
        work += give_back_work(g, blocks)
    return work


def give_back_work(g: Geometry, blocks: float) -> Work:
    """Return the work of what `columns_backward` does for the gradient of x."""
    stack = max(g.batch, blocks)
    images, rows = g.batch / blocks, g.rows * min(1, g.batch / blocks)
    length = lines_for(g, rows).length
    if pays(g, max(1, images), rows):
        work = products(g.window_size, g.out_channels, length, stack)
        work += summed(g.window_size * stack, length)
        pixels = g.batch * g.in_channels * g.height * g.width
        work += sums(pixels, g.columns, g.stride[1])
        parts = min(g.stride[0], g.kernel_height) * min(g.stride[1], g.kernel_width)
        return work + Work(calls=blocks * (20 + 12 * parts))
    windows = g.batch * g.rows * g.columns
    work = products(g.window_size, g.out_channels, windows / stack, stack)
    work += sums(g.window_size * windows, g.columns, g.stride[1])
    return work + Work(calls=4 * blocks * g.kernel_height * g.kernel_width)


# %% [markdown]
# ## Turned


# %%
#| export
def turned_forward_work(g: Geometry, innermost: bool) -> Work:
    """Return the work of `turned_forward`."""
    work = Work(calls=5, picked=weights(g))
    whole = lines_for(g, g.rows)
    for row, column in all_parts(g):
        kernels = row.count * column.count * g.out_channels
        row_numbers = kernels * whole.width * g.batch
        blocks = max(1.0, row_numbers * whole.height * ITEM / BLOCK_BYTES)
        stack = max(g.batch, blocks)
        rows = max(1, g.rows * g.batch / stack)
        length = lines_for(g, rows).length
        seen = g.batch * g.in_channels * row.length * column.length
        if innermost:
            work += turning(seen)
        elif row.length * column.length != g.height * g.width or max(g.padding):
            work += copies(seen, column.length, g.stride[1])
        work += products(kernels, g.in_channels, length, stack)
        work += summed(kernels * stack, length)
        work += copies(g.batch * g.out_channels * g.rows * g.columns, g.columns)
        work += Work(calls=20 * blocks)
    return work


def turned_backward_work(g: Geometry, innermost: bool, for_x: bool = True) -> Work:
    """Return the work of `turned_backward`."""
    work = Work(calls=5, picked=weights(g))
    for row, column in all_parts(g):
        taps, pixels = row.count * column.count, row.length * column.length
        kernels = taps * g.out_channels
        blocks = max(1.0, kernels * pixels * g.batch * ITEM / BLOCK_BYTES)
        given = g.batch * g.out_channels * g.rows * g.columns
        seen = g.batch * g.in_channels * pixels
        if innermost:
            work += turning(seen + given)
        work += copies(given, g.columns)
        work += copies(g.batch * kernels * pixels, column.length)
        work += copies((1 + for_x) * seen, column.length, g.stride[1])
        work += products(kernels, pixels, g.in_channels, g.batch)
        work += Work(added=kernels * g.in_channels * g.batch)
        work += Work(calls=20 * blocks + 12)
        if for_x:
            work += products(g.in_channels, kernels, pixels, g.batch)
    return work


# %% [markdown]
# ## Rows


# %%
#| export
def shifted_work(g: Geometry) -> Work:
    """Return the work of shifting all rows, and of a call for each block."""
    numbers = g.kernel_width * g.in_channels * g.columns * g.batch
    numbers *= g.height + 2 * g.padding[0]
    length = g.columns * g.batch if g.stride[1] == 1 else g.batch
    blocks = max(1.0, numbers * ITEM / BLOCK_BYTES)
    return copies(numbers, length) + Work(calls=blocks * (8 + 3 * g.kernel_width))


def rows_forward_work(g: Geometry, innermost: bool) -> Work:
    """Return the work of `rows_forward`."""
    work = shifted_work(g)
    length = g.columns * g.batch
    work += products(g.out_channels, g.window_size, length, g.rows)
    work += Work(picked=weights(g))
    if g.batch > 1 and not innermost:
        work += turning(g.batch * g.in_channels * g.height * g.width, careful=True)
    return work


def rows_backward_work(g: Geometry, innermost: bool, for_x: bool = True) -> Work:
    """Return the work of `rows_backward`."""
    length = g.columns * g.batch
    work = shifted_work(g) + Work(calls=5 * g.rows)
    work += products(g.window_size, length, g.out_channels, g.rows)
    work += Work(added=weights(g) * g.rows, picked=weights(g))
    if g.batch > 1 and not innermost:
        work += turning(g.batch * g.in_channels * g.height * g.width, careful=True)
        work += turning(g.batch * g.out_channels * g.rows * g.columns, careful=True)
    if for_x:
        work += products(g.window_size, g.out_channels, length, g.rows)
        run = g.batch if g.stride[1] > 1 else length
        work += sums(g.window_size * g.rows * length, run)
        work += Work(calls=2 * g.kernel_height * g.kernel_width)
    return work


# %% [markdown]
# ## Strips


# %%
#| export
def strips_work(g: Geometry, dilation: int) -> tuple[float, float, Work]:
    """Return numbers in all strips, the number of blocks, and the work of making them."""
    height = strip_rows(g, g.rows, dilation) * g.stride[0]
    numbers = g.kernel_width * g.in_channels * g.batch * height * g.columns
    blocks = max(1.0, numbers * ITEM / BLOCK_BYTES)
    pixels = g.batch * g.in_channels * g.height * g.width
    work = copies(pixels, g.width) + copies(numbers, run_length(g), g.stride[1])
    return numbers, blocks, work + Work(calls=12 + 6 * blocks)


def strips_forward_work(g: Geometry, innermost: bool, dilation: int = 1) -> Work:
    """Return the work of `strips_forward`."""
    _, blocks, work = strips_work(g, dilation)
    stack, size = max(g.batch, blocks), g.kernel_width * g.in_channels
    windows = g.batch * g.rows * g.columns / stack
    each = products(g.out_channels, size, windows, stack) + Work(calls=2 * blocks)
    work += each.times(g.kernel_height)
    work += Work(moved=(g.kernel_height - 1) * g.out_channels * windows * stack)
    work += Work(picked=weights(g))
    if innermost:
        work += turning(g.batch * g.in_channels * g.height * g.width)
    return work


def strips_backward_work(
    g: Geometry, innermost: bool, for_x: bool = True, dilation: int = 1
) -> Work:
    """Return the work of `strips_backward`."""
    numbers, blocks, work = strips_work(g, dilation)
    stack, size = max(g.batch, blocks), g.kernel_width * g.in_channels
    windows = g.batch * g.rows * g.columns / stack
    each = products(size, windows, g.out_channels, stack) + Work(calls=6 * blocks)
    work += each.times(g.kernel_height)
    work += Work(added=weights(g) * stack, picked=weights(g))
    if innermost:
        work += turning(g.batch * g.in_channels * g.height * g.width)
        work += turning(g.batch * g.out_channels * g.rows * g.columns)
    if for_x:
        back = products(size, g.out_channels, windows, stack) + Work(calls=3 * blocks)
        back += Work(moved=2 * size * windows * stack)
        work += back.times(g.kernel_height) + sums(numbers, g.columns, g.stride[1])
        work += Work(calls=4 * blocks * g.kernel_width * g.stride[0])
    return work


# %% [markdown]
# ## The others
#
# Winograd's transforms are matrix products as well: 36 by 36 over the pixels of all tiles, 16
# by 36 over the results.


# %%
#| export
def pointwise_work(g: Geometry, innermost: bool) -> Work:
    """Return the work of `pointwise_forward`."""
    pixels, stack = g.rows * g.columns, g.batch
    if innermost:
        pixels, stack = pixels * g.batch, 1
    work = products(g.out_channels, g.in_channels, pixels, stack) + Work(calls=4)
    if g.stride != (1, 1):
        length = g.batch if innermost else g.columns
        numbers = g.in_channels * stack * pixels
        work += copies(numbers, length, 1 if innermost else g.stride[1])
    return work


def pointwise_backward_work(g: Geometry, innermost: bool, for_x: bool = True) -> Work:
    """Return the work of `pointwise_backward`."""
    return pointwise_work(g, innermost).times(1 + for_x)


def winograd_work(g: Geometry, innermost: bool) -> Work:
    """Return the work of `winograd`: both transforms, and the products between."""
    down, across = -(-g.rows // OUTPUTS), -(-g.columns // OUTPUTS)
    tiles, tile, result = g.batch * down * across, TILE * TILE, OUTPUTS * OUTPUTS
    blocks = max(1.0, tiles / TILES_PER_BLOCK)
    pixels, results = g.in_channels * tiles, g.out_channels * tiles
    length = across * g.batch if innermost else across
    work = products(tile, tile, pixels / blocks, blocks)
    work += products(tile, 9, g.in_channels * g.out_channels)
    work += products(g.out_channels, g.in_channels, tiles / blocks, tile * blocks)
    work += products(result, tile, results / blocks, blocks)
    work += copies(result * (pixels + results), length, 1 if innermost else 2)
    work += copies(tile * pixels, length)
    return work + Work(calls=50 * blocks)


def winograd_backward_work(g: Geometry, innermost: bool, for_x: bool = True) -> Work:
    """Return the work of both gradients; that of the kernels takes as long as two forwards."""
    return winograd_work(g, innermost).times(2 + for_x)


# %% [markdown]
# ## All of them


# %%
#| export
def small(work: Callable) -> tuple[Callable, Callable]:
    """Return both works of a method for any number of axes as those of this module."""

    def forward(g: Geometry, innermost: bool) -> Work:
        """Return the work of forward."""
        return work(small_sizes(g), innermost, "forward")

    def backward(g: Geometry, innermost: bool, for_x: bool = True) -> Work:
        """Return the work of backward."""
        return work(small_sizes(g), innermost, "backward", for_x)

    return forward, backward


def small_sizes(g: Geometry) -> Small:
    """Return what the methods for small images are counted by."""
    sizes, counts = (g.height, g.width), (g.rows, g.columns)
    kernel = g.kernel_height, g.kernel_width
    weight = g.out_channels, g.in_channels, *kernel
    x = g.batch, g.in_channels, *sizes
    return Small(x, weight, counts, g.stride, (1, 1), groups=1)


WORK = {
    "gathered": small(gathered_work),
    "dense": small(dense_work),
    "pointwise": (pointwise_work, pointwise_backward_work),
    "winograd": (winograd_work, winograd_backward_work),
    "columns": (columns_forward_work, columns_backward_work),
    "turned": (turned_forward_work, turned_backward_work),
    "strips": (strips_forward_work, strips_backward_work),
    "rows": (rows_forward_work, rows_backward_work),
}

# %% [markdown]
# One layer, and what three methods would do.

# %%
g = geometry((64, 16, 16, 16), (32, 16, 3, 3), (1, 1), (1, 1))
for name in ("columns", "strips", "rows"):
    print(name, *WORK[name][0](g, innermost=False))
