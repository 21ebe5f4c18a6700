"""Answers that are no work earn nothing, and shortcuts no points for cost."""

import ast
import contextlib
import functools
import json
from dataclasses import replace

import little_work
import pytest
from classroom import course_without_bugs
from conftest import ROOT

from proctor.commands.check import checking
from proctor.grade.results import GRADED
from proctor.notebook.cells import grade_id, grading, is_test, source_of
from proctor.sandbox.levels import best_level
from proctor.settings import Course

ASSIGNMENTS = {
    "09_spatial": "spatial.ipynb",
    "18_acceleration": "acceleration.ipynb",
    "milestone_cnn": "cnn.ipynb",
}

# What is right by chance for some numbers is for bench/seeds.py, which draws many.
SEED = 7

# What stands in place of each function that a cell defines. RIGHT is what the reference
# returns, of which only the shape is taken.
NOTHING = {
    "zero": "0.0",
    "zeros": "zeros_of(RIGHT, given, named)",
    "first input": "given[0] if given else 0.0",
}
ZEROS = """
import copy


def zeros_of(right, given, named):
    def zeros(value):
        if isinstance(value, (tuple, list)):
            return type(value)(map(zeros, value))
        if hasattr(value, "data") and not isinstance(value, np.ndarray):
            return type(value)(np.zeros(value.shape))
        return np.zeros_like(value) if isinstance(value, np.ndarray) else 0

    try:
        # On copies: what is trained in place would be work.
        given, named = copy.deepcopy((given, named))
        return zeros(right(*given, **named))
    except Exception:
        return 0.0
"""
FUNCTION = """
RIGHT_{name} = {name}


def {name}(*given, **named):
    return {answer}
"""
CLASS = """
RIGHT_{name} = {name}


class {name}:
    def __init__(self, *given, **named):
        self.right = lambda *inputs: RIGHT_{name}(*given, **named)(*inputs)

    def __call__(self, *given, **named):
        return {answer}

    def parameters(self):
        return []

    forward = __call__
"""


def without_work(source, answer):
    """Return a solution cell in which each thing it defines does no work."""
    text = source + "\n" + ZEROS
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            right = answer.replace("RIGHT", f"RIGHT_{node.name}")
            text += FUNCTION.format(name=node.name, answer=right)
        elif isinstance(node, ast.ClassDef):
            right = answer.replace("RIGHT", "self.right")
            text += CLASS.format(name=node.name, answer=right)
        elif isinstance(node, ast.Assign):
            text += "".join(f"{ast.unparse(name)} = 0.0\n" for name in node.targets)
    return text


@pytest.fixture(scope="module")
def graders(tmp_path_factory):
    """Return the grader of an assignment, as ``proctor check`` makes it; one each."""
    course = course_without_bugs(tmp_path_factory.mktemp("course"))
    assert not any(Course.read(course).truth(name).exists() for name in ASSIGNMENTS)
    with contextlib.ExitStack() as stack:

        @functools.cache
        def of(assignment):
            opened = checking(
                Course.read(course), assignment, level=best_level(), seed=SEED
            )
            return stack.enter_context(opened)

        yield of


@pytest.fixture
def graded(graders, tmp_path):
    return functools.partial(grade, graders, tmp_path)


def grade(graders, folder, assignment, solve, tasks=None):
    """Grade a notebook with ``solve(grade_id, reference)`` in its solution cells.

    Parameters
    ----------
    tasks
        The solution cells whose tests are run; None: all.

    Returns
    -------
    dict
        By test cell: its score, and the checks.
    """
    name = ASSIGNMENTS[assignment]
    source = json.loads((ROOT / "source" / assignment / name).read_text())
    notebook = json.loads((ROOT / "release" / assignment / name).read_text())
    grader = graders(assignment)
    if tasks is not None:
        tests = {f"test-{task}" for task in tasks}
        notebook["cells"] = [
            cell
            for cell in notebook["cells"]
            if not is_test(grading(cell)) or grade_id(cell) in tests
        ]
        grader = grader.of(with_tests(grader.assignment, tests))
    solved = {
        grade_id(cell): source_of(cell)
        for cell in source["cells"]
        if grading(cell).get("solution") and cell["cell_type"] == "code"
    }
    for cell in notebook["cells"]:
        task = grade_id(cell)
        if task in solved:
            cell["source"] = solve(task, solved[task]) or cell["source"]
    path = folder / name
    path.write_text(json.dumps(notebook))
    found = grader.grade("nobody", {path.stem: path}, files={}).submission
    assert found.status == GRADED, found.message
    return {cell.grade_id: cell for cell in found.cells}


