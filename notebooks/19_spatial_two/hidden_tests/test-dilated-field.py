from proctor.rubric import Rubric

rubric = Rubric(points=6)
rubric.forbids(lambda: dilated_field, "scipy", "sklearn")


def reached(layers):
    """Return how many pixels lie between the first and the last that one output sees."""
    first = last = 0
    for kernel, stride, dilation in reversed(layers):
        first, last = first * stride, last * stride + (kernel - 1) * dilation
    return last - first + 1


def is_right(*layers):
    rubric.whole_number(dilated_field(list(layers)), reached(layers))


def some(number):
    return rubric.rng.integers(3, 9, number).tolist()


@rubric.check("no layer: one pixel; one layer: its kernel", points=0.5)
def _():
    rubric.whole_number(dilated_field([]), 1)
    for kernel in some(2):
        is_right((kernel, 1, 1))
    rubric.integer(dilated_field([(3, 2, 2), (5, 1, 1)]))


@rubric.check("dilation: a kernel reaches over its gaps", points=1)
def _():
    for kernel, dilation in zip(some(3), some(3), strict=True):
        is_right((kernel, 1, dilation))


@rubric.check("stride 1: what the layers add is added up, gaps included", points=0.5)
def _():
    first, second, third, gap = some(4)
    is_right((first, 1, 1), (second, 1, 1), (third, 1, 1))
    is_right((first, 1, gap), (second, 1, 1), (third, 1, gap + 2))


@rubric.check("a stride makes the steps of the layers after it longer", points=1)
def _():
    first, second = some(2)
    is_right((first, 3, 1), (second, 1, 1))
    is_right((first, 4, 1), (second, 1, 1))


@rubric.check("a stride makes the gaps of the layers after it longer", points=0.5)
def _():
    first, second, gap = some(3)
    is_right((first, 3, 1), (second, 1, gap))


@rubric.check("the strides of all layers before are multiplied", points=1)
def _():
    first, second, third, fourth = some(4)
    is_right((first, 3, 1), (second, 4, 1), (third, 1, 1))
    is_right((first, 2, 1), (second, 3, 1), (third, 5, 1), (fourth, 1, 1))


@rubric.check("everything together, all layers different", points=0.5)
def _():
    first, second, third, gap = some(4)
    is_right((first, 2, gap), (1, 3, 5), (second, 1, 2), (third, 4, gap + 1), (2, 2, 3))


@rubric.check("a number below 1 is a ValueError that names it", points=0.75)
def _():
    fewer = -int(rubric.rng.integers(101, 999))
    for place in range(3):
        for number in (0, fewer):
            layer = [3, 1, 1]
            layer[place] = number
            layers = [(3, 1, 1), tuple(layer)]
            rubric.raises(ValueError, dilated_field, layers, naming=(number,))
    is_right((3, 1, 1), (1, 1, 1))


@rubric.check("the list of layers is not modified", points=0.25)
def _():
    layers = [(kernel, 2, 3) for kernel in some(3)]
    shared = rubric.share(layers)
    for _again in range(2):
        rubric.whole_number(dilated_field(shared), reached(layers))
        rubric.unchanged(shared, layers)


rubric.score()
