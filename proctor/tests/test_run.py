"""A notebook's later cells: after a mistake, after an end, after much output."""

import signal
from dataclasses import replace

import pytest

from proctor.errors import GradingError
from proctor.grade import safe_outputs as outputs
from proctor.grade.results import Submission
from proctor.grade.task import Graded
from proctor.gradebook import writer as writing
from proctor.sandbox.levels import best_level
from proctor.tests import processes
from proctor.tests.ran import ENDS, HANGS, QUICK, SOLVED, TRIPLE, counted, ran, scores
from proctor.tests.tiny import TESTS, cell, notebook_of


@pytest.fixture(scope="module")
def jail(jails):
    return jails(best_level(), QUICK)


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


NEVER_AWAY = """
class Answer:
    def __sub__(self, other):
        return WHAT if isinstance(other, (int, float)) else 0.0
    __rsub__ = __truediv__ = __sub__

def answer():
    return Answer()
"""


@pytest.mark.parametrize(
    ("what", "test", "earned"),
    [
        ("0.0", "assert abs(answer() - 4) < 1e-6", False),
        ("0", "assert (4 - answer()) * 1.0 == 0", False),
        ("1.0", "assert abs(answer() / 4.0 - 1) < 1e-6", False),
        # An object of two, or one that gives another, is asked for what it is.
        ("0.0", "assert answer() - answer() == 0", True),
        ("self", "left = answer() - 4\nassert left - left == 0", True),
    ],
)
def test_an_object_does_not_say_how_far_it_is_from_what_is_wanted(
    jail, what, test, earned
):
    grading = {"grade": True, "points": 1.0, "locked": True}
    task = cell(NEVER_AWAY.replace("WHAT", what), "answer", solution=True)
    cells = [task, cell(test, "test-answer", **grading)]
    verdict = processes.run(jail, notebook_of(cells))["test-answer"]
    # Whether it could be right is for a person.
    assert (verdict.score, verdict.author_error) == (
        (1, False) if earned else (0, True)
    )


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
        other = replace(test, name="test-again")
        run.hold(test)
        run.hold(other)
        run._examiner._child.signal(signal.SIGKILL)
        verdict = run.examine(test, False)
        assert (verdict.score, verdict.author_error) == (0, True)
        assert run.examine(other, False).score == 4


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


def test_quit_ends_its_cell_alone(jail):
    _, cells = ran(jail, SOLVED["double"], ["quit()"], ["1 + 1"])
    assert cells[1]["outputs"][0]["ename"] == "SystemExit"
    assert cells[-1]["outputs"][0]["data"]["text/plain"] == "2"


def test_who_ends_again_and_again_is_stopped(jail):
    ends = "import os\nos._exit(0)"
    verdicts, cells = ran(jail, SOLVED["double"], [ends] * 6)
    assert scores(verdicts) == {"test-double": 0, "test-total": 0}
    (message,) = {verdict.message for verdict in verdicts.values()}
    assert message.endswith("the notebook ended its process, or hung, again and again")
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
