from proctor.rubric import Rubric

rubric = Rubric(points=5)
rubric.forbids(lambda: byte_strides, "scipy", "sklearn")
rubric.forbids(lambda: byte_offset, "scipy", "sklearn")


def some(number):
    """Return so many lengths, all different."""
    return tuple((2 + rubric.rng.permutation(17)[:number]).tolist())


def strides_of(shape, itemsize):
    # NumPy's own, of an array of so many bytes each.
    return list(np.empty(shape, f"V{itemsize}").strides)


def strides_are_right(shape, itemsize):
    wanted = strides_of(shape, itemsize)
    rubric.close(byte_strides(shape, itemsize), wanted, rtol=0, atol=0)


def offset_is_right(index, strides):
    wanted = int(np.dot(index, strides))
    rubric.whole_number(byte_offset(index, strides), wanted)


@rubric.check("byte_strides: one axis: from a number to the next", points=0.75)
def _():
    (length,) = some(1)
    strides_are_right((length,), 8)
    strides_are_right((length,), 4)
    # Of two axes alike, whichever comes first.
    found = np.sort(np.asarray(byte_strides((length, length), 4), float))
    rubric.close(found, [4, 4 * length], rtol=0, atol=0)


# Counted in steps of the last axis, and of numbers of one byte: whether their size is
# counted does not matter.
def steps_are_right(number):
    shape = some(number)
    wanted = strides_of(shape, 1)
    found = np.asarray(byte_strides(shape, 1), float)
    rubric.shape(found.shape, (number,))
    rubric.close(found / (found[-1] or 1), wanted, rtol=0, atol=1e-9)


@rubric.check("byte_strides: an axis steps over the one behind it", points=0.25)
def _():
    for _again in range(2):
        steps_are_right(2)


@rubric.check("byte_strides: of more axes, over all that lie behind it", points=1)
def _():
    steps_are_right(3)
    steps_are_right(4)


@rubric.check("byte_strides: every axis counts bytes, not numbers", points=0.5)
def _():
    shape = some(2)
    for itemsize in (2, 4, 8):
        strides_are_right(shape, itemsize)


@rubric.check("byte_offset: so many steps along each axis, added up", points=1.5)
def _():
    for number in (1, 2, 4):
        offset_is_right(some(number), strides_of(some(number), 4))


@rubric.check("byte_offset: the strides of a transposed array, and of 0", points=0.5)
def _():
    first, second, third = strides_of(some(3), 8)
    offset_is_right(some(3), (third, first, second))
    offset_is_right(some(4), (second, 0, third, first))


@rubric.check("both together: an index finds its number in the memory", points=0.5)
def _():
    shape = some(4)
    memory = rubric.rng.permutation(np.prod(shape)).astype(np.int32)
    array = memory.reshape(shape)
    for _again in range(3):
        index = tuple(rubric.rng.integers(shape).tolist())
        offset = byte_offset(index, byte_strides(shape, 4))
        place = np.flatnonzero(memory == array[index])
        rubric.whole_number(offset, 4 * int(place[0]))
    rubric.integer(offset)


rubric.score()
