"""Which names of a test cell are the student's."""

import pytest

from proctor.in_examiner import testcell


@pytest.mark.parametrize(
    ("visible", "hidden", "names"),
    [
        ("assert add(a, 1) == b", "", ["a", "add", "b"]),
        ("x = 1\nassert f(x)", "", ["f"]),
        # What a function of the test calls its own is none of the cell's.
        ("found = f(table)\n", "\ndef right(table):\n    table = 1", ["f", "table"]),
        ("def g(x):\n    return x + y\nassert g(1)", "", ["y"]),
        ("assert [i for i in items] == [k(lambda i: i)]", "", ["items", "k"]),
        ("class A:\n    def f(self):\n        return B()", "", ["B"]),
        # Read before it is the test's own.
        ("df = df.copy()\nassert df.size", "", ["df"]),
        ("import math as m\nassert m.pi", "", []),
        ("def set_it():\n    global n\n    n = 1\nset_it()\nassert n", "", []),
        ("for i in range(3): assert f(i)", "", ["f", "i"]),
        ("f()\n", "\nf = 5", ["f"]),
        ("\nassert rows", "rows = f()", ["f"]),
        ("try:\n    mass\nexcept NameError as e:\n    assert False, e", "", ["mass"]),
    ],
)
def test_names_that_a_test_asks_the_student_for(visible, hidden, names):
    test = testcell.find(f"test-{visible}", visible, hidden)
    assert test.unknown(testcell.new_namespace()) == names
