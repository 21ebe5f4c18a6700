"""What is said of a test that lost points for what stands in another cell."""

import pytest

from proctor.grade.absent import ABSENT, NO_FILE, REFUSED, for_want_of_a_machine
from proctor.grade.verdict import Verdict
from proctor.notebook import assignment
from proctor.tests import grading, one_area
from proctor.tests.one_area import (
    AREA,
    GIVEN,
    IMPORTS,
    POINTS,
    cells,
    graded,
    said,
    using,
)
from proctor.tests.tiny import cell


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reasons")
    one_area.write(folder)
    with grading.grader_of(folder) as grader:
        yield folder, grader


def test_an_attempt_between_the_answer_and_its_test_takes_nothing_from_it(course):
    notebook = cells()
    (at,) = [i for i, c in enumerate(notebook) if c["source"] == AREA]
    notebook.insert(at + 1, cell("def area(side):\n    return None  # not yet"))
    found = graded(course, notebook)
    assert (found.score, list(found.mended)) == (
        2,
        [
            "test-area ran behind the cell 'area' once more too: a cell between the "
            "two defines the same"
        ],
    )


def test_a_later_attempt_that_is_right_counts_as_it_stands(course):
    notebook = cells(area="def area(side):\n    return side")
    notebook.insert(len(notebook) - 1, cell(AREA))
    found = graded(course, notebook)
    assert (found.score, list(found.mended)) == (2, [])


def test_a_right_one_is_told_nothing(course):
    assert said(course, cells(below=[AREA]), points=2) == ""


def test_a_name_of_a_cell_that_is_not_run(course):
    """A cell after it ends in the same error, and is no cause."""
    message = said(course, cells(using("shade"), ["a = 1\nshade"]))
    assert message.endswith(
        " (shade is made in a cell that the grader does not run (tagged skip-grading): "
        "make it in a cell of your own)"
    )


@pytest.mark.parametrize("name", ["plt.close()", "time.time()"])
def test_a_name_that_a_cell_below_imports_that_is_not_run(course, name):
    moved = cells(using(name))
    moved.append(moved.pop(2))
    assert said(course, moved).endswith(
        f" ({name.split('.')[0]} is imported in a cell that the grader does not run "
        "(tagged skip-grading): import it in a cell of your own)"
    )


def test_the_first_cause_is_named(course):
    above = ["import no_such_one as one", "two = one.x", "def three(): return two"]
    message = said(course, cells(using("three()"), above))
    assert message.endswith(
        "(the cell that defines one ended in an error: ModuleNotFoundError: No module "
        f"named 'no_such_one') ({ABSENT})"
    )
    own = "class Mine(two):\n    pass\n\n@Mine\n" + AREA
    message = said(course, cells(own, above))
    assert message.startswith("the cell itself ended in an error: NameError: name 'two")
    assert message.endswith(f"No module named 'no_such_one') ({ABSENT})")


@pytest.mark.parametrize(
    "area",
    [
        "from my_helpers import area",
        "import numba\n\n@numba.njit\n" + AREA,
        "def area(side):\n    import my_helpers\n    return my_helpers.area(side)",
    ],
)
def test_a_module_that_is_not_there_is_no_zero(course, area):
    found = graded(course, cells(area))
    assert (found.status, found.score) == ("needs_attention", 0)
    assert found.cells[0].message.endswith(f"({ABSENT})")
    assert ABSENT in found.message


@pytest.mark.parametrize("hidden", ["", 'rubric.forbids(lambda: area, "scipy")'])
def test_a_module_that_a_test_forbids_is(hidden):
    lost = Verdict(0.0, "error", "ModuleNotFoundError: No module named 'scipy'")
    test = assignment.TestCell("test-area", "assert area(3) == 9", hidden, 2.0)
    assert for_want_of_a_machine(lost, test).author_error is not bool(hidden)


def test_nor_is_one_of_a_package_that_is_there(course):
    """All lack it: it is a wrong name, or what the assignment is to make."""
    found = graded(course, cells("from numpy.no_such import area"))
    assert (found.status, found.score) == ("graded", 0)


