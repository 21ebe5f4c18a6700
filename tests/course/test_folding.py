"""What a student does not have to read is folded; where names come from is known."""

import io
import re
import sys
import time

import nbformat
import pytest
from conftest import ROOT
from nbformat import v4

from course.cells import Regions, is_solution
from course.facts import beside
from course.insertions import is_folded, is_long_module_code
from course.lint import prose
from course.lint.drawing import (
    drawing_lines,
    drawing_problems,
    lines_of_code,
    share_of_drawing,
)
from course.project import CourseError
from course.tutor.names import names_of
from tinytorch.progress import paced, paced_by, patience

DRAW = """figure, axes = plt.subplots(1, 2)
for axis, image in zip(axes, (one, two)):
    image = image / 2
    axis.imshow(image)
show(figure, alt="Two squares, one above the other.")"""
GRADED = {"nbgrader": {"grade": True, "grade_id": "test-f", "points": 1}}


def folded(source, **metadata):
    cell = v4.new_code_cell(source, metadata=metadata)
    return is_folded(cell, Regions().hidden_tests)


def test_what_draws_and_long_checks_are_folded():
    assert drawing_lines(DRAW) == {1, 2, 4, 5}
    assert folded(DRAW)
    assert not folded("x = 1\ny = 2\nplt.rcParams['figure.dpi'] = 80")
    assert not folded("plt.plot(x)")  # a line is no reason to hide
    check = "from tinytorch.checks import Check\n" + "x = 1\n" * 15
    assert folded(check, **GRADED)
    hidden = "### BEGIN HIDDEN TESTS\n" + "x = 1\n" * 40 + "### END HIDDEN TESTS"
    assert not folded("assert f() == 1\n" + hidden, **GRADED)


def test_too_much_drawing_in_the_open_is_refused():
    cells = [v4.new_code_cell("x = 1\n" * 10 + "plt.plot(x)"), v4.new_code_cell(DRAW)]
    notebook = v4.new_notebook(cells=cells)
    assert share_of_drawing(notebook) == pytest.approx(1 / 11)
    (line,) = drawing_problems(notebook)
    assert line.startswith("9% of the code lines in the open draw, at most 5% may")
    cells[0].source += "\ny = 2" * 10
    assert drawing_problems(notebook) == []


def test_long_code_of_the_module_is_folded_where_there_are_tasks():
    long = "#| export\n" + "x = 1\n" * 16
    assert is_long_module_code(v4.new_code_cell(long))
    assert not is_long_module_code(v4.new_code_cell(long.replace("export", "hide")))
    assert not is_long_module_code(v4.new_code_cell("#| export\n" + "x = 1\n\n" * 15))


RELEASED = [
    "09_spatial/spatial",
    "18_acceleration/acceleration",
    "19_spatial_two/spatial_two",
    "milestone_cnn/cnn",
]


@pytest.mark.parametrize("path", RELEASED)
def test_the_release_has_it(path):
    release = nbformat.read(ROOT / f"release/{path}.ipynb", as_version=4)
    hidden = [cell for cell in release.cells if "jupyter" in cell.metadata]
    shown = [cell for cell in release.cells if "show(" in cell.source]
    folded = [cell for cell in shown if cell in hidden]
    assert len(folded) >= 8 and len(folded) >= 0.9 * len(shown)
    # What a student sees, as it is handed out.
    assert drawing_problems(release) == []
    assert prose.median_markdown(release) < 6
    given = [c for c in release.cells if c.cell_type == "code" and not is_solution(c)]
    assert all(len(lines_of_code(c.source)) <= 15 for c in given if c not in hidden)


def test_names_and_the_headings_they_stand_under():
    sources = [
        ("markdown", "# Module\n\nWords.\n\n## Edges"),
        ("code", "with wait():\n    import numpy as np\nphoto, size = load(), 3"),
        ("markdown", "## Loops"),
        (
            "code",
            "def f(x):\n    ### BEGIN SOLUTION\n    own = x\n    ### END SOLUTION",
        ),
        ("code", "%time\ndef late(): pass\nsize = 4"),
    ]
    make = {"markdown": v4.new_markdown_cell, "code": v4.new_code_cell}
    notebook = v4.new_notebook(cells=[make[kind](text) for kind, text in sources])
    assert names_of(notebook, Regions()) == {
        "np": "Edges",
        "photo": "Edges",
        "size": "Edges",
        "f": "Loops",
        "late": "Loops",
    }


def test_a_file_beside_the_facts_runs_once(tmp_path):
    (tmp_path / "count.py").write_text("import time\nNOW = time.perf_counter()\n")
    facts = str(tmp_path / "facts.py")
    assert beside(facts, "count.py").NOW == beside(facts, "count.py").NOW
    with pytest.raises(CourseError, match=r"no file gone\.py beside facts\.py"):
        beside(facts, "gone.py")


def test_a_loop_says_how_long_it_will_take(monkeypatch, capsys):
    clock = iter(range(0, 1000, 3))
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    assert list(paced(range(4), "epochs")) == [0, 1, 2, 3]
    marks = "#" * 20
    assert capsys.readouterr().out == f"4 epochs, about 12 s: {marks} 15 s\n"
    assert list(paced(range(40), "batches")) == [*range(40)]
    dotted = "." + "#." * 19 + "#"
    assert capsys.readouterr().out == f"40 batches, about 2 min: {dotted} 2 min\n"
    monkeypatch.setattr(time, "perf_counter", lambda: 0.0)
    assert list(paced(range(3))) == [0, 1, 2]
    assert capsys.readouterr().out == ""


def test_a_training_is_paced_by_the_steps_of_its_optimizer(monkeypatch, capsys):
    clock = iter(range(0, 1000, 3))
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))

    class Optimizer:
        made = 0

        def step(self):
            self.made += 1

    optimizer = Optimizer()
    with paced_by(optimizer, 3):
        for _ in range(4):  # one more than was said
            optimizer.step()
    said = f"3 batches, about 9 s: {'#' * 20}. 15 s\n"
    assert (optimizer.made, capsys.readouterr().out) == (4, said)
    optimizer.step()
    assert (optimizer.made, capsys.readouterr().out) == (5, "")


def test_what_has_no_steps_says_that_it_goes_on(monkeypatch):
    monkeypatch.setattr("sys.stdout", io.StringIO())
    with patience("loading it", after=0.01):
        while not sys.stdout.getvalue().startswith("loading it ...."):
            time.sleep(0.01)
    assert re.fullmatch(r"loading it \.{4,} \d+ s\n", sys.stdout.getvalue())
    monkeypatch.setattr("sys.stdout", io.StringIO())
    with patience("what is over at once", after=60):
        pass
    assert sys.stdout.getvalue() == ""
