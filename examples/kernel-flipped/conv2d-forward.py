#| export
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    B, C, H, W = x.shape
    O, _, KH, KW = weight.shape
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    weight = weight[:, :, ::-1, ::-1]
    HO, WO = output_size(H, KH, sh, ph), output_size(W, KW, sw, pw)
    out = np.zeros((B, O, HO, WO), dtype=np.result_type(x, weight, np.float32))
    for b in range(B):
        for o in range(O):
            for i in range(HO):
                for j in range(WO):
                    window = x[b, :, i * sh : i * sh + KH, j * sw : j * sw + KW]
                    out[b, o, i, j] = (window * weight[o]).sum()
                    if bias is not None:
                        out[b, o, i, j] += bias[o]
    return out
