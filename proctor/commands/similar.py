"""``proctor similar``: submissions that are alike, with the texts side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from proctor.commands.report import page_folder
from proctor.errors import GradingError
from proctor.gradebook.history import History
from proctor.report.files import write_page
from proctor.report.likeness import Likeness, likeness_of
from proctor.report.pseudonyms import Names, course_names
from proctor.report.similar import as_csv, renamed, render_similar
from proctor.report.texts import class_texts
from proctor.report.words import many, percent
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
    for line in _lines(shown):
        print(plain(line))
    print(plain(f"the texts side by side: {folder / PAGE}"))
    return 0


def _lines(found: Likeness) -> Iterator[str]:
    """Yield what is alike: the groups, then the pairs that stand in none."""
    for group in found.groups[:_SHOWN]:
        number, listed = len(group.students), ", ".join(group.students[:8])
        yield (
            f"  {number} are {group.how} (so are {percent(group.rate)} of the class's "
            f"pairs): {listed}{' ...' if number > 8 else ''}"
        )
    if more := len(found.groups[_SHOWN:]):
        yield f"  ... and {many(more, 'more group')}"
    for pair in found.pairs[:_SHOWN]:
        near = ", ".join(task for task, _ in pair.tasks[:3])
        rate = ""
        if pair.rate is not None:
            rate = f" (so are {percent(pair.rate)} of the class's pairs)"
        yield (f"  {percent(pair.share):>5}  {pair.one} and {pair.other}{rate}: {near}")
    if more := len(found.pairs[_SHOWN:]) + found.left:
        yield f"  ... and {many(more, 'more pair')}"
