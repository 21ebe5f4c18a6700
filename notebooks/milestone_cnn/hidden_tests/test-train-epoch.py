import gzip
import importlib.util
import itertools
from pathlib import Path

from proctor.rubric import Rubric

rubric = Rubric(points=12)


def normal(*shape):
    return rubric.rng.normal(size=shape)


# A linear network has a gradient that a test can write down
# ----------------------------------------------------------

PIXELS, CLASSES = 6, 4


def some_images(count):
    """Return images, as float32 has them, and labels."""
    images = normal(count, 1, 2, 3).astype(np.float32)
    return images, rubric.rng.integers(0, CLASSES, count)


def some_parameters():
    return normal(PIXELS, CLASSES), normal(CLASSES)


def linear_of(parameters):
    network = Sequential(Flatten(), Linear(PIXELS, CLASSES))
    for tensor, values in zip(list(network.parameters()), parameters, strict=True):
        tensor.data = values
    return network


def loss_and_gradients(parameters, images, labels):
    """Return the mean cross-entropy of a batch, and its gradients."""
    weight, bias = parameters
    x = images.reshape(len(images), -1).astype(float)
    scores = x @ weight + bias
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    share = shifted / shifted.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -np.log(share[rows, labels]).mean()
    share[rows, labels] -= 1
    share /= len(labels)
    return loss, (x.T @ share, share.sum(axis=0))


def after_step(parameters, images, labels, rate):
    _, gradients = loss_and_gradients(parameters, images, labels)
    return tuple(p - rate * g for p, g in zip(parameters, gradients, strict=True))


def parameters_are(network, wanted, rtol=1e-5, atol=1e-6):
    for tensor, values in zip(list(network.parameters()), wanted, strict=True):
        rubric.close(tensor.data, values, rtol=rtol, atol=atol)


def trained(parameters, images, labels, rate, batch_size, seed):
    """Return the student's network after an epoch, and the loss."""
    network = linear_of(parameters)
    steps = SGD(network.parameters(), lr=rate)
    rng = default_rng(seed)
    return network, train_epoch(network, images, labels, steps, batch_size, rng)


@rubric.check("one batch: each parameter takes the optimizer's step", points=1.5)
def _():
    parameters, (images, labels) = some_parameters(), some_images(5)
    wanted = after_step(parameters, images, labels, 0.5)
    network, _loss = trained(parameters, images, labels, 0.5, 5, 1)
    parameters_are(network, wanted)


@rubric.check("one batch: the loss is its mean cross-entropy", points=1)
def _():
    parameters, (images, labels) = some_parameters(), some_images(5)
    wanted, _ = loss_and_gradients(parameters, images, labels)
    _network, loss = trained(parameters, images, labels, 0.5, 8, 1)
    rubric.close(loss, wanted, rtol=1e-5)


@rubric.check("gradients that were there before are forgotten", points=1.5)
def _():
    parameters, (images, labels) = some_parameters(), some_images(5)
    wanted = after_step(parameters, images, labels, 0.5)
    network = linear_of(parameters)
    for tensor, values in zip(list(network.parameters()), parameters, strict=True):
        tensor.grad = normal(*values.shape)
    steps = SGD(network.parameters(), lr=0.5)
    train_epoch(network, images, labels, steps, 5, default_rng(1))
    parameters_are(network, wanted)


# Nothing is learned at a rate of zero, so the order does not matter.
@rubric.check("several batches: the mean loss of all images", points=1)
def _():
    parameters, (images, labels) = some_parameters(), some_images(12)
    wanted, _ = loss_and_gradients(parameters, images, labels)
    _network, loss = trained(parameters, images, labels, 0.0, 4, 2)
    rubric.close(loss, wanted, rtol=1e-5)


@rubric.check("a last small batch counts by its number of images", points=1)
def _():
    parameters, (images, labels) = some_parameters(), some_images(11)
    wanted, _ = loss_and_gradients(parameters, images, labels)
    _network, loss = trained(parameters, images, labels, 0.0, 4, 2)
    rubric.close(loss, wanted, rtol=1e-5)


# Equal images make equal batches, in any order.
@rubric.check("one step for each batch, for a last small one too", points=0.5)
def _():
    start, (image, label) = some_parameters(), some_images(1)
    images, labels = image.repeat(7, axis=0), label.repeat(7)
    wanted = start
    for _batch in range(3):
        wanted = after_step(wanted, images, labels, 0.5)
    network, _loss = trained(start, images, labels, 0.5, 3, 3)
    parameters_are(network, wanted)


# The steps are so small that each sees the same network: their sum is that of all images.
@rubric.check("each image is used once, with its own label", points=1)
def _():
    parameters, (images, labels) = some_parameters(), some_images(12)
    _, gradients = loss_and_gradients(parameters, images, labels)
    wanted = [-3 * gradient for gradient in gradients]
    network, _loss = trained(parameters, images, labels, 1e-6, 4, 4)
    for tensor, values, before in zip(
        list(network.parameters()), wanted, parameters, strict=True
    ):
        moved = (np.asarray(tensor.data, float) - before) / 1e-6
        rubric.close(moved, values, rtol=1e-3, atol=1e-3)


