import contextlib
from functools import partial

from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=10)
rubric.forbids(lambda: col2im, "scipy", "sklearn")


def places(x_shape, kernel_size, stride, padding):
    """Return how many windows fit, down and across."""
    sizes = zip(x_shape[2:], kernel_size, stride, padding, strict=True)
    return [len(range(0, size + 2 * p - k + 1, s)) for size, k, s, p in sizes]


def reference_col2im(columns, x_shape, kernel_size, stride, padding):
    (batch, channels, height, width), (kh, kw) = x_shape, kernel_size
    (sh, sw), (ph, pw) = stride, padding
    down, across = places(x_shape, kernel_size, stride, padding)
    windows = columns.astype(float).reshape(batch, down, across, channels, kh, kw)
    out = np.zeros((batch, channels, height + 2 * ph, width + 2 * pw))
    for u, v in np.ndindex(kh, kw):
        rows, across_ = slice(u, u + down * sh, sh), slice(v, v + across * sw, sw)
        out[:, :, rows, across_] += windows[..., u, v].transpose(0, 3, 1, 2)
    return out[:, :, ph : ph + height, pw : pw + width]


def matrix(x_shape, kernel_size, stride, padding):
    batch, channels, _, _ = x_shape
    number = batch * np.prod(places(x_shape, kernel_size, stride, padding))
    return rubric.rng.normal(size=(number, channels * np.prod(kernel_size)))


def is_right(columns, *lengths, dtype=None):
    wanted = reference_col2im(columns, *lengths)
    rubric.close(col2im(columns, *lengths), wanted, atol=1e-5, dtype=dtype, exact=True)


def random_is_right(x_shape, kernel_size, stride=(1, 1), padding=(0, 0)):
    lengths = x_shape, kernel_size, stride, padding
    is_right(matrix(*lengths), *lengths)


def rows_are_right(x_shape, kernel_size, stride=(1, 1), padding=(0, 0)):
    # Each row is one repeated number: the order within it does not matter.
    lengths = x_shape, kernel_size, stride, padding
    columns = matrix(*lengths)
    is_right(columns[:, :1] + 0 * columns, *lengths)


@rubric.check("windows side by side: each number goes to its own pixel", points=0.25)
def _():
    random_is_right((1, 1, 6, 6), (2, 2), (2, 2))


@rubric.check("where windows overlap, what meets is added", points=1)
def _():
    rows_are_right((1, 2, 5, 5), (3, 3))


# One window in each image here, and where nothing else is said: neither the stride nor
# what meets is asked for. It does not fill the image, or the matrix could be given back.
@rubric.check("within a row: channel, then kernel row, then kernel column", points=1.5)
def _():
    random_is_right((2, 3, 4, 4), (3, 3), (2, 2))


# Each row is one repeated number; the windows do not overlap.
@rubric.check("the rows: image, then window row, then window column", points=0.25)
def _():
    rows_are_right((3, 1, 8, 10), (2, 2), (2, 2))


@rubric.check("height and width may differ, of the image and the window", points=0.25)
def _():
    rows_are_right((2, 3, 3, 6), (2, 4), (2, 3))
    rows_are_right((2, 3, 7, 3), (5, 2), (3, 2))


# No two windows overlap.
@rubric.check(
    "stride (2, 3): back to where im2col read; a pixel in no window stays 0",
    points=0.25,
)
def _():
    rows_are_right((1, 2, 9, 9), (2, 2), (2, 3))


@rubric.check("padding (1, 2): what lies in it falls away", points=0.25)
def _():
    rows_are_right((2, 2, 4, 4), (6, 8), padding=(1, 2))


@rubric.check("padding (0, 2): nothing is cut off where there is none", points=0.25)
def _():
    rows_are_right((2, 2, 6, 5), (6, 9), padding=(0, 2))


@rubric.check("float32 and float64 stay, small integers give float32", points=0.25)
def _():
    # Each row is one repeated number.
    lengths = (6, 1, 3, 3), (2, 2), (2, 2), (0, 0)
    columns = matrix(*lengths)
    columns = columns[:, :1] + 0 * columns
    is_right(columns, *lengths, dtype=np.float64)
    is_right(columns.astype(np.float32), *lengths, dtype=np.float32)
    small = rubric.rng.integers(-99, 99, (6, 1)).astype(np.int8) * np.ones(4, np.int8)
    is_right(small, *lengths, dtype=np.float32)


@rubric.check("the matrix is not modified, nor an earlier answer", points=0.25)
def _():
    lengths = (4, 1, 3, 3), (2, 2), (2, 2), (0, 0)
    columns = matrix(*lengths)
    wanted = reference_col2im(columns, *lengths)
    shared = rubric.share(columns)
    for _again in range(2):
        rubric.close(col2im(shared, *lengths), wanted, atol=1e-5)
        rubric.unchanged(shared, columns)
    calls = (columns, *lengths), (matrix(*lengths), *lengths)
    rubric.stays(col2im, *calls, wanted)


