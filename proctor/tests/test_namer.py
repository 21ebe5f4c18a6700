"""Known mistakes are recognised behind failing answers, and never a wrong one."""

import contextlib
import logging
from dataclasses import replace

import numpy as np
import pytest

from proctor.grade import namer_process as diagnosis
from proctor.grade.namer_process import Namer
from proctor.in_namer.main import _explain_the_rest
from proctor.in_namer.suspect import Suspect
from proctor.rubric.observation import Attempt, Observation
from proctor.tests import processes, tiny
from proctor.tests.naming import (
    NEGATIVE,
    NOTHING,
    NUMBER,
    POSITIVE,
    TRIPLE,
    reference_of,
    returns,
    with_bug,
)
from proctor.tests.tiny import BUGS, RETURN, SOLUTIONS, bug

pytest_plugins = ["proctor.tests.namer_fixtures"]


@pytest.mark.parametrize("one", BUGS, ids=lambda one: one.id)
def test_each_mistake_of_the_bank_is_named(named, one):
    found = set(named(with_bug(one), seed=next(NUMBER)).values())
    assert found == {"triple" if one.id == "triple-by-sum" else one.id}


def test_one_mistake_in_several_forms_has_one_name(named):
    one, other = BUGS[:2]
    said = replace(other, title=one.title, question=one.question)
    found = named(returns("3 * x"), bugs=[one, said], same=[], seed=next(NUMBER))
    assert set(found.values()) == {"triple"}
    # Of two questions neither is the right one to ask.
    asked = replace(said, question="Why three?")
    found = named(returns("3 * x"), bugs=[one, asked], same=[], seed=next(NUMBER))
    assert set(found.values()) == {None}


def test_title_and_question_come_with_the_name(grade):
    verdicts, _ = grade(returns("3 * x"))
    positive, _, nothing = verdicts["test-double"].checks
    assert positive.as_dict() == {
        "name": POSITIVE,
        "score": 0.0,
        "max_score": 2.0,
        "message": "wrong values: right but for a factor",
        "bug": "triple",
        "title": "It is triple",
        "question": "Why is it triple?",
    }
    assert nothing.as_dict()["bug"] is None and "question" not in nothing.as_dict()
    assert verdicts["test-total"].score == 3


def test_a_mistake_that_ends_in_another_way_is_no_name(named):
    found = named(returns("3 * x if (x >= 0).all() else x[99]"))
    assert found and set(found.values()) == {None}


def test_exceptions_of_one_kind_alone_are_no_name(named):
    assert set(named(returns("x[7]")).values()) == {"indexes"}
    assert set(named(returns("x[7 if len(x) == 2 else 9]")).values()) == {None}


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


@pytest.mark.parametrize(
    ("one", "two", "proves"),
    [
        ("7 do not fit into 3", "7 do not fit into 3", True),
        ("a kernel of 7 does not fit into 3 pixels", "3 is less than 7", True),
        ("no room: size 3, kernel 7, padding 0", "3 is less than 7", True),
        ("a kernel of 7 does not fit into 3 pixels", "4 is less than 7", False),
        ("no room", "3 is less than 7", False),
        ("only 7", "7 is too large", True),
        ("only 7", "7 is larger than 6", False),
        # Not where a library says it.
        ("list index out of range: 7", "cannot reshape 7", False),
        # Of one sentence, as a library has it, all numbers must be the same.
        ("index 3 is out of 3, axis 7", "index 7 is out of 7, axis 3", False),
    ],
)
def test_an_error_of_ones_own_words_tells_by_its_numbers(one, two, proves):
    ours, theirs = (Attempt(raised=("ValueError", text)) for text in (one, two))
    assert ours.proves(theirs) is proves
    assert theirs.proves(ours) is proves


class Refusing:
    """A mistake that ends checks by these texts of a ValueError, and passes others."""

    late = False

    def __init__(self, texts):
        self._texts = texts

    def attempt(self, name, turn, observer, stands_in):
        kind = "ValueError" if name in self._texts else ""
        return Attempt(raised=(kind, self._texts.get(name, ""))), None

    def running(self, seconds):
        return contextlib.nullcontext()

    def took(self, name, turn):
        return 1.0

    seconds = took


@pytest.mark.parametrize(
    ("first", "second", "how_well"),
    [
        ("a kernel of 4 does not fit into 6", "a kernel of 6 does not fit into 6", 3),
        # In other words: one that says the same is nearer.
        ("6 pixels, kernel 4", "6 pixels, kernel 6", 2),
        # Of its own words, which name other numbers in the second.
        ("6 pixels, kernel 4", "6 pixels, kernel 6, padding 0", 1),
        ("no room", "no room", 0),
        # Who refuses nothing may fail in many ways.
        ("6 pixels, kernel 4", "cannot reshape array of size 6", 0),
    ],
)
def test_who_refuses_what_a_mistake_refuses_is_named_by_numbers_in_common(
    first, second, how_well
):
    known = Refusing(
        {
            "a": "a kernel of 4 does not fit into 6",
            "b": "a kernel of 6 does not fit into 6",
        }
    )
    suspect = Suspect("one", known, known, known)
    failed = {
        name: Attempt(raised=("ValueError", text))
        for name, text in (("a", first), ("b", second))
    }
    assert suspect.explains(failed, ["c"]) == how_well
    assert suspect.explains({"a": failed["a"]}, ["b"]) == 0


