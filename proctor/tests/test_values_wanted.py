"""Plain tests that the author answers with values: an object in place of one.

Where the author's own answers are objects, those of a student are asked as in one
kernel.
"""

import pytest

from proctor.tests.grading import grade, grader_of, hand_in, write_course
from proctor.tests.tiny import cell

RIGHT = """\
import numpy as np

def root(n):
    return n ** 0.5

def solve(a, b):
    return np.linalg.solve(a, b)

def inverse(a):
    return np.linalg.inv(a)

def squares(n):
    return [i * i for i in range(n)]

def add(one, other):
    return one + other

class Pair:
    def __init__(self, one, other):
        self.one, self.other = one, other

    def __add__(self, pair):
        return Pair(self.one + pair.one, self.other + pair.other)

    def __mul__(self, pair):
        return self.one * pair.one + self.other * pair.other

    def swapped(self):
        return Pair(self.other, self.one)

    def __len__(self):
        return 2"""
A = "a, b = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([3.0, 5.0])\n"
TESTS = {
    "power": "assert abs(root(7) ** 2 - 7) < 1e-9",
    "product": "r = root(7)\nassert abs(r * r - 7) < 1e-9",
    "times": "assert abs(root(9) * 2 + 1 - 7) < 1e-9",
    "sum": "assert add(4, 5) + 1 == 10",
    "matrix": f"{A}assert np.allclose(a @ solve(a, b), b)",
    "matrices": f"{A}assert np.allclose(inverse(a) @ a, np.eye(2))",
    "text": "assert str(root(9) - 3) == '0.0'",
    "method": f"{A}assert solve(a, b).shape == (2,)\nassert solve(a, b).min() > 0.7",
    "lengths": "s = squares(2)\nassert len(s) == 2\n"
    "assert all(a == b for a, b in zip(s, [0, 1]))",
    "places": "s = squares(2)\nassert len(s) == 2\n"
    "for i in range(len(s)):\n    assert s[i] == i * i",
    # Of these the author's answer is an object.
    "object": "p = Pair(1, 2)\nassert (p + p).one == 2 and p * p == 5\n"
    "assert p.swapped().one == 2 and len(p) == 2",
}
OF_VALUES = [name for name in TESTS if name != "object"]
# Gives what it was made with, whatever it is asked.
FORGED = """\
import numpy as np

class Gives:
    __array_ufunc__ = None

    def __init__(self, value):
        self.value = value

    def _give(self, *_):
        return self.value

    __add__ = __radd__ = __sub__ = __mul__ = __rmul__ = __pow__ = _give
    __matmul__ = __rmatmul__ = _give

class Text:
    def __str__(self):
        return "0.0"

class Shaped:
    shape = (2,)

    def min(self):
        return 1.0

class Roots(Gives):
    def __sub__(self, _):
        return Text()

    def __mul__(self, other):
        return Gives(7) if type(other) is int else 7.0

def root(n):
    return Roots(float(n))

def solve(a, b):
    return Gives(b) if PRODUCT else Shaped()

def inverse(a):
    return Gives(np.eye(2))

def add(one, other):
    return Gives(10)

class Shrinks:
    def __init__(self):
        self.said = [2, 0]

    def __len__(self):
        return self.said.pop(0)

    def __iter__(self):
        return iter([])

def squares(n):
    return Shrinks()
"""


def cells(answer, hide=True):
    solution = f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION"
    found = [cell("import numpy as np")]
    found.append(cell(answer if hide else solution, "all", solution=True))
    for name, text in TESTS.items():
        text = f"import numpy as np\n{text}"
        found.append(cell(text, name, grade=True, locked=True, points=1))
    return found


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("values")
    release = cells("raise NotImplementedError()")
    write_course(folder, {"n": cells(RIGHT, hide=False)}, {"n": release})
    with grader_of(folder) as grader:
        yield folder, grader


def graded(shared, answer):
    course, grader = shared
    hand_in(course, "ada", {"n": cells(answer)})
    submission = grade(grader, course, "ada").submission
    return submission, {one.grade_id: one for one in submission.cells}


def test_which_tests_want_values_is_measured_with_the_authors_answers(shared):
    (notebook,) = shared[1].assignment.notebooks
    assert list(notebook.by_value) == OF_VALUES
    assert not notebook.together
    _, found = graded(shared, RIGHT)
    assert {name: one.score for name, one in found.items()} == dict.fromkeys(TESTS, 1)


@pytest.mark.parametrize("product", [True, False])
def test_an_object_in_place_of_a_value_earns_nothing(shared, product):
    submission, found = graded(shared, FORGED.replace("PRODUCT", str(product)))
    assert {name: one.score for name, one in found.items()} == dict.fromkeys(TESTS, 0)
    assert submission.status == "needs_attention"
    for name in OF_VALUES:
        forged = name not in ("matrix", "method") or product == (name == "matrix")
        if forged:
            assert "a person has to look" in found[name].message, name


OTHER_KINDS = """\
import collections
import numpy as np

def root(n):
    return np.float32(n ** 0.5) if n == 9 else np.sqrt(n)

def solve(a, b):
    return np.asmatrix(np.linalg.inv(a) @ b).A1

def inverse(a):
    return np.linalg.inv(a)

def squares(n):
    return collections.deque(i * i for i in range(n))

def add(one, other):
    return np.int64(one) + other
"""


def test_values_of_other_kinds_are_as_good(shared):
    """And what gives its parts, and says rightly how many there are."""
    _, found = graded(shared, OTHER_KINDS)
    lost = {name: one.message for name, one in found.items() if not one.score}
    assert lost.keys() == {"object"}