# One batch of all images: its step does not depend on their order.
@rubric.check("images and labels are not modified", points=0.5)
def _():
    parameters, (images, labels) = some_parameters(), some_images(9)
    wanted = after_step(parameters, images, labels, 0.5)
    shared = rubric.share(images), rubric.share(labels)
    network, _loss = trained(parameters, *shared, 0.5, 9, 7)
    parameters_are(network, wanted)
    rubric.unchanged(shared[0], images)
    rubric.unchanged(shared[1], labels)


def weights_after(parameters, images, labels, rng, batch_size=1):
    network = linear_of(parameters)
    steps = SGD(network.parameters(), lr=0.5)
    train_epoch(network, images, labels, steps, batch_size, rng)
    return np.asarray(next(iter(list(network.parameters()))).data, float)


def after_steps(parameters, images, labels, starts, batch_size):
    for i in starts:
        batch = slice(i, i + batch_size)
        parameters = after_step(parameters, images[batch], labels[batch], 0.5)
    return parameters


@rubric.check("the order is drawn anew in each epoch, from rng", points=1.5)
def _():
    parameters, (images, labels) = some_parameters(), some_images(12)
    as_given = after_steps(parameters, images, labels, range(12), 1)
    fixed_batches = [
        after_steps(parameters, images, labels, starts, 4)[0]
        for starts in itertools.permutations((0, 4, 8))
    ]
    rng, again = default_rng(5), default_rng(5)
    first, second, repeated = (
        weights_after(parameters, images, labels, r) for r in (rng, rng, again)
    )
    for weights in (first, second, repeated):
        rubric.close(weights.shape, (PIXELS, CLASSES), rtol=0, atol=0)
        assert np.abs(weights - parameters[0]).max() > 0.01, "nothing was trained"
        assert np.abs(weights - as_given[0]).max() > 1e-4, "the order is as given"
    assert np.abs(first - repeated).max() < 1e-6, "the order does not come from rng"
    assert np.abs(first - second).max() > 1e-4, "the next epoch has the same order"
    # Nobody meets these by chance twice: there are thousands of ways to make batches.
    found = [weights_after(parameters, images, labels, rng, 4) for _ in range(2)]
    near = [min(np.abs(one - fixed).max() for fixed in fixed_batches) for one in found]
    assert max(near) > 1e-4, "the same images are always in one batch"


# Real digits
# -----------


def permuted_digits(train, held_out):
    """Return digits in a random order with a little noise, classes renamed at random."""
    folder = Path(importlib.util.find_spec("sklearn").origin).parent
    text = gzip.decompress((folder / "datasets/data/digits.csv.gz").read_bytes())
    rows = text.split()
    chosen = rubric.rng.permutation(len(rows))[: train + held_out]
    table = np.array([rows[i].split(b",") for i in chosen], float)
    images = table[:, :64].reshape(-1, 1, 8, 8) / 8 - 0.6
    images = (images + 0.1 * normal(*images.shape)).astype(np.float32)
    labels = rubric.rng.permutation(10)[table[:, 64].astype(int)]
    return images[:train], labels[:train], images[train:], labels[train:]


def convolutional(parameters):
    """Return a network for digits with two convolutions, made of the given layers."""
    use("fast")
    convs = Conv2d(1, 8, 3, padding=1), Conv2d(8, 16, 3, padding=1)
    rounds = [layer for c in convs for layer in (c, ReLU(), MaxPool2d(2))]
    network = Sequential(*rounds, Flatten(), Linear(64, 10))
    for tensor, values in zip(list(network.parameters()), parameters, strict=True):
        tensor.data = values
    return network


def first_parameters():
    """Return weights of the variance that He and others found, and biases of zero."""
    shapes = [(8, 1, 3, 3), (16, 8, 3, 3), (64, 10)]
    fans = [9, 72, 64]
    for shape, outputs, fan_in in zip(shapes, (8, 16, 10), fans, strict=True):
        yield (normal(*shape) * np.sqrt(2 / fan_in)).astype(np.float32)
        yield np.zeros(outputs, np.float32)


@rubric.check("two convolutions learn digits: half of those held out", points=2.5)
def _():
    images, labels, unseen, truth = permuted_digits(320, 250)
    network = convolutional(first_parameters())
    steps, rng = Adam(network.parameters(), lr=0.02), default_rng(6)
    for _epoch in range(4):
        train_epoch(network, images, labels, steps, 32, rng)
    scores = np.asarray(network(Tensor(unseen)).data, float)
    rubric.close(scores.shape, (250, 10), rtol=0, atol=0)
    right = int((scores.argmax(axis=1) == truth).sum())
    # A guess is right in 25 cases; in sixty runs a right solution had 183 to 235.
    assert right >= 125, "fewer than half of the held-out digits are read right"


rubric.score()
