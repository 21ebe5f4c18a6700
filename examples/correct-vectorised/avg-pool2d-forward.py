#| export
def avg_pool2d_forward(x, kernel_size, stride, padding):
    return windows_of(x, kernel_size, stride, padding).mean(axis=(4, 5))
