"""Right solutions of module 09 that are written in other ways than the reference.

Each takes the place of its cell in an otherwise right submission: ``proctor gate
09_spatial`` asks for full marks. So a test that wants a certain way of writing, and not
a certain behaviour, is found.
"""

# Written as students write them.
# ruff: noqa: B905, D101, E741, RUF005, SIM102

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from proctor.bank import variant, variant_text
from tinytorch.core.layers import Layer

if TYPE_CHECKING:  # names that a student's notebook has
    from tinytorch.core.layers import generator
    from tinytorch.core.spatial import (
        Conv2dFunction,
        as_pair,
        check_images,
        conv2d_backward,
        conv2d_forward,
        max_pool2d_forward,
    )
    from tinytorch.core.tensor import Tensor


# Output size
# -----------


@variant("output-size", "count-the-starts")
def output_size(size, kernel, stride=1, padding=0):
    starts = range(-padding, size + padding - kernel + 1, max(stride, 1))
    if kernel < 1 or stride < 1 or padding < 0 or not len(starts):
        raise ValueError(f"{kernel} does not fit {size} ({stride=}, {padding=})")
    return len(starts)


@variant("output-size", "walk-along-the-row")
def output_size(size, kernel, stride=1, padding=0):
    if min(kernel, stride) < 1 or padding < 0:
        raise ValueError(f"out of range: {size}, {kernel}, {stride}, {padding}")
    start, end, windows = -padding, size + padding, 0
    while start + kernel <= end:
        windows += 1
        start += stride
    if windows == 0:
        raise ValueError(f"no window of {kernel} in {size} pixels")
    return windows


@variant("output-size", "ceiling")
def output_size(size, kernel, stride=1, padding=0):
    if not (kernel > 0 and stride > 0 and padding >= 0):
        raise ValueError(f"bad arguments {(size, kernel, stride, padding)}")
    places = size + 2 * padding - kernel + 1
    if places < 1:
        raise ValueError(f"bad arguments {(size, kernel, stride, padding)}")
    return math.ceil(places / stride)


@variant("output-size", "without-the-remainder")
def output_size(size, kernel, stride=1, padding=0):
    if kernel <= 0 or stride <= 0 or padding <= -1:
        raise ValueError(f"kernel={kernel}, stride={stride}, padding={padding}")
    free = size + padding + padding - kernel
    if free < 0:
        raise ValueError(f"size={size} is too small for kernel={kernel}")
    return (free - free % stride) // stride + 1


@variant("output-size", "recursion")
def output_size(size, kernel, stride=1, padding=0):
    if kernel < 1 or stride < 1 or padding < 0 or kernel > size + 2 * padding:
        raise ValueError(f"{size} {kernel} {stride} {padding}")

    def windows(length):
        return 0 if length < kernel else 1 + windows(length - stride)

    return windows(size + 2 * padding)


@variant("output-size", "generator")
def output_size(size, kernel, stride=1, padding=0):
    if kernel < 1 or stride < 1 or padding < 0 or kernel > size + 2 * padding:
        raise ValueError(f"{size} {kernel} {stride} {padding}")
    last = size + 2 * padding - kernel
    return sum(1 for start in range(last + 1) if start % stride == 0)


@variant("output-size", "array")
def output_size(size, kernel, stride=1, padding=0):
    if kernel < 1 or stride < 1 or padding < 0:
        raise ValueError(f"{size} {kernel} {stride} {padding}")
    row = np.arange(size + 2 * padding)
    if len(row) < kernel:
        raise ValueError(f"{kernel} is more than {size} and twice {padding}")
    return row[: len(row) - kernel + 1 : stride].size


@variant("output-size", "numpy-integer")
def output_size(size, kernel, stride=1, padding=0):
    if kernel < 1 or stride < 1 or padding < 0 or kernel > size + 2 * padding:
        raise ValueError(f"{size} {kernel} {stride} {padding}")
    return np.floor_divide(size + 2 * padding - kernel, stride) + 1


@variant("output-size", "own-kind-of-error")
def output_size(size, kernel, stride=1, padding=0):
    class DoesNotFit(ValueError):
        pass

    steps, _ = divmod(size + 2 * padding - kernel, stride) if stride > 0 else (-1, 0)
    if steps < 0 or kernel < 1 or padding < 0:
        raise DoesNotFit("does not fit", size, kernel, stride, padding)
    return int(steps) + 1


# Convolution, forward
# --------------------


@variant("conv2d-forward", "floats-of-python-and-the-bias-last")
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    batch, channels, height, width = x.shape
    kernels, _, kh, kw = weight.shape
    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros(
        (batch, kernels, rows, columns), np.result_type(x, weight, np.float32)
    )
    for b, o, i, j in np.ndindex(out.shape):
        total = 0.0
        for c, u, v in np.ndindex(channels, kh, kw):
            pixel = padded[b, c, i * sh + u, j * sw + v]
            total += float(pixel) * float(weight[o, c, u, v])
        if bias is not None:
            total += bias[o]
        out[b, o, i, j] = total
    return out


@variant("conv2d-forward", "einsum")
def conv2d_forward(x, weight, bias, stride, padding):
    sides = ((0, 0), (0, 0), *((p, p) for p in padding))
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(np.pad(x, sides), weight.shape[2:], axis=(2, 3))
    windows = windows[:, :, :: stride[0], :: stride[1]]
    out = np.einsum("bchwij,ocij->bohw", windows, weight, optimize=True)
    if bias is not None:
        out = out + bias.reshape(-1, 1, 1)
    return out.astype(np.result_type(x, weight, np.float32))


@variant("conv2d-forward", "im2col")
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    (batch, _, height, width), (out_channels, _, kh, kw) = x.shape, weight.shape
    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    patches = np.stack(
        [
            padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw].reshape(batch, -1)
            for i in range(rows)
            for j in range(columns)
        ],
        axis=2,
    )
    out = weight.reshape(out_channels, -1) @ patches
    if bias is not None:
        out = out + bias[:, None]
    out = out.reshape(batch, out_channels, rows, columns)
    return out.astype(np.result_type(x, weight, np.float32), copy=False)


@variant("conv2d-forward", "slice-of-a-window")
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    (batch, _, height, width), (out_channels, _, kh, kw) = x.shape, weight.shape
    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    shape = batch, out_channels, rows, columns
    out = np.zeros(shape, np.result_type(x, weight, np.float32))
    for i in range(rows):
        for j in range(columns):
            window = x[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            for o in range(out_channels):
                out[:, o, i, j] = (window * weight[o]).sum(axis=(1, 2, 3))
    if bias is not None:
        out += bias.reshape(1, -1, 1, 1).astype(out.dtype)
    return out


@variant("conv2d-forward", "one-shift-for-each-kernel-number", fast=True)
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    (batch, _, height, width), (out_channels, _, kh, kw) = x.shape, weight.shape
    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((out_channels, batch, rows, columns))
    for u in range(kh):
        for v in range(kw):
            shifted = padded[:, :, u : u + rows * sh : sh, v : v + columns * sw : sw]
            shifted = shifted[:, :, :rows, :columns]
            out += np.tensordot(weight[:, :, u, v], shifted, axes=(1, 1))
    out = out.transpose(1, 0, 2, 3)
    if bias is not None:
        out = out + bias[:, np.newaxis, np.newaxis]
    return out.astype(np.result_type(x, weight, np.float32))


@variant("conv2d-forward", "loops-inside-out")
def conv2d_forward(x, weight, bias, stride, padding):
    (B, C, H, W), (O, _, KH, KW) = x.shape, weight.shape
    OH = output_size(H, KH, stride[0], padding[0])
    OW = output_size(W, KW, stride[1], padding[1])
    pads = ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2)
    padded = np.pad(x, pads)
    out = np.zeros((B, O, OH, OW), np.result_type(x, weight, np.float32))
    for kh in range(KH):
        for kw in range(KW):
            for c in range(C):
                for o in range(O):
                    for h in range(OH):
                        for w in range(OW):
                            for b in range(B):
                                out[b, o, h, w] += (
                                    weight[o, c, kh, kw]
                                    * padded[
                                        b, c, kh + h * stride[0], kw + w * stride[1]
                                    ]
                                )
    for o in range(O):
        if bias is not None:
            out[:, o] += bias[o]
    return out


