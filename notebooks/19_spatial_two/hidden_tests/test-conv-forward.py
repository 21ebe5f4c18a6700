from proctor.rubric import Rubric

rubric = Rubric(points=16)
rubric.forbids(lambda: conv_forward, "scipy", "sklearn")


def reference(x, weight, bias, stride, dilation):
    reach = [(k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilation, strict=True)]
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(x, tuple(reach), axis=tuple(range(2, x.ndim)))
    every = tuple(slice(None, None, n) for n in (*stride, *dilation))
    inner = tuple(range(x.ndim, 2 * x.ndim - 2))
    sums = (1, *inner), (1, *range(2, x.ndim))
    out = np.moveaxis(np.tensordot(windows[(..., *every)], weight, sums), -1, 1)
    return out if bias is None else out + np.reshape(bias, (-1, *[1] * len(stride)))


def normal(*shape):
    return rubric.rng.normal(size=shape)


def is_right(x, weight, bias=None, stride=None, dilation=None, dtype=None):
    stride, dilation = (
        (1,) * (x.ndim - 2) if n is None else n for n in (stride, dilation)
    )
    wanted = reference(x.astype(float), weight.astype(float), bias, stride, dilation)
    got = conv_forward(x, weight, bias, stride, dilation)
    rubric.close(got, wanted, atol=1e-4, dtype=dtype)


@rubric.check("a row: each number of the kernel meets its pixel", points=2)
def _():
    is_right(normal(1, 1, 9), normal(1, 1, 4))


# A kernel of one repeated number here, and where several axes are tried: which way
# round it lies has its own check.
@rubric.check("dilation: the pixels of a window stand apart", points=2)
def _():
    for dilation in (2, 4):
        is_right(normal(1, 1, 17), np.full((1, 1, 3), 0.5), dilation=(dilation,))


@rubric.check("stride: the windows stand apart; remainders are left out", points=2)
def _():
    for stride in (2, 3):
        is_right(normal(1, 1, 15), np.full((1, 1, 3), 0.5), stride=(stride,))


@rubric.check("two axes: each has its own size, kernel, stride and dilation", points=2)
def _():
    ones, few = np.full((1, 1, 2, 4), 0.5), np.full((1, 1, 2, 2), 0.5)
    is_right(normal(1, 1, 6, 9), ones)
    # Of sizes in which numbers that are exchanged stay inside as well.
    # Both first: one number for all axes is told from two.
    is_right(normal(1, 1, 5, 9), few, stride=(2, 3), dilation=(1, 2))
    is_right(normal(1, 1, 5, 8), few, stride=(2, 3))
    is_right(normal(1, 1, 9, 10), ones, stride=(3, 2))
    is_right(normal(1, 1, 9, 16), ones, dilation=(3, 2))


@rubric.check("three axes", points=1)
def _():
    is_right(normal(1, 1, 3, 4, 5), np.full((1, 1, 2, 1, 3), 0.5))


# A kernel of one number: nothing else is asked for.
@rubric.check("channels: all that come in add up, those behind in order", points=1.5)
def _():
    is_right(normal(1, 3, 4), normal(5, 3, 1))


@rubric.check("each image by itself", points=1)
def _():
    is_right(normal(3, 1, 4), normal(1, 1, 1))
    is_right(normal(4, 2, 3), normal(5, 2, 1))


@rubric.check("bias: once for each number of its channel", points=1)
def _():
    # The image first: a shape that fits images only is told from one that fits nothing.
    is_right(normal(1, 1, 2, 4), normal(3, 1, 1, 1), normal(3))
    is_right(normal(1, 1, 2), normal(3, 1, 1), normal(3))


@rubric.check("float32 and float64 stay, small integers give float32", points=1)
def _():
    x, weight, bias = normal(1, 1, 4), normal(1, 1, 2), normal(1)
    single = x.astype(np.float32), weight.astype(np.float32)
    is_right(*single, dtype=np.float32)
    is_right(*single, bias, dtype=np.float32)
    is_right(x, weight, bias, dtype=np.float64)
    is_right(x, single[1], bias, dtype=np.float64)
    is_right(single[0], weight, bias, dtype=np.float64)
    whole = rubric.rng.integers(90, 128, (1, 1, 4)).astype(np.int8)
    is_right(whole, single[1], bias, dtype=np.float32)


@rubric.check("image, weight and bias are not modified", points=0.5)
def _():
    arrays = normal(1, 1, 3), normal(1, 1, 2), normal(1)
    wanted = reference(*arrays, (1,), (1,))
    shared = [rubric.share(array) for array in arrays]
    for _again in range(2):
        rubric.close(conv_forward(*shared, (1,), (1,)), wanted)
        for array, original in zip(shared, arrays, strict=True):
            rubric.unchanged(array, original)


@rubric.check("everything together, all sizes different", points=2)
def _():
    is_right(normal(2, 3, 23), normal(5, 3, 4), normal(5), (3,), (2,))
    x, weight, bias = normal(2, 3, 9, 16), normal(4, 3, 2, 5), normal(4)
    is_right(x, weight, bias, (2, 1), (4, 3))
    # Once more of the same sizes: nothing of a call may be kept for the next.
    is_right(normal(2, 3, 9, 16), weight, bias, (2, 1), (4, 3))
    is_right(x, normal(4, 3, 2, 5), bias, (2, 1), (4, 3))
    block = normal(2, 3, 4, 5, 7), normal(5, 3, 2, 1, 3), normal(5)
    is_right(*block, (1, 2, 3), (2, 1, 1))


rubric.score()
