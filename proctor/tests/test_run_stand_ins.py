"""Right versions of earlier functions, in a later test."""

import pytest

from proctor.grade import snapshot
from proctor.grade.places import ANYWHERE
from proctor.grade.snapshot import Seeds
from proctor.grade.student_runs import StudentRuns
from proctor.sandbox.levels import best_level
from proctor.sandbox.limits import Limits
from proctor.tests import processes
from proctor.tests.ran import (
    ENDS,
    QUICK,
    SOLVED,
    SUMS,
    TRIPLE,
    counted,
    ran,
    scores,
    summing,
)
from proctor.tests.tiny import cell, cells_of, notebook_of


@pytest.fixture(scope="module")
def jail(jails):
    return jails(best_level(), QUICK)


def test_right_versions_stand_in_within_the_test(jail, monkeypatch):
    asked = counted(monkeypatch, jail.parent_of("plain"))
    wrong = SOLVED["total"].replace(".sum()", ".mean()")
    cells = cells_of(SOLVED | {"total": wrong})
    verdicts = processes.run(jail, notebook_of(cells))
    assert scores(verdicts) == {"test-double": 4, "test-total": 1}
    # The sum is right where `double` is; the visible test speaks of the student's own.
    assert scores(ran(jail, TRIPLE)[0]) == {"test-double": 1, "test-total": 3}
    assert len(asked) == 2


def test_only_what_was_graded_before_stands_in(jail):
    cells = [
        *cells_of(SOLVED | {"double": TRIPLE}),
        *summing("once", "return total(x)", "double", "total"),
        *summing("twice", "return double(x).sum()", "double", "total"),
        *summing("thrice", "return total(x)", "double"),
        *summing("never", "return double(x).mean()", "double"),
    ]
    verdicts = processes.run(jail, notebook_of(cells))
    summed = {"once": 1, "twice": 1, "thrice": 1, "never": 0}
    wanted = {f"test-{name}": score for name, score in summed.items()}
    assert scores(verdicts) == {"test-double": 1, "test-total": 3} | wanted


SEEN = """\
assert once(np.arange(3)) == 6, "twice 0 + 1 + 2"
assert type(once(np.ones(1))) is float, "a sum is a float"
"""


def test_a_visible_check_that_fails_alone_costs_points(jail):
    """It is judged with right versions of what was graded before."""
    cells = cells_of(SOLVED | {"double": TRIPLE})
    whole = "return int(double(x).sum()) if x.size == 1 else double(x).sum()"
    for name, body in {
        "right": "return float(double(x).sum())",
        # What comes of it is no float, which no named check asks.
        "once": whole,
        "alone": whole.replace("double(x)", "(2 * x)"),
    }.items():
        task, test = summing(name, body, "double")
        test["source"] = SEEN.replace("once", name) + test["source"]
        cells += [task, test]
    # Nothing stands in: it may be the other cell's mistake, and cost points there.
    task, test = summing("unknown", "return twice_total(x)")
    test["source"] = SEEN.replace("once", "unknown") + test["source"]
    helper = cell("def twice_total(x):\n    return int(total(x)) and 2 * x.sum()")
    cells += [helper, task, test]
    verdicts = processes.run(jail, notebook_of(cells))
    summed = {"right": 1, "once": 0.5, "alone": 0.5, "unknown": 1}
    assert {name: verdicts[f"test-{name}"].score for name in summed} == summed
    once = verdicts["test-once"]
    assert (once.status, once.checks[0].message) == ("partial", "")
    assert once.message == "a sum is a float (a check that you see: 0.5 points)"
    # A failing line beside full points says why it costs nothing.
    assert verdicts["test-right"].message == (
        "twice 0 + 1 + 2 (wanted 6, got 9.0) (another task's mistake: no points lost)"
    )
    assert verdicts["test-unknown"].message == (
        "a sum is a float (perhaps another task's mistake: no points lost)"
    )


# Keeps what it is given, and tells it, or ends, when the visible part runs once more.
TELLS = """\
kept = []

def tells(x):
    kept.append(x)
    if x.shape == (3,) and len(kept) > 1:
        LATER
    if x.shape == (3,):
        raise ValueError("the first time")
    return 2 * x.sum()"""


TOLD = """\
assert tells(np.ones(3)) == 6, "twice the sum"
### BEGIN HIDDEN TESTS"""


@pytest.mark.parametrize(
    "later", ["raise ValueError(str(kept))", "import os; os._exit(0)"]
)
def test_the_visible_part_run_once_more_tells_nothing_and_excuses_nothing(jail, later):
    task, test = summing("tells", "", "double")
    task["source"] = TELLS.replace("LATER", later)
    test["source"] = TOLD + test["source"].removeprefix("### BEGIN HIDDEN TESTS")
    notebook = notebook_of([*cells_of(SOLVED), task, test])
    verdict = processes.run(jail, notebook)["test-tells"]
    assert verdict.score == 0.5
    assert verdict.message.startswith("ValueError: the first time (a check that")
    assert "array" not in verdict.message


