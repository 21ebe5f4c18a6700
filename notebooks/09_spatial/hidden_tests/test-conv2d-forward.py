from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=20)
rubric.forbids(lambda: conv2d_forward, "scipy", "sklearn")


def right_output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


rubric.stand_in(output_size=right_output_size)


def reference_conv2d(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::sh, ::sw]
    out = np.einsum("bchwij,ocij->bohw", windows, weight.astype(float))
    return out if bias is None else out + np.reshape(bias, (-1, 1, 1))


def without_bias(x, weight, stride, padding):
    """Return the answer to a bias of zeros; to None where that is not understood.

    So only the check on the bias fails where one of them goes wrong.
    """
    try:
        return conv2d_forward(
            x, weight, np.zeros(len(weight), weight.dtype), stride, padding
        )
    except Exception:
        return conv2d_forward(x, weight, None, stride, padding)


def in_order(got, wanted):
    """Put the axes in order: another one costs the checks of everything together."""
    batch, *rest = wanted.shape
    if np.shape(got) == wanted.shape:
        return got
    if np.shape(got) == (batch, *rest[1:], rest[0]):
        return np.moveaxis(got, 3, 1)
    # Axes of length 1 that are too many, or missing.
    lengths = [[n for n in np.shape(array) if n > 1] for array in (got, wanted)]
    if np.ndim(got) != 4 and lengths[0] == lengths[1]:
        return np.reshape(got, wanted.shape)
    return got


def is_right(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dtype=None):
    # Wanted comes first: student code may change the arrays.
    wanted = reference_conv2d(x, weight, bias, stride, padding)
    if bias is None:
        got = without_bias(x, weight, stride, padding)
    else:
        got = conv2d_forward(x, weight, bias, stride, padding)
    exact = x.dtype == weight.dtype == np.float64
    rubric.close(in_order(got, wanted), wanted, atol=1e-5, dtype=dtype, exact=exact)


def all_is_right(x, weight, bias, stride=(1, 1), padding=(0, 0)):
    """Ask for the result with its axes in order, and for None where no bias is given."""
    wanted = reference_conv2d(x, weight, bias, stride, padding)
    got = conv2d_forward(x, weight, bias, stride, padding)
    rubric.close(got, wanted, atol=1e-5, exact=True)


def normal(*shape):
    return rubric.rng.normal(size=shape)


def of_both_signs():
    """Return an image with a window of 3x3 above zero, and one below it."""
    x = normal(1, 1, 6, 6)
    x[..., :3, :3], x[..., 3:, 3:] = np.abs(x[..., :3, :3]), -np.abs(x[..., 3:, 3:])
    return x


# Four numbers in the corners, four beside them, one in the middle: all of one sign, and
# the same however they are turned.
RINGS = np.array([[1.0, 2.0, 1.0], [2.0, 5.0, 2.0], [1.0, 2.0, 1.0]])


def rings(kernels=1):
    """Return kernels for one channel of which it does not matter which way they lie.

    Of one repeated number the sum of the pixels, times it, would do.
    """
    return normal(kernels, 1, 1, 1) * RINGS


def even(*sides):
    """Return two kernels of one repeated number, for one channel."""
    return normal(2, 1, 1, 1) * np.ones(sides)


@rubric.check("the kernel is neither flipped nor transposed", points=2.75)
def _():
    is_right(normal(1, 1, 5, 5), normal(1, 1, 3, 3))


@rubric.check("height and width may differ, of the image and of the kernel", points=0.5)
def _():
    is_right(normal(1, 1, 5, 8), even(2, 4))
    is_right(normal(1, 1, 7, 4), even(3, 2))


# Kernels of 1x1 in the next two: no window, only what is around it.
@rubric.check("several input channels: the products of all are added", points=1)
def _():
    is_right(normal(1, 3, 4, 4), normal(1, 3, 1, 1))


@rubric.check("several output channels: each has its own kernel", points=0.5)
def _():
    is_right(normal(1, 1, 4, 4), normal(5, 1, 1, 1))


@rubric.check("several images: each gives its own result", points=0.75)
def _():
    is_right(normal(3, 1, 5, 5), rings())


@rubric.check("bias: added once to each output of its channel", points=1.75)
def _():
    weight = np.zeros((4, 3, 1, 1))
    weight[:, 0] = normal(1, 1, 1)
    # Twice the same image, whose bias is no other one.
    is_right(normal(1, 3, 4, 4).repeat(2, axis=0), weight, normal(4))
    # There is one, also where its numbers add up to 0.
    is_right(normal(1, 3, 2, 2), weight, np.array([2.0, -1.5, 1.0, -1.5]))


