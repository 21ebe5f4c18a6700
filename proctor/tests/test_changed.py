"""Arguments that the student's code changed in place come back; nothing else does."""

import numpy as np
import pytest

from proctor.in_examiner.changed import may_change, take_over
from proctor.in_student.changed import changes, which
from proctor.notebook.replaces import replaced_in
from proctor.rubric.errors import StudentEnded


def test_what_can_be_changed():
    changing = [[], {}, set(), np.ones(2), (1, [2])]
    assert all(map(may_change, changing))
    assert not any(map(may_change, [1, "a", (1, "b"), None, frozenset()]))


def test_only_what_was_changed_is_told():
    before = (
        [[1, [2]], {"a": 1}, np.arange(3), {1}],
        {"n": [1.0], "m": [float("nan")]},
    )
    after = (
        [[1, [3]], {"a": 1}, np.arange(3), {1, 2}],
        {"n": [1.0], "m": [float("nan")]},
    )
    assert [key for key, _ in changes(before, after)] == [0, 3]
    reordered = ([{"b": 1, "a": 2}], {})
    assert changes(([{"a": 2, "b": 1}], {}), reordered) == [(0, {"b": 1, "a": 2})]
    inside = np.array([[1], "a"], object)
    assert changes(([inside], {}), ([np.array([[1], "b"], object)], {}))


def test_which_argument_was_returned():
    one, named = [1], {"x": 2}
    assert which(one, [0, one], {}) == 1
    assert which(named, [], {"given": named}) == "given"
    assert which([1], [one], {}) is None
    assert which(5, [5], {}) is None


def test_a_test_sees_them_in_its_own_objects():
    grid, table, members, array = [[1, 2], [3]], {"a": [1]}, {1}, np.zeros(2)
    row, part = grid[0], table["a"]
    given = (grid, table, members, array)
    now = [[[2, 1], [3], [4]], {"b": 0, "a": [1, 2]}, {5}, np.ones(2)]
    same = take_over(("said", list(enumerate(now)), 0), given, {})
    assert same is grid == [[2, 1], [3], [4]] and grid[0] is row == [2, 1]
    assert table == now[1] and [*table] == ["b", "a"] and table["a"] is part
    assert members == {5} and array.tolist() == [1, 1]


def test_what_is_no_such_change_changes_nothing():
    mine = [1, 2]
    assert take_over((3, [(0, "text")], None), (mine,), {}) == 3
    assert take_over((3, [], "x"), (mine,), {}) == 3
    assert mine == [1, 2]


@pytest.mark.parametrize(
    "answer", [5, (1, 2), (1, 2, 3), (1, [5], None), (1, [(9, 1)], 0)]
)
def test_what_is_no_answer_ends_the_student(answer):
    with pytest.raises(StudentEnded):
        take_over(answer, ([],), {})


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import numpy.linalg\nnumpy.linalg.solve = None", "numpy.linalg.solve"),
        ("import math as m\nsetattr(m, 'sqrt', 3)", "m"),
        ("del np.linalg.inv", "np.linalg.inv"),
        ("sys.stdout = f", "sys.stdout"),
        ("import numpy\nx = numpy.ones(2)\nx.shape = 1, 2", ""),
        ("stack.top = 3\nassert math.pi > stack.top", ""),
        ("%magic", ""),
    ],
)
def test_what_a_test_replaces_in_a_module(source, found):
    assert replaced_in(source) == found
    assert replaced_in("plt.show = print", "import matplotlib.pyplot as plt")
