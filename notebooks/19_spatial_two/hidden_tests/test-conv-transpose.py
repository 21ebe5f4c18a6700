from proctor.rubric import Rubric

rubric = Rubric(points=14)
rubric.forbids(lambda: conv_transpose_forward, "scipy", "sklearn")
rubric.forbids(lambda: conv_transpose_backward, "scipy", "sklearn")


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


def right_conv_backward(grad_output, x, weight, stride, dilation):
    grad_x, grad_weight = np.zeros(x.shape), np.zeros(weight.shape)
    for place in np.ndindex(*grad_output.shape[2:]):
        steps = zip(place, weight.shape[2:], stride, dilation, strict=True)
        window = tuple(slice(i * s, i * s + k * d - d + 1, d) for i, k, s, d in steps)
        upstream = grad_output[(..., *place)]
        grad_x[(..., *window)] += np.tensordot(upstream, weight, (1, 0))
        grad_weight += np.tensordot(upstream, x[(..., *window)], (0, 0))
    grads = grad_x, grad_weight, grad_output.sum(axis=(0, *range(2, x.ndim)))
    dtype = np.result_type(grad_output, np.float32)
    return tuple(grad.astype(dtype) for grad in grads)


def right_pad(x, padding, mode):
    names = {"zeros": "constant", "replicate": "edge", "circular": "wrap"}
    return np.pad(x, ((0, 0), (0, 0), *padding), mode=names.get(mode, mode))


rubric.stand_in(
    conv_forward=right_conv_forward, conv_backward=right_conv_backward, pad=right_pad
)


def lengths(x, weight, stride, padding, more):
    steps = zip(x.shape[2:], weight.shape[2:], stride, padding, more, strict=True)
    return tuple((n - 1) * s - 2 * p + k + e for n, k, s, p, e in steps)


def reference(x, weight, bias, stride, padding, more):
    """Paint one kernel for each pixel."""
    none = (0,) * len(stride)
    full = np.zeros((len(x), weight.shape[1], *lengths(x, weight, stride, none, more)))
    for place in np.ndindex(*x.shape[2:]):
        steps = zip(place, weight.shape[2:], stride, strict=True)
        window = tuple(slice(i * s, i * s + k) for i, k, s in steps)
        pixel = x[(..., *place)].astype(float)
        full[(..., *window)] += np.tensordot(pixel, weight, (1, 0))
    ends = zip(padding, full.shape[2:], strict=True)
    out = full[(..., *(slice(p, n - p) for p, n in ends))]
    return out if bias is None else out + np.reshape(bias, (-1, *[1] * len(stride)))


def gradients(upstream, x, weight, stride, padding):
    """Read what was painted."""
    full = np.pad(upstream.astype(float), ((0, 0), (0, 0), *((p, p) for p in padding)))
    grad_x, grad_weight = np.zeros(x.shape), np.zeros(weight.shape)
    axes = tuple(range(2, x.ndim))
    for place in np.ndindex(*x.shape[2:]):
        steps = zip(place, weight.shape[2:], stride, strict=True)
        window = full[(..., *(slice(i * s, i * s + k) for i, k, s in steps))]
        grad_x[(..., *place)] = np.tensordot(window, weight, ((1, *axes),) * 2)
        grad_weight += np.tensordot(x[(..., *place)].astype(float), window, (0, 0))
    return grad_x, grad_weight, upstream.astype(float).sum(axis=(0, *axes))


def normal(*shape):
    return rubric.rng.normal(size=shape)


def numbers_for(x, *given):
    plain = (1,) * (x.ndim - 2), (0,) * (x.ndim - 2), (0,) * (x.ndim - 2)
    return [own if one is None else one for one, own in zip(given, plain, strict=True)]


def is_right(x, weight, bias=None, stride=None, padding=None, more=None, dtype=None):
    numbers = numbers_for(x, stride, padding, more)
    wanted = reference(x, weight, bias, *numbers)
    got = conv_transpose_forward(x, weight, bias, *numbers)
    rubric.close(got, wanted, atol=1e-4, dtype=dtype)


