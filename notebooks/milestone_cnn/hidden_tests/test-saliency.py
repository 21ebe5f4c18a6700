from proctor.rubric import Rubric

rubric = Rubric(points=5)


def normal(*shape):
    return rubric.rng.normal(size=shape)


def linear_of(weight, bias):
    network = Sequential(Flatten(), Linear(*weight.shape))
    for tensor, values in zip(list(network.parameters()), (weight, bias), strict=True):
        tensor.data = values
    return network


def linear_is_right(channels, classes):
    """Ask for each class: the gradient of a linear score is its weights."""
    image = normal(channels, 3, 4)
    weight, bias = normal(channels * 12, classes), normal(classes)
    network = linear_of(weight, bias)
    for label in range(classes):
        wanted = np.abs(weight[:, label]).reshape(channels, 3, 4).max(axis=0)
        found = saliency(network, image, label)
        rubric.close(found, wanted, rtol=1e-5, atol=1e-6)
    return network


@rubric.check("one channel: the absolute gradient of the label's score", points=1.5)
def _():
    linear_is_right(1, 5)


@rubric.check("several channels: the largest absolute gradient of them", points=1.5)
def _():
    linear_is_right(3, 4)


def convolutional():
    """Return a network, an image and the gradient of each score, (classes, ...)."""
    image, kernels, weight = normal(2, 4, 5), normal(3, 2, 2, 3), normal(27, 4)
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(image, (2, 3), axis=(1, 2))
    answers = np.einsum("chwij,ocij->ohw", windows, kernels)
    gradients = np.zeros((4, 2, 4, 5))
    for label in range(4):
        upstream = weight[:, label].reshape(3, 3, 3) * (answers > 0)
        for i in range(3):
            for j in range(3):
                part = np.einsum("o,ocij->cij", upstream[:, i, j], kernels)
                gradients[label, :, i : i + 2, j : j + 3] += part
    conv, linear = Conv2d(2, 3, (2, 3), bias=False), Linear(27, 4)
    conv.weight.data, linear.weight.data = kernels, weight
    return Sequential(conv, ReLU(), Flatten(), linear), image, gradients


@rubric.check("back through a convolution", points=1)
def _():
    network, image, gradients = convolutional()
    for label in (2, 0):
        wanted = np.abs(gradients[label]).max(axis=0)
        rubric.close(saliency(network, image, label), wanted, rtol=1e-4, atol=1e-4)


@rubric.check("parameters are left without gradients, the image as it was", points=1)
def _():
    network, nothing = linear_is_right(2, 3), (np.zeros((24, 3)), np.zeros(3))
    for tensor, wanted in zip(list(network.parameters()), nothing, strict=True):
        if tensor.grad is not None:
            rubric.close(tensor.grad, wanted, rtol=0, atol=0)
    # And they can still be trained.
    image = normal(2, 3, 4)
    pixels = Tensor(image[np.newaxis], requires_grad=True)
    network(pixels).backward(np.ones((1, 3)))
    for tensor in list(network.parameters()):
        assert tensor.grad is not None, "the parameters get no gradient any more"
    shared = rubric.share(image)
    rubric.close(saliency(network, shared, 1).shape, (3, 4), rtol=0, atol=0)
    rubric.unchanged(shared, image)


rubric.score()
