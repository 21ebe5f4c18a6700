#| export
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    B, O, HO, WO = grad_output.shape
    KH, KW = weight.shape[2:]
    dtype = np.result_type(grad_output, np.float32)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    grad_x, grad_weight = np.zeros(x.shape, dtype), np.zeros(weight.shape, dtype)
    for b in range(B):
        for o in range(O):
            for i in range(HO):
                for j in range(WO):
                    window = np.s_[b, :, i * sh : i * sh + KH, j * sw : j * sw + KW]
                    grad_x[window] += grad_output[b, o, i, j] * weight[o]
                    grad_weight[o] += grad_output[b, o, i, j] * x[window]
    grad_bias = grad_output.sum(axis=(0, 2, 3), dtype=dtype)
    return grad_x[:, :, ph:-ph, pw:-pw], grad_weight, grad_bias
