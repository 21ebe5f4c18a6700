from proctor.rubric import Rubric

rubric = Rubric(points=6)
rubric.forbids(lambda: confusion_matrix, "scipy", "sklearn")


def counted(labels, predictions, classes):
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (labels, predictions), 1)
    return matrix


def some_pairs(count, classes):
    labels, predictions = rubric.rng.integers(0, classes, (2, count))
    # The last class stands in both, and twice in one pair.
    labels[-2:], predictions[-2:] = classes - 1, classes - 1
    return labels, predictions


def pairs_once(classes):
    """Return pairs of which each comes once, and each mistake the other way as well."""
    one, other = np.triu_indices(classes, 1)
    chosen = rubric.rng.permutation(len(one))[: len(one) // 2 + 1]
    own = np.append(rubric.rng.permutation(classes - 1)[:2], classes - 1)
    labels = np.concatenate([one[chosen], other[chosen], own])
    predictions = np.concatenate([other[chosen], one[chosen], own])
    order = rubric.rng.permutation(len(labels))
    return labels[order], predictions[order]


def is_right(labels, predictions, classes):
    wanted = counted(labels, predictions, classes)
    found = confusion_matrix(labels, predictions, classes)
    rubric.close(found, wanted, rtol=0, atol=1e-9)


@rubric.check("right answers are counted on the diagonal", points=1.5)
def _():
    labels, predictions = some_pairs(40, 5)
    right, _ = some_pairs(30, 5)
    labels, predictions = np.append(labels, right), np.append(predictions, right)
    wanted = counted(labels, predictions, 5)
    found = np.asarray(confusion_matrix(labels, predictions, 5))
    rubric.shape(found.shape, wanted.shape)
    rubric.close(np.diagonal(found), np.diagonal(wanted), rtol=0, atol=1e-9)


@rubric.check("mistakes: a row for the truth, a column for the prediction", points=2)
def _():
    # Nothing of an earlier call is counted again.
    for count in (90, 50):
        labels, predictions = some_pairs(count, 6)
        wanted = counted(labels, predictions, 6)
        found = np.asarray(confusion_matrix(labels, predictions, 6))
        rubric.shape(found.shape, wanted.shape)
        beside = ~np.eye(6, dtype=bool)
        rubric.close(found[beside], wanted[beside], rtol=0, atol=1e-9)


# Rows and columns are for the check above, and what comes more than once.
@rubric.check("a class that never occurs has its row and its column", points=1.25)
def _():
    labels, predictions = pairs_once(4)
    is_right(labels, predictions, 7)
    is_right(labels + 2, predictions + 2, 9)


@rubric.check("the counts are whole numbers, and may be large", points=0.75)
def _():
    # One pair far more often than 255 times, and one as often the other way.
    labels = np.repeat([0, 0, 1], (rubric.rng.integers(400, 900), 30, 30))
    predictions = np.repeat([0, 1, 0], (len(labels) - 60, 30, 30))
    is_right(labels, predictions, 2)
    # Numbers in lists are counts as well.
    rubric.integer(np.asarray(confusion_matrix(labels, predictions, 2))[1, 0])


@rubric.check("labels and predictions are not modified", points=0.5)
def _():
    arrays = labels, predictions = pairs_once(5)
    wanted = counted(labels, predictions, 5)
    shared = [rubric.share(array) for array in arrays]
    for _again in range(2):
        found = confusion_matrix(*shared, 5)
        # Whether rows or columns are the truth is for the checks above.
        rubric.close(found + np.transpose(found), wanted + wanted.T)
        for array, original in zip(shared, arrays, strict=True):
            rubric.unchanged(array, original)


rubric.score()
