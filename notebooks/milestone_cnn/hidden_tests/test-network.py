import itertools
import math

from proctor.rubric import Rubric

rubric = Rubric(points=12)
rubric.forbids(lambda: lenet, "scipy", "sklearn")


def normal(*shape):
    return rubric.rng.normal(size=shape)


def drawn(least, most):
    return int(rubric.rng.integers(least, most + 1))


def some_filters():
    """Return numbers of filters for two convolutions: neither 8 nor 16, and not the same."""
    return tuple(int(n) for n in rubric.rng.permutation([2, 3, 4, 5, 6, 7, 9, 11])[:2])


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


def random_numbers(shapes):
    """Return random numbers of these shapes, of a size that keeps scores moderate."""
    return [
        normal(*shape)
        * np.sqrt(2 / np.prod(shape[1:] if len(shape) > 2 else shape[:1]))
        if len(shape) > 1
        else normal(*shape) / 2
        for shape in shapes
    ]


def made(*what):
    """Return the student's network; filters that are left out are 8 and 16."""
    use("fast")
    return lenet(*what)


def shapes_are(tensors, wanted):
    """Ask for the shapes of all parameters at once.

    Many mistakes begin alike: the whole tells which it is.
    """
    assert len(tensors) == len(wanted), (
        "two convolutions and a linear layer have six parameters: each a weight, a bias"
    )
    rubric.close(
        np.concatenate([np.asarray(tensor.shape) for tensor in tensors]),
        np.concatenate(wanted),
        saying="a weight or a bias has another shape than in the table's layers",
    )


def network_of(parameters, *what):
    """Return the student's network with these numbers in its parameters."""
    network = made(*what)
    tensors = list(network.parameters())
    shapes_are(tensors, [values.shape for values in parameters])
    for tensor, values in zip(tensors, parameters, strict=True):
        tensor.data = values
    return network


def in_float64(x):
    return Tensor(x, dtype="float64")


# A network of the student's own sizes
# ------------------------------------
#
# A channel of an image is one number, kernels have their middle alone, and all is above
# zero: so neither the padding matters nor what pooling makes of several numbers, nor a
# ReLU. How many filters there are, how large the kernels, how many places are left of an
# image, whether there are biases: each has its check, and is as it is in the others.

MOST = 3_000


def same_number(given):
    """Return a number of the test's own that is the given one."""
    for number in range(1, MOST):
        if number == given:
            return number
    raise AssertionError("a layer has another size than any in the table")


def own_shape(tensor):
    return tuple(same_number(length) for length in tensor.shape)


class Layer:
    """What the test knows of a layer of the student's network that has a weight."""

    def __init__(self, tensor, bias):
        self.tensor, self.bias_tensor = tensor, bias
        self.shape = own_shape(tensor)
        self.is_convolution = len(self.shape) == 4
        axis = 0 if self.is_convolution else 1
        self.inputs, self.outputs = self.shape[1 - axis], self.shape[axis]

    def fill(self, x):
        """Put random numbers into it, and return what it makes of some above zero."""
        weight = np.abs(normal(self.inputs, self.outputs)) + 0.1
        self.weight = weight / (x @ weight).max()
        self.bias = np.zeros(self.outputs)
        if self.bias_tensor is not None:
            self.bias = np.abs(normal(self.outputs)) / 2
            self.bias_tensor.data = self.bias
        values = self.weight
        if self.is_convolution:
            values = np.zeros(self.shape)
            values[self.middle] = self.weight.T
        self.tensor.data = values
        return x @ self.weight + self.bias

    def gradients_are(self, weight, bias):
        assert self.tensor.grad is not None, "no gradient arrives"
        found = np.asarray(self.tensor.grad)
        rubric.shape(found.shape, self.shape)
        if self.is_convolution:
            found = found[self.middle].T
        rubric.close(found, weight, rtol=1e-5, atol=1e-7)
        if self.bias_tensor is not None:
            assert self.bias_tensor.grad is not None, "no gradient arrives"
            rubric.close(self.bias_tensor.grad, bias, rtol=1e-5, atol=1e-7)

    @property
    def middle(self):
        return ..., self.shape[2] // 2, self.shape[3] // 2


