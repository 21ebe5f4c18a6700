from functools import partial

from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=8)
rubric.forbids(lambda: conv2d_inner, "scipy", "sklearn")


def reference_conv2d(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::sh, ::sw]
    # One place of the kernels after the other: so no window is copied.
    out = sum(
        np.einsum("nchw,oc->nohw", windows[..., u, v], weight[..., u, v].astype(float))
        for u, v in np.ndindex(weight.shape[2:])
    )
    return out if bias is None else out + np.reshape(bias, (-1, 1, 1))


def without_bias(x, weight, stride, padding):
    """Return the answer to a bias of zeros; to None where that is not understood.

    So only the check on the bias fails where one of them goes wrong.
    """
    try:
        return conv2d_inner(
            x, weight, np.zeros(len(weight), weight.dtype), stride, padding
        )
    except Exception:
        return conv2d_inner(x, weight, None, stride, padding)


def no_bias(number):
    """Return a bias of zeros, or None where that is not understood."""
    zeros, rest = np.zeros(number, np.float32), ((1, 1), (0, 0))
    try:
        conv2d_inner(np.ones((1, 1, 1, 1)), np.ones((number, 1, 1, 1)), zeros, *rest)
    except Exception:
        return None
    return zeros


def is_right(
    x, weight, bias=None, stride=(1, 1), padding=(0, 0), dtype=None, atol=1e-5
):
    # Wanted comes first: student code may change the arrays.
    wanted = reference_conv2d(x, weight, bias, stride, padding)
    if bias is None:
        got = without_bias(x, weight, stride, padding)
    else:
        got = conv2d_inner(x, weight, bias, stride, padding)
    exact = x.dtype == weight.dtype == np.float64
    rubric.close(got, wanted, atol=atol, dtype=dtype, exact=exact)


def normal(*shape):
    return rubric.rng.normal(size=shape)


def even(out_channels, in_channels, *sides):
    """Return kernels of one number for each channel: which way they lie is the same."""
    return np.ones(sides) * normal(out_channels, in_channels, 1, 1)


@rubric.check("the kernel is neither flipped nor transposed", points=0.25)
def _():
    is_right(normal(1, 1, 5, 5), normal(1, 1, 3, 3))


@rubric.check(
    "height and width may differ, of the image and of the kernel", points=0.25
)
def _():
    is_right(normal(1, 2, 5, 8), even(3, 2, 2, 4))
    is_right(normal(1, 2, 7, 4), even(3, 2, 3, 2))


@rubric.check("input channels add up; images and kernels each by itself", points=0.25)
def _():
    is_right(normal(2, 3, 4, 4), normal(5, 3, 1, 1))


@rubric.check("bias: once to each output of its channel; None: nothing", points=0.5)
def _():
    # Three channels: once for each is not twice. And twice the same image.
    x, weight = normal(1, 3, 4, 4).repeat(2, axis=0), normal(2, 3, 1, 1)
    is_right(x, weight, normal(2))
    wanted = reference_conv2d(x, weight, None, (1, 1), (0, 0))
    rubric.close(conv2d_inner(x, weight, None, (1, 1), (0, 0)), wanted, atol=1e-5)
    # What a bias loses with its fraction. In float32, hundreds that nearly cancel
    # each other leave errors above 1e-5.
    small = rubric.rng.integers(50, 99, (1, 3, 4, 4)).astype(np.int8)
    is_right(small, weight.astype("f4"), normal(2), dtype=np.float32, atol=1e-3)


@rubric.check("stride (2, 3): two rows down, three columns to the right", points=0.5)
def _():
    is_right(normal(1, 2, 9, 9), even(3, 2, 2, 2), stride=(2, 3))


@rubric.check("padding (1, 2): zeros above, below, left and right", points=0.5)
def _():
    is_right(normal(1, 2, 4, 4), even(3, 2, 3, 3), padding=(1, 2))


@rubric.check("float32 and float64 stay, integers give float32", points=0.25)
def _():
    x, weight = normal(1, 1, 4, 4), np.full((1, 1, 2, 2), 0.7)
    is_right(x, weight, dtype=np.float64)
    is_right(x.astype("f4"), weight.astype("f4"), dtype=np.float32)
    small = rubric.rng.integers(50, 99, (1, 1, 4, 4)).astype(np.int8)
    is_right(small, weight.astype("f4"), dtype=np.float32)
    is_right(small, np.full((1, 1, 2, 2), 3, np.int8), dtype=np.float32)
    is_right(x.astype("f4"), weight, dtype=np.float64)
    is_right(x, weight.astype("f4"), dtype=np.float64)


