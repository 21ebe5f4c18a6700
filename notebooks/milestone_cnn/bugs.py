"""The bug bank of the milestone: mistakes that people make, cell by cell.

A mistake is the reference solution with a few pieces of its text replaced, so that what
is wrong stands here and nothing else. ``proctor gate milestone_cnn`` puts each into an
otherwise right submission: it must lose points in its own cell only, and be named.
"""

from collections.abc import Callable

from proctor.bank import Bug

BUGS: list[Bug] = []


def bugs_of(cell: str) -> Callable[..., None]:
    """Return a function that adds to `BUGS` a mistake in this cell."""

    def add(id: str, title: str, question: str, *replace: tuple[str, str]) -> None:
        BUGS.append(Bug(id, cell, title, question, replace))

    return add


# The network
# -----------

bug = bugs_of("network")

bug(
    "network-first-relu-missing",
    "There is no ReLU after the first convolution",
    "Two convolutions with only pooling between them: where do negative answers of the "
    "first one end?",
    (
        "        ReLU(),\n        MaxPool2d(2),\n        Conv2d(first",
        "        MaxPool2d(2),\n        Conv2d(first",
    ),
)
bug(
    "network-second-relu-missing",
    "There is no ReLU after the second convolution",
    "Which of the eight layers of the table does your network not have?",
    (
        "        ReLU(),\n        MaxPool2d(2),\n        Flatten",
        "        MaxPool2d(2),\n        Flatten",
    ),
)
bug(
    "network-no-relu",
    "There is no ReLU at all",
    "Without anything between them, what are a convolution and a linear layer together?",
    ("        ReLU(),\n", ""),
    ("        ReLU(),\n", ""),
)
bug(
    "network-relu-on-scores",
    "The scores go through a ReLU",
    "May a score be negative? What can the loss learn from two classes that are both "
    "at zero?",
    ("left * left, classes),", "left * left, classes),\n        ReLU(),"),
)
bug(
    "network-softmax-on-scores",
    "The scores go through a softmax",
    "The cross-entropy takes a softmax itself. What does it see if yours came first?",
    (
        "left * left, classes),",
        "left * left, classes),\n        tt.Softmax(),",
    ),
)
bug(
    "network-second-pool-missing",
    "There is only one pooling",
    "After how many of the layers in the table do height and width become half?",
    ("        MaxPool2d(2),\n        Flatten", "        Flatten"),
    ("left = size // 2 // 2", "left = size // 2"),
)
bug(
    "network-average-pool",
    "The pooling takes the mean, not the largest",
    "What does one strong answer among four become in your pooling, and what should it?",
    ("MaxPool2d(2)", "tt.AvgPool2d(2)"),
    ("MaxPool2d(2)", "tt.AvgPool2d(2)"),
)
bug(
    "network-overlapping-pool",
    "The pooling's windows overlap",
    "How many pixels wide is the window of the table's pooling, and how far does it move?",
    ("MaxPool2d(2)", "MaxPool2d(3, 2, 1)"),
    ("MaxPool2d(2)", "MaxPool2d(3, 2, 1)"),
    ("size // 2 // 2", "-(-(-(-size // 2)) // 2)"),
)
bug(
    "network-no-padding",
    "The convolutions have no padding",
    "How large is a digit of 8 pixels after a convolution of 3x3 without padding?",
    ("first, 3, padding=1)", "first, 3)"),
    ("second, 3, padding=1)", "second, 3)"),
    ("size // 2 // 2", "((size - 2) // 2 - 2) // 2"),
)
bug(
    "network-first-padding-missing-and-counted",
    "The first convolution has no padding",
    "How large is a digit of 8 pixels after a convolution of 3x3 without padding?",
    ("first, 3, padding=1)", "first, 3)"),
    ("size // 2 // 2", "(size - 2) // 2 // 2"),
)
bug(
    "network-second-padding-missing-and-counted",
    "The second convolution has no padding",
    "How large is a map of 4 pixels after a convolution of 3x3 without padding?",
    ("second, 3, padding=1)", "second, 3)"),
    ("size // 2 // 2", "(size // 2 - 2) // 2"),
)
bug(
    "network-kernel-5",
    "The kernels are 5x5",
    "How many weights has one kernel in the table?",
    ("first, 3, padding=1)", "first, 5, padding=2)"),
    ("second, 3, padding=1)", "second, 5, padding=2)"),
)
bug(
    "network-first-kernel-5",
    "The first convolution's kernels are 5x5",
    "How many weights has one kernel of the first convolution in the table?",
    ("first, 3, padding=1)", "first, 5, padding=2)"),
)
bug(
    "network-second-kernel-5",
    "The second convolution's kernels are 5x5",
    "How large are the kernels of the second convolution in the table?",
    ("second, 3, padding=1)", "second, 5, padding=2)"),
)
bug(
    "network-linear-for-8x8",
    "The linear layer fits images of 8x8 alone",
    "How many numbers of a picture of 32x32 are left after two poolings? Does your "
    "linear layer know?",
    ("second * left * left", "second * 2 * 2"),
)
bug(
    "network-linear-not-pooled",
    "The linear layer's size forgets the poolings",
    "How large is one map when it comes to the linear layer?",
    ("size // 2 // 2", "size"),
)
bug(
    "network-linear-one-pool",
    "The linear layer's size counts one pooling",
    "How often was the height halved before the linear layer?",
    ("size // 2 // 2", "size // 2"),
)
bug(
    "network-linear-first-filters",
    "The linear layer's size counts the filters of the first convolution",
    "Whose maps does the linear layer weigh?",
    ("second * left", "first * left"),
)
bug(
    "network-linear-one-axis",
    "The linear layer's size counts one axis of the maps",
    "How many numbers has one map of 2x2? And one of 8x8?",
    ("second * left * left", "second * left"),
)
bug(
    "network-linear-rounded-up",
    "The linear layer's size is rounded up at the first pooling",
    "A map of 7 pixels, in windows of 2: how many full windows are there?",
    ("size // 2 // 2", "(size + 1) // 2 // 2"),
)
bug(
    "network-linear-rounded-up-at-the-end",
    "The linear layer's size is rounded up",
    "An image of 7 pixels, pooled by 2 and again by 2: how many full windows are left?",
    ("size // 2 // 2", "-(-size // 4)"),
)
bug(
    "network-flatten-missing",
    "Nothing turns the maps into one row for each image",
    "What shape has a batch after the last pooling, and which does a linear layer want?",
    ("        Flatten(),\n", ""),
)
bug(
    "network-one-channel",
    "The first convolution always takes one channel",
    "What does your network say to a colour image?",
    ("Conv2d(channels, first", "Conv2d(1, first"),
)
bug(
    "network-ten-classes",
    "There are always ten scores",
    "How many scores should come out for the two classes cat and dog?",
    ("left * left, classes)", "left * left, 10)"),
)
bug(
    "network-filters-ignored",
    "The argument filters is not used",
    "What does your network do differently when it is asked for other filters?",
    ("first, second = filters", "first, second = 8, 16"),
)
bug(
    "network-filters-swapped",
    "The two numbers of filters have changed places",
    "Which of the two convolutions does the first number belong to?",
    ("first, second = filters", "second, first = filters"),
)
bug(
    "network-second-filters-twice",
    "Both convolutions have the second number of filters",
    "Which of the two convolutions does the first number belong to?",
    ("first, second = filters", "_, second = filters\n    first = second"),
)
bug(
    "network-second-conv-in",
    "The second convolution takes the channels of the image",
    "How many channels does the first convolution give?",
    ("Conv2d(first, second", "Conv2d(channels, second"),
)
bug(
    "network-second-conv-out",
    "The second convolution gives as many channels as the first",
    "How many filters has the second convolution of the table?",
    ("Conv2d(first, second", "Conv2d(first, first"),
    ("second * left", "first * left"),
)
bug(
    "network-size-with-fraction",
    "The linear layer's size has a fraction",
    "Of what kind must a number of inputs be, and of what kind is yours?",
    ("size // 2 // 2", "size / 4"),
)
bug(
    "network-other-parameters",
    "The network has other parameters than the table's layers",
    "Count the weights and the biases of the table. How many has your network?",
    ("first, 3, padding=1)", "first, 3, padding=1, bias=False)"),
)
bug(
    "network-sigmoid",
    "There are sigmoids in place of ReLUs",
    "What does the table put after a convolution?",
    ("ReLU()", "tt.Sigmoid()"),
    ("ReLU()", "tt.Sigmoid()"),
)
bug(
    "network-tanh",
    "There is a tanh in the place of each ReLU",
    "What does the table put after a convolution?",
    ("ReLU()", "tt.Tanh()"),
    ("ReLU()", "tt.Tanh()"),
)
bug(
    "network-default-filters",
    "The two default numbers of filters have changed places",
    "How many filters has the first convolution if nobody says it?",
    ("] = (8, 16)", "] = (16, 8)"),
)
bug(
    "network-nothing-returned",
    "Nothing is returned",
    "What does a caller get from your function?",
    ("    return Sequential(", "    Sequential("),
)
bug(
    "network-list-returned",
    "A list of layers stands where layers, or a network, belong",
    "Can a list be called with images?",
    ("    return Sequential(", "    return list(("),
    ("classes),\n    )", "classes),\n    ))"),
)
bug(
    "network-stride-for-pooling",
    "A convolution with stride 2 stands in the place of a pooling",
    "Which of the eight layers of the table does your network not have?",
    ("        MaxPool2d(2),\n        Conv2d(first", "        Conv2d(first"),
    ("first, 3, padding=1)", "first, 3, stride=2, padding=1)"),
)
bug(
    "network-stride-for-second-pooling",
    "A convolution with stride 2 stands in the place of a pooling",
    "Which of the eight layers of the table does your network not have?",
    ("        MaxPool2d(2),\n        Flatten", "        Flatten"),
    ("second, 3, padding=1)", "second, 3, stride=2, padding=1)"),
)
bug(
    "network-pool-before-convolution",
    "All pooling comes before the second convolution",
    "In which order do convolution, ReLU and pooling stand in the table?",
    (
        "        Conv2d(first, second, 3, padding=1),\n"
        "        ReLU(),\n"
        "        MaxPool2d(2),\n",
        "        MaxPool2d(2),\n"
        "        Conv2d(first, second, 3, padding=1),\n"
        "        ReLU(),\n",
    ),
)
bug(
    "network-relu-before-convolution",
    "The first ReLU stands before its convolution",
    "In which order do convolution, ReLU and pooling stand in the table?",
    (
        "        Conv2d(channels, first, 3, padding=1),\n        ReLU(),\n",
        "        ReLU(),\n        Conv2d(channels, first, 3, padding=1),\n",
    ),
)
bug(
    "network-one-pool-by-4",
    "One pooling by 4 stands in the place of two by 2",
    "What does the second convolution see of an image of 8x8 in the table, and what in "
    "yours?",
    (
        "        MaxPool2d(2),\n        Conv2d(first",
        "        Conv2d(first",
    ),
    ("MaxPool2d(2),\n        Flatten", "MaxPool2d(4),\n        Flatten"),
)
bug(
    "network-stride-beside-pooling",
    "A convolution moves by 2, and the pooling halves once more",
    "How wide is an image of 8x8 behind your first convolution, and behind the pooling?",
    ("Conv2d(channels, first, 3, padding=1)", "Conv2d(channels, first, 3, 2, 1)"),
)
# The first or the second: the maps are as large in the end.
bug(
    "network-one-without-padding",
    "One of the convolutions has no padding",
    "How large is a digit of 8 pixels after a convolution of 3x3 without padding?",
    ("channels, first, 3, padding=1)", "channels, first, 3)"),
)
bug(
    "network-first-padded-twice",
    "The first convolution's padding is wider than its kernel needs",
    "How large is a digit of 8 pixels after a convolution of 3x3 with padding 2?",
    ("channels, first, 3, padding=1)", "channels, first, 3, padding=2)"),
)
bug(
    "network-second-padded-twice",
    "The second convolution's padding is wider than its kernel needs",
    "How large is a map of 4 pixels after a convolution of 3x3 with padding 2?",
    ("first, second, 3, padding=1)", "first, second, 3, padding=2)"),
)
bug(
    "network-pool-by-3",
    "The poolings are by 3",
    "How many pixels wide is the window of the table's pooling?",
    ("MaxPool2d(2)", "MaxPool2d(3)"),
    ("MaxPool2d(2)", "MaxPool2d(3)"),
)
bug(
    "network-first-conv-exchanged",
    "Input and output channels of the first convolution are exchanged",
    "Which of the two numbers comes first in `Conv2d`?",
    ("Conv2d(channels, first", "Conv2d(first, channels"),
)
bug(
    "network-linear-exchanged",
    "Inputs and outputs of the linear layer are exchanged",
    "Which of the two numbers comes first in `Linear`?",
    (
        "Linear(second * left * left, classes)",
        "Linear(classes, second * left * left)",
    ),
)

