"""A notebook's later cells: after a mistake, after an end, after much output."""

import copy
import signal

import pytest

from proctor.errors import GradingError
from proctor.grade import safe_outputs as outputs
from proctor.grade.grader import Graded
from proctor.grade.results import Submission
from proctor.gradebook import writer as writing
from proctor.sandbox.levels import best_level
from proctor.sandbox.limits import Limits
from proctor.tests import processes
from proctor.tests.tiny import SOLUTIONS, TESTS, cell, cells_of, notebook_of

SOLVED = {
    name: "\n".join(line for line in text.splitlines() if "###" not in line)
    for name, text in SOLUTIONS.items()
}
TRIPLE = SOLVED["double"].replace("2 * x", "3 * x")
HANGS = SOLVED["double"].replace('raise ValueError("no numbers")', "while True: pass")
ENDS = SOLVED["double"].replace(
    'raise ValueError("no numbers")', "import os; os._exit(1)"
)
# Keeps every text that is compiled: a stand-in comes as one.
LISTENS = """
import builtins
heard, plain = [], builtins.compile

def compile(source, *rest, **named):
    heard.append(str(source))
    return plain(source, *rest, **named)

builtins.compile = compile
"""
SAYS = "[text for text in heard if 'right' + '_double' in text]"

SUMS = """\
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric

rubric = Rubric(points=1)


def right_double(x):
    return 2 * x


def right_total(x):
    return 2.0 * x.sum()


rubric.stand_in(NAMES)


@rubric.check("the sum", points=1)
def _():
    x = rubric.rng.uniform(1, 2, (2, 3))
    rubric.close(TASK(x), 2 * x.sum())


rubric.score()
### END HIDDEN TESTS"""


@pytest.fixture(scope="module")
def jail():
    limits = Limits(cell_seconds=2, notebook_seconds=40)
    with processes.open_jail(best_level(), limits) as jail:
        yield jail


def ran(jail, double, before=(), after=()):
    """Return the verdicts on a notebook with this `double`, and its cells."""
    cells = cells_of(SOLVED | {"double": double}, before)
    notebook = notebook_of(copy.deepcopy([*cells, *map(cell, after)]))
    return processes.run(jail, notebook), notebook["cells"]


def scores(verdicts):
    return {name: verdict.score for name, verdict in verdicts.items()}


def counted(monkeypatch, parent):
    """Return a list that grows by one with each process that a warm parent forks."""
    asked, fork = [], parent.fork

    def forking(*given, **named):
        asked.append(1)
        return fork(*given, **named)

    monkeypatch.setattr(
        parent, "fork", lambda *given, **named: asked.append(1) or fork(*given, **named)
    )
    return asked


def test_what_stood_in_is_not_there_afterwards(jail):
    verdicts, cells = ran(jail, TRIPLE, [LISTENS], ["total(np.ones(2))", SAYS])
    # The sum is right where `double` is; the visible test speaks of the student's own.
    assert scores(verdicts) == {"test-double": 1, "test-total": 3}
    one, two = (cell["outputs"][0]["data"]["text/plain"] for cell in cells[-2:])
    assert (one, two) == ("6.0", "[]")


def test_all_that_is_right_needs_no_second_process(jail, monkeypatch):
    asked = counted(monkeypatch, jail.untrusted)
    wrong = SOLVED["total"].replace(".sum()", ".mean()")
    cells = cells_of(SOLVED | {"total": wrong})
    verdicts = processes.run(jail, notebook_of(cells))
    assert scores(verdicts) == {"test-double": 4, "test-total": 1}
    assert len(asked) == 1
    assert scores(ran(jail, TRIPLE)[0]) == {"test-double": 1, "test-total": 3}
    assert len(asked) == 3


def summing(name, body, *stand_ins):
    """Return a task that sums twice the numbers, and its test with these stand-ins."""
    names = ", ".join(f"{n}=right_{n}" for n in stand_ins)
    test = SUMS.replace("TASK", name).replace("NAMES", names)
    grading = {"grade": True, "points": 1.0, "locked": True}
    return [
        cell(f"def {name}(x):\n    {body}", name, solution=True),
        cell(test, f"test-{name}", **grading),
    ]


def test_one_process_serves_while_no_less_stands_in(jail, monkeypatch):
    asked = counted(monkeypatch, jail.untrusted)
    cells = [
        *cells_of(SOLVED | {"double": TRIPLE}),
        *summing("once", "return total(x)", "double", "total"),
        *summing("twice", "return double(x).sum()", "double", "total"),
        # Its own `total` counts here, so a process that saw a right one cannot serve.
        *summing("thrice", "return total(x)", "double"),
    ]
    verdicts = processes.run(jail, notebook_of(cells))
    summed = {f"test-{name}": 1 for name in ("once", "twice", "thrice")}
    assert scores(verdicts) == {"test-double": 1, "test-total": 3} | summed
    assert len(asked) == 3


