"""Marks and pages into Canvas by its API, which ``canvasapi`` speaks.

What is called (canvas.instructure.com/doc/api: Assignments, Users, Submissions,
Progress, File Uploads): the course's assignments and students; an assignment's
submissions; ``submissions/update_grades``, a job that is asked for until it is done;
for a page, a file of a submission's comment.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from proctor.errors import GradingError
from proctor.gradebook.marks import Mark
from proctor.gradebook.people import Person
from proctor.lms.directory import Directory
from proctor.lms.grades import Wish
from proctor.lms.pack import Page
from proctor.lms.sheets import Sheet
from proctor.notebook.write import write_file
from proctor.text import listed, plain_line

_HERE = ("127.0.0.1", "localhost", "::1")
_HEAD = ["ID", "SIS Login ID", "SIS User ID", "Email address"]
_SECONDS, _LONGEST_PAUSE = 300, 5.0


@dataclass(frozen=True)
class Entry:
    """A student's mark in Canvas.

    Attributes
    ----------
    user
        Canvas's number of the student.
    was
        As Canvas has it; empty where it has none.
    now
        As it is to be; None: it stays.
    why
        Why it stays.
    """

    student: str
    user: int
    was: str
    now: float | None
    why: str = ""


class CanvasAssignment:
    """An assignment of a course in Canvas.

    Parameters
    ----------
    url
        Canvas's address, such as ``https://school.instructure.com``.
    number
        The course's.
    wanted
        The assignment's name in Canvas.

    Raises
    ------
    GradingError
        If Canvas is not there, or refuses, or has no such course or assignment.
    """

    def __init__(self, url: str, number: int, token: str, wanted: str) -> None:
        try:
            import canvasapi
        except ModuleNotFoundError:
            raise GradingError(
                "Canvas's API wants the package canvasapi: pip install "
                "'nbgrader-proctor[canvas]'"
            ) from None
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _HERE:
            raise GradingError(
                f"{plain_line(url, 80)!r} is no address as "
                "https://school.instructure.com: the token goes by https alone"
            )
        self._url = url
        with self._plainly(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of http, here on this machine
            self._course = canvasapi.Canvas(url, token).get_course(number)
            found = list(self._course.get_assignments())
        self._assignment = _only(found, wanted)
        self.name = self._assignment.name
        self.points = getattr(self._assignment, "points_possible", None)

    def entries(self, marks: Iterable[Mark], wish: Wish) -> list[Entry]:
        """Return what is to become of each student's mark.

        Raises
        ------
        GradingError
            If Canvas has other points, and to stretch was not asked for.
        """
        marks = {mark.person.id: mark for mark in marks}
        people = self._people([mark.person for mark in marks.values()])
        with self._plainly():
            listed = list(self._assignment.get_submissions())
        self._submissions = {one.user_id: one for one in listed}
        found = []
        for student, mark in marks.items():
            user = people.get(student)
            submission = self._submissions.get(user)
            if submission is None:
                found.append(Entry(student, 0, "", None, "not in Canvas's course"))
                continue
            was = _shown(submission)
            points = wish.points(mark)
            if getattr(submission, "excused", False):
                found.append(Entry(student, user, was, None, "excused in Canvas"))
            elif points is None:
                why = f"{mark.status}: {mark.note}"
                found.append(Entry(student, user, was, None, why))
            else:
                now = round(points * self._factor(mark, wish.scale), 2)
                found.append(Entry(student, user, was, now))
        return found

    def _people(self, people: list[Person]) -> dict[str, int]:
        """Return Canvas's number of each student that its course has."""
        with self._plainly():
            users = list(
                self._course.get_users(enrollment_type=["student"], include=["email"])
            )
        fields = ("id", "login_id", "sis_user_id", "email")
        rows = [[str(getattr(u, f, None) or "") for f in fields] for u in users]
        sheet, directory = Sheet(Path(self._url), _HEAD, rows), Directory(people)
        found: dict[str, int] = {}
        for user, row in zip(users, rows, strict=True):
            if person := directory.of_row(sheet, row):
                if person.id in found:
                    raise GradingError(
                        f"{person.id} would be two students of Canvas, "
                        f"{found[person.id]} and {user.id}: enter the class anew with "
                        "proctor roster"
                    )
                found[person.id] = user.id
        return found

    def _factor(self, mark: Mark, scale: bool) -> float:
        if self.points is None or abs(self.points - mark.max_score) < 1e-6:
            return 1.0
        if scale and self.points > 0 and mark.max_score > 0:
            return self.points / mark.max_score
        raise GradingError(
            f"{self.name!r} has {self.points:g} points in Canvas, the assignment "
            f"{mark.max_score:g}: set it to {mark.max_score:g} there, or stretch with "
            "--scale"
        )

    def send(self, entries: list[Entry]) -> list[tuple[str, str]]:
        """Send marks, and return whose is another one in Canvas afterwards, and why.

        Raises
        ------
        GradingError
            If Canvas does not take them.
        """
        wanted = {e.user: e for e in entries if e.now is not None}
        if not wanted:
            return []
        data = {user: {"posted_grade": f"{e.now:.2f}"} for user, e in wanted.items()}
        with self._plainly():
            self._wait(self._assignment.submissions_bulk_update(grade_data=data))
            after = {one.user_id: one for one in self._assignment.get_submissions()}
        left = []
        for user, entry in wanted.items():
            score = getattr(after.get(user), "entered_score", None)
            if score is None:
                score = getattr(after.get(user), "score", None)
            if score is None or abs(score - entry.now) > 0.005:
                has = "none" if score is None else f"{score:g}"
                why = f"sent {entry.now:g}, Canvas has {has}"
                left.append((entry.student, why))
        return left

    def _wait(self, progress) -> None:
        pause, until = 0.1, time.monotonic() + _SECONDS
        while progress.workflow_state not in ("completed", "failed"):
            if time.monotonic() > until:
                raise GradingError(
                    f"Canvas has not entered the marks in {_SECONDS} seconds: look "
                    "there, then run the same command again"
                )
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            progress = progress.query()
        if progress.workflow_state == "failed":
            said = plain_line(str(getattr(progress, "message", "") or ""), 200)
            raise GradingError(f"Canvas did not enter the marks: {said or 'it failed'}")

    def send_page(self, user: int, page: Page) -> None:
        """Attach a page to a student's submission, as the file of a comment."""
        with tempfile.TemporaryDirectory() as folder, self._plainly():
            path = Path(folder, f"{page.notebook}.html")
            path.write_bytes(page.html.encode("utf-8", "replace"))
            taken, _ = self._submissions[user].upload_comment(path)
        if not taken:
            raise GradingError(f"Canvas did not take the page of {page.student}")

    @contextlib.contextmanager
    def _plainly(self) -> Iterator[None]:
        """Say in one line what Canvas refuses; the token is in none."""
        from canvasapi import exceptions
        from requests import RequestException

        try:
            yield
        except (exceptions.InvalidAccessToken, exceptions.Unauthorized):
            raise GradingError(
                f"Canvas at {self._url} refuses the token in CANVAS_TOKEN: make one "
                "under Account > Settings > New Access Token"
            ) from None
        except exceptions.ResourceDoesNotExist:
            raise GradingError(
                f"Canvas at {self._url} has no such course, or not for this token: the "
                "number is the one in the course's address, /courses/NUMBER"
            ) from None
        except (exceptions.CanvasException, ValueError) as error:
            said = plain_line(" ".join(str(error).split()), 200)
            raise GradingError(f"Canvas at {self._url}: {said}") from None
        except RequestException as error:
            kind = type(error).__name__
            raise GradingError(
                f"Canvas at {self._url} cannot be reached ({kind})"
            ) from None


