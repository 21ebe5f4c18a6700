"""What is given comes back."""

from little_work.answers import ACCELERATION, MILESTONE, SPATIAL, answer

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
    "output-size",
    "every stride above 1 is 3",
    """
right_size = output_size


def output_size(size, kernel, stride=1, padding=0):
    right_size(size, kernel, stride, padding)
    return (size + 2 * padding - kernel) // (3 if stride > 1 else 1) + 1
""",
    earns=3.0,
)
answer(
    SPATIAL,
    "conv2d-forward",
    "sums of pixels, times the kernel's mean",
    """
right_forward = conv2d_forward


def conv2d_forward(x, weight, bias, stride, padding):
    means = weight.mean(axis=(2, 3), keepdims=True) * np.ones(weight.shape[2:])
    return right_forward(x, means.astype(weight.dtype), bias, stride, padding)
""",
    earns=3.75,
)
answer(
    SPATIAL,
    "conv2d-backward",
    "the last window alone",
    """
right_backward = conv2d_backward


def conv2d_backward(grad_output, x, weight, stride, padding):
    last = np.zeros(grad_output.shape)
    last[..., -1, -1] = grad_output[..., -1, -1]
    grad_x, grad_weight, _ = right_backward(last, x, weight, stride, padding)
    return grad_x, grad_weight, np.zeros(len(weight))
""",
    earns=2.5,
)
for name, forward in {
    "without a bias no gradient goes back": "return Tensor(super().forward(x).data)",
    "without a bias neither stride nor padding": """
            self.stride, self.padding = (1, 1), (0, 0)""",
}.items():
    answer(
        SPATIAL,
        "conv2d-layer",
        name,
        f"""
RightConv2d = Conv2d


class Conv2d(RightConv2d):
    def forward(self, x):
        if self.bias is None:
            {forward}
        return super().forward(x)
""",
        earns=9.0,
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
