from proctor.rubric import Rubric

rubric = Rubric(points=5)
rubric.forbids(lambda: saliency, "scipy", "sklearn")


def normal(*shape):
    return rubric.rng.normal(size=shape)


def drawn(least, most):
    return int(rubric.rng.integers(least, most + 1))


def some_size():
    """Return height and width, which differ."""
    return [(3, 4), (4, 3), (2, 5), (5, 3), (3, 6)][drawn(0, 4)]


def layers_of(*layers):
    """Return a network of linear layers, a weight and a bias each, with ReLU between."""
    linear = [Linear(*weight.shape) for weight, _ in layers]
    between = [layer for each in linear for layer in (ReLU(), each)]
    network = Sequential(Flatten(), *between[1:])
    values = [array for pair in layers for array in pair]
    for tensor, array in zip(list(network.parameters()), values, strict=True):
        tensor.data = array
    return network


def pixels_of(found):
    """Return numbers without axes of length one, and those in a Tensor.

    Shape and kind have their check.
    """
    if not isinstance(found, (np.ndarray, list)) and hasattr(found, "data"):
        found = found.data
    found = np.asarray(found)
    return found.reshape([length for length in found.shape if length != 1])


def of_its_largest(numbers):
    """Return parts of the largest: how large they are is asked for elsewhere.

    Where none is above zero, all are turned: that is asked for elsewhere, too.
    """
    found = pixels_of(numbers)
    if found.dtype.kind not in "iuf" or not found.any():
        return found
    if found.max() <= 0:
        found = -found
    return found / np.abs(found).max()


def random_layers(shape, classes, sign):
    """Return the weights and biases of two layers, the second's for moderate images."""
    hidden = drawn(8, 11)
    first = sign(normal(int(np.prod(shape)), hidden)), np.zeros(hidden)
    # Which hidden numbers are above zero does not depend on the image.
    first[1][:] = 90 * rubric.rng.permutation(np.arange(hidden) % 2 * 2 - 1)
    return first, (sign(normal(hidden, classes)), normal(classes))


def gradient_of(layers, label):
    """Return the gradient of a score: the weights of no one layer are it."""
    (first, biases), (second, _) = layers
    return (first * (biases > 0)) @ second[:, label]


def of_any_scale(found, wanted):
    """Return numbers as large as the wanted, if somebody has put them on another scale.

    Who adds the channels has not.
    """
    found = pixels_of(found)
    if found.dtype.kind not in "iuf" or not found.any():
        return found
    sizes = found.max() / 255, found.max(), found.sum(), found.mean(), (found**2).sum()
    if found.max() > 0 and not np.isclose(sizes, 1, rtol=1e-3).any():
        return found
    return of_its_largest(found) * wanted.max()


def layers_are_right(channels, classes, begin=0, in_any_scale=False):
    """Ask for each class; the gradient is above zero, and nothing else is asked for.

    What begins with class 0 does not tell the class behind it from the one of the
    largest score; what begins with class 2 does.
    """
    image = normal(channels, *some_size())
    layers = random_layers(image.shape, classes, np.abs)
    # The score of neither the first class nor the last is the largest.
    layers[1][1][1] += 5_000
    network = layers_of(*layers)
    for label in [*range(begin, classes), *range(begin)]:
        gradient = gradient_of(layers, label).reshape(image.shape)
        wanted = np.abs(gradient).max(axis=0)
        found = pixels_of(saliency(network, image, label))
        if in_any_scale:
            found = of_any_scale(found, wanted)
        rubric.close(found, wanted, rtol=1e-4, atol=1e-4)


def parts_are(found, wanted):
    """Ask for parts of the largest number, their squares, or parts of the whole range."""
    found, parts = of_its_largest(found), wanted / wanted.max()
    stretched = (parts - parts.min()) / (1 - parts.min())
    for other in (parts**2, stretched):
        if found.shape == other.shape and np.abs(found - other).max() < 1e-4:
            parts = other
    rubric.close(found, parts, rtol=1e-4, atol=1e-4)


