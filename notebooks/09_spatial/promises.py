"""What the tasks of module 09 promise, computed in float64 and by other means."""

import numpy as np

from proctor.bank.promises import Call, Numbers, Refuses, Same, Whole, promise

PAIRS = [((1, 1), (3, 2)), ((2, 3), (1, 2)), ((3, 1), (0, 0)), ((1, 2), (0, 1))]


def places(size, kernel, stride, padding):
    return len(range(-padding, size + padding - kernel + 1, stride))


@promise("output-size")
def _(rng):
    for _ in range(60):
        kernel, stride = (int(n) for n in rng.integers(1, 9, 2))
        padding = int(rng.integers(0, 5))
        size = max(kernel - 2 * padding, 0) + int(rng.integers(0, 30))
        wanted = Whole(places(size, kernel, stride, padding))
        yield Call("output_size", size, kernel, stride, padding), wanted
        if not padding:
            yield Call("output_size", size, kernel, stride), wanted
        yield (
            Call("output_size", size, kernel),
            Whole(places(size, kernel, 1, 0))
            if kernel <= size
            else Refuses(ValueError, (size, kernel)),
        )
        large = size + 2 * padding + int(rng.integers(1, 9))
        refused = Refuses(ValueError, (size, large))
        yield Call("output_size", size, large, stride, padding), refused
    for case in [(5, 0), (5, -3), (5, 3, 0), (5, 3, -2), (5, 3, 1, -1), (9, 3, 1, -3)]:
        yield Call("output_size", *case), Refuses(ValueError, (case[-1],))


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
    """Yield images, kernels and pairs, all lengths different."""
    shapes = [
        ((7, 3, 6, 9), (5, 3, 4, 2)),
        ((6, 2, 7, 5), (4, 2, 3, 1)),
        ((1, 1, 4, 4), (1, 1, 1, 1)),
        ((1, 4, 5, 6), (2, 4, 1, 3)),
    ]
    for (image, kernel), (stride, padding) in zip(shapes, PAIRS, strict=True):
        for x in images(rng, image):
            yield x, 2 * rng.normal(size=kernel), stride, padding


def kernels_like(weight):
    """Yield the kernel in float64 and in float32."""
    yield weight
    yield weight.astype(np.float32)


@promise("conv2d-forward")
def _(rng):
    for x, numbers, stride, padding in cases(rng):
        for weight in kernels_like(numbers):
            bias = rng.normal(size=len(weight))
            dtype = np.result_type(x, weight, np.float32)
            for b in (
                bias,
                bias.astype(np.float32),
                None,
                rng.integers(1, 9, len(weight)),
            ):
                wanted = convolved(x, weight, b, stride, padding)
                atol = 1e-5 * max(1, np.abs(wanted).max())
                yield (
                    Call("conv2d_forward", x, weight, b, stride, padding),
                    Numbers(wanted, dtype, atol=atol),
                )


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
        for weight in kernels_like(numbers):
            shape = convolved(x, weight, None, stride, padding).shape
            upstream = rng.normal(size=shape)
            for given in (upstream, upstream.astype(np.float32)):
                wanted = gradients(given, x, weight, stride, padding)
                yield (
                    Call("conv2d_backward", given, x, weight, stride, padding),
                    tuple(
                        Numbers(w, atol=1e-5 * max(1, np.abs(w).max())) for w in wanted
                    ),
                )


def layer(given, weight, bias, stride, padding, x, upstream):
    """Return what a layer with these numbers gives, forward and backward."""
    conv = given.Conv2d(
        weight.shape[1],
        len(weight),
        weight.shape[2:],
        stride,
        padding,
        bias is not None,
    )
    conv.weight.data = weight
    if bias is None:
        assert conv.bias is None
    else:
        conv.bias.data = bias
    image = given.Tensor(x, requires_grad=True)
    out = conv(image)
    out.backward(upstream)
    parameters = conv.parameters()
    grads = [p.grad for p in parameters]
    ours = [conv.weight] if bias is None else [conv.weight, conv.bias]
    assert len(parameters) == len(ours)
    assert all(p is own for p, own in zip(parameters, ours, strict=True))
    return (out.data, image.grad, *grads)


