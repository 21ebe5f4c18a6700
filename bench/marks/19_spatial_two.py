"""Wrong solutions of module 19, each with a judge's mark and the reason for it."""

from _marked import Marked

WRONG = [
    Marked(
        "dilated-field",
        6,
        "a kernel reaches over k * d pixels, so each layer adds k * d - 1",
        "dilated-field-kernel-times-dilation",
    ),
    Marked(
        "dilated-field",
        7,
        "takes the stride of the layer before, not the product of all before",
        "dilated-field-last-stride-only",
    ),
    Marked(
        "conv-forward",
        7,
        "takes the reach as k * d, so with dilation the last windows are missing",
        "nd-reach-kernel-times-dilation",
    ),
    Marked(
        "conv-forward",
        7,
        "brings tensordot's (O, B, ...) to (B, O, ...) by a reshape",
        "nd-images-and-channels-mixed",
    ),
    Marked(
        "conv-forward",
        7,
        "handles rows and images, and answers nothing for three axes",
        "nd-no-blocks",
    ),
    Marked(
        "conv-backward",
        8,
        "the kernel's gradient looks at the first image alone",
        "nd-back-first-image",
    ),
    Marked(
        "conv-backward",
        9,
        "makes the image's gradient with zeros_like(x): whole-number images cut it off",
        "nd-back-image-dtype-cut",
    ),
    Marked(
        "conv-backward",
        7,
        "number u of the kernel sends its gradient to pixel u, dilation or not",
        "nd-back-dilation-ignored",
    ),
    Marked(
        "padding",
        7,
        "the way back cuts the padding off in every mode, no copy is added",
        "pad-back-cut-off",
    ),
    Marked(
        "padding",
        10,
        "where the pixels are odd in number, the one more goes in front",
        "same-more-before",
    ),
    Marked(
        "padding",
        9,
        "refuses unknown modes, but lets reflect and circular ask for too many pixels",
        "pad-accepts-all",
    ),
    Marked(
        "groups",
        7,
        "group g takes every groups-th channel of the image, not a block of neighbours",
        "groups-every-so-many-in-a-loop",
    ),
    Marked(
        "groups",
        9,
        "every channel of a group gets the bias of the group's number",
        "groups-bias-of-group-number",
    ),
    Marked(
        "groups",
        9,
        "does not refuse channels that the groups do not divide",
        "groups-in-parts-unasked",
    ),
    Marked(
        "separable-cost",
        8,
        "counts the pointwise steps at the image's places, not at those left",
        "cost-pointwise-before",
    ),
    Marked(
        "separable-cost",
        7,
        "takes the first kernel number squared and two axes for every kernel",
        "cost-kernel-square",
    ),
    Marked(
        "conv-transpose",
        8,
        "puts the output padding before the first pixel",
        "turned-output-padding-before",
    ),
    Marked(
        "conv-transpose",
        7,
        "a later pixel paints over what is there in place of adding",
        "turned-overwritten-by-pixels",
    ),
    Marked(
        "conv-transpose",
        8,
        "gives the weight's gradient as (out, in, ...)",
        "turned-back-weight-out-in",
    ),
    Marked(
        "upsample",
        5,
        "tiles the whole image in place of repeating each pixel; the way back is right",
        "up-tiled",
    ),
    Marked("upsample", 7, "the way back takes the mean of the copies", "up-back-mean"),
    Marked(
        "adaptive-pool",
        7,
        "windows end at the floor of (i + 1) n / m, so they never overlap",
        "adaptive-both-end-rounded-down-or-none",
    ),
    Marked(
        "adaptive-pool",
        9,
        "the way back sets the shares, so of windows that overlap the last counts",
        "adaptive-back-overwritten",
    ),
    Marked(
        "avg-pool",
        9,
        "ceil_mode keeps a window that begins in the padding behind",
        "ceil-behind-the-image",
    ),
    Marked(
        "avg-pool",
        8,
        "the way back divides by the whole window's size, whatever the switch says",
        "pool-back-whole-window",
    ),
]
