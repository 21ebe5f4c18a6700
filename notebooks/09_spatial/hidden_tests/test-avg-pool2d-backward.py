from proctor.rubric import Rubric

rubric = Rubric(points=5)
rubric.forbids(lambda: avg_pool2d_backward, "scipy", "sklearn")


def right_output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


rubric.stand_in(output_size=right_output_size)


def reference_gradient(upstream, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    padded = np.pad(np.zeros(x.shape), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    for i, j in np.ndindex(upstream.shape[2:]):
        share = upstream[:, :, i : i + 1, j : j + 1] / (kh * kw)
        padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw] += share
    return padded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]


def is_right(x, kernel_size, stride, padding=(0, 0)):
    sizes = zip(x.shape[2:], kernel_size, stride, padding, strict=True)
    places = (right_output_size(*size) for size in sizes)
    upstream = rubric.rng.normal(size=(*x.shape[:2], *places))
    wanted = reference_gradient(upstream, x, kernel_size, stride, padding)
    got = avg_pool2d_backward(upstream, x, kernel_size, stride, padding)
    rubric.close(got, wanted, atol=1e-6)


def normal(*shape):
    return rubric.rng.normal(-2, 1, shape)


@rubric.check("each element gets an equal share of its window's gradient", points=0.5)
def _():
    is_right(normal(1, 1, 6, 6), (2, 2), (2, 2))


@rubric.check("an element of several windows: their shares add up", points=0.75)
def _():
    is_right(normal(1, 1, 5, 5), (3, 3), (1, 1))


@rubric.check("a window of 2x3: two rows, three columns", points=0.5)
def _():
    is_right(normal(1, 1, 2, 3), (2, 3), (2, 3))


@rubric.check(
    "stride (3, 2): three rows down, two columns to the right; no gradient between",
    points=0.5,
)
def _():
    is_right(normal(1, 1, 9, 9), (2, 2), (3, 2))


@rubric.check("padding (1, 2) takes its share, and is cut off", points=0.5)
def _():
    is_right(normal(1, 1, 6, 8), (4, 4), (4, 4), (1, 2))
    is_right(normal(1, 1, 4, 6), (4, 4), (4, 4), (0, 1))


@rubric.check("each image and each channel by itself", points=1)
def _():
    # Beyond the window lie pixels of each image. Left out, they cost nothing here.
    x, upstream = normal(2, 3, 3, 3), normal(2, 3, 1, 1)
    wanted = reference_gradient(upstream, x, (2, 2), (2, 2), (0, 0))
    got = avg_pool2d_backward(upstream, x, (2, 2), (2, 2), (0, 0))
    if np.shape(got) == (2, 3, 2, 2):
        wanted = wanted[:, :, :2, :2]
    rubric.close(got, wanted, atol=1e-6)


@rubric.check("upstream gradient and image are not modified, integers too", points=0.5)
def _():
    arrays = normal(1, 1, 1, 1), rubric.rng.integers(-9, 9, (1, 1, 2, 2))
    wanted = reference_gradient(*arrays, (2, 2), (2, 2), (0, 0))
    shared = [rubric.share(array) for array in arrays]
    for _again in range(2):
        got = avg_pool2d_backward(*shared, (2, 2), (2, 2), (0, 0))
        rubric.array(got)
        rubric.close(got, wanted)
        for array, original in zip(shared, arrays, strict=True):
            rubric.unchanged(array, original)


@rubric.check("everything together, all sizes different", points=0.75)
def _():
    x = normal(2, 3, 8, 14)
    is_right(x, (5, 7), (2, 4), (1, 3))
    is_right(x[:, :, :7], (4, 2), (3, 1), (2, 1))
    # Once more of the same sizes: nothing of a call may be kept for the next.
    is_right(x[:, :, 1:], (4, 2), (3, 1), (2, 1))


rubric.score()
