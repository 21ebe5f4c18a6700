#| export
def max_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    B, C, HO, WO = grad_output.shape
    H, W = x.shape[2:]
    windows = windows_of(x, kernel_size, stride, padding, -np.inf)
    first = windows.reshape(B, C, HO, WO, -1).argmax(axis=-1)
    u, v = np.divmod(first, kernel_size[1])
    b, c, i, j = np.ogrid[:B, :C, :HO, :WO]
    dtype = np.result_type(grad_output, np.float32)
    grad_x = np.zeros((B, C, H + 2 * ph, W + 2 * pw), dtype)
    np.add.at(grad_x, (b, c, i * sh + u, j * sw + v), grad_output)
    return crop(grad_x, padding)