DECORATED = "@one\n" + AREA
ONE = "def one(function=None):\n    return function"
LATER = "test-area ran behind the cells below it too, which make "


@pytest.mark.parametrize("area", [using("one()"), "one()\n" + AREA, DECORATED])
def test_a_helper_that_stands_below_costs_nothing(course, area):
    found = graded(course, cells(area, below=[ONE]))
    behind = area.startswith("one()")  # what stands behind the call is defined anyway
    assert (found.score, LATER + "one" in found.mended) == (2, not behind)


def test_a_helper_that_stands_below_is_said_where_more_is_wrong(course):
    wrong = using("one()").replace("a * b", "a + b")
    message = said(course, cells(wrong, below=[ONE]))
    assert message.endswith(" (one is defined in a cell below: it must stand above)")


WRONG = AREA.replace("a * b", "a + b")


def test_a_right_second_definition_below_the_test_counts(course):
    found = graded(course, cells(WRONG, below=["a = 1", AREA, "area(3)"]))
    assert (found.score, found.mended) == (2, (LATER + "area",))


def test_a_wrong_second_definition_below_the_test_takes_nothing(course):
    assert said(course, cells(below=[WRONG]), points=2) == ""


def test_two_wrong_definitions(course):
    below = "a second definition of area stands below the test"
    later = f" ({below}: the better of both counts)"
    assert said(course, cells(WRONG, below=[f"{WRONG} + 1"])).endswith(later)
    assert "second" not in said(course, cells(WRONG, below=["area(3)"]))


def test_a_name_that_its_own_cell_uses_first(course):
    above = ["three()\n\n@three\ndef three():\n    return 1"]
    message = said(course, cells(using("three()"), above))
    assert message.endswith(" (the cell that defines three uses it before it does)")


TAKES_LIST = [
    "list = [1, 2]\nrow = 3",
    "for list in [[1], [2]]:\n    pass",
    "if True:\n    row = 3\n    list = [1, 2]",
    "import io\nwith io.StringIO() as list:\n    pass",
    "row = 3; list = [1, 2]",
    "import io\nlist += [1]\nlist = 3",
]


@pytest.mark.parametrize("own", TAKES_LIST)
def test_a_name_of_pythons_that_a_student_has_taken_costs_nothing(course, own):
    """It is the given function that uses `list`, and the task uses that."""
    found = graded(course, cells(above=[own]))
    assert (found.score, found.mended[-1]) == (
        2,
        "test-area ran with Python's own list too: another cell has taken that name",
    )


@pytest.mark.parametrize(
    ("hint", "taken"),
    [("list[int] | int", "list = [1, 2]"), ("dict[str, int] | int", "dict = {}")],
)
def test_a_cell_that_ended_for_such_a_name_runs_to_its_end(course, hint, taken):
    own = AREA.replace("(side)", f"(side: {hint})", 1)
    assert graded(course, cells(own, above=[taken])).score == 2


@pytest.mark.parametrize(
    ("own", "ran"),
    [
        ("def as_pair(a, b):\n    return a, b", "given cells were run as they were"),
        ("as_pair = 3\nsum = 0", "given cells were run as they were"),
        *((f"{own}\nas_pair = 3", "test-area ran with") for own in TAKES_LIST[:-2]),
    ],
)
def test_a_given_name_that_a_student_has_taken_costs_nothing(course, own, ran):
    found = graded(course, cells(above=[own]))
    assert found.score == 2 and found.mended[-1].startswith(ran)


@pytest.mark.parametrize("own", ["as_pair = 3", "sum, as_pair = 0, 3"])
def test_a_name_that_a_student_has_taken_is_said_where_more_is_wrong(course, own):
    message = said(course, cells(AREA.replace("a * b", "a + b"), above=[own]))
    assert message.endswith(
        f" (you have defined as_pair yourself, in the cell that begins with `{own}`)"
    )


@pytest.mark.parametrize(
    "own",
    [
        "def own(x):\n    list = x\n    return list",
        "[list for list in [1]]",
        "dict(\n    list = 3\n)",
        "text = '''\nlist = 3\n'''",
    ],
)
def test_nobody_has_taken_a_name_for_a_function_of_ones_own(course, own):
    assert "yourself" not in said(course, cells(using("3()"), above=[own]))


