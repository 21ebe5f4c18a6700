#| export
class Conv2d(_Conv2d):
    """2-D convolution over a batch of images."""

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True
    ):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding)
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
