# ---
# jupyter:
#   course:
#     points: 40
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Milestone: a convolutional network
#
# > Your own package learns to read digits; the same code is ready for CIFAR-10.
#
# Every number in this notebook is computed by code that you can read, most of it your
# own: tensors, layers, losses and optimizers from modules 01 to 08, convolution and
# pooling from module 09, and the fast functions of module 18 in their place. You draw a
# digit, and your network reads it.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %% [markdown]
# ## What comes out
#
# Two networks with 3,730 trained numbers each learn the same digits. Then each digit is
# moved by one pixel: without convolution 32 % of them are still read right, with
# convolution 52 % (means of two starts). On this page you measure it, and see what both
# lack.

# %% tags=["skip-grading"]
from tinytorch.plans import plan

plan(
    ("a digit", (1, 8, 8)),
    ("Conv2d, ReLU", (8, 8, 8)),
    ("MaxPool2d", (8, 4, 4)),
    ("Conv2d, ReLU", (16, 4, 4)),
    ("MaxPool2d", (16, 2, 2)),
    ("Linear", (10,)),
)

# %% [markdown]
# **How hard, how long.** The five tasks are shorter than those of module 09: three to five
# hours.

# %% [markdown]
# ## What you will be able to do
#
# - build a network for images of any size, and say how many numbers each layer trains;
# - write the training loop, and know what each of its lines would break if it were gone;
# - see what the network confuses, and which pixels it decided by;
# - compare two kinds of networks fairly;
# - say how long a training run will take before you start it.

# %% [markdown] tags=["points"]

# %% tags=["tasks"]

# %% [markdown]
# ## What you need
#
# Your layers of module 09, exported by `python -m tinytorch.export spatial.ipynb`, typed in
# that notebook's folder, and to train in seconds the fast functions of module 18: its tasks
# up to `conv2d-backward`, exported in the same way, are enough. Cells
# with the tag `skip-grading` draw, train or take the time: they are for you, and graders do
# not run them.
#
# SciPy's and scikit-learn's functions are not accepted in place of your own.
#
# Long checks, and what draws, are folded to one line: run these cells too, a click opens
# them. The first cell asks for one thread. The matrix products here are small, and threads that
# share little work spend their time waiting for each other.

# %%
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when NumPy is imported

# %%
import time
from pathlib import Path

import numpy as np
from numpy.random import default_rng

import tinytorch as tt
from tinytorch import SGD, Adam, CosineSchedule, CrossEntropyLoss, Flatten, Linear
from tinytorch import ReLU, Sequential, Tensor, manual_seed, use
from tinytorch.core.spatial import Conv2d, MaxPool2d

# %% [markdown]
# From here on your layers take the fast road: the last line says whose functions they
# compute with. Where module 18 is missing, the cell says so: then the loops give the same
# numbers, this page trains a smaller network on fewer digits, and each training says,
# after its first batch, how long it takes.

# %%
from tinytorch.core import spatial

try:
    use("fast")
    FAST = True
except RuntimeError as error:
    print(f"with the loops, and a smaller network: {error}")
    FAST = False
spatial.conv2d_forward.__module__

# %% tags=["skip-grading"]
from tinytorch.pictures import show
from tinytorch.progress import paced, paced_by, patience

with patience("loading Matplotlib, which draws"):
    import matplotlib.pyplot as plt

plt.rcParams["figure.constrained_layout.use"] = True

# %% [markdown]
# ## The digits
#
# Handwritten digits of 8x8 pixels, from scikit-learn. Every fifth is held out: the network
# never trains on it.

# %% tags=["skip-grading"]
(images, labels), (test_images, test_labels) = tt.datasets.digits()
images.shape, test_images.shape

# %% tags=["skip-grading"]
figure, axes = plt.subplots(2, 10, figsize=(9, 2.2))
for digit, column in enumerate(axes.T):
    for axis, image in zip(column, images[labels == digit], strict=False):
        axis.imshow(image[0], cmap="gray")
        axis.set(xticks=[], yticks=[])
    column[0].set_title(digit)
show(
    figure,
    alt="Two examples of each digit from 0 to 9, eight by eight pixels, bright strokes "
    "on black; some are hard to tell for a human, too.",
)

# %% [markdown]
# ## The network
#
# LeCun's LeNet-5 of 1998 alternates convolution and pooling, and ends in ordinary layers.
# Ours has the same plan. Convolution finds patterns, ReLU keeps what is found, pooling
# halves height and width; after two such rounds one linear layer weighs the evidence.

# %% [markdown]
# | layer | a batch of B digits becomes |
# | --- | --- |
# | `Conv2d`, 3x3, padding 1 | (B, 8, 8, 8) |
# | `ReLU` | the same |
# | `MaxPool2d(2)` | (B, 8, 4, 4) |
# | `Conv2d`, 3x3, padding 1 | (B, 16, 4, 4) |
# | `ReLU` | the same |
# | `MaxPool2d(2)` | (B, 16, 2, 2) |
# | `Flatten` | (B, 64) |
# | `Linear` | (B, 10) |

# %% [markdown]
# **Task `network`.** Write `lenet`: it returns these eight layers as a `Sequential`, for
# square images of any size from 4 on, any number of channels and classes. `filters` are
# the output channels of the first and of the second convolution. What comes out are
# scores, one for each class; the loss makes probabilities of them. The layers keep the
# random weights that they come with: filters that begin alike would stay alike.


