"""The gate on an assignment's own tests, and the bank that it reads."""

import json

import pytest

from proctor.bank import load
from proctor.bank.trials import Trials
from proctor.cli import main
from proctor.notebook.built import Built
from proctor.sandbox.levels import best_level
from proctor.settings import Course
from proctor.tests import tiny
from proctor.tests.tiny import FILE, NAME, RETURN, SOLUTIONS, bug

SANDBOX = ("--sandbox", best_level())


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Return a function that makes a course folder and goes there."""

    def course(*args, **kwargs):
        monkeypatch.chdir(tiny.course(tmp_path, *args, **kwargs))
        return tmp_path

    return course


def test_every_mistake_caught_and_named_every_variant_right(course, capsys):
    course()
    assert main(["gate", NAME, "--seed", "5"]) == 0
    expected = "caught 9/9, named 9/9, variants 2/2; seed 5\n"
    assert capsys.readouterr() == (expected, "")


def test_one_mistake(course, capsys):
    course()
    assert main(["gate", NAME, "--bug", "mean", "--seed", "5"]) == 0
    assert capsys.readouterr().out == "caught 1/1, named 1/1, variants 0/0; seed 5\n"
    assert main(["gate", NAME, "--bug", "median"]) == 2
    error = "proctor: no bug 'median' in the bank: see its bugs.py\n"
    assert capsys.readouterr().err == error


TOTAL = SOLUTIONS["total"].replace("    return float(", "    return unit * float(")
WEAK_SOLUTIONS = {
    # What the second task builds on is made by the first, and no stand-in covers it.
    "double": f"{SOLUTIONS['double']}\nunit = 1",
    "total": TOTAL,
}
WEAK = [
    bug("harmless", "double", (RETURN, "return x + x")),
    bug("spreads", "double", ("unit = 1", "unit = 2"), (RETURN, "return 7 * x")),
    bug("alike-one", "double", (RETURN, "return 9 * x")),
    bug("alike-two", "double", (RETURN, "return x * 9")),
]


def test_each_failure_is_a_line(course, capsys):
    """Mistakes that are harmless, spread or look alike, a wrong variant, a bad stub."""
    wrong = "unit = 1\ndef double(x):\n    return x + x"
    variants = "from proctor.bank import variant_text\n"
    variants += f"variant_text('double', 'accepts-nothing', {wrong!r})\n"
    folder = course(WEAK, variants)
    handed_out = tiny.STUBS | {"total": f"unit = 1\n{SOLUTIONS['total']}"}
    tiny.write(folder / "source" / NAME / FILE, tiny.cells_of(WEAK_SOLUTIONS))
    release = tiny.hidden(tiny.cells_of(handed_out))
    tiny.write(folder / "release" / NAME / FILE, release)
    assert main(["gate", NAME, "--seed", "5", "--jobs", "2"]) == 1
    lines = capsys.readouterr().out.splitlines()
    factor = "numbers: wrong values: right but for a factor"
    not_named = f"not named where it fails positive {factor}; negative {factor}"
    assert lines == [
        "what is handed out: test-total gives 3 of 3 points for nothing",
        "variant accepts-nothing of double: test-double gives 3 of 4 points: no "
        "numbers: a ValueError: no ValueError was raised",
        "bug harmless: test-double gives full marks: no check catches it",
        "bug spreads: test-total gives 1 of 3 points: two ones, doubled (wanted 4, got "
        "28.0)",
        f"bug alike-one: {not_named}",
        f"bug alike-two: {not_named}",
        "test-double: no diagnosis: alike-one, alike-two cannot be told apart",
        "caught 2/4, named 1/4, variants 0/1; seed 5",
    ]


def test_where_tests_run_together_a_mistake_is_tried_on_all(course):
    """What they have in common with a cell is more than names."""
    folder = Course.read(course())
    read = folder.layout, folder.marks, NAME, folder.config
    trials = Trials(built := Built.read(*read), load(folder.truth(NAME), SOLUTIONS))
    (trial,) = trials.all("mean")
    tests = ["test-double", "test-total"]
    for whole, kept in ((set(), tests[1:]), ({"tiny"}, tests)):
        trials.whole = whole
        (notebook,) = trials.part(built.as_assignment(), trial).notebooks
        assert [c.name for c in notebook.cells if c.is_test] == kept


TELLS = """
@rubric.check("a row", points=0.5)
def _():
    x = np.array([1.5, 2.5])
    assert double(x)[0] == 3, f"3 was wanted for {x}, got {double(x)[0]}"


@rubric.check(f"of {np.ones((1, 1))}", points=0.5)
def _():
    assert double(np.ones(1))[0] == 2, "two"


