from proctor.rubric import Rubric

rubric = Rubric(points=3)
rubric.forbids(lambda: fastest, "scipy", "sklearn")

NAMES = ("loops", "im2col", "matmul", "winograd", "fft")


def chosen(got, order):
    """Return the name that an answer begins with, or whose place it is."""
    if isinstance(got, (tuple, list)) and got:
        got = got[0]
    is_place = isinstance(got, int) and 0 <= got < len(order)
    return order[got] if is_place else got


def is_right(*measured, names=None, alone=False, unit=1.0):
    """Compare the place of the name among the names with the one that is wanted.

    Parameters
    ----------
    alone
        Whether the name is wanted, and nothing beside it.
    unit
        In which the measurements are, in seconds.
    """
    measured = [[unit * number for number in numbers] for numbers in measured]
    medians = [float(np.median(seconds)) for seconds in measured]
    wanted = medians.index(min(medians))
    orders = [names]
    if names is None:
        # None wins by what it is called: it stands at a place, and at the one opposite.
        drawn = sorted(rubric.rng.permutation(NAMES).tolist()[: len(measured)])
        orders = [drawn, drawn[::-1]]
    for order in orders:
        places = {name: place for place, name in enumerate(order)}
        got = fastest(dict(zip(order, measured, strict=True)))
        got = got if alone else chosen(got, order)
        rubric.whole_number(
            places.get(got, -1), wanted, saying="another name was wanted"
        )


def is_right_anywhere(*measured):
    """Let each of the measurements be the first once: no place is always right."""
    for turn in range(len(measured)):
        is_right(*measured[turn:], *measured[:turn])


def around(middle, spread=0.1):
    """Return five measurements, in any order, around a median."""
    below, above = rubric.rng.uniform(0.01, spread, (2, 2))
    seconds = [middle, *(middle - below), *(middle + above)]
    return rubric.rng.permutation(seconds).tolist()


@rubric.check("the smallest of the medians wins, wherever it stands", points=1.25)
def _():
    # First, last, slowest, and the first by name: each would be another place.
    names = ("loops", "matmul", "im2col", "fft", "winograd")
    asked = {"alone": True, "unit": 1e-3}
    is_right(*map(around, [3.0, 7.0, 2.0, 5.0, 6.0]), names=names, **asked)
    for place in (2, 0, 3):
        middles = [3.0, 5.0, 4.0, 6.0]
        middles[place] = 2.0
        is_right(*map(around, middles), **asked)
    # One slow run: the mean would take the other.
    is_right([4.0, 4.1, 4.2], [3.0, 60.0, 3.1], **asked)
    # Two of five.
    is_right([4.0] * 5, [1.0, 2.0, 3.0, 90.0, 91.0], **asked)


@rubric.check("one lucky run does not decide", points=0.5)
def _():
    is_right_anywhere([0.5, 4.0, 4.1], [3.1, 3.0, 3.2], [2.9, 5.0, 5.1])


@rubric.check("an even number of measurements: between the middle two", points=0.5)
def _():
    # With the upper of the two the second would win, then with the lower one.
    is_right_anywhere([3.0, 1.0, 2.0, 4.0], [2.9, 2.8, 2.7, 2.6])
    is_right_anywhere([2.9, 2.8, 2.7, 2.6], [2.4, 9.0, 2.3, 3.4])


@rubric.check("of equal medians the first wins", points=0.25)
def _():
    for names in (("fft", "im2col", "loops"), ("loops", "matmul", "fft")):
        is_right([5.0], [2.0], [2.0], names=names)
        is_right([2.0, 1.0, 3.0], [5.0], [4.0, 2.0, 0.0], names=names)


@rubric.check("nothing to choose from is a ValueError", points=0.5)
def _():
    rubric.raises(ValueError, fastest, {})
    for place in range(3):
        measured = [[3.0], [1.0, 2.0], [2.0, 4.0]]
        measured[place] = []
        names = rubric.rng.permutation(NAMES).tolist()
        rubric.raises(ValueError, fastest, dict(zip(names, measured, strict=False)))
    is_right([5.0], [2.0])
    is_right([2.0], [5.0])


rubric.score()
