#| export
def count_parameters(in_channels, out_channels, kernel_size, bias=True):
    kernel = np.prod(as_pair(kernel_size, "kernel_size", least=1))
    return int(out_channels * (in_channels * kernel + bool(bias)))


def count_macs(input_shape, out_channels, kernel_size, stride=1, padding=0):
    B, C, *size = input_shape
    kernel = as_pair(kernel_size, "kernel_size", least=1)
    stride = as_pair(stride, "stride", least=1)
    padding = as_pair(padding, "padding", least=0)
    places = math.prod(map(output_size, size, kernel, stride, padding))
    return B * out_channels * places * C * math.prod(kernel)


def activation_bytes(shape, itemsize=4):
    return math.prod(shape) * itemsize