rubric.score()
"""


def test_what_a_check_tells_is_fixed(course, capsys, monkeypatch):
    """An author's text may be shown, and not what it computes of the inputs."""
    test = tiny.TESTS["test-double"].replace("\nrubric.score()\n", TELLS)
    test = test.replace("points=4", "points=5")
    monkeypatch.setitem(tiny.TESTS, "test-double", test)
    monkeypatch.setitem(tiny.POINTS, "test-double", 5.0)
    course([bug("triple", "double", (RETURN, "return 3 * x"))], "")
    assert main(["gate", NAME, "--seed", "5"]) == 1
    tells = "test-double tells its inputs"
    assert capsys.readouterr().out.splitlines() == [
        f"the reference: {tells}: of [[1.]]: ",
        f"what is handed out: {tells}: of [[1.]]: not written yet",
        f"bug triple: {tells}: a row: 3 was wanted for [1.5 2.5], got 4.5",
        f"bug triple: {tells}: of [[1.]]: two",
        "caught 1/1, named 1/1, variants 0/0; seed 5",
    ]


def test_a_right_solution_passes_what_is_shown(course, capsys, monkeypatch):
    """A test that a student sees fail, where every named check passes, is wrong."""
    test = tiny.TESTS["test-double"].replace("(2,), ", "(3,), ", 1)
    monkeypatch.setitem(tiny.TESTS, "test-double", test)
    course([], "")
    assert main(["gate", NAME, "--seed", "5"]) == 1
    reason = (
        "one number for each (wanted (3,), got (2,)) (a check that you see: 2 points)"
    )
    assert capsys.readouterr().out.splitlines() == [
        f"the reference: test-double gives 2 of 4 points: {reason}",
        "caught 0/0, named 0/0, variants 0/0; seed 5",
    ]


def test_a_bank_without_bugs_still_tries_stubs_and_solutions(course, capsys):
    course([], "")
    assert main(["gate", NAME, "--seed", "5"]) == 0
    assert capsys.readouterr().out == "caught 0/0, named 0/0, variants 0/0; seed 5\n"


def test_check_shows_the_title_and_the_question(course, capsys):
    folder = course()
    text = SOLUTIONS["double"].replace(RETURN, "return 3 * x")
    cells = tiny.hidden(tiny.cells_of(SOLUTIONS | {"double": text}))
    handed_in = tiny.write(folder / FILE, cells)
    results = folder / "results.json"
    options = ("--seed", "5", "--results", str(results), *SANDBOX)
    assert main(["check", str(handed_in), *options]) == 0
    assert capsys.readouterr().out.splitlines()[:-1] == [
        f"{NAME}: 4 of 7 points",
        "  1/4  double: positive numbers: wrong values: right but for a factor",
        *(
            f"      0/{points}  {which} numbers: wrong values: right but for a factor "
            "(It is triple)"
            for points, which in ((2, "positive"), (1, "negative"))
        ),
        "      It is triple: Why is it triple?",
        "  3/3  total: two ones, doubled (wanted 4, got 6.0) (another task's mistake: "
        "no points lost)",
    ]
    (submission,) = json.loads(results.read_text())["submissions"]
    check = submission["cells"][0]["checks"][0]
    assert (check["bug"], check["title"]) == ("triple", "It is triple")
    assert check["question"] == "Why is it triple?"


def test_cells_that_are_skipped_are_known_by_their_text(course, capsys):
    """Tagged in the assignment; a submission has lost the tag."""
    folder = course()
    slow = "raise SystemExit  # as long as training takes\ndel total"
    for stage, texts in (("source", SOLUTIONS), ("release", tiny.STUBS)):
        cells = tiny.cells_of(texts)
        cells.insert(3, tiny.cell(slow) | {"metadata": {"tags": ["skip-grading"]}})
        tiny.write(folder / stage / NAME / FILE, cells)
    uses = SOLUTIONS["double"].replace("2 * x", "two * x")
    cells = tiny.cells_of(SOLUTIONS | {"double": uses})
    cells.insert(3, tiny.cell(f"{slow}\n") | {"outputs": [{"old": "output"}]})
    # A student's own is run whatever its tags, and so is a task.
    tagged = tiny.cell("two = 2") | {"metadata": {"tags": ["skip-grading"]}}
    cells.insert(2, tagged)
    cells[1]["metadata"]["tags"] = ["skip-grading"]
    handed_in = tiny.write(folder / FILE, tiny.hidden(cells))
    assert main(["check", str(handed_in), *SANDBOX]) == 0
    assert f"{NAME}: 7 of 7 points" in capsys.readouterr().out
