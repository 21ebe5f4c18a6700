"""Feedback pages in the archive that Canvas or Moodle takes back.

Canvas (Instructor Guide, "How do I upload all student submissions for an assignment?")
reads the student's number and that of the file out of each name, as it wrote them when
the submissions were downloaded: the first two parts between underscores that are digits
alone.

Moodle ("Upload multiple feedback files in a zip") finds the student by the
participant's number and the plugin's name in a path, as its own archive has them, and
takes what follows for the file's name
(``mod/assign/feedback/file/importziplib.php``).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

from proctor.lms.collected import Taken
from proctor.lms.systems import CANVAS

# So that the same pages make the same archive.
_TIME = (2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Page:
    """A student's page of one notebook."""

    student: str
    notebook: str
    html: str


def entry_of(page: Page, taken: Taken | None, system: str) -> tuple[str, str]:
    """Return a page's name in the archive, and why it has none."""
    if taken is None:
        return "", "not collected with proctor collect: its number is not known"
    there = taken.of(system)
    if there is None:
        return "", f"collected from {taken.system.title()}"
    taken = there
    if system != CANVAS:
        return f"{taken.prefix}{page.notebook}.html", ""
    number = taken.files.get(f"{page.notebook}.ipynb") or next(
        filter(None, taken.files.values()), ""
    )
    if not number:
        return "", "handed in a text, which Canvas takes nothing back for"
    late = "_LATE" if taken.late else ""
    return f"{taken.name}{late}_{taken.user}_{number}_{page.notebook}.html", ""


def packed(
    pages: Iterable[Page], students: dict[str, Taken], system: str
) -> tuple[bytes, int, list[tuple[str, str]]]:
    """Return an archive, how many pages it holds, and whose it does not and why."""
    content, number, left = io.BytesIO(), 0, []
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for page in pages:
            name, why = entry_of(page, students.get(page.student), system)
            if why:
                left.append((page.student, why))
                continue
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, page.html.encode("utf-8", "replace"))
            number += 1
    return content.getvalue(), number, left