# %% nbgrader={"grade": false, "grade_id": "network", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lenet(
    channels: int, size: int, classes: int, filters: tuple[int, int] = (8, 16)
) -> Sequential:
    """Return a network with two convolutions for images (B, channels, size, size).

    Parameters
    ----------
    channels
        Of the images: 1 for grey, 3 for colour.
    size
        Height and width of the images in pixels, 4 or more.
    classes
        How many scores come out: (B, classes).
    filters
        Output channels of the first and of the second convolution.
    """
    ### BEGIN SOLUTION
    first, second = filters
    left = size // 2 // 2  # pixels along each axis after two poolings
    return Sequential(
        Conv2d(channels, first, 3, padding=1),
        ReLU(),
        MaxPool2d(2),
        Conv2d(first, second, 3, padding=1),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(second * left * left, classes),
    )
    ### END SOLUTION


# %% [markdown]
# **Check.** The shapes of what is trained, for digits and for colour images of 7x7 pixels;
# then one image whose way through the layers can be followed by hand.

# %% nbgrader={"grade": true, "grade_id": "test-network", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check

check = Check("network", lenet)
digits, colours = (
    check("digits", 1, 8, 10).value(),
    check("7x7", 3, 7, 5, (2, 3)).value(),
)
sizes = np.concatenate([parameter.data.shape for parameter in digits.parameters()])
check("digits: weight and bias of each layer").compare(
    sizes, [8, 1, 3, 3, 8, 16, 8, 3, 3, 16, 64, 10, 10]
)
sizes = np.concatenate([parameter.data.shape for parameter in colours.parameters()])
check("7x7, filters (2, 3): weight and bias of each layer").compare(
    sizes, [2, 3, 3, 3, 2, 3, 2, 3, 3, 3, 3, 5, 5]
)
alike = [float(np.ptp(p.data) == 0) for p in digits.parameters() if p.data.ndim > 1]
check("digits: whether all weights of a layer begin alike").compare(alike, [0, 0, 0])
scores = check.of(colours)("three pictures", Tensor(np.zeros((3, 3, 7, 7)))).value()
check("three pictures: five scores each").compare(scores.shape, (3, 5))

# Six less than each pixel's right neighbour; then the sum of what is left, once as it is,
# once negative.
hand, beside = (
    check("one and two filters", 1, 4, 2, (1, 2)).value(),
    np.zeros((1, 1, 3, 3)),
)
beside[0, 0, 1, 2] = 1
sums = np.ones((2, 1, 3, 3)) * np.array([1.0, -1.0]).reshape(2, 1, 1, 1)
values = [beside, [-6.0], sums, [0.0, 0.0], [[1.0, -1.0], [1.0, 1.0]], [0.0, -100.0]]
for parameter, value in zip(hand.parameters(), values, strict=True):
    parameter.data = np.array(value)
picture = [[1.0, 2, 13, 4], [15, 6, 7, 8], [3, 7, 5, 0], [2, 1, 4, 2]]
# The largest of each 2x2 of these: 13, 8, 7, 2; less six, and none below zero: 7 + 2 + 1.
check.of(hand)("an image by hand", Tensor(np.array([[picture]]))).gives([[10, -110]])
check.done("the eight layers, in their order and size")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>network</code></summary>
#
# 1. What does each layer need to know about what the layer before it gives?
# 2. Go down the table above: the numbers in it are those of a digit. For which of them
#    does the picture's size matter, for which the filters?
# 3. The second convolution takes as many channels as the first one gives. Each pooling
#    halves the side and rounds down. The linear layer takes all numbers that are left of
#    an image: the second number of filters, times the side, times the side.
#
# </details>

# %% [markdown]
# What it trains, layer by layer: weight and bias of each. Most of the numbers are in the
# second convolution.

# %% tags=["skip-grading"]
network = lenet(1, 8, 10)
for parameter in network.parameters():
    print(f"{parameter.size:5}  {parameter.shape}")
print(f"{sum(p.size for p in network.parameters()):5}  in all")

# %% [markdown]
# ## Before training
#
# Scores come in batches, and without a record for the way back.


# %% tags=["skip-grading"]
def predict(network, images, batch_size=256):
    """Return the scores of all images as one array, (count, classes)."""
    starts = range(0, len(images), batch_size)
    with tt.no_grad():
        scores = [network(Tensor(images[i : i + batch_size])).data for i in starts]
    return np.concatenate(scores)


# %% tags=["skip-grading"]
def judge(network, images, labels):
    """Return the mean loss and the share that is read right."""
    scores = predict(network, images)
    loss = CrossEntropyLoss()(Tensor(scores), labels).item()
    return loss, float((scores.argmax(axis=1) == labels).mean())


count = len(test_labels) if FAST else 100
held_out = test_images[:count], test_labels[:count]
with patience("reading the held-out digits"):
    loss, accuracy = judge(network, *held_out)
f"loss {loss:.2f}, log 10 is {np.log(10):.2f}; {accuracy:.0%} read right"

# %% [markdown]
# Whoever guesses among ten classes, and knows it, has a loss of log 10. An untrained
# network is somewhat worse: its random scores already favour some classes.

# %% [markdown]
# ## One epoch
#
# An epoch shows the network every image once, in an order drawn anew: a batch is then a
# fair sample, and no two epochs make the same batches. For each batch, in this order:
#
# 1. forget the gradients of the batch before, since `backward` adds to what is there;
# 2. scores, loss, and backward through both;
# 3. one step of the optimizer.

# %% [markdown]
# **Task `train-epoch`.** Write `train_epoch`. The order comes from `rng`, images and labels
# stay together, and the last batch may be smaller. Return the mean loss of an image, as a
# plain number, each image counted with the loss that it had in its own batch.


