from proctor.rubric import Rubric

rubric = Rubric(points=5)


def given(read):
    # An unwritten cell leaves no name behind.
    try:
        answer = read()
    except NameError:
        answer = None
    assert answer is not None, "not answered"
    return answer


def places(size, kernel, stride, padding):
    return len(range(-padding, size + padding - kernel + 1, stride))


@rubric.check("q1: the shape of the result", points=1)
def _():
    side = places(128, 5, 2, 2)
    rubric.close(given(lambda: q1), [32, 64, side, side], rtol=0, atol=0)


@rubric.check("q2: how many numbers are trained", points=1)
def _():
    rubric.whole_number(given(lambda: q2), 64 * 3 * 3 * 3 + 64)


@rubric.check("q3: how many multiply-accumulate steps", points=1)
def _():
    side = places(56, 3, 1, 1)
    rubric.whole_number(given(lambda: q3), 16 * 128 * side * side * 64 * 3 * 3)


@rubric.check("q4: how many bytes the result takes", points=1)
def _():
    side = places(224, 7, 2, 3)
    rubric.whole_number(given(lambda: q4), 64 * 256 * side * side * 4)


@rubric.check("q5: how many pixels wide one output sees", points=1)
def _():
    width = 1
    for kernel, stride in reversed([(3, 1), (2, 2), (3, 1), (3, 1)]):
        width = (width - 1) * stride + kernel
    rubric.whole_number(given(lambda: q5), width)


rubric.score()
