from proctor.rubric import Rubric

rubric = Rubric(points=5)
rubric.forbids(lambda: saliency, "scipy", "sklearn")


def normal(*shape):
    return rubric.rng.normal(size=shape)


def layers_of(*layers):
    """Return a network of linear layers, a weight and a bias each, with ReLU between."""
    linear = [Linear(*weight.shape) for weight, _ in layers]
    between = [layer for each in linear for layer in (ReLU(), each)]
    network = Sequential(Flatten(), *between[1:])
    values = [array for pair in layers for array in pair]
    for tensor, array in zip(list(network.parameters()), values, strict=True):
        tensor.data = array
    return network


def of_its_largest(numbers):
    """Return parts of the largest: how large they are is asked for elsewhere."""
    if isinstance(numbers, list):
        numbers = np.asarray(numbers)
    if not isinstance(numbers, np.ndarray) or not numbers.any():
        return numbers
    return numbers / np.abs(numbers).max()


def random_layers(channels, classes, sign):
    """Return the weights and biases of two layers, the second's for moderate images."""
    hidden = 9
    first = sign(normal(channels * 12, hidden)), np.zeros(hidden)
    # Which hidden numbers are above zero does not depend on the image.
    first[1][:] = 90 * rubric.rng.permutation(np.arange(hidden) % 2 * 2 - 1)
    return first, (sign(normal(hidden, classes)), normal(classes))


def gradient_of(layers, label):
    """Return the gradient of a score: the weights of no one layer are it."""
    (first, biases), (second, _) = layers
    return (first * (biases > 0)) @ second[:, label]


def layers_are_right(channels, classes, begin=0):
    """Ask for each class; the gradient is above zero, and nothing else is asked for.

    What begins with class 0 does not tell the class behind it from the one of the
    largest score; what begins with class 2 does.
    """
    image = normal(channels, 3, 4)
    layers = random_layers(channels, classes, np.abs)
    # The score of neither the first class nor the last is the largest.
    layers[1][1][1] += 5_000
    network = layers_of(*layers)
    for label in [*range(begin, classes), *range(begin)]:
        gradient = gradient_of(layers, label).reshape(channels, 3, 4)
        wanted = np.abs(gradient).max(axis=0)
        rubric.close(saliency(network, image, label), wanted, rtol=1e-4, atol=1e-4)


def parts_are_right(channels, classes, sign=lambda numbers: numbers):
    """Ask for parts of the largest number, where whose gradient it is does not matter.

    The one score that the image changes is the label's, and it is the largest: the
    gradients of the loss, of a probability and of the largest score, or of them all,
    are multiples of it. Those are for other checks.
    """
    image = normal(channels, 3, 4)
    layers = random_layers(channels, classes, sign)
    network = layers_of(*layers)
    weight, bias = list(network.parameters())[-2:]
    for label in range(classes):
        # Of about one, so that the loss and a probability have a gradient.
        own = np.arange(classes) == label
        weight.data, bias.data = layers[1][0] * own / 500, own * 2.0
        gradient = gradient_of(layers, label).reshape(channels, 3, 4)
        wanted = np.abs(gradient).max(axis=0)
        found = of_its_largest(saliency(network, image, label))
        rubric.close(found, wanted / wanted.max(), rtol=1e-4, atol=1e-4)
    return network


@rubric.check("one channel: the gradient of the label's score", points=1)
def _():
    layers_are_right(1, 5)


@rubric.check("several channels: the largest gradient of them", points=1)
def _():
    layers_are_right(3, 4, begin=2)


@rubric.check("one channel: a gradient below zero counts by its size", points=0.5)
def _():
    parts_are_right(1, 4)


@rubric.check("several channels: the largest by its size", points=0.5)
def _():
    parts_are_right(3, 5)


def convolutional():
    """Return a network, an image and the gradient of each score, (classes, ...)."""
    image, kernels, weight = normal(1, 4, 5), normal(3, 1, 2, 3), normal(27, 4)
    # The gradient is above zero, and that of one channel.
    kernels, weight = np.abs(kernels), np.abs(weight)
    # Which maps are above zero does not depend on the image.
    bias = 90.0 * rubric.rng.permutation([1, -1, 1])
    gradients = np.zeros((4, 1, 4, 5))
    for label in range(4):
        upstream = weight[:, label].reshape(3, 3, 3) * (bias > 0)[:, None, None]
        for i in range(3):
            for j in range(3):
                part = np.einsum("o,ocij->cij", upstream[:, i, j], kernels)
                gradients[label, :, i : i + 2, j : j + 3] += part
    conv, linear = Conv2d(1, 3, (2, 3)), Linear(27, 4)
    conv.weight.data, conv.bias.data, linear.weight.data = kernels, bias, weight
    return Sequential(conv, ReLU(), Flatten(), linear), image, gradients


@rubric.check("back through a convolution", points=1)
def _():
    network, image, gradients = convolutional()
    for label in (2, 0):
        wanted = gradients[label, 0]
        rubric.close(saliency(network, image, label), wanted, rtol=1e-4, atol=1e-4)


@rubric.check("parameters are left without gradients, the image as it was", points=1)
def _():
    network = parts_are_right(1, 3, np.abs)
    shapes = (12, 9), (9,), (9, 3), (3,)
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
    image = normal(1, 3, 4)
    pixels = Tensor(image[np.newaxis], requires_grad=True)
    network(pixels).backward(np.ones((1, 3)))
    for tensor in list(network.parameters()):
        assert tensor.grad is not None, "the parameters get no gradient any more"
    shared = rubric.share(image)
    rubric.shape(np.shape(saliency(network, shared, 1)), (3, 4))
    rubric.unchanged(shared, image)


rubric.score()
