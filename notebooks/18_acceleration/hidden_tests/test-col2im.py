from proctor.rubric import Rubric

rubric = Rubric(points=10)


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
    if sh * sw == 1:
        for u, v in np.ndindex(kh, kw):
            shifted = windows[..., u, v].transpose(0, 3, 1, 2)
            out[:, :, u : u + down, v : v + across] += shifted
    else:
        for i, j in np.ndindex(down, across):
            out[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw] += windows[:, i, j]
    return out[:, :, ph : ph + height, pw : pw + width]


def matrix(x_shape, kernel_size, stride, padding):
    batch, channels, _, _ = x_shape
    number = batch * np.prod(places(x_shape, kernel_size, stride, padding))
    return rubric.rng.normal(size=(number, channels * np.prod(kernel_size)))


def is_right(columns, *lengths, dtype=None):
    wanted = reference_col2im(columns, *lengths)
    rubric.close(col2im(columns, *lengths), wanted, atol=1e-5, dtype=dtype)


def random_is_right(x_shape, kernel_size, stride=(1, 1), padding=(0, 0)):
    lengths = x_shape, kernel_size, stride, padding
    is_right(matrix(*lengths), *lengths)


def rows_are_right(x_shape, kernel_size, stride=(1, 1), padding=(0, 0)):
    # Each row is one repeated number: the order within it does not matter.
    lengths = x_shape, kernel_size, stride, padding
    columns = matrix(*lengths)
    is_right(columns[:, :1] + 0 * columns, *lengths)


@rubric.check("windows side by side: each number goes to its own pixel", points=1)
def _():
    random_is_right((1, 1, 6, 6), (2, 2), (2, 2))


@rubric.check("where windows overlap, what meets is added", points=1)
def _():
    rows_are_right((1, 1, 5, 5), (3, 3))


# One window.
@rubric.check("within a row: channel, then kernel row, then kernel column", points=0.5)
def _():
    random_is_right((1, 3, 2, 4), (2, 4))


# Windows of one pixel.
@rubric.check("the rows: image, then window row, then window column", points=0.5)
def _():
    random_is_right((3, 1, 4, 5), (1, 1))


@rubric.check("height and width may differ, of the image and the window", points=0.5)
def _():
    rows_are_right((1, 1, 5, 8), (2, 4))
    rows_are_right((1, 1, 7, 4), (3, 2))


@rubric.check(
    "stride (2, 3): back to where im2col read; a pixel in no window stays 0", points=0.5
)
def _():
    rows_are_right((1, 1, 9, 9), (2, 2), (2, 3))


@rubric.check("padding (1, 2): what lies in it falls away", points=0.5)
def _():
    rows_are_right((1, 1, 4, 4), (3, 3), padding=(1, 2))


@rubric.check("padding (0, 2): nothing is cut off where there is none", points=0.5)
def _():
    rows_are_right((1, 1, 4, 4), (3, 3), padding=(0, 2))


@rubric.check("float32 and float64 stay, small integers give float32", points=0.5)
def _():
    lengths = (1, 1, 3, 4), (1, 1), (1, 1), (0, 0)
    columns = matrix(*lengths)
    is_right(columns, *lengths, dtype=np.float64)
    is_right(columns.astype(np.float32), *lengths, dtype=np.float32)
    small = rubric.rng.integers(-99, 99, (12, 1)).astype(np.int8)
    is_right(small, *lengths, dtype=np.float32)


@rubric.check("the matrix is not modified", points=0.5)
def _():
    lengths = (1, 1, 3, 3), (2, 2), (1, 1), (0, 0)
    columns = matrix(*lengths)
    wanted = reference_col2im(columns, *lengths)
    shared = rubric.share(columns)
    for _again in range(2):
        rubric.close(col2im(shared, *lengths), wanted, atol=1e-5)
        rubric.unchanged(shared, columns)


@rubric.check("everything together, all sizes different", points=1)
def _():
    random_is_right((2, 3, 8, 11), (3, 5), (2, 3), (1, 2))
    random_is_right((3, 2, 7, 9), (4, 2), (3, 1), (2, 1))


def mirrored(height, width):
    """Return a kernel of different numbers that no flip changes."""
    values = 1 + rubric.rng.permutation(height * width).reshape(height, width)
    rows, columns = (np.minimum(range(n), range(n)[::-1]) for n in (height, width))
    return values[rows][:, columns].astype(np.float32)


def large(rows, kernel_size):
    """Return a matrix that is the same where windows go down first, and its lengths."""
    (kh, kw), numbers = kernel_size, rubric.rng.integers(1, 9, (rows, rows))
    columns = (numbers + numbers.T).reshape(-1, 1) * mirrored(kh, kw).reshape(1, -1)
    x_shape = 1, 1, rows + kh - 1, rows + kw - 1
    return columns.astype(np.float32), x_shape, kernel_size, (1, 1), (0, 0)


# 25,000 windows; then so many that a loop takes half a second, whoever counts its lines.
# A few hundred lines are enough; loops over images, channels or taps have room. In the
# matrix is what no flip of a window changes.
@rubric.check("no Python loop over windows", points=3)
def _():
    for least, kernel_size in ((150, (2, 3)), (800, (1, 2))):
        rows = int(rubric.rng.integers(least, least * 9 // 8))
        case = large(rows, kernel_size)
        wanted = reference_col2im(*case)
        rubric.close(rubric.bounded(col2im, *case, steps=5000), wanted)


rubric.score()
