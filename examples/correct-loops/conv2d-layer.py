#| export
class Conv2d(Layer):
    """2-D convolution over a batch of images."""

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True
    ):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = as_pair(kernel_size, "kernel_size", least=1)
        self.stride = as_pair(stride, "stride", least=1)
        self.padding = as_pair(padding, "padding", least=0)
        KH, KW = self.kernel_size
        scale = (2 / (in_channels * KH * KW)) ** 0.5
        start = generator().normal(0, scale, (out_channels, in_channels, KH, KW))
        self.weight = Tensor(start, requires_grad=True)
        self.bias = None
        if bias:
            self.bias = Tensor(np.zeros(out_channels), requires_grad=True)

    def forward(self, x):
        check_images(x, self.in_channels)
        return Conv2dFunction.apply(
            x, self.weight, self.bias, self.stride, self.padding
        )

    def parameters(self):
        if self.bias is None:
            return [self.weight]
        return [self.weight, self.bias]
