from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=12)

# The matrices of F(2x2, 3x3), apart from the notebook's.
TO_TILE = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], float)
TO_KERNEL = np.array([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]]) / 2
TO_OUTPUT = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], float)


def right_windows(x, kernel_size, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view
    return view(padded, kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]


rubric.stand_in(windows=right_windows)


def transformed(matrix, tiles):
    return np.einsum("ij,...jk,lk->...il", matrix, tiles.astype(float), matrix)


def reference_conv2d(x, weight, padding):
    ph, pw = padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    seen = sliding_window_view(padded, (3, 3), axis=(2, 3))
    out = np.tensordot(seen, weight.astype(float), axes=((1, 4, 5), (1, 2, 3)))
    return out.transpose(0, 3, 1, 2)


def is_right(x, weight, padding=(0, 0), dtype=None):
    wanted = reference_conv2d(x, weight, padding)
    got = conv2d_winograd(x, weight, padding)
    rubric.close(got, wanted, atol=1e-4, dtype=dtype)


def normal(*shape):
    return rubric.rng.normal(size=shape)


@rubric.check("winograd_kernel: 3x3 to 4x4", points=0.75)
def _():
    weight = normal(1, 1, 3, 3)
    rubric.close(winograd_kernel(weight), transformed(TO_KERNEL, weight), atol=1e-5)


@rubric.check("winograd_input: 4x4 to 4x4", points=0.75)
def _():
    tile = normal(4, 4)
    rubric.close(winograd_input(tile), transformed(TO_TILE, tile), atol=1e-5)


@rubric.check("winograd_output: 4x4 to 2x2", points=0.75)
def _():
    tile = normal(4, 4)
    rubric.close(winograd_output(tile), transformed(TO_OUTPUT, tile), atol=1e-5)


@rubric.check("the transforms: each kernel and each tile by itself", points=0.75)
def _():
    weight, tiles = normal(5, 2, 3, 3), normal(2, 3, 5, 1, 4, 4)
    rubric.close(winograd_kernel(weight), transformed(TO_KERNEL, weight), atol=1e-5)
    rubric.close(winograd_input(tiles), transformed(TO_TILE, tiles), atol=1e-5)
    rubric.close(winograd_output(tiles), transformed(TO_OUTPUT, tiles), atol=1e-5)


@rubric.check("conv2d_winograd: one tile, 2x2 outputs", points=0.5)
def _():
    is_right(normal(1, 1, 4, 4), normal(1, 1, 3, 3))


@rubric.check("conv2d_winograd: several tiles, down and across", points=0.5)
def _():
    is_right(normal(1, 1, 6, 10), normal(1, 1, 3, 3))


@rubric.check("conv2d_winograd: channels add up, kernels and images apart", points=0.5)
def _():
    is_right(normal(2, 3, 4, 4), normal(5, 3, 3, 3))


@rubric.check("conv2d_winograd: an odd number of outputs", points=0.5)
def _():
    is_right(normal(1, 1, 5, 7), normal(1, 1, 3, 3))
    is_right(normal(1, 1, 4, 3), normal(1, 1, 3, 3))


@rubric.check("conv2d_winograd: padding (1, 2)", points=0.25)
def _():
    is_right(normal(1, 1, 4, 4), normal(1, 1, 3, 3), (1, 2))


@rubric.check(
    "conv2d_winograd: float32 and float64 stay, integers float32", points=0.25
)
def _():
    x, weight = normal(1, 1, 4, 4), normal(1, 1, 3, 3)
    is_right(x, weight, dtype=np.float64)
    is_right(x.astype("f4"), weight.astype("f4"), dtype=np.float32)
    small = rubric.rng.integers(-99, 99, (1, 1, 4, 4)).astype(np.int8)
    is_right(small, weight.astype("f4"), dtype=np.float32)


@rubric.check("conv2d_winograd: image and kernel are not modified", points=0.5)
def _():
    x, weight = normal(1, 1, 4, 4), normal(1, 1, 3, 3)
    wanted = reference_conv2d(x, weight, (0, 0))
    shared = rubric.share(x), rubric.share(weight)
    for _again in range(2):
        rubric.close(conv2d_winograd(*shared, (0, 0)), wanted, atol=1e-4)
        rubric.unchanged(shared[0], x)
        rubric.unchanged(shared[1], weight)


@rubric.check("conv2d_winograd: everything together, all sizes different", points=0.5)
def _():
    is_right(normal(2, 3, 8, 11), normal(4, 3, 3, 3), (1, 2))
    is_right(normal(3, 2, 5, 6), normal(1, 2, 3, 3), (2, 0))


# A sum with a huge number loses the others. The direct way multiplies the huge number of
# this kernel by pixels of zero alone, and is exact; transformed, the kernel has it nearly
# everywhere, and what comes out is off by as much as the other numbers are large.
@rubric.check("conv2d_winograd: it multiplies transformed tiles", points=4)
def _():
    x, weight = np.zeros((1, 1, 4, 4)), rubric.rng.uniform(1, 2, (1, 1, 3, 3))
    x[0, 0, 1, 1], weight[0, 0, 2, 2] = 1, 1e20
    exact = reference_conv2d(x, weight, (0, 0))
    away = np.abs(np.asarray(conv2d_winograd(x, weight, (0, 0)), float) - exact)
    rubric.close(float(np.any(away > 0.5)), 1.0)


def summed(answer):
    """Return what no order changes: how many numbers, their sum, that of squares."""
    numbers = np.asarray(answer, float).ravel()
    return [numbers.size, numbers.sum(), numbers @ numbers]


# 8,100 tiles in one image. A thousand lines are enough; loops over kernels, channels, or
# the 16 places of a tile have room, a loop over tiles has none. Each kernel is one
# repeated number: what lies where is for the checks above.
@rubric.check("conv2d_winograd: no Python loop over tiles", points=1.5)
def _():
    x = rubric.rng.integers(0, 9, (1, 2, 182, 182)).astype(np.float32)
    factors = np.arange(1, 3, dtype=np.float32)
    weight = np.zeros((2, 2, 3, 3), np.float32) + factors[:, None, None, None]
    sums = sliding_window_view(x.sum(axis=1, dtype=float), (3, 3), axis=(1, 2))
    sums = sums.sum(axis=(3, 4))
    wanted = [2 * sums.size, 3 * sums.sum(), 5 * (sums * sums).sum()]
    got = rubric.bounded(conv2d_winograd, x, weight, (0, 0), steps=7500)
    rubric.close(summed(got), wanted)
    # So many tiles that a loop takes half a second, whoever counts its lines.
    rows, columns = map(int, rubric.rng.integers([700, 560], [800, 640]))
    x = rubric.rng.integers(0, 9, (1, 1, rows, columns)).astype(np.float32)
    sums = sliding_window_view(x.astype(float), (3, 3), axis=(2, 3)).sum((4, 5))
    weight = np.full((1, 1, 3, 3), 3, np.float32)
    got = rubric.bounded(conv2d_winograd, x, weight, (0, 0), steps=7500)
    wanted = [sums.size, 3 * sums.sum(), 9 * (sums * sums).sum()]
    rubric.close(summed(got), wanted)


rubric.score()
