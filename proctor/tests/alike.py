"""Answers that are alike, and answers that are not, for tests of likeness."""

ONE = """\
def double(x):
    if x.size == 0:
        raise ValueError("no numbers")
    result = np.empty_like(x)
    for place in np.ndindex(x.shape):
        result[place] = x[place] * 2
    return result

def helper(values):
    return [value for value in values if value > 0]
"""
# Renamed, reordered, commented, annotated, laid out anew.
SAME = """\
# all my own work
def keep(numbers: list) -> list:
    "Of a list."
    return [n for n in numbers
            if n > 0]

def double(array):
    if (array.size == 0): raise ValueError('there is nothing')
    out = np.empty_like(array)
    for where in np.ndindex(array.shape):
        out[where] = (array[where] * 2)
    return out
"""
OTHER = """\
def double(x):
    if not len(x.ravel()):
        raise ValueError("nothing to double")
    return np.add(x, x, dtype=x.dtype)
"""
# Two tasks that few can have alike by chance.
TWO = "def total(x):\n" + "    for i in range(len(x)):\n        x[i] -= x[i] ** 2\n" * 4