def back_is_right(which, x, weight, stride=None, padding=None, more=None):
    numbers = numbers_for(x, stride, padding, more)
    upstream = normal(len(x), weight.shape[1], *lengths(x, weight, *numbers))
    wanted = gradients(upstream, x, weight, *numbers[:2])
    got = conv_transpose_backward(upstream, x, weight, *numbers[:2])
    for one in which:
        rubric.close(got[one], wanted[one], atol=1e-5)


IMAGE, KERNEL, BIAS = (0,), (1,), (2,)


@rubric.check("stride 1: each pixel paints the kernel, what meets adds up", points=1.5)
def _():
    is_right(normal(1, 1, 4), normal(1, 1, 3))


# A kernel of one repeated number, here and for padding: which way round it lies has its
# own check.
@rubric.check("stride: the kernels stand apart", points=1.5)
def _():
    is_right(normal(1, 1, 4), np.full((1, 1, 3), 0.5), stride=(2,))
    is_right(normal(1, 1, 4), np.full((1, 1, 2), 0.5), stride=(3,))


@rubric.check("padding is cut off, on both sides", points=1)
def _():
    is_right(normal(1, 1, 6), np.full((1, 1, 3), 0.5), padding=(2,))
    is_right(normal(1, 1, 6), np.full((1, 1, 3), 0.5), padding=(1,))


@rubric.check("output padding makes the end longer", points=1)
def _():
    is_right(normal(1, 1, 4), np.full((1, 1, 2), 0.5), None, (4,), None, (3,))
    is_right(normal(1, 1, 4), np.full((1, 1, 3), 0.5), None, (3,), (1,), (2,))


@rubric.check("axes: each has its own size, kernel and numbers", points=1)
def _():
    is_right(normal(1, 1, 2, 3), np.full((1, 1, 3, 2), 0.5), None, (2, 3))
    is_right(normal(1, 1, 5, 4), np.full((1, 1, 2, 3), 0.5), None, None, (2, 1))
    is_right(normal(1, 1, 2, 3), np.full((1, 1, 3, 3), 0.5), None, (2, 3), None, (0, 2))
    is_right(normal(1, 1, 2, 3, 1), np.full((1, 1, 2, 1, 3), 0.5))


@rubric.check("channels: all that come in add up, those behind in order", points=1)
def _():
    is_right(normal(2, 3, 2), normal(3, 3, 1))
    is_right(normal(2, 3, 2), normal(3, 5, 1))


@rubric.check("bias: once for each number of its channel", points=0.5)
def _():
    is_right(normal(1, 1, 2), normal(1, 3, 1), normal(3))
    is_right(normal(1, 1, 2), normal(1, 3, 1), normal(3), (3,), None, (2,))


# Without a bias first: what makes the dtype is the one thing to be seen there.
@rubric.check("float32 and float64 stay, small integers give float32", points=0.25)
def _():
    x, weight, bias = normal(1, 1, 2), normal(1, 1, 2), normal(1)
    single = x.astype(np.float32), weight.astype(np.float32)
    is_right(x, single[1], dtype=np.float64)
    is_right(single[0], weight, dtype=np.float64)
    is_right(*single, dtype=np.float32)
    is_right(*single, bias, dtype=np.float32)
    whole = rubric.rng.integers(90, 128, (1, 1, 2)).astype(np.int8)
    is_right(whole, single[1], bias, dtype=np.float32)


