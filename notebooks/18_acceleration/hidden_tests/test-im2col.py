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


def cubed(rows):
    """Return the rows' sums of cubes, by size: what no order changes."""
    return np.sort(rows * rows * rows @ np.ones(rows.shape[1], np.float32))


def same_rows(answer, wanted):
    """Compare row by row: in which order they stand is for the checks above."""
    rubric.whole_number(np.size(answer), wanted.size)
    got = np.asarray(answer, np.float32)
    got = got.T if got.shape == wanted.shape[::-1] else got
    got, right = got.reshape(wanted.shape), wanted.astype(np.float32)
    rubric.close(np.abs(cubed(got) - cubed(right)).max(), 0)


# 6,000 windows in each of 4 images. A few hundred lines are enough; loops over images,
# channels or taps have room.
@rubric.check("no Python loop over windows", points=4)
def _():
    rows, columns = map(int, rubric.rng.integers([420, 16], [440, 19]))
    x = rubric.rng.integers(1, 99, (4, 1, rows, columns), np.int8)
    wanted = reference_im2col(x, (2, 3), (1, 1), (0, 0))
    got = rubric.bounded(im2col, x, (2, 3), (1, 1), (0, 0), steps=5000)
    same_rows(got, wanted)
    # So many windows that a loop takes half a second, whoever counts its lines.
    rows, columns = map(int, rubric.rng.integers([900, 700], [1100, 800]))
    x = rubric.rng.integers(1, 99, (1, 1, rows, columns), np.int8)
    wanted = reference_im2col(x, (1, 2), (1, 1), (0, 0))
    got = rubric.bounded(im2col, x, (1, 2), (1, 1), (0, 0), steps=5000)
    same_rows(got, wanted)


rubric.score()
