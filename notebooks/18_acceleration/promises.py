"""What the tasks of module 18 promise, computed in float64 and by other means."""

import statistics

import numpy as np

from proctor.bank.promises import Call, Numbers, Real, Refuses, Same, Whole, promise

PAIRS = [((1, 1), (3, 2)), ((2, 3), (1, 2)), ((3, 1), (0, 0)), ((1, 2), (0, 1))]
SHAPES = [
    ((7, 3, 6, 9), (5, 3, 4, 2)),
    ((6, 2, 7, 5), (4, 2, 3, 1)),
    ((1, 1, 4, 4), (1, 1, 1, 1)),
    ((1, 4, 5, 6), (2, 4, 1, 3)),
]


@promise("roofline")
def _(rng):
    for _ in range(40):
        operations, moved, peak, bandwidth = rng.uniform(0.1, 90, 4).tolist()
        wanted = Real(operations / moved)
        yield Call("arithmetic_intensity", operations, moved), wanted
        # Mostly the peak is the end, then mostly the memory.
        for top in (peak, 200 * peak):
            roof = min(top, operations * bandwidth)
            yield Call("attainable", operations, top, bandwidth), Real(roof)
    yield Call("arithmetic_intensity", 7, 2), Real(3.5)
    yield Call("arithmetic_intensity", 0, 2), Real(0)
    for case, number in (
        ((7, 0), 0),
        ((7, -3), -3),
        ((-5, 3), -5),
        ((7.5, -0.5), -0.5),
    ):
        yield Call("arithmetic_intensity", *case), Refuses(ValueError, (number,))


@promise("strides")
def _(rng):
    for _ in range(40):
        shape = tuple(int(n) for n in rng.integers(1, 9, rng.integers(1, 6)))
        itemsize = int(rng.choice([1, 2, 4, 8]))
        strides = np.empty(shape, f"V{itemsize}").strides
        # NumPy leaves open what the stride of an axis of one is.
        wanted = tuple(
            itemsize * int(np.prod(shape[n + 1 :])) for n in range(len(shape))
        )
        yield Call("byte_strides", shape, itemsize), Whole(wanted)
        index = tuple(int(n) for n in rng.integers(0, 9, len(shape)))
        for found in (strides, strides[::-1], (0, *strides[1:])):
            offset = sum(int(i) * int(s) for i, s in zip(index, found, strict=True))
            yield Call("byte_offset", index, tuple(found)), Whole(offset)


def images(rng, shape):
    """Yield an image of each kind that a task names, and some that lie elsewhere."""
    numbers = 3 * rng.normal(size=shape)
    yield numbers
    yield numbers.astype(np.float32)
    yield np.abs(numbers)
    yield -np.abs(numbers).astype(np.float32)
    yield rng.integers(-128, 128, shape).astype(np.int8)
    yield rng.integers(0, 256, shape).astype(np.uint8)
    yield rng.integers(-9999, 9999, shape)
    yield np.asfortranarray(numbers)
    yield numbers[:, :, ::-1, ::-1]
    yield np.ascontiguousarray(numbers.transpose(0, 1, 3, 2)).transpose(0, 1, 3, 2)


def convolved(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw), (kh, kw) = stride, padding, weight.shape[2:]
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    down, across = (padded.shape[2] - kh) // sh + 1, (padded.shape[3] - kw) // sw + 1
    out = np.zeros((len(x), len(weight), down, across))
    for u, v in np.ndindex(kh, kw):
        pixels = padded[:, :, u : u + down * sh : sh, v : v + across * sw : sw]
        out += np.einsum("bchw,oc->bohw", pixels, weight[:, :, u, v].astype(float))
    return out if bias is None else out + np.reshape(bias, (1, -1, 1, 1))


def cases(rng):
    for (image, kernel), (stride, padding) in zip(SHAPES, PAIRS, strict=True):
        for x in images(rng, image):
            yield x, 2 * rng.normal(size=kernel), stride, padding


def kernels_like(rng, weight):
    yield weight
    yield weight.astype(np.float32)
    yield rng.integers(-99, 99, weight.shape).astype(np.int8)


def near(wanted, dtype=None, part=1e-5):
    """Return numbers that may be off by so much of the largest."""
    return Numbers(wanted, dtype, atol=part * max(1, np.abs(wanted).max()))


def convolution(name, more=()):
    def promised(rng):
        for x, numbers, stride, padding in cases(rng):
            for weight in kernels_like(rng, numbers):
                bias = rng.normal(size=len(weight))
                whole = rng.integers(1, 9, len(weight))
                dtype = np.result_type(x, weight, np.float32)
                for b in (bias, bias.astype(np.float32), None, whole):
                    wanted = convolved(x, weight, b, stride, padding)
                    for last in more or ((),):
                        arguments = (x, weight, b, stride, padding, *last)
                        yield Call(name, *arguments), near(wanted, dtype)

    return promised