# One epoch
# ---------

bug = bugs_of("train-epoch")

bug(
    "epoch-no-step",
    "No weight ever changes",
    "Follow one weight through your loop: where does its gradient come from, is it still "
    "there when the optimizer steps, and where does it step?",
    ("        optimizer.step()\n", ""),
)
bug(
    "epoch-no-zero-grad",
    "The gradients of earlier batches are not forgotten",
    "`backward` adds to what is there. What is in the gradients at the second batch?",
    ("        optimizer.zero_grad()\n", ""),
)
bug(
    "epoch-zero-grad-once",
    "The gradients are forgotten once in an epoch",
    "How many batches are there, and before how many of them do you forget?",
    ("        optimizer.zero_grad()\n", ""),
    ("    loss_fn, total", "    optimizer.zero_grad()\n    loss_fn, total"),
)
bug(
    "epoch-zero-grad-too-late",
    "The gradients are forgotten before the step uses them",
    "What does the optimizer find in the gradients when it steps?",
    ("        optimizer.zero_grad()\n", ""),
    ("loss.backward()\n", "loss.backward()\n        optimizer.zero_grad()\n"),
)
bug(
    "epoch-no-backward",
    "No gradient is computed",
    "Where do the gradients come from that the optimizer steps along?",
    ("        loss.backward()\n", ""),
)
bug(
    "epoch-one-step",
    "The optimizer steps once in an epoch",
    "How many steps does an epoch of three batches make?",
    ("        optimizer.step()\n", ""),
    ("    return total", "    optimizer.step()\n    return total"),
)
bug(
    "epoch-one-step-for-all",
    "The optimizer steps once in an epoch",
    "How many steps does an epoch of three batches make?",
    (
        "        optimizer.zero_grad()\n",
        "        if start == 0:\n            optimizer.zero_grad()\n",
    ),
    ("        optimizer.step()\n", ""),
    ("    return total", "    optimizer.step()\n    return total"),
)
bug(
    "epoch-one-step-unforgotten",
    "The optimizer steps once in an epoch",
    "How many steps does an epoch of three batches make?",
    ("        optimizer.zero_grad()\n", ""),
    ("        optimizer.step()\n", ""),
    ("    return total", "    optimizer.step()\n    return total"),
)
bug(
    "epoch-last-loss",
    "The loss is that of the last batch",
    "What do you know of the other batches when the loop has ended?",
    ("return total / len(images)", "return loss.item()"),
)
bug(
    "epoch-sum-of-means",
    "The losses of the batches are added, and not divided",
    "Would your number be the same with twice as many images of the same kind?",
    ("total += loss.item() * len(batch)", "total += loss.item()"),
    ("return total / len(images)", "return total"),
)
bug(
    "epoch-mean-of-means",
    "Each batch counts the same, however small it is",
    "The last batch has one image, the others have a hundred. How much should it count?",
    ("total += loss.item() * len(batch)", "total += loss.item()"),
    ("total / len(images)", "total / -(-len(images) // batch_size)"),
)
bug(
    "epoch-sum-of-images",
    "The loss is the sum over all images",
    "Is it a mean if it grows with the number of images?",
    ("return total / len(images)", "return total"),
)
bug(
    "epoch-too-small-mean",
    "The sum of the batches' losses is divided by the number of images",
    "A batch's loss is a mean already. How many numbers did you add, and by how many do "
    "you divide?",
    ("total += loss.item() * len(batch)", "total += loss.item()"),
)
bug(
    "epoch-loss-tensor",
    "The loss is no plain number",
    "What comes back from your function: nothing, a Tensor, or a number?",
    ("loss.item() * len(batch)", "loss * len(batch)"),
)
bug(
    "epoch-last-batch-dropped",
    "The last, smaller batch is left out",
    "Where does your loop stop if the batches do not come out even?",
    (
        "range(0, len(images), batch_size)",
        "range(0, len(images) - batch_size + 1, batch_size)",
    ),
)
bug(
    "epoch-last-batch-always-dropped",
    "The last batch is left out, also where it is full",
    "Six images in batches of three: where does your last batch start?",
    (
        "range(0, len(images), batch_size)",
        "range(0, len(images) - batch_size, batch_size)",
    ),
)
bug(
    "epoch-first-batch-only",
    "The epoch ends after the first batch",
    "How many images has the network seen when your function returns?",
    ("range(0, len(images), batch_size)", "range(0, batch_size, batch_size)"),
)
bug(
    "epoch-no-shuffle",
    "The images come in the order in which they were given",
    "What if the first half of the images were all of one class?",
    ("rng.permutation(len(images))", "np.arange(len(images))"),
)
bug(
    "epoch-own-generator",
    "The order does not come from rng",
    "How can somebody repeat your epoch with the same order?",
    ("rng.permutation", "np.random.default_rng().permutation"),
)
bug(
    "epoch-same-order",
    "Every epoch has the same order",
    "Which number decides your order, and does it change from one epoch to the next?",
    ("rng.permutation", "np.random.default_rng(0).permutation"),
)
bug(
    "epoch-with-replacement",
    "Some images come twice, and others not at all",
    "Does each position occur exactly once in what you draw?",
    ("rng.permutation(len(images))", "rng.integers(0, len(images), len(images))"),
)
bug(
    "epoch-labels-not-shuffled",
    "The images are put in another order than their labels",
    "Which label does the network get for the first image of the first batch?",
    ("labels[batch]", "labels[start : start + batch_size]"),
)
bug(
    "epoch-two-orders",
    "Images and labels are put in two different orders",
    "How often do you draw an order? Which label goes with the first image of a batch?",
    (
        "order = rng.permutation(len(images))\n",
        "images = images[rng.permutation(len(images))]\n"
        "    labels = labels[rng.permutation(len(labels))]\n"
        "    order = np.arange(len(images))\n",
    ),
)
bug(
    "epoch-batches-shuffled",
    "Only the batches are shuffled, not the images in them",
    "Which images share a batch in the first epoch, and which in the second?",
    ("rng.permutation(len(images))", "np.arange(len(images))"),
    (
        "in range(0, len(images), batch_size)",
        "in rng.permutation(range(0, len(images), batch_size))",
    ),
)
bug(
    "epoch-shuffled-in-place",
    "The caller's images and labels are put in another order",
    "What does whoever gave you the arrays find in them afterwards?",
    (
        "    for start",
        "    images[:], labels[:] = images[order], labels[order]\n"
        "    order = np.arange(len(images))\n"
        "    for start",
    ),
)
bug(
    "epoch-squared-error",
    "The loss is a squared error",
    "Which loss does the task ask for?",
    (
        "CrossEntropyLoss(), 0.0",
        "lambda scores, labels: (\n"
        "        (scores - Tensor(np.eye(scores.shape[1])[labels])) ** 2\n"
        "    ).mean(), 0.0",
    ),
)
bug(
    "epoch-softmax-first",
    "A softmax stands before the loss",
    "The cross-entropy takes a softmax itself. What does it see if yours came first?",
    (
        "network(Tensor(images[batch]))",
        "tt.Softmax()(network(Tensor(images[batch])))",
    ),
)
bug(
    "epoch-summed-loss",
    "The steps are as long as for the sum of the losses",
    "Twice as many images in a batch: should the step be twice as long?",
    ("CrossEntropyLoss(), 0.0", "CrossEntropyLoss(reduction='sum'), 0.0"),
    ("loss.item() * len(batch)", "loss.item()"),
)
bug(
    "epoch-loss-after-step",
    "The loss is taken after the step",
    "Which network gave the scores that the step came from?",
    (
        "loss.item() * len(batch)",
        "loss_fn(network(Tensor(images[batch])), labels[batch]).item() * len(batch)",
    ),
)
bug(
    "epoch-two-steps",
    "The optimizer steps twice for each batch",
    "How many steps does an epoch of three batches make?",
    (
        "        optimizer.step()\n",
        "        optimizer.step()\n        optimizer.step()\n",
    ),
)
bug(
    "epoch-times-batch-size",
    "Each batch counts as if it were full",
    "The last batch has one image, the others have a hundred. How much should it count?",
    ("loss.item() * len(batch)", "loss.item() * batch_size"),
)
bug(
    "epoch-fixed-batch",
    "A batch always has 32 images",
    "Which argument says how many images a batch has?",
    ("start : start + batch_size]", "start : start + 32]"),
)
bug(
    "epoch-one-image-a-batch",
    "There is one image in a batch",
    "Which argument says how many images a batch has?",
    ("len(images), batch_size)", "len(images), 1)"),
    ("start : start + batch_size]", "start : start + 1]"),
)
bug(
    "epoch-loss-rounded",
    "The loss is rounded",
    "Who should decide how many places of the loss are shown?",
    ("return total / len(images)", "return round(total / len(images), 2)"),
)
bug(
    "epoch-accuracy",
    "The share of right answers is returned",
    "What does the task ask for: how often the network is right, or its loss?",
    (
        "total += loss.item() * len(batch)",
        "scores = network(Tensor(images[batch])).data\n"
        "        total += float((scores.argmax(axis=1) == labels[batch]).sum())",
    ),
)
bug(
    "epoch-images-scaled",
    "The images are scaled once more",
    "In which range are the numbers of an image already when your function gets it?",
    ("Tensor(images[batch])", "Tensor(images[batch] / 255)"),
)
bug(
    "train-backward-twice",
    "The way back is gone twice",
    "What does backward() add to the gradients, and how often may it be called for "
    "one loss?",
    ("        loss.backward()\n", "        loss.backward()\n        loss.backward()\n"),
)
LAST = "min(batch_size, len(images) - start)"
DRAWN = {
    "apart": f"rng.choice(len(images), {LAST}, replace=False)",
    "full": "rng.choice(len(images), batch_size)",
    "full-apart": "rng.choice(len(images), min(batch_size, len(images)), replace=False)",
    "permuted": f"rng.permutation(len(images))[:{LAST}]",
    "permuted-full": "rng.permutation(len(images))[:batch_size]",
    "permuted-on": "rng.permutation(len(images))[start : start + batch_size]",
}
for name, draw in DRAWN.items():
    for ending, order in {
        "": "",
        "-also": "    order = rng.permutation(len(images))\n",
    }.items():
        bug(
            f"train-draws-each-batch-{name}{ending}",
            "Each batch is drawn anew from all images",
            "After an epoch, how often has each image been seen?",
            ("    order = rng.permutation(len(images))\n", order),
            ("batch = order[start : start + batch_size]", f"batch = {draw}"),
        )
