"""Known mistakes that crash, hang or take long: they hide no other, and hold nobody."""

import contextlib
import itertools
import logging

import pytest

from proctor.bank import Bug
from proctor.grade import namer_process as diagnosis
from proctor.grade.namer_process import Namer
from proctor.in_namer.clock import Allowance
from proctor.rubric import pace
from proctor.tests import processes, tiny
from proctor.tests.naming import (
    NEGATIVE,
    POSITIVE,
    TRIPLE,
    reference_of,
    returns,
    with_bug,
)
from proctor.tests.tiny import BUGS, RETURN, SOLUTIONS, bug

pytest_plugins = ["proctor.tests.namer_fixtures"]


@pytest.mark.parametrize(
    "text",
    [
        "raise KeyboardInterrupt",
        "raise SystemExit",
        "return np.ones(10**12)",
        "return this_is_no_name",
    ],
)
def test_a_mistake_that_crashes_hides_no_other(named, text):
    bugs = [bug("wild", "double", (RETURN, text)), TRIPLE]
    found = named(returns("3 * x"), bugs=bugs, same=[])
    assert found == {POSITIVE: "triple", NEGATIVE: "triple"}


def test_a_mistake_whose_cell_ends_python_hides_no_other(named):
    source = "import numpy as np\nraise SystemExit\n"
    wild = Bug("wild", "double", "It is wild", "Why is it wild?", source=source)
    found = named(returns("3 * x"), bugs=[wild, TRIPLE], same=[])
    assert found == {POSITIVE: "triple", NEGATIVE: "triple"}


# Far more than sixty times what the reference takes, and than 20 million lines.
LONG = "for _ in range(10**11): pass"


def wild(text):
    return bug("wild", "double", (RETURN, text))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "student"),
    [
        # Its numbers are the student's, if one waits for them.
        (f"{LONG}\n    return 3 * x", "3 * x"),
        ("while True: pass", "3 * x"),
        # It gives them for one check, and nothing for the other that fails.
        (f"if x.flat[0] < 0:\n        {LONG}\n    return 3 * x", "3 * x"),
        # It agrees where the student failed, and nothing is known where not.
        (
            f"if x.flat[0] < 0:\n        {LONG}\n    return 3 * x",
            "np.where(x > 0, 3 * x, 2 * x)",
        ),
        # It goes on after the exception that is to end it.
        (
            f"try:\n        {LONG}\n    except BaseException: pass\n    return 7 * x",
            "3 * x",
        ),
    ],
    ids=["slow", "hangs", "in one check", "in a passed one", "swallows"],
)
def test_where_a_mistake_is_not_tried_to_its_end_no_other_is_named(
    named, caplog, text, student
):
    caplog.set_level(logging.INFO, logger=diagnosis.__name__)
    other = bug("other", "double", (RETURN, f"return {student}"))
    found = named(returns(student), bugs=[other], same=[])
    assert set(found.values()) == {"other"} and not caplog.messages
    for bugs in ([wild(text), other], [other, wild(text)]):
        found = named(returns(student), bugs=bugs, same=[])
        assert found and set(found.values()) == {None}
        assert caplog.messages.pop() == (
            "test-double: no diagnosis: not tried to its end: "
            "wild takes far longer than the reference"
        )
        caplog.clear()


@pytest.mark.slow
def test_a_mistake_that_differs_before_it_hangs_hides_no_other(named, caplog):
    caplog.set_level(logging.INFO, logger=diagnosis.__name__)
    bugs = [wild(f"if x.flat[0] < 0:\n        {LONG}\n    return 7 * x"), TRIPLE]
    for _ in range(2):
        found = named(returns("3 * x"), bugs=bugs, same=[])
        assert found == {POSITIVE: "triple", NEGATIVE: "triple"}
    assert not caplog.messages


