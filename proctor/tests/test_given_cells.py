"""What becomes of given cells that a student deleted or changed, and what is said."""

import pytest

from proctor.tests import grading
from proctor.tests.tiny import cell

IMPORTS = "import numpy as np"
HELPER = '''\
def as_pair(value):
    """Return a value as a pair."""
    pair = value if isinstance(value, tuple) else (value, value)
    return pair'''
CONSTANTS = """\
# By which sides are weighed.
G, H = 2, 3
NAMES = {
    "down": 0,
    "across": 1,
}"""
SKIPPED = "import numpy as np\nimport matplotlib.pyplot as plt"
IN_A_WITH = """\
import contextlib

with contextlib.suppress(ImportError):
    import matplotlib.pyplot as plt"""
DEMO = "row = np.arange(3)\nrow + 1"
AREA = """\
def area(value):
    row, column = as_pair(value)
    return row * column"""
WEIGHED = """\
def weighed(value):
    sides = as_pair(value)
    return G * sides[NAMES["down"]] + H * sides[NAMES["across"]]"""
TESTS = {
    "area": "assert area(3) == 9\n"
    "### BEGIN HIDDEN TESTS\nassert area((2, 5)) == 10\n### END HIDDEN TESTS",
    "weighed": "assert weighed((1, 10)) == 32",
    "pair": "assert isinstance(as_pair(4), tuple), 'a pair'",
}
ALL = IMPORTS, HELPER, CONSTANTS, DEMO, SKIPPED, IN_A_WITH
POINTS = {"grade": True, "locked": True, "points": 2}


def cells(given=(IMPORTS, HELPER, CONSTANTS, DEMO), area=AREA, weighed=WEIGHED):
    tests = {name: cell(text, f"test-{name}", **POINTS) for name, text in TESTS.items()}
    skipped = [cell(text) for text in given if text in (SKIPPED, IN_A_WITH)]
    for one in skipped:
        one["metadata"]["tags"] = ["skip-grading"]
    others = (text for text in given if text not in (SKIPPED, IN_A_WITH))
    return [
        *map(cell, others),
        *skipped,
        cell(area, "area", solution=True),
        tests["area"],
        cell(weighed, "weighed", solution=True),
        tests["weighed"],
        tests["pair"],
    ]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("given")
    stubs = {
        name: f"def {name}(value):\n    raise NotImplementedError"
        for name in ("area", "weighed")
    }
    released = cells(ALL, **stubs)
    for one in released:
        one["source"] = one["source"].split("### BEGIN HIDDEN")[0].rstrip()
    grading.write_course(folder, {"a": cells(ALL)}, {"a": released})
    with grading.grader_of(folder) as grader:
        yield folder, grader


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hasty")
    config = "c.Sandbox.cell_seconds = 3\n"
    grading.write_course(folder, {"a": cells()}, {"a": cells()}, config=config)
    with grading.grader_of(folder) as grader:
        yield folder, grader


def graded(course, student, notebook):
    folder, grader = course
    grading.hand_in(folder, student, {"a": notebook})
    found = grading.grade(grader, folder, student).submission
    return found.score, found.mended, found


@pytest.mark.parametrize(
    ("student", "given", "said"),
    [
        ("control", (IMPORTS, HELPER, CONSTANTS, DEMO), []),
        ("no-demo", (IMPORTS, HELPER, CONSTANTS), []),
        ("no-constants", (IMPORTS, HELPER, DEMO), ["G, H, NAMES"]),
        ("none", (), ["np", "as_pair", "G, H, NAMES"]),
        (
            "one-of-two-assignments",
            (IMPORTS, HELPER, CONSTANTS.split("NAMES")[0], DEMO),
            ["NAMES"],
        ),
    ],
)
def test_what_tasks_build_on_is_put_back(course, student, given, said):
    score, mended, _ = graded(course, student, cells(given))
    assert score == 6
    notes = [note for note in mended if "put back" in note]
    assert len(notes) == len(said)
    for note, names in zip(notes, said, strict=True):
        assert f"of a given cell was missing ({names})" in f"of {note}"


def test_a_cell_that_is_not_run_gives_nothing(course):
    """It imports what a given cell does that was deleted."""
    score, mended, _ = graded(course, "unrun", cells((SKIPPED, HELPER, CONSTANTS)))
    assert score == 6
    assert mended == ("a given cell was missing (np): put back",)


def test_what_a_student_defined_is_not_put_back(course):
    own = WEIGHED.replace("def", "G, H, NAMES = 1, 1, {'down': 0, 'across': 1}\n\ndef")
    score, mended, _ = graded(course, "own", cells((IMPORTS, HELPER), weighed=own))
    assert score == 4 and not [note for note in mended if "put back" in note]


BROKEN = HELPER.replace("\n    return pair", "")
BETTER = HELPER.replace("isinstance(value, tuple)", "type(value) is tuple")


def test_a_given_function_broken_by_accident_costs_nothing(course):
    score, mended, found = graded(
        course, "broken", cells((IMPORTS, BROKEN, CONSTANTS, DEMO))
    )
    assert score == 6 and {one.status for one in found.cells} == {"passed"}
    assert "a given cell was changed: as_pair" in mended
    assert mended[-1] == (
        "given cells were run as they were given too, for test-area, test-weighed, "
        "test-pair"
    )


