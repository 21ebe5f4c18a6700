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
)
