#| export
def conv2d_forward(x, weight, bias, stride, padding):
    B, C, H, W = x.shape
    O, _, KH, KW = weight.shape
    HO = output_size(H, KH, stride[0], padding[0])
    WO = output_size(W, KW, stride[1], padding[1])
    out = np.zeros((B, O, HO, WO), dtype=np.result_type(x, weight, np.float32))
    for b in range(B):
        for o in range(O):
            for i in range(HO):
                for j in range(WO):
                    for c in range(C):
                        for u in range(KH):
                            for v in range(KW):
                                row = i * stride[0] + u - padding[0]
                                column = j * stride[1] + v - padding[1]
                                if 0 <= row < H and 0 <= column < W:
                                    out[b, o, i, j] += (
                                        x[b, c, row, column] * weight[o, c, u, v]
                                    )
            if bias is not None:
                out[b, o] += bias[o]
    return out
