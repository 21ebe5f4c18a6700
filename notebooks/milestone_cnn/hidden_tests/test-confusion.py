from proctor.rubric import Rubric

rubric = Rubric(points=6)
rubric.forbids(lambda: confusion_matrix, "scipy", "sklearn")


def counted(labels, predictions, classes):
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (labels, predictions), 1)
    return matrix


def drawn(least, most):
    return int(rubric.rng.integers(least, most + 1))


def some_pairs(count, classes):
    labels, predictions = rubric.rng.integers(0, classes, (2, count))
    # The last class stands in both, and twice in one pair.
    labels[1:3], predictions[1:3] = classes - 1, classes - 1
    # A pair may be lost at either end: here it is a mistake.
    labels[[0, -1]], predictions[[0, -1]] = (1, 2), (2, 1)
    return labels, predictions


def pairs_once(classes):
    """Return pairs of which each comes once, and each mistake the other way as well.

    Of the mistakes one is between the first of the classes and the last, and one between
    the two behind the first.
    """
    one, other = np.triu_indices(classes, 1)
    always = [classes - 2, classes - 1]
    chosen = rubric.rng.permutation(np.delete(np.arange(len(one)), always))
    chosen = np.append(always[::-1], chosen[: len(one) // 2 - 1])
    own = np.array([0, rubric.rng.integers(1, classes - 1), classes - 1])
    labels = np.concatenate([one[chosen], own, other[chosen]])
    predictions = np.concatenate([other[chosen], own, one[chosen]])
    # What comes first and last is the mistake behind the first class, one way and the
    # other: whether an image at an end is left out is for others.
    last = len(chosen) + len(own)
    between = rubric.rng.permutation(np.delete(np.arange(len(labels)), [0, last]))
    order = np.concatenate([[0], between, [last]])
    return labels[order], predictions[order]


def fitted(found, classes):
    """Return a matrix with as many rows and columns: how many come is asked elsewhere."""
    found = np.asarray(found)
    if found.ndim != 2 or found.dtype.kind not in "iuf":
        return found
    found = found[:classes, :classes]
    more = [(0, classes - length) for length in found.shape]
    return np.pad(found, more)


def between_others(classes):
    """Return where mistakes stand in which the first class and the last have no part."""
    beside = ~np.eye(classes, dtype=bool)
    beside[[0, -1]] = beside[:, [0, -1]] = False
    return beside


def as_counts(found, wanted):
    """Return the counts in shares of all, of a row or a column, and in counts from 1.

    Whether they are counts is asked elsewhere.
    """
    found = np.asarray(found)
    if found.shape != wanted.shape or found.dtype.kind not in "iuf":
        return found
    more = found.sum() - wanted.sum(), np.trace(found) - np.trace(wanted)
    if more == (wanted.size, len(wanted)):
        return found - 1
    for axis in (None, 1, 0) if found.dtype.kind == "f" else ():
        sums = found.sum(axis=axis, keepdims=True)
        for whole in (1, 100):
            if np.all(np.isclose(sums, whole) | (sums == 0)) and sums.any():
                return found / whole * wanted.sum(axis=axis, keepdims=True)
    return found


# The first class and the last have their check below.
@rubric.check("right answers are counted on the diagonal", points=0.75)
def _():
    classes = drawn(5, 9)
    labels, predictions = some_pairs(40, classes)
    right, _ = some_pairs(30, classes)
    labels, predictions = np.append(labels, right), np.append(predictions, right)
    # Here it is right.
    labels[0] = predictions[0] = labels[-1] = predictions[-1] = 2
    wanted = counted(labels, predictions, classes)
    found = fitted(confusion_matrix(labels, predictions, classes), classes)
    found = as_counts(found, wanted)
    rubric.shape(found.shape, wanted.shape)
    inside = np.diagonal(wanted)[1:-1]
    rubric.close(np.diagonal(found)[1:-1], inside, rtol=0, atol=1e-9)


@rubric.check("mistakes: a row for the truth, a column for the prediction", points=2.5)
def _():
    # Nothing of an earlier call is counted again.
    same = drawn(6, 9)
    for count, classes in ((90, same), (50, same), (300, drawn(10, 15))):
        labels, predictions = some_pairs(count, classes)
        wanted = counted(labels, predictions, classes)
        found = fitted(confusion_matrix(labels, predictions, classes), classes)
        rubric.shape(found.shape, wanted.shape)
        beside = between_others(classes)
        rubric.close(found[beside], wanted[beside], rtol=0, atol=1e-9)


# Rows and columns are for the check above, and so is what comes more than once, or where
# mistakes go: those of the first class and the last are asked for where others are right.
@rubric.check(
    "each class has its row and its column, also one that never occurs", points=1.5
)
def _():
    there, before, behind = drawn(4, 6), drawn(3, 5), drawn(3, 5)
    for first, classes in ((0, there + behind), (before, before + there), (0, there)):
        labels, predictions = (array + first for array in pairs_once(there))
        wanted = counted(labels, predictions, classes)
        found = as_counts(confusion_matrix(labels, predictions, classes), wanted)
        rubric.shape(found.shape, wanted.shape)
        own = np.diagonal(wanted)
        if np.allclose(np.diagonal(found), own, rtol=0, atol=1e-9):
            rubric.close(np.diagonal(found), own, rtol=0, atol=1e-9)
            both = found + np.transpose(found), wanted + wanted.T
            others = between_others(classes)
            if np.allclose(both[0][others], both[1][others], rtol=0, atol=1e-9):
                rubric.close(*both, rtol=0, atol=1e-9)
        else:
            # A whole row that is missing looks otherwise than a column.
            rubric.close(found, wanted, rtol=0, atol=1e-9)


@rubric.check("the counts are whole numbers, and may be large", points=0.75)
def _():
    # One pair far more often than 255 times, and one as often the other way.
    labels = np.repeat([1, 1, 2], (rubric.rng.integers(400, 900), 30, 30))
    predictions = np.repeat([1, 2, 1], (len(labels) - 60, 30, 30))
    classes = drawn(4, 8)
    wanted = counted(labels, predictions, classes)
    found = confusion_matrix(labels, predictions, classes)
    rubric.close(fitted(found, classes), wanted, rtol=0, atol=1e-9)
    # Numbers in lists are counts as well.
    rubric.integer(np.asarray(found)[2, 1])


@rubric.check("labels and predictions are not modified", points=0.5)
def _():
    # The first class and the last have their check above.
    there = drawn(4, 6)
    classes = there + 2
    arrays = labels, predictions = [numbers + 1 for numbers in pairs_once(there)]
    wanted = counted(labels, predictions, classes)
    shared = [rubric.share(array) for array in arrays]
    for _again in range(2):
        found = fitted(confusion_matrix(*shared, classes), classes)
        found = as_counts(found, wanted)
        # Whether rows or columns are the truth is for the checks above.
        rubric.close(found + np.transpose(found), wanted + wanted.T)
        for array, original in zip(shared, arrays, strict=True):
            rubric.unchanged(array, original)


rubric.score()