# %% nbgrader={"grade": false, "grade_id": "train-epoch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_epoch(
    network: Sequential,
    images: np.ndarray,
    labels: np.ndarray,
    optimizer: tt.Optimizer,
    batch_size: int,
    rng: np.random.Generator,
) -> float:
    """Train once on every image, in a random order, one batch after the other.

    Parameters
    ----------
    network
        Gives scores (B, classes) for a Tensor of images.
    images, labels
        Shapes (count, channels, height, width) and (count,). They are not modified.
    optimizer
        Steps once for each batch; it has the network's parameters.
    batch_size
        Images in a batch; the last batch takes what is left.
    rng
        Draws the order.

    Returns
    -------
    float
        The mean of the cross-entropy over all images.
    """
    ### BEGIN SOLUTION
    loss_fn, total = CrossEntropyLoss(), 0.0
    order = rng.permutation(len(images))
    for start in range(0, len(images), batch_size):
        batch = order[start : start + batch_size]
        optimizer.zero_grad()
        loss = loss_fn(network(Tensor(images[batch])), labels[batch])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(images)
    ### END SOLUTION


# %% [markdown]
# **Check.** Four equal images, where the order does not matter: what two steps leave, and
# the mean loss. Then four different ones: each is seen once, in an order drawn anew.

# %% nbgrader={"grade": true, "grade_id": "test-train-epoch", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check

check = Check("train-epoch", train_epoch)
same, zeros = np.ones((4, 1, 1, 1)), np.zeros(4, int)
two = Sequential(Flatten(), Linear(1, 2))
two.layers[1].weight.data, two.layers[1].bias.data = np.zeros((1, 2)), np.zeros(2)
step = SGD(two.parameters(), lr=1.0)
# What is there before belongs to no batch.
two.layers[1].weight.grad = np.array([[3.0, 3.0]])
# Batches of three and one: log 2, a step of a half each way, then log(1 + exp(-2)).
check("mean loss", two, same, zeros, step, 3, default_rng(0)).gives(0.551592)
check("weights after two steps").compare(
    two.layers[1].weight.data, [[0.619203, -0.619203]]
)

four, classes = np.eye(4).reshape(4, 1, 2, 2), np.arange(4)


def epoch(rng):
    """Return how far the weights of each image went: the one alone goes farthest."""
    small = Sequential(Flatten(), Linear(4, 4))
    small.layers[1].weight.data, small.layers[1].bias.data = (
        np.zeros((4, 4)),
        np.zeros(4),
    )
    optimizer = SGD(small.parameters(), lr=0.1)
    check("one epoch", small, four, classes, optimizer, 3, rng).value()
    return np.abs(small.layers[1].weight.data).sum(axis=1)


rng = default_rng(0)
ways = np.array([epoch(rng) for _ in range(20)])
check("images that are left out").compare(np.sum(ways == 0), 0)
check("kinds of images that came last").compare(len(set(ways.argmax(axis=1))), 4)
rng = default_rng(0)
again = np.array([epoch(rng) for _ in range(20)])
check("the order comes from rng").compare(np.abs(again - ways).max(), 0)
small = Sequential(Flatten(), Linear(4, 4))
optimizer, rng = SGD(small.parameters(), lr=1.0), default_rng(0)
for _ in range(30):
    check("30 epochs", small, four, classes, optimizer, 3, rng).value()
predicted = np.argmax(small(Tensor(four)).data, axis=1)
check("after 30 epochs each image is in its class").compare(predicted, [0, 1, 2, 3])
check.done(
    "each image is seen once, in an order from rng, and each batch makes one step"
)

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>train-epoch</code></summary>
#
# 1. What would happen to the step of the second batch if the gradients of the first were
#    still there?
# 2. The three numbered lines above are the body of the loop; the training loop of
#    module 07 has them too.
# 3. Draw a random order of all positions first, and walk through it in steps of the batch
#    size: the same positions pick images and labels. A batch's loss is a mean, so it
#    counts as often as the batch has images; divide by all of them at the end.
#
# </details>

# %% [markdown]
# ## Training
#
# Thirty epochs with Adam. The learning rate falls along a cosine: large steps first, small
# ones to settle. A digit moved by a pixel is still the same digit, so in each epoch about
# half of them are moved, others each time. The held-out digits stay as they are: they are
# judged after each epoch, and never trained on.


# %% tags=["skip-grading"]
def varied(images, rng):
    """Return the images, about half of them moved by up to one pixel."""
    chosen = rng.random((len(images), 1, 1, 1)) < 0.5
    return np.where(chosen, tt.RandomCrop(8, padding=1)(images, rng), images)


# %% tags=["skip-grading"]
# With the loops: a smaller network, and fewer digits.
EPOCHS, FILTERS, few = (30, (32, 64), len(images)) if FAST else (8, (4, 8), 600)
manual_seed(0)
rng = default_rng(0)
network = lenet(1, 8, 10, FILTERS)
filters_before = network.layers[0].weight.data.copy()
optimizer = Adam(network.parameters())
schedule = CosineSchedule(0.004 if FAST else 0.02, 0.0001, total_epochs=EPOCHS)

# %% tags=["skip-grading"]
losses, judged = [], [judge(network, *held_out)]
start = time.perf_counter()
with paced_by(optimizer, EPOCHS * len(range(0, few, 32)), "batches"):
    for epoch in range(EPOCHS):
        optimizer.lr = schedule.get_lr(epoch)
        moved = varied(images[:few], rng)
        losses.append(train_epoch(network, moved, labels[:few], optimizer, 32, rng))
        judged.append(judge(network, *held_out))
