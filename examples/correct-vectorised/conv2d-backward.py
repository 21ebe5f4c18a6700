#| export
def crop(padded, padding):
    (ph, pw), (H, W) = padding, padded.shape[2:]
    return padded[:, :, ph : H - ph, pw : W - pw]


#| export
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    KH, KW = weight.shape[2:]
    HO, WO = grad_output.shape[2:]
    B, C, H, W = x.shape
    dtype = np.result_type(grad_output, np.float32)
    windows = windows_of(x, (KH, KW), stride, padding)
    grad_weight = np.einsum("bohw,bchwuv->ocuv", grad_output, windows)
    shares = np.einsum("bohw,ocuv->uvbchw", grad_output, weight)
    grad_x = np.zeros((B, C, H + 2 * ph, W + 2 * pw), dtype)
    for u, v in np.ndindex(KH, KW):
        grad_x[:, :, u : u + sh * HO : sh, v : v + sw * WO : sw] += shares[u, v]
    grad_bias = grad_output.sum(axis=(0, 2, 3))
    return crop(grad_x, padding), grad_weight.astype(dtype), grad_bias.astype(dtype)
