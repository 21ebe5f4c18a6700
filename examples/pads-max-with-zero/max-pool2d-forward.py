#| export
def max_pool2d_forward(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    B, C, H, W = x.shape
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    HO, WO = output_size(H, kh, sh, ph), output_size(W, kw, sw, pw)
    out = np.zeros((B, C, HO, WO), dtype=np.result_type(x, np.float32))
    for b in range(B):
        for c in range(C):
            for i in range(HO):
                for j in range(WO):
                    window = x[b, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
                    out[b, c, i, j] = window.max()
    return out
