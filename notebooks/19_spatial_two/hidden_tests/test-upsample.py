from proctor.rubric import Rubric

rubric = Rubric(points=6)
rubric.forbids(lambda: upsample_forward, "scipy", "sklearn")
rubric.forbids(lambda: upsample_backward, "scipy", "sklearn")


def enlarged(x, factors):
    return np.kron(x.astype(float), np.ones((1, 1, *factors)))


def gradient(upstream, factors):
    shape = list(upstream.shape[:2])
    for n, factor in zip(upstream.shape[2:], factors, strict=True):
        shape += [n // factor, factor]
    blocks = upstream.astype(float).reshape(shape)
    return blocks.sum(axis=tuple(range(3, len(shape), 2)))


def normal(*shape):
    return rubric.rng.normal(size=shape)


def there(x, factors, dtype=None):
    rubric.close(upsample_forward(x, factors), enlarged(x, factors), dtype=dtype)


def back(upstream, factors, dtype=None):
    wanted = gradient(upstream, factors)
    rubric.close(upsample_backward(upstream, factors), wanted, atol=1e-5, dtype=dtype)


@rubric.check("a row: each pixel, so many times, side by side", points=1)
def _():
    there(normal(1, 1, 4), (3,))
    there(normal(1, 1, 5), (2,))


@rubric.check("axes: each has its own factor", points=1)
def _():
    there(normal(1, 1, 2, 3), (3, 2))
    there(normal(1, 1, 2, 3, 4), (1, 3, 2))


@rubric.check("each image and each channel by itself", points=0.5)
def _():
    there(normal(2, 3, 4), (2,))


@rubric.check("the dtype stays, and the batch is not modified", points=0.5)
def _():
    small = rubric.rng.integers(-99, 99, (1, 1, 3)).astype(np.int8)
    there(small, (2,), np.int8)
    shared = rubric.share(small)
    for _again in range(2):
        rubric.close(upsample_forward(shared, (2,)), enlarged(small, (2,)))
        rubric.unchanged(shared, small)


@rubric.check("back, a row: the copies add up", points=1)
def _():
    back(normal(1, 1, 12), (3,))
    back(normal(1, 1, 8), (2,))


@rubric.check("back: each axis has its own factor", points=1)
def _():
    back(normal(1, 1, 6, 4), (3, 2))
    back(normal(1, 1, 2, 6, 4), (1, 3, 2))


@rubric.check("back: each image and each channel by itself", points=0.5)
def _():
    back(normal(2, 3, 8), (2,))


@rubric.check("back: small integers give float32, and are not modified", points=0.5)
def _():
    back(normal(1, 1, 4), (2,), np.float64)
    small = rubric.rng.integers(90, 127, (1, 1, 4)).astype(np.int8)
    shared = rubric.share(small)
    wanted = gradient(small, (2,))
    for _again in range(2):
        rubric.close(upsample_backward(shared, (2,)), wanted, dtype=np.float32)
        rubric.unchanged(shared, small)


rubric.score()
