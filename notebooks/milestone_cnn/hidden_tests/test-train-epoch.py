import gzip
import importlib.util
import itertools
from pathlib import Path

from proctor.rubric import Rubric

rubric = Rubric(points=12)
rubric.forbids(lambda: train_epoch, "scipy", "sklearn")


def normal(*shape):
    return rubric.rng.normal(size=shape)


def drawn(least, most):
    return int(rubric.rng.integers(least, most + 1))


# A linear network has a gradient that a test can write down
# ----------------------------------------------------------

SHAPES = [(1, 2, 3), (1, 3, 2), (3, 1, 2), (2, 2, 2), (1, 2, 4)]


def some_data(count):
    """Return parameters, images, as float32 has them, and labels; those of five differ.

    So nobody gives images each other's labels and is right by chance.
    """
    shape, classes = SHAPES[drawn(0, len(SHAPES) - 1)], drawn(5, 8)
    images = normal(count, *shape).astype(np.float32)
    labels = (rubric.rng.permutation(count) + drawn(0, classes - 1)) % classes
    return (normal(images[0].size, classes), normal(classes)), images, labels


def linear_of(parameters):
    network = Sequential(Flatten(), Linear(*parameters[0].shape))
    for tensor, values in zip(list(network.parameters()), parameters, strict=True):
        tensor.data = values
    return network