# Without an order before them, such numbers are those of all batches at once.
bug(
    "train-draws-each-batch-some-twice-also",
    "Each batch is drawn anew from all images",
    "After an epoch, how often has each image been seen?",
    (
        "batch = order[start : start + batch_size]",
        f"batch = rng.choice(len(images), {LAST})",
    ),
)
bug(
    "train-first-batch-again",
    "Each step takes the same batch",
    "Which images does the second step see?",
    ("order[start : start + batch_size]", "order[:batch_size]"),
)
bug(
    "train-divided-by-batch-size",
    "The sum is divided by the size of a batch",
    "Over how many images was the loss added up?",
    ("return total / len(images)", "return total / batch_size"),
)

# Confusion
# ---------

bug = bugs_of("confusion")

bug(
    "confusion-transposed",
    "Rows and columns have changed places",
    "A 4 was taken for a 9. In which row do you count it?",
    ("matrix[label, prediction]", "matrix[prediction, label]"),
)
bug(
    "confusion-pairs-once",
    "The counts of equal pairs are lost",
    "How large is the number in your matrix where one pair occurred seven times?",
    (
        "    for label, prediction in zip(labels, predictions, strict=True):\n"
        "        matrix[label, prediction] += 1\n",
        "    matrix[labels, predictions] += 1\n",
    ),
)
bug(
    "confusion-one-row",
    "All rows are one and the same list",
    "What does `[row] * 3` hold: three rows, or one row three times?",
    ("matrix[label, prediction] += 1", "matrix[:, prediction] += 1"),
)
bug(
    "confusion-only-seen",
    "There are rows only for the classes that occur",
    "What if no image of the last class is among the labels?",
    (
        "np.zeros((classes, classes), dtype=int)",
        "np.zeros((max(labels) + 1, max(predictions) + 1), dtype=int)",
    ),
)
bug(
    "confusion-shares",
    "The matrix holds shares in place of counts",
    "What is the sum of all numbers in a matrix that counts?",
    ("return matrix", "return matrix / len(labels)"),
)
bug(
    "confusion-mistakes-only",
    "Right answers are left out",
    "Where do you count a 3 that was taken for a 3?",
    (
        "        matrix[label",
        "        matrix[label, label] -= label == prediction\n        matrix[label",
    ),
)
bug(
    "confusion-hits-only",
    "Only what was read right is counted",
    "A 4 that is taken for a 9: where does your matrix say so?",
    (
        "        matrix[label, prediction] += 1",
        "        if label == prediction:\n            matrix[label, prediction] += 1",
    ),
)
bug(
    "confusion-rows-normalised",
    "Each row is divided by its sum",
    "What is the sum of all numbers in a matrix that counts?",
    (
        "return matrix",
        "return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)",
    ),
)
bug(
    "confusion-from-one",
    "The classes are taken to begin at 1",
    "In which row do you count an image of class 0?",
    ("matrix[label, prediction]", "matrix[label - 1, prediction - 1]"),
)
bug(
    "confusion-without-minimum",
    "The table is as long as the largest pair that occurs",
    "What if the last class was never taken for itself?",
    (
        "    for label, prediction in zip(labels, predictions, strict=True):\n"
        "        matrix[label, prediction] += 1\n",
        "    matrix = np.bincount(labels * classes + predictions)\n"
        "    matrix = matrix.reshape(classes, classes)\n",
    ),
)
bug(
    "confusion-fractions",
    "The counts are floats",
    "Can an image be taken for a cat two and a half times? Which type has what you count?",
    ("dtype=int", "dtype=float"),
)
bug(
    "confusion-one-byte",
    "The counts are kept in one byte each",
    "What is the largest number that an 8-bit integer holds, and how many images are there?",
    ("dtype=int", "dtype=np.uint8"),
)
bug(
    "confusion-arguments-sorted",
    "The caller's labels are changed",
    "After your function was called, do the labels still belong to the images?",
    ("    return matrix", "    labels.sort()\n    return matrix"),
)
bug(
    "confusion-nothing-returned",
    "No matrix of numbers is returned",
    "What does a caller get from your function: numbers, truth values, or nothing?",
    ("    return matrix", "    matrix"),
)
bug(
    "confusion-last-left-out",
    "The last image is left out",
    "How many images are counted in your matrix in all, and how many are there?",
    (
        "zip(labels, predictions, strict=True)",
        "zip(labels[:-1], predictions[:-1], strict=True)",
    ),
)
bug(
    "confusion-first-left-out",
    "The first image is left out",
    "How many images are counted in your matrix in all, and how many are there?",
    (
        "zip(labels, predictions, strict=True)",
        "zip(labels[1:], predictions[1:], strict=True)",
    ),
)
bug(
    "confusion-predictions-alone",
    "Row and column are both the prediction",
    "Which of the two says what is really there?",
    ("matrix[label, prediction]", "matrix[prediction, prediction]"),
)
bug(
    "confusion-labels-alone",
    "Row and column are both the label",
    "Which of the two says what the network answered?",
    ("matrix[label, prediction]", "matrix[label, label]"),
)
bug(
    "confusion-one-half",
    "Only one side of the diagonal is kept",
    "A 3 that is taken for a 5, and a 5 that is taken for a 3: which places of the "
    "matrix count them?",
    ("return matrix", "return np.triu(matrix)"),
)

# Saliency
# --------

bug = bugs_of("saliency")

