import contextlib

from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=5)
rubric.forbids(lambda: conv2d_fft, "scipy", "sklearn")


def reference_conv2d(x, weight, padding):
    ph, pw = padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    seen = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    out = np.tensordot(seen, weight.astype(float), axes=((1, 4, 5), (1, 2, 3)))
    return out.transpose(0, 3, 1, 2)


def is_right(x, weight, padding=(0, 0), dtype=None):
    wanted = reference_conv2d(x, weight, padding)
    exact = x.dtype == weight.dtype == np.float64
    rubric.close(
        conv2d_fft(x, weight, padding), wanted, atol=1e-4, dtype=dtype, exact=exact
    )


def normal(*shape):
    return rubric.rng.normal(size=shape)


# By chance a few sums may all be positive: here one at each end has its sign.
def signed(*shape):
    x = normal(*shape)
    x[..., 0, 0], x[..., -1, -1] = -9, 9
    return x


@rubric.check("the kernel is neither flipped nor transposed", points=0.25)
def _():
    is_right(normal(1, 1, 6, 6), normal(1, 1, 3, 3))


# A kernel of one repeated number: which way round it lies does not matter.
@rubric.check(
    "height and width may differ, even and odd, of image and kernel", points=0.25
)
def _():
    is_right(normal(1, 1, 5, 8), np.full((1, 1, 2, 3), 0.5))
    is_right(normal(1, 1, 6, 9), np.full((1, 1, 3, 2), 1.5))


# Kernels of one pixel.
@rubric.check("channels add up, kernels and images apart", points=0.25)
def _():
    is_right(normal(2, 3, 4, 4), normal(5, 3, 1, 1))


@rubric.check("padding (1, 2)", points=0.25)
def _():
    is_right(signed(1, 1, 4, 4), np.full((1, 1, 3, 3), 0.5), (1, 2))


@rubric.check("float32 and float64 stay, and nothing is modified", points=0.25)
def _():
    x, weight = signed(1, 1, 4, 4), np.full((1, 1, 2, 2), 0.7)
    is_right(x, weight, dtype=np.float64)
    is_right(x.astype("f4"), weight.astype("f4"), dtype=np.float32)
    small = rubric.rng.integers(-99, 99, (1, 1, 4, 4)).astype(np.int8)
    is_right(small, weight.astype("f4"), dtype=np.float32)
    is_right(small, np.full((1, 1, 2, 2), 3, np.int8), dtype=np.float32)
    is_right(x.astype("f4"), weight, dtype=np.float64)
    is_right(x, weight.astype("f4"), dtype=np.float64)
    wanted = reference_conv2d(x, weight, (0, 0))
    shared = rubric.share(x), rubric.share(weight)
    for _again in range(2):
        rubric.close(conv2d_fft(*shared, (0, 0)), wanted, atol=1e-4)
        rubric.unchanged(shared[0], x)
        rubric.unchanged(shared[1], weight)


# Of what is right above with everything together, the cost is asked so, too.
RIGHT_TOGETHER = set()


@rubric.check("everything together, all sizes different, large kernels too", points=1)
def _():
    x, weight = normal(2, 3, 8, 11), normal(4, 3, 3, 2)
    is_right(x, weight, (1, 2))
    # Once more of the same sizes: nothing of a call may be kept for the next.
    is_right(normal(2, 3, 8, 11), weight, (1, 2))
    is_right(x, normal(4, 3, 3, 2), (1, 2))
    is_right(normal(3, 2, 7, 9), normal(1, 2, 6, 9), (2, 0))
    RIGHT_TOGETHER.add("numbers")


def many(*shape):
    """Return small whole numbers: all sums of them are exact in float32."""
    return rubric.rng.integers(-4, 5, shape, np.int8).astype(np.float32)


def close_either_way(answer, wanted, x, weight):
    """Compare the numbers with the right ones, and with those of a flipped kernel.

    The direction is for a check above. Turned round, the answer begins before the first
    whole window; what comes there is the image's other end, or nothing.
    """
    rubric.shape(np.shape(answer), wanted.shape)
    rows, columns = wanted.shape[2:]
    got = np.asarray(answer, float).reshape(rows, columns)
    away = [distance(got, wanted[0, 0])]
    # These take as long as the right ones.
    for room in ((0, 0), weight.shape[2:]) if away[0] > 1 else ():
        size = [n + more for n, more in zip(x.shape[2:], room, strict=True)]
        pixels, kernel = np.fft.fft2(x[0, 0], size), np.fft.fft2(weight[0, 0], size)
        flipped = np.fft.ifft2(pixels * kernel).real[:rows, :columns]
        away.append(distance(got, flipped))
    rubric.close(min(away), 0, atol=1, saying="fast enough, but with wrong values")


def close_this_way(answer, wanted, _x, _weight):
    """Compare the numbers with the right ones alone."""
    rubric.shape(np.shape(answer), wanted.shape)
    away = distance(np.asarray(answer, float), wanted)
    rubric.close(away, 0, atol=1, saying="fast enough, but with wrong values")


