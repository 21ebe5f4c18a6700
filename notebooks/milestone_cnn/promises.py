"""What the tasks of the milestone promise, computed in float64 and by other means."""

import itertools

import numpy as np

from proctor.bank.promises import Call, Numbers, Real, promise


def shifted(x, u, v):
    return np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))[
        :, :, u : u + x.shape[2], v : v + x.shape[3]
    ]


def scores_of(parameters, x):
    """Return the scores of the network of the task."""
    for weight, bias in (parameters[:2], parameters[2:4]):
        taps = np.ndindex(3, 3)
        y = sum(
            np.einsum("bchw,oc->bohw", shifted(x, u, v), weight[:, :, u, v])
            for u, v in taps
        )
        y = np.maximum(y + bias[:, None, None], 0)
        rows, columns = y.shape[2] // 2, y.shape[3] // 2
        y = y[:, :, : 2 * rows, : 2 * columns]
        x = y.reshape(*y.shape[:2], rows, 2, columns, 2).max(axis=(3, 5))
    return x.reshape(len(x), -1) @ parameters[4] + parameters[5]


def asked(given, x, filters, classes, parameters, upstream):
    """Return a network's scores, and its gradients at one number of each parameter."""
    given.use("fast")
    more = () if filters == (8, 16) else (filters,)
    network = given.lenet(x.shape[1], x.shape[2], classes, *more)
    tensors = list(network.parameters())
    shapes = [t.shape for t in tensors]
    assert shapes == [p.shape for p in parameters]
    for tensor, values in zip(tensors, parameters, strict=True):
        tensor.data = values
    scores = network(given.Tensor(x, dtype="float64"))
    scores.backward(upstream)
    return (scores.data, *(t.grad.ravel()[:1] for t in tensors))


