import contextlib
from functools import partial

from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=5)
rubric.forbids(lambda: blocks, "scipy", "sklearn")
rubric.forbids(lambda: conv2d_blocked, "scipy", "sklearn")


def right_windows(x, kernel_size, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view
    return view(padded, kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]


def right_im2col(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view
    seen = view(padded, kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]
    return seen.transpose(0, 2, 3, 1, 4, 5).reshape(-1, x.shape[1] * kh * kw)


def right_conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    dtype = np.result_type(x, weight, np.float32)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view
    seen = view(padded, weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    out = np.tensordot(seen, weight.astype(dtype), axes=((1, 4, 5), (1, 2, 3)))
    out = out.transpose(0, 3, 1, 2)
    return out if bias is None else out + np.reshape(bias, (-1, 1, 1)).astype(dtype)


rubric.stand_in(
    windows=right_windows, im2col=right_im2col, conv2d_forward=right_conv2d_forward
)


def ranges_are_right(count, bytes_each, block_bytes):
    fitting = [n for n in range(1, block_bytes + 1) if n * bytes_each <= block_bytes]
    step = fitting[-1] if fitting else 1
    wanted = [[i, min(i + step, count)] for i in range(count) if i % step == 0]
    got = blocks(count, bytes_each, block_bytes)
    rubric.close(got, wanted, rtol=0, atol=0)


def reference_conv2d(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    seen = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    seen = seen[:, :, ::sh, ::sw]
    # One place of the kernels after the other: so no window is copied.
    out = sum(
        np.einsum("nchw,oc->nohw", seen[..., u, v], weight[..., u, v].astype(float))
        for u, v in np.ndindex(weight.shape[2:])
    )
    return out if bias is None else out + np.reshape(bias, (-1, 1, 1))


def normal(*shape):
    return rubric.rng.normal(size=shape)


@rubric.check(
    "blocks: each as long as its bytes allow, one after the other", points=0.2
)
def _():
    # No remainder: a last block that is shorter has a check of its own.
    each, number = rubric.rng.integers(3, 9, 2).tolist()
    ranges_are_right(5 * number, each, number * each)
    ranges_are_right(4 * number, each + 8, number * (each + 8) + each + 7)


@rubric.check("blocks: the last one ends where the items end", points=0.6)
def _():
    each, number = rubric.rng.integers(5, 9, 2).tolist()
    ranges_are_right(3 * number + 1, each, number * each)
    ranges_are_right(3 * number - 1, each, number * each + 1)
    ranges_are_right(number - 2, each, number * each)


@rubric.check("blocks: at least one item in each, none for no item", points=0.4)
def _():
    count = int(rubric.rng.integers(3, 9))
    ranges_are_right(count, 90, 20)
    rubric.whole_number(len(blocks(0, 7, 20)), 0)
    # Not one in each whatever fits.
    ranges_are_right(2 * count, 10, 20)


@rubric.check("blocks: a number out of range is a ValueError that names it", points=0.4)
def _():
    fewer, each = -int(rubric.rng.integers(101, 999)), int(rubric.rng.integers(3, 9))
    rubric.raises(ValueError, blocks, fewer, 7, 20, naming=(fewer,))
    for number in (fewer, 0):
        rubric.raises(ValueError, blocks, 5, number, 20, naming=(number,))
        rubric.raises(ValueError, blocks, 5, 7, number, naming=(number,))
    ranges_are_right(1, 1, 1)
    ranges_are_right(6, each, 2 * each)


# Of what is right above with everything together, the cost is asked so, too.
RIGHT_TOGETHER = set()


# In one block; then in blocks of which one image takes all, or three images.
@rubric.check("conv2d_blocked: the numbers of conv2d_forward", points=0.4)
def _():
    # No remainder, which has a check of its own.
    x, weight, bias = normal(6, 3, 8, 11), normal(4, 3, 3, 2), normal(4)
    pairs = (2, 3), (1, 2)
    wanted = reference_conv2d(x, weight, bias, *pairs)
    for images in (6, 1, 3):
        block_bytes = images * 4 * 5 * 18 * 8
        got = conv2d_blocked(x, weight, bias, *pairs, block_bytes)
        rubric.close(got, wanted, atol=1e-5)
    # Other images of the same sizes: nothing of a call may be kept for the next.
    x = normal(6, 3, 8, 11)
    wanted = reference_conv2d(x, weight, None, *pairs)
    got = conv2d_blocked(x, weight, None, *pairs, 4 * 5 * 18 * 8)
    rubric.close(got, wanted, atol=1e-5)
    RIGHT_TOGETHER.add("numbers")


@rubric.check("conv2d_blocked: the dtypes, and nothing is modified", points=0.4)
def _():
    pairs = (1, 1), (0, 0)
    for dtype in (np.float64, np.float32):
        x, weight = normal(2, 1, 3, 3).astype(dtype), normal(1, 1, 2, 2).astype(dtype)
        wanted = reference_conv2d(x, weight, None, *pairs)
        shared = rubric.share(x), rubric.share(weight)
        got = conv2d_blocked(*shared, None, *pairs, 1)
        rubric.close(got, wanted, atol=1e-5, dtype=dtype)
        rubric.unchanged(shared[0], x)
        rubric.unchanged(shared[1], weight)
    # The first two tell whose dtype it is, if it is not that of both.
    for ours, theirs, dtype in (
        (np.int8, np.float32, np.float32),
        (np.float32, np.int8, np.float32),
        (np.int8, np.int8, np.float32),
        (np.float32, np.float64, np.float64),
        (np.float64, np.float32, np.float64),
    ):
        x, weight = (
            np.round(9 * normal(2, 1, 3, 3)).astype(ours),
            np.full((1, 1, 2, 2), 3),
        )
        weight = weight.astype(theirs)
        wanted = reference_conv2d(x, weight, None, *pairs)
        got = conv2d_blocked(x, weight, None, *pairs, 1)
        rubric.close(got, wanted, atol=1e-5, dtype=dtype)


def more_than_fits():
    """Convolve images whose windows are more bytes in all than a process may have.

    Whoever makes them all at once is told so by the system: a loop over blocks beside
    it, or room that was made before, is of no use. In blocks of two images next to none
    are needed. Where the limit is far, or there is none, some images have to do.
    """
    # 1089 windows of 1024 numbers.
    one, weight = (1, 64, 64), normal(8, 1, 32, 32)
    bytes_each = 33 * 33 * weight[0].nbytes
    most = rubric.memory_bytes()
    # In pairs: a remainder has a check of its own.
    images = 6 + (most + most // 10) // bytes_each if most <= 4 << 30 else 6
    images -= images % 2
    x, rest = normal(images, *one), (None, (1, 1), (0, 0), 2 * bytes_each)
    got = conv2d_blocked(rubric.share(x), weight[:1], *rest)
    rubric.shape(np.shape(got), (images, 1, 33, 33))
    some = np.append(rubric.rng.integers(0, images, 5), images - 1)
    wanted = reference_conv2d(x[some], weight[:1], None, (1, 1), (0, 0))
    # In float32 it would take half the room; but the dtype is for another check.
    got = np.asarray(got)[some]
    rubric.close(got, wanted, atol=1e-9 if got.dtype == np.float64 else 1e-3)
    # A view of all windows takes no memory, and a step over it does all at once: of
    # eight kernels slowly, where a product of matrices takes too little to be seen.
    rubric.in_pieces(
        conv2d_blocked,
        *(x[: images // 3], weight, *rest),
        saying="not as many images at a time as the bytes allow",
    )


class Noted:
    """Right versions of the earlier cells' functions, which note for how many images."""

    def __init__(self):
        self.asked = []
        self.functions = {
            "windows": self.noted(right_windows),
            "im2col": self.noted(right_im2col),
            "conv2d_forward": self.noted(right_conv2d_forward),
        }

    def noted(self, right):
        def call(x, *rest):
            self.asked.append(len(x))
            return right(x, *rest)

        return call

    def is_right(self, arguments, limit, number, fewer=False):
        """Ask for the numbers, and how many images, or fewer, were asked for at a time."""
        wanted = reference_conv2d(*arguments)
        self.asked.clear()
        with rubric.standing_in(**self.functions):
            got = conv2d_blocked(*arguments, limit)
        rubric.close(got, wanted, atol=1e-3)
        most = max(self.asked, default=number)
        rubric.whole_number(
            max(most, number) if fewer else most,
            number,
            saying="not as many images at a time as the bytes allow",
        )


def images_of(dtype):
    """Return what is convolved, and the bytes of an image's windows.

    Of lengths from which each way to count the bytes wrongly makes other blocks.
    """
    x, weight = normal(64, 3, 5, 27).astype(dtype), normal(5, 3, 2, 7).astype(dtype)
    # 6x11 windows of 3x2x7 numbers.
    return (x, weight, None, (1, 2), (1, 0)), 6 * 11 * (3 * 2 * 7) * x.itemsize


# Who asks the functions of earlier cells for windows is seen to: for so many images at a
# time. A loop that does nothing, beside one step for all, is told by the memory that this
# takes; or, where that is a step over a view, by the lines along which the work is done.
@rubric.check("conv2d_blocked: not as many images as there are at once", points=0.8)
def _():
    noted = Noted()
    # A few bytes: still one image at a time.
    for dtype in (np.float32, np.float64):
        arguments, bytes_each = images_of(dtype)
        noted.is_right(arguments, 8, 1)
        # Of four that fit: counting them has the next check.
        limit = 4 * bytes_each + bytes_each // 2
        noted.is_right(arguments, limit, 20, fewer=True)
    # Right versions answer from this side, through which all these bytes would go.
    if not (rubric.stands_in and noted.asked):
        more_than_fits()


# Whoever asks no function of an earlier cell: each block takes as many lines as any other,
# so their number can be told. A loop that does the same for any bytes gives no number.
@rubric.check(
    "conv2d_blocked: as many images in a block as its bytes allow", points=0.6
)
def _():
    noted = Noted()
    for dtype in (np.float32, np.float64):
        arguments, bytes_each = images_of(dtype)
        limits = {n: n * bytes_each + bytes_each // 2 for n in (1, 40, 4)}
        # A few bytes: still one image at a time.
        for number, limit in [(1, 8), *limits.items()]:
            noted.is_right(arguments, limit, number)
        # All in one block, twice, since the first call of all may do more; one by one.
        at_once, at_once, one_by_one = (
            rubric.lines(conv2d_blocked, *arguments, limit, most=1_000_000)
            for limit in (64 * bytes_each, 64 * bytes_each, 1)
        )
        assert one_by_one > at_once, "the bytes of a block change nothing"
        for number, limit in limits.items():
            lines = rubric.lines(conv2d_blocked, *arguments, limit, most=1_000_000)
            taken = 1 + round(63 * (lines - at_once) / (one_by_one - at_once))
            rubric.whole_number(
                taken,
                -(-64 // number),
                saying="not as many images at a time as the bytes allow",
            )


def mirrored(height, width):
    """Return a kernel of different numbers that no flip changes."""
    values = 1 + rubric.rng.permutation(height * width).reshape(height, width)
    rows, columns = (np.minimum(range(n), range(n)[::-1]) for n in (height, width))
    return values[rows][:, columns].astype(np.float32)


def many(*shape):
    """Return small whole numbers: all sums of them are exact in float32."""
    return rubric.rng.integers(-4, 5, shape, np.int8).astype(np.float32)


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


def one_of_them(answer, answers):
    """Compare the numbers by size with the first of some answers, or with another.

    Where each stands, and which way round the kernel lies, is for the checks above.
    """
    found = np.sort(np.ravel(np.asarray(answer, np.float32)))
    for wanted in answers:
        rubric.whole_number(
            np.size(answer),
            wanted.size,
            saying="fast enough, but not a number for each output",
        )
        away = np.abs(found - np.sort(wanted.ravel())).max()
        if away <= 1e-3:
            break
    rubric.close(away, 0, atol=1e-3, saying="fast enough, but with wrong values")


def each_way_round(weight):
    """Return a kernel as it may be taken: flipped, its sides exchanged, or both."""
    flips = [weight[..., ::i, ::j] for i in (1, -1) for j in (1, -1)]
    return [*flips, *(each.swapaxes(2, 3) for each in flips)]


def square_kernel():
    """Return a kernel of 2x2 different numbers."""
    return (1 + rubric.rng.permutation(9)[:4]).reshape(1, 1, 2, 2).astype(np.float32)


def in_wide_rows(x, weight, _bias, stride, padding):
    """Convolve in a right way that takes its time: in float64, windows copied twice."""
    columns = right_im2col(x.astype(float), weight.shape[2:], stride, padding)
    columns = np.hstack([columns, np.ones((len(columns), 1))])
    kernels = np.pad(weight.reshape(len(weight), -1).astype(float), ((0, 0), (0, 1)))
    return (columns @ kernels.T).astype(np.float32)


def several(*sides):
    """Return a call with several images, channels and kernels, a stride and padding."""
    weight, bias = many(2, 2, 2, 2), many(2)
    return many(2, 2, *sides), weight, bias, (2, 1), (0, 1)


def is_right_for_few(function, *more):
    """Return whether the answer is right where such images are small."""
    call = several(5, 4)
    with contextlib.suppress(Exception):
        got = np.asarray(function(*call, *more), float)
        return np.array_equal(got, reference_conv2d(*call))
    return False


def without_loop(x, weight, bias, *pairs):
    """Return the answer, all in one block, if Python had little to do for it."""
    block_bytes = right_windows(x, weight.shape[2:], *pairs).nbytes
    beside = partial(in_wide_rows, x, weight, bias, *pairs)
    call = rubric.share(x), weight, bias, *pairs, block_bytes
    return rubric.bounded(conv2d_blocked, *call, steps=5000, beside=beside, times=5)


# See the check of conv2d_forward.
@rubric.check("conv2d_blocked: no Python loop over windows", points=1.2)
def _():
    for sides in ((3, 1), (1, 3)):
        number = int(rubric.rng.integers(570_000, 630_000))
        x = many(1, 1, *(number if side > 1 else 1 for side in sides))
        weight = mirrored(*sides).reshape(1, 1, *sides)
        rest = weight, np.zeros(1, np.float32), (1, 1), (0, 0)
        same_numbers(without_loop(x, *rest), reference_conv2d(x, *rest))
    rows = int(rubric.rng.integers(350, 370))
    if is_right_for_few(conv2d_blocked, 1 << 20) or RIGHT_TOGETHER:
        x, *rest = several(rows, 150_000 // rows)
        same_numbers(without_loop(x, *rest), reference_conv2d(x, *rest))
    else:
        x, weight = many(1, 1, rows, 150_000 // rows), square_kernel()
        rest = np.zeros(1, np.float32), (1, 1), (0, 0)
        got, ways = without_loop(x, weight, *rest), each_way_round(weight)
        one_of_them(got, (reference_conv2d(x, w, *rest) for w in ways))


rubric.score()
