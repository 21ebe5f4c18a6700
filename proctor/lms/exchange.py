"""nbgrader's exchange, a folder that all on one machine share: pages back through it.

``nbgrader release_feedback`` wants two files beside each page that say of which
submission it is; they come with what students hand in through the exchange, and with
nothing else.
"""

from __future__ import annotations

import functools
import os
import shutil
from pathlib import Path

from nbgrader.exchange.default import Exchange, ExchangeReleaseFeedback
from nbgrader.utils import check_directory

from proctor.text import plain

_TIMESTAMP, _SECRET = "timestamp.txt", "submission_secret.txt"
_LONGEST = 200


def install_exchange() -> None:
    """Have nbgrader say what its exchange needs, and take pages that proctor wrote."""
    if hasattr(Exchange.ensure_root, "__wrapped__"):
        return
    Exchange.ensure_root = _saying_what_it_needs(Exchange.ensure_root)
    ExchangeReleaseFeedback.copy_files = _with_what_it_needs(
        ExchangeReleaseFeedback.copy_files
    )


def _saying_what_it_needs(original):
    @functools.wraps(original)
    def ensure_root(self: Exchange) -> None:
        if not check_directory(self.root, write=True, execute=True):
            # Formgrader asks as well, and does without where this is raised.
            self.fail(
                f"no exchange folder {self.root} that can be written: make it, "
                "writable for all who use this machine (mkdir -p, chmod ugo+rwx), or "
                "name another in nbgrader_config.py, c.Exchange.root; where students "
                "are on no machine of yours, proctor feedback --for canvas or moodle "
                "packs the pages"
            )
        original(self)

    return ensure_root


def _with_what_it_needs(original):
    @functools.wraps(original)
    def copy_files(self: ExchangeReleaseFeedback) -> None:
        course, left = self.coursedir, {}
        excluded = course.student_id_exclude
        for folder in _graded(self):
            student = folder.parent.name
            if why := _complete(self, student, folder):
                left.setdefault(why, []).append(student)
        names = [student for students in left.values() for student in students]
        course.student_id_exclude = ",".join(filter(None, [excluded, *names]))
        try:
            original(self)
        finally:
            course.student_id_exclude = excluded
        for why, students in left.items():
            shown = ", ".join(map(plain, sorted(students)))
            self.log.warning("not released, %s: %s", why, shown)

    return copy_files


def _graded(app: ExchangeReleaseFeedback) -> list[Path]:
    """Return the folders of the pages that are to be released."""
    course = app.coursedir
    pattern = course.format_path(
        course.feedback_directory, course.student_id or "*", course.assignment_id
    )
    root = Path(course.root)
    found = root.glob(os.path.relpath(pattern, root))
    return sorted(path for path in found if any(path.glob("*.html")))


def _complete(app: ExchangeReleaseFeedback, student: str, folder: Path) -> str:
    """Put beside a page what says of which submission it is; return why not."""
    course, name = app.coursedir, app.coursedir.assignment_id
    origin = Path(course.format_path(course.submitted_directory, student, name))
    graded = Path(course.format_path(course.autograded_directory, student, name))
    for file in (_TIMESTAMP, _SECRET):
        path = origin / file
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LONGEST:
            return "for it was not handed in through the exchange"
    try:
        same = (graded / _TIMESTAMP).read_bytes() == (origin / _TIMESTAMP).read_bytes()
    except OSError:
        same = False
    if not same:
        return "for it was handed in again since it was graded"
    for file in (_TIMESTAMP, _SECRET):
        shutil.copyfile(origin / file, folder / file)
    return ""
