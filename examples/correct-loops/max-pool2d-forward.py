#| export
def max_pool2d_forward(x, kernel_size, stride, padding):
    B, C, H, W = x.shape
    HO = output_size(H, kernel_size[0], stride[0], padding[0])
    WO = output_size(W, kernel_size[1], stride[1], padding[1])
    out = np.full((B, C, HO, WO), -np.inf, dtype=np.result_type(x, np.float32))
    for b in range(B):
        for c in range(C):
            for i in range(HO):
                for j in range(WO):
                    for u in range(kernel_size[0]):
                        for v in range(kernel_size[1]):
                            row = i * stride[0] + u - padding[0]
                            column = j * stride[1] + v - padding[1]
                            if 0 <= row < H and 0 <= column < W:
                                out[b, c, i, j] = max(
                                    out[b, c, i, j], x[b, c, row, column]
                                )
    return out
