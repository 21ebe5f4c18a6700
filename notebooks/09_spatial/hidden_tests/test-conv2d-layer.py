from proctor.rubric import Rubric

rubric = Rubric(points=10)
rubric.forbids(lambda: Conv2d, "scipy", "sklearn")


def right_output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


def right_conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(padded, weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    out = np.einsum("bchwij,ocij->bohw", windows, weight)
    return out if bias is None else out + np.reshape(bias, (-1, 1, 1))


def right_conv2d_backward(grad_output, x, weight, stride, padding):
    # Spread the upstream gradient to the places where windows start; what each weight
    # and each pixel met there follows by correlation.
    (sh, sw), (ph, pw) = stride, padding
    (_, _, height, width), (_, _, kh, kw) = x.shape, weight.shape
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    starts = height + 2 * ph - kh + 1, width + 2 * pw - kw + 1
    spread = np.zeros((*grad_output.shape[:2], *starts))
    spread[:, :, ::sh, ::sw] = grad_output
    view = np.lib.stride_tricks.sliding_window_view
    grad_weight = np.einsum("bcuvhw,bohw->ocuv", view(padded, starts, (2, 3)), spread)
    around = np.pad(spread, ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)))
    flipped, windows = weight[:, :, ::-1, ::-1], view(around, (kh, kw), (2, 3))
    grad_padded = np.einsum("bohwuv,ocuv->bchw", windows, flipped)
    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]
    return grad_x, grad_weight, grad_output.sum(axis=(0, 2, 3))


rubric.stand_in(
    output_size=right_output_size,
    conv2d_forward=right_conv2d_forward,
    conv2d_backward=right_conv2d_backward,
)


def in_float64(*arrays):
    return (array.astype(float) for array in arrays)


def reference_conv2d(x, weight, bias, stride, padding):
    return right_conv2d_forward(*in_float64(x, weight, bias), stride, padding)


def normal(*shape):
    return rubric.rng.normal(size=shape).astype(np.float32)


def layer_of(weight, bias, stride=(1, 1), padding=(0, 0)):
    conv = Conv2d(weight.shape[1], len(weight), weight.shape[2:], stride, padding)
    conv.weight.data, conv.bias.data = weight, bias
    return conv


def forward_is_right(bias, stride, padding):
    x, weight = normal(2, 3, 4, 5), normal(4, 3, 3, 2)
    wanted = reference_conv2d(x, weight, bias, stride, padding)
    # With its own arrays first: as it is made it has to take the image.
    new = Conv2d(3, 4, (3, 2), stride, padding)
    rubric.shape(new.weight.shape, weight.shape)
    rubric.shape(new.bias.shape, bias.shape)
    rubric.shape(new(Tensor(x)).shape, wanted.shape)
    conv = layer_of(weight, bias, stride, padding)
    rubric.close(conv(Tensor(x)).data, wanted, atol=1e-4)


def with_gradients(stride, padding):
    x, weight, bias = normal(2, 3, 4, 5), normal(4, 3, 3, 2), normal(4)
    wanted = reference_conv2d(x, weight, bias, stride, padding)
    upstream = normal(*wanted.shape)
    exact = in_float64(upstream, x, weight)
    gradients = right_conv2d_backward(*exact, stride, padding)
    conv = layer_of(weight, bias, stride, padding)
    image = Tensor(x, requires_grad=True)
    conv(image).backward(upstream)
    return image, conv, gradients, (weight, bias)


def gradient_is_right(tensor, wanted):
    gradient = tensor.grad
    assert gradient is not None, "no gradient arrives"
    rubric.close(gradient, wanted, rtol=1e-4, atol=1e-3)


def weights_of(conv):
    """Ask for more than an array of the right shape: zeros have it, too."""
    weights = np.asarray(conv.weight.data, dtype=float)
    assert np.ptp(weights) > 0, "all weights are the same"
    return weights


def first_weights():
    return weights_of(Conv2d(24, 64, (3, 5)))


@rubric.check(
    "the weight's shape is (out, in, kernel height, kernel width)", points=0.25
)
def _():
    conv = Conv2d(7, 5, (3, 2))
    rubric.shape(conv.weight.shape, [5, 7, 3, 2])
    weights_of(conv)