bug(
    "saliency-no-abs",
    "The gradient's sign is kept",
    "A pixel that would lower the score a lot: does it matter less than one that does "
    "nothing?",
    ("np.abs(pixels.grad[0])", "pixels.grad[0]"),
)
bug(
    "saliency-one-number",
    "The largest is taken over all pixels",
    "For how many pixels do you want to know how strongly they move the score?",
    (".max(axis=0)", ".max()"),
)
bug(
    "saliency-abs-too-late",
    "The absolute value is taken after the largest of the channels",
    "One channel has -5, another 2. Which is larger in size, and which does your "
    "function keep?",
    ("np.abs(pixels.grad[0]).max(axis=0)", "np.abs(pixels.grad[0].max(axis=0))"),
)
bug(
    "saliency-sum-of-channels",
    "The channels are added",
    "The task asks for the largest of the channels. What do you take?",
    (".max(axis=0)", ".sum(axis=0)"),
)
bug(
    "saliency-mean-of-channels",
    "The mean of the channels is taken",
    "The task asks for the largest of the channels. What do you take?",
    (".max(axis=0)", ".mean(axis=0)"),
)
bug(
    "saliency-first-channel",
    "Only the first channel is looked at",
    "What if the score depends on the blue of a pixel alone?",
    (".max(axis=0)", "[0]"),
)
bug(
    "saliency-of-prediction",
    "The score is that of the class the network chose",
    "Whose score was asked for: that of the label, or that of the largest score?",
    (
        "score = network(pixels)[0, label]",
        "scores = network(pixels)\n    score = scores[0, int(scores.data.argmax())]",
    ),
)
bug(
    "saliency-of-all-scores",
    "The scores of all classes are added",
    "Would your picture be another one for another label?",
    ("network(pixels)[0, label]", "network(pixels).sum()"),
)
bug(
    "saliency-of-loss",
    "The gradient is that of the loss",
    "If the network is certain, the loss hardly moves. Does the score?",
    (
        "network(pixels)[0, label]",
        "tt.CrossEntropyLoss()(network(pixels), np.array([label]))",
    ),
)
bug(
    "saliency-of-probability",
    "The gradient is that of the probability",
    "If the network is certain, the probability hardly moves. Does the score?",
    ("network(pixels)[0, label]", "tt.Softmax()(network(pixels))[0, label]"),
)
bug(
    "saliency-squared",
    "The gradient is squared",
    "A pixel moves the score by 3 for one more of brightness. What should stand there?",
    ("np.abs(pixels.grad[0])", "(pixels.grad[0] ** 2)"),
)
bug(
    "saliency-gradients-left",
    "The parameters keep their gradients",
    "What will be in the gradients of the weights when somebody trains on afterwards?",
    (
        "    for parameter in network.parameters():\n        parameter.zero_grad()\n",
        "",
    ),
)
bug(
    "saliency-parameters-frozen",
    "The parameters ask for no gradient any more",
    "Can somebody train the network after your function has looked at it?",
    (
        "    for parameter in network.parameters():\n        parameter.zero_grad()\n",
        "",
    ),
    (
        "    pixels =",
        "    for parameter in network.parameters():\n"
        "        parameter.requires_grad = False\n"
        "    pixels =",
    ),
)
bug(
    "saliency-image-centred",
    "The image is changed",
    "What does whoever gave you the image find in it afterwards?",
    ("    pixels =", "    image -= image.mean()\n    pixels ="),
)
bug(
    "saliency-times-pixel",
    "The gradient is multiplied by the pixel",
    "A black pixel of which the score depends strongly: what stands in its place?",
    ("np.abs(pixels.grad[0])", "np.abs(pixels.grad[0] * image)"),
)
bug(
    "saliency-no-batch",
    "The image is not made a batch of one",
    "Which shape does the network want, and which one has a single image?",
    ("image[np.newaxis]", "image"),
    ("pixels.grad[0]", "pixels.grad"),
)
bug(
    "saliency-positive-only",
    "Gradients below zero are left out",
    "A pixel that would lower the score a lot: does it matter less than one that does "
    "nothing?",
    ("np.abs(pixels.grad[0])", "np.maximum(pixels.grad[0], 0)"),
)
bug(
    "saliency-normalised",
    "The result is divided by its largest number",
    "Another network moves the score twice as strongly. Does your picture show it?",
    (
        "return np.abs(pixels.grad[0]).max(axis=0)",
        "strength = np.abs(pixels.grad[0]).max(axis=0)\n    return strength / strength.max()",
    ),
)
bug(
    "saliency-stretched",
    "The result is stretched from 0 to 1",
    "A pixel that moves the score a little, and no other moves it less: is it 0 in your "
    "picture?",
    (
        "return np.abs(pixels.grad[0]).max(axis=0)",
        "strength = np.abs(pixels.grad[0]).max(axis=0)\n"
        "    least, most = strength.min(), strength.max()\n"
        "    return (strength - least) / (most - least + 1e-12)",
    ),
)
bug(
    "saliency-channels-kept",
    "The channels are kept apart",
    "How many numbers should there be for a pixel of three channels?",
    (".max(axis=0)", ""),
)
bug(
    "saliency-wrong-axis",
    "The largest is taken along a row of the image, not over the channels",
    "Which axis of the gradient counts the channels?",
    (".max(axis=0)", ".max(axis=-1)"),
)
bug(
    "saliency-of-first-class",
    "The score is always that of the first class",
    "Would your picture be another one for another label?",
    ("[0, label]", "[0, 0]"),
)
bug(
    "saliency-zeroed-before",
    "The gradients are cleared before they arise",
    "Which line gives the parameters their gradients? Does anything clear them after it?",
    ("    score.backward()\n", ""),
    ("parameter.zero_grad()\n", "parameter.zero_grad()\n    score.backward()\n"),
)
bug(
    "saliency-length-of-channels",
    "The channels' gradients are joined to one length",
    "The task asks for the largest of the channels. What do you take?",
    (
        "np.abs(pixels.grad[0]).max(axis=0)",
        "np.sqrt((pixels.grad[0] ** 2).sum(axis=0))",
    ),
)
bug(
    "saliency-negative",
    "The result is below zero",
    "Which numbers does the docstring rule out?",
    ("return np.abs", "return -np.abs"),
)

# Cannot be told apart by any value: no weight changes, and the loss is right.
SAME_VALUES = [
    {
        "epoch-no-step",
        "epoch-no-step-yet-at-the-beginning",
        "epoch-zero-grad-too-late",
        "epoch-no-backward",
    }
]
bug(
    "saliency-smallest",
    "The smallest of the channels is taken",
    "A pixel matters in one channel alone: should it be bright?",
    (".max(axis=0)", ".min(axis=0)"),
)
bug(
    "saliency-over-rows",
    "The largest is taken over the rows, not over the channels",
    "What are the axes of the gradient of one image? Which one should be gone?",
    (".max(axis=0)", ".max(axis=1)"),
)

bug = bugs_of("network")
bug(
    "network-linear-64",
    "The linear layer always takes 64 numbers",
    "How many numbers are left of an image of 7x7 after both poolings, with 2 and 3 "
    "filters?",
    ("second * left * left", "64"),
)
bug(
    "network-pool-first",
    "The first pooling comes before its convolution",
    "In which order does the table have the first three layers?",
    (
        "        Conv2d(channels, first, 3, padding=1),\n        ReLU(),\n"
        "        MaxPool2d(2),\n",
        "        MaxPool2d(2),\n        Conv2d(channels, first, 3, padding=1),\n"
        "        ReLU(),\n",
    ),
)
bug(
    "network-pool-by-one",
    "The poolings move by one pixel",
    "By how much does a pooling make an image smaller, and which of its arguments says so?",
    ("MaxPool2d(2)", "MaxPool2d(2, stride=1)"),
    ("MaxPool2d(2),\n        Flatten", "MaxPool2d(2, stride=1),\n        Flatten"),
    ("size // 2 // 2", "size - 2"),
)
bug = bugs_of("confusion")
bug(
    "confusion-both-ways",
    "A mistake is counted on both sides of the diagonal",
    "One image of class 2 is taken for a 1: how many cells of the matrix does it change?",
    (
        "        matrix[label, prediction] += 1\n",
        "        matrix[label, prediction] += 1\n        if label != prediction:\n"
        "            matrix[prediction, label] += 1\n",
    ),
)


for cell, function, line in (
    ("train-epoch", "train_epoch", "return total"),
    ("saliency", "saliency", "return np.abs("),
):
    bugs_of(cell)(
        f"{function}-returns-nothing",
        "Nothing is returned",
        "What does a function give back whose last line says no `return`?",
        (line, line.replace("return", "answer =")),
    )

bugs_of("confusion")(
    "confusion-accuracies",
    "The share of right answers in each class is returned",
    "How many numbers does the task want for three classes?",
    (
        "    return matrix",
        "    return np.diagonal(matrix) / np.maximum(matrix.sum(axis=1), 1)",
    ),
)

# Their neighbours
# ----------------

bug = bugs_of("network")
known = next(one for one in BUGS if one.id == "network-stride-for-pooling")
STRIDED = (
    ("first, 3, padding=1)", "first, 3, stride=2, padding=1)"),
    ("second, 3, padding=1)", "second, 3, stride=2, padding=1)"),
    ("        MaxPool2d(2),\n        Conv2d(first", "        Conv2d(first"),
    ("        MaxPool2d(2),\n        Flatten", "        Flatten"),
)
for ending, left in (
    ("both", "left = ((size + 1) // 2 + 1) // 2"),
    ("both-rounded-down", "left = size // 2 // 2"),
):
    bug(
        f"{known.id}-{ending}",
        known.title,
        known.question,
        *STRIDED,
        ("left = size // 2 // 2", left),
    )
bug(
    "network-first-pool-missing",
    "There is only one pooling",
    "After how many of the layers in the table do height and width become half?",
    ("        MaxPool2d(2),\n        Conv2d(first", "        Conv2d(first"),
    ("left = size // 2 // 2", "left = size // 2"),
)
bug(
    "network-no-pool",
    "There is no pooling",
    "After how many of the layers in the table do height and width become half?",
    ("        MaxPool2d(2),\n        Conv2d(first", "        Conv2d(first"),
    ("        MaxPool2d(2),\n        Flatten", "        Flatten"),
    ("left = size // 2 // 2", "left = size"),
)
FROZEN = (
    "    return Sequential(",
    "    network = Sequential(",
)
WHOLE = "        Linear(second * left * left, classes),\n    )\n"
for place, which in (
    (0, "first convolution"),
    (3, "second convolution"),
    (7, "linear layer"),
):
    bug(
        f"network-{which.replace(' ', '-')}-frozen",
        f"The {which} is never trained",
        "Which of your layers' parameters ask for a gradient?",
        FROZEN,
        (
            WHOLE,
            f"{WHOLE}    for parameter in network.layers[{place}].parameters():\n"
            "        parameter.requires_grad = False\n"
            "    return network\n",
        ),
    )
