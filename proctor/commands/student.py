"""``proctor report --student``: one student over the whole course."""

from __future__ import annotations

import difflib
from pathlib import Path

from proctor.errors import GradingError
from proctor.gradebook.folders import Folders
from proctor.report.files import write_page
from proctor.report.indexes import INDEX, Records
from proctor.report.pseudonyms import course_names
from proctor.report.sources import decided_now
from proctor.report.student import render_progress
from proctor.settings import Course
from proctor.text import listed, plain


def student_page(
    course: Course, student: str, anonymous: bool, folder: Path | None
) -> int:
    """Write the page of one student, and say where.

    Raises
    ------
    GradingError
        If there is no result of theirs, or no place for the page.
    """
    records = Records(course)
    known = records.students()
    if student not in known:
        _require_unknown(course, student)
        near = difflib.get_close_matches(student, known, 3) or known
        there = plain(listed(near, 3)) or "nobody"
        raise GradingError(
            f"no results of {plain(student)!r} are kept in {records.history.folder}: "
            f"there is {there}"
        )
    place = records.index_of(student)
    if anonymous:
        history = records.history
        names = course_names(history.folder, history.make_folder)
        name = names(student)
        place = (folder or history.folder) / f"{name}.html"
        # Links would say whose pages they lead to, and so do messages.
        progress = records.progress(student, None, names)
    else:
        place = folder / INDEX if folder else place
        progress = records.progress(student, place.parent)
    write_page(place, render_progress(progress))
    for work in progress.work:
        points = f"{work.now.score:g} of {work.now.max_score:g} points"
        late = f" ({work.late:g} taken off for being late)" if work.late else ""
        print(f"{work.assignment}: {points + late if work.graded else 'not graded'}")
    for title, _, places in progress.returned:
        print(plain(f"came back: {title} ({'; '.join(places)})"))
    print(plain(f"the page: {place}"))
    return 0


def _require_unknown(course: Course, student: str) -> None:
    """Require that nobody is known by this id who has no result.

    Raises
    ------
    GradingError
        If somebody is: who handed something in, or is on the gradebook's list.
    """
    folders, assignments = Folders(course), course.layout.assignments()
    left = [name for name in assignments if student in folders.students(name)]
    if left:
        raise GradingError(
            f"{plain(student)} handed in {listed(left, 5)}, which is not graded yet: "
            f"run proctor autograde {left[0]}"
        )
    on_list = (decided_now(course, name)[0].students for name in assignments[:1])
    if any(student in students for students in on_list):
        raise GradingError(
            f"{plain(student)} is on the gradebook's list and handed nothing in: there "
            "is no page to write"
        )
