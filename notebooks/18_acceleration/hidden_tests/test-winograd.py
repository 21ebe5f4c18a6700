import contextlib
from functools import partial

from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=12)
rubric.forbids(lambda: winograd_kernel, "scipy", "sklearn")
rubric.forbids(lambda: winograd_input, "scipy", "sklearn")
rubric.forbids(lambda: winograd_output, "scipy", "sklearn")
rubric.forbids(lambda: conv2d_winograd, "scipy", "sklearn")

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


def right_kernel(weight):
    to_kernel = np.array([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]], np.float32) / 2
    return to_kernel @ weight @ to_kernel.T


def right_input(tiles):
    to_tile = [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]]
    to_tile = np.array(to_tile, np.float32)
    return to_tile @ tiles @ to_tile.T


def right_output(products):
    to_output = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], np.float32)
    return to_output @ products @ to_output.T


# A transform that is wrong has lost its points above the convolution's.
TRANSFORMS = {
    "windows": right_windows,
    "winograd_kernel": right_kernel,
    "winograd_input": right_input,
    "winograd_output": right_output,
}


def transformed(matrix, tiles):
    return np.einsum("ij,...jk,lk->...il", matrix, tiles.astype(float), matrix)


def reference_conv2d(x, weight, padding):
    ph, pw = padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    seen = sliding_window_view(padded, (3, 3), axis=(2, 3))
    # One place of the kernels after the other: so no window is copied.
    return sum(
        np.einsum("nchw,oc->nohw", seen[..., u, v], weight[..., u, v].astype(float))
        for u, v in np.ndindex(3, 3)
    )


def is_right(x, weight, padding=(0, 0), dtype=None):
    wanted = reference_conv2d(x, weight, padding)
    got = conv2d_winograd(x, weight, padding)
    exact = x.dtype == weight.dtype == np.float64
    rubric.close(got, wanted, atol=1e-4, dtype=dtype, exact=exact)


def convolved(x, weight, padding, wanted):
    """Return the answer; with right transforms where the student's own give another."""
    try:
        got = np.asarray(conv2d_winograd(x, weight, padding))
        if got.shape == wanted.shape and np.abs(got - wanted).max() < 1e-4:
            return got
    except Exception:
        pass
    with rubric.standing_in(**TRANSFORMS):
        return conv2d_winograd(x, weight, padding)


def is_right_with_right_transforms(x, weight, padding=(0, 0)):
    wanted = reference_conv2d(x, weight, padding)
    rubric.close(convolved(x, weight, padding, wanted), wanted, atol=1e-4)


def normal(*shape):
    return rubric.rng.normal(size=shape)


@rubric.check("winograd_kernel: 3x3 to 4x4", points=0.3)
def _():
    weight = normal(1, 1, 3, 3)
    rubric.close(winograd_kernel(weight), transformed(TO_KERNEL, weight), atol=1e-5)


@rubric.check("winograd_input: 4x4 to 4x4", points=0.3)
def _():
    tile = normal(4, 4)
    rubric.close(winograd_input(tile), transformed(TO_TILE, tile), atol=1e-5)


@rubric.check("winograd_output: 4x4 to 2x2", points=0.3)
def _():
    tile = normal(4, 4)
    rubric.close(winograd_output(tile), transformed(TO_OUTPUT, tile), atol=1e-5)


@rubric.check("the transforms: each kernel and each tile by itself", points=1)
def _():
    weight, tiles = normal(5, 2, 3, 3), normal(2, 3, 5, 1, 4, 4)
    rubric.close(winograd_kernel(weight), transformed(TO_KERNEL, weight), atol=1e-5)
    rubric.close(winograd_input(tiles), transformed(TO_TILE, tiles), atol=1e-5)
    rubric.close(winograd_output(tiles), transformed(TO_OUTPUT, tiles), atol=1e-5)


@rubric.check("conv2d_winograd: one tile, 2x2 outputs", points=0.2)
def _():
    is_right_with_right_transforms(normal(1, 1, 4, 4), normal(1, 1, 3, 3))


@rubric.check("conv2d_winograd: several tiles, down and across", points=0.2)
def _():
    is_right_with_right_transforms(normal(1, 1, 6, 10), normal(1, 1, 3, 3))


@rubric.check("conv2d_winograd: channels add up, kernels and images apart", points=0.2)
def _():
    is_right_with_right_transforms(normal(2, 3, 4, 4), normal(5, 3, 3, 3))


@rubric.check("conv2d_winograd: an odd number of outputs", points=0.2)
def _():
    is_right_with_right_transforms(normal(1, 1, 5, 7), normal(1, 1, 3, 3))
    is_right_with_right_transforms(normal(1, 1, 4, 3), normal(1, 1, 3, 3))


@rubric.check("conv2d_winograd: padding (1, 2)", points=0.2)
def _():
    is_right_with_right_transforms(normal(1, 1, 4, 4), normal(1, 1, 3, 3), (1, 2))