def layers_of(network):
    """Return the layers that have a weight, each with its bias or with None."""
    tensors, found = list(network.parameters()), []
    assert len(tensors) < 20, "far more parameters than the table's layers have"
    for i, tensor in enumerate(tensors):
        if len(tensor.shape) in (2, 4):
            bias = tensors[i + 1] if i + 1 < len(tensors) else None
            alone = bias is None or len(bias.shape) != 1
            found.append(Layer(tensor, None if alone else bias))
    kinds = [layer.is_convolution for layer in found]
    assert kinds and not kinds[-1], "no linear layer comes last"
    assert kinds == sorted(kinds, reverse=True), "a convolution behind a linear layer"
    for before, after in itertools.pairwise(found):
        if after.is_convolution or not before.is_convolution:
            assert before.outputs == after.inputs, (
                "a layer takes another number than the layer before it gives"
            )
    return found


# What may stand in the place of a ReLU, and its slope: another check asks for the ReLU.
def density(y):
    return np.exp(-y * y / 2) / np.sqrt(2 * np.pi)


def below(y):
    return (1 + np.vectorize(math.erf)(y / np.sqrt(2))) / 2


def logistic(y):
    return 1 / (1 + np.exp(-y))


BETWEEN = (
    (lambda y: y, np.ones_like),
    (np.tanh, lambda y: 1 - np.tanh(y) ** 2),
    (logistic, lambda y: logistic(y) * (1 - logistic(y))),
    (lambda y: y * below(y), lambda y: below(y) + y * density(y)),
)


# What may be made of the scores at the end, and the way back through it.
def shares(s):
    return np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)


def back_through_shares(s, up):
    p = shares(s)
    return p * (up - (up * p).sum(axis=1, keepdims=True))


AT_THE_END = (
    (lambda s: s, lambda s, up: up),
    (shares, back_through_shares),
    (logistic, lambda s, up: up * logistic(s) * (1 - logistic(s))),
    (np.tanh, lambda s, up: up * (1 - np.tanh(s) ** 2)),
    (
        lambda s: np.log(shares(s)),
        lambda s, up: up - shares(s) * up.sum(axis=1, keepdims=True),
    ),
)


