"""Right solutions of module 19 that are written in other ways than the reference.

Each takes the place of its cell in an otherwise right submission, and ``proctor gate
19_spatial_two`` asks for full marks. So a test that wants a certain way of writing, and
not a certain behaviour, is found.

A cell of several functions has for each variant one that is written in another way; the
others are written plainly.
"""

# Written as students write them.
# ruff: noqa: B905, RUF005

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from proctor.bank import variant, variant_text

if TYPE_CHECKING:  # names that a student's notebook has
    from tinytorch.core.spatial_two import conv_forward, grid


# Receptive field
# ---------------


@variant("dilated-field", "from-the-last-layer")
def dilated_field(layers):
    field = 1
    for kernel, stride, dilation in layers[::-1]:
        for number in (kernel, stride, dilation):
            if number < 1:
                raise ValueError(f"{number} is below 1")
        field = (field - 1) * stride + (kernel - 1) * dilation + 1
    return field


@variant("dilated-field", "recursion")
def dilated_field(layers):
    if not layers:
        return 1
    kernel, stride, dilation = layers[0]
    if kernel < 1 or stride < 1 or dilation < 1:
        raise ValueError("out of range", *(n for n in layers[0] if n < 1))
    return (dilated_field(layers[1:]) - 1) * stride + (kernel - 1) * dilation + 1


@variant("dilated-field", "first-and-last-pixel")
def dilated_field(layers):
    first = last = 0
    for kernel, stride, dilation in reversed(layers):
        if min(kernel, stride, dilation) <= 0:
            raise ValueError(f"{min(kernel, stride, dilation)} in a layer")
        first *= stride
        last = last * stride + (kernel - 1) * dilation
    return last - first + 1


@variant("dilated-field", "numpy")
def dilated_field(layers):
    table = np.array(layers, dtype=np.int64).reshape(-1, 3)
    if (table < 1).any():
        raise ValueError(f"too small: {table.min()}")
    steps = np.cumprod(np.concatenate([[1], table[:, 1]]))[:-1]
    return 1 + int(((table[:, 0] - 1) * table[:, 2] * steps).sum())


@variant("dilated-field", "product-of-slices")
def dilated_field(layers):
    for layer in layers:
        if any(n < 1 for n in layer):
            raise ValueError(f"{min(layer)}")
    strides = [stride for _, stride, _ in layers]
    added = (
        (kernel - 1) * dilation * math.prod(strides[:i])
        for i, (kernel, _, dilation) in enumerate(layers)
    )
    return 1 + sum(added)


@variant("dilated-field", "all-pixels")
def dilated_field(layers):
    pixels = {0}
    for kernel, stride, dilation in list(layers)[::-1]:
        if kernel < 1 or stride < 1 or dilation < 1:
            raise ValueError(f"below 1: {sorted([kernel, stride, dilation])[0]}")
        ends = {0, kernel - 1}
        pixels = {p * stride + u * dilation for p in pixels for u in ends}
    return max(pixels) - min(pixels) + 1


@variant("dilated-field", "own-kind-of-error")
def dilated_field(layers):
    class TooSmall(ValueError):
        pass

    size, jump = 1, 1
    for k, s, d in layers:
        if k < 1:
            raise TooSmall(f"kernel {k}")
        if s < 1:
            raise TooSmall(f"stride {s}")
        if d < 1:
            raise TooSmall(f"dilation {d}")
        reach = k + (k - 1) * (d - 1)
        size, jump = size + (reach - 1) * jump, jump * s
    return size


@variant("dilated-field", "numpy-integer")
def dilated_field(layers):
    field = np.int64(1)
    step = np.int64(1)
    for k, s, d in layers:
        if not (k >= 1 and s >= 1 and d >= 1):
            raise ValueError(f"a number below 1: {min(k, s, d)}")
        field = field + np.int64((k - 1) * d) * step
        step = step * s
    return field


# Convolution, forward
# --------------------


@variant("conv-forward", "window-by-window")
def conv_forward(x, weight, bias, stride, dilation):
    counts = grid(x.shape[2:], weight.shape[2:], stride, dilation)
    out = np.zeros(
        (x.shape[0], weight.shape[0], *counts), np.result_type(x, weight, np.float32)
    )
    axes = list(range(1, x.ndim))
    for place in np.ndindex(*counts):
        window = [slice(None), slice(None)]
        for i, k, s, d in zip(place, weight.shape[2:], stride, dilation):
            window.append(slice(i * s, i * s + (k - 1) * d + 1, d))
        out[(slice(None), slice(None), *place)] = np.tensordot(
            x[tuple(window)], weight, axes=(axes, axes)
        )
    if bias is not None:
        out += bias.reshape(1, -1, *(1 for _ in counts)).astype(out.dtype)
    return out


@variant("conv-forward", "number-by-number")
def conv_forward(x, weight, bias, stride, dilation):
    counts = grid(x.shape[2:], weight.shape[2:], stride, dilation)
    dtype = np.result_type(x, weight, np.float32)
    out = np.zeros((len(x), len(weight), *counts), dtype)
    for place in np.ndindex(*counts):
        total = np.zeros((len(x), len(weight)))
        for tap in np.ndindex(*weight.shape[2:]):
            pixel = tuple(
                i * s + u * d for i, u, s, d in zip(place, tap, stride, dilation)
            )
            total += x[(..., *pixel)] @ weight[(..., *tap)].T
        out[(..., *place)] = total if bias is None else total + bias
    return out


@variant("conv-forward", "windows-as-a-view")
def conv_forward(x, weight, bias, stride, dilation):
    axes = len(stride)
    reach = tuple((k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilation))
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(x, reach, axis=tuple(range(2, x.ndim)))
    thin = tuple(slice(None, None, n) for n in (*stride, *dilation))
    windows = windows[(slice(None), slice(None), *thin)]
    places, taps = "hwd"[:axes], "uvz"[:axes]
    out = np.einsum(f"bc{places}{taps},oc{taps}->bo{places}", windows, weight)
    if bias is not None:
        out = out + bias[(slice(None), *(None,) * axes)]
    return out.astype(np.result_type(x, weight, np.float32))


@variant("conv-forward", "zeros-in-the-kernel")
def conv_forward(x, weight, bias, stride, dilation):
    kernel = weight.shape[2:]
    counts = grid(x.shape[2:], kernel, stride, dilation)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
    wide = np.zeros((*weight.shape[:2], *reach), weight.dtype)
    wide[(..., *(slice(None, None, d) for d in dilation))] = weight
    out = np.zeros((len(x), len(weight), *counts))
    axes = tuple(range(1, x.ndim))
    for place in np.ndindex(*counts):
        window = tuple(slice(i * s, i * s + r) for i, s, r in zip(place, stride, reach))
        out[(..., *place)] = np.tensordot(x[(..., *window)], wide, (axes, axes))
    if bias is not None:
        out += np.expand_dims(bias, tuple(range(1, x.ndim - 1)))
    return out.astype(np.result_type(x, weight, np.float32))


@variant("conv-forward", "index-arrays")
def conv_forward(x, weight, bias, stride, dilation):
    axes = x.ndim - 2
    counts = grid(x.shape[2:], weight.shape[2:], stride, dilation)
    index = []
    for axis, (n, k, s, d) in enumerate(
        zip(counts, weight.shape[2:], stride, dilation)
    ):
        pixels = np.arange(n)[:, None] * s + np.arange(k)[None, :] * d
        shape = [1] * (2 * axes)
        shape[axis], shape[axes + axis] = n, k
        index.append(pixels.reshape(shape))
    windows = x[(slice(None), slice(None), *index)]
    flat = windows.reshape(len(x), x.shape[1], math.prod(counts), -1)
    kernels = weight.reshape(*weight.shape[:2], -1)
    out = np.einsum("bcpk,ock->bop", flat, kernels)
    if bias is not None:
        out = out + bias[:, None]
    out = out.reshape(len(x), len(weight), *counts)
    return out.astype(np.result_type(x, weight, np.float32))