@rubric.check("conv2d_winograd: float32 and float64 stay, integers float32", points=0.5)
def _():
    x, weight = normal(1, 1, 4, 4), normal(1, 1, 3, 3)
    is_right(x, weight, dtype=np.float64)
    is_right(x.astype("f4"), weight.astype("f4"), dtype=np.float32)
    small = rubric.rng.integers(-99, 99, (1, 1, 4, 4)).astype(np.int8)
    is_right(small, weight.astype("f4"), dtype=np.float32)
    is_right(small, np.full((1, 1, 3, 3), 3, np.int8), dtype=np.float32)
    is_right(x.astype("f4"), weight, dtype=np.float64)
    is_right(x, weight.astype("f4"), dtype=np.float64)


@rubric.check("conv2d_winograd: image and kernel are not modified", points=0.2)
def _():
    x, weight = normal(1, 1, 4, 4), normal(1, 1, 3, 3)
    wanted = reference_conv2d(x, weight, (0, 0))
    shared = rubric.share(x), rubric.share(weight)
    for _again in range(2):
        rubric.close(conv2d_winograd(*shared, (0, 0)), wanted, atol=1e-4)
        rubric.unchanged(shared[0], x)
        rubric.unchanged(shared[1], weight)


# Of what is right above with everything together, the cost is asked so, too.
RIGHT_TOGETHER = set()


@rubric.check("conv2d_winograd: everything together, all sizes different", points=0.9)
def _():
    x, weight = normal(2, 3, 8, 11), normal(4, 3, 3, 3)
    is_right(x, weight, (1, 2))
    # Once more of the same sizes: nothing of a call may be kept for the next.
    is_right(normal(2, 3, 8, 11), weight, (1, 2))
    is_right(x, normal(4, 3, 3, 3), (1, 2))
    is_right(normal(3, 2, 5, 6), normal(1, 2, 3, 3), (2, 0))
    RIGHT_TOGETHER.add("numbers")


# Of how many bits tiles and kernels are, in each dtype: as said below.
BITS = {np.dtype(np.float64): (45, 42), np.dtype(np.float32): (16, 13)}


def whole(bits, *shape):
    """Return random multiples of 4, of so many bits."""
    return 4 * rubric.rng.integers(2 ** (bits - 3), 2 ** (bits - 2), shape).astype(
        float
    )


def sparse_tiles(batch, channels, down, across, bits=45):
    """Return images of tiles side by side, of which each is two numbers transformed.

    The tiles that begin between them have a part of each.
    """
    back = np.linalg.inv(TO_TILE).round(1)  # halves
    number = batch * down * across
    every, tiles = np.arange(number), np.zeros((number, 16))
    # Those that go into all four outputs.
    one = rubric.rng.choice([5, 6, 9, 10], number)
    other = (one + rubric.rng.integers(1, 16, number)) % 16
    signs = rubric.rng.choice([-1, 1], (2, number))
    tiles[every, one], tiles[every, other] = whole(bits, 2, number) * signs
    x = np.zeros((number, channels, 4, 4))
    channel = rubric.rng.integers(channels, size=number)
    x[every, channel] = back @ tiles.reshape(-1, 4, 4) @ back.T
    x = x.reshape(batch, down, across, channels, 4, 4).transpose(0, 3, 1, 4, 2, 5)
    return x.reshape(batch, channels, 4 * down, 4 * across) / 2**bits


def signed(*shape, bits=42):
    """Return numbers for kernels, of so many bits."""
    return whole(bits, *shape) * rubric.rng.choice([-1, 1], shape) / 2**bits


def others_than_products(answer, x, weight):
    """Return 1 if a sum of products of transformed tiles is no output, or else 0.

    Asked for are the outputs of every second whole tile, wherever they stand.
    """
    batch, channels, height, width = x.shape
    down, across = height // 4, width // 4
    tiles = x[:, :, : 4 * down, : 4 * across]
    tiles = tiles.reshape(batch, 1, channels, down, 4, across, 4)
    kernels = transformed(TO_KERNEL, weight)[None, :, :, None, None]
    pixels = transformed(TO_TILE, tiles.transpose(0, 1, 2, 3, 5, 4, 6))
    products = (pixels * kernels).astype(x.dtype).astype(float)
    wanted = transformed(TO_OUTPUT, products.sum(axis=2)).astype(x.dtype)
    return int(not np.isin(wanted, np.asarray(answer)).all())


# Whole numbers of so many bits that tiles and kernels are transformed without rounding,
# in any order; that their products are rounded, each once; and that each output is a sum
# of two of these, rounded once more. So all who multiply transformed tiles get the same
# outputs to the last bit. Who multiplies pixels rounds elsewhere, and who rounds less
# gets other last bits, too.
def multiplies_tiles(images, kernels, cut=None):
    """Ask for products of transformed tiles; where they stand has its own checks.

    The dtype has one, too: who always answers in float32 is asked in float32.
    """
    dtype, within = np.dtype(np.float64), 1e-9
    few = normal(1, 1, 4, 4), normal(1, 1, 3, 3)
    with contextlib.suppress(Exception):
        found = conv2d_winograd(*few, (0, 0))
        if np.asarray(found).dtype == np.float32:
            dtype, within = np.dtype(np.float32), 1e-4
    of_tiles, of_kernels = BITS[dtype]
    x = sparse_tiles(*images, bits=of_tiles)[:, :, :cut, :cut].astype(dtype)
    weight = signed(*kernels, bits=of_kernels).astype(dtype)
    direct = reference_conv2d(x, weight, (0, 0))
    got = np.asarray(convolved(x, weight, (0, 0), direct))
    rubric.shape(got.shape, direct.shape)
    right = np.sort(direct.reshape(*direct.shape[:2], -1))
    rubric.close(np.sort(got.reshape(right.shape)), right, rtol=within, atol=within)
    rubric.whole_number(
        others_than_products(got, x, weight),
        0,
        saying="right outputs, but no products of transformed tiles",
    )


