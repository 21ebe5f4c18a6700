#| export
def receptive_field(layers):
    # From the output back to the input: how many pixels before each layer.
    pixels = 1
    for kernel, stride in reversed(layers):
        pixels = (pixels - 1) * stride + kernel
    return pixels
