"""What nbgrader's metadata and its marks say about a cell: said here alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

from course.configuration import read_configuration
from course.project import CourseError, Project


@dataclass(frozen=True)
class Region:
    """The part of a cell that nbgrader takes out, by nbgrader's own rule.

    It begins with a line that contains ``begin``, whatever else stands there, and ends
    with one that contains ``end``. Both lines belong to it.

    Attributes
    ----------
    begin, end
        The delimiters, ``BEGIN SOLUTION`` for example.
    """

    begin: str
    end: str

    def stands_in(self, source: str) -> bool:
        """Tell whether a region begins in a cell's source."""
        return self.begin in source

    def inside(self, source: str) -> list[bool]:
        """Tell of each line whether nbgrader takes it out."""
        return [inside or bool(mark) for _, mark, inside in self._walk(source)]

    def outside(self, source: str) -> str:
        """Return what nbgrader leaves of a cell, which students read."""
        taken = self.inside(source)
        lines = zip(source.split("\n"), taken, strict=True)
        return "\n".join(line for line, inside in lines if not inside)

    def without_marks(self, source: str) -> str:
        """Return a cell's source without the comments that mark the region."""
        return "\n".join(
            line
            for line, mark, _ in self._walk(source)
            if not (mark and line.lstrip().startswith("#"))
        )

    def problem(self, source: str) -> str:
        """Return why nbgrader would refuse the marks of a cell; empty if it would not.

        nbgrader takes an end without a beginning as it comes; here it is refused, since
        a beginning was meant.
        """
        opened = 0
        for number, (_, mark, _) in enumerate(self._walk(source), 1):
            if mark == self.begin and opened:
                return (
                    f"line {number}: {self.begin} inside the region that line "
                    f"{opened} begins: put {self.end} before it"
                )
            if mark == self.end and not opened:
                return (
                    f"line {number}: {self.end} without {self.begin} before it: begin "
                    "each region in its own cell"
                )
            if mark:
                opened = number if mark == self.begin else 0
        if opened:
            return (
                f"line {opened}: {self.begin} without {self.end} after it: close each "
                "region in its own cell"
            )
        return ""

    def _walk(self, source: str) -> Iterator[tuple[str, str, bool]]:
        """Yield each line, the delimiter in it, and whether it is in a region."""
        inside = False
        for line in source.split("\n"):
            mark = next((m for m in (self.begin, self.end) if m in line), "")
            yield line, mark, inside
            if mark:
                inside = mark == self.begin


@dataclass(frozen=True)
class Regions:
    """The two regions of a course's cells: what a student writes, and what is hidden.

    The defaults are nbgrader's.
    """

    solution: Region = Region("BEGIN SOLUTION", "END SOLUTION")
    hidden_tests: Region = Region("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")


def read_regions(project: Project) -> Regions:
    """Return the regions with the delimiters that ``nbgrader_config.py`` gives them.

    Raises
    ------
    CourseError
        If it cannot be read, or a delimiter is no text or an empty one.
    """
    config, default = read_configuration(project), Regions()

    def region(step: str, kind: str, default: Region) -> Region:
        # In nbgrader's own spelling.
        names = (f"begin_{kind}_delimeter", f"end_{kind}_delimeter")
        marks = [config[step].get(name) for name in names]
        for name, mark in zip(names, marks, strict=True):
            if mark is not None and not (isinstance(mark, str) and mark.strip()):
                raise CourseError(
                    f"nbgrader_config.py: c.{step}.{name} is {mark!r}: a text was "
                    "wanted, such as one that stands in a comment of its own"
                )
        return Region(marks[0] or default.begin, marks[1] or default.end)

    return Regions(
        region("ClearSolutions", "solution", default.solution),
        region("ClearHiddenTests", "test", default.hidden_tests),
    )


def grading(cell: NotebookNode) -> NotebookNode:
    """Return the cell's nbgrader metadata, empty where there is none."""
    return cell.metadata.get("nbgrader", NotebookNode())


def is_solution(cell: NotebookNode) -> bool:
    """Tell whether a student writes this cell."""
    return bool(grading(cell).get("solution"))


def is_graded(cell: NotebookNode) -> bool:
    """Tell whether this cell carries points."""
    return bool(grading(cell).get("grade") or grading(cell).get("task"))


def graded_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells that carry points, in order."""
    return [cell for cell in notebook.cells if is_graded(cell)]


def points_of(cell: NotebookNode) -> float:
    """Return what a graded cell is worth."""
    return float(grading(cell).get("points", 0))


def first_line(cell: NotebookNode) -> str:
    """Return a cell's first line that is not empty: by it a person finds the cell."""
    return next((line for line in cell.source.splitlines() if line.strip()), "")
