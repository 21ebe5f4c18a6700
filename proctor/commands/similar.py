"""``proctor similar``: submissions that are alike, with the texts side by side."""

from __future__ import annotations

from pathlib import Path

from proctor.commands.report import page_folder
from proctor.errors import GradingError
from proctor.gradebook.history import History
from proctor.report.files import write_page
from proctor.report.likeness import likeness_of
from proctor.report.pseudonyms import Names, course_names
from proctor.report.similar import as_csv, renamed, render_similar
from proctor.report.texts import class_texts
from proctor.settings import Course
from proctor.text import plain

PAGE, TABLE = "similar.html", "similar.csv"
_SHOWN = 20


def similar(
    course: Course,
    assignment: str,
    *,
    against: tuple[Path, ...],
    folder: Path | None,
    anonymous: bool,
) -> int:
    """Write the page of the pairs that are alike, and print them.

    Raises
    ------
    GradingError
        If nobody is graded, or something to compare with is not there.
    """
    history, names = History(course.layout), Names()
    if anonymous:
        names = course_names(history.folder, history.make_folder)
    sources = class_texts(course, assignment, against, names)
    if not any(text.student for text in sources.texts):
        raise GradingError(
            f"no answer to {assignment!r} is in {course.layout.root}: run proctor "
            f"autograde {assignment} first"
        )
    found = likeness_of(sources.texts)
    notes = [f"{path} could not be read, and is left out." for path in sources.unread]
    if names.hides and notes:
        notes = [f"{len(notes)} files could not be read, and are left out."]
    page = render_similar(assignment, found, sources.answers, names, notes[:20])
    shown = renamed(found, names)
    folder = folder or page_folder(history, assignment, names)
    write_page(folder / PAGE, page)
    write_page(folder / TABLE, as_csv(shown))
    for note in notes[:5]:
        print(plain(f"note: {note}"))
    print(shown.words)
    for pair in shown.pairs[:_SHOWN]:
        near = ", ".join(task for task, _ in pair.tasks[:3])
        print(plain(f"  {pair.share:4.0%}  {pair.one} and {pair.other}: {near}"))
    if more := len(shown.pairs[_SHOWN:]) + shown.left:
        print(f"  ... {more} pairs more")
    print(plain(f"the texts side by side: {folder / PAGE}"))
    return 0
