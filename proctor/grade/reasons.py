"""Why a test lost points, where another cell tells more of it than the test does.

A name that is not there, one that a student has taken, a second definition that nobody
looked at: each is known by the texts of the cells, which may be hostile, and are not
parsed.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from proctor.errors import UNWRITTEN
from proctor.grade.causes import ENDED, NOT_THERE, TAKEN, Broken, Task, with_cause
from proctor.grade.verdict import Verdict
from proctor.notebook import cells
from proctor.notebook.assignment import AssignedNotebook
from proctor.notebook.beside import NO_NOTEBOOK
from proctor.notebook.names import (
    ALL_OF_NUMPY,
    HIDDEN_BY_NUMPY,
    bound,
    defined,
    hides,
    imported,
    lines,
    names_given,
    parts,
    used,
    without_texts,
)
from proctor.text import listed, plain, plain_line

_NOTEBOOK, _LONGEST = ".ipynb", 100
_RUNS = re.compile(r"^[ \t]*%run[ \t]+([^\n]+)", re.MULTILINE)
_STOPS = re.compile(r"\b(?:breakpoint|set_trace)\(")
_ASKS = re.compile(r"(?<![\w.])input\(")
# From cell to cell, where each lacks what another defines.
_MOST_STEPS = 20
_LONGEST_LINE = 60
# A line's beginning, by which it stands inside a `with`, say.
_LEVEL = re.compile(r"^[ \t]+", re.MULTILINE)


class Reasons:
    """What the cells of a notebook that has run tell of its tests' verdicts.

    Parameters
    ----------
    is_run
        Tells whether a cell runs in the student's process.
    broken
        The cells that ended in an error, in their order.
    """

    def __init__(
        self,
        notebook: dict,
        assigned: AssignedNotebook,
        is_run: Callable[[dict], bool],
        broken: list[Broken],
    ) -> None:
        self._cells = notebook["cells"]
        codes = [cell for cell in self._cells if cell["cell_type"] == "code"]
        self._run = [cell for cell in codes if is_run(cell)]
        self._unrun = [c for c in codes if c["source"].strip() in assigned.skipped]
        self._asked = {c.name: c.source for c in assigned.cells if c.is_solution}
        self._given = [text for text, _ in assigned.given]
        self._broken = broken

    def notes(self) -> list[str]:
        """Say what the notebook's cells relied on that is not there, a line each."""
        found = (_notebooks_run(cell["source"]) for cell in self._run)
        names = sorted({name for one in found for name in one})
        notes = [f"a cell runs {listed(names, 3)}, and {NO_NOTEBOOK}"] * bool(names)
        written = [without_texts(cell["source"]) for cell in self._run]
        if any(map(_STOPS.search, written)):
            notes.append("a debugger's stop was passed over: nobody is there to go on")
        if any(map(_ASKS.search, written)):
            notes.append(
                "what asks for input ends in an EOFError: nobody is there to type"
            )
        return notes

    def of(self, verdict: Verdict, test: dict, task: Task) -> Verdict:
        """Return the verdict on a test that lost points, with what explains it.

        Parameters
        ----------
        test
            Its cell.
        """
        if verdict.author_error or not verdict.message:
            return verdict
        own = next((c for c in self._run if cells.grade_id(c) == task.name), None)
        ended = next((one for one in self._broken if one.cell is own), None)
        verdict = with_cause(verdict, task, ended)
        message = verdict.message
        at = own if message.startswith(ENDED) else test
        if "NameError" in message or message.startswith(UNWRITTEN):
            lost = self._of_lost_names(message, task.text, at)
            message += lost
            if TAKEN.search(lost):  # why another cell ended
                ended = "\n".join(one.cell["source"] for one in self._broken)
                message += self._of_taken_names(ended)
        elif TAKEN.search(message):
            message += self._of_taken_names(task.text)
        message += self._of_later_ones(test, task.name)
        return replace(verdict, message=message)

    def _of_lost_names(self, message: str, text: str, at: dict) -> str:
        found = NOT_THERE.search(message)
        if found:
            return self._of_lost(found[1], at, set())
        if ENDED in message:
            return ""
        words = used(text)
        for one in self._broken:
            if names := sorted(bound(one.cell["source"]) & words):
                return self._of_ended(", ".join(names[:3]), one, set())
        return ""

    def _of_lost(self, name: str, at: dict, seen: set[str]) -> str:
        """Say why a name is not there where a cell uses it; empty if nothing tells."""
        seen.add(name)
        for one in self._broken:
            if one.cell is not at and name in bound(one.cell["source"]):
                if one.lacks == name:
                    return f" (the cell that defines {name} uses it before it does)"
                return self._of_ended(name, one, seen)
        if any(name in bound(cell["source"]) for cell in self._below(at)):
            return f" ({name} is defined in a cell below: it must stand above)"
        for cell in self._run:
            if found := _notebooks_run(cell["source"]):
                return f" (a cell runs {found[0]}, and {NO_NOTEBOOK})"
        for cell in self._unrun:
            is_import = name in imported(_LEVEL.sub("", cell["source"]))
            if is_import or name in bound(cell["source"]):
                made, make = ("imported", "import") if is_import else ("made", "make")
                return (
                    f" ({name} is {made} in a cell that the grader does not run "
                    f"(tagged {cells.SKIP}): {make} it in a cell of your own)"
                )
        return ""

    def _of_ended(self, names: str, one: Broken, seen: set[str]) -> str:
        """Say that a cell ended in an error, or why it did if that is another's."""
        lacks, first = one.lacks, ""
        if lacks not in {"", *seen} and len(seen) < _MOST_STEPS:
            first = self._of_lost(lacks, one.cell, seen)
        ended = f" (the cell that defines {names} ended in an error: {one.why})"
        return first or ended

    def _of_taken_names(self, text: str) -> str:
        """Say which names of Python's, or of given cells, a student has defined."""
        words = self._used_by(text)
        theirs = set(dir(builtins)).union(*map(names_given, self._given)) & words
        as_given = {one for text in self._given for one in hides(text)}
        given = {part for text in self._given for _, part in parts(text)}
        taken: dict[str, str] = {}
        for cell in self._run:
            asked = bound(self._asked.get(cells.grade_id(cell), ""))
            made = {name for name, _ in hides(cell["source"]) - as_given}
            for _, part in parts(cell["source"]):
                if part not in given:
                    made |= defined(part)
            for name in (made - asked) & theirs:
                taken.setdefault(name, _named(cell))
        if taken:
            where = listed(sorted(set(taken.values())), 2)
            return (
                f" (you have defined {listed(sorted(taken), 3)} yourself, in {where})"
            )
        hidden = listed(sorted(HIDDEN_BY_NUMPY & words), 3)
        all_of = (ALL_OF_NUMPY.search(cell["source"]) for cell in self._run)
        if hidden and (line := next(filter(None, all_of), None)):
            said = plain_line(line[0], _LONGEST_LINE)
            return f" (`{said}` puts NumPy's {hidden} in place of Python's)"
        return ""

    def _used_by(self, text: str) -> set[str]:
        """Return the names that a text uses, and the given functions in it."""
        words = set(used(text))
        given = [part for text in self._given for part in parts(text)]
        for _ in range(_MOST_STEPS):
            more = words.union(*(used(part) for names, part in given if names & words))
            if more == words:
                break
            words = more
        return words

    def _of_later_ones(self, test: dict, task: str) -> str:
        """Say that what a task asks for is defined once more, below its test."""
        asked = bound(self._asked.get(task, ""))
        for cell in self._below(test):
            # What another task asks for by the same name is that task's.
            others = bound(self._asked.get(cells.grade_id(cell), ""))
            if names := sorted((_made(cell) & asked) - others):
                return (
                    f" (a second definition of {names[0]} stands below the test: the "
                    "better of both counts)"
                )
        return ""

    def _below(self, at: dict) -> Iterable[dict]:
        place = next(i for i, cell in enumerate(self._cells) if cell is at)
        below = {id(cell) for cell in self._cells[place + 1 :]}
        return [cell for cell in self._run if id(cell) in below]


def _notebooks_run(text: str) -> list[str]:
    """Return the names of the notebooks that a cell runs, one of a line."""
    words = (line.replace("\\", "/").split() for line in _RUNS.findall(text))
    ends = (word.strip("\"'").rpartition("/")[2] for line in words for word in line)
    return [plain(end)[:_LONGEST] for end in ends if end.endswith(_NOTEBOOK)]


def _named(cell: dict) -> str:
    """Say which cell it is."""
    if name := cells.grade_id(cell):
        return f"the cell {name!r}"
    first = next(iter(lines(cell["source"])), "")
    return f"the cell that begins with `{plain_line(first, _LONGEST_LINE)}`"


def _made(cell: dict) -> frozenset[str]:
    """Return the names that a cell gives a value to, and does not import."""
    return bound(cell["source"]) - imported(cell["source"])
