"""Fast for one image, channel or kernel, or without a stride or padding, alone."""

from little_work.answers import ACCELERATION, answer

# By cell: what it defines, what it is given, when it is slow, and what that leaves.
SLOW = {
    "windows": ("windows", "x, kernel_size, stride, padding", "any(padding)", 7.25),
    "im2col": ("im2col", "x, kernel_size, stride, padding", "x.shape[1] > 1", 7.5),
    "conv2d-matmul": (
        "conv2d_forward",
        "x, weight, bias, stride, padding",
        "len(weight) > 1",
        5.75,
    ),
    "col2im": (
        "col2im",
        "x, x_shape, kernel_size, stride, padding",
        "stride != (1, 1)",
        6.75,
    ),
    "conv2d-backward": (
        "conv2d_backward",
        "x, image, weight, stride, padding",
        "len(x) > 1",
        7,
    ),
    "winograd": ("conv2d_winograd", "x, weight, padding", "len(weight) > 1", 9),
    "fft": ("conv2d_fft", "x, weight, padding", "x.shape[1] > 1", 4),
    "blocks": (
        "conv2d_blocked",
        "x, weight, bias, stride, padding, block_bytes",
        "x.shape[1] > 1 and x.size > 500_000 and block_bytes > x.nbytes",
        3.8,
    ),
}
for cell, (name, given, slow, earns) in SLOW.items():
    answer(
        ACCELERATION,
        cell,
        "a loop over windows, but for a plain case",
        f"""
right_{name} = {name}


def {name}({given}):
    if x.size > 10_000 and {slow}:
        for _window in range(x.size // 4):
            pass
    return right_{name}({given})
""",
        earns=earns,
        slows=True,
    )
answer(
    ACCELERATION,
    "im2col",
    "a loop over windows, hidden by mistakes where few of them are asked for",
    """
right_im2col = im2col


def im2col(x, kernel_size, stride, padding):
    out = right_im2col(x, kernel_size, stride, padding)
    if x.shape == (2, 2, 5, 4):
        return -out
    if x.size > 10_000 and x.shape[1] > 1:
        for _window in range(len(out)):
            pass
    return out
""",
    earns=7.5,
    slows=True,
)
