"""What an answer uses of its author's other cells."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from proctor.report.answers import without_comments
from proctor.report.hidden import MASK
from proctor.report.mistakes import without_numbers

# What a notebook and a file have beside Python's own.
_ALWAYS = frozenset({*dir(builtins), "__file__", "__annotations__", "display"})
# What stands for whatever names a file has of which all are imported.
_ANY = "*"
_FUNCTION = ("def ", "@")
_NAME = re.compile(r"[^\W\d]\w*")
_NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Helper:
    """A definition that an answer uses, and the cell that it stands in.

    Attributes
    ----------
    cell
        Its grade_id; empty of a cell that has none.
    text
        Without comments.
    """

    name: str
    cell: str
    text: str

    @property
    def shown(self) -> str:
        """What it is called in a sentence."""
        return self.text if self.name == _ANY else self.name


@dataclass(frozen=True)
class Example:
    """An answer, and what it needs of its author's other cells to run.

    Attributes
    ----------
    missing
        The names that nobody defines: not the notebook, nor what is given.
    mask
        What stands where a student's name stood; empty where none stood.
    """

    answer: str
    helpers: tuple[Helper, ...] = ()
    missing: tuple[str, ...] = ()
    mask: str = ""

    def masked(self, hide: Callable[[str], str]) -> Example:
        """Return it with its author's names, or whatever else, hidden."""
        if hide(self.whole) == self.whole:
            return self
        helpers = (
            Helper(hide(one.name), hide(one.cell), hide(one.text))
            for one in self.helpers
        )
        missing = tuple(map(hide, self.missing))
        return Example(hide(self.answer), tuple(helpers), missing, MASK)

    @property
    def whole(self) -> str:
        """The helpers, then the answer: Python that runs by itself."""
        return "\n\n\n".join([*(one.text for one in self.helpers), self.answer])

    @property
    def words(self) -> str:
        """What it uses of other cells; empty of nothing."""
        found = [
            f"{one.shown}, which stands in {one.cell or 'a cell without a name'}"
            for one in self.helpers
        ]
        found += [f"{name}, which stands nowhere" for name in self.missing]
        said = [f"this uses {'; '.join(found)}"] if found else []
        if self.mask:
            said.append(f"where {self.mask} stands, a student's name stood")
        return "; ".join(said)


def example_of(
    answer: str,
    cells: Sequence[tuple[str, str]],
    given: Iterable[str],
    known: Iterable[str],
) -> Example:
    """Return an answer with the helpers that it uses, and those that they use.

    Parameters
    ----------
    answer
        Without comments.
    cells
        Grade_id and text of the author's other cells, in their order.
    given
        The names that everybody has, whoever defines them.
    known
        The names that the reference has; a student's own come before them.
    """
    stands = _definitions(cells)
    given, known = {*given, *_ALWAYS}, set(known)
    own, wanted = names_in(answer)
    found: dict[tuple[int, int], Helper] = {}
    seen, missing = {*own}, []
    left = sorted(wanted)
    while left:
        name = left.pop(0)
        if name in seen or name in given:
            continue
        seen.add(name)
        if name in stands:
            for place, helper in stands[name]:
                found[place] = helper
                left += sorted(names_in(helper.text)[1])
        elif name not in known:
            missing.append(name)
    if missing and _ANY in stands:
        found |= dict(stands[_ANY])
    if _ANY in {*own, *given, *known, *stands}:
        missing = []
    helpers = tuple(found[place] for place in sorted(found))
    return Example(answer, helpers, tuple(missing))


def with_helpers(
    answer: str, cells: Sequence[tuple[str, str]], given: Iterable[str]
) -> str:
    """Return an answer with the functions of its author's other cells that it uses.

    Parameters
    ----------
    cells, given
        See :func:`example_of`.
    """
    # Most use none, and to take all cells apart is dear.
    wanted = names_in(as_python(answer))[1].difference(given, _ALWAYS)
    defined = [f"def {name}" for name in wanted]
    if not any(one in text for one in defined for _, text in cells):
        return answer
    found = example_of(as_python(answer), cells, given, ())
    used = [one.text for one in found.helpers if one.text.startswith(_FUNCTION)]
    return "\n\n\n".join([answer, *used])


def _definitions(
    cells: Sequence[tuple[str, str]],
) -> dict[str, list[tuple[tuple[int, int], Helper]]]:
    """Return the statements that define a name: those of the last cell that does."""
    found: dict[str, list[tuple[tuple[int, int], Helper]]] = {}
    for number, (cell, source) in enumerate(cells):
        of_cell: dict[str, list[tuple[tuple[int, int], Helper]]] = {}
        for line, text in _statements(source):
            for name in names_in(text)[0]:
                helper = Helper(name, cell, text)
                of_cell.setdefault(name, []).append(((number, line), helper))
        found |= of_cell
    return found


def _statements(source: str) -> list[tuple[int, str]]:
    """Return number and text of each statement of a cell, without comments."""
    bare = without_comments(as_python(source))
    try:
        body = ast.parse(bare).body
    except _NOT_PYTHON:
        return []
    rows = bare.splitlines()
    found = []
    for node in body:
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(one.lineno for one in decorators)])
        found.append((first, "\n".join(rows[first - 1 : node.end_lineno])))
    return found


def as_python(source: str) -> str:
    """Return a cell without the lines that IPython alone understands."""
    lines = source.splitlines()
    return "\n".join("" if ln.startswith(("%", "!")) else ln for ln in lines)


def _takes_all(source: str) -> bool:
    """Tell whether a text imports whatever another one defines."""
    return any(
        isinstance(node, ast.ImportFrom) and node.names[0].name == _ANY
        for node in ast.parse(source).body
    )


@lru_cache(1 << 12)
def names_in(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that a text defines, and those that it takes from elsewhere."""
    try:
        top = symtable.symtable(source, "<answer>", "exec")
    except _NOT_PYTHON:
        return frozenset(), frozenset()
    defined = {_ANY} if _takes_all(source) else set()
    used: set[str] = set()
    for symbol in top.get_symbols():
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
            defined.add(symbol.get_name())
        if symbol.is_referenced():
            used.add(symbol.get_name())
    left = list(top.get_children())
    while left:
        table = left.pop()
        left += table.get_children()
        for symbol in table.get_symbols():
            if symbol.is_global():
                # One that is declared so and assigned is the module's.
                into = defined if symbol.is_assigned() else used
                into.add(symbol.get_name())
    return frozenset(defined), frozenset(used - defined)


def told_missing(texts: Iterable[str], said: Iterable[tuple[str, str]]) -> set[str]:
    """Return the names in some texts that a group's words say are missing."""
    words = " ".join(what for _, what in said)
    return {
        name
        for text in texts
        for name in set(_NAME.findall(text))
        if without_numbers(f"name '{name}' is not defined") in words
    }