@variant("conv2d-forward", "asks-whether-inside")
def conv2d_forward(x, weight, bias, stride, padding):
    (B, C, H, W), (O, _, KH, KW) = x.shape, weight.shape
    (sh, sw), (ph, pw) = stride, padding
    OH, OW = output_size(H, KH, sh, ph), output_size(W, KW, sw, pw)
    out = np.empty((B, O, OH, OW), dtype=np.result_type(x, weight, np.float32))
    for b, o, i, j in np.ndindex(out.shape):
        out[b, o, i, j] = 0 if bias is None else bias[o]
        for c, u, v in np.ndindex(C, KH, KW):
            y, z = i * sh + u - ph, j * sw + v - pw
            if 0 <= y < H and 0 <= z < W:
                out[b, o, i, j] += x[b, c, y, z] * weight[o, c, u, v]
    return out


@variant("conv2d-forward", "pads-by-hand")
def conv2d_forward(x, weight, bias, stride, padding):
    dtype = np.result_type(x, weight, np.float32)
    (B, C, H, W), (O, _, KH, KW) = x.shape, weight.shape
    (sh, sw), (ph, pw) = stride, padding
    canvas = np.zeros((B, C, H + 2 * ph, W + 2 * pw), dtype)
    canvas[:, :, ph : ph + H, pw : pw + W] = x
    out = np.zeros((B, O, (H + 2 * ph - KH) // sh + 1, (W + 2 * pw - KW) // sw + 1))
    for b in range(B):
        for o in range(O):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    for c in range(C):
                        window = canvas[b, c, i * sh :, j * sw :][:KH, :KW]
                        out[b, o, i, j] += np.vdot(window, weight[o, c])
            if bias is not None:
                out[b, o] += bias[o]
    return out.astype(dtype)


@variant("conv2d-forward", "recursion-over-images")
def conv2d_forward(x, weight, bias, stride, padding):
    def one(image):
        padded = np.pad(image, [(0, 0)] + [(p, p) for p in padding])
        view = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[1:])
        windows = view[0, :: stride[0], :: stride[1]]
        out = np.tensordot(weight, windows, axes=((1, 2, 3), (2, 3, 4)))
        return out if bias is None else out + np.reshape(bias, (-1, 1, 1))

    def all_of(images):
        if len(images) == 1:
            return one(images[0])[None]
        middle = len(images) // 2
        halves = all_of(images[:middle]), all_of(images[middle:])
        return np.concatenate(halves)

    return all_of(x).astype(np.result_type(x, weight, np.float32))


@variant("conv2d-forward", "counts-from-the-end")
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    kh, kw = weight.shape[-2:]
    rows = output_size(x.shape[-2], kh, sh, ph)
    columns = output_size(x.shape[-1], kw, sw, pw)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))).astype(np.float64)
    out = np.zeros((len(x), len(weight), rows, columns))
    for i in range(-rows, 0):
        for j in range(-columns, 0):
            top, left = (rows + i) * sh, (columns + j) * sw
            window = padded[..., top : top + kh, left : left + kw]
            out[..., i, j] = np.tensordot(window, weight, axes=([-3, -2, -1],) * 2)
    if bias is not None:
        out += bias[..., None, None]
    return out.astype(np.result_type(x, weight, np.float32))


@variant("conv2d-forward", "flipped-twice")
def conv2d_forward(x, weight, bias, stride, padding):
    def convolve(row, kernel):
        return np.convolve(row, kernel[::-1], mode="valid")

    (sh, sw), (ph, pw) = stride, padding
    kh, kw = weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))).astype(float)
    rows = output_size(x.shape[2], kh, sh, ph)
    columns = output_size(x.shape[3], kw, sw, pw)
    out = np.zeros((len(x), len(weight), rows, columns))
    for b, o, i in np.ndindex(out.shape[:3]):
        for c in range(x.shape[1]):
            for u in range(kh):
                line = convolve(padded[b, c, i * sh + u], weight[o, c, u])
                out[b, o, i] += line[::sw]
        if bias is not None:
            out[b, o, i] += bias[o]
    return out.astype(np.result_type(x, weight, np.float32))


@variant("conv2d-forward", "fourier")
def conv2d_forward(x, weight, bias, stride, padding):
    kh, kw = weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding))).astype(float)
    size = padded.shape[2:]
    spectrum = np.einsum(
        "bchw,ochw->bohw",
        np.fft.rfft2(padded),
        np.conj(np.fft.rfft2(weight.astype(float), size)),
    )
    full = np.fft.irfft2(spectrum, size)[..., : size[0] - kh + 1, : size[1] - kw + 1]
    out = full[:, :, :: stride[0], :: stride[1]]
    if bias is not None:
        out = out + bias.reshape(1, len(bias), 1, 1)
    return out.astype(np.result_type(x, weight, np.float32))


# Convolution, backward
# ---------------------


