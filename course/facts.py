"""Facts: each figure of the prose, and what gives it.

``facts.py`` beside a notebook holds the list ``FACTS``. ``course check`` refuses a
figure without a fact, a fact that stands nowhere, and one whose value is another.
"""

from __future__ import annotations

import contextlib
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from types import ModuleType

from nbformat import NotebookNode

from course.cells import is_graded
from course.figures import agrees, claims, numbers, plain, spelled
from course.project import CourseError, Project
from course.truth import read_truth

_DEFAULT_EXPORT = re.compile(r"^#\|\s*default_exp\s+(\S+)", re.MULTILINE)
_EXPORT = re.compile(r"^#\|\s*export\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Fact:
    """A piece of a notebook's text, and what makes it true.

    Attributes
    ----------
    text
        As it stands in the notebook, wherever its lines break.
    values
        One for each number of the text, in order; empty where ``source`` says it.
    source
        The publication that the text is from.
    """

    text: str
    values: tuple[float, ...] = ()
    source: str = ""


def fact(text: str, *values: float) -> Fact:
    """Return a fact that code computes.

    Parameters
    ----------
    text
        As it stands in the notebook. Percent, thousand to trillion, kB to TB and KiB to
        GiB are understood: ``0.82 GB`` is a number of bytes, ``97 %`` is 0.97.
    values
        One for each number of the text, in order. A value agrees if it gives the number
        when it is rounded to as many places.

    Raises
    ------
    CourseError
        If there are not as many values as numbers, or a value is no number.
    """
    written = [number for number, _, _ in numbers(text)]
    if not written:
        raise CourseError(f"the fact {text!r} has no number in it")
    if len(values) != len(written):
        raise CourseError(
            f"the fact {text!r} has {len(written)} numbers ({'; '.join(written)}) and "
            f"{len(values)} values: give one value for each number, in order"
        )
    for value in values:
        if isinstance(value, bool) or not isinstance(value, Real):
            raise CourseError(f"the fact {text!r} has the value {value!r}: no number")
    exact = (int(v) if float(v).is_integer() else float(v) for v in values)
    return Fact(text, tuple(exact))


def cited(text: str, source: str) -> Fact:
    """Return a fact that no code of ours can compute, and where it is published.

    Raises
    ------
    CourseError
        If ``source`` names nothing.
    """
    if not source.strip():
        raise CourseError(f"the fact {text!r} names no source: who published it?")
    return Fact(text, source=source)


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
    built = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name, module in built.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


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
    lines = []
    for folder in sorted({truth.parent for truth in project.truths()}):
        notebooks = {truth: read_truth(truth) for truth in project.truths(folder.name)}
        path = folder / "facts.py"
        if not path.is_file() and not any(map(_graded, notebooks.values())):
            continue
        name = project.relative(path)
        try:
            facts = read_facts(path, notebooks.values())
        except CourseError as error:
            lines.append(f"{project.relative(folder)}/{error}")
            continue
        texts = [_read(cell) for book in notebooks.values() for cell in book.cells]
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


def _graded(notebook: NotebookNode) -> bool:
    return any(map(is_graded, notebook.cells))


def _read(cell: NotebookNode) -> str:
    """Return what a student reads of a cell; in code, comments lose their marks."""
    if cell.cell_type == "markdown":
        return cell.source
    shown = cell.source.partition("### BEGIN HIDDEN TESTS")[0]
    return "\n".join(line.strip().removeprefix("#") for line in shown.splitlines())


def _places(part: str, text: str) -> Iterator[tuple[int, int]]:
    """Find ``part`` in ``text``, but not inside a longer number or word."""
    pattern = rf"(?<![\w])(?<!\d[.,]){re.escape(part)}(?!\w|[.,]\d)"
    return (found.span() for found in re.finditer(pattern, text))


def _around(text: str, start: int, end: int) -> str:
    """Return the words around a place, for a message."""
    left = text.rfind(" ", 0, max(0, start - 25)) + 1
    right = text.find(" ", end + 20)
    return text[left : right if right >= 0 else len(text)]