class Colours:
    """The student's network, with numbers in it, and two images of one colour each."""

    def __init__(self, network, channels, size):
        self.network, self.layers = network, layers_of(network)
        self.size, self.colours = size, np.abs(normal(2, channels)) + 0.1
        assert self.layers[0].inputs == channels or not self.layers[0].is_convolution, (
            "the first convolution takes another number of channels than asked for"
        )
        x = self.colours
        for layer in self.layers:
            x = layer.fill(self.flat(x, layer))
        self.classes = x.shape[1]

    def flat(self, x, layer):
        """Return as many numbers of each channel as a linear layer has room for."""
        if layer.is_convolution:
            return x
        return x.repeat(layer.inputs // x.shape[1], axis=1)

    def scores(self, between):
        """Return the scores by hand, and what came into each layer and out of it."""
        x, rounds = self.colours, []
        for layer in self.layers:
            x = self.flat(x, layer)
            assert x.shape[1] == layer.inputs, "the linear layer takes no whole maps"
            y = x @ layer.weight + layer.bias
            rounds.append((x, y))
            x = between(y) if layer.is_convolution else y
        return x, rounds

    def answers(self):
        """Return the student's scores, their graph with them."""
        x = self.colours[:, :, None, None]
        x = x.repeat(self.size, axis=2).repeat(self.size, axis=3)
        return self.network(in_float64(x))

    def are_right(self):
        """Ask for scores in which each parameter has its part; return them.

        Returns
        -------
        tuple
            The student's scores, what stands between the layers and what at the end.
        """
        answers = self.answers()
        found = np.asarray(answers.data)
        for between in BETWEEN:
            scores, _ = self.scores(between[0])
            for end in AT_THE_END:
                wanted = end[0](scores)
                if found.shape == wanted.shape and np.allclose(found, wanted, 1e-6):
                    rubric.close(found, wanted, rtol=1e-5, atol=1e-7)
                    return answers, between, end
        rubric.close(found, self.scores(BETWEEN[0][0])[0], rtol=1e-6, atol=1e-8)
        return answers, BETWEEN[0], AT_THE_END[0]

    def filters_are(self, wanted):
        found = [layer.outputs for layer in self.layers if layer.is_convolution]
        assert len(found) == 2, "the network has no two convolutions"
        rubric.close(found, wanted, saying="there are other numbers of filters")

    def places_are(self, wanted):
        """Ask for how many numbers of each map the first linear layer takes."""
        maps = [layer.outputs for layer in self.layers if layer.is_convolution]
        rows = [layer.inputs for layer in self.layers if not layer.is_convolution]
        assert maps, "the network has no convolution"
        rubric.close(
            rows[0],
            maps[-1] * wanted,
            saying="the linear layer has room for another size",
        )

    def gradient_is_right(self, place):
        """Ask for that of a layer's weight, of a convolution's in the kernels' middle."""
        layer = self.layers[place]
        assert layer.is_convolution == (place >= 0), "there is no such layer"
        answers, between, end = self.are_right()
        upstream = normal(2, self.classes)
        answers.backward(upstream)
        scores, rounds = self.scores(between[0])
        back, found = end[1](scores, upstream), []
        for layer, (x, y) in zip(self.layers[::-1], rounds[::-1], strict=True):
            if layer.is_convolution:
                # Of all places of a channel.
                back = back.reshape(2, layer.outputs, -1).sum(axis=2) * between[1](y)
            found.append((x.T @ back, back.sum(axis=0)))
            back = back @ layer.weight.T
        self.layers[place].gradients_are(*found[::-1][place])


def has_the_layers_for_digits(network):
    """Ask for as many layers of each kind as for grey images of ten classes."""
    kinds, wanted = (
        [layer.is_convolution for layer in layers]
        for layers in (network.layers, layers_of(made(1, network.size, 10, (8, 16))))
    )
    assert kinds == wanted, "it has other layers than the network for digits"


def alike_among(tensors):
    """Count the weights whose numbers all begin alike: such filters stay alike."""
    weights = [np.asarray(tensor.data) for tensor in tensors]
    return len([values for values in weights if values.ndim > 1 and not np.ptp(values)])


def none_alike(count):
    rubric.whole_number(count, 0, saying="the weights of a layer begin all alike")


@rubric.check("digits: the parameters of the two convolutions and the rest", points=1)
def _():
    network = made(1, 8, 10, (8, 16))
    tensors = list(network.parameters())
    alike = alike_among(tensors)
    shapes_are(tensors, shapes_of(1, 8, 10, (8, 16)))
    Colours(network, 1, 8).are_right()
    none_alike(alike)


@rubric.check("filters: left out, they are 8 and 16; given, they are used", points=0.75)
def _():
    for given in ((), (some_filters(),)):
        network = Colours(made(1, 12, 10, *given), 1, 12)
        network.filters_are(given[0] if given else (8, 16))
        network.are_right()


# How many classes there are, and whether there is a bias, is for other checks.
@rubric.check("digits: the scores are those of the eight layers", points=2.75)
def _():
    what = 1, 8, 10, (8, 16)
    x = normal(3, 1, 8, 8)
    network = made(*what[:3])
    layers = layers_of(network)
    wanted = shapes_of(*what)
    if len(layers) == 3:
        wanted[5] = (layers[2].outputs,)
        wanted[4] = (wanted[4][0], layers[2].outputs)
    parameters = random_numbers(wanted)
    for i, layer in enumerate(layers[:3]):
        if layer.bias_tensor is None:
            parameters[2 * i + 1] = np.zeros(wanted[2 * i + 1])
    scores = Reference(parameters).scores(x)
    # With its own numbers first: that tells a wrong size from a missing layer.
    rubric.shape(network(in_float64(x)).shape, scores.shape)
    assert len(layers) == 3, "two convolutions and a linear layer have weights"
    for i, layer in enumerate(layers):
        rubric.shape(layer.tensor.shape, wanted[2 * i])
        layer.tensor.data = parameters[2 * i]
        if layer.bias_tensor is not None:
            layer.bias_tensor.data = parameters[2 * i + 1]
    rubric.close(network(in_float64(x)).data, scores, rtol=1e-6, atol=1e-8)


@rubric.check("another number of channels", points=0.75)
def _():
    for channels in (drawn(2, 3), drawn(4, 7)):
        network = Colours(made(channels, 8, 10, (8, 16)), channels, 8)
        has_the_layers_for_digits(network)
        network.are_right()


@rubric.check("another number of classes", points=0.75)
def _():
    for classes in (drawn(3, 9), drawn(11, 20)):
        network = Colours(made(1, 12, classes, (8, 16)), 1, 12)
        rubric.whole_number(network.classes, classes, saying="another number of scores")
        has_the_layers_for_digits(network)
        network.are_right()


@rubric.check("other sizes of the image, also such as cannot be halved", points=1)
def _():
    # One size for each remainder, and the smallest.
    whole = [4 * drawn(2, 6) for _ in range(4)]
    for size in (whole[0] + 2, whole[1] + 12, 4, whole[2] - 1, whole[3] + 1):
        network = Colours(made(1, size, 10, (8, 16)), 1, size)
        network.places_are((size // 2 // 2) ** 2)
        network.are_right()


@rubric.check("larger colour images, other filters and classes, and back", points=2)
def _():
    # So many maps and places that some of them are negative before a ReLU.
    size, classes = 4 * drawn(6, 8) - 1, drawn(4, 9)
    filters = 2 * drawn(1, 2), drawn(5, 9)
    what = 3, size, classes, filters
    parameters = random_numbers(shapes_of(*what))
    x, upstream = normal(2, 3, size, size), normal(2, classes)
    # Each class has a score above zero and one below: who cuts them off is seen.
    parameters[-1] -= Reference(parameters).scores(x).mean(axis=0)
    reference = Reference(parameters)
    wanted = reference.scores(x)
    gradients = reference.gradients(upstream)
    # With its own numbers first: that tells a wrong size from a missing layer.
    rubric.shape(made(*what)(in_float64(x)).shape, wanted.shape)
    network = network_of(parameters, *what)
    scores = network(in_float64(x))
    rubric.close(scores.data, wanted, rtol=1e-6, atol=1e-8)
    scores.backward(upstream)
    for tensor, gradient in zip(list(network.parameters()), gradients, strict=True):
        assert tensor.grad is not None, "no gradient arrives"
        rubric.close(tensor.grad, gradient, rtol=1e-5, atol=1e-7)


def gradient_is_right(place):
    """Ask for the gradient of a layer's weight, which does not begin all alike.

    Filters that begin alike stay alike: what reaches one is what reaches each other.
    """
    network = made(1, 12, 10)
    weights = [tensor for tensor in list(network.parameters()) if len(tensor.shape) > 1]
    alike = alike_among(weights[place:][:1])
    Colours(network, 1, 12).gradient_is_right(place)
    none_alike(alike)


@rubric.check("the gradient reaches the filters of the first convolution", points=1.25)
def _():
    gradient_is_right(0)


@rubric.check("the gradient reaches the filters of the second convolution", points=1)
def _():
    gradient_is_right(1)


@rubric.check("the gradient reaches the linear layer", points=0.75)
def _():
    gradient_is_right(-1)


rubric.score()
