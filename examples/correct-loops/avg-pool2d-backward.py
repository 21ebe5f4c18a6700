#| export
def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    B, C, HO, WO = grad_output.shape
    H, W = x.shape[2:]
    KH, KW = kernel_size
    grad_x = np.zeros(x.shape, np.result_type(grad_output, np.float32))
    for b in range(B):
        for c in range(C):
            for i in range(HO):
                for j in range(WO):
                    for u in range(KH):
                        for v in range(KW):
                            row = i * stride[0] + u - padding[0]
                            column = j * stride[1] + v - padding[1]
                            if 0 <= row < H and 0 <= column < W:
                                grad_x[b, c, row, column] += (
                                    grad_output[b, c, i, j] / (KH * KW)
                                )
    return grad_x