@pytest.mark.parametrize(
    "scratch",
    [
        "def as_pair(a, b):\n    return a, b",
        "x = np.ones(3); del np, as_pair",
        "del G",
        "G = np.ones(3)",
        "for G in range(4):\n    print(G)",
        "NAMES = ['ada', 'bo']",
        "import math as G",
        "%reset_selective -f NAMES",
    ],
    ids=[
        "its-name-for-another",
        "deleted",
        "a-constant-deleted",
        "a-constant-for-another",
        "in-a-loop",
        "a-constant-of-another-kind",
        "an-import-of-that-name",
        "a-magic-that-deletes",
    ],
)
def test_a_scratch_cell_takes_no_given_names_from_the_tasks(course, scratch, request):
    notebook = cells()
    notebook.insert(4, cell(scratch))
    student = f"scratch-{request.node.callspec.id}"
    score, mended, found = graded(course, student, notebook)
    assert score == 6 and {one.status for one in found.cells} == {"passed"}
    assert mended[-1].startswith("given cells were run as they were given too, for ")


def test_a_given_function_changed_on_purpose_counts(course):
    score, mended, _ = graded(
        course, "better", cells((IMPORTS, BETTER, CONSTANTS, DEMO))
    )
    assert (score, mended) == (6, ("a given cell was changed: as_pair",))


def test_an_own_version_that_works_stays(course):
    """It gives lists, as the student's own function wants them; one test does not."""
    lists = HELPER.replace("(value, value)", "[value, value]")
    lists = lists.replace("return pair", "return list(pair)")
    wants = AREA.replace("row, column =", "sides =").replace("row *", "sides.pop() *")
    wants = wants.replace("column", "sides.pop()")
    score, mended, _ = graded(
        course, "lists", cells((IMPORTS, lists, CONSTANTS, DEMO), wants)
    )
    assert score == 6
    assert mended[-1] == "given cells were run as they were given too, for test-pair"


def test_a_wrong_answer_stays_wrong(course):
    wrong = AREA.replace("row * column", "row + column")
    given = IMPORTS, BROKEN, CONSTANTS, DEMO
    score, _, found = graded(course, "wrong", cells(given, wrong))
    assert score == 4
    assert {c.grade_id: c.score for c in found.cells if c.score < 2} == {"test-area": 0}


def test_a_changed_demo_is_no_matter(course):
    given = IMPORTS, HELPER, CONSTANTS, DEMO.replace("3", "30")
    assert graded(course, "demo", cells(given))[:2] == (6, ())


def test_a_comment_or_an_import_more_is_no_change(course):
    more = (
        "import math\n" + IMPORTS,
        HELPER.replace("    pair =", "    # both\n    pair ="),
    )
    assert graded(course, "more", cells((*more, CONSTANTS, DEMO)))[0] == 6


USES = AREA.replace("row, column =", "plt.close()\n    row, column =")
LENT = "what a cell that is not run imports was imported: plt"


@pytest.mark.parametrize("skipped", [SKIPPED, IN_A_WITH])
def test_what_a_cell_that_is_not_run_imports_is_there_below_it(course, skipped):
    given = IMPORTS, HELPER, CONSTANTS, skipped
    assert graded(course, "lent", cells(given, USES))[:2] == (6, (LENT,))


def test_it_is_not_there_above_it_or_without_it(course):
    above = cells((*ALL[:4], SKIPPED), USES)
    above.append(above.pop([c["source"] for c in above].index(SKIPPED)))
    assert graded(course, "above", above)[:2] == (4, ())
    assert graded(course, "without", cells(area=USES))[:2] == (4, ())


def test_an_import_of_the_students_own_stays(course):
    own = "import math as plt\n\n" + USES.replace("plt.close()", "plt.sqrt(2)")
    assert graded(course, "own", cells(ALL, own))[:2] == (6, ())


def test_what_stands_behind_a_line_that_fails_is_said(course):
    cut = "import not_there\n\n" + AREA
    demo = "demo = area(-1, 2)\nmore = 3"
    given = IMPORTS, HELPER, CONSTANTS, DEMO
    made = cells(given, cut)
    made.append(cell(demo))
    _, mended, found = graded(course, "cut", made)
    assert found.score == 6
    assert mended == (
        "the cell 'area' ended in an error: what else it defines is there all the same "
        "(area)",
        "a cell ended in an error: what else it defines is there all the same (more)",
    )


# It does not let itself be stopped.
HANGS = """

while True:
    try:
        while True: pass
    except BaseException:
        pass"""


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(HANGS, marks=pytest.mark.slow, id="hangs"),
        pytest.param("\n\nimport os\nos._exit(0)", id="ends"),
    ],
)
def test_a_given_cell_that_takes_the_process_with_it_runs_as_it_was_given(hasty, end):
    given = IMPORTS, HELPER + end, CONSTANTS, DEMO
    score, mended, _ = graded(hasty, "hangs", cells(given))
    assert score == 6
    assert mended[-1].endswith("): it was run as it was given too")
