from proctor.rubric import Rubric

rubric = Rubric(points=10)
rubric.forbids(lambda: max_pool2d_backward, "scipy", "sklearn")


def right_output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


def right_max_pool2d_forward(x, kernel_size, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    floats = x.astype(np.result_type(x, np.float32))
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(floats, sides, constant_values=-np.inf)
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(padded, kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]
    return windows.max(axis=(4, 5))


rubric.stand_in(
    output_size=right_output_size, max_pool2d_forward=right_max_pool2d_forward
)


def reference_gradient(upstream, x, kernel_size, stride, padding):
    # Cut each window to what lies in the image: the padding cannot win.
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    grad = np.zeros(x.shape)
    for b, c, i, j in np.ndindex(upstream.shape):
        top, left = max(i * sh - ph, 0), max(j * sw - pw, 0)
        window = x[b, c, top : i * sh - ph + kh, left : j * sw - pw + kw]
        u, v = divmod(int(np.argmax(window)), window.shape[1])
        grad[b, c, top + u, left + v] += upstream[b, c, i, j]
    return grad


def is_right(x, kernel_size, stride, padding=(0, 0)):
    sizes = zip(x.shape[2:], kernel_size, stride, padding, strict=True)
    places = (right_output_size(*size) for size in sizes)
    upstream = rubric.rng.normal(size=(*x.shape[:2], *places))
    wanted = reference_gradient(upstream, x, kernel_size, stride, padding)
    got = max_pool2d_backward(upstream, x, kernel_size, stride, padding)
    rubric.close(got, wanted, atol=1e-6)


def different(*shape):
    """Return positive numbers of which no two are near each other."""
    return 0.5 + rubric.rng.permutation(np.prod(shape)).reshape(shape)


@rubric.check("the winner gets the whole gradient of its window", points=1)
def _():
    is_right(different(1, 1, 6, 6), (2, 2), (2, 2))


@rubric.check("the largest of negative numbers wins", points=0.5)
def _():
    x = -different(1, 1, 3, 3)
    # Not in a corner: who finds no winner may take that one.
    x[0, 0, 1, 1] = -0.25
    is_right(x, (3, 3), (3, 3))


@rubric.check("a winner of several windows: their gradients add up", points=1.25)
def _():
    x = different(1, 1, 5, 5)
    x[0, 0, 2, 2] = 99
    is_right(x, (3, 3), (1, 1))


# One window that holds its largest number more than once.
@rubric.check("equal numbers: the first in reading order gets all of it", points=1)
def _():
    for first, last in ((0, 1), (1, 0), (1, 2)):
        x = rubric.rng.integers(1, 3, (1, 1, 3, 3)).astype(float)
        x[..., 0, first + 1 :] = x[..., 1, first] = x[..., 2, last] = 3
        is_right(x, (3, 3), (3, 3))
    # Of equal numbers in different windows each is its own window's.
    x = np.array([[1.0, 2.0], [2.0, 1.0]]).repeat(3, axis=0).repeat(3, axis=1)
    is_right(x[None, None], (3, 3), (3, 3))


@rubric.check("a window of 2x3: two rows, three columns", points=0.75)
def _():
    is_right(different(1, 1, 9, 9), (2, 3), (3, 3))


@rubric.check("stride (3, 2): three rows down, two columns to the right", points=0.5)
def _():
    is_right(different(1, 1, 8, 8), (2, 2), (3, 2))


@rubric.check("rows and columns that no window reached have gradient 0", points=0.25)
def _():
    is_right(different(1, 1, 7, 7), (2, 2), (2, 2))


@rubric.check(
    "padding (1, 2) never wins, and is cut off from the gradient", points=0.75
)
def _():
    # The largest is zero: a pixel, and no padding.
    is_right(0.5 - different(1, 1, 6, 8), (4, 4), (4, 4), (1, 2))
    is_right(-different(1, 1, 4, 6), (4, 4), (4, 4), (0, 1))
    # Below any number that could stand for minus infinity.
    is_right(-1e30 * different(1, 1, 6, 8), (2, 2), (2, 2), (1, 1))


@rubric.check("each image and each channel by itself", points=1.25)
def _():
    # Larger pixels lie beyond the window. Left out, they cost another check.
    x, upstream = different(2, 3, 3, 3), rubric.rng.normal(size=(2, 3, 1, 1))
    x[..., 2] += 99
    wanted = reference_gradient(upstream, x, (2, 2), (2, 2), (0, 0))
    got = max_pool2d_backward(upstream, x, (2, 2), (2, 2), (0, 0))
    if np.shape(got) == (2, 3, 2, 2):
        wanted = wanted[:, :, :2, :2]
    rubric.close(got, wanted, atol=1e-6)


@rubric.check("an integer image: the gradient has fractions", points=0.5)
def _():
    is_right(rubric.rng.permutation(36).reshape(1, 1, 6, 6), (2, 2), (2, 2))


@rubric.check("upstream gradient and image are not modified", points=0.5)
def _():
    arrays = rubric.rng.normal(size=(1, 1, 1, 1)), different(1, 1, 2, 2)
    arrays[1][..., 1, 1] = 9
    wanted = reference_gradient(*arrays, (2, 2), (2, 2), (0, 0))
    shared = [rubric.share(array) for array in arrays]
    for _again in range(2):
        got = max_pool2d_backward(*shared, (2, 2), (2, 2), (0, 0))
        rubric.array(got)
        rubric.close(got, wanted)
        for array, original in zip(shared, arrays, strict=True):
            rubric.unchanged(array, original)


@rubric.check("everything together, all sizes different", points=1.75)
def _():
    x = rubric.rng.normal(-2, 1, (2, 3, 8, 14))
    is_right(x, (5, 7), (2, 4), (1, 3))
    is_right(x[:, :, :7], (4, 2), (3, 1), (2, 1))
    # Once more of the same sizes: nothing of a call may be kept for the next.
    is_right(x[:, :, 1:], (4, 2), (3, 1), (2, 1))


rubric.score()