bug(
    "network-convolutions-frozen",
    "The convolutions are never trained",
    "Which of your layers' parameters ask for a gradient?",
    FROZEN,
    (
        WHOLE,
        f"{WHOLE}    for layer in network.layers[:6]:\n"
        "        for parameter in layer.parameters():\n"
        "            parameter.requires_grad = False\n"
        "    return network\n",
    ),
)
for pieces, which in (
    (
        (("second, 3, padding=1)", "second, 3, padding=1, bias=False)"),),
        "second convolution has",
    ),
    (
        (
            ("first, 3, padding=1)", "first, 3, padding=1, bias=False)"),
            ("second, 3, padding=1)", "second, 3, padding=1, bias=False)"),
        ),
        "convolutions have",
    ),
    ((("left, classes)", "left, classes, bias=False)"),), "linear layer has"),
):
    bug(
        f"network-{which.rpartition(' ')[0].replace(' ', '-')}-without-bias",
        "The network has other parameters than the table's layers",
        "Count the weights and the biases of the table. How many has your network?",
        *pieces,
    )
bug(
    "network-third-convolution",
    "The network has other parameters than the table's layers",
    "Count the weights and the biases of the table. How many has your network?",
    (
        "        Flatten(),",
        "        Conv2d(second, second, 3, padding=1),\n        ReLU(),\n        Flatten(),",
    ),
)
bug(
    "network-hidden-layer",
    "The network has other parameters than the table's layers",
    "Count the weights and the biases of the table. How many has your network?",
    ("left, classes),", "left, 64),\n        ReLU(),\n        Linear(64, classes),"),
)
bug(
    "network-hidden-layer-of-classes",
    "The network has other parameters than the table's layers",
    "Count the weights and the biases of the table. How many has your network?",
    ("left, classes),", "left, classes),\n        Linear(classes, classes),"),
)
bug(
    "network-second-convolution-missing",
    "The network has other parameters than the table's layers",
    "Count the weights and the biases of the table. How many has your network?",
    (
        "        Conv2d(first, second, 3, padding=1),\n        ReLU(),\n        MaxPool2d(2),\n        Flatten",
        "        MaxPool2d(2),\n        Flatten",
    ),
    ("Linear(second *", "Linear(first *"),
)
bug(
    "network-classes-one-more",
    "There is one score too many",
    "How many scores are there for ten classes?",
    ("left, classes)", "left, classes + 1)"),
)
bug(
    "network-kernel-1",
    "The kernels are of one pixel",
    "How many pixels does each kernel of the table see?",
    ("first, 3, padding=1)", "first, 1)"),
    ("second, 3, padding=1)", "second, 1)"),
)

bug = bugs_of("train-epoch")
known = next(one for one in BUGS if one.id == "epoch-first-batch-only")
LOOP_END = "        total += loss.item() * len(batch)\n"
for ending, returned in (
    ("", "total / len(images)"),
    ("-seen", "total / len(batch)"),
    ("-sum", "total"),
):
    bug(
        f"epoch-return-in-loop{ending}",
        known.title,
        known.question,
        (LOOP_END, f"{LOOP_END}        return {returned}\n"),
    )
bug(
    "epoch-loop-twice",
    "Each epoch goes over the images twice",
    "How often is each image used in one epoch?",
    (
        "range(0, len(images), batch_size):",
        "[*range(0, len(images), batch_size)] * 2:",
    ),
    ("return total / len(images)", "return total / (2 * len(images))"),
)
bug(
    "epoch-first-loss",
    "The loss is that of the first batch",
    "Of which images should the mean be?",
    ("return total / len(images)", "return first"),
    (LOOP_END, f"{LOOP_END}        first = loss.item() if start == 0 else first\n"),
)
bug(
    "epoch-largest-loss",
    "The loss is the largest of the batches'",
    "Of which images should the mean be?",
    (LOOP_END, "        total = max(total, loss.item())\n"),
    ("return total / len(images)", "return total"),
)
bug(
    "epoch-running-mean",
    "The loss is a running mean, in which the last batches count most",
    "How much should each image count in the mean?",
    (
        LOOP_END,
        "        total = loss.item() if start == 0 else 0.9 * total + 0.1 * loss.item()\n",
    ),
    ("return total / len(images)", "return total"),
)
bug(
    "epoch-reversed",
    "Every epoch has the same order",
    "Which number decides your order, and does it change from one epoch to the next?",
    ("rng.permutation(len(images))", "np.arange(len(images))[::-1]"),
)

bug = bugs_of("confusion")
SHARED = (
    "The rows go from the smallest class that occurs to the largest",
    "What if no image of the first class is among the labels?",
)
LOOPED = (
    "    matrix = np.zeros((classes, classes), dtype=int)\n"
    "    for label, prediction in zip(labels, predictions, strict=True):\n"
    "        matrix[label, prediction] += 1\n"
    "    return matrix"
)
bug(
    "confusion-histogram-without-range",
    *SHARED,
    (
        LOOPED,
        "    matrix, _, _ = np.histogram2d(labels, predictions, bins=classes)\n"
        "    return matrix.astype(int)",
    ),
)
bug(
    "confusion-counts-from-1",
    "Each count is one too large",
    "How large is the count of a pair that never occurs?",
    (
        "np.zeros((classes, classes), dtype=int)",
        "np.ones((classes, classes), dtype=int)",
    ),
)
bug(
    "confusion-columns-normalised",
    "Each column is divided by its sum",
    "Are counts wanted or shares?",
    (
        "    return matrix",
        "    return matrix / np.maximum(matrix.sum(axis=0, keepdims=True), 1)",
    ),
)

bug = bugs_of("saliency")
RETURNED = "return np.abs(pixels.grad[0]).max(axis=0)"
for id, title, question, other in (
    (
        "saliency-median-of-channels",
        "The middle one of the channels is taken",
        "Which of the channels' numbers does the task want?",
        "return np.median(np.abs(pixels.grad[0]), axis=0)",
    ),
    (
        "saliency-abs-of-sum",
        "The channels' gradients are added before the absolute value is taken",
        "What becomes of two gradients of opposite sign if they are added first?",
        "return np.abs(pixels.grad[0].sum(axis=0))",
    ),
    (
        "saliency-abs-of-mean",
        "The channels' gradients are averaged before the absolute value is taken",
        "What becomes of two gradients of opposite sign if they are added first?",
        "return np.abs(pixels.grad[0].mean(axis=0))",
    ),
    (
        "saliency-transposed",
        "Rows and columns are exchanged",
        "Which axis of the answer goes down?",
        "return np.abs(pixels.grad[0]).max(axis=0).T",
    ),
):
    bug(id, title, question, (RETURNED, other))
bug(
    "saliency-of-next-class",
    "The score of the class behind is taken",
    "At which number do Python's counts begin?",
    ("[0, label]", "[0, (label + 1) % network(pixels).shape[1]]"),
)
bug(
    "saliency-parameters-zeroed-halfway",
    "Gradients are left in the last layer",
    "Which layers' parameters have a gradient after the way back?",
    ("in network.parameters():", "in network.parameters()[:-2]:"),
)

bug = bugs_of("train-epoch")
known = next(one for one in BUGS if one.id == "epoch-last-batch-dropped")
bug(
    f"{known.id}-but-one",
    known.title,
    known.question,
    (
        "range(0, len(images), batch_size):",
        "range(0, max(1, len(images) // batch_size) * batch_size, batch_size):",
    ),
    (LOOP_END, f"{LOOP_END}        seen = start + len(batch)\n"),
    ("return total / len(images)", "return total / seen"),
)
bug = bugs_of("confusion")
bug(
    "confusion-numbered-by-predictions",
    "Pairs are numbered by the classes that occur, not by all",
    "Labels 2 and predictions up to 3, of 10 classes: at which number does row 2 begin?",
    (
        LOOPED,
        "    width = int(predictions.max()) + 1\n"
        "    flat = np.bincount(labels * width + predictions, minlength=classes**2)\n"
        "    return flat[: classes**2].reshape(classes, classes)",
    ),
)


# The same slips in other places
# ------------------------------


def another(id: str, ending: str, *pieces: tuple[str, str], source: str = "") -> None:
    """Add another form of a known mistake: its cell, title and question are right."""
    known = next(one for one in BUGS if one.id == id)
    form = Bug(
        f"{id}-{ending}", known.cell, known.title, known.question, pieces, source
    )
    BUGS.append(form)


CONVOLVED = "        Conv2d({}, 3, padding=1),\n"
ROUND = CONVOLVED + "        ReLU(),\n        MaxPool2d(2),\n"
FIRST, SECOND = (ROUND.format(names) for names in ("channels, first", "first, second"))
POOLED, RECTIFIED = "        MaxPool2d(2),\n", "        ReLU(),\n"


def turned(order: str, names: str) -> str:
    """Return a round's three layers in another order: p, r and c are their letters."""
    layers = {"p": POOLED, "r": RECTIFIED, "c": CONVOLVED.format(names)}
    return "".join(layers[letter] for letter in order)


bug = bugs_of("network")
for ending, pieces in {
    "first": ((FIRST, turned("prc", "channels, first")),),
    "second": ((SECOND, turned("prc", "first, second")),),
    "both": (
        (FIRST, turned("prc", "channels, first")),
        (SECOND, turned("prc", "first, second")),
    ),
}.items():
    bug(
        f"network-convolution-last-{ending}",
        "Pooling and ReLU come before the convolution",
        "In which order do convolution, ReLU and pooling stand in the table?",
        *pieces,
    )