def test_where_a_mistake_cannot_be_tried_no_other_is_named(named, caplog):
    """The hidden test cannot be begun where a name is missing that it uses itself."""
    caplog.set_level(logging.INFO, logger=diagnosis.__name__)
    source = "#| export\nimport sys\nsys.modules['proctor.rubric'] = None\n"
    gone = Bug("gone", "double", "It is gone", "Where is it?", source=source)
    found = named(returns("3 * x"), bugs=[gone, TRIPLE], same=[])
    assert set(found.values()) == {None}
    (message,) = caplog.messages
    assert "not tried to its end: gone: " in message


@pytest.mark.slow
def test_slow_mistakes_are_all_tried(named, caplog):
    """All together take many times what one may, and each some hundred times more
    than the reference."""
    caplog.set_level(logging.INFO, logger=diagnosis.__name__)
    slow = "sum(range(1_000_000)); return 7 * x"
    bugs = [bug(f"slow-{n}", "double", (RETURN, slow)) for n in range(30)]
    found = named(returns("3 * x"), bugs=[*bugs, TRIPLE], same=[])
    assert found == {POSITIVE: "triple", NEGATIVE: "triple"}
    assert not caplog.messages


STUBBORN = "while True:\n        try:\n            sum(range(1000))\n"
STUBBORN += "        except BaseException:\n            pass"


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')._exit(3)",
        STUBBORN,
        # No exception comes between two turns of a loop that is not Python's.
        "sum(__import__('itertools').repeat(1))",
    ],
    ids=["ends", "swallows", "in C"],
)
def test_what_ends_or_holds_the_process_costs_the_cells_diagnosis_alone(
    grade, caplog, text
):
    caplog.set_level(logging.INFO, logger=diagnosis.__name__)
    bugs = [wild(text), TRIPLE, BUGS[6]]
    verdicts, _ = grade(returns("3 * x") | with_bug(BUGS[6]), bugs=bugs, same=[])
    assert [c.bug or None for c in verdicts["test-double"].checks] == [None] * 3
    assert (
        verdicts["test-double"].score == 1 and not verdicts["test-double"].author_error
    )
    assert [c.bug or None for c in verdicts["test-total"].checks] == ["mean", None]
    (message,) = caplog.messages
    assert message.startswith("test-double: no diagnosis: ")


def test_what_holds_the_process_is_waited_for_once_in_a_run(
    naming_jail, tmp_path, monkeypatch, caplog
):
    """It sleeps: no limit of processor time ends it."""
    monkeypatch.setattr(diagnosis, "_SECONDS", 1.0)
    caplog.set_level(logging.INFO, logger=diagnosis.__name__)
    bugs = [wild("__import__('time').sleep(10_000)"), TRIPLE]
    namer = Namer(naming_jail, reference_of(tmp_path, bugs, []), 1)
    with contextlib.closing(namer):
        for _ in range(3):
            cells = tiny.cells_of(SOLUTIONS | returns("3 * x"))
            verdicts = processes.run_with(namer, naming_jail, tiny.notebook_of(cells))
            assert verdicts["test-double"].score == 1
            assert not any(check.bug for check in verdicts["test-double"].checks)
    first, *others = caplog.messages
    assert first == "test-double: no diagnosis: no answer in time"
    again = "test-double: no diagnosis: a known mistake ended the process, or held it"
    assert others == [again, again]


@pytest.mark.parametrize("slow", [0.1, 1, 20])
def test_what_a_mistake_may_take_is_as_long_as_the_machine_is_slow(monkeypatch, slow):
    now = itertools.accumulate(itertools.repeat(0.03 * slow))
    monkeypatch.setattr(pace, "own_seconds", lambda: next(now))
    monkeypatch.setattr(pace, "seconds_of_python", lambda lines: lines * 1e-8 * slow)
    asked = []

    class Reference:
        def attempt(self, name, turn):
            asked.append((name, turn))

    allowance = Allowance(Reference())
    # Sixty times the reference's 30 ms, and 60 million lines of 10 ns.
    for _ in range(2):
        assert allowance.seconds("one", 0) == pytest.approx(2.4 * slow)
    assert allowance.seconds("one", 1) == pytest.approx(2.4 * slow)
    assert asked == [("one", 0), ("one", 1)]
