from proctor.rubric import Rubric

rubric = Rubric(points=8)
rubric.forbids(lambda: conv_cost, "scipy", "sklearn")
rubric.forbids(lambda: separable_cost, "scipy", "sklearn")


def places(image, kernel_size, stride, padding):
    count = 1
    for n, k, s, p in zip(image[1:], kernel_size, stride, padding, strict=True):
        count *= len(range(-p, n + p - k + 1, s))
    return count


def full(image, outs, kernel_size, stride, padding, groups):
    weights = outs * image[0] * int(np.prod(kernel_size)) // groups
    return weights, weights * places(image, kernel_size, stride, padding)


def split(image, outs, kernel_size, stride, padding):
    weights = image[0] * (int(np.prod(kernel_size)) + outs)
    return weights, weights * places(image, kernel_size, stride, padding)


def some(number, least=11):
    return rubric.rng.permutation(np.arange(least, least + 12))[:number].tolist()


def counts(which, *layer):
    wanted = full(*layer)
    rubric.whole_number(conv_cost(*layer)[which], wanted[which])


def halves(which, *layer):
    got, wanted = separable_cost(*layer), split(*layer)
    # A mistake in one number costs that one; two pairs that are joined cost both.
    rubric.whole_number(len(got), 2, saying="not two numbers")
    rubric.whole_number(got[which], wanted[which])


@rubric.check("weights: each pair of channels has a kernel, of any axes", points=1)
def _():
    ins, outs, size, other = some(4)
    counts(0, (ins, size), outs, (4,), (1,), (0,), 1)
    counts(0, (ins, size, other), outs, (4, 3), (2, 1), (1, 0), 1)


@rubric.check("weights: with groups, a kernel sees a part of the channels", points=1)
def _():
    ins, outs, size = some(3)
    counts(0, (3 * ins, size), 3 * outs, (4,), (1,), (0,), 3)
    counts(0, (ins, size), ins, (4,), (1,), (0,), ins)


# With 1 channel before and behind, and a kernel of 1, there is a step for each place.
@rubric.check("steps: one for each weight at each place, of all axes", points=1.5)
def _():
    ins, outs, size, other = some(4)
    counts(1, (1, size), 1, (1,), (1,), (0,), 1)
    counts(1, (ins, size), outs, (4,), (1,), (0,), 1)
    # A square: how many numbers a kernel has is for the weights.
    counts(1, (ins, size, other), outs, (4, 4), (1, 1), (0, 0), 1)


@rubric.check("steps: stride, padding and remainders, each axis its own", points=1)
def _():
    size, other, third = some(3)
    for more in range(3):
        counts(1, (1, size + more), 1, (2,), (3,), (1,), 1)
    counts(1, (1, size, other, third), 1, (3, 2, 1), (2, 1, 3), (1, 0, 2), 1)


@rubric.check("steps: with groups, fewer", points=0.5)
def _():
    ins, outs, size = some(3)
    counts(1, (3 * ins, size), 3 * outs, (4,), (1,), (0,), 3)


@rubric.check("separable: the weights of both halves", points=1.25)
def _():
    ins, outs, size, other = some(4)
    halves(0, (ins, size), outs, (4,), (1,), (0,))
    halves(0, (ins, size, other), outs, (4, 3), (2, 1), (1, 0))


@rubric.check("separable: the steps of both halves, at the places behind", points=1.25)
def _():
    ins, outs, size, other = some(4)
    halves(1, (ins, size), outs, (4,), (1,), (0,))
    halves(1, (ins, size, other), outs, (4, 4), (2, 3), (1, 0))


@rubric.check("large counts, as ints", points=0.5)
def _():
    size, outs = some(2, 300)
    layer = (512, size, size), 4 * outs, (3, 3), (1, 1), (1, 1)
    for which in (0, 1):
        counts(which, *layer, 1)
        halves(which, *layer)
    rubric.integer(conv_cost(*layer, 1)[1])
    rubric.integer(separable_cost(*layer)[1])


rubric.score()