def _only(assignments: list, wanted: str):
    """Return the one assignment that is called so, or has it in its name."""
    text = wanted.casefold()
    found = [a for a in assignments if a.name.casefold() == text]
    found = found or [a for a in assignments if text in a.name.casefold()]
    if len(found) == 1:
        return found[0]
    several = f"{len(found)} assignments are" if found else "no assignment is"
    there = listed([repr(plain_line(a.name, 60)) for a in assignments], 40)
    raise GradingError(
        f"in Canvas {several} called {wanted!r}: name one with --column (there is "
        f"{there or 'none'})"
    )


def _shown(submission) -> str:
    score = getattr(submission, "score", None)
    return "" if score is None else f"{score:g}"


class SentPages:
    """Which pages Canvas has: the same page does not go twice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._sent = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._sent = {}

    def has(self, user: int, page: Page) -> bool:
        """Tell whether this very page was sent."""
        return self._sent.get(f"{user}/{page.notebook}") == _digest(page)

    def note(self, user: int, page: Page) -> None:
        """Remember that it was."""
        self._sent[f"{user}/{page.notebook}"] = _digest(page)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_file(self._path, (json.dumps(self._sent, indent=1) + "\n").encode())


def _digest(page: Page) -> str:
    return sha256(page.html.encode("utf-8", "replace")).hexdigest()
