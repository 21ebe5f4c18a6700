from proctor.rubric import Rubric

rubric = Rubric(points=14)
rubric.forbids(lambda: conv_backward, "scipy", "sklearn")


def right_conv_forward(x, weight, bias, stride, dilation):
    reach = [(k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilation, strict=True)]
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(x, tuple(reach), axis=tuple(range(2, x.ndim)))
    every = tuple(slice(None, None, n) for n in (*stride, *dilation))
    inner = tuple(range(x.ndim, 2 * x.ndim - 2))
    sums = (1, *inner), (1, *range(2, x.ndim))
    out = np.moveaxis(np.tensordot(windows[(..., *every)], weight, sums), -1, 1)
    if bias is not None:
        out = out + np.reshape(bias, (-1, *[1] * len(stride)))
    return out.astype(np.result_type(x, weight, np.float32))


rubric.stand_in(conv_forward=right_conv_forward)


def reference(grad_output, x, weight, stride, dilation):
    grad_x, grad_weight = np.zeros(x.shape), np.zeros(weight.shape)
    for place in np.ndindex(*grad_output.shape[2:]):
        steps = zip(place, weight.shape[2:], stride, dilation, strict=True)
        window = tuple(slice(i * s, i * s + k * d - d + 1, d) for i, k, s, d in steps)
        upstream = grad_output[(..., *place)]
        grad_x[(..., *window)] += np.tensordot(upstream, weight, (1, 0))
        grad_weight += np.tensordot(upstream, x[(..., *window)], (0, 0))
    return grad_x, grad_weight, grad_output.sum(axis=(0, *range(2, x.ndim)))


def normal(*shape):
    return rubric.rng.normal(size=shape)


