from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=5)


def reference_conv2d(x, weight, padding):
    ph, pw = padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    seen = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    out = np.tensordot(seen, weight.astype(float), axes=((1, 4, 5), (1, 2, 3)))
    return out.transpose(0, 3, 1, 2)


def is_right(x, weight, padding=(0, 0), dtype=None):
    wanted = reference_conv2d(x, weight, padding)
    rubric.close(conv2d_fft(x, weight, padding), wanted, atol=1e-4, dtype=dtype)


def normal(*shape):
    return rubric.rng.normal(size=shape)


@rubric.check("the kernel is neither flipped nor transposed", points=0.5)
def _():
    is_right(normal(1, 1, 6, 6), normal(1, 1, 3, 3))


# A kernel of one repeated number: which way round it lies does not matter.
@rubric.check(
    "height and width may differ, even and odd, of image and kernel", points=0.5
)
def _():
    is_right(normal(1, 1, 5, 8), np.full((1, 1, 2, 3), 0.5))
    is_right(normal(1, 1, 6, 9), np.full((1, 1, 3, 2), 1.5))


# A kernel of one pixel.
@rubric.check("channels add up, kernels and images apart", points=0.5)
def _():
    is_right(normal(2, 3, 4, 4), normal(5, 3, 1, 1))


@rubric.check("padding (1, 2)", points=0.25)
def _():
    is_right(normal(1, 1, 4, 4), np.full((1, 1, 3, 3), 0.5), (1, 2))


@rubric.check("float32 and float64 stay, integers give float32", points=0.25)
def _():
    x, weight = normal(1, 1, 4, 4), normal(1, 1, 1, 1)
    is_right(x, weight, dtype=np.float64)
    is_right(x.astype("f4"), weight.astype("f4"), dtype=np.float32)
    small = rubric.rng.integers(-99, 99, (1, 1, 4, 4)).astype(np.int8)
    is_right(small, weight.astype("f4"), dtype=np.float32)
    is_right(small, np.full((1, 1, 1, 1), 3, np.int8), dtype=np.float32)
    is_right(x.astype("f4"), weight, dtype=np.float64)
    is_right(x, weight.astype("f4"), dtype=np.float64)


@rubric.check("image and kernel are not modified", points=0.25)
def _():
    x, weight = normal(1, 1, 4, 4), normal(1, 1, 1, 1)
    shared = rubric.share(x), rubric.share(weight)
    for _again in range(2):
        rubric.close(conv2d_fft(*shared, (0, 0)), x * weight, atol=1e-4)
        rubric.unchanged(shared[0], x)
        rubric.unchanged(shared[1], weight)


@rubric.check("everything together, all sizes different, large kernels too", points=0.5)
def _():
    is_right(normal(2, 3, 8, 11), normal(4, 3, 3, 2), (1, 2))
    is_right(normal(3, 2, 7, 9), normal(1, 2, 6, 9), (2, 0))


# A sum with a huge number loses the others. The direct way meets this pixel in the window
# of its corner alone, with a zero of the kernel, and has all outputs exact, whatever is
# transformed after; the Fourier transform has it in each frequency, so that each output of the image is off by about as much as a number of this
# size is rounded, and each by another amount. The other images know nothing of it.
@rubric.check("it multiplies Fourier transforms", points=1.5)
def _():
    is_right(normal(2, 1, 6, 7), normal(1, 1, 3, 2))
    x, weight = (rubric.rng.uniform(1, 2, s) for s in ((3, 1, 8, 9), (1, 1, 3, 2)))
    huge = rubric.rng.uniform(1, 9) * 1e20
    place = int(rubric.rng.integers(3))
    x[place, 0, 0, 0], weight[0, 0, 0, 0] = huge, 0
    exact, rounding = reference_conv2d(x, weight, (0, 0)), 2.0**-52 * huge
    got = np.asarray(conv2d_fft(x, weight, (0, 0)), float)
    others = np.arange(3) != place
    rubric.close(got.shape, exact.shape)
    rubric.close(got[others], exact[others], atol=1e-4)
    rubric.close(got[place], exact[place], atol=30 * rounding)
    away = (got[place] - exact[place])[:, 1:, 1:] / rounding
    assert np.median(np.abs(away)) > 0.01, "not the rounding of a transform"
    assert away.std() > 0.02, "not the rounding of a transform"


def mirrored(height, width):
    """Return a kernel of different numbers that no flip changes."""
    values = 1 + rubric.rng.permutation(height * width).reshape(height, width)
    rows, columns = (np.minimum(range(n), range(n)[::-1]) for n in (height, width))
    return values[rows][:, columns].astype(np.float32)


def many(*shape):
    """Return small whole numbers: all sums of them are exact in float32."""
    return rubric.rng.integers(-4, 5, shape).astype(np.float32)


def same_numbers(answer, wanted, atol=1e-3):
    """Compare the numbers by size: what lies where is for the checks above."""
    rubric.whole_number(np.size(answer), wanted.size)
    got = np.sort(np.asarray(answer, np.float32), axis=None)
    away = got - np.sort(wanted.astype(np.float32), axis=None)
    rubric.close(np.abs(away).max(), 0, atol=atol)


# 10,000 windows in an image, and 5,000 frequencies. Loops over images, kernels and
# channels have room for the transform of each. Random kernels, which a flip leaves as
# they are.
@rubric.check("no Python loop over windows or frequencies", points=0.75)
def _():
    rows, columns = map(int, rubric.rng.integers(100, 111, 2))
    x, factors = many(2, 2, rows, columns), np.arange(1, 3, dtype=np.float32)
    weight = np.zeros((2, 2, 1, 1), np.float32) + factors[:, None, None, None]
    weight = weight * mirrored(5, 4)
    wanted = reference_conv2d(x, weight, (0, 0))
    got = rubric.bounded(conv2d_fft, x, weight, (0, 0), steps=5000)
    same_numbers(got, wanted, atol=0.1)
    # So many windows that a loop takes half a second, whoever counts its lines.
    rows, columns = map(int, rubric.rng.integers(700, 800, 2))
    x, weight = many(1, 1, rows, columns), mirrored(1, 3).reshape(1, 1, 1, 3)
    wanted = reference_conv2d(x, weight, (0, 0))
    got = rubric.bounded(conv2d_fft, x, weight, (0, 0), steps=5000)
    same_numbers(got, wanted, atol=0.1)


rubric.score()
