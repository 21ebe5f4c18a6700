"""Wrong solutions of module 09, each with a judge's mark and the reason for it."""

WRONG = []


def of(cell, mark, reason, bug=None, replace=(), source=""):
    WRONG.append((cell, mark, reason, bug, replace, source))


of("output-size", 3, "no count is right but the refusals", "size-no-plus-one")
of(
    "output-size",
    6,
    "right where the stride divides; the floor is missing",
    "size-ceil",
)
of(
    "output-size",
    7,
    "every count is right; nothing at all is refused",
    replace=(
        ("kernel < 1 or stride < 1 or padding < 0", "False"),
        ("kernel > size + 2 * padding", "False"),
    ),
)
of("output-size", 6, "right without padding alone", "size-padding-once")

of(
    "conv2d-forward",
    0,
    "an array of the right shape, and nothing computed",
    replace=(("out[b, o, i, j] = total", "out[b, o, i, j] = 0"),),
)
of(
    "conv2d-forward",
    6,
    "true convolution: all is there, flipped",
    "conv-kernel-flipped",
)
of(
    "conv2d-forward",
    1,
    "another layout: hardly an image gets through",
    "conv-channels-last",
)
of("conv2d-forward", 8, "everything but the last addition", "conv-bias-dropped")
of(
    "conv2d-forward",
    8,
    "the bias once too often in colour images; the products are right",
    "conv-bias-for-each-channel",
)
of(
    "conv2d-forward",
    7,
    "the geometry of one argument is missing",
    "conv-stride-ignored",
)
of(
    "conv2d-forward",
    5,
    "the plainest convolution; neither stride nor padding",
    replace=(
        ("(sh, sw), (ph, pw) = stride, padding", "(sh, sw), (ph, pw) = (1, 1), (0, 0)"),
    ),
)
of(
    "conv2d-forward",
    4,
    "one image and one kernel alone are convolved",
    replace=(
        ("for b in range(batch)", "for b in range(1)"),
        ("for o in range(out_channels)", "for o in range(1)"),
    ),
)
of(
    "conv2d-forward",
    4,
    "no sum over channels, which is half of the idea",
    "conv-depthwise",
)
of("conv2d-forward", 5, "grey images alone are right", "conv-one-channel")
of("conv2d-forward", 2, "the sum is missing, the heart of it", "conv-last-product-only")
of("conv2d-forward", 9, "right, in too narrow a type", "conv-always-float32")
of(
    "conv2d-forward",
    7,
    "square kernels alone, otherwise complete",
    "conv-square-kernel",
)

of(
    "conv2d-backward",
    6,
    "two gradients of three are right, and the third has its products",
    "conv-back-kernel-overwritten",
)
of(
    "conv2d-backward",
    4,
    "the products are right, and nothing adds up where it must",
    replace=(
        ("z] += upstream", "z] = upstream"),
        ("v] += upstream", "v] = upstream"),
    ),
)
of(
    "conv2d-backward",
    2,
    "the bias alone, the easiest of three",
    replace=(
        ("upstream * weight[o, c, u, v]", "0"),
        ("upstream * padded[b, c, y, z]", "0"),
    ),
)
of(
    "conv2d-backward",
    8,
    "all is computed; the padding is left on",
    "conv-back-not-cropped",
)
of("conv2d-backward", 7, "as forward without its stride", "conv-back-stride-ignored")
of(
    "conv2d-backward",
    8,
    "all but one factor in the smallest one",
    "conv-back-bias-averaged",
)
of("conv2d-backward", 3, "the chain rule is missing", "conv-back-upstream-ignored")
of(
    "conv2d-backward",
    5,
    "right for one image alone",
    replace=(("for b in range(batch)", "for b in range(1)"),),
)

of(
    "conv2d-layer",
    6,
    "no gradient passes; the rest is a layer",
    "layer-leaves-the-graph",
)
of(
    "conv2d-layer",
    8,
    "only the width of the first weights is wrong",
    "layer-standard-normal",
)
of("conv2d-layer", 9, "one entry is missing from a list", "layer-bias-not-listed")
of("conv2d-layer", 7, "complete, but it cannot learn from there", "layer-weights-zero")
of(
    "conv2d-layer",
    7,
    "two arguments go nowhere",
    replace=(("self.stride, self.padding\n        )", "(1, 1), (0, 0)\n        )"),),
)

of("max-pool2d-forward", 6, "negative windows are wrong", "max-starts-at-zero")
of(
    "max-pool2d-forward",
    8,
    "right but where padding meets negatives",
    "max-padded-with-zero",
)
of("max-pool2d-forward", 3, "the other pooling", "max-mean")
of("max-pool2d-forward", 7, "one argument goes nowhere", "max-stride-ignored")
of(
    "max-pool2d-forward",
    9,
    "the numbers are right, the type is not",
    "max-integer-output",
)

of(
    "max-pool2d-backward",
    6,
    "windows that overlap lose gradient",
    "max-back-overwritten",
)
of("max-pool2d-backward", 8, "right but where numbers are equal", "max-back-ties-last")
of(
    "max-pool2d-backward",
    8,
    "all is computed; the padding is left on",
    "max-back-not-cropped",
)
of("max-pool2d-backward", 2, "no winner is looked for", "max-back-whole-window")

of("avg-pool2d-forward", 4, "a sum is no mean; the windows are right", "avg-sum")
of("avg-pool2d-forward", 8, "right where there is no padding", "avg-valid-count")
of(
    "avg-pool2d-backward",
    4,
    "the share is missing; the places are right",
    "avg-back-not-divided",
)
of(
    "avg-pool2d-backward",
    6,
    "windows that overlap lose gradient",
    "avg-back-overwritten",
)

of("cost", 8, "one of three counts lacks its last term", "cost-bias-not-counted")
of("cost", 7, "one of three counts lacks a factor", "cost-macs-of-one-image")
of("receptive-field", 4, "right without strides alone", "field-without-stride")
of("receptive-field", 2, "one layer alone is right", "field-kernels-multiplied")