def parts_are_right(
    channels, classes, sign=lambda numbers: numbers, alike=False, ask=parts_are
):
    """Ask for parts of the largest number, where whose gradient it is does not matter.

    The one score that the image changes is the label's, and it is the largest: the
    gradients of the loss, of a probability and of the largest score, or of them all,
    are multiples of it. Those are for other checks. Where channels are ``alike``, it does
    not matter which of them counts, or whether they are added.

    Returns
    -------
    tuple
        The network, the shape of an image, and those of its parameters.
    """
    image = normal(channels, *some_size())
    layers = random_layers(image.shape, classes, sign)
    if alike:
        pixels = image[0].size
        layers[0][0][:] = np.tile(layers[0][0][:pixels], (channels, 1))
    network = layers_of(*layers)
    weight, bias = list(network.parameters())[-2:]
    for label in range(classes):
        # Of about one, so that the loss and a probability have a gradient.
        own = np.arange(classes) == label
        weight.data, bias.data = layers[1][0] * own / 500, own * 2.0
        gradient = gradient_of(layers, label).reshape(image.shape)
        found = saliency(network, image, label)
        ask(found, np.abs(gradient).max(axis=0))
    return network, image.shape, [array.shape for pair in layers for array in pair]


@rubric.check("one channel: the gradient of the label's score", points=1.25)
def _():
    layers_are_right(1, drawn(5, 8))


@rubric.check("several channels: the largest gradient of them", points=1)
def _():
    layers_are_right(drawn(5, 7), drawn(4, 7), begin=2, in_any_scale=True)


@rubric.check("a gradient below zero counts by its size", points=0.5)
def _():
    parts_are_right(drawn(2, 4), drawn(4, 6), alike=True)


# Of how many channels is for the check above.
@rubric.check("several channels: the largest by its size", points=0.5)
def _():
    parts_are_right(drawn(2, 3), drawn(4, 6))


def convolutional():
    """Return a network, an image and the gradient of each score, (classes, ...)."""
    rows, columns, classes = drawn(3, 5), drawn(3, 5), drawn(4, 6)
    image, kernels = normal(1, rows + 1, columns + 2), normal(3, 1, 2, 3)
    weight = normal(3 * rows * columns, classes)
    # Which maps are above zero does not depend on the image.
    bias = 90.0 * rubric.rng.permutation([1, -1, 1])
    gradients = np.zeros((classes, *image.shape))
    for label in range(classes):
        upstream = weight[:, label].reshape(3, rows, columns)
        upstream = upstream * (bias > 0)[:, None, None]
        for i in range(rows):
            for j in range(columns):
                part = np.einsum("o,ocij->cij", upstream[:, i, j], kernels)
                gradients[label, :, i : i + 2, j : j + 3] += part
    conv, linear = Conv2d(1, 3, (2, 3)), Linear(*weight.shape)
    conv.weight.data, conv.bias.data, linear.weight.data = kernels, bias, weight
    return Sequential(conv, ReLU(), Flatten(), linear), image, gradients


@rubric.check("back through a convolution, the numbers as they are", points=0.5)
def _():
    network, image, gradients = convolutional()
    for label in (2, 0):
        wanted = np.abs(gradients[label, 0])
        rubric.close(saliency(network, image, label), wanted, rtol=1e-4, atol=1e-4)


def is_picture(found, wanted):
    rubric.array(found)
    rubric.shape(np.shape(found), wanted.shape)
    parts_are(found, wanted)
    below = np.minimum(np.asarray(found), 0)
    rubric.close(below, np.zeros(wanted.shape), saying="a number is below zero")


# How large the numbers are is for other checks, and how channels come together.
@rubric.check("an array of height and width, no number below zero", points=0.5)
def _():
    parts_are_right(drawn(2, 4), drawn(3, 5), alike=True, ask=is_picture)


@rubric.check("parameters are left without gradients, the image as it was", points=0.75)
def _():
    classes = drawn(3, 5)
    channels = drawn(2, 4)
    network, image, shapes = parts_are_right(channels, classes, np.abs, alike=True)
    for tensor, shape in zip(list(network.parameters()), shapes, strict=True):
        if tensor.grad is not None:
            zero = np.zeros(shape)
            rubric.close(
                tensor.grad,
                zero,
                rtol=0,
                atol=0,
                saying="a parameter keeps its gradient",
            )
    # And they can still be trained.
    image = normal(*image)
    pixels = Tensor(image[np.newaxis], requires_grad=True)
    network(pixels).backward(np.ones((1, classes)))
    for tensor in list(network.parameters()):
        assert tensor.grad is not None, "the parameters get no gradient any more"
    shared = rubric.share(image)
    saliency(network, shared, 1)
    rubric.unchanged(shared, image)


rubric.score()