bug(
    "network-pools-first",
    "Both poolings come before their convolutions",
    "In which order do convolution, ReLU and pooling stand in the table?",
    (FIRST, turned("pcr", "channels, first")),
    (SECOND, turned("pcr", "first, second")),
)
bug(
    "network-relus-before-convolutions",
    "Both ReLUs stand before their convolutions",
    "In which order do convolution, ReLU and pooling stand in the table?",
    (FIRST, turned("rcp", "channels, first")),
    (SECOND, turned("rcp", "first, second")),
)
for name, number, layers in (("first", 0, FIRST), ("second", 1, SECOND)):
    bug(
        f"network-{name}-average-pool",
        f"The {name} pooling takes the mean, not the largest",
        "What does one strong answer among four become in your pooling, and what should "
        "it?",
        (layers, layers.replace("MaxPool2d", "tt.AvgPool2d")),
    )
    bug(
        f"network-{name}-overlapping-pool",
        f"The {name} pooling's windows overlap",
        "How many pixels wide is the window of the table's pooling, and how far does it "
        "move?",
        (layers, layers.replace("MaxPool2d(2)", "MaxPool2d(3, 2, 1)")),
        (
            "size // 2 // 2",
            ("-(-size // 2) // 2", "-(-(size // 2) // 2)")[number],
        ),
    )
another(
    "network-pool-by-one",
    "uncounted",
    ("MaxPool2d(2)", "MaxPool2d(2, stride=1)"),
    ("MaxPool2d(2),\n        Flatten", "MaxPool2d(2, stride=1),\n        Flatten"),
)
another(
    "network-pool-by-3",
    "counted",
    ("MaxPool2d(2)", "MaxPool2d(3)"),
    ("MaxPool2d(2)", "MaxPool2d(3)"),
    ("size // 2 // 2", "size // 3 // 3"),
)
for ending, left in {"": "size // 4 // 4", "-uncounted": "size // 2 // 2"}.items():
    bug(
        f"network-pool-by-4{ending}",
        "The poolings are by 4",
        "How many pixels wide is the window of the table's pooling?",
        ("MaxPool2d(2)", "MaxPool2d(4)"),
        ("MaxPool2d(2)", "MaxPool2d(4)"),
        ("size // 2 // 2", left),
    )
another(
    "network-no-padding",
    "uncounted",
    ("first, 3, padding=1)", "first, 3)"),
    ("second, 3, padding=1)", "second, 3)"),
)
another(
    "network-one-without-padding", "second", ("second, 3, padding=1)", "second, 3)")
)
bug(
    "network-padded-twice",
    "The padding is wider than the kernels need",
    "How large is a digit of 8 pixels after a convolution of 3x3 with padding 2?",
    ("first, 3, padding=1)", "first, 3, padding=2)"),
    ("second, 3, padding=1)", "second, 3, padding=2)"),
)
for ending, padding in {"without-padding": "", "padded-by-1": ", padding=1"}.items():
    another(
        "network-kernel-5",
        ending,
        ("first, 3, padding=1)", f"first, 5{padding})"),
        ("second, 3, padding=1)", f"second, 5{padding})"),
    )
another(
    "network-kernel-1",
    "padded",
    ("first, 3, padding=1)", "first, 1, padding=1)"),
    ("second, 3, padding=1)", "second, 1, padding=1)"),
)
bug(
    "network-padding-in-words",
    "The padding is a word",
    "What does `Conv2d` want to know about its padding: a word, or how many pixels?",
    ("first, 3, padding=1)", 'first, 3, padding="same")'),
    ("second, 3, padding=1)", 'second, 3, padding="same")'),
)
bug(
    "network-stride-beside-second-pooling",
    "The second convolution moves by 2, and the pooling halves once more",
    "How wide is an image of 8x8 behind your second convolution, and behind the pooling?",
    ("Conv2d(first, second, 3, padding=1)", "Conv2d(first, second, 3, 2, 1)"),
)
bug(
    "network-stride-beside-both-poolings",
    "Both convolutions move by 2, and the poolings halve once more",
    "How wide is an image of 8x8 behind each of your layers?",
    ("Conv2d(channels, first, 3, padding=1)", "Conv2d(channels, first, 3, 2, 1)"),
    ("Conv2d(first, second, 3, padding=1)", "Conv2d(first, second, 3, 2, 1)"),
)
another(
    "network-stride-beside-pooling",
    "counted",
    ("Conv2d(channels, first, 3, padding=1)", "Conv2d(channels, first, 3, 2, 1)"),
    ("size // 2 // 2", "(size + 1) // 2 // 2 // 2"),
)
another(
    "network-stride-beside-second-pooling",
    "counted",
    ("Conv2d(first, second, 3, padding=1)", "Conv2d(first, second, 3, 2, 1)"),
    ("size // 2 // 2", "(size // 2 + 1) // 2 // 2"),
)
for id, title, question, numbers in (
    (
        "network-linear-rounded-late",
        "The linear layer's size is rounded only when all is multiplied",
        "A map of 7 pixels along each side, halved twice: how many whole pixels are left "
        "along one side?",
        "second * size * size // 16",
    ),
    (
        "network-linear-three-pools",
        "The linear layer's size counts three poolings",
        "How often was the height halved before the linear layer?",
        "second * (size // 8) ** 2",
    ),
    (
        "network-linear-unpadded",
        "The linear layer's size is that without padding",
        "How large is an image of 8 pixels behind a convolution of 3x3 with padding 1?",
        "second * (((size - 2) // 2 - 2) // 2) ** 2",
    ),
    (
        "network-linear-all-filters",
        "The linear layer's size counts the filters of both convolutions",
        "Whose maps does the linear layer weigh?",
        "first * second * left * left",
    ),
    (
        "network-linear-channels",
        "The linear layer's size counts the channels of the image",
        "Whose maps does the linear layer weigh?",
        "channels * left * left",
    ),
    (
        "network-linear-one-number-a-map",
        "The linear layer takes one number of each map",
        "How many numbers has a map of 2x2?",
        "second",
    ),
):
    bug(id, title, question, ("second * left * left", numbers))
bug(
    "network-flatten-too-early",
    "The maps become a row before the second pooling",
    "What shape has a batch before the last pooling, and which does a pooling want?",
    (
        "        MaxPool2d(2),\n        Flatten(),\n",
        "        Flatten(),\n        MaxPool2d(2),\n",
    ),
)
bug(
    "network-relu-not-made",
    "ReLU stands there without brackets",
    "What is `ReLU`: a layer, or what makes one?",
    ("        ReLU(),\n", "        ReLU,\n"),
    ("        ReLU(),\n", "        ReLU,\n"),
)
another(
    "network-list-returned",
    "to-sequential",
    ("    return Sequential(", "    return Sequential(["),
    ("classes),\n    )", "classes),\n    ])"),
)
for name in ("Sigmoid", "Tanh"):
    bug(
        f"network-{name.lower()}-on-scores",
        f"The scores go through a {name.lower()}",
        "May a score be larger than 1? What do probabilities come of here?",
        ("left * left, classes),", f"left * left, classes),\n        tt.{name}(),"),
    )
bug(
    "network-gelu",
    "There is a GELU in the place of each ReLU",
    "What does the table put after a convolution?",
    ("ReLU()", "tt.GELU()"),
    ("ReLU()", "tt.GELU()"),
)
for ending, many in {"three-layers": "120", "two-layers": "128"}.items():
    more = f"Linear({many}, 84),\n        ReLU(),\n        Linear(84, classes),"
    last = more if ending == "three-layers" else f"Linear({many}, classes),"
    another(
        "network-hidden-layer",
        ending,
        ("left, classes),", f"left, {many}),\n        ReLU(),\n        {last}"),
    )
another(
    "network-third-convolution",
    "and-pooling",
    (
        "        Flatten(),",
        "        Conv2d(second, second, 3, padding=1),\n        ReLU(),\n"
        "        MaxPool2d(2),\n        Flatten(),",
    ),
    ("size // 2 // 2", "size // 2 // 2 // 2"),
)
bug(
    "network-second-conv-exchanged",
    "Input and output channels of the second convolution are exchanged",
    "Which of the two numbers comes first in `Conv2d`?",
    ("Conv2d(first, second", "Conv2d(second, first"),
)
bug(
    "network-second-conv-in-second",
    "The second convolution takes as many channels as it gives",
    "How many channels does the first convolution give?",
    ("Conv2d(first, second", "Conv2d(second, second"),
)
bug(
    "network-three-channels",
    "The first convolution always takes three channels",
    "What does your network say to a grey image?",
    ("Conv2d(channels, first", "Conv2d(3, first"),
)
bug(
    "network-size-for-channels",
    "The first convolution takes the image's size for its channels",
    "How many channels has a grey image of 8x8 pixels?",
    ("Conv2d(channels, first", "Conv2d(size, first"),
)
bug(
    "network-classes-one-less",
    "There is one score too few",
    "How many scores are there for ten classes?",
    ("left, classes)", "left, classes - 1)"),
)

