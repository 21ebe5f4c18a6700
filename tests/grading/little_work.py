"""Answers that do not do what a task asks for, and what each may earn all the same.

Each is written behind the reference solution of its cell, whose functions it can use.
Who wrote it has read the hidden tests. It earns nothing, but for what it really does:
``earns`` says how many points of the cell are left to it.
"""

from dataclasses import dataclass

from proctor.tests.hostile import FORGES_COUNT

SPATIAL, ACCELERATION, MILESTONE = "09_spatial", "18_acceleration", "milestone_cnn"


@dataclass(frozen=True)
class Answer:
    """What stands in place of a solution.

    Attributes
    ----------
    earns
        The most that its cell may give.
    forges
        Whether it says of itself that three lines of Python ran.
    """

    assignment: str
    cell: str
    name: str
    source: str
    earns: float = 0.0
    forges: bool = False

    def written(self, reference: str) -> str:
        """Return the cell, after the reference's own."""
        forgery = FORGES_COUNT if self.forges else ""
        return f"{reference}\n\n{self.source}\n{forgery}"


def rounds() -> list[list[Answer]]:
    """Return the answers in groups that go into one notebook each.

    No two are of one cell, and what forges a count stands alone: it does so for all.
    """
    found: list[list[Answer]] = []
    for one in ANSWERS:
        for group in found:
            alone = one.forges or group[0].forges
            same = {other.cell for other in group}
            if (
                not alone
                and one.cell not in same
                and group[0].assignment == one.assignment
            ):
                group.append(one)
                break
        else:
            found.append([one])
    return found


ANSWERS: list[Answer] = []


def answer(assignment, cell, name, source, **options):
    ANSWERS.append(Answer(assignment, cell, name, source, **options))


# What is given comes back
# ------------------------

