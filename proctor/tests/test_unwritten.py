"""A task that is as it was handed out: its test says so, and no process is copied."""

import pytest

from proctor.errors import UNWRITTEN
from proctor.grade.student_process import StudentProcess
from proctor.notebook.assignment import AssignedNotebook, Wanted
from proctor.notebook.cells import KERNEL
from proctor.notebook.stubs import Stubs, stubs_of
from proctor.sandbox.levels import best_level
from proctor.tests import processes
from proctor.tests.ran import SOLVED, summing
from proctor.tests.tiny import STUBS, cell, cells_of, notebook_of

STUB = STUBS["double"]
WRITTEN = (
    "def double(x):\n    if x.size == 0:\n        raise ValueError\n    return 2 * x"
)


def assigned(**solutions: str) -> AssignedNotebook:
    """Return a notebook with these solution cells, as they are handed out."""
    grading = {"grade": False, "locked": False, "solution": True}
    found = [Wanted(n, "code", text, grading) for n, text in solutions.items()]
    return AssignedNotebook("tiny", found, KERNEL)


@pytest.fixture(scope="module")
def jail(jails):
    return jails(best_level())


@pytest.fixture
def copies(monkeypatch):
    """A list that grows with each copy of a student's process."""
    made, copy = [], StudentProcess.snapshot
    monkeypatch.setattr(
        StudentProcess, "snapshot", lambda self: made.append(1) or copy(self)
    )
    return made


def verdicts_on(jail, cells, handed_out):
    return processes.run(jail, notebook_of(cells), assigned=handed_out)


def unwritten(more=(), test=None):
    """Return the cells of a notebook in which `double` is not written."""
    cells = cells_of(SOLVED | {"double": STUB}, more)
    if test:
        cells[2]["source"] = test(cells[2]["source"])
    return cells


def test_it_is_told_as_of_a_copy_but_none_is_made(jail, copies):
    real = verdicts_on(jail, unwritten(), processes.NO_NOTEBOOK)
    assert len(copies) == 2
    found = verdicts_on(jail, unwritten(), assigned(double=STUB))
    assert found == real
    assert len(copies) == 3  # of `total`
    checks = found["test-double"].checks
    assert [check.message for check in checks] == [UNWRITTEN] * 3
    assert found["test-total"].score == 3


# Each of them, before the task's own cell or behind it, may be where the answer is.
LATER = [
    pytest.param(WRITTEN, id="in another cell"),
    pytest.param(f"exec({WRITTEN!r})", id="by exec"),
    pytest.param(f"globals()['double'] = lambda x: {{}}[0]\n{WRITTEN}", id="twice"),
    pytest.param(
        f"{WRITTEN.replace('double', 'mine')}\ndouble.__code__ = mine.__code__",
        id="its code",
    ),
    pytest.param(
        f"import functools\n{WRITTEN.replace('double', 'mine')}\n"
        "double = functools.wraps(double)(lambda x: mine(x))",
        id="wrapped",
    ),
]


@pytest.mark.parametrize("answer", LATER)
def test_whatever_stands_in_its_place_is_tried(jail, answer):
    cells = unwritten()
    cells.insert(2, cell(answer))
    found = verdicts_on(jail, cells, assigned(double=STUB))
    assert found["test-double"].score == 4


def test_it_counts_what_is_there_where_the_test_stands(jail):
    wrong = WRITTEN.replace("2 * x", "3 * x")
    found = verdicts_on(jail, [*unwritten(), cell(wrong)], assigned(double=STUB))
    below = "a second definition of double stands below the test"
    assert 0 < found["test-double"].score < 4
    assert f"({below}: the better of both counts)" in found["test-double"].message
    cells = cells_of(SOLVED)
    cells.insert(3, cell(STUB))
    found = verdicts_on(jail, cells, assigned(double=STUB))
    assert found["test-double"].score == 4


def test_what_is_written_below_the_test_counts(jail):
    found = verdicts_on(jail, [*unwritten(), cell(WRITTEN)], assigned(double=STUB))
    assert found["test-double"].score == 4


def test_a_check_that_asks_for_something_else_needs_a_copy(jail, copies):
    cells = [
        *cells_of(SOLVED),
        *summing("once", "raise NotImplementedError", "double"),
        *summing("twice", "raise NotImplementedError", "double"),
    ]
    handed_out = "def {}(x):\n    raise NotImplementedError"
    cells[-1]["source"] = cells[-1]["source"].replace(
        "x = rubric", "double(np.ones(2))\n    x = rubric"
    )
    names = {name: handed_out.format(name) for name in ("once", "twice")}
    found = verdicts_on(jail, cells, assigned(**names))
    said = [found[f"test-{name}"].message for name in names]
    assert said == [UNWRITTEN, UNWRITTEN]
    assert len(copies) == 3  # `double`, `total`, and `twice`


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    check(x)\n    raise NotImplementedError",
        "def f(x):\n    raise ValueError",
        "def f(x):\n    raise NotImplementedError\n\nsize = 3",
        "@cached\ndef f(x):\n    raise NotImplementedError",
        "class F:\n    def f(self):\n        raise NotImplementedError",
        "%%time\ndef f(x):\n    raise NotImplementedError",
        "# nothing",
    ],
)
def test_what_does_something_of_its_own_is_no_stub(source):
    assert stubs_of(assigned(f=source), "f") is None


def test_stubs_are_functions_with_words_and_nothing_else():
    source = (
        '#| export\ndef f(x):\n    """Do it."""\n    raise NotImplementedError("f")'
    )
    assert stubs_of(assigned(f=source, g=""), "f") == Stubs(("f",), source)
    assert stubs_of(assigned(f=source, g=""), "g") is None
    assert stubs_of(assigned(f=source, g=""), "h") is None
