from proctor.rubric import Rubric

rubric = Rubric(points=5)
rubric.forbids(lambda: arithmetic_intensity, "scipy", "sklearn")
rubric.forbids(lambda: attainable, "scipy", "sklearn")


def some(number):
    return rubric.rng.uniform(2, 90, number).tolist()


@rubric.check("arithmetic_intensity: operations for each byte", points=1)
def _():
    rubric.close(arithmetic_intensity(7, 2), 3.5)
    operations, moved = rubric.rng.integers(1_000, 9_000, 2).tolist()
    rubric.close(arithmetic_intensity(operations, moved), operations / moved)


@rubric.check(
    "arithmetic_intensity: 0 bytes or fewer: a ValueError names them", points=1
)
def _():
    operations = int(rubric.rng.integers(6, 99))
    rubric.close(arithmetic_intensity(operations, 0.5), 2 * operations)
    rubric.raises(ValueError, arithmetic_intensity, 6, 0, naming=(0,))
    fewer = -int(rubric.rng.integers(101, 999))
    rubric.raises(ValueError, arithmetic_intensity, 6, fewer, naming=(fewer,))


@rubric.check(
    "arithmetic_intensity: fewer than 0 operations: a ValueError names them",
    points=0.5,
)
def _():
    operations, moved = some(2)
    rubric.close(arithmetic_intensity(0, moved), 0)
    rubric.close(arithmetic_intensity(operations, moved), operations / moved)
    fewer = -int(rubric.rng.integers(101, 999))
    rubric.raises(ValueError, arithmetic_intensity, fewer, 5, naming=(fewer,))


@rubric.check("attainable: few operations for each byte: memory is the limit", points=1)
def _():
    # On both sides of 1 first, and below the bandwidth: none of these is the corner.
    bandwidth, share = some(2)
    for intensity in (1 / (1 + share), (1 + bandwidth) / 2):
        rubric.close(attainable(intensity, 1e6, bandwidth), intensity * bandwidth)
    for bandwidth, intensity in (sorted(some(2)), sorted(some(2))):
        rubric.close(attainable(intensity, 1e6, bandwidth), intensity * bandwidth)


# And few of them not: else the peak that is given would do.
@rubric.check("attainable: many operations for each byte: arithmetic is", points=0.75)
def _():
    # Whole numbers: whether fractions are kept is for the other two, as is where the
    # corner lies: a quarter is below it, whichever quotient of the two is taken.
    for _again in range(2):
        peak, quarter = rubric.rng.integers([41, 10], [80, 20]).tolist()
        rubric.close(attainable(1e6, peak, 4 * quarter), peak)
        rubric.close(attainable(0.25, peak, 4 * quarter), quarter)


@rubric.check("attainable: on both sides of the ridge, and on it", points=0.75)
def _():
    peak, bandwidth = some(2)
    # A ridge far below 1 first: its reciprocal is on the other side of all of these.
    for speed in (4 * peak, bandwidth):
        ridge = peak / speed
        for part in (0.25, 0.9, 1.0, 1.1, 4.0):
            wanted = peak * part if part < 1 else peak
            rubric.close(attainable(ridge * part, peak, speed), wanted)


rubric.score()
