"""Wrong solutions of the milestone, each with a judge's mark and the reason for it."""

from _marked import Marked

WRONG = [
    Marked(
        "network",
        7,
        "one layer of eight is missing, and it has no shape",
        "network-second-relu-missing",
    ),
    Marked(
        "network",
        7,
        "one layer of eight is missing, and it has no shape",
        "network-first-relu-missing",
    ),
    Marked(
        "network",
        5,
        "two layers of eight are missing: nothing bends",
        "network-no-relu",
    ),
    Marked(
        "network",
        7,
        "the right network with one layer too many",
        "network-relu-on-scores",
    ),
    Marked(
        "network",
        6,
        "one layer too many, and the loss takes scores",
        "network-softmax-on-scores",
    ),
    Marked("network", 3, "no image goes through", "network-flatten-missing"),
    Marked(
        "network",
        5,
        "digits alone: one argument goes nowhere",
        "network-linear-for-8x8",
    ),
    Marked(
        "network",
        7,
        "one argument goes nowhere; grey images are right",
        "network-one-channel",
    ),
    Marked(
        "network",
        8,
        "one argument goes nowhere, and ten is what is asked",
        "network-ten-classes",
    ),
    Marked(
        "network",
        8,
        "one argument goes nowhere; the default is right",
        "network-filters-ignored",
    ),
    Marked(
        "network",
        2,
        "the layers do not fit: no image goes through",
        "network-linear-not-pooled",
    ),
    Marked(
        "network",
        5,
        "a network, with another pooling than is asked for",
        "network-average-pool",
    ),
    Marked("network", 0, "nothing is returned", "network-nothing-returned"),
    Marked(
        "network",
        3,
        "no convolution: one linear layer reads the pixels",
        source="""def lenet(channels, size, classes, filters=(8, 16)):
    return Sequential(Flatten(), Linear(channels * size * size, classes))
""",
    ),
    Marked(
        "train-epoch",
        3,
        "batches and loss are there; nothing is learned",
        "epoch-no-step",
    ),
    Marked(
        "train-epoch",
        6,
        "it learns, along the sum of old gradients",
        "epoch-no-zero-grad",
    ),
    Marked(
        "train-epoch",
        2,
        "nothing is computed backward, nothing is learned",
        "epoch-no-backward",
    ),
    Marked(
        "train-epoch",
        8,
        "it trains; the number told is the last batch's",
        "epoch-last-loss",
    ),
    Marked(
        "train-epoch",
        9,
        "wrong for a last small batch's loss alone",
        "epoch-mean-of-means",
    ),
    Marked(
        "train-epoch", 8, "the last images are never used", "epoch-last-batch-dropped"
    ),
    Marked("train-epoch", 8, "everything but the order", "epoch-no-shuffle"),
    Marked(
        "train-epoch",
        3,
        "images with the labels of others: it learns noise",
        "epoch-labels-not-shuffled",
    ),
    Marked(
        "train-epoch", 7, "it trains; the loss is not divided", "epoch-sum-of-means"
    ),
    Marked(
        "train-epoch", 3, "one batch, and the epoch is over", "epoch-first-batch-only"
    ),
    Marked(
        "train-epoch", 6, "another loss than the one asked for", "epoch-squared-error"
    ),
    Marked(
        "train-epoch", 4, "one step for all: the batches do nothing", "epoch-one-step"
    ),
    Marked(
        "train-epoch",
        0,
        "a number is returned and nothing is done",
        source="""def train_epoch(network, images, labels, optimizer, batch_size, rng):
    return 0.0
""",
    ),
    Marked(
        "train-epoch",
        9,
        "the shuffled arrays are the caller's own",
        "epoch-shuffled-in-place",
    ),
    Marked(
        "confusion", 7, "all is counted, the axes are exchanged", "confusion-transposed"
    ),
    Marked(
        "confusion",
        3,
        "no pair counts twice, and counting is the task",
        "confusion-pairs-once",
    ),
    Marked(
        "confusion", 9, "the counts are right, the type is not", "confusion-fractions"
    ),
    Marked(
        "confusion",
        4,
        "the diagonal, half of the table, is missing",
        "confusion-mistakes-only",
    ),
    Marked(
        "confusion",
        4,
        "shares are asked of nobody; the places are right",
        "confusion-rows-normalised",
    ),
    Marked("confusion", 8, "right where each class occurs", "confusion-only-seen"),
    Marked(
        "confusion",
        2,
        "right answers alone are counted",
        replace=(
            (
                "matrix[label, prediction] += 1",
                "matrix[label, label] += label == prediction",
            ),
        ),
    ),
    Marked(
        "saliency",
        7,
        "right but for the sign, which one word takes off",
        "saliency-no-abs",
    ),
    Marked("saliency", 6, "grey images alone are right", "saliency-first-channel"),
    Marked(
        "saliency",
        6,
        "the channels are joined in another way",
        "saliency-sum-of-channels",
    ),
    Marked("saliency", 4, "another gradient: that of the loss", "saliency-of-loss"),
    Marked("saliency", 3, "the score is another class's", "saliency-of-first-class"),
    Marked(
        "saliency",
        8,
        "the answer is right, and something is left behind",
        "saliency-gradients-left",
    ),
    Marked(
        "saliency",
        4,
        "the gradient is there, no picture comes of it",
        "saliency-one-number",
    ),
    Marked(
        "saliency",
        0,
        "the pixels themselves, no gradient",
        replace=(("np.abs(pixels.grad[0]).max(axis=0)", "np.abs(image).max(axis=0)"),),
    ),
]
