"""Right solutions of module 18 that are written in other ways than the reference.

Each takes the place of its cell in an otherwise right submission, and ``proctor gate
18_acceleration`` asks for full marks. So a test that wants a certain way of writing,
and not a certain behaviour or cost, is found.
"""

# Written as students write them.
# ruff: noqa: B905, E741

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from proctor.bank import variant, variant_text

if TYPE_CHECKING:  # names that a student's notebook has
    from tinytorch.perf.acceleration import col2im, conv2d_forward, grid


# Roofline
# --------

variant_text(
    "roofline",
    "conditions",
    """#| export
def arithmetic_intensity(operations, bytes_moved):
    if not bytes_moved > 0:
        raise ValueError("bytes_moved is", bytes_moved)
    if operations < 0:
        raise ValueError("operations is", operations)
    return operations * (1 / bytes_moved)


def attainable(intensity, peak, bandwidth):
    if intensity < peak / bandwidth:
        return intensity * bandwidth
    return peak
""",
)
variant_text(
    "roofline",
    "numpy",
    """#| export
def arithmetic_intensity(operations, bytes_moved):
    for number, least in ((operations, 0), (bytes_moved, 1e-300)):
        if number < least:
            raise ValueError(f"{number} is out of range")
    return np.divide(operations, bytes_moved)


def attainable(intensity, peak, bandwidth):
    return np.minimum(np.float64(peak), np.float64(bandwidth) * intensity)
""",
)
variant_text(
    "roofline",
    "own-kind-of-error",
    """#| export
class OutOfRange(ValueError):
    pass


def arithmetic_intensity(operations, bytes_moved):
    if bytes_moved <= 0 or operations < 0:
        raise OutOfRange(f"{operations} operations on {bytes_moved} bytes")
    return float(operations) / float(bytes_moved)


def attainable(intensity, peak, bandwidth):
    limits = [peak, intensity * bandwidth]
    return float(sorted(limits)[0])
""",
)
variant_text(
    "roofline",
    "times",
    """#| export
def arithmetic_intensity(operations, bytes_moved):
    try:
        assert operations >= 0
        assert bytes_moved > 0
    except AssertionError:
        raise ValueError(f"{operations=}, {bytes_moved=}") from None
    return operations / bytes_moved


def attainable(intensity, peak, bandwidth):
    seconds_for_one_byte = max(intensity / peak, 1 / bandwidth)
    return intensity / seconds_for_one_byte
""",
)


# Strides
# -------

variant_text(
    "strides",
    "products",
    """#| export
def byte_strides(shape, itemsize):
    return tuple(
        itemsize * int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))
    )


def byte_offset(index, strides):
    return int(np.dot(index, strides))
""",
)
variant_text(
    "strides",
    "recursion",
    """#| export
def byte_strides(shape, itemsize):
    if len(shape) == 1:
        return (itemsize,)
    behind = byte_strides(shape[1:], itemsize)
    return (behind[0] * shape[1], *behind)


def byte_offset(index, strides):
    if not index:
        return 0
    return index[0] * strides[0] + byte_offset(index[1:], strides[1:])
""",
)
variant_text(
    "strides",
    "cumulative",
    """#| export
def byte_strides(shape, itemsize):
    lengths = np.array([itemsize, *shape[:0:-1]])
    return tuple(int(step) for step in np.cumprod(lengths)[::-1])


def byte_offset(index, strides):
    total = 0
    for axis in range(len(index)):
        total += index[axis] * strides[axis]
    return total
""",
)
variant_text(
    "strides",
    "numpys-own-numbers",
    """#| export
def byte_strides(shape, itemsize):
    return np.empty(shape, np.dtype((np.void, itemsize))).strides


def byte_offset(index, strides):
    return (np.array(index) * np.array(strides)).sum()
""",
)
variant_text(
    "strides",
    "list-from-the-end",
    """#| export
import math


def byte_strides(shape, itemsize):
    strides = [itemsize] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    return strides


def byte_offset(index, strides):
    return math.sumprod(index, strides) if hasattr(math, "sumprod") else sum(
        map(lambda pair: pair[0] * pair[1], zip(index, strides))
    )
""",
)


# One product for each window
# ---------------------------


