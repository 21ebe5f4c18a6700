import contextlib
from functools import partial

from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=12)
rubric.forbids(lambda: conv2d_backward, "scipy", "sklearn")


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


def right_conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view
    seen = view(padded, weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    out = np.tensordot(seen, weight, axes=((1, 4, 5), (1, 2, 3)))
    out = out.transpose(0, 3, 1, 2)
    return out if bias is None else out + np.reshape(bias, (-1, 1, 1))


def right_col2im(columns, x_shape, kernel_size, stride, padding):
    (batch, channels, height, width), (kh, kw) = x_shape, kernel_size
    (sh, sw), (ph, pw) = stride, padding
    down = (height + 2 * ph - kh) // sh + 1
    across = (width + 2 * pw - kw) // sw + 1
    seen = columns.reshape(batch, down, across, channels, kh, kw)
    seen = seen.transpose(0, 3, 1, 2, 4, 5)
    dtype = np.result_type(columns, np.float32)
    out = np.zeros((batch, channels, height + 2 * ph, width + 2 * pw), dtype)
    for u in range(kh):
        for v in range(kw):
            rows, places = slice(u, u + down * sh, sh), slice(v, v + across * sw, sw)
            out[:, :, rows, places] += seen[..., u, v]
    return out[:, :, ph : ph + height, pw : pw + width]


rubric.stand_in(
    windows=right_windows,
    im2col=right_im2col,
    conv2d_forward=right_conv2d_forward,
    col2im=right_col2im,
)


def spread_out(upstream, x, weight, stride, padding):
    """Put the upstream gradient to the places where windows start."""
    (sh, sw), (ph, pw) = stride, padding
    (_, _, height, width), (_, _, kh, kw) = x.shape, weight.shape
    starts = height + 2 * ph - kh + 1, width + 2 * pw - kw + 1
    spread = np.zeros((*upstream.shape[:2], *starts))
    spread[:, :, ::sh, ::sw] = upstream
    return spread


# What each pixel and each weight met there follows by correlation.
def reference_image_gradient(upstream, x, weight, stride, padding):
    (ph, pw), (_, _, kh, kw) = padding, weight.shape
    sides = ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1))
    spread = np.pad(spread_out(upstream, x, weight, stride, padding), sides)
    seen = sliding_window_view(spread, (kh, kw), axis=(2, 3))
    flipped = weight.astype(float)[:, :, ::-1, ::-1]
    grad_padded = np.tensordot(seen, flipped, axes=((1, 4, 5), (0, 2, 3)))
    grad_padded = grad_padded.transpose(0, 3, 1, 2)
    return grad_padded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]


def reference_kernel_gradient(upstream, x, weight, stride, padding):
    ph, pw = padding
    spread = spread_out(upstream, x, weight, stride, padding)
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    seen = sliding_window_view(padded, spread.shape[2:], axis=(2, 3))
    return np.tensordot(spread, seen, axes=((0, 2, 3), (0, 4, 5)))


def reference_gradients(*case):
    image, kernel = reference_image_gradient(*case), reference_kernel_gradient(*case)
    return image, kernel, case[0].astype(float).sum(axis=(0, 2, 3))


def normal(*shape):
    return rubric.rng.normal(size=shape)


