"""What the prose claims: each of its figures has a fact, and each fact is true.

The facts stand in ``facts.py`` beside a notebook (:mod:`course.facts`). Refused are a
figure without a fact, a fact that stands nowhere, and one whose value is another.
"""

from __future__ import annotations

import contextlib
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from nbformat import NotebookNode

from course.cells import Region, graded_cells, read_regions
from course.facts import Fact
from course.lint.figures import agrees, claims, numbers, plain, spelled
from course.project import CourseError, Project
from course.truth import read_truth

_DEFAULT_EXPORT = re.compile(r"^#\|\s*default_exp\s+(\S+)", re.MULTILINE)
_EXPORT = re.compile(r"^#\|\s*export\s*$", re.MULTILINE)


def read_facts(path: Path, notebooks: Iterable[NotebookNode] = ()) -> list[Fact]:
    """Return the list ``FACTS`` of a file; an empty list if there is no file.

    While the file runs, what it imports from the notebooks' own modules is what their
    cells say now, even if the package was not built since.

    Raises
    ------
    CourseError
        If the file raises, or holds no such list.
    """
    if not path.is_file():
        return []
    names: dict = {"__name__": "facts", "__file__": str(path)}
    try:
        with _exported(notebooks):
            exec(compile(path.read_text(encoding="utf-8"), path, "exec"), names)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
        where = f"line {lines[-1]}: " if lines else ""
        kind = "" if isinstance(error, CourseError) else f"{type(error).__name__}: "
        raise CourseError(f"{path.name}: {where}{kind}{error}") from error
    facts = names.get("FACTS")
    if not isinstance(facts, list) or not all(isinstance(f, Fact) for f in facts):
        raise CourseError(
            f"{path.name}: FACTS must be a list of fact(...) and cited(...)"
        )
    return facts


@contextlib.contextmanager
def _exported(notebooks: Iterable[NotebookNode]) -> Iterator[None]:
    """Let what the notebooks export be imported, in place of what was built."""
    modules = {}
    for notebook in notebooks:
        code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        for name in _DEFAULT_EXPORT.findall("\n".join(code)):
            module = ModuleType(f"tinytorch.{name}")
            exported = "\n\n".join(text for text in code if _EXPORT.search(text))
            exec(compile(exported, module.__name__, "exec"), module.__dict__)
            modules[module.__name__] = module
    with contextlib.ExitStack() as stack:
        for name, module in modules.items():
            stack.enter_context(_in_place(name, module))
        yield


@contextlib.contextmanager
def _in_place(name: str, module: ModuleType) -> Iterator[None]:
    """Have a module imported under a name, also by ``from PACKAGE import``."""
    package, _, last = name.rpartition(".")
    places = [sys.modules]
    # There is one where something of the package was imported before.
    if package in sys.modules:
        places.append(vars(sys.modules[package]))
    keys = [name, last]
    before = [place.get(key) for place, key in zip(places, keys, strict=False)]
    for place, key in zip(places, keys, strict=False):
        place[key] = module
    try:
        yield
    finally:
        for place, key, one in zip(places, keys, before, strict=False):
            if one is None:
                place.pop(key, None)
            else:
                place[key] = one


def wrong_values(facts: Iterable[Fact]) -> list[str]:
    """Return one line for each number that its value does not give."""
    return [
        f"{item.text!r} says {number}, the code gives {spelled(value)}"
        for item in facts
        if item.values
        for (number, written, tolerance), value in zip(
            numbers(item.text), item.values, strict=True
        )
        if not agrees(value, written, tolerance)
    ]


def not_there(facts: Iterable[Fact], texts: Iterable[str]) -> list[str]:
    """Return one line for each fact whose text stands in none of ``texts``."""
    flat = [plain(text) for text in texts]
    return [
        f"{item.text!r} stands nowhere in the notebook: correct the fact or delete it"
        for item in facts
        if not any(True for text in flat for _ in _places(plain(item.text), text))
    ]


def without_fact(markdown: str, facts: Iterable[Fact]) -> list[str]:
    """Return one line for each figure of a Markdown cell that no fact holds."""
    text = plain(markdown)
    known = [place for item in facts for place in _places(plain(item.text), text)]
    return [
        f"{claim.text!r} has no fact (in {_around(text, claim.start, claim.end)!r}): "
        "add one to facts.py, or let the cell print the number"
        for claim in claims(markdown)
        if not any(a <= claim.start and claim.end <= b for a, b in known)
    ]


def problems(project: Project) -> list[str]:
    """Return what is wrong with the facts of all graded notebooks, one line each."""
    lines, regions = [], read_regions(project)
    for folder in sorted({truth.parent for truth in project.truths()}):
        truths = project.truths(folder.name)
        notebooks = {truth: read_truth(truth, regions) for truth in truths}
        path = folder / "facts.py"
        if not path.is_file() and not any(map(graded_cells, notebooks.values())):
            continue
        name = project.relative(path)
        try:
            facts = read_facts(path, notebooks.values())
        except CourseError as error:
            lines.append(f"{project.relative(folder)}/{error}")
            continue
        texts = [
            _read(cell, regions.hidden_tests)
            for book in notebooks.values()
            for cell in book.cells
        ]
        lines += [f"{name}: {line}" for line in wrong_values(facts)]
        lines += [f"{name}: {line}" for line in not_there(facts, texts)]
        lines += [
            f"{project.relative(truth)}: {line}"
            for truth, book in notebooks.items()
            for cell in book.cells
            if cell.cell_type == "markdown"
            for line in without_fact(cell.source, facts)
        ]
    return lines


def _read(cell: NotebookNode, hidden: Region) -> str:
    """Return what a student reads of a cell; in code, comments lose their marks."""
    if cell.cell_type == "markdown":
        return cell.source
    shown = hidden.outside(cell.source).splitlines()
    return "\n".join(line.strip().removeprefix("#") for line in shown)


def _places(part: str, text: str) -> Iterator[tuple[int, int]]:
    """Find ``part`` in ``text``, but not inside a longer number or word."""
    pattern = rf"(?<![\w])(?<!\d[.,]){re.escape(part)}(?!\w|[.,]\d)"
    return (found.span() for found in re.finditer(pattern, text))


def _around(text: str, start: int, end: int) -> str:
    """Return the words around a place, for a message."""
    left = text.rfind(" ", 0, max(0, start - 25)) + 1
    right = text.find(" ", end + 20)
    return text[left : right if right >= 0 else len(text)]
