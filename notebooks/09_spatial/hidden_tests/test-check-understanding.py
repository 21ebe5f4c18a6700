from proctor.rubric import Rubric

rubric = Rubric(points=5)


def given(read):
    # An unwritten cell leaves no name behind.
    try:
        answer = read()
    except NameError:
        answer = None
    assert answer is not None, "not answered"
    return answer


def places(size, kernel, stride, padding):
    return len(range(-padding, size + padding - kernel + 1, stride))


def right_output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


def right_count_parameters(in_channels, out_channels, kernel_size, bias=True):
    kernel = np.ones(2, int) * kernel_size
    return int(out_channels * (in_channels * kernel.prod() + bool(bias)))


def right_count_macs(input_shape, out_channels, kernel_size, stride=1, padding=0):
    kernel = np.ones(2, int) * kernel_size
    room = np.array(input_shape[2:]) + 2 * np.array(padding) - kernel
    outputs = input_shape[0] * out_channels * np.prod(room // stride + 1)
    return int(outputs * input_shape[1] * kernel.prod())


def right_activation_bytes(shape, itemsize=4):
    return int(np.prod(shape) * itemsize)


def right_receptive_field(layers):
    width = 1
    for kernel, stride in reversed(layers):
        width = (width - 1) * stride + kernel
    return width


class RightConv2d:
    """A layer of the right shape: what it has learned, no answer depends on."""

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True
    ):
        kernel, stride, padding = (
            tuple(int(n) for n in np.ones(2, int) * size)
            for size in (kernel_size, stride, padding)
        )
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride, self.padding = kernel, stride, padding
        shape = (out_channels, in_channels, *kernel)
        self.weight = Tensor(np.ones(shape), requires_grad=True)
        self.bias = Tensor(np.zeros(out_channels), requires_grad=True) if bias else None

    def parameters(self):
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def __call__(self, x):
        (sh, sw), (ph, pw), weight = self.stride, self.padding, self.weight.data
        padded = np.pad(x.data, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        down, across = (
            range(0, room - kernel + 1, step)
            for room, kernel, step in zip(
                padded.shape[2:], weight.shape[2:], self.stride, strict=True
            )
        )
        out = np.zeros((len(padded), len(weight), len(down), len(across)))
        for u, v in np.ndindex(*weight.shape[2:]):
            pixels = padded[:, :, u::sh, v::sw][:, :, : len(down), : len(across)]
            out += np.einsum("bchw,oc->bohw", pixels, weight[:, :, u, v])
        return Tensor(out if self.bias is None else out + self.bias.data[:, None, None])

    def forward(self, x):
        return self(x)


rubric.stand_in(
    Conv2d=RightConv2d,
    output_size=right_output_size,
    count_parameters=right_count_parameters,
    count_macs=right_count_macs,
    activation_bytes=right_activation_bytes,
    receptive_field=right_receptive_field,
)
rubric.answers_again()


@rubric.check("q1: the shape of the result", points=1)
def _():
    side = places(128, 5, 2, 2)
    rubric.close(given(lambda: q1), [32, 64, side, side], rtol=0, atol=0)


@rubric.check("q2: how many numbers are trained", points=1)
def _():
    rubric.whole_number(given(lambda: q2), 64 * 3 * 3 * 3 + 64)


@rubric.check("q3: how many multiply-accumulate steps", points=1)
def _():
    side = places(56, 3, 1, 1)
    rubric.whole_number(given(lambda: q3), 16 * 128 * side * side * 64 * 3 * 3)


@rubric.check("q4: how many bytes the result takes", points=1)
def _():
    side = places(224, 7, 2, 3)
    rubric.whole_number(given(lambda: q4), 64 * 256 * side * side * 4)


@rubric.check("q5: how many pixels wide one output sees", points=1)
def _():
    width = right_receptive_field([(3, 1), (2, 2), (3, 1), (3, 1)])
    rubric.whole_number(given(lambda: q5), width)


rubric.score()
