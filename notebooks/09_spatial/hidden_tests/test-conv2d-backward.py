from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=15)
rubric.forbids(lambda: conv2d_backward, "scipy", "sklearn")


def right_output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


def right_conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(padded, weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    out = np.einsum("bchwij,ocij->bohw", windows, weight)
    return out if bias is None else out + np.reshape(bias, (-1, 1, 1))


# Two of the gradients are convolutions themselves, and may be written so.
rubric.stand_in(output_size=right_output_size, conv2d_forward=right_conv2d_forward)


def reference_gradients(upstream, x, weight, stride, padding):
    # Spread the upstream gradient to the places where windows start; what each weight
    # and each pixel met there follows by correlation.
    (sh, sw), (ph, pw) = stride, padding
    (_, _, height, width), (_, _, kh, kw) = x.shape, weight.shape
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    starts = height + 2 * ph - kh + 1, width + 2 * pw - kw + 1
    spread = np.zeros((*upstream.shape[:2], *starts))
    spread[:, :, ::sh, ::sw] = upstream
    windows = sliding_window_view(padded, starts, axis=(2, 3))
    grad_weight = np.einsum("bcuvhw,bohw->ocuv", windows, spread)
    sides = ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1))
    windows = sliding_window_view(np.pad(spread, sides), (kh, kw), axis=(2, 3))
    flipped = weight.astype(float)[:, :, ::-1, ::-1]
    grad_padded = np.einsum("bohwuv,ocuv->bchw", windows, flipped)
    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]
    return grad_x, grad_weight, upstream.astype(float).sum(axis=(0, 2, 3))


def normal(*shape):
    return rubric.rng.normal(size=shape)


def upstream_of(x, weight, stride, padding):
    sizes = zip(x.shape[2:], weight.shape[2:], stride, padding, strict=True)
    return normal(len(x), len(weight), *(right_output_size(*size) for size in sizes))


# Each check looks at one of the three gradients where it can: a mistake in one is not
# paid for in the others.
def one_of(gradients, which, wanted):
    """Return a gradient, wherever it stands: their order costs other checks."""
    gradients = [gradients] if isinstance(gradients, np.ndarray) else list(gradients)
    fitting = [one for one in gradients if np.shape(one) == wanted.shape]
    in_place = gradients[which : which + 1]
    if in_place and (not fitting or np.shape(in_place[0]) == wanted.shape):
        return in_place[0]
    return fitting[0] if fitting else None


def is_right(which, upstream, x, weight, stride, padding, *, in_order=False):
    wanted = reference_gradients(upstream, x, weight, stride, padding)[which]
    gradients = conv2d_backward(upstream, x, weight, stride, padding)
    got = gradients[which] if in_order else one_of(gradients, which, wanted)
    rubric.close(got, wanted, atol=1e-5)


def image_gradient_is_right(upstream, x, weight, stride=(1, 1), padding=(0, 0)):
    is_right(0, upstream, x, weight, stride, padding)


def kernel_gradient_is_right(upstream, x, weight, stride=(1, 1), padding=(0, 0)):
    is_right(1, upstream, x, weight, stride, padding)


def bias_gradient_is_right(upstream, x, weight, stride=(1, 1), padding=(0, 0)):
    is_right(2, upstream, x, weight, stride, padding)


def last_of(*shape):
    """Return zeros but for the last window: so nothing has to be added up."""
    upstream = np.zeros(shape)
    upstream[..., -1, -1] = normal(*shape[:2])
    return upstream


# A kernel of which it does not matter which way round it lies.
RINGS = np.array([[[[0.5, 1.0, 0.5], [1.0, 2.5, 1.0], [0.5, 1.0, 0.5]]]])


# Upstream is zero but for the last window in the next two.
@rubric.check("image: each pixel gets upstream times its own kernel number", points=0.5)
def _():
    image_gradient_is_right(last_of(1, 1, 3, 3), normal(1, 1, 5, 5), normal(1, 1, 3, 3))


@rubric.check("kernel: each number gets upstream times its own pixel", points=0.5)
def _():
    kernel_gradient_is_right(
        last_of(1, 1, 3, 3), normal(1, 1, 5, 5), normal(1, 1, 3, 3)
    )


@rubric.check("image: where windows overlap, their gradients add up", points=1.25)
def _():
    image_gradient_is_right(
        normal(1, 1, 3, 3), normal(1, 1, 3, 3), RINGS, padding=(1, 1)
    )


# A kernel of 1x1 meets every pixel.
@rubric.check("kernel: all places of all images add up", points=1.5)
def _():
    kernel_gradient_is_right(normal(3, 1, 4, 4), normal(3, 1, 4, 4), normal(1, 1, 1, 1))


@rubric.check("bias: the sum over all images and all places", points=1.25)
def _():
    bias_gradient_is_right(normal(3, 2, 4, 5), normal(3, 1, 4, 5), normal(2, 1, 1, 1))


@rubric.check("image: all output channels add up, each image by itself", points=0.75)
def _():
    x, weight = normal(2, 3, 2, 2), normal(5, 3, 1, 1)
    image_gradient_is_right(normal(2, 5, 4, 4), x, weight, padding=(1, 1))


@rubric.check("kernel: one for each pair of output and input channel", points=0.5)
def _():
    kernel_gradient_is_right(normal(1, 5, 1, 1), normal(1, 3, 1, 1), normal(5, 3, 1, 1))


