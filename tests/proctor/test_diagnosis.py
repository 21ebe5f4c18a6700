"""Known mistakes are recognised behind failing answers, and never a wrong one."""

import dataclasses
import itertools
import json
import logging
import time

import pytest
import tiny
from tiny import BUGS, RETURN, SOLUTIONS, bug

from proctor.bank import Bug
from proctor.bank.reference import Known
from proctor.feedback import render_page
from proctor.grade import namer_process as diagnosis
from proctor.grade.results import Cell, Submission
from proctor.grade.run import run_notebook
from proctor.sandbox.jail import Jail
from proctor.sandbox.levels import best_level
from proctor.sandbox.limits import Limits

NUMBER = itertools.count()
# The limits are shorter; this holds on a busy machine as well.
SOON = 20
POSITIVE, NEGATIVE, NOTHING = (
    "positive numbers",
    "negative numbers",
    "no numbers: a ValueError",
)


@pytest.fixture(scope="module")
def jail():
    preload, build = ["numpy"], lambda folder: folder.mkdir()
    with Jail(best_level(), Limits(), ["numpy"], preload, build) as jail:
        jail.wait()
        yield jail


@pytest.fixture
def grade(jail, tmp_path):
    """Return a function that grades a notebook with some cells replaced."""

    def grade(texts, bugs=BUGS, same=tiny.SAME_VALUES, more=(), seed=1):
        bank = tiny.bank_of(tmp_path, bugs, same)
        cells = (("", "#| export\nimport numpy as np"), *SOLUTIONS.items())
        # A jail learns of an assignment once.
        known = Known(f"tiny-{next(NUMBER)}", tmp_path, cells, bank)
        notebook = tiny.notebook_of(tiny.cells_of(SOLUTIONS | texts, more))
        verdicts = run_notebook(notebook, jail, seed, known=known)
        return verdicts, notebook

    return grade


@pytest.fixture
def named(grade):
    """Return a function that grades, and gives the mistakes by failing check."""

    def named(texts, **options):
        verdicts, _ = grade(texts, **options)
        return {
            check["name"]: check["bug"]
            for verdict in verdicts.values()
            for check in verdict.checks
            if check["message"]
        }

    return named


def with_bug(one: Bug) -> dict[str, str]:
    text = SOLUTIONS[one.cell]
    for piece, other in one.replace:
        text = text.replace(piece, other, 1)
    return {one.cell: text}


def returns(expression):
    return {"double": SOLUTIONS["double"].replace(RETURN, f"return {expression}")}


@pytest.mark.parametrize("one", BUGS, ids=lambda one: one.id)
def test_each_mistake_of_the_bank_is_named(named, one):
    found = set(named(with_bug(one), seed=next(NUMBER)).values())
    assert found == {"triple" if one.id == "triple-by-sum" else one.id}


def test_title_and_question_come_with_the_name(grade):
    verdicts, _ = grade(returns("3 * x"))
    positive, _, nothing = verdicts["test-double"].checks
    assert positive == {
        "name": POSITIVE,
        "score": 0.0,
        "max_score": 2.0,
        "message": "wrong values",
        "bug": "triple",
        "title": "It is triple",
        "question": "Why is it triple?",
    }
    assert nothing["bug"] is None and "question" not in nothing
    assert verdicts["test-total"].score == 3


def test_the_same_mistake_written_in_another_way(named):
    other = "def double(y):\n    out = y * 0.0\n    for _ in range(3):\n"
    other += "        out = out + y\n    assert y.size, 'empty'\n    return out"
    other = other.replace(
        "    assert", "    if not y.size:\n        raise ValueError\n#"
    )
    assert named({"double": other}) == {POSITIVE: "triple", NEGATIVE: "triple"}


def test_a_mistake_of_the_students_own_has_no_name(named):
    assert named(returns("5 * x")) == {POSITIVE: None, NEGATIVE: None}
    assert named(returns("3 * x + 0.001")) == {POSITIVE: None, NEGATIVE: None}


def test_a_right_answer_and_an_unwritten_one_have_none(named, caplog):
    caplog.set_level(logging.INFO)
    assert named({}) == {}
    assert set(named(tiny.STUBS).values()) == {None}
    assert not caplog.messages


