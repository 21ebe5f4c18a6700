import contextlib
from functools import partial

from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=10)
rubric.forbids(lambda: conv2d_forward, "scipy", "sklearn")


def right_windows(x, kernel_size, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view
    return view(padded, kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]


def right_im2col(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view
    seen = view(padded, kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]
    return seen.transpose(0, 2, 3, 1, 4, 5).reshape(-1, x.shape[1] * kh * kw)


rubric.stand_in(windows=right_windows, im2col=right_im2col)


def reference_conv2d(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    seen = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    seen = seen[:, :, ::sh, ::sw]
    # One place of the kernels after the other: so no window is copied.
    out = sum(
        np.einsum("nchw,oc->nohw", seen[..., u, v], weight[..., u, v].astype(float))
        for u, v in np.ndindex(weight.shape[2:])
    )
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


def is_right(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dtype=None):
    # Wanted comes first: student code may change the arrays.
    wanted = reference_conv2d(x, weight, bias, stride, padding)
    if bias is None:
        got = without_bias(x, weight, stride, padding)
    else:
        got = conv2d_forward(x, weight, bias, stride, padding)
    exact = x.dtype == weight.dtype == np.float64
    rubric.close(got, wanted, atol=1e-5, dtype=dtype, exact=exact)


def is_right_in_any_axes(x, weight, **pairs):
    """Ask for the answers, whose lengths all differ; their order has its own check."""
    pairs = {"stride": (1, 1), "padding": (0, 0)} | pairs
    wanted = reference_conv2d(x, weight, None, **pairs)
    got = without_bias(x, weight, *pairs.values())
    rubric.array(got)
    if sorted(got.shape) == sorted(wanted.shape):
        got = got.transpose([got.shape.index(length) for length in wanted.shape])
    rubric.close(got, wanted, atol=1e-5)


def normal(*shape):
    return rubric.rng.normal(size=shape)


def even(out_channels, in_channels, *sides):
    """Return kernels of one number for each channel: which way they lie is the same."""
    return np.ones(sides) * normal(out_channels, in_channels, 1, 1)


@rubric.check("the kernel is neither flipped nor transposed", points=0.5)
def _():
    is_right(normal(1, 1, 5, 5), normal(1, 1, 3, 3))


@rubric.check(
    "height and width may differ, of the image and of the kernel", points=0.25
)
def _():
    is_right_in_any_axes(normal(1, 2, 5, 8), even(3, 2, 2, 4))
    is_right_in_any_axes(normal(1, 2, 7, 5), even(3, 2, 3, 2))


# One window: the order of the answers does not matter.
@rubric.check("input channels add up, each with its own part of a kernel", points=0.5)
def _():
    is_right(normal(1, 3, 2, 4), normal(1, 3, 2, 4))


@rubric.check("several kernels and images: which answer stands where", points=0.75)
def _():
    is_right(normal(3, 1, 4, 5), np.ones((2, 1, 2, 2)) * normal(2, 1, 1, 1))


@rubric.check("bias: once to each output of its channel; None: nothing", points=0.5)
def _():
    # Two channels alike: once for each is not once. As many rows as biases, and more
    # columns: to add them by turns is not to add them along an axis.
    x, weight = normal(2, 1, 4, 5).repeat(2, axis=1), np.full((3, 2, 2, 2), 0.5)
    is_right(x, weight, normal(3))
    wanted = reference_conv2d(x, weight, None, (1, 1), (0, 0))
    rubric.close(conv2d_forward(x, weight, None, (1, 1), (0, 0)), wanted, atol=1e-5)
    # What a bias loses with its fraction.
    small = rubric.rng.integers(50, 99, (1, 1, 4, 4)).astype(np.int8)
    bias = rubric.rng.integers(20, 45, 1) / 64
    is_right(small, np.full((1, 1, 2, 2), 0.5), bias, dtype=np.float64)
    # It does not decide about the dtype.
    x, weight = normal(1, 1, 4, 4).astype("f4"), np.full((1, 1, 2, 2), 0.5, "f4")
    is_right(x, weight, bias, dtype=np.float32)


@rubric.check("stride (2, 3) and padding (1, 2), height first", points=0.5)
def _():
    is_right_in_any_axes(normal(1, 2, 11, 12), even(3, 2, 2, 2), stride=(2, 3))
    is_right_in_any_axes(normal(1, 2, 4, 4), even(3, 2, 3, 3), padding=(1, 2))


@rubric.check("float32 and float64 stay, integers give float32", points=0.5)
def _():
    x, weight = normal(1, 1, 4, 4), np.full((1, 1, 2, 2), 0.7)
    is_right(x, weight, dtype=np.float64)
    is_right(x.astype("f4"), weight.astype("f4"), dtype=np.float32)
    small = rubric.rng.integers(50, 99, (2, 1, 1, 4, 4)).astype(np.int8)
    is_right(*small, dtype=np.float32)
    is_right(small[0], weight, dtype=np.float64)
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
        rubric.close(conv2d_forward(*shared, (1, 1), (0, 0)), wanted, atol=1e-5)
        for array, original in zip(shared, arrays, strict=True):
            rubric.unchanged(array, original)
    rest = (1, 1), (0, 0)
    calls = (*arrays, *rest), (normal(1, 1, 3, 3), *arrays[1:], *rest)
    rubric.stays(conv2d_forward, *calls, wanted)


# Of what is right above with everything together, the cost is asked so, too.
RIGHT_TOGETHER = set()


@rubric.check("everything together, all sizes different", points=2)
def _():
    weight, bias = normal(4, 3, 3, 2), normal(4)
    # Once more of the same sizes: nothing of a call may be kept for the next.
    for _again in range(2):
        is_right(normal(2, 3, 8, 11), weight, bias, (2, 3), (1, 2))
    x, pairs = np.asfortranarray(normal(4, 2, 9, 7)), ((3, 1), (0, 1))
    for _again in range(2):
        weight = normal(3, 2, 2, 4)
        wanted = reference_conv2d(x, weight, None, *pairs)
        rubric.close(conv2d_forward(x, weight, None, *pairs), wanted, atol=1e-5)
    RIGHT_TOGETHER.add("numbers")


def mirrored(height, width):
    """Return a kernel of different numbers that no flip changes."""
    values = 1 + rubric.rng.permutation(height * width).reshape(height, width)
    rows, columns = (np.minimum(range(n), range(n)[::-1]) for n in (height, width))
    return values[rows][:, columns].astype(np.float32)


def many(*shape):
    """Return small whole numbers: all sums of them are exact in float32."""
    return rubric.rng.integers(-4, 5, shape, np.int8).astype(np.float32)


def same_numbers(answer, wanted, atol=1e-3):
    """Compare the numbers, of a line of windows: its axes are for the checks above."""
    rubric.whole_number(
        np.size(answer),
        wanted.size,
        saying="fast enough, but not a number for each output",
    )
    away = np.ravel(np.asarray(answer, np.float32)) - wanted.ravel()
    rubric.close(
        np.abs(away).max(), 0, atol=atol, saying="fast enough, but with wrong values"
    )


def one_of_them(answer, answers):
    """Compare the numbers by size with the first of some answers, or with another.

    Where each stands, and which way round the kernel lies, is for the checks above.
    """
    found = np.sort(np.ravel(np.asarray(answer, np.float32)))
    for wanted in answers:
        rubric.whole_number(
            np.size(answer),
            wanted.size,
            saying="fast enough, but not a number for each output",
        )
        away = np.abs(found - np.sort(wanted.ravel())).max()
        if away <= 1e-3:
            break
    rubric.close(away, 0, atol=1e-3, saying="fast enough, but with wrong values")


def each_way_round(weight):
    """Return a kernel as it may be taken: flipped, its sides exchanged, or both."""
    flips = [weight[..., ::i, ::j] for i in (1, -1) for j in (1, -1)]
    return [*flips, *(each.swapaxes(2, 3) for each in flips)]


def square_kernel():
    """Return a kernel of 2x2 different numbers."""
    return (1 + rubric.rng.permutation(9)[:4]).reshape(1, 1, 2, 2).astype(np.float32)


def in_wide_rows(x, weight, _bias, stride, padding):
    """Convolve in a right way that takes its time: in float64, windows copied twice."""
    columns = right_im2col(x.astype(float), weight.shape[2:], stride, padding)
    columns = np.hstack([columns, np.ones((len(columns), 1))])
    kernels = np.pad(weight.reshape(len(weight), -1).astype(float), ((0, 0), (0, 1)))
    return (columns @ kernels.T).astype(np.float32)


def several(*sides):
    """Return a call with several images, channels and kernels, a stride and padding."""
    weight, bias = many(2, 2, 2, 2), many(2)
    return many(2, 2, *sides), weight, bias, (2, 1), (0, 1)


def is_right_for_few(function, *more):
    """Return whether the answer is right where such images are small."""
    call = several(5, 4)
    with contextlib.suppress(Exception):
        got = np.asarray(function(*call, *more), float)
        return np.array_equal(got, reference_conv2d(*call))
    return False


def without_loop(x, *rest):
    """Return the answer, if Python had little to do for it."""
    beside, call = partial(in_wide_rows, x, *rest), (rubric.share(x), *rest)
    return rubric.bounded(conv2d_forward, *call, steps=5000, beside=beside, times=5)


# An image of one column, then one of one row: so a loop over rows, or columns, is one
# over windows. There are so many that the cheapest turn of a loop for each takes longer than
# array operations, whoever counts its lines. A few hundred lines are enough; loops over
# images, kernels, channels or taps have room. Random kernels, which a flip leaves as
# they are. Mixed answers are not worth their speed. At last a plane, for which lines
# alone take no more than three slices: of several images, channels and kernels, with a
# stride and padding, if few of these are right. If not, that has lost its points above.
@rubric.check("no Python loop over windows; right for two channels", points=4.25)
def _():
    is_right_in_any_axes(normal(1, 2, 5, 6), even(3, 2, 2, 2))
    for sides in ((3, 1), (1, 3)):
        number = int(rubric.rng.integers(570_000, 630_000))
        x = many(1, 1, *(number if side > 1 else 1 for side in sides))
        weight = mirrored(*sides).reshape(1, 1, *sides)
        rest = weight, np.zeros(1, np.float32), (1, 1), (0, 0)
        same_numbers(without_loop(x, *rest), reference_conv2d(x, *rest))
    rows = int(rubric.rng.integers(350, 370))
    if is_right_for_few(conv2d_forward) or RIGHT_TOGETHER:
        x, *rest = several(rows, 150_000 // rows)
        same_numbers(without_loop(x, *rest), reference_conv2d(x, *rest))
    else:
        x, weight = many(1, 1, rows, 150_000 // rows), square_kernel()
        rest = np.zeros(1, np.float32), (1, 1), (0, 0)
        got, ways = without_loop(x, weight, *rest), each_way_round(weight)
        one_of_them(got, (reference_conv2d(x, w, *rest) for w in ways))


rubric.score()
