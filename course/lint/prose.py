"""What a notebook's prose must have: hints, how tasks are graded, alt text."""

from __future__ import annotations

import ast
import re
import statistics

from nbformat import NotebookNode

from course.cells import first_line, grading, is_graded, is_solution
from course.lint.drawing import (
    LONGEST_CODE,
    drawing_problems,
    is_drawing,
    lines_of_code,
)

_DETAILS = re.compile(
    r"<details>\s*<summary>(?P<summary>.*?)</summary>(?P<body>.*?)</details>", re.DOTALL
)
# A median Markdown cell of so many lines is too long.
_MANY_LINES = 6
_STEP = re.compile(r"^\d+\.\s+(.*?)(?=^\d+\.\s|\Z)", re.DOTALL | re.MULTILINE)
_BLOCK_OF_CODE = re.compile(r"^[ \t]*(?:```|~~~)|^(?: {4,}|\t)(?=[\w@#]+.*[=(:])", re.M)
_INLINE_CODE = re.compile(r"`([^`\n]+)`|<code>(.*?)</code>")
# A name is no code: `stride`, `x.shape`, `generator().normal`. Nor is a number.
_NAME = re.compile(r"-?[A-Za-z_]\w*(?:\(\))?(?:\.\w+(?:\(\))?)*|-?\d+")

# Of pyplot, what puts nothing on the page.
_NO_DRAWING = frozenset({"close", "get_cmap", "ioff", "ion", "rc", "rc_context"})


def problems(notebook: NotebookNode) -> list[str]:
    """Return what a notebook's prose lacks, one line each; empty if nothing."""
    return [
        *hint_problems(notebook),
        *graded_problems(notebook),
        *alt_problems(notebook),
        *drawing_problems(notebook),
        *length_problems(notebook),
    ]


def hint_problems(notebook: NotebookNode) -> list[str]:
    """Return one line for each task without a proper hint.

    A hint is a folded ``<details>`` whose summary names the task, with three numbered
    steps: a question, the place to look, the idea in words. None holds code.
    """
    folds = [
        found
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for found in _DETAILS.finditer(cell.source)
    ]
    lines = []
    for cell in notebook.cells:
        if not is_solution(cell) or cell.cell_type != "code":
            continue
        task = grading(cell).grade_id
        named = re.compile(rf"(?<![\w-]){re.escape(task)}(?![\w-])")
        hints = [fold for fold in folds if named.search(fold["summary"])]
        if len(hints) != 1:
            lines.append(
                f"task {task!r} has {len(hints)} hints: write one Markdown cell with "
                "<details>, a <summary> that names the task, and three numbered steps"
            )
        else:
            lines += [f"hint of {task!r}: {line}" for line in _hint(hints[0]["body"])]
    return lines


def _hint(body: str) -> list[str]:
    """Return what is wrong with the inside of a hint."""
    lines = []
    steps = [step.strip() for step in _STEP.findall(body)]
    if len(steps) != 3:
        lines.append(
            f"{len(steps)} numbered steps: three are wanted, a question, the place to "
            "look, the idea in words"
        )
    elif "?" not in steps[0]:
        lines.append("the first step asks nothing: make it a question")
    if _BLOCK_OF_CODE.search(body):
        lines.append("it has a block of code: say the idea in words")
    for found in _INLINE_CODE.finditer(body):
        code = found[1] or found[2] or ""
        if not _NAME.fullmatch(code.strip()):
            lines.append(f"it has the code {code!r}: say it in words")
    return lines


def graded_problems(notebook: NotebookNode) -> list[str]:
    """Return one line for each test with named checks that students are not told of.

    The build fills the first cell with the tag ``graded`` after the test.
    """
    lines, untold = [], ""
    for cell in [*notebook.cells, None]:
        if cell is None or is_graded(cell):
            if untold:
                lines.append(
                    f"test {untold!r} does not say how it is graded: put a Markdown "
                    'cell with tags=["graded"] after it'
                )
            named = cell is not None and "Rubric(" in cell.source
            untold = grading(cell).grade_id if named else ""
        elif "graded" in cell.metadata.get("tags", []):
            untold = ""
    return lines