@rubric.check(
    "image, kernel and bias are not modified, nor an earlier answer", points=0.25
)
def _():
    arrays = normal(1, 1, 3, 3), normal(1, 1, 2, 2), normal(1)
    wanted = reference_conv2d(*arrays, (1, 1), (0, 0))
    shared = [rubric.share(array) for array in arrays]
    for _again in range(2):
        rubric.close(conv2d_inner(*shared, (1, 1), (0, 0)), wanted, atol=1e-5)
        for array, original in zip(shared, arrays, strict=True):
            rubric.unchanged(array, original)
    rest = (1, 1), (0, 0)
    calls = (*arrays, *rest), (normal(1, 1, 3, 3), *arrays[1:], *rest)
    rubric.stays(conv2d_inner, *calls, wanted)


@rubric.check("everything together, all sizes different", points=1.5)
def _():
    weight, bias = normal(4, 3, 3, 2), normal(4)
    # Once more of the same sizes: nothing of a call may be kept for the next.
    for _again in range(2):
        is_right(normal(2, 3, 8, 11), weight, bias, (2, 3), (1, 2))
    x, pairs = normal(4, 2, 9, 7), ((3, 1), (0, 1))
    for _again in range(2):
        weight = normal(3, 2, 2, 4)
        wanted = reference_conv2d(x, weight, None, *pairs)
        rubric.close(conv2d_inner(x, weight, None, *pairs), wanted, atol=1e-5)


def mirrored(height, width):
    """Return a kernel of different numbers that no flip changes."""
    values = 1 + rubric.rng.permutation(height * width).reshape(height, width)
    rows, columns = (np.minimum(range(n), range(n)[::-1]) for n in (height, width))
    return values[rows][:, columns].astype(np.float32)


def many(*shape):
    """Return small whole numbers: all sums of them are exact in float32."""
    return rubric.rng.integers(-4, 5, shape, np.int8).astype(np.float32)


def same_numbers(answer, wanted, atol=1e-3):
    """Compare the numbers by size: what lies where is for the checks above."""
    rubric.whole_number(
        np.size(answer),
        wanted.size,
        saying="fast enough, but not a number for each output",
    )
    got = np.sort(np.asarray(answer, np.float32), axis=None)
    away = got - np.sort(wanted.astype(np.float32), axis=None)
    rubric.close(
        np.abs(away).max(), 0, atol=atol, saying="fast enough, but with wrong values"
    )


def in_float64(x, weight):
    """Convolve in a right way that takes its time."""
    x, weight = x.astype(float), weight.astype(float)
    (_, _, height, width), (_, _, kh, kw) = x.shape, weight.shape
    return [
        np.tensordot(image[:, i : i + kh, j : j + kw], kernel, axes=3)
        for image in x
        for kernel in weight
        for i in range(height - kh + 1)
        for j in range(width - kw + 1)
    ]


# Few windows and many products: 72 and two million, then one and as many. 200 lines for
# each window leave room for any function of NumPy; a loop over the channels takes more,
# and longer, whoever counts its lines. Square windows: which side is which, and what of a
# bias is understood, is for the checks above.
@rubric.check("no Python loop inside a window", points=3.75)
def _():
    x, factors = many(2, 400, 11, 12), np.array([1, 2, 4], np.float32)
    weight = np.zeros((3, 400, 1, 1), np.float32) + factors[:, None, None, None]
    weight = weight * mirrored(9, 9)
    cases = [(x, weight, no_bias(3))]
    channels = int(rubric.rng.integers(2_500_000, 3_000_000))
    cases.append((*many(2, 1, channels, 1, 1), no_bias(1)))
    for x, weight, bias in cases:
        wanted = reference_conv2d(x, weight, bias, (1, 1), (0, 0))
        call = rubric.share(x), rubric.share(weight), bias, (1, 1), (0, 0)
        got = rubric.bounded(
            conv2d_inner,
            *call,
            steps=max(1000, 200 * wanted.size),
            beside=partial(in_float64, x, weight),
            times=12,
        )
        same_numbers(got, wanted)


rubric.score()
