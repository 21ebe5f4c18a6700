"""Hints for each task, how it is graded, alt text for each picture."""

import re

import pytest
from conftest import ROOT
from nbformat import v4

from course.cells import Regions
from course.lint import prose
from course.truth import read_truth


def task(name="output-size"):
    cell = v4.new_code_cell("def f():\n    ### BEGIN SOLUTION\n    ### END SOLUTION")
    cell.metadata["nbgrader"] = {"grade_id": name, "solution": True, "grade": False}
    return cell


def hint(steps, name="output-size"):
    return v4.new_markdown_cell(
        f"<details>\n<summary>Hints for <code>{name}</code></summary>\n\n{steps}\n\n"
        "</details>"
    )


GOOD = (
    "1. How far can the window\n   travel?\n2. Look at the picture above.\n"
    "3. Divide the room by the `stride`, as `x.shape` says."
)


def test_a_good_hint():
    notebook = v4.new_notebook(cells=[task(), hint(GOOD), task("b"), hint(GOOD, "b")])
    assert prose.hint_problems(notebook) == []


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([], "task 'output-size' has 0 hints"),
        ([hint(GOOD, "output-size-2")], "task 'output-size' has 0 hints"),
        ([hint(GOOD), hint(GOOD)], "task 'output-size' has 2 hints"),
        ([hint("1. Why?\n2. There.")], "hint of 'output-size': 2 numbered steps"),
        ([hint(GOOD.replace("?", "."))], "hint of 'output-size': the first step asks"),
        ([hint(GOOD + "\n\n```\nx = 1\n```")], "hint of 'output-size': it has a block"),
        ([hint(GOOD + "\n\n        return (n - k) // s")], "it has a block of code"),
        (
            [hint(GOOD.replace("`stride`", "`room // stride`"))],
            "hint of 'output-size': it has the code 'room // stride'",
        ),
    ],
)
def test_a_bad_hint(cells, message):
    (line,) = prose.hint_problems(v4.new_notebook(cells=[task(), *cells]))
    assert message in line


def alts(*sources):
    return prose.alt_problems(v4.new_notebook(cells=[*map(v4.new_code_cell, sources)]))


DEFINES = "def draw():\n    figure, axes = plt.subplots()\n    return figure"
ON_AXES = "def mark(axes):\n    axes.plot([1])"


@pytest.mark.parametrize(
    "sources",
    [
        ["x = 1\noptimizer.step()"],
        ["plt.rcParams.update({})\nplt.close('all')"],
        ["figure = plt.figure()\nshow(figure, alt='A line that rises.')"],
        ["figure = plt.figure()\nshow(figure, alt=f'It rises to {top:.0%}.')"],
        ["%matplotlib inline\nfigure = plt.figure()\nshow(figure, 'A rising line.')"],
        [DEFINES],
        [ON_AXES, "mark(axes)"],
        [DEFINES, "show(draw(), alt='A line that rises.')"],
        ["def draw(alt):\n    show(plt.figure(), alt=alt)", "draw('A rising line.')"],
    ],
)
def test_alt_text_is_there(sources):
    assert alts(*sources) == []


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (["plt.plot([1])"], "the cell that begins 'plt.plot([1])' draws and does not"),
        (["plt.plot([1])\nplt.show()"], "calls plt.show(), which carries no alt text"),
        (["show(plt.figure())"], "has a show without alt text that says what is seen"),
        (["\nshow(plt.figure(), alt='')"], "what is seen, in line 2"),
        (["show(plt.figure(), alt='Loss')"], "has a show without alt text"),
        ([DEFINES, "draw()"], "the cell that begins 'draw()' draws and does not say"),
        ([DEFINES + "\ndraw()"], "draws and does not say what is seen"),
    ],
)
def test_alt_text_is_missing(sources, message):
    (line,) = alts(*sources)
    assert message in line


def test_the_course_has_hints_and_alt_text():
    notebook = read_truth(ROOT / "notebooks/09_spatial/spatial.py", Regions())
    assert prose.problems(notebook) == []
    assert prose.median_markdown(notebook) < 6
    pictures = [c for c in notebook.cells if re.search(r"^ *show\(", c.source, re.M)]
    assert len(pictures) >= 12


def test_cells_that_have_too_much_in_them():
    long = "x = 1\n\n# Why.\n" * 16
    cells = [v4.new_markdown_cell("line\n" * 6), v4.new_code_cell(long)]
    cells += [v4.new_code_cell(f"#| export\n{long}"), v4.new_code_cell("x = 1\n" * 15)]
    code, median = prose.length_problems(v4.new_notebook(cells=cells))
    assert "begins 'x = 1' has 16 lines of code, at most 15" in code
    assert "the median Markdown cell has 6 lines, fewer than 6" in median


def test_the_median_of_the_markdown_cells():
    sources = "one", "one\ntwo\nthree", "line\n" * 20
    cells = [v4.new_markdown_cell(source) for source in sources]
    cells += [hint(GOOD), v4.new_code_cell("x = 1\n" * 16), task()]
    assert prose.median_markdown(v4.new_notebook(cells=cells)) == 3
    assert prose.median_markdown(v4.new_notebook()) == 0


def test_a_test_with_named_checks_says_how_it_is_graded():
    def test(name, source):
        cell = v4.new_code_cell(source)
        cell.metadata["nbgrader"] = {"grade_id": name, "solution": False, "grade": True}
        return cell

    def told():
        return v4.new_markdown_cell("", metadata={"tags": ["graded"]})

    named = "rubric = Rubric(points=1)"
    cells = [
        test("test-a", named),
        told(),
        test("test-b", "assert 1"),
        test("c", named),
    ]
    notebook = v4.new_notebook(cells=[*cells, test("test-d", named), told()])
    assert prose.graded_problems(notebook) == [
        "test 'c' does not say how it is graded: put a Markdown cell with "
        'tags=["graded"] after it'
    ]
