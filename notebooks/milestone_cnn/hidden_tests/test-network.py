from proctor.rubric import Rubric

rubric = Rubric(points=12)
rubric.forbids(lambda: lenet, "scipy", "sklearn")


def normal(*shape):
    return rubric.rng.normal(size=shape)


def shapes_of(channels, size, classes, filters):
    """Return the parameters' shapes, in the order of the layers."""
    first, second = filters
    left = (size // 2) // 2
    shapes = [(first, channels, 3, 3), (first,), (second, first, 3, 3), (second,)]
    return [*shapes, (second * left * left, classes), (classes,)]


# The reference, in float64 and without the student's package
# ----------------------------------------------------------


def convolved(x, weight):
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(padded, (3, 3), axis=(2, 3))
    return np.einsum("bchwij,ocij->bohw", windows, weight, optimize=True), windows


def conv_backward(upstream, weight, windows):
    grad_weight = np.einsum("bchwij,bohw->ocij", windows, upstream, optimize=True)
    flipped = weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    return grad_weight, upstream.sum(axis=(0, 2, 3)), convolved(upstream, flipped)[0]


def pooled(x):
    """Return the maxima of 2x2 and which pixels they are; what hangs over is left out."""
    batch, channels, height, width = x.shape
    rows, columns = height // 2, width // 2
    inside = x[:, :, : 2 * rows, : 2 * columns]
    blocks = inside.reshape(batch, channels, rows, 2, columns, 2)
    largest = blocks.max(axis=(3, 5), keepdims=True)
    chosen = np.zeros(x.shape, bool)
    chosen[:, :, : 2 * rows, : 2 * columns] = (blocks == largest).reshape(inside.shape)
    return largest[:, :, :, 0, :, 0], chosen


def pool_backward(upstream, chosen):
    spread = np.zeros(chosen.shape)
    wide = upstream.repeat(2, axis=2).repeat(2, axis=3)
    spread[:, :, : wide.shape[2], : wide.shape[3]] = wide
    return spread * chosen


class Reference:
    """The network of the task, computed by hand."""

    def __init__(self, parameters):
        self.parameters = parameters

    def scores(self, x):
        self.rounds = []
        for i in (0, 2):
            weight, bias = self.parameters[i : i + 2]
            y, windows = convolved(x, weight)
            y = y + bias[:, None, None]
            x, chosen = pooled(np.maximum(y, 0))
            self.rounds.append((weight, windows, chosen & (y > 0)))
        self.shape, self.flat = x.shape, x.reshape(len(x), -1)
        return self.flat @ self.parameters[4] + self.parameters[5]

    def gradients(self, upstream):
        grads = [self.flat.T @ upstream, upstream.sum(axis=0)]
        back = (upstream @ self.parameters[4].T).reshape(self.shape)
        for weight, windows, chosen in reversed(self.rounds):
            here = pool_backward(back, chosen)
            grad_weight, grad_bias, back = conv_backward(here, weight, windows)
            grads = [grad_weight, grad_bias, *grads]
        return grads


# What the student's network is asked
# -----------------------------------


def right_parameters(*what):
    """Return random numbers for the parameters of the network."""
    return random_numbers(shapes_of(*what))


def random_numbers(shapes):
    """Return random numbers of these shapes, of a size that keeps scores moderate."""
    return [
        normal(*shape)
        * np.sqrt(2 / np.prod(shape[1:] if len(shape) > 2 else shape[:1]))
        if len(shape) > 1
        else normal(*shape) / 2
        for shape in shapes
    ]


def shapes_are(tensors, wanted, places_count=True):
    """Ask for the shapes of all parameters at once.

    Many mistakes begin alike: the whole tells which it is. Where ``places_count`` is
    false, all but the rows of the linear layer's weight are asked for.
    """
    assert len(tensors) == len(wanted), (
        "two convolutions and a linear layer have six parameters: each a weight, a bias"
    )
    rows = [] if places_count else [sum(len(shape) for shape in wanted[:4])]
    rubric.close(
        np.delete(np.concatenate([np.asarray(t.shape) for t in tensors]), rows),
        np.delete(np.concatenate(wanted), rows),
        saying="a weight or a bias has another shape than in the table's layers",
    )


def network_of(parameters, *what):
    """Return the student's network with these numbers in its parameters."""
    use("fast")
    network = lenet(*what)
    tensors = list(network.parameters())
    shapes_are(tensors, [values.shape for values in parameters])
    for tensor, values in zip(tensors, parameters, strict=True):
        tensor.data = values
    return network


def in_float64(x):
    return Tensor(x, dtype="float64")


def scores_are_right(count, *what):
    channels, size, _classes, _filters = what
    parameters = right_parameters(*what)
    x = normal(count, channels, size, size)
    wanted = Reference(parameters).scores(x)
    # With its own numbers first: that tells a wrong size from a missing layer.
    use("fast")
    rubric.shape(lenet(*what)(in_float64(x)).shape, wanted.shape)
    network = network_of(parameters, *what)
    rubric.close(network(in_float64(x)).data, wanted, rtol=1e-6, atol=1e-8)


def with_places(tensors, wanted, size):
    """Return the shapes for as many places as the linear layer has room for."""
    second, classes = wanted[3][0], wanted[5][0]
    for places in range(1, size * size + 1):
        shape = second * places, classes
        if len(tensors) > 4 and tuple(tensors[4].shape) == shape:
            return [*wanted[:4], shape, wanted[5]]
    return wanted


def parameters_are(network, *what, places_count=True):
    """Ask for the parameters' shapes, and for scores in which each has its part.

    A channel of an image is one number, kernels have their middle alone, and all is
    above zero: so neither the padding nor a ReLU nor what pooling makes of several
    numbers matters, which are for other checks, as is a softmax. Where
    ``places_count`` is false, how many places are left of an image does not either.
    """
    _channels, size, _classes, _filters = what
    wanted, tensors = shapes_of(*what), list(network.parameters())
    shapes_are(tensors, wanted, places_count)
    if not places_count:
        wanted = with_places(tensors, wanted, size)
    scores_of_colours_are(network, tensors, wanted, size)


def scores_of_colours_are(network, tensors, wanted, size):
    """Ask for the scores of images of which a channel is one number."""
    parameters = [np.abs(values) for values in random_numbers(wanted)]
    colours = np.abs(normal(2, wanted[0][1], 1, 1))
    answers = colours
    for i in (0, 2):
        middle = parameters[i][:, :, 1, 1].copy()
        parameters[i] = np.zeros(wanted[i])
        parameters[i][:, :, 1, 1] = middle
        answers = np.einsum("bchw,oc->bohw", answers, middle)
        answers = answers + parameters[i + 1][:, None, None]
    places = wanted[4][0] // wanted[3][0]
    flat = answers.repeat(places, axis=3).reshape(2, -1)
    # Scores of about one, which a softmax does not round to zero.
    parameters[4] /= flat.sum(axis=1).max()
    scores = flat @ parameters[4] + parameters[5]
    use("fast")
    for tensor, values in zip(tensors, parameters, strict=True):
        tensor.data = values
    x = colours.repeat(size, axis=2).repeat(size, axis=3)
    got = np.asarray(network(in_float64(x)).data)
    # What was made shares of has lost its points where the scores are asked for.
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    if got.shape == scores.shape and np.abs(got.sum(axis=1) - 1).max() < 1e-6:
        rubric.close(got, shares, rtol=1e-5, atol=1e-8)
    else:
        rubric.close(got, scores, rtol=1e-6, atol=1e-8)


@rubric.check("digits: the parameters of the two convolutions and the rest", points=1)
def _():
    parameters_are(lenet(1, 8, 10, (8, 16)), 1, 8, 10, (8, 16))


@rubric.check("filters: left out, they are 8 and 16; given, they are used", points=1)
def _():
    for given in ((), ((5, 7),)):
        filters = given[0] if given else (8, 16)
        network = lenet(1, 8, 10, *given)
        parameters_are(network, 1, 8, 10, filters, places_count=False)


@rubric.check("digits: the scores are those of the eight layers", points=2)
def _():
    scores_are_right(3, 1, 8, 10, (8, 16))


# A layer that is missing, or no padding, is for the checks of all eight.
@rubric.check("another number of channels", points=1)
def _():
    network = lenet(3, 8, 10, (8, 16))
    parameters_are(network, 3, 8, 10, (8, 16), places_count=False)


@rubric.check("another number of classes", points=1)
def _():
    network = lenet(1, 8, 7, (8, 16))
    parameters_are(network, 1, 8, 7, (8, 16), places_count=False)


@rubric.check("other sizes of the image, also such as cannot be halved", points=2)
def _():
    for size in (14, 20, 4, 7, 13):
        parameters_are(lenet(1, size, 10, (8, 16)), 1, size, 10, (8, 16))


@rubric.check("colour images of 32x32 with other filters and classes", points=1)
def _():
    scores_are_right(2, 3, 32, 6, (3, 5))


def gradients_are_right(places):
    """Ask for gradients where all is above zero, so that no ReLU holds any back."""
    what = (1, 12, 10, (8, 16))
    parameters = [np.abs(values) for values in right_parameters(*what)]
    x, upstream = np.abs(normal(4, 1, 12, 12)), normal(4, 10)
    reference = Reference(parameters)
    reference.scores(x)
    wanted = reference.gradients(upstream)
    network = network_of(parameters, *what)
    network(in_float64(x)).backward(upstream)
    tensors = list(network.parameters())
    for i in places:
        assert tensors[i].grad is not None, "no gradient arrives"
        rubric.close(tensors[i].grad, wanted[i], rtol=1e-5, atol=1e-7)


@rubric.check("the gradient reaches the filters of the first convolution", points=1.5)
def _():
    gradients_are_right((0, 1))
    # Filters that begin alike stay alike: what reaches one is what reaches each other.
    weights = [np.asarray(tensor.data) for tensor in list(lenet(1, 8, 10).parameters())]
    alike = [values for values in weights if values.ndim > 1 and not np.ptp(values)]
    rubric.whole_number(len(alike), 0, saying="the weights of a layer begin all alike")


@rubric.check("the gradient reaches the filters of the second convolution", points=1)
def _():
    gradients_are_right((2, 3))


@rubric.check("the gradient reaches the linear layer", points=0.5)
def _():
    gradients_are_right((4, 5))


rubric.score()
