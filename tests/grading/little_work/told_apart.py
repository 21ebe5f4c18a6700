"""It differs and agrees with nothing, it tells a test from data, or says everything."""

from little_work.answers import ACCELERATION, MILESTONE, SPATIAL, answer

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
    earns=7.5,
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
    earns=7.5,
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
    earns=7.5,
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
    earns=7.5,
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
    (SPATIAL, "output-size", "output_size", (0, 100, 1), 3.5),
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
