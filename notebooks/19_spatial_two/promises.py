"""What the tasks of module 19 promise, computed in float64 and by other means."""

import numpy as np

from proctor.bank.promises import Call, Numbers, Refuses, Whole, promise

MODES = "zeros", "replicate", "reflect", "circular"


def kinds(rng, *shape):
    """Yield a batch of each kind that a task names."""
    numbers = 3 * rng.normal(size=shape)
    yield numbers
    yield numbers.astype(np.float32)
    yield rng.integers(-128, 128, shape).astype(np.int8)
    yield np.asfortranarray(numbers)


def dtype_of(*arrays):
    return np.result_type(*arrays, np.float32)


def convolution(sizes, weight, stride, dilation):
    """Return the matrix of a convolution: a row for each output, a column a pixel."""
    outs, ins, *kernel = weight.shape
    steps = zip(sizes, kernel, stride, dilation, strict=True)
    counts = [len(range(0, n - (k - 1) * d, s)) for n, k, s, d in steps]
    matrix = np.zeros((outs, *counts, ins, *sizes))
    for place in np.ndindex(*counts):
        for tap in np.ndindex(*kernel):
            steps = zip(place, tap, stride, dilation, strict=True)
            pixel = tuple(i * s + u * d for i, u, s, d in steps)
            matrix[(slice(None), *place, slice(None), *pixel)] = weight[(..., *tap)]
    return matrix


def through(matrix, x, axes):
    sums = tuple(range(axes + 1, 2 * axes + 2)), tuple(range(1, axes + 2))
    return np.moveaxis(np.tensordot(matrix, x.astype(float), sums), -1, 0)


def back(matrix, upstream, axes):
    sums = tuple(range(axes + 1)), tuple(range(1, axes + 2))
    return np.moveaxis(np.tensordot(matrix, upstream.astype(float), sums), -1, 0)


def weight_gradient(upstream, x, weight, stride, dilation):
    """Return it number by number: the answer is linear in the weight."""
    out = np.zeros(weight.shape)
    for place in np.ndindex(*weight.shape):
        one = np.zeros(weight.shape)
        one[place] = 1
        answer = through(convolution(x.shape[2:], one, stride, dilation), x, x.ndim - 2)
        out[place] = (upstream * answer).sum()
    return out


LAYERS = [
    ((9,), (3,), (2,), (3,)),
    ((8,), (2,), (3,), (1,)),
    ((5, 7), (2, 3), (2, 1), (3, 2)),
    ((2, 3, 4), (1, 2, 2), (1, 1, 2), (1, 2, 1)),
]


@promise("dilated-field")
def _(rng):
    yield Call("dilated_field", []), Whole(1)
    for _ in range(30):
        layers = [
            tuple(map(int, rng.integers(1, 5, 3))) for _ in range(rng.integers(1, 5))
        ]
        seen = {0}
        for kernel, stride, dilation in reversed(layers):
            seen = {p * stride + u * dilation for p in seen for u in (0, kernel - 1)}
        yield Call("dilated_field", layers), Whole(max(seen) + 1)
    for place in range(3):
        for number in (0, -7):
            layer = [3, 2, 2]
            layer[place] = number
            bad = [(3, 1, 1), tuple(layer)]
            yield Call("dilated_field", bad), Refuses(ValueError, (number,))


@promise("conv-forward")
def _(rng):
    for sizes, kernel, stride, dilation in LAYERS:
        weight, bias = rng.normal(size=(4, 3, *kernel)), rng.normal(size=4)
        matrix = convolution(sizes, weight, stride, dilation)
        for x in kinds(rng, 2, 3, *sizes):
            for own in (weight, weight.astype(np.float32)):
                for more in (None, bias):
                    wanted = through(matrix, x, len(sizes))
                    if more is not None:
                        wanted = wanted + more.reshape(-1, *[1] * len(sizes))
                    call = Call("conv_forward", x, own, more, stride, dilation)
                    yield call, Numbers(wanted, dtype_of(x, own), atol=1e-3)


