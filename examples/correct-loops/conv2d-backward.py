#| export
def conv2d_backward(grad_output, x, weight, stride, padding):
    B, O, HO, WO = grad_output.shape
    _, C, H, W = x.shape
    KH, KW = weight.shape[2:]
    dtype = np.result_type(grad_output, np.float32)
    grad_x = np.zeros(x.shape, dtype)
    grad_weight = np.zeros(weight.shape, dtype)
    grad_bias = np.zeros(O, dtype)
    for b in range(B):
        for o in range(O):
            for i in range(HO):
                for j in range(WO):
                    upstream = grad_output[b, o, i, j]
                    grad_bias[o] += upstream
                    for c in range(C):
                        for u in range(KH):
                            for v in range(KW):
                                row = i * stride[0] + u - padding[0]
                                column = j * stride[1] + v - padding[1]
                                if 0 <= row < H and 0 <= column < W:
                                    pixel = x[b, c, row, column]
                                    grad_weight[o, c, u, v] += upstream * pixel
                                    grad_x[b, c, row, column] += (
                                        upstream * weight[o, c, u, v]
                                    )
    return grad_x, grad_weight, grad_bias
