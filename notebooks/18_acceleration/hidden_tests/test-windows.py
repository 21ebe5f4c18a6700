import contextlib
from functools import partial

from proctor.rubric import Rubric

rubric = Rubric(points=8)
rubric.forbids(lambda: windows, "scipy", "sklearn")


def reference_windows(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows = len(range(0, padded.shape[2] - kh + 1, sh))
    columns = len(range(0, padded.shape[3] - kw + 1, sw))
    out = np.empty((*x.shape[:2], rows, columns, kh, kw), x.dtype)
    for u, v in np.ndindex(kh, kw):
        shifted = padded[:, :, u : u + rows * sh : sh, v : v + columns * sw : sw]
        out[..., u, v] = shifted[:, :, :rows, :columns]
    return out


def is_right(x, kernel_size, stride=(1, 1), padding=(0, 0), dtype=None):
    wanted = reference_windows(x, kernel_size, stride, padding)
    got = windows(x, kernel_size, stride, padding)
    rubric.close(got, wanted, rtol=0, atol=0, dtype=dtype)


def is_right_in_any_axes(x, kernel_size, stride=(1, 1), padding=(0, 0), dtype=None):
    """Ask for the windows, whose axes have checks of their own.

    All lengths differ, but those of a square window: its axes may be exchanged.
    """
    wanted = reference_windows(x, kernel_size, stride, padding)
    got = windows(x, kernel_size, stride, padding)
    rubric.array(got)
    if sorted(got.shape) == sorted(wanted.shape):
        axes = sorted(range(6), key=lambda axis: got.shape[axis])
        places = sorted(range(6), key=lambda axis: wanted.shape[axis])
        got = got.transpose([axes[places.index(axis)] for axis in range(6)])
        turned = got.swapaxes(4, 5)
        if got.shape[4] == got.shape[5] and np.array_equal(turned, wanted):
            got = turned
    rubric.close(got, wanted, rtol=0, atol=0, dtype=dtype)


def different(*shape):
    """Return different numbers, some of them negative, none zero."""
    numbers = 1.0 + rubric.rng.permutation(np.prod(shape)).reshape(shape)
    return np.where(numbers % 3 == 0, -numbers, numbers)


@rubric.check("at each place the pixels of its window, row by row", points=1)
def _():
    is_right(different(1, 1, 5, 5), (3, 3))


@rubric.check("height and width may differ, of the image and the window", points=0.25)
def _():
    is_right_in_any_axes(different(1, 2, 6, 10), (3, 6))
    is_right_in_any_axes(different(1, 2, 10, 6), (5, 3))


@rubric.check("images first, then channels, each by itself", points=0.25)
def _():
    is_right(different(2, 3, 4, 4), (2, 2))


@rubric.check("stride (2, 3): every second row, every third column", points=0.25)
def _():
    is_right_in_any_axes(different(1, 2, 10, 19), (3, 3), (2, 3))


@rubric.check("padding (1, 2): zeros above, below, left and right", points=0.25)
def _():
    is_right_in_any_axes(different(1, 2, 4, 6), (3, 3), padding=(1, 2))
    is_right_in_any_axes(different(1, 2, 6, 8), (3, 3), padding=(0, 1))


@rubric.check("the image's dtype stays", points=0.25)
def _():
    for dtype in (np.int8, np.uint8, np.float32, np.float64):
        x = different(1, 2, 6, 10).astype(dtype)
        is_right_in_any_axes(x, (3, 3), dtype=dtype)


@rubric.check("in whatever order the image's axes lie in memory", points=0.25)
def _():
    is_right_in_any_axes(np.asfortranarray(different(1, 2, 6, 10)), (3, 3))
    x = different(1, 2, 10, 6).transpose(0, 1, 3, 2)
    is_right_in_any_axes(x, (3, 3))


# A copy would be 190 GB.
@rubric.check("a view: the pixels are not copied for each window", points=2.25)
def _():
    is_right_in_any_axes(different(1, 2, 6, 10), (3, 3))
    pixels = rubric.rng.integers(-128, 128, (1, 1, 1400, 1310), np.int8)
    call = rubric.share(pixels), (650, 650), (1, 1), (0, 0)
    copied = False
    try:
        lines = rubric.lines(windows, *call, most=5000)
        view = rubric.kept(windows, *call)
    except MemoryError:
        lines, copied = 0, True
    assert not copied, "there is no memory for a copy of every window"
    assert lines < 5000, "Python works through the windows"
    # An axis is known by its length; the two of a window may be exchanged.
    sizes = 751, 661, 650, 650
    shape = list(view.shape)
    rubric.shape(sorted(shape), sorted((1, 1, *sizes)))
    axes = [shape.index(size) for size in sizes[:3]]
    axes.append(shape.index(650, axes[2] + 1))
    got, wanted, turned = [], [], []
    for _one in range(20):
        row, column, u, v = (int(rubric.rng.integers(size)) for size in sizes)
        at = dict(zip(axes, (row, column, u, v), strict=True))
        got.append(view[tuple(at.get(axis, 0) for axis in range(6))])
        wanted.append(pixels[0, 0, row + u, column + v])
        turned.append(pixels[0, 0, row + v, column + u])
    exchanged = np.array_equal(got, turned)
    rubric.close(got, turned if exchanged else wanted)


@rubric.check("a window too large is a ValueError with both numbers", points=0.5)
def _():
    large, small = (int(rubric.rng.integers(n, n + 90)) for n in (101, 11))
    tall, wide = different(1, 1, large + 9, small), different(1, 1, small, large + 9)
    # The image's own number, without the padding; then by one too large.
    for size, padding in ((large, (0, 0)), (large, (1, 1)), (small + 3, (1, 1))):
        for x in (wide, tall):
            call = x, (size, size), (1, 1), padding
            rubric.raises(ValueError, windows, *call, naming=(size, small))
    # What just fits, along one axis and along the other.
    is_right_in_any_axes(different(3, 2, 4, 10), (4, 4))
    got = windows(different(3, 2, 8, 5), (7, 7), (1, 1), (1, 1))
    rubric.shape(sorted(got.shape), [1, 2, 3, 4, 7, 7])


@rubric.check("the image is not modified", points=0.25)
def _():
    x = different(1, 1, 4, 4)
    wanted = reference_windows(x, (2, 2), (1, 1), (0, 0))
    shared = rubric.share(x)
    for _again in range(2):
        rubric.close(windows(shared, (2, 2), (1, 1), (0, 0)), wanted)
        rubric.unchanged(shared, x)


# Of what is right above with everything together, the cost is asked so, too.
RIGHT_TOGETHER = set()


@rubric.check("everything together, all sizes different", points=1.75)
def _():
    # Once more of the same sizes: nothing of a call may be kept for the next.
    for _again in range(2):
        is_right(different(2, 3, 8, 11), (3, 5), (2, 3), (1, 2))
    is_right(different(3, 2, 7, 9), (4, 2), (3, 1), (2, 1))
    RIGHT_TOGETHER.add("windows")


def cubed(rows):
    """Return the sum of cubes of each row: what no order in it changes."""
    return sum((rows * rows * rows).T)


def same_windows(answer, wanted):
    """Compare window by window: the order of axes and pixels is for the checks above."""
    got = np.squeeze(np.asarray(answer, np.float32))
    # All lengths differ, but the two of a window, and tell which axis is which.
    lengths = [length for length in wanted.shape if length > 1]
    rubric.shape(sorted(got.shape), sorted(lengths))
    axes = [got.shape.index(length) for length in lengths[:-1]]
    got = got.transpose([*axes, *(set(range(got.ndim)) - set(axes))])
    taps = wanted.shape[4] * wanted.shape[5]
    got, right = got.reshape(-1, taps), wanted.reshape(-1, taps).astype(np.float32)
    away = np.abs(cubed(got) - cubed(right)).max()
    rubric.close(away, 0, saying="fast enough, but with wrong values")


def by_indices(x, kernel_size, stride, padding):
    """Return the windows in a right way that takes its time: each pixel by its place."""
    ph, pw = padding
    sizes = zip(x.shape[2:], kernel_size, stride, padding, strict=True)
    rows, columns = (
        np.arange(0, size + 2 * p - k + 1, s)[:, None] + np.arange(k)
        for size, k, s, p in sizes
    )
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    return padded[:, :, rows[:, None, :, None], columns[:, None, :]]


def is_right_for_few(*pairs):
    """Return whether a few windows of several images and channels are right."""
    x = different(2, 2, 5, 4)
    with contextlib.suppress(Exception):
        return np.array_equal(windows(x, *pairs), reference_windows(x, *pairs))
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


@rubric.check("no Python loop over windows", points=0.75)
def _():
    for shape, *pairs in large_cases():
        x, pairs = rubric.rng.integers(-128, 128, shape, np.int8), ((2, 2), *pairs)
        wanted = reference_windows(x, *pairs)
        beside, call = partial(by_indices, x, *pairs), (rubric.share(x), *pairs)
        got = rubric.bounded(windows, *call, steps=5000, beside=beside, times=2)
        if shape[0] > 1:
            right = np.array_equal(got, wanted)
            rubric.whole_number(
                int(right), 1, saying="fast enough, but with wrong values"
            )
        else:
            same_windows(got, wanted)


rubric.score()