def upstream_of(x, weight, stride, dilation):
    steps = zip(x.shape[2:], weight.shape[2:], stride, dilation, strict=True)
    places = ((n - (k - 1) * d - 1) // s + 1 for n, k, s, d in steps)
    return normal(len(x), len(weight), *places)


# Each check looks at one of the three gradients where it can: a mistake in one is not
# paid for in the others.
def is_right(which, x, weight, stride=None, dilation=None, upstream=None):
    stride, dilation = (
        (1,) * (x.ndim - 2) if n is None else n for n in (stride, dilation)
    )
    if upstream is None:
        upstream = upstream_of(x, weight, stride, dilation)
    wanted = reference(upstream, x, weight, stride, dilation)
    got = conv_backward(upstream, x, weight, stride, dilation)
    for one in which:
        rubric.close(got[one], wanted[one], atol=1e-5)


IMAGE, KERNEL, BIAS = (0,), (1,), (2,)


def last_of(length):
    """Return zeros but for the last window: so nothing has to be added up."""
    upstream = np.zeros((1, 1, length))
    upstream[..., -1] = normal(1, 1)
    return upstream


@rubric.check("image: each pixel gets upstream times its own kernel number", points=1)
def _():
    is_right(IMAGE, normal(1, 1, 7), normal(1, 1, 4), upstream=last_of(4))


@rubric.check("kernel: each number gets upstream times its own pixel", points=1)
def _():
    is_right(KERNEL, normal(1, 1, 7), normal(1, 1, 4), upstream=last_of(4))


# A kernel of one repeated number: which way round it lies does not matter.
@rubric.check("image: where windows overlap, their gradients add up", points=1.5)
def _():
    is_right(IMAGE, normal(1, 1, 8), np.full((1, 1, 3), 0.5))


# A kernel of one number meets every pixel.
@rubric.check("kernel: all places of all images add up", points=2)
def _():
    is_right(KERNEL, normal(3, 1, 5), normal(1, 1, 1))
    is_right(KERNEL, normal(3, 1, 2, 4), normal(1, 1, 1, 1))


@rubric.check("bias: the sum over all images and all places", points=1)
def _():
    is_right(BIAS, normal(3, 1, 5), normal(2, 1, 1))
    is_right(BIAS, normal(3, 1, 2, 4), normal(2, 1, 1, 1))


# Windows that do not overlap, and a kernel of one repeated number, of which the image
# is one, too.
@rubric.check(
    "stride: back to where forward read; a pixel in no window stays 0", points=1.5
)
def _():
    equal = np.full((1, 1, 11), 0.5), np.full((1, 1, 2), 0.5)
    is_right(IMAGE, *equal, stride=(3,))
    is_right(KERNEL, normal(1, 1, 11), normal(1, 1, 1), stride=(3,))


@rubric.check("dilation: back to where forward read", points=1.5)
def _():
    is_right(IMAGE, normal(1, 1, 5), np.full((1, 1, 2), 0.5), dilation=(4,))
    is_right(KERNEL, normal(1, 1, 5), normal(1, 1, 2), dilation=(4,))


@rubric.check("axes: each has its own size, kernel, stride and dilation", points=1)
def _():
    # The kernel first, and both numbers first: a mistake in one is told from one in both.
    for which in (KERNEL, IMAGE):
        both = (3, 4), (1, 2)
        is_right(which, normal(1, 1, 7, 8), np.full((1, 1, 2, 2), 0.5), *both)
        is_right(which, normal(1, 1, 6, 4), np.full((1, 1, 2, 1), 0.5), (3, 2))
        is_right(which, normal(1, 1, 4, 3), np.full((1, 1, 2, 2), 0.5), None, (3, 2))
        is_right(which, normal(1, 1, 2, 3, 4), np.full((1, 1, 2, 1, 3), 0.5))


@rubric.check(
    "channels: those behind add up in the image's, each pair has a kernel", points=1
)
def _():
    is_right(IMAGE, normal(2, 3, 1), normal(5, 3, 1))
    is_right(KERNEL, normal(1, 3, 1), normal(5, 3, 1))


@rubric.check("whole numbers: the gradients have fractions", points=0.25)
def _():
    x = rubric.rng.integers(-99, 99, (1, 1, 2)).astype(np.int8)
    is_right((0, 1), x, normal(1, 1, 2))


@rubric.check("float32 and float64 stay, whatever image and weight are", points=0.25)
def _():
    single, double = np.float32, np.float64
    kinds = (single, single, single), (single, double, single)
    for kind, one_kind, other in (*kinds, (single, single, double), (double,) * 3):
        x, weight = normal(1, 1, 3).astype(one_kind), normal(1, 1, 1).astype(other)
        upstream = normal(1, 1, 3).astype(kind)
        got = conv_backward(upstream, x, weight, (1,), (1,))
        wanted = reference(upstream, x, weight, (1,), (1,))
        for one, right in enumerate(wanted):
            rubric.close(got[one], right, atol=1e-4, dtype=kind)


@rubric.check("upstream gradient, image and weight are not modified", points=0.5)
def _():
    arrays = normal(1, 1, 1), normal(1, 1, 2), normal(1, 1, 2)
    wanted = reference(*arrays, (1,), (1,))
    shared = [rubric.share(array) for array in arrays]
    for _again in range(2):
        got = conv_backward(*shared, (1,), (1,))
        rubric.close(got[0], wanted[0])
        rubric.close(got[1], wanted[1])
        for array, original in zip(shared, arrays, strict=True):
            rubric.unchanged(array, original)


@rubric.check("everything together, all sizes different", points=1.5)
def _():
    every = (0, 1, 2)
    is_right(every, normal(2, 3, 23), normal(5, 3, 4), (3,), (2,))
    x, weight = normal(2, 3, 9, 16), normal(4, 3, 2, 5)
    is_right(every, x, weight, (2, 1), (4, 3))
    # Once more of the same sizes: nothing of a call may be kept for the next.
    is_right(every, normal(2, 3, 9, 16), weight, (2, 1), (4, 3))
    is_right(every, x, normal(4, 3, 2, 5), (2, 1), (4, 3))
    block = normal(2, 3, 4, 5, 7), normal(5, 3, 2, 1, 3)
    is_right(every, *block, (1, 2, 3), (2, 1, 1))


rubric.score()