def distance(got, wanted):
    """Return how far away numbers are, in what is allowed."""
    return (np.abs(got - wanted) / (0.1 + 1e-3 * np.abs(wanted))).max()


def by_transforms(x, weight, padding):
    """Return the right numbers, in float64, from a wide circle.

    A right way that takes its time: complex, and as long as the full convolution.
    """
    both = list(zip(x.shape[2:], weight.shape[2:], padding, strict=True))
    size = [n + 2 * p + k - 1 for n, k, p in both]
    ph, pw = padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    pixels, kernels = np.fft.fft2(padded, size), np.fft.fft2(weight, size).conj()
    # Summed channel by channel.
    sums = sum(pixels[:, None, c] * kernels[:, c] for c in range(x.shape[1]))
    rows, columns = (n + 2 * p - k + 1 for n, k, p in both)
    return np.fft.ifft2(sums).real[..., :rows, :columns]


def costs_no_more(x, weight, steps, times, padding=(0, 0), compare=close_either_way):
    """Compare numbers and cost with those of transforms."""
    call, found = (rubric.share(x), rubric.share(weight), padding), []

    def beside():
        found.append(by_transforms(x, weight, padding))

    got = rubric.bounded(conv2d_fft, *call, steps=steps, beside=beside, times=times)
    if not found:
        beside()
    compare(got, found[0], x, weight)


def is_right_for_few():
    """Return whether several small images, channels and kernels, padded, are right."""
    call = many(2, 2, 5, 6), many(2, 2, 2, 3), (1, 2)
    with contextlib.suppress(Exception):
        got, wanted = np.asarray(conv2d_fft(*call)), reference_conv2d(*call)
        return got.shape == wanted.shape and np.abs(got - wanted).max() < 1e-3
    return False


def seen_by_none():
    """Return how far one large pixel, on which no window has weight, moves the answer.

    A transform mixes it with all others, and rounds them by it. Who multiplies pixels
    with weights, be it by matrices, has the same numbers as without it.
    """
    several = is_right_for_few() or RIGHT_TOGETHER
    x, weight = normal(1, 1, 11, 13), normal(1, 1, 4, 3)
    if several:
        x, weight = normal(2, 3, 11, 13), normal(4, 3, 4, 3)
    # Of a kernel that lies the other way round, too.
    weight[..., 0, 0] = weight[..., -1, -1] = 0
    x[..., 0, 0] = 0
    without = conv2d_fft(x, weight, (0, 0))
    x[:, -1, 0, 0] = 2.0**40
    beside = conv2d_fft(x, weight, (0, 0))
    return np.abs(np.asarray(beside, float) - np.asarray(without, float)).max()


# A kernel half as large as the image: loops take many times as long as transforms, whose
# cost does not depend on it. What cannot be done in the second case is found in the
# first, where it takes less. A direct way by large matrices is as fast there. It is told
# by how it rounds; and who rounds so on purpose, by a single row of 410,670 pixels:
# there the windows are 41,900 million numbers, and transforms take some 200 million
# steps. By whatever matrices these are multiplied, it takes longer than any transform.
# That is right for transforms in complex128 and of twice as many pixels, too. The row,
# the full convolution, and one more than each have small factors, or a transform as
# long as that would take some times as long as one of another length. Who looks for
# smaller ones has room for some thousand lengths.
@rubric.check(
    "it multiplies Fourier transforms: a large kernel costs no more", points=1.75
)
def _():
    # First what no clock decides: a direct way is told by it on every machine.
    rubric.whole_number(
        int(seen_by_none() > 0),
        1,
        saying="right outputs, but no products of transforms",
    )
    # In the first case are few windows and many frequencies.
    for side, windows_across, steps in (
        (64, 2, 1500),
        (192, 96, 5000),
        (384, 192, 5000),
    ):
        kernel = side + 1 - windows_across
        x, weight = many(1, 1, side, side), many(1, 1, kernel, kernel)
        costs_no_more(x, weight, steps, times=12)
    x, weight = many(1, 1, 1, 410_670), many(1, 1, 1, 222_886)
    costs_no_more(x, weight, steps=400_000, times=8)


# 460,000 windows, and half as many frequencies. Loops over images, kernels and channels
# have room for the transform of each; a loop over windows or frequencies has none, and
# takes longer, whoever counts its lines: image and full convolution have small factors,
# so that what is done beside it is quick. Here it is the right way round.
@rubric.check("no Python loop over windows or frequencies", points=1)
def _():
    # Even widths: who takes each for one loses points where widths differ.
    rows = int(rubric.rng.choice([715, 700, 688, 675]))
    columns = int(rubric.rng.choice([700, 696, 682, 672]))
    x, weight = many(1, 1, rows, columns), many(1, 1, 6, 5)
    costs_no_more(x, weight, steps=5000, times=5, compare=close_this_way)
    if is_right_for_few() or RIGHT_TOGETHER:
        x, weight = many(2, 2, rows // 2, columns // 4 * 2), many(2, 2, 6, 5)
        several = {"padding": (1, 2), "compare": close_this_way}
        # A transform for each pair of them takes twice as long as one for each.
        costs_no_more(x, weight, steps=5000, times=12, **several)


rubric.score()
