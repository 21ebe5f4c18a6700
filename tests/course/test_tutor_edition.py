"""The tutor in the student's edition, and what its author writes."""

import json
import os
import shutil
import subprocess
import sys

import nbclient
import nbformat
import numpy as np
import pytest
from conftest import ROOT, run
from small import ASSIGNMENT, TRUTH

from course.cells import is_solution, read_regions
from course.project import Project
from course.student import build_student
from course.truth import read_truth
from tinytorch.answers import answer_of, fingerprint


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return build_student(Project(ROOT), tmp_path_factory.mktemp("student") / "edition")


def lines_of_truths():
    """Lines that stand in solutions, and those that students are given."""
    project = Project(ROOT)
    regions = read_regions(project)
    solved, given = set(), set()
    for truth in project.truths():
        for cell in read_truth(truth, regions).cells:
            taken = [False] * len(cell.source.split("\n"))
            if is_solution(cell):
                taken = regions.solution.inside(cell.source)
            for line, inside in zip(cell.source.split("\n"), taken, strict=True):
                # A given folder comes before anything is solved.
                (solved if inside else given).add(line.strip())
    return solved, given


def texts_in(data):
    """All texts of a JSON document, as they are read."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for each in data.values() if isinstance(data, dict) else data:
            yield from texts_in(each)


def test_a_students_edition_holds_no_solution_and_no_hidden_test(edition):
    solved, given = lines_of_truths()
    secret = {line for line in solved - given if len(line) > 14 and line[0] != "#"}
    assert len(secret) > 150
    for path in (ROOT / "notebooks").glob("*/hidden_tests/*.py"):
        lines = {line.strip() for line in path.read_text("utf-8").splitlines()}
        secret |= {line for line in lines - given if len(line) > 24}
    for path in edition.rglob("*"):
        if path.suffix in {".py", ".json"}:
            text = path.read_text("utf-8")
            if path.suffix == ".json":
                text = "\n".join(texts_in(json.loads(text)))
            assert [line for line in secret if line in text] == [], path


def test_it_works_in_a_students_environment(edition, tmp_path):
    """Installed by pip, without IPython: a terminal shows the same as text."""
    installed = tmp_path / "installed"
    install = ("uv", "pip", "install", "--quiet", "--no-deps", "--target", installed)
    done = run(*install, edition, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    code = (
        "import sys; sys.modules['IPython'] = None\n"
        "import tinytorch as tt\n"
        "def receptive_field(layers): return 1 + sum(k - 1 for k, _ in layers)\n"
        "print(tt.tutor(receptive_field))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True, text=True, check=True, env=environment, cwd=tmp_path,
    )  # fmt: skip
    assert "receptive-field, example 3 of 6:" in done.stdout
    assert "known mistake: Strides do not make the steps longer." in done.stdout


SMALL_CASES = '''\
import numpy as np

from course.tutor import case


@case("double")
def _():
    """Twice two numbers."""
    x = np.array([1.0, 2.0])
    return double(x)
'''


@pytest.fixture(scope="module")
def with_cases(committed_small, tmp_path_factory):
    """A small course with examples, built once, and what the build printed."""
    course = tmp_path_factory.mktemp("examples") / "small"
    shutil.copytree(committed_small, course, symlinks=True)
    package = course / "notebooks/00_package"
    package.mkdir()
    shutil.copy(ROOT / "notebooks/00_package/answers.py", package)
    (course / TRUTH.parent / "tutor_cases.py").write_text(SMALL_CASES)
    return course, run("course", "build", cwd=course)


def test_an_author_writes_examples(with_cases):
    course, done = with_cases
    assert done.returncode == 0, done.stderr
    built = course / f"tinytorch/cases/{ASSIGNMENT}.json"
    text = built.read_text()
    (task,) = json.loads(text)["tasks"].values()
    assert task["cases"] == [
        {
            "about": "Twice two numbers.",
            "code": "x = np.array([1.0, 2.0])\ndouble(x)",
            "wanted": {"value": {"shape": [2], "values": "2 4"}},
        }
    ]
    thrice = answer_of(task["cases"][0]["code"], {"double": lambda x: 3 * x})
    wanted = [case["wanted"] for case in task["cases"]]
    named = task["mistakes"][fingerprint(wanted, [thrice])]
    assert [mistake["id"] for mistake in named] == ["triple"]
    said = run("course", "tutor", ASSIGNMENT, cwd=course)
    assert said.stdout == "named 1 of 1 known mistakes\n"
    built.write_text("{}")
    checked = run("course", "check", "--fast", cwd=course)
    assert f"tinytorch/cases/{ASSIGNMENT}.json is not what" in checked.stderr
    built.write_text(text)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"double")', '"treble")'), "no solution cell 'treble': there is double"),
        (("return double(x)", "double(x)"), "one return, at its end, of the answer"),
        (
            ("double(x)", "len(double.__code__.co_consts)"),
            "the right variant 'by-sum' does not give what is wanted",
        ),
        (("double(x)", "double(y)"), "the reference gives: name 'y' is not defined"),
        (('"double")', '"double", naming=(3,))'), "the reference gives: no error"),
        (
            ("double(x)", "double(x) * np.random.default_rng().normal()"),
            "the reference gives other answers each time where the example tries",
        ),
    ],
)
def test_an_example_that_cannot_be_used_is_one_line(change, said, with_cases):
    course, _ = with_cases
    cases = course / TRUTH.parent / "tutor_cases.py"
    cases.write_text(SMALL_CASES.replace(*change))
    # What `course build` does with the examples, once all else is built.
    done = run("course", "tutor", ASSIGNMENT, cwd=course)
    if "the reference gives" in said:  # which the build alone asks
        done = run("course", "build", cwd=course)
    cases.write_text(SMALL_CASES)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("course: ") and said in line


DRAWN = """
from dataclasses import replace

