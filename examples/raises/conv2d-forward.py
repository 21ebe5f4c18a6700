#| export
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    B, C, H, W = x.shape
    O, _, KH, KW = weight.shape
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    HO, WO = H + 2 * ph, W + 2 * pw
    out = np.zeros((B, O, HO, WO))
    for b in range(B):
        for o in range(O):
            for i in range(HO):
                for j in range(WO):
                    for c in range(C):
                        for u in range(KH):
                            for v in range(KW):
                                pixel = x[b, c, i * sh + u, j * sw + v]
                                out[b, o, i, j] += pixel * weight[o, c, u, v]
    return out