@variant("conv2d-backward", "slice-of-a-window")
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw), (kh, kw) = stride, padding, weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    grad_padded, grad_weight = np.zeros(padded.shape), np.zeros(weight.shape)
    for b, o, i, j in np.ndindex(grad_output.shape):
        at = np.s_[b, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
        grad_padded[at] += grad_output[b, o, i, j] * weight[o]
        grad_weight[o] += grad_output[b, o, i, j] * padded[at]
    height, width = x.shape[2:]
    grad_x = grad_padded[:, :, ph : height + ph, pw : width + pw]
    return grad_x, grad_weight, grad_output.sum(axis=(0, 2, 3))


@variant("conv2d-backward", "one-shift-for-each-kernel-number", fast=True)
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    rows, columns = grad_output.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    grad_padded = np.zeros(padded.shape, grad_output.dtype)
    grad_weight = np.zeros(weight.shape, grad_output.dtype)
    for u in range(weight.shape[2]):
        for v in range(weight.shape[3]):
            ends = u + (rows - 1) * sh + 1, v + (columns - 1) * sw + 1
            at = np.s_[:, :, u : ends[0] : sh, v : ends[1] : sw]
            grad_padded[at] += np.einsum(
                "bohw,oc->bchw", grad_output, weight[..., u, v]
            )
            grad_weight[..., u, v] = np.einsum("bohw,bchw->oc", grad_output, padded[at])
    grad_x = grad_padded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return grad_x, grad_weight, np.einsum("bohw->o", grad_output)


@variant("conv2d-backward", "im2col-and-add-at")
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    batch, outs, rows, columns = grad_output.shape
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    c, u, v = np.indices(weight.shape[1:]).reshape(3, -1, 1)
    i, j = np.indices((rows, columns)).reshape(2, 1, -1)
    patches = padded[:, c, i * sh + u, j * sw + v]
    upstream = grad_output.reshape(batch, outs, -1)
    grad_weight = (upstream @ patches.transpose(0, 2, 1)).sum(axis=0)
    grad_padded = np.zeros(padded.shape)
    grad_patches = weight.reshape(outs, -1).T @ upstream
    np.add.at(grad_padded, (slice(None), c, i * sh + u, j * sw + v), grad_patches)
    grad_x = grad_padded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return grad_x, grad_weight.reshape(weight.shape), upstream.sum(axis=2).sum(axis=0)


@variant("conv2d-backward", "two-more-convolutions")
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    (kh, kw), (height, width) = weight.shape[2:], x.shape[2:]
    starts = height + 2 * ph - kh + 1, width + 2 * pw - kw + 1
    spread = np.zeros((*grad_output.shape[:2], *starts))
    spread[:, :, ::sh, ::sw] = grad_output
    turned = weight[:, :, ::-1, ::-1].swapaxes(0, 1)
    whole = conv2d_forward(spread, turned, None, (1, 1), (kh - 1, kw - 1))
    grad_x = whole[:, :, ph : ph + height, pw : pw + width]
    images, kernels = x.swapaxes(0, 1), spread.swapaxes(0, 1)
    grad_weight = conv2d_forward(images, kernels, None, (1, 1), padding)
    return grad_x, grad_weight.swapaxes(0, 1), grad_output.sum((0, 2, 3))


@variant("conv2d-backward", "three-nests-of-loops")
def conv2d_backward(grad_output, x, weight, stride, padding):
    (B, O, OH, OW), (_, C, KH, KW) = grad_output.shape, weight.shape
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    grad_bias = np.zeros(O)
    for o in range(O):
        for b in range(B):
            grad_bias[o] += grad_output[b, o].sum()
    grad_weight = np.zeros(weight.shape)
    for o, c, u, v in np.ndindex(weight.shape):
        for b, i, j in np.ndindex(B, OH, OW):
            pixel = padded[b, c, i * sh + u, j * sw + v]
            grad_weight[o, c, u, v] += pixel * grad_output[b, o, i, j]
    grad_padded = np.zeros(padded.shape)
    for b, o, i, j in np.ndindex(grad_output.shape):
        for c, u, v in np.ndindex(C, KH, KW):
            grad_padded[b, c, i * sh + u, j * sw + v] += (
                weight[o, c, u, v] * grad_output[b, o, i, j]
            )
    bottom, right = padded.shape[2] - ph, padded.shape[3] - pw
    return grad_padded[:, :, ph:bottom, pw:right], grad_weight, grad_bias


@variant("conv2d-backward", "asks-whether-inside")
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    _, C, H, W = x.shape
    grad_x, grad_weight = np.zeros(x.shape), np.zeros(weight.shape)
    grad_bias = np.zeros(len(weight))
    for (b, o, i, j), upstream in np.ndenumerate(grad_output):
        grad_bias[o] += upstream
        for c, u, v in np.ndindex(C, *weight.shape[2:]):
            y, z = i * sh + u - ph, j * sw + v - pw
            if 0 <= y < H and 0 <= z < W:
                grad_x[b, c, y, z] += upstream * weight[o, c, u, v]
                grad_weight[o, c, u, v] += upstream * x[b, c, y, z]
    return grad_x, grad_weight, grad_bias


@variant("conv2d-backward", "each-pixel-asks-its-windows")
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    _, O, OH, OW = grad_output.shape
    grad_x, grad_weight = np.zeros(x.shape), np.zeros(weight.shape)
    for b, c, y, z in np.ndindex(x.shape):
        for i in range(OH):
            for j in range(OW):
                u, v = y + ph - i * sh, z + pw - j * sw
                if 0 <= u < weight.shape[2] and 0 <= v < weight.shape[3]:
                    for o in range(O):
                        upstream = grad_output[b, o, i, j]
                        grad_x[b, c, y, z] += upstream * weight[o, c, u, v]
                        grad_weight[o, c, u, v] += upstream * x[b, c, y, z]
    return [grad_x, grad_weight, grad_output.sum(axis=0).sum(axis=(1, 2))]


@variant("conv2d-backward", "dictionaries")
def conv2d_backward(grad_output, x, weight, stride, padding):
    from collections import defaultdict

    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))).tolist()
    for_pixel, for_number, for_bias = (defaultdict(float) for _ in range(3))
    for (b, o, i, j), upstream in np.ndenumerate(grad_output):
        for_bias[o] += upstream
        for (c, u, v), number in np.ndenumerate(weight[o]):
            y, z = i * sh + u, j * sw + v
            for_pixel[b, c, y - ph, z - pw] += upstream * number
            for_number[o, c, u, v] += upstream * padded[b][c][y][z]
    grad_x = np.array([for_pixel[at] for at in np.ndindex(x.shape)])
    grad_weight = np.array([for_number[at] for at in np.ndindex(weight.shape)])
    grad_bias = np.array([for_bias[o] for o in range(len(weight))])
    return grad_x.reshape(x.shape), grad_weight.reshape(weight.shape), grad_bias


@variant("conv2d-backward", "recursion-over-images")
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw), (kh, kw) = stride, padding, weight.shape[2:]

    def back(images, upstream):
        if len(images) > 1:
            first = back(images[:1], upstream[:1])
            rest = back(images[1:], upstream[1:])
            together = np.concatenate([first[0], rest[0]])
            return together, first[1] + rest[1], first[2] + rest[2]
        padded = np.pad(images[0], ((0, 0), (ph, ph), (pw, pw)))
        grad_padded, grad_weight = 0.0 * padded, np.zeros(weight.shape)
        for i, j in np.ndindex(upstream.shape[2:]):
            at = np.s_[:, i * sh : i * sh + kh, j * sw : j * sw + kw]
            grad_padded[at] += np.tensordot(upstream[0, :, i, j], weight, 1)
            grad_weight += np.multiply.outer(upstream[0, :, i, j], padded[at])
        grad_x = grad_padded[:, ph : -ph or None, pw : -pw or None]
        return grad_x[None], grad_weight, upstream[0].sum(axis=(1, 2))

    return back(x, grad_output)


# The layer
# ---------


@variant("conv2d-layer", "scaled-standard-normal")
class Conv2d(Layer):
    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True
    ):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = as_pair(kernel_size, "kernel_size", least=1)
        self.stride = as_pair(stride, "stride", least=1)
        self.padding = as_pair(padding, "padding", least=0)
        kh, kw = self.kernel_size
        start = generator().standard_normal((out_channels, in_channels, kh, kw))
        start *= (2.0 / (in_channels * kh * kw)) ** 0.5
        self.weight = Tensor(start, requires_grad=True)
        self.bias = None
        if bias:
            self.bias = Tensor([0.0] * out_channels, requires_grad=True)

    def forward(self, x):
        check_images(x, self.in_channels)
        return Conv2dFunction.apply(
            x, self.weight, self.bias, self.stride, self.padding
        )

    def parameters(self):
        return [p for p in (self.weight, self.bias) if p is not None]


