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


# A sum with a huge number loses the others. The direct way sees this pixel in the windows
# of its corner alone; the Fourier transform has it in each frequency.
@rubric.check("it multiplies Fourier transforms", points=1.5)
def _():
    x, weight = (rubric.rng.uniform(1, 2, (1, 1, *s)) for s in ((8, 9), (3, 2)))
    x[0, 0, 0, 0] = 1e20
    exact = reference_conv2d(x, weight, (0, 0))
    away = np.abs(np.asarray(conv2d_fft(x, weight, (0, 0)), float) - exact)
    rubric.close(float(np.any(away[:, :, 3:, 2:] > 0.5)), 1.0)


def summed(answer):
    """Return what no order changes: how many numbers, their sum, that of squares."""
    numbers = np.asarray(answer, float).ravel()
    return [numbers.size, numbers.sum(), numbers @ numbers]


# 10,272 windows in an image, and 5,600 frequencies. Loops over images, kernels and
# channels have room for the transform of each. Each kernel is one repeated number: what
# lies where is for the checks above.
@rubric.check("no Python loop over windows or frequencies", points=0.75)
def _():
    x = rubric.rng.integers(0, 9, (2, 2, 100, 110)).astype(np.float32)
    factors = np.arange(1, 3, dtype=np.float32)
    weight = np.zeros((2, 2, 5, 4), np.float32) + factors[:, None, None, None]
    sums = sliding_window_view(x.sum(axis=1, dtype=float), (5, 4), axis=(1, 2))
    sums = sums.sum(axis=(3, 4))
    wanted = [2 * sums.size, 3 * sums.sum(), 5 * (sums * sums).sum()]
    got = rubric.bounded(conv2d_fft, x, weight, (0, 0), steps=5000)
    rubric.close(summed(got), wanted)
    # So many windows that a loop takes half a second, whoever counts its lines.
    rows, columns = map(int, rubric.rng.integers(700, 800, 2))
    x = rubric.rng.integers(0, 9, (1, 1, rows, columns)).astype(np.float32)
    weight = np.full((1, 1, 1, 2), 3, np.float32)
    got = rubric.bounded(conv2d_fft, x, weight, (0, 0), steps=5000)
    sums = 3 * (x[..., :-1] + x[..., 1:]).astype(float)
    rubric.close(summed(got), [sums.size, sums.sum(), (sums * sums).sum()])


rubric.score()
