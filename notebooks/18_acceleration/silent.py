"""Mistakes that the visible checks of module 18 do not show, and why they cannot."""

SILENT = {
    "blocked-bytes-of-all-kernels": "smaller blocks give the same numbers in less memory",
    "blocked-always-4-bytes": "twice the memory of a block is what a copy of it takes, too",
    "winograd-is-direct": "the answer is right; only how it is computed differs",
}

# By reason: several mistakes each.
_MORE = {
    "its numbers come out in few places, or whole": [
        "choose-rounded",
    ],
    "its biases are of the dtype of image and kernel": [
        "inner-bias-dtype",
    ],
    "its several images have windows in one row": [
        "im2col-image-between",
    ],
    "its kernels of several channels have one row or one column": [
        "matmul-kernel-channel-last-between",
        "backward-image-kernel-channel-last",
        "backward-kernel-channel-last",
    ],
    "other blocks give the same numbers in other memory, which is within what it measures": [
        "blocked-without-channels",
        "blocked-windows-at-each-pixel",
        "blocked-kernel-of-rows",
        "blocked-kernel-of-columns",
        "blocked-in-bits",
        "blocked-always-8-bytes",
        "blocked-windows-and-answer",
        "blocked-at-stride-1",
        "blocked-counted-without-padding",
        "blocked-bytes-of-the-image-in-all",
    ],
    "the answer is right; only how it is computed differs": [
        "winograd-is-direct-by-im2col",
        "winograd-loops-over-tiles-but-for-one-channel",
        "fft-is-direct-by-matrices",
        "fft-is-direct-and-rounds",
    ],
}
SILENT |= {name: why for why, names in _MORE.items() for name in names}