def test_nobody_has_taken_what_is_imported_again(course):
    assert "yourself" not in said(course, cells(using("3()"), above=[IMPORTS, GIVEN]))


@pytest.mark.parametrize(
    "starts",
    [
        "multiprocessing.Pool(2).map(abs, [1])",
        "subprocess.run(['true'])",
        "multiprocessing.pool.ThreadPool(2).map(abs, [1])",
        "np.memmap('a', mode='w+', shape=3)",
        "asyncio.run(asyncio.sleep(0))",
    ],
)
def test_who_does_what_none_may_do_is_no_zero(course, starts):
    above = ["import asyncio\nimport multiprocessing.pool\nimport subprocess"]
    found = graded(course, cells(using(starts), above=above))
    assert (found.status, found.score) == ("needs_attention", 0)
    assert found.cells[0].message == (
        f"PermissionError: [Errno 1] Operation not permitted ({REFUSED})"
    )


@pytest.mark.parametrize("reads", ["np.load('mine.npy')", "open('/content/a.txt')"])
def test_a_file_that_is_not_there_is_no_zero(course, reads):
    found = graded(course, cells(using(reads)))
    assert (found.status, found.score) == ("needs_attention", 0)
    assert found.cells[0].message.endswith(f"({NO_FILE})")


def test_another_notebook_that_is_run(course):
    notebook = cells(using("one()"), above=["%run helper.ipynb"])
    why = "no other notebook is there when it is graded: a .py file would be"
    message = said(course, notebook)
    assert message.endswith(f" (a cell runs helper.ipynb, and {why})")
    assert graded(course, notebook).mended == (f"a cell runs helper.ipynb, and {why}",)


def test_a_cell_that_is_long_to_read_holds_nobody_up(course):
    """What looks at texts reads each letter once."""
    # In a text: what Python makes of such lines is not in question.
    lines = "'''", "%run " + "a." * 300_000, "%run -i data/own.ipynb x", "'''"
    found = graded(course, cells(above=["\n".join(lines), "#" + " #" * 300_000]))
    assert found.score == 2
    assert found.mended[0].startswith("a cell runs own.ipynb, and")


def test_a_chain_of_cells_that_each_lack_a_name_is_followed_some_way(course):
    chain = [f"link{n} = link{n + 1}" for n in range(700)]
    assert "link0" in said(course, cells(using("link0"), above=chain))


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    """A course that asks for values, of which nothing is handed out by name."""
    folder = tmp_path_factory.mktemp("questions")

    def notebook(*above, below=()):
        return [
            *map(cell, above[1:]),
            cell(above[0], "quiz", solution=True),
            cell("assert (q1, q2) == (3, 4)", "test-quiz", **POINTS),
            *map(cell, below),
        ]

    right, stub = "q1 = 3\nq2 = 4", "# q1: 1 + 2?\nraise NotImplementedError"
    course = {"a": notebook(right)}, {"a": notebook(stub)}
    grading.write_course(folder, *course)
    with grading.grader_of(folder) as grader:
        yield lambda *texts, **more: graded(
            (folder, grader), notebook(*(texts or [stub]), **more)
        )


def test_answers_below_their_test_count(questions):
    found = questions(below=["q1 = 3\nq2 = 4"])
    assert (found.score, list(found.mended)) == (
        2,
        ["test-quiz ran behind the cells below it too, which make q1, q2"],
    )


@pytest.mark.parametrize(
    "above", [("q1 = 1\nq2 = 2",), ("q1 = q2 = 1",), ("# above", "q1, q2 = 1, 2")]
)
def test_who_has_answered_above_has_no_second_guess_below(questions, above):
    assert questions(*above, below=["q1 = 3\nq2 = 4"]).score == 0


def test_what_all_of_numpy_hides_is_named(course):
    uses = AREA.replace("return a", "return max([a], key=len)[0]")
    message = said(course, cells(uses, above=["from numpy import *"]))
    assert message.endswith(
        " (`from numpy import *` puts NumPy's max in place of Python's)"
    )