def alt_problems(notebook: NotebookNode) -> list[str]:
    """Return one line for each code cell that draws without saying what is seen.

    A cell draws if it calls a function of ``plt``, or a function of the notebook that
    does, outside the functions that it defines itself. It must call
    ``show(figure, alt="...")`` of :mod:`tinytorch.pictures`.
    """
    lines, drawing = [], set()
    for cell in notebook.cells:
        tree = _parsed(cell.source) if _is_given_code(cell) else None
        if tree is None:
            continue
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        drawing |= {
            function.name
            for function in functions
            if _draws(function.body, drawing) and not _shows(function.body)
        }
        run = [node for node in tree.body if node not in functions]
        where = f"the cell that begins {first_line(cell)!r}"
        lines += [f"{where} {line}" for line in _alts(tree, run, drawing)]
    return lines


def _is_given_code(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and not is_graded(cell) and not is_solution(cell)


def _alts(tree: ast.Module, run: list[ast.stmt], drawing: set[str]) -> list[str]:
    """Return what a cell lacks; ``run`` is what of it is run at once."""
    if any(_called(call) == ("plt", "show") for call in _calls([tree])):
        return ["calls plt.show(), which carries no alt text: show(figure, alt=...)"]
    lines = [
        f"has a show without alt text that says what is seen, in line {call.lineno}"
        for call in _shows([tree])
        if not _says_something(call)
    ]
    if not lines and _draws(run, drawing) and not _shows(run):
        lines = [
            "draws and does not say what is seen: end it with show(figure, alt=...)"
        ]
    return lines


def _says_something(show: ast.Call) -> bool:
    alts = [word.value for word in show.keywords if word.arg == "alt"] + show.args[1:]
    if not alts:
        return False
    # What is no plain text, such as an f-string, is known only when it runs.
    text = alts[0].value if isinstance(alts[0], ast.Constant) else "seen when it runs"
    return isinstance(text, str) and len(text.split()) > 2


def _draws(nodes: list[ast.stmt], drawing: set[str]) -> bool:
    called = map(_called, _calls(nodes))
    return any(
        (owner == "plt" and name not in _NO_DRAWING) or name in drawing
        for owner, name in called
    )


def _shows(nodes: list) -> list[ast.Call]:
    """Return the calls of ``show`` that are not ``plt.show()``."""
    return [
        call
        for call in _calls(nodes)
        if _called(call)[1] == "show" and _called(call)[0] != "plt"
    ]


def _calls(nodes: list) -> list[ast.Call]:
    return [
        node for part in nodes for node in ast.walk(part) if isinstance(node, ast.Call)
    ]


def _called(call: ast.Call) -> tuple[str, str]:
    """Return ``("plt", "show")`` for plt.show(), ``("", "show")`` for show()."""
    function = call.func
    if isinstance(function, ast.Name):
        return "", function.id
    if isinstance(function, ast.Attribute):
        owner = getattr(function.value, "id", "?")
        return "plt" if owner == "pyplot" else owner, function.attr
    return "?", "?"


def _parsed(source: str) -> ast.Module | None:
    """Return a cell's syntax tree; None for what is no Python, such as magics."""
    kept = re.sub(r"^[ \t]*[%!].*$", "", source, flags=re.MULTILINE)
    try:
        return ast.parse(kept)
    except SyntaxError:
        return None


def length_problems(notebook: NotebookNode) -> list[str]:
    """Return one line for each cell in the open that has too much in it.

    Tasks and checks do not count, nor what the build folds away.
    """
    lines = []
    for cell in notebook.cells:
        count = len(lines_of_code(cell.source))
        folded = is_drawing(cell) or "#| export" in cell.source.splitlines()
        if _is_given_code(cell) and not folded and count > LONGEST_CODE:
            lines.append(
                f"the cell that begins {first_line(cell)!r} has {count} lines of "
                f"code, at most {LONGEST_CODE} are wanted: make two of it"
            )
    median = median_markdown(notebook)
    if median >= _MANY_LINES:
        lines.append(
            f"the median Markdown cell has {median:g} lines, fewer than {_MANY_LINES} "
            "are wanted: make two cells of a long one, or fewer words"
        )
    return lines


def median_markdown(notebook: NotebookNode) -> float:
    """Return the lines of the median Markdown cell, hints and answers left out."""
    lines = [
        len(cell.source.strip().splitlines())
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        and not is_solution(cell)
        and not _DETAILS.search(cell.source)
    ]
    return statistics.median(lines or [0])