promise("inner-product")(convolution("conv2d_inner"))
promise("conv2d-matmul")(convolution("conv2d_forward"))


def cut(x, kernel_size, stride, padding):
    """Return the windows, one by one: (batch, channels, down, across, kh, kw)."""
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    down, across = (padded.shape[2] - kh) // sh + 1, (padded.shape[3] - kw) // sw + 1
    out = np.zeros((*x.shape[:2], down, across, kh, kw), x.dtype)
    for i, j in np.ndindex(down, across):
        rows, columns = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
        out[:, :, i, j] = padded[:, :, rows, columns]
    return out


def is_view(given, x, *window):
    """Return whether the windows share their pixels, and are those of the image."""
    seen = given.windows(x, *window)
    return seen, np.array(float(seen.size <= 1 or seen.base is not None))


@promise("windows")
def _(rng):
    for x, weight, stride, padding in cases(rng):
        window = weight.shape[2:], stride, padding
        wanted = cut(x, *window)
        yield Call("windows", x, *window), Numbers(wanted, x.dtype, 0, 0)
        yield Call(is_view, x, *window), (Numbers(wanted, x.dtype, 0, 0), Numbers(1.0))
        height, width = x.shape[2:]
        (ph, pw), (kh, kw) = padding, weight.shape[2:]
        exact = (height + 2 * ph, width + 2 * pw), stride, padding
        yield Call("windows", x, *exact), Numbers(cut(x, *exact), x.dtype, 0, 0)
        for large, size in (
            ((height + 2 * ph + 1, kw), height),
            ((kh, width + 2 * pw + 3), width),
        ):
            number = large[0] if size == height and large[0] > kh else large[1]
            yield (
                Call("windows", x, large, stride, padding),
                Refuses(ValueError, (number, size)),
            )


def rows_of(x, *window):
    seen = cut(x, *window).transpose(0, 2, 3, 1, 4, 5)
    return seen.reshape(np.prod(seen.shape[:3]), -1)


@promise("im2col")
def _(rng):
    for x, weight, stride, padding in cases(rng):
        window = weight.shape[2:], stride, padding
        yield Call("im2col", x, *window), Numbers(rows_of(x, *window), x.dtype, 0, 0)


def put_back(columns, x_shape, kernel_size, stride, padding):
    (batch, channels, height, width), (kh, kw) = x_shape, kernel_size
    (sh, sw), (ph, pw) = stride, padding
    down, across = (height + 2 * ph - kh) // sh + 1, (width + 2 * pw - kw) // sw + 1
    seen = columns.astype(float).reshape(batch, down, across, channels, kh, kw)
    out = np.zeros((batch, channels, height + 2 * ph, width + 2 * pw))
    for i, j in np.ndindex(down, across):
        out[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw] += seen[:, i, j]
    return out[:, :, ph : ph + height, pw : pw + width]


@promise("col2im")
def _(rng):
    for (shape, kernel), (stride, padding) in zip(SHAPES, PAIRS, strict=True):
        window = kernel[2:], stride, padding
        number = rows_of(np.zeros(shape), *window).shape
        for columns in images(rng, (1, 1, *number)):
            given = columns[0, 0]
            dtype = np.result_type(given, np.float32)
            wanted = put_back(given, shape, *window)
            yield Call("col2im", given, shape, *window), near(wanted, dtype)


def gradients(upstream, x, weight, stride, padding):
    (sh, sw), (ph, pw), (kh, kw) = stride, padding, weight.shape[2:]
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    grad_padded, grad_weight = np.zeros(padded.shape), np.zeros(weight.shape)
    for b, o, i, j in np.ndindex(upstream.shape):
        rows, columns = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
        one = float(upstream[b, o, i, j])
        grad_padded[b, :, rows, columns] += one * weight[o]
        grad_weight[o] += one * padded[b, :, rows, columns]
    height, width = x.shape[2:]
    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]
    return grad_x, grad_weight, upstream.astype(float).sum(axis=(0, 2, 3))


@promise("conv2d-backward")
def _(rng):
    for x, numbers, stride, padding in cases(rng):
        for weight in kernels_like(rng, numbers):
            shape = convolved(x, weight, None, stride, padding).shape
            upstream = rng.normal(size=shape)
            whole = rng.integers(-9, 9, shape)
            for given in (upstream, upstream.astype(np.float32), whole):
                dtype = np.result_type(given, np.float32)
                wanted = gradients(given, x, weight, stride, padding)
                yield (
                    Call("conv2d_backward", given, x, weight, stride, padding),
                    tuple(near(w, dtype) for w in wanted),
                )


