from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=5)
rubric.forbids(lambda: avg_pool2d_forward, "scipy", "sklearn")


def right_output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


rubric.stand_in(output_size=right_output_size)


def reference_avg_pool2d(x, kernel_size, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = sliding_window_view(padded, kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]
    return windows.mean(axis=(4, 5))


def four_axes(got, wanted):
    """Leave out axes of length 1 that are too many: they cost points elsewhere."""
    lengths = [[n for n in np.shape(array) if n > 1] for array in (got, wanted)]
    if np.ndim(got) != 4 and lengths[0] == lengths[1]:
        return np.reshape(got, wanted.shape)
    return got


def is_right(x, kernel_size, stride, padding=(0, 0), dtype=None, strict=False):
    wanted = reference_avg_pool2d(x, kernel_size, stride, padding)
    got = avg_pool2d_forward(x, kernel_size, stride, padding)
    if not strict:
        got = four_axes(got, wanted)
    rubric.close(got, wanted, atol=1e-6, dtype=dtype, exact=True)


def normal(*shape):
    return rubric.rng.normal(-2, 1, shape)


def larger_beyond(x):
    """Return images of 2x2 with larger pixels beyond their first window.

    Between lies a copy of the last row and column: pixels that lie apart cost another
    check.
    """
    image = np.pad(x, ((0, 0), (0, 0), (0, 1), (0, 1)), mode="edge")
    sides = (0, 0), (0, 0), (0, 2), (0, 2)
    return np.pad(image, sides, constant_values=x.max() + 1)


def first_alone(got):
    """Leave out all windows but the first: the stride has its own check."""
    if np.ndim(got) != 4:
        return got
    if isinstance(got, np.ndarray):
        return got[:, :, :1, :1]
    # Lists, which are no arrays to other checks.
    return np.asarray(got)[:, :, :1, :1].tolist()


def first_window(x, dtype=None):
    image, rest = larger_beyond(x), ((2, 2), (2, 2), (0, 0))
    wanted = reference_avg_pool2d(image, *rest)[:, :, :1, :1]
    got = first_alone(avg_pool2d_forward(image, *rest))
    rubric.close(four_axes(got, wanted), wanted, atol=1e-6, dtype=dtype, exact=True)


@rubric.check("the mean of each window", points=0.5)
def _():
    is_right(normal(1, 1, 6, 6), (2, 2), (2, 2), strict=True)


@rubric.check("a window of 2x3: two rows, three columns, at every place", points=0.5)
def _():
    is_right(normal(1, 1, 5, 8), (2, 3), (1, 1))


@rubric.check(
    "stride (3, 2): three rows down, two columns to the right; remainders are left out",
    points=0.5,
)
def _():
    is_right(normal(1, 1, 9, 9), (2, 2), (3, 2))


@rubric.check("padding is zeros, and they count in the mean", points=0.5)
def _():
    is_right(normal(1, 1, 4, 4), (3, 3), (3, 3), (1, 1))


@rubric.check(
    "padding (1, 2): one row above and below, two columns left and right", points=0.25
)
def _():
    is_right(normal(1, 1, 5, 3), (7, 7), (1, 1), (1, 2))
    is_right(normal(1, 1, 7, 3), (7, 7), (1, 1), (0, 2))


# One window in each image is asked for, here and below: the stride has its own check.
# Pixels beyond it are no part of its mean.
@rubric.check("each image and each channel by itself", points=0.75)
def _():
    first_window(normal(5, 3, 2, 2))


@rubric.check(
    "float32 and float64 stay, small integers give fractions, also of large sums",
    points=0.5,
)
def _():
    for dtype in (np.float32, np.float64):
        first_window(normal(2, 1, 2, 2).astype(dtype), dtype)
    x = rubric.rng.integers(50, 99, (2, 1, 2, 2)).astype(np.int8)
    first_window(-x, np.float32)
    first_window(x.astype(np.uint8) + 99, np.float32)
    first_window(2**24 + x.astype(np.int64), np.float64)


@rubric.check("the image is not modified, nor an earlier answer", points=0.5)
def _():
    x, rest = larger_beyond(normal(2, 1, 2, 2)), ((2, 2), (2, 2), (0, 0))
    wanted = reference_avg_pool2d(x, *rest)[:, :, :1, :1]
    shared = rubric.share(x)
    for _again in range(2):
        got = first_alone(avg_pool2d_forward(shared, *rest))
        rubric.close(four_axes(got, wanted), wanted)
        rubric.unchanged(shared, x)
    x, other, rest = normal(2, 1, 2, 2), normal(2, 1, 2, 2), ((2, 2), (1, 1), (0, 0))
    wanted = reference_avg_pool2d(x, *rest)
    rubric.stays(avg_pool2d_forward, (x, *rest), (other, *rest), wanted)


@rubric.check("everything together, without padding", points=0.5)
def _():
    x = normal(2, 3, 8, 14)
    is_right(x, (3, 5), (2, 3), strict=True)
    is_right(x[:, :, :7], (4, 2), (3, 1), strict=True)
    # Once more of the same sizes: nothing of a call may be kept for the next.
    is_right(x[:, :, 1:], (4, 2), (3, 1), strict=True)


@rubric.check("everything together, with padding", points=0.5)
def _():
    x = normal(2, 3, 8, 14)
    is_right(x, (5, 7), (2, 4), (1, 3), strict=True)
    is_right(x[:, :, :7], (4, 2), (3, 1), (2, 1), strict=True)


rubric.score()