def upstream_of(x, weight, stride, padding):
    sizes = zip(x.shape[2:], weight.shape[2:], stride, padding, strict=True)
    rows, columns = ((size + 2 * p - k) // s + 1 for size, k, s, p in sizes)
    return normal(len(x), len(weight), rows, columns)


# Each check looks at one of the three gradients where it can: a mistake in one is not
# paid for in the others.
IMAGE, KERNEL, BIAS = range(3)


def one_of(gradients, place, shape, ordered=False):
    """Return the gradient that has a shape, or stands in a place.

    Where all three are there and their order is asked for, the place counts.
    """
    gradients = [gradients] if hasattr(gradients, "shape") else list(gradients)
    fitting = [each for each in gradients if np.shape(each) == shape]
    if len(fitting) == 1 and not (ordered and len(gradients) == 3):
        return fitting[0]
    assert place < len(gradients), "one of the three gradients is not returned"
    return gradients[place]


def is_right(place, wanted, case, ordered):
    got = one_of(conv2d_backward(*case), place, wanted.shape, ordered)
    rubric.close(got, wanted, atol=1e-5)


def image_gradient_is_right(
    upstream, x, weight, stride=(1, 1), padding=(0, 0), ordered=False
):
    case = upstream, x, weight, stride, padding
    is_right(IMAGE, reference_image_gradient(*case), case, ordered)


def kernel_gradient_is_right(
    upstream, x, weight, stride=(1, 1), padding=(0, 0), ordered=False
):
    case = upstream, x, weight, stride, padding
    is_right(KERNEL, reference_kernel_gradient(*case), case, ordered)


def bias_gradient_is_right(
    upstream, x, weight, stride=(1, 1), padding=(0, 0), ordered=False
):
    case = upstream, x, weight, stride, padding
    is_right(BIAS, upstream.astype(float).sum(axis=(0, 2, 3)), case, ordered)


def even(out_channels, in_channels, *sides):
    """Return kernels of one number for each channel: which way they lie is the same."""
    return np.ones(sides) * normal(out_channels, in_channels, 1, 1)


def last_of(*shape):
    """Return zeros but for the last window: so nothing has to be added up."""
    upstream = np.zeros(shape)
    upstream[..., -1, -1] = normal(*shape[:2])
    return upstream


# Upstream is zero but for the last window in the next two.
@rubric.check(
    "image: each pixel gets upstream times its own kernel number", points=0.25
)
def _():
    image_gradient_is_right(last_of(1, 1, 3, 4), normal(1, 2, 4, 6), normal(1, 2, 2, 3))


@rubric.check("kernel: each number gets upstream times its own pixel", points=0.25)
def _():
    kernel_gradient_is_right(
        last_of(1, 1, 3, 4), normal(1, 2, 4, 6), normal(1, 2, 2, 3)
    )


@rubric.check("image: where windows overlap, their gradients add up", points=0.25)
def _():
    image_gradient_is_right(normal(2, 3, 3, 3), normal(2, 1, 5, 5), even(3, 1, 3, 3))


# Kernels of one pixel in the next four.
@rubric.check("kernel: all places of all images add up", points=0.25)
def _():
    kernel_gradient_is_right(normal(3, 1, 4, 4), normal(3, 1, 4, 4), normal(1, 1, 1, 1))


@rubric.check("bias: the sum over all images and all places", points=1)
def _():
    bias_gradient_is_right(normal(3, 2, 4, 5), normal(3, 1, 4, 5), normal(2, 1, 1, 1))


@rubric.check("image: all output channels add up, each image by itself", points=0.25)
def _():
    image_gradient_is_right(normal(2, 5, 2, 3), normal(2, 4, 2, 3), normal(5, 4, 1, 1))


@rubric.check("kernel: one for each pair of output and input channel", points=0.25)
def _():
    kernel_gradient_is_right(normal(2, 5, 2, 3), normal(2, 4, 2, 3), normal(5, 4, 1, 1))


def with_lengths():
    """Yield windows of unequal sides, a stride, and a padding, each by itself."""
    for height, width in ((2, 4), (3, 2)):
        upstream, x = normal(2, 3, 6 - height, 8 - width), normal(2, 2, 5, 7)
        yield upstream, x, even(3, 2, height, width), (1, 1), (0, 0)
    x, weight = normal(2, 2, 9, 9), even(3, 2, 2, 2)
    yield upstream_of(x, weight, (2, 3), (0, 0)), x, weight, (2, 3), (0, 0)
    x, weight = normal(2, 2, 4, 4), even(3, 2, 3, 3)
    yield upstream_of(x, weight, (1, 1), (1, 2)), x, weight, (1, 1), (1, 2)


@rubric.check(
    "height and width, stride (2, 3), padding (1, 2): the image's gradient", points=0.25
)
def _():
    for case in with_lengths():
        image_gradient_is_right(*case)


@rubric.check(
    "height and width, stride (2, 3), padding (1, 2): the kernel's gradient",
    points=0.25,
)
def _():
    for case in with_lengths():
        kernel_gradient_is_right(*case)


@rubric.check("float32 and float64 stay; integer images: fractions", points=0.25)
def _():
    x = rubric.rng.integers(1, 9, (2, 1, 3, 3)).astype(np.int8)
    weight = rubric.rng.integers(1, 9, (1, 1, 3, 3)).astype(np.int8)
    for kind in (np.float32, np.float64, np.int8):
        dtype = np.result_type(kind, np.float32)
        # Without their fractions they are not zero.
        upstream = (2 + rubric.rng.uniform(0.2, 0.8, (2, 1, 1, 1))).astype(kind)
        wanted = reference_gradients(upstream, x, weight, (1, 1), (0, 0))
        # What image and kernel are has no part in it.
        for own in (np.int8, np.float64):
            arrays = x.astype(own), weight.astype(own)
            got = conv2d_backward(upstream, *arrays, (1, 1), (0, 0))
            for place, right in enumerate(wanted):
                gradient = one_of(got, place, right.shape)
                rubric.close(gradient, right, atol=1e-5, dtype=dtype)


@rubric.check("upstream gradient, image and kernel are not modified", points=0.25)
def _():
    arrays = last_of(1, 1, 2, 2), normal(1, 1, 3, 3), np.full((1, 1, 2, 2), 0.5)
    wanted = reference_gradients(*arrays, (1, 1), (0, 0))
    shared = [rubric.share(array) for array in arrays]
    for _again in range(2):
        got = conv2d_backward(*shared, (1, 1), (0, 0))
        for place in (IMAGE, KERNEL):
            gradient = one_of(got, place, wanted[place].shape)
            rubric.close(gradient, wanted[place], atol=1e-5)
        for array, original in zip(shared, arrays, strict=True):
            rubric.unchanged(array, original)


def everything():
    for images, kernels, stride, padding in (
        ((2, 3, 6, 8), (4, 3, 3, 2), (2, 3), (1, 2)),
        ((4, 2, 7, 9), (3, 2, 2, 4), (3, 1), (0, 1)),
    ):
        x, weight = normal(*images), normal(*kernels)
        upstream = upstream_of(x, weight, stride, padding)
        yield upstream, x, weight, stride, padding
    # The last ones once more, each with other numbers: nothing of a call may be kept.
    yield upstream, normal(*images), weight, stride, padding
    yield upstream, x, normal(*kernels), stride, padding
    yield normal(*upstream.shape), x, weight, stride, padding


# Of what is right above with everything together, the cost is asked so, too.
RIGHT_TOGETHER = set()


# Here, and below, each of the three in its place.
@rubric.check("everything together, all sizes different: the image", points=1)
def _():
    for case in everything():
        image_gradient_is_right(*case, ordered=True)
    RIGHT_TOGETHER.add(IMAGE)


@rubric.check("everything together, all sizes different: the kernel", points=1)
def _():
    for case in everything():
        kernel_gradient_is_right(*case, ordered=True)
    RIGHT_TOGETHER.add(KERNEL)


@rubric.check("everything together, all sizes different: the bias", points=1.5)
def _():
    for case in everything():
        bias_gradient_is_right(*case, ordered=True)


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


# An image of one column, then one of one row: so a loop over rows, or columns, is one
# over windows. There are so many that the cheapest turn of a loop for each takes longer than
# array operations, whoever counts its lines. A few hundred lines are enough; loops over
# images, kernels, channels or taps have room. Random kernels, which a flip leaves as
# they are. Mixed gradients are not worth their speed.
def large_cases():
    for sides in ((3, 1), (1, 3)):
        number = int(rubric.rng.integers(280_000, 320_000))
        places = [number if side > 1 else 1 for side in sides]
        x = many(1, 1, *(n + side - 1 for n, side in zip(places, sides, strict=True)))
        weight = mirrored(*sides).reshape(1, 1, *sides)
        yield many(1, 1, *places), x, weight, (1, 1), (0, 0)


def large_plane():
    """Return a case of both: lines alone take no more than three slices."""
    rows = int(rubric.rng.integers(350, 370))
    columns = 150_000 // rows
    x = many(1, 1, rows + 1, columns + 1)
    return many(1, 1, rows, columns), x, square_kernel(), (1, 1), (0, 0)


def several(down, across):
    """Return a case of several images, channels and kernels, a stride and padding."""
    x = many(2, 2, 2 * down, across - 1)
    return many(2, 2, down, across), x, many(2, 2, 2, 2), (2, 1), (0, 1)


def is_right_for_few(place, reference):
    """Return whether a gradient is right where such images are small."""
    case = several(3, 4)
    with contextlib.suppress(Exception):
        got, wanted = conv2d_backward(*case), reference(*case)
        got = one_of(got, place, wanted.shape, ordered=True)
        return np.array_equal(np.asarray(got, float), wanted)
    return False


def without_loop(case, place, shape):
    """Return one of the gradients, if Python had little to do for them."""
    upstream, x, *rest = case
    beside = partial(reference_gradients, *case)
    call = rubric.share(upstream), rubric.share(x), *rest
    got = rubric.bounded(conv2d_backward, *call, steps=7000, beside=beside, times=4)
    return one_of(got, place, shape, ordered=True)


def right_without_loop(case, place, reference):
    wanted = reference(*case)
    same_numbers(without_loop(case, place, wanted.shape), wanted)


# At last a plane: of several images, channels and kernels, with a stride and padding, if
# few of these are right. If not, that has lost its points above.
@rubric.check(
    "no Python loop over windows; right for two kernels: the image's gradient",
    points=2.5,
)
def _():
    image_gradient_is_right(normal(1, 2, 3, 4), normal(1, 2, 4, 5), even(2, 2, 2, 2))
    for case in large_cases():
        right_without_loop(case, IMAGE, reference_image_gradient)
    upstream, x, weight, *pairs = case = large_plane()
    if is_right_for_few(IMAGE, reference_image_gradient) or IMAGE in RIGHT_TOGETHER:
        case = several(upstream.shape[2], upstream.shape[3] // 2)
        right_without_loop(case, IMAGE, reference_image_gradient)
    else:
        got, ways = without_loop(case, IMAGE, x.shape), each_way_round(weight)
        every = (reference_image_gradient(upstream, x, w, *pairs) for w in ways)
        one_of_them(got, every)


@rubric.check(
    "no Python loop over windows; right for two kernels: the kernel's gradient",
    points=2.5,
)
def _():
    few = normal(1, 2, 3, 4), normal(1, 2, 4, 5), even(2, 2, 2, 2), (1, 1), (0, 0)
    wanted = reference_kernel_gradient(*few)
    got = one_of(conv2d_backward(*few), KERNEL, wanted.shape)
    # Its shape is for the checks above.
    rubric.close(np.ravel(got), wanted.ravel(), atol=1e-5)
    for case in large_cases():
        right_without_loop(case, KERNEL, reference_kernel_gradient)
    case = large_plane()
    if is_right_for_few(KERNEL, reference_kernel_gradient) or KERNEL in RIGHT_TOGETHER:
        case = several(case[0].shape[2], case[0].shape[3] // 2)
        right_without_loop(case, KERNEL, reference_kernel_gradient)
    else:
        got = without_loop(case, KERNEL, case[2].shape)
        one_of_them(got, [reference_kernel_gradient(*case)])


rubric.score()