bug = bugs_of("train-epoch")
STEP = "        optimizer.step()\n"
ZERO = "        optimizer.zero_grad()\n"
BACK = "        loss.backward()\n"
bug(
    "epoch-zero-grad-after-step",
    "Gradients from before the epoch take part in the first step",
    "Somebody has called `backward` already before your epoch: what is in the gradients "
    "at your first step?",
    (ZERO, ""),
    (STEP, STEP + ZERO),
)
another(
    "epoch-zero-grad-once",
    "not-first",
    (ZERO, f"        if start == 0:\n    {ZERO}"),
)
bug(
    "epoch-step-before-backward",
    "The optimizer steps before the batch's gradients are there",
    "From which batch are the gradients along which your optimizer steps?",
    (ZERO, ""),
    (BACK + STEP, STEP + ZERO + BACK),
)
another(
    "epoch-no-step",
    "yet-at-the-beginning",
    (BACK + STEP, STEP + BACK),
)
bug(
    "epoch-without-record",
    "The scores are computed without a record for the way back",
    "What does `no_grad` switch off, and what does `backward` need?",
    (
        "        loss = loss_fn(network(Tensor(images[batch])), labels[batch])\n",
        "        with tt.no_grad():\n"
        "            loss = loss_fn(network(Tensor(images[batch])), labels[batch])\n",
    ),
)
bug(
    "epoch-backward-through-the-sum",
    "Each step goes back through the losses of all batches so far",
    "Whose gradients does `backward` add up if your sum has three losses in it?",
    ("0.0\n", "Tensor(0.0)\n"),
    (BACK, "        total = total + loss\n        total.backward()\n"),
    ("        total += loss.item() * len(batch)\n", ""),
    (
        "return total / len(images)",
        "return total.item() / -(-len(images) // batch_size)",
    ),
)
another(
    "epoch-summed-loss",
    "by-the-batch",
    (BACK, "        (loss * len(batch)).backward()\n"),
)
bug(
    "epoch-divided-again",
    "The steps are divided by the number of images once more",
    "A batch's loss is a mean already. By what do you divide it before you go back?",
    (BACK, "        (loss / len(batch)).backward()\n"),
)
bug(
    "epoch-arguments-exchanged",
    "The loss is not given scores and then labels",
    "Which two arrays does the loss want, of which shapes, and which one comes first?",
    (
        "loss_fn(network(Tensor(images[batch])), labels[batch])",
        "loss_fn(labels[batch], network(Tensor(images[batch])))",
    ),
)
bug(
    "epoch-one-hot",
    "The loss is not given scores and then labels",
    "Which two arrays does the loss want, of which shapes, and which one comes first?",
    (
        "labels[batch])\n",
        "np.eye(int(labels.max()) + 1)[labels[batch]])\n",
    ),
)
bug(
    "epoch-classes-for-scores",
    "The loss is given the chosen classes, not the scores",
    "By how much was the network wrong? Do the chosen classes say it?",
    (
        "network(Tensor(images[batch]))",
        "Tensor(network(Tensor(images[batch])).data.argmax(axis=1))",
    ),
)
bug(
    "epoch-images-flattened",
    "Each image is made a row before the network has seen it",
    "Which shape does a convolution want? What does the network's Flatten do?",
    ("Tensor(images[batch])", "Tensor(images[batch].reshape(len(batch), -1))"),
)
for ending, images in {
    "": "(images[batch] - images[batch].mean()) / images[batch].std()",
    "-all": "(images[batch] - images.mean()) / images.std()",
}.items():
    bug(
        f"epoch-images-standardised{ending}",
        "The images are standardised",
        "Which images does the task give the network: these, or others made of them?",
        ("Tensor(images[batch])", f"Tensor({images})"),
    )
bug(
    "epoch-all-at-once",
    "All images are taken in one batch",
    "Which argument says how many images a batch has?",
    ("range(0, len(images), batch_size)", "range(0, len(images), len(images))"),
    ("start : start + batch_size]", "start : start + len(images)]"),
)
bug(
    "epoch-images-not-shuffled",
    "The labels are put in another order than their images",
    "Which label does the network get for the first image of the first batch?",
    ("images[batch]", "images[start : start + batch_size]"),
)
for id, title, question, piece, other in (
    (
        "epoch-batch-one-short",
        "The last image of each batch is left out",
        "How many numbers has the slice `[0:3]`?",
        "start : start + batch_size]",
        "start : start + batch_size - 1]",
    ),
    (
        "epoch-batches-overlap",
        "Each batch has an image of the next one too",
        "How many numbers has the slice `[0:3]`?",
        "start : start + batch_size]",
        "start : start + batch_size + 1]",
    ),
    (
        "epoch-first-image-left-out",
        "The first image of the order is left out",
        "At which place does your first batch begin?",
        "range(0, len(images)",
        "range(1, len(images)",
    ),
    (
        "epoch-last-single-image-left-out",
        "A last batch of one image is left out",
        "Seven images in batches of three: at which place does the last batch begin?",
        "range(0, len(images)",
        "range(0, len(images) - 1",
    ),
):
    bug(id, title, question, (piece, other))
WHOLE_BATCHES = (
    "range(0, len(images), batch_size):",
    "range(0, len(images) // batch_size * batch_size, batch_size):",
)
TOTAL = "        total += loss.item() * len(batch)\n"
for ending, pieces in {
    "whole": (("/ len(images)", "/ max(1, len(images) // batch_size * batch_size)"),),
    "whole-divided": (("/ len(images)", "/ (len(images) // batch_size * batch_size)"),),
    "whole-means": (
        (TOTAL, "        total += loss.item()\n"),
        ("/ len(images)", "/ (len(images) // batch_size)"),
    ),
    "whole-mean-of-none": (
        (TOTAL, "        total += loss.item()\n"),
        ("/ len(images)", "/ max(1, len(images) // batch_size)"),
    ),
}.items():
    another("epoch-last-batch-dropped", ending, WHOLE_BATCHES, *pieces)
for ending, pieces in {
    "mean": (
        ("range(0, len(images), batch_size)", "range(0, batch_size, batch_size)"),
        ("/ len(images)", "/ min(batch_size, len(images))"),
    ),
    "after": ((TOTAL, f"{TOTAL}        break\n"),),
}.items():
    another("epoch-first-batch-only", ending, *pieces)
another(
    "epoch-return-in-loop",
    "item",
    (TOTAL, "        return loss.item()\n"),
)
bug(
    "epoch-sum-by-batches",
    "The sum over all images is divided by the number of batches",
    "Over how many images was the loss added up?",
    ("/ len(images)", "/ -(-len(images) // batch_size)"),
)
bug(
    "epoch-list-of-losses",
    "The losses of all batches are returned",
    "How many numbers does the task want for an epoch?",
    ("0.0\n", "[]\n"),
    (TOTAL, "        total.append(loss.item())\n"),
    ("return total / len(images)", "return total"),
)
another(
    "epoch-loss-after-step",
    "at-the-end",
    (
        "return total / len(images)",
        "return loss_fn(network(Tensor(images)), labels).item()",
    ),
)
for ending, own in {
    "": "tt.SGD(network.parameters(), lr=0.01)",
    "-fast": "tt.SGD(network.parameters(), lr=0.1)",
    "-slow": "tt.SGD(network.parameters(), lr=0.001)",
    "-adam": "tt.Adam(network.parameters())",
    "-adam-fast": "tt.Adam(network.parameters(), lr=0.01)",
}.items():
    bug(
        f"epoch-own-optimizer{ending}",
        "The steps are those of another optimizer",
        "Whoever calls your function has chosen an optimizer: where do you use it?",
        ("    loss_fn, total", f"    optimizer = {own}\n    loss_fn, total"),
    )
bug(
    "epoch-labels-from-one",
    "The classes are taken to begin at 1",
    "Which is the first class: 0 or 1?",
    ("labels[batch])\n", "labels[batch] - 1)\n"),
)
another(
    "epoch-no-shuffle",
    "sorted",
    ("rng.permutation(", "sorted(rng.permutation("),
    ("images))\n", "images)))\n"),
)

bug = bugs_of("confusion")
another(
    "confusion-only-seen",
    "numbered-anew",
    (
        LOOPED,
        "    found = np.unique(np.concatenate([labels, predictions]))\n"
        "    matrix = np.zeros((len(found), len(found)), dtype=int)\n"
        "    rows = np.searchsorted(found, labels)\n"
        "    np.add.at(matrix, (rows, np.searchsorted(found, predictions)), 1)\n"
        "    return matrix",
    ),
)
another(
    "confusion-only-seen",
    "square",
    (
        "np.zeros((classes, classes), dtype=int)",
        "np.zeros((max(*labels, *predictions) + 1,) * 2, dtype=int)",
    ),
)
another(
    "confusion-only-seen",
    "by-the-labels",
    (
        "np.zeros((classes, classes), dtype=int)",
        "np.zeros((max(labels) + 1,) * 2, dtype=int)",
    ),
)
another(
    "confusion-histogram-without-range",
    "of-floats",
    (
        LOOPED,
        "    return np.histogram2d(labels, predictions, bins=classes)[0]",
    ),
)
another(
    "confusion-fractions",
    "float32",
    ("dtype=int", "dtype=np.float32"),
)
another("confusion-one-byte", "signed", ("dtype=int", "dtype=np.int8"))
another(
    "confusion-pairs-once",
    "marked",
    ("matrix[label, prediction] += 1", "matrix[label, prediction] = 1"),
)
bug(
    "confusion-truth-values",
    "The matrix says whether, not how often",
    "How large is the number in your matrix where one pair occurred seven times?",
    ("dtype=int", "dtype=bool"),
)
ONE_BY_ONE = (
    "    matrix = np.zeros((classes, classes), dtype=int)\n"
    "    for i in {rows}:\n"
    "        for j in {columns}:\n"
    "            matrix[i, j] = np.sum((labels == i) & (predictions == j))\n"
    "    return matrix"
)
for id, title, question, rows, columns in (
    (
        "confusion-without-last-class",
        "The last class is left out",
        "Ten classes: which is the largest number that your loop comes past?",
        "range(classes - 1)",
        "range(classes - 1)",
    ),
    (
        "confusion-without-first-class",
        "The first class is left out",
        "Ten classes: which is the smallest number that your loop comes past?",
        "range(1, classes)",
        "range(1, classes)",
    ),
    (
        "confusion-without-last-row",
        "The last class has no row",
        "Ten classes: which is the largest number that your loop comes past?",
        "range(classes - 1)",
        "range(classes)",
    ),
    (
        "confusion-without-last-column",
        "The last class has no column",
        "Ten classes: which is the largest number that your loop comes past?",
        "range(classes)",
        "range(classes - 1)",
    ),
    (
        "confusion-without-first-row",
        "The first class has no row",
        "Ten classes: which is the smallest number that your loop comes past?",
        "range(1, classes)",
        "range(classes)",
    ),
    (
        "confusion-without-first-column",
        "The first class has no column",
        "Ten classes: which is the smallest number that your loop comes past?",
        "range(classes)",
        "range(1, classes)",
    ),
):
    bug(
        id,
        title,
        question,
        (LOOPED, ONE_BY_ONE.format(rows=rows, columns=columns)),
    )
