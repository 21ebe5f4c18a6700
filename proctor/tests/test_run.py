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
    x = 3

    def __sub__(self, other):
        return WHAT if isinstance(other, (int, float)) else 0.0
    __rsub__ = __truediv__ = __sub__

    def __pow__(self, other):
        return 0.0

    def sum(self):
        return 0.0

    def __array__(self, *_, **__):
        import numpy
        return numpy.zeros(1)

    def __iter__(self):
        return iter([0.0])

    def __len__(self):
        return 0

    def __str__(self):
        return "3"

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
        ("self", "left = answer() - 4\nassert left.x == 3 and str(left) == '3'", True),
        ("self", "left = answer() - 4\nassert left - left == 0", False),
        ("self", "assert (answer() - 4) ** 2 < 1e-6", False),
        ("self", "assert (answer() / 4 - 1).sum() == 0", False),
        ("self", "assert np.linalg.norm(answer() - 4) == 0", False),
        ("self", "assert sum(answer() - 4) == 0", False),
        ("self", "assert len(4 - answer()) == 0", False),
    ],
)
def test_an_object_does_not_say_how_far_it_is_from_what_is_wanted(
    jail, what, test, earned
):
    grading = {"grade": True, "points": 1.0, "locked": True}
    task = cell(NEVER_AWAY.replace("WHAT", what), "answer", solution=True)
    test = f"import numpy as np\n{test}"
    cells = [task, cell(test, "test-answer", **grading)]
    verdict = processes.run(jail, notebook_of(cells))["test-answer"]
    # Whether it could be right is for a person.
    assert (verdict.score, verdict.author_error) == (
        (1, False) if earned else (0, True)
    )


AWAY_IN_A_CHECK = """\
from proctor.rubric import Rubric
rubric = Rubric(1)
@rubric.check("is right", points=1)
def _():
    import numpy as np
    away = answer() - 4
    rubric.close(np.abs(np.asarray(away)).max(), 0)
rubric.score()
"""


def test_no_check_takes_it_from_an_object_either(jail):
    hidden = f"### BEGIN HIDDEN TESTS\n{AWAY_IN_A_CHECK}### END HIDDEN TESTS"
    test = processes.test_cell("test-answer", hidden, 1.0)
    for gives, score in (("return Answer()", 0), ("return np.float64(4)", 1)):
        source = NEVER_AWAY.replace("WHAT", "self").replace("return Answer()", gives)
        source = f"import numpy as np\n{source}"
        assert processes.verdict_on(jail, source, test).score == score


@pytest.mark.parametrize(
    ("test", "score"),
    [
        ("for got, want in zip(map(f, [1, 2]), [2, 4]):\n    assert got == want", 0),
        ("assert all(map(lambda x: f(x) == 2 * x, [1, 2]))", 0),
        ("try:\n    f(0)\nexcept StopIteration:\n    ended = True\nassert ended", 1),
    ],
)
def test_a_stop_that_is_raised_ends_no_loop_of_the_tests(jail, test, score):
    cell = processes.test_cell("test-f", test, 1.0)
    for kind in ("StopIteration", "type('Own', (StopIteration,), {})"):
        source = f"def f(x):\n    raise {kind}"
        assert processes.verdict_on(jail, source, cell).score == score


@pytest.mark.parametrize(
    ("gives", "score"),
    [("0.0", 0), ("np.float64(0)", 0), ("np.array(0.0)", 0), ("np.int8(2)", 0.5)],
)
def test_a_number_of_points_is_one_of_whatever_kind(jail, gives, score):
    source = f"import numpy as np\n\ndef f():\n    return {gives}"
    test = processes.test_cell("test-f", "f() / 4", 1.0)
    assert processes.verdict_on(jail, source, test).score == score


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
    last = verdicts["test-double"].checks[-1]
    assert verdicts["test-double"].message == f"{last.name}: {last.message}"
    assert last.message.startswith("the notebook's process was stopped: ")
    assert cells[-1]["outputs"][0]["data"]["text/plain"] == "4.0"


def test_a_check_that_hangs_costs_its_own_points(jail):
    hangs = SOLVED["double"].replace("    if x", "    while x[0] < 0: pass\n    if x")
    hangs = hangs.replace("x[0]", "x.size and x.flat[0]")
    checks = ran(jail, hangs)[0]["test-double"].checks
    stopped = "the notebook's process was stopped: no answer in time"
    assert [check.message for check in checks] == [
        "",
        stopped,
        "",
    ]


@pytest.mark.slow
def test_which_line_hung_is_told_where_the_student_sees_it(jail):
    hangs = SOLVED["double"].replace(
        "    if x", "    while x.shape == (2,): pass\n    if x"
    )
    verdict = ran(jail, hangs)[0]["test-double"]
    assert verdict.message == (
        "the notebook's process was stopped: no answer in time, in `assert "
        'double(np.ones(2)).shape == (2,), "one number for each"`'
    )
    # It costs no check that asks for something else.
    assert verdict.score == 3 and verdict.status == "timeout"
    assert [check.message == "" for check in verdict.checks] == [True, True, False]


@pytest.mark.slow
def test_what_hangs_in_the_visible_part_alone_costs_what_that_costs(jail):
    # The last check has two ones as well, and does not hang.
    hangs = "    asked.append(x.shape)\n    while asked == [(2,)]: pass\n    if x"
    hangs = "asked = []\n\n\n" + SOLVED["double"].replace("    if x", hangs)
    verdict = ran(jail, hangs)[0]["test-double"]
    assert (verdict.score, verdict.status) == (2, "partial")
    assert verdict.message.endswith("(a check that you see: 2 points)")


@pytest.mark.slow
@pytest.mark.parametrize("ends", ["while True: pass", "import os; os._exit(1)"])
def test_who_ends_one_check_after_the_other_is_not_tried_for_ever(jail, ends):
    started = "    " + ends + "\n    if x"
    verdict = ran(jail, SOLVED["double"].replace("    if x", started))[0]["test-double"]
    stopped = [check.message.startswith("the notebook's") for check in verdict.checks]
    # What the student sees is the first, and two checks are tried after it.
    assert (verdict.score, stopped) == (0, [True, True, False])
    assert verdict.checks[-1].message.startswith("not tried: before it, ")


def test_a_cell_that_ends_the_process_costs_itself_alone(jail):
    ended = "kept = sum([1])\nimport os\nos._exit(0)"
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
    assert message == (
        "not tried, and no fault of this task: the notebook ended its process, or "
        "hung, again and again before its turn came: 4 times the cell with "
        "`os._exit(0)`; a person has to look"
    )
    names = [cell["outputs"][0]["ename"] for cell in cells[1:7]]
    assert names == ["ProcessEnded"] * 4 + ["NotRun"] * 2


@pytest.mark.parametrize(
    ("double", "says"),
    [
        ("def double(x)\n    return 2 * x", "SyntaxError: expected ':'"),
        ("def double(x, two=2 / 0):\n    return two * x", "ZeroDivisionError: div"),
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
