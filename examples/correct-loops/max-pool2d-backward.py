#| export
def max_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    B, C, HO, WO = grad_output.shape
    H, W = x.shape[2:]
    grad_x = np.zeros(x.shape, np.result_type(grad_output, np.float32))
    for b in range(B):
        for c in range(C):
            for i in range(HO):
                for j in range(WO):
                    winner = None
                    for u in range(kernel_size[0]):
                        for v in range(kernel_size[1]):
                            row = i * stride[0] + u - padding[0]
                            column = j * stride[1] + v - padding[1]
                            if not (0 <= row < H and 0 <= column < W):
                                continue
                            if winner is None or x[b, c, row, column] > x[winner]:
                                winner = b, c, row, column
                    if winner is not None:
                        grad_x[winner] += grad_output[b, c, i, j]
    return grad_x