def test_two_mistakes_at_once_are_named_check_by_check(named):
    both = returns("3 * x")["double"].replace("x.size == 0", "False")
    expected = {POSITIVE: "triple", NEGATIVE: "triple", NOTHING: "accepts-nothing"}
    assert named({"double": both}) == expected


def test_a_check_alone_names_nothing_that_a_passed_check_excludes(named):
    # Positive numbers as with the mistake "triple", negative ones right.
    assert named(returns("np.where(x > 0, 3 * x, 2 * x)")) == {POSITIVE: None}


def test_mistakes_that_cannot_be_told_apart_have_no_name(named, caplog):
    caplog.set_level(logging.INFO, logger=diagnosis.__name__)
    found = named(returns("3 * x"), same=[])
    assert found == {POSITIVE: None, NEGATIVE: None}
    (message,) = caplog.messages
    assert message.endswith("triple, triple-by-sum cannot be told apart")


def test_an_error_in_common_is_no_proof(named):
    # The mistake "indexes" raises an IndexError too, of another list.
    assert named(returns("[1, 2][5]")) == {
        POSITIVE: None,
        NEGATIVE: None,
        NOTHING: None,
    }
    found = named(returns("np.concatenate([x, x])[7]"))
    assert set(found.values()) == {None}


def test_a_check_alone_is_not_named_on_weak_evidence(named):
    """Zeros, and errors in the same words, come of many mistakes."""
    accepts = SOLUTIONS["double"].replace("x.size == 0", "False")
    for wrong in ("0 * x", "x[7]", "None"):
        bugs = [bug("one", "double", (RETURN, f"return {wrong}"))]
        assert set(named(returns(wrong), bugs=bugs, same=[]).values()) == {"one"}
        # The same answers beside a mistake that the bank does not know.
        text = {"double": accepts.replace(RETURN, f"return {wrong}")}
        assert set(named(text, bugs=bugs, same=[]).values()) == {None}
    # These numbers are the mistake's alone.
    text = {"double": accepts.replace(RETURN, "return 3 * x")}
    expected = {POSITIVE: "triple", NEGATIVE: "triple", NOTHING: None}
    assert named(text, bugs=[TRIPLE], same=[]) == expected


def test_a_mistake_behind_another_cells_is_named(named):
    """What the check saw with the right version of the other cell counts."""
    texts = returns("3 * x") | with_bug(BUGS[6])
    assert BUGS[6].id == "mean"
    expected = {POSITIVE: "triple", NEGATIVE: "triple", "the sum of all": "mean"}
    assert named(texts) == expected


def test_random_draws_are_compared_as_the_check_compares(named):
    noise = "noise: standard deviation 3"
    for factor, bug_id in ((1, "deviation-one"), (9, "deviation-nine"), (5, None)):
        text = SOLUTIONS["total"].replace("normal(0, 3,", f"normal(0, {factor},")
        assert named({"total": text}, seed=next(NUMBER)) == {noise: bug_id}


TRIPLE = BUGS[0]


@pytest.mark.parametrize(
    "text",
    [
        "raise KeyboardInterrupt",
        "raise SystemExit",
        "return np.ones(10**12)",
        "while True: pass",
        "this is no name",
    ],
)
def test_a_mistake_that_crashes_or_hangs_hides_no_other(named, text):
    if "this" in text:
        text = "return this_is_no_name"
    bugs = [bug("wild", "double", (RETURN, text)), TRIPLE]
    found = named(returns("3 * x"), bugs=bugs, same=[])
    assert found == {POSITIVE: "triple", NEGATIVE: "triple"}


STUBBORN = "while True:\n        try:\n            sum(range(1000))\n"
STUBBORN += "        except BaseException:\n            pass"


@pytest.mark.parametrize("text", ["__import__('os')._exit(3)", STUBBORN])
def test_what_ends_or_holds_the_process_costs_the_diagnosis_alone(
    grade, monkeypatch, caplog, text
):
    monkeypatch.setattr(diagnosis, "_SECONDS", 1.0)
    caplog.set_level(logging.INFO, logger=diagnosis.__name__)
    bugs = [bug("wild", "double", (RETURN, text)), TRIPLE, BUGS[6]]
    start = time.monotonic()
    verdicts, _ = grade(returns("3 * x") | with_bug(BUGS[6]), bugs=bugs, same=[])
    assert time.monotonic() - start < SOON
    assert [c["bug"] for c in verdicts["test-double"].checks] == [None, None, None]
    assert (
        verdicts["test-double"].score == 1 and not verdicts["test-double"].author_error
    )
    assert [c["bug"] for c in verdicts["test-total"].checks] == ["mean", None]
    (message,) = caplog.messages
    assert message.startswith("test-double: no diagnosis: ")


