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
from proctor.report.sources import changed_now, decided_now, names_of
from proctor.report.texts import by_name, class_texts
from proctor.report.words import changed_words, many, percent
from proctor.settings import Course
from proctor.text import listed, plain

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
    there = {text.name for text in sources.texts if text.student}
    if names.hides:
        decided, _ = decided_now(course, assignment)
        called = dict.fromkeys(there, ()) | dict(decided.called)
        names = names_of(course, assignment, called, names)
    found = likeness_of(by_name(sources.texts, names))
    notes = [f"{path} {why}: it is left out." for path, why in sources.unread.items()]
    if names.hides and notes:
        left = many(len(notes), "file")
        notes = [f"{left} could not be read: left out."]
    changed = [one for one in changed_now(course, assignment) if one in there]
    if changed:
        notes.insert(0, changed_words(names.all(changed), assignment))
    page = render_similar(assignment, found, sources.answers, names, _first(notes, 20))
    shown = renamed(found, names)
    folder = folder or page_folder(history, assignment, names)
    write_page(folder / PAGE, page)
    write_page(folder / TABLE, as_csv(shown))
    for note in _first(notes, 5):
        print(plain(f"note: {note}"))
    print(shown.words)
    for line in _lines(shown):
        print(plain(line))
    print(plain(f"the texts side by side: {folder / PAGE}"))
    return 0


def _first(notes: list[str], most: int) -> list[str]:
    """Return the first notes, and how many files more could not be read."""
    more = len(notes) - most
    if more <= 0:
        return notes
    return [*notes[:most], f"{many(more, 'more file')} could not be read."]


def _lines(found: Likeness) -> Iterator[str]:
    """Yield what is alike: the groups, then the pairs that stand in none."""
    for group in found.groups[:_SHOWN]:
        yield (
            f"  {len(group.students)} are {group.how} (so are {percent(group.rate)} of "
            f"the class's pairs): {listed(group.students, 8)}"
        )
    if more := len(found.groups[_SHOWN:]):
        yield f"  ... and {many(more, 'more group')}"
    for pair in found.pairs[:_SHOWN]:
        near = listed([task for task, _ in pair.tasks], 3)
        rate = f" ({pair.had_so})" if pair.have else ""
        if pair.rate is not None and not pair.have:
            where = f" in {pair.tasks[0][0]}" if pair.partly else ""
            rate = f" (so are {percent(pair.rate)} of the class's pairs{where})"
        part = f", {many(pair.compared, 'task')} alone" if pair.partly else ""
        who = f"{pair.one} and {pair.other}{part}"
        yield f"  {percent(pair.share):>5}  {who}{rate}: {near}"
    if more := len(found.pairs[_SHOWN:]) + found.left:
        yield f"  ... and {many(more, 'more pair')}"
