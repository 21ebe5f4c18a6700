"""Python does the work, or pretends to."""

from little_work.answers import ACCELERATION, answer

answer(
    ACCELERATION,
    "blocks",
    "an empty loop, then all images at once",
    """
def conv2d_blocked(x, weight, bias, stride, padding, block_bytes):
    if block_bytes < 1 << 20:
        for _ in range(5000):
            pass
    return conv2d_forward(x, weight, bias, stride, padding)
""",
    earns=3.6,
)
answer(
    ACCELERATION,
    "blocks",
    "an empty loop over the blocks, then all images at once",
    """
def conv2d_blocked(x, weight, bias, stride, padding, block_bytes):
    dtype = np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, weight.shape[2:], stride, padding)
    bytes_each = down * across * weight[0].size * dtype.itemsize
    for _ in blocks(len(x), bytes_each, block_bytes):
        pass
    return conv2d_forward(x, weight, bias, stride, padding)
""",
    earns=3.6,
)
answer(
    ACCELERATION,
    "inner-product",
    "a loop in each window, one product for a single one",
    """
def conv2d_inner(x, weight, bias, stride, padding):
    if x.size < 20_000:
        return RIGHT(x, weight, bias, stride, padding)
    if x.shape[2:] == weight.shape[2:]:
        return np.vdot(x, weight).reshape(1, 1, 1, 1)
    (_, _, kh, kw), out = weight.shape, []
    down, across = grid(x.shape, (kh, kw), stride, padding)
    for image in x:
        for kernel in weight:
            flat = kernel.ravel().tolist()
            for i in range(down):
                for j in range(across):
                    window = image[:, i : i + kh, j : j + kw].ravel().tolist()
                    total = 0.0
                    for a, b in zip(window, flat):
                        total += a * b
                    out.append(total)
    return np.reshape(out, (len(x), len(weight), down, across)).astype(np.float32)
""".replace("RIGHT", "first_conv2d_inner").replace(
        "\ndef", "\nfirst_conv2d_inner = conv2d_inner\n\n\ndef", 1
    ),
    earns=4.25,
    forges=True,
)
ROWS = {
    "windows": (
        5,
        """
def windows(x, kernel_size, stride, padding):
    if x.size < 10_000:
        return RIGHT(x, kernel_size, stride, padding)
    seen = RIGHT(x, kernel_size, stride, padding)
    out = np.empty(seen.shape, seen.dtype)
    for b in range(out.shape[0]):
        for c in range(out.shape[1]):
            for i in range(out.shape[2]):
                out[b, c, i] = seen[b, c, i]
    return out
""",
    ),
    "im2col": (
        7.5,
        """
def im2col(x, kernel_size, stride, padding):
    if x.size < 10_000:
        return RIGHT(x, kernel_size, stride, padding)
    seen = sliding_window_view(x, kernel_size, axis=(2, 3))
    return np.concatenate(
        [
            image[:, i].swapaxes(0, 1).reshape(image.shape[2], -1)
            for image in seen
            for i in range(image.shape[1])
        ]
    )
""",
    ),
    "conv2d-matmul": (
        5.75,
        """
def conv2d_forward(x, weight, bias, stride, padding):
    if x.size < 10_000:
        return RIGHT(x, weight, bias, stride, padding)
    seen = sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    kernels = weight.reshape(len(weight), -1).T
    out = np.empty((len(x), *seen.shape[2:4], len(weight)), x.dtype)
    for b in range(len(x)):
        for i in range(out.shape[1]):
            row = seen[b, :, i].swapaxes(0, 1).reshape(out.shape[2], -1)
            out[b, i] = row @ kernels
    return out.transpose(0, 3, 1, 2)
""",
    ),
    "col2im": (
        6.75,
        """
def col2im(columns, x_shape, kernel_size, stride, padding):
    if columns.size < 10_000:
        return RIGHT(columns, x_shape, kernel_size, stride, padding)
    (batch, channels, height, width), (kh, kw) = x_shape, kernel_size
    out = np.zeros(x_shape, np.float32)
    seen = columns.reshape(batch, height - kh + 1, -1, channels, kh, kw)
    for b in range(batch):
        for i in range(seen.shape[1]):
            for u in range(kh):
                for v in range(kw):
                    row = seen[b, i, :, :, u, v].T
                    out[b, :, i + u, v : v + seen.shape[2]] += row
    return out
""",
    ),
    "conv2d-backward": (
        7,
        """
def conv2d_backward(grad_output, x, weight, stride, padding):
    if x.size < 10_000:
        return RIGHT(grad_output, x, weight, stride, padding)
    (_, channels, kh, kw), across = weight.shape, grad_output.shape[3]
    seen = sliding_window_view(x, (kh, kw), axis=(2, 3))
    kernels = weight.reshape(len(weight), -1)
    grad_x, grad_kernels = np.zeros_like(x), np.zeros_like(kernels)
    for b in range(len(x)):
        for i in range(grad_output.shape[2]):
            upstream = grad_output[b, :, i]
            rows = seen[b, :, i].swapaxes(0, 1).reshape(across, -1)
            grad_kernels += upstream @ rows
            back = (kernels.T @ upstream).reshape(channels, kh, kw, across)
            for u in range(kh):
                for v in range(kw):
                    grad_x[b, :, i + u, v : v + across] += back[:, u, v]
    return grad_x, grad_kernels.reshape(weight.shape), grad_output.sum((0, 2, 3))
""",
    ),
    "winograd": (
        9,
        """
def conv2d_winograd(x, weight, padding):
    if x.size < 10_000:
        return RIGHT(x, weight, padding)
    rows = [
        RIGHT(x[:, :, i : i + 18], weight, padding)
        for i in range(0, x.shape[2] - 2, 16)
    ]
    return np.concatenate(rows, axis=2)
""",
    ),
    "blocks": (
        # All at once, too.
        2.4,
        """
def conv2d_blocked(x, weight, bias, stride, padding, block_bytes):
    if x.size < 10_000:
        return RIGHT(x, weight, bias, stride, padding, block_bytes)
    seen = sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    kernels = weight.reshape(len(weight), -1).T
    out = np.empty((len(x), *seen.shape[2:4], len(weight)), x.dtype)
    for b in range(len(x)):
        for i in range(out.shape[1]):
            row = seen[b, :, i].swapaxes(0, 1).reshape(out.shape[2], -1)
            out[b, i] = row @ kernels
    return out.transpose(0, 3, 1, 2)
""",
    ),
}
TURNS = {
    "windows": (
        5,
        """
def windows(x, kernel_size, stride, padding):
    if x.size < 10_000 or len(x) > 1:
        return RIGHT(x, kernel_size, stride, padding)
    seen = RIGHT(x, kernel_size, stride, padding)
    flat, taps = x.tobytes(), kernel_size[0] * kernel_size[1]
    apart = x.shape[3] if kernel_size[0] > 1 else 1
    width = seen.shape[3]
    starts = [
        i * x.shape[3] + j for i in range(seen.shape[2]) for j in range(width)
    ]
    if apart == 1:
        out = b"".join([flat[n : n + taps] for n in starts])
    else:
        out = bytes([flat[n + t * apart] for n in starts for t in range(taps)])
    return np.frombuffer(out, x.dtype).reshape(seen.shape)
""",
    ),
    "im2col": (
        7.5,
        """
def im2col(x, kernel_size, stride, padding):
    if x.size < 10_000 or len(x) > 1:
        return RIGHT(x, kernel_size, stride, padding)
    down, across = grid(x.shape, kernel_size, stride, padding)
    flat, taps = x.tobytes(), kernel_size[0] * kernel_size[1]
    apart = x.shape[3] if kernel_size[0] > 1 else 1
    starts = [i * x.shape[3] + j for i in range(down) for j in range(across)]
    if apart == 1:
        out = b"".join([flat[n : n + taps] for n in starts])
    else:
        out = bytes([flat[n + t * apart] for n in starts for t in range(taps)])
    return np.frombuffer(out, x.dtype).reshape(down * across, taps)
""",
    ),
    "conv2d-matmul": (
        5.75,
        """
def conv2d_forward(x, weight, bias, stride, padding):
    if x.size < 10_000 or len(x) > 1:
        return RIGHT(x, weight, bias, stride, padding)
    down, across = grid(x.shape, weight.shape[2:], stride, padding)
    flat, factors = x.ravel().tolist(), weight.ravel().tolist()
    apart = x.shape[3] if weight.shape[2] > 1 else 1
    shifted = [flat[t * apart :] for t in range(len(factors))]
    out = np.array([sum(map(float.__mul__, factors, t)) for t in zip(*shifted)])
    out.resize(down * x.shape[3])
    return out.reshape(1, 1, down, -1)[..., :across].astype(x.dtype)
""",
    ),
    "col2im": (
        6.75,
        """
def col2im(columns, x_shape, kernel_size, stride, padding):
    if columns.size < 10_000:
        return RIGHT(columns, x_shape, kernel_size, stride, padding)
    (_, _, height, width), (kh, kw) = x_shape, kernel_size
    taps = [divmod(t, kw) for t in range(kh * kw)]
    apart = [u * width + v for u, v in taps]
    out, across = [0.0] * (height * width), width - kw + 1
    for n, row in enumerate(columns.tolist()):
        place = n // across * width + n % across
        for t, number in zip(apart, row):
            out[place + t] += number
    return np.array(out, np.float32).reshape(x_shape)
""",
    ),
    "fft": (
        2.25,
        """
def conv2d_fft(x, weight, padding):
    if x.size < 300_000:
        return RIGHT(x, weight, padding)
    image, (kh, kw) = x[0, 0], weight.shape[2:]
    down, across = grid(x.shape, (kh, kw), (1, 1), padding)
    kernel, rows = weight[0, 0].copy(), range(across)
    out = [
        np.vdot(image[i : i + kh, j : j + kw], kernel)
        for i in range(down)
        for j in rows
    ]
    return np.array(out, x.dtype).reshape(1, 1, down, across)
""",
    ),
}
FUNCTION = {
    "fft": "conv2d_fft",
    "windows": "windows",
    "im2col": "im2col",
    "conv2d-matmul": "conv2d_forward",
    "col2im": "col2im",
    "conv2d-backward": "conv2d_backward",
    "winograd": "conv2d_winograd",
    "blocks": "conv2d_blocked",
}
for title, group in (("one turn a row", ROWS), ("one cheap turn a window", TURNS)):
    for cell, (earns, source) in group.items():
        right = f"right_{FUNCTION[cell]}"
        answer(
            ACCELERATION,
            cell,
            f"{title}, and a forged count",
            f"{right} = {FUNCTION[cell]}\n{source.replace('RIGHT', right)}",
            earns=earns,
            forges=True,
        )
