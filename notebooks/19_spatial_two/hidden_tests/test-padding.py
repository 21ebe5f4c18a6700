from proctor.rubric import Rubric

rubric = Rubric(points=12)
rubric.forbids(lambda: same_padding, "scipy", "sklearn")
rubric.forbids(lambda: pad, "scipy", "sklearn")
rubric.forbids(lambda: pad_backward, "scipy", "sklearn")


def source(place, size, mode):
    """Return which pixel of an axis a padded place copies, or None."""
    if 0 <= place < size:
        return place
    if mode == "zeros":
        return None
    if mode == "replicate":
        return 0 if place < 0 else size - 1
    if mode == "circular":
        return place % size
    return -place if place < 0 else 2 * (size - 1) - place


def copies(size, pair, mode):
    """Return the matrix that makes a padded row of a row."""
    matrix = np.zeros((pair[0] + size + pair[1], size))
    for row, place in enumerate(range(-pair[0], size + pair[1])):
        copied = source(place, size, mode)
        if copied is not None:
            matrix[row, copied] = 1
    return matrix


def padded(x, padding, mode):
    out = x.astype(float)
    for axis, pair in enumerate(padding, 2):
        matrix = copies(x.shape[axis], pair, mode)
        out = np.moveaxis(np.tensordot(matrix, out, (1, axis)), 0, axis)
    return out


def gradient(upstream, sizes, padding, mode):
    out = upstream.astype(float)
    for axis, (size, pair) in enumerate(zip(sizes, padding, strict=True), 2):
        matrix = copies(size, pair, mode)
        out = np.moveaxis(np.tensordot(matrix, out, (0, axis)), 0, axis)
    return out


def normal(*shape):
    return rubric.rng.normal(size=shape)


def there(x, padding, mode, dtype=None):
    rubric.close(pad(x, padding, mode), padded(x, padding, mode), dtype=dtype)


def back(sizes, padding, mode, batch=1, channels=1):
    longer = (n + sum(pair) for n, pair in zip(sizes, padding, strict=True))
    upstream = normal(batch, channels, *longer)
    wanted = gradient(upstream, sizes, padding, mode)
    rubric.close(pad_backward(upstream, padding, mode), wanted, atol=1e-6)


def back_leaves_upstream(mode):
    upstream = normal(1, 1, 7)
    shared = rubric.share(upstream)
    pad_backward(shared, ((2, 1),), mode)
    rubric.unchanged(shared, upstream)


@rubric.check("same_padding: half of the reach less one, on both sides", points=1)
def _():
    for kernel in 2 * rubric.rng.integers(1, 9, 2) + 1:
        for dilation in (int(rubric.rng.integers(3, 9)), 1):
            half = (int(kernel) - 1) * dilation // 2
            rubric.close(same_padding(int(kernel), dilation), (half, half))