@rubric.check("conv2d_winograd: it multiplies transformed tiles", points=3.5)
def _():
    multiplies_tiles((2, 3, 3, 4), (4, 3, 3, 3))


@rubric.check(
    "conv2d_winograd: it multiplies them where the last tiles hang over", points=1
)
def _():
    multiplies_tiles((1, 1, 3, 4), (3, 1, 3, 3), cut=-1)


def mirrored():
    """Return a kernel of 3x3 different numbers that no flip changes."""
    values = signed(9)[rubric.rng.permutation(9)].reshape(3, 3)
    return values[[0, 1, 0]][:, [0, 1, 0]][None, None]


def same_numbers(answer, wanted, atol=1e-3):
    """Compare the numbers, of a line of windows: its axes are for the checks above."""
    rubric.whole_number(
        np.size(answer),
        wanted.size,
        saying="fast enough, but not a number for each output",
    )
    away = np.ravel(np.asarray(answer, np.float32)) - wanted.ravel()
    rubric.close(
        np.abs(away).max(), 0, atol=atol, saying="fast enough, but with wrong values"
    )


def by_sums(x, weight, padding):
    """Convolve in a right way that takes its time: sums over each tile."""
    tiles = right_windows(x, (4, 4), (2, 2), padding)
    pixels = np.einsum("xu,ncijuv,yv->ncijxy", TO_TILE, tiles, TO_TILE)
    kernels = transformed(TO_KERNEL, weight)[None, :, :, None, None]
    products = (pixels[:, None] * kernels).sum(axis=2)
    return np.einsum("xu,noijuv,yv->noijxy", TO_OUTPUT, products, TO_OUTPUT)


def is_right_for_few():
    """Return whether several images, channels and kernels, padded, are right if small."""
    call = sparse_tiles(2, 2, 2, 1), signed(2, 2, 3, 3), (0, 2)
    with contextlib.suppress(Exception):
        got, wanted = np.asarray(conv2d_winograd(*call)), reference_conv2d(*call)
        return got.shape == wanted.shape and np.abs(got - wanted).max() < 1e-4
    return False


def large_cases():
    """Yield a row of tiles, a column of them, and several planes if few are right."""
    for place in range(2):
        sides = [1, 1]
        sides[place] = int(rubric.rng.integers(28_500, 31_500))
        yield sparse_tiles(1, 1, *sides), mirrored(), (0, 0)
    if is_right_for_few() or RIGHT_TOGETHER:
        down = int(rubric.rng.integers(60, 70))
        yield sparse_tiles(2, 2, down, 3800 // down), signed(2, 2, 3, 3), (0, 2)


def multiplies_none(x, weight):
    """Ask whether it multiplies no transformed tiles here either."""
    wanted = reference_conv2d(x, weight, (0, 0))
    try:
        found = np.asarray(conv2d_winograd(x, weight, (0, 0)))
    except Exception:
        return  # which has lost its points above
    if found.shape == wanted.shape:
        rubric.whole_number(
            others_than_products(found, x, weight),
            1,
            saying="fast enough, but without the products of transformed tiles",
        )


# One tile in each row of them, then one in each column: so a loop over these is one over
# tiles, and takes longer than array operations, whoever counts its lines. A thousand
# lines are enough; loops over kernels, channels, or the 16 places of a tile have room.
# Random kernels, which a flip leaves as they are. Who multiplies no transformed tiles has
# lost its points above; who does so where images are small, in a loop, and not here, has
# written no convolution that does both.
@rubric.check("conv2d_winograd: no Python loop over tiles", points=3)
def _():
    for x, weight, padding in large_cases():
        wanted = reference_conv2d(x, weight, padding)
        beside = partial(by_sums, x, weight, padding)
        call = rubric.share(x), weight, padding
        got = rubric.bounded(conv2d_winograd, *call, steps=7500, beside=beside)
        same_numbers(got, wanted)
        if np.shape(got) == wanted.shape and others_than_products(got, x, weight):
            few = x[:, :, :12, :12]
            multiplies_none(few, weight)
            found = conv2d_winograd(few, weight, (0, 0))
            rubric.shape(np.shape(found), reference_conv2d(few, weight, (0, 0)).shape)
            # As above, where they are asked for.
            multiplies_none(sparse_tiles(2, 3, 3, 4), signed(4, 3, 3, 3))


rubric.score()