@variant("inner-product", "tensordot")
def conv2d_inner(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    (B, _, H, W), (O, _, KH, KW) = x.shape, weight.shape
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))).astype(np.float64)
    out = np.zeros((B, O, (H + 2 * ph - KH) // sh + 1, (W + 2 * pw - KW) // sw + 1))
    for b, o, i, j in np.ndindex(out.shape):
        window = padded[b, :, i * sh : i * sh + KH, j * sw : j * sw + KW]
        out[b, o, i, j] = np.tensordot(window, weight[o], axes=3)
        if bias is not None:
            out[b, o, i, j] += bias[o]
    return out.astype(np.result_type(x, weight, np.float32))


@variant("inner-product", "einsum")
def conv2d_inner(x, weight, bias, stride, padding):
    dtype = np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, weight.shape[2:], stride, padding)
    padded = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    out = np.empty((len(x), len(weight), down, across), dtype)
    for b in range(len(x)):
        for o in range(len(weight)):
            for i in range(down):
                for j in range(across):
                    window = padded[b, :, i * stride[0] :, j * stride[1] :]
                    window = window[:, : weight.shape[2], : weight.shape[3]]
                    kernel = weight[o].astype(dtype)
                    total = np.einsum("cuv,cuv->", window.astype(dtype), kernel)
                    out[b, o, i, j] = total if bias is None else total + bias[o]
    return out


@variant("inner-product", "dot-of-flat-arrays")
def conv2d_inner(x, weight, bias, stride, padding):
    dtype = np.result_type(x, weight, np.float32)
    (sh, sw), (ph, pw) = stride, padding
    _, _, kh, kw = weight.shape
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    flat = [np.ravel(kernel).astype(dtype) for kernel in weight]
    down, across = grid(x.shape, (kh, kw), stride, padding)
    out = np.zeros((len(x), len(weight), down, across), dtype)
    for i in range(down):
        for j in range(across):
            for b in range(len(x)):
                window = padded[b, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
                for o, kernel in enumerate(flat):
                    out[b, o, i, j] = np.dot(window.reshape(-1), kernel)
    return out if bias is None else out + bias.astype(dtype).reshape(-1, 1, 1)


@variant("inner-product", "all-kernels-at-once", fast=True)
def conv2d_inner(x, weight, bias, stride, padding):
    dtype = np.result_type(x, weight, np.float32)
    (sh, sw), (ph, pw) = stride, padding
    (batch, *_), (out_channels, _, kh, kw) = x.shape, weight.shape
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    kernels = weight.reshape(out_channels, -1).T.astype(dtype)
    down, across = grid(x.shape, (kh, kw), stride, padding)
    out = np.zeros((batch, out_channels, down, across), dtype)
    for i in range(down):
        for j in range(across):
            window = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            out[:, :, i, j] = window.reshape(batch, -1) @ kernels
    if bias is not None:
        out += bias.astype(dtype)[:, None, None]
    return out


@variant("inner-product", "np-sum-and-comprehension")
def conv2d_inner(x, weight, bias, stride, padding):
    dtype = np.result_type(x, weight, np.float32)
    (sh, sw), (ph, pw) = stride, padding
    (_, _, H, W), (_, _, KH, KW) = x.shape, weight.shape
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))).astype(dtype)
    starts_down = range(0, H + 2 * ph - KH + 1, sh)
    starts_across = range(0, W + 2 * pw - KW + 1, sw)
    out = [
        [
            [
                [
                    np.sum(image[:, y : y + KH, z : z + KW] * kernel)
                    for z in starts_across
                ]
                for y in starts_down
            ]
            for kernel in weight
        ]
        for image in padded
    ]
    bias = np.zeros(len(weight)) if bias is None else bias
    return (np.array(out) + bias[:, None, None]).astype(dtype)


# All windows at once
# -------------------


