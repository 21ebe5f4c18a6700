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
    "saliency-tensor": "a Tensor holds the same numbers, which is what the check compares",
}
