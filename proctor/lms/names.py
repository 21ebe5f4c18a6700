"""How Canvas and Moodle name the files of an archive of submissions.

Canvas (Instructor Guide, "How do I download all student submissions for an
assignment?") names each file after the student, ``LATE`` where it came late, the number
of the student, that of the file, and what the student called it, with underscores
between::

    smithbob_340934_208490284_spatial.ipynb
    wellslane_LATE_334244_394803489_spatial-1.ipynb

The comment above ``generate_comments_from_files`` in Canvas's
``app/models/abstract_assignment.rb`` has this rule, and below it
``infer_comment_context_from_filename`` reads it back: of the parts between underscores,
the first two that are digits alone are the student and the file. ``-1``, ``-2`` after
the name: the second and third file of this name that the student handed in. A text or
an address that was handed in has no number of a file: ``smithbob_340934_text.html``,
``smithbob_340934_link.html``. A group's has the group's name, and the number of one of
its members; with anonymous grading all are called ``anon_`` and an id of this
assignment (``lib/content_zipper.rb``).

Moodle ("Download all submissions") makes a folder for each student and kind of
submission, or, with "Download submissions in folders" switched off, puts the same
before the file's name::

    Bob Smith_4711_assignsubmission_file/spatial.ipynb      (from 4.1)
    Bob Smith_4711_assignsubmission_file_/spatial.ipynb     (3.1 to 4.0)
    Bob Smith_4711_assignsubmission_file_spatial.ipynb      (not in folders)

``mod/assign/classes/downloader.php`` writes it, and ``importziplib.php`` of the
feedback files reads it back. The number is the participant's in this one assignment;
underscores of a name become spaces, and with anonymous submissions all are called
"Participant". Where students submit in groups, name and number are the group's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proctor.lms.archive import Entry
from proctor.lms.systems import CANVAS, MOODLE

_CANVAS = re.compile(
    r"(?P<name>.*?)(?P<late>_LATE)?_(?P<user>\d{1,20})_(?P<file>\d{1,20})_(?P<given>.+)",
    re.ASCII | re.IGNORECASE,
)
_CANVAS_TEXT = re.compile(
    r"(?P<name>.*?)(?P<late>_LATE)?_(?P<user>\d{1,20})_(?P<given>(text|link)\.html)",
    re.ASCII | re.IGNORECASE,
)
_CANVAS_HIDDEN = re.compile(
    r"(LATE_)?anon_\w+?_(\d{1,20}_.+|(text|link)\.html)", re.ASCII
)
_MOODLE = re.compile(
    r"(?P<prefix>(?P<name>[^_]*)_(?P<user>\d{1,20})_assignsubmission_(?P<what>[a-z]+)_?)"
    r"(?P<given>.*)",
    re.ASCII,
)
_AGAIN = re.compile(
    r"(.+?)(?:-\d{1,3}|\s?\(\d{1,3}\)|\s{1,2}-\s{1,2}Copy)", re.IGNORECASE
)


@dataclass(frozen=True)
class Named:
    """A file that a student handed in, as its name in the archive tells.

    Attributes
    ----------
    user
        The student's number in the system; Moodle's is of this assignment alone.
    name
        The student's, as the system writes it into file names.
    given
        What the student called the file, with the folders of its own that it has.
    file
        Canvas's number of the file; else empty.
    prefix
        What Moodle puts before the file's own path, to be put there again.
    late
        Whether the system says so.
    mail
        The student's address, where the system says it.
    """

    entry: Entry
    user: str
    name: str
    given: str
    file: str = ""
    prefix: str = ""
    late: bool = False
    mail: str = ""


def is_anonymous(entry: Entry) -> bool:
    """Tell whether Canvas hides whose a file is."""
    return bool(entry.parts and _CANVAS_HIDDEN.fullmatch(entry.parts[-1]))


def read_canvas(entry: Entry) -> Named | None:
    """Return what Canvas's name says; None if it is none."""
    if not entry.parts:
        return None
    last = entry.parts[-1]
    found = _CANVAS.fullmatch(last) or _CANVAS_TEXT.fullmatch(last)
    if not found:
        return None
    parts = found.groupdict()
    return Named(
        entry,
        parts["user"],
        parts["name"],
        parts["given"],
        file=parts.get("file") or "",
        late=bool(parts["late"]),
    )


def read_moodle(entry: Entry) -> Named | None:
    """Return what Moodle's name says; None if it is none."""
    # Someone may have zipped the folder that it was unpacked into.
    for place, part in enumerate(entry.parts):
        if found := _MOODLE.fullmatch(part):
            below = entry.parts[place + 1 :]
            given = "/".join((found["given"], *below) if found["given"] else below)
            prefix = found["prefix"]
            if below:
                prefix += "/"
            return Named(entry, found["user"], found["name"], given, prefix=prefix)
    return None


def read_git(entry: Entry) -> Named | None:
    """Return what a repository's entry says: ``<student>/<notebook>``."""
    student, _, given = entry.name.partition("/")
    return Named(entry, student, student, given)


READERS = {CANVAS: read_canvas, MOODLE: read_moodle}


def plain_stem(name: str) -> str:
    """Return a file's name without its ending and without a mark of a copy."""
    stem = name
    for ending in (".ipynb", ".ipynb.txt", ".ipynb.json"):
        if name.lower().endswith(ending):
            stem = name[: -len(ending)]
    found = _AGAIN.fullmatch(stem.strip())
    return (found[1] if found else stem).strip()