@variant("conv2d-layer", "bias-listed-first")
class Conv2d(Layer):
    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True
    ):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = as_pair(kernel_size, "kernel_size", least=1)
        self.stride = as_pair(stride, "stride", least=1)
        self.padding = as_pair(padding, "padding", least=0)
        area = np.prod(self.kernel_size)
        self.weight = Tensor(
            generator().normal(
                loc=0.0,
                scale=np.sqrt(2.0 / (in_channels * area)),
                size=(out_channels, in_channels) + self.kernel_size,
            ),
            requires_grad=True,
        )
        zeros = np.zeros(out_channels, dtype=np.float32)
        self.bias = Tensor(zeros, requires_grad=True) if bias else None

    def forward(self, x):
        check_images(x, self.in_channels)
        arguments = [x, self.weight, self.bias, self.stride, self.padding]
        return Conv2dFunction.apply(*arguments)

    def parameters(self):
        if self.bias is None:
            return (self.weight,)
        return (self.bias, self.weight)


@variant("conv2d-layer", "gradients-asked-for-afterwards")
class Conv2d(Layer):
    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True
    ):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = as_pair(kernel_size, "kernel_size", least=1)
        self.stride = as_pair(stride, "stride", least=1)
        self.padding = as_pair(padding, "padding", least=0)
        (kh, kw), fan_in = self.kernel_size, in_channels
        fan_in *= kh
        fan_in *= kw
        weight = generator().standard_normal(size=(out_channels, in_channels, kh, kw))
        weight *= np.sqrt(2 / fan_in)
        self.weight = Tensor(weight.astype("float32"))
        self.weight.requires_grad = True
        self.bias = Tensor(np.zeros(out_channels)) if bias else None
        for parameter in self.parameters():
            parameter.requires_grad = True

    def forward(self, x):
        check_images(x, self.in_channels)
        out = Conv2dFunction.apply(x, self.weight, self.bias, self.stride, self.padding)
        return out

    def parameters(self):
        return list(filter(lambda p: p is not None, [self.weight, self.bias]))


@variant("conv2d-layer", "bias-by-tensor-arithmetic")
class Conv2d(Layer):
    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True
    ):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = as_pair(kernel_size, "kernel_size", least=1)
        self.stride = as_pair(stride, "stride", least=1)
        self.padding = as_pair(padding, "padding", least=0)
        shape = (out_channels, in_channels, *self.kernel_size)
        std = math.sqrt(2 / math.prod(shape[1:]))
        self.weight = Tensor(generator().normal(0, std, shape), requires_grad=True)
        self.bias = Tensor(np.zeros(out_channels), requires_grad=True) if bias else None

    def forward(self, x):
        check_images(x, self.in_channels)
        out = Conv2dFunction.apply(x, self.weight, None, self.stride, self.padding)
        if self.bias is not None:
            out = out + self.bias.reshape(1, self.out_channels, 1, 1)
        return out

    def parameters(self):
        return [self.weight] + ([] if self.bias is None else [self.bias])


@variant("conv2d-layer", "flat-then-reshaped")
class Conv2d(Layer):
    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True
    ):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = as_pair(kernel_size, "kernel_size", least=1)
        self.stride = as_pair(stride, "stride", least=1)
        self.padding = as_pair(padding, "padding", least=0)
        each = in_channels * self.kernel_size[0] * self.kernel_size[1]
        numbers = generator().normal(scale=math.sqrt(2) / math.sqrt(each), size=each)
        for _ in range(out_channels - 1):
            more = generator().normal(scale=math.sqrt(2) / math.sqrt(each), size=each)
            numbers = np.append(numbers, more)
        shape = out_channels, in_channels, self.kernel_size[0], self.kernel_size[1]
        self.weight = Tensor(numbers.reshape(shape), requires_grad=True)
        self.bias = bias or None
        if self.bias:
            self.bias = Tensor(0.0 * np.arange(out_channels), requires_grad=True)

    def forward(self, x):
        check_images(x, self.in_channels)
        return Conv2dFunction.apply(
            x, self.weight, self.bias, self.stride, self.padding
        )

    def parameters(self):
        listed = [self.weight]
        if self.bias is not None:
            listed.append(self.bias)
        return listed


@variant("conv2d-layer", "box-and-muller")
class Conv2d(Layer):
    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True
    ):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = as_pair(kernel_size, "kernel_size", least=1)
        self.stride = as_pair(stride, "stride", least=1)
        self.padding = as_pair(padding, "padding", least=0)
        shape = (out_channels, in_channels, *self.kernel_size)
        radius = np.sqrt(-2 * np.log(1 - generator().uniform(size=shape)))
        angle = 2 * np.pi * generator().uniform(size=shape)
        std = np.sqrt(2 / np.prod(shape[1:]))
        self.weight = Tensor(std * radius * np.cos(angle), requires_grad=True)
        self.bias = Tensor(np.zeros((out_channels,)), requires_grad=True)
        self.bias = self.bias if bias else None

    def forward(self, x):
        check_images(x, self.in_channels)
        return Conv2dFunction.apply(
            x, self.weight, self.bias, self.stride, self.padding
        )

    def parameters(self):
        return [self.weight, self.bias][: 1 if self.bias is None else 2]


@variant("conv2d-layer", "dictionary-of-parameters")
class Conv2d(Layer):
    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True
    ):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = as_pair(kernel_size, "kernel_size", least=1)
        self.stride = as_pair(stride, "stride", least=1)
        self.padding = as_pair(padding, "padding", least=0)
        shape = (out_channels, in_channels, *self.kernel_size)
        variance = 2 / math.prod(shape[1:])
        start = generator().normal(0, variance**0.5, shape)
        self._parameters = {"weight": Tensor(start, requires_grad=True)}
        if bias:
            zeros = np.zeros(out_channels)
            self._parameters["bias"] = Tensor(zeros, requires_grad=True)

    @property
    def weight(self):
        return self._parameters["weight"]

    @property
    def bias(self):
        return self._parameters.get("bias")

    def forward(self, x):
        check_images(x, self.in_channels)
        return Conv2dFunction.apply(
            x, self.weight, self.bias, self.stride, self.padding
        )

    def parameters(self):
        return list(self._parameters.values())


@variant("conv2d-layer", "zeros-for-no-bias")
class Conv2d(Layer):
    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True
    ):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = as_pair(kernel_size, "kernel_size", least=1)
        self.stride = as_pair(stride, "stride", least=1)
        self.padding = as_pair(padding, "padding", least=0)
        kh, kw = self.kernel_size
        fan_in = sum(kh * kw for _ in range(in_channels))
        spread = generator().normal(0, 1, (kh, kw, in_channels, out_channels))
        start = np.moveaxis(spread, (2, 3), (1, 0)) * (2 / fan_in) ** 0.5
        self.weight = Tensor(np.ascontiguousarray(start), requires_grad=True)
        self.bias = Tensor(np.zeros(out_channels), requires_grad=True) if bias else None

    def forward(self, x):
        check_images(x, self.in_channels)
        bias = self.bias
        if bias is None:
            bias = Tensor(np.zeros(self.out_channels, x.data.dtype))
        return Conv2dFunction.apply(x, self.weight, bias, self.stride, self.padding)

    def parameters(self):
        return [self.weight] if self.bias is None else [self.weight, self.bias]


# Max pooling, forward
# --------------------


@variant("max-pool2d-forward", "sliding-windows")
def max_pool2d_forward(x, kernel_size, stride, padding):
    dtype = np.result_type(x, np.float32)
    sides = ((0, 0), (0, 0), *((p, p) for p in padding))
    padded = np.pad(x.astype(dtype), sides, constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel_size, axis=(2, 3))
    return windows[:, :, :: stride[0], :: stride[1]].max(axis=(-2, -1))


