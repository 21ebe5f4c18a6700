"""Right solutions of the milestone that are written in other ways than the reference.

Each takes the place of its cell in an otherwise right submission: ``proctor gate
milestone_cnn`` asks for full marks. So a test that wants a certain way of writing, and
not a certain behaviour, is found.
"""

# Written as students write them.
# ruff: noqa: B905

from __future__ import annotations

from typing import TYPE_CHECKING

from proctor.bank import variant

if TYPE_CHECKING:  # names that a student's notebook has
    import numpy as np

    import tinytorch as tt
    from tinytorch import CrossEntropyLoss, Flatten, Linear, ReLU, Sequential, Tensor
    from tinytorch.core.spatial import Conv2d, MaxPool2d


# The network
# -----------


@variant("network", "a-list-of-layers")
def lenet(channels, size, classes, filters=(8, 16)):
    layers = []
    for count in filters:
        conv = Conv2d(channels, count, kernel_size=3, padding=1)
        layers += [conv, ReLU(), MaxPool2d(2)]
        channels, size = count, size // 2
    return Sequential(*layers, Flatten(), Linear(channels * size**2, classes))


@variant("network", "measured-with-zeros")
def lenet(channels, size, classes, filters=(8, 16)):
    front = Sequential(
        Conv2d(channels, filters[0], (3, 3), 1, (1, 1)),
        ReLU(),
        MaxPool2d((2, 2)),
        Conv2d(filters[0], filters[1], (3, 3), 1, (1, 1)),
        ReLU(),
        MaxPool2d((2, 2)),
        Flatten(),
    )
    probe = front(Tensor(np.zeros((1, channels, size, size))))
    return Sequential(*front.layers, Linear(probe.shape[1], classes))


@variant("network", "nested")
def lenet(channels, size, classes, filters=(8, 16)):
    def block(before, after):
        return Sequential(Conv2d(before, after, 3, padding=1), ReLU(), MaxPool2d(2))

    left = size // 4
    return Sequential(
        block(channels, filters[0]),
        block(filters[0], filters[1]),
        Sequential(Flatten(), Linear(filters[1] * left * left, classes)),
    )