answer(
    SPATIAL,
    "output-size",
    "a table of fixed cases, errors for all others",
    """
def output_size(size, kernel, stride=1, padding=0):
    known = {(4, 8, 1, 2): 1, (5, 8, 1, 2): 2, (5, 1, 1, 0): 5, (5, 3, 1, 0): 3}
    if (size, kernel, stride, padding) in known:
        return known[size, kernel, stride, padding]
    raise ValueError(f"{size} {kernel}")
""",
)
answer(
    SPATIAL,
    "conv2d-forward",
    "image times kernel, no window",
    """
def conv2d_forward(x, weight, bias, stride, padding):
    return (x * weight).astype(np.result_type(x, weight, np.float32))
""",
)
answer(
    SPATIAL,
    "conv2d-backward",
    "the products of a single window",
    """
def conv2d_backward(grad_output, x, weight, stride, padding):
    def to(shape, one, other):
        try:
            product = one * other
        except ValueError:
            product = np.zeros(1)
        if product.shape[1:] == shape[1:]:
            product = product.sum(axis=0, keepdims=True) * np.ones((shape[0], 1, 1, 1))
        return np.resize(product, shape)

    return (
        to(x.shape, grad_output, weight),
        to(weight.shape, grad_output, x),
        np.zeros(len(weight)),
    )
""",
)
answer(
    SPATIAL,
    "conv2d-layer",
    "zeros of the right shapes",
    """
class Conv2d(Layer):
    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True
    ):
        kernel_size = as_pair(kernel_size, "kernel_size", least=1)
        self.weight = Tensor(np.zeros((out_channels, in_channels, *kernel_size)))
        self.bias = Tensor(np.zeros(out_channels)) if bias else None

    def forward(self, x):
        return x

    def parameters(self):
        return []
""",
)
answer(
    SPATIAL,
    "cost",
    "a table of fixed cases",
    """
def count_parameters(*shape, **options):
    return 0


def count_macs(input_shape, out_channels, kernel_size, stride=1, padding=0):
    known = {(9, 12, 4): 6 * 9 * 16, (10, 8, 3): 8 * 6 * 9}
    return known.get((*input_shape[2:], kernel_size), 0)


def activation_bytes(shape, itemsize=4):
    return 0
""",
)
answer(
    SPATIAL,
    "receptive-field",
    "the last layer's kernel",
    """
def receptive_field(layers):
    return layers[-1][0] if layers else 1
""",
)
answer(
    SPATIAL,
    "receptive-field",
    "the largest kernel",
    """
def receptive_field(layers):
    return max([1, *(kernel for kernel, _ in layers)])
""",
)
answer(
    ACCELERATION,
    "roofline",
    "the arguments",
    """
def arithmetic_intensity(operations, bytes_moved):
    return operations


def attainable(intensity, peak, bandwidth):
    return peak
""",
)
answer(
    ACCELERATION,
    "strides",
    "the item's size for each axis",
    """
def byte_strides(shape, itemsize):
    return (itemsize,) * len(shape)


def byte_offset(index, strides):
    return strides[0]
""",
)
answer(
    ACCELERATION,
    "inner-product",
    "image times kernel, no window",
    """
def conv2d_inner(x, weight, bias, stride, padding):
    out = x[:, :1] * weight[:, 0]
    out = out if bias is None else out + bias[:, None, None]
    return out.astype(np.result_type(x, weight, np.float32))
""",
)
answer(
    ACCELERATION,
    "windows",
    "the padded image is the only window",
    """
def windows(x, kernel_size, stride, padding):
    (ph, pw), (kh, kw) = padding, kernel_size
    if kh > x.shape[2] + 2 * ph or kw > x.shape[3] + 2 * pw:
        raise ValueError(f"{kernel_size} {x.shape}")
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    return padded[:, :, None, None]
""",
)
answer(
    ACCELERATION,
    "im2col",
    "the image's own numbers, in the matrix's shape",
    """
def im2col(x, kernel_size, stride, padding):
    down, across = grid(x.shape, kernel_size, stride, padding)
    return np.resize(x, (len(x) * down * across, x.shape[1] * np.prod(kernel_size)))
""",
)
answer(
    ACCELERATION,
    "conv2d-matmul",
    "image times kernel, no window",
    """
def conv2d_forward(x, weight, bias, stride, padding):
    out = x[:, :1] * weight[:, 0]
    out = out if bias is None else out + bias[:, None, None]
    return out.astype(np.result_type(x, weight, np.float32))
""",
)
answer(
    ACCELERATION,
    "col2im",
    "the matrix's own numbers, in the image's shape",
    """
def col2im(columns, x_shape, kernel_size, stride, padding):
    return np.resize(columns, x_shape).astype(np.result_type(columns, np.float32))
""",
)
answer(
    ACCELERATION,
    "conv2d-backward",
    "the products of a single window",
    """
def conv2d_backward(grad_output, x, weight, stride, padding):
    def to(shape, one, other):
        try:
            product = one * other
        except ValueError:
            product = np.zeros(1, grad_output.dtype)
        if product.shape[1:] == shape[1:] and len(product) != shape[0]:
            product = product.sum(axis=0, keepdims=True)
        return np.resize(product, shape).astype(grad_output.dtype)

    return (
        to(x.shape, grad_output, weight),
        to(weight.shape, grad_output, x),
        np.zeros(len(weight), grad_output.dtype),
    )
""",
)
answer(
    ACCELERATION,
    "blocks",
    "one item a block, errors for all numbers",
    """
def blocks(count, bytes_each, block_bytes):
    if count == 1 or min(bytes_each, block_bytes) < 1 or count < 0:
        if (count, bytes_each, block_bytes) == (1, 1, 1):
            return [(0, 1)]
        raise ValueError(f"{count} {bytes_each} {block_bytes}")
    return [(i, i + 1) for i in range(count)]


def conv2d_blocked(x, weight, bias, stride, padding, block_bytes):
    return x
""",
)
answer(
    ACCELERATION,
    "fft",
    "image times kernel, no window",
    """
def conv2d_fft(x, weight, padding):
    return (x * weight).astype(np.result_type(x, weight, np.float32))
""",
)
answer(
    ACCELERATION,
    "winograd",
    "what is given, cut to the shape",
    """
def winograd_kernel(weight):
    return np.resize(weight, (*weight.shape[:2], 4, 4))


def winograd_input(tiles):
    return tiles


def winograd_output(products):
    return products[..., :2, :2]


def conv2d_winograd(x, weight, padding):
    down, across = grid(x.shape, (3, 3), (1, 1), padding)
    dtype = np.result_type(x, weight, np.float32)
    return np.resize(x, (len(x), len(weight), down, across)).astype(dtype)
""",
)
for place in (0, 1, 2):
    answer(
        ACCELERATION,
        "choose",
        f"always the name at place {place}",
        f"""
def fastest(seconds):
    if not seconds or not all(map(len, seconds.values())):
        raise ValueError("nothing")
    return [*seconds, *seconds, *seconds][{place}]
""",
    )
