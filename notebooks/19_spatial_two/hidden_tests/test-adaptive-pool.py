from proctor.rubric import Rubric

rubric = Rubric(points=6)
rubric.forbids(lambda: adaptive_avg_pool_forward, "scipy", "sklearn")
rubric.forbids(lambda: adaptive_avg_pool_backward, "scipy", "sklearn")


def shares(n, m):
    """Return the matrix that makes m means of n pixels."""
    matrix = np.zeros((m, n))
    for i in range(m):
        first, last = i * n // m, ((i + 1) * n - 1) // m
        matrix[i, first : last + 1] = 1 / (last + 1 - first)
    return matrix


def means(x, sizes):
    out = x.astype(float)
    for axis, m in enumerate(sizes, 2):
        matrix = shares(x.shape[axis], m)
        out = np.moveaxis(np.tensordot(matrix, out, (1, axis)), 0, axis)
    return out


def gradient(upstream, shape):
    out = upstream.astype(float)
    for axis in range(2, len(shape)):
        matrix = shares(shape[axis], upstream.shape[axis])
        out = np.moveaxis(np.tensordot(matrix, out, (0, axis)), 0, axis)
    return out


def normal(*shape):
    return rubric.rng.normal(size=shape)


def there(x, sizes, dtype=None):
    got = adaptive_avg_pool_forward(x, sizes)
    rubric.close(got, means(x, sizes), atol=1e-5, dtype=dtype)


def back(upstream, shape):
    wanted = gradient(upstream, shape)
    rubric.close(adaptive_avg_pool_backward(upstream, shape), wanted, atol=1e-6)


def back_is_of(kind):
    upstream = rubric.rng.integers(-99, 99, (1, 1, 4)).astype(kind)
    wanted = gradient(upstream, (1, 1, 12))
    got = adaptive_avg_pool_backward(upstream, (1, 1, 12))
    rubric.close(got, wanted, atol=1e-4, dtype=np.result_type(kind, np.float32))


@rubric.check("windows that fit: the mean of each", points=1)
def _():
    there(normal(1, 1, 12), (4,))
    there(normal(1, 1, 12), (2,))


@rubric.check("windows that do not: they overlap, and differ in length", points=1)
def _():
    there(normal(1, 1, 7), (3,))
    there(normal(1, 1, 11), (4,))
    there(normal(1, 1, 3), (5,))


@rubric.check("axes: each has its own size; one answer is the mean of all", points=0.5)
def _():
    there(normal(1, 1, 4, 9), (2, 3))
    there(normal(1, 1, 4, 6, 3), (2, 1, 3))
    there(normal(1, 1, 4, 5), (1, 1))


@rubric.check("each image and each channel by itself", points=0.5)
def _():
    there(normal(2, 3, 4), (2,))


@rubric.check("float64 stays, small integers give float32; not modified", points=0.25)
def _():
    there(normal(1, 1, 4), (2,), np.float64)
    small = rubric.rng.integers(90, 127, (1, 1, 4)).astype(np.int8)
    there(small, (2,), np.float32)
    shared = rubric.share(small)
    for _again in range(2):
        rubric.close(adaptive_avg_pool_forward(shared, (2,)), means(small, (2,)))
        rubric.unchanged(shared, small)


@rubric.check("back: each pixel gets an equal share", points=1)
def _():
    back(normal(1, 1, 4), (1, 1, 12))
    back(normal(1, 1, 2), (1, 1, 6))


@rubric.check("back: where windows overlap, shares add up", points=0.5)
def _():
    back(normal(1, 1, 3), (1, 1, 7))
    back(normal(1, 1, 5), (1, 1, 3))


@rubric.check(
    "back: float32 and float64 stay, small integers give float32", points=0.25
)
def _():
    for kind in (np.float32, np.float64, np.int8):
        back_is_of(kind)


@rubric.check("back: each axis, image and channel by itself", points=0.5)
def _():
    back(normal(1, 1, 2, 3), (1, 1, 4, 9))
    back(normal(2, 3, 2), (2, 3, 4))


@rubric.check("everything together, all sizes different", points=0.5)
def _():
    # Once more of the same sizes: nothing of a call may be kept for the next.
    for _again in range(2):
        there(normal(2, 3, 5, 8), (3, 6))
        back(normal(2, 3, 3, 6), (2, 3, 5, 8))


rubric.score()
