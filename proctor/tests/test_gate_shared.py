"""What shares a submission in the gate, and what a mistake costs other tests."""

import pytest

from proctor.bank import load
from proctor.bank.trials import Trials
from proctor.cli import main
from proctor.notebook.built import Built
from proctor.settings import Course
from proctor.tests import tiny
from proctor.tests.tiny import BUGS, FILE, NAME, RETURN, SOLUTIONS, bug

# A third task, which has nothing to do with the first.
TRIPLE = "#| export\ndef triple(x):\n    return 3 * x"
TEST_TRIPLE = """\
assert triple(1) == 3, "one, tripled"
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric

rubric = Rubric(points=1)


@rubric.check("any numbers", points=1)
def _():
    x = rubric.rng.uniform(1, 2, (2, 3))
    rubric.close(triple(x), 3 * x)


rubric.score()
### END HIDDEN TESTS"""
THRICE = "def triple(x):\n    return x + x + x"
SQUARED = bug("squared", "triple", ("3 * x", "x * x"))


@pytest.fixture
def with_triple(tmp_path, monkeypatch):
    """Return a function that makes a course with that task, and ways to write it."""

    def made(*ways, bugs=(SQUARED,)):
        monkeypatch.setitem(SOLUTIONS, "triple", TRIPLE)
        monkeypatch.setitem(tiny.STUBS, "triple", "def triple(x):\n    raise KeyError")
        monkeypatch.setitem(tiny.TESTS, "test-triple", TEST_TRIPLE)
        monkeypatch.setitem(tiny.POINTS, "test-triple", 1.0)
        variants = tiny.VARIANTS
        for number, source in enumerate(ways):
            variants += f"variant_text('triple', 'way-{number}', {source!r})\n"
        few = [BUGS[0], BUGS[6], *bugs]
        monkeypatch.chdir(tiny.course(tmp_path, few, variants))
        return tmp_path

    return made


def grouped(folder, whole=()):
    """Return the names of what is tried, by the submissions that they share."""
    own = Course.read(folder)
    built = Built.read(own.layout, own.marks, NAME, own.config)
    trials = Trials(built, load(own.truth(NAME), SOLUTIONS))
    trials.whole = set(whole)
    groups = trials.groups(trials.all(None))
    assert sorted(t.name for group in groups for t in group) == sorted(
        t.name for t in trials.all(None)
    )
    return [[t.name for t in group] for group in groups if len(group) > 1]


def test_what_has_nothing_in_common_shares_a_submission(with_triple):
    folder = with_triple(THRICE)
    # `total` is made of `double`, `triple` of neither.
    assert grouped(folder) == [
        ["variant by-sum of double", "variant way-0 of triple"],
        ["bug triple", "bug squared"],
    ]
    assert grouped(folder, whole=["tiny"]) == []


def test_a_text_that_uses_the_other_is_tried_alone(with_triple):
    folder = with_triple("def triple(x):\n    return x + double(np.ones(1) * x)[0]")
    assert grouped(folder) == [
        ["variant by-loop of total", "variant way-0 of triple"],
        ["bug triple", "bug squared"],
    ]


def test_of_those_that_share_a_submission_the_one_at_fault_is_named(
    with_triple, capsys
):
    harmless = bug("harmless", "triple", ("3 * x", "x * 3"))
    with_triple("def triple(x):\n    return 4 * x", bugs=[harmless])
    assert main(["gate", NAME, "--seed", "5"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "variant way-0 of triple: test-triple gives 0 of 1 points: one, tripled "
        "(wanted 3, got 4)",
        "bug harmless: test-triple gives full marks: no check catches it",
        "caught 2/3, named 2/3, variants 2/3; seed 5",
    ]


def test_right_ones_that_lose_beside_each_other_alone_are_told(
    tmp_path, monkeypatch, capsys
):
    """As if nobody had seen that they have a name in common."""
    binds = f"unit = 2\n{SOLUTIONS['double']}"
    uses = SOLUTIONS["total"].replace("sum()", "sum() * globals().get('unit', 1)")
    variants = "from proctor.bank import variant_text\n"
    variants += f"variant_text('double', 'binds', {binds!r})\n"
    variants += f"variant_text('total', 'uses', {uses!r})\n"
    monkeypatch.chdir(tiny.course(tmp_path, [], variants))
    monkeypatch.setattr(
        Trials, "groups", lambda self, trials: [[t] for t in trials[:2]] + [trials[2:]]
    )
    assert main(["gate", NAME, "--seed", "5"]) == 1
    lost = "test-total gives 1 of 3 points: two ones, doubled (wanted 4, got 8.0)"
    assert capsys.readouterr().out.splitlines() == [
        f"variant binds of double with variant uses of total: {lost}",
        "caught 0/0, named 0/0, variants 2/2; seed 5",
    ]


LOST = (
    "every test behind these would be lost: the notebook ended its process, or hung, "
    "again and again"
)


def test_a_mistake_that_costs_other_tests_is_told(with_triple, capsys):
    """Of cells that have nothing to do with it: such a test is not run for it."""
    endless = bug("endless", "double", (RETURN, "while True: pass"))
    folder = with_triple(bugs=[endless])
    config = folder / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}c.Sandbox.cell_seconds = 1\n")
    assert main(["gate", NAME, "--bug", "endless", "--seed", "5"]) == 1
    stopped = "the notebook's process was stopped: no answer in time"
    before = f"not tried: before it, {stopped}"
    assert capsys.readouterr().out.splitlines() == [
        f"bug endless: test-total gives 0 of 3 points: {stopped}, in `assert "
        'total(np.ones(2)) == 4, "two ones, doubled"`',
        "bug endless: test-double comes to no verdict in 3 of 3 checks: positive "
        f"numbers: {stopped}",
        "bug endless: test-total comes to no verdict in 2 of 2 checks: the sum of "
        f"all: {before}",
        f"bug endless: {LOST}",
        "caught 0/1, named 0/1, variants 0/0; seed 5",
    ]


def test_a_mistake_that_ends_the_notebook_is_told(with_triple, capsys):
    """In given cells, before a test that has nothing to do with it."""
    ends = bug("ends", "double", (RETURN, "import os; os._exit(1)"))
    folder = with_triple(bugs=[ends])
    for stage, texts in (("source", SOLUTIONS), ("release", tiny.STUBS)):
        cells = tiny.cells_of(texts)
        cells[5:5] = [tiny.cell(f"double(np.ones({n}))") for n in range(1, 6)]
        cells = cells if stage == "source" else tiny.hidden(cells)
        tiny.write(folder / stage / NAME / FILE, cells)
    assert main(["gate", NAME, "--bug", "ends", "--seed", "5"]) == 1
    assert LOST in capsys.readouterr().out
