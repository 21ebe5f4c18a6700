"""``proctor report``: what a class got wrong, as a page, as CSV and in thirty lines."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from proctor.bank.bank import BUGS_FILE, load
from proctor.commands.summary import print_summary
from proctor.commands.table import make_console, print_run
from proctor.errors import GradingError
from proctor.grade.results import Run
from proctor.gradebook.history import History
from proctor.report import tables
from proctor.report.answers import without_comments
from proctor.report.classroom import Classroom
from proctor.report.content import Report, report_of
from proctor.report.draft import draft
from proctor.report.files import write_page
from proctor.report.helpers import Example
from proctor.report.likeness import Likeness, likeness_of
from proctor.report.mistakes import Cluster, wrong_in
from proctor.report.page import MOST_COMPARED, render_report
from proctor.report.pseudonyms import Names, course_names
from proctor.report.similar import renamed
from proctor.report.sources import ClusterAnswers, names_of, read_class
from proctor.report.texts import by_name, class_texts
from proctor.settings import Course
from proctor.text import listed

PAGE = "report.html"


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
    since
        From when on runs are new; None: the last alone.
    """

    results: tuple[Path, ...] = ()
    folder: Path | None = None
    every: bool = False
    anonymous: bool = False
    since: datetime | None = None


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
    own, notes = read_class(course, assignment, options.results, options.since)
    names = names_of(course, assignment, own.everybody, names)
    answers = ClusterAnswers(course, assignment, own, names)
    found = report_of(own.named(names), course.marks, notes, answers.as_handed_out)
    folder = options.folder or page_folder(history, assignment, names)
    files = _files(found, names.hides)
    page = render_report(
        found,
        answers.of,
        {name: what for name, (what, _) in files.items()},
        _likeness(course, assignment, own, names),
    )
    written = {PAGE: page} | {name: text for name, (_, text) in files.items()}
    for name, text in written.items():
        write_page(folder / name, text)
    if options.every:
        print_run(_as_run(found.classroom), console, course.marks)
    print_summary(found, console, folder / PAGE)
    return 0


def _likeness(
    course: Course, assignment: str, own: Classroom, names: Names
) -> Likeness | None:
    """Return which submissions are alike; None where that takes long or is unknown."""
    if len(own.submissions) > MOST_COMPARED:
        return None
    try:
        texts = class_texts(course, assignment).texts
    except GradingError:  # the results alone are here
        return None
    there = {submission.student for submission in own.submissions}
    texts = [text for text in texts if not text.student or text.name in there]
    likeness = likeness_of(by_name(texts, names))
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
    answers = ClusterAnswers(course, assignment, own, Names())
    wrong = wrong_in(own, course.marks, answers.as_handed_out)
    cluster = wrong.cluster(name)
    if cluster is None:
        known = listed([one.id for one in wrong.clusters], 5) or "none"
        raise GradingError(
            f"no group {name!r} of like wrong answers to {assignment!r}: there is "
            f"{known}"
        )
    example = answers.of(cluster)
    if example is None:
        raise GradingError(
            f"no answer of {name!r} is in {course.layout.root}/autograded, or none is "
            "Python: there is nothing to draft a mistake from"
        )
    _require_names(cluster, example, answers.reference())
    answer = example.whole
    reference = answers.reference().get(cluster.task, "")
    place = course.truth(assignment) / BUGS_FILE
    _require_new(place.parent, cluster, answer, answers.reference())
    text = draft(cluster, answer, reference, assignment, f"{place}", example.mask)
    print(text, end="")
    return 0


def _require_names(
    cluster: Cluster, example: Example, reference: dict[str, str]
) -> None:
    """Require that a draft would fail as the answer did, and not for lack of a name."""
    if example.missing and reference:
        raise GradingError(
            f"the answers of {cluster.id!r} use {listed(example.missing, 5)}, which "
            "neither the reference nor their authors' notebooks define: a draft would "
            "fail by a NameError alone; write the mistake by hand"
        )


def _as_python(source: str) -> str:
    """Return what a text says, without layout and comments."""
    return ast.dump(ast.parse(without_comments(source)))


def _require_new(
    truth: Path, cluster: Cluster, answer: str, reference: dict[str, str]
) -> None:
    """Require that no known mistake is written as the answer is."""
    if not reference:
        return
    known = load(truth, reference, whole=False)
    for bug in known.of_cell(cluster.task):
        if _as_python(known.source_of(bug)) == _as_python(answer):
            raise GradingError(
                f"an answer of {cluster.id!r} is the known mistake {bug.id!r}, which "
                "was not there when it was graded, or was not recognised: grade again, "
                f"or try proctor gate --bug {bug.id}"
            )


def _files(report: Report, anonymous: bool) -> dict[str, tuple[str, str]]:
    """Return the CSV files: what is in each, and its text."""
    files = {
        "students.csv": ("scores", tables.students(report.classroom, anonymous)),
        "checks.csv": ("tasks and checks", tables.checks(report.items)),
        "mistakes.csv": ("who made which mistake", tables.mistakes(report.wrong)),
    }
    if report.changes:
        changes = tables.changes(report.changes)
        files["changes.csv"] = ("what changed", changes)
    return files


def _as_run(classroom: Classroom) -> Run:
    return Run(
        classroom.assignment,
        classroom.started,
        "",
        0,
        list(classroom.submissions),
        not classroom.interrupted,
    )