def beginning(given, seed, *arguments):
    """Return numbers that say how a layer starts, and what it says of itself."""
    from tinytorch.core.layers import manual_seed

    manual_seed(seed)
    one, two = (given.Conv2d(*arguments) for _ in range(2))
    manual_seed(seed)
    again = given.Conv2d(*arguments)
    weight = np.asarray(one.weight.data, float)
    scaled = weight / weight.std()
    # A normal variable's third and fourth moments.
    width = weight.std() / np.sqrt(2 / np.prod(weight.shape[1:]))
    moments = [scaled.mean(), np.abs(scaled).mean(), (scaled**4).mean()]
    repeated = np.array_equal(one.weight.data, again.weight.data)
    other = abs(np.corrcoef(weight.ravel(), np.ravel(two.weight.data))[0, 1])
    return (
        np.array([width, *moments]),
        np.array([float(repeated), float(other < 0.1), float(np.ptp(weight) > 0)]),
        weight.shape,
        np.zeros(len(weight)) if one.bias is None else np.array(one.bias.data),
        np.array([float(p.requires_grad) for p in one.parameters()]),
    )


@promise("conv2d-layer")
def _(rng):
    for x, weight, stride, padding in cases(rng):
        x, weight = x.astype(np.float32), weight.astype(np.float32)
        for bias in (rng.normal(size=len(weight)).astype(np.float32), None):
            out = convolved(x, weight, bias, stride, padding)
            upstream = rng.normal(size=out.shape).astype(np.float32)
            grads = gradients(upstream, x, weight, stride, padding)
            wanted = (out, *grads[: 2 if bias is None else 3])
            yield (
                Call(layer, weight, bias, stride, padding, x, upstream),
                tuple(Numbers(w, atol=1e-5 * max(1, np.abs(w).max())) for w in wanted),
            )
        wrong = weight.shape[1] + 1
        for shape in ((1, wrong, 9, 9), (weight.shape[1], 9, 9)):
            yield (
                Call(
                    lambda g, w, s: g.Conv2d(w.shape[1], 2, 1)(_image(g, s)),
                    weight,
                    shape,
                ),
                Refuses(ValueError, shape),
            )
    for ins, outs, kernel, pair in ((24, 64, (3, 5), (3, 5)), (16, 90, 5, (5, 5))):
        for bias in (True, False):
            yield (
                Call(beginning, int(rng.integers(999)), ins, outs, kernel, 1, 0, bias),
                (
                    Numbers([1, 0, np.sqrt(2 / np.pi), 3], rtol=0.08, atol=0.03),
                    Numbers([1, 1, 1]),
                    Whole((outs, ins, *pair)),
                    Numbers(np.zeros(outs)),
                    Numbers([1, 1] if bias else [1]),
                ),
            )


def _image(given, shape):
    return given.Tensor(np.zeros(shape))


def window_cases(rng):
    shapes = [(2, 3, 8, 11), (3, 2, 7, 9), (1, 1, 6, 5), (1, 2, 9, 8), (1, 2, 5, 7)]
    windows = [
        ((3, 5), (2, 3), (1, 2)),
        ((4, 2), (3, 1), (2, 1)),
        ((2, 2), (2, 2), (0, 0)),
        ((1, 3), (1, 2), (0, 1)),
        ((3, 5), (1, 1), (1, 2)),
    ]
    for shape, window in zip(shapes, windows, strict=True):
        for x in images(rng, shape):
            yield x, *window


def cut(x, i, j, kernel_size, stride, padding):
    """Return where a window begins and ends in the image."""
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    top, left = i * sh - ph, j * sw - pw
    return slice(max(top, 0), top + kh), slice(max(left, 0), left + kw)


def out_shape(x, *window):
    sizes = zip(x.shape[2:], *window, strict=True)
    return (*x.shape[:2], *(places(s, k, st, p) for s, k, st, p in sizes))


def largest(x, *window):
    out = np.zeros(out_shape(x, *window))
    for b, c, i, j in np.ndindex(out.shape):
        out[b, c, i, j] = x[b, c][cut(x, i, j, *window)].max()
    return out


def mean(x, *window):
    out, area = np.zeros(out_shape(x, *window)), np.prod(window[0])
    for b, c, i, j in np.ndindex(out.shape):
        out[b, c, i, j] = x[b, c][cut(x, i, j, *window)].astype(float).sum() / area
    return out