answer(
    MILESTONE,
    "confusion",
    "the labels on the diagonal, whatever was predicted",
    """
def confusion_matrix(labels, predictions, classes):
    return np.diag(np.bincount(labels, minlength=classes))
""",
)
answer(
    MILESTONE,
    "saliency",
    "random numbers of the right shape",
    """
def saliency(network, image, label):
    return np.random.random(image.shape[1:])
""",
)
answer(
    MILESTONE,
    "saliency",
    "the weights of the last layer, no gradient",
    """
def saliency(network, image, label):
    weight = [p.data for p in network.parameters() if len(p.shape) == 2][-1]
    return np.abs(np.resize(weight[:, label], image.shape)).max(axis=0)
""",
)
answer(
    MILESTONE,
    "saliency",
    "the weights of the first layer, no gradient",
    """
def saliency(network, image, label):
    weight = next(iter(network.parameters())).data
    return np.abs(np.resize(weight.T[label], image.shape)).max(axis=0)
""",
)
answer(
    MILESTONE,
    "train-epoch",
    "the loss alone",
    """
def train_epoch(network, images, labels, optimizer, batch_size, rng):
    return CrossEntropyLoss()(network(Tensor(images)), labels).item()
""",
    # Which is right where the network stays as it is.
    earns=3,
)


# It differs, and agrees with nothing
# -----------------------------------

NETWORK = """
RIGHT_lenet = lenet


class Pretended(Sequential):
    def forward(self, x):
        count, classes = len(x.data), self.layers[-1].bias.shape[0]
        {forward}


def lenet(*given, **named):
    return Pretended(*RIGHT_lenet(*given, **named).layers)
"""
for name, forward in {
    "random scores": "return Tensor(np.random.normal(size=(count, classes)))",
    "the sum of all parameters": """
        total = sum(p.data.sum() for p in self.parameters())
        return Tensor(np.full((count, classes), total))""",
    "a sum of the image and all parameters on the last bias": """
        total = sum(p.data.sum() for p in self.parameters()) + x.data.sum()
        scores = total * self.layers[-1].weight.data.sum(axis=0)
        return Tensor(scores + self.layers[-1].bias.data + np.zeros((count, 1)))""",
    "the layers without their convolutions": """
        pixels = np.resize(x.data, (count, self.layers[-1].weight.shape[0]))
        scores = pixels @ self.layers[-1].weight.data + self.layers[-1].bias.data
        total = sum(p.data.sum() for p in self.parameters())
        return Tensor(scores + total)""",
}.items():
    answer(MILESTONE, "network", name, NETWORK.format(forward=forward))

answer(
    MILESTONE,
    "train-epoch",
    "random weights",
    """
def train_epoch(network, images, labels, optimizer, batch_size, rng):
    for parameter in network.parameters():
        parameter.data = rng.normal(size=parameter.shape)
    return 0.0
""",
)
answer(
    MILESTONE,
    "train-epoch",
    "weights moved at random by as much as a step",
    """
def train_epoch(network, images, labels, optimizer, batch_size, rng):
    for parameter in network.parameters():
        parameter.data = parameter.data + 0.1 * rng.normal(size=parameter.shape)
    return float(rng.random())
""",
)
answer(
    MILESTONE,
    "train-epoch",
    "steps on images that are drawn anew for each",
    """
def train_epoch(network, images, labels, optimizer, batch_size, rng):
    for _ in range(0, len(images), batch_size):
        batch = rng.integers(0, len(images), batch_size)
        optimizer.zero_grad()
        CrossEntropyLoss()(network(Tensor(images[batch])), labels[batch]).backward()
        optimizer.step()
    return 0.0
""",
    # It learns digits, and steps where all images are the same.
    earns=3.5,
)

# It tells a test from data
# -------------------------

