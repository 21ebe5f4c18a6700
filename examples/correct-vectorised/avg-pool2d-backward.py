#| export
def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (KH, KW), (sh, sw), (ph, pw) = kernel_size, stride, padding
    B, C, HO, WO = grad_output.shape
    H, W = x.shape[2:]
    dtype = np.result_type(grad_output, np.float32)
    grad_x = np.zeros((B, C, H + 2 * ph, W + 2 * pw), dtype)
    for u, v in np.ndindex(KH, KW):
        places = grad_x[:, :, u : u + sh * HO : sh, v : v + sw * WO : sw]
        places += grad_output / (KH * KW)
    return crop(grad_x, padding)
