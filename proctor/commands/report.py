"""``proctor report``: what a class got wrong, as a page, as CSV and in thirty lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from proctor.bank.bank import BUGS_FILE
from proctor.commands.table import make_console, print_run
from proctor.errors import GradingError
from proctor.grade.results import Run
from proctor.gradebook.history import History
from proctor.report import tables
from proctor.report.classroom import Classroom
from proctor.report.draft import draft
from proctor.report.files import write_page
from proctor.report.likeness import Likeness, likeness_of
from proctor.report.page import Report, render_report, report_of
from proctor.report.pseudonyms import Names, course_names
from proctor.report.similar import renamed
from proctor.report.sources import ClusterAnswers, read_class
from proctor.report.summary import summary
from proctor.report.texts import class_texts
from proctor.settings import Course
from proctor.text import plain

PAGE = "report.html"
# The pairs of a larger class take a minute: proctor similar looks at them.
_MOST_COMPARED = 600


@dataclass(frozen=True)
class Options:
    """What the command is asked for.

    Attributes
    ----------
    results
        The documents to read; empty: those that the course keeps.
    folder
        Where the page goes; None: beside the results.
    every
        Whether every loss is printed.
    anonymous
        Whether students have other names.
    """

    results: tuple[Path, ...] = ()
    folder: Path | None = None
    every: bool = False
    anonymous: bool = False


def report(course: Course, assignment: str, options: Options) -> int:
    """Write the report of a class, and print a summary; see :mod:`proctor.cli`.

    Raises
    ------
    GradingError
        If there is nothing to report, or nowhere to write it.
    """
    history, console = History(course.layout), make_console()
    names = Names()
    if options.anonymous:
        names = course_names(history.folder, history.make_folder)
    own, notes = read_class(course, assignment, options.results)
    by_name = {names(s.student): s.student for s in own.submissions}
    found = report_of(own.named(names), course.marks, notes)
    folder = options.folder or page_folder(history, assignment, names)
    files = _files(found)
    answers = ClusterAnswers(course, assignment, by_name)
    page = render_report(
        found,
        answers.of,
        {name: what for name, (what, _) in files.items()},
        _likeness(course, assignment, found, names),
    )
    written = {PAGE: page} | {name: text for name, (_, text) in files.items()}
    for name, text in written.items():
        write_page(folder / name, text)
    if options.every:
        print_run(_as_run(found.classroom), console, course.marks)
    print_summary(found, console, folder / PAGE)
    return 0


def _likeness(
    course: Course, assignment: str, found: Report, names: Names
) -> Likeness | None:
    """Return which submissions are alike; None where that takes long or is unknown."""
    if len(found.classroom.submissions) > _MOST_COMPARED:
        return None
    try:
        likeness = likeness_of(class_texts(course, assignment).texts)
    except GradingError:  # the results alone are here
        return None
    return renamed(likeness, names) if likeness.students else None


def page_folder(history: History, assignment: str, names: Names) -> Path:
    """Return where an assignment's pages go: those that name nobody lie apart."""
    folder = history.folder / assignment
    return folder / "anonymous" if names.hides else folder


def draft_bug(course: Course, assignment: str, name: str, options: Options) -> int:
    """Print the skeleton of a known mistake from a cluster of the report.

    Raises
    ------
    GradingError
        If there is no such cluster, or no answer of it.
    """
    own, _ = read_class(course, assignment, options.results)
    wrong = report_of(own, course.marks).wrong
    cluster = wrong.cluster(name)
    if cluster is None:
        known = ", ".join(one.id for one in wrong.clusters[:5]) or "none"
        raise GradingError(
            f"no group {name!r} of like wrong answers to {assignment!r}: there is "
            f"{known}"
        )
    by_name = {s.student: s.student for s in own.graded}
    answers = ClusterAnswers(course, assignment, by_name)
    answer = answers.of(cluster)
    if not answer:
        raise GradingError(
            f"no answer of {name!r} is in {course.layout.root}/autograded, or none is "
            "Python: there is nothing to make a known mistake of"
        )
    reference = answers.reference().get(cluster.task, "")
    place = course.truth(assignment) / BUGS_FILE
    text = draft(cluster, answer, reference, assignment, f"{place}")
    print(text, end="")
    return 0


def _files(report: Report) -> dict[str, tuple[str, str]]:
    """Return the CSV files: what is in each, and its text."""
    files = {
        "students.csv": ("scores", tables.students(report.classroom)),
        "checks.csv": ("tasks and checks", tables.checks(report.items)),
        "mistakes.csv": ("who made which mistake", tables.mistakes(report.wrong)),
    }
    if report.changes:
        changes = tables.changes(report.changes)
        files["changes.csv"] = ("what the last run changed", changes)
    return files


def print_summary(report: Report, console: Console, page: Path | None = None) -> None:
    """Print what fits a screen."""
    for line in summary(report):
        console.print(Text(plain(line)), no_wrap=True, overflow="ellipsis", crop=True)
    if page:
        console.print(Text(plain(f"the whole of it: {page}")), soft_wrap=True)


def _as_run(classroom: Classroom) -> Run:
    return Run(
        classroom.assignment,
        classroom.started,
        "",
        0,
        list(classroom.submissions),
        not classroom.interrupted,
    )