@rubric.check("same_padding: what is odd in number has one more behind", points=0.5)
def _():
    for kernel in 2 * rubric.rng.integers(1, 9, 2):
        for dilation in (5, 1):
            both = (int(kernel) - 1) * dilation
            rubric.close(
                same_padding(int(kernel), dilation), (both // 2, both // 2 + 1)
            )


@rubric.check("pad, zeros: before and after, each axis its own", points=1)
def _():
    there(normal(1, 1, 5), ((2, 1),), "zeros")
    there(normal(2, 3, 4, 5), ((2, 1), (0, 3)), "zeros")


@rubric.check("pad, replicate: the edge again", points=1)
def _():
    there(normal(1, 1, 5), ((2, 6),), "replicate")
    there(normal(2, 3, 4, 5), ((2, 1), (0, 3)), "replicate")


@rubric.check("pad, reflect: what lies behind the edge, without the edge", points=1)
def _():
    there(normal(1, 1, 5), ((2, 4),), "reflect")
    there(normal(2, 3, 4, 5), ((2, 1), (0, 3)), "reflect")


@rubric.check("pad, circular: on at the other end", points=1)
def _():
    there(normal(1, 1, 5), ((2, 5),), "circular")
    there(normal(2, 3, 4, 5), ((2, 1), (0, 3)), "circular")


@rubric.check("pad: the dtype stays, and the batch is not modified", points=0.5)
def _():
    small = rubric.rng.integers(-99, 99, (1, 1, 4)).astype(np.int8)
    there(small, ((1, 0),), "zeros", np.int8)
    shared = rubric.share(small)
    for _again in range(2):
        wanted = padded(small, ((1, 0),), "zeros")
        rubric.close(pad(shared, ((1, 0),), "zeros"), wanted)
        rubric.unchanged(shared, small)


@rubric.check("pad: what cannot be, and another mode, is a ValueError", points=1)
def _():
    size = int(rubric.rng.integers(20, 90))
    row, more = np.ones((1, 1, size)), size + int(rubric.rng.integers(101, 200))
    rubric.raises(ValueError, pad, row, ((0, more),), "reflect", naming=(more,))
    rubric.raises(ValueError, pad, row, ((more, 0),), "reflect", naming=(more,))
    rubric.raises(ValueError, pad, row, ((size, 0),), "reflect", naming=(size,))
    rubric.raises(ValueError, pad, row, ((more, 0),), "circular", naming=(more,))
    for name in ("mirror", "symmetric", "edge", "wrap", "constant"):
        rubric.raises(ValueError, pad, row, ((1, 1),), name)
    # Each axis beside its own length.
    image = np.ones((1, 1, size, more + 1))
    rubric.raises(
        ValueError, pad, image, ((more, 0), (0, 1)), "reflect", naming=(more,)
    )
    image = np.ones((1, 1, more + 1, size))
    rubric.raises(
        ValueError, pad, image, ((0, 1), (more, 0)), "reflect", naming=(more,)
    )
    there(normal(1, 1, 7, 3), ((5, 4), (0, 1)), "reflect")
    there(normal(1, 1, 3, 7), ((1, 2), (6, 5)), "circular")
    there(normal(1, 1, size), ((size - 1, 0),), "reflect")
    there(normal(1, 1, size), ((0, size),), "circular")
    there(normal(1, 1, 3), ((0, 7),), "zeros")


@rubric.check("back, zeros: what was added is cut off", points=1)
def _():
    back((5,), ((2, 1),), "zeros")
    back((5,), ((0, 3),), "zeros")
    back((4,), ((1, 0),), "zeros")


@rubric.check("back, replicate: all copies add up at the edge", points=1)
def _():
    back((5,), ((2, 6),), "replicate")
    back((4,), ((3, 0),), "replicate")
    back_leaves_upstream("replicate")


@rubric.check("back, reflect: the copies add up behind the edge", points=1)
def _():
    back((5,), ((2, 4),), "reflect")
    back((4,), ((0, 2),), "reflect")
    back_leaves_upstream("reflect")


@rubric.check("back, circular: the copies add up at the other end", points=1)
def _():
    back((5,), ((2, 5),), "circular")
    back((4,), ((3, 0),), "circular")
    back_leaves_upstream("circular")


# Zeros: whether copies add up has its own checks. Whole numbers must not run over.
@rubric.check(
    "back: each axis, image and channel its own; whole numbers too", points=0.5
)
def _():
    back((4, 5), ((2, 1), (0, 3)), "zeros", 2, 3)
    back((3, 2, 4), ((0, 1), (2, 0), (1, 1)), "zeros", 3, 2)
    upstream = normal(1, 1, 4)
    wanted = gradient(upstream, (3,), ((1, 0),), "zeros")
    got = pad_backward(upstream, ((1, 0),), "zeros")
    rubric.close(got, wanted, dtype=np.float64)
    small = rubric.rng.integers(100, 128, (1, 1, 6)).astype(np.int8)
    shared = rubric.share(small)
    for _again in range(2):
        wanted = gradient(small, (3,), ((2, 1),), "zeros")
        got = pad_backward(shared, ((2, 1),), "zeros")
        rubric.close(got, wanted, dtype=np.float32)
        rubric.unchanged(shared, small)


@rubric.check("everything together, all sizes different", points=0.5)
def _():
    for mode in ("replicate", "reflect", "circular"):
        # Once more of the same sizes: nothing of a call may be kept for the next.
        for _again in range(2):
            there(normal(2, 3, 4, 5, 6), ((2, 1), (0, 3), (4, 2)), mode)
            back((4, 5, 6), ((2, 1), (0, 3), (4, 2)), mode, 2, 3)


rubric.score()
