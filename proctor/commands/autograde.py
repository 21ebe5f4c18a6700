"""``proctor autograde``: a class, with its gradebook, pages and results."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from proctor.commands.progress import Progress
from proctor.commands.table import make_console, print_run
from proctor.grade.results import require_place
from proctor.gradebook.fast_import import spare_nbgrader
from proctor.settings import Feedback, Sandbox, read_config

INTERRUPTED = 130


def autograde(
    root: Path,
    assignment: str,
    *,
    students: list[str] | None,
    jobs: int,
    force: bool,
    seed: int,
    sandbox: str | None,
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
    config = read_config(root)
    require_place(results)
    # The sandbox starts while nbgrader, which takes seconds, is imported.
    with Sandbox(config=config).open_jail(assignment, sandbox) as jail:
        spare_nbgrader()
        from proctor.commands.batch import Batch, Plan
        from proctor.feedback import render_page
        from proctor.gradebook.folders import Course

        show_tests = show_tests or Feedback(config=config).show_tests
        course = Course(root, config)
        jail.wait()
        console = make_console()
        plan = Plan(assignment, students, jobs, force, seed)
        with Progress(console) as progress:
            batch = Batch(
                course,
                jail,
                plan,
                progress.begin,
                progress.report,
                partial(render_page, show_tests=show_tests) if feedback else None,
            )
            run = batch.run()
    if results:
        run.write(results, "the grades are in the gradebook")
    run.records.close()
    print_run(run, console)
    if not run.finished:
        print(
            f"proctor: interrupted after {len(run.submissions)} submissions, which are "
            "written: run the same command to go on",
            file=sys.stderr,
        )
        return INTERRUPTED
    return run.exit_status
