"""``proctor autograde``: a class, with its gradebook, pages and results."""

from __future__ import annotations

import contextlib
import gc
import sys
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.text import Text

from proctor.commands.heap import one_heap
from proctor.commands.progress import Progress
from proctor.commands.results_file import require_place, write_results
from proctor.commands.table import make_console, print_run
from proctor.errors import GradingError
from proctor.grade.pool import How, open_pool
from proctor.grade.results import Run
from proctor.grade.settle import told_of
from proctor.gradebook.fast_import import spare_nbgrader
from proctor.gradebook.plan import Plan
from proctor.gradebook.there import require_file
from proctor.options import passed_over
from proctor.settings import Course
from proctor.text import plain

INTERRUPTED = 130
# Of more, nobody reads every loss.
_MANY = 40


def autograde(
    course: Course,
    assignment: str,
    how: How,
    plan: Plan,
    *,
    feedback: bool,
    show_tests: bool,
    results: Path | None,
) -> int:
    """Grade the submissions of a course; see :func:`proctor.cli.main`.

    Raises
    ------
    GradingError
        If the run cannot begin, or cannot write what it graded.
    """
    one_heap()
    require_place(results)
    course.require_settings()
    require_file(course.layout.db_url)
    if unused := passed_over(course.config):
        tell(f"of nbgrader's own steps, and unused: {', '.join(unused)}")
    console = make_console()
    with contextlib.ExitStack() as stack:
        gradebook = None

        def read():
            # While the sandbox starts: to import nbgrader takes seconds.
            nonlocal gradebook
            spare_nbgrader()
            from proctor.gradebook.class_run import read_task
            from proctor.gradebook.database import open_gradebook
            from proctor.gradebook.folders import Folders

            stack.enter_context(Folders(course).only_one())
            gradebook = stack.enter_context(open_gradebook(course.layout))
            return read_task(course, gradebook, assignment)

        pool = stack.enter_context(open_pool(course, assignment, read, how))
        for note in told_of(course, assignment, pool.grader.settled):
            print(note, file=sys.stderr)
        from proctor.feedback import render_page
        from proctor.gradebook.class_run import ClassRun

        # What is imported is no garbage, and is not looked through again and again.
        gc.freeze()
        show_tests = show_tests or course.feedback.show_tests
        with Progress(console) as progress:
            run = ClassRun(
                course,
                gradebook,
                pool,
                begin=progress.begin,
                report=progress.report,
                render=partial(render_page, show_tests=show_tests, marks=course.marks)
                if feedback
                else None,
                tell=tell,
            ).run(plan)
    if results:
        write_results(run, results, "the grades are in the gradebook")
    print_scores(run, console, course)
    if feedback:
        _write_indexes(course, run)
    if not run.finished:
        tell(
            f"interrupted after {len(run.submissions)} submissions, which are "
            "written: run the same command to go on"
        )
        return INTERRUPTED
    return run.exit_status


def tell(line: str) -> None:
    """Say something to who grades, beside what is graded."""
    print(f"proctor: {plain(line)}", file=sys.stderr)


def _write_indexes(course: Course, run: Run) -> None:
    """Write the index of each student's pages; what is graded is graded without."""
    from proctor.report.indexes import write_indexes

    try:
        write_indexes(course, [submission.student for submission in run.submissions])
    except GradingError as error:
        tell(f"no index of students' pages is written: {error}")


def print_scores(run: Run, console: Console, course: Course) -> None:
    """Print every score and loss; of a large class, a summary."""
    if len(run.submissions) <= _MANY:
        print_run(run, console, course.marks)
        return
    from proctor.commands.summary import print_summary
    from proctor.report.classroom import class_of
    from proctor.report.content import report_of

    print_summary(report_of(class_of([run]), course.marks), console)
    more = f"each score and loss: proctor report {run.assignment} --all"
    console.print(Text(more), soft_wrap=True)
