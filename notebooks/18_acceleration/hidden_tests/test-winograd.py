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
    is_right(small, np.full((1, 1, 3, 3), 3, np.int8), dtype=np.float32)
    is_right(x.astype("f4"), weight, dtype=np.float64)
    is_right(x, weight.astype("f4"), dtype=np.float64)


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


# A sum with a huge number loses the others, wherever they meet. This kernel has one in its
# last corner; transformed, it is everywhere but in the first row and the first column,
# and the kernel's other numbers are left there alone. Each image is one tile with one
# pixel. In the tile's first row or column, that pixel meets these numbers, and all
# outputs are right. In its second or last row and column it meets the huge number alone.
# The direct way, where pixels of zero meet the huge number, loses nothing.
@rubric.check("conv2d_winograd: it multiplies transformed tiles", points=4)
def _():
    is_right(normal(3, 1, 4, 4), normal(2, 1, 3, 3))
    places = rubric.rng.permutation([(i, j) for i in (0, 1, 3) for j in (0, 1, 3)])
    x, weight = np.zeros((9, 1, 4, 4)), rubric.rng.uniform(1, 2, (2, 1, 3, 3))
    for image, (i, j) in zip(x, places, strict=True):
        image[0, i, j] = rubric.rng.integers(1, 9)
    kernel = int(rubric.rng.integers(2))
    huge = 2.0 ** rubric.rng.integers(65, 75)
    weight[kernel, 0, 2, 2] = huge
    alone = weight.copy()
    alone[kernel], alone[kernel, 0, 2, 2] = 0, huge
    lost = (places > 0).all(axis=1)[:, None, None, None]
    exact, left = (reference_conv2d(x, each, (0, 0)) for each in (weight, alone))
    wanted = np.where(lost, left, exact)
    rubric.close(conv2d_winograd(x, weight, (0, 0)), wanted, atol=1e-4)


def mirrored(height, width):
    """Return a kernel of different numbers that no flip changes."""
    values = 1 + rubric.rng.permutation(height * width).reshape(height, width)
    rows, columns = (np.minimum(range(n), range(n)[::-1]) for n in (height, width))
    return values[rows][:, columns].astype(np.float32)


def many(*shape):
    """Return small whole numbers: all sums of them are exact in float32."""
    return rubric.rng.integers(-4, 5, shape).astype(np.float32)


def same_numbers(answer, wanted, atol=1e-3):
    """Compare the numbers by size: what lies where is for the checks above."""
    rubric.whole_number(np.size(answer), wanted.size)
    got = np.sort(np.asarray(answer, np.float32), axis=None)
    away = got - np.sort(wanted.astype(np.float32), axis=None)
    rubric.close(np.abs(away).max(), 0, atol=atol)


# 8,100 tiles in one image. A thousand lines are enough; loops over kernels, channels, or
# the 16 places of a tile have room, a loop over tiles has none. Random kernels, which a
# flip leaves as they are.
@rubric.check("conv2d_winograd: no Python loop over tiles", points=1.5)
def _():
    rows, columns = map(int, 2 * rubric.rng.integers(90, 95, 2))
    x, factors = many(1, 2, rows, columns), np.arange(1, 3, dtype=np.float32)
    weight = np.zeros((2, 2, 1, 1), np.float32) + factors[:, None, None, None]
    weight = weight * mirrored(3, 3)
    wanted = reference_conv2d(x, weight, (0, 0))
    got = rubric.bounded(conv2d_winograd, x, weight, (0, 0), steps=7500)
    same_numbers(got, wanted)
    # So many tiles that a loop takes half a second, whoever counts its lines.
    rows, columns = map(int, rubric.rng.integers([700, 560], [800, 640]))
    x, weight = many(1, 1, rows, columns), mirrored(3, 3).reshape(1, 1, 3, 3)
    wanted = reference_conv2d(x, weight, (0, 0))
    got = rubric.bounded(conv2d_winograd, x, weight, (0, 0), steps=7500)
    same_numbers(got, wanted)


rubric.score()