@rubric.check("bias None: nothing is added", points=0.5)
def _():
    x, weight = of_both_signs(), rings()
    wanted = reference_conv2d(x, weight, None, (1, 1), (0, 0))
    got = conv2d_forward(x, weight, None, (1, 1), (0, 0))
    rubric.close(in_order(got, wanted), wanted, atol=1e-5)


@rubric.check("stride: a window starts at stride times its place", points=1)
def _():
    is_right(normal(1, 1, 12, 12), rings(2), stride=(4, 4))


@rubric.check("stride (2, 3): two rows down, three columns to the right", points=1)
def _():
    is_right(normal(1, 1, 10, 10), rings(2), stride=(2, 3))


@rubric.check("padding: zeros on all four sides of every image", points=1)
def _():
    # One window, which the zeros on one side reach; then all four sides.
    is_right(normal(1, 1, 4, 4), rings(2), stride=(5, 5), padding=(1, 1))
    is_right(normal(1, 1, 4, 4), rings(2), padding=(2, 2))


@rubric.check(
    "padding (1, 2): one row above and below, two columns left and right", points=1.25
)
def _():
    is_right(normal(1, 1, 4, 4), rings(2), padding=(1, 2))
    is_right(normal(1, 1, 4, 4), rings(2), padding=(0, 2))


@rubric.check("an integer image: kernel and bias keep their fractions", points=0.5)
def _():
    # Products and sums are larger than a pixel's own type holds.
    for kind in (np.int64, np.int8, np.uint8):
        x = rubric.rng.integers(50, 127, (1, 1, 4, 4)).astype(kind)
        is_right(x, -np.abs(rings()), normal(1))


@rubric.check("float32 gives float32", points=0.5)
def _():
    single = of_both_signs().astype(np.float32), rings().astype(np.float32)
    is_right(*single, dtype=np.float32)
    # Whatever the bias is. Of zeros: another check asks whether it is added.
    is_right(*single, np.zeros(1), dtype=np.float32)


@rubric.check(
    "float64 gives float64, of the image or of the kernel, and int64 does", points=0.5
)
def _():
    x, weight = of_both_signs(), rings()
    is_right(x, weight, dtype=np.float64)
    is_right(x.astype(np.float32), weight, dtype=np.float64)
    weight = weight.astype(np.float32)
    is_right(x, weight, dtype=np.float64)
    # A float32 would not hold these.
    x = 2**24 + rubric.rng.integers(50, 127, (1, 1, 4, 4))
    is_right(x, weight, dtype=np.float64)


@rubric.check(
    "image, kernel and bias are not modified, nor an earlier answer", points=0.5
)
def _():
    x, weight, bias = of_both_signs(), rings(), np.zeros(1)
    wanted = reference_conv2d(x, weight, bias, (1, 1), (0, 0))
    shared = [rubric.share(array) for array in (x, weight, bias)]
    for _again in range(2):
        got = conv2d_forward(*shared, (1, 1), (0, 0))
        rubric.close(in_order(got, wanted), wanted, atol=1e-5)
        for array, original in zip(shared, (x, weight, bias), strict=True):
            rubric.unchanged(array, original)
    rest = weight, bias, (1, 1), (0, 0)
    calls = (x, *rest), (of_both_signs(), *rest)
    rubric.stays(conv2d_forward, *calls, wanted)


@rubric.check("everything together, at stride 1 and with a bias", points=2.5)
def _():
    all_is_right(normal(2, 3, 6, 8), normal(4, 3, 3, 2), normal(4))
    all_is_right(normal(3, 2, 5, 4), normal(5, 2, 2, 3), normal(5))


# The bias is None, for one has checks of its own.
@rubric.check("everything together, all sizes different", points=2)
def _():
    x, weight = normal(5, 3, 8, 11), normal(4, 3, 3, 2)
    # More rows than columns first: where both are padded alike, that is seen by values.
    # The last window has one row of the image, and both rows of zeros below it.
    all_is_right(x[:, :, :, :9], weight, None, (3, 4), (2, 1))
    all_is_right(x, weight, None, (2, 3), (1, 2))
    # Once more of the same sizes: nothing of a call may be kept for the next.
    all_is_right(normal(5, 3, 8, 11), weight, None, (2, 3), (1, 2))


@rubric.check("everything together, a kernel wider than high and a bias", points=1.5)
def _():
    # Its axes lie in memory from the last to the first.
    x = np.asfortranarray(normal(4, 2, 9, 7))
    for _again in range(2):
        all_is_right(x, normal(3, 2, 2, 4), normal(3), (3, 1), (0, 1))


rubric.score()
