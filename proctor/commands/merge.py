"""``proctor merge``: what several machines graded, in one gradebook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from proctor.commands.autograde import print_scores, tell
from proctor.commands.results_file import require_place, write_results
from proctor.commands.table import make_console
from proctor.errors import GradingError
from proctor.grade.cell_results import AGAIN, GIVEN
from proctor.grade.results import Run
from proctor.gradebook.fast_import import spare_nbgrader
from proctor.report.documents import moment, read_run
from proctor.settings import Course
from proctor.text import listed, plain

if TYPE_CHECKING:
    from proctor.gradebook.history import History

# Of more students, how many there are beside these is said.
_NAMED = 5


def merge(
    course: Course, paths: Sequence[Path], folders: Sequence[Path], out: Path | None
) -> int:
    """Enter results into the course's gradebook; see :func:`proctor.cli.main`.

    Raises
    ------
    GradingError
        If they cannot be read, or do not belong together. Nothing is entered then.
    """
    require_place(out)
    for folder in folders:
        if not folder.is_dir():
            raise GradingError(f"--autograded wants a folder; {folder} is none")
    runs = sorted(map(read_run, paths), key=lambda run: moment(run.started))
    names = sorted({run.assignment for run in runs})
    if len(names) > 1:
        raise GradingError(
            f"these are results of {' and '.join(names)}: merge one assignment's at a "
            "time"
        )
    if out and len({run.seed for run in runs}) > 1:
        raise GradingError(
            "--out wants results of one seed, for a document has one: give all parts "
            "of the class the same, with autograde --seed N"
        )
    spare_nbgrader()
    from proctor.gradebook.database import open_gradebook
    from proctor.gradebook.folders import Folders
    from proctor.gradebook.history import History
    from proctor.gradebook.locks import Meeting
    from proctor.gradebook.merging import Merge, keep

    history = History(course.layout)
    with Folders(course).only_one(), open_gradebook(course.layout) as gradebook:
        meeting = Meeting(gradebook, names[0], tell)
        newer = _newer(history, runs)
        entered = Merge(course, gradebook, runs, folders, meeting).enter()
    keep(history, entered)
    if newer:
        tell(
            f"of {listed([*map(plain, newer)], _NAMED)} there was a newer result, and "
            "what was merged now stands: where the newer one is to count, merge it as "
            "well (in results/), or grade again with --force"
        )
    run = _one(entered)
    if out:
        write_results(run, out, "the grades are in the gradebook")
    print_scores(run, make_console(), course)
    if missing := [run.started for run in runs if not run.finished]:
        tell(f"{len(missing)} of the runs were interrupted: some students may lack")
    return run.exit_status


def _newer(history: History, runs: Sequence[Run]) -> list[str]:
    """Return the students of whom a later run than these found something else."""
    from proctor.gradebook.merging import documents

    merged = {s.student: (run, s) for run in runs for s in run.submissions if s.cells}
    found: dict[str, bool] = {}
    for document in documents(history, runs[0].assignment):
        when = moment(document["started"])
        for one in document["submissions"]:
            run, submission = merged.get(one["student"], (None, None))
            if run is None or not one["cells"] or when <= moment(run.started):
                continue
            ours = {cell.grade_id: cell.score for cell in submission.cells}
            found[one["student"]] = any(
                ours.get(cell["grade_id"]) != cell["score"]
                for cell in one["cells"]
                if cell["message"] not in (GIVEN, AGAIN)
            )
    return sorted(student for student, other in found.items() if other)


def _one(runs: Sequence[Run]) -> Run:
    """Return one run of all that were graded."""
    first = runs[0]
    return Run(
        first.assignment,
        first.started,
        ", ".join(sorted({run.sandbox for run in runs})),
        first.seed,
        sorted(
            (submission for run in runs for submission in run.submissions),
            key=lambda submission: submission.student,
        ),
        all(run.finished for run in runs),
    )