another("confusion-one-half", "below", ("return matrix", "return np.tril(matrix)"))
another(
    "confusion-from-one",
    "and-lost",
    (
        LOOPED,
        "    rows = np.arange(1, classes + 1)\n"
        "    right = labels == rows[:, None, None]\n"
        "    return (right & (predictions == rows[:, None])).sum(axis=2)",
    ),
)
another(
    "confusion-from-one",
    "one-more",
    (
        LOOPED,
        "    matrix = np.zeros((classes + 1, classes + 1), dtype=int)\n"
        "    np.add.at(matrix, (labels, predictions), 1)\n"
        "    return matrix[1:, 1:]",
    ),
)
bug(
    "confusion-one-class-more",
    "There is a row too many and a column too many",
    "Classes from 0 to 9: how many are there?",
    (
        "np.zeros((classes, classes), dtype=int)",
        "np.zeros((classes + 1, classes + 1), dtype=int)",
    ),
)
bug(
    "confusion-one-class-less",
    "There is a row too few and a column too few",
    "Classes from 0 to 9: how many are there?",
    (
        "np.zeros((classes, classes), dtype=int)",
        "np.zeros((classes - 1, classes - 1), dtype=int)",
    ),
)
for ending, how, title in (
    ("added", "matrix + matrix.T", "The matrix is added to its mirror image"),
    ("averaged", "(matrix + matrix.T) / 2", "Matrix and mirror image are averaged"),
):
    bug(
        f"confusion-mirrored-{ending}",
        title,
        "A 4 was taken for a 9, and never a 9 for a 4. What does your matrix say?",
        ("return matrix", f"return {how}"),
    )
bug(
    "confusion-in-percent",
    "The matrix holds percent in place of counts",
    "What is the sum of all numbers in a matrix that counts?",
    ("return matrix", "return 100 * matrix / len(labels)"),
)

bug = bugs_of("saliency")
RETURNED = "return np.abs(pixels.grad[0]).max(axis=0)"
for id, title, question, other in (
    (
        "saliency-last-channel",
        "Only the last channel is looked at",
        "What if the score depends on the red of a pixel alone?",
        "return np.abs(pixels.grad[0])[-1]",
    ),
    (
        "saliency-batch-kept",
        "The axis of the batch is still there",
        "How many axes has the docstring's answer? Which of yours counts images?",
        "return np.abs(pixels.grad).max(axis=1)",
    ),
    (
        "saliency-which-channel",
        "What is returned says which channel is the largest",
        "What do you want to know of a pixel: which channel, or how strongly?",
        "return np.abs(pixels.grad[0]).argmax(axis=0)",
    ),
    (
        "saliency-sum-with-signs",
        "The channels are added, each with its sign",
        "What becomes of two gradients of opposite sign if they are added?",
        "return pixels.grad[0].sum(axis=0)",
    ),
    (
        "saliency-mean-with-signs",
        "The mean of the channels is taken, each with its sign",
        "What becomes of two gradients of opposite sign in their mean?",
        "return pixels.grad[0].mean(axis=0)",
    ),
    (
        "saliency-each-channel",
        "There is one number for each channel, not for each pixel",
        "For how many pixels do you want to know how strongly they move the score?",
        "return np.abs(pixels.grad[0]).max(axis=(1, 2))",
    ),
    (
        "saliency-flat",
        "The pixels stand in one row",
        "How many axes has the docstring's answer?",
        "return np.abs(pixels.grad[0]).max(axis=0).reshape(-1)",
    ),
    (
        "saliency-tensor",
        "A Tensor is returned, no array",
        "Which type does the docstring promise?",
        "return Tensor(np.abs(pixels.grad[0]).max(axis=0))",
    ),
    (
        "saliency-negative-only",
        "Gradients above zero are left out",
        "A pixel that would raise the score a lot: does it matter less than one that does "
        "nothing?",
        "return np.maximum(-pixels.grad[0], 0).max(axis=0)",
    ),
):
    bug(id, title, question, (RETURNED, other))
STRENGTH = "strength = np.abs(pixels.grad[0]).max(axis=0)\n    return strength"
for id, title, how in (
    ("sum", "The result is divided by its sum", "strength.sum()"),
    ("mean", "The result is divided by its mean", "strength.mean()"),
    ("length", "The result is divided by its length", "np.linalg.norm(strength)"),
):
    bug(
        f"saliency-divided-by-its-{id}",
        title,
        "Another network moves the score twice as strongly. Does your picture show it?",
        (RETURNED, f"{STRENGTH} / {how}"),
    )
bug(
    "saliency-of-brightness",
    "The result is stretched up to 255",
    "Another network moves the score twice as strongly. Does your picture show it?",
    (RETURNED, f"{STRENGTH} * 255 / strength.max()"),
)
another(
    "saliency-normalised",
    "with-a-little",
    (RETURNED, f"{STRENGTH} / (strength.max() + 1e-3)"),
)
bug(
    "saliency-of-mean-score",
    "The mean of all scores is taken",
    "Would your picture be another one for another label?",
    ("[0, label]", ".mean()"),
)
another(
    "saliency-of-loss",
    "of-logarithms",
    ("network(pixels)[0, label]", "-tt.log_softmax(network(pixels))[0, label]"),
)
bug(
    "saliency-of-class-before",
    "The score of the class before is taken",
    "At which number do Python's counts begin?",
    ("[0, label]", "[0, label - 1]"),
)
bug(
    "saliency-label-for-image",
    "The label is taken for the number of an image",
    "Which axis of the scores counts images, and which counts classes?",
    ("[0, label]", "[label]"),
)
bug(
    "saliency-label-first",
    "The label is taken for the number of an image",
    "Which axis of the scores counts images, and which counts classes?",
    ("[0, label]", "[label, 0]"),
)
bug(
    "saliency-pixels-ask-for-nothing",
    "No gradient arrives at the image",
    "Which line asks for the pixels' gradient, and which one computes it?",
    (", requires_grad=True", ""),
)
bug(
    "saliency-no-backward",
    "No gradient arrives at the image",
    "Which line asks for the pixels' gradient, and which one computes it?",
    ("    score.backward()\n", ""),
)
another(
    "saliency-image-centred",
    "scaled",
    ("    pixels =", "    image /= 255\n    pixels ="),
)
another(
    "saliency-image-centred",
    "by-its-largest",
    ("    pixels =", "    image /= image.max()\n    pixels ="),
)

bug = bugs_of("network")
for name, layers, value in (
    ("all-zero", "network.layers", "0.0"),
    ("all-alike", "network.layers", "0.01"),
    ("all-one", "network.layers", "1.0"),
    ("convolutions-zero", "network.layers[:6]", "0.0"),
    ("linear-zero", "network.layers[7:]", "0.0"),
):
    bug(
        f"network-weights-{name}",
        "The weights of a layer begin all alike",
        "Two filters begin alike: what is different in their gradients?",
        FROZEN,
        (
            WHOLE,
            f"{WHOLE}    for layer in {layers}:\n"
            "        for parameter in layer.parameters():\n"
            f"            parameter.data = np.full_like(parameter.data, {value})\n"
            "    return network\n",
        ),
    )
bugs_of("network")(
    "network-one-round",
    "There is one round of convolution and pooling, not two",
    "How many rows of the table has your network?",
    (
        """        Conv2d(first, second, 3, padding=1),
        ReLU(),
        MaxPool2d(2),
""",
        "",
    ),
    ("Linear(second * left * left", "Linear(first * (size // 2) ** 2"),
)
bugs_of("confusion")(
    "confusion-rows-divided-by-their-sums",
    "Each row is divided by its sum, which may be zero",
    "What is the sum of all numbers in a matrix that counts?",
    ("return matrix", "return matrix / matrix.sum(axis=1, keepdims=True)"),
)

# Divisions and products
# ----------------------

bug = bugs_of("network")
bug(
    "network-linear-left-to-right",
    "In the linear layer's size a product is rounded, not a side",
    "What is 3 * 7 // 4 worked out from left to right, and what is three times the whole "
    "part of 7 / 4?",
    ("second * left * left", "second * size // 4 * size // 4"),
)
bug(
    "network-linear-twice-the-side",
    "The linear layer's size counts twice the side of a map, not its square",
    "How many numbers has a map of 2x2? And one of 5x5?",
    ("second * left * left", "second * left * 2"),
)
bugs_of("train-epoch")(
    "epoch-mean-of-full-batches",
    "The losses of all batches are divided by the number of full batches",
    "With 7 images in batches of 3, how many losses do you add, and by what do you divide "
    "the sum?",
    ("loss.item() * len(batch)", "loss.item()"),
    ("total / len(images)", "total / (len(images) // batch_size)"),
)

# What few sizes do not show
# --------------------------

bug = bugs_of("train-epoch")
bug(
    "epoch-batches-of-32-at-most",
    "No batch has more than 32 images",
    "Which argument says how many images a batch has, and may it be 64?",
    ("len(images), batch_size):", "len(images), min(batch_size, 32)):"),
    ("start : start + batch_size]", "start : start + min(batch_size, 32)]"),
)
bug(
    "epoch-loss-before-epoch",
    "The loss is that of all images before the epoch",
    "Which network gave the second batch's scores: the one before the first step?",
    (
        "    order =",
        "    before = loss_fn(network(Tensor(images)), labels).item()\n    order =",
    ),
    ("return total / len(images)", "return before"),
)
bug(
    "epoch-order-turned-round",
    "The images keep their order, which only begins elsewhere",
    "Which two images come one after the other in your first epoch, and in your second?",
    (
        "rng.permutation(len(images))",
        "np.roll(np.arange(len(images)), rng.integers(len(images)))",
    ),
)
bugs_of("saliency")(
    "saliency-first-three-channels",
    "Only the first three channels are looked at",
    "How many channels may an image have, and which axis says how many it has?",
    ("np.abs(pixels.grad[0])", "np.abs(pixels.grad[0][:3])"),
)
