import contextlib
from functools import partial

from proctor.rubric import Rubric

rubric = Rubric(points=12)
rubric.forbids(lambda: im2col, "scipy", "sklearn")


def right_windows(x, kernel_size, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view
    return view(padded, kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]


rubric.stand_in(windows=right_windows)


def reference_im2col(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows = len(range(0, padded.shape[2] - kh + 1, sh))
    columns = len(range(0, padded.shape[3] - kw + 1, sw))
    out = np.empty((len(x), rows, columns, x.shape[1], kh, kw), x.dtype)
    for u, v in np.ndindex(kh, kw):
        shifted = padded[:, :, u : u + rows * sh : sh, v : v + columns * sw : sw]
        out[..., u, v] = shifted[:, :, :rows, :columns].transpose(0, 2, 3, 1)
    return out.reshape(len(x) * rows * columns, -1)


def is_right(x, kernel_size, stride=(1, 1), padding=(0, 0), dtype=None):
    wanted = reference_im2col(x, kernel_size, stride, padding)
    got = im2col(x, kernel_size, stride, padding)
    rubric.close(got, wanted, rtol=0, atol=0, dtype=dtype)


def different(*shape):
    """Return different numbers, some of them negative, none zero."""
    numbers = 1.0 + rubric.rng.permutation(np.prod(shape)).reshape(shape)
    return np.where(numbers % 3 == 0, -numbers, numbers)


def is_right_in_any_order(x, kernel_size, stride=(1, 1), padding=(0, 0), dtype=None):
    """Ask what is in each row; its order and that of the rows have their own checks."""
    wanted = reference_im2col(x, kernel_size, stride, padding)
    got = im2col(x, kernel_size, stride, padding)
    rubric.array(got)
    same_in_any_order(got, wanted, dtype=dtype)


def same_in_any_order(got, wanted, dtype=None):
    """Compare the rows, each by size, and by their first numbers, then by the next."""
    right, rows = np.sort(wanted), np.sort(in_rows(got, wanted))
    right = right[np.lexsort(right.T[::-1])]
    rows = rows[np.lexsort(rows.T[::-1])] if rows.ndim == 2 else rows
    rubric.close(
        rows,
        right,
        rtol=0,
        atol=0,
        dtype=dtype,
        saying="a row lacks pixels of its window",
    )


def in_rows(got, wanted):
    """Return a matrix that lies on its side, or in pieces, as the one that is wanted."""
    if got.shape == wanted.shape[::-1]:
        return got.T
    return got.reshape(wanted.shape) if got.size == wanted.size else got


@rubric.check("a row for each window: its pixels, row by row", points=0.75)
def _():
    # Twice the same sizes: an answer is no earlier call's.
    for _again in range(2):
        is_right(different(1, 1, 5, 6), (3, 3))


# Neither the order of the rows nor that within them matters, but what is in one row.
# Square windows here, and where the sides are not asked for.
@rubric.check("a row holds the whole of one window, of all channels", points=0.5)
def _():
    for _again in range(2):
        x = different(1, 3, 5, 5)
        is_right_in_any_order(x, (2, 2))
    got = np.shape(im2col(x, (2, 2), (1, 1), (0, 0)))
    rubric.whole_number(
        int(12 in (got[0], got[-1])), 1, saying="not a window of all channels in a row"
    )


# Windows one below the other: whether rows or columns of them come first does not matter.
@rubric.check("within a row: channel, then kernel row, then kernel column", points=1)
def _():
    is_right(different(1, 3, 5, 3), (3, 3))


# The order within a row does not matter: its numbers are compared by size.
@rubric.check("the rows: image, then window row, then window column", points=0.75)
def _():
    x = different(3, 1, 4, 5)
    wanted = np.sort(reference_im2col(x, (2, 2), (1, 1), (0, 0)))
    got = np.asarray(im2col(x, (2, 2), (1, 1), (0, 0)))
    rubric.shape(got.shape, wanted.shape)
    rubric.close(
        np.sort(got), wanted, rtol=0, atol=0, saying="a row stands in another place"
    )


@rubric.check("height and width may differ, of the image and the window", points=0.25)
def _():
    is_right_in_any_order(different(1, 2, 5, 8), (2, 4))
    is_right_in_any_order(different(1, 2, 7, 4), (3, 2))


@rubric.check("stride (2, 3): two rows down, three columns to the right", points=0.25)
def _():
    is_right_in_any_order(different(1, 2, 9, 9), (2, 2), (2, 3))


@rubric.check("padding (1, 2): zeros above, below, left and right", points=0.25)
def _():
    is_right_in_any_order(different(1, 2, 4, 4), (3, 3), padding=(1, 2))


@rubric.check("the image's dtype stays", points=0.5)
def _():
    for dtype in (np.int8, np.uint8, np.float32, np.float64):
        x = different(1, 2, 4, 4).astype(dtype)
        is_right_in_any_order(x, (2, 2), dtype=dtype)


@rubric.check("the image is not modified, nor an earlier answer", points=0.25)
def _():
    x = different(1, 2, 4, 4)
    wanted = reference_im2col(x, (2, 2), (1, 1), (0, 0))
    shared = rubric.share(x)
    for _again in range(2):
        got = np.asarray(im2col(shared, (2, 2), (1, 1), (0, 0)))
        same_in_any_order(got, wanted)
        rubric.unchanged(shared, x)
    # One pixel, of which no order matters.
    one, other = rubric.rng.normal(size=(2, 1, 1, 1, 1))
    rest = (1, 1), (1, 1), (0, 0)
    rubric.stays(im2col, (one, *rest), (other, *rest), one[0, 0])


# Of what is right above with everything together, the cost is asked so, too.
RIGHT_TOGETHER = set()


@rubric.check("everything together, all sizes different", points=3)
def _():
    # Once more of the same sizes: nothing of a call may be kept for the next.
    for _again in range(2):
        is_right(different(2, 3, 8, 11), (3, 5), (2, 3), (1, 2))
    x = np.asfortranarray(different(3, 2, 7, 9))
    is_right(x, (4, 2), (3, 1), (2, 1))
    RIGHT_TOGETHER.add("rows")


def cubed(rows):
    """Return the sum of cubes of each row: what no order in it changes."""
    return sum((rows * rows * rows).T)


def same_rows(answer, wanted, in_order):
    """Compare row by row; which order they have is for the checks above."""
    rubric.whole_number(
        np.size(answer),
        wanted.size,
        saying="fast enough, but not a number for each output",
    )
    got = np.asarray(answer, np.float32)
    got = got.T if got.shape == wanted.shape[::-1] else got
    got, right = got.reshape(wanted.shape), wanted.astype(np.float32)
    got, right = cubed(got), cubed(right)
    away = got - right if in_order else np.sort(got) - np.sort(right)
    rubric.close(np.abs(away).max(), 0, saying="fast enough, but with wrong values")


def by_places(x, kernel_size, stride, padding):
    """Return the matrix in a right way that takes its time: each pixel by its place."""
    (ph, pw), (kh, kw) = padding, kernel_size
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    numbers = np.arange(padded.size).reshape(padded.shape)
    seen = right_windows(numbers, kernel_size, stride, (0, 0))
    places = seen.transpose(0, 2, 3, 1, 4, 5).reshape(-1, x.shape[1] * kh * kw)
    return padded.ravel().take(places)


def is_right_for_few(*pairs):
    """Return whether a few windows of several images and channels are right."""
    x = different(2, 2, 5, 4)
    with contextlib.suppress(Exception):
        return np.array_equal(im2col(x, *pairs), reference_im2col(x, *pairs))
    return False


# Of one window in each row, then in each column: so a loop over rows, or columns, is one
# over windows. There are so many that the cheapest turn of a loop for each takes longer than
# array operations, whoever counts its lines. A few hundred lines are enough; loops over
# images, channels or taps have room. At last a plane, for which lines alone take no more
# than two slices: of several images and channels, with a stride and padding, if few of
# these are right. If not, that has lost its points above.
def large_cases():
    for sides in ((1, 0), (0, 1)):
        number = int(rubric.rng.integers(1_150_000, 1_250_000))
        yield (1, 1, *(number if side else 2 for side in sides)), (1, 1), (0, 0)
    rows = int(rubric.rng.integers(450, 500))
    pairs = (2, 1), (0, 1)
    several = is_right_for_few((2, 2), *pairs) or RIGHT_TOGETHER
    shape = rows, 300_000 // rows
    yield ((2, 2, *shape), *pairs) if several else ((1, 1, *shape), (1, 1), (0, 0))


# A matrix of mixed windows is not worth its speed.
@rubric.check("no Python loop over windows; right for two channels", points=4.5)
def _():
    is_right_in_any_order(different(1, 2, 4, 5), (2, 2))
    for shape, *pairs in large_cases():
        x, pairs = rubric.rng.integers(-128, 128, shape, np.int8), ((2, 2), *pairs)
        wanted = reference_im2col(x, *pairs)
        # Four index arrays take three times as long as one.
        beside, call = partial(by_places, x, *pairs), (rubric.share(x), *pairs)
        got = rubric.bounded(im2col, *call, steps=5000, beside=beside, times=6)
        same_rows(got, wanted, in_order=2 in shape[2:])


rubric.score()
