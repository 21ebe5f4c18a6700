"""Mistakes that the visible checks of the milestone do not show, and why they cannot."""

_SCORES = "the check compares scores, and what is never trained has the same"

SILENT = dict.fromkeys(
    [
        "network-first-convolution-frozen",
        "network-second-convolution-frozen",
        "network-linear-layer-frozen",
        "network-convolutions-frozen",
    ],
    _SCORES,
) | {
    "network-second-average-pool": (
        "by hand, what the second pooling gets of an image are four equal numbers"
    ),
    "epoch-images-flattened": "the check's networks make a row of each image themselves",
    "epoch-batches-of-32-at-most": "the check's batches are of three images",
    "epoch-order-turned-round": (
        "the check's batches of four images, three and one, tell who comes last, and that "
        "is each of them"
    ),
    "saliency-first-three-channels": "the check's image has two channels",
    "saliency-tensor": "a Tensor holds the same numbers, which is what the check compares",
}