seconds = time.perf_counter() - start
accuracy = judged[-1][1]
f"{accuracy:.1%} of the held-out digits read right, after {seconds:.0f} s"

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 2, figsize=(9, 2.8))
axes[0].semilogy(range(1, EPOCHS + 1), losses, label="training, mean of the epoch")
axes[0].semilogy([loss for loss, _ in judged], "--", label="held out")
axes[0].set(xlabel="epoch", title="loss")
axes[0].legend()
axes[1].plot([share for _, share in judged], "--", color="tab:orange")
axes[1].set(xlabel="epoch", title="held-out digits read right", ylim=(0, 1.02))
show(
    figure,
    alt="Left, the training loss and the held-out loss fall steeply in the first epochs "
    "and slowly after, close to each other. Right, the share of held-out digits read right "
    f"rises steeply in the first epochs and ends at {accuracy:.1%}.",
)

# %% [markdown]
# The training loss is the mean of an epoch in which the network was still learning, and
# of digits that were moved; so it may well lie above the held-out one. Where it falls and
# the held-out loss rises for long, the network learns its training digits by heart.
#
# The next cell is the milestone's goal; the small network of the loops has a lower one. If
# it fails, the curves say where to look: a loss
# that does not fall, or one that falls for the training digits alone.

# %% tags=["skip-grading"]
GOAL = 0.98 if FAST else 0.8
assert accuracy >= GOAL, (
    f"the goal is {GOAL:.0%} of the held-out digits, {accuracy:.1%}"
)

# %% [markdown]
# ## Your own digit
#
# Draw one, press Copy, and paste it between the quotes of the next cell. What does your
# network read, and how sure is it? (Without a pad: `tt.photo("my.jpg", digit=True)`.)

# %% tags=["skip-grading"]
tt.pad()

# %% tags=["skip-grading"]
mine = tt.drawing(
    "00000000 0ceeeeg0 00000cc0 00000g60 00006e00 0000g600 000cc000 000g4000"
)
scores = predict(network, mine[None, None])[0]
shares = np.exp(scores - scores.max())
shares /= shares.sum()
for digit in shares.argsort()[:-4:-1]:
    print(f"{digit}: {shares[digit]:.0%}")

# %% [markdown]
# The same digit one pixel to the left, to the right, up and down: is it still read?

# %% tags=["skip-grading"]
ways = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
for way, by in ways.items():
    moved = np.roll(mine, by, axis=(0, 1))
    print(f"{way}: read as a {predict(network, moved[None, None])[0].argmax()}")

# %% [markdown]
# ## The filters, before and after
#
# Each filter of the first layer looks at 3x3 pixels. It began as noise, and training adds
# to the noise what the digits ask for: the last row. Violet is above zero, orange below,
# and each row has its own scale.

# %% tags=["skip-grading"]
filters_after = network.layers[0].weight.data
change = filters_after - filters_before
largest = np.abs(filters_after).max()
banks = {"before": filters_before, "after": filters_after, "change": change}
changes = np.abs(change).mean(axis=(1, 2, 3))
most = changes.argsort()[::-1][:8]  # those that have changed most
f"a weight has changed by {changes.mean():.2f} on average, the largest is {largest:.2f}"

# %% tags=["skip-grading"]
figure, axes = plt.subplots(3, len(most), figsize=(8, 3.2), squeeze=False)
for row, (title, bank) in zip(axes, banks.items(), strict=True):
    row[0].set_ylabel(title)
    for axis, kernel in zip(row, bank[most], strict=True):
        largest = np.abs(bank[most]).max()
        axis.imshow(kernel[0], cmap="PuOr", vmin=-largest, vmax=largest)
        axis.set(xticks=[], yticks=[])
show(
    figure,
    alt="The filters of 3 by 3 that changed most, in three rows: before training, after it, "
    "and the difference, in which many have a violet and an orange side.",
)

# %% [markdown]
# The maps of one digit after the ReLU, those first that answer most. A pixel of a map is
# bright where its filter fits; where it does not, the ReLU leaves black.

# %% tags=["skip-grading"]
digit = Tensor(test_images[:1])
maps = network.layers[1](network.layers[0](digit)).data[0]
maps = maps[maps.max(axis=(1, 2)).argsort()[::-1]]

# %% tags=["skip-grading"]
figure, axes = plt.subplots(2, 9, figsize=(10, 2.5))
axes[1, 0].axis("off")
axes[0, 0].set_title(f"a {test_labels[0]}")
axes[0, 0].imshow(test_images[0, 0], cmap="gray")
for axis, image in zip(axes[:, 1:].flat, maps[:16], strict=False):
    axis.imshow(image, cmap="gray", vmin=0)
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])
show(
    figure,
    alt="A held-out digit, and the maps of it that answer most: some show its strokes, some "
    "one side of them.",
)

# %% [markdown]
# ## What it confuses
#
# One number hides which mistakes are made. The *confusion matrix* counts them: in row i
# and column j stands how often an image of class i was taken for class j.
#
# **Task `confusion`.** Write `confusion_matrix`. Rows are the truth, columns what the
# network says; a class that never occurs has a row of zeros.


# %% nbgrader={"grade": false, "grade_id": "confusion", "locked": false, "schema_version": 3, "solution": true, "task": false}
def confusion_matrix(
    labels: np.ndarray, predictions: np.ndarray, classes: int
) -> np.ndarray:
    """Count how often each class was taken for each.

    Parameters
    ----------
    labels, predictions
        Classes from 0 on, both of shape (count,): the truth, and what was predicted.
        They are not modified.
    classes
        How many there are.

    Returns
    -------
    np.ndarray
        Whole numbers, shape (classes, classes): row of the truth, column of the
        prediction.
    """
    ### BEGIN SOLUTION
    matrix = np.zeros((classes, classes), dtype=int)
    for label, prediction in zip(labels, predictions, strict=True):
        matrix[label, prediction] += 1
    return matrix
    ### END SOLUTION


# %% [markdown]
# **Check.** Five images of four classes: two 0 are seen, one is taken for a 1, the only 2 as
# well, and there is no 3.