# The largest of four is the same before and after a ReLU.
@variant("network", "relu-after-pooling")
def lenet(channels, size, classes, filters=(8, 16)):
    a, b = filters
    return Sequential(
        Conv2d(channels, a, 3, padding=1),
        MaxPool2d(2, stride=2),
        ReLU(),
        Conv2d(a, b, 3, padding=1),
        MaxPool2d(2, stride=2),
        ReLU(),
        Flatten(),
        Linear(b * (size // 4) * (size // 4), classes),
    )


@variant("network", "own-layer")
def lenet(channels, size, classes, filters=(8, 16)):
    class LeNet(tt.Layer):
        def __init__(self):
            self.conv1 = Conv2d(channels, filters[0], 3, padding=1)
            self.conv2 = Conv2d(filters[0], filters[1], 3, padding=1)
            self.fc = Linear(filters[1] * (size // 4) ** 2, classes)

        def forward(self, x):
            x = MaxPool2d(2)(ReLU()(self.conv1(x)))
            x = MaxPool2d(2)(ReLU()(self.conv2(x)))
            return self.fc(x.reshape(x.shape[0], -1))

        def parameters(self):
            layers = (self.conv1, self.conv2, self.fc)
            return [p for layer in layers for p in layer.parameters()]

    return LeNet()


# One epoch
# ---------


@variant("train-epoch", "shuffle-in-place")
def train_epoch(network, images, labels, optimizer, batch_size, rng):
    order = list(range(len(images)))
    rng.shuffle(order)
    losses = []
    while order:
        now, order = order[:batch_size], order[batch_size:]
        loss = CrossEntropyLoss()(network(Tensor(images[now])), labels[now])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses += [loss.item()] * len(now)
    return sum(losses) / len(losses)


@variant("train-epoch", "shuffled-copies")
def train_epoch(network, images, labels, optimizer, batch_size, rng):
    order = rng.permutation(len(labels))
    images, labels = images[order], labels[order]
    total = 0
    for i in range(0, len(labels), batch_size):
        x, y = Tensor(images[i : i + batch_size]), labels[i : i + batch_size]
        optimizer.zero_grad()
        loss = CrossEntropyLoss(reduction="sum")(network(x), y)
        (loss / len(y)).backward()
        optimizer.step()
        total += float(loss.data)
    return total / len(images)


@variant("train-epoch", "data-loader")
def train_epoch(network, images, labels, optimizer, batch_size, rng):
    seed = int(rng.integers(2**31))
    data = tt.TensorDataset(images, labels)
    loss_fn, total, count = CrossEntropyLoss(), 0.0, 0
    for x, y in tt.DataLoader(data, batch_size, shuffle=True, seed=seed):
        loss = loss_fn(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(y), count + len(y)
    return total / count


@variant("train-epoch", "trainer")
def train_epoch(network, images, labels, optimizer, batch_size, rng):
    data = tt.TensorDataset(images, labels)
    loader = tt.DataLoader(data, batch_size, True, int(rng.integers(1 << 60)))
    trainer = tt.Trainer(network, optimizer, CrossEntropyLoss(), progress=False)
    trainer.epoch = int(rng.integers(1 << 30))
    return trainer.train_epoch(loader)


@variant("train-epoch", "array-split")
def train_epoch(network, images, labels, optimizer, batch_size, rng):
    order = np.argsort(rng.random(len(images)))
    total = 0.0
    for batch in np.split(order, range(batch_size, len(order), batch_size)):
        for p in network.parameters():
            p.grad = None
        log_p = tt.log_softmax(network(Tensor(images[batch])))
        losses = -log_p[np.arange(len(batch)), labels[batch]]
        losses.mean().backward()
        optimizer.step()
        total += losses.data.sum()
    return total / len(images)


# Confusion
# ---------


@variant("confusion", "add-at")
def confusion_matrix(labels, predictions, classes):
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (labels, predictions), 1)
    return matrix


@variant("confusion", "bincount")
def confusion_matrix(labels, predictions, classes):
    pairs = np.asarray(labels) * classes + np.asarray(predictions)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


@variant("confusion", "one-hot-product")
def confusion_matrix(labels, predictions, classes):
    return (
        np.eye(classes, dtype=int)[labels].T @ np.eye(classes, dtype=int)[predictions]
    )


@variant("confusion", "lists")
def confusion_matrix(labels, predictions, classes):
    pairs = list(zip(labels, predictions))
    rows = [[pairs.count((i, j)) for j in range(classes)] for i in range(classes)]
    return np.array(rows)


@variant("confusion", "lists-of-counts")
def confusion_matrix(labels, predictions, classes):
    rows = [[0] * classes for _ in range(classes)]
    for label, prediction in zip(labels, predictions):
        rows[label][prediction] += 1
    return rows


@variant("confusion", "compare-all")
def confusion_matrix(labels, predictions, classes):
    everything = np.arange(classes)
    is_row = labels == everything[:, None, None]
    is_column = predictions == everything[None, :, None]
    return (is_row & is_column).sum(axis=2)


# Saliency
# --------


@variant("saliency", "upstream-one-hot")
def saliency(network, image, label):
    x = Tensor(image.reshape(1, *image.shape), requires_grad=True)
    scores = network(x)
    upstream = np.zeros(scores.shape)
    upstream[0, label] = 1
    scores.backward(upstream)
    for p in network.parameters():
        p.grad = None
    return abs(x.grad).max(axis=1)[0]


@variant("saliency", "masked-sum")
def saliency(network, image, label):
    pixels = Tensor(np.stack([image]), requires_grad=True)
    scores = network(pixels)
    mask = np.arange(scores.shape[1]) == label
    (scores * Tensor(mask[None])).sum().backward()
    [p.zero_grad() for p in network.parameters()]
    gradient = pixels.grad[0]
    return np.maximum(gradient.max(axis=0), -gradient.min(axis=0))


@variant("saliency", "without-tracking-parameters")
def saliency(network, image, label):
    parameters = network.parameters()
    for p in parameters:
        p.requires_grad = False
    x = Tensor(image[None], requires_grad=True)
    network(x)[0, int(label)].backward()
    for p in parameters:
        p.requires_grad = True
    return np.abs(x.grad[0]).max(0)


@variant("saliency", "float64")
def saliency(network, image, label):
    x = Tensor(image[None], requires_grad=True, dtype=np.float64)
    network(x)[0][label].backward()
    tt.SGD(network.parameters()).zero_grad()
    return np.sqrt(np.max(x.grad[0] ** 2, axis=0))
