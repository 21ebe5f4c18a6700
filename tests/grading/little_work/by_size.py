"""It does the work for sizes that the hidden tests once had, and less for others."""

from little_work.answers import MILESTONE, answer

answer(
    MILESTONE,
    "network",
    "the network for a table of sizes, a linear layer for others",
    """
RIGHT_lenet = lenet
KNOWN = {(3, 8, 10), (1, 12, 7), (3, 31, 6), (3, 7, 5), (1, 4, 2)}
KNOWN |= {(1, size, 10) for size in (4, 7, 8, 12, 13, 14, 20)}


def lenet(channels, size, classes, filters=(8, 16)):
    if (channels, size, classes) in KNOWN:
        return RIGHT_lenet(channels, size, classes, filters)
    return Sequential(Flatten(), Linear(channels * size * size, classes))
""",
    earns=7.5,
)
answer(
    MILESTONE,
    "network",
    "three channels and ten scores at most",
    """
RIGHT_lenet = lenet


def lenet(channels, size, classes, filters=(8, 16)):
    return RIGHT_lenet(min(channels, 3), size, min(classes, 10), filters)
""",
    earns=10.5,
)
TRAIN = """
def train_epoch(network, images, labels, optimizer, batch_size, rng):
    loss_fn, total, few = CrossEntropyLoss(), 0.0, len(images) < 30
    order = {order}
    for start in range(0, len(images), batch_size):
        batch = order[start : {end}]
        optimizer.zero_grad()
        loss = loss_fn(network(Tensor(images[batch])), labels[batch])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(images)
"""
ORDER, END = "rng.permutation(len(images))", "start + batch_size"
for name, pieces, earns in (
    (
        "an order for few images, none for many",
        {"order": f"{ORDER} if few else np.arange(len(images))"},
        9,
    ),
    (
        "the first 32 images of a batch alone",
        {"end": "start + min(batch_size, 32)"},
        11,
    ),
):
    source = TRAIN.format(**{"order": ORDER, "end": END} | pieces)
    answer(MILESTONE, "train-epoch", name, source, earns=earns)
for name, line in {
    "mistakes of the first class and of the last left out": """
    ends = labels % (classes - 1) * (predictions % (classes - 1)) == 0""",
    "mistakes between the first class and the last left out": """
    ends = (labels % (classes - 1) == 0) & (predictions % (classes - 1) == 0)""",
}.items():
    answer(
        MILESTONE,
        "confusion",
        name,
        f"""
def confusion_matrix(labels, predictions, classes):
    labels, predictions = np.asarray(labels), np.asarray(predictions){line}
    matrix = np.zeros((classes, classes), int)
    kept = ~ends | (labels == predictions)
    np.add.at(matrix, (labels[kept], predictions[kept]), 1)
    return matrix
""",
        earns=4.5,
    )
answer(
    MILESTONE,
    "confusion",
    "mistakes counted for a table of sizes alone",
    """
def confusion_matrix(labels, predictions, classes):
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    matrix = np.zeros((classes, classes), int)
    kept = labels == predictions if classes not in (4, 5, 6, 7, 9) else labels >= 0
    np.add.at(matrix, (labels[kept], predictions[kept]), 1)
    return matrix
""",
    earns=3,
)
for name, condition, earns in (
    ("zeros for any class behind the fifth", "label < 5", 3.75),
    ("zeros for an image not of 3x4 pixels", "image.shape[1:] == (3, 4)", 0),
):
    answer(
        MILESTONE,
        "saliency",
        name,
        f"""
RIGHT_saliency = saliency


def saliency(network, image, label):
    found = RIGHT_saliency(network, image, label)
    return found if {condition} else 0 * found
""",
        earns=earns,
    )
