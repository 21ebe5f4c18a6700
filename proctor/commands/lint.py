"""``proctor lint``: which tests of an assignment are examined apart, and why not all.

The reference and what was handed out are graded both ways: with each test in a process
without a student's code, and in one kernel, as nbgrader runs them.
"""

from __future__ import annotations

from pathlib import Path

from proctor.bank.reference import Reference
from proctor.grade.both_ways import Found
from proctor.grade.course_grader import make_grader
from proctor.grade.task import Task
from proctor.notebook import cells
from proctor.notebook.beside import files_beside
from proctor.notebook.built import Built
from proctor.notebook.causes import Code, calls_by_name, cause_of, ends_in_a_value
from proctor.notebook.imports import imports_for
from proctor.notebook.names import imported, uses_rubric
from proctor.sandbox.levels import best_level
from proctor.settings import Course
from proctor.text import plain


def lint(course: Course, assignment: str) -> int:
    """Print what is known of an assignment's tests; see :func:`proctor.cli.main`.

    Returns
    -------
    int
        0 if every test is examined apart, else 1.

    Raises
    ------
    GradingError
        If the assignment cannot be read, or its reference not be graded.
    """
    layout = course.layout
    built = Built.read(layout, course.marks, assignment, course.config)

    def read() -> Task:
        support = files_beside(layout.built(assignment), authors=True).files
        wanted = built.as_assignment()
        return Task(wanted, Reference("", Path()), support, lambda: built)

    # The submissions that are graded for this are the author's own.
    with make_grader(course, assignment, read, level=best_level()) as grader:
        found, tests = grader.settled, len(grader.assignment.tests())
        assigned = {n.name: n for n in grader.assignment.notebooks}
    together = [one for one in found if one.together]
    print(_summary(assignment, tests, len(together)))
    for note in files_beside(layout.built(assignment), authors=True).notes():
        print(f"\n  no submission finds these: {plain(note)}")
    for notebook in sorted(built.source):
        code = _code_of(built, notebook)
        for one in together:
            if one.notebook == notebook:
                _print_together(one, code)
        for cell in code:
            if cell.is_test and not uses_rubric(cell.source):
                apart = cell.name not in assigned[notebook].together
                # What the author's cells import is the examiner's own.
                own = imports_for(assigned[notebook], cell.source) if apart else ""
                _print_forgeable(cell, code, imported(own))
    for one in found:
        if not one.passes:
            print(
                f"\n  {plain(one.name)}: the reference has {one.one_kernel[0]:g} of "
                f"{one.points:g} points, in one kernel too: {plain(one.said)}\n      "
                "Who loses points there needs attention: no submission can have more"
            )
    return int(bool(together))


def _summary(assignment: str, tests: int, together: int) -> str:
    several = f"{assignment}: {tests} test{'s' * (tests != 1)}"
    if not together:
        return f"{several}, each is examined apart from the student's code"
    return (
        f"{several}: {tests - together} examined apart, {together} together with the "
        "student's code.\nWhat runs together can be forged: the student's code could "
        "change what the test says."
    )


def _code_of(built: Built, notebook: str) -> list[Code]:
    return [
        Code(
            cells.grade_id(cell),
            cells.source_of(cell),
            cells.is_test(cells.grading(cell)),
        )
        for cell in built.source[notebook]["cells"]
        if cell["cell_type"] == "code"
    ]


def _print_together(one: Found, code: list[Code]) -> None:
    if one.differs:
        cause = cause_of(code, one.name, one.why)
        why, rewrite = cause.why, cause.rewrite
    else:
        why, rewrite = "a later test needs what its hidden part leaves", "see there"
    print(f"\n  {plain(one.name)}: together, since {plain(why)}")
    print(f"      to have it apart: {plain(rewrite)}")


def _print_forgeable(cell: Code, code: list[Code], own: set[str]) -> None:
    for name in sorted({*calls_by_name(code, cell.name)} - own):
        print(
            f"\n  {plain(cell.name)}: it calls `{plain(name)}`, which a cell of the "
            "notebook imports.\n      Who replaces it there decides what the test "
            "says: import it in the test cell"
        )
    if ends_in_a_value(cell.source):
        print(
            f"\n  {plain(cell.name)}: it ends in a value, which counts as points: see "
            "that no answer of the\n      student's is that value by itself"
        )