# 64 * 24 * 3 * 5 = 23040 numbers: their standard deviation is within 0.5 % of the true
# one in two of three cases, so 4 % off is eight such steps.
@rubric.check(
    "He initialisation: variance 2 / (in_channels * kernel height * kernel width)",
    points=1.25,
)
def _():
    rubric.close(first_weights().std(), np.sqrt(2 / (24 * 3 * 5)), rtol=0.04)
    # No one number is right for this, too: some 23000 weights, 24 to 420 of them a kernel.
    ins = int(rubric.rng.integers(4, 13))
    kh, kw = (int(n) for n in rubric.rng.permutation([2, 3, 5, 7])[:2])
    conv = Conv2d(ins, 23_000 // (ins * kh * kw), (kh, kw))
    rubric.close(weights_of(conv).std(), np.sqrt(2 / (ins * kh * kw)), rtol=0.04)


@rubric.check("He initialisation: normally distributed around 0", points=0.25)
def _():
    weights = first_weights()
    scaled = weights / weights.std()
    rubric.close(scaled.mean(), 0, atol=8 / np.sqrt(23040))
    # The mean size of a normal variable; that of a uniform one is 0.87.
    rubric.close(np.abs(scaled).mean(), np.sqrt(2 / np.pi), rtol=0.025)


@rubric.check("He initialisation: no weight is a copy of another's", points=0.25)
def _():
    one, other = first_weights(), first_weights()
    rubric.shape(one.shape, (64, 24, 3, 5))
    assert len(np.unique(one)) > 20000, "numbers are repeated"
    correlation = np.corrcoef(one.ravel(), other.ravel())[0, 1]
    rubric.close(correlation, 0, atol=0.05)


@rubric.check("He initialisation: the numbers come from generator()", points=0.5)
def _():
    source = generator().bit_generator
    states, drawn = [], []
    for _ in range(2):
        states.append(source.state)
        drawn.append(weights_of(Conv2d(4, 8, (3, 5))))
    assert np.abs(drawn[0] - drawn[1]).max() > 0, "two layers start alike"
    # What is drawn once more, from the same states on, in an order that nobody knows:
    # of weights that only take turns, each comes back too.
    for which in rubric.rng.permutation(8 * [0, 1]):
        source.state = states[which]
        again = weights_of(Conv2d(4, 8, (3, 5)))
        assert np.abs(again - drawn[which]).max() == 0, (
            "generator() in the state of before: other weights come"
        )


@rubric.check("the bias starts at zero, one for each output channel", points=0.5)
def _():
    # So that numbers drawn at random are those of whoever draws them the same way.
    begun = np.random.default_rng(int(rubric.rng.integers(1, 1_000_000)))
    generator().bit_generator.state = begun.bit_generator.state
    conv = Conv2d(3, 7, (2, 4))
    rubric.close(conv.bias.data, np.zeros(7))
    weights_of(conv)


def parameter_with(values, parameters):
    for parameter in parameters:
        if np.array_equal(np.asarray(parameter.data), values):
            return parameter
    raise AssertionError("a trained array is missing")


@rubric.check("parameters() gives the layer's own weight and bias, once", points=1)
def _():
    weight, bias, new_weight, new_bias = (
        normal(*shape) for shape in 2 * [(5, 2, 3, 2), (5,)]
    )
    conv = layer_of(weight, bias)
    parameters = list(conv.parameters())
    # Train: what is changed through parameters() must be changed in the layer.
    parameter_with(weight, parameters).data = new_weight
    parameter_with(bias, parameters).data = new_bias
    rubric.close(conv.weight.data, new_weight)
    rubric.close(conv.bias.data, new_bias)
    rubric.whole_number(len(parameters), 2)


@rubric.check("what is no batch of images with its channels is refused", points=0.25)
def _():
    # One channel: NumPy would stretch it to as many as the image has.
    conv, channels = (
        layer_of(normal(4, 1, 3, 2), normal(4)),
        rubric.rng.integers(17, 99),
    )
    wrong = Tensor(np.zeros((2, channels, 5, 5)))
    rubric.raises(ValueError, conv, wrong, naming=(1, int(channels)))
    rubric.raises(ValueError, conv, Tensor(np.zeros((1, 5, channels))), naming=(5,))
    rubric.close(conv(Tensor(normal(2, 1, 5, 5))).shape, (2, 4, 3, 4))


@rubric.check("forward: weight and bias reach the convolution", points=0.5)
def _():
    forward_is_right(normal(4), (1, 1), (0, 0))


@rubric.check("forward: stride reaches the convolution", points=0.5)
def _():
    forward_is_right(np.zeros(4), (2, 3), (0, 0))


@rubric.check("forward: padding reaches the convolution", points=0.5)
def _():
    forward_is_right(np.zeros(4), (1, 1), (1, 2))


def is_near(value, wanted):
    try:
        numbers = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return False
    return numbers.shape == wanted.shape and np.allclose(numbers, wanted, 1e-4, 1e-3)


def answers_of(conv, x, upstream):
    """Return what a layer gives, and the gradients of the image and of the weight."""
    image = Tensor(x, requires_grad=True)
    out = conv(image)
    out.backward(upstream)
    return out.data, image.grad, conv.weight.grad


def as_with_a_bias(stride, padding):
    """Ask a layer without bias for what the student's own with a bias of 0 does right.

    What that gets wrong, too, costs other checks.
    """
    x, weight, bias = normal(2, 3, 4, 5), normal(4, 3, 3, 2), np.zeros(4)
    out = reference_conv2d(x, weight, bias, stride, padding)
    upstream = normal(*out.shape)
    exact = in_float64(upstream, x, weight)
    wanted = out, *right_conv2d_backward(*exact, stride, padding)[:2]
    try:
        own = answers_of(layer_of(weight, bias, stride, padding), x, upstream)
    except Exception:
        return
    bare = Conv2d(3, 4, (3, 2), stride, padding, bias=False)
    bare.weight.data = weight
    for got, with_bias, right in zip(
        answers_of(bare, x, upstream), own, wanted, strict=True
    ):
        if is_near(with_bias, right):
            assert got is not None, "no gradient arrives"
            rubric.close(got, right, rtol=1e-4, atol=1e-3)


@rubric.check(
    "bias=False: the attribute bias is None, and all else is as with a bias", points=1
)
def _():
    x, weight = normal(3, 2, 5, 4), normal(5, 2, 3, 2)
    wanted = reference_conv2d(x, weight, np.zeros(5), (1, 1), (0, 0))
    conv = Conv2d(2, 5, (3, 2), bias=False)
    rubric.shape(conv.weight.shape, weight.shape)
    weights_of(conv)
    rubric.shape(conv(Tensor(x)).shape, wanted.shape)
    conv.weight.data = weight
    parameters = list(conv.parameters())
    parameter_with(weight, parameters)
    # Both at once: a bias that is trained, one of zeros that is not, and none that is
    # listed are three mistakes.
    rubric.whole_number(
        len(parameters) + 10 * (conv.bias is not None),
        1,
        saying="bias is not None, or parameters() lists more than the weight",
    )
    rubric.close(conv(Tensor(x)).data, wanted, atol=1e-4)
    as_with_a_bias((1, 1), (0, 0))
    as_with_a_bias((2, 3), (1, 2))
    # Deviations of 23040 weights each: by chance their quotient is 0.66 % from 1.
    bare = weights_of(Conv2d(24, 64, (3, 5), bias=False))
    rubric.close(bare.std() / first_weights().std(), 1, rtol=0.066)


@rubric.check("backward: the gradient arrives at the bias", points=0.5)
def _():
    _image, conv, (_, _, wanted), _ = with_gradients((1, 1), (0, 0))
    gradient_is_right(conv.bias, wanted)


@rubric.check("backward: the gradient arrives at the weight", points=0.5)
def _():
    _image, conv, (_, wanted, _), _ = with_gradients((1, 1), (0, 0))
    gradient_is_right(conv.weight, wanted)


@rubric.check("backward: the gradient arrives at the image", points=0.5)
def _():
    image, _conv, (wanted, _, _), _ = with_gradients((1, 1), (0, 0))
    gradient_is_right(image, wanted)


@rubric.check(
    "forward and backward with stride and padding together, for parameters()",
    points=1.75,
)
def _():
    forward_is_right(normal(4), (2, 3), (1, 2))
    image, conv, wanted, arrays = with_gradients((2, 3), (1, 2))
    parameters = list(conv.parameters())
    listed = (parameter_with(values, parameters) for values in arrays)
    for tensor, gradient in zip((image, *listed), wanted, strict=True):
        gradient_is_right(tensor, gradient)


rubric.score()
