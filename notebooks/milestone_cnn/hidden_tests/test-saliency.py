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


def either_sign(numbers):
    return numbers


def layers_are_right(
    channels, classes, hidden=9, sign=np.abs, scale=lambda s: s, begin=0, chosen=False
):
    """Ask for each class; the weights of no one layer are the gradient.

    It is above zero, where nothing else is asked for. Both are compared as ``scale``
    gives them. What begins with class 0 does not tell the class behind it from the one
    of the largest score; what begins with class 2 does. Where the network has ``chosen``
    each class that is asked for, it does not matter whose score is taken: that of the
    label, or the largest.
    """
    image = normal(channels, 3, 4)
    pixels = channels * 12
    first, second = sign(normal(pixels, hidden)), sign(normal(hidden, classes))
    # Which hidden numbers are above zero does not depend on the image.
    biases = 90 * rubric.rng.permutation(np.arange(hidden) % 2 * 2 - 1), normal(classes)
    # The score of neither the first class nor the last is the largest.
    biases[1][1] += 0 if chosen else 5_000
    active = biases[0] > 0
    network = layers_of((first, biases[0].astype(float)), (second, biases[1]))
    for label in [*range(begin, classes), *range(begin)]:
        if chosen:
            own = np.arange(classes) == label
            list(network.parameters())[-1].data = biases[1] + 5_000 * own
        gradient = (first * active) @ second[:, label]
        wanted = np.abs(gradient).reshape(channels, 3, 4).max(axis=0)
        found = scale(saliency(network, image, label))
        rubric.close(found, scale(wanted), rtol=1e-4, atol=1e-4)
    return network


@rubric.check("one channel: the gradient of the label's score", points=1)
def _():
    layers_are_right(1, 5)


@rubric.check("several channels: the largest gradient of them", points=1)
def _():
    layers_are_right(3, 4, begin=2)


@rubric.check("one channel: a gradient below zero counts by its size", points=0.5)
def _():
    layers_are_right(1, 4, sign=either_sign, chosen=True)


@rubric.check("several channels: the largest by its size", points=0.5)
def _():
    layers_are_right(3, 5, sign=either_sign, begin=2, chosen=True)


def of_its_largest(numbers):
    """Return parts of the largest: how large they are is asked for elsewhere."""
    if isinstance(numbers, list):
        numbers = np.asarray(numbers)
    if not isinstance(numbers, np.ndarray) or not numbers.any():
        return numbers
    return numbers / np.abs(numbers).max()


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
    network = layers_are_right(1, 3, scale=of_its_largest, chosen=True)
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
