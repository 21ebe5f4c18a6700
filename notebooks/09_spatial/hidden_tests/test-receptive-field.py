from proctor.rubric import Rubric

rubric = Rubric(points=5)
rubric.forbids(lambda: receptive_field, "scipy", "sklearn")


def reached(layers):
    """Return how many pixels lie between the first and the last that one output sees."""
    first = last = 0
    for kernel, stride in reversed(layers):
        first, last = first * stride, last * stride + kernel - 1
    return last - first + 1


def is_right(*layers):
    rubric.whole_number(receptive_field(list(layers)), reached(layers))


def kernels(number):
    """Return different odd numbers: even ones are for checks of their own."""
    return rubric.rng.choice([3, 5, 7, 9, 11], number, replace=False).tolist()


@rubric.check("no layer: one pixel; one layer: its kernel", points=0.5)
def _():
    rubric.whole_number(receptive_field([]), 1)
    rubric.integer(receptive_field([(3, 2), (5, 1)]))
    # A kernel of 2 would make the number of layers and one more right, too.
    is_right((*kernels(1), 1))
    # Nor is it the kernel of the first layer, the last or the largest.
    is_right(*((kernel, 1) for kernel in kernels(2)))


@rubric.check("stride 1: each kernel adds its size less one", points=0.75)
def _():
    for number in (2, 3, 5):
        is_right(*((kernel, 1) for kernel in kernels(number)))


@rubric.check("a stride makes the steps of the layers after it longer", points=0.75)
def _():
    first, second = kernels(2)
    is_right((first, 3), (second, 1))
    is_right((first, 4), (second, 1))


@rubric.check("the strides of all layers before are multiplied", points=0.5)
def _():
    first, second, third, fourth = kernels(4)
    is_right((first, 3), (second, 4), (third, 1))
    is_right((first, 2), (second, 3), (third, 5), (fourth, 1))


@rubric.check("a layer's own stride, and that of the last, adds nothing", points=0.5)
def _():
    first, second = kernels(2)
    is_right((first, 3))
    is_right((first, 1), (second, 4))


@rubric.check("a kernel of 1 sees no further, but its stride counts", points=0.25)
def _():
    (kernel,) = kernels(1)
    is_right((1, 1), (kernel, 1))
    is_right((1, 3), (kernel, 1))


@rubric.check("a kernel of an even size", points=0.75)
def _():
    (kernel,) = kernels(1)
    is_right((kernel + 1, 1))
    is_right((4, 1), (kernel, 1), (kernel + 1, 1))


@rubric.check("everything together, all layers different", points=0.5)
def _():
    first, second, third = kernels(3)
    is_right((first, 2), (1, 3), (second, 1), (third, 4), (2, 2), (3, 1))


@rubric.check("the list of layers is not modified", points=0.5)
def _():
    # How far strides reach has its own checks.
    layers = [(kernel, 1) for kernel in kernels(3)]
    shared = rubric.share(layers)
    for _again in range(2):
        rubric.whole_number(receptive_field(shared), reached(layers))
        rubric.unchanged(shared, layers)


rubric.score()