def test_all_mistakes_together_have_a_time_limit(named, caplog):
    caplog.set_level(logging.INFO, logger=diagnosis.__name__)
    slow = "sum(range(4_000_000)); return 7 * x"
    bugs = [bug(f"slow-{n}", "double", (RETURN, slow)) for n in range(12)]
    start = time.monotonic()
    assert set(named(returns("3 * x"), bugs=[*bugs, TRIPLE], same=[]).values()) == {
        None
    }
    assert time.monotonic() - start < SOON
    assert "no diagnosis: " in caplog.text


def test_a_student_process_that_died_is_not_diagnosed(named, caplog):
    caplog.set_level(logging.INFO, logger=diagnosis.__name__)
    found = named(returns("__import__('os')._exit(1)"))
    assert set(found.values()) == {None} and not caplog.messages


def test_large_answers_are_not_compared(named):
    large = "np.broadcast_to(x[0, 0], (600, 600))"
    assert named(returns(large))[POSITIVE] is None


SEARCH = """
import gc, sys
found = [name for name in sys.modules if name.split(".")[0] == "proctor"]
for thing in gc.get_objects():
    for text in gc.get_referents(thing):
        if type(text) is str and "?elpirt ti si yhW"[::-1] in text:
            found.append("the question")
try:
    found.append(open({path!r}).read())
except OSError:
    pass
print("found", found)
"""


def test_nothing_of_the_bank_is_where_the_student_is(grade, tmp_path):
    """After a diagnosis, and in the process of a later submission."""
    search = SEARCH.format(path=str(tmp_path / "bugs.py"))
    for _ in range(2):
        text = SOLUTIONS["total"] + search
        verdicts, notebook = grade(returns("3 * x") | {"total": text})
        assert verdicts["test-double"].checks[0]["bug"] == "triple"
        (cell,) = [c for c in notebook["cells"] if c["id"] == "total"]
        assert "".join(o["text"] for o in cell["outputs"]) == "found []\n"


def test_a_diagnosis_shows_no_hidden_input(grade):
    verdicts, _ = grade(returns("3 * x"))
    shown = json.dumps([dataclasses.asdict(v) for v in verdicts.values()])
    assert "array" not in shown and verdicts["test-double"].observed is None
    assert not [c for c in shown if not c.isprintable()]


def test_pages_ask_each_question_once(grade):
    verdicts, notebook = grade(returns("3 * x"))
    verdict = verdicts["test-double"]
    cell = Cell("test-double", 1.0, 4.0, "partial", verdict.message, verdict.checks)
    record = {"submission": Submission.of_cells("ada", 4.0, [cell], []).as_dict()}
    page = render_page(notebook, record)
    # In the table at the top, and at the cell.
    assert page.count("<b>It is triple.</b> Why is it triple?") == 2
    assert page.count('wrong values <span class="bug">(It is triple)</span>') == 4


def test_a_table_gives_the_title_as_the_reason(grade):
    both = returns("3 * x")["double"].replace("x.size == 0", "False")
    verdicts, _ = grade({"double": both})
    verdict = verdicts["test-double"]
    cell = Cell("test-double", 0.0, 4.0, "failed", "first", verdict.checks)
    assert cell.reason == "It is triple; It is accepts-nothing"
    assert Cell("test-double", 0.0, 4.0, "failed", "first").reason == "first"


def test_a_mistake_that_explains_a_part_does_not_hide_the_message():
    known = {"name": "a", "message": "wrong values", "bug": "b", "title": "It is b"}
    known["question"] = "Why?"
    other = {"name": "c", "message": "raised IndexError", "bug": None}
    passed = {"name": "d", "message": "", "bug": None}
    for checks, reason in (
        ([known, passed], "It is b"),
        ([known, other, passed], "IndexError: 3; It is b"),
        ([other, passed], "IndexError: 3"),
        ([], "IndexError: 3"),
    ):
        cell = Cell("test-double", 0.0, 4.0, "failed", "IndexError: 3", checks)
        assert cell.reason == reason
