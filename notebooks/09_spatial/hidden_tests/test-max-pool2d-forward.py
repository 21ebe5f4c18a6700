from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=10)
rubric.forbids(lambda: max_pool2d_forward, "scipy", "sklearn")


def right_output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


rubric.stand_in(output_size=right_output_size)


def reference_max_pool2d(x, kernel_size, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x.astype(float), sides, constant_values=-np.inf)
    windows = sliding_window_view(padded, kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]
    return windows.max(axis=(4, 5))


def four_axes(got, wanted):
    """Leave out axes of length 1 that are too many: they cost points elsewhere."""
    lengths = [[n for n in np.shape(array) if n > 1] for array in (got, wanted)]
    if np.ndim(got) != 4 and lengths[0] == lengths[1]:
        return np.reshape(got, wanted.shape)
    return got


def is_right(x, kernel_size, stride, padding=(0, 0), dtype=None, strict=False):
    wanted = reference_max_pool2d(x, kernel_size, stride, padding)
    got = max_pool2d_forward(x, kernel_size, stride, padding)
    if not strict:
        got = four_axes(got, wanted)
    rubric.close(got, wanted, dtype=dtype, exact=True)


def both_ways(x):
    """Return an image whose winner is the first pixel, and the same turned round.

    No place is that of both winners, and no row or column can be left out.
    """
    numbers = x.ravel()
    best = numbers.argmax()
    numbers[[0, best]] = numbers[[best, 0]]
    return x, np.flip(x, (2, 3)).copy()


def one_window(x, kernel_size, padding=(0, 0), dtype=None):
    for image in both_ways(x):
        is_right(image, kernel_size, (1, 1), padding, dtype)


def larger_beyond(x):
    """Return images of 2x2 with larger pixels beyond their first window.

    Between lies a copy of the last row and column: a window that is too long, or whose
    pixels lie apart, costs other checks.
    """
    image = np.pad(x, ((0, 0), (0, 0), (0, 1), (0, 1)), mode="edge")
    sides = (0, 0), (0, 0), (0, 2), (0, 2)
    return np.pad(image, sides, constant_values=x.max() + 1)


def first_alone(got):
    """Leave out all windows but the first: the stride has checks of its own."""
    if np.ndim(got) != 4:
        return got
    if isinstance(got, np.ndarray):
        return got[:, :, :1, :1]
    # Lists, which are no arrays to other checks.
    return np.asarray(got)[:, :, :1, :1].tolist()


def first_window(x, dtype=None):
    for image in map(larger_beyond, both_ways(x)):
        wanted = reference_max_pool2d(image, (2, 2), (2, 2), (0, 0))[:, :, :1, :1]
        got = first_alone(max_pool2d_forward(image, (2, 2), (2, 2), (0, 0)))
        rubric.close(four_axes(got, wanted), wanted, dtype=dtype, exact=True)


def asks_for_windows():
    """Refuse the largest number of the whole image, which is that of one large window.

    It lies behind the last window. What else comes, or fails, costs other checks.
    """
    x = np.append(rubric.rng.permutation(24), 24.0).reshape(1, 1, 5, 5)
    try:
        least = np.min(max_pool2d_forward(x, (2, 2), (2, 2), (0, 0)))
    except Exception:
        return
    assert least != 24, "the largest number of the whole image came"


def positive(*shape):
    """Return numbers of which the first is the smallest: where a search may begin."""
    x = rubric.rng.uniform(2, 9, shape)
    x[:, :, 0, 0] = 1.5
    return x


@rubric.check("the largest number of each window", points=1)
def _():
    x = positive(1, 1, 6, 6)
    # The image's first pixel is the largest of all, and that of its own window alone.
    x[..., 0, 0] = 10
    # Whose window is longer finds this one too early.
    x[..., 2, 2] = 9.5
    is_right(x, (2, 2), (2, 2), strict=True)


@rubric.check("the largest of negative numbers is negative", points=1.25)
def _():
    x = positive(1, 1, 4, 4)
    x[..., 2, 2] = 1.75
    for image in both_ways(-x):
        is_right(image, (2, 2), (2, 2))