for number, drawn in enumerate(("random.default_rng().normal()", "random.rand()")):
    pieces = (("return 2 * x", f"return x + np.{drawn}"),)
    BUGS.append(replace(BUGS[0], id=f"drawn-{number}", replace=pieces))
ones = ("return 2 * x", "return np.random.default_rng(7).permutation(x * 0) + 1")
BUGS.append(replace(BUGS[0], id="ones", title="Each number is 1", replace=(ones,)))
"""


def test_a_mistake_that_draws_is_known_by_no_answer(with_cases):
    course, _ = with_cases
    bank = course / TRUTH.parent / "bugs.py"
    text = bank.read_text()
    bank.write_text(text + DRAWN)
    done = run("course", "tutor", ASSIGNMENT, cwd=course)
    bank.write_text(text)
    assert done.stdout.splitlines() == [
        "double: drawn-0 gives other answers each time",
        "double: drawn-1 gives other answers each time",
        "named 2 of 4 known mistakes",
    ]


def test_in_a_function_a_slip_of_the_pen_is_no_restart():
    from tinytorch.stops import line_for

    def said(**names):
        def slip():
            return left_right  # noqa: F821

        try:
            slip()
        except NameError as error:
            return line_for(error, names)

    assert "(under the heading 'Edges in a photograph')" in said()
    names = json.loads((ROOT / "tinytorch/names.json").read_text("utf-8"))
    made = list(names["09_spatial/spatial"])
    assert said(**dict.fromkeys(made[: made.index("left_right")])) == ""
    by_colab = {"google.colab": None}
    for program, menu in (({}, "Run, Run All"), (by_colab, "Runtime, Run before")):
        with pytest.MonkeyPatch.context() as patch:
            for name in program:
                patch.setitem(sys.modules, name, program[name])
            assert menu in said()
    assert "Execute Above Cells" in line_for(
        NameError("np", name="np"), {"__vsc_ipynb_file__": ""}
    )


def test_arrays_side_by_side():
    from tinytorch.panels import Panel, Panels

    wanted, got = np.arange(6).reshape(1, 2, 3), np.array([[[0, 1, 2], [3, -4, 5]]])
    pair = Panels([Panel(n, a, wanted != got) for n, a in
                   (("wanted", wanted), ("came", got))])  # fmt: skip
    assert pair.lines() == [
        "wanted[0] (1 x 2 x 3)   came[0] (1 x 2 x 3)",
        " 0  1  2                  0   1   2",
        " 3 [4] 5                  3 [-4]  5",
    ]
    large = Panel("large", np.zeros((30, 40)))
    assert large.array.shape == (12, 14) and large.lines()[-1].startswith("...")


NOTEBOOK = [
    # After a restart, before anything is imported.
    "def row(n):\n    return np.zeros(n)\n\nrow(3)",
    "figure, axes = plt.subplots()",
    "from tinytorch.checks import Check",
    "def output_size(*a):\n    raise NotImplementedError('output-size')",
    "assert output_size(7, 3) == 5",
    "count_macs((1, 1, 4, 4), 1, 3)",
    "colour_photo.mean()",
    "from tinytorch.core.spatial import output_size",
    "def own():\n    raise NotImplementedError('an idea')\n\nown()",
    "unknown",
    "1 / 0",
    "import tinytorch as tt\n\ntt.tutor(output_size)",
    # What stands is older than its cell; no quotes; an import of what is not there.
    "def output_size(*a):\n    return 5",
    "def output_size(*a):\n      b = a\n    return 5",
    "Check('output-size', output_size)('two', 7, 3).gives(5)",
    "tt.tutor(output-size)",
    "from tinytorch.core import spatial",
    "def output_size(*a):\n    pass",
    "Check('output-size', output_size)('two', 7, 3).gives(5)",
    "def given():\n    return range(output_size(7, 3))\n\ngiven()",
    # What a cell was to fill, and what a cell has made itself.
    "costs = []\ncosts += 1 / 0",
    "costs[0]",
    "costs = []\ncosts[0]",
    "costs[0]",
]
AFTER_IT = [
    ("CheckFailed", "output-size: the last run of its cell ended in an error (Indenta"),
    ("NameError", "The tutor takes the task's name as a text: put it in quotes"),
    ("ImportError", "tinytorch.core.spatial is what you write in module 09."),
    ("CheckFailed", "output-size, two: wanted 5, got None"),
    ("TypeError", "TypeError: 'NoneType' object cannot be interpreted as an integer. "
     "This cell uses output_size, and the check of the task output-size has failed"),
    ("ZeroDivisionError", ""),
    ("IndexError", "IndexError: list index out of range. This cell uses costs, and"),
    ("IndexError", "\x1b"),
    ("IndexError", "IndexError: list index out of range. This cell uses costs, and"),
]  # fmt: skip
# It ends a cell that would never end, and judges none: seconds a cell.
HANGS = 7200


@pytest.mark.slow
def test_run_all_stops_at_the_first_open_task_with_one_line(tmp_path):
    """In a real kernel: what stops a cell is told as an error, and in one line."""
    cells = [nbformat.v4.new_code_cell(text) for text in NOTEBOOK]
    notebook = nbformat.v4.new_notebook(cells=cells)
    # As in a student's edition: without module 09.
    shutil.copytree(ROOT / "tinytorch", tmp_path / "tinytorch")
    (tmp_path / "tinytorch/core/spatial.py").unlink()
    nbclient.NotebookClient(
        notebook,
        timeout=HANGS,
        allow_errors=True,
        resources={"metadata": {"path": tmp_path}},
    ).execute()
    errors = [
        cell.outputs[0] if cell.outputs and "ename" in cell.outputs[0] else None
        for cell in notebook.cells
    ]
    after = [each for each in errors[14:] if each]
    for error, (name, said) in zip(after, AFTER_IT, strict=True):
        assert error.ename == name and error.traceback[0].startswith(said)
    page = notebook.cells[11].outputs[0].data
    del errors[12:]
    assert [error and error.ename for error in errors] == [
        *("NameError", "NameError"),
        *(None, None, "NotImplementedError", "NameError", "NameError"),
        *("ModuleNotFoundError", "NotImplementedError", "NameError"),
        *("ZeroDivisionError", None),
    ]
    for error, missing in zip(errors, ("np", "plt"), strict=False):
        (line,) = error.traceback
        assert line.startswith(f"{missing} is not defined yet: a cell above makes it")
        assert line.endswith("(In the menu: Run, Run All Above Selected Cell.)")
    del errors[:2]
    (line,) = errors[2].traceback
    assert line.startswith("The task output-size is not written yet. Go up to its cell")
    assert line.endswith('tt.tutor("output-size") says what is asked for.')
    (line,) = errors[3].traceback
    assert line.startswith("count_macs is not defined yet: run the cells above first")
    (line,) = errors[4].traceback
    assert line.startswith(
        "colour_photo is not defined yet: a cell above makes it (under the heading "
        "'Edges in a photograph'). Run the cells above first."
    )
    (line,) = errors[5].traceback
    assert "is what you write in module 09. Open a terminal" in line
    assert all(len(error.traceback) > 2 for error in errors[6:9])
    assert (
        "not written yet" in page["text/html"]
        and "<b>The task:</b>" in (page["text/html"])
    )