@variant("max-pool2d-forward", "slice-of-a-window")
def max_pool2d_forward(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    B, C, H, W = x.shape
    dtype = np.result_type(x, np.float32)
    padded = np.full((B, C, H + 2 * ph, W + 2 * pw), -np.inf, dtype)
    padded[:, :, ph : ph + H, pw : pw + W] = x
    rows, columns = output_size(H, kh, sh, ph), output_size(W, kw, sw, pw)
    out = np.empty((B, C, rows, columns), dtype)
    for i in range(rows):
        for j in range(columns):
            window = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out


@variant("max-pool2d-forward", "one-shift-for-each-element", fast=True)
def max_pool2d_forward(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    rows = output_size(x.shape[2], kh, sh, ph)
    columns = output_size(x.shape[3], kw, sw, pw)
    dtype = np.result_type(x, np.float32)
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x.astype(dtype), sides, constant_values=-np.inf)
    out = np.full((*x.shape[:2], rows, columns), -np.inf, dtype)
    for u in range(kh):
        for v in range(kw):
            shifted = padded[:, :, u::sh, v::sw][:, :, :rows, :columns]
            np.maximum(out, shifted, out=out)
    return out


@variant("max-pool2d-forward", "asks-whether-inside")
def max_pool2d_forward(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    B, C, H, W = x.shape
    shape = B, C, output_size(H, kh, sh, ph), output_size(W, kw, sw, pw)
    out = np.zeros(shape, np.result_type(x, np.float32))
    for b, c, i, j in np.ndindex(shape):
        inside = [
            x[b, c, y, z]
            for y in range(i * sh - ph, i * sh - ph + kh)
            for z in range(j * sw - pw, j * sw - pw + kw)
            if 0 <= y < H and 0 <= z < W
        ]
        out[b, c, i, j] = max(inside)
    return out


@variant("max-pool2d-forward", "window-cut-to-the-image")
def max_pool2d_forward(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    places = [output_size(*a) for a in zip(x.shape[2:], kernel_size, stride, padding)]
    out = np.zeros((*x.shape[:2], *places), np.result_type(x, np.float32))
    for i, j in np.ndindex(*places):
        top, left = i * sh - ph, j * sw - pw
        window = x[:, :, max(top, 0) : top + kh, max(left, 0) : left + kw]
        out[:, :, i, j] = np.amax(window, axis=(2, 3))
    return out


@variant("max-pool2d-forward", "sorted")
def max_pool2d_forward(x, kernel_size, stride, padding):
    dtype = np.result_type(x, np.float32)
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x.astype(dtype), sides, constant_values=-np.inf)

    def largest(b, c, i, j):
        window = padded[b, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
        return sorted(window.ravel().tolist())[-1]

    return np.array(
        [
            [
                [
                    [
                        largest(b, c, i, j)
                        for j in range((padded.shape[3] - kw) // sw + 1)
                    ]
                    for i in range((padded.shape[2] - kh) // sh + 1)
                ]
                for c in range(x.shape[1])
            ]
            for b in range(x.shape[0])
        ],
        dtype=dtype,
    )


@variant("max-pool2d-forward", "smallest-of-the-negatives")
def max_pool2d_forward(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    negative = -x.astype(np.result_type(x, np.float32))
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(negative, sides, constant_values=np.inf)
    view = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), (2, 3))
    return -view[:, :, ::sh, ::sw].min(axis=4).min(axis=4)


@variant("max-pool2d-forward", "rows-then-columns")
def max_pool2d_forward(x, kernel_size, stride, padding):
    from functools import reduce

    def along(image, axis, kernel, step, border):
        places = output_size(image.shape[axis], kernel, step, border)
        sides = [(0, 0)] * 4
        sides[axis] = (border, border)
        padded = np.pad(image, sides, constant_values=-np.inf)
        starts = step * np.arange(places)
        shifts = (np.take(padded, starts + k, axis) for k in range(kernel))
        return reduce(np.maximum, shifts)

    out = x.astype(np.result_type(x, np.float32))
    for axis in (2, 3):
        k = axis - 2
        out = along(out, axis, kernel_size[k], stride[k], padding[k])
    return out


@variant("max-pool2d-forward", "each-pixel-visits-its-windows")
def max_pool2d_forward(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    rows = output_size(x.shape[2], kh, sh, ph)
    columns = output_size(x.shape[3], kw, sw, pw)
    best = {}
    for (b, c, y, z), value in np.ndenumerate(x):
        for i in range(rows):
            for j in range(columns):
                if 0 <= y + ph - i * sh < kh and 0 <= z + pw - j * sw < kw:
                    at = b, c, i, j
                    best[at] = max(best.get(at, value), value)
    out = np.zeros((*x.shape[:2], rows, columns), np.result_type(x, np.float32))
    for at, value in best.items():
        out[at] = value
    return out


# Max pooling, backward
# ---------------------


@variant("max-pool2d-backward", "argmax")
def max_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x.astype(float), sides, constant_values=-np.inf)
    grad = np.zeros(padded.shape)
    for b, c, i, j in np.ndindex(grad_output.shape):
        window = padded[b, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
        u, v = np.unravel_index(np.argmax(window), window.shape)
        grad[b, c, i * sh + u, j * sw + v] += grad_output[b, c, i, j]
    return grad[:, :, ph : grad.shape[2] - ph, pw : grad.shape[3] - pw]


@variant("max-pool2d-backward", "first-of-the-mask")
def max_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x.astype(float), sides, constant_values=-np.inf)
    grad = np.zeros_like(padded)
    for b, c, i, j in np.ndindex(grad_output.shape):
        at = np.s_[b, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
        wins = padded[at] == padded[at].max()
        first = wins & (np.cumsum(wins).reshape(wins.shape) == 1)
        grad[at] += first * grad_output[b, c, i, j]
    return grad[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]


@variant("max-pool2d-backward", "add-at")
def max_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x.astype(float), sides, constant_values=-np.inf)
    view = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))
    flat = view[:, :, ::sh, ::sw].reshape(*grad_output.shape, kh * kw)
    u, v = np.divmod(flat.argmax(axis=-1), kw)
    b, c, i, j = np.indices(grad_output.shape)
    grad = np.zeros(padded.shape)
    np.add.at(grad, (b, c, i * sh + u, j * sw + v), grad_output)
    return grad[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]


@variant("max-pool2d-backward", "one-shift-for-each-element", fast=True)
def max_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    rows, columns = grad_output.shape[2:]
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x.astype(float), sides, constant_values=-np.inf)
    largest = max_pool2d_forward(x, kernel_size, stride, padding)
    grad, left = np.zeros(padded.shape), np.array(grad_output)
    for u in range(kh):
        for v in range(kw):
            last = u + (rows - 1) * sh + 1, v + (columns - 1) * sw + 1
            at = np.s_[:, :, u : last[0] : sh, v : last[1] : sw]
            wins = padded[at] == largest
            grad[at] += np.where(wins, left, 0)
            left[wins] = 0
    return grad[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]


@variant("max-pool2d-backward", "asks-whether-inside")
def max_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    grad = np.zeros(x.shape, dtype=np.result_type(x, np.float32))
    for (b, c, i, j), upstream in np.ndenumerate(grad_output):
        best = None
        for y in range(i * sh - ph, i * sh - ph + kh):
            for z in range(j * sw - pw, j * sw - pw + kw):
                if 0 <= y < x.shape[2] and 0 <= z < x.shape[3]:
                    if best is None or x[b, c, y, z] > x[b, c, best[0], best[1]]:
                        best = y, z
        grad[b, c, best[0], best[1]] += upstream
    return grad


@variant("max-pool2d-backward", "max-by-key")
def max_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    height, width = x.shape[2:]
    grad = np.zeros(x.shape)
    for b in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(grad_output.shape[2]):
                for j in range(grad_output.shape[3]):
                    rows = range(max(i * sh - ph, 0), min(i * sh - ph + kh, height))
                    columns = range(max(j * sw - pw, 0), min(j * sw - pw + kw, width))
                    places = [(b, c, y, z) for y in rows for z in columns]
                    grad[max(places, key=lambda at: x[at])] += grad_output[b, c, i, j]
    return grad


@variant("max-pool2d-backward", "from-the-last-element")
def max_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x.astype(float), sides, constant_values=-np.inf)
    grad = np.zeros(padded.shape)
    for b, c, i, j in np.ndindex(grad_output.shape):
        largest = -np.inf
        for u in range(kh - 1, -1, -1):
            for v in range(kw - 1, -1, -1):
                if padded[b, c, i * sh + u, j * sw + v] >= largest:
                    largest = padded[b, c, i * sh + u, j * sw + v]
                    winner = b, c, i * sh + u, j * sw + v
        grad[winner] += grad_output[b, c, i, j]
    return grad[:, :, ph : -ph or None, pw : -pw or None]


