from proctor.rubric import Rubric

rubric = Rubric(points=5)
rubric.forbids(lambda: count_parameters, "scipy", "sklearn")
rubric.forbids(lambda: count_macs, "scipy", "sklearn")
rubric.forbids(lambda: activation_bytes, "scipy", "sklearn")


def right_output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


class RightConv2d:
    """A layer of the right shapes: what it computes, no count depends on."""

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True
    ):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride, self.padding = (
            tuple(int(n) for n in np.ones(2, int) * size)
            for size in (kernel_size, stride, padding)
        )
        shape = (out_channels, in_channels, *self.kernel_size)
        self.weight = Tensor(np.zeros(shape), requires_grad=True)
        self.bias = Tensor(np.zeros(out_channels), requires_grad=True) if bias else None

    def parameters(self):
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def __call__(self, x):
        numbers = self.kernel_size, self.stride, self.padding
        sizes = (right_output_size(*n) for n in zip(x.shape[2:], *numbers, strict=True))
        return Tensor(np.zeros((x.shape[0], self.out_channels, *sizes)))

    def forward(self, x):
        return self(x)


rubric.stand_in(output_size=right_output_size, Conv2d=RightConv2d)


def some(number):
    """Return so many whole numbers, all different."""
    return (2 + rubric.rng.permutation(19)[:number]).tolist()


def macs(shape, out_channels, kernel, stride, padding):
    batch, in_channels, height, width = shape
    rows = right_output_size(height, kernel[0], stride[0], padding[0])
    columns = right_output_size(width, kernel[1], stride[1], padding[1])
    return batch * out_channels * rows * columns * in_channels * kernel[0] * kernel[1]


@rubric.check(
    "count_parameters: each output channel has a kernel for each input channel",
    points=0.5,
)
def _():
    ins, outs = some(2)
    k = int(rubric.rng.integers(3, 9))  # 2 + 2 are 2 * 2
    wanted = outs * ins * k * k
    rubric.whole_number(count_parameters(ins, outs, k, False), wanted)
    rubric.integer(count_parameters(ins, outs, k))


@rubric.check("count_parameters: one bias for each output channel", points=0.5)
def _():
    ins, outs = some(2)
    rubric.whole_number(count_parameters(ins, outs, 1), outs * ins + outs)
    # How often the kernel's numbers count is another check's.
    k = int(rubric.rng.integers(3, 9))
    with_bias = count_parameters(ins, outs, k)
    weights = ins * (count_parameters(ins + 1, outs, k) - with_bias)
    rubric.whole_number(with_bias - weights, outs)


@rubric.check("count_parameters: a kernel given as (height, width)", points=0.5)
def _():
    ins, outs, kh, kw = some(4)
    wanted = outs * ins * kh * kw
    rubric.whole_number(count_parameters(ins, outs, (kh, kw), False), wanted)


# A kernel of 1x1 in the next two: as many outputs as inputs.
@rubric.check("count_macs: one for each output, input channel and image", points=0.5)
def _():
    batch, ins, outs, height, width = some(5)
    wanted = macs((batch, ins, height, width), outs, (1, 1), (1, 1), (0, 0))
    rubric.whole_number(count_macs((batch, ins, height, width), outs, 1), wanted)
    rubric.integer(count_macs((batch, ins, height, width), outs, 1))
    # More than an int32 holds, and with more digits than a float32 has.
    wanted = macs((63, 511, 27, 29), 513, (1, 1), (1, 1), (0, 0))
    rubric.whole_number(count_macs((63, 511, 27, 29), 513, 1), wanted)


@rubric.check("count_macs: where the kernel hangs over, no output", points=0.5)
def _():
    for k in (4, 3):
        height, width = (k + size for size in some(2))
        wanted = macs((1, 1, height, width), 1, (k, k), (1, 1), (0, 0))
        rubric.whole_number(count_macs((1, 1, height, width), 1, k), wanted)


@rubric.check("count_macs: stride and padding change how many outputs", points=0.5)
def _():
    first = int(rubric.rng.integers(20, 30))
    # An even one and an odd one: what is rounded which way is seen in one of them.
    for size in (first, first + 1):
        wanted = macs((1, 1, size, size), 1, (3, 3), (2, 2), (0, 0))
        rubric.whole_number(count_macs((1, 1, size, size), 1, 3, 2), wanted)
    wanted = macs((1, 1, size, size), 1, (3, 3), (1, 1), (2, 2))
    rubric.whole_number(count_macs((1, 1, size, size), 1, 3, 1, 2), wanted)


@rubric.check("count_macs: kernel, stride and padding given as pairs", points=0.5)
def _():
    batch, ins, outs = some(3)
    height, width = (int(rubric.rng.integers(20, 30)) for _ in range(2))
    for pairs in (((2, 5), (3, 2), (1, 0)), ((4, 3), (1, 4), (0, 2))):
        for more in range(4):  # as many as the longest stride: all remainders
            shape = batch, ins, height + more, width + more
            wanted = macs(shape, outs, *pairs)
            rubric.whole_number(count_macs(shape, outs, *pairs), wanted)


@rubric.check("activation_bytes: the product of all lengths, times 4", points=1)
def _():
    for number in (4, 2, 1):
        lengths = some(number)
        wanted = int(np.prod(lengths)) * 4
        rubric.whole_number(activation_bytes(tuple(lengths)), wanted)


@rubric.check("activation_bytes: another number of bytes for each", points=0.5)
def _():
    lengths = some(3)
    # The last ones are more bytes than an int32 holds, and no float32.
    for itemsize in (8, 2, (1 << 31) + 11):
        wanted = int(np.prod(lengths)) * itemsize
        rubric.whole_number(activation_bytes(tuple(lengths), itemsize), wanted)
    rubric.integer(activation_bytes(tuple(lengths)))


rubric.score()
