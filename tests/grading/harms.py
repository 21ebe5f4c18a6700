"""What an editor, or somebody's hand, may do to the cells of a notebook."""

import copy
import random

from conftest import ROOT

from proctor.notebook.built import Built
from proctor.settings import Course

NAME = "09_spatial"
COURSE = Course.read(ROOT)
MARKS = COURSE.marks
BUILT = Built.read(COURSE.layout, MARKS, NAME, COURSE.config)
(ASSIGNED,) = BUILT.as_assignment().notebooks
TESTS = [cell.name for cell in ASSIGNED.cells if cell.is_test]
SOLUTIONS = [name.removeprefix("test-") for name in TESTS]
# Two tests that do not follow each other.
EARLY, LATE = "test-conv2d-forward", "test-conv2d-layer"


def grade_id(cell):
    data = cell["metadata"].get("nbgrader")
    return data.get("grade_id") if isinstance(data, dict) else None


def find(cells, name):
    (found,) = [cell for cell in cells if grade_id(cell) == name]
    return found


def order(cells):
    return [grade_id(cell) for cell in cells if grade_id(cell)]


def lose_metadata(cells):
    for cell in cells:
        cell["metadata"] = {}


def lose_metadata_and_ids(cells):
    for cell in cells:
        cell["metadata"] = {}
        cell["id"] = None


def keep_ids_as_colab_does(cells):
    for cell in cells:
        cell["metadata"] = {"id": cell.pop("id"), "colab": {"base_uri": "x"}}


def turn_into_markdown(cells):
    for name in ("conv2d-forward", "test-conv2d-forward"):
        find(cells, name)["cell_type"] = "markdown"


def turn_into_code(cells):
    for cell in cells:
        cell["cell_type"] = "code"


def inflate_points(cells):
    for name in TESTS:
        find(cells, name)["metadata"]["nbgrader"]["points"] = 5000


def weaken_tests(cells):
    for name in TESTS:
        find(cells, name)["source"] = "1"


def unlock(cells):
    for cell in cells:
        if grade_id(cell):
            cell["metadata"]["nbgrader"] |= {
                "grade": False,
                "locked": False,
                "solution": True,
                "schema_version": 1,
            }


def make_more_of_it(cells):
    cells.append(
        {
            "cell_type": "code",
            "id": "bonus",
            "metadata": {"nbgrader": {"grade": True, "grade_id": "b", "points": 9}},
            "source": "1",
        }
    )


def delete_tests(cells):
    cells[:] = [cell for cell in cells if grade_id(cell) not in TESTS]


def swap_names_of_tests(cells):
    first, second = (find(cells, name) for name in (EARLY, LATE))
    first["metadata"], second["metadata"] = second["metadata"], first["metadata"]


def swap_names_and_ids_of_tests(cells):
    swap_names_of_tests(cells)
    first, second = (find(cells, name) for name in (EARLY, LATE))
    first["id"], second["id"] = second["id"], first["id"]


def move_tests_to_the_end(cells):
    tests = [find(cells, name) for name in reversed(TESTS)]
    cells[:] = [cell for cell in cells if cell not in tests] + tests


def move_tests_before_their_solution(cells):
    for name in TESTS:
        test = find(cells, name)
        cells.remove(test)
        cells.insert(cells.index(find(cells, name.removeprefix("test-"))), test)


def move_tests_to_the_start(cells):
    tests = [find(cells, name) for name in TESTS]
    cells[:] = tests + [cell for cell in cells if cell not in tests]


def swap_two_tests(cells):
    one, two = (cells.index(find(cells, name)) for name in (EARLY, LATE))
    cells[one], cells[two] = cells[two], cells[one]


def shuffle_all(cells):
    random.Random(3).shuffle(cells)


def duplicate_tests(cells):
    for name in (EARLY, LATE):
        test = find(cells, name)
        cells.insert(cells.index(test), copy.deepcopy(test))


def copy_all_twice(cells):
    cells += copy.deepcopy(cells)
    cells += copy.deepcopy(cells)


def be_hostile(cells):
    """Put what nobody expects where the metadata was; the ids are left."""
    odd = [[], "x", 7, None, {"grade_id": {}}, {"grade_id": ["a"]}, {"grade_id": 3.5}]
    for number, cell in enumerate(cells):
        cell["metadata"]["nbgrader"] = odd[number % len(odd)]


def have_odd_ids(cells):
    for number, cell in enumerate(cells):
        cell["id"] = [3, ["a"], {"b": 1}, "ü" * 99, "", "same"][number % 6]


def have_odd_colab_ids(cells):
    for cell in cells:
        cell["metadata"]["id"] = {"no": "text"}


HARMLESS = [
    lose_metadata,
    lose_metadata_and_ids,
    keep_ids_as_colab_does,
    turn_into_markdown,
    turn_into_code,
    inflate_points,
    weaken_tests,
    unlock,
    make_more_of_it,
    delete_tests,
    swap_names_of_tests,
    swap_names_and_ids_of_tests,
    move_tests_to_the_end,
    move_tests_before_their_solution,
    move_tests_to_the_start,
    swap_two_tests,
    shuffle_all,
    duplicate_tests,
    copy_all_twice,
    be_hostile,
    have_odd_ids,
    have_odd_colab_ids,
]