@variant("conv-forward", "one-axis-less")
def conv_forward(x, weight, bias, stride, dilation):
    def convolve(images, kernels, strides, dilations):
        if images.ndim == 2:
            return images @ kernels.T
        (k, *_), s, d = kernels.shape[2:], strides[0], dilations[0]
        lines = []
        for i in range((images.shape[2] - (k - 1) * d - 1) // s + 1):
            lines.append(
                sum(
                    convolve(
                        images[:, :, i * s + u * d],
                        kernels[:, :, u],
                        strides[1:],
                        dilations[1:],
                    )
                    for u in range(k)
                )
            )
        return np.stack(lines, axis=2)

    out = convolve(x.astype(float), weight.astype(float), stride, dilation)
    if bias is not None:
        out = out + bias.reshape(-1, *[1] * (x.ndim - 2))
    return out.astype(np.result_type(x, weight, np.float32))


@variant("conv-forward", "matrix-product-for-each-number", fast=True)
def conv_forward(x, weight, bias, stride, dilation):
    counts = grid(x.shape[2:], weight.shape[2:], stride, dilation)
    dtype = np.result_type(x, weight, np.float32)
    batch, channels = x.shape[:2]
    out = np.zeros((batch, len(weight), math.prod(counts)), dtype)
    for tap in np.ndindex(*weight.shape[2:]):
        # A slice that goes on for a stride more has no other pixels.
        there = tuple(
            slice(u * d, u * d + s * n, s)
            for u, n, s, d in zip(tap, counts, stride, dilation)
        )
        pixels = x[(slice(None), slice(None), *there)].reshape(batch, channels, -1)
        out += weight[(slice(None), slice(None), *tap)] @ pixels
    if bias is not None:
        out += bias[None, :, None].astype(dtype)
    return out.reshape(batch, len(weight), *counts)


@variant("conv-forward", "image-by-image")
def conv_forward(x, weight, bias, stride, dilation):
    counts = grid(x.shape[2:], weight.shape[2:], stride, dilation)
    out = np.zeros((len(x), len(weight), *counts), np.result_type(x, weight, "f4"))
    for b, image in enumerate(x):
        for o, kernel in enumerate(weight):
            total = np.zeros(counts)
            for c, *tap in np.ndindex(*kernel.shape):
                there = tuple(
                    slice(u * d, u * d + (n - 1) * s + 1, s)
                    for u, n, s, d in zip(tap, counts, stride, dilation)
                )
                total += image[c][there] * kernel[(c, *tap)]
            out[b, o] = total + (0 if bias is None else bias[o])
    return out


# Convolution, backward
# ---------------------


@variant("conv-backward", "window-by-window")
def conv_backward(grad_output, x, weight, stride, dilation):
    grad_x, grad_weight = np.zeros(x.shape), np.zeros(weight.shape)
    for place in np.ndindex(*grad_output.shape[2:]):
        window = tuple(
            slice(i * s, i * s + (k - 1) * d + 1, d)
            for i, k, s, d in zip(place, weight.shape[2:], stride, dilation)
        )
        upstream = grad_output[(..., *place)]
        grad_x[(..., *window)] += np.tensordot(upstream, weight, axes=1)
        grad_weight += np.tensordot(upstream, x[(..., *window)], axes=(0, 0))
    dtype = np.result_type(grad_output, np.float32)
    grads = grad_x, grad_weight, grad_output.sum(axis=(0, *range(2, x.ndim)))
    return tuple(grad.astype(dtype) for grad in grads)


@variant("conv-backward", "image-by-image")
def conv_backward(grad_output, x, weight, stride, dilation):
    dtype = np.result_type(grad_output, np.float32)
    counts = grad_output.shape[2:]
    grad_x, grad_weight = np.zeros(x.shape, dtype), np.zeros(weight.shape, dtype)
    grad_bias = np.zeros(len(weight), dtype)
    for b, o in np.ndindex(len(x), len(weight)):
        upstream = grad_output[b, o]
        grad_bias[o] += upstream.sum()
        for c, *tap in np.ndindex(*weight.shape[1:]):
            there = tuple(
                slice(u * d, u * d + (n - 1) * s + 1, s)
                for u, n, s, d in zip(tap, counts, stride, dilation)
            )
            grad_x[b, c][there] += upstream * weight[(o, c, *tap)]
            grad_weight[(o, c, *tap)] += (upstream * x[b, c][there]).sum()
    return grad_x, grad_weight, grad_bias


@variant("conv-backward", "matrix-product-for-each-number", fast=True)
def conv_backward(grad_output, x, weight, stride, dilation):
    dtype = np.result_type(grad_output, np.float32)
    counts = grad_output.shape[2:]
    upstream = grad_output.reshape(*grad_output.shape[:2], -1)
    grad_x, grad_weight = np.zeros(x.shape, dtype), np.zeros(weight.shape, dtype)
    for tap in np.ndindex(*weight.shape[2:]):
        there = tuple(
            slice(u * d, u * d + s * n, s)
            for u, n, s, d in zip(tap, counts, stride, dilation)
        )
        met = x[(..., *there)]
        pixels = met.reshape(len(x), x.shape[1], -1)
        shares = weight[(..., *tap)].T @ upstream
        grad_x[(..., *there)] += shares.reshape(met.shape)
        grad_weight[(..., *tap)] = (upstream @ pixels.transpose(0, 2, 1)).sum(axis=0)
    return grad_x, grad_weight, upstream.sum(axis=(0, 2), dtype=dtype)


@variant("conv-backward", "letters")
def conv_backward(grad_output, x, weight, stride, dilation):
    dtype = np.result_type(grad_output, np.float32)
    places = "hwd"[: len(stride)]
    grad_x, grad_weight = np.zeros(x.shape, dtype), np.zeros(weight.shape, dtype)
    for tap in np.ndindex(*weight.shape[2:]):
        there = [slice(None), slice(None)]
        for u, n, s, d in zip(tap, grad_output.shape[2:], stride, dilation):
            there.append(slice(u * d, u * d + (n - 1) * s + 1, s))
        at, number = tuple(there), (slice(None), slice(None), *tap)
        grad_x[at] += np.einsum(
            f"bo{places},oc->bc{places}", grad_output, weight[number]
        )
        grad_weight[number] = np.einsum(
            f"bo{places},bc{places}->oc", grad_output, x[at]
        )
    return grad_x, grad_weight, np.einsum(f"bo{places}->o", grad_output.astype(dtype))


@variant("conv-backward", "add-at")
def conv_backward(grad_output, x, weight, stride, dilation):
    axes, counts = x.ndim - 2, grad_output.shape[2:]
    index = []
    for axis, (n, k, s, d) in enumerate(
        zip(counts, weight.shape[2:], stride, dilation)
    ):
        pixels = np.arange(n)[:, None] * s + np.arange(k)[None, :] * d
        shape = [1] * (2 * axes)
        shape[axis], shape[axes + axis] = n, k
        index.append(pixels.reshape(shape))
    at = (slice(None), slice(None), *index)
    shares = np.moveaxis(np.tensordot(grad_output, weight, (1, 0)), axes + 1, 1)
    grad_x = np.zeros(x.shape)
    np.add.at(grad_x, at, shares)
    places = (0, *range(2, axes + 2))
    grad_weight = np.tensordot(grad_output, x[at], (places, places))
    dtype = np.result_type(grad_output, np.float32)
    return (
        grad_x.astype(dtype),
        grad_weight.astype(dtype),
        grad_output.sum(axis=places).astype(dtype),
    )


@variant("conv-backward", "two-convolutions")
def conv_backward(grad_output, x, weight, stride, dilation):
    kernel, one = weight.shape[2:], (1,) * len(stride)
    reach = [(k - 1) * d for k, d in zip(kernel, dilation)]
    starts = [n - r for n, r in zip(x.shape[2:], reach)]
    spread = np.zeros((*grad_output.shape[:2], *starts), grad_output.dtype)
    inside = zip(grad_output.shape[2:], stride)
    spread[(..., *(slice(0, (n - 1) * s + 1, s) for n, s in inside))] = grad_output
    frame = ((0, 0), (0, 0), *((r, r) for r in reach))
    turned = np.flip(np.swapaxes(weight, 0, 1), axis=tuple(range(2, x.ndim)))
    dtype = np.result_type(grad_output, np.float32)
    grad_x = conv_forward(np.pad(spread, frame), turned, None, one, dilation)
    # Images are channels here, and the upstream gradient is the kernel.
    pixels, kernels = np.swapaxes(x, 0, 1), np.swapaxes(grad_output, 0, 1)
    grad_weight = conv_forward(pixels, kernels.astype(dtype), None, dilation, stride)
    grad_weight = np.swapaxes(grad_weight, 0, 1)
    grad_weight = grad_weight[(..., *(slice(0, k) for k in kernel))]
    total = grad_output.sum(axis=(0, *range(2, x.ndim)), dtype=dtype)
    return grad_x.astype(dtype), grad_weight.astype(dtype), total


@variant("conv-backward", "number-by-number")
def conv_backward(grad_output, x, weight, stride, dilation):
    dtype = np.result_type(grad_output, np.float32)
    grad_x, grad_weight = np.zeros(x.shape, dtype), np.zeros(weight.shape, dtype)
    for place in np.ndindex(*grad_output.shape[2:]):
        upstream = grad_output[(..., *place)].astype(dtype)
        for tap in np.ndindex(*weight.shape[2:]):
            pixel = tuple(
                i * s + u * d for i, u, s, d in zip(place, tap, stride, dilation)
            )
            grad_x[(..., *pixel)] += (upstream @ weight[(..., *tap)]).astype(dtype)
            grad_weight[(..., *tap)] += (upstream.T @ x[(..., *pixel)]).astype(dtype)
    bias = np.add.reduce(grad_output.astype(dtype), axis=0)
    return grad_x, grad_weight, bias.reshape(len(bias), -1).sum(axis=1)


@variant("conv-backward", "moved-axes")
def conv_backward(grad_output, x, weight, stride, dilation):
    dtype = np.result_type(grad_output, np.float32)
    upstream = np.moveaxis(grad_output.astype(float), 1, -1)
    pixels = np.moveaxis(x.astype(float), 1, -1)
    grad_pixels, grad_weight = np.zeros(pixels.shape), np.zeros(weight.shape)
    for tap in np.ndindex(*weight.shape[2:]):
        there = (slice(None),) + tuple(
            slice(u * d, u * d + (n - 1) * s + 1, s)
            for u, n, s, d in zip(tap, grad_output.shape[2:], stride, dilation)
        )
        grad_pixels[there] += upstream @ weight[(..., *tap)]
        rows = pixels[there].reshape(-1, x.shape[1])
        grad_weight[(..., *tap)] = upstream.reshape(-1, len(weight)).T @ rows
    grads = np.moveaxis(grad_pixels, -1, 1), grad_weight
    total = upstream.reshape(-1, len(weight)).sum(axis=0)
    return grads[0].astype(dtype), grads[1].astype(dtype), total.astype(dtype)


# Cells of several functions
# --------------------------

PLAIN: dict[str, dict[str, str]] = {}


def written(cell: str, name: str, fast: bool = False, **own: str) -> None:
    """Register a cell in which the functions ``own`` stand in place of the plain ones."""
    functions = {**PLAIN[cell], **own}
    text = "\n\n".join(text.strip("\n") + "\n" for text in functions.values())
    variant_text(cell, name, f"#| export\n{text}", fast=fast)


# Padding
# -------

PLAIN["padding"] = {
    "same": """
def same_padding(kernel, dilation=1):
    total = dilation * (kernel - 1)
    before = total // 2
    return before, total - before
""",
    "pad": """
def pad(x, padding, mode):
    if mode not in ("zeros", "replicate", "reflect", "circular"):
        raise ValueError(f"unknown mode {mode}")
    for axis, (before, after) in enumerate(padding):
        size = x.shape[2 + axis]
        for n in (before, after):
            if (mode == "reflect" and n >= size) or (mode == "circular" and n > size):
                raise ValueError(f"{n} is too much for {mode}")
    kinds = dict(zeros="constant", replicate="edge", reflect="reflect", circular="wrap")
    return np.pad(x, [(0, 0), (0, 0), *padding], mode=kinds[mode])
""",
    "back": """
def pad_backward(grad_output, padding, mode):
    grad = grad_output.astype(np.result_type(grad_output, np.float32))
    for axis, (before, after) in enumerate(padding, start=2):
        lines = np.moveaxis(grad, axis, 0)
        size = len(lines) - before - after
        own = lines[before : before + size].copy()
        for i in range(len(lines)):
            place = i - before
            if 0 <= place < size or mode == "zeros":
                continue
            if mode == "replicate":
                copied = 0 if place < 0 else size - 1
            elif mode == "reflect":
                copied = -place if place < 0 else 2 * size - 2 - place
            else:
                copied = place % size
            own[copied] += lines[i]
        grad = np.moveaxis(own, 0, axis)
    return grad
""",
}
written("padding", "plainly", fast=True)
written(
    "padding",
    "rounded-up-and-down",
    same="""
def same_padding(kernel, dilation=1):
    half = (kernel - 1) * dilation / 2
    return math.floor(half), math.ceil(half)
""",
)
written(
    "padding",
    "same-as-a-list",
    same="""
def same_padding(kernel, dilation=1):
    half, rest = divmod((kernel - 1) * dilation, 2)
    return [half, half + rest]
""",
)
written(
    "padding",
    "pad-by-index",
    pad="""
def pad(x, padding, mode):
    out = x
    for axis, (before, after) in enumerate(padding, 2):
        size = x.shape[axis]
        places = np.arange(-before, size + after)
        most = max(before, after)
        if mode == "zeros":
            source = np.clip(places, 0, size - 1)
        elif mode == "replicate":
            source = np.clip(places, 0, size - 1)
        elif mode == "reflect":
            if most > size - 1:
                raise ValueError(f"cannot reflect {most}")
            source = np.where(places < 0, -places, places)
            source = np.where(source >= size, 2 * (size - 1) - source, source)
        elif mode == "circular":
            if most > size:
                raise ValueError(f"cannot go round {most}")
            source = places % size
        else:
            raise ValueError(mode)
        out = np.take(out, source, axis=axis)
        if mode == "zeros":
            outside = (places < 0) | (places >= size)
            np.moveaxis(out, axis, 0)[outside] = 0
    return out
""",
)
written(
    "padding",
    "pad-by-pieces",
    pad="""
def pad(x, padding, mode):
    for axis, (before, after) in enumerate(padding, 2):
        lines = np.moveaxis(x, axis, 0)
        size, first, last = len(lines), lines[:1], lines[-1:]
        if mode == "zeros":
            front, back = [0 * first] * before, [0 * last] * after
        elif mode == "replicate":
            front, back = [first] * before, [last] * after
        elif mode == "reflect":
            if before >= size or after >= size:
                raise ValueError(f"{(before, after)} of {size}")
            front = [lines[1 : before + 1][::-1]]
            back = [lines[size - 1 - after : size - 1][::-1]]
        elif mode == "circular":
            if before > size or after > size:
                raise ValueError(f"{(before, after)} of {size}")
            front, back = [lines[size - before :]], [lines[:after]]
        else:
            raise ValueError(f"no mode {mode}")
        x = np.moveaxis(np.concatenate([*front, lines, *back]), 0, axis)
    return x
""",
)
written(
    "padding",
    "back-by-a-matrix",
    back="""
def pad_backward(grad_output, padding, mode):
    dtype = np.result_type(grad_output, np.float32)
    names = {"zeros": "constant", "replicate": "edge", "circular": "wrap"}
    out = grad_output.astype(float)
    for axis, pair in enumerate(padding, 2):
        size = out.shape[axis] - sum(pair)
        copies = np.pad(np.eye(size), (pair, (0, 0)), mode=names.get(mode, mode))
        out = np.moveaxis(np.tensordot(copies, out, (0, axis)), 0, axis)
    return out.astype(dtype)
""",
)
written(
    "padding",
    "back-by-add-at",
    back="""
def pad_backward(grad_output, padding, mode):
    sizes = [n - sum(pair) for n, pair in zip(grad_output.shape[2:], padding)]
    if mode == "zeros":
        inside = tuple(slice(p[0], p[0] + n) for p, n in zip(padding, sizes))
        grad = grad_output[(..., *inside)]
        return grad.astype(np.result_type(grad, np.float32))
    kind = {"replicate": "edge", "reflect": "reflect", "circular": "wrap"}[mode]
    places = [np.pad(np.arange(n), p, mode=kind) for p, n in zip(padding, sizes)]
    dtype = np.result_type(grad_output, np.float32)
    grad = np.zeros((*grad_output.shape[:2], *sizes), dtype)
    np.add.at(grad, (slice(None), slice(None), *np.ix_(*places)), grad_output)
    return grad
""",
)
written(
    "padding",
    "back-by-slices",
    back="""
def pad_backward(grad_output, padding, mode):
    grad = grad_output.astype(np.result_type(grad_output, np.float32))
    for axis, (before, after) in enumerate(padding, 2):
        lines = np.moveaxis(grad, axis, 0)
        size = len(lines) - before - after
        front, own, back = np.split(lines.copy(), [before, before + size])
        if mode == "replicate":
            own[0] += front.sum(axis=0)
            own[-1] += back.sum(axis=0)
        if mode == "reflect":
            own[1 : before + 1] += front[::-1]
            own[size - 1 - after : size - 1] += back[::-1]
        if mode == "circular":
            own[size - before :] += front
            own[:after] += back
        grad = np.moveaxis(own, 0, axis)
    return grad
""",
)

# Groups
# ------

PLAIN["groups"] = {
    "forward": """
def grouped_forward(x, weight, bias, stride, dilation, groups):
    if x.shape[1] % groups != 0:
        raise ValueError(f"{groups} groups of {x.shape[1]} channels")
    if weight.shape[0] % groups != 0:
        raise ValueError(f"{groups} groups of {weight.shape[0]} kernels")
    ins, outs = x.shape[1] // groups, len(weight) // groups
    answers = []
    for g in range(groups):
        own = None if bias is None else bias[g * outs : (g + 1) * outs]
        answers.append(
            conv_forward(
                x[:, g * ins : (g + 1) * ins],
                weight[g * outs : (g + 1) * outs],
                own,
                stride,
                dilation,
            )
        )
    return np.concatenate(answers, axis=1)
""",
    "backward": """
def grouped_backward(grad_output, x, weight, stride, dilation, groups):
    ins, outs = x.shape[1] // groups, len(weight) // groups
    grad_x, grad_weight, grad_bias = [], [], []
    for g in range(groups):
        before = slice(g * ins, (g + 1) * ins)
        behind = slice(g * outs, (g + 1) * outs)
        found = conv_backward(
            grad_output[:, behind], x[:, before], weight[behind], stride, dilation
        )
        grad_x.append(found[0])
        grad_weight.append(found[1])
        grad_bias.append(found[2])
    return (
        np.concatenate(grad_x, axis=1),
        np.concatenate(grad_weight, axis=0),
        np.concatenate(grad_bias, axis=0),
    )
""",
}
written("groups", "plainly", fast=True)
written(
    "groups",
    "zeros-where-none-sees",
    forward="""
def grouped_forward(x, weight, bias, stride, dilation, groups):
    outs, ins = len(weight), x.shape[1]
    if ins % groups or outs % groups:
        raise ValueError(f"{groups} do not divide {ins} or {outs}")
    full = np.zeros((outs, ins, *weight.shape[2:]), weight.dtype)
    for o in range(outs):
        start = o // (outs // groups) * (ins // groups)
        full[o, start : start + ins // groups] = weight[o]
    return conv_forward(x, full, bias, stride, dilation)
""",
)
written(
    "groups",
    "an-array-to-fill",
    forward="""
def grouped_forward(x, weight, bias, stride, dilation, groups):
    for n in (x.shape[1], len(weight)):
        if n % groups > 0:
            raise ValueError("does not divide", groups, n)
    step = len(weight) // groups
    out = None
    for g, channels in enumerate(np.split(x, groups, axis=1)):
        rows = slice(g * step, (g + 1) * step)
        answer = conv_forward(channels, weight[rows], None, stride, dilation)
        if out is None:
            shape = (len(x), len(weight), *answer.shape[2:])
            out = np.empty(shape, answer.dtype)
        out[:, rows] = answer
    if bias is not None:
        out = (out + bias.reshape(-1, *[1] * len(stride))).astype(out.dtype)
    return out
""",
)
written(
    "groups",
    "a-new-axis",
    forward="""
def grouped_forward(x, weight, bias, stride, dilation, groups):
    if x.shape[1] % groups or weight.shape[0] % groups:
        raise ValueError(f"{x.shape[1]}, {weight.shape[0]} and {groups} groups")
    parts = x.reshape(len(x), groups, -1, *x.shape[2:])
    kernels = weight.reshape(groups, -1, *weight.shape[1:])
    answers = [
        conv_forward(parts[:, g], kernels[g], None, stride, dilation)
        for g in range(groups)
    ]
    out = np.stack(answers, axis=1)
    out = out.reshape(len(x), len(weight), *out.shape[3:])
    if bias is not None:
        out += np.expand_dims(bias, tuple(range(1, x.ndim - 1)))
    return out
""",
)
written(
    "groups",
    "recursion",
    forward="""
def grouped_forward(x, weight, bias, stride, dilation, groups):
    if x.shape[1] % groups or weight.shape[0] % groups:
        raise ValueError(f"{x.shape[1]}, {weight.shape[0]} and {groups} groups")
    if groups == 1:
        return conv_forward(x, weight, bias, stride, dilation)
    ins, outs = x.shape[1] // groups, len(weight) // groups
    first = conv_forward(
        x[:, :ins], weight[:outs], None if bias is None else bias[:outs], stride, dilation
    )
    others = grouped_forward(
        x[:, ins:],
        weight[outs:],
        None if bias is None else bias[outs:],
        stride,
        dilation,
        groups - 1,
    )
    return np.concatenate([first, others], axis=1)
""",
)
written(
    "groups",
    "back-arrays-to-fill",
    backward="""
def grouped_backward(grad_output, x, weight, stride, dilation, groups):
    dtype = np.result_type(grad_output, np.float32)
    grad_x, grad_weight = np.empty(x.shape, dtype), np.empty(weight.shape, dtype)
    grad_bias = np.empty(len(weight), dtype)
    ins, outs = x.shape[1] // groups, len(weight) // groups
    for g in range(groups):
        before, behind = np.s_[g * ins : g * ins + ins], np.s_[g * outs : g * outs + outs]
        grad_x[:, before], grad_weight[behind], grad_bias[behind] = conv_backward(
            grad_output[:, behind], x[:, before], weight[behind], stride, dilation
        )
    return grad_x, grad_weight, grad_bias
""",
)
written(
    "groups",
    "back-zeros-where-none-sees",
    backward="""
def grouped_backward(grad_output, x, weight, stride, dilation, groups):
    outs, ins = len(weight), x.shape[1]
    seen = [
        (o // (outs // groups) * (ins // groups) + c)
        for o in range(outs)
        for c in range(ins // groups)
    ]
    rows = np.repeat(np.arange(outs), ins // groups)
    full = np.zeros((outs, ins, *weight.shape[2:]), weight.dtype)
    full[rows, seen] = weight.reshape(-1, *weight.shape[2:])
    grad_x, grad_full, grad_bias = conv_backward(grad_output, x, full, stride, dilation)
    return grad_x, grad_full[rows, seen].reshape(weight.shape), grad_bias
""",
)
written(
    "groups",
    "back-from-the-last-group",
    backward="""
def grouped_backward(grad_output, x, weight, stride, dilation, groups):
    if groups == 1:
        return conv_backward(grad_output, x, weight, stride, dilation)
    ins, outs = x.shape[1] // groups, len(weight) // groups
    last = conv_backward(
        grad_output[:, -outs:], x[:, -ins:], weight[-outs:], stride, dilation
    )
    rest = grouped_backward(
        grad_output[:, :-outs], x[:, :-ins], weight[:-outs], stride, dilation, groups - 1
    )
    return (
        np.concatenate([rest[0], last[0]], axis=1),
        np.concatenate([rest[1], last[1]]),
        np.concatenate([rest[2], last[2]]),
    )
""",
)

# Cost
# ----

PLAIN["separable-cost"] = {
    "full": """
def conv_cost(image, out_channels, kernel_size, stride, padding, groups):
    channels, *sizes = image
    weights = out_channels * channels // groups
    for k in kernel_size:
        weights *= k
    macs = weights
    for n, k, s, p in zip(sizes, kernel_size, stride, padding):
        macs *= (n + 2 * p - k) // s + 1
    return weights, macs
""",
    "split": """
def separable_cost(image, out_channels, kernel_size, stride, padding):
    channels, *sizes = image
    depthwise = conv_cost(image, channels, kernel_size, stride, padding, channels)
    behind = [
        (n + 2 * p - k) // s + 1
        for n, k, s, p in zip(sizes, kernel_size, stride, padding)
    ]
    one, none = (1,) * len(behind), (0,) * len(behind)
    pointwise = conv_cost((channels, *behind), out_channels, one, one, none, 1)
    return depthwise[0] + pointwise[0], depthwise[1] + pointwise[1]
""",
}
written("separable-cost", "plainly", fast=True)
written(
    "separable-cost",
    "counted-starts",
    full="""
def conv_cost(image, out_channels, kernel_size, stride, padding, groups):
    places = 1
    for axis in range(len(kernel_size)):
        starts = range(
            -padding[axis],
            image[1 + axis] + padding[axis] - kernel_size[axis] + 1,
            stride[axis],
        )
        places = places * len(starts)
    seen = image[0] // groups
    weights = math.prod((out_channels, seen, *kernel_size))
    return weights, places * weights
""",
)
written(
    "separable-cost",
    "numpy",
    full="""
def conv_cost(image, out_channels, kernel_size, stride, padding, groups):
    kernel = np.array(kernel_size)
    room = np.array(image[1:]) + 2 * np.array(padding) - kernel
    weights = out_channels * image[0] * kernel.prod() // groups
    return weights, weights * np.prod(room // np.array(stride) + 1)
""",
)
written(
    "separable-cost",
    "grid",
    full="""
def conv_cost(image, out_channels, kernel_size, stride, padding, groups):
    padded = tuple(n + 2 * p for n, p in zip(image[1:], padding))
    places = math.prod(grid(padded, kernel_size, stride, (1,) * len(padded)))
    weights = image[0] // groups * out_channels * math.prod(kernel_size)
    return [weights, weights * places]
""",
)
written(
    "separable-cost",
    "group-by-group",
    full="""
def conv_cost(image, out_channels, kernel_size, stride, padding, groups):
    ins, outs = image[0] // groups, out_channels // groups
    weights = sum(ins * outs * math.prod(kernel_size) for _ in range(groups))
    macs = weights
    for size, k, s, p in zip(image[1:], kernel_size, stride, padding):
        macs *= -(-(size + 2 * p - k + 1) // s)
    return weights, macs
""",
)
written(
    "separable-cost",
    "shape-of-a-weight",
    full="""
def conv_cost(image, out_channels, kernel_size, stride, padding, groups):
    weight = np.broadcast_to(0, (out_channels, image[0] // groups, *kernel_size))
    places = 1
    for n, k, s, p in zip(image[1:], kernel_size, stride, padding):
        places *= (n + p + p - k) // s + 1
    return weight.size, weight.size * places
""",
)
written(
    "separable-cost",
    "separable-in-one",
    split="""
def separable_cost(image, out_channels, kernel_size, stride, padding):
    places = 1
    for n, k, s, p in zip(image[1:], kernel_size, stride, padding):
        places *= (n + 2 * p - k) // s + 1
    weights = image[0] * (math.prod(kernel_size) + out_channels)
    return weights, weights * places
""",
)
written(
    "separable-cost",
    "separable-by-halves",
    split="""
def separable_cost(image, out_channels, kernel_size, stride, padding):
    channels = image[0]
    w, m = conv_cost(image, channels, kernel_size, stride, padding, channels)
    depthwise_kernel = w // channels
    macs_of_one_channel = m // channels
    places = macs_of_one_channel // depthwise_kernel
    return w + channels * out_channels, m + channels * out_channels * places
""",
)

# Transposed convolution
# ----------------------

PLAIN["conv-transpose"] = {
    "forward": """
def conv_transpose_forward(x, weight, bias, stride, padding, output_padding):
    for s, more in zip(stride, output_padding):
        if more >= s:
            raise ValueError(f"output_padding {more}, stride {s}")
    kernel = weight.shape[2:]
    full = [
        (n - 1) * s + k + more
        for n, k, s, more in zip(x.shape[2:], kernel, stride, output_padding)
    ]
    dtype = np.result_type(x, weight, np.float32)
    out = np.zeros((len(x), weight.shape[1], *full), dtype)
    for tap in np.ndindex(*kernel):
        there = tuple(
            slice(u, u + (n - 1) * s + 1, s)
            for u, n, s in zip(tap, x.shape[2:], stride)
        )
        painted = np.tensordot(x, weight[(..., *tap)], (1, 0))
        out[(..., *there)] += np.moveaxis(painted, -1, 1)
    out = out[(..., *(slice(p, n - p) for p, n in zip(padding, full)))]
    if bias is not None:
        out = out + bias.reshape(-1, *[1] * len(full)).astype(dtype)
    return out
""",
    "backward": """
def conv_transpose_backward(grad_output, x, weight, stride, padding):
    dtype = np.result_type(grad_output, np.float32)
    full = np.pad(grad_output, [(0, 0), (0, 0)] + [(p, p) for p in padding])
    grad_x, grad_weight = np.zeros(x.shape, dtype), np.zeros(weight.shape, dtype)
    places = (0, *range(2, x.ndim))
    for tap in np.ndindex(*weight.shape[2:]):
        there = tuple(
            slice(u, u + (n - 1) * s + 1, s)
            for u, n, s in zip(tap, x.shape[2:], stride)
        )
        upstream = full[(..., *there)]
        back = np.tensordot(upstream, weight[(..., *tap)], (1, 1))
        grad_x += np.moveaxis(back, -1, 1)
        grad_weight[(..., *tap)] = np.tensordot(x, upstream, (places, places))
    return grad_x, grad_weight, grad_output.sum(axis=places, dtype=dtype)
""",
}
written("conv-transpose", "plainly", fast=True)
written(
    "conv-transpose",
    "way-back-of-a-convolution",
    forward="""
def conv_transpose_forward(x, weight, bias, stride, padding, output_padding):
    if any(more >= s for s, more in zip(stride, output_padding)):
        raise ValueError(f"output_padding {output_padding} and stride {stride}")
    sizes = [
        (n - 1) * s + k + more
        for n, k, s, more in zip(x.shape[2:], weight.shape[2:], stride, output_padding)
    ]
    dtype = np.result_type(x, weight, np.float32)
    image = np.zeros((x.shape[0], weight.shape[1], *sizes), dtype)
    one = tuple(1 for _ in sizes)
    out = conv_backward(x.astype(dtype), image, weight, stride, one)[0]
    for axis, p in enumerate(padding, 2):
        out = np.moveaxis(np.moveaxis(out, axis, 0)[p : out.shape[axis] - p], 0, axis)
    if bias is not None:
        out = out + bias[(slice(None), *(None,) * len(sizes))]
    return out.astype(dtype)
""",
)
written(
    "conv-transpose",
    "pixel-by-pixel",
    forward="""
def conv_transpose_forward(x, weight, bias, stride, padding, output_padding):
    if not all(more < s for s, more in zip(stride, output_padding)):
        raise ValueError("output padding", *output_padding, "stride", *stride)
    kernel = weight.shape[2:]
    sizes = [
        (n - 1) * s + k + more
        for n, k, s, more in zip(x.shape[2:], kernel, stride, output_padding)
    ]
    out = np.zeros((len(x), weight.shape[1], *sizes))
    for place in np.ndindex(*x.shape[2:]):
        at = tuple(slice(i * s, i * s + k) for i, s, k in zip(place, stride, kernel))
        out[(..., *at)] += np.tensordot(x[(..., *place)], weight, axes=1)
    out = out[(..., *(slice(p, n - p) for p, n in zip(padding, sizes)))]
    if bias is not None:
        out = out + bias.reshape(1, -1, *[1] * len(sizes))
    return out.astype(np.result_type(x, weight, np.float32))
""",
)
written(
    "conv-transpose",
    "spread-and-convolved",
    forward="""
def conv_transpose_forward(x, weight, bias, stride, padding, output_padding):
    for s, more in zip(stride, output_padding):
        if s <= more:
            raise ValueError(f"{more} is not below {s}")
    kernel, one = weight.shape[2:], (1,) * len(stride)
    spread = np.zeros(
        (*x.shape[:2], *((n - 1) * s + 1 for n, s in zip(x.shape[2:], stride))), x.dtype
    )
    spread[(..., *(slice(None, None, s) for s in stride))] = x
    frame = [(k - 1, k - 1 + more) for k, more in zip(kernel, output_padding)]
    spread = np.pad(spread, [(0, 0), (0, 0), *frame])
    turned = np.flip(np.swapaxes(weight, 0, 1), tuple(range(2, x.ndim)))
    out = conv_forward(spread, turned, bias, one, one)
    inside = (slice(p, n - p) for p, n in zip(padding, out.shape[2:]))
    return out[(..., *inside)]
""",
)
written(
    "conv-transpose",
    "cut-before-painting",
    forward="""
def conv_transpose_forward(x, weight, bias, stride, padding, output_padding):
    for s, more in zip(stride, output_padding):
        if more > s - 1:
            raise ValueError(f"output padding {more} with stride {s}")
    kernel = weight.shape[2:]
    sizes = [
        (n - 1) * s - 2 * p + k + more
        for n, k, s, p, more in zip(
            x.shape[2:], kernel, stride, padding, output_padding
        )
    ]
    out = np.zeros((len(x), weight.shape[1], *sizes))
    for place in np.ndindex(*x.shape[2:]):
        for tap in np.ndindex(*kernel):
            at = [i * s + u - p for i, u, s, p in zip(place, tap, stride, padding)]
            if all(0 <= a < n for a, n in zip(at, sizes)):
                out[(..., *at)] += x[(..., *place)] @ weight[(..., *tap)]
    if bias is not None:
        out += np.expand_dims(bias, tuple(range(1, len(sizes) + 1)))
    return out.astype(np.result_type(x, weight, np.float32))
""",
)
written(
    "conv-transpose",
    "back-by-the-convolution",
    backward="""
def conv_transpose_backward(grad_output, x, weight, stride, padding):
    one, dtype = (1,) * len(stride), np.result_type(grad_output, np.float32)
    frame = [(0, 0), (0, 0)] + [(p, p) for p in padding]
    full = np.pad(grad_output.astype(dtype), frame)
    grad_x = conv_forward(full, weight, None, stride, one)
    grad_weight = conv_backward(x.astype(dtype), full, weight, stride, one)[1]
    grad_bias = grad_output.sum(axis=(0, *range(2, x.ndim)), dtype=dtype)
    return grad_x.astype(dtype), grad_weight, grad_bias
""",
)
written(
    "conv-transpose",
    "back-pixel-by-pixel",
    backward="""
def conv_transpose_backward(grad_output, x, weight, stride, padding):
    dtype = np.result_type(grad_output, np.float32)
    full = np.pad(grad_output, [(0, 0), (0, 0)] + [(p, p) for p in padding])
    grad_x, grad_weight = np.zeros(x.shape), np.zeros(weight.shape)
    axes = list(range(1, x.ndim))
    for place in np.ndindex(*x.shape[2:]):
        at = tuple(
            slice(i * s, i * s + k)
            for i, s, k in zip(place, stride, weight.shape[2:])
        )
        window = full[(..., *at)]
        grad_x[(..., *place)] = np.tensordot(window, weight, (axes, axes))
        grad_weight += np.tensordot(x[(..., *place)], window, (0, 0))
    total = np.moveaxis(grad_output, 1, 0).reshape(weight.shape[1], -1).sum(axis=1)
    return grad_x.astype(dtype), grad_weight.astype(dtype), total.astype(dtype)
""",
)
written(
    "conv-transpose",
    "back-asks-whether-inside",
    backward="""
def conv_transpose_backward(grad_output, x, weight, stride, padding):
    dtype = np.result_type(grad_output, np.float32)
    sizes = grad_output.shape[2:]
    grad_x, grad_weight = np.zeros(x.shape, dtype), np.zeros(weight.shape, dtype)
    for place in np.ndindex(*x.shape[2:]):
        for tap in np.ndindex(*weight.shape[2:]):
            at = [i * s + u - p for i, u, s, p in zip(place, tap, stride, padding)]
            if min(at) < 0 or any(a >= n for a, n in zip(at, sizes)):
                continue
            upstream = grad_output[(..., *at)].astype(dtype)
            grad_x[(..., *place)] += upstream @ weight[(..., *tap)].T.astype(dtype)
            grad_weight[(..., *tap)] += x[(..., *place)].T.astype(dtype) @ upstream
    return grad_x, grad_weight, grad_output.sum((0, *range(2, x.ndim)), dtype=dtype)
""",
)

# Upsampling
# ----------

PLAIN["upsample"] = {
    "forward": """
def upsample_forward(x, factors):
    out = x
    for axis in range(len(factors)):
        out = np.repeat(out, factors[axis], axis=axis + 2)
    return np.array(out)
""",
    "backward": """
def upsample_backward(grad_output, factors):
    shape = list(grad_output.shape[:2])
    for n, factor in zip(grad_output.shape[2:], factors):
        shape.extend([n // factor, factor])
    dtype = np.result_type(grad_output, np.float32)
    blocks = grad_output.reshape(shape)
    return blocks.sum(axis=tuple(range(3, len(shape), 2)), dtype=dtype)
""",
}
written("upsample", "plainly", fast=True)
written(
    "upsample",
    "kronecker",
    forward="""
def upsample_forward(x, factors):
    return np.kron(x, np.ones((1, 1, *factors), x.dtype))
""",
)
written(
    "upsample",
    "by-index",
    forward="""
def upsample_forward(x, factors):
    places = [np.arange(n * f) // f for n, f in zip(x.shape[2:], factors)]
    return x[(slice(None), slice(None), *np.ix_(*places))]
""",
)
written(
    "upsample",
    "filled-by-slices",
    forward="""
def upsample_forward(x, factors):
    sizes = (n * f for n, f in zip(x.shape[2:], factors))
    out = np.empty((*x.shape[:2], *sizes), x.dtype)
    for start in np.ndindex(*factors):
        there = tuple(slice(a, None, f) for a, f in zip(start, factors))
        out[(..., *there)] = x
    return out
""",
)
written(
    "upsample",
    "new-axes",
    forward="""
def upsample_forward(x, factors):
    shape, wide = list(x.shape[:2]), list(x.shape[:2])
    for n, f in zip(x.shape[2:], factors):
        shape += [n, 1]
        wide += [n, f]
    sizes = [n * f for n, f in zip(x.shape[2:], factors)]
    return np.broadcast_to(x.reshape(shape), wide).reshape(*x.shape[:2], *sizes).copy()
""",
)
written(
    "upsample",
    "back-by-slices",
    backward="""
def upsample_backward(grad_output, factors):
    dtype = np.result_type(grad_output, np.float32)
    total = 0
    for start in np.ndindex(*factors):
        there = tuple(slice(a, None, f) for a, f in zip(start, factors))
        total = total + grad_output[(..., *there)].astype(dtype)
    return total
""",
)
written(
    "upsample",
    "back-by-reduceat",
    backward="""
def upsample_backward(grad_output, factors):
    grad = grad_output.astype(np.result_type(grad_output, np.float32))
    for axis, f in enumerate(factors, 2):
        grad = np.add.reduceat(grad, np.arange(0, grad.shape[axis], f), axis=axis)
    return grad
""",
)
written(
    "upsample",
    "back-pixel-by-pixel",
    backward="""
def upsample_backward(grad_output, factors):
    sizes = [n // f for n, f in zip(grad_output.shape[2:], factors)]
    dtype = np.result_type(grad_output, np.float32)
    grad = np.zeros((*grad_output.shape[:2], *sizes), dtype)
    for place in np.ndindex(*grad_output.shape[2:]):
        pixel = tuple(i // f for i, f in zip(place, factors))
        grad[(..., *pixel)] += grad_output[(..., *place)]
    return grad
""",
)

# Adaptive pooling
# ----------------

PLAIN["adaptive-pool"] = {
    "forward": """
def adaptive_avg_pool_forward(x, sizes):
    dtype = np.result_type(x, np.float32)
    out = np.zeros((*x.shape[:2], *sizes), dtype)
    for place in np.ndindex(*sizes):
        window = []
        for i, n, m in zip(place, x.shape[2:], sizes):
            window.append(slice(i * n // m, ((i + 1) * n + m - 1) // m))
        pixels = x[(slice(None), slice(None), *window)]
        out[(..., *place)] = pixels.reshape(*x.shape[:2], -1).mean(axis=2, dtype=dtype)
    return out
""",
    "backward": """
def adaptive_avg_pool_backward(grad_output, shape):
    grad = np.zeros(shape, np.result_type(grad_output, np.float32))
    for place in np.ndindex(*grad_output.shape[2:]):
        window = []
        for i, n, m in zip(place, shape[2:], grad_output.shape[2:]):
            window.append(slice(i * n // m, ((i + 1) * n + m - 1) // m))
        pixels = grad[(slice(None), slice(None), *window)]
        share = grad_output[(..., *place)] / math.prod(pixels.shape[2:])
        pixels += share.reshape(*shape[:2], *[1] * len(place))
    return grad
""",
}
_SHARES = """
    def shares(n, m):
        rows = np.zeros((m, n))
        for i in range(m):
            rows[i, math.floor(i * n / m) : math.ceil((i + 1) * n / m)] = 1
        return rows / rows.sum(axis=1, keepdims=True)
"""
written("adaptive-pool", "plainly", fast=True)
written(
    "adaptive-pool",
    "a-matrix-for-each-axis",
    forward=f"""
def adaptive_avg_pool_forward(x, sizes):{_SHARES}
    out = x.astype(float)
    for axis, m in enumerate(sizes, 2):
        out = np.moveaxis(
            np.tensordot(shares(x.shape[axis], m), out, (1, axis)), 0, axis
        )
    return out.astype(np.result_type(x, np.float32))
""",
)
written(
    "adaptive-pool",
    "axis-after-axis",
    forward="""
def adaptive_avg_pool_forward(x, sizes):
    out = x.astype(np.result_type(x, np.float32))
    for axis, m in enumerate(sizes, 2):
        lines = np.moveaxis(out, axis, 0)
        n = len(lines)
        parts = [lines[i * n // m : -(-(i + 1) * n // m)].mean(axis=0) for i in range(m)]
        out = np.moveaxis(np.stack(parts), 0, axis)
    return out
""",
)
written(
    "adaptive-pool",
    "running-sums",
    forward="""
def adaptive_avg_pool_forward(x, sizes):
    out = x.astype(float)
    for axis, m in enumerate(sizes, 2):
        n = x.shape[axis]
        start = np.arange(m) * n // m
        end = -(-(np.arange(m) + 1) * n // m)
        sums = np.cumsum(np.moveaxis(out, axis, -1), axis=-1)
        sums = np.concatenate([0 * sums[..., :1], sums], axis=-1)
        out = np.moveaxis((sums[..., end] - sums[..., start]) / (end - start), -1, axis)
    return out.astype(np.result_type(x, np.float32))
""",
)
written(
    "adaptive-pool",
    "pixel-numbers",
    forward="""
def adaptive_avg_pool_forward(x, sizes):
    def pixels(i, n, m):
        return [p for p in range(n) if p * m < (i + 1) * n and (p + 1) * m > i * n]

    out = np.zeros((*x.shape[:2], *sizes), np.result_type(x, np.float32))
    for place in np.ndindex(*sizes):
        seen = [pixels(*each) for each in zip(place, x.shape[2:], sizes)]
        window = x[(slice(None), slice(None), *np.ix_(*seen))]
        out[(..., *place)] = window.mean(axis=tuple(range(2, x.ndim)))
    return out
""",
)
written(
    "adaptive-pool",
    "back-a-matrix-for-each-axis",
    backward=f"""
def adaptive_avg_pool_backward(grad_output, shape):{_SHARES}
    out = grad_output.astype(float)
    for axis in range(2, len(shape)):
        each = shares(shape[axis], grad_output.shape[axis])
        out = np.moveaxis(np.tensordot(each, out, (0, axis)), 0, axis)
    return out.astype(np.result_type(grad_output, np.float32))
""",
)
written(
    "adaptive-pool",
    "back-axis-after-axis",
    backward="""
def adaptive_avg_pool_backward(grad_output, shape):
    grad = grad_output.astype(np.result_type(grad_output, np.float32))
    for axis in range(2, len(shape)):
        lines = np.moveaxis(grad, axis, 0)
        n, m = shape[axis], len(lines)
        wide = np.zeros((n, *lines.shape[1:]), grad.dtype)
        for i, line in enumerate(lines):
            start, end = i * n // m, -((-(i + 1) * n) // m)
            wide[start:end] += line / (end - start)
        grad = np.moveaxis(wide, 0, axis)
    return grad
""",
)
written(
    "adaptive-pool",
    "back-pixel-by-pixel",
    backward="""
def adaptive_avg_pool_backward(grad_output, shape):
    sizes = grad_output.shape[2:]
    grad = np.zeros(shape, np.result_type(grad_output, np.float32))
    for place in np.ndindex(*sizes):
        ranges = [
            range(i * n // m, (i * n + n + m - 1) // m)
            for i, n, m in zip(place, shape[2:], sizes)
        ]
        count = math.prod(len(r) for r in ranges)
        for steps in np.ndindex(*(len(r) for r in ranges)):
            pixel = tuple(r[a] for r, a in zip(ranges, steps))
            grad[(..., *pixel)] += grad_output[(..., *place)] / count
    return grad
""",
)

# Average pooling
# ---------------

PLAIN["avg-pool"] = {
    "forward": """
def avg_pool_forward(x, kernel_size, stride, padding, ceil_mode, count_include_pad):
    counts = []
    for n, k, s, p in zip(x.shape[2:], kernel_size, stride, padding):
        room = n + 2 * p - k
        count = room // s + 1
        if ceil_mode:
            count = math.ceil(room / s) + 1
            if (count - 1) * s >= n + p:
                count -= 1
        counts.append(count)
    dtype = np.result_type(x, np.float32)
    out = np.zeros((*x.shape[:2], *counts), dtype)
    for place in np.ndindex(*counts):
        window, padded, real = [], 1, 1
        for i, n, k, s, p in zip(place, x.shape[2:], kernel_size, stride, padding):
            start, end = i * s, min(i * s + k, n + 2 * p)
            padded *= end - start
            first, last = max(start - p, 0), min(end - p, n)
            real *= last - first
            window.append(slice(first, last))
        pixels = x[(..., *window)].astype(dtype)
        total = pixels.reshape(*x.shape[:2], -1).sum(axis=2)
        out[(..., *place)] = total / (padded if count_include_pad else real)
    return out
""",
    "backward": """
def avg_pool_backward(
    grad_output, shape, kernel_size, stride, padding, count_include_pad
):
    grad = np.zeros(shape, np.result_type(grad_output, np.float32))
    for place in np.ndindex(*grad_output.shape[2:]):
        window, padded, real = [], 1, 1
        for i, n, k, s, p in zip(place, shape[2:], kernel_size, stride, padding):
            start, end = i * s, min(i * s + k, n + 2 * p)
            padded *= end - start
            first, last = max(start - p, 0), min(end - p, n)
            real *= last - first
            window.append(slice(first, last))
        share = grad_output[(..., *place)] / (padded if count_include_pad else real)
        grad[(..., *window)] += share.reshape(*shape[:2], *[1] * len(place))
    return grad
""",
}
_MEANS = """
    def means(n, k, s, p, count):
        rows = np.zeros((count, n + 2 * p))
        for i in range(count):
            rows[i, i * s : i * s + k] = 1
        inside = rows[:, p : p + n]
        sums = rows if count_include_pad else inside
        return inside / sums.sum(axis=1, keepdims=True)
"""
_COUNT = """
    def counted(n, k, s, p):
        starts = [i for i in range(0, n + 2 * p, s) if i + k <= n + 2 * p]
        more = starts[-1] + s
        if ceil_mode and starts[-1] + k < n + 2 * p and more < n + p:
            starts.append(more)
        return len(starts)
"""
written("avg-pool", "plainly", fast=True)
written(
    "avg-pool",
    "a-matrix-for-each-axis",
    forward=f"""
def avg_pool_forward(x, kernel_size, stride, padding, ceil_mode, count_include_pad):{_COUNT}{_MEANS}
    out = x.astype(float)
    for axis, each in enumerate(zip(x.shape[2:], kernel_size, stride, padding), 2):
        matrix = means(*each, counted(*each))
        out = np.moveaxis(np.tensordot(matrix, out, (1, axis)), 0, axis)
    return out.astype(np.result_type(x, np.float32))
""",
)
written(
    "avg-pool",
    "sums-over-counts",
    forward=f"""
def avg_pool_forward(x, kernel_size, stride, padding, ceil_mode, count_include_pad):{_COUNT}
    steps = list(zip(x.shape[2:], kernel_size, stride, padding))
    counts = [counted(*each) for each in steps]
    frame = [(0, 0), (0, 0)]
    for (n, k, s, p), count in zip(steps, counts):
        frame.append((p, max((count - 1) * s + k - n - p, p)))
    images = np.pad(x.astype(float), frame)
    ones = np.pad(np.ones((1, 1, *x.shape[2:])), frame)
    if count_include_pad:
        sides = [(0, 0), (0, 0)] + [(p, p) for p in padding]
        whole = np.pad(np.ones((1, 1, *x.shape[2:])), sides, constant_values=1)
        rest = [(0, a - b) for a, b in zip(images.shape[2:], whole.shape[2:])]
        ones = np.pad(whole, [(0, 0), (0, 0), *rest])
    total, number = 0, 0
    for tap in np.ndindex(*kernel_size):
        there = tuple(
            slice(u, u + (c - 1) * s + 1, s) for u, c, s in zip(tap, counts, stride)
        )
        total = total + images[(..., *there)]
        number = number + ones[(..., *there)]
    return (total / number).astype(np.result_type(x, np.float32))
""",
)
written(
    "avg-pool",
    "axis-after-axis",
    forward=f"""
def avg_pool_forward(x, kernel_size, stride, padding, ceil_mode, count_include_pad):{_COUNT}
    out = x.astype(np.result_type(x, np.float32))
    for axis, (n, k, s, p) in enumerate(
        zip(x.shape[2:], kernel_size, stride, padding), 2
    ):
        lines, parts = np.moveaxis(out, axis, 0), []
        for i in range(counted(n, k, s, p)):
            start, end = i * s - p, min(i * s - p + k, n + p)
            pixels = lines[max(start, 0) : min(end, n)]
            divisor = end - start if count_include_pad else len(pixels)
            parts.append(pixels.sum(axis=0) / divisor)
        out = np.moveaxis(np.stack(parts), 0, axis).astype(out.dtype)
    return out
""",
)
written(
    "avg-pool",
    "ceiling-division",
    forward="""
def avg_pool_forward(x, kernel_size, stride, padding, ceil_mode, count_include_pad):
    axes = tuple(range(2, x.ndim))
    ranges = []
    for n, k, s, p in zip(x.shape[2:], kernel_size, stride, padding):
        room = n + 2 * p - k
        last = -(-room // s) if ceil_mode else room // s
        while last * s >= n + p:
            last -= 1
        ranges.append([(i * s - p, min(i * s - p + k, n + p)) for i in range(last + 1)])
    shape = (*x.shape[:2], *(len(r) for r in ranges))
    out = np.zeros(shape, np.result_type(x, np.float32))
    for place in np.ndindex(*shape[2:]):
        ends = [r[i] for r, i in zip(ranges, place)]
        window = x[(..., *(slice(max(a, 0), b) for a, b in ends))]
        number = math.prod(b - a for a, b in ends)
        if not count_include_pad:
            number = math.prod(window.shape[2:])
        out[(..., *place)] = window.sum(axis=axes, dtype=float) / number
    return out
""",
)
written(
    "avg-pool",
    "back-a-matrix-for-each-axis",
    backward=f"""
def avg_pool_backward(
    grad_output, shape, kernel_size, stride, padding, count_include_pad
):{_MEANS}
    out = grad_output.astype(float)
    for axis, each in enumerate(zip(shape[2:], kernel_size, stride, padding), 2):
        matrix = means(*each, grad_output.shape[axis])
        out = np.moveaxis(np.tensordot(matrix, out, (0, axis)), 0, axis)
    return out.astype(np.result_type(grad_output, np.float32))
""",
)
written(
    "avg-pool",
    "back-axis-after-axis",
    backward="""
def avg_pool_backward(
    grad_output, shape, kernel_size, stride, padding, count_include_pad
):
    grad = grad_output.astype(np.result_type(grad_output, np.float32))
    for axis, (n, k, s, p) in enumerate(
        zip(shape[2:], kernel_size, stride, padding), 2
    ):
        lines = np.moveaxis(grad, axis, 0)
        wide = np.zeros((n, *lines.shape[1:]), grad.dtype)
        for i, line in enumerate(lines):
            start, end = i * s - p, min(i * s - p + k, n + p)
            first, last = max(start, 0), min(end, n)
            wide[first:last] += line / (
                end - start if count_include_pad else last - first
            )
        grad = np.moveaxis(wide, 0, axis)
    return grad
""",
)
written(
    "avg-pool",
    "back-with-its-padding",
    backward="""
def avg_pool_backward(
    grad_output, shape, kernel_size, stride, padding, count_include_pad
):
    dtype = np.result_type(grad_output, np.float32)
    sizes = [n + 2 * p for n, p in zip(shape[2:], padding)]
    own = tuple(slice(p, p + n) for p, n in zip(padding, shape[2:]))
    counted = np.zeros(sizes)
    counted[own] = 1
    if count_include_pad:
        counted[...] = 1
    grad = np.zeros((*shape[:2], *sizes), dtype)
    for place in np.ndindex(*grad_output.shape[2:]):
        at = tuple(slice(i * s, i * s + k) for i, s, k in zip(place, stride, kernel_size))
        share = grad_output[(..., *place)] / counted[at].sum()
        grad[(..., *at)] += share.reshape(*shape[:2], *[1] * len(place))
    return grad[(..., *own)]
""",
)
