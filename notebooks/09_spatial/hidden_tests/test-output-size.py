from proctor.rubric import Rubric

rubric = Rubric(points=5)
rubric.forbids(lambda: output_size, "scipy", "sklearn")


def counted(size, kernel, stride, padding):
    return len(range(-padding, size + padding - kernel + 1, stride))


def counts(*cases):
    for case in cases:
        rubric.whole_number(output_size(*case), counted(*case))


def roughly_counts(*cases):
    """Ask for the numbers, or one less: the last window is asked for elsewhere."""
    for case in cases:
        found, wanted = output_size(*case), counted(*case)
        one_less = isinstance(found, int) and found == wanted - 1
        rubric.whole_number(wanted if one_less else found, wanted)


@rubric.check("stride 1: a window at every pixel where it still fits", points=0.5)
def _():
    size = int(rubric.rng.integers(20, 30))
    counts((size, 4, 1, 0), (size + 9, 7, 1, 0), (7, 6, 1, 0))


@rubric.check("stride: a window that would hang over the edge is left out", points=1.25)
def _():
    # One pixel is left over, then two: that tells rounding from counting what hangs.
    # A kernel of the image's own size is asked for where one that is larger is refused.
    size = 3 * int(rubric.rng.integers(6, 9)) + 5
    counts(*((size + extra, 4, 3, 0) for extra in range(3)), (6, 5, 4, 0), (6, 1, 5, 0))
    # No one stride is that of all layers.
    stride = int(rubric.rng.integers(5, 9))
    counts(*((4 * stride + 2 + extra, 2, stride, 0) for extra in range(stride)))


@rubric.check("padding: pixels are added on both sides", points=0.5)
def _():
    size = int(rubric.rng.integers(20, 30))
    # A kernel of twice the padding would hide it from the count.
    counts((size, 7, 1, 2), (size, 8, 1, 3), (2, 3, 1, 1))


@rubric.check("stride, padding and remainder together", points=0.75)
def _():
    size = int(rubric.rng.integers(20, 30))
    counts(*((size + extra, 5, 4, 3) for extra in range(4)))
    counts((11, 2, 3, 2), (10, 4, 3, 1), (2, 3, 2, 1), (9, 3, 2, 3))


@rubric.check("the number is an int", points=0.5)
def _():
    size = int(rubric.rng.integers(20, 30))
    roughly_counts((size, 4, 1, 0))
    rubric.integer(output_size(size, 4))


@rubric.check(
    "a kernel that does not fit, padding included, is a ValueError with the numbers",
    points=0.75,
)
def _():
    size, kernel = (int(rubric.rng.integers(n, n + 400)) for n in (100, 501))
    rubric.raises(ValueError, output_size, size, kernel, naming=(size, kernel))
    rubric.raises(ValueError, output_size, size, size + 5, 1, 2, naming=(size + 5,))
    # A quotient between -1 and 0 is no window either.
    rubric.raises(ValueError, output_size, size, size + 1, 3, naming=(size + 1,))
    rubric.raises(ValueError, output_size, size, size + 5, 3, 2, naming=(size + 5,))
    roughly_counts(*((size, size + 4 - more, 1, 2) for more in (0, 1, 5 + size // 50)))


@rubric.check("a number out of range is a ValueError that names it", points=0.75)
def _():
    fewer = -int(rubric.rng.integers(101, 999))
    for case in [(5, 0), (5, fewer), (5, 3, 0), (5, 3, fewer), (5_000, 3, 1, fewer)]:
        rubric.raises(ValueError, output_size, *case, naming=case[-1:])
    size = int(rubric.rng.integers(20, 300))
    roughly_counts((size, 1, 1, 0), (size, 3, 1, 0), (size, 3, 1, 1))


rubric.score()