@promise("blocks")
def _(rng):
    for _ in range(60):
        count, each, limit = (int(n) for n in rng.integers(1, 40, 3))
        ranges, start = [], 0
        while start < count:
            stop = start + 1
            while stop < count and (stop + 1 - start) * each <= limit:
                stop += 1
            ranges.append((start, stop))
            start = stop
        wanted = tuple(map(Whole, ranges))
        yield Call("blocks", count, each, limit), wanted
    yield Call("blocks", 0, 7, 20), ()
    yield Call("blocks", 5, 4, 4), tuple(Whole((n, n + 1)) for n in range(5))
    for case, number in (
        ((-3, 1, 1), -3),
        ((5, 0, 9), 0),
        ((5, -7, 9), -7),
        ((5, 7, 0), 0),
        ((5, 7, -2), -2),
    ):
        yield Call("blocks", *case), Refuses(ValueError, (number,))
    yield from convolution("conv2d_blocked", ((1 << 30,), (1,), (500,)))(rng)
    for images_, limit in ((1, 1), (2, 2 * 15 * 12 * 8 + 3), (7, 1 << 20)):
        x, weight = rng.normal(size=(7, 2, 5, 6)), rng.normal(size=(2, 2, 3, 2))
        yield Call(most_at_once, x, weight, limit), Whole(images_)


def most_at_once(given, x, weight, limit):
    """Return for how many images at a time the convolution is asked."""
    asked = []
    names = given.conv2d_blocked.__globals__
    right = names["conv2d_forward"]

    def noted(x, *rest):
        asked.append(len(x))
        return right(x, *rest)

    names["conv2d_forward"] = noted
    try:
        given.conv2d_blocked(x, weight, None, (1, 2), (1, 0), limit)
    finally:
        names["conv2d_forward"] = right
    return max(asked)


def transformed(matrix, tiles):
    return np.einsum("ij,...jk,lk->...il", matrix, tiles.astype(float), matrix)


TO_TILE = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], float)
TO_KERNEL = np.array([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]]) / 2
TO_OUTPUT = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], float)


def at_stride_1(name, kernels):
    def promised(rng):
        shapes = [(2, 3, 8, 11), (3, 2, 5, 6), (1, 1, 7, 9), (2, 4, 9, 8)]
        pairs = [(1, 2), (2, 0), (0, 0), (0, 1)]
        for shape, kernel, padding in zip(shapes, kernels, pairs, strict=True):
            for x in images(rng, shape):
                numbers = rng.normal(size=(4, shape[1], *kernel))
                for weight in kernels_like(rng, numbers):
                    wanted = convolved(x, weight, None, (1, 1), padding)
                    dtype = np.result_type(x, weight, np.float32)
                    yield Call(name, x, weight, padding), near(wanted, dtype, 3e-5)

    return promised


@promise("winograd")
def _(rng):
    for name, matrix, side in (
        ("winograd_kernel", TO_KERNEL, 3),
        ("winograd_input", TO_TILE, 4),
        ("winograd_output", TO_OUTPUT, 4),
    ):
        for shape in ((3, 2), (5, 1)) if side == 3 else ((), (3, 2), (2, 1, 3, 4)):
            for tiles in (
                rng.normal(size=(*shape, side, side)),
                rng.normal(size=(*shape, side, side)).astype(np.float32),
                rng.integers(-128, 128, (*shape, side, side)).astype(np.int8),
            ):
                yield Call(name, tiles), near(transformed(matrix, tiles))
    yield from at_stride_1("conv2d_winograd", 4 * [(3, 3)])(rng)


promise("fft")(at_stride_1("conv2d_fft", [(3, 2), (4, 5), (1, 1), (2, 7)]))


@promise("choose")
def _(rng):
    names = ["loops", "im2col", "matmul", "winograd", "fft"]
    for _ in range(80):
        seconds = {
            str(name): rng.integers(1, 30, rng.integers(1, 7)).astype(float).tolist()
            for name in rng.permutation(names)[: rng.integers(1, 6)]
        }
        medians = {name: statistics.median(v) for name, v in seconds.items()}
        yield Call("fastest", seconds), Same(min(medians, key=medians.get))
    yield Call("fastest", {}), Refuses(ValueError)
    yield Call("fastest", {"loops": [1.0], "fft": []}), Refuses(ValueError)
    yield Call("fastest", {"loops": []}), Refuses(ValueError)