def back(x, upstream, winner, *window):
    grad, area = np.zeros(x.shape), np.prod(window[0])
    for b, c, i, j in np.ndindex(upstream.shape):
        rows, columns = cut(x, i, j, *window)
        here = grad[b, c, rows, columns]
        if winner:
            place = int(np.argmax(x[b, c, rows, columns]))
            here[divmod(place, here.shape[1])] += upstream[b, c, i, j]
        else:
            here += upstream[b, c, i, j] / area
    return grad


def pooling(name, right):
    def promised(rng):
        for x, *window in window_cases(rng):
            dtype = np.result_type(x, np.float32)
            yield Call(name, x, *window), Numbers(right(x, *window), dtype)

    return promised


def pooling_backward(name, winner):
    def promised(rng):
        for x, *window in window_cases(rng):
            ties = np.round(x / 4).astype(x.dtype)
            for image in (x, ties):
                upstream = rng.normal(size=out_shape(x, *window))
                for given in (upstream, upstream.astype(np.float32)):
                    wanted = Numbers(back(image, given, winner, *window))
                    yield Call(name, given, image, *window), wanted

    return promised


promise("max-pool2d-forward")(pooling("max_pool2d_forward", largest))
promise("avg-pool2d-forward")(pooling("avg_pool2d_forward", mean))
promise("max-pool2d-backward")(pooling_backward("max_pool2d_backward", True))
promise("avg-pool2d-backward")(pooling_backward("avg_pool2d_backward", False))


@promise("cost")
def _(rng):
    for _ in range(40):
        ins, outs, batch, kh, kw = (int(n) for n in 1 + rng.permutation(9)[:5])
        weights = outs * ins * kh * kw
        square = outs * ins * kh * kh
        yield Call("count_parameters", ins, outs, (kh, kw)), Whole(weights + outs)
        yield Call("count_parameters", ins, outs, (kh, kw), False), Whole(weights)
        yield Call("count_parameters", ins, outs, kh, bias=False), Whole(square)
        height, width = (int(n) for n in rng.integers(20, 300, 2))
        stride, padding = ([int(n) for n in rng.integers(1, 5, 2)] for _ in range(2))
        shape = (batch, ins, height, width)
        for k, s, p in (
            ((kh, kw), tuple(stride), tuple(padding)),
            (kh, stride[0], padding[0]),
        ):
            pairs = zip(
                (height, width),
                *(v if type(v) is tuple else (v, v) for v in (k, s, p)),
                strict=True,
            )
            down, across = (places(*each) for each in pairs)
            taps = kh * kw if type(k) is tuple else kh * kh
            macs = batch * outs * down * across * ins * taps
            yield Call("count_macs", shape, outs, k, s, p), Whole(macs)
        down, across = places(height, kh, 1, 0), places(width, kh, 1, 0)
        yield Call("count_macs", shape, outs, kh), Whole(batch * down * across * square)
        lengths = tuple(int(n) for n in rng.integers(1, 99, rng.integers(1, 6)))
        number = int(np.prod(lengths, dtype=object))
        yield Call("activation_bytes", lengths), Whole(4 * number)
        yield Call("activation_bytes", lengths, 8), Whole(8 * number)
    yield (
        Call("activation_bytes", (4096, 512, 224, 224)),
        Whole(4 * 4096 * 512 * 224**2),
    )
    macs = 256 * 512 * 512 * 222 * 222 * 9
    yield Call("count_macs", (256, 512, 224, 224), 512, 3), Whole(macs)


@promise("receptive-field")
def _(rng):
    for number in range(40):
        layers = [(int(k), int(s)) for k, s in rng.integers(1, 7, (number % 6, 2))]
        first = last = 0
        for kernel, stride in reversed(layers):
            first, last = first * stride, last * stride + kernel - 1
        yield Call("receptive_field", layers), Whole(last - first + 1)


def answer(given, number):
    """Return an answer as whole numbers, of whatever type they are."""
    found = getattr(given, f"q{number}")
    if np.ndim(found) == 0:
        return int(found) if found == int(found) else found
    return tuple(int(each) if each == int(each) else each for each in found)


@promise("check-understanding")
def _(rng):
    right = (32, 64, 64, 64), 1_792, 3_699_376_128, 822_083_584, 12
    for number, wanted in enumerate(right, 1):
        yield Call(answer, number), Same(wanted)
