"""What the build writes into marked cells."""

from conftest import ROOT
from nbformat import v4

from course import insertions
from course.project import Project

TEST = """\
assert f(2) == 4
### BEGIN HIDDEN TESTS
rubric = Rubric(points=3)


@rubric.check("2 * 2 is 4", points=2)
def _():
    rubric.check_again("no check", points=9)


rubric.check("a | b", points=1)(later)
rubric.score()
### END HIDDEN TESTS"""


def cell(name, source, points):
    made = v4.new_code_cell(source)
    made.metadata["nbgrader"] = {"grade_id": name, "grade": True, "points": points}
    return made


def test_how_a_task_is_graded():
    marked = v4.new_markdown_cell("", metadata={"tags": ["graded"]})
    notebook = v4.new_notebook(cells=[cell("test-f", TEST, 3), marked])
    insertions.fill(notebook, Project(ROOT), insertions._SETUP)
    assert marked.source.splitlines() == [
        "<details>",
        "<summary>How <code>f</code> is graded</summary>",
        "",
        "| grading tries, with other numbers | points |",
        "| --- | ---: |",
        "| 2 \\* 2 is 4 | 2 |",
        "| a \\| b | 1 |",
        "",
        "</details>",
    ]


def test_what_the_tasks_are_worth():
    cells = [cell("test-f", TEST, 3), cell("reflection", "", 2.5)]
    begun = {}
    code = insertions.tasks_cell(v4.new_notebook(cells=cells))
    imports = "from tinytorch import checks\n"
    assert imports in code
    checks = type("checks", (), {"begin": staticmethod(begun.update)})
    exec(code.replace(imports, ""), {"checks": checks})
    assert begun == {"f": 3, "reflection": 2.5}
