from proctor.rubric import Rubric

rubric = Rubric(points=12)


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
    return 1.0 + rubric.rng.permutation(np.prod(shape)).reshape(shape)


@rubric.check("a row for each window: its pixels, row by row", points=1.5)
def _():
    is_right(different(1, 1, 5, 5), (3, 3))


# One window: the order of the rows does not matter.
@rubric.check("within a row: channel, then kernel row, then kernel column", points=1.5)
def _():
    is_right(different(1, 3, 2, 4), (2, 4))


# Windows of one pixel: the order within a row does not matter.
@rubric.check("the rows: image, then window row, then window column", points=1.5)
def _():
    is_right(different(3, 1, 4, 5), (1, 1))


@rubric.check("height and width may differ, of the image and the window", points=0.5)
def _():
    is_right(different(1, 1, 5, 8), (2, 4))
    is_right(different(1, 1, 7, 4), (3, 2))


@rubric.check("stride (2, 3): two rows down, three columns to the right", points=0.5)
def _():
    is_right(different(1, 1, 9, 9), (2, 2), (2, 3))


@rubric.check("padding (1, 2): zeros above, below, left and right", points=0.5)
def _():
    is_right(different(1, 1, 4, 4), (3, 3), padding=(1, 2))


@rubric.check("the image's dtype stays", points=0.5)
def _():
    for dtype in (np.int8, np.float32, np.float64):
        is_right(different(1, 1, 4, 4).astype(dtype), (2, 2), dtype=dtype)


@rubric.check("the image is not modified", points=0.5)
def _():
    x = different(1, 1, 4, 4)
    wanted = reference_im2col(x, (2, 2), (1, 1), (0, 0))
    shared = rubric.share(x)
    for _again in range(2):
        rubric.close(im2col(shared, (2, 2), (1, 1), (0, 0)), wanted)
        rubric.unchanged(shared, x)


@rubric.check("everything together, all sizes different", points=1)
def _():
    is_right(different(2, 3, 8, 11), (3, 5), (2, 3), (1, 2))
    is_right(different(3, 2, 7, 9), (4, 2), (3, 1), (2, 1))


def summed(answer):
    """Return what no order changes: how many numbers, their sum, that of squares."""
    numbers = np.asarray(answer, float).ravel()
    return [numbers.size, numbers.sum(), numbers @ numbers]


# 6,300 windows in each of 4 images. A few hundred lines are enough; loops over images,
# channels or taps have room. What lies where is for the checks above.
@rubric.check("no Python loop over windows", points=4)
def _():
    x = rubric.rng.integers(1, 99, (4, 3, 421, 16), np.int8)
    taps = [(u, v) for u in range(2) for v in range(2)]
    seen = np.array([x[:, :, u : u + 420, v : v + 15] for u, v in taps], float)
    got = rubric.bounded(im2col, x, (2, 2), (1, 1), (0, 0), steps=5000)
    rubric.close(summed(got), [seen.size, seen.sum(), (seen * seen).sum()])
    # So many windows that a loop takes half a second, whoever counts its lines.
    rows, columns = map(int, rubric.rng.integers([900, 700], [1100, 800]))
    x = rubric.rng.integers(1, 99, (1, 1, rows, columns), np.int8)
    seen = np.array([x[..., :-1], x[..., 1:]], float)
    got = rubric.bounded(im2col, x, (1, 2), (1, 1), (0, 0), steps=5000)
    rubric.close(summed(got), [seen.size, seen.sum(), (seen * seen).sum()])


rubric.score()