@variant("max-pool2d-backward", "stable-sort-and-dictionary")
def max_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x.astype(float), sides, constant_values=-np.inf)
    owed = {}
    for b, c, i, j in np.ndindex(grad_output.shape):
        window = padded[b, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
        u, v = divmod(int(np.argsort(-window, axis=None, kind="stable")[0]), kw)
        at = b, c, i * sh + u - ph, j * sw + v - pw
        owed[at] = owed.get(at, 0.0) + float(grad_output[b, c, i, j])
    grad = np.zeros(x.shape)
    for at, amount in owed.items():
        grad[at] = amount
    return grad


@variant("max-pool2d-backward", "recursion-over-channels")
def max_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding

    def back(image, upstream):
        if image.ndim > 2:
            return np.stack([back(*pair) for pair in zip(image, upstream)])
        grad = np.zeros(image.shape)
        for i, j in np.ndindex(upstream.shape):
            top, left = max(0, i * sh - ph), max(0, j * sw - pw)
            window = image[top : i * sh - ph + kh, left : j * sw - pw + kw]
            u, v = np.argwhere(window == window.max())[0]
            grad[top + u, left + v] += upstream[i, j]
        return grad

    return back(x, grad_output)


# Average pooling, forward
# ------------------------


@variant("avg-pool2d-forward", "sliding-windows")
def avg_pool2d_forward(x, kernel_size, stride, padding):
    padded = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel_size, axis=(2, 3))
    means = windows[:, :, :: stride[0], :: stride[1]].mean(axis=(-2, -1))
    return means.astype(np.result_type(x, np.float32))


@variant("avg-pool2d-forward", "slice-of-a-window")
def avg_pool2d_forward(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    B, C, H, W = x.shape
    dtype = np.result_type(x, np.float32)
    padded = np.zeros((B, C, H + 2 * ph, W + 2 * pw), dtype)
    padded[:, :, ph : ph + H, pw : pw + W] = x
    rows, columns = output_size(H, kh, sh, ph), output_size(W, kw, sw, pw)
    out = np.empty((B, C, rows, columns), dtype)
    for i in range(rows):
        for j in range(columns):
            window = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            out[:, :, i, j] = np.mean(window, axis=(2, 3))
    return out


@variant("avg-pool2d-forward", "one-shift-for-each-element")
def avg_pool2d_forward(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    rows = output_size(x.shape[2], kh, sh, ph)
    columns = output_size(x.shape[3], kw, sw, pw)
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((*x.shape[:2], rows, columns))
    for u in range(kh):
        for v in range(kw):
            out += padded[:, :, u::sh, v::sw][:, :, :rows, :columns] / kh / kw
    return out.astype(np.result_type(x, np.float32))


@variant("avg-pool2d-forward", "running-sums")
def avg_pool2d_forward(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph + 1, ph), (pw + 1, pw)))
    sums = padded.cumsum(axis=2).cumsum(axis=3)
    total = sums[:, :, kh:, kw:] - sums[:, :, :-kh, kw:]
    total += sums[:, :, :-kh, :-kw] - sums[:, :, kh:, :-kw]
    return (total[:, :, ::sh, ::sw] / (kh * kw)).astype(np.result_type(x, np.float32))