@variant("windows", "one-axis-after-the-other")
def windows(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    B, C, H, W = x.shape
    padded = np.zeros((B, C, H + 2 * ph, W + 2 * pw), x.dtype)
    padded[:, :, ph : ph + H, pw : pw + W] = x
    for length, size, kernel in ((H + 2 * ph, H, kh), (W + 2 * pw, W, kw)):
        if length < kernel:
            raise ValueError(f"Expected a window of at most {size}, got {kernel}")
    view = sliding_window_view(padded, kh, axis=2)[:, :, ::sh]
    return sliding_window_view(view, kw, axis=3)[:, :, :, ::sw]


@variant("windows", "over-all-axes")
def windows(x, kernel_size, stride, padding):
    p, q = padding
    padded = np.pad(x, [(0, 0), (0, 0), (p, p), (q, q)], mode="constant")
    if any(k > n for k, n in zip(kernel_size, padded.shape[2:])):
        raise ValueError(f"window {kernel_size}, image {x.shape[2:]}")
    view = np.lib.stride_tricks.sliding_window_view(padded, (1, 1, *kernel_size))
    return view[:, :, :: stride[0], :: stride[1], 0, 0]


# Each window a row
# -----------------


@variant("im2col", "one-slice-for-each-tap")
def im2col(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, _, _ = x.shape
    down, across = grid(x.shape, kernel_size, stride, padding)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.empty((batch, channels, kh, kw, down, across), x.dtype)
    for u in range(kh):
        for v in range(kw):
            last_row, last_column = u + sh * down, v + sw * across
            out[:, :, u, v] = padded[:, :, u:last_row:sh, v:last_column:sw]
    return out.transpose(0, 4, 5, 1, 2, 3).reshape(batch * down * across, -1)


@variant("im2col", "fancy-indices")
def im2col(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    channels = x.shape[1]
    down, across = grid(x.shape, kernel_size, stride, padding)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    c = np.repeat(np.arange(channels), kh * kw)
    u = np.tile(np.repeat(np.arange(kh), kw), channels)
    v = np.tile(np.arange(kw), channels * kh)
    i = np.repeat(np.arange(down), across) * sh
    j = np.tile(np.arange(across), down) * sw
    columns = padded[:, c, i[:, None] + u, j[:, None] + v]
    return columns.reshape(-1, channels * kh * kw)


@variant("im2col", "image-by-image")
def im2col(x, kernel_size, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    found = []
    for image in x:
        padded = np.pad(image, ((0, 0), (ph, ph), (pw, pw)))
        view = sliding_window_view(padded, kernel_size, axis=(1, 2))[:, ::sh, ::sw]
        down, across = view.shape[1:3]
        found.append(np.moveaxis(view, 0, 2).reshape(down * across, -1))
    return np.concatenate(found)


@variant("im2col", "whole-depth-windows")
def im2col(x, kernel_size, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    depth = x.shape[1]
    view = sliding_window_view(padded, (depth, *kernel_size), axis=(1, 2, 3))
    view = view[:, 0, ::sh, ::sw]
    return view.reshape(view[..., 0, 0, 0].size, -1)


@variant("im2col", "einsum-for-the-order")
def im2col(x, kernel_size, stride, padding):
    seen = windows(x, kernel_size, stride, padding)
    ordered = np.einsum("bcijuv->bijcuv", seen)
    rows = np.prod(ordered.shape[:3])
    return np.ascontiguousarray(ordered).reshape(rows, -1)


@variant("im2col", "flat-take")
def im2col(x, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    batch, channels, tall, wide = padded.shape
    down, across = grid(x.shape, kernel_size, stride, padding)
    b, i, j = np.ogrid[:batch, :down, :across]
    starts = (b * channels * tall + i * sh) * wide + j * sw
    c, u, v = np.ogrid[:channels, :kh, :kw]
    taps = (c * tall + u) * wide + v
    return padded.ravel().take(starts.reshape(-1, 1) + taps.reshape(1, -1))


# Convolution as a matrix product
# -------------------------------


@variant("conv2d-matmul", "einsum")
def conv2d_forward(x, weight, bias, stride, padding):
    dtype = np.result_type(x, weight, np.float32)
    seen = windows(x, weight.shape[2:], stride, padding)
    out = np.einsum("bcijuv,ocuv->boij", seen.astype(dtype), weight, optimize=True)
    if bias is not None:
        out = out + bias.reshape(1, -1, 1, 1)
    return out.astype(dtype)


@variant("conv2d-matmul", "tensordot")
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    dtype = np.result_type(x, weight, np.float32)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    out = np.tensordot(weight, view[:, :, ::sh, ::sw], axes=((1, 2, 3), (1, 4, 5)))
    out = np.moveaxis(out, 0, 1)
    return (out if bias is None else out + bias[:, None, None]).astype(dtype)


@variant("conv2d-matmul", "taps")
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    (batch, *_), (out_channels, _, kh, kw) = x.shape, weight.shape
    dtype = np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, (kh, kw), stride, padding)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((out_channels, batch, down, across), dtype)
    for u in range(kh):
        for v in range(kw):
            rows, columns = slice(u, u + down * sh, sh), slice(v, v + across * sw, sw)
            kernel = weight[:, :, u, v].astype(dtype)
            out += np.tensordot(kernel, padded[:, :, rows, columns], axes=(1, 1))
    if bias is not None:
        out += bias.astype(dtype).reshape(-1, 1, 1, 1)
    return out.transpose(1, 0, 2, 3)


@variant("conv2d-matmul", "taps-and-channels-and-kernels")
def conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    (out_channels, channels, kh, kw) = weight.shape
    dtype = np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, (kh, kw), stride, padding)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((len(x), out_channels, down, across), dtype)
    for o in range(out_channels):
        if bias is not None:
            out[:, o] += bias[o]
        for c in range(channels):
            for u in range(kh):
                for v in range(kw):
                    rows = slice(u, u + down * sh, sh)
                    columns = slice(v, v + across * sw, sw)
                    out[:, o] += padded[:, c, rows, columns] * weight[o, c, u, v]
    return out


@variant("conv2d-matmul", "image-by-image")
def conv2d_forward(x, weight, bias, stride, padding):
    dtype = np.result_type(x, weight, np.float32)
    kernel_size = weight.shape[2:]
    down, across = grid(x.shape, kernel_size, stride, padding)
    kernels = weight.reshape(len(weight), -1).astype(dtype)
    out = np.empty((len(x), len(weight), down, across), dtype)
    for b in range(len(x)):
        columns = im2col(x[b : b + 1], kernel_size, stride, padding)
        answer = kernels @ columns.T.astype(dtype)
        out[b] = answer.reshape(len(weight), down, across)
        if bias is not None:
            out[b] += bias.reshape(-1, 1, 1)
    return out


@variant("conv2d-matmul", "bias-as-one-more-column")
def conv2d_forward(x, weight, bias, stride, padding):
    dtype = np.result_type(x, weight, np.float32)
    columns = im2col(x, weight.shape[2:], stride, padding)
    columns = np.hstack([columns, np.ones((len(columns), 1))])
    bias = np.zeros(len(weight)) if bias is None else bias
    kernels = np.hstack([weight.reshape(len(weight), -1), bias.reshape(-1, 1)])
    shape = len(weight), len(x), *grid(x.shape, weight.shape[2:], stride, padding)
    return (kernels @ columns.T).reshape(shape).swapaxes(0, 1).astype(dtype)


# The way back
# ------------


@variant("col2im", "np-add-at")
def col2im(columns, x_shape, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, height, width = x_shape
    down, across = grid(x_shape, kernel_size, stride, padding)
    dtype = np.result_type(columns, np.float32)
    padded = np.zeros((batch, channels, height + 2 * ph, width + 2 * pw), dtype)
    b, i, j, c, u, v = np.ogrid[:batch, :down, :across, :channels, :kh, :kw]
    values = columns.reshape(batch, down, across, channels, kh, kw)
    np.add.at(padded, (b, c, i * sh + u, j * sw + v), values)
    return padded[:, :, ph : ph + height, pw : pw + width]


@variant("col2im", "bincount")
def col2im(columns, x_shape, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, height, width = x_shape
    tall, wide = height + 2 * ph, width + 2 * pw
    down, across = grid(x_shape, kernel_size, stride, padding)
    b, i, j, c, u, v = np.ogrid[:batch, :down, :across, :channels, :kh, :kw]
    places = ((b * channels + c) * tall + i * sh + u) * wide + j * sw + v
    sums = np.bincount(
        places.ravel(), columns.ravel(), minlength=batch * channels * tall * wide
    )
    image = sums.reshape(batch, channels, tall, wide)
    image = image[:, :, ph : tall - ph, pw : wide - pw]
    return image.astype(np.result_type(columns, np.float32))


@variant("col2im", "add-at-through-a-flat-array")
def col2im(columns, x_shape, kernel_size, stride, padding):
    ph, pw = padding
    B, C, H, W = x_shape
    dtype = np.result_type(columns, np.float32)
    canvas = np.zeros(B * C * (H + 2 * ph) * (W + 2 * pw), dtype)
    numbers = np.arange(canvas.size).reshape(B, C, H + 2 * ph, W + 2 * pw)
    places = im2col(numbers, kernel_size, stride, (0, 0))
    np.add.at(canvas, places.ravel(), columns.ravel().astype(dtype))
    return canvas.reshape(numbers.shape)[:, :, ph : ph + H, pw : pw + W]


@variant("col2im", "image-by-image-and-tap-by-tap")
def col2im(columns, x_shape, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, height, width = x_shape
    down, across = grid(x_shape, kernel_size, stride, padding)
    dtype = np.result_type(columns, np.float32)
    parts = columns.reshape(batch, down * across, -1)
    out = np.zeros(x_shape, dtype)
    for b in range(batch):
        canvas = np.zeros((channels, height + 2 * ph, width + 2 * pw), dtype)
        taps = parts[b].T.reshape(channels, kh, kw, down, across)
        for u in range(kh):
            for v in range(kw):
                last_row, last_column = u + sh * down, v + sw * across
                canvas[:, u:last_row:sh, v:last_column:sw] += taps[:, u, v]
        out[b] = canvas[:, ph : ph + height, pw : pw + width]
    return out


@variant("col2im", "rows-then-columns")
def col2im(columns, x_shape, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, height, width = x_shape
    down, across = grid(x_shape, kernel_size, stride, padding)
    dtype = np.result_type(columns, np.float32)
    seen = columns.reshape(batch, down, across, channels, kh, kw)
    seen = np.moveaxis(seen, 3, 1).astype(dtype)
    bands = np.zeros((batch, channels, down, width + 2 * pw, kh), dtype)
    for v in range(kw):
        bands[:, :, :, v : v + sw * across : sw] += seen[..., v]
    out = np.zeros((batch, channels, height + 2 * ph, width + 2 * pw), dtype)
    for u in range(kh):
        out[:, :, u : u + sh * down : sh] += bands[..., u]
    rows, places = slice(ph, ph + height), slice(pw, pw + width)
    return out[:, :, rows, places]


@variant("col2im", "writes-through-a-view")
def col2im(columns, x_shape, kernel_size, stride, padding):
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    (B, C, H, W), dtype = x_shape, np.result_type(columns, np.float32)
    padded = np.zeros((B, C, H + 2 * ph, W + 2 * pw), dtype)
    view = sliding_window_view(padded, kernel_size, axis=(2, 3), writeable=True)
    view = view[:, :, ::sh, ::sw]
    values = columns.reshape(B, *view.shape[2:4], C, kh, kw)
    for tap in range(kh * kw):
        u, v = divmod(tap, kw)
        for c in range(C):
            # The windows' pixels at one place do not overlap.
            view[:, c, :, :, u, v] += values[:, :, :, c, u, v].astype(dtype)
    return padded[:, :, ph : H + ph, pw : W + pw]


# All three gradients
# -------------------


@variant("conv2d-backward", "einsum")
def conv2d_backward(grad_output, x, weight, stride, padding):
    dtype = np.result_type(grad_output, np.float32)
    seen = windows(x, weight.shape[2:], stride, padding).astype(dtype)
    grad_weight = np.einsum("boij,bcijuv->ocuv", grad_output, seen, optimize=True)
    spread = np.einsum("boij,ocuv->bijcuv", grad_output, weight, optimize=True)
    columns = spread.reshape(-1, weight[0].size)
    grad_x = col2im(columns, x.shape, weight.shape[2:], stride, padding)
    grad_bias = np.einsum("boij->o", grad_output)
    return grad_x.astype(dtype), grad_weight.astype(dtype), grad_bias.astype(dtype)


@variant("conv2d-backward", "taps")
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    (_, _, height, width), (_, _, kh, kw) = x.shape, weight.shape
    _, _, down, across = grad_output.shape
    dtype = np.result_type(grad_output, np.float32)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    grad_padded = np.zeros_like(padded)
    grad_weight = np.zeros(weight.shape, dtype)
    for u in range(kh):
        for v in range(kw):
            place = (
                slice(None),
                slice(None),
                slice(u, u + down * sh, sh),
                slice(v, v + across * sw, sw),
            )
            pixels, kernel = padded[place], weight[:, :, u, v].astype(dtype)
            axes = ((0, 2, 3), (0, 2, 3))
            grad_weight[:, :, u, v] = np.tensordot(grad_output, pixels, axes=axes)
            part = np.tensordot(grad_output, kernel, axes=(1, 0))
            grad_padded[place] += part.transpose(0, 3, 1, 2)
    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]
    return grad_x, grad_weight, grad_output.astype(dtype).sum(axis=(0, 2, 3))


@variant("conv2d-backward", "image-by-image")
def conv2d_backward(grad_output, x, weight, stride, padding):
    dtype = np.result_type(grad_output, np.float32)
    shape, kernel_size = (1, *x.shape[1:]), weight.shape[2:]
    kernels = weight.reshape(len(weight), -1).astype(dtype)
    grad_x = np.zeros(x.shape, dtype)
    grad_kernels = np.zeros_like(kernels)
    for b in range(len(x)):
        upstream = grad_output[b].reshape(len(weight), -1)
        seen = im2col(x[b : b + 1], kernel_size, stride, padding)
        grad_kernels += upstream @ seen.astype(dtype)
        rows = (kernels.T @ upstream).T
        grad_x[b : b + 1] = col2im(rows, shape, kernel_size, stride, padding)
    grad_bias = grad_output.sum(axis=3).sum(axis=2).sum(axis=0).astype(dtype)
    return grad_x, grad_kernels.reshape(weight.shape), grad_bias


@variant("conv2d-backward", "convolutions")
def conv2d_backward(grad_output, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    (batch, _, height, width), (out_channels, _, kh, kw) = x.shape, weight.shape
    dtype = np.result_type(grad_output, np.float32)
    tall, wide = height + 2 * ph - kh + 1, width + 2 * pw - kw + 1
    spread = np.zeros((batch, out_channels, tall, wide), dtype)
    spread[:, :, ::sh, ::sw] = grad_output
    flipped = weight.swapaxes(0, 1)[:, :, ::-1, ::-1].astype(dtype)
    full = conv2d_forward(spread, flipped, None, (1, 1), (kh - 1, kw - 1))
    grad_x = full[:, :, ph : ph + height, pw : pw + width]
    pixels = x.swapaxes(0, 1).astype(dtype)
    grads = conv2d_forward(pixels, spread.swapaxes(0, 1), None, (1, 1), padding)
    return grad_x, grads.swapaxes(0, 1), spread.sum((0, 2, 3))


@variant("conv2d-backward", "tensordot-and-ones")
def conv2d_backward(grad_output, x, weight, stride, padding):
    dtype = np.result_type(grad_output, np.float32)
    out_channels = weight.shape[0]
    upstream = np.moveaxis(grad_output, 1, 3).reshape(-1, out_channels).astype(dtype)
    columns = im2col(x, weight.shape[2:], stride, padding)
    grad_weight = np.tensordot(upstream, columns.astype(dtype), axes=(0, 0))
    grad_columns = np.tensordot(upstream, weight.astype(dtype), axes=(1, 0))
    grad_columns = grad_columns.reshape(len(columns), -1)
    grad_x = col2im(grad_columns, x.shape, weight.shape[2:], stride, padding)
    grad_bias = np.ones(len(upstream), dtype) @ upstream
    return [grad_x, grad_weight.reshape(weight.shape), grad_bias]


# Blocks
# ------

variant_text(
    "blocks",
    "walk",
    """#| export
def blocks(count, bytes_each, block_bytes):
    for number, least in ((count, 0), (bytes_each, 1), (block_bytes, 1)):
        if number < least:
            raise ValueError(f"Expected at least {least}, got {number}")
    found, start = [], 0
    while start < count:
        stop = start + 1
        while stop < count and (stop + 1 - start) * bytes_each <= block_bytes:
            stop += 1
        found.append((start, stop))
        start = stop
    return found


def conv2d_blocked(x, weight, bias, stride, padding, block_bytes):
    dtype = np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, weight.shape[2:], stride, padding)
    each = down * across * np.prod(weight.shape[1:]) * dtype.itemsize
    parts = [
        conv2d_forward(x[start:stop], weight, bias, stride, padding)
        for start, stop in blocks(len(x), int(each), block_bytes)
    ]
    return np.concatenate(parts)
""",
)
variant_text(
    "blocks",
    "array-split-points",
    """#| export
def blocks(count, bytes_each, block_bytes):
    if count < 0 or not bytes_each > 0 or not block_bytes > 0:
        raise ValueError("out of range", count, bytes_each, block_bytes)
    step = max(block_bytes // bytes_each, 1)
    edges = [*range(0, count, step), count]
    return [[a, b] for a, b in zip(edges[:-1], edges[1:])]


def conv2d_blocked(x, weight, bias, stride, padding, block_bytes):
    (sh, sw), (ph, pw) = stride, padding
    dtype = np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, weight.shape[2:], stride, padding)
    kernels = weight.reshape(len(weight), -1).T.astype(dtype)
    out = np.zeros((len(x), down * across, len(weight)), dtype)
    size = down * across * kernels.shape[0] * out.itemsize
    for start, stop in blocks(len(x), size, block_bytes):
        part = x[start:stop].astype(dtype)
        columns = im2col(part, weight.shape[2:], stride, padding)
        out[start:stop] = (columns @ kernels).reshape(stop - start, -1, len(weight))
    if bias is not None:
        out += bias.astype(dtype)
    return out.reshape(len(x), down, across, -1).transpose(0, 3, 1, 2)
""",
)
variant_text(
    "blocks",
    "recursion",
    """#| export
def blocks(count, bytes_each, block_bytes):
    if min(count + 1, bytes_each, block_bytes) < 1:
        raise ValueError(f"{count}, {bytes_each}, {block_bytes}: out of range")
    most = block_bytes // bytes_each or 1
    number = -(-count // most)
    return [(i * most, min((i + 1) * most, count)) for i in range(number)]


def conv2d_blocked(x, weight, bias, stride, padding, block_bytes):
    dtype = np.result_type(x, weight, np.float32)
    one = im2col(x[:1], weight.shape[2:], stride, padding).astype(dtype).nbytes
    out = None
    for start, stop in blocks(len(x), one, block_bytes):
        part = conv2d_forward(x[start:stop], weight, bias, stride, padding)
        if out is None:
            out = np.empty((len(x), *part.shape[1:]), part.dtype)
        out[start:stop] = part
    return out
""",
)
variant_text(
    "blocks",
    "arrays",
    """#| export
def blocks(count, bytes_each, block_bytes):
    if count < 0:
        raise ValueError(f"count is {count}")
    if bytes_each <= 0:
        raise ValueError(f"bytes_each is {bytes_each}")
    if block_bytes <= 0:
        raise ValueError(f"block_bytes is {block_bytes}")
    step = block_bytes // bytes_each if block_bytes >= bytes_each else 1
    starts = np.arange(0, count, step)
    return list(zip(starts.tolist(), np.minimum(starts + step, count).tolist()))


def conv2d_blocked(x, weight, bias, stride, padding, block_bytes):
    (sh, sw), (ph, pw) = stride, padding
    dtype = np.result_type(x, weight, np.float32)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))).astype(dtype)
    down, across = grid(x.shape, weight.shape[2:], stride, padding)
    bytes_each = down * across * weight[0].size * np.dtype(dtype).itemsize
    out = np.empty((len(x), len(weight), down, across), dtype)
    for start, stop in blocks(len(x), bytes_each, block_bytes):
        seen = windows(padded[start:stop], weight.shape[2:], stride, (0, 0))
        product = np.tensordot(seen, weight.astype(dtype), ((1, 4, 5), (1, 2, 3)))
        out[start:stop] = product.transpose(0, 3, 1, 2)
    return out if bias is None else (out + bias[:, None, None]).astype(dtype)
""",
)


# Winograd
# --------

variant_text(
    "winograd",
    "einsum",
    """#| export
def winograd_kernel(weight):
    return np.einsum("xu,ocuv,yv->ocxy", G, weight, G, optimize=True)


def winograd_input(tiles):
    return np.einsum("xu,...uv,yv->...xy", B_T, tiles, B_T)


def winograd_output(products):
    return np.einsum("xu,...uv,yv->...xy", A_T, products, A_T)


def conv2d_winograd(x, weight, padding):
    ph, pw = padding
    dtype = np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, (3, 3), (1, 1), padding)
    sides = ((0, 0), (0, 0), (ph, ph + down % 2), (pw, pw + across % 2))
    padded = np.pad(x.astype(dtype), sides)
    tiles = sliding_window_view(padded, (4, 4), axis=(2, 3))[:, :, ::2, ::2]
    pixels, kernels = winograd_input(tiles), winograd_kernel(weight)
    products = np.einsum("bcijxy,ocxy->boijxy", pixels, kernels, optimize=True)
    outputs = winograd_output(products).swapaxes(3, 4)
    rows, columns = outputs.shape[2] * 2, outputs.shape[4] * 2
    image = outputs.reshape(len(x), len(weight), rows, columns)
    return image[:, :, :down, :across].astype(dtype)
""",
)
variant_text(
    "winograd",
    "a-loop-over-the-sixteen-places",
    """#| export
def winograd_kernel(weight):
    return np.matmul(np.matmul(G, weight), G.T)


def winograd_input(tiles):
    return B_T @ tiles @ B_T.T


def winograd_output(products):
    return A_T @ products @ A_T.T


def conv2d_winograd(x, weight, padding):
    (ph, pw), dtype = padding, np.result_type(x, weight, np.float32)
    batch, channels, height, width = x.shape
    rows, columns = height + 2 * ph - 2, width + 2 * pw - 2
    down, across = -(-rows // 2), -(-columns // 2)
    padded = np.zeros((batch, channels, 2 * down + 2, 2 * across + 2), dtype)
    padded[:, :, ph : ph + height, pw : pw + width] = x
    tiles = np.empty((batch, channels, down, across, 4, 4), dtype)
    for u in range(4):
        for v in range(4):
            last_row, last_column = u + 2 * down, v + 2 * across
            tiles[..., u, v] = padded[:, :, u:last_row:2, v:last_column:2]
    pixels, kernels = winograd_input(tiles), winograd_kernel(weight)
    products = np.zeros((batch, len(weight), down, across, 4, 4), dtype)
    for u in range(4):
        for v in range(4):
            part = np.tensordot(pixels[..., u, v], kernels[..., u, v], axes=(1, 1))
            products[..., u, v] = part.transpose(0, 3, 1, 2)
    outputs = winograd_output(products)
    image = np.zeros((batch, len(weight), 2 * down, 2 * across), dtype)
    for u in range(2):
        for v in range(2):
            image[:, :, u::2, v::2] = outputs[..., u, v]
    return image[:, :, :rows, :columns]
""",
)
variant_text(
    "winograd",
    "image-by-image",
    """#| export
def winograd_kernel(weight):
    out = np.empty((*weight.shape[:2], 4, 4), np.result_type(weight, np.float32))
    for o in range(weight.shape[0]):
        for c in range(weight.shape[1]):
            out[o, c] = G @ weight[o, c] @ G.T
    return out


def winograd_input(tiles):
    half = np.tensordot(tiles, B_T, axes=(-2, 1))
    return np.swapaxes(np.tensordot(half, B_T, axes=(-2, 1)), -1, -2).swapaxes(-1, -2)


def winograd_output(products):
    half = np.tensordot(products, A_T, axes=(-2, 1))
    return np.tensordot(half, A_T, axes=(-2, 1))


def conv2d_winograd(x, weight, padding):
    ph, pw = padding
    dtype = np.result_type(x, weight, np.float32)
    rows, columns = grid(x.shape, (3, 3), (1, 1), padding)
    kernels = winograd_kernel(weight).astype(dtype)
    out = np.zeros((len(x), len(weight), rows + rows % 2, columns + columns % 2), dtype)
    for b, image in enumerate(x):
        sides = ((0, 0), (ph, ph + rows % 2), (pw, pw + columns % 2))
        tiles = sliding_window_view(np.pad(image, sides), (4, 4), axis=(1, 2))
        pixels = winograd_input(tiles[:, ::2, ::2].astype(dtype))
        for o in range(len(weight)):
            products = (pixels * kernels[o][:, None, None]).sum(axis=0)
            parts = winograd_output(products)
            out[b, o] = parts.swapaxes(1, 2).reshape(out.shape[2:])
    return out[:, :, :rows, :columns]
""",
)
variant_text(
    "winograd",
    "transforms-by-sums",
    """#| export
def winograd_kernel(weight):
    def rows(g):
        first, second, third = g[..., 0, :], g[..., 1, :], g[..., 2, :]
        plus, minus = first + second + third, first - second + third
        return np.stack([first, plus / 2, minus / 2, third], axis=-2)

    half = rows(np.asarray(weight, np.result_type(weight, np.float32)))
    return rows(half.swapaxes(-1, -2)).swapaxes(-1, -2)


def winograd_input(tiles):
    def rows(d):
        a, b, c, e = (d[..., i, :] for i in range(4))
        return np.stack([a - c, b + c, c - b, b - e], axis=-2)

    half = rows(np.asarray(tiles, np.result_type(tiles, np.float32)))
    return rows(half.swapaxes(-1, -2)).swapaxes(-1, -2)


def winograd_output(products):
    def rows(m):
        a, b, c, d = (m[..., i, :] for i in range(4))
        return np.stack([a + b + c, b - c - d], axis=-2)

    return rows(rows(products).swapaxes(-1, -2)).swapaxes(-1, -2)


def conv2d_winograd(x, weight, padding):
    (ph, pw), (out_channels, channels, _, _) = padding, weight.shape
    dtype = np.result_type(x, weight, np.float32)
    rows, columns = grid(x.shape, (3, 3), (1, 1), padding)
    # Two more than needed, wherever that leaves the last tile.
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph + 2), (pw, pw + 2)))
    seen = windows(padded, (4, 4), (2, 2), (0, 0))
    batch, _, down, across, _, _ = seen.shape
    pixels = winograd_input(seen).reshape(batch, channels, down * across, 16)
    kernels = winograd_kernel(weight).reshape(out_channels, channels, 16)
    products = kernels.transpose(2, 0, 1) @ pixels.transpose(0, 3, 1, 2)
    products = products.reshape(batch, 4, 4, out_channels, down, across)
    outputs = winograd_output(np.moveaxis(products, (1, 2), (4, 5)))
    image = np.concatenate(np.split(outputs, 2, axis=5), axis=5)
    image = image.transpose(0, 1, 2, 4, 3, 5)
    image = image.reshape(batch, out_channels, 2 * down, 2 * across)
    return image[:, :, :rows, :columns].astype(dtype)
""",
    fast=True,
)


# Fourier
# -------


@variant("fft", "size-of-the-full-convolution")
def conv2d_fft(x, weight, padding):
    (ph, pw), (_, _, kh, kw) = padding, weight.shape
    dtype = np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, (kh, kw), (1, 1), padding)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    size = padded.shape[2] + kh - 1, padded.shape[3] + kw - 1
    pixels = np.fft.rfft2(padded, s=size, axes=(2, 3))
    kernels = np.fft.rfft2(weight[:, :, ::-1, ::-1], s=size, axes=(2, 3))
    products = (pixels[:, None] * kernels[None]).sum(axis=2)
    full = np.fft.irfft2(products, s=size, axes=(2, 3))
    rows, columns = slice(kh - 1, kh - 1 + down), slice(kw - 1, kw - 1 + across)
    return full[:, :, rows, columns].astype(dtype)


@variant("fft", "image-by-image-and-kernel-by-kernel")
def conv2d_fft(x, weight, padding):
    dtype = np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, weight.shape[2:], (1, 1), padding)
    padded = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))
    size = padded.shape[-2:]
    kernels = [np.conj(np.fft.rfft2(kernel, size)) for kernel in weight]
    out = np.zeros((len(x), len(weight), down, across), dtype)
    for b in range(len(x)):
        pixels = np.fft.rfft2(padded[b])
        for o in range(len(weight)):
            total = np.zeros_like(pixels[0])
            for c in range(weight.shape[1]):
                total = total + pixels[c] * kernels[o][c]
            out[b, o] = np.fft.irfft2(total, size)[:down, :across]
    return out


@variant("fft", "powers-of-two")
def conv2d_fft(x, weight, padding):
    (ph, pw), dtype = padding, np.result_type(x, weight, np.float32)
    height, width = x.shape[2] + 2 * ph, x.shape[3] + 2 * pw
    size = tuple(1 << (length - 1).bit_length() for length in (height, width))
    canvas = np.zeros((*x.shape[:2], *size), dtype)
    canvas[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]] = x
    pixels, kernels = np.fft.rfft2(canvas), np.fft.rfft2(weight, size)
    products = np.einsum("bcij,ocij->boij", pixels, kernels.conj(), optimize=True)
    image = np.fft.irfft2(products, size)
    image = image[:, :, : height - weight.shape[2] + 1, : width - weight.shape[3] + 1]
    return image.astype(dtype)


@variant("fft", "image-conjugated")
def conv2d_fft(x, weight, padding):
    (ph, pw), dtype = padding, np.result_type(x, weight, np.float32)
    (_, _, H, W), (_, _, KH, KW) = x.shape, weight.shape
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    size = H + 2 * ph, W + 2 * pw
    pixels = np.conj(np.fft.rfft2(padded)).transpose(2, 3, 0, 1)
    kernels = np.fft.rfft2(weight, size).transpose(2, 3, 1, 0)
    turned = np.fft.irfft2((pixels @ kernels).transpose(2, 3, 0, 1), size)
    # Conjugated in frequency is reversed in space, in a circle.
    image = np.roll(turned[:, :, ::-1, ::-1], (1, 1), axis=(2, 3))
    return image[:, :, : size[0] - KH + 1, : size[1] - KW + 1].astype(dtype)


@variant("fft", "complex-transform")
def conv2d_fft(x, weight, padding):
    (ph, pw), dtype = padding, np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, weight.shape[2:], (1, 1), padding)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    size = padded.shape[2:]
    pixels = np.fft.fft2(padded)
    kernels = np.fft.fft2(weight, size).conj()
    products = np.tensordot(pixels[:, :, None], np.ones(1), axes=0)[..., 0]
    products = (products * kernels.swapaxes(0, 1)[None]).sum(axis=1)
    image = np.fft.ifft2(products).real
    return image[:, :, :down, :across].astype(dtype)


# Choose
# ------


@variant("choose", "loop")
def fastest(seconds):
    best, least = None, float("inf")
    for name in seconds:
        measured = sorted(seconds[name])
        if not measured:
            raise ValueError(f"no measurement of {name}")
        middle = len(measured) // 2
        median = (measured[middle] + measured[~middle]) / 2
        if best is None or median < least:
            best, least = name, median
    if best is None:
        raise ValueError("no method")
    return best


@variant("choose", "argmin")
def fastest(seconds):
    names = list(seconds)
    if not names or not all(len(measured) for measured in seconds.values()):
        raise ValueError("nothing was measured")
    medians = np.array([np.median(seconds[name]) for name in names])
    # A text of NumPy's own.
    return np.array(names)[np.argmin(medians)]


@variant("choose", "statistics")
def fastest(seconds):
    import statistics

    # Of an empty list it raises a StatisticsError, which is a ValueError.
    return min(seconds, key=lambda name: statistics.median(seconds[name]))


@variant("choose", "sorted-pairs")
def fastest(seconds):
    pairs = []
    for place, (name, measured) in enumerate(seconds.items()):
        if np.size(measured) == 0:
            raise ValueError(name)
        pairs.append((np.quantile(measured, 0.5), place, name))
    if len(pairs) == 0:
        raise ValueError("no method was measured")
    return sorted(pairs)[0][2]
