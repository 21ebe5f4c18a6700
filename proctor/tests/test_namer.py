"""Known mistakes are recognised behind failing answers, and never a wrong one."""

import contextlib
import dataclasses
import itertools
import json
import logging
from dataclasses import replace

import numpy as np
import pytest

from proctor.bank import Bug
from proctor.bank.reference import Reference
from proctor.feedback import render_page
from proctor.grade import namer_process as diagnosis
from proctor.grade.namer_process import Namer
from proctor.grade.results import Cell, Check, Submission
from proctor.in_namer.clock import Allowance
from proctor.in_namer.main import _explain_the_rest
from proctor.in_namer.suspect import Suspect
from proctor.rubric import pace
from proctor.rubric.observation import Attempt, Observation
from proctor.sandbox.levels import best_level
from proctor.tests import processes, tiny
from proctor.tests.tiny import BUGS, RETURN, SOLUTIONS, bug

NUMBER = itertools.count()
POSITIVE, NEGATIVE, NOTHING = (
    "positive numbers",
    "negative numbers",
    "no numbers: a ValueError",
)


@pytest.fixture(scope="module")
def jail():
    with processes.open_jail(best_level()) as jail:
        yield jail


def reference_of(folder, bugs, same):
    bank = tiny.bank_of(folder, bugs, same)
    cells = (("", "#| export\nimport numpy as np"), *SOLUTIONS.items())
    # A jail learns of an assignment once.
    return Reference(f"tiny-{next(NUMBER)}", folder, cells, bank)


@pytest.fixture
def grade(jail, tmp_path):
    """Return a function that grades a notebook with some cells replaced."""

    def grade(texts, bugs=BUGS, same=tiny.SAME_VALUES, more=(), seed=1):
        known = reference_of(tmp_path, bugs, same)
        notebook = tiny.notebook_of(tiny.cells_of(SOLUTIONS | texts, more))
        verdicts = processes.run(jail, notebook, seed, known)
        return verdicts, notebook

    return grade


@pytest.fixture
def named(grade):
    """Return a function that grades, and gives the mistakes by failing check."""

    def named(texts, **options):
        verdicts, _ = grade(texts, **options)
        return {
            check.name: check.bug or None
            for verdict in verdicts.values()
            for check in verdict.checks
            if check.message
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


@pytest.mark.parametrize(
    ("first", "second", "how_well"),
    [
        ("a kernel of 4 does not fit into 6", "a kernel of 6 does not fit into 6", 2),
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
    suspect = Suspect("one", known, known, lambda name, turn: 1.0)
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


TRIPLE = BUGS[0]


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
    jail, tmp_path, monkeypatch, caplog
):
    """It sleeps: no limit of processor time ends it."""
    monkeypatch.setattr(diagnosis, "_SECONDS", 1.0)
    caplog.set_level(logging.INFO, logger=diagnosis.__name__)
    bugs = [wild("__import__('time').sleep(10_000)"), TRIPLE]
    namer = Namer(jail, reference_of(tmp_path, bugs, []), 1)
    with contextlib.closing(namer):
        for _ in range(3):
            cells = tiny.cells_of(SOLUTIONS | returns("3 * x"))
            verdicts = processes.run_with(namer, jail, tiny.notebook_of(cells))
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


def test_the_namer_is_asked_when_the_notebooks_time_is_over(jail, tmp_path):
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

    namer = Waiting(jail, reference_of(tmp_path, BUGS, []), 1)
    verdicts = processes.run_with(namer, jail, notebook)
    assert asked == ["test-double", "test-total"]
    assert [verdict.observed for verdict in verdicts.values()] == [None, None]


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
        assert verdicts["test-double"].checks[0].bug == "triple"
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
    assert page.count('a factor <span class="bug">(It is triple)</span>') == 4


def test_a_table_gives_the_title_as_the_reason(grade):
    both = returns("3 * x")["double"].replace("x.size == 0", "False")
    verdicts, _ = grade({"double": both})
    verdict = verdicts["test-double"]
    cell = Cell("test-double", 0.0, 4.0, "failed", "first", verdict.checks)
    assert cell.reason == "It is triple; It is accepts-nothing"
    assert Cell("test-double", 0.0, 4.0, "failed", "first").reason == "first"


def test_a_mistake_that_explains_a_part_does_not_hide_the_message():
    known = Check("a", 0.0, 1.0, "wrong values", "b", "It is b", "Why?")
    other = Check("c", 0.0, 1.0, "raised IndexError")
    passed = Check("d", 1.0, 1.0)
    for checks, reason in (
        ([known, passed], "It is b"),
        ([known, other, passed], "IndexError: 3; It is b"),
        ([other, passed], "IndexError: 3"),
        ([], "IndexError: 3"),
    ):
        cell = Cell("test-double", 0.0, 4.0, "failed", "IndexError: 3", tuple(checks))
        assert cell.reason == reason


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
