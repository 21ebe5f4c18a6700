"""Wrong solutions of module 09, each with a judge's mark and the reason for it."""

from _marked import Marked

WRONG = [
    Marked("output-size", 3, "no count is right but the refusals", "size-no-plus-one"),
    Marked(
        "output-size",
        6,
        "right where the stride divides; the floor is missing",
        "size-ceil",
    ),
    Marked(
        "output-size",
        7,
        "every count is right; nothing at all is refused",
        replace=(
            ("kernel < 1 or stride < 1 or padding < 0", "False"),
            ("kernel > size + 2 * padding", "False"),
        ),
    ),
    Marked("output-size", 6, "right without padding alone", "size-padding-once"),
    Marked(
        "conv2d-forward",
        0,
        "an array of the right shape, and nothing computed",
        replace=(("out[b, o, i, j] = total", "out[b, o, i, j] = 0"),),
    ),
    Marked(
        "conv2d-forward",
        6,
        "true convolution: all is there, flipped",
        "conv-kernel-flipped",
    ),
    Marked(
        "conv2d-forward",
        1,
        "another layout: hardly an image gets through",
        "conv-channels-last",
    ),
    Marked(
        "conv2d-forward", 8, "everything but the last addition", "conv-bias-dropped"
    ),
    Marked(
        "conv2d-forward",
        8,
        "the bias once too often in colour images; the products are right",
        "conv-bias-for-each-channel",
    ),
    Marked(
        "conv2d-forward",
        7,
        "the geometry of one argument is missing",
        "conv-stride-ignored",
    ),
    Marked(
        "conv2d-forward",
        5,
        "the plainest convolution; neither stride nor padding",
        replace=(
            (
                "(sh, sw), (ph, pw) = stride, padding",
                "(sh, sw), (ph, pw) = (1, 1), (0, 0)",
            ),
        ),
    ),
    Marked(
        "conv2d-forward",
        4,
        "one image and one kernel alone are convolved",
        replace=(
            ("for b in range(batch)", "for b in range(1)"),
            ("for o in range(out_channels)", "for o in range(1)"),
        ),
    ),
    Marked(
        "conv2d-forward",
        4,
        "no sum over channels, which is half of the idea",
        "conv-depthwise",
    ),
    Marked("conv2d-forward", 5, "grey images alone are right", "conv-one-channel"),
    Marked(
        "conv2d-forward",
        2,
        "the sum is missing, the heart of it",
        "conv-last-product-only",
    ),
    Marked("conv2d-forward", 9, "right, in too narrow a type", "conv-always-float32"),
    Marked(
        "conv2d-forward",
        7,
        "square kernels alone, otherwise complete",
        "conv-square-kernel",
    ),
    Marked(
        "conv2d-backward",
        6,
        "two gradients of three are right, and the third has its products",
        "conv-back-kernel-overwritten",
    ),
    Marked(
        "conv2d-backward",
        4,
        "the products are right, and nothing adds up where it must",
        replace=(
            ("z] += upstream", "z] = upstream"),
            ("v] += upstream", "v] = upstream"),
        ),
    ),
    Marked(
        "conv2d-backward",
        2,
        "the bias alone, the easiest of three",
        replace=(
            ("upstream * weight[o, c, u, v]", "0"),
            ("upstream * padded[b, c, y, z]", "0"),
        ),
    ),
    Marked(
        "conv2d-backward",
        8,
        "all is computed; the padding is left on",
        "conv-back-not-cropped",
    ),
    Marked(
        "conv2d-backward",
        7,
        "as forward without its stride",
        "conv-back-stride-ignored",
    ),
    Marked(
        "conv2d-backward",
        8,
        "all but one factor in the smallest one",
        "conv-back-bias-averaged",
    ),
    Marked(
        "conv2d-backward", 3, "the chain rule is missing", "conv-back-upstream-ignored"
    ),
    Marked(
        "conv2d-backward",
        5,
        "right for one image alone",
        replace=(("for b in range(batch)", "for b in range(1)"),),
    ),
    Marked(
        "conv2d-layer",
        6,
        "no gradient passes; the rest is a layer",
        "layer-leaves-the-graph",
    ),
    Marked(
        "conv2d-layer",
        8,
        "only the width of the first weights is wrong",
        "layer-standard-normal",
    ),
    Marked(
        "conv2d-layer", 9, "one entry is missing from a list", "layer-bias-not-listed"
    ),
    Marked(
        "conv2d-layer",
        7,
        "complete, but it cannot learn from there",
        "layer-weights-zero",
    ),
    Marked(
        "conv2d-layer",
        7,
        "two arguments go nowhere",
        replace=(
            ("self.stride, self.padding\n        )", "(1, 1), (0, 0)\n        )"),
        ),
    ),
    Marked("max-pool2d-forward", 6, "negative windows are wrong", "max-starts-at-zero"),
    Marked(
        "max-pool2d-forward",
        8,
        "right but where padding meets negatives",
        "max-padded-with-zero",
    ),
    Marked("max-pool2d-forward", 3, "the other pooling", "max-mean"),
    Marked("max-pool2d-forward", 7, "one argument goes nowhere", "max-stride-ignored"),
    Marked(
        "max-pool2d-forward",
        9,
        "the numbers are right, the type is not",
        "max-integer-output",
    ),
    Marked(
        "max-pool2d-backward",
        6,
        "windows that overlap lose gradient",
        "max-back-overwritten",
    ),
    Marked(
        "max-pool2d-backward",
        8,
        "right but where numbers are equal",
        "max-back-ties-last",
    ),
    Marked(
        "max-pool2d-backward",
        8,
        "all is computed; the padding is left on",
        "max-back-not-cropped",
    ),
    Marked(
        "max-pool2d-backward", 2, "no winner is looked for", "max-back-whole-window"
    ),
    Marked(
        "avg-pool2d-forward", 4, "a sum is no mean; the windows are right", "avg-sum"
    ),
    Marked(
        "avg-pool2d-forward", 8, "right where there is no padding", "avg-valid-count"
    ),
    Marked(
        "avg-pool2d-backward",
        4,
        "the share is missing; the places are right",
        "avg-back-not-divided",
    ),
    Marked(
        "avg-pool2d-backward",
        6,
        "windows that overlap lose gradient",
        "avg-back-overwritten",
    ),
    Marked(
        "cost", 8, "one of three counts lacks its last term", "cost-bias-not-counted"
    ),
    Marked("cost", 7, "one of three counts lacks a factor", "cost-macs-of-one-image"),
    Marked("receptive-field", 4, "right without strides alone", "field-without-stride"),
    Marked(
        "receptive-field", 2, "one layer alone is right", "field-kernels-multiplied"
    ),
]