@promise("conv-backward")
def _(rng):
    for sizes, kernel, stride, dilation in LAYERS:
        weight = rng.normal(size=(4, 3, *kernel))
        matrix = convolution(sizes, weight, stride, dilation)
        for x in kinds(rng, 2, 3, *sizes):
            shape = 2, *matrix.shape[: len(sizes) + 1]
            for dtype in (np.float32, np.float64):
                upstream = rng.normal(size=shape).astype(dtype)
                places = (0, *range(2, len(shape)))
                yield (
                    Call("conv_backward", upstream, x, weight, stride, dilation),
                    (
                        Numbers(back(matrix, upstream, len(sizes)), dtype, atol=1e-2),
                        Numbers(
                            weight_gradient(upstream, x, weight, stride, dilation),
                            dtype,
                            atol=1e-1,
                        ),
                        Numbers(
                            upstream.sum(axis=places, dtype=float), dtype, atol=1e-3
                        ),
                    ),
                )


def source(place, size, mode):
    if 0 <= place < size:
        return place
    if mode == "zeros":
        return None
    if mode == "replicate":
        return 0 if place < 0 else size - 1
    if mode == "circular":
        return place % size
    return -place if place < 0 else 2 * size - 2 - place


@promise("padding")
def _(rng):
    for kernel in range(1, 9):
        for dilation in (1, 2, 3):
            both = (kernel - 1) * dilation
            wanted = Whole((both // 2, both - both // 2))
            yield Call("same_padding", kernel, dilation), wanted
        yield Call("same_padding", kernel), Whole(((kernel - 1) // 2, kernel // 2))
    cases = [((5,), ((2, 4),)), ((4, 3), ((1, 0), (2, 1))), ((3, 2, 4), ((0, 1),) * 3)]
    for sizes, padding in cases:
        for mode in MODES:
            axes = [
                [source(i, n, mode) for i in range(-pair[0], n + pair[1])]
                for n, pair in zip(sizes, padding, strict=True)
            ]
            longer = [len(axis) for axis in axes]
            pairs = []
            for place in np.ndindex(*longer):
                pixel = tuple(axis[i] for axis, i in zip(axes, place, strict=True))
                if None not in pixel:
                    pairs.append((place, pixel))
            for x in kinds(rng, 2, 3, *sizes):
                wanted = np.zeros((2, 3, *longer))
                for place, pixel in pairs:
                    wanted[(..., *place)] = x[(..., *pixel)]
                yield Call("pad", x, padding, mode), Numbers(wanted, x.dtype)
            for upstream in kinds(rng, 2, 3, *longer):
                wanted = np.zeros((2, 3, *sizes))
                for place, pixel in pairs:
                    wanted[(..., *pixel)] += upstream[(..., *place)]
                call = Call("pad_backward", upstream, padding, mode)
                yield call, Numbers(wanted, dtype_of(upstream))
    row = rng.normal(size=(1, 1, 6))
    yield Call("pad", row, ((6, 0),), "reflect"), Refuses(ValueError, (6,))
    yield Call("pad", row, ((0, 9),), "reflect"), Refuses(ValueError, (9,))
    yield Call("pad", row, ((0, 7),), "circular"), Refuses(ValueError, (7,))
    yield Call("pad", row, ((1, 1),), "symmetric"), Refuses(ValueError)


def spread(weight, groups):
    outs, inside = len(weight) // groups, weight.shape[1]
    full = np.zeros((len(weight), inside * groups, *weight.shape[2:]))
    for o in range(len(weight)):
        start = o // outs * inside
        full[o, start : start + inside] = weight[o]
    return full


@promise("groups")
def _(rng):
    for groups, ins, outs in ((1, 3, 4), (2, 4, 6), (3, 3, 6), (4, 4, 4), (2, 6, 2)):
        for sizes, kernel, stride, dilation in LAYERS[:3]:
            weight, bias = (
                rng.normal(size=(outs, ins // groups, *kernel)),
                rng.normal(size=outs),
            )
            matrix = convolution(sizes, spread(weight, groups), stride, dilation)
            x = rng.normal(size=(2, ins, *sizes))
            wanted = through(matrix, x, len(sizes))
            numbers = stride, dilation, groups
            yield Call("grouped_forward", x, weight, None, *numbers), Numbers(wanted)
            wanted = wanted + bias.reshape(-1, *[1] * len(sizes))
            yield Call("grouped_forward", x, weight, bias, *numbers), Numbers(wanted)
            upstream = rng.normal(size=wanted.shape)
            full = weight_gradient(
                upstream, x, spread(weight, groups), stride, dilation
            )
            part = [
                full[o, o // (outs // groups) * weight.shape[1] :][: weight.shape[1]]
                for o in range(outs)
            ]
            yield (
                Call("grouped_backward", upstream, x, weight, *numbers),
                (
                    Numbers(back(matrix, upstream, len(sizes))),
                    Numbers(np.array(part)),
                    Numbers(upstream.sum(axis=(0, *range(2, x.ndim)))),
                ),
            )
    for ins, outs, groups in ((4, 6, 3), (4, 3, 2)):
        x, weight = np.ones((1, ins, 2)), np.ones((outs, max(ins // groups, 1), 1))
        numbers = (ins if ins % groups else outs, groups)
        call = Call("grouped_forward", x, weight, None, (1,), (1,), groups)
        yield call, Refuses(ValueError, numbers)


@promise("separable-cost")
def _(rng):
    for _ in range(30):
        axes = int(rng.integers(1, 4))
        sizes = rng.integers(6, 12, axes).tolist()
        kernel, stride = (tuple(rng.integers(1, 5, axes).tolist()) for _ in range(2))
        padding = tuple(rng.integers(0, 3, axes).tolist())
        groups = int(rng.integers(1, 4))
        ins, outs = (groups * int(n) for n in rng.integers(1, 5, 2))
        places = 1
        for n, k, s, p in zip(sizes, kernel, stride, padding, strict=True):
            places *= len(range(-p, n + p - k + 1, s))
        weights = outs * ins // groups * int(np.prod(kernel))
        layer = (ins, *sizes), outs, kernel, stride, padding
        yield Call("conv_cost", *layer, groups), Whole((weights, weights * places))
        weights = ins * (int(np.prod(kernel)) + outs)
        yield Call("separable_cost", *layer), Whole((weights, weights * places))


@promise("conv-transpose")
def _(rng):
    cases = [
        ((4,), (3,), (1,), (0,), (0,)),
        ((3,), (2,), (3,), (0,), (2,)),
        ((4,), (4,), (2,), (1,), (1,)),
        ((3, 4), (3, 2), (2, 3), (1, 0), (0, 2)),
        ((2, 2, 3), (1, 2, 2), (1, 2, 1), (0, 1, 0), (0, 1, 0)),
    ]
    for sizes, kernel, stride, padding, more in cases:
        axes, weight, bias = (
            len(sizes),
            rng.normal(size=(3, 4, *kernel)),
            rng.normal(size=4),
        )
        steps = zip(sizes, kernel, stride, more, strict=True)
        full = [(n - 1) * s + k + e for n, k, s, e in steps]
        matrix = convolution(full, weight, stride, (1,) * axes)
        inside = tuple(slice(p, n - p) for p, n in zip(padding, full, strict=True))
        for x in kinds(rng, 2, 3, *sizes):
            wanted = back(matrix, x, axes)[(..., *inside)]
            for own in (weight, weight.astype(np.float32)):
                call = Call(
                    "conv_transpose_forward", x, own, None, stride, padding, more
                )
                yield call, Numbers(wanted, dtype_of(x, own), atol=1e-3)
            shifted = wanted + bias.reshape(-1, *[1] * axes)
            call = Call(
                "conv_transpose_forward", x, weight, bias, stride, padding, more
            )
            yield call, Numbers(shifted, dtype_of(x, weight), atol=1e-3)
            upstream = rng.normal(size=wanted.shape)
            large = np.zeros((2, 4, *full))
            large[(..., *inside)] = upstream
            one = (1,) * axes
            yield (
                Call("conv_transpose_backward", upstream, x, weight, stride, padding),
                (
                    Numbers(through(matrix, large, axes)),
                    Numbers(weight_gradient(x, large, weight, stride, one), atol=1e-2),
                    Numbers(upstream.sum(axis=(0, *range(2, x.ndim)))),
                ),
            )
    row, weight = np.ones((1, 1, 2)), np.ones((1, 1, 3))
    for stride, more in ((2, 2), (3, 5)):
        numbers = (stride,), (0,), (more,)
        call = Call("conv_transpose_forward", row, weight, None, *numbers)
        yield call, Refuses(ValueError, (more, stride))


@promise("upsample")
def _(rng):
    for sizes, factors in (((3,), (2,)), ((2, 3), (3, 2)), ((2, 1, 3), (1, 3, 2))):
        for x in kinds(rng, 2, 3, *sizes):
            wanted = np.kron(x.astype(float), np.ones((1, 1, *factors)))
            yield Call("upsample_forward", x, factors), Numbers(wanted, x.dtype)
        longer = [n * f for n, f in zip(sizes, factors, strict=True)]
        for upstream in kinds(rng, 2, 3, *longer):
            wanted = np.zeros((2, 3, *sizes))
            for place in np.ndindex(*longer):
                pixel = tuple(i // f for i, f in zip(place, factors, strict=True))
                wanted[(..., *pixel)] += upstream[(..., *place)]
            call = Call("upsample_backward", upstream, factors)
            yield call, Numbers(wanted, dtype_of(upstream))


def along(matrices, x, side):
    """Take each axis of a batch through its matrix, forward (1) or back (0)."""
    out = x.astype(float)
    for axis, matrix in enumerate(matrices, 2):
        out = np.moveaxis(np.tensordot(matrix, out, (side, axis)), 0, axis)
    return out


@promise("adaptive-pool")
def _(rng):
    for sizes, wanted_sizes in (
        ((12,), (4,)),
        ((7,), (3,)),
        ((3,), (5,)),
        ((4, 7), (2, 3)),
        ((5, 2, 3), (1, 2, 2)),
    ):
        matrices = []
        for n, m in zip(sizes, wanted_sizes, strict=True):
            seen = np.zeros((m, n))
            for i in range(m):
                seen[i, i * n // m : ((i + 1) * n + m - 1) // m] = 1
            matrices.append(seen / seen.sum(axis=1, keepdims=True))
        for x in kinds(rng, 2, 3, *sizes):
            call = Call("adaptive_avg_pool_forward", x, wanted_sizes)
            yield call, Numbers(along(matrices, x, 1), dtype_of(x), atol=1e-3)
        for upstream in kinds(rng, 2, 3, *wanted_sizes):
            call = Call("adaptive_avg_pool_backward", upstream, (2, 3, *sizes))
            yield (
                call,
                Numbers(along(matrices, upstream, 0), dtype_of(upstream), atol=1e-3),
            )


@promise("avg-pool")
def _(rng):
    for sizes, kernel, stride, padding in (
        ((8,), (3,), (2,), (0,)),
        ((7,), (3,), (2,), (0,)),
        ((8,), (3,), (2,), (1,)),
        ((7,), (2,), (4,), (1,)),
        ((6,), (4,), (3,), (2,)),
        ((5, 8), (2, 3), (3, 2), (0, 1)),
        ((3, 4, 5), (1, 2, 3), (1, 3, 2), (0, 1, 1)),
    ):
        for ceil in (False, True):
            for counted in (False, True):
                matrices = []
                for n, k, s, p in zip(sizes, kernel, stride, padding, strict=True):
                    rows, start = [], 0
                    while start + k <= n + 2 * p or (
                        ceil and start < n + p and start - s + k < n + 2 * p
                    ):
                        row = np.zeros(n + 2 * p)
                        row[start : start + k] = 1
                        own = row[p : p + n]
                        rows.append(own / (row if counted else own).sum())
                        start += s
                    matrices.append(np.array(rows))
                numbers = kernel, stride, padding
                for x in kinds(rng, 2, 3, *sizes):
                    call = Call("avg_pool_forward", x, *numbers, ceil, counted)
                    yield call, Numbers(along(matrices, x, 1), dtype_of(x), atol=1e-3)
                for upstream in kinds(rng, 2, 3, *(len(each) for each in matrices)):
                    shape = (2, 3, *sizes)
                    call = Call("avg_pool_backward", upstream, shape, *numbers, counted)
                    wanted = along(matrices, upstream, 0)
                    yield call, Numbers(wanted, dtype_of(upstream), atol=1e-3)