def shares(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def cross_entropy(scores, truth):
    """Return the loss of each image, and its gradient."""
    share = shares(scores)
    return -np.log((share * truth).sum(axis=1)), share - truth


def of_shares(scores, truth):
    """Return what comes of a softmax before the loss, which takes another one."""
    share = shares(scores)
    losses, back = cross_entropy(share, truth)
    return losses, share * (back - (back * share).sum(axis=1, keepdims=True))


def squared_error(scores, truth):
    away = scores - truth
    return (away**2).sum(axis=1), 2 * away


def mean_squared_error(scores, truth):
    losses, back = squared_error(scores, truth)
    return losses / truth.shape[1], back / truth.shape[1]


def loss_and_gradients(parameters, images, labels, loss=cross_entropy):
    """Return a batch's mean loss, the cross-entropy or another, and its gradients."""
    weight, bias = parameters
    x = images.reshape(len(images), -1).astype(float)
    losses, back = loss(x @ weight + bias, np.eye(len(bias))[labels])
    back = back / len(labels)
    return losses.mean(), (x.T @ back, back.sum(axis=0))


def after_step(parameters, images, labels, rate, way=(cross_entropy, 0)):
    """Return the parameters after a step along the mean of a loss.

    Or, as the second number of ``way`` says, 1 or -1, one that is as many times longer or
    shorter as there are images.
    """
    loss, power = way
    _, gradients = loss_and_gradients(parameters, images, labels, loss)
    rate = rate * float(len(labels)) ** power
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


def alike(count):
    """Return one image, so many times: which of them are in a batch is for others.

    Its class has the second of all scores: of the first one hardly anything is learned.
    """
    parameters, images, _labels = some_data(1)
    scores = images.ravel() @ parameters[0] + parameters[1]
    labels = np.argsort(scores)[-2:-1]
    return parameters, images.repeat(count, axis=0), labels.repeat(count)


WAYS = [
    (loss, power)
    for loss in (cross_entropy, of_shares, squared_error, mean_squared_error)
    for power in (0, 1, -1)
]


def own_way():
    """Return which loss the student's steps are along, and how long they are.

    Two checks ask for the right one; others take the student's own.
    """
    parameters, images, labels = alike(3)
    network, _loss = trained(parameters, images, labels, 0.5, 3, 1)
    found = np.asarray(next(iter(list(network.parameters()))).data, float)
    for way in WAYS:
        wanted, _ = after_step(parameters, images, labels, 0.5, way)
        if found.shape == wanted.shape and np.abs(found - wanted).max() < 1e-5:
            return way
    return WAYS[0]


def plain(loss):
    """Return the number in a Tensor: whether it is a plain one is for the first check."""
    return loss.item() if hasattr(loss, "item") else loss


def moves_are(network, before, wanted, rtol):
    """Ask where the parameters went; how long a step is, is asked for elsewhere."""
    after = [np.asarray(tensor.data, float) for tensor in list(network.parameters())]
    moved = np.concatenate([np.ravel(array) for array in after])
    moved = moved - np.concatenate([np.ravel(values) for values in before])
    if moved.any():
        moved = moved / np.abs(moved).max()
    way = np.concatenate([np.ravel(gradient) for gradient in wanted])
    rubric.close(moved, way / np.abs(way).max(), rtol=rtol, atol=rtol)


@rubric.check("one batch: each parameter takes the optimizer's step", points=1.25)
def _():
    count = drawn(3, 7)
    parameters, images, labels = alike(count)
    wanted = after_step(parameters, images, labels, 0.5)
    network, _loss = trained(parameters, images, labels, 0.5, count, 1)
    parameters_are(network, wanted)


@rubric.check("one batch: the loss is its mean cross-entropy", points=1.5)
def _():
    count = drawn(5, 8)
    parameters, images, labels = some_data(count)
    wanted, _ = loss_and_gradients(parameters, images, labels)
    more = count + drawn(1, 4)
    _network, loss = trained(parameters, images, labels, 0.5, more, 1)
    rubric.close(loss, wanted, rtol=1e-5)


@rubric.check("gradients that were there before are forgotten", points=1)
def _():
    # Of one class: whose label an image has is for others. All are in the batch.
    count = drawn(4, 7)
    parameters, images, labels = some_data(count)
    labels = labels[:1].repeat(count)
    wanted = after_step(parameters, images, labels, 0.5)
    network = linear_of(parameters)
    for tensor, values in zip(list(network.parameters()), parameters, strict=True):
        tensor.grad = normal(*values.shape)
    steps = SGD(network.parameters(), lr=0.5)
    train_epoch(network, images, labels, steps, count, default_rng(1))
    parameters_are(network, wanted)


ORDERS, LARGE = range(2, 7), 1024


def losses_are_right(count, batch_size):
    """Ask for the losses of epochs that learn nothing, of one network each.

    In one order the first batch's loss may be the largest, hardly in each of five. The
    weights are so large, and the pixels so small, that no step of moderate length
    teaches anything: whose steps they are is for other checks.
    """
    (weight, bias), images, labels = some_data(count)
    way = own_way()
    wanted, _ = loss_and_gradients((weight, 0 * bias), images, labels, way[0])
    losses = []
    for seed in ORDERS:
        network = Sequential(Flatten(), Linear(*weight.shape, bias=False))
        next(iter(list(network.parameters()))).data = weight * LARGE
        steps = SGD(network.parameters(), lr=0.0)
        small = (images / LARGE).astype(np.float32)
        rng = default_rng(seed)
        loss = train_epoch(network, small, labels, steps, batch_size, rng)
        losses.append(plain(loss))
    rubric.close(losses, np.full(len(ORDERS), wanted), rtol=1e-5)


def are_left(network, wanted):
    """Return whether these parameters are left, where another check asks for them."""
    found = [np.asarray(tensor.data) for tensor in list(network.parameters())]
    return all(
        array.shape == values.shape and np.abs(array - values).max() < 1e-5
        for array, values in zip(found, wanted, strict=True)
    )


def loss_while_it_learns():
    """Ask for the mean of the losses that the batches had, each before its step.

    Of equal images, whose order does not matter. Where the steps are, and whether losses
    are taken before or after them, is for other checks.
    """
    batch_size, batches, way = drawn(2, 5), drawn(2, 4), own_way()
    start, images, labels = alike(batch_size * batches)
    parameters, losses = start, []
    for _batch in range(batches + 1):
        batch = images[:batch_size], labels[:batch_size]
        loss, _ = loss_and_gradients(parameters, *batch, way[0])
        losses.append(loss)
        left, parameters = parameters, after_step(parameters, *batch, 0.5, way)
    network, found = trained(start, images, labels, 0.5, batch_size, 3)
    if not are_left(network, left):
        return
    found, wanted = plain(found), np.mean(losses[:-1])
    for late in (np.mean(losses[1:]), losses[-1]):
        if np.allclose(found, late, rtol=1e-5, atol=0):
            wanted = late
    rubric.close(found, wanted, rtol=1e-5)


@rubric.check("several batches: the mean loss of all images", points=0.75)
def _():
    # Nothing is learned at a rate of zero, so the order does not matter.
    batch_size = drawn(3, 5)
    losses_are_right(3 * batch_size, batch_size)
    loss_while_it_learns()


@rubric.check("a last small batch counts by its number of images", points=0.75)
def _():
    batch_size = drawn(4, 6)
    losses_are_right(3 * batch_size - 1, batch_size)


def small_batches(way):
    """Return what makes small batches, the last of one image, and what they leave.

    Equal images make equal batches, in any order.
    """
    batch_size, full = drawn(3, 5), drawn(2, 3)
    start, images, labels = alike(batch_size * full + 1)
    wanted = start
    for batch in [batch_size] * full + [1]:
        wanted = after_step(wanted, images[:batch], labels[:batch], 0.5, way)
    return (start, images, labels, 0.5, batch_size, 3), wanted


@rubric.check("one step for each batch, for a last small one too", points=1)
def _():
    given, wanted = small_batches((cross_entropy, 0))
    network, _loss = trained(*given)
    parameters_are(network, wanted)


# Many images: a large batch and a smaller one
# --------------------------------------------
#
# Each image has a pixel of its own, and weights begin at zero. So each image moves its
# pixel's weights and no others, as many times less as its batch is larger.


def many_images():
    """Return images, labels, the number of classes, and the size of the first batch."""
    count, classes = drawn(44, 60), drawn(3, 6)
    images = np.eye(count, dtype=np.float32).reshape(count, 1, 1, count)
    labels = rubric.rng.integers(0, classes, count)
    return images, labels, classes, drawn(33, count - 10)


def moves_of(images, labels, classes, batch_size, rng):
    """Return how an epoch moves each image's weights, in parts of the largest move."""
    shape = len(images), classes
    network = Sequential(Flatten(), Linear(*shape, bias=False))
    (weight,) = list(network.parameters())
    weight.data = np.zeros(shape)
    steps = SGD([weight], lr=0.5)
    train_epoch(network, images.copy(), labels.copy(), steps, batch_size, rng)
    moves = np.asarray(weight.data, float)
    rubric.shape(moves.shape, shape)
    return moves / max(np.abs(moves).max(), 1e-12)


def all_are_used(way):
    """Ask for the way of each image's weights, and for the images in each batch.

    Which images are in which batch is for another check.
    """
    images, labels, classes, first = many_images()
    found = moves_of(images, labels, classes, first, default_rng(4))
    loss, power = way
    truth = np.eye(classes)[labels]
    _, back = loss(np.zeros(truth.shape), truth)
    far = np.abs(found).max(axis=1)
    directions = found / np.maximum(far, 1e-12)[:, None]
    rubric.close(directions, -back / np.abs(back).max(), rtol=1e-4, atol=1e-4)
    sizes = np.repeat([first, len(images) - first], [first, len(images) - first])
    wanted = np.sort(sizes ** (power - 1.0))
    rubric.close(np.sort(far), wanted / wanted.max(), rtol=1e-4)


@rubric.check(
    "each image is used once, with its own label, in large batches too", points=1
)
def _():
    batch_size, way = drawn(3, 5), own_way()
    parameters, images, labels = some_data(3 * batch_size)
    # So small steps see the same network each: their sum is that of all images.
    _, gradients = loss_and_gradients(parameters, images, labels, way[0])
    network, _loss = trained(parameters, images, labels, 1e-6, batch_size, 4)
    moves_are(network, parameters, [-gradient for gradient in gradients], 1e-3)
    # Where small batches are of another size, that is for the check above.
    given, wanted = small_batches(way)
    if are_left(trained(*given)[0], wanted):
        all_are_used(way)


# One batch of all images: its step does not depend on their order.
@rubric.check("images and labels are not modified", points=0.5)
def _():
    count = drawn(6, 9)
    parameters, images, labels = some_data(count)
    loss, _power = own_way()
    _, gradients = loss_and_gradients(parameters, images, labels, loss)
    shared = rubric.share(images), rubric.share(labels)
    network, _loss = trained(parameters, *shared, 0.5, count, 7)
    moves_are(network, parameters, [-gradient for gradient in gradients], 1e-4)
    rubric.unchanged(shared[0], images)
    rubric.unchanged(shared[1], labels)


def all_orders(count, batch_size):
    """Return each way to put so many images into batches, one after the other."""
    if not count:
        yield []
    for batch in itertools.combinations(count, batch_size):
        rest = [image for image in count if image not in batch]
        for batches in all_orders(rest, batch_size):
            yield [list(batch), *batches]


def order_of_many():
    """Ask for the order of many images, by which of them share a batch.

    Those of the smaller batch move their weights further: how far is for the check above.
    """
    images, labels, classes, first = many_images()

    def batches(rng):
        far = np.abs(moves_of(images, labels, classes, first, rng)).max(axis=1)
        return far > (far.min() + far.max()) / 2 + 1e-3

    rng = default_rng(8)
    found, following, repeated = batches(rng), batches(rng), batches(default_rng(8))
    # One run of a batch's images, which may go round the end, is no order of theirs: of
    # a right solution's it is none but in one of 10 ** 7 gradings.
    assert np.count_nonzero(found != np.roll(found, 1)) > 2, (
        "of many images neighbours stay together"
    )
    assert not np.any(found != repeated), "the order does not come from rng"
    assert np.any(found != following), "the next epoch has the same order"


# Six images in batches of two: 90 ways, of which each leaves other weights. So the
# weights tell the way; what was not trained step by step leaves none of them.
@rubric.check("the order is drawn anew in each epoch, from rng", points=3)
def _():
    start, images, labels = some_data(6)
    orders, left, way = list(all_orders(range(6), 2)), [], own_way()
    for batches in orders:
        parameters = start
        for batch in batches:
            parameters = after_step(parameters, images[batch], labels[batch], 0.5, way)
        left.append(parameters[0])

    def order_of_epoch(rng):
        network = linear_of(start)
        steps = SGD(network.parameters(), lr=0.5)
        train_epoch(network, images, labels, steps, 2, rng)
        weights = np.asarray(next(iter(list(network.parameters()))).data, float)
        rubric.shape(weights.shape, start[0].shape)
        away = np.abs(np.array(left) - weights).max(axis=(1, 2))
        rubric.close(
            away.min(),
            0,
            atol=1e-5,
            saying="no order of the batches leaves these weights",
        )
        return orders[int(away.argmin())]

    rng, again = default_rng(5), default_rng(5)
    # Right solutions have the same order ten times, or ten times the given images
    # together, in one of 10 ** 11 gradings.
    found = [order_of_epoch(rng) for _epoch in range(10)]
    repeated = [order_of_epoch(again) for _epoch in range(3)]
    assert any(taken != [[0, 1], [2, 3], [4, 5]] for taken in found), (
        "the order is as given"
    )
    assert found[:3] == repeated, "the order does not come from rng"
    assert any(taken != found[0] for taken in found), (
        "the next epoch has the same order"
    )
    assert any(sorted(taken) != [[0, 1], [2, 3], [4, 5]] for taken in found), (
        "the same images are always in one batch"
    )
    # Of a sum's gradients a batch's size does not show in how far the images move.
    if way[1] != 1:
        order_of_many()


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


def scores_of(parameters, x):
    """Return the scores of the network above with these numbers in its parameters."""
    for weight, bias in (parameters[:2], parameters[2:4]):
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        view = np.lib.stride_tricks.sliding_window_view
        windows = view(padded, (3, 3), axis=(2, 3))
        x = np.einsum("bchwij,ocij->bohw", windows, weight, optimize=True)
        x = np.maximum(x + bias[:, None, None], 0)
        batch, channels, height, width = x.shape
        blocks = x.reshape(batch, channels, height // 2, 2, width // 2, 2)
        x = blocks.max(axis=(3, 5))
    return x.reshape(len(x), -1) @ parameters[4] + parameters[5]


def digits_read():
    """Train a new network for four epochs; return how many of 250 digits it reads."""
    images, labels, unseen, truth = permuted_digits(320, 250)
    network = convolutional(first_parameters())
    steps, rng = Adam(network.parameters(), lr=0.02), default_rng(6)
    for _epoch in range(4):
        train_epoch(network, images, labels, steps, 32, rng)
    # By what was learned, and by no other way to tell digits: the parameters say it.
    left = [np.asarray(tensor.data, float) for tensor in list(network.parameters())]
    for values, begun in zip(left, first_parameters(), strict=True):
        rubric.shape(values.shape, begun.shape)
    return int((scores_of(left, unseen).argmax(axis=1) == truth).sum())


@rubric.check("two convolutions learn digits: most of those held out", points=1.25)
def _():
    # Of 1,754 runs of a right solution half had more than 212, and four less than 160,
    # the worst 126: who is that unlucky begins once more. In twenty runs one that keeps
    # the gradients of earlier batches had 35 to 149.
    right = digits_read()
    if right < 160:
        right = digits_read()
    assert right >= 160, "too few of the held-out digits are read right"


rubric.score()