def test_a_check_alone_is_not_named_on_weak_evidence(named):
    """Zeros, and errors in the same words, come of many mistakes."""
    accepts = SOLUTIONS["double"].replace("x.size == 0", "False")
    for wrong in ("0 * x", "x[7]", "None"):
        bugs = [bug("one", "double", (RETURN, f"return {wrong}"))]
        assert set(named(returns(wrong), bugs=bugs, same=[]).values()) == {"one"}
        # The same answers beside a mistake that the bank does not know.
        text = {"double": accepts.replace(RETURN, f"return {wrong}")}
        assert set(named(text, bugs=bugs, same=[]).values()) == {None}


def test_a_part_is_not_named_beside_what_nobody_knows(named):
    """These numbers are the mistake's, and yet something else is wrong as well."""
    accepts = SOLUTIONS["double"].replace("x.size == 0", "False")
    text = {"double": accepts.replace(RETURN, "return 3 * x")}
    found = named(text, bugs=[TRIPLE], same=[])
    assert found == {POSITIVE: None, NEGATIVE: None, NOTHING: None}
    both = named(text)
    assert both == {POSITIVE: "triple", NEGATIVE: "triple", NOTHING: "accepts-nothing"}


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


def test_the_namer_is_asked_when_the_notebooks_time_is_over(naming_jail, tmp_path):
    """It may be busy with another's mistakes, and the notebook's time is limited."""
    cells = tiny.cells_of(SOLUTIONS | returns("3 * x") | with_bug(BUGS[6]))
    notebook = tiny.notebook_of(cells)
    for one in cells:
        del one["outputs"]
    asked = []

    class Waiting(Namer):
        def name(self, task, test, verdict):
            asked.append(test.name)
            assert all("outputs" in one for one in cells)
            assert verdict.observed
            return verdict

    namer = Waiting(naming_jail, reference_of(tmp_path, BUGS, []), 1)
    verdicts = processes.run_with(namer, naming_jail, notebook)
    assert asked == ["test-double", "test-total"]
    assert [verdict.observed for verdict in verdicts.values()] == [None, None]


def test_a_student_process_that_died_is_not_diagnosed(named, caplog):
    caplog.set_level(logging.INFO, logger=diagnosis.__name__)
    found = named(returns("__import__('os')._exit(1)"))
    assert set(found.values()) == {None} and not caplog.messages


def test_large_answers_are_not_compared(named):
    large = "np.broadcast_to(x[0, 0], (600, 600))"
    assert named(returns(large))[POSITIVE] is None


class Behind:
    """A mistake of which is given which checks it fails, and in which it ends alike."""

    def __init__(self, fails, alike):
        self._fails, self._alike = fails, alike

    def fails(self, name, turn):
        return name in self._fails

    def ends_alike(self, name, attempt):
        return name in self._fails and name in self._alike


@pytest.mark.parametrize(
    ("explained", "numbers", "fails", "alike", "enough"),
    [
        # One of four, in many different numbers: it is the mistake in another form.
        ("a", 6, "abcd", "abcd", True),
        ("a", 3, "abcd", "abcd", False),
        ("a", 6, "abcd", "abc", False),
        ("a", 6, "abc", "abcd", False),
        ("ab", 2, "abcd", "abcd", True),
        ("ab", 2, "abcd", "abc", False),
        # What explains most of it may end the rest in another way.
        ("abc", 2, "abcd", "abc", True),
        ("abc", 2, "abc", "abc", False),
        # A single number that is another is another mistake's.
        ("abc", 1, "abcd", "abcd", False),
        ("abcd", 1, "abcd", "abcd", True),
    ],
)
def test_what_explains_a_part_is_behind_the_rest(
    explained, numbers, fails, alike, enough
):
    seen = Observation("close", np.arange(1.0, 1 + numbers))
    failed = {name: Attempt([seen], verdict="wrong") for name in "abcd"}
    behind = _explain_the_rest(
        [Behind(fails, alike)], dict.fromkeys(explained, "one"), failed
    )
    assert behind is enough


@pytest.mark.parametrize(
    ("one", "two", "alike"),
    [
        (("IndexError", "index 6 is out of bounds for axis 3 with size 6"),
         ("ValueError", "operands could not be broadcast together with shapes (1,)"),
         True),
        (("ValueError", "cannot reshape array of size 7 into shape (2,3)"),
         ("ValueError", "shape-mismatch for sum"), True),
        (("ValueError", "no window fits"),
         ("IndexError", "index 6 is out of bounds for axis 3 with size 6"), False),
        (("TypeError", "broadcast"), ("ValueError", "could not broadcast"), False),
    ],
)  # fmt: skip
def test_what_fits_no_array_ends_alike_in_loops_and_in_slices(one, two, alike):
    ours, theirs = Attempt(raised=one), Attempt(raised=two)
    assert ours.ended_like(theirs) is alike
    assert theirs.ended_like(ours) is alike
    assert not ours.proves(theirs)