@rubric.check("height and width may differ, of the image and of the kernel", points=0.5)
def _():
    for height, width in ((2, 5), (4, 3)):
        upstream, x = last_of(1, 1, 2, 3), normal(1, 1, height + 1, width + 2)
        weight = np.full((1, 1, height, width), 0.5)
        image_gradient_is_right(upstream, x, weight)
        kernel_gradient_is_right(upstream, x, weight)


# For the image no two windows overlap; for the kernel upstream is as above.
@rubric.check(
    "stride (2, 3): back to the place where forward read, two rows, three columns apart",
    points=0.5,
)
def _():
    # Of a size in which strides that are exchanged stay inside as well.
    x, weight = normal(1, 1, 5, 5), np.full((1, 1, 2, 2), 0.5)
    image_gradient_is_right(normal(1, 1, 2, 2), x, weight, (2, 3))
    kernel_gradient_is_right(last_of(1, 1, 2, 2), x, weight, (2, 3))


@rubric.check("image: pixels that no window reached have gradient 0", points=0.5)
def _():
    image_gradient_is_right(normal(1, 1, 2, 2), normal(1, 1, 9, 9), RINGS, (4, 4))


# For the kernel one window, from the top left corner of the padded image over all of its
# pixels; for the image a kernel of 1x1, so that it does not matter how it lies.
@rubric.check(
    "padding (1, 2): zeros for the kernel's gradient, cut off from the image's",
    points=0.5,
)
def _():
    x, weight = normal(1, 1, 3, 3), normal(1, 1, 5, 5)
    kernel_gradient_is_right(normal(1, 1, 1, 1), x, weight, (1, 3), (1, 2))
    x, weight = normal(1, 1, 3, 3), normal(1, 1, 1, 1)
    image_gradient_is_right(normal(1, 1, 5, 7), x, weight, padding=(1, 2))


@rubric.check("padding (0, 2): nothing is cut off where there is none", points=0.25)
def _():
    x, weight = normal(1, 1, 3, 3), normal(1, 1, 1, 1)
    image_gradient_is_right(normal(1, 1, 3, 7), x, weight, padding=(0, 2))


@rubric.check("an integer image and kernel: the gradients have fractions", points=0.5)
def _():
    x, weight = rubric.rng.integers(4, 9, (1, 1, 3, 3)), np.full((1, 1, 2, 2), 3)
    # Which way round the kernel's gradient lies has its own check.
    x[..., 1:, 1:] = x[..., 1:2, 1:2]
    upstream = np.where(last_of(1, 1, 2, 2), 1.3, 0)
    wanted = reference_gradients(upstream, x, weight, (1, 1), (0, 0))
    got = conv2d_backward(upstream, x, weight, (1, 1), (0, 0))
    for which, right in enumerate(wanted):
        gradient = one_of(got, which, right)
        rubric.array(gradient)
        rubric.close(gradient, right, atol=1e-5)


@rubric.check("upstream gradient, image and kernel are not modified", points=0.5)
def _():
    arrays = last_of(1, 1, 2, 2), normal(1, 1, 3, 3), np.full((1, 1, 2, 2), 0.5)
    wanted = reference_gradients(*arrays, (1, 1), (0, 0))
    shared = [rubric.share(array) for array in arrays]
    for _again in range(2):
        got = conv2d_backward(*shared, (1, 1), (0, 0))
        rubric.close(one_of(got, 0, wanted[0]), wanted[0], atol=1e-5)
        rubric.close(one_of(got, 1, wanted[1]), wanted[1], atol=1e-5)
        for array, original in zip(shared, arrays, strict=True):
            rubric.unchanged(array, original)


def everything():
    for images, kernels, stride, padding in (
        ((2, 3, 6, 8), (4, 3, 3, 2), (2, 3), (1, 2)),
        ((3, 2, 5, 6), (4, 2, 2, 4), (3, 1), (2, 0)),
    ):
        x, weight = normal(*images), normal(*kernels)
        upstream = upstream_of(x, weight, stride, padding)
        yield upstream, x, weight, stride, padding
    # The last ones once more, each with other numbers: nothing of a call may be kept.
    yield upstream, normal(*images), weight, stride, padding
    yield upstream, x, normal(*kernels), stride, padding
    yield normal(*upstream.shape), x, weight, stride, padding


def at_stride_1(which):
    for images, kernels in (((2, 3, 6, 8), (4, 3, 3, 2)), ((3, 2, 5, 4), (5, 2, 2, 3))):
        x, weight = normal(*images), normal(*kernels)
        case = upstream_of(x, weight, (1, 1), (0, 0)), x, weight, (1, 1), (0, 0)
        is_right(which, *case, in_order=True)


@rubric.check("everything together, at stride 1: the image", points=0.75)
def _():
    at_stride_1(0)


@rubric.check("everything together, at stride 1: the kernel", points=0.75)
def _():
    at_stride_1(1)


@rubric.check("everything together, at stride 1: the bias", points=0.75)
def _():
    at_stride_1(2)


@rubric.check("everything together, all sizes different: the image", points=1.25)
def _():
    for case in everything():
        is_right(0, *case, in_order=True)


@rubric.check("everything together, all sizes different: the kernel", points=1.5)
def _():
    for case in everything():
        is_right(1, *case, in_order=True)


@rubric.check("everything together, all sizes different: the bias", points=0.5)
def _():
    for case in everything():
        is_right(2, *case, in_order=True)


rubric.score()