@variant("avg-pool2d-forward", "asks-whether-inside")
def avg_pool2d_forward(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    B, C, H, W = x.shape
    shape = B, C, output_size(H, kh, sh, ph), output_size(W, kw, sw, pw)
    out = np.zeros(shape, np.result_type(x, np.float32))
    for b, c, i, j in np.ndindex(shape):
        inside = (
            float(x[b, c, y, z])
            for y in range(i * sh - ph, i * sh - ph + kh)
            for z in range(j * sw - pw, j * sw - pw + kw)
            if 0 <= y < H and 0 <= z < W
        )
        out[b, c, i, j] = math.fsum(inside) / (kh * kw)
    return out


@variant("avg-pool2d-forward", "two-matrices")
def avg_pool2d_forward(x, kernel_size, stride, padding):
    def matrix(size, kernel, step, border):
        rows = np.zeros((output_size(size, kernel, step, border), size + 2 * border))
        for i, row in enumerate(rows):
            row[i * step : i * step + kernel] = 1 / kernel
        return rows[:, border : border + size]

    axes = zip(x.shape[2:], kernel_size, stride, padding)
    down, across = (matrix(*axis) for axis in axes)
    return (down @ x @ across.T).astype(np.result_type(x, np.float32))


@variant("avg-pool2d-forward", "convolution-with-equal-weights")
def avg_pool2d_forward(x, kernel_size, stride, padding):
    images = x.reshape(-1, 1, *x.shape[2:])
    weight = np.full((1, 1, *kernel_size), 1 / (kernel_size[0] * kernel_size[1]))
    out = conv2d_forward(images, weight, None, stride, padding)
    return out.reshape(*x.shape[:2], *out.shape[2:]).astype(np.result_type(x, "f4"))


@variant("avg-pool2d-forward", "einsum")
def avg_pool2d_forward(x, kernel_size, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view(padded, kernel_size, (2, 3))
    ones = np.ones(kernel_size) / np.prod(kernel_size)
    out = np.einsum("bchwuv,uv->bchw", view[:, :, ::sh, ::sw], ones)
    return out.astype(np.result_type(x, np.float32))


@variant("avg-pool2d-forward", "share-by-share")
def avg_pool2d_forward(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    places = [output_size(*a) for a in zip(x.shape[2:], kernel_size, stride, padding)]
    out = np.zeros((*x.shape[:2], *places), np.result_type(x, np.float32))
    for (b, c, y, z), value in np.ndenumerate(x):
        for i in range(places[0]):
            for j in range(places[1]):
                if 0 <= y + ph - i * sh < kh and 0 <= z + pw - j * sw < kw:
                    out[b, c, i, j] += value / (kh * kw)
    return out


# Average pooling, backward
# -------------------------


@variant("avg-pool2d-backward", "slice-of-a-window")
def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    _, _, height, width = x.shape
    grad = np.zeros((*x.shape[:2], height + 2 * ph, width + 2 * pw))
    for b, c, i, j in np.ndindex(grad_output.shape):
        window = grad[b, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
        window += grad_output[b, c, i, j] / window.size
    return grad[:, :, ph : ph + height, pw : pw + width]


@variant("avg-pool2d-backward", "one-shift-for-each-element")
def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    rows, columns = grad_output.shape[2:]
    grad = np.pad(np.zeros(x.shape), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    share = grad_output / (kh * kw)
    for u in range(kh):
        for v in range(kw):
            last = u + (rows - 1) * sh + 1, v + (columns - 1) * sw + 1
            grad[:, :, u : last[0] : sh, v : last[1] : sw] += share
    return grad[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]


@variant("avg-pool2d-backward", "two-matrices")
def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    def matrix(places, size, kernel, step, border):
        rows = np.zeros((places, size + 2 * border))
        for i, row in enumerate(rows):
            row[i * step : i * step + kernel] = 1 / kernel
        return rows[:, border : border + size]

    axes = zip(grad_output.shape[2:], x.shape[2:], kernel_size, stride, padding)
    down, across = (matrix(*axis) for axis in axes)
    return down.T @ grad_output @ across


@variant("avg-pool2d-backward", "add-at")
def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    grad = np.pad(np.zeros(x.shape), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    i, j, u, v = np.indices((*grad_output.shape[2:], kh, kw))
    share = grad_output[..., np.newaxis, np.newaxis] / (kh * kw)
    np.add.at(grad, (slice(None), slice(None), i * sh + u, j * sw + v), share)
    return grad[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]


@variant("avg-pool2d-backward", "asks-whether-inside")
def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    grad = np.zeros(x.shape)
    for (b, c, i, j), upstream in np.ndenumerate(grad_output):
        for y in range(i * sh - ph, i * sh - ph + kh):
            for z in range(j * sw - pw, j * sw - pw + kw):
                if y >= 0 and z >= 0 and y < x.shape[2] and z < x.shape[3]:
                    grad[b, c, y, z] += upstream / kh / kw
    return grad


@variant("avg-pool2d-backward", "each-pixel-asks-its-windows")
def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    rows, columns = grad_output.shape[2:]

    def covering(place, axis, places):
        return [
            i
            for i in range(places)
            if 0 <= place + padding[axis] - i * stride[axis] < kernel_size[axis]
        ]

    grad = np.zeros(x.shape, grad_output.dtype)
    for y in range(x.shape[2]):
        for z in range(x.shape[3]):
            for i in covering(y, 0, rows):
                for j in covering(z, 1, columns):
                    grad[:, :, y, z] += grad_output[:, :, i, j]
    return grad / (kernel_size[0] * kernel_size[1])


@variant("avg-pool2d-backward", "gradient-of-a-convolution")
def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    def alone(array):
        return array.reshape(-1, 1, *array.shape[2:])

    weight = np.ones((1, 1, *kernel_size)) / np.prod(kernel_size)
    grad, _, _ = conv2d_backward(alone(grad_output), alone(x), weight, stride, padding)
    return grad.reshape(x.shape)


@variant("avg-pool2d-backward", "dictionary")
def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    from collections import Counter

    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    owed = Counter()
    for (b, c, i, j), upstream in np.ndenumerate(grad_output):
        for u in range(kh):
            for v in range(kw):
                at = b, c, i * sh + u - ph, j * sw + v - pw
                owed[at] += float(upstream) / (kh * kw)
    return np.array([owed[at] for at in np.ndindex(x.shape)]).reshape(x.shape)


@variant("avg-pool2d-backward", "recursion-over-windows")
def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    places = list(np.ndindex(grad_output.shape[2:]))

    def spread(first, last):
        if last - first > 1:
            middle = (first + last) // 2
            return spread(first, middle) + spread(middle, last)
        i, j = places[first]
        grad = np.zeros((*x.shape[:2], x.shape[2] + 2 * ph, x.shape[3] + 2 * pw))
        share = grad_output[:, :, i, j] / (kh * kw)
        grad[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw] = share[..., None, None]
        return grad

    grad = spread(0, len(places))
    return grad[:, :, ph : grad.shape[2] - ph, pw : grad.shape[3] - pw]


# What it costs
# -------------

variant_text(
    "cost",
    "pairs-by-hand",
    """
def count_parameters(in_channels, out_channels, kernel_size, bias=True):
    if isinstance(kernel_size, int):
        kernel_size = (kernel_size, kernel_size)
    count = in_channels * out_channels * kernel_size[0] * kernel_size[1]
    if bias:
        count += out_channels
    return count

def count_macs(input_shape, out_channels, kernel_size, stride=1, padding=0):
    pair = lambda n: n if isinstance(n, tuple) else (n, n)
    (kh, kw), (sh, sw), (ph, pw) = pair(kernel_size), pair(stride), pair(padding)
    rows = (input_shape[2] + 2 * ph - kh) // sh + 1
    columns = (input_shape[3] + 2 * pw - kw) // sw + 1
    return input_shape[0] * input_shape[1] * out_channels * kh * kw * rows * columns

def activation_bytes(shape, itemsize=4):
    count = 1
    for length in shape:
        count *= length
    return count * itemsize
""",
)
variant_text(
    "cost",
    "from-parameters",
    """
def count_parameters(in_channels, out_channels, kernel_size, bias=True):
    area = math.prod(as_pair(kernel_size, "kernel_size", 1))
    return (in_channels * area + int(bias)) * out_channels

def count_macs(input_shape, out_channels, kernel_size, stride=1, padding=0):
    kernel, stride, padding = (as_pair(n, "it", 0) for n in (kernel_size, stride, padding))
    places = [output_size(*axis) for axis in zip(input_shape[2:], kernel, stride, padding)]
    once = count_parameters(input_shape[1], out_channels, kernel, bias=False)
    return once * math.prod(places) * input_shape[0]

def activation_bytes(shape, itemsize=4):
    return itemsize * math.prod(shape)
""",
)
variant_text(
    "cost",
    "arrays",
    """
def count_parameters(in_channels, out_channels, kernel_size, bias=True):
    weight = np.zeros((out_channels, in_channels, *as_pair(kernel_size, "kernel", 1)))
    return weight.size + len(weight) * bias

def count_macs(input_shape, out_channels, kernel_size, stride=1, padding=0):
    kernel = as_pair(kernel_size, "kernel_size", 1)
    stride = as_pair(stride, "stride", 1)
    padding = as_pair(padding, "padding", 0)
    padded = np.pad(np.zeros(input_shape[2:]), [(p, p) for p in padding])
    view = np.lib.stride_tricks.sliding_window_view(padded, kernel)
    products = view[:: stride[0], :: stride[1]].size
    return products * input_shape[0] * input_shape[1] * out_channels

def activation_bytes(shape, itemsize=4):
    return np.broadcast_to(np.zeros(1), shape).size * itemsize
""",
)
variant_text(
    "cost",
    "layer",
    """
def count_parameters(in_channels, out_channels, kernel_size, bias=True):
    layer = Conv2d(in_channels, out_channels, kernel_size, bias=bias)
    return sum(parameter.data.size for parameter in layer.parameters())

def count_macs(input_shape, out_channels, kernel_size, stride=1, padding=0):
    layer = Conv2d(input_shape[1], out_channels, kernel_size, stride, padding)
    axes = zip(input_shape[2:], layer.kernel_size, layer.stride, layer.padding)
    rows, columns = (output_size(*axis) for axis in axes)
    return input_shape[0] * rows * columns * layer.weight.data.size

def activation_bytes(shape, itemsize=4):
    return int(np.prod(shape)) * itemsize
""",
)
variant_text(
    "cost",
    "numpy-integers",
    """
def count_parameters(in_channels, out_channels, kernel_size, bias=True):
    kernel = np.broadcast_to(kernel_size, 2)
    return np.prod([in_channels, out_channels, *kernel]) + np.where(bias, out_channels, 0)[()]

def count_macs(input_shape, out_channels, kernel_size, stride=1, padding=0):
    kernel, stride, padding = (
        np.broadcast_to(n, 2) for n in (kernel_size, stride, padding)
    )
    places = (np.array(input_shape[2:]) + 2 * padding - kernel) // stride + 1
    return np.prod([*input_shape[:2], out_channels, *kernel, *places])

def activation_bytes(shape, itemsize=4):
    return np.prod(shape) * itemsize
""",
)
variant_text(
    "cost",
    "reduce",
    """
def count_parameters(in_channels, out_channels, kernel_size, bias=True):
    from functools import reduce
    from operator import mul

    kh, kw = as_pair(kernel_size, "kernel_size", least=1)
    return reduce(mul, (out_channels, in_channels, kh, kw)) + bias * out_channels

def count_macs(input_shape, out_channels, kernel_size, stride=1, padding=0):
    from functools import reduce
    from operator import mul

    kh, kw = as_pair(kernel_size, "kernel_size", least=1)
    sh, sw = as_pair(stride, "stride", least=1)
    ph, pw = as_pair(padding, "padding", least=0)
    _, _, height, width = input_shape
    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)
    return reduce(mul, (*input_shape[:2], out_channels, kh, kw, rows, columns), 1)

def activation_bytes(shape, itemsize=4):
    from functools import reduce

    return reduce(lambda count, length: count * length, shape, itemsize)
""",
)
variant_text(
    "cost",
    "counting",
    """
def count_parameters(in_channels, out_channels, kernel_size, bias=True):
    kh, kw = as_pair(kernel_size, "kernel_size", least=1)
    count = 0
    for _ in range(out_channels):
        for _ in range(in_channels):
            count += kh * kw
        if bias:
            count += 1
    return count

def count_macs(input_shape, out_channels, kernel_size, stride=1, padding=0):
    batch, in_channels, height, width = input_shape
    kh, kw = as_pair(kernel_size, "kernel_size", least=1)
    sh, sw = as_pair(stride, "stride", least=1)
    ph, pw = as_pair(padding, "padding", least=0)
    places = 0
    for top in range(-ph, height + ph - kh + 1, sh):
        for left in range(-pw, width + pw - kw + 1, sw):
            places += 1
    return sum(places * kh * kw * in_channels for _ in range(batch * out_channels))

def activation_bytes(shape, itemsize=4):
    return sum(itemsize for _ in np.ndindex(*shape))
""",
)
variant_text(
    "cost",
    "recursion-and-division",
    """
def product(numbers):
    return numbers[0] * product(numbers[1:]) if len(numbers) else 1

def count_parameters(in_channels, out_channels, kernel_size, bias=True):
    weights = product([in_channels, out_channels, *as_pair(kernel_size, "kernel", 1)])
    return weights + out_channels if bias else weights

def count_macs(input_shape, out_channels, kernel_size, stride=1, padding=0):
    (kh, kw), (sh, sw) = as_pair(kernel_size, "kernel", 1), as_pair(stride, "stride", 1)
    ph, pw = as_pair(padding, "padding", 0)
    rows = math.floor((input_shape[2] + 2 * ph - kh) / sh + 1)
    columns = math.floor((input_shape[3] + 2 * pw - kw) / sw + 1)
    return product([*input_shape[:2], out_channels, kh, kw, rows, columns])

def activation_bytes(shape, itemsize=4):
    return product(list(shape)) * itemsize
""",
)


# Receptive field
# ---------------


@variant("receptive-field", "from-the-output")
def receptive_field(layers):
    field = 1
    for kernel, stride in reversed(layers):
        field = (field - 1) * stride + kernel
    return field


@variant("receptive-field", "recursion")
def receptive_field(layers):
    if not layers:
        return 1
    (kernel, stride), *rest = layers
    return kernel + stride * (receptive_field(rest) - 1)


@variant("receptive-field", "product-of-the-strides-before")
def receptive_field(layers):
    strides = [stride for _, stride in layers]
    return 1 + sum(
        (kernel - 1) * math.prod(strides[:i]) for i, (kernel, _) in enumerate(layers)
    )


@variant("receptive-field", "running-product")
def receptive_field(layers):
    if len(layers) == 0:
        return 1
    kernels, strides = np.array(layers).T
    steps = np.cumprod(np.concatenate([[1], strides[:-1]]))
    return np.dot(kernels - 1, steps) + 1


@variant("receptive-field", "accumulate")
def receptive_field(layers):
    from itertools import accumulate
    from operator import mul

    steps = accumulate((stride for _, stride in layers), mul, initial=1)
    return 1 + sum((k - 1) * step for (k, _), step in zip(layers, steps))


@variant("receptive-field", "first-and-last-pixel")
def receptive_field(layers):
    first = last = 0
    for kernel, stride in layers[::-1]:
        first, last = first * stride, last * stride + (kernel - 1)
    return len(range(first, last + 1))


@variant("receptive-field", "set-of-pixels")
def receptive_field(layers):
    pixels = {0}
    for kernel, stride in reversed(layers):
        pixels = {p * stride + k for p in pixels for k in (0, kernel - 1)}
    return max(pixels) - min(pixels) + 1


@variant("receptive-field", "reduce")
def receptive_field(layers):
    from functools import reduce

    def grow(state, layer):
        return state[0] + state[1] * (layer[0] - 1), state[1] * layer[1]

    return reduce(grow, layers, (1, 1))[0]


@variant("receptive-field", "size-that-gives-one-output")
def receptive_field(layers):
    size = 1
    for layer in range(len(layers) - 1, -1, -1):
        kernel, stride = layers[layer]
        places, size = size, kernel
        while places > 1:
            places, size = places - 1, size + stride
    return size


# The five questions
# ------------------

variant_text(
    "check-understanding",
    "by-the-own-functions",
    """
q1 = (32, 64, output_size(128, 5, 2, 2), output_size(128, 5, 2, 2))
q2 = count_parameters(3, 64, 3)
q3 = count_macs((16, 64, 56, 56), 128, 3, padding=1)
q4 = activation_bytes((64, 256, output_size(224, 7, 2, 3), output_size(224, 7, 2, 3)))
q5 = receptive_field([(3, 1), (2, 2), (3, 1), (3, 1)])
""",
)
variant_text(
    "check-understanding",
    "list-and-floats",
    """
q1 = [32, 64, 64.0, 64.0]
q2 = 64 * (3 * 3 * 3 + 1)
q3 = 3.699376128e9
q4 = 64 * 256 * 112**2 * 32 / 8
q5 = 1 + 2 + 1 + 2 * 2 + 2 * 2
""",
)
variant_text(
    "check-understanding",
    "array-and-numpy-integers",
    """
q1 = np.array([32, 64, 64, 64])
q2 = np.int64(1792)
q3 = np.prod([16, 128, 56, 56, 64, 3, 3])
q4 = np.zeros((1, 256, 112, 112), np.float32).nbytes * 64
q5 = np.int32(12)
""",
)