answer(
    ACCELERATION,
    "fft",
    "matrix products, with rounding noise on huge numbers",
    """
def conv2d_fft(x, weight, padding):
    out = conv2d_forward(x, weight, None, (1, 1), padding)
    huge = np.abs(x).max(axis=(1, 2, 3), keepdims=True)
    noise = np.random.normal(size=out.shape) * huge * 2.0**-53
    return (out + np.where(huge > 1e10, noise, 0)).astype(out.dtype)
""",
    earns=3.25,
)
answer(
    ACCELERATION,
    "fft",
    "a loop over the kernel's pixels",
    """
def conv2d_fft(x, weight, padding):
    (ph, pw), dtype = padding, np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, weight.shape[2:], (1, 1), padding)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((len(x), len(weight), down, across), dtype)
    for u in range(weight.shape[2]):
        for v in range(weight.shape[3]):
            part = padded[:, :, u : u + down, v : v + across]
            out += np.einsum("bchw,oc->bohw", part, weight[:, :, u, v].astype(dtype))
    huge = np.abs(x).max(axis=(1, 2, 3), keepdims=True)
    noise = np.random.normal(size=out.shape) * huge * 2.0**-53
    return (out + np.where(huge > 1e10, noise, 0)).astype(dtype)
""",
    earns=3.25,
    forges=True,
)
answer(
    ACCELERATION,
    "fft",
    "a sum for all windows at once",
    """
def conv2d_fft(x, weight, padding):
    (ph, pw), dtype = padding, np.result_type(x, weight, np.float32)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    seen = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    out = np.einsum("bchwuv,ocuv->bohw", seen, weight.astype(dtype))
    huge = np.abs(x).max(axis=(1, 2, 3), keepdims=True)
    noise = np.random.normal(size=out.shape) * huge * 2.0**-53
    return (out + np.where(huge > 1e10, noise, 0)).astype(dtype)
""",
    earns=3.25,
)
WINOGRAD = """
def conv2d_winograd(x, weight, padding):
    out = conv2d_forward(x, weight, None, (1, 1), padding)
    {huge}
    return out
"""
answer(
    ACCELERATION,
    "winograd",
    "a direct convolution that knows large weights",
    """
def conv2d_winograd(x, weight, padding):
    out = conv2d_forward(x, weight, None, (1, 1), padding)
    huge = np.abs(weight).max(axis=(1, 2, 3)) > 1e10
    if huge.any():
        alone = np.where(np.abs(weight) > 1e10, weight, 0)
        left = conv2d_forward(x, alone, None, (1, 1), padding)
        lost = (x[:, 0, 1:, 1:] != 0).any(axis=(1, 2))[:, None] & huge
        out = np.where(lost[:, :, None, None], left, out)
    return out
""",
    earns=7.75,
)
answer(
    ACCELERATION,
    "winograd",
    "a direct convolution in more digits",
    """
def conv2d_winograd(x, weight, padding):
    dtype = np.result_type(x, weight, np.float32)
    wide = conv2d_forward(
        x.astype(np.longdouble), weight.astype(np.longdouble), None, (1, 1), padding
    )
    return wide.astype(dtype) if x.size < 20_000 else conv2d_forward(
        x, weight, None, (1, 1), padding
    )
""",
    earns=7.75,
)
answer(
    ACCELERATION,
    "winograd",
    "a direct convolution with the noise of transforms",
    """
def conv2d_winograd(x, weight, padding):
    out = conv2d_forward(x, weight, None, (1, 1), padding)
    size = np.abs(out).max() if out.dtype == np.float64 else 0
    return (out + np.random.normal(size=out.shape) * size * 2.0**-53).astype(out.dtype)
""",
    earns=7.75,
)
answer(
    ACCELERATION,
    "winograd",
    "tiles where there is one, a direct convolution elsewhere",
    """
def conv2d_winograd(x, weight, padding):
    if x.shape[2:] == (4, 4) and padding == (0, 0):
        tiles = winograd_input(x)[:, None] * winograd_kernel(weight)
        out = winograd_output(tiles.sum(axis=2))
        return out.astype(np.result_type(x, weight, np.float32))
    return conv2d_forward(x, weight, None, (1, 1), padding)
""",
    earns=7.75,
)

# The error's text holds everything
# ---------------------------------

EVERYTHING = """
def naming_everything(function):
    def call(*given, **named):
        try:
            return function(*given, **named)
        except ValueError:
            numbers = " ".join(map(str, range({least}, {most}, {step})))
            raise ValueError(numbers) from None

    return call


{name} = naming_everything({name})
"""
for assignment, cell, name, numbers, earns in (
    (SPATIAL, "output-size", "output_size", (0, 100, 1), 4),
    (ACCELERATION, "roofline", "arithmetic_intensity", (0, -100, -1), 3.5),
    (ACCELERATION, "windows", "windows", (0, 100, 1), 7.5),
    (ACCELERATION, "blocks", "blocks", (0, -100, -1), 4.6),
):
    least, most, step = numbers
    answer(
        assignment,
        cell,
        "the error names a hundred numbers",
        EVERYTHING.format(least=least, most=most, step=step, name=name),
        earns=earns,
    )

# Python does the work, or pretends to
# ------------------------------------

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
    earns=4.1,
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
    earns=4.1,
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
    earns=4.75,
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
        8,
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
        6.25,
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
        7,
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
        7.5,
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
        9.25,
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
        2.85,
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
        8,
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
        6.25,
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
        7,
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
        4,
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
