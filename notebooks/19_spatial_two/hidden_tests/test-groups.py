from proctor.rubric import Rubric

rubric = Rubric(points=12)
rubric.forbids(lambda: grouped_forward, "scipy", "sklearn")
rubric.forbids(lambda: grouped_backward, "scipy", "sklearn")


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


rubric.stand_in(conv_forward=right_conv_forward, conv_backward=right_conv_backward)


def spread(weight, groups):
    """Return the full convolution's weight: zeros where a group does not see."""
    outs, inside = len(weight) // groups, weight.shape[1]
    full = np.zeros((len(weight), inside * groups, *weight.shape[2:]))
    for group in range(groups):
        rows = slice(group * outs, (group + 1) * outs)
        full[rows, group * inside : (group + 1) * inside] = weight[rows]
    return full


def gathered(full, groups):
    """Return of a full weight the part that the groups see."""
    outs, inside = len(full) // groups, full.shape[1] // groups
    parts = [
        full[n * outs : (n + 1) * outs, n * inside : (n + 1) * inside]
        for n in range(groups)
    ]
    return np.concatenate(parts)


def normal(*shape):
    return rubric.rng.normal(size=shape)


def is_right(x, weight, groups, bias=None, stride=None, dilation=None):
    stride, dilation = (
        (1,) * (x.ndim - 2) if n is None else n for n in (stride, dilation)
    )
    wanted = right_conv_forward(x, spread(weight, groups), bias, stride, dilation)
    got = grouped_forward(x, weight, bias, stride, dilation, groups)
    rubric.close(got, wanted, atol=1e-5)


def back_is_right(which, x, weight, groups, stride=None, dilation=None):
    stride, dilation = (
        (1,) * (x.ndim - 2) if n is None else n for n in (stride, dilation)
    )
    full = spread(weight, groups)
    upstream = normal(*right_conv_forward(x, full, None, stride, dilation).shape)
    wanted = list(right_conv_backward(upstream, x, full, stride, dilation))
    wanted[1] = gathered(wanted[1], groups)
    got = grouped_backward(upstream, x, weight, stride, dilation, groups)
    for one in which:
        rubric.close(got[one], wanted[one], atol=1e-5)


IMAGE, KERNEL, BIAS = (0,), (1,), (2,)


@rubric.check("depthwise: each channel with its own kernel", points=1.5)
def _():
    is_right(normal(1, 4, 6), normal(4, 1, 3), 4)


@rubric.check("several channels in a group, one behind for each group", points=1.5)
def _():
    is_right(normal(1, 6, 5), normal(2, 3, 2), 2)


@rubric.check("more channels behind than before, in their order", points=1)
def _():
    is_right(normal(1, 2, 5), normal(6, 1, 2), 2)
    is_right(normal(1, 6, 5), normal(9, 2, 2), 3)


@rubric.check("one group: all channels with all", points=0.25)
def _():
    is_right(normal(1, 3, 5), normal(4, 3, 2), 1)


@rubric.check(
    "stride, dilation and the number of axes reach the convolution", points=0.5
)
def _():
    is_right(normal(1, 2, 15), normal(2, 1, 3), 2, None, (2,), (3,))
    is_right(normal(1, 2, 9, 8), normal(2, 1, 2, 3), 2, None, (2, 1), (4, 3))


@rubric.check("bias: once for each number of its channel", points=0.5)
def _():
    is_right(normal(1, 2, 3), normal(4, 1, 1), 2, normal(4))


@rubric.check("each image by itself", points=0.5)
def _():
    is_right(normal(3, 2, 3), normal(2, 1, 2), 2)


@rubric.check("groups that do not divide are a ValueError with the numbers", points=1)
def _():
    groups = int(rubric.rng.integers(11, 20))
    # Both, whatever comes of the first: who refuses one of them alone has another
    # mistake than who refuses neither.
    wrong = []
    for before, behind in ((groups + 1, groups), (groups, groups + 1)):
        x, weight = np.ones((1, before, 1)), np.ones((behind, 1, 1))
        call = grouped_forward, x, weight, None, (1,), (1,), groups
        try:
            rubric.raises(ValueError, *call, naming=(groups + 1, groups))
        except AssertionError as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    is_right(normal(1, groups, 1), normal(groups, 1, 1), groups)


@rubric.check("back: each image channel gets what its group sends", points=1.5)
def _():
    back_is_right(IMAGE, normal(1, 4, 6), normal(4, 1, 3), 4)
    back_is_right(IMAGE, normal(1, 6, 5), normal(4, 3, 2), 2)


@rubric.check("back: each kernel gets what its group saw", points=1.5)
def _():
    back_is_right(KERNEL, normal(1, 4, 6), normal(4, 1, 3), 4)
    back_is_right(KERNEL, normal(1, 6, 5), normal(4, 3, 2), 2)


# One channel in each group, and kernels of one number.
@rubric.check("float32 and float64 stay, there and back", points=0.25)
def _():
    for kind in (np.float32, np.float64):
        x, weight = normal(1, 2, 3).astype(kind), normal(2, 1, 1).astype(kind)
        wanted = right_conv_forward(x, spread(weight, 2).astype(kind), None, (1,), (1,))
        got = grouped_forward(x, weight, None, (1,), (1,), 2)
        rubric.close(got, wanted, atol=1e-4, dtype=kind)
        got = grouped_forward(x, weight, np.zeros(2), (1,), (1,), 2)
        rubric.close(got, wanted, atol=1e-4, dtype=kind)
        grads = grouped_backward(x, x, weight, (1,), (1,), 2)
        right = right_conv_backward(x, x, spread(weight, 2), (1,), (1,))
        for one, each in enumerate((right[0], gathered(right[1], 2), right[2])):
            rubric.close(grads[one], each, atol=1e-4, dtype=kind)


@rubric.check("back: the bias of each channel", points=0.5)
def _():
    back_is_right(BIAS, normal(2, 4, 6), normal(6, 2, 1), 2)


@rubric.check("back: stride, dilation, several images", points=0.5)
def _():
    for which in (IMAGE, KERNEL):
        back_is_right(which, normal(2, 2, 9), normal(2, 1, 3), 2, (2,), (3,))


@rubric.check("image and weight are not modified", points=0.25)
def _():
    arrays = normal(1, 2, 3), normal(2, 1, 2)
    wanted = right_conv_forward(arrays[0], spread(arrays[1], 2), None, (1,), (1,))
    shared = [rubric.share(array) for array in arrays]
    for _again in range(2):
        rubric.close(grouped_forward(*shared, None, (1,), (1,), 2), wanted)
        for array, original in zip(shared, arrays, strict=True):
            rubric.unchanged(array, original)


@rubric.check("everything together, all sizes different", points=0.75)
def _():
    weight = normal(9, 2, 2, 5)
    # Once more of the same sizes: nothing of a call may be kept for the next.
    for _again in range(2):
        arrays = normal(2, 6, 9, 16), weight
        is_right(*arrays, 3, normal(9), (2, 1), (4, 3))
        back_is_right((0, 1, 2), *arrays, 3, (2, 1), (4, 3))


rubric.score()