# %% nbgrader={"grade": true, "grade_id": "test-confusion", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check

check = Check("confusion", confusion_matrix)
seen, taken_for = np.array([1, 0, 2, 0, 0]), np.array([1, 0, 1, 0, 1])
found = check("five images", seen, taken_for, 4).gives(
    [[2, 1, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
)
kind = np.asarray(found.value()).dtype
said = "whole numbers" if np.issubdtype(kind, np.integer) else f"numbers of {kind}"
check("the counts").compare(said, "whole numbers")
many = np.zeros(300, int)
check("300 images of one class", many, many, 1).gives([[300]])
check.done("each image is counted in its row and column")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>confusion</code></summary>
#
# 1. Into which cell does an image go of which you know the label and the prediction?
# 2. Count the four images of the check by hand, one after the other, into a square of
#    nine zeros.
# 3. Walk through labels and predictions together and add one to the cell of each pair.
#    If you would rather count all pairs at once: a pair that occurs several times must
#    be counted several times.
#
# </details>

# %% tags=["skip-grading"]
with patience("reading the held-out digits"):
    scores = predict(network, test_images)
predictions = scores.argmax(axis=1)
matrix = confusion_matrix(test_labels, predictions, 10)
wrong = len(test_labels) - np.trace(matrix)
f"{wrong} of {len(test_labels)} held-out digits are taken for another"

# %% tags=["skip-grading"]
figure, axis = plt.subplots(figsize=(4.6, 4.2))
axis.imshow(matrix, cmap="cividis")
for (i, j), count in np.ndenumerate(matrix):
    if count:
        colour = "w" if count < matrix.max() / 2 else "k"
        axis.text(j, i, count, ha="center", va="center", color=colour)
axis.set(xlabel="taken for", ylabel="is", xticks=range(10), yticks=range(10))
show(
    figure,
    alt=f"The confusion matrix of the ten digits: {np.trace(matrix)} of them on the "
    f"diagonal, {wrong} beside it.",
)

# %% [markdown]
# ## What it looked at
#
# How much would the score of a class change if one pixel were a little brighter? That is
# a gradient, and your package computes it: backward not to the weights, but to the image.
# Its absolute value, pixel by pixel, is the *saliency* (Simonyan and others, 2013).
#
# **Task `saliency`.** Write `saliency`: the absolute gradient of the label's own score,
# neither of the loss nor of a probability, for each pixel; of several channels the largest
# counts. `backward` also leaves gradients in the network's parameters: forget them.


# %% nbgrader={"grade": false, "grade_id": "saliency", "locked": false, "schema_version": 3, "solution": true, "task": false}
def saliency(network: Sequential, image: np.ndarray, label: int) -> np.ndarray:
    """Return how strongly each pixel moves the score of a class.

    Parameters
    ----------
    network
        Gives scores (B, classes) for a Tensor of images. Its parameters are left
        without gradients.
    image
        One image, shape (channels, height, width).
    label
        The class whose score is asked for.

    Returns
    -------
    np.ndarray
        Shape (height, width), no number below zero.
    """
    ### BEGIN SOLUTION
    pixels = Tensor(image[np.newaxis], requires_grad=True)
    score = network(pixels)[0, label]
    score.backward()
    for parameter in network.parameters():
        parameter.zero_grad()
    return np.abs(pixels.grad[0]).max(axis=0)
    ### END SOLUTION


# %% [markdown]
# **Check.** A linear layer with a ReLU, whose gradient is its weights: one image of two
# channels, each with two pixels, and the weights of class 1. Nothing is left behind.

# %% nbgrader={"grade": true, "grade_id": "test-saliency", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check

check = Check("saliency", saliency)
small = Sequential(Flatten(), Linear(4, 2), ReLU())
small.layers[1].weight.data = np.array([[9.0, -7], [9, -3], [9, 5], [9, 6]])
# The first pixel has -7 and 5 in the two channels, the second -3 and 6: 7 and 6.
check("class 1", small, np.full((2, 1, 2), 2.0), 1).gives([[7, 6]])
left = [parameter.grad for parameter in small.parameters()]
left = sum(np.sum(gradient != 0) for gradient in left if gradient is not None)
check("gradients left in the network").compare(left, 0)
small(Tensor(np.ones((1, 2, 1, 2)))).sum().backward()
check("the network can still be trained").compare(
    small.layers[1].weight.grad[0], [1, 1]
)
check.done("the gradient of one score, largest over the channels")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>saliency</code></summary>
#
# 1. Which Tensor needs a gradient here that needs none in training?
# 2. Look at how `train_epoch` goes back, and take one score where it takes the loss. A
#    network wants a batch, also for a single image.
# 3. Make a Tensor of a batch of one that asks for a gradient, pick the label's score from
#    the scores, and go back from it. Then take absolute values first, and only then the
#    largest over the channels. At the end let each parameter forget its gradient.
#
# </details>

# %% [markdown]
# The digit that the network got most wrong: the one whose own score is farthest below
# the best of the others. Which pixels spoke for the truth, which for the mistake?

# %% tags=["skip-grading"]
others = scores.copy()
others[np.arange(len(scores)), test_labels] = -np.inf
lead = scores[np.arange(len(scores)), test_labels] - others.max(axis=1)
worst = int(lead.argmin())
truth, other = int(test_labels[worst]), int(others[worst].argmax())
picture = test_images[worst]
verdict = "taken for" if lead[worst] < 0 else "almost"
panels = {f"a {truth}, {verdict} a {other}": (picture[0], "gray")}
for digit in (truth, other):
    panels[f"score of {digit}"] = (saliency(network, picture, digit), "cividis")

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 3, figsize=(7, 2.6))
for axis, (title, (image, colours)) in zip(axes, panels.items(), strict=True):
    axis.imshow(image, cmap=colours)
    axis.set(title=title, xticks=[], yticks=[])
show(
    figure,
    alt=f"A digit that is a {truth} and {verdict} a {other}, and the saliency of both "
    "scores, bright where a pixel moves the score most: few pixels decide, and not the "
    "same ones for both.",
)

# %% [markdown]
# Saliency says what the score is sensitive to, not why. Pixels where the picture is black
# can be bright here: ink in that place would change the answer.

# %% [markdown]
# ## Is it the convolution?
#
# A fair comparison changes one thing. Two networks with the same number of parameters,
# trained alike on digits in the middle of a frame of 12x12 pixels: a multilayer perceptron
# (MLP) with one hidden layer, and your network. Then both are tested on shifted digits.


# %% tags=["skip-grading"]
def framed(images, down=0, right=0):
    """Return 8x8 images in a black frame of 12x12, moved from the middle."""
    frame = np.zeros((len(images), 1, 12, 12), np.float32)
    frame[:, :, 2 + down : 10 + down, 2 + right : 10 + right] = images
    return frame


def mlp(size, hidden, classes):
    """Return a network with one hidden layer."""
    return Sequential(
        Flatten(), Linear(size * size, hidden), ReLU(), Linear(hidden, classes)
    )


# %% tags=["skip-grading"]
manual_seed(0)
hidden, filters = (24, (10, 20)) if FAST else (7, (3, 9))
pair = {"MLP": mlp(12, hidden, 10), "CNN": lenet(1, 12, 10, filters)}
counts = {name: sum(p.size for p in net.parameters()) for name, net in pair.items()}
assert abs(counts["MLP"] - counts["CNN"]) <= 0.02 * counts["CNN"], counts
counts

# %% tags=["skip-grading"]
start = time.perf_counter()
few, size = (len(images), 32) if FAST else (300, 8)
for name, net in pair.items():
    optimizer, rng = Adam(net.parameters()), default_rng(0)
    schedule = CosineSchedule(0.005 if FAST else 0.02, 0.0001, total_epochs=10)
    with paced_by(optimizer, 10 * len(range(0, few, size)), f"batches of the {name}"):
        for epoch in range(10):
            optimizer.lr = schedule.get_lr(epoch)
            train_epoch(net, framed(images[:few]), labels[:few], optimizer, size, rng)
f"both trained in {time.perf_counter() - start:.1f} s"


# %% tags=["skip-grading"]
def shares_by_shift(net):
    """Return the share read right for shifts of 0, 1 and 2 pixels, any direction."""
    shares, tested = [[], [], []], len(test_images) if FAST else 60
    shifts = [(down, right) for down in range(-2, 3) for right in range(-2, 3)]
    for down, right in paced(shifts, "shifts"):
        moved = framed(test_images[:tested], down, right)
        share = judge(net, moved, test_labels[:tested])[1]
        shares[max(abs(down), abs(right))].append(share)
    return [float(np.mean(found)) for found in shares]


by_shift = {name: shares_by_shift(net) for name, net in pair.items()}
by_shift

# %% tags=["skip-grading"]
figure, axis = plt.subplots(figsize=(5, 3))
for (name, shares), style in zip(by_shift.items(), ("s--", "o-"), strict=True):
    axis.plot(shares, style, label=f"{name}, {counts[name]} parameters")
axis.set(xlabel="shift in pixels", title="read right, trained on centred digits")
axis.set(xticks=[0, 1, 2], ylim=(0, 1.02))
axis.legend(loc="lower left")
show(
    figure,
    alt="Two falling curves over shifts of 0, 1 and 2 pixels. The MLP falls from "
    f"{by_shift['MLP'][0]:.0%} over {by_shift['MLP'][1]:.0%} to {by_shift['MLP'][2]:.0%}, "
    f"the CNN from {by_shift['CNN'][0]:.0%} over {by_shift['CNN'][1]:.0%} to "
    f"{by_shift['CNN'][2]:.0%}.",
)

# %% [markdown]
# To the MLP a digit one pixel to the right is another set of inputs. The CNN's filters
# answer the same, one pixel to the right, and pooling forgets some of that pixel. Not all:
# the linear layer at the end still knows places. What changes if the training digits are
# shifted, too?

# %% [markdown]
# ## CIFAR-10: how long will it take?
#
# Colour pictures of 32x32 pixels, ten kinds of things, 50,000 to train on and 10,000 held
# out (Krizhevsky, 2009). Before a long run, measure a short one: the time of a step does
# not depend on what is in the pictures, so random numbers of the same shape will do.


# %% tags=["skip-grading"]
def seconds_of_step(network, batch_size, steps):
    """Return the median time of a training step on random pictures."""
    rng, times = default_rng(0), []
    optimizer = Adam(network.parameters())
    for _ in range(1 + steps):  # the first one warms up
        pictures = rng.random((batch_size, 3, 32, 32), dtype=np.float32)
        kinds = rng.integers(0, 10, batch_size)
        start = time.perf_counter()
        train_epoch(network, pictures, kinds, optimizer, batch_size, rng)
        times.append(time.perf_counter() - start)
    return float(np.median(times[1:]))


# %% tags=["skip-grading"]
seconds_of_epoch = {}
batch_size, steps = (100, 5) if FAST else (1, 1)
sizes = ((8, 16), (16, 32), (32, 64)) if FAST else ((8, 16), (16, 32))
nets = {filters: lenet(3, 32, 10, filters) for filters in sizes}
for filters in nets:
    with patience(f"steps of {filters}"):
        step = seconds_of_step(nets[filters], batch_size, steps)
    seconds_of_epoch[filters] = step * 50_000 / batch_size
print("filters    parameters   s per epoch   min for 10 epochs")
for filters, epoch in seconds_of_epoch.items():
    parameters = sum(p.size for p in nets[filters].parameters())
    print(f"{filters!s:10} {parameters:10} {epoch:13.0f} {10 * epoch / 60:19.1f}")

# %% [markdown]
# These are the median time of five steps (of one, with the loops), times the number of
# batches of an epoch, on the machine that ran this page; judging the held-out pictures is
# not in it.

# %% [markdown]
# ## The loop for a long run
#
# A long run needs two things more: to show how far it is, and to go on after an
# interruption. The `Trainer` of module 07 does what your `train_epoch` does and writes
# checkpoints; a loader can show its own progress.


# %% tags=["skip-grading"]
class ShownLoader(tt.DataLoader):
    """A DataLoader that prints how far its epoch is, in one line."""

    def __iter__(self):
        """Give the batches; add a mark to the line up to twenty times."""
        number, start = self.epoch, time.perf_counter()
        every = 1 + len(self) // 20
        for done, batch in enumerate(super().__iter__(), 1):
            yield batch
            if done == every:
                whole = (time.perf_counter() - start) * len(self) / done
                print(f"epoch {number}, about {whole:.0f} s: ", end="")
            if done % every == 0:
                print("#", end="", flush=True)
        print(f" {time.perf_counter() - start:.0f} s")


# %% [markdown]
# A mirrored thing is the same thing, a mirrored digit is not. So this loader mirrors half
# of the pictures, and moves each by up to two pixels.


# %% tags=["skip-grading"]
def loaders(data, batch_size):
    """Return a loader of varied training pictures, and one of those held out."""
    train, held_out = (tt.TensorDataset(*part) for part in data)
    vary = tt.Compose([tt.RandomHorizontalFlip(), tt.RandomCrop(32, padding=2)])
    shown = ShownLoader(train, batch_size, shuffle=True, seed=0, transform=vary)
    return shown, tt.DataLoader(held_out, 500)


# %% [markdown]
# After each epoch a checkpoint is written: the parameters, what Adam remembers, and the
# history, as `.npz`. A run that finds one goes on from it.


# %% tags=["skip-grading"]
def train_cifar(data, epochs, checkpoint, filters=(32, 64), batch_size=100):
    """Train until ``epochs`` epochs are done in all; return the Trainer."""
    manual_seed(0)
    network = lenet(3, 32, 10, filters)
    schedule = CosineSchedule(0.002, 0.00002, total_epochs=10)
    optimizer, loss_fn = Adam(network.parameters()), CrossEntropyLoss()
    trainer = tt.Trainer(network, optimizer, loss_fn, schedule, progress=False)
    train, held_out = loaders(data, batch_size)
    if Path(checkpoint).is_file():
        trainer.load_checkpoint(checkpoint)
    while trainer.epoch < epochs:
        trainer.fit(train, trainer.epoch + 1, held_out)
        trainer.save_checkpoint(checkpoint)
    return trainer


# %% [markdown]
# A rehearsal needs pictures of that shape with something in them to learn: digits, each of
# their pixels four high and four wide, in one random colour on another. Some have hardly
# any contrast, and the loader mirrors and moves them as it will the real ones.


# %% tags=["skip-grading"]
def coloured(images, seed):
    """Return 8x8 digits as pictures (count, 3, 32, 32) of two colours each."""
    paper, ink = default_rng(seed).random((2, len(images), 3, 1, 1), dtype=np.float32)
    strokes = images.repeat(4, axis=2).repeat(4, axis=3)
    return paper + (ink - paper) * strokes


rehearsal = (coloured(images, 0), labels), (coloured(test_images, 1), test_labels)
figure, axes = plt.subplots(1, 10, figsize=(9, 1.2))
for axis, picture, label in zip(axes, rehearsal[0][0], labels, strict=False):
    axis.imshow(picture.transpose(1, 2, 0))
    axis.set(title=label, xticks=[], yticks=[])
show(
    figure,
    alt="Ten digits in colour, each in one colour on another: most are easy to read, one "
    "or two hardly stand out.",
)

# %% [markdown]
# First the checkpoint's promise. Two epochs in one go, and one epoch, an interruption, and
# the second: both must give the same numbers, to the last bit.

# %% tags=["skip-grading"]
import tempfile

count = 300 if FAST else 10
few = [(pictures[:count], kinds[:count]) for pictures, kinds in rehearsal]
with tempfile.TemporaryDirectory() as folder:
    whole = train_cifar(few, 2, f"{folder}/whole.npz", filters=(4, 8))
    train_cifar(few, 1, f"{folder}/parts.npz", filters=(4, 8))
    resumed = train_cifar(few, 2, f"{folder}/parts.npz", filters=(4, 8))
assert whole.history == resumed.history
resumed.history["loss"]

# %% [markdown]
# Then four epochs, in small batches: there are few pictures.

# %% tags=["skip-grading"]
if FAST:
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        trained = train_cifar(rehearsal, 4, f"{folder}/digits.npz", batch_size=20)
    minutes = (time.perf_counter() - start) / 60
    share = trained.history["val_accuracy"][-1]
else:
    print("with the loops this takes hours: write the first tasks of module 18 for it")

# %% tags=["skip-grading"]
print("pictures          filters    epochs  minutes         held-out read right")
if FAST:
    print(f"coloured digits   (32, 64) {4:8} {minutes:8.1f} measured  {share:.1%}")
for filters, epoch in seconds_of_epoch.items():
    time_needed = f"{10 * epoch / 60:8.1f} computed"
    print(f"CIFAR-10          {filters!s:9}{10:8} {time_needed}  not measured")

# %% [markdown]
# The first line is what this page measured, time and accuracy. Of CIFAR-10 it knows the
# time of a step and nothing else: this course does not carry the files, and nobody has run
# this notebook on them for this page. Photographs are harder than digits; your own run
# will say how much.

# %% [markdown]
# ## The real pictures
#
# Get *CIFAR-10 binary version* from its author's page,
# <https://www.cs.toronto.edu/~kriz/cifar.html>, unpack it beside this notebook, and run the
# cell. Choose the number of epochs by the table above; all the pictures take 737 MB of memory.
# Interrupt it whenever you like, and run it again.

# %% tags=["skip-grading"]
CIFAR = Path("cifar-10-batches-bin")
CIFAR_EPOCHS = 10
if CIFAR.is_dir():
    data = tt.datasets.cifar10(CIFAR)
    trainer = train_cifar(data, CIFAR_EPOCHS, "cifar.npz")
    columns = ("lr", "loss", "val_loss", "val_accuracy")
    print("epoch", *(f"{name:>12}" for name in columns))
    for epoch in range(trainer.epoch):
        row = (trainer.history[name][epoch] for name in columns)
        print(f"{epoch:5}", *(f"{number:12.4f}" for number in row))
else:
    print(f"no folder {CIFAR} here: get the files as said above, then run this cell")

# %% [markdown]
# ## A network to repair
#
# Not graded. This training runs without an error, and hardly learns. Three lines are wrong.
# Look at the losses before you look at the code: what would each mistake do to them?


# %% tags=["skip-grading"]
def train_small(images, labels, epochs=4):
    """Return a trained network and the loss of each epoch. Three lines are wrong."""
    manual_seed(0)
    network = lenet(1, 8, 10, filters=(4, 8))
    network.layers.append(ReLU())
    optimizer, losses = Adam(network.parameters(), lr=1.0), []
    starts = [*range(0, len(images), 32)] * epochs
    for start in paced(starts, "batches"):
        scores = network(Tensor(images[start : start + 32]))
        loss = CrossEntropyLoss()(scores, labels[start : start + 32])
        loss.backward()
        optimizer.step()
        if start == starts[-1]:
            losses.append(loss.item())
    return network, losses


# %% tags=["skip-grading"]
small, losses = train_small(images[:600], labels[:600])
with patience("reading the held-out digits"):
    scores = predict(small, test_images)
share = float((scores.argmax(axis=1) == test_labels).mean())
print("losses:", *(f"{loss:.2f}" for loss in losses), f"  read right: {share:.0%}")
if scores.min() >= 0:
    print("not yet: no score is ever below zero. Which layer lets none through?")
elif share < 0.6:
    print("not yet: 60 % are wanted. Are the steps too long, or the gradients too old?")
else:
    print("repaired")

# %% [markdown]
# <details>
# <summary>The three lines</summary>
#
# A ReLU behind the last layer cuts off every score below zero, so most classes cannot be
# told from each other. A step of Adam moves each weight by about the learning rate: 1.0 is
# larger than the weights themselves, 0.01 is a good beginning. And nothing forgets the
# gradients of the batch before: call the optimizer's `zero_grad` before `backward`.
#
# </details>

# %% [markdown]
# ## To think about
#
# Not graded; each answer is folded.

# %% [markdown]
# <details>
# <summary>The loss falls on the training digits, and rises on the held-out ones. What has
# happened, and what could you change?</summary>
#
# The network learns its digits by heart. More digits, or the same ones varied, fewer
# filters, or fewer epochs; the held-out loss says when to stop.
#
# </details>

# %% [markdown]
# <details>
# <summary>Why does a batch of 32 learn more in an epoch than one of all digits, though both
# see each digit once?</summary>
#
# It makes 45 steps where the other makes one. Each of its gradients is a rougher guess,
# but they are many, and the guesses are right on average.
#
# </details>

# %% [markdown]
# <details>
# <summary>What would make your CNN stand a shift of two pixels?</summary>
#
# Training digits that are shifted as far: then the linear layer sees them in all places.
# Or a mean over all places before it (*global average pooling*), which forgets the place
# altogether.
#
# </details>

# %% [markdown]
# ## Reflection
#
# Read by a person. In about a hundred words: the two networks of the comparison train the
# same number of parameters. Where does each have them, what does each have to learn again
# in every place, and what did your measurement show? Use at least one number that you
# measured.

# %% [markdown] nbgrader={"grade": true, "grade_id": "reflection", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# Nearly all weights of the MLP tie one hidden number to one pixel: what a stroke looks
# like is learned anew in each place where strokes were seen, and in a place where none
# were, nothing is known. The filters of the CNN are used at every place, so a moved stroke
# gives the same answer, moved; pooling then forgets part of the move. So the CNN lost less
# at a shift of one pixel. At two pixels it lost much as well: about half of its weights sit
# in the linear layer, which is tied to places like the MLP.

# %% [markdown] tags=["hand-in"]

# %% [markdown]
# ## Further reading
#
# - LeCun, Bottou, Bengio and Haffner (1998), [*Gradient-based learning applied to document
#   recognition*](https://doi.org/10.1109/5.726791): LeNet-5.
# - Krizhevsky (2009), [*Learning multiple layers of features from tiny
#   images*](https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf): CIFAR-10.
# - Simonyan, Vedaldi and Zisserman (2013), [*Deep inside convolutional
#   networks*](https://arxiv.org/abs/1312.6034): saliency.
# - Zhang (2019), [*Making convolutional networks shift-invariant
#   again*](https://arxiv.org/abs/1904.11486): what pooling does to shifts.

# %% [markdown]
# ## What comes next
#
# You have trained a convolutional network with a package that you wrote. Module 10 turns
# from images to text.