@rubric.check("a window of 2x3: two rows, three columns, at every place", points=0.75)
def _():
    is_right(positive(1, 1, 5, 8), (2, 3), (1, 1))


@rubric.check(
    "stride (3, 2): three rows down, two columns to the right; remainders are left out",
    points=0.5,
)
def _():
    is_right(positive(1, 1, 9, 9), (2, 2), (3, 2))


# One square window in each image is asked for, here and below: stride and sides have
# their own checks.
@rubric.check("padding never wins: it is minus infinity, not zero", points=0.75)
def _():
    one_window(-positive(1, 1, 3, 4), (5, 6), (1, 1))
    # A zero of the image is no padding.
    dark = -positive(1, 1, 3, 4)
    dark[..., 1, 2] = 0
    one_window(dark, (5, 6), (1, 1))
    asks_for_windows()
    # Below any number that could stand for minus infinity, and still a float32's, for
    # the dtype is another check's; compared in units of it.
    x = -1e38 * rubric.rng.uniform(1.1, 3.3, (1, 1, 3, 4))
    wanted = reference_max_pool2d(x, (5, 6), (1, 1), (1, 1)) / 1e38
    got = max_pool2d_forward(x, (5, 6), (1, 1), (1, 1))
    rubric.close(np.asarray(got, float) / 1e38, wanted)


@rubric.check(
    "padding (1, 2): one row above and below, two columns left and right", points=0.5
)
def _():
    one_window(positive(1, 1, 5, 3), (7, 7), (1, 2))
    one_window(positive(1, 1, 7, 3), (7, 7), (0, 2))
    asks_for_windows()


@rubric.check("each image and each channel by itself", points=1.5)
def _():
    first_window(positive(5, 3, 2, 2))


@rubric.check("an integer image: it works, with padding too", points=0.5)
def _():
    x = rubric.rng.permutation(99)[:4].reshape(1, 1, 2, 2) - 100
    one_window(x.astype(np.int8), (4, 4), (1, 1), np.float32)
    x = rubric.rng.permutation(255)[:4].reshape(1, 1, 2, 2)
    first_window(x.astype(np.uint8), dtype=np.float32)
    # A float32 cannot tell these from each other.
    first_window(2**24 + x, dtype=np.float64)


@rubric.check("float32 gives float32, float64 gives float64", points=0.5)
def _():
    for dtype in (np.float32, np.float64):
        first_window(positive(1, 1, 2, 2).astype(dtype), dtype=dtype)


@rubric.check("the image is not modified, nor an earlier answer", points=0.75)
def _():
    for x in map(larger_beyond, both_ways(positive(1, 1, 2, 2))):
        wanted = reference_max_pool2d(x, (2, 2), (2, 2), (0, 0))[:, :, :1, :1]
        shared = rubric.share(x)
        for _again in range(2):
            got = max_pool2d_forward(shared, (2, 2), (2, 2), (0, 0))
            rubric.close(four_axes(first_alone(got), wanted), wanted)
            rubric.unchanged(shared, x)
    x, other = positive(1, 1, 2, 2), positive(1, 1, 2, 2)
    rest = (2, 2), (1, 1), (0, 0)
    wanted = reference_max_pool2d(x, *rest)
    rubric.stays(max_pool2d_forward, (x, *rest), (other, *rest), wanted)


def everything(x):
    is_right(x, (5, 7), (2, 4), (1, 3), strict=True)
    is_right(x[:, :, :7], (4, 2), (3, 1), (2, 1), strict=True)
    # Once more of the same sizes: nothing of a call may be kept for the next.
    is_right(x[:, :, 1:], (4, 2), (3, 1), (2, 1), strict=True)


@rubric.check("everything together, all sizes different", points=1)
def _():
    everything(positive(2, 3, 8, 14))


@rubric.check("everything together, negative numbers too", points=1)
def _():
    everything(rubric.rng.normal(-2, 1, (2, 3, 8, 14)))


rubric.score()