@rubric.check(
    "an output padding that is not below its stride is a ValueError", points=0.5
)
def _():
    stride = int(rubric.rng.integers(20, 90))
    x, weight = normal(1, 1, 2), normal(1, 1, 2)
    for more in (stride + int(rubric.rng.integers(101, 200)), stride):
        call = conv_transpose_forward, x, weight, None, (stride,), (0,), (more,)
        rubric.raises(ValueError, *call, naming=(more, stride))
    is_right(x, weight, None, (stride,), None, (stride - 1,))
    # Each axis beside its own stride.
    x, weight = normal(1, 1, 1, 2), normal(1, 1, 1, 2)
    call = conv_transpose_forward, x, weight, None, (stride + 9, stride), (0, 0)
    rubric.raises(ValueError, *call, (0, stride + 5), naming=(stride + 5, stride))
    is_right(x, weight, None, (2, 5), None, (1, 3))


@rubric.check("back: each pixel gets what it painted, times the kernel", points=1.5)
def _():
    back_is_right(IMAGE, normal(1, 1, 4), normal(1, 1, 3))
    back_is_right(IMAGE, normal(1, 1, 4), normal(1, 1, 3), (2,))


@rubric.check("back: each kernel number adds up pixel times upstream", points=1.5)
def _():
    back_is_right(KERNEL, normal(1, 1, 4), normal(1, 1, 3))
    back_is_right(KERNEL, normal(1, 1, 4), normal(1, 1, 3), (2,))


@rubric.check("back: the bias is the sum of upstream", points=0.5)
def _():
    back_is_right(BIAS, normal(2, 1, 3), normal(1, 4, 2))
    back_is_right(BIAS, normal(2, 1, 3, 2), normal(1, 4, 2, 2))


@rubric.check("back: padding and output padding", points=0.5)
def _():
    for which in (IMAGE, KERNEL):
        back_is_right(which, normal(1, 1, 4), normal(1, 1, 3), (2,), (1,))
        back_is_right(which, normal(1, 1, 4), normal(1, 1, 3), (3,), (1,), (2,))


@rubric.check("back: float32 and float64 stay, whatever the image is", points=0.25)
def _():
    single, double = np.float32, np.float64
    # In this order each mistake fails at another of them.
    kinds = [(single,) * 3, (double,) * 3, (double, single, double)]
    kinds += [(single, double, single), (single, single, double)]
    for kind, own, other in kinds:
        x, weight = normal(1, 1, 3).astype(own), normal(1, 1, 1).astype(other)
        upstream = normal(1, 1, 3).astype(kind)
        wanted = gradients(upstream, x, weight, (1,), (0,))
        got = conv_transpose_backward(upstream, x, weight, (1,), (0,))
        for one, right in enumerate(wanted):
            rubric.close(got[one], right, atol=1e-4, dtype=kind)


@rubric.check("back: channels and images", points=0.5)
def _():
    back_is_right(IMAGE, normal(2, 3, 1), normal(3, 5, 1))
    back_is_right(KERNEL, normal(2, 3, 1), normal(3, 5, 1))


@rubric.check("image and weight are not modified", points=0.25)
def _():
    arrays = normal(1, 1, 2), normal(1, 1, 2)
    wanted = reference(*arrays, None, (1,), (0,), (0,))
    shared = [rubric.share(array) for array in arrays]
    for _again in range(2):
        got = conv_transpose_forward(*shared, None, (1,), (0,), (0,))
        rubric.close(got, wanted)
        for array, original in zip(shared, arrays, strict=True):
            rubric.unchanged(array, original)


@rubric.check("everything together, all sizes different", points=0.75)
def _():
    weight = normal(3, 4, 5, 2)
    # Once more of the same sizes: nothing of a call may be kept for the next.
    for _again in range(2):
        arrays = normal(2, 3, 4, 5), weight
        is_right(*arrays, normal(4), (2, 3), (2, 0), (1, 2))
        back_is_right((0, 1, 2), *arrays, (2, 3), (2, 0), (1, 2))
    block = normal(2, 3, 2, 3, 1), normal(3, 4, 2, 1, 3)
    is_right(*block, normal(4), (1, 2, 3), (0, 0, 1), (0, 1, 0))
    back_is_right((0, 1), *block, (1, 2, 3), (0, 0, 1), (0, 1, 0))


rubric.score()