# Of what is right above with everything together, the cost is asked so, too.
RIGHT_TOGETHER = set()


@rubric.check("everything together, all sizes different", points=2.25)
def _():
    # Once more of the same sizes: nothing of a call may be kept for the next.
    for _again in range(2):
        random_is_right((2, 3, 8, 11), (3, 5), (2, 3), (1, 2))
    random_is_right((3, 2, 7, 9), (4, 2), (3, 1), (2, 1))
    RIGHT_TOGETHER.add("sums")


def one_by_one(columns, x_shape, sides, stride, padding):
    """Add up in a right way that takes its time: each number to its own place."""
    (batch, channels, height, width), (sh, sw), (ph, pw) = x_shape, stride, padding
    rows, across = height + 2 * ph, width + 2 * pw
    numbers = np.arange(batch * channels * rows * across)
    numbers = numbers.reshape(batch, channels, rows, across)
    seen = sliding_window_view(numbers, sides, axis=(2, 3))[:, :, ::sh, ::sw]
    places = seen.transpose(0, 2, 3, 1, 4, 5).reshape(columns.shape)
    out = np.zeros((batch * channels * rows, across), np.float32)
    np.add.at(out, (places // across, places % across), columns)
    out = out.reshape(numbers.shape)
    return out[:, :, ph : ph + height, pw : pw + width]


def in_its_ways(numbers, sides):
    """Return what may come of a number for each window, each the whole of its window.

    In which order the windows stand is for a check above.
    """
    down, across = numbers.shape
    shape = down + sides[0] - 1, across + sides[1] - 1
    for windows in (numbers, numbers.reshape(across, down).T):
        added = np.zeros(shape)
        for u, v in np.ndindex(*sides):
            added[u : u + down, v : v + across] += windows
        yield added


def without_loop(columns, *lengths):
    """Return the answer, if Python had little to do for it."""
    beside = partial(one_by_one, columns, *lengths)
    call = rubric.share(columns), *lengths
    got = rubric.bounded(col2im, *call, steps=5000, beside=beside, times=2.5)
    rubric.shape(np.shape(got), lengths[0])
    return np.asarray(got, float)


def several(*sides):
    """Return a call with several images and channels, a stride and padding."""
    lengths = (2, 2, *sides), (2, 2), (2, 1), (0, 1)
    number = 2 * np.prod(places(*lengths))
    return rubric.rng.integers(1, 99, (number, 8)).astype(np.float32), *lengths


def is_right_for_few():
    """Return whether the answer is right where such images are small."""
    call = several(6, 4)
    with contextlib.suppress(Exception):
        return np.array_equal(col2im(*call), reference_col2im(*call))
    return False


def line_or_plane(sides):
    """Return a call with windows of one column, of one row, or of both."""
    number = int(rubric.rng.integers(570_000, 630_000))
    down, across = (number if side == 2 else 1 for side in sides)
    if sides == (2, 2):
        down = int(rubric.rng.integers(350, 370))
        across = number // 4 // down
    rows = rubric.rng.integers(1, 99, (down * across, 1)).astype(np.float32)
    columns = np.repeat(rows, sides[0] * sides[1], axis=1)
    return columns, (1, 1, down + sides[0] - 1, across + sides[1] - 1), sides


# An image of one column, then one of one row, and a window at each pixel. There are so
# many that the cheapest turn of a loop for each takes longer than array operations,
# whoever counts its lines. A few hundred lines are enough; loops over images, channels
# or taps have room. Each row is one repeated number, which no flip of a window changes.
# A matrix whose rows are mixed, or not added up, is not worth its speed. At last a plane,
# for which lines alone take no more than two slices: of several images and channels, with
# a stride and padding, if few of these are right. If not, that has lost its points above.
@rubric.check("no Python loop over windows; right for two channels", points=3.25)
def _():
    # The windows do not overlap.
    rows_are_right((1, 2, 2, 5), (2, 1))
    for sides in ((2, 1), (1, 2), (2, 2)):
        if sides == (2, 2) and (is_right_for_few() or RIGHT_TOGETHER):
            call = several(int(rubric.rng.integers(350, 370)), 416)
            away = [np.abs(without_loop(*call) - reference_col2im(*call)).max()]
        else:
            columns, x_shape, _ = call = line_or_plane(sides)
            got = without_loop(*call, (1, 1), (0, 0)).reshape(x_shape[2:])
            places_of = [
                n - side + 1 for n, side in zip(x_shape[2:], sides, strict=True)
            ]
            answers = in_its_ways(columns[:, 0].reshape(places_of), sides)
            away = [np.abs(got - answer).max() for answer in answers]
        rubric.close(min(away), 0, saying="fast enough, but with wrong values")


rubric.score()