def test_one_that_hangs_where_right_versions_stand_in_is_not_tried_for_ever(
    jail, monkeypatch
):
    asked = counted(monkeypatch, jail.untrusted)
    hangs = "while 'right' in double.__code__.co_name: pass\n    return 0"
    cells = cells_of(SOLVED | {"double": TRIPLE})
    for n in range(4):
        cells += summing(f"sum{n}", hangs, "double")
    verdicts = processes.run(jail, notebook_of(cells))
    assert [verdicts[f"test-sum{n}"].score for n in range(4)] == [0] * 4
    assert verdicts["test-total"].score == 3
    # Its own process, and two in which the right version stood in.
    assert len(asked) == 3


def test_nobody_says_for_the_author_that_a_test_failed(jail):
    says = (
        SOLVED["double"]
        .replace('raise ValueError("no numbers")', "raise AssertionError(text)")
        .replace("x.size == 0", "True")
    )
    text = "text = 'the test itself failed: look'"
    verdicts, _ = ran(jail, says, [text])
    assert verdicts["test-double"].message.startswith("the test itself failed")
    assert not verdicts["test-double"].author_error


def test_an_examiner_serves_the_next_unless_something_was_amiss(jail, monkeypatch):
    ran(jail, TRIPLE)
    asked = counted(monkeypatch, jail.trusted)
    wanted = {"test-double": 1, "test-total": 3}
    assert scores(ran(jail, TRIPLE)[0]) == scores(ran(jail, TRIPLE)[0]) == wanted
    assert asked == []
    ran(jail, ENDS)
    assert asked == []
    assert scores(ran(jail, TRIPLE)[0]) == wanted
    assert asked == [1]


def test_an_examiner_that_ends_is_the_graders_mistake_and_replaced(jail):
    test = processes.test_cell("test-double", TESTS["test-double"], 4.0)
    with processes.runs(jail) as run:
        run.run_cell(f"import numpy as np\n{SOLVED['double']}")
        run._examiner._child.signal(signal.SIGKILL)
        verdict = run.examine(test, False, "")
        assert (verdict.score, verdict.author_error) == (0, True)
        assert run.examine(test, False, "").score == 4


@pytest.mark.parametrize(
    ("double", "status"), [(HANGS, "timeout"), (ENDS, "partial")], ids=["hangs", "ends"]
)
def test_a_process_that_ends_in_a_test_costs_that_test_alone(jail, double, status):
    verdicts, cells = ran(jail, double, after=["total(np.ones(2))"])
    assert scores(verdicts) == {"test-double": 3, "test-total": 3}
    assert verdicts["test-double"].status == status
    assert "not written" not in verdicts["test-double"].message
    assert cells[-1]["outputs"][0]["data"]["text/plain"] == "4.0"


def test_a_cell_that_ends_the_process_costs_itself_alone(jail):
    ended = "kept = 1\nimport os\nos._exit(0)"
    verdicts, cells = ran(jail, SOLVED["double"], [ended], ["kept"])
    assert scores(verdicts) == {"test-double": 4, "test-total": 3}
    assert cells[1]["outputs"][0]["ename"] == "ProcessEnded"
    assert cells[-1]["outputs"][0]["ename"] == "NameError"


def test_who_ends_again_and_again_is_stopped(jail):
    ends = "import os\nos._exit(0)"
    verdicts, cells = ran(jail, SOLVED["double"], [ends] * 6)
    assert scores(verdicts) == {"test-double": 0, "test-total": 0}
    assert {v.message for v in verdicts.values()} == {"the other end is gone"}
    names = [cell["outputs"][0]["ename"] for cell in cells[1:7]]
    assert names == ["ProcessEnded"] * 4 + ["NotRun"] * 2


@pytest.mark.parametrize(
    ("double", "says"),
    [
        ("def double(x)\n    return 2 * x", "SyntaxError: expected ':'"),
        ("one = 1 / 0\n\ndef double(x):\n    return 2 * x", "ZeroDivisionError: div"),
    ],
)
def test_a_cell_that_ends_in_an_error_is_no_unwritten_one(jail, double, says):
    verdicts, _ = ran(jail, double)
    assert scores(verdicts) == {"test-double": 0, "test-total": 3}
    message = verdicts["test-double"].message
    assert message.startswith("the cell itself ended in an error: " + says)


def test_a_notebook_shows_a_bounded_amount():
    picture = {"image/png": "iVBORw0KGgo" + "A" * 1_500_001}
    shown = [{"output_type": "display_data", "data": picture}] * 4
    room, kept = outputs.Room(), []
    for _ in range(40):
        kept += outputs.rebuild(shown, 1000, room)
    pictures = [output for output in kept if "data" in output]
    assert len(pictures) == 2
    assert "too much" in kept[-1]["text"]
    room, kept = outputs.Room(), []
    for _ in range(20_000):
        error = {"output_type": "error", "traceback": [""] * 40}
        kept += outputs.rebuild([error] * 100, 1000, room)
    assert sum(output["output_type"] == "error" for output in kept) < 6_000


def test_what_cannot_be_written_costs_nobody_else():
    graded = Graded(Submission("a", "graded", 3.0, score=2.0))
    with writing._costing_nobody_else(graded):
        raise ValueError("no text")
    assert graded.submission.status == "needs_attention"
    assert graded.submission.message == "the grader failed: ValueError: no text"
    with pytest.raises(GradingError), writing._costing_nobody_else(graded):
        raise GradingError("the disk is full")