@promise("network")
def _(rng):
    for channels, size, classes, filters in (
        (1, 8, 10, (8, 16)),
        (3, 12, 5, (2, 3)),
        (2, 4, 3, (4, 1)),
        (1, 13, 4, (3, 5)),
        (4, 10, 7, (5, 2)),
        (1, 6, 2, (8, 16)),
    ):
        one, two = filters
        shapes = [(one, channels, 3, 3), (one,), (two, one, 3, 3), (two,)]
        shapes += [(two * (size // 2 // 2) ** 2, classes), (classes,)]
        parameters = [rng.normal(size=shape) / 2 for shape in shapes]
        x = rng.normal(size=(3, channels, size, size))
        upstream = rng.normal(size=(3, classes))
        wanted = [scores_of(parameters, x)]
        for number in range(len(parameters)):
            # The change of a small step on both sides.
            ends = []
            for step in (1e-6, -1e-6):
                moved = [p.copy() for p in parameters]
                moved[number].ravel()[0] += step
                ends.append((scores_of(moved, x) * upstream).sum())
            wanted.append(np.array([(ends[0] - ends[1]) / 2e-6]))
        yield (
            Call(asked, x, filters, classes, parameters, upstream),
            tuple(Numbers(w, atol=1e-3) for w in wanted),
        )


def loss_and_step(parameters, images, labels, rate):
    weight, bias = parameters
    x = images.reshape(len(images), -1).astype(float)
    scores = x @ weight + bias
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -np.log(shares[rows, labels]).sum()
    shares[rows, labels] -= 1
    shares /= len(labels)
    return loss, (weight - rate * x.T @ shares, bias - rate * shares.sum(axis=0))


def epoch(given, images, labels, parameters, rate, size, seed, old=None):
    """Return the loss of an epoch and the weights after it."""
    network = given.Sequential(given.Flatten(), given.Linear(*parameters[0].shape))
    for tensor, values in zip(network.parameters(), parameters, strict=True):
        tensor.data = values
        tensor.grad = None if old is None else 0 * values + old
    optimizer = given.SGD(network.parameters(), lr=rate)
    rng = np.random.default_rng(seed)
    loss = given.train_epoch(network, images, labels, optimizer, size, rng)
    return loss, network


def weights_after(given, *arguments):
    loss, network = epoch(given, *arguments)
    assert isinstance(loss, float | np.floating)
    return (loss, *(np.asarray(t.data) for t in network.parameters()))


def is_some_order(given, images, labels, parameters, rate, size, seeds):
    """Return whether each epoch took the batches of some order, and these differ."""
    counts = range(len(images))
    found = []
    for seed in seeds:
        loss, network = epoch(given, images, labels, parameters, rate, size, seed)
        weights = np.asarray(network.parameters()[0].data, float)
        for order in itertools.permutations(counts):
            chosen, total = parameters, 0.0
            for start in range(0, len(order), size):
                batch = list(order[start : start + size])
                part, chosen = loss_and_step(chosen, images[batch], labels[batch], rate)
                total += part
            near = np.abs(chosen[0] - weights).max() < 1e-5
            if near and abs(total / len(images) - loss) < 1e-5:
                found.append(order)
                break
    # Twice the first seed: the same order twice.
    same = found and found[0] == found[1]
    return np.array(
        [float(len(found) == len(seeds)), float(len(set(found)) > 2), float(bool(same))]
    )


@promise("train-epoch")
def _(rng):
    for count, size in ((5, 5), (7, 9), (1, 1), (6, 6)):
        images = rng.normal(size=(count, 1, 2, 3)).astype(np.float32)
        labels = rng.integers(0, 4, count)
        parameters = rng.normal(size=(6, 4)), rng.normal(size=4)
        loss, after = loss_and_step(parameters, images, labels, 0.5)
        wanted = Real(loss / count), *(Numbers(p) for p in after)
        for old in (None, 3.0):
            yield (
                Call(weights_after, images, labels, parameters, 0.5, size, 1, old),
                wanted,
            )
    for count, size in ((11, 4), (12, 4), (9, 2)):
        images = rng.normal(size=(count, 1, 2, 3)).astype(np.float32)
        labels = rng.integers(0, 4, count)
        parameters = rng.normal(size=(6, 4)), rng.normal(size=4)
        loss, _ = loss_and_step(parameters, images, labels, 0.0)
        still = Real(loss / count), *(Numbers(p) for p in parameters)
        yield Call(weights_after, images, labels, parameters, 0.0, size, 2), still
    for count, size in ((5, 2), (4, 1)):
        images = rng.normal(size=(count, 1, 2, 3)).astype(np.float32)
        labels = np.arange(count) % 4
        parameters = rng.normal(size=(6, 4)), rng.normal(size=4)
        yield (
            Call(
                is_some_order,
                images,
                labels,
                parameters,
                0.5,
                size,
                [3, 3, 4, 5, 6, 7, 8],
            ),
            Numbers([1, 1, 1]),
        )


def is_whole(given, *arguments):
    matrix = given.confusion_matrix(*arguments)
    return matrix, np.array(float(np.asarray(matrix).dtype.kind in "iu"))


@promise("confusion")
def _(rng):
    for count, classes in ((40, 5), (700, 2), (3, 6), (90, 12), (70_000, 1)):
        for dtype in (int, np.uint8, np.int32):
            labels, predictions = rng.integers(0, classes, (2, count)).astype(dtype)
            wanted = [
                [np.sum((labels == i) & (predictions == j)) for j in range(classes)]
                for i in range(classes)
            ]
            yield (
                Call(is_whole, labels, predictions, classes),
                (Numbers(wanted, atol=0), Numbers(1.0)),
            )


def of_layers(given, image, label, parameters):
    """Return the saliency of a network of two layers, and what is left behind."""
    first, second = parameters[:2]
    network = given.Sequential(
        given.Flatten(),
        given.Linear(*first.shape),
        given.ReLU(),
        given.Linear(*second.shape),
    )
    values = [first, parameters[2], second, parameters[3]]
    for tensor, array in zip(network.parameters(), values, strict=True):
        tensor.data = array
        tensor.grad = array + 1
    found = given.saliency(network, image, label)
    left = [0 if t.grad is None else np.abs(t.grad).max() for t in network.parameters()]
    asks = [float(t.requires_grad) for t in network.parameters()]
    return found, np.array(left, float), np.array(asks)


@promise("saliency")
def _(rng):
    for shape in ((1, 3, 4), (3, 4, 2), (2, 1, 5)):
        pixels = int(np.prod(shape))
        for label in range(3):
            first, second = rng.normal(size=(pixels, 7)), rng.normal(size=(7, 3))
            biases = rng.normal(size=7), rng.normal(size=3)
            image = rng.normal(size=shape).astype(np.float32)
            active = image.ravel().astype(float) @ first + biases[0] > 0
            gradient = ((first * active) @ second[:, label]).reshape(shape)
            yield (
                Call(of_layers, image, label, (first, second, *biases)),
                (
                    Numbers(np.abs(gradient).max(axis=0)),
                    Numbers([0] * 4),
                    Numbers([1] * 4),
                ),
            )