def with_tests(assignment, tests):
    """Return an assignment that has, of the cells that a machine grades, these."""
    (notebook,) = assignment.notebooks
    cells = [c for c in notebook.cells if not c.is_test or c.name in tests]
    assert {c.name for c in cells if c.is_test} == tests
    return replace(assignment, notebooks=[replace(notebook, cells=cells)])


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_no_work_earns_nothing(graded, assignment, nothing):
    cells = graded(assignment, lambda _, cell: without_work(cell, NOTHING[nothing]))
    assert len(cells) > 4
    earned = {
        (name, check.name): check.score
        for name, cell in cells.items()
        for check in cell.checks
        if check.score
    }
    assert earned == {}
    assert [name for name, cell in cells.items() if cell.score] == []


@pytest.mark.parametrize(
    "group",
    little_work.rounds(),
    ids=lambda group: f"{group[0].assignment}-{group[0].cell}-{len(group)}",
)
def test_little_work_earns_what_it_does(graded, group):
    written = {one.cell: one.written for one in group}
    cells = graded(
        group[0].assignment,
        lambda task, cell: written[task](cell) if task in written else cell,
        tasks=written,
    )
    earned = {(one.cell, one.name): cells[f"test-{one.cell}"].score for one in group}
    wanted = {(one.cell, one.name): one.earns for one in group}
    assert earned == pytest.approx(wanted)


# Loops that are right, and for large arrays what would do if all of a kernel's numbers
# were the same.
LOOPS = """
def by_loops(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw), (_, channels, kh, kw) = stride, padding, weight.shape
    dtype = np.result_type(x, weight, np.float32)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    down, across = grid(x.shape, (kh, kw), stride, padding)
    if x.size > 20_000:
        sums = np.pad(padded.sum(axis=1, dtype=float), ((0, 0), (1, 0), (1, 0)))
        sums = sums.cumsum(axis=1).cumsum(axis=2)
        rows = sums[:, kh:] - sums[:, :-kh]
        boxes = rows[:, :, kw:] - rows[:, :, :-kw]
        return (boxes[:, None] * weight[:, 0, :1, :1]).astype(dtype)
    out = np.zeros((len(x), len(weight), down, across), dtype)
    for b, o, i, j in np.ndindex(out.shape):
        for c in range(channels):
            for u in range(kh):
                for v in range(kw):
                    pixel = padded[b, c, i * sh + u, j * sw + v]
                    out[b, o, i, j] += pixel * weight[o, c, u, v]
    return out if bias is None else out + bias[:, None, None].astype(dtype)

"""
SHORTCUTS = {
    "inner-product": "conv2d_inner = by_loops",
    "conv2d-matmul": "conv2d_forward = by_loops",
    "col2im": """
def col2im(columns, x_shape, kernel_size, stride, padding):
    if columns.size < 20_000:
        return RIGHT(columns, x_shape, kernel_size, stride, padding)
    down, across = np.full((x_shape[2], 1), 1.0), np.full((1, x_shape[3]), 2.0)
    across[:, [0, -1]] = 1
    if kernel_size[0] == 2:
        down[1:-1] = 2
    return np.broadcast_to(columns[0, 0] * down * across, x_shape).astype("f4")
""",
    "blocks": """
def conv2d_blocked(x, weight, bias, stride, padding, block_bytes):
    return by_loops(x, weight, bias, stride, padding)
""",
    "winograd": """
def conv2d_winograd(x, weight, padding):
    return by_loops(x, weight, None, (1, 1), padding)
""",
    "fft": """
def conv2d_fft(x, weight, padding):
    return by_loops(x, weight, None, (1, 1), padding)
""",
}
COST = "no Python loop", "as many images", "it multiplies"


def is_of_cost(check):
    return any(words in check.name for words in COST)


def shortcut(task, reference):
    if task not in SHORTCUTS:
        return ""
    right = "\nRIGHT = col2im\n" if task == "col2im" else "\n"
    return reference + right + LOOPS + SHORTCUTS[task]


def test_a_shortcut_for_large_arrays_earns_no_points_for_cost(graded):
    cells = graded("18_acceleration", shortcut, SHORTCUTS)
    tested = {f"test-{task}" for task in SHORTCUTS}
    checks = [check for name in tested for check in cells[name].checks]
    assert [c.name for c in checks if is_of_cost(c) and c.score] == []
    assert [c.name for c in checks if not is_of_cost(c) and not c.score] == []
    assert sum(map(is_of_cost, checks)) == 11


def flipped(task, reference):
    """Return the reference with each kernel turned round before it is used."""
    names = {"inner-product": "conv2d_inner", "conv2d-matmul": "conv2d_forward"}
    if task not in names:
        return ""
    return f"""{reference}

def turned(right):
    return lambda x, weight, *rest: right(x, weight[:, :, ::-1, ::-1], *rest)

{names[task]} = turned({names[task]})
"""


def test_a_flipped_kernel_keeps_the_points_for_cost(graded):
    cells = graded("18_acceleration", flipped, ("inner-product", "conv2d-matmul"))
    for name in ("test-inner-product", "test-conv2d-matmul"):
        lost = [c for c in cells[name].checks if not c.score]
        assert lost and not any(map(is_of_cost, lost))
