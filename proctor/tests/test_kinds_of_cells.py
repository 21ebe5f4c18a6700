"""Every kind of cell that nbgrader knows, under its own command and under proctor."""

import json

import pytest
from nbgrader.api import Gradebook

from proctor.grade.cell_results import UNGRADED
from proctor.tests import tiny
from proctor.tests.commands import run
from proctor.tests.grading import CONFIG, grade, grader_of
from proctor.tests.tiny import cell

TESTED = {"grade": True, "locked": True}
READ = {"grade": True, "solution": True}
HEADER = [cell("import numpy as np\n\n\ndef scale(x):\n    return 3 * x")]
SOURCE = [
    cell("def mean(x):\n    ### BEGIN SOLUTION\n    return np.mean(x)\n    "
         "### END SOLUTION", "mean", solution=True),
    cell("assert mean([1, 3]) == 2", "test-mean", points=3, **TESTED),
    cell("assert scale(mean([2])) == 6", "test-both", points=2, **TESTED),
    cell("### BEGIN SOLUTION\nprint(1)\n### END SOLUTION", "code", points=4, **READ),
    cell("### BEGIN SOLUTION\nLong.\n### END SOLUTION", "essay", points=5, **READ),
    cell("### BEGIN SOLUTION\nShort.\n### END SOLUTION", "empty", points=1, **READ),
    cell("Make some cells.", "work", task=True, locked=True, points=6),
]  # fmt: skip
ANSWERS = {
    "mean": "def mean(x):\n    return np.sum(x)",
    "code": "print('mine')",
    "essay": "My words.",
}


@pytest.fixture
def course(tmp_path):
    """A course with a header and a footer, one submission, graded by nbgrader."""
    around = {
        name: str(tiny.write(tmp_path / f"source/{name}.ipynb", cells))
        for name, cells in (("header", HEADER), ("footer", [cell("print('end')")]))
    }
    settings = "".join(
        f"c.IncludeHeaderFooter.{name} = {path!r}\n" for name, path in around.items()
    )
    (tmp_path / "nbgrader_config.py").write_text(CONFIG + settings)
    for one in SOURCE[-3:]:
        one["cell_type"] = "markdown"
        del one["outputs"], one["execution_count"]
    tiny.write(tmp_path / "source/ps/n.ipynb", SOURCE)
    _nbgrader(tmp_path, "generate_assignment", "ps")
    released = json.loads((tmp_path / "release/ps/n.ipynb").read_text("utf-8"))["cells"]
    for one in released:
        name = one["metadata"].get("nbgrader", {}).get("grade_id")
        one["source"] = ANSWERS.get(name, one["source"])
    tiny.write(tmp_path / "submitted/ada/ps/n.ipynb", [*released, cell("6 * 7")])
    _nbgrader(tmp_path, "autograde", "ps", "--student=ada")
    return tmp_path


def _nbgrader(course, *arguments):
    done = run("nbgrader", *arguments, cwd=course)
    assert done.returncode == 0, done.stderr


# nbgrader's own, about its data base.
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
@pytest.mark.slow
def test_every_kind_of_cell_has_what_nbgrader_gives(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        (notebook,) = gradebook.find_submission("ps", "ada").notebooks
        wanted = {
            grade.name: (None if grade.needs_manual_grade else grade.auto_score)
            for grade in notebook.grades
        }
    with grader_of(course) as grader:
        graded = grade(grader, course, "ada").submission
    got = {
        one.grade_id: None if one.status == UNGRADED else one.score
        for one in graded.cells
    }
    assert got == wanted
    # The material is what it says it is.
    assert wanted == {"test-mean": 0, "test-both": 2, "empty": 0} | dict.fromkeys(
        ("code", "essay", "work")
    )
