from proctor.rubric import Rubric

rubric = Rubric(points=6)
rubric.forbids(lambda: avg_pool_forward, "scipy", "sklearn")
rubric.forbids(lambda: avg_pool_backward, "scipy", "sklearn")


def right_pad(x, padding, mode):
    names = {"zeros": "constant", "replicate": "edge", "circular": "wrap"}
    return np.pad(x, ((0, 0), (0, 0), *padding), mode=names.get(mode, mode))


# Only what a pooling may ask of it.
def right_pad_backward(grad_output, padding, mode):
    grad = grad_output.astype(np.result_type(grad_output, np.float32))
    if mode == "zeros":
        ends = zip(padding, grad.shape[2:], strict=True)
        grad = grad[(..., *(slice(a, n - b) for (a, b), n in ends))]
    return grad


rubric.stand_in(pad=right_pad, pad_backward=right_pad_backward)


def starts(n, k, s, p, ceil):
    """Return where the windows begin, counted from the padding's first pixel."""
    found = [0]
    while found[-1] + s + k <= n + 2 * p:
        found.append(found[-1] + s)
    # The next one hangs over.
    if ceil and found[-1] + k < n + 2 * p and found[-1] + s < n + p:
        found.append(found[-1] + s)
    return found


def shares(n, k, s, p, ceil, counted):
    """Return the matrix that makes means of n pixels."""
    rows = []
    for start in starts(n, k, s, p, ceil):
        row = np.zeros(n + 2 * p)
        row[start : start + k] = 1
        inside = row[p : p + n]
        rows.append(inside / (row.sum() if counted else inside.sum()))
    return np.array(rows)


def matrices(shape, *numbers):
    *each, ceil, counted = numbers
    steps = zip(shape[2:], *each, strict=True)
    return [shares(*step, ceil, counted) for step in steps]


def means(x, *numbers):
    out = x.astype(float)
    for axis, matrix in enumerate(matrices(x.shape, *numbers), 2):
        out = np.moveaxis(np.tensordot(matrix, out, (1, axis)), 0, axis)
    return out


def gradient(upstream, shape, *numbers):
    out = upstream.astype(float)
    for axis, matrix in enumerate(matrices(shape, *numbers), 2):
        out = np.moveaxis(np.tensordot(matrix, out, (0, axis)), 0, axis)
    return out


def normal(*shape):
    return rubric.rng.normal(3, 1, shape)


def there(x, *numbers, dtype=None):
    got = avg_pool_forward(x, *numbers)
    rubric.close(got, means(x, *numbers), atol=1e-5, dtype=dtype)


def inner(x, end, *numbers):
    """Ask how many windows there are; of their means, for those without padding."""
    got, wanted = avg_pool_forward(x, *numbers), means(x, *numbers)
    rubric.shape(got.shape, wanted.shape)
    rubric.close(got[..., 1:end], wanted[..., 1:end], atol=1e-5)


def back(shape, *numbers, kind=float, dtype=None):
    *each, _ceil, counted = numbers
    counts = [len(matrix) for matrix in matrices(shape, *numbers)]
    upstream = (9 * normal(*shape[:2], *counts)).astype(kind)
    wanted = gradient(upstream, shape, *numbers)
    got = avg_pool_backward(upstream, shape, *each, counted)
    rubric.close(got, wanted, atol=1e-4, dtype=dtype)


@rubric.check("the mean of each window, at each stride", points=0.5)
def _():
    there(normal(1, 1, 8), (3,), (1,), (0,), False, True)
    there(normal(1, 1, 11), (3,), (4,), (0,), False, False)


@rubric.check("ceil_mode: the last window hangs over, if pixels are left", points=1)
def _():
    for size in (8, 9, 10, 11):
        # No padding: only what is in the image counts, by which number is no question.
        there(normal(1, 1, size), (4,), (3,), (0,), True, False)


@rubric.check(
    "ceil_mode: a window that begins behind the image is left out", points=0.5
)
def _():
    inner(normal(1, 1, 8), 2, (3,), (4,), (1,), True, True)
    inner(normal(1, 1, 7), 2, (2,), (4,), (1,), True, False)
    # And one that begins in the image is not.
    inner(normal(1, 1, 6), 3, (3,), (2,), (1,), True, True)


@rubric.check("count_include_pad: the padding counts in the mean", points=0.5)
def _():
    there(normal(1, 1, 6), (4,), (2,), (2,), False, True)


@rubric.check("not count_include_pad: it does not", points=0.5)
def _():
    there(normal(1, 1, 6), (4,), (2,), (2,), False, False)


@rubric.check("both: padding counts, and what hangs over it does not", points=0.5)
def _():
    there(normal(1, 1, 6), (5,), (2,), (1,), True, True)
    there(normal(1, 1, 6), (5,), (2,), (1,), True, False)


@rubric.check("each axis, image and channel by itself", points=0.5)
def _():
    there(normal(1, 1, 5, 8), (2, 3), (1, 2), (0, 0), False, True)
    there(normal(1, 1, 5, 6), (5, 4), (1, 2), (0, 2), False, False)
    there(normal(2, 3, 4), (2,), (2,), (0,), False, True)


@rubric.check("back: each pixel of a window gets its share; they add up", points=0.5)
def _():
    back((1, 1, 8), (3,), (2,), (0,), False, True)
    back((1, 1, 8), (3,), (1,), (0,), False, False)


@rubric.check("back: padding that counts, and what hangs over", points=0.25)
def _():
    back((1, 1, 6), (4,), (2,), (2,), False, True)
    back((1, 1, 6), (5,), (2,), (1,), True, True)


@rubric.check("back: padding that does not count", points=0.25)
def _():
    back((1, 1, 6), (4,), (2,), (2,), False, False)
    back((1, 1, 6), (5,), (2,), (1,), True, False)


@rubric.check("back: each axis, image and channel by itself", points=0.25)
def _():
    back((1, 1, 5, 8), (2, 3), (1, 2), (0, 0), False, True)
    back((2, 3, 4), (2,), (2,), (0,), False, True)


@rubric.check("small integers give float32, and the batch is not modified", points=0.25)
def _():
    small = rubric.rng.integers(90, 127, (1, 1, 4)).astype(np.int8)
    numbers = (2,), (2,), (0,), False, True
    there(small, *numbers, dtype=np.float32)
    there(normal(1, 1, 4), *numbers, dtype=np.float64)
    shared = rubric.share(small)
    for _again in range(2):
        rubric.close(avg_pool_forward(shared, *numbers), means(small, *numbers))
        rubric.unchanged(shared, small)


@rubric.check(
    "back: float32 and float64 stay, small integers give float32", points=0.25
)
def _():
    # No window overlaps, none hangs over: only the dtype is asked for.
    for kind in (np.float32, np.float64, np.int8):
        wanted = np.result_type(kind, np.float32)
        back((1, 1, 4), (2,), (2,), (0,), False, True, kind=kind, dtype=wanted)


@rubric.check("everything together, all sizes different", points=0.25)
def _():
    for counted in (True, False):
        numbers = (5, 4), (3, 2), (1, 2), True, counted
        # Once more of the same sizes: nothing of a call may be kept for the next.
        for _again in range(2):
            there(normal(2, 3, 6, 9), *numbers)
            back((2, 3, 6, 9), *numbers)


rubric.score()
