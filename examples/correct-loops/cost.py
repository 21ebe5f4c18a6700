#| export
def count_parameters(in_channels, out_channels, kernel_size, bias=True):
    KH, KW = as_pair(kernel_size, "kernel_size", least=1)
    weights = out_channels * in_channels * KH * KW
    if bias:
        return weights + out_channels
    return weights


def count_macs(input_shape, out_channels, kernel_size, stride=1, padding=0):
    B, C, H, W = input_shape
    KH, KW = as_pair(kernel_size, "kernel_size", least=1)
    stride = as_pair(stride, "stride", least=1)
    padding = as_pair(padding, "padding", least=0)
    HO = output_size(H, KH, stride[0], padding[0])
    WO = output_size(W, KW, stride[1], padding[1])
    places = B * out_channels * HO * WO
    return places * C * KH * KW


def activation_bytes(shape, itemsize=4):
    numbers = 1
    for length in shape:
        numbers *= length
    return numbers * itemsize