def test_where_an_earlier_function_ends_the_process_a_right_one_stands_in(jail):
    cells = [
        *cells_of(SOLVED | {"double": ENDS.replace("x.size == 0", "True")}),
        *summing("once", "return double(x).sum()", "double"),
    ]
    verdicts = processes.run(jail, notebook_of(cells))
    assert scores(verdicts) == {"test-double": 0, "test-total": 3, "test-once": 1}


ENDS_LATER = """\
def double(x):
    if x.ndim == 2:
        import os; os._exit(1)
    return 2 * x

double.mine = True"""


def test_what_a_visible_check_counts_of_a_right_version_costs_nothing(jail):
    """Where the process ended, it was not asked with the student's own before."""
    task, test = summing("once", "return double(x).sum()", "double")
    seen = 'assert once(np.ones(3)) == 6 and mine(), "its own"\n'
    test["source"] = seen + test["source"]
    mine = cell("def mine():\n    return getattr(double, 'mine', False)")
    cells = [*cells_of(SOLVED | {"double": ENDS_LATER}), mine, task, test]
    verdict = processes.run(jail, notebook_of(cells))["test-once"]
    assert (verdict.score, verdict.message) == (1, "")


@pytest.mark.parametrize("body", ["import os; os._exit(1)", "return 2 * x.sum()"])
def test_a_rubric_that_everybody_sees_is_run_with_right_versions_too(jail, body):
    """Where it was left out, nothing was asked, and nothing was wrong."""
    *_, answer, test = [*cells_of(SOLVED), *summing("once", body, "double")]
    begin, end = "### BEGIN HIDDEN TESTS\n", "\n### END HIDDEN TESTS"
    test["source"] = test["source"].replace(begin, "").replace(end, "")
    ends = cell("def double(x):\n    import os; os._exit(1)")
    notebook = notebook_of([cell("import numpy as np"), ends, answer, test])
    score = processes.run(jail, notebook)["test-once"].score
    assert score == (0 if "exit" in body else 1)


SAYS_IT_RAISED = """
import sys
frame = sys._getframe()
while "AskingChannel" not in frame.f_globals:
    frame = frame.f_back
Real = frame.f_globals["AskingChannel"]

class Liar(Real):
    def _answer(self, request, body):
        if request.get(PART):
            return self._channel.send({"raised": ["ValueError"], "text": ""})
        super()._answer(request, body)

frame.f_globals["AskingChannel"] = Liar
"""


@pytest.mark.parametrize("part", ["put", "back"])
def test_no_answer_to_a_right_versions_name_ends_the_examiner(jail, part):
    source = SUMS.replace("TASK", "once").replace("NAMES", "double=right_double")
    test = processes.test_cell("test-once", source, 1.0)
    examiners, seeds = processes.examiners(jail), Seeds(own=1, common=2)
    with StudentRuns(jail, examiners, seeds, {}, ANYWHERE) as opened:
        opened.run_cell(f"PART = {part!r}" + SAYS_IT_RAISED)
        opened.run_cell("def once(x):\n    return 0")
        opened.hold(test)
        verdict = opened.examine(test, observe=True)
    assert (verdict.score, verdict.author_error) == (0, False)


@pytest.mark.slow
def test_one_that_hangs_where_right_versions_stand_in_is_not_tried_for_ever(jail):
    hangs = (
        "import time\n    while double.__code__.co_name == 'stand_in':\n"
        "        time.sleep(0.1)\n    return 0"
    )
    cells = cells_of(SOLVED | {"double": TRIPLE})
    for n in range(4):
        cells += summing(f"sum{n}", hangs, "double")
    verdicts = processes.run(jail, notebook_of(cells))
    assert [verdicts[f"test-sum{n}"].score for n in range(4)] == [0] * 4
    assert verdicts["test-total"].score == 3
    said = [verdicts[f"test-sum{n}"].message for n in range(4)]
    gives_up = ["again and again" in message for message in said]
    assert gives_up == [False] * 2 + [True] * 2


@pytest.mark.slow
@pytest.mark.parametrize("numbers", [10_000, 1_000])
def test_what_student_code_asks_for_too_long_is_the_students_fault(
    monkeypatch, numbers
):
    """Few numbers can ask for as much as many."""
    # It never answers, so that waiting longer shows no more.
    monkeypatch.setattr(snapshot, "_EXAMINER_GRACE", 2.0)
    slow = SUMS.replace("return 2 * x\n", "return np.einsum('a,b,c,d->', x, x, x, x)\n")
    asks = f"return double(np.ones(({numbers},)))"
    grading = {"grade": True, "points": 1.0, "locked": True}
    test = slow.replace("TASK", "once").replace("NAMES", "double=right_double")
    cells = [
        *cells_of(SOLVED | {"double": TRIPLE}),
        cell(f"def once(x):\n    {asks}", "once", solution=True),
        cell(test, "test-once", **grading),
    ]
    limits = Limits(cell_seconds=2, notebook_seconds=20)
    with processes.open_jail(best_level(), limits) as jail:
        verdict = processes.run(jail, notebook_of(cells))["test-once"]
    assert (verdict.score, verdict.author_error, verdict.status) == (
        0,
        False,
        "timeout",
    )
