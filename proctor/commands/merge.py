"""``proctor merge``: what several machines graded, in one gradebook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from proctor.commands.autograde import print_scores, tell
from proctor.commands.results_file import require_place, write_results
from proctor.commands.table import make_console
from proctor.errors import GradingError
from proctor.grade.results import Run
from proctor.gradebook.fast_import import spare_nbgrader
from proctor.report.documents import moment, read_run
from proctor.settings import Course


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

    with Folders(course).only_one(), open_gradebook(course.layout) as gradebook:
        meeting = Meeting(gradebook, names[0], tell)
        entered = Merge(course, gradebook, runs, folders, meeting).enter()
    keep(History(course.layout), entered)
    run = _one(entered)
    if out:
        write_results(run, out, "the grades are in the gradebook")
    print_scores(run, make_console(), course)
    if missing := [run.started for run in runs if not run.finished]:
        tell(f"{len(missing)} of the runs were interrupted: some students may lack")
    return run.exit_status


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
