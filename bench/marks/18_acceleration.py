"""Wrong solutions of module 18, each with a judge's mark and the reason for it."""

from _marked import Marked

WRONG = [
    Marked(
        "roofline",
        5,
        "one function of two is wrong everywhere",
        "intensity-upside-down",
    ),
    Marked(
        "roofline",
        5,
        "one function of two is wrong nearly everywhere",
        "attainable-highest",
    ),
    Marked(
        "roofline",
        7,
        "both numbers are right; nothing is refused",
        replace=(
            ("if operations < 0", "if False"),
            ("if bytes_moved <= 0", "if False"),
        ),
    ),
    Marked(
        "strides",
        4,
        "one function of two, and the order is its idea",
        "strides-fortran-order",
    ),
    Marked(
        "strides", 6, "the steps are right, in the wrong unit", "strides-in-numbers"
    ),
    Marked("strides", 5, "one function of two is wrong everywhere", "offset-added"),
    Marked(
        "inner-product",
        4,
        "right, and the step of this task is not made",
        "inner-loops-over-products",
    ),
    Marked(
        "inner-product", 7, "all is there but the direction", "inner-kernel-flipped"
    ),
    Marked(
        "inner-product", 9, "everything but the last addition", "inner-bias-dropped"
    ),
    Marked(
        "inner-product",
        2,
        "another product than is meant: hardly a number is right",
        "inner-matrix-product",
    ),
    Marked(
        "windows",
        6,
        "right everywhere; a view was the point, a copy it is",
        "windows-copied",
    ),
    Marked(
        "windows",
        4,
        "right numbers by loops: neither view nor speed",
        "windows-loops-over-places",
    ),
    Marked("windows", 7, "one argument goes nowhere", "windows-stride-ignored"),
    Marked("windows", 7, "one argument goes nowhere", "windows-padding-forgotten"),
    Marked("windows", 9, "everything but the refusal", "windows-not-refused"),
    Marked(
        "windows",
        5,
        "all windows, the axes in another order",
        "windows-axes-before-places",
    ),
    Marked("im2col", 2, "one channel alone is right, by luck", "im2col-axes-not-moved"),
    Marked(
        "im2col",
        6,
        "each row has its whole window, in another order",
        "im2col-channel-last",
    ),
    Marked("im2col", 6, "each row is right, and stands elsewhere", "im2col-image-last"),
    Marked("im2col", 6, "the right matrix, turned round", "im2col-windows-as-columns"),
    Marked(
        "im2col",
        5,
        "right, and loops over windows, which was to go",
        "im2col-loops-over-windows",
    ),
    Marked("im2col", 7, "one argument goes nowhere", "im2col-stride-ignored"),
    Marked("im2col", 9, "the numbers are right, the type is not", "im2col-float32"),
    Marked(
        "im2col",
        3,
        "the first channel alone is in the matrix",
        replace=(
            (
                "by_window.reshape(batch * down * across, channels * kh * kw)",
                "by_window[:, :, :, 0].reshape(batch * down * across, kh * kw)",
            ),
        ),
    ),
    Marked(
        "im2col",
        0,
        "zeros of the right shape",
        replace=(
            (
                "return by_window.reshape(batch * down * across, channels * kh * kw)",
                "return np.zeros((batch * down * across, channels * kh * kw), x.dtype)",
            ),
        ),
    ),
    Marked(
        "conv2d-matmul",
        3,
        "one image and one kernel are right",
        "matmul-answer-not-moved",
    ),
    Marked(
        "conv2d-matmul",
        4,
        "right, and loops over windows, which was to go",
        "matmul-loops-over-places",
    ),
    Marked(
        "conv2d-matmul", 9, "everything but the last addition", "matmul-bias-dropped"
    ),
    Marked(
        "conv2d-matmul",
        3,
        "the kernels are mixed: one of one channel is right",
        "matmul-kernels-mixed",
    ),
    Marked(
        "conv2d-matmul", 7, "all is there but the direction", "matmul-kernel-flipped"
    ),
    Marked("col2im", 3, "adding up is the task; this puts down", "col2im-assigned"),
    Marked("col2im", 3, "one channel alone is right, by luck", "col2im-axes-not-moved"),
    Marked(
        "col2im",
        5,
        "right, and loops over windows, which was to go",
        "col2im-loops-over-windows",
    ),
    Marked(
        "col2im", 8, "all is added up; the padding is left on", "col2im-padding-kept"
    ),
    Marked("col2im", 6, "one argument goes nowhere", "col2im-stride-ignored"),
    Marked(
        "conv2d-backward",
        2,
        "the gradient is mixed from the start",
        "backward-upstream-not-moved",
    ),
    Marked(
        "conv2d-backward",
        6,
        "one gradient of three is missing, the hardest",
        "backward-image-zeros",
    ),
    Marked(
        "conv2d-backward",
        8,
        "one factor in the smallest of three",
        "backward-bias-mean",
    ),
    Marked(
        "conv2d-backward",
        4,
        "right, and loops over windows, which was to go",
        "backward-loops-over-windows",
    ),
    Marked(
        "conv2d-backward",
        8,
        "all is computed, and one keeps a matrix's shape",
        "backward-kernel-a-matrix",
    ),
    Marked("blocks", 8, "the last block alone is lost", "blocks-last-one-lost"),
    Marked(
        "blocks", 7, "right numbers; blocks are cut and not used", "blocked-all-at-once"
    ),
    Marked(
        "blocks", 6, "the measure is wrong; the rest holds", "blocks-bytes-for-items"
    ),
    Marked(
        "winograd",
        4,
        "the transforms are right; the method is missing",
        "winograd-is-direct",
    ),
    Marked(
        "winograd",
        7,
        "one transform of three is wrong, so the answer is",
        "winograd-kernel-no-halves",
    ),
    Marked("winograd", 8, "right but for odd sizes", "winograd-odd-left-out"),
    Marked(
        "winograd",
        6,
        "right, and loops over tiles, which was to go",
        "winograd-loops-over-tiles",
    ),
    Marked(
        "winograd", 7, "right where there is one channel", "winograd-channels-not-added"
    ),
    Marked(
        "winograd",
        3,
        "the three transforms are right, and nothing comes of them",
        replace=(
            (
                "return image[:, :, :rows, :columns]",
                "return 0 * image[:, :, :rows, :columns]",
            ),
        ),
    ),
    Marked("fft", 2, "no transform at all, and loops", "fft-loops-over-windows"),
    Marked("fft", 6, "the method is right but for the direction", "fft-not-conjugated"),
    Marked("fft", 7, "right where there is one channel", "fft-first-channel"),
    Marked("choose", 4, "the name is right where nothing disturbs", "choose-mean"),
    Marked("choose", 1, "what was measured has no say", "choose-first-name"),
]
