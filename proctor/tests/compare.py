"""Each idiom under nbgrader's one kernel and under proctor, cell for cell.

``python -m proctor.tests.compare`` prints the table.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from proctor.grade.both_ways import Found
from proctor.grade.cell_results import Cell
from proctor.tests import one_kernel
from proctor.tests.grading import grade, grader_of, hand_in, write_course
from proctor.tests.idioms import IDIOMS, NOTEBOOKS, STUB, Idiom

CONFIG = """\
c.Sandbox.packages = ["numpy", "matplotlib", "pandas", "scipy", "pytest"]
c.Sandbox.preload = ["pandas", "scipy.sparse"]
"""
FILES = {name: text for idiom in IDIOMS for name, text in idiom.files.items()}
ANSWERS: dict[str, Callable[[Idiom], str]] = {
    "right": lambda idiom: idiom.right,
    "wrong": lambda idiom: idiom.wrong,
}


def notebooks(
    answer: Callable[[Idiom], str],
    hide: bool = True,
    groups: dict[str, list[Idiom]] = NOTEBOOKS,
) -> dict[str, list[dict]]:
    """Return the cells of each notebook, with an answer of each idiom."""
    return {
        name: [cell for one in group for cell in one.cells(answer(one), hide)]
        for name, group in groups.items()
    }


def solved(idiom: Idiom) -> str:
    """Return the solution cell of the instructor's notebook."""
    return f"### BEGIN SOLUTION\n{idiom.right}\n### END SOLUTION"


@dataclass(frozen=True)
class Compared:
    """What came of the idioms.

    Attributes
    ----------
    one_kernel, proctor
        By answer (``right``, ``wrong``) and test cell: points, and what proctor says.
    others
        What other notebooks earn in one kernel.
    settled
        How each test cell runs.
    """

    one_kernel: dict[str, dict[str, float | None]]
    proctor: dict[str, dict[str, Cell]]
    settled: dict[str, Found]
    others: list[dict] = field(default_factory=list)


def in_one_kernel(
    others: list[list[dict]] = (),
) -> tuple[dict[str, dict[str, float | None]], list[dict]]:
    """Return what each test cell earns, by answer, as nbgrader grades it.

    Parameters
    ----------
    others
        Cells of other notebooks, graded as well: what they earn comes second.
    """
    asked = [
        (cells, FILES)
        for answer in ANSWERS.values()
        for cells in notebooks(answer, hide=False).values()
    ]
    count = len(asked)
    found = one_kernel.grade_all([*asked, *((cells, {}) for cells in others)])
    found, more = found[:count], found[count:]
    parts = dict(
        zip(ANSWERS, (found[: len(NOTEBOOKS)], found[len(NOTEBOOKS) :]), strict=True)
    )
    return {
        student: dict(pair for one in some for pair in one.items())
        for student, some in parts.items()
    }, more


def compare(folder: Path, others: list[list[dict]] = ()) -> Compared:
    """Grade the idioms both ways; the course is written into a folder.

    Parameters
    ----------
    others
        Cells of other notebooks, which are graded in one kernel alone.
    """
    write_course(
        folder,
        notebooks(solved, hide=False),
        notebooks(lambda one: STUB),
        FILES,
        CONFIG,
    )
    for student, answer in ANSWERS.items():
        hand_in(folder, student, notebooks(answer))
    with grader_of(folder) as grader:
        graded = {
            student: grade(grader, folder, student).submission for student in ANSWERS
        }
        settled = {one.name: one for one in grader.settled}
    cells = {
        student: {cell.grade_id: cell for cell in submission.cells}
        for student, submission in graded.items()
    }
    points, more = in_one_kernel(others)
    return Compared(points, cells, settled, more)


def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = compare(Path(folder))
    print(f"{'test cell':34} {'runs':9} right  wrong   (nbgrader / proctor)")
    same = 0
    for name, one in found.settled.items():
        pairs = [
            (found.one_kernel[student][name], found.proctor[student][name].score)
            for student in ANSWERS
        ]
        same += all(a == b for a, b in pairs)
        shown = "  ".join(f"{a:g} / {b:g}" for a, b in pairs)
        mark = "" if all(a == b for a, b in pairs) else "   differs"
        print(f"{name:34} {'together' if one.together else 'apart':9} {shown}{mark}")
    together = sum(one.together for one in found.settled.values())
    print(f"{len(found.settled)} test cells, {together} together, {same} the same")


if __name__ == "__main__":
    _main()
