"""The bug bank: wrong solutions that people really write, and right ones to spare.

``notebooks/<assignment>/bugs.py`` holds a list ``BUGS`` of :class:`Bug` and, where some
of them cannot be told apart, ``SAME_VALUES``; ``variants.py`` holds other correct ways
to write a cell. Both are the author's trusted code, read on the grader's side alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from proctor.bank.files import execute, require_python
from proctor.bank.variants import Variant, read_variants
from proctor.errors import GradingError

BUGS_FILE, VARIANTS_FILE = "bugs.py", "variants.py"
# What a draft has in place of what a person is to write.
TO_WRITE = "TO WRITE"


@dataclass(frozen=True)
class Bug:
    """A wrong solution that people really write.

    Attributes
    ----------
    id
        Unique in the bank, for example ``kernel-flipped``.
    cell
        The grade_id of the solution cell.
    title
        The mistake in a few words, without a full stop.
    question
        What a good tutor would ask. It gives neither code nor answer away.
    replace
        Pieces of the reference cell's text and what stands in their place; of each the
        first occurrence is replaced, one after the other.
    source
        The whole cell's text, in place of ``replace``.
    """

    id: str
    cell: str
    title: str
    question: str
    replace: tuple[tuple[str, str], ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Bank:
    """The bugs and variants of one assignment.

    Attributes
    ----------
    same_values
        Groups of bugs' ids that give the same values on every input of the tests.
    sources
        The text of the cell by bug's id.
    """

    bugs: tuple[Bug, ...] = ()
    same_values: tuple[frozenset[str], ...] = ()
    variants: tuple[Variant, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)

    def source_of(self, bug: Bug) -> str:
        """Return the text of the cell with the bug in it."""
        return self.sources[bug.id]

    def find(self, bug_id: str) -> Bug | None:
        """Return the bug of this id."""
        return next((bug for bug in self.bugs if bug.id == bug_id), None)

    def of_cell(self, cell: str) -> list[Bug]:
        """Return the bugs of a solution cell, in the bank's order."""
        return [bug for bug in self.bugs if bug.cell == cell]

    @cached_property
    def one_name(self) -> tuple[frozenset[str], ...]:
        """Groups of bugs of which any name is true of all.

        They give the same values, or are one mistake in several forms: of one title and
        one question.
        """
        forms: dict[tuple[str, str, str], set[str]] = {}
        for bug in self.bugs:
            forms.setdefault((bug.cell, bug.title, bug.question), set()).add(bug.id)
        several = (frozenset(ids) for ids in forms.values() if len(ids) > 1)
        return (*self.same_values, *several)

    def group_of(self, bug_id: str) -> frozenset[str]:
        """Return the bugs whose name is true of this one as well, itself included."""
        groups = (group for group in self.one_name if bug_id in group)
        return frozenset([bug_id]).union(*groups)


def load(
    folder: Path,
    reference: dict[str, str],
    whole: bool = True,
    export: str = "#| export",
) -> Bank:
    """Read ``bugs.py`` and ``variants.py`` in ``folder``; a missing one is empty.

    Parameters
    ----------
    reference
        The text of each solution cell, as the reference solves it, by grade_id.
    whole
        Whether to read the variants as well, and to see that each text is Python, which
        takes longer than to grade a submission. Grading needs the bugs alone.
    export
        The line that stands above a variant that is given as a function.

    Raises
    ------
    GradingError
        One line that names the file, the bug and what to do.
    """
    bugs, groups, sources = _read_bugs(folder / BUGS_FILE, reference, whole)
    found = read_variants(folder / VARIANTS_FILE, reference, export) if whole else []
    return Bank(tuple(bugs), tuple(groups), tuple(found), sources)


def _read_bugs(
    path: Path, reference: dict[str, str], whole: bool
) -> tuple[list[Bug], list[frozenset[str]], dict[str, str]]:
    if not path.is_file():
        return [], [], {}
    names = execute(path)
    bugs = names.get("BUGS")
    if not isinstance(bugs, list) or not all(isinstance(bug, Bug) for bug in bugs):
        raise GradingError(f"{path}: a list BUGS of proctor.bank.Bug is wanted")
    sources: dict[str, str] = {}
    for bug in bugs:
        if bug.id in sources:
            raise GradingError(f"{path}: two bugs have the id {bug.id!r}: rename one")
        try:
            sources[bug.id] = _text_of(bug, reference)
            if whole:
                require_python(sources[bug.id])
        except ValueError as error:
            raise GradingError(f"{path}: bug {bug.id!r}: {error}") from None
    groups = _groups_in(path, names.get("SAME_VALUES", []))
    _check_groups(path, bugs, groups)
    return bugs, groups, sources


def _text_of(bug: Bug, reference: dict[str, str]) -> str:
    """Return the text of the bug's cell.

    Raises
    ------
    ValueError
        If there is none; the text says why and what to do.
    """
    if bug.cell not in reference:
        known = ", ".join(reference) or "no solution cell at all"
        raise ValueError(f"no solution cell {bug.cell!r}: there is {known}")
    for name, words in (("title", bug.title), ("question", bug.question)):
        if TO_WRITE in words:
            raise ValueError(f"its {name} still says {TO_WRITE}: write it")
    if not bug.title or bug.title.endswith("."):
        raise ValueError("give it a title without a full stop")
    if not bug.question.rstrip().endswith("?"):
        raise ValueError("its question must end with a question mark")
    if bool(bug.source) == bool(bug.replace):
        raise ValueError("give either pieces to replace or the whole source")
    right = reference[bug.cell]
    text = bug.source or right
    for piece, other in bug.replace:
        if not piece or piece not in text:
            raise ValueError(
                f"the cell does not contain {piece!r}: take the piece from the "
                "reference solution as it stands"
            )
        text = text.replace(piece, other, 1)
    if text.strip() == right.strip():
        raise ValueError("it does not change the cell: correct its replacement")
    return text


def _groups_in(path: Path, given: object) -> list[frozenset[str]]:
    """Return the groups of ``SAME_VALUES``, if they are groups of ids."""
    kinds = (list, tuple, set, frozenset)
    wanted = f"{path}: SAME_VALUES is a list of sets of bugs' ids, such as "
    wanted += '[{"one", "other"}], and '
    if not isinstance(given, kinds):
        raise GradingError(f"{wanted}{_kind(given)} came: correct it")
    for group in given:
        if not isinstance(group, kinds):
            raise GradingError(f"{wanted}{_kind(group)} is in it: correct it")
        for name in group:
            if not isinstance(name, str):
                own = isinstance(name, Bug)
                cure = f": write its id, {name.id!r}" if own else ": correct it"
                raise GradingError(f"{wanted}a set has {_kind(name)}{cure}")
    return [frozenset(group) for group in given]


def _kind(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _check_groups(path: Path, bugs: list[Bug], groups: list[frozenset[str]]) -> None:
    cells = {bug.id: bug.cell for bug in bugs}
    seen: set[str] = set()
    for group in groups:
        listed = ", ".join(sorted(group))
        if unknown := sorted(group - set(cells)):
            raise GradingError(
                f"{path}: SAME_VALUES names {unknown[0]!r}, which is no bug: correct it"
            )
        if len({cells[bug] for bug in group}) > 1:
            raise GradingError(
                f"{path}: SAME_VALUES has {listed} together, of different cells: a "
                "group is of one cell"
            )
        if seen & group:
            raise GradingError(
                f"{path}: SAME_VALUES names {min(seen & group)!r} twice: join the "
                "groups"
            )
        seen |= group
